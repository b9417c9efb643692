//! Tells coarsely what a tool does from the verb in its name. A name is a hint given by whoever wrote the tool, never
//! proof; an unknown verb gives nothing. Must not look at arguments.

use crate::model::ActionClass;

const DELETE: &[&str] =
    &["delete", "remove", "destroy", "drop", "purge", "terminate", "erase", "truncate", "revoke"];
const ADMIN: &[&str] =
    &["grant", "attach", "detach", "assume", "approve", "enable", "disable", "rotate"];
const EXEC: &[&str] = &[
    "run", "exec", "execute", "invoke", "bash", "shell", "eval", "start", "stop", "restart",
    "deploy", "call",
];
const SEND: &[&str] =
    &["send", "post", "publish", "mail", "email", "notify", "share", "upload", "forward"];
const WRITE: &[&str] = &[
    "create", "update", "put", "write", "set", "add", "edit", "insert", "modify", "patch", "save",
    "move", "rename", "copy", "merge", "push", "commit", "tag", "replace", "restore", "import",
];
const READ: &[&str] = &[
    "get", "list", "read", "describe", "search", "query", "find", "fetch", "show", "view",
    "lookup", "check", "count", "select", "download", "export", "scan", "browse", "suggest",
    "explain",
];

/// Classes in the order in which they win when a name holds several verbs (`get_and_delete`).
const BY_WEIGHT: &[(ActionClass, &[&str])] = &[
    (ActionClass::Delete, DELETE),
    (ActionClass::Admin, ADMIN),
    (ActionClass::Exec, EXEC),
    (ActionClass::Send, SEND),
    (ActionClass::Write, WRITE),
    (ActionClass::Read, READ),
];

/// Returns what the verb of a tool's name says: the first word that is a known verb decides, except that a
/// deleting verb anywhere wins over a reading one.
pub(crate) fn class_of_tool(name: &str) -> Option<ActionClass> {
    let words = words_of(name);
    let first = words.iter().find_map(|word| class_of_word(word))?;
    let deletes = words.iter().any(|word| DELETE.contains(&word.as_str()));
    Some(if deletes { ActionClass::Delete } else { first })
}

fn class_of_word(word: &str) -> Option<ActionClass> {
    BY_WEIGHT.iter().find(|(_, verbs)| verbs.contains(&word)).map(|(class, _)| *class)
}

/// Splits `deleteUser`, `aws___call-tool` and `db.list_rows` into lower-case words.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_is_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && previous_is_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        previous_is_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_decide_in_every_spelling() {
        assert_eq!(class_of_tool("deleteUser"), Some(ActionClass::Delete));
        assert_eq!(class_of_tool("aws__list_buckets"), Some(ActionClass::Read));
        assert_eq!(class_of_tool("s3-get-and-delete"), Some(ActionClass::Delete));
        assert_eq!(class_of_tool("send_email"), Some(ActionClass::Send));
        assert_eq!(class_of_tool("execute_bash"), Some(ActionClass::Exec));
        assert_eq!(class_of_tool("PutObject"), Some(ActionClass::Write));
    }

    #[test]
    fn name_without_a_known_verb_says_nothing() {
        assert_eq!(class_of_tool("weather"), None);
        assert_eq!(class_of_tool("settings"), None);
        assert_eq!(class_of_tool(""), None);
    }
}
