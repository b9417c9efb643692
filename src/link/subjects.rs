//! Subjects of the Who screen: people, principals, agents and keys, each with how it was found.

use crate::store::{Fault, Value, Writer};

/// Each part names one kind of subject: id, kind, name, proof, grade. An event is counted for every subject whose filter
/// shows it, so that a list never promises other rows than the jump from it gives.
const SUBJECTS: &str = "
    WITH guest AS (
      SELECT g.n, min(g.session) AS session, list_concat(list(s.human), list(s.human_name)) AS names
      FROM session_guest g JOIN session s ON s.id = g.session GROUP BY g.n),
    -- Guests are read one by one. All other events are what is left of their sort.
    apart AS (
      SELECT e.human, e.human_proof, e.actor, e.actor_type, e.role_session, e.agent, e.client, e.credential,
             e.parent_credential, e.session AS local, guest.session AS guest_session, guest.names,
             count(*) AS events, count(*) FILTER (e.outcome = 'denied' OR e.decision = 'deny') AS refused,
             min(e.ts) AS first_ts, max(e.ts) AS last_ts
      FROM event e JOIN guest ON guest.n = e.n GROUP BY ALL),
    -- Times are those of the whole sort: what is apart names all that its sort names, and more.
    others AS (
      SELECT human, human_proof, actor, actor_type, role_session, agent, client, credential, parent_credential, local,
             sum(events)::BIGINT AS events, sum(refused)::BIGINT AS refused, min(first_ts) AS first_ts, max(last_ts) AS last_ts
      FROM (SELECT human, human_proof, actor, actor_type, role_session, agent, client, credential, parent_credential,
                   session AS local, events, refused, first_ts, last_ts FROM alike
            UNION ALL
            SELECT human, human_proof, actor, actor_type, role_session, agent, client, credential, parent_credential,
                   local, -events, -refused, NULL, NULL FROM apart)
      GROUP BY ALL HAVING sum(events) > 0),
    sort AS (
      FROM apart UNION ALL BY NAME SELECT *, NULL AS guest_session, NULL::VARCHAR[] AS names FROM others),
    -- A name that a caller set and the chain contradicts is nobody's.
    known AS (
      SELECT CASE WHEN s.human IS NULL AND s.human_proof LIKE '2 people: %' THEN NULL
                  ELSE coalesce(alias.person, a.human) END AS own_human, a.human_proof, alias.name AS own_name, s.human AS session_human, s.human_proof AS session_proof,
             s.human_grade, s.human_name, a.actor, a.actor_type, a.credential, coalesce(a.agent, s.agent) AS agent,
             a.role_session
      FROM sort a
      LEFT JOIN session_key k ON k.local = a.local
      LEFT JOIN session s ON s.id = coalesce(a.guest_session, k.session)
      LEFT JOIN person_alias alias ON alias.id = a.human),
    named AS (
      SELECT coalesce(own_human, session_human) AS id, 'person' AS kind,
             coalesce(CASE WHEN own_human IS NOT NULL THEN own_name END,
                      CASE WHEN own_human LIKE '%identitystore/%' AND role_session LIKE '%@%' THEN role_session END,
                      CASE WHEN own_human IS NULL OR own_human = session_human THEN human_name END, own_human) AS name,
             coalesce(human_proof, session_proof) AS proof,
             CASE WHEN own_human IS NULL THEN human_grade
                  WHEN human_proof IN ('source identity', 'named by the client', 'end user, as the caller says')
                    OR (human_proof = 'session name' AND actor NOT LIKE '%/AWSReservedSSO\\_%' ESCAPE '\\') THEN '+'
                  ELSE '=' END AS grade
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
    hit AS (
      SELECT a.events, a.refused, a.first_ts, a.last_ts, coalesce(a.guest_session, k.session) AS session,
             list_distinct(list_concat([a.human, alias.person, a.actor, a.role_session, s.human, s.human_name], a.names)) AS who,
             list_distinct([a.agent, a.client, s.agent]) AS agents,
             list_distinct([a.credential, a.parent_credential]) AS keys
      FROM sort a LEFT JOIN session_key k ON k.local = a.local LEFT JOIN session s ON s.id = k.session
      LEFT JOIN person_alias alias ON alias.id = a.human),
    -- Keys that events issue or name, beside the one they were made with.
    further AS (
      SELECT x.value AS id, (e.outcome = 'denied' OR e.decision = 'deny')::BIGINT AS refused, e.ts,
             coalesce(guest.session, k.session) AS session
      FROM (SELECT DISTINCT n, value FROM extra_identifier
            WHERE kind IN ('issued_key', 'key') AND value IN (SELECT credential FROM alike)) x
      JOIN event e ON e.n = x.n LEFT JOIN guest ON guest.n = e.n LEFT JOIN session_key k ON k.local = e.session
      WHERE x.value IS DISTINCT FROM e.credential AND x.value IS DISTINCT FROM e.parent_credential),
    counted AS (
      SELECT field, id, sum(events)::BIGINT AS events, sum(refused)::BIGINT AS denied,
             count(DISTINCT session) AS sessions, min(first_ts) AS first_ts, max(last_ts) AS last_ts
      FROM (SELECT 'who' AS field, unnest(who) AS id, events, refused, first_ts, last_ts, session FROM hit
            UNION ALL SELECT 'agent', unnest(agents), events, refused, first_ts, last_ts, session FROM hit
            UNION ALL SELECT 'key', unnest(keys), events, refused, first_ts, last_ts, session FROM hit
            UNION ALL SELECT 'key', id, 1, refused, ts, ts, session FROM further)
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
