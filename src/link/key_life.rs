//! The life line of each key: what it is, who owns it, which event issued it and which one ended it, its uses, and the
//! lineage by which many short keys are one job. Computed from events and sessions alone. Must not price anything.

use crate::store::{Fault, Writer};

/// One statement. Uses are counted over groups of alike events first: what follows works on thousands of rows.
///
/// - A key has an owner only if all that its events and sessions name is one person; several stay nobody (`people` says how many).
/// - A key ends by the last successful change of its state that another key made; one that was made active again has no end.
/// - Uses within a minute of the end are not held against it: IAM is eventually consistent (IAM User Guide,
///   "Troubleshoot IAM", "Changes that I make are not always immediately visible").
/// - Payloads are read for the few calls that need them: reading them beside every identifier took half of the time.
/// - The lineage joins keys of a role that one issuer handed out. Keys of people are no job, however many they are.
const LIVES: &str = r#"
    INSERT INTO key_life
    WITH part AS MATERIALIZED (
      SELECT credential AS key, session, human, actor, actor_type, product, plane, address, user_agent, region, account,
             service, sum(events)::BIGINT AS calls, sum(refused)::BIGINT AS denied,
             min(first_ts) AS first_ts, max(last_ts) AS last_ts, min(parent_credential) AS parent
      FROM alike WHERE credential IS NOT NULL GROUP BY ALL),
    life AS (
      SELECT key, sum(calls)::BIGINT AS calls, sum(denied)::BIGINT AS denied, min(first_ts) AS first_ts, max(last_ts) AS last_ts,
             count(DISTINCT service) AS services, count(DISTINCT address) AS addresses,
             count(DISTINCT user_agent) AS agents, count(DISTINCT region) AS regions, count(DISTINCT account) AS accounts,
             min(actor) AS actor, count(DISTINCT actor) AS actors, min(actor_type) AS actor_type,
             min(product) AS product, min(plane) AS plane, min(parent) AS parent
      FROM part GROUP BY key),
    alias AS (SELECT id, min(person) AS person, min(name) AS name FROM person_alias GROUP BY id),
    held AS (SELECT DISTINCT key, session, human FROM part),
    person AS (
      SELECT DISTINCT h.key, coalesce(a.person, h.human) AS human, coalesce(a.name, h.human) AS name, '=' AS grade
      FROM held h LEFT JOIN alias a ON a.id = h.human WHERE h.human IS NOT NULL
      UNION
      SELECT h.key, sp.human, coalesce(s.human_name, a.name, sp.human), sp.grade
      FROM (SELECT DISTINCT key, session FROM held) h JOIN session_key k ON k.local = h.session
      JOIN session_person sp ON sp.session = k.session
      LEFT JOIN session s ON s.id = sp.session AND s.human = sp.human LEFT JOIN alias a ON a.id = sp.human),
    owner AS (
      SELECT key, count(DISTINCT human) AS people, min(human) AS human, min(name) AS name,
             arg_min(grade, CASE grade WHEN '~' THEN 0 WHEN '+' THEN 1 ELSE 2 END) AS grade
      FROM person GROUP BY key),
    issued AS MATERIALIZED (
      SELECT x.value AS key, first(e.n ORDER BY e.ts, e.id) AS n
      FROM extra_identifier x JOIN event e ON e.n = x.n WHERE x.kind = 'issued_key' GROUP BY x.value),
    every AS (SELECT key FROM life UNION SELECT key FROM issued),
    touched AS MATERIALIZED (
      SELECT x.value AS key, e.n, e.id, e.ts, e.action
      FROM extra_identifier x JOIN event e ON e.n = x.n
      WHERE x.kind = 'key' AND e.outcome = 'success' AND e.ts IS NOT NULL AND x.value IS DISTINCT FROM e.credential
        AND regexp_matches(e.action, '(?i)((delet|revok|block|disabl|deactivat|updat).*key|key.*(delet|revok|block|disabl|deactivat))')),
    told AS (
      SELECT n, payload FROM event
      WHERE n IN (SELECT n FROM touched WHERE regexp_matches(action, '(?i)UpdateAccessKey'))),
    change AS MATERIALIZED (
      SELECT x.key, x.id, x.ts,
             CASE WHEN regexp_matches(x.action, '(?i)delet') THEN 'deleted'
                  WHEN regexp_matches(x.action, '(?i)UpdateAccessKey') THEN
                    CASE WHEN contains(told.payload, '"status":"Inactive"') THEN 'deactivated'
                         WHEN contains(told.payload, '"status":"Active"') THEN 'active' END
                  WHEN regexp_matches(x.action, '(?i)block|disabl|deactivat') THEN 'deactivated'
                  ELSE 'revoked' END AS how
      FROM touched x LEFT JOIN told ON told.n = x.n),
    ended AS (
      SELECT key, last(id ORDER BY ts, id) AS id, last(how ORDER BY ts, id) AS how, max(ts) AS ts
      FROM change WHERE how IS NOT NULL GROUP BY key),
    after AS (
      SELECT e.credential AS key, count(*) AS uses, first(e.id ORDER BY e.ts, e.id) AS id,
             count(*) FILTER (e.outcome = 'success' AND e.ts > ended.ts + INTERVAL 1 MINUTE) AS successes
      FROM event e JOIN ended ON ended.key = e.credential
      WHERE ended.how <> 'active' AND e.ts > ended.ts GROUP BY e.credential),
    issues AS (
      SELECT e.credential AS key, count(DISTINCT x.value) AS issues
      FROM extra_identifier x JOIN event e ON e.n = x.n
      WHERE x.kind = 'issued_key' AND e.credential IS NOT NULL GROUP BY e.credential)
    SELECT v.key,
           CASE WHEN v.key LIKE 'AKIA%' THEN 'iam' WHEN v.key LIKE 'ASIA%' THEN 'sts'
                WHEN regexp_full_match(v.key, '(sha256:)?[0-9a-f]{64}') THEN 'hashed'
                WHEN l.plane IN ('gateway', 'model') THEN 'virtual' ELSE 'token' END AS kind,
           CASE WHEN o.people = 1 THEN o.human END AS owner, CASE WHEN o.people = 1 THEN o.name END AS owner_name,
           CASE WHEN o.people = 1 THEN o.grade ELSE '.' END AS owner_grade, coalesce(o.people, 0) AS people,
           CASE WHEN l.actors = 1 THEN l.actor END AS actor,
           i.id AS issued_by, i.action AS issued_action, i.ts AS issued_ts, coalesce(i.credential, l.parent) AS issued_from,
           coalesce(i.actor, i.invoked_by, i.human) AS issuer, coalesce(m.issues, 0) AS issues,
           l.first_ts, l.last_ts, coalesce(l.calls, 0) AS calls, coalesce(l.denied, 0) AS denied, coalesce(l.services, 0) AS services,
           coalesce(l.regions, 0) AS regions, coalesce(l.accounts, 0) AS accounts, coalesce(l.addresses, 0) AS addresses, coalesce(l.agents, 0) AS agents,
           CASE WHEN d.how <> 'active' THEN d.id END AS ended_by, CASE WHEN d.how <> 'active' THEN d.how END AS ended_how,
           CASE WHEN d.how <> 'active' THEN d.ts END AS ended_ts,
           coalesce(a.uses, 0) AS used_after, coalesce(a.successes, 0) AS ok_after, a.id AS after_event,
           CASE WHEN v.key LIKE 'ASIA%' AND coalesce(o.people, 0) = 0
                THEN coalesce(i.actor, i.invoked_by, i.human, '?') || ' > ' || coalesce(l.actor, i.resource) END AS job
    FROM every v LEFT JOIN life l ON l.key = v.key LEFT JOIN owner o ON o.key = v.key
    LEFT JOIN issued ON issued.key = v.key LEFT JOIN event i ON i.n = issued.n
    LEFT JOIN ended d ON d.key = v.key LEFT JOIN after a ON a.key = v.key LEFT JOIN issues m ON m.key = v.key
    ORDER BY v.key"#;

/// Fills `key_life`.
pub(super) fn gather(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute(LIVES, &[])?;
    Ok(())
}
