//! Whether two operations of different products do the same to a thing: a gateway's tool `iam_attach_policy` and the
//! API `iam:AttachRolePolicy`. Decided from the words of their names; an unknown word matches nothing but itself.

/// What an operation does to its target, by the first of its words that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    Reads,
    /// Makes, changes or allows.
    Changes,
    /// Takes away or forbids.
    Removes,
    Runs,
    /// Takes on an identity.
    Assumes,
    Unknown,
}

/// How well two operations agree, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// The same verb and a word of its object.
    SameOperation,
    /// Another verb with the same effect and a word of its object, such as `put` and `attach` of a policy.
    SameEffect,
}

const VERBS: &[(Effect, &[&str])] = &[
    (
        Effect::Reads,
        &[
            "get", "list", "describe", "read", "head", "select", "query", "search", "scan",
            "download", "fetch", "view", "lookup", "decrypt",
        ],
    ),
    (
        Effect::Changes,
        &[
            "attach",
            "put",
            "add",
            "set",
            "update",
            "create",
            "grant",
            "write",
            "upload",
            "modify",
            "enable",
            "authorize",
            "change",
            "edit",
            "patch",
            "insert",
            "start",
            "import",
            "register",
            "copy",
            "replace",
            "deactivate",
            "disable",
            "stop",
        ],
    ),
    (
        Effect::Removes,
        &[
            "delete",
            "remove",
            "detach",
            "revoke",
            "terminate",
            "drop",
            "purge",
            "deregister",
            "disassociate",
            "destroy",
        ],
    ),
    (Effect::Runs, &["invoke", "run", "exec", "execute", "send", "call", "converse"]),
    (Effect::Assumes, &["assume"]),
];

/// Verbs that do not stand for one another though they have one effect: what one starts the other stops.
const OPPOSED: &[&[&str]] = &[&["start", "enable"], &["stop", "disable", "deactivate"]];

/// Words of tool records that stand before the name of the tool.
const LEADS: &[&str] = &["call ", "result ", "tools/call ", "decision "];

/// An operation taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Operation {
    effect: Effect,
    verb: String,
    /// Words for what it is done to, in order of the alphabet.
    objects: Vec<String>,
    /// Prefix of an API's name; a tool has none.
    service: Option<String>,
}

fn take_apart(action: &str) -> Operation {
    let bare = LEADS.iter().find_map(|lead| action.strip_prefix(lead)).unwrap_or(action);
    let (service, name) = match bare.split_once(':') {
        Some((service, name)) => (Some(service.to_lowercase()), name),
        None => (None, bare),
    };
    let mut words = words(name);
    let found = words.iter().position(|word| effect_of(word) != Effect::Unknown);
    let verb = found.map(|at| words.remove(at)).unwrap_or_default();
    words.sort();
    words.dedup();
    Operation { effect: effect_of(&verb), verb, objects: words, service }
}

/// Returns true when both are done to the same sort of thing. APIs name it in full, so theirs must be equal; a tool's
/// name is free, so a common word will do, or the service alone when it has no other word.
fn is_same_object(one: &Operation, other: &Operation) -> bool {
    let (tool, api) = match (&one.service, &other.service) {
        (Some(a), Some(b)) => return a == b && one.objects == other.objects,
        (None, None) => return one.objects.iter().any(|word| other.objects.contains(word)),
        (None, Some(service)) => ((one, service), other),
        (Some(service), None) => ((other, service), one),
    };
    let (tool, service) = tool;
    let words: Vec<&String> = tool.objects.iter().filter(|word| *word != service).collect();
    if words.is_empty() {
        !tool.objects.is_empty()
    } else {
        words.iter().any(|word| api.objects.contains(word))
    }
}

fn effect_of(word: &str) -> Effect {
    VERBS
        .iter()
        .find(|(_, verbs)| verbs.contains(&word))
        .map_or(Effect::Unknown, |(effect, _)| *effect)
}

/// Returns the words of `AttachRolePolicy`, `iam_attach_policy`, `s3-put`, in lower case, plural `s` cut.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = false;
    for letter in name.chars().take(200) {
        if !letter.is_alphanumeric() {
            was_lower = false;
            words.push(String::new());
            continue;
        }
        if words.is_empty() || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = letter.is_lowercase() || letter.is_ascii_digit();
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    for word in &mut words {
        if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
            word.pop();
        }
    }
    words
}

/// Returns how well two operations on one thing agree, or `None` when they do different things to it.
pub fn compare(one: &str, other: &str) -> Option<Match> {
    if one == other {
        return Some(Match::SameOperation);
    }
    let (one, other) = (take_apart(one), take_apart(other));
    if one.effect == Effect::Unknown || one.effect != other.effect {
        return None;
    }
    let is_opposed = |group: &&[&str]| {
        group.contains(&one.verb.as_str()) != group.contains(&other.verb.as_str())
    };
    if OPPOSED.iter().any(is_opposed) {
        return None;
    }
    if !is_same_object(&one, &other) {
        return None;
    }
    Some(if one.verb == other.verb { Match::SameOperation } else { Match::SameEffect })
}

/// Returns true for an operation that reads and changes nothing, by its name.
pub fn is_reading(action: &str) -> bool {
    take_apart(action).effect == Effect::Reads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_and_api_that_do_the_same_agree() {
        for (tool, api) in [
            ("iam_attach_policy", "iam:AttachRolePolicy"),
            ("call iam_attach_policy", "iam:AttachRolePolicy"),
            ("call s3_put", "s3:PutObject"),
            ("s3_get", "s3:GetObject"),
            ("call delete_bucket", "s3:DeleteBucket"),
        ] {
            assert_eq!(compare(tool, api), Some(Match::SameOperation), "{tool} {api}");
        }
        assert_eq!(
            [
                compare("iam_attach_policy", "iam:PutRolePolicy"),
                compare("iam:AttachRolePolicy", "iam:PutRolePolicy")
            ],
            [Some(Match::SameEffect); 2],
            "an inline policy does what an attached one does"
        );
    }

    #[test]
    fn operations_with_another_effect_or_object_do_not_agree() {
        for (one, other) in [
            ("iam_attach_policy", "iam:DetachRolePolicy"),
            ("iam:AttachRolePolicy", "iam:GetRolePolicy"),
            ("iam:AttachRolePolicy", "s3:PutObject"),
            ("cloudtrail:StopLogging", "cloudtrail:StartLogging"),
            ("call shell_exec", "iam:AttachRolePolicy"),
            ("iam:CreateUser", "iam:CreateAccessKey"),
            ("s3:GetBucketPolicy", "s3:GetBucketAcl"),
            ("s3:PutObject", "s3:PutObjectAcl"),
            ("frobnicate_policy", "iam:AttachRolePolicy"),
        ] {
            assert_eq!(compare(one, other), None, "{one} {other}");
        }
    }
}
