//! A credential that two products name by its SHA-256 (`AuthZed` `token_hash`, LiteLLM `api_key`), or one by the hash and
//! one in clear. Joins the first event of each; a key is shared by its sessions, so the grade is `+`.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "credential hash",
    insert: "INSERT INTO link
        WITH held AS (
          SELECT credential AS value, product, first_n AS n, first_ts AS ts, first_id AS id FROM alike
          WHERE credential IS NOT NULL
          UNION ALL
          SELECT further.value, event.product, event.n, event.ts, event.id
          FROM extra_identifier further JOIN event ON event.n = further.n WHERE further.kind = 'key'),
        first_use AS (
          SELECT value, product, first(n ORDER BY ts, id) AS n, min(ts) AS ts, first(id ORDER BY ts, id) AS id FROM held
          GROUP BY value, product),
        hashed AS (
          SELECT *, lower(regexp_extract(value, '([0-9A-Fa-f]{64})$', 1)) AS digest FROM first_use
          WHERE regexp_full_match(value, '(sha256:)?[0-9A-Fa-f]{64}')),
        told AS (
          SELECT n, product, value, digest, ts, id FROM hashed
          UNION ALL
          SELECT n, product, value, sha256(value), ts, id FROM first_use
          WHERE NOT regexp_full_match(value, '(sha256:)?[0-9A-Fa-f]{64}') AND (SELECT count(*) FROM hashed) > 0),
        grouped AS (
          SELECT *, first_value(n) OVER by_digest AS anchor, first_value(product) OVER by_digest AS anchor_product,
                 first_value(value) OVER by_digest AS anchor_value
          FROM told WHERE digest IN (SELECT digest FROM hashed)
          WINDOW by_digest AS (PARTITION BY digest ORDER BY ts, id, product))
        SELECT anchor, n, '+', 'credential hash', anchor_value, value, 'observed', 'observed', 2
        FROM grouped WHERE n <> anchor AND product <> anchor_product",
    touched: None,
};
