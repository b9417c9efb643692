//! Subjects of the Who screen: people, principals, agents and keys, each with how it was found.

use crate::store::{Fault, Value, Writer};

/// Each part names one kind of subject: id, kind, name, proof, grade. An event is counted for every subject whose filter
/// shows it, so that a list never promises other rows than the jump from it gives.
const SUBJECTS: &str = "
    WITH known AS (
      SELECT e.human AS own_human, e.human_proof, s.human AS session_human, s.human_proof AS session_proof,
             s.human_grade, s.human_name, e.actor, e.actor_type, e.credential, coalesce(e.agent, s.agent) AS agent,
             e.role_session
      FROM event e
      LEFT JOIN session_key k ON k.local = e.session
      LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) g ON g.n = e.n
      LEFT JOIN session s ON s.id = coalesce(g.session, k.session)),
    named AS (
      SELECT coalesce(own_human, session_human) AS id, 'person' AS kind,
             coalesce(CASE WHEN own_human LIKE '%identitystore/%' AND role_session LIKE '%@%' THEN role_session END,
                      CASE WHEN own_human IS NULL OR own_human = session_human THEN human_name END, own_human) AS name,
             coalesce(human_proof, session_proof) AS proof,
             CASE WHEN own_human IS NOT NULL THEN '=' ELSE human_grade END AS grade
      FROM known WHERE coalesce(own_human, session_human) IS NOT NULL
      UNION ALL
      SELECT actor, CASE WHEN actor_type = 'service' THEN 'service' WHEN actor LIKE 'arn:%:role/%' THEN 'role'
                         WHEN actor_type = 'agent' THEN 'agent' ELSE 'principal' END,
             actor, coalesce(CASE WHEN coalesce(own_human, session_human) IS NULL THEN 'nobody known' END, 'people reach it'),
             CASE WHEN coalesce(own_human, session_human) IS NULL THEN '.' ELSE '+' END
      FROM known WHERE actor IS NOT NULL AND actor IS DISTINCT FROM coalesce(own_human, session_human)
      UNION ALL
      SELECT agent, 'agent', agent, 'client information', '='
      FROM known WHERE agent IS NOT NULL
      UNION ALL
      SELECT credential, 'key', credential, coalesce('used by ' || actor, 'nobody known'),
             CASE WHEN actor IS NULL THEN '.' ELSE '=' END
      FROM known WHERE credential IS NOT NULL),
    subject AS (
      SELECT id, min(kind) AS kind, min(name) AS name, min(proof) AS proof, min(grade) AS grade FROM named GROUP BY id),
    guest AS (
      SELECT g.n, list_concat(list(s.human), list(s.human_name)) AS names
      FROM session_guest g JOIN session s ON s.id = g.session GROUP BY g.n),
    further AS (
      SELECT n, list(value) AS keys FROM extra_identifier WHERE kind IN ('issued_key', 'key') GROUP BY n),
    hit AS (
      SELECT e.ts, e.outcome = 'denied' OR e.decision = 'deny' AS refused, coalesce(g.session, k.session) AS session,
             list_distinct(list_concat([e.human, e.actor, e.role_session, s.human, s.human_name], guest.names)) AS who,
             list_distinct([e.agent, e.client, s.agent]) AS agents,
             list_distinct(list_concat([e.credential, e.parent_credential], further.keys)) AS keys
      FROM event e LEFT JOIN session_key k ON k.local = e.session LEFT JOIN session s ON s.id = k.session
      LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) g ON g.n = e.n
      LEFT JOIN guest ON guest.n = e.n LEFT JOIN further ON further.n = e.n),
    counted AS (
      SELECT field, id, count(*) AS events, count(*) FILTER (refused) AS denied, count(DISTINCT session) AS sessions,
             min(ts) AS first_ts, max(ts) AS last_ts
      FROM (SELECT 'who' AS field, unnest(who) AS id, ts, refused, session FROM hit
            UNION ALL SELECT 'agent', unnest(agents), ts, refused, session FROM hit
            UNION ALL SELECT 'key', unnest(keys), ts, refused, session FROM hit)
      GROUP BY field, id)
    SELECT b.id, b.kind, b.name, b.proof, b.grade, coalesce(c.events, 0), coalesce(c.denied, 0), coalesce(c.sessions, 0),
           c.first_ts, c.last_ts
    FROM subject b LEFT JOIN counted c
      ON c.id = b.id AND c.field = CASE WHEN b.kind IN ('agent', 'key') THEN b.kind ELSE 'who' END
    ORDER BY b.id";

/// Returns the rows of table `subject`.
pub(super) fn gather(writer: &mut Writer) -> Result<Vec<Vec<Value>>, Fault> {
    let mut rows = Vec::new();
    writer.each(SUBJECTS, |row| {
        rows.push(row.0);
        Ok(())
    })?;
    Ok(rows)
}
