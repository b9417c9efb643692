//! What a chained record says of its place, and whether its hash is that of its bytes. Works on the exact text of the
//! record: one that was parsed and written anew has other bytes. Must not compare records with each other.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::Mapping;
use super::integrity::{Algorithm, HashedInput, Integrity};
use crate::format::hex::hex;
use crate::format::members::members;
use crate::model::proof::ChainFact;

/// Longest hash or link that is kept, in letters. Longer ones are no hashes.
const MAX_HASH: usize = 200;
/// Longest text that tells chains apart.
const MAX_PARTITION: usize = 500;
/// Whole numbers up to here are written the same by every program.
const MAX_PLAIN: u64 = 1 << 53;

/// Returns what a record says about its chain; `None` when the mapping declares none, or the record has no part in it.
/// `text` is the record as it stands in the file; it is missing when the record was wrapped by another program.
pub(super) fn fact(mapping: &Mapping, record: &Value, text: Option<&str>) -> Option<ChainFact> {
    let integrity = mapping.integrity()?;
    let link = mapping.chain_link(record)?;
    let (prev, hash) = (link.prev.and_then(hash_text), link.hash.and_then(hash_text));
    let seq = link.seq.and_then(|seq| seq.parse().ok());
    if prev.is_none() && hash.is_none() && seq.is_none() {
        return None;
    }
    let is_first = match &prev {
        Some(prev) => begins(integrity, prev),
        None => integrity.has_prev(),
    };
    let is_content = match (text, &hash) {
        (Some(text), Some(hash)) => computed(integrity, text, prev.as_deref().unwrap_or_default())
            .map(|computed| computed.eq_ignore_ascii_case(hash)),
        _ => None,
    };
    let mut partition = link.partition.join(" ");
    if let Some((cut, _)) = partition.char_indices().nth(MAX_PARTITION) {
        partition.truncate(cut);
    }
    Some(ChainFact {
        mapping: mapping.id().to_owned(),
        partition,
        seq,
        // What is not there is no link to a record either.
        prev: prev.filter(|_| !is_first),
        hash,
        is_first,
        is_content,
    })
}

/// Returns a text that can be a hash: anything else is not kept, whatever it is.
fn hash_text(text: String) -> Option<String> {
    let is_hash = !text.is_empty()
        && text.len() <= MAX_HASH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_:-".contains(&byte));
    is_hash.then_some(text)
}

/// Returns true for the link of a first record: what the mapping says, or nothing but zeros.
fn begins(integrity: &Integrity, prev: &str) -> bool {
    integrity.genesis().is_some_and(|genesis| genesis.eq_ignore_ascii_case(prev))
        || prev.bytes().all(|byte| byte == b'0')
}

/// Returns the hash of the record in lower-case hex; `None` when it is not known how it is made.
fn computed(integrity: &Integrity, text: &str, prev: &str) -> Option<String> {
    let bytes = match integrity.input() {
        HashedInput::RawLineMinusMember => without_member(text, integrity.hash_member()?)?,
        HashedInput::ConcatPrevRaw => {
            format!("{prev}{}", without_member(text, integrity.hash_member()?)?)
        }
        HashedInput::JcsMinusMember => canonical(text, integrity.hash_member()?)?,
        HashedInput::Unknown => return None,
    };
    Some(match integrity.algorithm() {
        Algorithm::Sha256 => hex(&Sha256::digest(&bytes)),
        Algorithm::Sha384 => hex(&Sha384::digest(&bytes)),
        Algorithm::Sha512 => hex(&Sha512::digest(&bytes)),
        Algorithm::Hmac => return None,
    })
}

/// Cuts a member and its comma out of the text of an object; every other byte stays.
fn without_member(text: &str, name: &str) -> Option<String> {
    let text = text.trim();
    let all = members(text);
    let at = all.iter().position(|member| member.name == name)?;
    let before = at.checked_sub(1).and_then(|before| all.get(before));
    let (own, after) = (all.get(at)?, all.get(at + 1));
    let (from, to) = match (before, after) {
        (Some(before), _) => (before.range.end, own.range.end),
        (None, Some(after)) => (own.range.start, after.range.start),
        (None, None) => (own.range.start, own.range.end),
    };
    Some(format!("{}{}", text.get(..from)?, text.get(to..)?))
}

/// Returns RFC 8785 of the record without a member; `None` for numbers that are not plain whole ones, which programs
/// write in different ways.
fn canonical(text: &str, name: &str) -> Option<String> {
    let Ok(Value::Object(mut object)) = serde_json::from_str(text) else { return None };
    object.shift_remove(name);
    sorted(Value::Object(object)).map(|value| value.to_string())
}

fn sorted(value: Value) -> Option<Value> {
    Some(match value {
        Value::Object(object) => {
            let mut members: Vec<(String, Value)> = object.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            let members = members.into_iter().map(|(name, value)| Some((name, sorted(value)?)));
            Value::Object(members.collect::<Option<Map<_, _>>>()?)
        }
        Value::Array(elements) => {
            Value::Array(elements.into_iter().map(sorted).collect::<Option<_>>()?)
        }
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs))?;
            (size <= MAX_PLAIN).then_some(Value::Number(number))?
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(more: &str) -> Mapping {
        let text = format!(
            "format = 1\nid = \"x\"\ntitle = \"x\"\nproduct = \"x\"\nversion = \"1\"\n[detect]\nrequire = [\"/h\"]\n\
             [integrity]\npartition = [\"/g\"]\nseq = \"/n\"\nprev = \"/p\"\nhash = \"/h\"\n{more}"
        );
        Mapping::parse("x", &text).unwrap()
    }

    fn fact_of(mapping: &Mapping, text: &str) -> ChainFact {
        fact(mapping, &serde_json::from_str(text).unwrap(), Some(text)).unwrap()
    }

    fn sealed(body: &str) -> String {
        let hash = hex(&Sha256::digest(body.as_bytes()));
        body.replace('}', &format!(",\"h\":\"{hash}\"}}"))
    }

    #[test]
    fn hash_is_checked_on_the_bytes_as_written() {
        let raw = mapping("input = \"raw-line-minus-member\"\n");
        let text = sealed(r#"{"g":"a","n":2,"p":"aa","x":"ä\n"}"#);
        assert_eq!(fact_of(&raw, &text).is_content, Some(true));
        assert_eq!(fact_of(&raw, &text.replace("\"x\":", "\"x\": ")).is_content, Some(false));
        assert_eq!(fact_of(&raw, &text.replace('ä', "\\u00e4")).is_content, Some(false));
        let value = serde_json::from_str(&text).unwrap();
        assert_eq!(fact(&raw, &value, None).unwrap().is_content, None);
        assert_eq!(fact_of(&mapping(""), &text).is_content, None);
    }

    #[test]
    fn member_is_cut_out_wherever_it_stands() {
        for (text, rest) in [
            (r#"{"a":1,"h":"x"}"#, r#"{"a":1}"#),
            (r#"{"h":"x","a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1, "h":"x" ,"b":{"h":2}}"#, r#"{"a":1 ,"b":{"h":2}}"#),
            (r#"{"h":"x"}"#, "{}"),
        ] {
            assert_eq!(without_member(text, "h").unwrap(), rest);
        }
        assert_eq!(without_member(r#"{"a":1}"#, "h"), None);
    }

    #[test]
    fn other_inputs_are_hashed_as_the_mapping_says() {
        let text = r#"{"p":"ff","n":2,"g":"a"}"#;
        let of = |input: &str| hex(&Sha256::digest(input.as_bytes()));
        let with = |hash: String| text.replace('}', &format!(",\"h\":\"{hash}\"}}"));
        let joined = mapping("input = \"concat-prev-raw\"\n");
        assert_eq!(fact_of(&joined, &with(of(&format!("ff{text}")))).is_content, Some(true));
        let sorted = mapping("input = \"jcs-minus-member\"\n");
        let own = with(of(r#"{"g":"a","n":2,"p":"ff"}"#));
        assert_eq!(fact_of(&sorted, &own).is_content, Some(true));
        assert_eq!(fact_of(&sorted, &own.replace(":2", ": 2")).is_content, Some(true));
        assert_eq!(fact_of(&sorted, &own.replace(":2", ":3")).is_content, Some(false));
        assert_eq!(fact_of(&sorted, &own.replace(":2", ":2.5")).is_content, None);
        let keyed = mapping("input = \"raw-line-minus-member\"\nalgorithm = \"hmac\"\n");
        assert_eq!(fact_of(&keyed, &own).is_content, None);
    }

    #[test]
    fn first_records_and_what_is_no_hash_are_told() {
        let raw = mapping("");
        let first =
            fact_of(&raw, &format!(r#"{{"g":"a","n":1,"p":"{}","h":"bb"}}"#, "0".repeat(64)));
        assert!(first.is_first && first.prev.is_none());
        assert!(fact_of(&raw, r#"{"g":"a","n":1,"p":null,"h":"bb"}"#).is_first);
        let odd = fact_of(&raw, r#"{"g":"a","n":7,"p":"aa","h":"not a hash, but a secret"}"#);
        assert_eq!((odd.hash, odd.seq, odd.partition.as_str()), (None, Some(7), "a"));
        let value = serde_json::from_str(r#"{"h":{}}"#).unwrap();
        assert_eq!(fact(&raw, &value, None), None);
    }
}
