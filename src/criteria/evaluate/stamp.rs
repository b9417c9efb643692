//! What a run rests on, as digests: equal stamps have equal runs. A stamp leads with what does not change with tags and
//! notes, so that after one of them only what can differ is asked again. Pure.

use std::fmt;

/// Digests of what a run rests on. The last two are empty for a rule that reads neither tags nor notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Every question was answered, so that some of the answers may be taken over.
    pub(super) is_whole: bool,
    /// Evidence, joins, facts, and the rule itself.
    pub(super) base: String,
    /// What the rule reads of tags and notes.
    pub(super) marks: String,
    /// All tags and notes.
    pub(super) journal: String,
}

impl Stamp {
    /// Reads the text of a stamp. Other texts give one that no run has.
    pub(super) fn parse(text: &str) -> Self {
        let (is_whole, digests) = match text.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, text),
        };
        let mut digests = digests.split(' ').map(str::to_owned);
        let mut next = || digests.next().unwrap_or_default();
        Self { is_whole, base: next(), marks: next(), journal: next() }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_whole {
            f.write_str("!")?;
        }
        f.write_str(&self.base)?;
        if !self.journal.is_empty() {
            write!(f, " {} {}", self.marks, self.journal)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamp_is_read_as_it_was_written() {
        for text in ["a", "a b c", "!a", "!a b c"] {
            assert_eq!(Stamp::parse(text).to_string(), text);
        }
        assert!(!Stamp::parse("!a").is_whole);
        assert_eq!(Stamp::parse("").base, "");
    }
}
