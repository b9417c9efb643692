//! One request id written by two products: gateway and MCP capture, gateway and policy engine, Bedrock invocation log
//! and CloudTrail. Each further event is joined to the first event of the asking-most plane, so that a group of n
//! events gives n-1 links. A value that more than 64 events carry identifies nothing and is left out.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "same request id",
    insert: "INSERT INTO link
        WITH candidate AS (
          SELECT n, request, product, account, ts, id,
                 CASE plane WHEN 'transcript' THEN 0 WHEN 'mcp' THEN 1 WHEN 'gateway' THEN 2 WHEN 'authz' THEN 3
                            WHEN 'model' THEN 4 WHEN 'cloudtrail' THEN 6 ELSE 5 END AS rank
          FROM event WHERE request IS NOT NULL AND request IN (
            SELECT request FROM event WHERE plane <> 'cloudtrail' AND request IS NOT NULL)),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY request) AS size,
                 first_value(n) OVER (PARTITION BY request ORDER BY rank, ts, id) AS anchor
          FROM candidate)
        SELECT first_event.n, further.n, '=', 'same request id', first_event.request, further.request,
               'observed', 'observed', 1
        FROM grouped further JOIN grouped first_event ON first_event.n = further.anchor
        WHERE further.n <> further.anchor AND further.size <= 64 AND further.product <> first_event.product
          AND (first_event.account IS NULL OR further.account IS NULL OR first_event.account = further.account)
          AND (first_event.ts IS NULL OR further.ts IS NULL
               OR abs(epoch_us(first_event.ts) - epoch_us(further.ts)) <= 900000000)",
};
