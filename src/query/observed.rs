//! What the records name of the parts of a system: models, agents, servers, tools, accounts, regions, products. Each with
//! the event that named it first.

use crate::model::{EventId, Micros};
use crate::store::{Fault, Reader};

/// Values told of one kind; more are counted.
pub const TOLD: usize = 40;

/// One thing that records name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// `model`, `agent`, `server`, `tool`, `account`, `region`, `product`.
    pub kind: String,
    pub value: String,
    pub events: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    /// The first event that names it; of an undated one if no other does.
    pub example: Option<EventId>,
    /// How many different values this kind has.
    pub of: u64,
}

/// Kinds in the order of a report, each a column of `event`.
const KINDS: [&str; 7] = ["model", "agent", "server", "tool", "account", "region", "product"];

/// Returns the values of each kind, most events first.
pub fn observed(reader: &Reader) -> Result<Vec<Observed>, Fault> {
    let mut all = Vec::new();
    for kind in KINDS {
        let rows = reader.rows(
            &format!(
                "SELECT {kind}, count(*), min(ts), max(ts), coalesce(arg_min(id, (ts, id)), min(id)), count(*) OVER ()
                 FROM event WHERE {kind} <> '' GROUP BY {kind} ORDER BY 2 DESC, 1 LIMIT {TOLD}"
            ),
            &[],
        )?;
        all.extend(rows.iter().map(|row| Observed {
            kind: kind.to_owned(),
            value: row.text(0),
            events: row.count(1),
            first: row.time(2),
            last: row.time(3),
            example: row.id(4),
            of: row.count(5),
        }));
    }
    Ok(all)
}
