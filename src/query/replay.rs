//! A session as two lanes: what was asked (agent, gateway, MCP, model) and what happened (cloud), joined by links.

pub mod marks;

use std::collections::HashMap;

use super::columns::{ROW_WIDTH, RowQuestion, event_row};
use crate::model::Grade;
use crate::model::rows::{EventRow, Replay, ReplayStep};
use crate::store::{Fault, Reader, Row, Value};

/// Row numbers of a session: its own events, its guests, and what those are linked to. Takes the session twice.
const CHOSEN: &str = "member AS (
      SELECT e.n FROM event e JOIN session_key k ON k.local = e.session WHERE k.session = ?
      UNION SELECT n FROM session_guest WHERE session = ?),
    chosen AS (
      SELECT n FROM member
      UNION SELECT l.b FROM link l JOIN member m ON m.n = l.a
      UNION SELECT l.a FROM link l JOIN member m ON m.n = l.b)";

/// Columns of an event that a step is told from, behind those of its row.
const COLUMNS: [&str; 9] = [
    "n",
    "kind",
    "decision",
    "policy",
    "reason",
    "error_code",
    "product",
    "approval_state",
    "approval_by",
];
const NUMBER: usize = ROW_WIDTH;
const KIND: usize = ROW_WIDTH + 1;
const DECISION: usize = ROW_WIDTH + 2;
const POLICY: usize = ROW_WIDTH + 3;
const REASON: usize = ROW_WIDTH + 4;
const ERROR: usize = ROW_WIDTH + 5;
const PRODUCT: usize = ROW_WIDTH + 6;
const STATE: usize = ROW_WIDTH + 7;
const APPROVER: usize = ROW_WIDTH + 8;

/// Returns a session in time order: its own events, its guests, and what those are linked to, with what stands between.
pub fn replay(reader: &Reader, session: &str) -> Result<Replay, Fault> {
    let before = format!("{CHOSEN},");
    let question = RowQuestion {
        before: &before,
        which: "WHERE e.ts IS NOT NULL AND e.n IN (SELECT n FROM chosen)",
        columns: &COLUMNS,
        order: "e.ts, e.plane = 'cloudtrail' AND e.kind <> 'tool_call', e.id",
        ..RowQuestion::default()
    };
    let values: [Value; 2] = [session.into(), session.into()];
    let mut index_of: HashMap<i64, usize> = HashMap::new();
    let mut steps = Vec::new();
    for row in reader.rows(&question.sql(), &values)? {
        index_of.insert(row.int(NUMBER), steps.len());
        let event = event_row(&row);
        // A managed MCP server writes what it was asked for into CloudTrail itself.
        let is_asked = event.plane.is_asked() || row.borrowed(KIND) == Some("tool_call");
        let lines = lines_of(&event, &row);
        steps.push(ReplayStep { row: event, is_asked, joined: None, lines });
    }
    join(reader, &values, &index_of, &mut steps)?;
    let between = marks::between(&steps, &super::gaps::stretches(reader)?);
    Ok(Replay { steps, between })
}

/// Returns what a step says in its lane: a decision and an approval say who decided, a call what was called.
fn lines_of(event: &EventRow, row: &Row) -> Vec<String> {
    let (policy, reason, product) =
        (row.maybe_text(POLICY), row.maybe_text(REASON), row.text(PRODUCT));
    let (state, by) = (row.maybe_text(STATE), row.maybe_text(APPROVER));
    let target = (!event.target.is_empty()).then(|| event.target.clone());
    let approval = match (&state, &by) {
        (None, None) => None,
        (Some(state), None) => Some(format!("{state}, nobody named")),
        (None, Some(by)) => Some(format!("by {by}")),
        (Some(state), Some(by)) => Some(format!("{state} by {by}")),
    };
    let policy = policy.map(|policy| format!("policy {policy}"));
    let (first, second) = match row.borrowed(KIND).unwrap_or_default() {
        "decision" => {
            let said = policy.unwrap_or_else(|| row.text(DECISION));
            let what = match &target {
                Some(target) => format!("{} on {target}", event.action),
                None => event.action.clone(),
            };
            (format!("decision {said} by {product}"), vec![Some(what), reason, approval])
        }
        "approval" => {
            let said = approval.unwrap_or_else(|| row.text(DECISION));
            (format!("approval {said}"), vec![Some(event.action.clone()), target, policy])
        }
        _ => (event.action.clone(), vec![target, policy, row.maybe_text(ERROR), approval]),
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
        "WITH {CHOSEN} SELECT a, b, grade FROM link
         WHERE a IN (SELECT n FROM chosen) AND b IN (SELECT n FROM chosen) ORDER BY strength, a, b"
    );
    for row in reader.rows(&sql, values)? {
        let (Some(&a), Some(&b)) = (index_of.get(&row.int(0)), index_of.get(&row.int(1))) else {
            continue;
        };
        let grade = row.borrowed(2).and_then(Grade::from_word).unwrap_or(Grade::None);
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
