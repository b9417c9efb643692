//! The second best proof of a role's session, for records whose key is missing or hidden: the call that took on the role
//! has the role, the session name and the second at which the credential was made. Joined only where one call alone fits
//! and no issued key says so already.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "role, name and creation time",
    insert: "INSERT INTO link
        WITH taken AS (
          SELECT event.n, event.ts, event.id, event.resource AS role, named.value AS name
          FROM event JOIN extra_identifier named ON named.n = event.n AND named.kind = 'role_session'
          WHERE event.plane = 'cloudtrail' AND event.action LIKE 'sts:AssumeRole%' AND event.outcome = 'success'
            AND event.resource LIKE 'arn:%:role/%'),
        used AS (
          SELECT session, actor, role_session, credential_created, first(first_n ORDER BY first_ts, first_id) AS n
          FROM alike WHERE plane = 'cloudtrail' AND session IS NOT NULL AND credential_created IS NOT NULL
            AND role_session IN (SELECT name FROM taken) AND actor LIKE 'arn:%:role/%'
          GROUP BY session, actor, role_session, credential_created),
        pair AS (
          SELECT taken.n AS a, used.n AS b, taken.name, used.session,
                 count(*) OVER (PARTITION BY used.session) AS n_makers
          FROM used JOIN taken ON taken.name = used.role_session AND taken.role = used.actor
          WHERE abs(epoch_us(taken.ts) - epoch_us(used.credential_created)) <= 1000000 AND taken.n <> used.n)
        SELECT a, b, '+', 'role, name and creation time', name, name, 'observed', 'observed', 2 FROM pair
        WHERE n_makers = 1 AND b NOT IN (SELECT b FROM link WHERE key = 'issued key')
          AND session NOT IN (SELECT used.session FROM link JOIN event used ON used.n = link.b
                              WHERE link.key IN ('issued key', 'minted session') AND used.session IS NOT NULL)",
    touched: None,
};
