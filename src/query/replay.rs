//! A session as two lanes: what was asked (agent, gateway, MCP, model) and what happened (cloud), joined by links.

pub mod marks;

use std::collections::HashMap;

use super::columns::{ROW, SESSION, event_row};
use crate::model::Grade;
use crate::model::rows::{EventRow, Replay, ReplayStep};
use crate::store::{Fault, Reader, Row, Value};

/// Row numbers of a session: its own events, its guests, and what those are linked to. Takes the session twice.
const CHOSEN: &str = "WITH member AS (
      SELECT e.n FROM event e JOIN session_key k ON k.local = e.session WHERE k.session = ?
      UNION SELECT n FROM session_guest WHERE session = ?),
    chosen AS (
      SELECT n FROM member
      UNION SELECT l.b FROM link l JOIN member m ON m.n = l.a
      UNION SELECT l.a FROM link l JOIN member m ON m.n = l.b)";

/// Returns a session in time order: its own events, its guests, and what those are linked to, with what stands between.
pub fn replay(reader: &Reader, session: &str) -> Result<Replay, Fault> {
    let sql = format!(
        "{CHOSEN} SELECT {ROW}, e.n, e.policy, e.reason, e.error_code, e.product, e.kind,
                e.approval_state, e.approval_by, e.decision
         FROM (SELECT * FROM event WHERE n IN (SELECT n FROM chosen)) e {SESSION} WHERE e.ts IS NOT NULL
         ORDER BY e.ts, e.plane = 'cloudtrail' AND e.kind <> 'tool_call', e.id"
    );
    let values: [Value; 2] = [session.into(), session.into()];
    let mut index_of: HashMap<i64, usize> = HashMap::new();
    let mut steps = Vec::new();
    for row in reader.rows(&sql, &values)? {
        index_of.insert(row.int(19), steps.len());
        let event = event_row(&row);
        // A managed MCP server writes what it was asked for into CloudTrail itself.
        let is_asked = event.plane.is_asked() || row.text(24) == "tool_call";
        let lines = lines_of(&event, &row);
        steps.push(ReplayStep { row: event, is_asked, joined: None, lines });
    }
    join(reader, &values, &index_of, &mut steps)?;
    let between = marks::between(&steps, &super::gaps::stretches(reader)?);
    Ok(Replay { steps, between })
}

/// Returns what a step says in its lane: a decision and an approval say who decided, a call what was called.
fn lines_of(event: &EventRow, row: &Row) -> Vec<String> {
    let (policy, reason, product) = (row.maybe_text(20), row.maybe_text(21), row.text(23));
    let (state, by) = (row.maybe_text(25), row.maybe_text(26));
    let target = (!event.target.is_empty()).then(|| event.target.clone());
    let approval = match (&state, &by) {
        (None, None) => None,
        (Some(state), None) => Some(format!("{state}, nobody named")),
        (None, Some(by)) => Some(format!("by {by}")),
        (Some(state), Some(by)) => Some(format!("{state} by {by}")),
    };
    let policy = policy.map(|policy| format!("policy {policy}"));
    let (first, second) = match row.text(24).as_str() {
        "decision" => {
            let said = policy.unwrap_or_else(|| row.text(27));
            let what = match &target {
                Some(target) => format!("{} on {target}", event.action),
                None => event.action.clone(),
            };
            (format!("decision {said} by {product}"), vec![Some(what), reason, approval])
        }
        "approval" => {
            let said = approval.unwrap_or_else(|| row.text(27));
            (format!("approval {said}"), vec![Some(event.action.clone()), target, policy])
        }
        _ => (event.action.clone(), vec![target, policy, row.maybe_text(22), approval]),
    };
    let second: Vec<String> = second.into_iter().flatten().collect();
    if second.is_empty() { vec![first] } else { vec![first, second.join("  ")] }
}

/// Joins steps across the lanes: each to its best partner, the earliest among equals.
fn join(
    reader: &Reader,
    values: &[Value],
    index_of: &HashMap<i64, usize>,
    steps: &mut [ReplayStep],
) -> Result<(), Fault> {
    let sql = format!(
        "{CHOSEN} SELECT a, b, grade FROM link
         WHERE a IN (SELECT n FROM chosen) AND b IN (SELECT n FROM chosen) ORDER BY strength, a, b"
    );
    for row in reader.rows(&sql, values)? {
        let (Some(&a), Some(&b)) = (index_of.get(&row.int(0)), index_of.get(&row.int(1))) else {
            continue;
        };
        let grade = Grade::from_word(&row.text(2)).unwrap_or(Grade::None);
        for (one, other) in [(a, b), (b, a)] {
            let crosses = steps.get(one).map(|step| step.is_asked)
                != steps.get(other).map(|step| step.is_asked);
            if let Some(step) = steps.get_mut(one)
                && crosses
                && step.joined.is_none_or(|(known, best)| (grade, other) < (best, known))
            {
                step.joined = Some((other, grade));
            }
        }
    }
    Ok(())
}
