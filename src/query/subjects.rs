//! The Who screen: people, roles, services and keys with at least one row under the filter.

use super::filter::Filter;
use super::page::shown;
use super::sessions::LIST_CAP;
use crate::model::Grade;
use crate::model::rows::SubjectRow;
use crate::store::{Fault, Reader, Row};

/// Returns subjects by number of events, people first among equals.
pub fn subjects(reader: &Reader, filter: &Filter) -> Result<Vec<SubjectRow>, Fault> {
    const COLUMNS: &str = "b.id, b.kind, b.name, b.proof, b.grade";
    const ORDER: &str = "CASE b.kind WHEN 'person' THEN 0 WHEN 'agent' THEN 1 WHEN 'role' THEN 2 WHEN 'service' THEN 3 ELSE 4 END";
    if filter.is_empty() {
        let sql = format!(
            "SELECT {COLUMNS}, b.events, b.denied, b.sessions, b.first_ts, b.last_ts FROM subject b \
             ORDER BY {ORDER}, b.events DESC, b.id LIMIT {LIST_CAP}"
        );
        return Ok(reader.rows(&sql, &[])?.iter().map(subject_row).collect());
    }
    let shown = shown(filter);
    let sql = format!(
        "WITH hit AS (
           SELECT coalesce(e.human, s.human) AS human, e.actor, coalesce(e.agent, s.agent) AS agent, e.credential, e.ts,
                  e.outcome, e.decision, coalesce(g.session, k.session) AS session
           FROM event e LEFT JOIN session_key k ON k.local = e.session LEFT JOIN session_guest g ON g.n = e.n
           LEFT JOIN session s ON s.id = coalesce(g.session, k.session) WHERE {}),
         named AS (
           SELECT human AS id, * FROM hit WHERE human IS NOT NULL
           UNION ALL SELECT actor, * FROM hit WHERE actor IS NOT NULL AND actor IS DISTINCT FROM human
           UNION ALL SELECT agent, * FROM hit WHERE agent IS NOT NULL
           UNION ALL SELECT credential, * FROM hit WHERE credential IS NOT NULL),
         counted AS (
           SELECT id, count(*) AS events, count(*) FILTER (outcome = 'denied' OR decision = 'deny') AS denied,
                  count(DISTINCT session) AS sessions, min(ts) AS first_ts, max(ts) AS last_ts
           FROM named GROUP BY id)
         SELECT {COLUMNS}, c.events, c.denied, c.sessions, c.first_ts, c.last_ts
         FROM counted c JOIN subject b ON b.id = c.id ORDER BY {ORDER}, c.events DESC, b.id LIMIT {LIST_CAP}",
        shown.sql
    );
    Ok(reader.rows(&sql, &shown.values)?.iter().map(subject_row).collect())
}

fn subject_row(row: &Row) -> SubjectRow {
    SubjectRow {
        id: row.text(0),
        kind: row.text(1),
        name: row.text(2),
        proof: row.text(3),
        grade: Grade::from_word(&row.text(4)).unwrap_or(Grade::None),
        events: row.count(5),
        denied: row.count(6),
        sessions: row.count(7),
        first: row.time(8),
        last: row.time(9),
    }
}
