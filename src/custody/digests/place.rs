//! Names of objects in a bucket and of their copies on disk. Must not look at content.

use crate::model::Micros;

/// Parts of a copy's path, from its end, that must be those of the object: year, month, day and name. The name itself
/// tells account, region and trail, so that copies of a folder inside the bucket are in place too.
const NEEDED_PARTS: usize = 4;

/// Returns a path without `.gz` at its end.
pub(super) fn without_gz(path: &str) -> &str {
    path.strip_suffix(".gz").unwrap_or(path)
}

/// Returns the last part of a path, without `.gz`.
pub(super) fn file_name(path: &str) -> &str {
    let path = without_gz(path);
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns true when a copy at `path` lies where the bucket holds `object`: its path ends with the object's, or with as
/// much of it as a copy of a folder inside the bucket keeps.
pub(super) fn is_in_place(path: &str, object: &str) -> bool {
    let (path, object) = (without_gz(path), without_gz(object));
    let mut ours = path.rsplit('/');
    let mut theirs = object.rsplit('/');
    let mut equal = 0;
    loop {
        match (ours.next(), theirs.next()) {
            (_, None) => return true,
            (Some(our), Some(their)) if our == their => equal += 1,
            (_, Some(_)) => return equal >= NEEDED_PARTS,
        }
    }
}

/// Returns true when the file at `path` was saved beside the digest at `digest` (without `.gz`) for it.
pub(super) fn is_sidecar(path: &str, digest: &str) -> bool {
    path.strip_prefix(digest).is_some_and(|rest| {
        let rest = rest.strip_prefix(".gz").unwrap_or(rest);
        rest.starts_with(['.', '-', '_']) && !rest.contains('/')
    })
}

/// What the name of a digest tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DigestName {
    pub(super) account: String,
    pub(super) region: String,
    /// Trail and home region, as written: `NAME_REGION`.
    pub(super) trail: String,
    pub(super) is_backfill: bool,
    /// The end of its window, as written.
    pub(super) stamp: String,
}

/// Reads `ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_STAMP[_backfill].json[.gz]`. The trail's name may hold the
/// divider, so both ends are read first.
pub(super) fn digest_name(object: &str) -> Option<DigestName> {
    let name = file_name(object).strip_suffix(".json")?;
    let (name, is_backfill) = match name.strip_suffix("_backfill") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
    let (region, rest) = rest.split_once('_')?;
    let (trail, stamp) = rest.rsplit_once('_')?;
    Some(DigestName {
        account: account.to_owned(),
        region: region.to_owned(),
        trail: trail.to_owned(),
        is_backfill,
        stamp: stamp.to_owned(),
    })
}

/// What the name of a log file tells: `ACCOUNT_CloudTrail_REGION_STAMP_UNIQUE.json[.gz]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogName {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) time: Option<Micros>,
}

/// Reads the name of a log file; `None` for names that CloudTrail does not give.
pub(super) fn log_name(path: &str) -> Option<LogName> {
    let name = file_name(path).strip_suffix(".json")?;
    let (account, rest) = name.split_once("_CloudTrail_")?;
    let mut parts = rest.split('_');
    let (region, stamp, unique) = (parts.next()?, parts.next()?, parts.next()?);
    let is_named = account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !region.is_empty()
        && !unique.is_empty();
    is_named.then(|| LogName {
        account: account.to_owned(),
        region: region.to_owned(),
        time: stamp_time(stamp),
    })
}

/// Reads `YYYYMMDDTHHMM[SS]Z`.
pub(super) fn stamp_time(stamp: &str) -> Option<Micros> {
    let digits = stamp.strip_suffix('Z')?;
    let (date, clock) = digits.split_once('T')?;
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let seconds = part(clock, 4, 6).unwrap_or_else(|| "00".to_owned());
    let text = format!(
        "{}-{}-{}T{}:{}:{seconds}Z",
        part(date, 0, 4)?,
        part(date, 4, 6)?,
        part(date, 6, 8)?,
        part(clock, 0, 2)?,
        part(clock, 2, 4)?
    );
    Micros::parse(&text).map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/01/a.json.gz";

    #[test]
    fn copies_of_the_bucket_and_of_folders_inside_it_are_in_place() {
        for path in [
            format!("/evidence/bucket/{OBJECT}"),
            format!("/evidence/{}", without_gz(OBJECT)),
            "/copy/111122223333/CloudTrail-Digest/eu-west-1/2026/03/01/a.json.gz".to_owned(),
            "/copy/2026/03/01/a.json".to_owned(),
        ] {
            assert!(is_in_place(&path, OBJECT), "{path}");
        }
        for path in ["/copy/a.json.gz", "/copy/2026/03/02/a.json.gz", "/copy/2026/03/01/b.json.gz"]
        {
            assert!(!is_in_place(path, OBJECT), "{path}");
        }
        assert!(is_in_place("/x/a.json", "a.json.gz"));
        assert!(!is_in_place("/x/ba.json", "a.json.gz"));
    }

    #[test]
    fn names_are_read_from_both_ends() {
        let name = digest_name(
            "x/111122223333_CloudTrail-Digest_us-east-1_my_odd_trail_eu-west-1_20260301T105931Z_backfill.json.gz",
        )
        .unwrap();
        assert_eq!(name.trail, "my_odd_trail_eu-west-1");
        assert_eq!((name.region.as_str(), name.stamp.as_str()), ("us-east-1", "20260301T105931Z"));
        assert!(name.is_backfill);
        let log =
            log_name("/e/111122223333_CloudTrail_us-east-1_20260301T1105Z_abcdef.json").unwrap();
        assert_eq!(log.time.unwrap().to_string(), "2026-03-01T11:05:00.000Z");
        assert_eq!(log_name("/e/records.json"), None);
        assert_eq!(log_name("/e/12_CloudTrail_us-east-1_20260301T1105Z_a.json"), None);
    }

    #[test]
    fn sidecar_names_its_digest_in_full() {
        assert!(is_sidecar("/e/a.json.gz.head-object.json", "/e/a.json"));
        assert!(is_sidecar("/e/a.json.sig", "/e/a.json"));
        assert!(!is_sidecar("/e/a.json2.sig", "/e/a.json"));
        assert!(!is_sidecar("/f/a.json.sig", "/e/a.json"));
    }
}
