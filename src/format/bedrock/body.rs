//! What of a model's input or output may be kept: roles, kinds and sizes of blocks, tool names and ids, stop reason.
//! Reads Converse bodies, Anthropic messages and arrays of stream events; must never let text of a block through.

use serde_json::{Map, Value, json};

use crate::format::veil;

/// Newest messages that a summary lists; each turn repeats the earlier ones.
const MAX_MESSAGES: usize = 40;
/// Blocks of a message that a summary lists.
const MAX_BLOCKS: usize = 40;
/// Longest role, type, name or id kept, in characters. These are chosen by callers.
const MAX_WORD: usize = 128;

/// A summarized body.
#[derive(Debug)]
pub(super) struct Body {
    /// JSON object text.
    pub(super) summary: String,
    /// Ids of tool calls that the model asked for (output only).
    pub(super) tool_uses: Vec<String>,
    /// Ids of tool results in the newest message (input only).
    pub(super) tool_results: Vec<String>,
    pub(super) stop_reason: Option<String>,
    pub(super) is_intervened: bool,
}

impl Default for Body {
    fn default() -> Self {
        Self {
            summary: "null".to_owned(),
            tool_uses: Vec::new(),
            tool_results: Vec::new(),
            stop_reason: None,
            is_intervened: false,
        }
    }
}

/// Summarizes `inputBodyJson`.
pub(super) fn read_input(raw: &str) -> Body {
    let value: Value = serde_json::from_str(raw).unwrap_or_default();
    let mut summary = Map::new();
    summary.insert("bytes".into(), raw.len().into());
    if let Some(system) = value.get("system") {
        summary.insert("system".into(), blocks(system));
    }
    let messages =
        value.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !messages.is_empty() {
        let earlier = messages.len().saturating_sub(MAX_MESSAGES);
        if earlier > 0 {
            summary.insert("earlierMessages".into(), earlier.into());
        }
        let listed: Vec<Value> = messages.iter().skip(earlier).map(message).collect();
        summary.insert("messages".into(), listed.into());
    }
    let tools = tool_names(&value);
    if !tools.is_empty() {
        summary.insert("tools".into(), tools.into());
    }
    let newest = messages.last().and_then(|message| message.get("content"));
    Body {
        summary: Value::Object(summary).to_string(),
        tool_results: newest.map(|content| ids(content, Role::Result)).unwrap_or_default(),
        ..Body::default()
    }
}

/// Summarizes `outputBodyJson`.
pub(super) fn read_output(raw: &str) -> Body {
    let value: Value = serde_json::from_str(raw).unwrap_or_default();
    let mut summary = Map::new();
    summary.insert("bytes".into(), raw.len().into());
    let mut body = match value.as_array() {
        Some(events) => read_stream(events, &mut summary),
        None => read_answer(&value, &mut summary),
    };
    let stopped_by_guardrail = body.stop_reason.as_deref() == Some("guardrail_intervened");
    body.is_intervened = stopped_by_guardrail
        || value.get("amazon-bedrock-guardrailAction").and_then(Value::as_str)
            == Some("INTERVENED");
    if let Some(stop) = &body.stop_reason {
        summary.insert("stopReason".into(), stop.as_str().into());
    }
    if body.is_intervened {
        summary.insert("guardrail".into(), "intervened".into());
    }
    body.summary = Value::Object(summary).to_string();
    body
}

fn read_answer(value: &Value, summary: &mut Map<String, Value>) -> Body {
    let converse = value.pointer("/output/message");
    let content =
        converse.and_then(|message| message.get("content")).or_else(|| value.get("content"));
    if let Some(content) = content {
        let role = converse.unwrap_or(value).get("role");
        summary.insert("role".into(), role.map_or(Value::Null, word));
        summary.insert("blocks".into(), blocks(content));
    }
    for key in ["usage", "metrics"] {
        if let Some(numbers) = value.get(key).map(numbers) {
            summary.insert(key.into(), numbers);
        }
    }
    let stop = value.get("stopReason").or_else(|| value.get("stop_reason")).and_then(Value::as_str);
    Body {
        tool_uses: content.map(|content| ids(content, Role::Use)).unwrap_or_default(),
        stop_reason: stop.map(short),
        ..Body::default()
    }
}

/// Stream events in Anthropic's form (`content_block_start`, `message_delta`) and in Converse's (`contentBlockStart`,
/// `messageStop`).
fn read_stream(events: &[Value], summary: &mut Map<String, Value>) -> Body {
    let mut body = Body::default();
    let mut tools = Vec::new();
    for event in events {
        let start =
            event.get("content_block").or_else(|| event.pointer("/contentBlockStart/start"));
        if let Some((_, tool)) = start.and_then(tool_use) {
            body.tool_uses.extend(tool_id(tool));
            if tools.len() < MAX_BLOCKS {
                tools.push(json!({"type": "tool_use", "id": tool_id(tool), "name": tool.get("name").map(word)}));
            }
        }
        let stop = event
            .pointer("/delta/stop_reason")
            .or_else(|| event.pointer("/messageStop/stopReason"));
        if let Some(stop) = stop.and_then(Value::as_str) {
            body.stop_reason = Some(short(stop));
        }
    }
    summary.insert("streamEvents".into(), events.len().into());
    if !tools.is_empty() {
        summary.insert("blocks".into(), tools.into());
    }
    body
}

/// Which end of a tool call an id stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Use,
    Result,
}

/// Returns the end and the object of a block that belongs to a tool call.
fn tool_use(block: &Value) -> Option<(Role, &Value)> {
    match block.get("type").and_then(Value::as_str) {
        Some("tool_use") => return Some((Role::Use, block)),
        Some("tool_result") => return Some((Role::Result, block)),
        _ => {}
    }
    let used = block.get("toolUse").map(|tool| (Role::Use, tool));
    used.or_else(|| block.get("toolResult").map(|tool| (Role::Result, tool)))
}

fn tool_id(tool: &Value) -> Option<String> {
    ["toolUseId", "tool_use_id", "id"].iter().find_map(|key| tool.get(key)?.as_str()).map(short)
}

fn ids(content: &Value, wanted: Role) -> Vec<String> {
    let list = content.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(tool_use)
        .filter(|(role, _)| *role == wanted)
        .filter_map(|(_, tool)| tool_id(tool))
        .collect()
}

fn message(message: &Value) -> Value {
    json!({
        "role": message.get("role").map_or(Value::Null, word),
        "blocks": message.get("content").map_or(Value::Null, blocks),
    })
}

fn blocks(content: &Value) -> Value {
    match content {
        Value::Array(list) => {
            let mut listed: Vec<Value> = list.iter().take(MAX_BLOCKS).map(block).collect();
            if list.len() > MAX_BLOCKS {
                listed.push(json!({"leftOut": list.len() - MAX_BLOCKS}));
            }
            Value::Array(listed)
        }
        Value::String(text) => {
            let mut kept = json!({"type": "text", "bytes": text.len()});
            if let (Some(sha256), Some(kept)) = (veil::digest(text), kept.as_object_mut()) {
                kept.insert("sha256".into(), sha256.into());
            }
            json!([kept])
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            json!([block(content)])
        }
    }
}

fn block(block: &Value) -> Value {
    let mut kept = Map::new();
    let named = block.get("type").and_then(Value::as_str);
    let kind =
        named.or_else(|| block.as_object()?.keys().next().map(String::as_str)).unwrap_or("text");
    kept.insert("type".into(), if is_word(kind) { kind } else { "other" }.into());
    kept.insert("bytes".into(), block.to_string().len().into());
    if let Some(sha256) = block.get("text").and_then(Value::as_str).and_then(veil::digest) {
        kept.insert("sha256".into(), sha256.into());
    }
    if let Some((_, tool)) = tool_use(block) {
        kept.insert("id".into(), tool_id(tool).into());
        for key in ["name", "status"] {
            if let Some(value) = tool.get(key) {
                kept.insert(key.into(), word(value));
            }
        }
    }
    Value::Object(kept)
}

fn tool_names(value: &Value) -> Vec<Value> {
    let converse = value.pointer("/toolConfig/tools").and_then(Value::as_array);
    let list =
        converse.or_else(|| value.get("tools")?.as_array()).map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|tool| tool.pointer("/toolSpec/name").or_else(|| tool.get("name")))
        .take(200)
        .map(word)
        .collect()
}

/// Returns true for what a kind of block can be called; a key made up by the caller could hold anything.
fn is_word(kind: &str) -> bool {
    kind.len() <= 40
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Returns the numbers of an object and nothing else.
fn numbers(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten().filter(|(_, value)| value.is_number());
    Value::Object(members.map(|(key, value)| (short(key), value.clone())).collect())
}

fn word(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| short(text).into())
}

fn short(text: &str) -> String {
    text.chars().take(MAX_WORD).collect()
}
