//! What a verification says: seven separate statements, never one verdict for all. Owns the words of a verdict;
//! finding the facts is the part of those who read them (`checkpoint`, `bundle`, the commands).

use super::entry::{ActKind, Entry};

/// What was shown about a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything that the statement speaks of was checked and is so.
    Holds,
    /// Something that the statement speaks of was checked and is not so.
    False,
    /// The check was made, and what it would need is not there.
    NotShown,
    /// The check was not made.
    NotRun,
}

impl Verdict {
    /// Every verdict.
    const ALL: [Self; 4] = [Self::Holds, Self::False, Self::NotShown, Self::NotRun];

    /// Returns the verdict that is printed as `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// Returns the verdict as it is printed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "HOLDS",
            Self::False => "FALSE",
            Self::NotShown => "NOT SHOWN",
            Self::NotRun => "NOT RUN",
        }
    }
}

/// One statement with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Place in the list, 1 to 7.
    pub number: u8,
    /// What the statement is about, in a few words.
    pub name: &'static str,
    pub verdict: Verdict,
    /// What was shown, how many, and what to do. Holds no unsafe text.
    pub sentence: String,
    /// Places and counts, one a line.
    pub details: Vec<String>,
}

/// What the statements are about, in their order.
const NAMES: [&str; 7] = [
    "journal chain",
    "checkpoints",
    "signature",
    "anchor",
    "sources",
    "derived data",
    "completeness",
];

/// Returns the statements as the journal says they came out when the case was checked last: who checked and when, and
/// how many acts came after. Empty when it never was.
pub fn checked_last(entries: &[Entry]) -> Vec<Statement> {
    let is_check = |entry: &&Entry| entry.act == ActKind::EvidenceVerify.as_str();
    let Some(check) = entries.iter().rfind(is_check) else { return Vec::new() };
    let later = entries.iter().filter(|entry| entry.seq > check.seq).count();
    let since = match later {
        0 => String::new(),
        1 => "; 1 act since".to_owned(),
        more => format!("; {more} acts since"),
    };
    let verdict = |number: u8| {
        let word = check.detail.get("verdicts")?.get(number.to_string())?.as_str()?;
        Verdict::from_word(word)
    };
    (1_u8..)
        .zip(NAMES)
        .map(|(number, name)| Statement {
            number,
            name,
            verdict: verdict(number).unwrap_or(Verdict::NotRun),
            sentence: format!("checked {} by {}{since}", check.ts, check.actor),
            details: Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::leaf_hash;
    use crate::model::Micros;

    fn entry(seq: u64, act: ActKind, detail: serde_json::Value) -> Entry {
        Entry {
            seq,
            ts: Micros(0),
            actor: "kw".to_owned(),
            tool: String::new(),
            act: act.as_str().to_owned(),
            subj: "case".to_owned(),
            detail,
            nonce: 0,
            prev: leaf_hash(b""),
            leaf: leaf_hash(b"a"),
        }
    }

    #[test]
    fn last_check_is_told_with_what_came_after_it() {
        let verdicts =
            serde_json::json!({ "verdicts": { "1": "HOLDS", "5": "FALSE", "6": "what" } });
        let entries = [
            entry(1, ActKind::EvidenceVerify, serde_json::json!({ "verdicts": { "1": "FALSE" } })),
            entry(2, ActKind::EvidenceVerify, verdicts),
            entry(3, ActKind::NoteAdd, serde_json::json!({})),
        ];
        let told = checked_last(&entries);
        let words: Vec<&str> = told.iter().map(|one| one.verdict.word()).collect();
        assert_eq!(
            words,
            ["HOLDS", "NOT RUN", "NOT RUN", "NOT RUN", "FALSE", "NOT RUN", "NOT RUN"]
        );
        assert!(told[0].sentence.ends_with("by kw; 1 act since"), "{}", told[0].sentence);
        assert!(checked_last(&entries[2..]).is_empty());
    }
}
