//! What is known about one piece of evidence, and the account of its rows.

use super::ids::SourceId;

/// How reading a source ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceState {
    /// Being read; rows of a source left in this state are removed at the next open.
    Loading,
    /// Read to its end.
    Read,
    /// Read up to a damaged place; whole leading records are kept.
    Damaged,
    /// Could not be opened or understood at all.
    Unreadable,
    /// Holds no records: a licence, a README, a schema.
    NotEvidence,
    /// Holds no records, but proves something about those that do: a digest, a key list, a signature.
    Proof,
}

impl SourceState {
    /// Every state, in declaration order.
    pub const ALL: &'static [Self] = &[
        Self::Loading,
        Self::Read,
        Self::Damaged,
        Self::Unreadable,
        Self::NotEvidence,
        Self::Proof,
    ];

    /// Returns the word used in the store, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Read => "read",
            Self::Damaged => "damaged",
            Self::Unreadable => "unreadable",
            Self::NotEvidence => "not evidence",
            Self::Proof => "proof",
        }
    }

    /// Returns the state whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }
}

/// A record that could not become an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub source: SourceId,
    /// Byte offset in the inflated content.
    pub offset: u64,
    pub reason: String,
    /// First 200 bytes of the record, redacted, as text.
    pub excerpt: String,
}

/// The account of rows: `read = kept + duplicate + rejected`. Counts are records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    pub read: u64,
    pub kept: u64,
    pub duplicate: u64,
    pub rejected: u64,
}

impl Account {
    /// Returns true when every record read is accounted for.
    pub const fn is_balanced(&self) -> bool {
        self.read == self.kept + self.duplicate + self.rejected
    }

    /// Returns `BALANCED` or `UNBALANCED`.
    pub const fn verdict(&self) -> &'static str {
        if self.is_balanced() { "BALANCED" } else { "UNBALANCED" }
    }
}
