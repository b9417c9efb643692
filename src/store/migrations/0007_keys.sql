-- Life lines of keys, what model calls cost, and where to look first. Computed after a load, like all derived tables;
-- `price` is a copy of the price table in force, so that costs can be told again from the same rows.

CREATE TABLE key_life (
    key VARCHAR, kind VARCHAR, owner VARCHAR, owner_name VARCHAR, owner_grade VARCHAR, people BIGINT, actor VARCHAR,
    issued_by UUID, issued_action VARCHAR, issued_ts TIMESTAMP, issued_from VARCHAR, issuer VARCHAR, issues BIGINT,
    first_ts TIMESTAMP, last_ts TIMESTAMP, calls BIGINT, denied BIGINT, services BIGINT, regions BIGINT, accounts BIGINT,
    addresses BIGINT, user_agents BIGINT,
    ended_by UUID, ended_how VARCHAR, ended_ts TIMESTAMP, used_after BIGINT, ok_after BIGINT, after_event UUID,
    -- Lineage of a key that nobody is known behind: who issued it and to what. Many keys of one lineage are one job.
    job VARCHAR
);

-- Model calls by day: tokens of all calls, recorded cost, and the tokens of those calls whose cost was not recorded.
CREATE TABLE spend (
    day DATE, key VARCHAR, session VARCHAR, person VARCHAR, agent VARCHAR, product VARCHAR, provider VARCHAR, model VARCHAR,
    calls BIGINT, tokens_in BIGINT, tokens_out BIGINT, recorded DOUBLE, recorded_calls BIGINT,
    open_calls BIGINT, open_in BIGINT, open_out BIGINT, open_read BIGINT, open_write BIGINT, blind_calls BIGINT
);

-- US dollars for a million tokens.
CREATE TABLE price (
    provider VARCHAR, model VARCHAR, valid_from DATE, input DOUBLE, output DOUBLE, cache_read DOUBLE, cache_write DOUBLE,
    source VARCHAR, read_on DATE
);

CREATE TABLE lead (
    id VARCHAR, rule VARCHAR, score INTEGER, weight VARCHAR, kind VARCHAR, title VARCHAR, detail VARCHAR, why VARCHAR,
    reason VARCHAR, filter VARCHAR, event UUID, evidence VARCHAR
);

CREATE VIEW key_lives AS SELECT * FROM key_life;
CREATE VIEW spends AS SELECT * FROM spend;
CREATE VIEW prices AS SELECT * FROM price;
CREATE VIEW leads AS SELECT * FROM lead;
