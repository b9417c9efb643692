-- Read-only views that `whytrail sql` promises. Columns are added, never renamed.

CREATE VIEW events AS
SELECT id, ts, ts_precision, ts_end, plane, product, kind, native_id, human, human_proof, agent, agent_trust, client,
       actor, actor_type, credential, parent_credential, session, session_basis, role_session, trace, span, parent_span,
       request, server, tool, method, action, action_class, read_only, resource, resource_type, region, account, address,
       user_agent, invoked_by, decision, policy, reason, approval_state, approval_by, approval_at, outcome, error_code,
       tokens_in, tokens_out, cost, model, bytes, masked, payload,
       source, record_index, part, line, "offset", length, lower(hex(raw_sha256)) AS raw_sha256
FROM event;

CREATE VIEW identifiers AS
SELECT event.id AS event, further.kind, further.value, further.trust FROM extra_identifier further JOIN event USING (n)
UNION ALL SELECT id, 'who', human, 'observed' FROM event WHERE human IS NOT NULL
UNION ALL SELECT id, 'actor', actor, 'observed' FROM event WHERE actor IS NOT NULL
UNION ALL SELECT id, 'agent', agent, agent_trust FROM event WHERE agent IS NOT NULL
UNION ALL SELECT id, 'key', credential, 'observed' FROM event WHERE credential IS NOT NULL
UNION ALL SELECT id, 'session', session, 'observed' FROM event WHERE session IS NOT NULL
UNION ALL SELECT id, 'trace', trace, 'observed' FROM event WHERE trace IS NOT NULL
UNION ALL SELECT id, 'request', request, 'observed' FROM event WHERE request IS NOT NULL
UNION ALL SELECT id, 'what', resource, 'observed' FROM event WHERE resource IS NOT NULL
UNION ALL SELECT id, 'address', address, 'observed' FROM event WHERE address IS NOT NULL;

CREATE VIEW resources AS
SELECT id AS event, resource AS id, resource_type AS type FROM event WHERE resource IS NOT NULL
UNION ALL SELECT event.id, further.id, further.type FROM extra_resource further JOIN event USING (n);

CREATE VIEW links AS
SELECT left_event.id AS a, right_event.id AS b, link.grade, link.key, link.value_a, link.value_b, link.trust_a, link.trust_b, link.strength
FROM link JOIN event left_event ON left_event.n = link.a JOIN event right_event ON right_event.n = link.b;

CREATE VIEW sessions AS SELECT * FROM session;
CREATE VIEW subjects AS SELECT * FROM subject;
CREATE VIEW sources AS SELECT * EXCLUDE (path, modified) FROM source;
CREATE VIEW rejects AS SELECT * FROM reject;
CREATE VIEW tags AS SELECT * FROM tag;
CREATE VIEW notes AS SELECT * FROM note;

CREATE VIEW provenance AS
SELECT id AS event, source, record_index, part, line, "offset", length, lower(hex(raw_sha256)) AS raw_sha256, true AS kept FROM event
UNION ALL
SELECT id, source, record_index, part, line, "offset", length, lower(hex(raw_sha256)), false FROM duplicate;
