//! A runaway job: one issuer handed out far more keys to one role than it usually does. Functions and builds take on roles
//! all day, so that many keys alone say nothing: listed are lineages with 60 keys or more first used within an hour, that
//! being ten times their own median hour with at least six hours of history; or 300 within an hour without such history.

use super::{Found, Rule, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "runaway job", sql: JOBS, make };

const JOBS: &str = "
    WITH hour AS (
      SELECT job, date_trunc('hour', first_ts) AS slot, count(*) AS keys, sum(calls)::BIGINT AS calls, arg_min(key, (first_ts, key)) AS key
      FROM key_life WHERE job IS NOT NULL AND first_ts IS NOT NULL GROUP BY ALL),
    usual AS (
      SELECT job, median(keys) AS middle, count(*) AS hours, max(keys) AS peak, arg_max(slot, (keys, -epoch(slot))) AS slot,
             sum(keys)::BIGINT AS keys
      FROM hour GROUP BY job)
    SELECT u.job, u.keys, u.peak, round(u.middle)::BIGINT, u.hours, h.calls, (SELECT issued_by FROM key_life l WHERE l.key = h.key),
           (SELECT actor FROM key_life l WHERE l.key = h.key)
    FROM usual u JOIN hour h ON h.job = u.job AND h.slot = u.slot
    WHERE (u.peak >= 60 AND u.hours >= 6 AND u.peak >= 10 * u.middle) OR (u.peak >= 300 AND u.hours < 6)
    ORDER BY u.peak DESC, u.job LIMIT 5";

fn make(row: &Row) -> Found {
    let (job, peak) = (row.text(0), row.count(2));
    let (issuer, role) = job.split_once(" > ").unwrap_or(("?", &job));
    let usual = if row.count(4) >= 6 {
        format!(", against {} in its median hour", row.count(3))
    } else {
        String::new()
    };
    Found {
        score: 60,
        weight: "runaway job 60".to_owned(),
        kind: "job",
        title: short(role),
        detail: spaced(&[&format!("by {}", short(issuer)), &format!("{} keys", row.count(1))]),
        why: format!("{peak} keys in 1 h"),
        reason: format!(
            "{peak} keys of one lineage were first used within an hour{usual}; they made {} calls.",
            row.count(5)
        ),
        filter: term("who", &row.text(7)),
        event: row.maybe_text(6),
        evidence: row.text(6),
    }
}
