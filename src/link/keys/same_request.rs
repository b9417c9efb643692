//! One request id written by two products: gateway and MCP capture, gateway and policy engine, Bedrock invocation log
//! and CloudTrail. Each further event is joined to the first event of the asking-most plane, so that a group of n
//! events gives n-1 links. A value that more than 64 events carry identifies nothing and is left out.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "same request id",
    insert: "INSERT INTO link
        WITH asked AS (
          SELECT request AS value, n FROM event WHERE plane <> 'cloudtrail' AND request IS NOT NULL
          UNION
          SELECT further.value, further.n FROM extra_identifier further JOIN event ON event.n = further.n
          WHERE further.kind IN ('request', 'correlation') AND event.plane <> 'cloudtrail'),
        carrier AS (
          SELECT value, n FROM asked
          UNION
          SELECT request, n FROM event WHERE plane = 'cloudtrail' AND request IN (SELECT value FROM asked)),
        candidate AS (
          SELECT carrier.value, event.n, event.product, event.account, event.ts, event.id,
                 CASE event.plane WHEN 'transcript' THEN 0 WHEN 'mcp' THEN 1 WHEN 'gateway' THEN 2 WHEN 'authz' THEN 3
                      WHEN 'model' THEN 4 WHEN 'cloudtrail' THEN 6 ELSE 5 END AS rank
          FROM carrier JOIN event ON event.n = carrier.n),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY value) AS size,
                 first_value(n) OVER (PARTITION BY value ORDER BY rank, ts, id) AS anchor
          FROM candidate)
        SELECT DISTINCT first_event.n, further.n, '=', 'same request id', first_event.value, further.value,
               'observed', 'observed', 1
        FROM grouped further JOIN grouped first_event ON first_event.n = further.anchor AND first_event.value = further.value
        WHERE further.n <> further.anchor AND further.size <= 64 AND further.product <> first_event.product
          AND (first_event.account IS NULL OR further.account IS NULL OR first_event.account = further.account)
          AND (first_event.ts IS NULL OR further.ts IS NULL
               OR abs(epoch_us(first_event.ts) - epoch_us(further.ts)) <= 900000000)",
};
