//! A call that names the request ids of the AWS calls it caused (`downstreamRequests[].requestId`,
//! `downstreamRequestIds[]`, ids inside tool results), joined to the CloudTrail event with that `requestID`.
//! Request ids are not unique across services: the account must agree where both are known, 15 minutes at most lie
//! between, and an id seen in several accounts joins only calls that name theirs. An id that more than 64 events carry
//! identifies nothing.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "request id",
    insert: "INSERT INTO link
        WITH asked AS (
          SELECT DISTINCT n, value, trust FROM extra_identifier WHERE kind = 'downstream_request' {only}),
        carrier AS (SELECT value FROM asked GROUP BY value HAVING count(DISTINCT n) <= 64),
        effect AS (
          SELECT n, ts, account, request FROM event
          WHERE plane = 'cloudtrail' AND request IN (SELECT value FROM carrier)),
        named AS (
          SELECT request AS value, min(account) IS DISTINCT FROM max(account) AS in_several
          FROM effect GROUP BY request HAVING count(*) <= 64)
        SELECT asking.n, effect.n, '=', 'request id', asked.value, effect.request, min(asked.trust), 'observed', 1
        FROM asked JOIN named ON named.value = asked.value
        JOIN event asking ON asking.n = asked.n
        JOIN effect ON effect.request = asked.value
        WHERE asking.n <> effect.n
          AND CASE WHEN named.in_several THEN asking.account = effect.account
                   ELSE asking.account IS NULL OR effect.account IS NULL OR asking.account = effect.account END
          AND (asking.ts IS NULL OR effect.ts IS NULL
               OR abs(epoch_us(asking.ts) - epoch_us(effect.ts)) <= 900000000)
        GROUP BY asking.n, effect.n, asked.value, effect.request",
    touched: Some(
        "SELECT value FROM extra_identifier WHERE {added} AND kind = 'downstream_request'
         UNION SELECT request FROM event WHERE {added} AND plane = 'cloudtrail' AND request IS NOT NULL",
    ),
};
