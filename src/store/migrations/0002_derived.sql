-- What is computed from events after a load, and what is rebuilt from the journal. All of it can be dropped and made again.

-- Sessions, and the keys (values of `event.session`) that lead to each: several keys can be one session.
CREATE TABLE session (
    id VARCHAR, short VARCHAR, kind VARCHAR, basis VARCHAR,
    human VARCHAR, human_name VARCHAR, human_proof VARCHAR, human_grade VARCHAR,
    agent VARCHAR, actor VARCHAR, label VARCHAR, parent VARCHAR,
    minted_by UUID, events BIGINT, denied BIGINT, first_ts TIMESTAMP, last_ts TIMESTAMP
);
CREATE TABLE session_key (local VARCHAR, session VARCHAR);
-- Events that belong to a session by a link and not by their own key.
CREATE TABLE session_guest (n BIGINT, session VARCHAR, grade VARCHAR);

-- Subjects of the whole case, one row per person, role, service and key.
CREATE TABLE subject (
    id VARCHAR, kind VARCHAR, name VARCHAR, proof VARCHAR, grade VARCHAR,
    events BIGINT, denied BIGINT, sessions BIGINT, first_ts TIMESTAMP, last_ts TIMESTAMP
);

-- One row per joined pair; a is the asking side.
CREATE TABLE link (a BIGINT, b BIGINT, grade VARCHAR, key VARCHAR, value_a VARCHAR, value_b VARCHAR, trust_a VARCHAR, trust_b VARCHAR, strength INTEGER);

CREATE TABLE tag (event UUID, text VARCHAR, criterion VARCHAR, by_whom VARCHAR, made_at TIMESTAMP, seq BIGINT);
CREATE TABLE note (event UUID, text VARCHAR, by_whom VARCHAR, made_at TIMESTAMP, seq BIGINT);
