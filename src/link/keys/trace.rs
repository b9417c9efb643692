//! One W3C trace id written by two products. A trace can span a whole conversation, so events are joined by span where
//! both have one (the span of one is the span or the parent of the other); by trace alone only in traces of at most
//! 16 events.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "trace id",
    insert: "INSERT INTO link
        WITH candidate AS (
          SELECT n, trace, span, parent_span, product, ts, id,
                 CASE plane WHEN 'transcript' THEN 0 WHEN 'mcp' THEN 1 WHEN 'gateway' THEN 2 WHEN 'authz' THEN 3
                            WHEN 'model' THEN 4 WHEN 'cloudtrail' THEN 6 ELSE 5 END AS rank,
                 coalesce(parent_span, span, '') AS step
          FROM event WHERE trace IS NOT NULL),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY trace) AS size,
                 first_value(n) OVER (PARTITION BY trace, step ORDER BY rank, ts, id) AS step_anchor,
                 first_value(n) OVER (PARTITION BY trace ORDER BY rank, ts, id) AS anchor,
                 count(*) OVER (PARTITION BY trace, step) AS step_size
          FROM candidate),
        chosen AS (
          SELECT *, CASE WHEN step <> '' AND step_size > 1 THEN step_anchor WHEN size <= 16 THEN anchor END AS partner
          FROM grouped)
        SELECT first_event.n, further.n, '=', 'trace id', first_event.trace, further.trace, 'observed', 'observed',
               CASE WHEN further.step = first_event.step AND further.step <> '' THEN 1 ELSE 2 END
        FROM chosen further JOIN chosen first_event ON first_event.n = further.partner
        WHERE further.n <> further.partner AND further.product <> first_event.product
          AND NOT EXISTS (SELECT 1 FROM link known WHERE known.a = first_event.n AND known.b = further.n)",
    touched: None,
};
