//! `metadata` of a call: opened where it is JSON in a text, and asked for what callers and the proxy put there. Must not
//! make events.

use serde_json::{Map, Value};

/// Words that stand where there is nothing.
const NOTHING: &[&str] = &["", "None", "null", "NULL", "-"];

/// Words in the key of an entry that make its value an id worth following.
const CORRELATION_WORDS: &[&str] = &[
    "chat",
    "conversation",
    "correlation",
    "job",
    "request",
    "run",
    "session",
    "task",
    "thread",
    "ticket",
    "trace",
];

/// Where callers put entries of their own.
const CALLERS: &[&str] = &["spend_logs_metadata", "requester_metadata"];

/// Longest entry that is taken as an id.
const MAX_ID: usize = 256;

/// Replaces members that are JSON in a text by what they hold: rows of the spend table write them so.
pub(super) fn open(object: &mut Map<String, Value>) {
    for key in ["metadata", "request_tags", "messages", "response", "proxy_server_request"] {
        let Some(member) = object.get_mut(key) else { continue };
        let Some(text) = member.as_str().map(str::trim) else { continue };
        if text.starts_with(['{', '['])
            && let Ok(opened) = serde_json::from_str(text)
        {
            *member = opened;
        }
    }
}

/// Returns a text that says something, at a JSON Pointer.
pub(super) fn said<'v>(object: &'v Map<String, Value>, pointer: &str) -> Option<&'v str> {
    let (first, rest) =
        pointer.split_once('/').map_or((pointer, None), |(first, rest)| (first, Some(rest)));
    let start = object.get(first)?;
    let value = match rest {
        Some(rest) => start.pointer(&format!("/{rest}"))?,
        None => start,
    };
    value.as_str().map(str::trim).filter(|text| !NOTHING.contains(text))
}

/// Returns the first of these that says something.
pub(super) fn first<'v>(object: &'v Map<String, Value>, pointers: &[&str]) -> Option<&'v str> {
    pointers.iter().find_map(|pointer| said(object, pointer))
}

/// Returns the entries of callers that look like ids, in their order.
pub(super) fn correlations(object: &Map<String, Value>) -> Vec<String> {
    let metadata = object.get("metadata").unwrap_or(&Value::Null);
    let entries = CALLERS
        .iter()
        .filter_map(|key| metadata.get(*key)?.as_object())
        .flat_map(|entries| entries.iter());
    let mut found: Vec<String> = Vec::new();
    for (key, value) in entries {
        let key = key.to_ascii_lowercase();
        let names = CORRELATION_WORDS.iter().any(|word| key.contains(word));
        if let Some(text) = value.as_str().filter(|text| !text.is_empty() && text.len() <= MAX_ID)
            && names
            && !found.iter().any(|known| known == text)
        {
            found.push(text.to_owned());
        }
    }
    found
}

/// Claude Code names itself to the model's service as `user_HASH_account_ID_session_ID`. Returns the session.
pub(super) fn claude_session(text: &str) -> Option<&str> {
    if !text.starts_with("user_") {
        return None;
    }
    let (_, session) = text.rsplit_once("_session_")?;
    let is_id =
        session.len() == 36 && session.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    is_id.then_some(session)
}

/// Returns the user agent, which the proxy notes as a tag.
pub(super) fn user_agent(object: &Map<String, Value>) -> Option<String> {
    let tags = object.get("request_tags").and_then(Value::as_array);
    let tagged = tags
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|tag| tag.strip_prefix("User-Agent: "))
        .max_by_key(|agent| agent.len());
    tagged
        .or_else(|| {
            first(object, &["metadata/user_agent", "metadata/requester_custom_headers/user-agent"])
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn text_that_holds_json_is_opened_and_words_for_nothing_say_nothing() {
        let mut row = object(&json!({"metadata": "{\"a\":{\"b\":\"x\"}}", "end_user": "None"}));
        open(&mut row);
        assert_eq!(said(&row, "metadata/a/b"), Some("x"));
        assert_eq!(said(&row, "end_user"), None);
        assert_eq!(first(&row, &["end_user", "metadata/a/b"]), Some("x"));
    }

    #[test]
    fn session_of_claude_code_is_found_in_its_user_id() {
        let id = "6d1f5b6e-0b5e-4b52-8d2f-0d6d3e0a7c11";
        assert_eq!(claude_session(&format!("user_0a1b_account__session_{id}")), Some(id));
        assert_eq!(claude_session("user_kim_session_7"), None);
        assert_eq!(claude_session("kim@acme.example"), None);
    }

    #[test]
    fn entries_of_callers_are_followed_by_their_names() {
        let row =
            object(&json!({"metadata": {"spend_logs_metadata": {"jobId": "j-1", "color": "red"},
            "requester_metadata": {"session": "s-1", "again_session": "s-1"}}}));
        assert_eq!(correlations(&row), ["j-1", "s-1"]);
    }
}
