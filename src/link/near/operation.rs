//! What a call asks for, as far as its tool name, arguments or command line say, and which actions of the cloud that can
//! be: exactly (`aws iam attach-role-policy`, `iam_AttachRolePolicy`, service and operation as arguments), or by verb and
//! noun.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{Fault, Writer};

/// How surely an operation is an action of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Exact,
    /// The same verb and noun.
    Alike,
}

/// What one call asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    /// Operations of which the call makes one or more: `service:operation` in small letters without separators.
    Named(Vec<String>),
    /// The name of a tool.
    Tool(String),
}

/// One distinct action of the cloud.
#[derive(Debug)]
struct Action {
    name: String,
    service: String,
    /// In small letters without separators.
    operation: String,
    words: Vec<String>,
}

/// The distinct actions of the cloud in this case, by number.
#[derive(Debug, Default)]
pub(super) struct Actions {
    actions: Vec<Action>,
    by_name: BTreeMap<String, Vec<usize>>,
}

/// Tools, and services of the tool's name, that say nothing about the operation.
const EMPTY_WORDS: &[&str] = &[
    "a", "api", "aws", "call", "cli", "exec", "execute", "invoke", "mcp", "of", "run", "the",
    "tool", "use",
];

/// Verbs that mean the same.
const VERBS: &[&[&str]] = &[
    &["get", "read", "fetch", "download", "retrieve", "head"],
    &["list", "ls", "enumerate"],
    &["describe", "show", "inspect"],
    &["put", "write", "upload", "store"],
    &["create", "add", "make", "new"],
    &["delete", "remove", "rm", "destroy", "drop"],
    &["update", "modify", "edit", "change", "set"],
    &["attach"],
    &["detach"],
    &["start"],
    &["stop"],
    &["terminate", "kill"],
    &["run", "launch"],
    &["invoke", "execute", "exec"],
    &["assume"],
    &["send", "publish"],
    &["copy", "cp"],
    &["restore"],
    &["disable"],
    &["enable"],
    &["tag"],
    &["untag"],
    &["decrypt"],
    &["encrypt"],
    &["query", "search", "scan"],
];

/// Reads the distinct actions of the cloud.
pub(super) fn actions(writer: &mut Writer) -> Result<Actions, Fault> {
    let mut names = Vec::new();
    writer.each(
        "SELECT DISTINCT action FROM event WHERE plane = 'cloudtrail' AND action LIKE '%:%'
           AND kind NOT IN ('tool_call', 'session', 'notice') ORDER BY action",
        |row| {
            names.push(row.text(0));
            Ok(())
        },
    )?;
    Ok(Actions::of(names))
}

impl Actions {
    pub(super) fn of(names: Vec<String>) -> Self {
        let mut actions = Self::default();
        for (number, name) in names.into_iter().enumerate() {
            let (service, operation) = name.split_once(':').unwrap_or(("", &name));
            let action = Action {
                service: service.to_owned(),
                operation: squeezed(operation),
                words: words(operation),
                name: name.clone(),
            };
            let full = format!("{}:{}", squeezed(service), action.operation);
            actions.by_name.entry(full).or_default().push(number);
            actions.actions.push(action);
        }
        actions
    }

    /// Returns the name of an action.
    pub(super) fn name(&self, number: usize) -> &str {
        self.actions.get(number).map_or("", |action| &action.name)
    }

    /// Returns the actions that a call can mean.
    pub(super) fn meant(&self, wanted: &Wanted) -> Vec<(usize, Fit)> {
        match wanted {
            Wanted::Named(operations) => {
                let mut found: Vec<usize> =
                    operations.iter().flat_map(|operation| self.named(operation)).collect();
                found.sort_unstable();
                found.dedup();
                found.into_iter().map(|number| (number, Fit::Exact)).collect()
            }
            Wanted::Tool(tool) => self.of_tool(tool),
        }
    }

    /// Returns the actions of that name. Services go by several names (`s3api`, `s3`); versions stand behind operations
    /// of Lambda and `CloudFront`.
    fn named(&self, operation: &str) -> Vec<usize> {
        let (service, name) = operation.split_once(':').unwrap_or(("", operation));
        let service = match service {
            "s3api" | "s3control" => "s3",
            "events" | "eventbridge" => "events",
            "cloudwatch" | "monitoring" => "monitoring",
            "stepfunctions" => "states",
            "cloudwatchlogs" => "logs",
            "elbv2" | "elb" => "elasticloadbalancing",
            "ecrpublic" => "ecrpublic",
            other => other,
        };
        for name in [name, unversioned(name)] {
            if let Some(found) = self.by_name.get(&format!("{service}:{name}")) {
                return found.clone();
            }
        }
        let is_versioned = |action: &Action| {
            squeezed(&action.service) == service
                && action.operation.strip_prefix(name).is_some_and(is_version)
        };
        let versioned = self.actions.iter().enumerate().filter(|(_, action)| is_versioned(action));
        versioned.map(|(number, _)| number).collect()
    }

    fn of_tool(&self, tool: &str) -> Vec<(usize, Fit)> {
        let parts = words(tool);
        let name =
            squeezed(&parts.iter().filter(|word| *word != "aws").cloned().collect::<String>());
        let exact: Vec<usize> = self
            .numbered()
            .filter(|(_, action)| {
                let full = format!("{}{}", squeezed(&action.service), action.operation);
                name == full || (name == action.operation && action.words.len() > 1)
            })
            .map(|(number, _)| number)
            .collect();
        if !exact.is_empty() {
            return exact.into_iter().map(|number| (number, Fit::Exact)).collect();
        }
        let said: BTreeSet<&str> =
            parts.iter().map(String::as_str).filter(|word| !EMPTY_WORDS.contains(word)).collect();
        let Some(verb) = parts.iter().find_map(|word| verb(word)) else { return Vec::new() };
        self.numbered()
            .filter(|(_, action)| is_alike(&said, verb, action))
            .map(|(number, _)| (number, Fit::Alike))
            .collect()
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, &Action)> {
        self.actions.iter().enumerate()
    }
}

/// The verb is the same, the tool names the service or all nouns of the operation, and no noun of another operation.
fn is_alike(said: &BTreeSet<&str>, verb_class: usize, action: &Action) -> bool {
    let Some((first, nouns)) = action.words.split_first() else { return false };
    if verb(first) != Some(verb_class) {
        return false;
    }
    let own: BTreeSet<&str> = nouns.iter().map(|noun| singular(noun)).collect();
    let service = squeezed(&action.service);
    let rest: Vec<&str> = said
        .iter()
        .copied()
        .filter(|word| verb(word) != Some(verb_class) && *word != service)
        .map(singular)
        .collect();
    let names_service = said.contains(service.as_str());
    let names_nouns = !own.is_empty() && own.iter().all(|noun| rest.contains(noun));
    let has_foreign = rest.iter().any(|word| !own.contains(word));
    if has_foreign { false } else { names_nouns || (names_service && rest.is_empty()) }
}

fn verb(word: &str) -> Option<usize> {
    VERBS.iter().position(|class| class.contains(&word))
}

fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
        _ => word,
    }
}

/// `UpdateFunctionCode20150331v2`: a date and a version.
fn is_version(text: &str) -> bool {
    text.len() >= 8 && text.bytes().take(8).all(|byte| byte.is_ascii_digit())
}

/// Takes date and version off the end of an operation's name.
fn unversioned(name: &str) -> &str {
    let is_end = |(at, _): &(usize, char)| name.get(*at..).is_some_and(is_version);
    let end = name.char_indices().find(is_end).map(|(at, _)| at);
    end.and_then(|end| name.get(..end)).filter(|base| !base.is_empty()).unwrap_or(name)
}

/// Returns small letters and digits only.
pub(super) fn squeezed(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Splits `AttachRolePolicy`, `attach-role-policy` and `iam_attach_role` into words.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for letter in name.chars() {
        let is_break =
            !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && was_lower);
        if is_break && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Actions {
        let names = [
            "iam:AttachRolePolicy",
            "iam:AttachUserPolicy",
            "iam:CreateAccessKey",
            "lambda:UpdateFunctionCode20150331v2",
            "s3:DeleteObject",
            "s3:GetBucketAcl",
            "s3:GetObject",
            "s3:ListBuckets",
        ];
        Actions::of(names.map(str::to_owned).to_vec())
    }

    fn meant(wanted: &Wanted) -> Vec<String> {
        let actions = known();
        actions
            .meant(wanted)
            .iter()
            .map(|(number, fit)| format!("{} {fit:?}", actions.name(*number)))
            .collect()
    }

    fn tool(name: &str) -> Vec<String> {
        meant(&Wanted::Tool(name.to_owned()))
    }

    #[test]
    fn names_of_sdk_form_are_exact() {
        assert_eq!(tool("s3_GetObject"), ["s3:GetObject Exact"]);
        assert_eq!(tool("aws_iam_attach_role_policy"), ["iam:AttachRolePolicy Exact"]);
        assert_eq!(tool("create_access_key"), ["iam:CreateAccessKey Exact"]);
        let named = |name: &str| meant(&Wanted::Named(vec![name.to_owned()]));
        assert_eq!(named("s3api:listbuckets"), ["s3:ListBuckets Exact"]);
        assert_eq!(
            named("lambda:updatefunctioncode"),
            ["lambda:UpdateFunctionCode20150331v2 Exact"]
        );
        assert_eq!(named("s3:listbuckets20150331v2"), ["s3:ListBuckets Exact"]);
        assert!(named("ec2:listbuckets").is_empty());
    }

    #[test]
    fn verb_and_noun_are_alike_and_another_noun_is_not() {
        assert_eq!(tool("remove_object"), ["s3:DeleteObject Alike"]);
        assert_eq!(tool("s3_get"), ["s3:GetBucketAcl Alike", "s3:GetObject Alike"]);
        assert_eq!(tool("s3_read_objects"), ["s3:GetObject Alike"]);
        assert!(tool("delete_ticket").is_empty());
        assert!(tool("run_script").is_empty());
        assert!(tool("").is_empty());
    }
}
