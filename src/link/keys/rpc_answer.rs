//! A JSON-RPC request and its answer in one capture, paired by the MCP reader.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "json-rpc answer",
    insert: "INSERT INTO link
        SELECT request.n, answer.n, '=', 'json-rpc answer', step.value, step.value, 'observed', 'observed', 1
        FROM (SELECT further.value,
                     first(further.n ORDER BY event.ts, event.record_index, event.n) AS first_n,
                     last(further.n ORDER BY event.ts, event.record_index, event.n) AS last_n
              FROM extra_identifier further JOIN event ON event.n = further.n
              WHERE further.kind = 'step' GROUP BY further.value) step
        JOIN event request ON request.n = step.first_n
        JOIN event answer ON answer.n = step.last_n
        WHERE request.n <> answer.n",
    touched: None,
};
