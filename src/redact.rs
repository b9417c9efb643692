//! Takes secrets out of text before anything reaches the store, the screen, the journal or an export.
//! Owns the field rules, the allow list and the pseudonyms; must not read files and never sees where a text came from.
//!
//! A secret is replaced by a mark `⟦class:xxxxxxxxxxxxxxxx⟧`. The mark is keyed with the case's key: the same secret
//! gives the same mark everywhere in one case, so that its reuse stays visible, and another mark in every other case.
//!
//! Two things decide: the *name* beside a value (`keys`), and whether the source has hidden the value already. Values
//! are not searched for things that look like secrets.

mod json;
mod keys;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use keys::Class;

/// What a mark's HMAC begins with, so that the key can serve other purposes without meeting these values.
const MARK_DOMAIN: &[u8] = b"whytrail/redact/v1";
const FINGERPRINT_DOMAIN: &[u8] = b"whytrail/redact-key-fingerprint/v1";
/// Bytes of a rejected record that are kept as its excerpt.
const EXCERPT_BYTES: usize = 200;
const MARK_OPEN: char = '⟦';
const MARK_CLOSE: char = '⟧';
/// Characters of a mark after its class.
const MARK_DIGITS: usize = 16;

/// What was replaced, by class, and how many values the source had hidden itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Number of replaced values by class word.
    pub replaced: BTreeMap<&'static str, u64>,
    /// Values under a sensitive name that the source had already hidden.
    pub masked: u64,
}

impl Tally {
    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (class, count) in &other.replaced {
            *self.replaced.entry(class).or_default() += count;
        }
        self.masked += other.masked;
    }

    /// Returns the number of replaced values of all classes.
    pub fn total(&self) -> u64 {
        self.replaced.values().sum()
    }

    fn count(&mut self, class: Class) {
        *self.replaced.entry(class.as_str()).or_default() += 1;
    }
}

/// Replaces secrets by marks keyed with the case's key. Shared by threads; holds no other state.
#[derive(Clone)]
pub struct Redactor {
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for Redactor {
    /// Writes no key material.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// Returns a redactor for the case whose key is `key`.
    pub fn new(key: [u8; 32]) -> Self {
        // HMAC pads a short key with zeros to the block, so a padded block is the same key and cannot be refused.
        let mut block = [0_u8; 64];
        for (slot, byte) in block.iter_mut().zip(key) {
            *slot = byte;
        }
        Self { keyed: Hmac::<Sha256>::new(&block.into()) }
    }

    /// Returns JSON text with the values of sensitive names replaced, also inside strings that hold JSON (four levels)
    /// and in name and value lists. Text that is not well-formed JSON is treated as far as it can be followed.
    pub fn payload<'a>(&self, json: &'a str, tally: &mut Tally) -> Cow<'a, str> {
        json::redact(self, json, tally)
    }

    /// Returns free text with the values of `name=value`, `"name": value` and `--name value` replaced where the name
    /// is a sensitive one.
    pub fn text<'a>(&self, text: &'a str, tally: &mut Tally) -> Cow<'a, str> {
        text::redact(self, text, tally)
    }

    /// Returns the first 200 bytes of a record that could not be read, as redacted text.
    pub fn excerpt(&self, bytes: &[u8]) -> String {
        let head = bytes.get(..EXCERPT_BYTES).unwrap_or(bytes);
        let head = String::from_utf8_lossy(head);
        let mut uncounted = Tally::default();
        let structured = self.payload(&head, &mut uncounted);
        self.text(&structured, &mut uncounted).into_owned()
    }

    /// Returns the mark that stands for `value` of `class` in this case.
    pub fn mark(&self, class: &str, value: &str) -> String {
        let digest = self.hmac(&[MARK_DOMAIN, b"\0", class.as_bytes(), b"\0", value.as_bytes()]);
        let digits = base32(digest.get(..10).unwrap_or_default());
        format!("{MARK_OPEN}{class}:{digits}{MARK_CLOSE}")
    }

    /// Returns what the journal says about the key: an HMAC of a constant, as 64 hex digits.
    pub fn key_fingerprint(&self) -> String {
        let digest = self.hmac(&[FINGERPRINT_DOMAIN]);
        let digits = digest.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }

    fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut keyed = self.keyed.clone();
        for part in parts {
            keyed.update(part);
        }
        keyed.finalize().into_bytes().into()
    }

    /// Returns what is written instead of `value`, and counts it; `None` when the value stays as it is.
    fn replacement(&self, class: Class, value: &str, tally: &mut Tally) -> Option<String> {
        if keys::is_hidden(value) {
            tally.masked += 1;
            return None;
        }
        if value.is_empty() || is_mark(value) {
            return None;
        }
        // A bearer token keeps its scheme word, so that the token has the mark it has elsewhere.
        if class == Class::Authorization
            && let Some((scheme, token)) = value.split_once(' ')
            && scheme.eq_ignore_ascii_case("bearer")
            && !token.is_empty()
        {
            let mark = self.replacement(Class::Token, token, tally)?;
            return Some(format!("{scheme} {mark}"));
        }
        tally.count(class);
        Some(self.mark(class.as_str(), value))
    }
}

/// Returns true when the whole of `value` is a mark, bare or after the word `Bearer`.
fn is_mark(value: &str) -> bool {
    let bare = value.strip_prefix("Bearer ").unwrap_or(value);
    let Some(inner) = bare.strip_prefix(MARK_OPEN).and_then(|rest| rest.strip_suffix(MARK_CLOSE))
    else {
        return false;
    };
    inner.split_once(':').is_some_and(|(class, digits)| {
        keys::is_class(class)
            && digits.len() == MARK_DIGITS
            && digits.bytes().all(|digit| matches!(digit, b'a'..=b'z' | b'2'..=b'7'))
    })
}

fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut digits = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut window, mut n_bits) = (0_u32, 0_u32);
    for byte in bytes {
        window = (window << 8) | u32::from(*byte);
        n_bits += 8;
        while n_bits >= 5 {
            n_bits -= 5;
            let digit = (window >> n_bits) & 31;
            digits.extend(ALPHABET.get(digit as usize).map(|letter| char::from(*letter)));
        }
        window &= (1 << n_bits) - 1;
    }
    digits
}

#[cfg(test)]
mod tests;
