//! What stands in the store in place of content: prompts, answers and documents become their size and digest, so that
//! two copies can be told to be the same without either being kept. Of a short text the size alone stays: who can guess it,
//! a number or a password, could prove it by its digest. Must not decide what is content; formats do.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::hex::hex;

/// Identifiers shorter than this are counters or made up by hand, and are not unique beyond their session.
const SHORTEST_UNIQUE: usize = 16;

/// Shortest text whose digest is kept, in bytes.
const SHORTEST_DIGEST: usize = 32;

/// Returns `{"bytes": n, "sha256": "..."}` for a text, without the digest for a short one.
pub(crate) fn text(text: &str) -> Value {
    digest(text).map_or_else(
        || json!({ "bytes": text.len() }),
        |sha256| json!({ "bytes": text.len(), "sha256": sha256 }),
    )
}

/// Returns the digest of a text that is long enough for one.
pub(crate) fn digest(text: &str) -> Option<String> {
    (text.len() >= SHORTEST_DIGEST).then(|| hex(&Sha256::digest(text.as_bytes())))
}

/// Returns true for what stands in place of content.
pub(crate) fn is_veil(value: &Value) -> bool {
    let is_member = |name: &String| matches!(name.as_str(), "bytes" | "sha256" | "roles");
    value.as_object().is_some_and(|veil| veil.contains_key("bytes") && veil.keys().all(is_member))
}

/// Returns the same for any value: of a text its own bytes, of anything else its JSON text. Null and what is empty or
/// only a number or flag says nothing and stays.
pub(crate) fn value(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(content) if content.is_empty() => value.clone(),
        Value::String(content) => text(content),
        Value::Array(elements) if elements.is_empty() => value.clone(),
        Value::Object(members) if members.is_empty() => value.clone(),
        Value::Array(_) | Value::Object(_) => text(&value.to_string()),
    }
}

/// Replaces the members with these names, where the object has them.
pub(crate) fn members(object: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        if let Some(member) = object.get_mut(*name) {
            *member = value(member);
        }
    }
}

/// Returns true for ids that can be the same in two records only when they mean the same thing.
pub(crate) fn is_unique(id: &str) -> bool {
    id.len() >= SHORTEST_UNIQUE && id.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_becomes_size_and_digest() {
        let veiled = value(&json!("a".repeat(64)));
        assert_eq!(veiled["bytes"], 64);
        assert_eq!(
            veiled["sha256"],
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        );
        assert!(
            is_veil(&veiled)
                && is_veil(&json!({"bytes": 1}))
                && !is_veil(&json!({"bytes": 1, "a": 2}))
        );
        assert_eq!(value(&json!("4111 1111 1111 1111")), json!({"bytes": 19}));
        let list = value(&json!(["secret words"]));
        assert!(!list.to_string().contains("secret") && list["bytes"] == 16);
        for kept in [json!(null), json!(7), json!(""), json!([]), json!({})] {
            assert_eq!(value(&kept), kept);
        }
    }

    #[test]
    fn ids_made_by_hand_are_not_unique() {
        assert!(is_unique("toolu_01EXAMPLE0001"));
        assert!(!is_unique("tool_001"));
        assert!(!is_unique("a-session-of-words"));
    }
}
