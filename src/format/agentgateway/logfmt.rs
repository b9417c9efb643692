//! Takes apart text lines: time, level and scope, then `key=value` pairs whose values are bare, quoted or JSON. Must not
//! know what a key means.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::Micros;

/// Levels as they are written, in small letters.
const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error"];

/// Longest name of a key.
const MAX_KEY: usize = 128;

/// A line of the gateway.
#[derive(Debug, PartialEq)]
pub(super) struct TextLine<'t> {
    pub(super) time: &'t str,
    pub(super) level: &'t str,
    pub(super) scope: &'t str,
    /// What stands before the first pair.
    pub(super) message: &'t str,
    pub(super) pairs: Map<String, Value>,
}

impl TextLine<'_> {
    /// Returns the line as the object that the JSON log would have.
    pub(super) fn object(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("level".to_owned(), self.level.to_ascii_lowercase().into());
        object.insert("time".to_owned(), self.time.into());
        object.insert("scope".to_owned(), self.scope.into());
        if !self.message.is_empty() {
            object.insert("message".to_owned(), self.message.into());
        }
        for (key, value) in &self.pairs {
            if !object.contains_key(key) {
                object.insert(key.clone(), value.clone());
            }
        }
        object
    }
}

/// Returns the text without the color codes of terminals (ECMA-48 control sequences).
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            kept.push(letter);
            continue;
        }
        if letters.clone().next() == Some('[') {
            letters.next();
            // A control sequence ends with a letter or `@[\]^_`{|}~`.
            letters.by_ref().find(|letter| ('\u{40}'..='\u{7e}').contains(letter));
        }
    }
    Cow::Owned(kept)
}

/// Takes a line apart; `None` when it does not begin with time, level and scope.
pub(super) fn take_apart(line: &str) -> Option<TextLine<'_>> {
    let line = without_stream(line.trim());
    let (time, rest) = word(line)?;
    if !time.as_bytes().first().is_some_and(u8::is_ascii_digit) || Micros::parse(time).is_none() {
        return None;
    }
    let (level, rest) = word(rest)?;
    if !LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level)) {
        return None;
    }
    let (scope, rest) = word(rest)?;
    if scope.contains('=') {
        return None;
    }
    let (message, pairs) = read_pairs(rest.trim_start());
    let scope = scope.trim_end_matches(':');
    Some(TextLine { time, level, scope, message, pairs })
}

/// Container runtimes put `TIME stdout F ` in front of each line.
fn without_stream(line: &str) -> &str {
    let parts = || {
        let (time, rest) = line.split_once(' ')?;
        let (stream, rest) = rest.split_once(' ')?;
        let (tag, rest) = rest.split_once(' ')?;
        let is_prefix = matches!(stream, "stdout" | "stderr")
            && matches!(tag, "F" | "P")
            && Micros::parse(time).is_some();
        is_prefix.then_some(rest)
    };
    parts().unwrap_or(line)
}

fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Returns what stands before the first pair, and the pairs. A key that comes again makes a list of its values.
fn read_pairs(text: &str) -> (&str, Map<String, Value>) {
    let mut pairs = Map::new();
    let mut rest = text;
    let mut message_end = None;
    let mut last_key: Option<String> = None;
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        if let Some((key, after)) = key_of(rest) {
            message_end.get_or_insert(at);
            let (value, after) = value_of(after);
            add(&mut pairs, key, value);
            last_key = Some(key.to_owned());
            rest = after.trim_start();
        } else {
            let (stray, after) = word(rest).unwrap_or((rest, ""));
            if let Some(Value::String(value)) = last_key.as_ref().and_then(|key| pairs.get_mut(key))
            {
                // A value with spaces that was not quoted.
                value.push(' ');
                value.push_str(stray);
            }
            rest = after.trim_start();
        }
    }
    let message = text.get(..message_end.unwrap_or(text.len())).unwrap_or_default();
    (message.trim_end(), pairs)
}

fn add(pairs: &mut Map<String, Value>, key: &str, value: Value) {
    match pairs.get_mut(key) {
        None => {
            pairs.insert(key.to_owned(), value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(known) => {
            let first = known.take();
            *known = Value::Array(vec![first, value]);
        }
    }
}

/// Returns a key and what stands behind its `=`.
fn key_of(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| {
        !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '/' | ':'))
    })?;
    let (key, rest) = text.split_at(end);
    let is_key = key.len() <= MAX_KEY
        && key.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    if is_key { rest.strip_prefix('=').map(|rest| (key, rest)) } else { None }
}

fn value_of(text: &str) -> (Value, &str) {
    if text.starts_with(['"', '{', '['])
        && let Some((value, rest)) = json_of(text)
    {
        return (value, rest);
    }
    if let Some(inner) = text.strip_prefix('"') {
        return quoted(inner);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    (Value::String(value.to_owned()), rest)
}

/// A JSON value that ends where a word ends; `[::1]:80` does not.
fn json_of(text: &str) -> Option<(Value, &str)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = stream.next()?.ok()?;
    let rest = text.get(stream.byte_offset()..)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some((value, rest))
}

/// A quoted value that JSON does not read: other escapes, or no end.
fn quoted(inner: &str) -> (Value, &str) {
    let mut value = String::new();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (Value::String(value), inner.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            _ => value.push(letter),
        }
    }
    (Value::String(value), "")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(text: &str) -> Value {
        Value::Object(read_pairs(text).1)
    }

    #[test]
    fn bare_quoted_and_json_values_are_read() {
        assert_eq!(
            pairs(
                r#"a=[::1]:59257 b.c="two words" d={"x":[1,"}"]} e=[1,2] f= g="say \"hi\"" h=x=y"#
            ),
            json!({"a": "[::1]:59257", "b.c": "two words", "d": {"x": [1, "}"]}, "e": [1, 2], "f": "", "g": "say \"hi\"", "h": "x=y"})
        );
    }

    #[test]
    fn loose_words_belong_to_the_value_before_them() {
        assert_eq!(
            pairs("error=upstream call failed: no route duration=3ms"),
            json!({"error": "upstream call failed: no route", "duration": "3ms"})
        );
        assert_eq!(pairs(r#"a="never ends b=1"#), json!({"a": "never ends b=1"}));
        assert_eq!(pairs("a=1 a=2"), json!({"a": ["1", "2"]}));
        assert_eq!(read_pairs("listening now addr=x").0, "listening now");
    }

    #[test]
    fn head_of_the_line_is_read_with_tabs_and_with_spaces() {
        for line in [
            "2026-03-01T10:00:00.5Z\tinfo\trequest\tgateway=a",
            "2026-03-01T10:00:00.5Z info request gateway=a",
            "2026-03-01T10:00:01Z stdout F 2026-03-01T10:00:00.5Z\tINFO\trequest\tgateway=a",
        ] {
            let line = take_apart(line).unwrap();
            assert_eq!((line.time, line.scope), ("2026-03-01T10:00:00.5Z", "request"));
            assert_eq!(line.pairs.get("gateway"), Some(&json!("a")));
        }
        for other in
            ["", "hello there", "2026-03-01T10:00:00Z something else", "info request gateway=a"]
        {
            assert_eq!(take_apart(other), None, "{other}");
        }
    }

    #[test]
    fn color_codes_are_taken_off() {
        assert_eq!(plain("\u{1b}[2m2026\u{1b}[0m \u{1b}[32minfo\u{1b}[0m"), "2026 info");
        assert_eq!(plain("plain"), "plain");
        assert_eq!(plain("cut \u{1b}["), "cut ");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart(text in "[a-c= \"\\\\{}\\[\\]:,\u{1b}é]{0,60}") {
            let line = format!("2026-03-01T10:00:00Z info request {text}");
            proptest::prop_assert!(take_apart(&plain(&line)).is_some());
        }
    }
}
