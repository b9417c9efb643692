//! A first-seen tool: an agent that called tools for six hours and 30 calls or more then calls one it had not called, and
//! the tool changes something. New tools that read are left out: agents find those every day. One lead for each agent.

use super::{Found, Rule, counted, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "first-seen tool", sql: TOOLS, make };

const TOOLS: &str = "
    WITH part AS (
      SELECT coalesce(e.agent, s.agent, e.client) AS agent, e.tool, min(e.ts) AS first_ts, count(*) AS calls,
             arg_min(e.id, (e.ts, e.id)) AS id, bool_or(e.action_class IN ('write', 'delete', 'admin', 'exec', 'send')) AS changes
      FROM event e LEFT JOIN session_key k ON k.local = e.session LEFT JOIN session s ON s.id = k.session
      WHERE e.kind = 'tool_call' AND e.tool IS NOT NULL AND e.ts IS NOT NULL GROUP BY ALL),
    placed AS (
      SELECT *, sum(calls) OVER before AS earlier, min(first_ts) OVER before AS since, count(*) OVER before AS tools
      FROM part WHERE agent IS NOT NULL
      WINDOW before AS (PARTITION BY agent ORDER BY first_ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT agent, arg_min(tool, (first_ts, id)), sum(calls)::BIGINT, min(earlier)::BIGINT, min(tools), min(date_diff('second', since, first_ts)),
           arg_min(id, (first_ts, id)), array_to_string(list_sort(list(tool)), ', '), count(*),
           array_to_string(list_slice(list(id::VARCHAR ORDER BY first_ts, id), 1, 10), ' ')
    FROM placed WHERE changes AND earlier >= 30 AND first_ts >= since + INTERVAL 6 HOUR GROUP BY agent ORDER BY count(*) DESC, agent LIMIT 5";

fn make(row: &Row) -> Found {
    let (agent, tool, tools) = (row.text(0), row.text(1), row.count(8));
    let filter = if tools == 1 {
        format!("{} {}", term("agent", &agent), term("tool", &tool))
    } else {
        format!("{} kind=tool_call class!=read", term("agent", &agent))
    };
    Found {
        score: 38,
        weight: "first-seen tool 38".to_owned(),
        kind: "agent",
        title: agent,
        detail: if tools == 1 {
            format!("first call of {tool}")
        } else {
            format!("first calls of {tools} tools")
        },
        why: if tools == 1 { "new tool".to_owned() } else { "new tools".to_owned() },
        reason: format!(
            "{} h and {} of {} before the first call of {tool}; {} in all of {}.",
            row.count(5) / 3600,
            counted(row.count(3), "call"),
            counted(row.count(4), "tool"),
            counted(row.count(2), "call"),
            row.text(7),
        ),
        filter,
        event: row.maybe_text(6),
        evidence: row.text(9),
    }
}
