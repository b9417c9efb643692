//! One request id written by two products: gateway and MCP capture, gateway and policy engine, Bedrock invocation log
//! and CloudTrail. Each further event is joined to the first event of the asking-most plane, so that a group of n
//! events gives n-1 links. Left out: a value that more than 64 events carry, one that is a session's id, short ones
//! (counters), and one that a product gave to different calls: other tool, session, person or account, or a minute
//! later.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "same request id",
    insert: "INSERT INTO link
        WITH asked AS (
          SELECT request AS value, n FROM event WHERE plane <> 'cloudtrail' AND request IS NOT NULL
          UNION
          SELECT further.value, further.n FROM extra_identifier further JOIN event ON event.n = further.n
          WHERE further.kind IN ('request', 'correlation') AND event.plane <> 'cloudtrail'),
        usable AS (
          SELECT DISTINCT value, n FROM asked
          WHERE length(value) >= 8 AND value NOT IN (SELECT session FROM alike WHERE session IS NOT NULL) {only}),
        carrier AS (
          SELECT value, n FROM usable
          UNION
          SELECT request, n FROM event WHERE plane = 'cloudtrail' AND request IN (SELECT value FROM usable)),
        candidate AS (
          SELECT carrier.value, event.n, event.product, event.account, event.ts, event.id, event.kind,
                 event.tool, event.session, event.human,
                 CASE event.plane WHEN 'transcript' THEN 0 WHEN 'mcp' THEN 1 WHEN 'gateway' THEN 2 WHEN 'authz' THEN 3
                      WHEN 'model' THEN 4 WHEN 'cloudtrail' THEN 6 ELSE 5 END AS rank
          FROM carrier JOIN event ON event.n = carrier.n),
        reused AS (
          SELECT DISTINCT value FROM candidate GROUP BY value, product
          HAVING min(tool) <> max(tool) OR min(session) <> max(session) OR min(human) <> max(human)
              OR min(account) <> max(account)
          UNION
          SELECT DISTINCT value FROM candidate GROUP BY value, product, kind
          HAVING max(epoch_us(ts)) - min(epoch_us(ts)) > 60000000),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY value) AS size,
                 first_value(n) OVER (PARTITION BY value ORDER BY rank, ts, id) AS anchor,
                 min(account) OVER (PARTITION BY value) IS DISTINCT FROM max(account) OVER (PARTITION BY value) AS in_several
          FROM candidate WHERE value NOT IN (SELECT value FROM reused))
        SELECT DISTINCT first_event.n, further.n, '=', 'same request id', first_event.value, further.value,
               'observed', 'observed', 1
        FROM grouped further JOIN grouped first_event ON first_event.n = further.anchor AND first_event.value = further.value
        WHERE further.n <> further.anchor AND further.size <= 64 AND further.product <> first_event.product
          AND CASE WHEN further.in_several THEN first_event.account = further.account
                   ELSE first_event.account IS NULL OR further.account IS NULL OR first_event.account = further.account END
          AND (first_event.ts IS NULL OR further.ts IS NULL
               OR abs(epoch_us(first_event.ts) - epoch_us(further.ts)) <= 900000000)",
    touched: Some(
        "SELECT request AS value FROM event WHERE {added} AND request IS NOT NULL
         UNION SELECT session FROM event WHERE {added} AND session IS NOT NULL
         UNION SELECT value FROM extra_identifier WHERE {added} AND kind IN ('request', 'correlation')",
    ),
};
