//! Verdicts: what a rule or a criterion comes to, and how several make one. Pure; must not ask the store.

use super::pack::Strength;
use crate::model::{EventId, Micros};

/// What the records say about a rule or a criterion, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// At least one exception, with its events.
    Gap,
    /// Records or declared facts that are needed to decide are missing.
    CannotTell,
    /// A population, no exception, and every needed input is there.
    Supports,
    /// A person declared it out of scope, with a reason.
    NotApplicable,
}

impl Verdict {
    /// Every verdict, gravest first.
    pub const ALL: &'static [Self] =
        &[Self::Gap, Self::CannotTell, Self::Supports, Self::NotApplicable];

    /// Returns the word used in data, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::CannotTell => "cannot-tell",
            Self::Supports => "supports",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Returns the verdict whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verdict| verdict.as_str() == word)
    }

    /// Returns the word for packs that name behavior: a technique is observed or not, never supported.
    pub const fn as_behavior(self) -> &'static str {
        match self {
            Self::Gap => "observed",
            Self::Supports => "not observed",
            Self::CannotTell => "cannot-tell",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Returns the verdict of several rules: the gravest. None of them cannot tell.
    pub fn of_all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().min().unwrap_or(Self::CannotTell)
    }
}

/// One item of a population that is an exception, or about which nothing can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Stable key of the item: an event's id, a session, a source, a tool.
    pub item: String,
    /// The event that shows it, if one does.
    pub event: Option<EventId>,
    pub time: Option<Micros>,
    /// What is the matter, in words.
    pub why: String,
}

/// What a rule came to over a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRun {
    pub rule: String,
    pub version: String,
    pub verdict: Verdict,
    pub strength: Strength,
    /// Items in scope.
    pub population: u64,
    /// Items left out, and why.
    pub excluded: Vec<(String, u64)>,
    pub exceptions: u64,
    /// Items about which nothing can be told.
    pub unknown: u64,
    /// Why the verdict is not `supports`, or what bars it: one sentence each.
    pub reasons: Vec<String>,
    /// Facts that are needed and not declared: `scope.allow`.
    pub waits_for: Vec<String>,
    /// Numbers of the blind spots that bar `supports`.
    pub spots: Vec<u32>,
    /// The first exceptions, by time.
    pub instances: Vec<Instance>,
    /// The first items about which nothing can be told, by time.
    pub unknowns: Vec<Instance>,
    /// Digest of the rule's file and of what it rests on; equal digests have equal runs.
    pub stamp: String,
}

/// What a criterion comes to over a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionRun {
    pub pack: String,
    pub criterion: String,
    /// What the machine says.
    pub verdict: Verdict,
    pub population: u64,
    pub exceptions: u64,
    /// Rules that speak to it, gravest first.
    pub rules: Vec<String>,
    /// Rules that the pack names and nobody has.
    pub unknown_rules: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gap_is_worse_than_not_knowing_and_nothing_at_all_cannot_tell() {
        use Verdict::{CannotTell, Gap, NotApplicable, Supports};
        assert_eq!(Verdict::of_all([Supports, Gap, CannotTell]), Gap);
        assert_eq!(Verdict::of_all([Supports, CannotTell]), CannotTell);
        assert_eq!(Verdict::of_all([Supports, Supports]), Supports);
        assert_eq!(Verdict::of_all([NotApplicable, Supports]), Supports);
        assert_eq!(Verdict::of_all([]), CannotTell);
    }

    #[test]
    fn words_lead_back_and_none_says_more_than_records_can() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_word(verdict.as_str()), Some(*verdict));
            assert!(!verdict.as_behavior().contains("support"));
        }
    }
}
