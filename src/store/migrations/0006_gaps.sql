-- What the sources of a case could see, and what they could not. Computed after a load; `blind_spot_number` alone is kept
-- when the rest is made anew, so that a number never changes inside a case.

-- One row per group of sources that record the same thing: plane, product, what part of it, and where it stands.
CREATE TABLE source_group (
    grp INTEGER, key VARCHAR, name VARCHAR, plane VARCHAR, product VARCHAR, part VARCHAR, place VARCHAR,
    events BIGINT, calls BIGINT, bare BIGINT, masked BIGINT, unbound BIGINT,
    first_ts TIMESTAMP, last_ts TIMESTAMP, usual_gap BIGINT, longest_gap BIGINT, fit VARCHAR
);
-- Records of a group per cell of time, and tool calls without arguments among them. Cells without records have no row.
CREATE TABLE coverage (grp INTEGER, cell BIGINT, events BIGINT, calls BIGINT, bare BIGINT);
-- Stretches inside the span of the case in which no source has a record.
CREATE TABLE uncovered (from_ts TIMESTAMP, to_ts TIMESTAMP);

CREATE TABLE blind_spot (
    key VARCHAR, number INTEGER, kind VARCHAR, grade VARCHAR, certainty VARCHAR,
    plane VARCHAR, product VARCHAR, account VARCHAR, grp INTEGER, from_ts TIMESTAMP, to_ts TIMESTAMP,
    title VARCHAR, detail VARCHAR, forbids VARCHAR, events BIGINT, filter VARCHAR
);
-- Some of the events behind a blind spot; its filter shows all of them.
CREATE TABLE blind_spot_event (key VARCHAR, event UUID);
CREATE TABLE blind_spot_number (key VARCHAR, number INTEGER);

CREATE VIEW blind_spots AS
SELECT number, grade, certainty, kind, title, detail, forbids, plane, product, account, from_ts, to_ts, events, filter, key
FROM blind_spot ORDER BY number;
CREATE VIEW source_groups AS
SELECT name, plane, product, part, place, events, calls, bare, masked, first_ts, last_ts, fit FROM source_group;
