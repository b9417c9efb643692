-- Question 1: distinct calls, which event is which call, and the answers under the facts in force. Calls are computed after
-- a load, answers after that and after every change of facts.

-- Principals of the case, from which those that are declared as agents are chosen.
CREATE TABLE boundary_actor (actor VARCHAR);
-- One row per distinct call of an agent, by its records or by declaration. `sort` is tool, api or model.
CREATE TABLE boundary_call (
    call_id BIGINT, sort VARCHAR, agent VARCHAR, actor VARCHAR, server VARCHAR, tool VARCHAR, action VARCHAR,
    resource VARCHAR, account VARCHAR, region VARCHAR, events BIGINT
);
CREATE TABLE boundary_event (n BIGINT, call_id BIGINT);
-- Answers; many calls share one.
CREATE TABLE boundary_answer (answer INTEGER, result VARCHAR, entry VARCHAR, why VARCHAR);
CREATE TABLE boundary_judged (call_id BIGINT, answer INTEGER);
-- Events whose time, size or approval gives them another answer than their call has.
CREATE TABLE boundary_exception (n BIGINT, answer INTEGER);

CREATE VIEW boundaries AS
SELECT e.id AS event, e.ts, a.result, a.entry, a.why, c.sort, c.agent, c.actor, c.server, c.tool, c.action, c.resource,
       c.account, c.region
FROM boundary_event b
JOIN boundary_judged j ON j.call_id = b.call_id
JOIN boundary_call c ON c.call_id = b.call_id
LEFT JOIN boundary_exception x ON x.n = b.n
JOIN boundary_answer a ON a.answer = coalesce(x.answer, j.answer)
JOIN event e ON e.n = b.n;
