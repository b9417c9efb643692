//! Where to look first, in the order in which it is shown. Leads are found after the joins; this reads them.

use crate::model::EventId;
use crate::model::rows::Lead;
use crate::store::{Fault, Reader, Row};

/// Most leads that are kept apart; what lies beyond them is no place to look first.
const MOST: usize = 200;

/// Returns the leads, highest score first.
pub fn leads(reader: &Reader) -> Result<Vec<Lead>, Fault> {
    let sql = format!(
        "SELECT id, rule, score, weight, kind, title, detail, why, reason, filter, event, evidence FROM lead
         ORDER BY score DESC, id LIMIT {MOST}"
    );
    Ok(reader.rows(&sql, &[])?.iter().map(lead).collect())
}

fn lead(row: &Row) -> Lead {
    Lead {
        id: row.text(0),
        rule: row.text(1),
        score: row.count(2),
        weight: row.text(3),
        kind: row.text(4),
        title: row.text(5),
        detail: row.text(6),
        why: row.text(7),
        reason: row.text(8),
        filter: row.text(9),
        event: row.id(10),
        evidence: row.text(11).split_whitespace().filter_map(EventId::parse).collect(),
    }
}
