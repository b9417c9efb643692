//! The detectors: which expressions are tried beside which keywords. The data is `detectors.toml`; this file reads it and
//! finds what it describes. Must not replace anything and knows no key.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use super::keywords::Keywords;
use super::{check, numbers};

/// Shortest random value beside a word.
const SHORTEST_VALUE: usize = 12;
const DATA: &str = include_str!("detectors.toml");

/// Detectors of secrets: always replaced.
pub(super) static SECRETS: LazyLock<Set> = LazyLock::new(|| Set::new(data().detector));
/// Detectors of identifiers: replaced under pseudonyms only.
pub(super) static IDENTIFIERS: LazyLock<Set> = LazyLock::new(|| Set::new(data().identifier));

/// The data file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    pub(super) detector: Vec<Rule>,
    pub(super) identifier: Vec<Rule>,
}

/// One rule as it is written. Its examples are of interest to tests only.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    #[cfg(test)]
    pub(super) id: String,
    pub(super) class: String,
    pub(super) keywords: Vec<String>,
    pub(super) regex: String,
    pub(super) check: Option<check::Check>,
    #[serde(default)]
    gate: Gate,
    /// Texts that must be found, and what of them.
    #[cfg(test)]
    #[serde(rename = "yes")]
    pub(super) found: Vec<Example>,
    /// Texts that must not be found.
    #[cfg(test)]
    #[serde(rename = "no")]
    pub(super) passed: Vec<String>,
}

/// What must follow a keyword in JSON text for it to count. A bare quote ends the string that the keyword stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Gate {
    #[default]
    Open,
    /// After the letters and digits of a key id something other than a quote.
    KeyPair,
    /// An `@` before blank or quote.
    Address,
    /// After the rest of the name a separator, not a quote.
    Word,
}

impl Gate {
    /// Returns true when the keyword before `rest` counts.
    fn lets_through(self, rest: &[u8]) -> bool {
        let after = |is_skipped: fn(u8) -> bool| {
            rest.iter().position(|byte| !is_skipped(*byte)).and_then(|at| rest.get(at..))
        };
        match self {
            Self::Open => true,
            Self::KeyPair => {
                let next = after(|byte| byte.is_ascii_alphanumeric());
                next.is_some_and(|next| next.first() != Some(&b'"'))
            }
            Self::Address => {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'"';
                let end = rest.iter().position(is_end).unwrap_or(rest.len());
                memchr::memchr(b'@', rest.get(..end).unwrap_or_default()).is_some()
            }
            Self::Word => {
                let is_name =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                match after(is_name) {
                    None | Some([] | [b'"' | b'/' | b',' | b'.', ..]) => false,
                    Some([_, value @ ..]) => {
                        let is_open = |byte: &u8| !matches!(byte, b':' | b',' | b'"' | b'/');
                        let head = value.get(..SHORTEST_VALUE).unwrap_or(value);
                        head.iter().all(is_open) || head.contains(&b'\\')
                    }
                }
            }
        }
    }
}

/// A text with a secret in it, in parts.
#[cfg(test)]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    #[serde(default)]
    pub(super) before: String,
    pub(super) secret: Vec<String>,
    #[serde(default)]
    pub(super) after: String,
}

/// Reads the data file. The file is part of the program and a test reads it, so that trouble here is a bug that shows there.
pub(super) fn data() -> Data {
    toml::from_str(DATA).unwrap_or_default()
}

/// A rule in use. Its expression is compiled when its keyword is first met.
#[derive(Debug)]
pub(super) struct Detector {
    pub(super) rule: Rule,
    compiled: OnceLock<Option<Regex>>,
}

impl Detector {
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.rule.regex).ok()).as_ref()
    }

    /// Adds what this detector finds in `text`.
    fn find(&'static self, rank: usize, text: &str, hits: &mut Vec<Hit>) {
        let Some(regex) = self.regex() else { return };
        for captures in regex.captures_iter(text) {
            let whole = captures.get(0);
            let Some(found) = captures.iter().skip(1).flatten().next().or(whole) else { continue };
            let begins = whole.is_some_and(|whole| begins_a_word(text, whole.start()));
            let agrees = self.rule.check.is_none_or(|check| check.agrees(found.as_str()));
            if begins && agrees && !found.is_empty() {
                hits.push(Hit { at: found.range(), class: &self.rule.class, rank });
            }
        }
    }
}

/// A stretch of text that a detector recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) at: Range<usize>,
    pub(super) class: &'static str,
    /// Lower wins over higher where hits overlap.
    rank: usize,
}

impl Hit {
    /// Returns a hit that gives way to no other.
    pub(super) const fn new(at: Range<usize>, class: &'static str) -> Self {
        Self { at, class, rank: 0 }
    }
}

/// A set of detectors with one search for all their keywords.
#[derive(Debug)]
pub(super) struct Set {
    detectors: Vec<Detector>,
    keywords: Keywords,
    /// Detectors with a keyword of one letter: it stands in almost every text.
    always: u128,
    /// For each keyword the detectors that wait for it.
    waiting: Vec<u128>,
    /// For each keyword the gates of those detectors.
    gates: Vec<Vec<Gate>>,
    finds_numbers: bool,
}

impl Set {
    fn new(rules: Vec<Rule>) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut waiting: Vec<u128> = Vec::new();
        let mut gates: Vec<Vec<Gate>> = Vec::new();
        let mut always = 0;
        for (rank, rule) in rules.iter().enumerate() {
            for word in &rule.keywords {
                if word.len() < 2 {
                    always |= 1 << rank;
                }
                let idx = words.iter().position(|known| known == word).unwrap_or_else(|| {
                    words.push(word.clone());
                    waiting.push(0);
                    gates.push(Vec::new());
                    words.len() - 1
                });
                if let Some(bits) = waiting.get_mut(idx) {
                    *bits |= 1 << rank;
                }
                if let Some(gates) = gates.get_mut(idx) {
                    gates.push(rule.gate);
                }
            }
        }
        let finds_numbers = rules.iter().any(|rule| rule.class == "jwt");
        let keywords = Keywords::new(words);
        let detectors =
            rules.into_iter().map(|rule| Detector { rule, compiled: OnceLock::new() }).collect();
        Self { detectors, keywords, always, waiting, gates, finds_numbers }
    }

    /// Returns the detectors, in their order.
    #[cfg(test)]
    pub(super) fn detectors(&self) -> &[Detector] {
        &self.detectors
    }

    /// Returns true when some detector may find something; cheap, and wrong only in saying yes.
    pub(super) fn may_find(&self, bytes: &[u8]) -> bool {
        self.always != 0
            || self.has_keyword(bytes, |_, _| true)
            || (self.finds_numbers && numbers::may_hold(bytes))
    }

    /// Returns true when some detector may find something in a string of this JSON text; wrong only in saying yes.
    pub(super) fn may_find_in_json(&self, json: &[u8]) -> bool {
        let counts = |idx: usize, end: usize| {
            let rest = json.get(end..).unwrap_or_default();
            let gates = self.gates.get(idx);
            gates.is_some_and(|gates| gates.iter().any(|gate| gate.lets_through(rest)))
        };
        self.has_keyword(json, counts) || (self.finds_numbers && numbers::may_hold(json))
    }

    /// Returns true when a keyword stands in the text that `counts`, given its index and its end.
    fn has_keyword(&self, bytes: &[u8], counts: impl Fn(usize, usize) -> bool) -> bool {
        let mut has = false;
        self.keywords.each(bytes, |idx, end| {
            has = counts(idx, end);
            has
        });
        has
    }

    /// Returns what the detectors find, in order and without overlaps.
    pub(super) fn find(&'static self, text: &str) -> Vec<Hit> {
        settle(self.hits(text))
    }

    /// Returns what the detectors find that no mark has an end of, in order and without overlaps. What a detector takes for
    /// one value with a mark in it must not hide another one, so that a text with marks is searched with letters in place of
    /// them too, and the text between marks by itself.
    pub(super) fn find_beside(&'static self, text: &str, marks: &[Range<usize>]) -> Vec<Hit> {
        let mut hits = self.hits(text);
        if marks.is_empty() {
            return settle(hits);
        }
        hits.retain(|hit| !is_within(marks, &hit.at));
        let mut masked = String::with_capacity(text.len());
        let mut start = 0;
        for mark in marks.iter().cloned().chain(std::iter::once(text.len()..text.len())) {
            let between = text.get(start..mark.start).unwrap_or_default();
            let from = start;
            hits.extend(self.hits(between).into_iter().map(|hit| {
                let at = from + hit.at.start..from + hit.at.end;
                Hit { at, ..hit }
            }));
            masked.push_str(between);
            masked.extend(std::iter::repeat_n('m', mark.len()));
            start = mark.end;
        }
        let is_apart = |hit: &Hit| {
            let idx = marks.partition_point(|mark| mark.end <= hit.at.start);
            marks.get(idx).is_none_or(|mark| mark.start >= hit.at.end)
        };
        hits.extend(self.hits(&masked).into_iter().filter(is_apart));
        settle(hits)
    }

    fn hits(&'static self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut wanted = self.always;
        let all = (1_u128 << self.detectors.len()) - 1;
        self.keywords.each(text.as_bytes(), |idx, _| {
            wanted |= self.waiting.get(idx).copied().unwrap_or(0);
            wanted == all
        });
        for (rank, detector) in self.detectors.iter().enumerate() {
            if wanted & (1 << rank) != 0 {
                detector.find(rank, text, &mut hits);
            }
        }
        if self.finds_numbers {
            let rank = self.detectors.len();
            let numbers = numbers::find(text);
            hits.extend(numbers.into_iter().map(|(at, class)| Hit { at, class, rank }));
        }
        hits
    }

    /// Returns true when `word` is the class of a detector of this set.
    pub(super) fn has_class(&self, word: &str) -> bool {
        self.detectors.iter().any(|detector| detector.rule.class == word)
            || (self.finds_numbers && numbers::CLASSES.contains(&word))
    }
}

/// Keeps of overlapping hits the one of lower rank, then the longer one.
fn settle(mut hits: Vec<Hit>) -> Vec<Hit> {
    if hits.len() < 2 {
        return hits;
    }
    hits.sort_by_key(|hit| (hit.rank, std::cmp::Reverse(hit.at.len()), hit.at.start));
    let mut kept: std::collections::BTreeMap<usize, Hit> = std::collections::BTreeMap::new();
    for hit in hits {
        let before = kept.range(..hit.at.end).next_back();
        if before.is_none_or(|(_, known)| known.at.end <= hit.at.start) {
            kept.insert(hit.at.start, hit);
        }
    }
    kept.into_values().collect()
}

/// Returns true when a mark covers any end of `at`, or the whole of it.
pub(super) fn is_within(marks: &[Range<usize>], at: &Range<usize>) -> bool {
    let idx = marks.partition_point(|mark| mark.end <= at.start);
    marks.get(idx).is_some_and(|mark| mark.start <= at.start && at.start < mark.end)
        || marks
            .iter()
            .skip(idx)
            .take_while(|mark| mark.start < at.end)
            .any(|mark| mark.end > at.end)
}

/// Returns true when the letter before `start` does not belong to the word that begins there. The letter of an escape
/// (`\n`, `\u0022`, `%3D`) does not.
fn begins_a_word(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    let at = |back: usize| start.checked_sub(back).and_then(|idx| bytes.get(idx)).copied();
    let is_word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !is_word(at(1)) || !is_word(bytes.get(start).copied()) {
        return true;
    }
    at(2) == Some(b'\\') || at(3) == Some(b'%') || (at(5) == Some(b'u') && at(6) == Some(b'\\'))
}
