//! The three statements under a report, as people sign them: a checkpoint note over the journal with the digest of the
//! report's body and who says what about it. Kept in the journal. A statement counts only while its signature is right and
//! the body is the one that was signed. Must not know how a report is made.

use serde_json::{Value, json};

use super::checkpoint::{Checkpoint, Standing};
use super::entry::{ActKind, Entry, Leaf};
use super::note::{Note, NoteKey, Signed, Vkey};
use crate::model::Micros;

/// One of the statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Custody,
    Findings,
    Review,
}

impl Part {
    /// Every statement, in the order of the report.
    pub const ALL: &'static [Self] = &[Self::Custody, Self::Findings, Self::Review];

    /// Returns the word of the journal and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Custody => "custody",
            Self::Findings => "findings",
            Self::Review => "review",
        }
    }

    /// Returns the statement whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|part| part.as_str() == word)
    }
}

/// What somebody did with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stance {
    Accept,
    AcceptWithRemarks,
    /// A reviewer sends the report back.
    Return,
    /// The statement was struck out.
    StrikeOut,
}

impl Stance {
    /// Every stance.
    pub const ALL: &'static [Self] =
        &[Self::Accept, Self::AcceptWithRemarks, Self::Return, Self::StrikeOut];

    /// Returns the word of the journal and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::AcceptWithRemarks => "accept-with-remarks",
            Self::Return => "return",
            Self::StrikeOut => "strike-out",
        }
    }

    /// Returns the stance whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|stance| stance.as_str() == word)
    }
}

/// What somebody says about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub part: Part,
    pub stance: Stance,
    pub name: String,
    pub role: String,
    pub organization: Option<String>,
    pub remarks: Option<String>,
    pub at: Micros,
    /// SHA-256 of the body of the report, in hex.
    pub body: String,
}

/// A statement as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Number of the entry.
    pub entry: u64,
    pub statement: Statement,
    /// SHA-256 of the key that signed, or why no signature counts.
    pub signed: Result<String, String>,
}

impl SignOff {
    /// Returns true when the signature is right and speaks of this body.
    pub fn counts_for(&self, body: &str) -> bool {
        self.signed.is_ok() && self.statement.body == body
    }
}

/// Returns what the journal keeps of a statement: its parts, the key, and the signed note.
pub fn detail(statement: &Statement, key: &NoteKey, origin: &str, leaves: &[Leaf]) -> Value {
    let mut of = Checkpoint::of(origin, leaves);
    of.extra = lines(statement);
    json!({
        "statement": statement.part.as_str(),
        "stance": statement.stance.as_str(),
        "name": statement.name,
        "role": statement.role,
        "organization": statement.organization,
        "remarks": statement.remarks,
        "at": statement.at.to_string(),
        "report_body_sha256": statement.body,
        "key": key.vkey().to_string(),
        "note": key.sign(&of.text()),
    })
}

/// Returns the lines of the note that say what is signed.
fn lines(statement: &Statement) -> Vec<String> {
    let mut lines = vec![
        format!("report-body {}", statement.body),
        format!("statement {}", statement.part.as_str()),
        format!("stance {}", statement.stance.as_str()),
        format!("at {}", statement.at),
        format!("name {}", statement.name),
        format!("role {}", statement.role),
    ];
    lines.extend(statement.organization.as_ref().map(|text| format!("organization {text}")));
    lines.extend(statement.remarks.as_ref().map(|text| format!("remarks {text}")));
    lines
}

/// Returns true for text that one line of a note can hold.
pub fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 500 && !text.chars().any(char::is_control)
}

/// Returns every statement of a journal, each with what its signature is worth.
pub fn read(entries: &[Entry], leaves: &[Leaf]) -> Vec<SignOff> {
    let is_one = |entry: &&Entry| entry.act == ActKind::ReportSign.as_str();
    entries.iter().filter(is_one).filter_map(|entry| sign_off(entry, leaves)).collect()
}

fn sign_off(entry: &Entry, leaves: &[Leaf]) -> Option<SignOff> {
    let text = |name: &str| entry.detail.get(name).and_then(Value::as_str);
    let statement = Statement {
        part: Part::from_word(text("statement")?)?,
        stance: Stance::from_word(text("stance")?)?,
        name: text("name")?.to_owned(),
        role: text("role")?.to_owned(),
        organization: text("organization").map(str::to_owned),
        remarks: text("remarks").map(str::to_owned),
        at: Micros::parse(text("at")?)?.0,
        body: text("report_body_sha256")?.to_owned(),
    };
    let signed = check(&statement, text("key"), text("note"), leaves).map_err(str::to_owned);
    Some(SignOff { entry: entry.seq, statement, signed })
}

/// Returns the fingerprint of the key that signed exactly this statement, or why none did.
fn check(
    statement: &Statement,
    key: Option<&str>,
    note: Option<&str>,
    leaves: &[Leaf],
) -> Result<String, &'static str> {
    let key = key.and_then(|key| Vkey::parse(key).ok()).ok_or("no key can be read")?;
    let note = note.and_then(|note| Note::parse(note.as_bytes()).ok());
    let note = note.ok_or("no note can be read")?;
    let fingerprint = key.fingerprint();
    if note.check(&[key]) != [Signed::By(0)] {
        return Err("the signature is wrong");
    }
    let of = Checkpoint::parse(&note.text).ok_or("the note is no checkpoint")?;
    if of.extra != lines(statement) {
        return Err("the note says something else than the entry");
    }
    match of.compare(leaves) {
        Standing::Head | Standing::Prefix => Ok(fingerprint),
        Standing::Longer | Standing::Contradicts => Err("the note is over another journal"),
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn statement() -> Statement {
        Statement {
            part: Part::Review,
            stance: Stance::Accept,
            name: "Dana Roe".to_owned(),
            role: "compliance officer".to_owned(),
            organization: None,
            remarks: Some("section 6 was discussed".to_owned()),
            at: Micros(1_783_848_662_000_000),
            body: "ab".repeat(32),
        }
    }

    fn entry(detail: Value) -> Entry {
        Entry {
            seq: 4,
            ts: Micros(1_783_848_662_000_000),
            actor: "dana".to_owned(),
            tool: "whytrail/test".to_owned(),
            act: ActKind::ReportSign.as_str().to_owned(),
            subj: "report:review".to_owned(),
            detail,
            nonce: 1,
            prev: Leaf::default(),
            leaf: Leaf([9; 32]),
        }
    }

    fn signed(leaves: &[Leaf]) -> Value {
        let key = NoteKey::new("whytrail/CASE/dana", &Zeroizing::new([7; 32]));
        detail(&statement(), &key, "whytrail/CASE", leaves)
    }

    #[test]
    fn right_signature_counts_for_its_body_only() {
        let leaves = [Leaf([1; 32]), Leaf([2; 32])];
        let read = read(&[entry(signed(&leaves))], &leaves);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].statement, statement());
        assert!(read[0].counts_for(&"ab".repeat(32)));
        assert!(!read[0].counts_for(&"cd".repeat(32)));
    }

    #[test]
    fn every_changed_part_takes_the_signature_away() {
        let leaves = [Leaf([1; 32]), Leaf([2; 32])];
        let good = signed(&leaves);
        let changes = [
            ("name", json!("Eve Roe")),
            ("stance", json!("return")),
            ("statement", json!("custody")),
            ("remarks", Value::Null),
            ("report_body_sha256", json!("cd".repeat(32))),
            ("note", json!("no note")),
            ("key", json!("no key")),
            ("at", json!("2026-07-13T00:00:00Z")),
        ];
        for (name, value) in changes {
            let mut detail = good.clone();
            detail[name] = value;
            let read = read(&[entry(detail)], &leaves);
            assert!(read[0].signed.is_err(), "{name}");
            assert!(!read[0].counts_for(&read[0].statement.body), "{name}");
        }
    }

    #[test]
    fn note_over_another_journal_does_not_count() {
        let leaves = [Leaf([1; 32]), Leaf([2; 32])];
        let others = [Leaf([3; 32]), Leaf([2; 32])];
        let read = read(&[entry(signed(&leaves))], &others);
        assert_eq!(read[0].signed, Err("the note is over another journal".to_owned()));
    }

    #[test]
    fn words_lead_back() {
        for part in Part::ALL {
            assert_eq!(Part::from_word(part.as_str()), Some(*part));
        }
        for stance in Stance::ALL {
            assert_eq!(Stance::from_word(stance.as_str()), Some(*stance));
        }
        assert!(is_line("Dana Roe") && !is_line("two\nlines") && !is_line(" "));
    }
}
