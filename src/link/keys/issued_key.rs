//! A key that one event handed out (`AssumeRole*`, `GetSessionToken`, `CreateAccessKey`) and the first event that used
//! it. The other uses share the credential and are found by pivoting on it; a link for each would say nothing more.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "issued key",
    insert: "INSERT INTO link
        SELECT issuer.n, used.n, '=', 'issued key', issued.value, used.credential, issued.trust, 'observed', 2
        FROM (SELECT value, trust, first(further.n ORDER BY event.ts, event.id) AS n
              FROM extra_identifier further JOIN event ON event.n = further.n
              WHERE further.kind = 'issued_key' GROUP BY value, trust) issued
        JOIN event issuer ON issuer.n = issued.n
        JOIN (SELECT credential, first(first_n ORDER BY first_ts, first_id) AS n FROM alike WHERE credential IS NOT NULL
              AND credential IN (SELECT value FROM extra_identifier WHERE kind = 'issued_key')
              GROUP BY credential) used ON used.credential = issued.value
        WHERE issuer.n <> used.n",
    touched: None,
};
