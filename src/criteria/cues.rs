//! The calls behind a technique that was observed: those whose action is one of the criterion's cues. Must not judge.

use super::evaluate::matches_glob;
use super::pack::Criterion;
use crate::model::EventId;
use crate::store::{Fault, Reader, Value};

/// Returns the first calls by time that match the cues of a criterion. Of one that asks for a burst, those of bursts.
pub fn calls(reader: &Reader, criterion: &Criterion, limit: usize) -> Result<Vec<EventId>, Fault> {
    let rows = reader.rows(
        "SELECT DISTINCT action FROM event WHERE plane = 'cloudtrail' AND action IS NOT NULL AND kind <> 'decision'
         ORDER BY action",
        &[],
    )?;
    let is_cue = |action: &String| criterion.cues.iter().any(|cue| matches_glob(cue, action));
    let actions: Vec<String> = rows.iter().map(|row| row.text(0)).filter(is_cue).collect();
    if actions.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; actions.len()].join(", ");
    let values: Vec<Value> = actions.iter().map(|action| Value::from(action.as_str())).collect();
    let burst = criterion.burst.unwrap_or(1);
    let rows = reader.rows(
        &format!(
            "SELECT id FROM (
               SELECT id, ts, count(*) OVER (PARTITION BY actor, epoch_us(ts) // 600000000) AS calls FROM event
               WHERE plane = 'cloudtrail' AND kind <> 'decision' AND action IN ({marks}))
             WHERE calls >= {burst} ORDER BY ts NULLS LAST, id LIMIT {limit}"
        ),
        &values,
    )?;
    Ok(rows.iter().filter_map(|row| row.id(0)).collect())
}
