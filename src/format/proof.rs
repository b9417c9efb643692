//! Documents that prove something about log files: CloudTrail digests, public key lists, saved digest signatures, and
//! the sign file of CloudTrail Lake results. Known by their keys, not by their names.
//!
//! Source: AWS CloudTrail User Guide, "CloudTrail digest file structure", "Custom implementations of CloudTrail log
//! file integrity validation", "CloudTrail Lake sign file structure"; AWS CLI reference, `list-public-keys` and
//! `s3api head-object`. Read: what a verification needs. Dropped: everything else, above all the rest of a
//! `head-object` answer. Quirks: times of key lists are epoch numbers, quoted numbers or ISO 8601; older documents
//! spell `publicKeyList`; a digest that begins a chain has `null` for everything about the one before.
//! Must not verify anything.

use serde_json::{Map, Value};

use super::members;
use super::sample::{Sample, Shape};
use crate::model::Micros;
use crate::model::proof::{
    DigestFile, KeyList, LakeFile, LakeSign, ListedLog, PreviousDigest, ProofDocument, ProofKind,
    PublicKey, SavedSignature,
};

/// A document larger than this is not read: a digest lists some thousand files, in half a kilobyte each.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// Shortest and longest signature in hex digits: keys of 2048 to 8192 bits.
const SIGNATURE_DIGITS: std::ops::RangeInclusive<usize> = 512..=2048;

/// Members of a digest that no log record has; so many of them make a document a digest.
const DIGEST_MARKS: &[&str] = &[
    "digestStartTime",
    "digestEndTime",
    "digestS3Bucket",
    "digestS3Object",
    "digestPublicKeyFingerprint",
    "previousDigestSignature",
    "previousDigestHashValue",
];
const DIGEST_MARKS_NEEDED: usize = 3;

/// Members that must be there before a digest can be checked; the same that the AWS CLI asks for.
const REQUIRED: &[&str] = &[
    "digestPublicKeyFingerprint",
    "digestS3Bucket",
    "digestS3Object",
    "previousDigestSignature",
    "digestEndTime",
    "digestStartTime",
];

/// Returns the kind of document that the sample begins, if it is one.
pub fn recognize(sample: &Sample<'_>) -> Option<ProofKind> {
    match sample.shape() {
        Shape::Empty | Shape::Array => None,
        Shape::Text => (sample.is_whole && plain_signature(sample.head).is_some())
            .then_some(ProofKind::Signature),
        Shape::Object => of_names(sample),
    }
}

fn of_names(sample: &Sample<'_>) -> Option<ProofKind> {
    let names = members::names(sample.head);
    let has = |name: &str| names.contains(&name);
    if DIGEST_MARKS.iter().filter(|mark| has(mark)).count() >= DIGEST_MARKS_NEEDED {
        return Some(ProofKind::Digest);
    }
    if has("files") && has("hashSignature") && has("publicKeyFingerprint") {
        return Some(ProofKind::LakeSign);
    }
    let first = sample.values().first();
    let member = |name: &str| first.and_then(|value| value.get(name));
    if has("PublicKeyList") || has("publicKeyList") {
        let is_list = |value: &Value| value.is_array();
        let list = member("PublicKeyList").or_else(|| member("publicKeyList"));
        return list.is_none_or(is_list).then_some(ProofKind::KeyList);
    }
    let metadata = member("Metadata")?;
    (metadata.get("signature").is_some_and(Value::is_string)
        && (metadata.get("signature-algorithm").is_some() || has("ETag")))
    .then_some(ProofKind::Signature)
}

/// Reads a whole document of that kind.
pub fn parse(kind: ProofKind, text: &str) -> ProofDocument {
    let read = || -> Result<ProofDocument, String> {
        if let (ProofKind::Signature, Some(signature)) = (kind, plain_signature(text)) {
            let saved = SavedSignature { signature, backfilled_at: None };
            return Ok(ProofDocument::Signature(saved));
        }
        let document: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
                let place = (error.line(), error.column());
                format!("not whole JSON, at line {} column {}", place.0, place.1)
            })?;
        let object = document.as_object().ok_or("not a JSON object")?;
        match kind {
            ProofKind::Digest => digest(object).map(ProofDocument::Digest),
            ProofKind::KeyList => key_list(object).map(ProofDocument::KeyList),
            ProofKind::Signature => signature(object).map(ProofDocument::Signature),
            ProofKind::LakeSign => lake_sign(object).map(ProofDocument::LakeSign),
        }
    };
    read().unwrap_or_else(|why| ProofDocument::Malformed { kind, why })
}

/// Returns a signature that stands alone in a text file, in lower case.
fn plain_signature(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hex = SIGNATURE_DIGITS.contains(&text.len())
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.to_ascii_lowercase())
}

fn digest(object: &Map<String, Value>) -> Result<DigestFile, String> {
    for name in REQUIRED {
        if !object.contains_key(*name) {
            return Err(format!("`{name}` is missing"));
        }
    }
    let previous = match (text_or_null(object, "previousDigestS3Object")?, object) {
        (Some(name), object) => Some(PreviousDigest {
            bucket: text_or_null(object, "previousDigestS3Bucket")?,
            object: name,
            hash: text_or_null(object, "previousDigestHashValue")?,
        }),
        (None, _) => None,
    };
    let elements = object.get("logFiles").and_then(Value::as_array);
    let elements = elements.ok_or("`logFiles` is no list")?;
    let logs = elements.iter().map(listed_log).collect::<Result<Vec<_>, _>>()?;
    Ok(DigestFile {
        account: text_or_null(object, "awsAccountId")?,
        start: text(object, "digestStartTime")?,
        end: text(object, "digestEndTime")?,
        bucket: text(object, "digestS3Bucket")?,
        object: text(object, "digestS3Object")?,
        fingerprint: text(object, "digestPublicKeyFingerprint")?,
        previous,
        previous_signature: text_or_null(object, "previousDigestSignature")?,
        logs,
    })
}

fn listed_log(element: &Value) -> Result<ListedLog, String> {
    let object = element.as_object().ok_or("an element of `logFiles` is no object")?;
    Ok(ListedLog {
        bucket: text(object, "s3Bucket")?,
        object: text(object, "s3Object")?,
        hash: text(object, "hashValue")?.to_ascii_lowercase(),
    })
}

fn key_list(object: &Map<String, Value>) -> Result<KeyList, String> {
    let list = object.get("PublicKeyList").or_else(|| object.get("publicKeyList"));
    let list = list.and_then(Value::as_array).ok_or("`PublicKeyList` is no list")?;
    let keys = list.iter().map(public_key).collect::<Result<Vec<_>, _>>()?;
    let has_more = object.get("NextToken").is_some_and(|token| !token.is_null());
    Ok(KeyList { keys, has_more })
}

fn public_key(element: &Value) -> Result<PublicKey, String> {
    let object = element.as_object().ok_or("a key is no object")?;
    Ok(PublicKey {
        value: text(object, "Value")?,
        fingerprint: text(object, "Fingerprint")?.to_ascii_lowercase(),
        from: object.get("ValidityStartTime").and_then(instant),
        to: object.get("ValidityEndTime").and_then(instant),
    })
}

/// Reads an epoch number, an epoch number in quotes, or ISO 8601, into microseconds.
fn instant(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Micros::from_epoch(number.as_f64()?).map(|(time, _)| time.0),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) => Micros::from_epoch(number).map(|(time, _)| time.0),
            Err(_) => Micros::parse(text.trim()).map(|(time, _)| time.0),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn signature(object: &Map<String, Value>) -> Result<SavedSignature, String> {
    let metadata = object.get("Metadata").and_then(Value::as_object);
    let metadata = metadata.ok_or("`Metadata` is no object")?;
    let written = text(metadata, "signature")?;
    let signature = plain_signature(&written).ok_or("`Metadata.signature` is no hex signature")?;
    let backfilled_at = text_or_null(metadata, "backfill-generation-timestamp")?;
    Ok(SavedSignature { signature, backfilled_at })
}

fn lake_sign(object: &Map<String, Value>) -> Result<LakeSign, String> {
    let elements = object.get("files").and_then(Value::as_array).ok_or("`files` is no list")?;
    let file = |element: &Value| -> Result<LakeFile, String> {
        let object = element.as_object().ok_or("an element of `files` is no object")?;
        Ok(LakeFile { name: text(object, "fileName")?, hash: text(object, "fileHashValue")? })
    };
    let written = text(object, "hashSignature")?;
    Ok(LakeSign {
        region: text_or_null(object, "region")?,
        files: elements.iter().map(file).collect::<Result<Vec<_>, _>>()?,
        completed: text_or_null(object, "queryCompleteTime")?,
        signature: plain_signature(&written).ok_or("`hashSignature` is no hex signature")?,
        fingerprint: text(object, "publicKeyFingerprint")?.to_ascii_lowercase(),
    })
}

fn text(object: &Map<String, Value>, name: &str) -> Result<String, String> {
    text_or_null(object, name)?.ok_or_else(|| format!("`{name}` is missing"))
}

fn text_or_null(object: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("`{name}` is no text"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTING: &str = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-03-01T09:00:00Z",
        "digestEndTime":"2026-03-01T10:00:00Z","digestS3Bucket":"b","digestS3Object":"AWSLogs/x.json.gz",
        "digestPublicKeyFingerprint":"00ff","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,
        "oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,
        "previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,
        "logFiles":[]}"#;

    fn kind(head: &str, is_whole: bool) -> Option<ProofKind> {
        recognize(&Sample::new("x", head, is_whole))
    }

    fn read(text: &str) -> ProofDocument {
        parse(kind(text, true).unwrap(), text)
    }

    fn why(text: &str) -> String {
        match read(text) {
            ProofDocument::Malformed { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn starting_digest_has_null_for_what_came_before() {
        let ProofDocument::Digest(digest) = read(STARTING) else { panic!() };
        assert_eq!((digest.previous, digest.previous_signature), (None, None));
        assert_eq!(digest.end, "2026-03-01T10:00:00Z");
        assert!(digest.logs.is_empty());
    }

    #[test]
    fn digest_is_known_by_its_first_part_and_not_by_a_record_that_quotes_one() {
        let cut = STARTING.split("\"logFiles\"").next().unwrap().to_owned() + "\"logFiles\":[{";
        assert_eq!(kind(&cut, false), Some(ProofKind::Digest));
        assert_eq!(
            kind(
                r#"{"Records":[{"digestS3Bucket":1,"digestS3Object":2,"digestEndTime":3}]}"#,
                true
            ),
            None
        );
    }

    #[test]
    fn every_required_member_of_a_digest_is_missed() {
        for name in REQUIRED {
            let without = STARTING.replace(&format!("\"{name}\""), "\"other\"");
            assert_eq!(why(&without), format!("`{name}` is missing"));
        }
        assert_eq!(why(&STARTING.replace("[]", "null")), "`logFiles` is no list");
        assert_eq!(
            why(&STARTING
                .replace("\"digestEndTime\":\"2026-03-01T10:00:00Z\"", "\"digestEndTime\":7")),
            "`digestEndTime` is no text"
        );
        assert!(why(STARTING.strip_suffix('}').unwrap()).starts_with("not whole JSON"));
    }

    #[test]
    fn key_lists_of_every_age_are_read() {
        for (name, from) in [
            ("PublicKeyList", "1690000000.5"),
            ("publicKeyList", "\"1690000000.5\""),
            ("PublicKeyList", "\"2023-07-22T04:26:40.500+00:00\""),
        ] {
            let text = format!(
                r#"{{"{name}":[{{"Value":"AA==","ValidityStartTime":{from},"Fingerprint":"AB"}}],"NextToken":"n"}}"#
            );
            let ProofDocument::KeyList(list) = read(&text) else { panic!() };
            assert_eq!(list.keys.first().unwrap().from, Some(1_690_000_000_500_000), "{from}");
            assert_eq!(list.keys.first().unwrap().fingerprint, "ab");
            assert!(list.has_more);
        }
        assert!(why(r#"{"PublicKeyList":[{"Value":"AA=="}]}"#).contains("Fingerprint"));
    }

    #[test]
    fn signature_is_taken_from_an_answer_or_from_its_hex_and_nothing_else_with_it() {
        let hex = "AB".repeat(256);
        let answer = format!(
            r#"{{"ETag":"x","Metadata":{{"signature":"{hex}","signature-algorithm":"SHA256withRSA",
               "backfill-generation-timestamp":"t","owner":"kim"}}}}"#
        );
        let ProofDocument::Signature(saved) = read(&answer) else { panic!() };
        assert_eq!(saved.signature, hex.to_lowercase());
        assert_eq!(saved.backfilled_at.as_deref(), Some("t"));
        let ProofDocument::Signature(plain) = read(&format!("{hex}\n")) else { panic!() };
        assert_eq!(plain.signature, saved.signature);
        assert_eq!(kind("abcdef", true), None);
        assert_eq!(kind(r#"{"ETag":"x","ContentLength":1,"Metadata":{}}"#, true), None);
        let short = r#"{"ETag":"x","Metadata":{"signature":"zz"}}"#;
        assert_eq!(why(short), "`Metadata.signature` is no hex signature");
    }

    #[test]
    fn lake_sign_file_is_read() {
        let text = format!(
            r#"{{"version":"1.0","region":"eu-west-1","files":[{{"fileHashValue":"aa","fileName":"result_1.csv.gz"}}],
               "hashSignature":"{}","publicKeyFingerprint":"00"}}"#,
            "0".repeat(512)
        );
        let ProofDocument::LakeSign(sign) = read(&text) else { panic!() };
        assert_eq!(sign.files.first().unwrap().name, "result_1.csv.gz");
        assert!(why(&text.replace("fileName", "name")).contains("fileName"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_malformed(text in proptest::prelude::any::<String>()) {
            for kind in ProofKind::ALL {
                proptest::prop_assert_eq!(parse(*kind, &text).kind(), *kind);
            }
        }
    }
}
