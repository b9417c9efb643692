-- What joins rest on beyond `link`: clocks, names of one person, chains of sessions, proofs of near links. Computed after
-- a load, like all derived tables.

-- How far a product's clock is ahead of CloudTrail's, from exact links; `source` is NULL for the product as a whole.
CREATE TABLE clock_offset (product VARCHAR, source INTEGER, offset_us BIGINT, spread_us BIGINT, samples BIGINT, through VARCHAR);

-- Identifiers that records say are one person.
CREATE TABLE person_alias (id VARCHAR, person VARCHAR, name VARCHAR, proof VARCHAR);

-- Every name found for a session, with what it rests on; several of them are never merged.
CREATE TABLE session_person (session VARCHAR, human VARCHAR, proof VARCHAR, trust VARCHAR, grade VARCHAR);

-- The step above a session: `assumed by`, `vended to`, `acting for`; `event` is the record that proves it.
CREATE TABLE session_parent (session VARCHAR, parent VARCHAR, relation VARCHAR, event UUID, key VARCHAR, grade VARCHAR, proof VARCHAR);
-- What is odd about a session: no end, events before its start, no length.
CREATE TABLE session_note (session VARCHAR, note VARCHAR);

-- Subjects, tags and request ids that calls handing out credentials carry in their bodies.
CREATE TABLE claim (n BIGINT, kind VARCHAR, value VARCHAR);

-- Why a near link was made, in words.
CREATE TABLE near_proof (a BIGINT, b BIGINT, score INTEGER, distance_us BIGINT, candidates INTEGER, text VARCHAR);
-- What was left out for being too many or too alike.
CREATE TABLE link_skip (key VARCHAR, reason VARCHAR, n_groups BIGINT, n_events BIGINT);

CREATE VIEW clock_offsets AS
SELECT clock_offset.product, source.name AS source, offset_us, spread_us, samples, through
FROM clock_offset LEFT JOIN source USING (source);
CREATE VIEW people AS SELECT person, id, name, proof FROM person_alias;
CREATE VIEW session_people AS SELECT * FROM session_person;
CREATE VIEW session_parents AS SELECT * FROM session_parent;
CREATE VIEW session_notes AS SELECT * FROM session_note;
CREATE VIEW near_links AS
SELECT left_event.id AS a, right_event.id AS b, near_proof.score, near_proof.distance_us, near_proof.candidates, near_proof.text
FROM near_proof JOIN event left_event ON left_event.n = near_proof.a JOIN event right_event ON right_event.n = near_proof.b;
