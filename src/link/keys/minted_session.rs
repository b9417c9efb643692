//! The OAuth grant that minted a sign-in session (`CreateOAuth2Token`) and the first event of that session.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "minted session",
    insert: "INSERT INTO link
        SELECT grant_event.n, used.n, '=', 'minted session', minted.value, used.session, minted.trust, 'observed', 2
        FROM (SELECT value, trust, first(further.n ORDER BY event.ts, event.id) AS n
              FROM extra_identifier further JOIN event ON event.n = further.n
              WHERE further.kind = 'minted_session' GROUP BY value, trust) minted
        JOIN event grant_event ON grant_event.n = minted.n
        JOIN (SELECT session, first(first_n ORDER BY first_ts, first_id) AS n FROM alike
              WHERE session IN (SELECT value FROM extra_identifier WHERE kind = 'minted_session')
              GROUP BY session) used ON used.session = minted.value
        WHERE grant_event.n <> used.n",
    touched: None,
};
