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
        // The first event is looked for at the first time, not by comparing each event with the first so far.
        let rows = reader.rows(
            &format!(
                "WITH named AS MATERIALIZED (
                   SELECT {kind} AS value, count(*) AS events, min(ts) AS first, max(ts) AS last, count(*) OVER () AS kinds
                   FROM event WHERE {kind} <> '' GROUP BY {kind} ORDER BY events DESC, value LIMIT {TOLD})
                 SELECT value, events, first, last, min(event.id), kinds
                 FROM named LEFT JOIN event ON event.ts = named.first AND event.{kind} = named.value
                 GROUP BY ALL ORDER BY events DESC, value"
            ),
            &[],
        )?;
        for row in &rows {
            all.push(Observed {
                kind: kind.to_owned(),
                value: row.text(0),
                events: row.count(1),
                first: row.time(2),
                last: row.time(3),
                example: row
                    .id(4)
                    .map_or_else(|| undated(reader, kind, &row.text(0)), |id| Ok(Some(id)))?,
                of: row.count(5),
            });
        }
    }
    Ok(all)
}

/// Returns the event that stands for a value which only undated ones name.
fn undated(reader: &Reader, kind: &str, value: &str) -> Result<Option<EventId>, Fault> {
    let rows =
        reader.rows(&format!("SELECT min(id) FROM event WHERE {kind} = ?"), &[value.into()])?;
    Ok(rows.first().and_then(|row| row.id(0)))
}
