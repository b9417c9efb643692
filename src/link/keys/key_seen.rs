//! An access key id or token id that an agent's side shows (a gateway's configuration, a command of a transcript, `jti`)
//! and the first cloud event that used it. Being seen is not being handed out: the grade is `+`, and no session follows.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "key seen",
    insert: "INSERT INTO link
        WITH seen AS (
          SELECT value, trust, n FROM extra_identifier WHERE kind = 'key' AND length(value) >= 16
          UNION
          SELECT credential, 'observed', n FROM event
          WHERE plane <> 'cloudtrail' AND credential IS NOT NULL AND length(credential) >= 16),
        asked AS (
          SELECT seen.value, min(seen.trust) AS trust, coalesce(event.session, '') AS session,
                 first(event.n ORDER BY event.ts, event.id) AS n
          FROM seen JOIN event ON event.n = seen.n WHERE event.plane <> 'cloudtrail'
          GROUP BY seen.value, coalesce(event.session, '')),
        crowd AS (SELECT value FROM asked GROUP BY value HAVING count(*) <= 64),
        used AS (
          SELECT credential AS value, first(first_n ORDER BY first_ts, first_id) AS n FROM alike
          WHERE plane = 'cloudtrail' AND credential IN (SELECT value FROM crowd) GROUP BY credential)
        SELECT asked.n, used.n, '+', 'key seen', asked.value, used.value, asked.trust, 'observed', 2
        FROM asked JOIN crowd ON crowd.value = asked.value JOIN used ON used.value = asked.value
        WHERE NOT EXISTS (SELECT 1 FROM link known WHERE known.a = asked.n AND known.b = used.n)",
    touched: None,
};
