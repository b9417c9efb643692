//! The Sessions screen: sessions with at least one row under the filter.

use super::filter::Filter;
use super::page::shown;
use crate::model::Grade;
use crate::model::rows::SessionRow;
use crate::store::{Fault, Reader, Row, Value};

/// Most rows of a list.
pub const LIST_CAP: usize = 10_000;

const COLUMNS: &str = "s.id, s.short, s.kind, s.basis, coalesce(s.human_name, s.human), s.human_grade, s.agent, \
     s.actor, s.minted_by";

/// Returns sessions, agents first, then by number of events under the filter.
pub fn sessions(reader: &Reader, filter: &Filter) -> Result<Vec<SessionRow>, Fault> {
    if filter.is_empty() {
        let sql = format!(
            "SELECT {COLUMNS}, s.events, s.denied, s.first_ts, s.last_ts FROM session s \
             ORDER BY s.kind <> 'AGENT', s.events DESC, s.id LIMIT {LIST_CAP}"
        );
        return Ok(reader.rows(&sql, &[])?.iter().map(session_row).collect());
    }
    let shown = shown(reader, filter);
    let sql = format!(
        "WITH hit AS (SELECT e.n, e.session, e.ts, e.outcome, e.decision FROM event e WHERE {}),
         member AS (
           SELECT k.session, h.n, h.ts, h.outcome, h.decision FROM hit h JOIN session_key k ON k.local = h.session
           UNION
           SELECT g.session, h.n, h.ts, h.outcome, h.decision FROM hit h JOIN session_guest g ON g.n = h.n),
         counted AS (
           SELECT session, count(*) AS events,
                  count(*) FILTER (outcome = 'denied' OR decision = 'deny') AS denied, min(ts) AS first_ts, max(ts) AS last_ts
           FROM member GROUP BY session)
         SELECT {COLUMNS}, c.events, c.denied, c.first_ts, c.last_ts FROM counted c JOIN session s ON s.id = c.session
         ORDER BY s.kind <> 'AGENT', c.events DESC, s.id LIMIT {LIST_CAP}",
        shown.sql
    );
    Ok(reader.rows(&sql, &shown.values)?.iter().map(session_row).collect())
}

/// Returns the session whose id, short form or label is `name`; a unique beginning of the short form will do.
pub fn find_session(reader: &Reader, name: &str) -> Result<Option<SessionRow>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS}, s.events, s.denied, s.first_ts, s.last_ts FROM session s \
         WHERE s.id = ? OR s.short = ? OR s.label = ? OR starts_with(s.short, ?) \
         ORDER BY (s.id = ? OR s.short = ? OR s.label = ?) DESC, s.id LIMIT 2"
    );
    let values: Vec<Value> = std::iter::repeat_n(Value::from(name), 7).collect();
    let rows = reader.rows(&sql, &values)?;
    let exact =
        rows.first().filter(|row| rows.len() == 1 || row.text(0) == name || row.text(1) == name);
    Ok(exact.or(rows.first()).map(session_row))
}

fn session_row(row: &Row) -> SessionRow {
    SessionRow {
        id: row.text(0),
        short: row.text(1),
        kind: row.text(2),
        basis: row.text(3),
        human: row.maybe_text(4),
        human_grade: Grade::from_word(&row.text(5)).unwrap_or(Grade::None),
        agent: row.maybe_text(6),
        actor: row.maybe_text(7),
        minted_by: row.id(8),
        events: row.count(9),
        denied: row.count(10),
        first: row.time(11),
        last: row.time(12),
    }
}
