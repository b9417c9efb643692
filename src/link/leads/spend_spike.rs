//! A spend spike: an hour in which one key cost ten times its own median hour or more. The key must have twelve hours with
//! model calls, so that there is a median to speak of, and the hour must cost one dollar or take 200,000 tokens, because
//! ten times almost nothing is nothing. Cost where it is recorded for all calls of the key, else tokens.

use super::{Found, Rule, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "spend spike", sql: HOURS, make };

const HOURS: &str = "
    WITH called AS (
      SELECT coalesce(credential, 'agent ' || agent, 'session ' || session) AS key, credential IS NOT NULL AS is_key, agent, session, *
      FROM model_call WHERE ts IS NOT NULL AND (cost IS NOT NULL OR tokens_in IS NOT NULL OR tokens_out IS NOT NULL)),
    priced AS (SELECT key, bool_and(cost IS NOT NULL) AS has_cost FROM called GROUP BY key),
    hour AS (
      SELECT c.key, date_trunc('hour', c.ts) AS slot, count(*) AS calls, any_value(p.has_cost) AS has_cost,
             sum(round(c.cost * 1e6)::HUGEINT)::BIGINT AS micros,
             (coalesce(sum(c.tokens_in), 0) + coalesce(sum(c.tokens_out), 0))::BIGINT AS tokens, arg_min(c.id, (c.ts, c.id)) AS id,
             min(c.is_key) AS is_key, min(c.agent) AS agent, min(c.session) AS session
      FROM called c JOIN priced p USING (key) GROUP BY c.key, slot),
    sized AS (SELECT *, CASE WHEN has_cost THEN micros ELSE tokens END AS size FROM hour),
    usual AS (
      SELECT key, median(size) AS middle, count(*) AS hours, arg_max(slot, (size, -epoch(slot))) AS slot FROM sized GROUP BY key)
    SELECT s.key, s.is_key, s.agent, s.session, s.has_cost, s.micros, s.tokens, floor(s.size / greatest(u.middle, 1))::BIGINT, u.hours,
           s.calls, s.id, coalesce(l.owner_name, l.actor, '')
    FROM usual u JOIN sized s ON s.key = u.key AND s.slot = u.slot LEFT JOIN key_life l ON l.key = s.key
    WHERE u.hours >= 12 AND s.size >= 10 * u.middle AND s.size >= CASE WHEN s.has_cost THEN 1000000 ELSE 200000 END
    ORDER BY 8 DESC, s.key LIMIT 5";

fn make(row: &Row) -> Found {
    let times = row.count(7);
    let size = if row.flag(4) {
        let cents = row.count(5) / 10_000;
        format!("${}.{:02}", cents / 100, cents % 100)
    } else {
        format!("{} tokens", row.count(6))
    };
    let (kind, title, filter) = if row.flag(1) {
        ("key", row.text(0), term("key", &row.text(0)))
    } else if let Some(agent) = row.maybe_text(2) {
        ("agent", agent.clone(), term("agent", &agent))
    } else {
        ("session", row.text(3), term("session", &row.text(3)))
    };
    Found {
        score: 62,
        weight: "spend spike 62".to_owned(),
        kind,
        title,
        detail: spaced(&[&row.text(11), &size, "in 1 h"]),
        why: format!("{times}x its own median spend"),
        reason: format!(
            "{size} in one hour with {} calls, {times} times the median of its {} hours with model calls.",
            row.count(9),
            row.count(8)
        ),
        filter,
        event: row.maybe_text(10),
        evidence: row.text(10),
    }
}
