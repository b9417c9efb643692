//! Refusals: an agent's session in which a change was refused, or a principal outside of agents' sessions with ten or more
//! refusals of at least five kinds of call. Fewer are mistakes of people; an agent has a policy before it, and a refused
//! change says that it went for something beyond.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "refused", sql: REFUSALS, make };

const REFUSALS: &str = "
    WITH no AS (
      SELECT e.n, e.id, e.ts, e.actor, e.action, e.tool, e.request, coalesce(e.read_only, e.action_class = 'read', false) AS is_read,
             coalesce(k.session, g.session) AS session
      FROM event e LEFT JOIN session_key k ON k.local = e.session
      LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) g ON g.n = e.n
      WHERE e.outcome = 'denied' OR e.decision = 'deny')
    SELECT * FROM (
    (SELECT 'session' AS kind, s.id AS id, s.short AS title, coalesce(s.human_name, s.human, ''), coalesce(s.agent, ''), count(*) AS refusals,
            count(DISTINCT coalesce(n.tool, n.action)) AS kinds, first(n.id ORDER BY n.is_read, n.ts, n.id) AS event,
            first(coalesce(n.tool, n.action) ORDER BY n.is_read, n.ts, n.id),
            array_to_string(list_slice(list(n.id::VARCHAR ORDER BY n.ts, n.id), 1, 10), ' ')
     FROM no n JOIN session s ON s.id = n.session WHERE s.kind = 'AGENT' AND NOT n.is_read
     GROUP BY s.id, s.short, s.human_name, s.human, s.agent ORDER BY refusals DESC, s.id LIMIT 5)
    UNION ALL
    (SELECT 'actor', n.actor, n.actor, '', '', count(*), count(DISTINCT n.action), first(n.id ORDER BY n.is_read, n.ts, n.id),
            first(n.action ORDER BY n.is_read, n.ts, n.id),
            array_to_string(list_slice(list(n.id::VARCHAR ORDER BY n.ts, n.id), 1, 10), ' ')
     FROM no n LEFT JOIN session s ON s.id = n.session
     WHERE n.actor IS NOT NULL AND s.kind IS DISTINCT FROM 'AGENT' GROUP BY n.actor
     HAVING count(*) >= 10 AND count(DISTINCT n.action) >= 5 ORDER BY count(*) DESC, n.actor LIMIT 5))
    ORDER BY kind DESC, refusals DESC, id";

fn make(row: &Row) -> Found {
    let (id, refusals, kinds) = (row.text(1), row.count(5), row.count(6));
    let is_session = row.text(0) == "session";
    let filter =
        if is_session { term("session", &id) } else { format!("{} is:denied", term("who", &id)) };
    Found {
        score: if is_session { 36 } else { 32 },
        weight: if is_session { "change refused to an agent 36" } else { "many refusals 32" }
            .to_owned(),
        kind: if is_session { "session" } else { "actor" },
        title: short(&row.text(2)),
        detail: spaced(&[&short(&row.text(3)), &row.text(4), &row.text(8)]),
        why: format!("{refusals} refused"),
        reason: format!(
            "{} of {}.",
            counted(refusals, "refusal"),
            counted(kinds, "different call")
        ),
        filter,
        event: row.maybe_text(7),
        evidence: row.text(9),
    }
}
