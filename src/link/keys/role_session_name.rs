//! A role session or source identity named after an agent's session: `roleSessionName`, `sourceIdentity` or a session
//! tag equal to the session id that transcript, gateway or MCP capture write. Joins the first event of both. Whoever may
//! take on the role chose the name, so the cloud's side is asserted and the grade is `+`. Not joined: short ids, a name
//! that stands in several accounts unless the agent's side says which.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "role session name",
    insert: "INSERT INTO link
        WITH asked AS (
          SELECT session AS value, first(first_n ORDER BY first_ts, first_id) AS n, min(account) AS account,
                 min(account) IS DISTINCT FROM max(account) AS in_several
          FROM alike WHERE plane <> 'cloudtrail' AND length(session) >= 12 GROUP BY session),
        named AS (
          SELECT role_session AS value, 'role session name' AS key, first_n AS n, session, account, first_ts AS ts,
                 first_id AS id, actor FROM alike
          WHERE plane = 'cloudtrail' AND role_session IN (SELECT value FROM asked)
          UNION ALL
          SELECT further.value, 'source identity', event.n, event.session, event.account, event.ts, event.id, event.actor
          FROM extra_identifier further JOIN event ON event.n = further.n
          WHERE further.kind = 'source_identity' AND event.plane = 'cloudtrail'
            AND further.value IN (SELECT value FROM asked)
          UNION ALL
          SELECT claim.value, 'session tag', event.n, event.session, event.account, event.ts, event.id, event.actor
          FROM claim JOIN event ON event.n = claim.n
          WHERE claim.kind = 'tag' AND claim.value IN (SELECT value FROM asked)),
        used AS (
          SELECT value, key, session, actor, account, first(n ORDER BY ts, id) AS n FROM named
          GROUP BY value, key, session, actor, account),
        spread AS (
          SELECT value, min(account) IS DISTINCT FROM max(account) AS in_several, count(*) AS size
          FROM used GROUP BY value)
        SELECT asked.n, used.n, '+', min(used.key), asked.value, used.value, 'observed', 'asserted',
               min(CASE used.key WHEN 'source identity' THEN 2 ELSE 3 END)
        FROM asked JOIN used ON used.value = asked.value JOIN spread ON spread.value = asked.value
        WHERE spread.size <= 64 AND NOT asked.in_several
          AND CASE WHEN spread.in_several THEN asked.account = used.account
                   ELSE asked.account IS NULL OR used.account IS NULL OR asked.account = used.account END
        GROUP BY asked.n, used.n, asked.value, used.value",
    touched: None,
};
