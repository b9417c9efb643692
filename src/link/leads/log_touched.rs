//! The log pipeline was touched: calls that stop, delete, shorten or narrow what is recorded. A refused or failed try
//! counts less than one that succeeded. A single call is enough, because few of these are daily work; those that may as
//! well widen what is recorded (`PutEventSelectors`, `UpdateTrail`), or that tear-downs make too (`DeleteLogGroup`), count
//! least; a retention is counted when it is a week or less.

use super::{Found, Rule, counted, short, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "log pipeline touched", sql: CALLS, make };

const CALLS: &str = "
    WITH hit AS (
      SELECT n, id, ts, actor, action, resource, outcome, CASE WHEN action IN ('cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:DeleteEventDataStore',
                          'cloudtrail:StopEventDataStoreIngestion', 'config:StopConfigurationRecorder', 'config:DeleteConfigurationRecorder',
                          'config:DeleteDeliveryChannel', 'guardduty:DeleteDetector', 'guardduty:StopMonitoringMembers',
                          'guardduty:DisassociateFromMasterAccount', 'securityhub:DisableSecurityHub', 'access-analyzer:DeleteAnalyzer',
                          'ec2:DeleteFlowLogs', 'logs:DeleteSubscriptionFilter', 'logs:DeleteDelivery', 'logs:DeleteDeliverySource', 'logs:DeleteDeliveryDestination',
                          'bedrock:DeleteModelInvocationLoggingConfiguration', 'wafv2:DeleteLoggingConfiguration',
                          'route53resolver:DeleteResolverQueryLogConfig', 'eks:UpdateClusterLogging') THEN 2 ELSE 1 END AS rank
      FROM event
      WHERE action IN ('cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:DeleteEventDataStore',
                       'cloudtrail:StopEventDataStoreIngestion', 'cloudtrail:UpdateTrail', 'cloudtrail:PutEventSelectors',
                       'config:StopConfigurationRecorder', 'config:DeleteConfigurationRecorder', 'config:DeleteDeliveryChannel',
                       'guardduty:DeleteDetector', 'guardduty:UpdateDetector', 'guardduty:StopMonitoringMembers',
                       'guardduty:DisassociateFromMasterAccount', 'securityhub:DisableSecurityHub', 'access-analyzer:DeleteAnalyzer',
                       'ec2:DeleteFlowLogs', 'logs:DeleteLogGroup', 'logs:DeleteLogStream', 'logs:PutRetentionPolicy',
                       'logs:DeleteSubscriptionFilter', 'logs:DeleteDelivery', 'logs:DeleteDeliverySource',
                       'logs:DeleteDeliveryDestination', 'bedrock:DeleteModelInvocationLoggingConfiguration',
                       'bedrock:PutModelInvocationLoggingConfiguration', 'wafv2:DeleteLoggingConfiguration',
                       'route53resolver:DeleteResolverQueryLogConfig', 'eks:UpdateClusterLogging')
        AND plane = 'cloudtrail' AND invoked_by IS NULL),
    longer AS (
      SELECT n FROM event WHERE action = 'logs:PutRetentionPolicy' AND plane = 'cloudtrail' AND invoked_by IS NULL
        AND NOT regexp_matches(payload, '\"retentionInDays\":[1-7][,}]'))
    SELECT actor, max(rank) AS rank, count(*) FILTER (outcome = 'success') AS done, count(*) AS calls,
           first(id ORDER BY rank DESC, outcome <> 'success', ts, id), first(action ORDER BY rank DESC, outcome <> 'success', ts, id),
           first(coalesce(resource, '') ORDER BY rank DESC, outcome <> 'success', ts, id),
           array_to_string(list_slice(list(id::VARCHAR ORDER BY ts, id), 1, 10), ' '),
           array_to_string(list_sort(list(DISTINCT action)), ','),
           max(rank) FILTER (outcome = 'success') AS best
    FROM hit WHERE actor IS NOT NULL AND n NOT IN (SELECT n FROM longer) GROUP BY actor ORDER BY best DESC NULLS LAST, rank DESC, calls DESC, actor LIMIT 10";

fn make(row: &Row) -> Found {
    let (actor, rank, done) = (row.text(0), row.int(1), row.count(2));
    let (stopped, changed) = (row.int(9) == 2, done > 0 && rank < 2);
    let (score, why) = match (stopped, rank) {
        (true, _) => (84, "log pipeline touched"),
        (false, 2) => (64, "tried to touch the log pipeline"),
        _ => (44, "log pipeline changed"),
    };
    let (calls, all) = (counted(row.count(3), "call"), row.count(3));
    let how = match (done, changed) {
        (0, _) => format!("{calls} to stop or change logging, none of which succeeded"),
        (_, true) => format!(
            "{calls} to change logging, {done} of which succeeded; whether less is recorded since, they do not say by themselves"
        ),
        _ if done == all => format!("{calls} to stop or change logging succeeded"),
        _ => format!("{done} of {calls} to stop or change logging succeeded"),
    };
    let actions = row.text(8);
    Found {
        score,
        weight: format!("{why} {score}"),
        kind: "actor",
        title: short(&actor),
        detail: format!("{}  {}", row.text(5), short(&row.text(6))),
        why: why.to_owned(),
        reason: format!("{how}: {}.", actions.replace(',', ", ")),
        filter: format!("{} = action IN ({})", term("who", &actor), list(&actions)),
        event: row.maybe_text(4),
        evidence: row.text(7),
    }
}

/// Returns action names as a list of SQL texts; they come from the list above.
fn list(actions: &str) -> String {
    let quoted: Vec<String> = actions.split(',').map(|action| format!("'{action}'")).collect();
    quoted.join(", ")
}
