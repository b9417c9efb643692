//! Replaces in text what the detectors and, under pseudonyms, the known identifiers are found at. Names have been dealt with
//! before; what stands in a mark is left. Must not decide what a secret looks like (`detectors`, `numbers`).

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use super::detectors::{Hit, IDENTIFIERS, SECRETS, is_within};
use super::pseudonyms::Known;
use super::{MARK_CLOSE, MARK_OPEN, Redactor, Tally, is_mark};

/// Length of the shortest text that is searched.
const SHORTEST: usize = 9;
const PRIVATE_KEY: &str = "private-key";
/// Searches of one text at most. Each but the last replaced something.
const MOST_ROUNDS: usize = 8;
/// Longest mark, in bytes.
const LONGEST_MARK: usize = 64;

/// Returns true when something may be found in a string of JSON text; cheap, and wrong only in saying yes.
#[inline]
pub(super) fn may_find(redactor: &Redactor, json: &[u8]) -> bool {
    redactor.known().is_some() || SECRETS.may_find_in_json(json)
}

/// What finds something in a text, given the places of its marks.
type Find<'f> = &'f dyn Fn(&str, &[Range<usize>]) -> Vec<Hit>;

/// What is looked for in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Everything,
    /// Text of structural identifiers: only pseudonyms are made there.
    IdentifiersOnly,
    /// Private keys run over lines: they are looked for before a name takes the line that a key begins in.
    PrivateKeys,
}

/// Returns `text` with what is found replaced, borrowed when there is nothing.
pub(super) fn redact<'a>(
    redactor: &Redactor,
    text: &'a str,
    search: Search,
    tally: &mut Tally,
) -> Cow<'a, str> {
    let mut safe = Cow::Borrowed(text);
    let mut pass = |safe: &mut Cow<'a, str>, find: Find<'_>| {
        // What one value hid is found beside its mark.
        for _ in 0..MOST_ROUNDS {
            let marks = marks_in(safe);
            let hits = find(safe, &marks);
            let Some(changed) = apply(redactor, safe, &marks, &hits, tally) else { break };
            *safe = Cow::Owned(changed);
        }
    };
    if search == Search::PrivateKeys {
        if memmem::find(text.as_bytes(), b"PRIVATE KEY").is_some() {
            pass(&mut safe, &|text, _| {
                SECRETS.find(text).into_iter().filter(|hit| hit.class == PRIVATE_KEY).collect()
            });
        }
        return safe;
    }
    if search == Search::Everything && text.len() >= SHORTEST && SECRETS.may_find(text.as_bytes()) {
        pass(&mut safe, &|text, marks| SECRETS.find_beside(text, marks));
    }
    if let Some(known) = redactor.known() {
        pass(&mut safe, &|text, _| Known::find(known, text));
        pass(&mut safe, &|text, marks| IDENTIFIERS.find_beside(text, marks));
    }
    safe
}

/// Returns the class of a detector that recognizes the whole of `value`, and what it recognized: `value` without blanks
/// around it.
pub(super) fn class_of_whole(value: &str) -> Option<(&'static str, &str)> {
    let bare = value.trim();
    if bare.len() < SHORTEST || !SECRETS.may_find(bare.as_bytes()) {
        return None;
    }
    let hits = SECRETS.find(bare);
    let hit = hits.first().filter(|hit| hits.len() == 1 && hit.at == (0..bare.len()))?;
    Some((hit.class, bare))
}

fn apply(
    redactor: &Redactor,
    text: &str,
    marks: &[Range<usize>],
    hits: &[Hit],
    tally: &mut Tally,
) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for hit in hits {
        if is_within(marks, &hit.at) {
            continue;
        }
        let value = text.get(hit.at.clone()).unwrap_or_default();
        if let Some(with) = redactor.replacement_of(hit.class, value, tally) {
            out.push_str(text.get(done..hit.at.start).unwrap_or_default());
            out.push_str(&with);
            done = hit.at.end;
        }
    }
    if done == 0 {
        return None;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

/// Returns the places of whole marks, in order.
pub(super) fn marks_in(text: &str) -> Vec<Range<usize>> {
    let opening = MARK_OPEN.to_string();
    let mut marks = Vec::new();
    for open in memmem::find_iter(text.as_bytes(), opening.as_bytes()) {
        let rest = text.get(open..).unwrap_or_default();
        let close = rest
            .char_indices()
            .take_while(|(at, _)| *at < LONGEST_MARK)
            .find(|(_, letter)| *letter == MARK_CLOSE);
        if let Some((at, _)) = close {
            let end = open + at + MARK_CLOSE.len_utf8();
            if text.get(open..end).is_some_and(is_mark) {
                marks.push(open..end);
            }
        }
    }
    marks
}
