//! Activity over a span in equal cells, for the strip above the time line.

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
    let shown = shown(filter);
    let empty = |from, to| Strip { from, to, bins: vec![Bin::default(); n_bins] };
    let (from, to) = match span {
        Some(span) => span,
        None => match span_of(reader, &shown.sql, &shown.values)? {
            Some(span) => span,
            None => return Ok(empty(Micros(0), Micros(0))),
        },
    };
    let n_cells = i64::try_from(n_bins.max(1)).unwrap_or(1);
    let width = ((to.0 - from.0) / n_cells + 1).max(1);
    let sql = format!(
        "SELECT (epoch_us(e.ts) - ?) // ? AS cell, count(*), \
                count(*) FILTER (e.outcome = 'denied' OR e.decision = 'deny'), \
                count(*) FILTER (e.id IN (SELECT tag.event FROM tag)) \
         FROM event e WHERE {} AND e.ts >= ? AND e.ts <= ? GROUP BY cell ORDER BY cell",
        shown.sql
    );
    let mut values = vec![Value::Int(from.0), Value::Int(width)];
    values.extend(shown.values);
    values.extend([from.into(), to.into()]);
    let mut strip = empty(from, to);
    for row in reader.rows(&sql, &values)? {
        let cell = usize::try_from(row.int(0)).unwrap_or(usize::MAX);
        if let Some(bin) = strip.bins.get_mut(cell) {
            *bin = Bin { events: row.count(1), denied: row.count(2), marked: row.count(3) };
        }
    }
    Ok(strip)
}

fn span_of(
    reader: &Reader,
    condition: &str,
    values: &[Value],
) -> Result<Option<(Micros, Micros)>, Fault> {
    let rows = reader
        .rows(&format!("SELECT min(e.ts), max(e.ts) FROM event e WHERE {condition}"), values)?;
    Ok(rows.first().and_then(|row| Some((row.time(0)?, row.time(1)?))))
}
