//! The answer of question 1 for single events: whether the declared boundary allowed the call.

use crate::model::rows::BoundaryNote;
use crate::store::{Fault, Reader};

/// Returns the answers of events by their numbers, gravest first. Events that no agent made, or whose case declares no
/// boundary, have none.
pub fn boundary_of(reader: &Reader, numbers: &[i64]) -> Result<Vec<(i64, BoundaryNote)>, Fault> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let sql = format!(
        "SELECT b.n, a.result, a.entry, a.why FROM boundary_event b
         JOIN boundary_judged j ON j.call_id = b.call_id
         LEFT JOIN boundary_exception x ON x.n = b.n
         JOIN boundary_answer a ON a.answer = coalesce(x.answer, j.answer)
         WHERE b.n IN ({})
         ORDER BY CASE a.result WHEN 'outside' THEN 0 WHEN 'cannot-tell' THEN 1 WHEN 'undeclared' THEN 2 ELSE 3 END, b.n",
        list.join(", ")
    );
    let rows = reader.rows(&sql, &[])?;
    Ok(rows
        .iter()
        .map(|row| {
            let note =
                BoundaryNote { result: row.text(1), entry: row.maybe_text(2), why: row.text(3) };
            (row.int(0), note)
        })
        .collect())
}
