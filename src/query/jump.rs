//! The next or previous event of some sort, seen from one event.

use super::filter::{Filter, Is, Term};
use super::page::shown;
use super::sql::resolved;
use crate::model::EventId;
use crate::store::{Fault, Reader};

/// What to jump to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jump {
    Denied,
    /// A tag, a note, or a denial.
    Mark,
    /// An event of the same session.
    Session,
    /// An event from the same address.
    Address,
    Text(String),
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Next,
    Previous,
}

/// Returns the nearest event in that direction among the rows under the filter.
pub fn jump(
    reader: &Reader,
    filter: &Filter,
    from: EventId,
    jump: &Jump,
    direction: Direction,
) -> Result<Option<EventId>, Fault> {
    let origin =
        reader.rows("SELECT ts, session, address FROM event WHERE id = ?::UUID", &[from.into()])?;
    let Some(origin) = origin.first() else { return Ok(None) };
    let term = match jump {
        Jump::Denied => Term::Is(Is::Denied),
        Jump::Mark => Term::Is(Is::Marked),
        Jump::Text(text) => Term::Word(text.clone()),
        Jump::Session => match session_of(reader, from)? {
            Some(session) => super::filter::field_equals("session", &session),
            None => return Ok(None),
        },
        Jump::Address => match origin.maybe_text(2) {
            Some(address) => super::filter::field_equals("address", &address),
            None => return Ok(None),
        },
    };
    let rows = shown(reader, filter);
    let wanted = resolved(reader, &Filter::new(vec![term]));
    let (bound, order) = match direction {
        Direction::Next => ("e.ts >= ? AND (e.ts > ? OR e.id > ?::UUID)", "e.ts, e.id"),
        Direction::Previous => {
            ("e.ts <= ? AND (e.ts < ? OR e.id < ?::UUID)", "e.ts DESC, e.id DESC")
        }
    };
    let Some(time) = origin.time(0) else { return Ok(None) };
    let sql = format!(
        "SELECT e.id FROM event e WHERE {} AND {} AND {bound} ORDER BY {order} LIMIT 1",
        rows.sql, wanted.sql
    );
    let mut values = rows.values;
    values.extend(wanted.values);
    values.extend([time.into(), time.into(), from.into()]);
    Ok(reader.rows(&sql, &values)?.first().and_then(|row| row.id(0)))
}

/// Returns the id of the session an event belongs to.
pub(super) fn session_of(reader: &Reader, event: EventId) -> Result<Option<String>, Fault> {
    let rows = reader.rows(
        "SELECT coalesce(guest.session, key.session) FROM event e \
         LEFT JOIN session_key key ON key.local = e.session \
         LEFT JOIN session_guest guest ON guest.n = e.n WHERE e.id = ?::UUID ORDER BY 1 LIMIT 1",
        &[event.into()],
    )?;
    Ok(rows.first().and_then(|row| row.maybe_text(0)))
}
