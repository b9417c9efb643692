//! One decision id written by two products: policy engine and gateway (OPA `decision_id`, `AuthZed`, Azure), joined like
//! request ids: the first event of the asking-most plane is the anchor, values of more than 64 events join nothing.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "decision id",
    insert: "INSERT INTO link
        WITH decided AS (
          SELECT DISTINCT value FROM extra_identifier WHERE kind = 'decision' AND length(value) >= 8),
        carrier AS (
          SELECT value, n FROM extra_identifier
          WHERE kind IN ('decision', 'request', 'correlation') AND value IN (SELECT value FROM decided)
          UNION SELECT native_id, n FROM event WHERE plane = 'authz' AND native_id IN (SELECT value FROM decided)
          UNION SELECT request, n FROM event WHERE plane <> 'cloudtrail' AND request IN (SELECT value FROM decided)),
        candidate AS (
          SELECT carrier.value, event.n, event.product, event.ts, event.id,
                 CASE event.plane WHEN 'transcript' THEN 0 WHEN 'mcp' THEN 1 WHEN 'gateway' THEN 2 WHEN 'authz' THEN 3
                      ELSE 5 END AS rank
          FROM carrier JOIN event ON event.n = carrier.n WHERE event.plane <> 'cloudtrail'),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY value) AS size,
                 first_value(n) OVER (PARTITION BY value ORDER BY rank, ts, id) AS anchor FROM candidate)
        SELECT DISTINCT first_event.n, further.n, '=', 'decision id', further.value, further.value, 'observed', 'observed', 1
        FROM grouped further JOIN grouped first_event ON first_event.n = further.anchor AND first_event.value = further.value
        WHERE further.n <> further.anchor AND further.size <= 64 AND further.product <> first_event.product
          AND (first_event.ts IS NULL OR further.ts IS NULL
               OR abs(epoch_us(first_event.ts) - epoch_us(further.ts)) <= 900000000)
          AND NOT EXISTS (SELECT 1 FROM link known WHERE known.a = first_event.n AND known.b = further.n)",
    touched: None,
};
