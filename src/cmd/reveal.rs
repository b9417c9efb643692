//! `whytrail reveal`: the original of a redacted record, for a reason. The journal is written first, with the reason and with
//! classes and counts, never with values. What is shown stands on the terminal's second screen and is stored nowhere.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::case::Case;
use super::ingest::no_key;
use super::{Context, case, show};
use crate::custody::ActKind;
use crate::failure::{Ended, Failure, Kind};
use crate::model::EventId;
use crate::query;
use crate::redact::Tally;
use crate::text::sanitize::sanitize;
use crate::text::width;

/// Most lines shown of one record.
const MAX_LINES: usize = 10_000;
const KEY_HELP: &str = "-- any key: on   q: close --";

pub(super) fn run(context: &Context, id: &str, field: Option<&str>, reason: &str) -> Ended {
    if context.shared.output.output.is_some() {
        return Err(Failure::usage(
            "what is revealed is stored nowhere, so `-o` means nothing here",
        ));
    }
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::usage("what is revealed is shown on a terminal only")
            .hint("run it without a pipe; the evidence itself holds the record for other uses"));
    }
    let mut case = case::open_existing(context)?;
    let id = show::find(&case.reader()?, id)?;
    let lines = reveal(&mut case, id, field, reason)?;
    drop(case);
    page(&lines)
        .map_err(|error| Failure::new(Kind::Failed, format!("the terminal failed: {error}")))
}

/// Reads the original of an event and journals that it is shown; only then its lines are given out, made safe for a
/// terminal. With `field` those of the members of that name, or at that JSON pointer, alone.
pub(super) fn reveal(
    case: &mut Case,
    id: EventId,
    field: Option<&str>,
    reason: &str,
) -> Result<Vec<Zeroizing<String>>, Failure> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Failure::usage("a reveal needs a reason").hint(
            "`--reason TEXT` says why the original has to be seen; it goes into the journal",
        ));
    }
    case.must_be_writable()?;
    let original = query::original(&case.reader()?, id)?
        .ok_or_else(|| Failure::usage(format!("the case has no event `{id}`")))?;
    let is_unchanged = original.is_unchanged();
    let place = format!("{} line {}", sanitize(&original.file), original.line);
    let bytes = Zeroizing::new(original.bytes.map_err(|reason| {
        Failure::new(Kind::Evidence, reason)
            .hint("the original is not in the case; put the evidence back where it was read from")
    })?);
    if is_unchanged != Some(true) {
        return Err(Failure::new(
            Kind::Evidence,
            format!("the record in {place} is not the one that was read: its hash differs"),
        )
        .hint("`whytrail verify` names what changed; the original can only be shown from unchanged evidence"));
    }
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    let shown = match field {
        None => pretty(&text),
        Some(field) => members(&text, field)?,
    };
    let mut tally = Tally::default();
    let redactor = case.redactor.as_ref().ok_or_else(no_key)?;
    let redacted = redactor.document(&text, &mut tally);
    drop(redacted);
    let detail = json!({ "reason": reason, "field": field, "classes": tally.replaced, "values": tally.total() });
    case.record(ActKind::Reveal, &format!("event:{id}"), detail)?;
    Ok(shown
        .lines()
        .take(MAX_LINES)
        .map(|line| Zeroizing::new(sanitize(line).into_owned()))
        .collect())
}

/// Returns JSON over several lines, other text as it is.
fn pretty(text: &str) -> Zeroizing<String> {
    let value = serde_json::from_str::<Value>(text);
    let pages = value.and_then(|value| serde_json::to_string_pretty(&value));
    Zeroizing::new(pages.unwrap_or_else(|_| text.to_owned()))
}

/// Returns the members called `field`, or the one at that JSON pointer, one a line.
fn members(text: &str, field: &str) -> Result<Zeroizing<String>, Failure> {
    let value: Value = serde_json::from_str(text).map_err(|_no_json| {
        Failure::usage("the record is no JSON, so it has no fields").hint("leave out `--field`")
    })?;
    let mut found = String::new();
    if field.starts_with('/') {
        if let Some(value) = value.pointer(field) {
            push_member(field, value, &mut found);
        }
    } else {
        collect(&value, field, "", &mut found);
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("the record has no field `{}`", sanitize(field))).hint(
            "a name anywhere in the record, or a JSON pointer such as /requestParameters/password",
        ));
    }
    Ok(Zeroizing::new(found))
}

fn push_member(place: &str, value: &Value, found: &mut String) {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // Line ends inside a value would look like further members.
    writeln!(found, "{place}: {}", text.replace('\n', "\\n")).unwrap_or_default();
}

fn collect(value: &Value, field: &str, place: &str, found: &mut String) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let place = format!("{place}/{name}");
                if name.eq_ignore_ascii_case(field) {
                    push_member(&place, member, found);
                } else {
                    collect(member, field, &place, found);
                }
            }
        }
        Value::Array(elements) => {
            for (idx, element) in elements.iter().enumerate() {
                collect(element, field, &format!("{place}/{idx}"), found);
            }
        }
        // JSON inside a text.
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            if let Ok(inner) = serde_json::from_str::<Value>(text) {
                collect(&inner, field, place, found);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Shows lines on the second screen of the terminal, which has no history, page by page.
fn page(lines: &[Zeroizing<String>]) -> io::Result<()> {
    let size = rustix::termios::tcgetwinsize(io::stdout())?;
    let (columns, rows) = (usize::from(size.ws_col).max(20), usize::from(size.ws_row).max(3));
    let single_keys = SingleKeys::begin()?;
    let mut out = io::stdout().lock();
    out.write_all(b"\x1b[?1049h")?;
    let wrapped: Vec<Zeroizing<String>> =
        lines.iter().flat_map(|line| width::wrap(line, columns)).map(Zeroizing::new).collect();
    for part in wrapped.chunks(rows - 1) {
        out.write_all(b"\x1b[2J\x1b[H")?;
        for line in part {
            writeln!(out, "{}\r", line.as_str())?;
        }
        write!(out, "{}", width::cut_end(KEY_HELP, columns))?;
        out.flush()?;
        if SingleKeys::next()?.is_none_or(|key| matches!(key, b'q' | 0x1b | 0x03)) {
            break;
        }
    }
    out.write_all(b"\x1b[2J\x1b[H\x1b[?1049l")?;
    out.flush()?;
    drop(single_keys);
    Ok(())
}

/// The terminal while it gives keys one by one, without echo and without signals, so that nothing leaves the second screen
/// on by accident.
struct SingleKeys {
    before: rustix::termios::Termios,
}

impl SingleKeys {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut single = before.clone();
        single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        single.special_codes[SpecialCodeIndex::VMIN] = 1;
        single.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Flush, &single)?;
        Ok(Self { before })
    }

    /// Waits for a key; `None` when there will be none.
    fn next() -> io::Result<Option<u8>> {
        let mut key = [0_u8; 1];
        Ok((io::stdin().lock().read(&mut key)? == 1).then_some(key[0]))
    }
}

impl Drop for SingleKeys {
    fn drop(&mut self) {
        // Nothing is left to do when the terminal is gone.
        tcsetattr(io::stdin(), OptionalActions::Flush, &self.before).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_name_by_pointer_and_inside_texts() {
        let record = r#"{"a":{"Password":"FAKE-1"},"body":"{\"password\":\"FAKE-2\"}","n":[{"password":3}]}"#;
        let found = members(record, "password").unwrap();
        assert_eq!(
            found.as_str(),
            "/a/Password: FAKE-1\n/body/password: FAKE-2\n/n/0/password: 3\n"
        );
        assert_eq!(members(record, "/a/Password").unwrap().as_str(), "/a/Password: FAKE-1\n");
        assert!(members(record, "none").unwrap_err().message.contains("no field"));
        assert!(members("a,b", "a").unwrap_err().message.contains("no JSON"));
    }
}
