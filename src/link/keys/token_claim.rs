//! The subject of a federated token: what a gateway read out of a caller's token (`jwt.sub`), and the subject with which
//! `AssumeRoleWithWebIdentity` or `AssumeRoleWithSAML` took on a role. Joins each such call to the first event in which
//! the subject asked for something. A subject is one person's or workload's for long, so the strength is 2.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "token subject",
    insert: "INSERT INTO link
        WITH taken AS (SELECT n, value FROM claim WHERE kind = 'subject' AND length(value) >= 4),
        named AS (
          SELECT value, n FROM taken
          UNION SELECT claim.value || '#' || taken.value, taken.n
          FROM taken JOIN claim ON claim.n = taken.n AND claim.kind = 'issuer'),
        asked AS (
          SELECT human AS value, first(first_n ORDER BY first_ts, first_id) AS n FROM alike
          WHERE plane <> 'cloudtrail' AND human_proof LIKE 'token subject%' AND human IN (SELECT value FROM named)
          GROUP BY human)
        SELECT asked.n, named.n, '+', 'token subject', asked.value, named.value, 'observed', 'observed', 2
        FROM asked JOIN named ON named.value = asked.value",
    touched: None,
};
