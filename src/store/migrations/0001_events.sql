-- The event model. Times are UTC microseconds. Big tables carry no keys or constraints: the writer keeps them true.

CREATE TABLE meta (key VARCHAR, value VARCHAR);

CREATE TABLE source (
    source INTEGER, name VARCHAR, member VARCHAR, path VARCHAR, state VARCHAR, reason VARCHAR,
    format VARCHAR, because VARCHAR,
    file_bytes BIGINT, bytes BIGINT, inflated BIGINT, sha256 VARCHAR, content_sha256 VARCHAR,
    modified BIGINT,
    read BIGINT, kept BIGINT, duplicate BIGINT, rejected BIGINT, skipped BIGINT,
    first_ts TIMESTAMP, last_ts TIMESTAMP, warnings VARCHAR
);

CREATE TABLE event (
    n BIGINT, id UUID, ts TIMESTAMP, ts_precision VARCHAR, ts_end TIMESTAMP,
    source INTEGER, record_index INTEGER, part INTEGER, line INTEGER, "offset" BIGINT, length INTEGER, raw_sha256 BLOB,
    plane VARCHAR, product VARCHAR, kind VARCHAR, native_id VARCHAR,
    human VARCHAR, human_proof VARCHAR, agent VARCHAR, agent_trust VARCHAR, client VARCHAR,
    actor VARCHAR, actor_type VARCHAR, credential VARCHAR, parent_credential VARCHAR,
    session VARCHAR, session_basis VARCHAR, role_session VARCHAR, credential_created TIMESTAMP,
    trace VARCHAR, span VARCHAR, parent_span VARCHAR, request VARCHAR,
    server VARCHAR, tool VARCHAR, method VARCHAR, action VARCHAR, action_class VARCHAR, read_only BOOLEAN,
    resource VARCHAR, resource_type VARCHAR, region VARCHAR, account VARCHAR, address VARCHAR,
    user_agent VARCHAR, invoked_by VARCHAR,
    decision VARCHAR, policy VARCHAR, reason VARCHAR,
    approval_state VARCHAR, approval_by VARCHAR, approval_at TIMESTAMP,
    outcome VARCHAR, error_code VARCHAR,
    tokens_in BIGINT, tokens_out BIGINT, cost DOUBLE, model VARCHAR, bytes BIGINT,
    masked VARCHAR, shape_rank INTEGER, payload VARCHAR USING COMPRESSION zstd
);

-- Further deliveries of records that `event` already holds, in full: a better copy may take the place later.
CREATE TABLE duplicate AS SELECT * FROM event LIMIT 0;

CREATE TABLE extra_identifier (n BIGINT, source INTEGER, kind VARCHAR, value VARCHAR, trust VARCHAR);
CREATE TABLE extra_resource (n BIGINT, source INTEGER, id VARCHAR, type VARCHAR);

CREATE TABLE reject (source INTEGER, record_index INTEGER, line INTEGER, "offset" BIGINT, length INTEGER, reason VARCHAR, excerpt VARCHAR);
CREATE TABLE redaction (source INTEGER, class VARCHAR, count BIGINT);
