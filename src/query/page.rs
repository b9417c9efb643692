//! Pages of the time line, by key and never by offset: first the few row numbers of the page, then their columns.
//! Dated events come in the order (time, id); the undated shelf is what `is:undated` shows, in the order of ids.

mod one_pass;

use super::columns::{RowQuestion, event_row};
use super::filter::{Filter, Is, Term};
use super::sql::{Condition, is_dear, resolved};
use crate::model::rows::{EventPage, EventRow};
use crate::model::{EventId, Micros};
use crate::store::{Fault, Reader, Value};

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    First,
    Last,
    /// With the event in the middle. When it is filtered out, the page around its time.
    Around(EventId),
    /// From this time on.
    FromTime(Micros),
    /// Rows after, or before, an event.
    After(EventId),
    Before(EventId),
    /// From this row on, counted from 0. Slow on a big case: it has to count.
    Rank(u64),
}

/// A place in the order of rows. Undated rows have time `None`.
#[derive(Debug, Clone, Copy)]
struct Key {
    time: Option<Micros>,
    id: EventId,
}

/// The rows that the time line shows under a filter: dated ones, unless the undated were asked for.
pub(super) fn shown(reader: &Reader, filter: &Filter) -> Condition {
    let mut shown = resolved(reader, filter);
    if !wants_undated(filter) {
        shown.sql = format!("{} AND e.ts IS NOT NULL", shown.sql);
    }
    shown
}

fn wants_undated(filter: &Filter) -> bool {
    filter.enabled && filter.terms.contains(&Term::Is(Is::Undated))
}

/// Returns a page of at most `limit` rows.
pub fn page(reader: &Reader, filter: &Filter, at: At, limit: usize) -> Result<EventPage, Fault> {
    let is_once = is_dear(filter) && !wants_undated(filter);
    paged(reader, &shown(reader, filter), at, limit, is_once)
}

/// Returns a page under a condition. `is_once` for one pass over the events; the page is the same.
fn paged(
    reader: &Reader,
    shown: &Condition,
    at: At,
    limit: usize,
    is_once: bool,
) -> Result<EventPage, Fault> {
    if is_once
        && let Some(found) = one_pass::page(reader, shown, at, limit, |id| key_of(reader, id))?
    {
        let rows = rows_of(reader, &found.numbers)?;
        return Ok(EventPage { rows, before: found.before, total: found.total });
    }
    let numbers = match at {
        At::First => forward(reader, shown, None, limit)?,
        At::Last => backward(reader, shown, None, limit)?,
        At::Rank(rank) => ranked(reader, shown, rank, limit)?,
        At::FromTime(time) => {
            let key = Key { time: Some(Micros(time.0 - 1)), id: EventId(u128::MAX) };
            forward(reader, shown, Some(key), limit)?
        }
        At::After(id) => match key_of(reader, id)? {
            Some(key) => forward(reader, shown, Some(key), limit)?,
            None => Vec::new(),
        },
        At::Before(id) => match key_of(reader, id)? {
            Some(key) => backward(reader, shown, Some(key), limit)?,
            None => Vec::new(),
        },
        At::Around(id) => around(reader, shown, id, limit)?,
    };
    let rows = rows_of(reader, &numbers)?;
    let (total, before) = match (at, rows.first()) {
        (At::First, _) | (_, None) => (total(reader, shown)?, 0),
        (At::Last, Some(_)) => {
            let total = total(reader, shown)?;
            (total, total.saturating_sub(rows.len() as u64))
        }
        (_, Some(first)) => counts(reader, shown, Key { time: first.time, id: first.id })?,
    };
    Ok(EventPage { rows, before, total })
}

fn around(
    reader: &Reader,
    shown: &Condition,
    id: EventId,
    limit: usize,
) -> Result<Vec<i64>, Fault> {
    let Some(key) = key_of(reader, id)? else {
        return forward(reader, shown, None, limit);
    };
    let mut numbers = backward(reader, shown, Some(key), limit / 2)?;
    let before = Key { id: EventId(key.id.0.saturating_sub(1)), ..key };
    numbers.extend(forward(reader, shown, Some(before), limit - numbers.len())?);
    if numbers.len() < limit
        && let Some(first) = numbers.first().copied()
        && let Some(row) = rows_of(reader, &[first])?.first()
    {
        let first = Key { time: row.time, id: row.id };
        let mut earlier = backward(reader, shown, Some(first), limit - numbers.len())?;
        earlier.extend(numbers);
        return Ok(earlier);
    }
    Ok(numbers)
}

/// Returns the place of an event in the order of rows.
fn key_of(reader: &Reader, id: EventId) -> Result<Option<Key>, Fault> {
    let rows = reader.rows("SELECT ts FROM event WHERE id = ?::UUID", &[id.into()])?;
    Ok(rows.first().map(|row| Key { time: row.time(0), id }))
}

fn forward(
    reader: &Reader,
    shown: &Condition,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<i64>, Fault> {
    let (bound, values) = match after {
        None => (String::new(), Vec::new()),
        Some(Key { time: Some(time), id }) => (
            " AND e.ts >= ? AND (e.ts > ? OR e.id > ?::UUID)".to_owned(),
            vec![time.into(), time.into(), id.into()],
        ),
        Some(Key { time: None, id }) => {
            (" AND e.ts IS NULL AND e.id > ?::UUID".to_owned(), vec![id.into()])
        }
    };
    let sql = format!(
        "SELECT e.n FROM event e WHERE {}{bound} ORDER BY e.ts, e.id LIMIT {limit}",
        shown.sql
    );
    numbers(reader, &sql, shown, values)
}

fn backward(
    reader: &Reader,
    shown: &Condition,
    before: Option<Key>,
    limit: usize,
) -> Result<Vec<i64>, Fault> {
    let (bound, values) = match before {
        None => (String::new(), Vec::new()),
        Some(Key { time: Some(time), id }) => (
            " AND e.ts <= ? AND (e.ts < ? OR e.id < ?::UUID)".to_owned(),
            vec![time.into(), time.into(), id.into()],
        ),
        Some(Key { time: None, id }) => {
            (" AND e.ts IS NULL AND e.id < ?::UUID".to_owned(), vec![id.into()])
        }
    };
    let sql = format!(
        "SELECT e.n FROM event e WHERE {}{bound} ORDER BY e.ts DESC, e.id DESC LIMIT {limit}",
        shown.sql
    );
    let mut found = numbers(reader, &sql, shown, values)?;
    found.reverse();
    Ok(found)
}

fn ranked(reader: &Reader, shown: &Condition, rank: u64, limit: usize) -> Result<Vec<i64>, Fault> {
    let sql = format!(
        "SELECT e.n FROM event e WHERE {} ORDER BY e.ts, e.id LIMIT {limit} OFFSET {rank}",
        shown.sql
    );
    numbers(reader, &sql, shown, Vec::new())
}

fn numbers(
    reader: &Reader,
    sql: &str,
    shown: &Condition,
    values: Vec<Value>,
) -> Result<Vec<i64>, Fault> {
    let mut all = shown.values.clone();
    all.extend(values);
    Ok(reader.rows(sql, &all)?.iter().map(|row| row.int(0)).collect())
}

/// Returns the rows with these numbers, in time order.
pub(super) fn rows_of(reader: &Reader, numbers: &[i64]) -> Result<Vec<EventRow>, Fault> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let which = format!("WHERE e.n IN ({})", list.join(","));
    let question = RowQuestion { which: &which, order: "e.ts, e.id", ..RowQuestion::default() };
    Ok(reader.rows(&question.sql(), &[])?.iter().map(event_row).collect())
}

fn total(reader: &Reader, shown: &Condition) -> Result<u64, Fault> {
    reader.number(&format!("SELECT count(*) FROM event e WHERE {}", shown.sql), &shown.values)
}

/// Returns in one pass how many rows there are and how many of them come before a place.
fn counts(reader: &Reader, shown: &Condition, key: Key) -> Result<(u64, u64), Fault> {
    let (bound, values): (&str, Vec<Value>) = match key.time {
        Some(time) => (
            "e.ts <= ? AND (e.ts < ? OR e.id < ?::UUID)",
            vec![time.into(), time.into(), key.id.into()],
        ),
        None => ("e.id < ?::UUID", vec![key.id.into()]),
    };
    let mut all = values;
    all.extend(shown.values.iter().cloned());
    let sql =
        format!("SELECT count(*), count(*) FILTER ({bound}) FROM event e WHERE {}", shown.sql);
    let rows = reader.rows(&sql, &all)?;
    Ok(rows.first().map_or((0, 0), |row| (row.count(0), row.count(1))))
}

/// Returns the number of rows under the filter.
pub fn count(reader: &Reader, filter: &Filter) -> Result<u64, Fault> {
    total(reader, &shown(reader, filter))
}

/// Returns the ids of the rows under the filter in time order, at most `cap`.
pub fn matching_ids(reader: &Reader, filter: &Filter, cap: usize) -> Result<Vec<EventId>, Fault> {
    let shown = shown(reader, filter);
    let sql =
        format!("SELECT e.id FROM event e WHERE {} ORDER BY e.ts, e.id LIMIT {cap}", shown.sql);
    Ok(reader.rows(&sql, &shown.values)?.iter().filter_map(|row| row.id(0)).collect())
}

/// Hands out the rows under the filter in time order, newest first if `is_descending`, until `take` returns false.
pub fn stream(
    reader: &Reader,
    filter: &Filter,
    is_descending: bool,
    limit: Option<usize>,
    mut take: impl FnMut(EventRow) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let shown = shown(reader, filter);
    let direction = if is_descending { "DESC" } else { "ASC" };
    let order = format!("e.ts {direction}, e.id {direction}");
    let limit = limit.map_or_else(String::new, |limit| format!(" ORDER BY {order} LIMIT {limit}"));
    let which = format!("WHERE {}{limit}", shown.sql);
    let question = RowQuestion { which: &which, order: &order, ..RowQuestion::default() };
    reader.each(&question.sql(), &shown.values, |row| take(event_row(&row)))?;
    Ok(())
}
