//! The content of messages, block by block: what may be kept of each. Must not make events.

use serde_json::{Map, Value, json};

use crate::format::veil;

/// Blocks of one message that are looked at.
const MAX_BLOCKS: usize = 1000;
/// Longest type, name or id of a block that is kept.
const MAX_WORD: usize = 256;

/// Returns the blocks of a message; content that is one text is one block of text.
pub(super) fn blocks(message: &Value) -> Vec<Value> {
    match message.get("content").unwrap_or(&Value::Null) {
        Value::String(text) => vec![json!({ "type": "text", "text": text })],
        Value::Array(elements) => elements.iter().take(MAX_BLOCKS).cloned().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Returns a block's type.
pub(super) fn type_of(block: &Value) -> &str {
    block.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Returns a short text member of a block.
pub(super) fn word<'b>(block: &'b Value, key: &str) -> Option<&'b str> {
    block.get(key).and_then(Value::as_str).filter(|text| !text.is_empty() && text.len() <= MAX_WORD)
}

/// Returns a block without its content: its type, for tools their id and name, and the size and digest of the rest.
pub(super) fn outline(block: &Value) -> Value {
    let mut kept = Map::new();
    kept.insert("type".to_owned(), word(block, "type").unwrap_or_default().into());
    for key in ["id", "name", "tool_use_id"] {
        if let Some(text) = word(block, key) {
            kept.insert(key.to_owned(), text.into());
        }
    }
    let content = ["text", "thinking", "data", "source", "content", "input"]
        .iter()
        .find_map(|key| block.get(*key));
    if let Some(Value::Object(size)) = content.map(measured) {
        kept.extend(size);
    }
    Value::Object(kept)
}

fn measured(content: &Value) -> Value {
    match content {
        Value::String(text) => veil::text(text),
        other => veil::text(&other.to_string()),
    }
}

/// Returns the texts of a tool's result in one.
pub(super) fn result_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(elements) => {
            let texts: Vec<&str> = elements
                .iter()
                .filter_map(|element| element.get("text").and_then(Value::as_str))
                .collect();
            texts.join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outline_holds_no_content() {
        for block in [
            json!({"type": "text", "text": "MARK"}),
            json!({"type": "thinking", "thinking": "MARK", "signature": "MARK"}),
            json!({"type": "image", "source": {"data": "MARK"}}),
            json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "MARK"}}),
        ] {
            let outline = outline(&block);
            assert!(!outline.to_string().contains("MARK"), "{outline}");
            assert!(outline["bytes"].is_number(), "{outline}");
        }
    }

    #[test]
    fn content_is_a_text_or_a_list() {
        assert_eq!(blocks(&json!({"content": "a"})).len(), 1);
        assert_eq!(blocks(&json!({"content": [{"type": "text"}, {"type": "image"}]})).len(), 2);
        assert!(blocks(&json!({})).is_empty());
        assert_eq!(result_text(&json!([{"text": "a"}, {"image": 1}, {"text": "b"}])), "a\nb");
    }
}
