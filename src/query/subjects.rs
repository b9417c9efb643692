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
    let shown = shown(reader, filter);
    let sql = format!(
        "WITH guest AS (
           SELECT g.n, list_concat(list(s.human), list(s.human_name)) AS names
           FROM session_guest g JOIN session s ON s.id = g.session GROUP BY g.n),
         further AS (
           SELECT n, list(value) AS keys FROM extra_identifier WHERE kind IN ('issued_key', 'key') GROUP BY n),
         hit AS (
           SELECT e.ts, e.outcome = 'denied' OR e.decision = 'deny' AS refused, coalesce(g.session, k.session) AS session,
                  list_distinct(list_concat([e.human, alias.person, e.actor, e.role_session, s.human, s.human_name], guest.names)) AS who,
                  list_distinct([e.agent, e.client, s.agent]) AS agents,
                  list_distinct(list_concat([e.credential, e.parent_credential], further.keys)) AS keys
           FROM event e LEFT JOIN session_key k ON k.local = e.session LEFT JOIN session s ON s.id = k.session
           LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) g ON g.n = e.n
           LEFT JOIN guest ON guest.n = e.n LEFT JOIN further ON further.n = e.n
           LEFT JOIN person_alias alias ON alias.id = e.human WHERE {}),
         counted AS (
           SELECT field, id, count(*) AS events, count(*) FILTER (refused) AS denied,
                  count(DISTINCT session) AS sessions, min(ts) AS first_ts, max(ts) AS last_ts
           FROM (SELECT 'who' AS field, unnest(who) AS id, ts, refused, session FROM hit
                 UNION ALL SELECT 'agent', unnest(agents), ts, refused, session FROM hit
                 UNION ALL SELECT 'key', unnest(keys), ts, refused, session FROM hit)
           GROUP BY field, id)
         SELECT {COLUMNS}, c.events, c.denied, c.sessions, c.first_ts, c.last_ts
         FROM counted c JOIN subject b
           ON b.id = c.id AND c.field = CASE WHEN b.kind IN ('agent', 'key') THEN b.kind ELSE 'who' END
         ORDER BY {ORDER}, c.events DESC, b.id LIMIT {LIST_CAP}",
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
