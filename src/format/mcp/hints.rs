//! Finds identifiers of other systems inside arguments and results: ARNs, AWS request ids, issued access keys,
//! tool-use ids. Exact shapes only: what merely resembles an identifier is left alone. Everything found is asserted.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::model::{Event, IdKind, Trust};

/// Identifiers taken from one message at most; a listing of ten thousand ARNs is not a lead.
const MAX_HINTS: usize = 64;

/// `(Request ID: ...)` of SDK error texts, and `RequestId` members inside text that holds JSON or a Python literal.
static REQUEST_ID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)(?:\brequest[ -]?id:\s*|\\?["'](?:RequestId|x-amzn-requestid|x-amz-request-id)\\?["']\s*:\s*\\?["'])"#,
        r"([0-9a-z][0-9a-z-]{11,63})"
    ))
    .ok()
});

/// An access key id member inside text.
static KEY_MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\\?["']?AccessKeyId\\?["']?\s*[:=]\s*\\?["']?((?:AKIA|ASIA)[A-Z0-9]{16})\b"#).ok()
});

/// Which side of a call a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Arguments,
    Answer,
}

/// Adds what `value` holds to the event.
pub(crate) fn add(event: &mut Event<'static>, value: &Value, part: Part) {
    let mut finder = Finder { part, found: BTreeSet::new(), arns: Vec::new() };
    finder.walk(value, "");
    for (kind, text) in finder.found {
        event.identify(kind, text, Trust::Asserted);
    }
    for arn in finder.arns {
        event.touch(arn, None);
    }
}

struct Finder {
    part: Part,
    found: BTreeSet<(IdKind, String)>,
    arns: Vec<String>,
}

impl Finder {
    fn walk(&mut self, value: &Value, key: &str) {
        match value {
            Value::String(text) => self.text(text, key),
            Value::Array(elements) => elements.iter().for_each(|element| self.walk(element, key)),
            Value::Object(object) => {
                if object.contains_key("AccessKeyId") && hands_out(|name| object.contains_key(name))
                {
                    self.issued_key(object.get("AccessKeyId").and_then(Value::as_str));
                }
                object.iter().for_each(|(key, inner)| self.walk(inner, key));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str, key: &str) {
        if is_tool_use_id(text) {
            self.note(IdKind::ToolUse, text);
            return;
        }
        match self.part {
            Part::Arguments => {
                if is_arn(text) && self.arns.len() < MAX_HINTS {
                    self.arns.push(text.to_owned());
                }
            }
            Part::Answer => self.answer_text(text, key),
        }
    }

    fn answer_text(&mut self, text: &str, key: &str) {
        if is_request_id_key(key) && is_request_id(text) {
            self.note(IdKind::DownstreamRequest, text);
            return;
        }
        if let Some(pattern) = &*REQUEST_ID {
            for captures in pattern.captures_iter(text).take(MAX_HINTS) {
                if let Some(id) = captures.get(1) {
                    self.note(IdKind::DownstreamRequest, id.as_str());
                }
            }
        }
        if let Some(pattern) = &*KEY_MEMBER
            && hands_out(|name| text.contains(name))
        {
            for captures in pattern.captures_iter(text).take(MAX_HINTS) {
                self.issued_key(captures.get(1).map(|key| key.as_str()));
            }
        }
    }

    fn issued_key(&mut self, key: Option<&str>) {
        if self.part == Part::Answer
            && let Some(key) = key.filter(|key| is_access_key_id(key))
        {
            self.note(IdKind::IssuedKey, key);
        }
    }

    fn note(&mut self, kind: IdKind, value: &str) {
        if self.found.len() < MAX_HINTS {
            self.found.insert((kind, value.to_owned()));
        }
    }
}

/// A key id is handed out where its secret stands beside it; elsewhere it is only mentioned.
fn hands_out(has: impl Fn(&str) -> bool) -> bool {
    has("SecretAccessKey") || has("SessionToken")
}

fn is_request_id_key(key: &str) -> bool {
    ["RequestId", "x-amzn-requestid", "x-amz-request-id", "aws_request_id"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(key))
}

fn is_request_id(text: &str) -> bool {
    (12..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns true for an access key id, permanent or temporary.
pub(crate) fn is_access_key_id(text: &str) -> bool {
    text.len() == 20
        && (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_tool_use_id(text: &str) -> bool {
    text.strip_prefix("toolu_").is_some_and(|rest| {
        rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Returns true when the whole text is an ARN: partition, service, region, account, resource.
fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let has_prefix = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"));
    let has_service = parts.next().is_some_and(|service| !service.is_empty());
    let has_scope = parts.next().is_some() && parts.next().is_some();
    let has_resource = parts.next().is_some_and(|resource| !resource.is_empty());
    has_prefix
        && has_service
        && has_scope
        && has_resource
        && text.len() <= 2048
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Plane};

    fn found(value: &Value, part: Part) -> (Vec<(IdKind, String)>, Option<String>) {
        let mut event = Event::new(Plane::Mcp, "mcp", Kind::ToolCall);
        add(&mut event, value, part);
        let ids = event.identifiers.iter().map(|id| (id.kind, id.value.to_string())).collect();
        (ids, event.resource.map(std::borrow::Cow::into_owned))
    }

    #[test]
    fn patterns_compile() {
        assert!(REQUEST_ID.is_some() && KEY_MEMBER.is_some());
    }

    #[test]
    fn request_ids_are_found_as_member_text_and_error_words() {
        let id = "7a1b2c3d-0000-4000-8000-000000000001";
        for answer in [
            json!({"ResponseMetadata": {"RequestId": id}}),
            json!({"content": [{"type": "text", "text": format!("{{\"ResponseMetadata\": {{\"RequestId\": \"{id}\"}}}}")}]}),
            json!({"content": [{"type": "text", "text": format!("{{'RequestId': '{id}'}}")}]}),
            json!({"content": [{"type": "text", "text": format!("denied (Service: S3, Status Code: 403, Request ID: {id})")}]}),
            json!({"headers": {"x-amzn-RequestId": id}}),
        ] {
            assert_eq!(
                found(&answer, Part::Answer).0,
                [(IdKind::DownstreamRequest, id.to_owned())],
                "{answer}"
            );
            assert!(found(&answer, Part::Arguments).0.is_empty());
        }
    }

    #[test]
    fn key_is_issued_only_beside_its_secret() {
        let key = "ASIAEXAMPLE000000001";
        let issued = json!({"Credentials": {"AccessKeyId": key, "SecretAccessKey": "example"}});
        assert_eq!(found(&issued, Part::Answer).0, [(IdKind::IssuedKey, key.to_owned())]);
        let as_text = json!({"text": issued.to_string()});
        assert_eq!(found(&as_text, Part::Answer).0, [(IdKind::IssuedKey, key.to_owned())]);
        let listed = json!({"AccessKeyMetadata": [{"AccessKeyId": key, "Status": "Active"}]});
        assert!(found(&listed, Part::Answer).0.is_empty());
    }

    #[test]
    fn only_a_whole_arn_is_a_resource() {
        let (_, resource) = found(&json!({"target": "arn:aws:s3:::acme-backups"}), Part::Arguments);
        assert_eq!(resource.as_deref(), Some("arn:aws:s3:::acme-backups"));
        for no in ["arn:aws:s3", "see arn:aws:s3:::acme", "arn:aws:s3:::", "barn:aws:s3:::x"] {
            assert_eq!(found(&json!([no]), Part::Arguments).1, None, "{no}");
        }
    }

    #[test]
    fn tool_use_id_is_found_on_both_sides() {
        let id = json!({"_meta": {"claudecode/toolUseId": "toolu_01EXAMPLE0001"}});
        assert_eq!(
            found(&id, Part::Arguments).0,
            [(IdKind::ToolUse, "toolu_01EXAMPLE0001".to_owned())]
        );
    }
}
