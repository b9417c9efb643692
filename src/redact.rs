//! Takes secrets out of text before anything reaches the store, the screen, the journal or an export.
//! Owns the field rules, the allow list and the pseudonyms; must not read files and never sees where a text came from.
//!
//! A secret is replaced by a mark `⟦class:xxxxxxxxxxxxxxxx⟧`. The mark is keyed with the case's key: the same secret
//! gives the same mark everywhere in one case, so that its reuse stays visible, and another mark in every other case.
//!
//! The *name* beside a value decides first (`keys`), unless the source has hidden the value already. What is left is searched
//! for what looks like a secret (`detectors`, a data file, and `numbers`), except under the names of structural identifiers.
//! What a detector recognizes as a whole takes the detector's class also where a name found it, so that a secret has one
//! mark. Under pseudonyms identifiers of people and things are replaced too.

mod check;
mod detect;
mod detectors;
mod json;
mod keys;
mod keywords;
mod numbers;
mod people;
mod pseudonyms;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use detect::Search;
use keys::Class;
pub use people::{KeyLine, People};
pub use pseudonyms::Known;

/// What a mark's HMAC begins with, so that the key can serve other purposes without meeting these values.
const MARK_DOMAIN: &[u8] = b"whytrail/redact/v1";
const FINGERPRINT_DOMAIN: &[u8] = b"whytrail/redact-key-fingerprint/v1";
/// Bytes of a rejected record that are kept as its excerpt.
const EXCERPT_BYTES: usize = 200;
/// Bytes that are looked at for it, so that no part of a longer secret is left at its end.
const EXCERPT_SEEN: usize = 16 << 10;
/// Rounds over a text before it counts as hostile.
const MAX_ROUNDS: usize = 12;
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

    fn count(&mut self, class: &'static str) {
        *self.replaced.entry(class).or_default() += 1;
    }
}

/// Replaces secrets by marks keyed with the case's key. Shared by threads; holds no other state.
#[derive(Clone)]
pub struct Redactor {
    keyed: Hmac<Sha256>,
    profile: Profile,
}

/// What is replaced.
#[derive(Clone)]
enum Profile {
    /// Secrets: what a case is loaded with.
    Case,
    /// Secrets, and identifiers of people and things.
    Pseudonyms(Arc<Known>),
    /// Nothing. For measurements only.
    Off,
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
        Self { keyed: Hmac::<Sha256>::new(&block.into()), profile: Profile::Case }
    }

    /// Returns a redactor with the same key that replaces identifiers too: e-mail and IP addresses, phone numbers, account,
    /// principal and access key ids, and the `known` ones of a case.
    #[must_use]
    pub fn with_pseudonyms(&self, known: Known) -> Self {
        Self { keyed: self.keyed.clone(), profile: Profile::Pseudonyms(Arc::new(known)) }
    }

    /// Returns a redactor that replaces nothing, to measure what redaction costs. No command uses it.
    #[must_use]
    pub fn off() -> Self {
        Self { profile: Profile::Off, ..Self::new([0; 32]) }
    }

    const fn is_off(&self) -> bool {
        matches!(self.profile, Profile::Off)
    }

    fn known(&self) -> Option<&Known> {
        match &self.profile {
            Profile::Case | Profile::Off => None,
            Profile::Pseudonyms(known) => Some(known),
        }
    }

    /// Returns JSON text with the values of sensitive names replaced, also inside strings that hold JSON (four levels)
    /// and in name and value lists. Text that is not well-formed JSON is treated as far as it can be followed.
    pub fn payload<'a>(&self, json: &'a str, tally: &mut Tally) -> Cow<'a, str> {
        if self.is_off() {
            return Cow::Borrowed(json);
        }
        let settled = settled(self, json, tally, |text, tally| {
            let mut is_stray = false;
            let walked = owned(json::redact(self, text, &mut is_stray, tally));
            if !is_stray {
                return Pass::Whole(walked);
            }
            let read = owned(self.text(walked.as_deref().unwrap_or(text), tally));
            Pass::Part(read.or(walked))
        });
        settled.map_or(Cow::Borrowed(json), Cow::Owned)
    }

    /// Returns a text of unknown kind with secrets replaced: as JSON as far as it is JSON, else as free text.
    pub fn document<'a>(&self, text: &'a str, tally: &mut Tally) -> Cow<'a, str> {
        if self.is_off() {
            return Cow::Borrowed(text);
        }
        json::nested(self, text, 0, tally)
    }

    /// Returns free text with the values of `name=value`, `"name": value` and `--name value` replaced where the name
    /// is a sensitive one, and with what the detectors find.
    pub fn text<'a>(&self, text: &'a str, tally: &mut Tally) -> Cow<'a, str> {
        if self.is_off() {
            return Cow::Borrowed(text);
        }
        let changed =
            settled(self, text, tally, |text, tally| Pass::Part(self.text_once(text, tally)));
        changed.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// One round over a text: private keys, names, detectors. A mark put in can lay open what an overlapping find had covered.
    fn text_once(&self, text: &str, tally: &mut Tally) -> Option<String> {
        let mut safe = None;
        let mut pass = |find: &dyn Fn(&str, &mut Tally) -> Option<String>| {
            if let Some(changed) = find(safe.as_deref().unwrap_or(text), tally) {
                safe = Some(changed);
            }
        };
        pass(&|text, tally| owned(detect::redact(self, text, Search::PrivateKeys, tally)));
        pass(&|text, tally| owned(text::redact(self, text, tally)));
        pass(&|text, tally| owned(detect::redact(self, text, Search::Everything, tally)));
        safe
    }

    /// Returns true when nothing can be found in any of some texts, given with a `"` after each; wrong only in saying no. None
    /// of them may hold a quote itself. One look at many short texts is cheaper than one at each.
    pub fn is_clean(&self, quoted: &str) -> bool {
        let bytes = quoted.as_bytes();
        self.is_off() || !(detect::may_find(self, bytes) || text::may_hold_secret(bytes))
    }

    /// Returns the path or name of a file as it may be kept: without secrets in it. A file so renamed cannot be found again by
    /// what is kept of it, which is the smaller harm.
    pub fn path(&self, path: &Path) -> String {
        self.text(&path.to_string_lossy(), &mut Tally::default()).into_owned()
    }

    /// Returns the value of a table's cell with secrets replaced: whole where the name of its column is a sensitive one.
    pub fn cell<'a>(&self, name: &str, value: &'a str, tally: &mut Tally) -> Cow<'a, str> {
        if let Some(class) = keys::class_of(name.trim().as_bytes()) {
            return self.replacement(class, value, tally).map_or(Cow::Borrowed(value), Cow::Owned);
        }
        if value.trim_start().starts_with(['{', '[']) {
            return self.document(value, tally);
        }
        self.text(value, tally)
    }

    /// Replaces secrets in every text of a JSON value. Names of members decide nothing here.
    pub fn texts(&self, value: &mut serde_json::Value, tally: &mut Tally) {
        match value {
            serde_json::Value::String(text) => {
                if let Cow::Owned(changed) = self.text(text, tally) {
                    *text = changed;
                }
            }
            serde_json::Value::Array(elements) => {
                for element in elements {
                    self.texts(element, tally);
                }
            }
            serde_json::Value::Object(members) => {
                for member in members.values_mut() {
                    self.texts(member, tally);
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            }
        }
    }

    /// Returns the first 200 bytes of a record that could not be read, as redacted text.
    pub fn excerpt(&self, bytes: &[u8]) -> String {
        let head = bytes.get(..EXCERPT_SEEN).unwrap_or(bytes);
        let head = String::from_utf8_lossy(head);
        let mut uncounted = Tally::default();
        if check::is_one_block(&head) {
            return self.mark(Class::Secret.as_str(), head.trim());
        }
        let mut excerpt = self.document(&head, &mut uncounted).into_owned();
        let marks = detect::marks_in(&excerpt);
        let mut end = EXCERPT_BYTES.min(excerpt.len());
        // Neither a letter nor a mark is cut.
        if let Some(mark) = marks.iter().find(|mark| mark.start < end && end < mark.end) {
            end = mark.end;
        }
        while !excerpt.is_char_boundary(end) {
            end -= 1;
        }
        excerpt.truncate(end);
        excerpt
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

    /// Returns what is written instead of `value`, which a name of `class` stands beside, and counts it; `None` when the
    /// value stays as it is.
    fn replacement(&self, class: Class, value: &str, tally: &mut Tally) -> Option<String> {
        if keys::is_hidden(value) {
            tally.masked += 1;
            return None;
        }
        if value.is_empty() || is_mark(value) {
            return None;
        }
        // A scheme word stays, so that the secret after it has the mark it has elsewhere.
        if class == Class::Authorization
            && let Some((scheme, secret)) = scheme_and_secret(value)
        {
            let of = if scheme.eq_ignore_ascii_case("basic") { class } else { Class::Token };
            let mark = self.known_secret(of, secret, tally)?;
            return Some(format!("{scheme} {mark}"));
        }
        self.known_secret(class, value, tally)
    }

    /// Replaces a value that is a secret: under the class of the detector that recognizes all of it, else under `class`.
    fn known_secret(&self, class: Class, value: &str, tally: &mut Tally) -> Option<String> {
        match detect::class_of_whole(value) {
            Some((class, value)) => self.replacement_of(class, value, tally),
            None => self.replacement_of(class.as_str(), value, tally),
        }
    }

    /// Returns the mark for `value` of a class, and counts it; `None` for what is a mark already or was hidden.
    fn replacement_of(
        &self,
        class: &'static str,
        value: &str,
        tally: &mut Tally,
    ) -> Option<String> {
        if value.is_empty() || is_mark(value) {
            return None;
        }
        if keys::is_hidden(value) {
            tally.masked += 1;
            return None;
        }
        tally.count(class);
        Some(self.mark(class, &keys::canonical(class, value)))
    }
}

/// Returns text for a log or a crash message with secrets taken out, where no case and no key is at hand: a mark says the
/// class only.
pub fn strip(text: &str) -> String {
    let marked = Redactor::new([0; 32]).document(text, &mut Tally::default()).into_owned();
    let mut out = String::with_capacity(marked.len());
    let mut done = 0;
    for mark in detect::marks_in(&marked) {
        out.push_str(marked.get(done..mark.start).unwrap_or_default());
        let class = marked.get(mark.clone()).and_then(|mark| mark.split_once(':'));
        out.push_str(class.map_or("", |(class, _)| class));
        out.push(MARK_CLOSE);
        done = mark.end;
    }
    out.push_str(marked.get(done..).unwrap_or_default());
    out
}

/// Returns how many marks of each class stand in `text`, by class word.
pub fn marks_by_class(text: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for mark in detect::marks_in(text) {
        let inner = text.get(mark).unwrap_or_default().trim_start_matches(MARK_OPEN);
        if let Some((class, _)) = inner.split_once(':') {
            *counts.entry(class.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// What one round over a text made of it; `None` when it stays as it is.
enum Pass {
    /// Nothing is left for another round.
    Whole(Option<String>),
    Part(Option<String>),
}

/// Repeats a round over `text` until it finds nothing more, so that redacting twice changes nothing, and returns what came of
/// it. A text that does not come to rest is hostile: it is hidden whole.
fn settled(
    redactor: &Redactor,
    text: &str,
    tally: &mut Tally,
    round: impl Fn(&str, &mut Tally) -> Pass,
) -> Option<String> {
    let mut safe: Option<String> = None;
    for n_rounds in 0..MAX_ROUNDS {
        let mut counts = Tally::default();
        let pass = round(safe.as_deref().unwrap_or(text), &mut counts);
        // What the source hid is met again in each round.
        if n_rounds > 0 {
            counts.masked = 0;
        }
        tally.merge(&counts);
        match pass {
            Pass::Whole(None) | Pass::Part(None) => return safe,
            Pass::Whole(changed) => return changed,
            Pass::Part(changed) => safe = changed,
        }
    }
    tally.count(Class::Secret.as_str());
    Some(redactor.mark(Class::Secret.as_str(), text))
}

/// Returns what was changed.
fn owned(text: Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(changed) => Some(changed),
    }
}

/// Splits `Bearer x`, `Basic x` and the like.
fn scheme_and_secret(value: &str) -> Option<(&str, &str)> {
    const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "ssws", "apikey", "api-key"];
    let (scheme, secret) = value.split_once(' ')?;
    let is_known = SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (is_known && !secret.is_empty()).then_some((scheme, secret))
}

/// Returns true when the whole of `value` is a mark, bare or after a scheme word.
fn is_mark(value: &str) -> bool {
    let bare = scheme_and_secret(value).map_or(value, |(_, secret)| secret);
    let Some(inner) = bare.strip_prefix(MARK_OPEN).and_then(|rest| rest.strip_suffix(MARK_CLOSE))
    else {
        return false;
    };
    inner.split_once(':').is_some_and(|(class, digits)| {
        is_class(class)
            && digits.len() == MARK_DIGITS
            && digits.bytes().all(|digit| matches!(digit, b'a'..=b'z' | b'2'..=b'7'))
    })
}

fn is_class(word: &str) -> bool {
    keys::is_class(word)
        || detectors::SECRETS.has_class(word)
        || detectors::IDENTIFIERS.has_class(word)
        || pseudonyms::CLASSES.contains(&word)
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
