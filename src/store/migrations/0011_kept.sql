-- What joins read in place of the events, so that a load which only adds events does not read the others again. Computed
-- after a load; `joins cover` in `meta` says for which events it holds.

-- Events that name the same people, keys, sessions and places, counted once. One sort of event can have several rows: the
-- counts add up. `first_n` and `first_id` are its first event's, by (time, id).
CREATE TABLE alike (
    human VARCHAR, human_proof VARCHAR, agent VARCHAR, client VARCHAR, actor VARCHAR, actor_type VARCHAR,
    credential VARCHAR, parent_credential VARCHAR, credential_created TIMESTAMP,
    session VARCHAR, session_basis VARCHAR, role_session VARCHAR, account VARCHAR,
    plane VARCHAR, product VARCHAR, kind VARCHAR, invoked_by VARCHAR, region VARCHAR, address VARCHAR, user_agent VARCHAR,
    service VARCHAR,
    events BIGINT, refused BIGINT, first_ts TIMESTAMP, last_ts TIMESTAMP, first_n BIGINT, first_id UUID
);

-- What each tool call asks for, as JSON.
CREATE TABLE near_asked (n BIGINT, asked VARCHAR);
-- Actions of the cloud and half minutes around calls that can mean them, and all events of the cloud there.
CREATE TABLE near_wanted (action VARCHAR, bin BIGINT);
CREATE TABLE near_effect (
    n BIGINT, id UUID, ts TIMESTAMP, ts_precision VARCHAR, action VARCHAR, bin BIGINT, resource VARCHAR, human VARCHAR,
    session VARCHAR, account VARCHAR, region VARCHAR, address VARCHAR, outcome VARCHAR, actor VARCHAR,
    role_session VARCHAR, is_marked BOOLEAN, invoked_by VARCHAR
);

-- Tokens of caches that the payload of a model call names; NULL where it mentions a cache and not how many.
CREATE TABLE model_cache (n BIGINT, cache_read BIGINT, cache_write BIGINT);
-- Tool calls whose record holds no arguments, and the component that a record names.
CREATE TABLE gap_bare (n BIGINT);
CREATE TABLE gap_place (n BIGINT, place VARCHAR);
