//! What a log source can prove about itself: the documents that carry such proof, facts about records that are chained,
//! and the verdicts drawn from them. Plain data; parsing is the part of `format`, judging that of `custody`.

use serde::{Deserialize, Serialize};

use super::ids::SourceId;
use super::time::Micros;

/// The kinds of document that carry proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// A CloudTrail digest file: log files with their hashes, and the link to the digest before.
    Digest,
    /// The answer of `aws cloudtrail list-public-keys`.
    KeyList,
    /// A digest's own signature: a saved `aws s3api head-object` answer, or the hex alone.
    Signature,
    /// The sign file of query results of CloudTrail Lake.
    LakeSign,
}

impl ProofKind {
    /// Every kind, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::Digest, Self::KeyList, Self::Signature, Self::LakeSign];

    /// Returns the kind in words, as lists show it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "CloudTrail digest file",
            Self::KeyList => "CloudTrail public key list",
            Self::Signature => "CloudTrail digest signature",
            Self::LakeSign => "CloudTrail Lake sign file",
        }
    }

    /// Returns the kind whose words are `words`.
    pub fn from_words(words: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == words)
    }
}

/// A document that carries proof: the fields that verification needs, and no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofDocument {
    Digest(DigestFile),
    KeyList(KeyList),
    Signature(SavedSignature),
    LakeSign(LakeSign),
    /// Of that kind by its keys, but not readable as one; the reason never quotes the document.
    Malformed {
        kind: ProofKind,
        why: String,
    },
}

impl ProofDocument {
    /// Returns the kind of document.
    pub const fn kind(&self) -> ProofKind {
        match self {
            Self::Digest(_) => ProofKind::Digest,
            Self::KeyList(_) => ProofKind::KeyList,
            Self::Signature(_) => ProofKind::Signature,
            Self::LakeSign(_) => ProofKind::LakeSign,
            Self::Malformed { kind, .. } => *kind,
        }
    }
}

/// A CloudTrail digest file. Texts are exactly as written: some are part of the signed text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DigestFile {
    pub account: Option<String>,
    pub start: String,
    pub end: String,
    /// Where CloudTrail put this digest.
    pub bucket: String,
    pub object: String,
    pub fingerprint: String,
    /// `None` in a digest that begins a chain.
    pub previous: Option<PreviousDigest>,
    /// The signature of the digest before as written; `None` stands for JSON `null`.
    pub previous_signature: Option<String>,
    pub logs: Vec<ListedLog>,
}

/// The digest before, as the next one names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PreviousDigest {
    pub bucket: Option<String>,
    pub object: String,
    /// Hex SHA-256 of its inflated bytes.
    pub hash: Option<String>,
}

/// A log file as a digest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedLog {
    pub bucket: String,
    pub object: String,
    /// Lower-case hex SHA-256 of its inflated bytes.
    pub hash: String,
}

/// Public keys of CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyList {
    pub keys: Vec<PublicKey>,
    /// The list is one page of several.
    pub has_more: bool,
}

/// One public key as listed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PublicKey {
    /// Base64 of DER: PKCS#1 `RSAPublicKey`, or X.509 `SubjectPublicKeyInfo`.
    pub value: String,
    pub fingerprint: String,
    /// Validity in microseconds since 1970.
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl PublicKey {
    /// Returns false when the list says that the key was not in use within `slack` of that time.
    pub fn covers(&self, time: Micros, slack: i64) -> bool {
        self.from.is_none_or(|from| time.0.saturating_add(slack) >= from)
            && self.to.is_none_or(|to| time.0.saturating_sub(slack) <= to)
    }
}

/// A digest's own signature, which S3 keeps beside the file and not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SavedSignature {
    /// Lower-case hex.
    pub signature: String,
    /// When a backfill digest was made, as written.
    pub backfilled_at: Option<String>,
}

/// The sign file of query results of CloudTrail Lake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LakeSign {
    pub region: Option<String>,
    pub files: Vec<LakeFile>,
    pub completed: Option<String>,
    /// Lower-case hex.
    pub signature: String,
    pub fingerprint: String,
}

/// A result file as a sign file lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LakeFile {
    pub name: String,
    /// Hex SHA-256 of its bytes as received, compressed.
    pub hash: String,
}

/// What one record says about the chain it is part of. Taken from its exact bytes while loading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainFact {
    /// Id of the mapping that declares the chain.
    pub mapping: String,
    /// Values that tell the chains of one product apart, joined by one space.
    pub partition: String,
    pub seq: Option<i64>,
    pub prev: Option<String>,
    pub hash: Option<String>,
    /// The record says that it begins a chain.
    pub is_first: bool,
    /// Whether the hash is that of the record's bytes; `None` when the mapping does not say how it is made.
    pub is_content: Option<bool>,
}

/// A chained record with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedRecord {
    pub source: SourceId,
    /// Number of the record in its source, from 0.
    pub index: u32,
    pub fact: ChainFact,
}

/// How much was shown by a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Checked, and so.
    Shown,
    /// What the check would need is not there.
    NotShown,
    /// Checked, and not so.
    False,
}

impl Standing {
    /// Every standing, in declaration order.
    pub const ALL: &'static [Self] = &[Self::Shown, Self::NotShown, Self::False];

    /// Returns the word used in the store and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::NotShown => "not shown",
            Self::False => "false",
        }
    }

    /// Returns the standing whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|standing| standing.as_str() == word)
    }
}

/// What a verdict speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A log file as CloudTrail delivers it.
    Log,
    Digest,
    KeyList,
    Signature,
    LakeSign,
    LakeResult,
    /// Records of one source that are chained.
    Chain,
}

impl Subject {
    /// Every subject, in declaration order.
    pub const ALL: &'static [Self] = &[
        Self::Log,
        Self::Digest,
        Self::KeyList,
        Self::Signature,
        Self::LakeSign,
        Self::LakeResult,
        Self::Chain,
    ];

    /// Returns the word used in the store and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Digest => "digest",
            Self::KeyList => "key list",
            Self::Signature => "digest signature",
            Self::LakeSign => "lake sign file",
            Self::LakeResult => "lake result",
            Self::Chain => "chain",
        }
    }

    /// Returns the subject whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|subject| subject.as_str() == word)
    }
}

/// A verdict on one source, or on something that the sources name and the case does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProofVerdict {
    pub subject: Subject,
    pub standing: Standing,
    /// The state in words, for example `signed` or `INVALID: signature verification failed`.
    pub state: String,
    /// Name of the source, or of the object that is missing. Text of the evidence.
    pub name: String,
    /// Why, and what else was seen, one per line. May hold text of the evidence.
    pub details: Vec<String>,
    /// The source; `None` for what the case does not hold.
    pub source: Option<i32>,
}

/// How many verdicts there are, by subject, standing and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofCount {
    pub subject: Subject,
    pub standing: Standing,
    pub state: String,
    pub count: u64,
}

/// The verdicts of a case in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProofSummary {
    pub counts: Vec<ProofCount>,
}

impl ProofSummary {
    /// Returns true when something was checked and is not so.
    pub fn has_false(&self) -> bool {
        self.counts.iter().any(|count| count.standing == Standing::False)
    }

    /// Returns the number of verdicts on `subject` that `is_such` holds of.
    pub fn count(&self, subject: Subject, is_such: impl Fn(&ProofCount) -> bool) -> u64 {
        self.counts
            .iter()
            .filter(|count| count.subject == subject && is_such(count))
            .map(|count| count.count)
            .sum()
    }

    /// Returns everything on one line, words before colors: what the Overview and `whytrail case info` show. `None`
    /// when no source has a proof of its own.
    pub fn line(&self) -> Option<String> {
        self.told(true)
    }

    /// Returns the line, without the states that no log is in where it is longer than `room` letters.
    pub fn line_within(&self, room: usize) -> Option<String> {
        self.line().filter(|line| line.len() <= room).or_else(|| self.told(false))
    }

    fn told(&self, with_zeros: bool) -> Option<String> {
        let mut parts = Vec::new();
        let logs =
            |state: LogState| self.count(Subject::Log, |count| count.state == state.as_str());
        if self.count(Subject::Log, |_| true) > 0 {
            let mut words = Vec::new();
            for state in LogState::ALL {
                let count = logs(*state);
                if count > 0 || (with_zeros && state.is_always_told()) {
                    words.push(format!("{count} {}", state.brief()));
                }
            }
            parts.push(format!("logs: {}", words.join("  ")));
        }
        for (subject, word) in [(Subject::Digest, "digests"), (Subject::LakeResult, "lake results")]
        {
            let all = self.count(subject, |_| true);
            if all > 0 {
                let good = self.count(subject, |count| count.standing == Standing::Shown);
                parts.push(format!("{word} {good} of {all} valid"));
            }
        }
        parts.extend(self.chains());
        (!parts.is_empty()).then(|| parts.join("   "))
    }

    /// Returns the chained sources in numbers.
    fn chains(&self) -> Option<String> {
        let mut counts: Vec<(String, u64)> = Vec::new();
        for count in self.counts.iter().filter(|count| count.subject == Subject::Chain) {
            let word = count.state.split(' ').next().unwrap_or_default().to_owned();
            match counts.iter_mut().find(|(known, _)| *known == word) {
                Some((_, number)) => *number += count.count,
                None => counts.push((word, count.count)),
            }
        }
        let words: Vec<String> =
            counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        (!words.is_empty()).then(|| format!("chains: {}", words.join("  ")))
    }
}

/// What the digests say of a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogState {
    Signed,
    HashLinked,
    Mismatch,
    NotListed,
    Missing,
    InvalidDigest,
    DigestMissing,
    NoDigests,
    Copied,
}

impl LogState {
    /// Every state, in the order in which they are told.
    pub const ALL: &'static [Self] = &[
        Self::Signed,
        Self::HashLinked,
        Self::Mismatch,
        Self::NotListed,
        Self::Missing,
        Self::InvalidDigest,
        Self::DigestMissing,
        Self::NoDigests,
        Self::Copied,
    ];

    /// Returns the state in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::HashLinked => "hash-linked (signature not checkable)",
            Self::Mismatch => "listed, hash mismatch",
            Self::NotListed => "not listed",
            Self::Missing => "missing",
            Self::InvalidDigest => "not covered by any valid digest",
            Self::DigestMissing => "its digest is missing",
            Self::NoDigests => "no digests supplied",
            Self::Copied => "copied: proof lost",
        }
    }

    /// Returns the state as the one line of the Overview has room for.
    pub const fn brief(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::HashLinked => "hash-linked",
            Self::Mismatch => "mismatch",
            Self::NotListed => "not listed",
            Self::Missing => "missing",
            Self::InvalidDigest => "under invalid digest",
            Self::DigestMissing => "digest missing",
            Self::NoDigests => "without digests",
            Self::Copied => "copied",
        }
    }

    /// Returns what the state says about the proof.
    pub const fn standing(self) -> Standing {
        match self {
            Self::Signed => Standing::Shown,
            Self::HashLinked
            | Self::NotListed
            | Self::InvalidDigest
            | Self::DigestMissing
            | Self::NoDigests
            | Self::Copied => Standing::NotShown,
            Self::Mismatch | Self::Missing => Standing::False,
        }
    }

    /// The four that the Overview tells also when there is none of them.
    const fn is_always_told(self) -> bool {
        matches!(self, Self::Signed | Self::HashLinked | Self::Mismatch | Self::NotListed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for kind in ProofKind::ALL {
            assert_eq!(ProofKind::from_words(kind.as_str()), Some(*kind));
        }
        for subject in Subject::ALL {
            assert_eq!(Subject::from_word(subject.as_str()), Some(*subject));
        }
        for standing in Standing::ALL {
            assert_eq!(Standing::from_word(standing.as_str()), Some(*standing));
        }
    }

    #[test]
    fn line_tells_all_subjects_and_is_absent_without_any() {
        let count = |subject, standing, state: &str, count| ProofCount {
            subject,
            standing,
            state: state.to_owned(),
            count,
        };
        assert_eq!(ProofSummary::default().line(), None);
        let summary = ProofSummary {
            counts: vec![
                count(Subject::Log, Standing::Shown, "signed", 5),
                count(Subject::Log, Standing::False, "missing", 2),
                count(Subject::Digest, Standing::Shown, "valid", 4),
                count(Subject::Digest, Standing::False, "INVALID: not found", 1),
                count(Subject::Chain, Standing::False, "broken at record 4", 1),
                count(Subject::Chain, Standing::False, "broken at record 9", 1),
            ],
        };
        assert_eq!(
            summary.line().unwrap(),
            "logs: 5 signed  0 hash-linked  0 mismatch  0 not listed  2 missing   digests 4 of 5 valid   chains: 2 broken"
        );
        assert_eq!(
            summary.line_within(70).unwrap(),
            "logs: 5 signed  2 missing   digests 4 of 5 valid   chains: 2 broken"
        );
        assert!(summary.has_false());
    }
}
