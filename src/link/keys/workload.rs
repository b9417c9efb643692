//! The workload a process ran in, as it says of itself (OpenTelemetry `host.id`, `faas.name`; the answer of
//! `aws sts get-caller-identity`), and the role session of that name. Joins the first event of both. The instance or
//! function serves others too, so no session and no person follows from it. The account must agree where both are known.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "workload",
    insert: "INSERT INTO link
        WITH asked AS (
          SELECT further.value, further.trust, event.account, coalesce(event.session, '') AS session,
                 first(event.n ORDER BY event.ts, event.id) AS n
          FROM extra_identifier further JOIN event ON event.n = further.n
          WHERE further.kind = 'role_session' AND event.plane <> 'cloudtrail' AND length(further.value) >= 3
          GROUP BY further.value, further.trust, event.account, coalesce(event.session, '')),
        used AS (
          SELECT role_session AS value, account, first(first_n ORDER BY first_ts, first_id) AS n FROM alike
          WHERE plane = 'cloudtrail' AND role_session IN (SELECT value FROM asked) GROUP BY role_session, account),
        spread AS (SELECT value, count(*) AS accounts FROM used GROUP BY value),
        crowd AS (SELECT value, count(*) AS size FROM asked GROUP BY value)
        SELECT asked.n, used.n, '+', 'workload', asked.value, used.value, asked.trust, 'observed', 2
        FROM asked JOIN used ON used.value = asked.value JOIN spread ON spread.value = asked.value
        JOIN crowd ON crowd.value = asked.value
        WHERE crowd.size <= 64 AND CASE WHEN asked.account IS NULL THEN spread.accounts = 1 AND asked.value LIKE 'i-%'
                                        ELSE asked.account = used.account END
          AND NOT EXISTS (SELECT 1 FROM link known WHERE known.a = asked.n AND known.b = used.n)",
    touched: None,
};
