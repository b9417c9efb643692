//! Values that a case knows to be identifiers of people and things, for exports under pseudonyms. Finds them as whole
//! words in any text. Must not know where they come from.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::detectors::Hit;

/// Classes of known values.
pub(super) const CLASSES: [&str; 8] =
    ["person", "agent", "principal", "account-id", "access-key-id", "ip-address", "host", "client"];
/// Shorter values are words of a language more often than names.
const SHORTEST: usize = 3;

/// Known identifiers by class word. Only the words `person`, `agent`, `principal`, `account-id`, `access-key-id`,
/// `ip-address`, `host` and `client` are taken.
#[derive(Debug, Default)]
pub struct Known {
    words: Option<AhoCorasick>,
    classes: Vec<&'static str>,
}

impl Known {
    /// Returns a search for `values`, given as class and value.
    pub fn new<'v>(values: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let mut by_value: BTreeMap<&str, &'static str> = BTreeMap::new();
        for (class, value) in values {
            let class = CLASSES.iter().find(|word| **word == class);
            if let Some(class) = class
                && value.chars().count() >= SHORTEST
            {
                by_value.entry(value).or_insert(class);
            }
        }
        let words = AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .build(by_value.keys())
            .ok()
            .filter(|_| !by_value.is_empty());
        Self { words, classes: by_value.into_values().collect() }
    }

    /// Returns where known values stand as whole words.
    pub(super) fn find(&self, text: &str) -> Vec<Hit> {
        let Some(words) = &self.words else { return Vec::new() };
        let bytes = text.as_bytes();
        let is_word = |idx: Option<usize>| {
            idx.and_then(|idx| bytes.get(idx))
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
        };
        words
            .find_iter(bytes)
            .filter(|found| !is_word(found.start().checked_sub(1)) && !is_word(Some(found.end())))
            .filter_map(|found| {
                let class = self.classes.get(found.pattern().as_usize())?;
                Some(Hit::new(found.range(), class))
            })
            .collect()
    }
}
