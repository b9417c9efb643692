//! Replaces the values of sensitive names, and what the detectors find, in JSON text. A first pass looks at every string once and finds nothing in
//! almost every record; only then the text is walked with its structure. Neither pass builds a document.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr2, memchr3};

use super::detect::{self, Search};
use super::keys::{self, Class, KeyRule};
use super::{Pass, Redactor, Tally, owned, settled, text};

/// Levels of JSON inside JSON strings that are followed. Deeper ones are treated as free text.
const MAX_LEVELS: u8 = 4;
/// Bare numbers of fewer digits are not looked at.
const MIN_NUMBER: usize = 12;

/// Returns `json` with secrets replaced, borrowed when there are none. Sets `is_stray` when words were met that no JSON
/// has: they are left, for they are to be read as free text.
pub(super) fn redact<'a>(
    redactor: &Redactor,
    json: &'a str,
    is_stray: &mut bool,
    tally: &mut Tally,
) -> Cow<'a, str> {
    redact_level(redactor, json, 0, is_stray, tally)
}

/// Treats text that begins like JSON. What is no JSON after all is read as free text too.
pub(super) fn nested<'a>(
    redactor: &Redactor,
    text: &'a str,
    level: u8,
    tally: &mut Tally,
) -> Cow<'a, str> {
    let changed = settled(redactor, text, tally, |text, tally| {
        let walked = owned(redact_level(redactor, text, level, &mut false, tally));
        let safe = walked.as_deref().unwrap_or(text);
        if serde_json::from_str::<serde::de::IgnoredAny>(safe).is_ok() {
            return Pass::Whole(walked);
        }
        let read = owned(redactor.text(safe, tally));
        Pass::Part(read.or(walked))
    });
    changed.map_or(Cow::Borrowed(text), Cow::Owned)
}

fn redact_level<'a>(
    redactor: &Redactor,
    json: &'a str,
    level: u8,
    is_stray: &mut bool,
    tally: &mut Tally,
) -> Cow<'a, str> {
    if !needs_walk(json) && !detect::may_find(redactor, json.as_bytes()) {
        return Cow::Borrowed(json);
    }
    let mut walk = Walk::new(redactor, json, level, None);
    walk.run();
    tally.masked += walk.masked;
    *is_stray |= walk.is_stray;
    apply(json, walk.edits, tally)
}

/// A stretch of the text to be replaced.
struct Edit {
    at: Range<usize>,
    with: String,
    counts: Tally,
}

fn apply<'a>(json: &'a str, mut edits: Vec<Edit>, tally: &mut Tally) -> Cow<'a, str> {
    if edits.is_empty() {
        return Cow::Borrowed(json);
    }
    edits.sort_by_key(|edit| edit.at.start);
    let mut out = String::with_capacity(json.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(json.get(done..edit.at.start).unwrap_or_default());
        out.push_str(&edit.with);
        tally.merge(&edit.counts);
        done = edit.at.end;
    }
    out.push_str(json.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// A string of the text: the bytes between its quotes, where it ends, and whether it holds escapes.
struct Token {
    inner: Range<usize>,
    /// First byte after the closing quote, or where the text breaks off.
    end: usize,
    is_escaped: bool,
}

/// Reads the string whose opening quote is at `open`. A bare newline or the end of the text ends it too.
#[inline]
fn string_at(bytes: &[u8], open: usize) -> Token {
    let start = open + 1;
    let mut at = start;
    let mut is_escaped = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match memchr3(b'"', b'\\', b'\n', rest) {
            None => return Token { inner: start..bytes.len(), end: bytes.len(), is_escaped },
            Some(found) => {
                let stop = at + found;
                match bytes.get(stop) {
                    Some(b'\\') => {
                        is_escaped = true;
                        at = (stop + 2).min(bytes.len());
                    }
                    Some(b'"') => return Token { inner: start..stop, end: stop + 1, is_escaped },
                    _ => return Token { inner: start..stop, end: stop, is_escaped },
                }
            }
        }
    }
}

/// Returns true when a colon follows at `at`, after white space.
#[inline]
fn colon_follows(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Looks at every string once. Names of interest can also be values (`"name":"Authorization"`), so that both count.
fn needs_walk(json: &str) -> bool {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        if is_stray(bytes.get(at..at + found).unwrap_or_default()) {
            return true;
        }
        let token = string_at(bytes, at + found);
        let inner = bytes.get(token.inner.clone()).unwrap_or_default();
        if keys::is_of_interest(inner) {
            return true;
        }
        if token.is_escaped && (colon_follows(bytes, token.end) || may_hide(inner)) {
            return true;
        }
        if inner.len() >= text::SHORTEST && text::may_hold_secret(inner) {
            return true;
        }
        at = token.end;
    }
    is_stray(bytes.get(at..).unwrap_or_default())
}

/// The bytes that JSON has between its strings.
const BETWEEN: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"{}[],: \t\r\n0123456789+-.eEtrufalsn";
    let mut idx = 0;
    while idx < bytes.len() {
        table[bytes[idx] as usize] = true;
        idx += 1;
    }
    table
};

/// Returns true when a stretch between two strings holds what stands in no JSON.
#[inline]
fn is_stray(between: &[u8]) -> bool {
    !between.iter().all(|byte| BETWEEN.get(usize::from(*byte)).copied().unwrap_or(false))
}

/// Returns true for escaped strings that can hold JSON or whose words an escape may split.
fn may_hide(inner: &[u8]) -> bool {
    inner.trim_ascii_start().first().is_some_and(|first| matches!(first, b'{' | b'['))
        || memchr2(b'=', b':', inner).is_some()
        || inner.windows(2).any(|pair| pair == b"--" || pair == b"\\u")
}

/// What an object or array is, as far as environment variables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Env {
    No,
    /// The object under `environment`.
    Holder,
    /// An array of variables.
    List,
    /// A name and value object in such an array.
    Pair,
}

/// An open object or array.
struct Frame {
    is_array: bool,
    env: Env,
    /// Class that every scalar below takes.
    inherited: Option<Class>,
    /// What the last name said.
    rule: KeyRule,
    /// Class that a `name` member gave to the `value` member beside it.
    pair: Option<Class>,
    /// The `value` member, when it came before its name.
    early_value: Option<Range<usize>>,
    /// Where the present member's value begins.
    value_start: usize,
    /// Class that an array's element of even number names for the next element.
    header: Option<Class>,
    n_elements: usize,
}

impl Frame {
    const fn new(is_array: bool, env: Env, inherited: Option<Class>) -> Self {
        Self {
            is_array,
            env,
            inherited,
            rule: KeyRule::Plain,
            pair: None,
            early_value: None,
            value_start: 0,
            header: None,
            n_elements: 0,
        }
    }

    /// Returns the class of a scalar, or of every scalar in a container, at the present place.
    fn class(&self) -> Option<Class> {
        match self.rule {
            KeyRule::Secret(class) => Some(class),
            KeyRule::Allowed => self.inherited.filter(|class| *class == Class::EnvironmentVariable),
            KeyRule::Value if self.env == Env::Pair => Some(Class::EnvironmentVariable),
            KeyRule::Value => self.pair.or(self.inherited),
            KeyRule::Plain
            | KeyRule::Environment
            | KeyRule::Variables
            | KeyRule::VariablesWithin
            | KeyRule::Name => self.inherited.or(self.header),
        }
    }

    fn child(&self, is_array: bool) -> Self {
        let variables = match self.rule {
            KeyRule::Variables => true,
            KeyRule::VariablesWithin => self.env == Env::Holder,
            KeyRule::Environment if is_array => true,
            KeyRule::Environment if self.inherited.is_none() => {
                return Self::new(false, Env::Holder, None);
            }
            _ => false,
        };
        match (variables, is_array) {
            (true, true) => Self::new(true, Env::List, self.inherited),
            (true, false) => Self::new(false, Env::No, Some(Class::EnvironmentVariable)),
            (false, false) if self.env == Env::List => Self::new(false, Env::Pair, self.class()),
            (false, _) => Self::new(is_array, Env::No, self.class()),
        }
    }
}

/// One walk over one text.
struct Walk<'r, 't> {
    redactor: &'r Redactor,
    text: &'t str,
    level: u8,
    edits: Vec<Edit>,
    masked: u64,
    /// Words were met that no JSON has.
    is_stray: bool,
    /// The open containers. The first is the text itself and is never closed.
    open: Vec<Frame>,
    top: Frame,
}

impl<'r, 't> Walk<'r, 't> {
    fn new(redactor: &'r Redactor, text: &'t str, level: u8, inherited: Option<Class>) -> Self {
        let top = Frame::new(false, Env::No, inherited);
        Self {
            redactor,
            text,
            level,
            edits: Vec::new(),
            masked: 0,
            is_stray: false,
            open: Vec::new(),
            top,
        }
    }

    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at = match byte {
                b'"' => self.string(at),
                b'{' | b'[' => {
                    self.top.value_start = at;
                    let child = self.top.child(byte == b'[');
                    self.open.push(std::mem::replace(&mut self.top, child));
                    at + 1
                }
                b'}' | b']' => {
                    if let Some(parent) = self.open.pop() {
                        self.top = parent;
                    }
                    self.end_value(at + 1);
                    at + 1
                }
                b',' => {
                    self.next_member();
                    at + 1
                }
                b':' | b' ' | b'\t' | b'\r' | b'\n' => at + 1,
                _ => self.bare(at),
            };
        }
    }

    fn next_member(&mut self) {
        self.top.rule = KeyRule::Plain;
    }

    /// Notes where a member's value ended, in case its name comes later.
    fn end_value(&mut self, end: usize) {
        self.top.n_elements += 1;
        self.top.header = None;
        let top = &self.top;
        if top.rule == KeyRule::Value
            && top.pair.is_none()
            && top.inherited.is_none()
            && top.env != Env::Pair
        {
            self.top.early_value = Some(self.top.value_start..end);
        }
    }

    /// Handles a number, a literal, or stray text up to the next mark of structure. Returns where it ends.
    fn bare(&mut self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let is_stop = |byte: u8| byte.is_ascii_whitespace() || b",:]}{[\"".contains(&byte);
        let len = rest.bytes().position(is_stop).unwrap_or(rest.len()).max(1);
        let end = start + len;
        self.top.value_start = start;
        // A number can be a code or a card; literals say only that something is set, and hold no secret.
        let word = self.text.get(start..end).unwrap_or_default();
        if let Some(class) = self.top.class()
            && !matches!(word, "true" | "false" | "null")
            // Under the name of a prompt numbers are sizes.
            && class != Class::PromptText
        {
            self.replace(start..end, class, word);
        } else if is_stray(word.as_bytes()) {
            self.is_stray = true;
        } else if len >= MIN_NUMBER && self.top.rule != KeyRule::Allowed {
            self.searched(start..end, word, Search::Everything);
        }
        self.end_value(end);
        end
    }

    fn replace(&mut self, at: Range<usize>, class: Class, value: &str) {
        let mut counts = Tally::default();
        let with = self.redactor.replacement(class, value, &mut counts);
        self.masked += std::mem::take(&mut counts.masked);
        if let Some(with) = with {
            self.edits.push(Edit { at, with: quoted(&with), counts });
        }
    }

    /// Handles a string, a name or a value. Returns where it ends.
    fn string(&mut self, open: usize) -> usize {
        let bytes = self.text.as_bytes();
        let token = string_at(bytes, open);
        let at = open..token.end;
        let plain = self.plain(&token, &at);
        if colon_follows(bytes, token.end) {
            self.top.rule = keys::rule_of(plain.as_bytes());
            self.worded(at, &plain, |redactor, plain, counts| owned(redactor.text(plain, counts)));
            return token.end;
        }
        self.top.value_start = open;
        let header = self.header_named(&plain);
        if let Some(class) =
            self.top.class().filter(|_| header.is_none() || self.top.inherited.is_some())
        {
            self.replace(at, class, &plain);
        } else if self.top.env == Env::List {
            self.variable(at, &plain);
        } else {
            self.ordinary(at, &plain, token.is_escaped);
        }
        self.end_value(token.end);
        self.top.header = header;
        token.end
    }

    fn plain(&self, token: &Token, at: &Range<usize>) -> Cow<'t, str> {
        let inner = self.text.get(token.inner.clone()).unwrap_or_default();
        if !token.is_escaped {
            return Cow::Borrowed(inner);
        }
        let whole = self.text.get(at.clone()).unwrap_or_default();
        serde_json::from_str::<String>(whole).map_or(Cow::Borrowed(inner), Cow::Owned)
    }

    /// Returns the class that an array element names for the element after it (`["Authorization","Bearer ..."]`).
    fn header_named(&self, plain: &str) -> Option<Class> {
        let is_name_place =
            self.top.is_array && self.top.env == Env::No && self.top.n_elements.is_multiple_of(2);
        if is_name_place { keys::class_of(plain.as_bytes()) } else { None }
    }

    /// Replaces the value of `NAME=value` in a list of variables.
    fn variable(&mut self, at: Range<usize>, plain: &str) {
        let Some((name, value)) = plain.split_once('=') else { return };
        let mut counts = Tally::default();
        let with = self.redactor.replacement(Class::EnvironmentVariable, value, &mut counts);
        self.masked += std::mem::take(&mut counts.masked);
        if let Some(with) = with {
            self.edits.push(Edit { at, with: quoted(&format!("{name}={with}")), counts });
        }
    }

    /// Replaces what the detectors find in a number or an identifier.
    fn searched(&mut self, at: Range<usize>, plain: &str, search: Search) {
        self.worded(at, plain, |redactor, plain, counts| {
            owned(detect::redact(redactor, plain, search, counts))
        });
    }

    /// Puts what `change` makes of a text in its place.
    fn worded(
        &mut self,
        at: Range<usize>,
        plain: &str,
        change: impl Fn(&Redactor, &str, &mut Tally) -> Option<String>,
    ) {
        let mut counts = Tally::default();
        let changed = change(self.redactor, plain, &mut counts);
        self.masked += std::mem::take(&mut counts.masked);
        if let Some(changed) = changed {
            self.edits.push(Edit { at, with: quoted(&changed), counts });
        }
    }

    /// Handles a string that is no secret itself: it may name one, hold JSON, or hold `name=value`.
    fn ordinary(&mut self, at: Range<usize>, plain: &str, is_escaped: bool) {
        match self.top.rule {
            // An identifier has no blanks. What has is text under the wrong name.
            KeyRule::Allowed if !plain.contains(char::is_whitespace) => {
                return self.searched(at, plain, Search::IdentifiersOnly);
            }
            KeyRule::Name => {
                if let Some(class) = keys::class_of(plain.as_bytes()) {
                    self.top.pair = Some(class);
                    self.replace_early_value(class);
                }
            }
            _ => {}
        }
        let holds_json = is_escaped && plain.trim_start().starts_with(['{', '[']);
        let level = self.level;
        if holds_json && level < MAX_LEVELS {
            self.worded(at, plain, |redactor, plain, counts| {
                owned(nested(redactor, plain, level + 1, counts))
            });
        } else {
            self.worded(at, plain, |redactor, plain, counts| owned(redactor.text(plain, counts)));
        }
    }

    /// Replaces what a `value` member before its `name` holds.
    fn replace_early_value(&mut self, class: Class) {
        let Some(at) = self.top.early_value.take() else { return };
        let Some(text) = self.text.get(at.clone()) else { return };
        let mut walk = Walk::new(self.redactor, text, self.level, Some(class));
        walk.run();
        // Edits since the value began stand at the end of the list; those inside it are made anew.
        let n_before =
            self.edits.iter().rposition(|edit| edit.at.start < at.start).map_or(0, |idx| idx + 1);
        let since = self.edits.split_off(n_before);
        self.edits.extend(since.into_iter().filter(|edit| edit.at.start >= at.end));
        self.masked += walk.masked;
        for mut edit in walk.edits {
            edit.at = edit.at.start + at.start..edit.at.end + at.start;
            self.edits.push(edit);
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
