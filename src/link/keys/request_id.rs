//! A call that names the request ids of the AWS calls it caused (`downstreamRequests[].requestId`,
//! `downstreamRequestIds[]`, ids inside tool results), joined to the CloudTrail event with that `requestID`.
//! Request ids are not unique across services: the account must agree where both are known, and 15 minutes at most lie between.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "request id",
    insert: "INSERT INTO link
        SELECT asking.n, effect.n, '=', 'request id', further.value, effect.request, further.trust, 'observed', 1
        FROM extra_identifier further
        JOIN event asking ON asking.n = further.n
        JOIN event effect ON effect.request = further.value
        WHERE further.kind = 'downstream_request' AND effect.plane = 'cloudtrail' AND asking.n <> effect.n
          AND (asking.account IS NULL OR effect.account IS NULL OR asking.account = effect.account)
          AND (asking.ts IS NULL OR effect.ts IS NULL
               OR abs(epoch_us(asking.ts) - epoch_us(effect.ts)) <= 900000000)",
};
