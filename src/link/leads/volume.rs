//! Out-of-the-ordinary volume: an hour in which one principal made ten times its own median hour of calls or more, and 500
//! at least. It must have been active in twelve hours; hours without a call are not counted, so that the median is high
//! rather than low. Services calling for themselves are left out.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "out-of-the-ordinary volume", sql: HOURS, make };

const HOURS: &str = "
    WITH hour AS (
      SELECT coalesce(actor, human) AS who, date_trunc('hour', ts) AS slot, count(*) AS calls, arg_min(id, (ts, id)) AS id
      FROM event WHERE ts IS NOT NULL AND coalesce(actor, human) IS NOT NULL AND invoked_by IS NULL
        AND actor_type IS DISTINCT FROM 'service'
      GROUP BY ALL),
    usual AS (
      SELECT who, median(calls) AS middle, count(*) AS hours, arg_max(slot, (calls, -epoch(slot))) AS slot, max(calls) AS peak
      FROM hour GROUP BY who HAVING hours >= 12 AND peak >= 500 AND peak >= 10 * middle)
    SELECT h.who, h.calls, round(u.middle)::BIGINT, u.hours, h.id, strftime(h.slot, '%Y-%m-%dT%H:%M:%SZ'),
           strftime(h.slot + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ'), floor(h.calls / greatest(u.middle, 1))::BIGINT
    FROM usual u JOIN hour h ON h.who = u.who AND h.slot = u.slot ORDER BY 8 DESC, h.who LIMIT 5";

fn make(row: &Row) -> Found {
    let (who, calls) = (row.text(0), row.count(1));
    Found {
        score: 44,
        weight: "out-of-the-ordinary volume 44".to_owned(),
        kind: "actor",
        title: short(&who),
        detail: spaced(&[&format!("{calls} calls in 1 h"), "from", &row.text(5)]),
        why: format!("{}x its own median hour", row.count(7)),
        reason: format!(
            "{} in one hour, against {} in the median of its {} active hours.",
            counted(calls, "call"),
            row.count(2),
            row.count(3)
        ),
        filter: format!("{} time:{}..{}", term("who", &who), row.text(5), row.text(6)),
        event: row.maybe_text(4),
        evidence: row.text(4),
    }
}
