//! No human behind an agent's session: nothing in the records names a person for it. One lead for each agent, however many
//! sessions it had. An agent is listed from ten events on, or if it changed something: less is a probe or a cut record.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "no human behind it", sql: AGENTS, make };

const AGENTS: &str = "
    WITH alone AS (
      SELECT s.*, coalesce(s.agent, s.actor, s.id) AS whose FROM session s WHERE s.kind = 'AGENT' AND s.human IS NULL),
    act AS (
      SELECT a.id AS session, count(*) AS changes, arg_min(e.id, (e.ts, e.id)) AS id, min(e.ts) AS ts
      FROM alone a JOIN session_key k ON k.session = a.id JOIN event e ON e.session = k.local
      WHERE e.action_class IN ('write', 'delete', 'admin', 'exec', 'send') AND NOT coalesce(e.read_only, false) AND e.outcome = 'success'
      GROUP BY a.id)
    SELECT a.whose, count(*) AS sessions, sum(a.events)::BIGINT AS events, coalesce(sum(c.changes), 0)::BIGINT AS changes,
           first(a.id ORDER BY a.events DESC, a.id), first(a.short ORDER BY a.events DESC, a.id), arg_min(c.id, (c.ts, c.id)),
           max(a.agent), first(coalesce(a.actor, '') ORDER BY a.events DESC, a.id)
    FROM alone a LEFT JOIN act c ON c.session = a.id GROUP BY a.whose
    HAVING events >= 10 OR changes > 0 ORDER BY changes DESC, events DESC, a.whose LIMIT 5";

fn make(row: &Row) -> Found {
    let (sessions, events, changes) = (row.count(1), row.count(2), row.count(3));
    let extra = if changes > 0 { 8 } else { 0 };
    let is_one = sessions == 1;
    let agent = row.text(7);
    let (title, filter) = if is_one || agent.is_empty() {
        (row.text(5), term("session", &row.text(4)))
    } else {
        (short(&agent), term("agent", &agent))
    };
    let count = if is_one { String::new() } else { counted(sessions, "session") };
    Found {
        score: 48 + extra,
        weight: format!(
            "no human behind it 48{}",
            if extra > 0 { ", it changed something +8" } else { "" }
        ),
        kind: if is_one || agent.is_empty() { "session" } else { "agent" },
        title,
        detail: spaced(&[&short(&row.text(0)), &count, &counted(events, "event")]),
        why: "no human found behind it".to_owned(),
        reason: format!(
            "No record names a person for {} of this agent: {}, {} of them changes.",
            counted(sessions, "session"),
            counted(events, "event"),
            changes
        ),
        filter,
        event: row.maybe_text(6),
        evidence: row.text(6),
    }
}
