//! S3's second request id (`x-amz-id-2`): in an answer that a client saw, and in `additionalEventData` of CloudTrail.
//! Nothing is looked up in the events of S3 unless an asking side shows such an id.

use super::Key;

pub(super) const KEY: Key = Key {
    name: "x-amz-id-2",
    insert: "INSERT INTO link
        WITH asked AS (
          SELECT DISTINCT further.value, further.n FROM extra_identifier further JOIN event ON event.n = further.n
          WHERE further.kind IN ('downstream_request', 'request', 'correlation') AND event.plane <> 'cloudtrail'
            AND length(further.value) BETWEEN 48 AND 128 AND regexp_full_match(further.value, '[A-Za-z0-9+/]+={0,2}')
            AND regexp_matches(further.value, '[+/=]')),
        effect AS (
          SELECT n, ts, regexp_extract(payload, '\"x-amz-id-2\"\\s*:\\s*\"([^\"]{48,128})\"', 1) AS value FROM event
          WHERE plane = 'cloudtrail' AND action LIKE 's3:%' AND (SELECT count(*) FROM asked) > 0)
        SELECT asking.n, effect.n, '=', 'x-amz-id-2', asked.value, effect.value, 'asserted', 'observed', 1
        FROM asked JOIN effect ON effect.value = asked.value JOIN event asking ON asking.n = asked.n
        WHERE (asking.ts IS NULL OR effect.ts IS NULL
               OR abs(epoch_us(asking.ts) - epoch_us(effect.ts)) <= 900000000)
          AND NOT EXISTS (SELECT 1 FROM link known WHERE known.a = asking.n AND known.b = effect.n)",
    touched: None,
};
