//! Finds identifiers of AWS inside commands and their output, where they stand as words of a text: ARNs, access key ids,
//! the role session that `aws sts get-caller-identity` prints. Secrets beside them are not looked at; redaction takes them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{Event, IdKind, Trust};

/// Identifiers and resources taken from one text at most.
const MAX_FINDS: usize = 64;
/// Bytes of one text that are looked at.
const MAX_TEXT: usize = 1 << 20;
/// Longest ARN that is taken.
const MAX_ARN: usize = 1024;

/// Which side of a call a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Command,
    Output,
}

/// Adds what the texts inside `value` name.
pub(super) fn add(event: &mut Event<'static>, value: &Value, side: Side) {
    let mut found = Found::default();
    walk(value, side, &mut found);
    let known: BTreeSet<String> = event
        .identifiers
        .iter()
        .filter(|id| matches!(id.kind, IdKind::IssuedKey | IdKind::Key))
        .map(|id| id.value.to_string())
        .collect();
    for (kind, id) in found.ids {
        if !(kind == IdKind::Key && known.contains(&id)) {
            event.identify(kind, id, Trust::Asserted);
        }
    }
    for arn in found.arns {
        event.touch(arn, None);
    }
}

#[derive(Debug, Default)]
struct Found {
    ids: BTreeSet<(IdKind, String)>,
    arns: Vec<String>,
}

impl Found {
    fn note(&mut self, kind: IdKind, id: &str) {
        if self.ids.len() < MAX_FINDS {
            self.ids.insert((kind, id.to_owned()));
        }
    }
}

fn walk(value: &Value, side: Side, found: &mut Found) {
    match value {
        Value::String(text) => read(text, side, found),
        Value::Array(elements) => elements.iter().for_each(|inner| walk(inner, side, found)),
        Value::Object(object) => object.values().for_each(|inner| walk(inner, side, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn read(text: &str, side: Side, found: &mut Found) {
    let is_whoami = side == Side::Output && text.contains("UserId") && text.contains("Arn");
    let mut previous = "";
    for word in words(text) {
        if is_access_key_id(word) {
            // `aws sts ... --output text` prints `CREDENTIALS key time secret token`. An assignment
            // (`AWS_ACCESS_KEY_ID=`) may show a key that was handed out long before.
            let is_issued = side == Side::Output && previous == "CREDENTIALS";
            found.note(if is_issued { IdKind::IssuedKey } else { IdKind::Key }, word);
        } else if is_whoami && let Some((_, session)) = assumed_role(word) {
            found.note(IdKind::Actor, word);
            found.note(IdKind::RoleSession, session);
        } else if side == Side::Command
            && is_arn(word)
            && found.arns.len() < MAX_FINDS
            && !found.arns.iter().any(|known| known == word)
        {
            found.arns.push(word.to_owned());
        }
        previous = word;
    }
}

/// Words of a command or of JSON, without quotes and separators. `:` and `/` are parts of ARNs.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end)
        .unwrap_or_default()
        .split(|letter: char| {
            letter.is_whitespace()
                || matches!(
                    letter,
                    '"' | '\''
                        | '`'
                        | '='
                        | ','
                        | ';'
                        | '('
                        | ')'
                        | '{'
                        | '}'
                        | '['
                        | ']'
                        | '|'
                        | '\\'
                )
        })
        .filter(|word| !word.is_empty())
}

fn is_access_key_id(word: &str) -> bool {
    word.len() == 20
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_arn(word: &str) -> bool {
    let mut parts = word.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next().is_some_and(|service| !service.is_empty())
        && parts.next().is_some()
        && parts.next().is_some()
        && parts.next().is_some_and(|resource| !resource.is_empty())
        && word.len() <= MAX_ARN
}

/// Returns role and session of the ARN of an assumed role.
fn assumed_role(word: &str) -> Option<(&str, &str)> {
    if !is_arn(word) {
        return None;
    }
    let (_, tail) = word.split_once(":assumed-role/")?;
    tail.split_once('/').filter(|(_, session)| !session.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Plane};

    fn found(text: &str, side: Side) -> (Vec<String>, Option<String>) {
        let mut event = Event::new(Plane::Transcript, "x", Kind::ToolCall);
        add(&mut event, &json!({ "text": text }), side);
        let ids = event.identifiers.iter().map(|id| format!("{} {}", id.kind, id.value)).collect();
        (ids, event.resource.map(std::borrow::Cow::into_owned))
    }

    #[test]
    fn arns_and_keys_of_a_command_are_found() {
        let command = "AWS_ACCESS_KEY_ID=ASIAEXAMPLE000000001 aws kms decrypt --key-id 'arn:aws:kms:eu-west-1:111122223333:key/k-1'";
        let (ids, resource) = found(command, Side::Command);
        assert_eq!(ids, ["key ASIAEXAMPLE000000001"]);
        assert_eq!(resource.as_deref(), Some("arn:aws:kms:eu-west-1:111122223333:key/k-1"));
        assert_eq!(found("echo AKIAshort arn:aws", Side::Command), (Vec::new(), None));
    }

    #[test]
    fn caller_identity_gives_role_session_and_listing_gives_none() {
        let arn = "arn:aws:sts::111122223333:assumed-role/deploy/agent-7";
        let whoami =
            format!("{{\"UserId\": \"AROAX:agent-7\", \"Account\": \"1\", \"Arn\": \"{arn}\"}}");
        let (ids, resource) = found(&whoami, Side::Output);
        assert_eq!(ids, [format!("actor {arn}"), "role_session agent-7".to_owned()]);
        assert_eq!(resource, None);
        assert!(found(&format!("saw {arn}"), Side::Output).0.is_empty());
    }

    #[test]
    fn only_keys_in_the_answer_of_sts_are_issued() {
        let text =
            "CREDENTIALS\tASIAEXAMPLE000000001\t2026-03-01T11:00:00Z\tEXAMPLEsecret\tEXAMPLEtoken";
        assert_eq!(found(text, Side::Output).0, ["issued_key ASIAEXAMPLE000000001"]);
        let export =
            "export AWS_ACCESS_KEY_ID=ASIAEXAMPLE000000001\nexport AWS_SECRET_ACCESS_KEY=EXAMPLE";
        assert_eq!(found(export, Side::Output).0, ["key ASIAEXAMPLE000000001"]);
    }
}
