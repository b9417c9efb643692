//! What a call's arguments say: command lines, operations, names of things. Only what was asked is read, never an answer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::operation::{Wanted, squeezed};
use super::resource::{self, is_plain};

/// Names taken from one call at most.
const MAX_NAMES: usize = 128;
/// Longest text of an argument that is looked at, and longest name.
const MAX_TEXT: usize = 16 * 1024;
const MAX_NAME: usize = 1024;
/// Operations of one call at most.
const MAX_OPERATIONS: usize = 16;
/// Payloads above this size are not taken apart.
const MAX_PAYLOAD: usize = 1 << 20;
/// Members inside members that are looked at.
const MAX_DEPTH: usize = 12;

/// Members below which stands what was asked for; of longer names these are the ends.
const ASKED: &[&str] = &[
    "arguments",
    "args",
    "body",
    "cmd",
    "command",
    "data",
    "input",
    "parameters",
    "params",
    "query",
    "request",
    "requestbody",
    "requestparameters",
    "toolinput",
];

/// Members that hold answers, or are about the record and not about the call.
const NOT_ASKED: &[&str] = &[
    "answer",
    "jsonrpc",
    "method",
    "content",
    "error",
    "extra",
    "headers",
    "jwt",
    "meta",
    "output",
    "outputs",
    "response",
    "responsebody",
    "responseelements",
    "result",
    "results",
    "structuredcontent",
    "tooluseresult",
    "usage",
    "useridentity",
];

/// Members that name the object inside a bucket.
const OBJECT_KEYS: &[&str] = &["key", "objectkey", "objectname", "object"];

/// What the records of one call say about it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Names of things, as written.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) names: BTreeSet<String>,
    /// Operations of command lines and arguments; each entry is one that was made, by its possible names.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) operations: BTreeSet<Vec<String>>,
    /// True when an argument names the object in a bucket.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) names_object: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    #[serde(skip)]
    service: Option<String>,
    #[serde(skip)]
    operation: Option<String>,
}

impl Asked {
    /// Returns what a payload asks for.
    pub(super) fn of(payload: &str) -> Self {
        let mut asked = Self::default();
        if payload.len() <= MAX_PAYLOAD
            && let Ok(payload) = serde_json::from_str::<Json>(payload)
        {
            asked.walk(&payload, "", false, 0);
        }
        if let (Some(service), Some(operation)) = (asked.service.take(), asked.operation.take()) {
            asked.note(vec![format!("{service}:{operation}")]);
        }
        asked
    }

    /// Adds what another record of the same call asks for.
    pub(super) fn add(&mut self, other: Self) {
        for name in other.names {
            self.name(&name);
        }
        for names in other.operations {
            self.note(names);
        }
        self.names_object |= other.names_object;
        self.region = other.region.or_else(|| self.region.take());
    }

    /// Adds a resource that a column names.
    pub(super) fn touch(&mut self, id: &str) {
        if id.starts_with("arn:") {
            for (name, _) in resource::names(id) {
                self.name(&name);
            }
        } else {
            self.name(id);
        }
    }

    /// Returns what was asked for: operations where the arguments name them, else the tool.
    pub(super) fn wanted(&self, tool: &str) -> Vec<Wanted> {
        if self.operations.is_empty() {
            return vec![Wanted::Tool(tool.to_owned())];
        }
        self.operations.iter().map(|names| Wanted::Named(names.clone())).collect()
    }

    /// Forgets the name of the tool, which stands among what was asked for and is the name of no thing.
    pub(super) fn forget_tool(&mut self, tool: &str) {
        self.names.retain(|name| name != tool && !name.ends_with(&format!("__{tool}")));
    }

    fn walk(&mut self, value: &Json, key: &str, is_asked: bool, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Json::String(text) if text.starts_with(['{', '[']) && text.len() <= MAX_TEXT => {
                // Attributes of spans hold JSON as text.
                if let Ok(inner) = serde_json::from_str::<Json>(text) {
                    self.walk(&inner, key, is_asked, depth + 1);
                }
            }
            Json::String(text) => {
                if is_asked || key == "apiname" {
                    self.text(text, key);
                }
            }
            Json::Array(elements) => {
                for inner in elements {
                    self.walk(inner, key, is_asked, depth + 1);
                }
            }
            Json::Object(object) => {
                for (key, inner) in object {
                    let key = squeezed(key);
                    if !NOT_ASKED.contains(&key.as_str()) {
                        let is_asked = is_asked || ASKED.iter().any(|end| key.ends_with(end));
                        self.walk(inner, &key, is_asked, depth + 1);
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str, key: &str) {
        if text.len() > MAX_TEXT {
            return;
        }
        match key {
            "service" | "servicename" => self.service = Some(squeezed(text)),
            "operation" | "operationname" | "apiaction" => self.operation = Some(squeezed(text)),
            "region" | "awsregion" => self.region = Some(text.to_owned()),
            "apiname" => {
                if let Some((service, operation)) = text.split_once(':') {
                    self.note(vec![format!("{}:{}", squeezed(service), squeezed(operation))]);
                }
                return;
            }
            _ => {}
        }
        if text.contains(char::is_whitespace) {
            self.command(text);
        } else {
            self.names_object |= OBJECT_KEYS.contains(&key);
            self.word(text);
        }
    }

    fn note(&mut self, names: Vec<String>) {
        if self.operations.len() < MAX_OPERATIONS && !names.is_empty() {
            self.operations.insert(names);
        }
    }

    fn name(&mut self, name: &str) {
        if (3..=MAX_NAME).contains(&name.len()) && self.names.len() < MAX_NAMES && !is_plain(name) {
            self.names.insert(name.to_owned());
        }
    }

    /// Takes a word for the name of a thing; a path in a bucket is a name of both.
    fn word(&mut self, word: &str) {
        if let Some(path) = word.strip_prefix("s3://") {
            self.name(path.trim_end_matches('/'));
            if let Some((bucket, key)) = path.split_once('/') {
                self.name(bucket);
                self.names_object |= !key.is_empty();
                self.name(key);
            }
        } else if word.starts_with("arn:") {
            self.touch(word);
        } else if let Some((_, queue)) =
            word.strip_prefix("https://").and_then(|url| url.rsplit_once('/'))
        {
            self.name(word);
            self.name(queue);
        } else {
            self.name(word);
        }
    }

    /// Reads the `aws` commands of a command line, and its words.
    fn command(&mut self, text: &str) {
        let is_break = |letter: char| {
            letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '(' | ')' | '=')
        };
        let words: Vec<&str> = text.split(is_break).filter(|word| !word.is_empty()).collect();
        for (at, word) in words.iter().enumerate() {
            if *word == "aws" || word.ends_with("/aws") {
                let rest = words.get(at + 1..).unwrap_or_default();
                let mut plain = rest.iter().scan(false, |is_value, word| {
                    // Options before the service have a value behind them.
                    let skip =
                        std::mem::replace(is_value, word.starts_with("--") && !is_flag(word));
                    Some(if skip || word.starts_with('-') { None } else { Some(*word) })
                });
                let mut next = || plain.by_ref().flatten().next();
                if let (Some(service), Some(operation)) = (next(), next()) {
                    self.note(operations(service, operation));
                }
            }
            let word = word.trim_matches([',', ';', '[', ']', '{', '}']);
            if !word.starts_with('-') && *word != *"aws" {
                if let Some(key) = at.checked_sub(1).and_then(|before| words.get(before)) {
                    self.names_object |= *key == "--key";
                }
                self.word(word);
            }
        }
    }
}

/// Options without a value.
fn is_flag(option: &str) -> bool {
    matches!(
        option,
        "--debug" | "--no-paginate" | "--no-sign-request" | "--no-verify-ssl" | "--no-cli-pager"
    )
}

/// Returns the operations that a command can make; those of `aws s3` make others.
fn operations(service: &str, operation: &str) -> Vec<String> {
    let names: &[&str] = match (service, operation) {
        ("s3", "ls") => &["listobjects", "listobjectsv2", "listbuckets"],
        ("s3", "cp" | "mv" | "sync") => {
            &["getobject", "putobject", "copyobject", "headobject", "deleteobject"]
        }
        ("s3", "rm") => &["deleteobject", "deleteobjects"],
        ("s3", "mb") => &["createbucket"],
        ("s3", "rb") => &["deletebucket"],
        ("s3", "presign" | "website") => &[],
        _ => return vec![format!("{}:{}", squeezed(service), squeezed(operation))],
    };
    names.iter().map(|name| format!("s3:{name}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(payload: &Json) -> Asked {
        Asked::of(&payload.to_string())
    }

    #[test]
    fn what_is_kept_of_a_call_is_what_was_read() {
        let found = asked(
            &json!({ "arguments": { "region": "eu-west-1", "Bucket": "exports", "Key": "q2.csv",
            "command": "aws s3 rm s3://exports/q2.csv", "service_name": "s3", "operation_name": "get_object" } }),
        );
        assert!(found.names_object && found.region.is_some() && found.operations.len() == 2);
        let kept = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Asked>(&kept).unwrap(), found);
        assert_eq!(serde_json::to_string(&Asked::default()).unwrap(), "{}");
    }

    #[test]
    fn commands_give_operations_and_names() {
        let found = asked(&json!({ "input": { "command":
            "aws --profile x iam attach-role-policy --role-name ci-deploy --policy-arn arn:aws:iam::aws:policy/Admin && aws s3 rm s3://exports/q2.csv" } }));
        let operations: Vec<String> =
            found.operations.iter().map(|names| names.join("|")).collect();
        assert_eq!(operations, ["iam:attachrolepolicy", "s3:deleteobject|s3:deleteobjects"]);
        for name in ["ci-deploy", "arn:aws:iam::aws:policy/Admin", "exports/q2.csv", "exports"] {
            assert!(found.names.contains(name), "{name}: {:?}", found.names);
        }
        assert!(found.names_object);
        assert!(!found.names.contains("--role-name"));
    }

    #[test]
    fn answers_are_not_asked_for() {
        let found = asked(&json!({
            "params": { "name": "s3_get", "arguments": { "Bucket": "exports", "Key": "q2.csv" } },
            "result": { "content": [{ "text": "other-bucket" }] }, "response": "third-bucket" }));
        assert!(found.names.contains("exports") && found.names.contains("q2.csv"));
        assert!(!found.names.iter().any(|name| name.contains("-bucket")));
        assert!(found.operations.is_empty());
        assert_eq!(found.wanted("s3_get"), [Wanted::Tool("s3_get".to_owned())]);
    }

    #[test]
    fn service_and_operation_as_arguments_are_one_operation() {
        let found = asked(
            &json!({ "arguments": { "service_name": "s3", "operation_name": "get_object" } }),
        );
        assert_eq!(found.wanted("call_aws"), [Wanted::Named(vec!["s3:getobject".to_owned()])]);
    }
}
