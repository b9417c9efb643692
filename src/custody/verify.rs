//! What a verification says: seven separate statements, never one verdict for all. Owns the words of a verdict;
//! finding the facts is the part of those who read them (`checkpoint`, `bundle`, the commands).

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
