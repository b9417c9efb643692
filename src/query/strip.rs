//! Activity over a span in equal cells, for the strip above the time line. The rows under the filter are read once,
//! also when their span has to be found first.

use super::filter::Filter;
use super::page::shown;
use crate::model::Micros;
use crate::model::rows::{Bin, Strip};
use crate::store::{Fault, Reader, Value};

/// Returns the strip of `span`, or of the whole span of the rows under the filter, in `n_bins` cells.
pub fn strip(
    reader: &Reader,
    filter: &Filter,
    span: Option<(Micros, Micros)>,
    n_bins: usize,
) -> Result<Strip, Fault> {
    let shown = shown(reader, filter);
    let n_cells = i64::try_from(n_bins.max(1)).unwrap_or(1);
    let bound = if span.is_some() { " AND e.ts >= ? AND e.ts <= ?" } else { "" };
    let edges = if span.is_some() { "?, ?" } else { "epoch_us(min(ts)), epoch_us(max(ts))" };
    let from_hit = if span.is_some() { "" } else { " FROM hit" };
    let sql = format!(
        "WITH hit AS MATERIALIZED (
           SELECT e.ts, e.outcome = 'denied' OR e.decision = 'deny' AS denied,
                  e.id IN (SELECT tag.event FROM tag) AS marked
           FROM event e WHERE {}{bound}),
         edge(low, high) AS (SELECT {edges}{from_hit})
         SELECT low, high, (epoch_us(ts) - low) // greatest((high - low) // {n_cells} + 1, 1) AS cell,
                count(*), count(*) FILTER (denied), count(*) FILTER (marked)
         FROM hit, edge GROUP BY low, high, cell ORDER BY cell",
        shown.sql
    );
    let mut values = shown.values;
    if let Some((from, to)) = span {
        values.extend([from.into(), to.into(), Value::Int(from.0), Value::Int(to.0)]);
    }
    let rows = reader.rows(&sql, &values)?;
    let (from, to) = match (span, rows.first()) {
        (Some(span), _) => span,
        (None, Some(row)) => (Micros(row.int(0)), Micros(row.int(1))),
        (None, None) => (Micros(0), Micros(0)),
    };
    let mut strip = Strip { from, to, bins: vec![Bin::default(); n_bins] };
    for row in rows {
        let cell = usize::try_from(row.int(2)).unwrap_or(usize::MAX);
        if let Some(bin) = strip.bins.get_mut(cell) {
            *bin = Bin { events: row.count(3), denied: row.count(4), marked: row.count(5) };
        }
    }
    Ok(strip)
}
