//! Single entries of lists, and whole keys, changed or taken out of a facts file as text, so that everything else stays as the
//! person wrote it. Each change is made where the text seems to hold it and kept only if the values then are the ones that
//! are wanted. Pure.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::edit::{EditError, inline_table, is_known, is_list, near, parse};

/// Returns the list and the number, from 1, that a key like `scope.agents[2]` names.
pub fn entry_of(key: &str) -> Option<(&str, usize)> {
    let (list, rest) = key.trim().split_once('[')?;
    let number = rest.strip_suffix(']')?.parse().ok()?;
    Some((list, number))
}

/// Returns the text with an entry of a list put in place of another one.
pub(super) fn replace(
    text: &str,
    (list, number): (&str, usize),
    value: &str,
) -> Result<String, EditError> {
    let lines = inline_table(value)?;
    let entry: toml::Table = read(&lines)?;
    change(text, (list, number), Some(&(lines, entry)))
}

/// Returns the text without a key, or without one entry of a list.
pub fn take_out(text: &str, key: &str) -> Result<String, EditError> {
    let key = key.trim();
    if let Some(entry) = entry_of(key) {
        return change(text, entry, None);
    }
    if !is_known(key) {
        return Err(EditError::UnknownKey { key: key.to_owned(), hint: near(key) });
    }
    if is_list(key) {
        return Err(EditError::WholeList { key: key.to_owned() });
    }
    let mut wanted: toml::Table = read(text)?;
    let (path, name) = key.rsplit_once('.').unwrap_or(("", key));
    let removed = table_mut(&mut wanted, path).and_then(|table| table.remove(name));
    let spans = parse(text)?;
    let held = table_of(spans.get_ref(), path).and_then(|table| table.get_key_value(name));
    let (Some(_), Some((name, value))) = (removed, held) else {
        return Err(EditError::Absent { key: key.to_owned() });
    };
    let start = text.get(..name.span().start).map_or(0, line_begin);
    let end = line_end(text, value.span().end);
    let made = without(text, start, end);
    if is_wanted(&made, &wanted) { Ok(made) } else { Err(EditError::Shape { key: key.to_owned() }) }
}

/// Changes one entry: `new` as lines and as values; nothing takes it out.
fn change(
    text: &str,
    (list, number): (&str, usize),
    new: Option<&(String, toml::Table)>,
) -> Result<String, EditError> {
    if !is_known(list) || !is_list(list) {
        return Err(EditError::UnknownKey { key: list.to_owned(), hint: near(list) });
    }
    let mut wanted: toml::Table = read(text)?;
    let (path, name) = list.rsplit_once('.').unwrap_or(("", list));
    let held = table_mut(&mut wanted, path).and_then(|table| table.get_mut(name));
    let entries = held.and_then(toml::Value::as_array_mut);
    let n_entries = entries.as_ref().map_or(0, |entries| entries.len());
    let Some((entries, at)) = entries.zip(number.checked_sub(1)).filter(|(_, at)| *at < n_entries)
    else {
        return Err(EditError::NoEntry { key: list.to_owned(), number, n_entries });
    };
    match new {
        Some((_, table)) => {
            if let Some(entry) = entries.get_mut(at) {
                *entry = toml::Value::Table(table.clone());
            }
        }
        None => {
            entries.remove(at);
        }
    }
    let spans = parse(text)?;
    let held = table_of(spans.get_ref(), path).and_then(|table| table.get(name));
    let inline = held.and_then(|value| in_list(text, value, at, new));
    let blocks = || blocks(text, list, number).into_iter().map(|block| in_block(text, block, new));
    let made = inline.into_iter().chain(blocks()).find(|made| is_wanted(made, &wanted));
    made.ok_or_else(|| EditError::Shape { key: format!("{list}[{number}]") })
}

fn read(text: &str) -> Result<toml::Table, EditError> {
    parse(text)?;
    toml::from_str(text)
        .map_err(|error| EditError::Text { line: 1, reason: error.message().to_owned() })
}

/// Returns true when a text says what is wanted. A table or list without anything in it says nothing.
fn is_wanted(text: &str, wanted: &toml::Table) -> bool {
    toml::from_str::<toml::Table>(text).is_ok_and(|found| bare(found) == bare(wanted.clone()))
}

fn bare(table: toml::Table) -> toml::Table {
    let bared = table.into_iter().map(|(name, value)| match value {
        toml::Value::Table(inner) => (name, toml::Value::Table(bare(inner))),
        other => (name, other),
    });
    let is_empty = |value: &toml::Value| match value {
        toml::Value::Table(table) => table.is_empty(),
        toml::Value::Array(list) => list.is_empty(),
        _ => false,
    };
    bared.filter(|(_, value)| !is_empty(value)).collect()
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|part| !part.is_empty())
}

fn table_mut<'t>(table: &'t mut toml::Table, path: &str) -> Option<&'t mut toml::Table> {
    parts(path).try_fold(table, |table, part| table.get_mut(part)?.as_table_mut())
}

fn table_of<'t, 'i>(table: &'t DeTable<'i>, path: &str) -> Option<&'t DeTable<'i>> {
    parts(path).try_fold(table, |table, part| table.get(part)?.get_ref().as_table())
}

/// Returns the text with an entry of a list in brackets changed.
fn in_list(
    text: &str,
    list: &Spanned<DeValue<'_>>,
    at: usize,
    new: Option<&(String, toml::Table)>,
) -> Option<String> {
    let entries = list.get_ref().as_array()?;
    let span = entries.get(at)?.span();
    if !text.get(span.clone())?.starts_with('{') {
        return None;
    }
    if let Some((_, table)) = new {
        let value = toml::Value::Table(table.clone()).to_string();
        return Some(format!("{}{value}{}", text.get(..span.start)?, text.get(span.end..)?));
    }
    let before = at.checked_sub(1).and_then(|at| entries.get(at));
    // The comma goes with the entry.
    let (start, end) = match (before, entries.get(at + 1)) {
        (_, Some(next)) => (span.start, next.span().start),
        (Some(before), None) => (before.span().end, span.end),
        (None, None) => (span.start, span.end),
    };
    Some(format!("{}{}", text.get(..start)?, text.get(end..)?))
}

/// Returns where the table under the heading `[[list]]` of this number may lie, the shortest first: header to end.
fn blocks(text: &str, list: &str, number: usize) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    let (mut n_seen, mut at) = (0, 0);
    let mut begin: Option<(usize, usize)> = None;
    for line in text.split_inclusive('\n') {
        let plain = line.split('#').next().unwrap_or_default().trim();
        if plain.starts_with('[') {
            if let Some((start, body)) = begin {
                found.push((start, body, at));
            }
            let heading = plain.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
            if heading.is_some_and(|heading| heading.replace(' ', "") == list) {
                n_seen += 1;
                if n_seen == number {
                    begin = Some((at, at + line.len()));
                }
            }
        }
        at += line.len();
    }
    found.extend(begin.map(|(start, body)| (start, body, at)));
    found
}

/// Returns the text with a table under a heading of its own changed. Words after its last line belong to what follows.
fn in_block(
    text: &str,
    (start, body, end): (usize, usize, usize),
    new: Option<&(String, toml::Table)>,
) -> String {
    let mut last = body;
    let mut at = body;
    for line in text.get(body..end).unwrap_or_default().split_inclusive('\n') {
        at += line.len();
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            last = at;
        }
    }
    match new {
        Some((lines, _)) => {
            let (head, tail) =
                (text.get(..body).unwrap_or_default(), text.get(last..).unwrap_or_default());
            let gap = if head.ends_with('\n') { "" } else { "\n" };
            format!("{head}{gap}{lines}{tail}")
        }
        None => without(text, start, last),
    }
}

/// Returns the text without a piece of it, and without the second of two empty lines that then meet.
fn without(text: &str, start: usize, end: usize) -> String {
    let (head, tail) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let has_gap = head.is_empty() || head.ends_with("\n\n");
    let tail = if has_gap { tail.strip_prefix('\n').unwrap_or(tail) } else { tail };
    format!("{head}{tail}")
}

fn line_begin(before: &str) -> usize {
    before.rfind('\n').map_or(0, |at| at + 1)
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::set;
    use super::*;

    const TEXT: &str = "# top\nrole = \"deployer\" # why\n\n[system]\nname = \"a\"\n\n# first\n[[scope.agents]]\nagent = \"one\"\n\n# second\n[[ scope . agents ]]\nagent = \"two\"\nowner = \"kim\"\n# of the third\n[[scope.agents]]\nagent = \"three\"\n\n[people]\nadmins = [\n  \"kim\",\n]\n";

    #[test]
    fn entry_is_taken_out_and_every_other_word_stays() {
        let made = take_out(TEXT, "scope.agents[2]").unwrap();
        assert_eq!(
            made,
            TEXT.replace("[[ scope . agents ]]\nagent = \"two\"\nowner = \"kim\"\n", "")
        );
        let made = take_out(&made, "scope.agents[2]").unwrap();
        assert!(made.contains("# of the third\n\n[people]") && !made.contains("three"), "{made}");
        let made = take_out(&made, "scope.agents[1]").unwrap();
        assert!(!made.contains("agent") && made.contains("# first"), "{made}");
    }

    #[test]
    fn entry_is_changed_in_its_place() {
        let made = set(TEXT, "scope.agents[2]", "{ agent = \"2\", owner = \"lee\" }").unwrap();
        assert_eq!(
            made,
            TEXT.replace("agent = \"two\"\nowner = \"kim\"", "agent = \"2\"\nowner = \"lee\"")
        );
        let made = set("[[highrisk]]\nagent = \"x\"", "highrisk[1]", "agent = \"y\"").unwrap();
        assert_eq!(made, "[[highrisk]]\nagent = \"y\"\n");
    }

    #[test]
    fn lists_in_brackets_keep_their_commas() {
        let text = "[scope]\nstop = [{ action = \"a:*\" }, { action = \"b:*\" }] # both\n";
        assert_eq!(
            take_out(text, "scope.stop[1]").unwrap(),
            "[scope]\nstop = [{ action = \"b:*\" }] # both\n"
        );
        assert_eq!(
            take_out(text, "scope.stop[2]").unwrap(),
            "[scope]\nstop = [{ action = \"a:*\" }] # both\n"
        );
        let made = set(text, "scope.stop[2]", "action = \"c:*\"").unwrap();
        assert!(made.contains("{ action = \"a:*\" }, { action = \"c:*\" }] # both"), "{made}");
        let one = take_out("highrisk = [{ agent = \"x\" }]\n", "highrisk[1]").unwrap();
        assert_eq!(one, "highrisk = []\n");
    }

    #[test]
    fn entry_with_lists_of_several_lines_goes_whole() {
        let text = "[[scope.servers]]\nserver = \"x\"\ntools = [\n  { tool = \"a\" },\n]\n\n[[scope.servers]]\nserver = \"y\"\n";
        assert_eq!(
            take_out(text, "scope.servers[1]").unwrap(),
            "[[scope.servers]]\nserver = \"y\"\n"
        );
        let lists = "[[scope.allow]]\nactions = [\n[\"a\"],\n]\naction = \"a\"\n[role]\n";
        assert_eq!(take_out(lists, "scope.allow[1]").unwrap(), "[role]\n");
        let below = "[[scope.allow]]\naction = \"a\"\n[scope.allow.more]\nx = 1\n[[scope.allow]]\naction = \"b\"\n";
        assert_eq!(take_out(below, "scope.allow[1]").unwrap(), "[[scope.allow]]\naction = \"b\"\n");
    }

    #[test]
    fn key_is_taken_out_with_its_line() {
        assert_eq!(
            take_out(TEXT, "role").unwrap(),
            TEXT.replace("role = \"deployer\" # why\n", "")
        );
        assert_eq!(
            take_out(TEXT, "people.admins").unwrap(),
            TEXT.replace("admins = [\n  \"kim\",\n]\n", "")
        );
        assert_eq!(
            take_out("system.name = \"x\"\nrole = \"deployer\"\n", "system.name").unwrap(),
            "role = \"deployer\"\n"
        );
    }

    #[test]
    fn what_is_not_there_or_cannot_be_taken_out_says_so() {
        let of = |key: &str| take_out(TEXT, key).unwrap_err().to_string();
        assert_eq!(of("scope.agents[4]"), "`scope.agents` has no entry 4; entries in it: 3");
        assert_eq!(of("scope.agents[0]"), "`scope.agents` has no entry 0; entries in it: 3");
        assert_eq!(of("scope.deny[1]"), "`scope.deny` has no entry 1; entries in it: 0");
        assert_eq!(of("system.owner"), "nothing is declared under `system.owner`");
        assert!(of("scope.agents").contains("`scope.agents[1]`"));
        assert!(of("sistem.name").contains("no key"));
        assert!(of("role[1]").contains("no key"));
        let inline = "system = { name = \"x\", owner = \"y\" }\n";
        assert!(take_out(inline, "system.name").unwrap_err().to_string().contains("facts edit"));
    }
}
