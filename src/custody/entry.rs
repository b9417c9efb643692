//! One entry of the journal: a line of JSON with sorted keys and no spaces, and the hash of exactly these bytes.
//! Owns the form of the line; must not read or write files.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::Micros;
use crate::text::sanitize::escape_in_json;

/// Version of the entry's form.
pub(super) const FORM: u64 = 1;
/// Members of an entry, sorted.
const MEMBERS: [&str; 10] =
    ["act", "actor", "detail", "n", "prev", "seq", "subj", "tool", "ts", "v"];

/// Declares the acts with their words.
macro_rules! acts {
    ($($variant:ident = $word:literal),+ $(,)?) => {
        /// What an entry says was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ActKind { $($variant),+ }

        impl ActKind {
            /// Every act, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word used in the journal.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Returns the act whose word is `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

acts! {
    CaseOpen = "case.open",
    CaseClose = "case.close",
    EvidenceAdd = "evidence.add",
    EvidenceVerify = "evidence.verify",
    EvidenceReject = "evidence.reject",
    ParseRun = "parse.run",
    ScopeSet = "scope.set",
    FactsChange = "facts.change",
    PackLoad = "pack.load",
    RuleRun = "rule.run",
    TagAdd = "tag.add",
    TagWithdraw = "tag.withdraw",
    NoteAdd = "note.add",
    FindingCreate = "finding.create",
    FindingChange = "finding.change",
    FindingWithdraw = "finding.withdraw",
    AsideAdd = "aside.add",
    AsideWithdraw = "aside.withdraw",
    Override = "override",
    ReviewDone = "review.done",
    Reveal = "reveal",
    ExportCreate = "export.create",
    ReportSign = "report.sign",
    CheckpointCreate = "checkpoint.create",
    AnchorAdd = "anchor.add",
    Handover = "handover",
    ClockNote = "clock.note",
    JournalRecovered = "journal.recovered",
    Error = "error",
}

/// Hash of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leaf(pub [u8; 32]);

impl fmt::Display for Leaf {
    /// Writes 64 hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Returns SHA-256 of a zero byte and the line's exact bytes without its newline (a leaf as in RFC 6962).
pub fn leaf_hash(line: &[u8]) -> Leaf {
    let mut hasher = Sha256::new();
    hasher.update([0_u8]);
    hasher.update(line);
    Leaf(hasher.finalize().into())
}

/// One entry as read or written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Number of the entry, from 0.
    pub seq: u64,
    pub ts: Micros,
    /// Who did it, as the analyst wrote the name.
    pub actor: String,
    /// Program and version.
    pub tool: String,
    /// Word of the act; see [`ActKind::from_word`]. A later version may know more words.
    pub act: String,
    /// What it was done to: an event id, `finding:3`, `case`.
    pub subj: String,
    pub detail: Value,
    /// Random number that keeps a leaf hash from being guessed back.
    pub nonce: u128,
    /// Leaf of the entry before; zeros for the first.
    pub prev: Leaf,
    /// Hash of this entry's own line.
    pub leaf: Leaf,
}

/// Why a line is no entry. Never quotes the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineFault {
    NotJson,
    Form,
    Newer,
}

impl LineFault {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "line is not JSON",
            Self::Form => "line lacks a member of an entry or has one of the wrong kind",
            Self::Newer => "entry has the form of a newer version",
        }
    }
}

impl Entry {
    /// Returns the line of the entry without newline.
    pub(super) fn to_line(&self) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let mut detail = String::new();
        write_sorted(&self.detail, &mut detail);
        // Names of files are hostile, and people look at a journal in a terminal.
        escape_in_json(format!(
            "{{\"act\":{act},\"actor\":{actor},\"detail\":{detail},\"n\":\"{nonce:032x}\",\"prev\":\"{prev}\",\
             \"seq\":{seq},\"subj\":{subj},\"tool\":{tool},\"ts\":\"{ts}\",\"v\":{FORM}}}",
            act = quoted(&self.act),
            actor = quoted(&self.actor),
            nonce = self.nonce,
            prev = self.prev,
            seq = self.seq,
            subj = quoted(&self.subj),
            tool = quoted(&self.tool),
            ts = to_millis(self.ts),
        ))
    }

    /// Reads a line without its newline.
    pub(super) fn from_line(line: &[u8]) -> Result<Self, LineFault> {
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return Err(LineFault::NotJson);
        };
        if value.get("v").and_then(Value::as_u64).is_some_and(|form| form > FORM) {
            return Err(LineFault::Newer);
        }
        Self::from_value(value, leaf_hash(line)).ok_or(LineFault::Form)
    }

    fn from_value(mut value: Value, leaf: Leaf) -> Option<Self> {
        let members = value.as_object_mut()?;
        if members.len() != MEMBERS.len() || !MEMBERS.iter().all(|name| members.contains_key(*name))
        {
            return None;
        }
        let detail = members.insert("detail".to_owned(), Value::Null)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let number = |name: &str| members.get(name).and_then(Value::as_u64);
        if number("v")? != FORM {
            return None;
        }
        Some(Self {
            seq: number("seq")?,
            // Any time is taken as it stands: the clock of a machine without power begins at 1970.
            ts: Micros(text("ts")?.parse::<jiff::Timestamp>().ok()?.as_microsecond()),
            actor: text("actor")?.to_owned(),
            tool: text("tool")?.to_owned(),
            act: text("act")?.to_owned(),
            subj: text("subj")?.to_owned(),
            detail,
            nonce: hex_number(text("n")?)?,
            prev: hex_leaf(text("prev")?)?,
            leaf,
        })
    }
}

/// Returns the instant cut to the millisecond, which is how entries tell it.
pub(super) fn to_millis(ts: Micros) -> Micros {
    Micros(ts.0 - ts.0.rem_euclid(1000))
}

fn hex_number(digits: &str) -> Option<u128> {
    let is_plain = digits.len() == 32
        && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_plain.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

fn hex_leaf(digits: &str) -> Option<Leaf> {
    let (high, low) = digits.split_at_checked(32)?;
    let mut bytes = [0_u8; 32];
    let halves = [hex_number(high)?.to_be_bytes(), hex_number(low)?.to_be_bytes()];
    for (slot, byte) in bytes.iter_mut().zip(halves.concat()) {
        *slot = byte;
    }
    Some(Leaf(bytes))
}

/// Writes JSON with the members of every object sorted and without spaces.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (idx, (name, member)) in members.into_iter().enumerate() {
                if idx > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_sorted(member, out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (idx, element) in elements.iter().enumerate() {
                if idx > 0 {
                    out.push(',');
                }
                write_sorted(element, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn line_is_sorted_without_spaces_and_reads_back() {
        let entry = Entry {
            seq: 3,
            ts: Micros(1_800_000_000_123_456),
            actor: "M. Muster \"x\"".to_owned(),
            tool: "whytrail/0.1.0".to_owned(),
            act: "note.add".to_owned(),
            subj: "é\u{1}\u{9b}\u{202e}".to_owned(),
            detail: json!({ "b": [1, { "z": null, "a": "q" }], "a": 1.5 }),
            nonce: 7,
            prev: leaf_hash(b"before"),
            leaf: Leaf::default(),
        };
        let line = entry.to_line();
        assert!(line.contains(r#""detail":{"a":1.5,"b":[1,{"a":"q","z":null}]}"#), "{line}");
        assert_eq!(crate::text::sanitize(&line), line);
        let back = Entry::from_line(line.as_bytes()).unwrap();
        assert_eq!(
            back,
            Entry { ts: Micros(1_800_000_000_123_000), leaf: leaf_hash(line.as_bytes()), ..entry }
        );
    }

    #[test]
    fn lines_of_another_form_are_told_apart() {
        assert_eq!(Entry::from_line(b"{"), Err(LineFault::NotJson));
        assert_eq!(Entry::from_line(br#"{"v":1}"#), Err(LineFault::Form));
        assert_eq!(Entry::from_line(br#"{"v":2,"more":1}"#), Err(LineFault::Newer));
    }

    #[test]
    fn words_of_acts_read_back() {
        for act in ActKind::ALL {
            assert_eq!(ActKind::from_word(act.as_str()), Some(*act));
        }
    }
}
