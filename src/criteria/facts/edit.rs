//! Changes of a facts file as text, so that comments and order of the person who wrote it stay: one key set, a table
//! appended, the lines of the case itself put back, digests of policy files written beside their names. Pure.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::KEYS;
use super::entries::{entry_of, replace};
use super::types::PolicyFact;
use crate::text::fuzzy::nearest;

/// Keys that belong to the case and not to a person.
const OWN: [&str; 2] = ["layout", "name"];

/// Keys whose value is a list of tables: an entry is appended.
const LISTS: &[&str] = &[
    "scope.agents",
    "scope.allow",
    "scope.deny",
    "scope.policy",
    "scope.servers",
    "scope.models",
    "scope.consequential",
    "scope.stop",
    "highrisk",
    "people.approvers",
    "people.change_windows",
    "data.classes",
    "sources.expected",
];

/// Returns true for a key whose value is a list of tables.
pub fn is_list(key: &str) -> bool {
    LISTS.contains(&key)
}

/// Why a key could not be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("`{key}` is no key of declared facts{hint}")]
    UnknownKey { key: String, hint: String },
    #[error("`{value}` is no value of TOML: {reason}")]
    Value { value: String, reason: String },
    #[error("the file is no TOML: line {line}: {reason}")]
    Text { line: usize, reason: String },
    #[error("`{key}` has no entry {number}; entries in it: {n_entries}")]
    NoEntry { key: String, number: usize, n_entries: usize },
    #[error("nothing is declared under `{key}`")]
    Absent { key: String },
    #[error("`{key}` is a list: name one entry of it, as `{key}[1]`")]
    WholeList { key: String },
    #[error("`{key}` is written in a way that only `whytrail facts edit` can change")]
    Shape { key: String },
}

/// Returns the text with `key` set to `value`, or, when the key is a list of tables, with `value` (an inline table)
/// appended as its last entry; `key[2]` changes the second entry. A value that is no TOML is taken as a text. Whether the result is understood is for
/// `Facts::parse` to say.
pub fn set(text: &str, key: &str, value: &str) -> Result<String, EditError> {
    let key = key.trim();
    if let Some(entry) = entry_of(key) {
        return replace(text, entry, value);
    }
    if !is_known(key) {
        return Err(EditError::UnknownKey { key: key.to_owned(), hint: near(key) });
    }
    let values = parse(text)?;
    if is_list(key) {
        let entry = inline_table(value)?;
        return Ok(format!("{}\n[[{key}]]\n{entry}", ended(text)));
    }
    let value = literal(value)?;
    let (path, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut table = Some(values.get_ref());
    for part in path.split('.').filter(|part| !part.is_empty()) {
        table =
            table.and_then(|table| table.get(part)).and_then(|below| below.get_ref().as_table());
    }
    if let Some(old) = table.and_then(|table| table.get(name)) {
        return Ok(replaced(text, old, &value));
    }
    if path.is_empty() {
        // Keys of the whole file stand before the first table.
        let at = first_header(text);
        let (head, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        return Ok(format!("{}{name} = {value}\n{rest}", ended(head)));
    }
    Ok(match header_end(text, path) {
        Some(at) => {
            let (head, rest) = text.split_at_checked(at).unwrap_or((text, ""));
            format!("{}{name} = {value}\n{}", ended(head), rest.strip_prefix('\n').unwrap_or(rest))
        }
        None => format!("{}\n[{path}]\n{name} = {value}\n", ended(text)),
    })
}

pub(super) fn is_known(key: &str) -> bool {
    let is_listed = |known: &str| KEYS.contains(&known);
    let table = key.rsplit_once('.').map(|(table, _)| table);
    is_listed(key) && key != "thresholds" && key != "scope.destinations"
        || table.is_some_and(|table| table == "thresholds" || table == "scope.destinations")
}

pub(super) fn near(key: &str) -> String {
    nearest(key, KEYS).map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}

pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, EditError> {
    DeTable::parse(text).map_err(|error| EditError::Text {
        line: super::scan::place(text, error.span().map_or(0, |span| span.start)).0,
        reason: first_line(error.message()),
    })
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// Returns a value as TOML: as it was written, or as a text when it is no TOML and looks like none.
fn literal(value: &str) -> Result<String, EditError> {
    let value = value.trim();
    match DeValue::parse(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(error) if value.starts_with(['"', '\'', '[', '{']) => {
            Err(EditError::Value { value: value.to_owned(), reason: first_line(error.message()) })
        }
        Err(_) => Ok(toml::Value::String(value.to_owned()).to_string()),
    }
}

/// Returns the lines of an entry written as `agent = "x", tool = "y"`, with or without braces.
pub(super) fn inline_table(value: &str) -> Result<String, EditError> {
    let value = value.trim();
    let inner =
        value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value).trim();
    let braced = format!("v = {{ {inner} }}");
    let bad = |reason: String| EditError::Value { value: value.to_owned(), reason };
    let read: toml::Table =
        toml::from_str(&braced).map_err(|error| bad(first_line(error.message())))?;
    match read.get("v").and_then(toml::Value::as_table) {
        // Each member on one line: a table of its own would belong to the file and not to the entry.
        Some(entry) if !entry.is_empty() => {
            let mut lines = String::new();
            for (name, value) in entry {
                let one: toml::Table = std::iter::once((name.clone(), value.clone())).collect();
                let one = toml::Value::Table(one).to_string();
                let line = one.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                lines.push_str(line.unwrap_or_default().trim());
                lines.push('\n');
            }
            Ok(lines)
        }
        _ => Err(bad("an entry is written as `agent = \"...\", action = \"...\"`".to_owned())),
    }
}

/// Returns the text with an end of line at its end, unless it is empty.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

fn replaced(text: &str, old: &Spanned<DeValue<'_>>, value: &str) -> String {
    let span = old.span();
    let (head, tail) = (text.get(..span.start), text.get(span.end..));
    format!("{}{value}{}", head.unwrap_or_default(), tail.unwrap_or_default())
}

/// Returns where the first line that begins a table begins.
fn first_header(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            return at;
        }
        at += line.len();
    }
    at
}

/// Returns where the line `[path]` ends.
fn header_end(text: &str, path: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let plain = line.split('#').next().unwrap_or_default().trim();
        let name = plain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if name.is_some_and(|name| name.replace(' ', "") == path) {
            return Some(at);
        }
    }
    None
}

/// Returns a facts text as the case keeps it: with the lines of the case itself, whatever the text says of them. The
/// second value is true when the text named another case.
pub fn taken_over(text: &str, layout: u32, name: &str) -> Result<(String, bool), EditError> {
    let values = parse(text)?;
    let said = values.get_ref().get("name").and_then(|value| value.get_ref().as_str());
    let is_other = said.is_some_and(|said| said != name);
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for key in OWN {
        if let Some((key, value)) = values.get_ref().get_key_value(key) {
            cuts.push((key.span().start, value.span().end));
        }
    }
    cuts.sort_unstable();
    let mut rest = String::new();
    let mut from = 0;
    for (start, end) in cuts {
        rest.push_str(text.get(from..start).unwrap_or_default());
        from = end;
        // The line goes with what stood on it.
        if text.get(end..).is_some_and(|tail| tail.starts_with('\n')) {
            from += 1;
        }
    }
    rest.push_str(text.get(from..).unwrap_or_default());
    let name = toml::Value::String(name.to_owned());
    let rest = rest.trim_start_matches('\n');
    let gap = if rest.is_empty() { "" } else { "\n" };
    Ok((format!("layout = {layout}\nname = {name}\n{gap}{rest}"), is_other))
}

/// Returns the text with the digest of each policy file written behind its name. `digests` are those of `policies`, in
/// their order; a policy that has one already keeps it.
pub fn pinned(text: &str, policies: &[PolicyFact], digests: &[Option<String>]) -> String {
    let mut inserts: Vec<(usize, &str)> = policies
        .iter()
        .zip(digests)
        .filter(|(policy, _)| policy.sha256.is_none())
        .filter_map(|(policy, digest)| Some((policy.file_span.1, digest.as_deref()?)))
        .collect();
    inserts.sort_unstable();
    let mut made = String::new();
    let mut from = 0;
    for (at, digest) in inserts {
        let tail = text.get(at..).unwrap_or_default();
        // Inside braces a comma parts two keys, else the end of the line does.
        let is_inline = tail.trim_start().starts_with([',', '}']);
        made.push_str(text.get(from..at).unwrap_or_default());
        made.push_str(if is_inline { ", sha256 = \"" } else { "\nsha256 = \"" });
        made.push_str(digest);
        made.push('"');
        from = at;
    }
    made.push_str(text.get(from..).unwrap_or_default());
    made
}

/// Returns the dotted names of the keys whose values differ, sorted. A text that is no TOML differs as a whole.
pub fn changed_keys(before: &str, after: &str) -> Vec<String> {
    let read = |text: &str| toml::from_str::<toml::Table>(text).ok();
    let (Some(before), Some(after)) = (read(before), read(after)) else {
        return vec!["(the whole file)".to_owned()];
    };
    let mut changed = Vec::new();
    differ("", &before, &after, &mut changed);
    changed.sort();
    changed
}

fn differ(path: &str, before: &toml::Table, after: &toml::Table, changed: &mut Vec<String>) {
    let names = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    for name in names {
        let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let empty = toml::Table::new();
        let table = |side: &toml::Table| match side.get(name) {
            Some(toml::Value::Table(table)) => Some(table.clone()),
            None => Some(empty.clone()),
            Some(_) => None,
        };
        let is_table =
            [before, after].iter().any(|side| side.get(name).is_some_and(toml::Value::is_table));
        match (table(before), table(after)) {
            (Some(left), Some(right)) if is_table => differ(&full, &left, &right, changed),
            _ if before.get(name) != after.get(name) => changed.push(full),
            _ => {}
        }
    }
}
