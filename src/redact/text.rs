//! Replaces the values of sensitive names in free text: `name=value`, `name: value`, `"name": "value"`,
//! `--name value`. Greedy on purpose: an unquoted value runs to white space, `&`, `;` or a quote, and what an
//! `Authorization` or `Cookie` header says runs to the end of its line. Must not guess from the look of a value.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr2_iter, memmem};

use super::keys::{self, Class};
use super::{MARK_CLOSE, MARK_OPEN, Redactor, Tally, is_mark};

/// Length of the shortest text that can hold a name, a separator and a value (`pin=1`).
pub(super) const SHORTEST: usize = 5;
/// Longest name that is looked at, in bytes.
const MAX_NAME: usize = 40;

/// A value to replace.
struct Found {
    at: Range<usize>,
    class: Class,
}

/// Returns true when some sensitive name stands before a separator; cheap, and wrong only in saying yes.
pub(super) fn may_hold_secret(bytes: &[u8]) -> bool {
    memchr2_iter(b'=', b':', bytes).any(|at| name_before(bytes, at).is_some()) || flag_in(bytes)
}

fn flag_in(bytes: &[u8]) -> bool {
    memchr::memchr(b' ', bytes).is_some() && flags(bytes).next().is_some()
}

/// Returns `text` with secrets replaced, borrowed when there are none.
pub(super) fn redact<'a>(redactor: &Redactor, text: &'a str, tally: &mut Tally) -> Cow<'a, str> {
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST || !may_hold_secret(bytes) {
        return Cow::Borrowed(text);
    }
    let mut found = Vec::new();
    add_found(text, &mut found, memchr2_iter(b'=', b':', bytes), |at| at, |at| pair_at(text, at));
    add_found(
        text,
        &mut found,
        flags(bytes),
        |flag| flag.1,
        |(class, after)| flag_value(text, class, after),
    );
    found.sort_by_key(|one| (one.at.start, std::cmp::Reverse(one.at.end)));
    let mut out = String::new();
    let mut done = 0;
    for one in found {
        // Of a value that begins inside another one its rest is left to hide.
        let at = one.at.start.max(done)..one.at.end;
        let Some(value) = text.get(at.clone()).filter(|value| !value.is_empty()) else { continue };
        if let Some(with) = redactor.replacement(one.class, value, tally) {
            out.push_str(text.get(done..at.start).unwrap_or_default());
            out.push_str(&with);
            done = one.at.end;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Adds what is found at `places`, in their order. Places inside a value that was found are passed over, which also
/// keeps the work linear for text made of nothing but names.
fn add_found<P: Copy>(
    text: &str,
    found: &mut Vec<Found>,
    places: impl Iterator<Item = P>,
    offset: impl Fn(P) -> usize,
    find: impl Fn(P) -> Option<Found>,
) {
    let mut done = 0;
    for place in places {
        if offset(place) >= done
            && let Some(one) = find(place)
        {
            done = one.at.end;
            let mut next = value_after(text, &one);
            found.push(one);
            while let Some(one) = next {
                done = one.at.end;
                next = value_after(text, &one);
                found.push(one);
            }
        }
    }
}

/// Returns the value of the name that `value` ends in (`PASSWORD= token: x`): what was taken for the value of one name is
/// another one, with its separator.
fn value_after(text: &str, value: &Found) -> Option<Found> {
    let inside = text.get(value.at.clone())?;
    let last = inside.trim_end();
    let at = value.at.start + last.len().checked_sub(1)?;
    let found = pair_at(text, at).filter(|_| last.ends_with(['=', ':']))?;
    (found.at.end > value.at.end).then_some(found)
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A sensitive name before a separator.
struct Name {
    class: Class,
    is_quoted: bool,
    start: usize,
}

/// Returns the sensitive name that ends right before the separator at `at`.
#[inline]
fn name_before(bytes: &[u8], at: usize) -> Option<Name> {
    let before = bytes.get(..at)?;
    let bare = before.trim_ascii_end();
    let unquoted = bare.strip_suffix(b"\"").or_else(|| bare.strip_suffix(b"'"));
    let is_quoted = unquoted.is_some();
    // Quotes inside other texts are escaped with backslashes, or doubled in CSV.
    let mut named = unquoted.unwrap_or(bare);
    while is_quoted && let [shorter @ .., b'\\' | b'"' | b'\''] = named {
        named = shorter;
    }
    // A name in front of a colon that stands in a path or an ARN (`...:secret:NAME`) is no name of a value.
    let n_name =
        named.iter().rev().take(MAX_NAME + 1).take_while(|byte| is_name_byte(**byte)).count();
    let start = named.len() - n_name;
    if start > 0
        && !is_quoted
        && bytes.get(at) == Some(&b':')
        && named.get(start - 1).is_some_and(|byte| matches!(byte, b':' | b'/' | b'@'))
    {
        return None;
    }
    let class = keys::class_of(named.get(start..)?)?;
    Some(Name { class, is_quoted, start })
}

fn pair_at(text: &str, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let name = name_before(bytes, at)?;
    let separator = bytes.get(at)?;
    if *separator == b':' && is_inside_mark(text, name.start) {
        return None;
    }
    if *separator == b':' && !name.is_quoted && keys::is_everyday_word(name.class) {
        return None;
    }
    let mut start = at + 1;
    while bytes.get(start).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'=' | b'>')) {
        start += 1;
    }
    value_at(text, start, name.class)
}

/// Returns true when the name at `start` is the class word of a whole mark.
fn is_inside_mark(text: &str, start: usize) -> bool {
    let Some(open) = start.checked_sub(MARK_OPEN.len_utf8()) else { return false };
    let Some(rest) = text.get(open..).filter(|rest| rest.starts_with(MARK_OPEN)) else {
        return false;
    };
    let close = rest.char_indices().take(MAX_NAME).find(|(_, letter)| *letter == MARK_CLOSE);
    let mark = close.and_then(|(at, _)| rest.get(..at + MARK_CLOSE.len_utf8()));
    mark.is_some_and(is_mark)
}

/// Finds `--name` with a sensitive name and white space after it.
fn flags(bytes: &[u8]) -> impl Iterator<Item = (Class, usize)> {
    memmem::find_iter(bytes, b"--").filter_map(|at| {
        let rest = bytes.get(at + 2..)?;
        let n_name = rest.iter().take(MAX_NAME + 1).take_while(|byte| is_name_byte(**byte)).count();
        let after = rest.get(n_name)?;
        if !matches!(after, b' ' | b'\t') {
            return None;
        }
        Some((keys::class_of(rest.get(..n_name)?)?, at + 2 + n_name))
    })
}

fn flag_value(text: &str, class: Class, after: usize) -> Option<Found> {
    let rest = text.get(after..)?;
    let start = after + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    if text.get(start..)?.starts_with("--") {
        return None;
    }
    value_at(text, start, class)
}

/// Returns the value that begins at `start`: quoted, already marked, or up to a delimiter.
fn value_at(text: &str, start: usize, class: Class) -> Option<Found> {
    let rest = text.get(start..)?;
    let unescaped = rest.trim_start_matches('\\');
    if let Some(quote) = unescaped.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let slashes = rest.len() - unescaped.len();
        let inner_start = start + slashes + 1;
        let inner = text.get(inner_start..)?;
        if let Some(doubled) = inner.strip_prefix(quote) {
            return doubled_value(doubled, quote)
                .map(|len| Found { at: inner_start + 1..inner_start + 1 + len, class });
        }
        let len = closing_quote(inner, quote, slashes);
        return (len > 0).then(|| Found { at: inner_start..inner_start + len, class });
    }
    let len = if class.is_whole_line() {
        rest.find(['\n', '\r', '"', '\'']).unwrap_or(rest.len())
    } else {
        unquoted_len(rest)
    };
    // An opening bracket is the beginning of a structure, not a value.
    let value = rest.get(..len)?;
    let is_value = value.bytes().any(|byte| !matches!(byte, b'{' | b'[' | b',' | b'}' | b']'));
    is_value.then_some(Found { at: start..start + len, class })
}

/// Returns the length of the value after two quotes: CSV doubles them. An empty value in plain quotes has none.
fn doubled_value(rest: &str, quote: char) -> Option<usize> {
    let is_empty = rest
        .chars()
        .next()
        .is_none_or(|first| first.is_whitespace() || matches!(first, ',' | '}' | ']'));
    let close = || {
        rest.match_indices(quote)
            .find(|(at, _)| rest.get(at + 1..).is_some_and(|after| after.starts_with(quote)))
    };
    (!is_empty && !rest.starts_with(quote)).then(|| close().map_or(rest.len(), |(at, _)| at))
}

/// Returns the length of the value up to the quote that closes it: one with as many backslashes before it as the
/// opening one had. A quote that never closes runs to the end.
fn closing_quote(inner: &str, quote: char, slashes: usize) -> usize {
    for (at, _) in inner.match_indices(quote) {
        let before = inner.get(..at).unwrap_or_default();
        let n_slashes = before.len() - before.trim_end_matches('\\').len();
        if n_slashes <= slashes {
            return at - n_slashes;
        }
        if slashes == 0 && n_slashes % 2 == 0 {
            return at;
        }
    }
    inner.len()
}

fn unquoted_len(rest: &str) -> usize {
    // A scheme word belongs to the secret after it (`token=Bearer x`).
    let scheme = ["Bearer ", "bearer ", "Basic "].iter().find(|scheme| rest.starts_with(**scheme));
    let skip = scheme.map_or(0, |scheme| scheme.len());
    let tail = rest.get(skip..).unwrap_or_default();
    let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '&' | ';' | '"' | '\'');
    let len = skip + tail.find(is_end).unwrap_or(tail.len());
    marked_len(rest.get(..len).unwrap_or_default()).unwrap_or(len)
}

/// Returns the length of the mark that `value` is but for punctuation after it.
fn marked_len(value: &str) -> Option<usize> {
    let mark = value.trim_end_matches(|letter: char| letter.is_ascii_punctuation());
    is_mark(mark).then_some(mark.len())
}
