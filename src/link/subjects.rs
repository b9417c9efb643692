//! Subjects of the Who screen: people, principals, agents and keys, each with how it was found.

use crate::store::{Fault, Value, Writer};

/// Each part names one kind of subject: id, kind, name, proof, grade, and what is counted.
const SUBJECTS: &str = "
    WITH known AS (
      SELECT e.human AS own_human, e.human_proof, s.human AS session_human, s.human_proof AS session_proof,
             s.human_grade, s.human_name, e.actor, e.actor_type, e.credential, coalesce(e.agent, s.agent) AS agent,
             e.role_session, e.ts, e.outcome, e.decision, s.id AS session
      FROM event e
      LEFT JOIN session_key k ON k.local = e.session
      LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) g ON g.n = e.n
      LEFT JOIN session s ON s.id = coalesce(g.session, k.session)),
    named AS (
      SELECT coalesce(own_human, session_human) AS id, 'person' AS kind,
             coalesce(CASE WHEN own_human LIKE '%identitystore/%' AND role_session LIKE '%@%' THEN role_session END,
                      CASE WHEN own_human IS NULL OR own_human = session_human THEN human_name END, own_human) AS name,
             coalesce(human_proof, session_proof) AS proof,
             CASE WHEN own_human IS NOT NULL THEN '=' ELSE human_grade END AS grade, ts, outcome, decision, session
      FROM known WHERE coalesce(own_human, session_human) IS NOT NULL
      UNION ALL
      SELECT actor, CASE WHEN actor_type = 'service' THEN 'service' WHEN actor LIKE 'arn:%:role/%' THEN 'role'
                         WHEN actor_type = 'agent' THEN 'agent' ELSE 'principal' END,
             actor, coalesce(CASE WHEN coalesce(own_human, session_human) IS NULL THEN 'nobody known' END, 'people reach it'),
             CASE WHEN coalesce(own_human, session_human) IS NULL THEN '.' ELSE '+' END, ts, outcome, decision, session
      FROM known WHERE actor IS NOT NULL AND actor IS DISTINCT FROM coalesce(own_human, session_human)
      UNION ALL
      SELECT agent, 'agent', agent, 'client information', '=', ts, outcome, decision, session
      FROM known WHERE agent IS NOT NULL
      UNION ALL
      SELECT credential, 'key', credential, coalesce('used by ' || actor, 'nobody known'),
             CASE WHEN actor IS NULL THEN '.' ELSE '=' END, ts, outcome, decision, session
      FROM known WHERE credential IS NOT NULL)
    SELECT id, min(kind), min(name), min(proof), min(grade), count(*),
           count(*) FILTER (outcome = 'denied' OR decision = 'deny'), count(DISTINCT session), min(ts), max(ts)
    FROM named GROUP BY id ORDER BY id";

/// Returns the rows of table `subject`.
pub(super) fn gather(writer: &mut Writer) -> Result<Vec<Vec<Value>>, Fault> {
    let mut rows = Vec::new();
    writer.each(SUBJECTS, |row| {
        rows.push(row.0);
        Ok(())
    })?;
    Ok(rows)
}
