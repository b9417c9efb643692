//! What of prompts, answers and documents may be kept: size, digest and the roles of messages. Text of theirs never gets
//! through; arguments of tools do, and results as far as they are short. Ids of tool calls are taken out before.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::format::veil;

use super::names;

/// Longest text of anything else that is kept, in bytes.
pub(crate) const MAX_TEXT: usize = 4096;
/// Ids of tool calls taken from one value at most.
const MAX_IDS: usize = 64;
/// How deep values are searched for them.
const MAX_DEPTH: usize = 16;

/// Last parts of attribute names whose texts, lists and objects are prompt, answer or document, without `_` and case.
const CONTENT: &[&str] = &[
    "answer",
    "blob",
    "body",
    "choices",
    "completion",
    "completions",
    "content",
    "contents",
    "documents",
    "input",
    "inputmessages",
    "inputs",
    "inputtext",
    "instructions",
    "messages",
    "modeloutput",
    "newcontext",
    "output",
    "outputmessages",
    "outputs",
    "outputtext",
    "prompt",
    "promptmessages",
    "prompts",
    "question",
    "reasoning",
    "response",
    "responsetext",
    "systeminstructions",
    "systemprompt",
    "systempromptpreview",
    "text",
    "thinking",
    "transcript",
    "userinput",
    "userprompt",
];

/// Names whose last part is in the list and that hold something else.
const NO_CONTENT: &[&str] = &["db.query.text"];

/// Messages written out member by member: all but these last parts is content.
const MESSAGE_PREFIXES: &[&str] =
    &["gen_ai.prompt.", "gen_ai.completion.", "llm.input_messages.", "llm.output_messages."];
const MESSAGE_WORDS: &[&str] =
    &["finish_reason", "id", "name", "role", "tool_call_id", "type", "version"];

/// Names that are content by convention though their last part does not say so.
const MORE_CONTENT: &[&str] =
    &["ai.response.object", "ai.response.toolCalls", "llm.prompt_template.template"];

const ROLES: &[&str] = &["assistant", "developer", "model", "system", "tool", "user"];

/// What was found in content before it was dropped.
#[derive(Debug, Default)]
pub(crate) struct Sifted {
    /// Values that were replaced.
    pub(crate) n_dropped: usize,
    /// Values that the source had hidden itself.
    pub(crate) n_hidden: usize,
    /// Ids of tool calls that the model asked for.
    pub(crate) tool_uses: BTreeSet<String>,
    /// Ids of tool calls whose results were handed to the model.
    pub(crate) tool_results: BTreeSet<String>,
}

impl Sifted {
    /// Returns what an event says about content that is not there, if anything.
    pub(crate) const fn words(&self) -> Option<&'static str> {
        match (self.n_dropped, self.n_hidden) {
            (0, 0) => None,
            (0, _) => Some("hidden by the source"),
            (_, _) => Some("content kept as size and digest"),
        }
    }

    /// Adds a member with what may be kept of its value. What is only size and digest is called so: a name that promises
    /// text would have it replaced once more.
    pub(crate) fn put(
        &mut self,
        kept: &mut Map<String, Value>,
        name: &str,
        value: &Value,
        is_tool: bool,
    ) {
        let value = self.keep(name, value, is_tool);
        insert(kept, name, value);
    }

    /// Adds a member of a message, whose value is content whatever its name; `message` says which way it went.
    pub(crate) fn put_content(
        &mut self,
        kept: &mut Map<String, Value>,
        name: &str,
        message: &str,
        value: &Value,
    ) {
        let value = self.drop_content(message, value);
        insert(kept, name, value);
    }

    /// Keeps of a value what may be kept, under the name it has.
    pub(crate) fn keep(&mut self, name: &str, value: &Value, is_tool: bool) -> Value {
        match sort_of(name, is_tool) {
            Sort::Content => self.drop_content(name, value),
            Sort::Arguments => value.clone(),
            Sort::Other => self.keep_short(value),
        }
    }

    /// Replaces content by its size and digest. Numbers and switches hold no text and stay.
    pub(crate) fn drop_content(&mut self, name: &str, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
            Value::String(text) if text.is_empty() => value.clone(),
            Value::String(text) if is_hidden(text) => {
                self.n_hidden += 1;
                value.clone()
            }
            Value::String(_) | Value::Array(_) | Value::Object(_) => {
                self.n_dropped += 1;
                let parsed = embedded(value);
                self.note_ids(name, parsed.as_ref().unwrap_or(value));
                summary(value, parsed.as_ref())
            }
        }
    }

    /// Replaces overlong texts inside a value by size and digest.
    pub(crate) fn keep_short(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.len() > MAX_TEXT => {
                self.n_dropped += 1;
                summary(value, None)
            }
            Value::Array(elements) => {
                elements.iter().map(|element| self.keep_short(element)).collect()
            }
            Value::Object(object) => {
                object.iter().map(|(key, inner)| (key.clone(), self.keep_short(inner))).collect()
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Takes ids of tool calls out of messages. An answer asks for calls; of what was sent to the model only the newest
    /// message says something new.
    fn note_ids(&mut self, name: &str, value: &Value) {
        let is_answer = ["output", "completion", "response", "choice"]
            .iter()
            .any(|word| name.to_ascii_lowercase().contains(word));
        let newest = value.as_array().and_then(|messages| messages.last()).filter(|_| !is_answer);
        let mut found = Self::default();
        found.walk_ids(newest.unwrap_or(value), 0);
        self.tool_results.append(&mut found.tool_results);
        // Calls in what was sent are repeated from earlier answers and were asked for there.
        if is_answer {
            self.tool_uses.append(&mut found.tool_uses);
        }
    }

    fn walk_ids(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Array(elements) => {
                for element in elements {
                    self.walk_ids(element, depth + 1);
                }
            }
            Value::Object(object) => {
                self.note_block(object);
                for inner in object.values() {
                    self.walk_ids(inner, depth + 1);
                }
            }
            Value::String(text) => {
                if depth > 0
                    && let Some(inner) = parsed(text)
                {
                    self.walk_ids(&inner, depth + 1);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn note_block(&mut self, block: &Map<String, Value>) {
        let id = |object: &Map<String, Value>, keys: &[&str]| {
            keys.iter()
                .find_map(|key| object.get(*key)?.as_str())
                .filter(|id| is_id(id))
                .map(str::to_owned)
        };
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "tool_call" | "tool_use" | "function" => add(&mut self.tool_uses, id(block, &["id"])),
            "tool_call_response" | "tool_result" => {
                add(&mut self.tool_results, id(block, &["id", "tool_use_id", "tool_call_id"]));
            }
            _ => {}
        }
        if let Some(tool) = block.get("toolUse").and_then(Value::as_object) {
            add(&mut self.tool_uses, id(tool, &["toolUseId"]));
        }
        if let Some(tool) = block.get("toolResult").and_then(Value::as_object) {
            add(&mut self.tool_results, id(tool, &["toolUseId"]));
        }
        if block.get("role").and_then(Value::as_str) == Some("tool") {
            add(&mut self.tool_results, id(block, &["tool_call_id", "id"]));
        }
    }
}

fn insert(kept: &mut Map<String, Value>, name: &str, value: Value) {
    let name = if veil::is_veil(&value) { format!("{name}.summary") } else { name.to_owned() };
    kept.insert(name, value);
}

fn add(ids: &mut BTreeSet<String>, id: Option<String>) {
    if ids.len() < MAX_IDS {
        ids.extend(id);
    }
}

fn is_id(text: &str) -> bool {
    (4..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// What may be kept of the value under a name.
enum Sort {
    Content,
    Arguments,
    Other,
}

fn sort_of(name: &str, is_tool: bool) -> Sort {
    if names::ARGUMENTS.contains(&name) || name.starts_with("mcp.request.argument.") {
        return Sort::Arguments;
    }
    if names::RESULTS.contains(&name) {
        return Sort::Other;
    }
    let is_input = names::STEP_INPUT.contains(&name);
    if is_input || names::STEP_OUTPUT.contains(&name) {
        return match (is_tool, is_input) {
            (false, _) => Sort::Content,
            (true, true) => Sort::Arguments,
            (true, false) => Sort::Other,
        };
    }
    if is_content(name) { Sort::Content } else { Sort::Other }
}

/// Returns true for names whose values are prompt, answer or document.
pub(crate) fn is_content(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    if MESSAGE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return !MESSAGE_WORDS.contains(&last);
    }
    let last: String = last
        .chars()
        .filter(|letter| *letter != '_')
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    MORE_CONTENT.contains(&name)
        || (CONTENT.binary_search(&last.as_str()).is_ok() && !NO_CONTENT.contains(&name))
}

/// Returns size, digest and, where the value is a list of messages, their roles.
pub(crate) fn summary(value: &Value, parsed: Option<&Value>) -> Value {
    let mut kept = veil::value(value);
    let roles = roles(parsed.unwrap_or(value));
    if let (false, Some(kept)) = (roles.is_empty(), kept.as_object_mut()) {
        kept.insert("roles".to_owned(), roles.into());
    }
    kept
}

fn roles(value: &Value) -> Vec<&'static str> {
    let messages = value.get("messages").unwrap_or(value).as_array();
    let role = |message: &Value| {
        let role = message.get("role")?.as_str()?.to_ascii_lowercase();
        ROLES.iter().find(|known| **known == role).copied()
    };
    messages.into_iter().flatten().filter_map(role).take(MAX_IDS).collect()
}

/// Returns the JSON that a text holds, when it is an object or an array.
pub(crate) fn embedded(value: &Value) -> Option<Value> {
    parsed(value.as_str()?)
}

fn parsed(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Returns true for the words that stand in place of a hidden value.
fn is_hidden(text: &str) -> bool {
    let bare = text.trim_matches(['<', '>', '[', ']']);
    bare.eq_ignore_ascii_case("redacted") || text.bytes().all(|byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(name: &str, value: &Value, is_tool: bool) -> (Value, Sifted) {
        let mut sifted = Sifted::default();
        (sifted.keep(name, value, is_tool), sifted)
    }

    #[test]
    fn lists_are_sorted() {
        assert!(CONTENT.is_sorted() && ROLES.is_sorted());
    }

    #[test]
    fn content_is_told_by_its_name_in_every_dialect() {
        for name in [
            "gen_ai.prompt",
            "gen_ai.completion",
            "gen_ai.input.messages",
            "gen_ai.system_instructions",
            "gen_ai.prompt.0.content",
            "gen_ai.completion.0.tool_calls.0.arguments",
            "llm.input_messages.0.message.content",
            "ai.prompt.messages",
            "ai.response.text",
            "input.value",
            "retrieval.documents.0.document.content",
            "user_prompt",
            "langfuse.trace.input",
        ] {
            let (value, sifted) = kept(name, &Value::from("MARK"), false);
            assert!(!value.to_string().contains("MARK"), "{name}");
            assert_eq!(sifted.words(), Some("content kept as size and digest"), "{name}");
        }
        for name in [
            "gen_ai.prompt.name",
            "gen_ai.prompt.0.role",
            "gen_ai.output.type",
            "prompt.id",
            "db.query.text",
            "error.message",
            "gen_ai.tool.call.arguments",
            "http.response.status",
        ] {
            assert_eq!(kept(name, &Value::from("MARK"), false).0, "MARK", "{name}");
        }
        assert_eq!(kept("llm.token_count.prompt", &Value::from(5), false).0, 5);
    }

    #[test]
    fn input_of_a_tool_is_kept_and_its_long_output_is_not() {
        assert_eq!(kept("input.value", &Value::from("MARK"), true).0, "MARK");
        assert_eq!(kept("output.value", &Value::from("MARK"), true).0, "MARK");
        let (value, _) = kept("output.value", &Value::from("x".repeat(5000)), true);
        assert_eq!(value["bytes"], 5000);
    }

    #[test]
    fn digest_is_that_of_the_text() {
        let (value, _) = kept("prompt", &Value::from("a".repeat(64)), false);
        let digest = "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb";
        assert_eq!(value, json!({"bytes": 64, "sha256": digest}));
        let (hidden, sifted) = kept("prompt", &Value::from("<REDACTED>"), false);
        assert_eq!((hidden, sifted.words()), ("<REDACTED>".into(), Some("hidden by the source")));
    }

    #[test]
    fn ids_and_roles_survive_and_text_does_not() {
        let sent = json!([
            {"role": "user", "parts": [{"type": "text", "content": "MARK"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "call_old", "name": "n", "arguments": {"q": "MARK"}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_new", "result": "MARK"}]},
        ]);
        for value in [Value::from(sent.to_string()), sent] {
            let (summary, sifted) = kept("gen_ai.input.messages", &value, false);
            assert!(!summary.to_string().contains("MARK"));
            assert_eq!(summary["roles"], json!(["user", "assistant", "tool"]));
            assert_eq!(sifted.tool_results.iter().collect::<Vec<_>>(), ["call_new"]);
            assert!(sifted.tool_uses.is_empty());
        }
        let repeated =
            json!([{"role": "assistant", "content": [{"type": "tool_use", "id": "call_old"}]}]);
        assert!(kept("gen_ai.input.messages", &repeated, false).1.tool_uses.is_empty());
        let answer = json!([{"toolUse": {"toolUseId": "tooluse_1", "input": "MARK"}}]).to_string();
        let (_, sifted) = kept("gen_ai.completion", &answer.into(), false);
        assert_eq!(sifted.tool_uses.iter().collect::<Vec<_>>(), ["tooluse_1"]);
    }
}
