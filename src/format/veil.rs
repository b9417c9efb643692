//! What stands in the store in place of content: prompts, answers and documents become their size and digest, so that
//! two copies can be told to be the same without either being kept. Must not decide what is content; formats do.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::hex::hex;

/// Identifiers shorter than this are counters or made up by hand, and are not unique beyond their session.
const SHORTEST_UNIQUE: usize = 16;

/// Returns `{"bytes": n, "sha256": "..."}` for a text.
pub(crate) fn text(text: &str) -> Value {
    json!({ "bytes": text.len(), "sha256": hex(&Sha256::digest(text.as_bytes())) })
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
        let veiled = value(&json!("abc"));
        assert_eq!(veiled["bytes"], 3);
        assert_eq!(
            veiled["sha256"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
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
