//! The same action delivered to two accounts: different `eventID`, one `sharedEventID`.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "shared event id",
    insert: "INSERT INTO link
        WITH carrier AS (
          SELECT DISTINCT further.value, event.n, event.ts, event.id
          FROM extra_identifier further JOIN event ON event.n = further.n WHERE further.kind = 'shared_event'),
        grouped AS (
          SELECT *, count(*) OVER (PARTITION BY value) AS size,
                 first_value(n) OVER (PARTITION BY value ORDER BY ts, id) AS anchor FROM carrier)
        SELECT anchor, n, '=', 'shared event id', value, value, 'observed', 'observed', 1
        FROM grouped WHERE n <> anchor AND size <= 64",
    touched: None,
};
