//! Finds JSON-RPC messages in a record and says what each one is. Knows the four shapes of JSON-RPC 2.0 and where
//! tee logs, gateways and the MCP Inspector put them; must not know what a method means.

use serde_json::{Map, Value};

use super::envelope::Context;

/// Keys under which an envelope holds messages, in the order in which they were sent.
const MESSAGE_KEYS: &[&str] = &["message", "payload", "data", "body", "request", "response"];

/// Envelopes inside envelopes are followed this far.
const MAX_NESTING: usize = 3;

/// Messages of one record; more than this is not a capture but an attack.
pub(super) const MAX_MESSAGES: usize = 10_000;

/// One JSON-RPC message with what its envelopes say about it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) message: Map<String, Value>,
    pub(super) context: Context,
    /// The envelopes without their messages; `None` for a bare message.
    pub(super) shell: Option<Map<String, Value>>,
    /// The message came with a request in the same envelope, as its answer.
    pub(super) is_paired_answer: bool,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageShape {
    Request,
    Notification,
    Result,
    Error,
}

/// Returns what the message is, told by its keys alone; `None` when it is no JSON-RPC 2.0 message.
pub(super) fn shape_of(message: &Map<String, Value>) -> Option<MessageShape> {
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return None;
    }
    let has_id = message.get("id").is_some_and(|id| !id.is_null());
    if message.get("method").is_some_and(Value::is_string) {
        return Some(if has_id { MessageShape::Request } else { MessageShape::Notification });
    }
    if message.contains_key("error") {
        return Some(MessageShape::Error);
    }
    (has_id && message.contains_key("result")).then_some(MessageShape::Result)
}

/// Returns true when the value holds at least one JSON-RPC message where [`find`] looks.
pub(super) fn holds_message(value: &Value) -> bool {
    any_message(value, 0)
}

fn any_message(value: &Value, nesting: usize) -> bool {
    match value {
        Value::Object(object) => {
            shape_of(object).is_some()
                || (nesting < MAX_NESTING
                    && MESSAGE_KEYS
                        .iter()
                        .filter_map(|key| object.get(*key))
                        .any(|inner| any_message(inner, nesting + 1)))
        }
        Value::Array(elements) => elements
            .iter()
            .take(8)
            .any(|element| element.as_object().is_some_and(|object| shape_of(object).is_some())),
        Value::String(text) => {
            looks_like_message(text)
                && serde_json::from_str(text)
                    .is_ok_and(|inner: Value| any_message(&inner, nesting + 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns every message of a record with the context of its envelopes, in the order of sending.
pub(super) fn find(value: Value, context: &Context) -> Vec<Found> {
    let mut found = Vec::new();
    collect(value, context.clone(), 0, &mut found);
    found
}

fn collect(value: Value, mut context: Context, nesting: usize, found: &mut Vec<Found>) {
    if found.len() >= MAX_MESSAGES {
        return;
    }
    match value {
        Value::Object(object) => {
            context.read(&object);
            if shape_of(&object).is_some() {
                found.push(Found {
                    message: object,
                    context,
                    shell: None,
                    is_paired_answer: false,
                });
            } else if nesting < MAX_NESTING {
                collect_from_envelope(object, &context, nesting, found);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                if element.as_object().is_some_and(|object| shape_of(object).is_some()) {
                    collect(element, context.clone(), nesting, found);
                }
            }
        }
        Value::String(text) if looks_like_message(&text) => {
            if let Ok(inner) = serde_json::from_str(&text) {
                collect(inner, context, nesting + 1, found);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn collect_from_envelope(
    mut object: Map<String, Value>,
    context: &Context,
    nesting: usize,
    found: &mut Vec<Found>,
) {
    let before = found.len();
    for key in MESSAGE_KEYS {
        let Some(inner) = object.shift_remove(*key) else { continue };
        let first = found.len();
        collect(inner, context.clone(), nesting + 1, found);
        if *key == "response" && first > 0 {
            for answer in found.iter_mut().skip(first) {
                answer.is_paired_answer = true;
                answer.context.sent_back();
            }
        }
    }
    for inside in found.iter_mut().skip(before) {
        match &mut inside.shell {
            None => inside.shell = Some(object.clone()),
            Some(shell) => shell.extend(object.clone()),
        }
    }
}

fn looks_like_message(text: &str) -> bool {
    let start = text.trim_start().as_bytes().first();
    matches!(start, Some(b'{' | b'['))
        && memchr::memmem::find(text.as_bytes(), b"\"jsonrpc\"").is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shapes(value: Value) -> Vec<MessageShape> {
        find(value, &Context::default())
            .iter()
            .filter_map(|found| shape_of(&found.message))
            .collect()
    }

    #[test]
    fn shapes_are_told_by_keys() {
        let call = json!({"jsonrpc":"2.0","id":0,"method":"tools/list"});
        assert_eq!(shapes(call), [MessageShape::Request]);
        assert_eq!(
            shapes(json!({"jsonrpc":"2.0","method":"notifications/x"})),
            [MessageShape::Notification]
        );
        assert_eq!(shapes(json!({"jsonrpc":"2.0","id":"a","result":{}})), [MessageShape::Result]);
        assert_eq!(shapes(json!({"jsonrpc":"2.0","error":{"code":-32700}})), [MessageShape::Error]);
        assert_eq!(shapes(json!({"jsonrpc":"1.0","id":1,"method":"x"})), []);
        assert_eq!(shapes(json!({"jsonrpc":"2.0","id":null,"result":{}})), []);
    }

    #[test]
    fn envelopes_are_opened_as_object_text_and_list() {
        let call = json!({"jsonrpc":"2.0","id":1,"method":"ping"});
        for key in MESSAGE_KEYS {
            assert_eq!(shapes(json!({ *key: call })).len(), 1, "{key}");
            assert_eq!(shapes(json!({ *key: call.to_string() })).len(), 1, "{key} as text");
            assert!(holds_message(&json!({ *key: call.to_string() })));
        }
        assert_eq!(shapes(json!({"body": [call, call]})).len(), 2);
        assert_eq!(shapes(json!({"request": {"headers": {}, "body": call}})).len(), 1);
        assert!(!holds_message(&json!({"params": call})));
    }
}
