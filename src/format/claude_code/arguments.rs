//! What is kept of a tool's arguments and results. Commands and arguments of MCP tools are what an investigation needs
//! and stay; texts of files, diffs, plans and prompts for sub-agents become size and digest. Redaction comes later.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::format::mcp::verbs;
use crate::format::veil;
use crate::model::{ActionClass, Event};

/// Longest result text that is kept, in bytes, and longest text inside arguments of MCP tools.
const MAX_TEXT: usize = 4096;
/// Longest text that is kept of arguments of other tools, besides commands.
const MAX_WORD: usize = 512;

/// Arguments that hold content, whatever the tool.
const CONTENT: &[&str] = &[
    "content",
    "old_string",
    "new_string",
    "new_source",
    "edits",
    "prompt",
    "plan",
    "todos",
    "questions",
    "answers",
    "message",
    "file_text",
];

/// Arguments that name what a built-in tool works on, and what sort of thing that is.
const TARGETS: &[(&str, &str)] =
    &[("file_path", "file"), ("notebook_path", "file"), ("path", "file"), ("url", "url")];

/// What the built-in tools do. Other names are judged by their verb.
const BUILT_IN: &[(&str, ActionClass)] = &[
    ("Bash", ActionClass::Exec),
    ("BashOutput", ActionClass::Read),
    ("Edit", ActionClass::Write),
    ("Glob", ActionClass::Read),
    ("Grep", ActionClass::Read),
    ("KillBash", ActionClass::Exec),
    ("KillShell", ActionClass::Exec),
    ("LS", ActionClass::Read),
    ("MultiEdit", ActionClass::Write),
    ("NotebookEdit", ActionClass::Write),
    ("Read", ActionClass::Read),
    ("Task", ActionClass::Exec),
    ("Agent", ActionClass::Exec),
    ("TodoWrite", ActionClass::Write),
    ("WebFetch", ActionClass::Read),
    ("WebSearch", ActionClass::Read),
    ("Write", ActionClass::Write),
];

/// A tool's name, taken apart: `mcp__SERVER__TOOL` names a tool of an MCP server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tool {
    pub(super) server: Option<String>,
    pub(super) name: String,
}

impl Tool {
    /// Takes a name apart at its first two double underscores.
    pub(super) fn new(name: &str) -> Self {
        let of_server = name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__"));
        match of_server.filter(|(server, tool)| !server.is_empty() && !tool.is_empty()) {
            Some((server, tool)) => Self { server: Some(server.to_owned()), name: tool.to_owned() },
            None => Self { server: None, name: name.to_owned() },
        }
    }

    /// Returns true for tools that run commands.
    pub(super) fn is_shell(&self) -> bool {
        self.server.is_none() && matches!(self.name.as_str(), "Bash" | "BashOutput" | "PowerShell")
    }

    /// Writes the tool into an event.
    pub(super) fn fill(&self, event: &mut Event<'static>) {
        event.server = self.server.clone().map(Cow::Owned);
        event.tool = (!self.name.is_empty()).then(|| Cow::Owned(self.name.clone()));
        event.method = self.server.as_ref().map(|_| Cow::Borrowed("tools/call"));
    }

    /// Returns what the tool does, coarsely.
    pub(super) fn class(&self) -> Option<ActionClass> {
        let built_in = BUILT_IN.iter().find(|(name, _)| *name == self.name);
        match built_in.filter(|_| self.server.is_none()) {
            Some((_, class)) => Some(*class),
            None => verbs::class_of_tool(&self.name),
        }
    }
}

/// Returns the arguments that may be stored.
pub(super) fn kept(tool: &Tool, input: &Value) -> Value {
    let Value::Object(object) = input else { return veil::value(input) };
    let mut kept = Map::new();
    for (key, member) in object {
        let is_content = tool.server.is_none() && CONTENT.contains(&key.as_str());
        let is_command = key == "command";
        let limit = if tool.server.is_some() { MAX_TEXT } else { MAX_WORD };
        let member = if is_content {
            veil::value(member)
        } else if is_command {
            member.clone()
        } else {
            shortened(member, limit)
        };
        kept.insert(key.clone(), member);
    }
    Value::Object(kept)
}

/// Names what a built-in tool works on.
pub(super) fn touch(event: &mut Event<'static>, tool: &Tool, input: &Value) {
    if tool.server.is_some() || tool.is_shell() {
        return;
    }
    for (key, kind) in TARGETS {
        if let Some(target) = input.get(*key).and_then(Value::as_str)
            && target.len() <= MAX_TEXT
        {
            event.touch(target.to_owned(), Some(Cow::Borrowed(*kind)));
        }
    }
}

/// Returns what of a result may be stored: short output of commands and MCP tools, and of the rest what went wrong.
pub(super) fn kept_result(tool: Option<&Tool>, content: &Value, is_error: bool) -> Value {
    let is_output = tool.is_some_and(|tool| tool.is_shell() || tool.server.is_some());
    if is_output {
        shortened(content, MAX_TEXT)
    } else if is_error {
        shortened(content, MAX_WORD)
    } else {
        veil::value(content)
    }
}

/// Returns the richer copy of a result without its content: numbers, flags and ids.
pub(super) fn kept_extra(extra: &Value) -> Value {
    let Value::Object(object) = extra else { return veil::value(extra) };
    let mut kept = Map::new();
    for (key, member) in object {
        let is_id = ["agentId", "status", "type", "filePath", "backgroundTaskId", "shellId"]
            .contains(&key.as_str());
        let member = match member {
            Value::String(text) if is_id && text.len() <= MAX_WORD => member.clone(),
            Value::Object(_) if key == "usage" => numbers(member),
            _ => veil::value(member),
        };
        kept.insert(key.clone(), member);
    }
    Value::Object(kept)
}

/// Keeps numbers, flags and short words of counters (`usage`), at any depth.
pub(super) fn numbers(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, inner)| (key.clone(), numbers(inner)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.iter().map(numbers).collect(),
        Value::String(text) if text.len() > 64 => veil::text(text),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Texts above the limit become size and digest, at any depth.
fn shortened(value: &Value, limit: usize) -> Value {
    match value {
        Value::String(text) if text.len() > limit => veil::text(text),
        Value::Array(elements) => elements.iter().map(|inner| shortened(inner, limit)).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(key, inner)| (key.clone(), shortened(inner, limit)))
            .collect::<Map<_, _>>()
            .into(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn server_and_tool_are_told_apart_at_the_first_two_double_underscores() {
        let tool = Tool::new("mcp__aws-tools__s3__list_buckets");
        assert_eq!(tool.server.as_deref(), Some("aws-tools"));
        assert_eq!(tool.name, "s3__list_buckets");
        for plain in ["Bash", "mcp__", "mcp__x", "mcp__x__", "mcp____y"] {
            assert_eq!(Tool::new(plain), Tool { server: None, name: plain.to_owned() });
        }
    }

    #[test]
    fn commands_stay_and_content_goes() {
        let input = json!({"command": "aws s3 ls", "content": "MARK", "description": "list"});
        let kept = kept(&Tool::new("Bash"), &input);
        assert_eq!(kept["command"], "aws s3 ls");
        assert_eq!(kept["description"], "list");
        assert!(!kept.to_string().contains("MARK"));
        let own = super::kept(
            &Tool::new("mcp__s__t"),
            &json!({"content": "short", "body": "x".repeat(5000)}),
        );
        assert_eq!(own["content"], "short");
        assert_eq!(own["body"]["bytes"], 5000);
    }

    #[test]
    fn contents_of_files_are_not_kept_and_output_of_commands_is() {
        let read = |tool: &str, is_error| {
            kept_result(Some(&Tool::new(tool)), &json!("MARK"), is_error).to_string()
        };
        assert!(!read("Read", false).contains("MARK"));
        assert!(read("Read", true).contains("MARK"));
        assert!(read("Bash", false).contains("MARK"));
        assert!(!kept_result(None, &json!("MARK"), false).to_string().contains("MARK"));
        let extra = kept_extra(
            &json!({"stdout": "MARK", "interrupted": false, "agentId": "a1", "file": {"content": "MARK"}}),
        );
        assert!(!extra.to_string().contains("MARK"));
        assert_eq!(extra["agentId"], "a1");
    }

    #[test]
    fn classes_of_built_in_tools_are_known_and_others_go_by_their_verb() {
        assert_eq!(Tool::new("Bash").class(), Some(ActionClass::Exec));
        assert_eq!(Tool::new("mcp__aws__delete_bucket").class(), Some(ActionClass::Delete));
        assert_eq!(Tool::new("Weather").class(), None);
    }
}
