-- What rules came to over the case: made when asked for, anew for each rule whose evidence, facts or text changed.
-- Lists are lines of one text.

CREATE TABLE rule_run (
    rule VARCHAR, version VARCHAR, verdict VARCHAR, strength VARCHAR, population BIGINT, exceptions BIGINT, unknown BIGINT,
    excluded VARCHAR, reasons VARCHAR, waits_for VARCHAR, spots VARCHAR, stamp VARCHAR
);
-- The first exceptions of each rule, and the first items about which nothing can be told, by time.
CREATE TABLE rule_instance (rule VARCHAR, is_exception BOOLEAN, place INTEGER, item VARCHAR, event UUID, ts TIMESTAMP, why VARCHAR);

CREATE VIEW rule_runs AS SELECT * FROM rule_run ORDER BY rule;
CREATE VIEW rule_instances AS SELECT * FROM rule_instance ORDER BY rule, is_exception DESC, place;
