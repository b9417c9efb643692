//! One tool-use id (`toolu_...`) seen by two products, for example model log and MCP capture.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "tool-use id",
    insert: "INSERT INTO link
        WITH carrier AS (
          SELECT DISTINCT further.value, event.n, event.product, event.ts, event.id
          FROM extra_identifier further JOIN event ON event.n = further.n WHERE further.kind = 'tool_use'),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY value) AS size,
                 first_value(n) OVER (PARTITION BY value ORDER BY ts, id) AS anchor,
                 first_value(product) OVER (PARTITION BY value ORDER BY ts, id) AS anchor_product
          FROM carrier)
        SELECT anchor, n, '=', 'tool-use id', value, value, 'asserted', 'asserted', 1
        FROM grouped WHERE n <> anchor AND product <> anchor_product AND size <= 64",
    touched: None,
};
