//! Reads JSON objects and arrays member by member and borrows from the text wherever it can.
//! Knows nothing of what the members mean; must not build whole JSON trees, which the hot path cannot afford.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::Text;

/// A JSON object as a list of keys and the raw text of their values, in the order written.
#[derive(Debug, Default)]
pub(crate) struct Object<'r> {
    members: Vec<(Cow<'r, str>, &'r str)>,
}

impl<'r> Object<'r> {
    /// Reads the object that `text` is, white space around it allowed; `None` when it is anything else.
    pub(crate) fn parse(text: &'r str) -> Option<Self> {
        Self::parse_or_why(text).ok()
    }

    /// Reads the object that `text` is, or says in words that never quote the text why that fails.
    pub(crate) fn parse_or_why(text: &'r str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let members = reader.deserialize_map(Members).map_err(|error| why(&error))?;
        reader.end().map_err(|error| why(&error))?;
        Ok(Self { members })
    }

    /// Returns the raw text of the first member named `key`, unless it is `null`.
    pub(crate) fn raw(&self, key: &str) -> Option<&'r str> {
        let (_, raw) = self.members.iter().find(|(name, _)| name.as_ref() == key)?;
        (*raw != "null").then_some(*raw)
    }

    /// Returns a scalar as text; empty text and containers count as absent.
    pub(crate) fn text(&self, key: &str) -> Text<'r> {
        self.raw(key).and_then(scalar).filter(|text| !text.is_empty())
    }

    /// Returns the object named `key`, empty when it is absent or something else.
    pub(crate) fn object(&self, key: &str) -> Self {
        self.raw(key).filter(|raw| raw.starts_with('{')).and_then(Self::parse).unwrap_or_default()
    }

    /// Returns the raw elements of the array named `key`, none when it is absent or something else.
    pub(crate) fn elements(&self, key: &str) -> Vec<&'r str> {
        self.raw(key).map(elements).unwrap_or_default()
    }

    /// Returns true or false where the member says so, as JSON or as text.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.raw(key)? {
            "true" | "\"true\"" => Some(true),
            "false" | "\"false\"" => Some(false),
            _ => None,
        }
    }

    /// Returns a whole number, also where it is written as text or with a fraction of zero.
    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        let text = self.text(key)?;
        text.parse::<i64>().ok().or_else(|| text.strip_suffix(".0")?.parse().ok())
    }

    /// Returns true when a member named `key` exists, whatever it holds.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(name, _)| name.as_ref() == key)
    }

    /// Returns keys and raw values in the order written.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&Cow<'r, str>, &'r str)> {
        self.members.iter().map(|(name, raw)| (name, *raw))
    }
}

/// Returns a scalar as text: strings without quotes and escapes, numbers and booleans as written.
pub(crate) fn scalar(raw: &str) -> Text<'_> {
    if let Some(inner) = plain(raw) {
        return Some(Cow::Borrowed(inner));
    }
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// Returns what is between the quotes of a string that has no escapes.
pub(crate) fn plain(raw: &str) -> Option<&str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    memchr::memchr(b'\\', inner.as_bytes()).is_none().then_some(inner)
}

/// Returns the raw elements of an array; none for anything else.
pub(crate) fn elements(raw: &str) -> Vec<&str> {
    if !raw.trim_start().starts_with('[') {
        return Vec::new();
    }
    let mut reader = serde_json::Deserializer::from_str(raw);
    reader.deserialize_seq(Elements).unwrap_or_default()
}

/// Writes an object from keys and raw values.
#[derive(Debug)]
pub(crate) struct ObjectWriter {
    text: String,
}

impl ObjectWriter {
    /// Returns a writer with room for about `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        text.push('{');
        Self { text }
    }

    /// Adds a member; `raw` must be JSON.
    pub(crate) fn put(&mut self, key: &str, raw: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        if key.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.text.push('"');
            self.text.push_str(key);
            self.text.push('"');
        } else {
            self.text.push_str(&quote(key));
        }
        self.text.push(':');
        self.text.push_str(raw);
    }

    /// Returns the object's text.
    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// Returns `text` as a JSON string.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Says what is wrong with JSON text: class and place, never the content.
fn why(error: &serde_json::Error) -> String {
    let class = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Data => "is not an object",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            "is not valid JSON"
        }
    };
    format!("record {class} (line {}, column {} of the record)", error.line(), error.column())
}

/// A key, borrowed when it has no escapes.
struct Key;

impl<'r> DeserializeSeed<'r> for Key {
    type Value = Cow<'r, str>;

    fn deserialize<D: Deserializer<'r>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'r> Visitor<'r> for Key {
    type Value = Cow<'r, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'r str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct Members;

impl<'r> Visitor<'r> for Members {
    type Value = Vec<(Cow<'r, str>, &'r str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(24);
        while let Some(key) = map.next_key_seed(Key)? {
            let raw: &'r RawValue = map.next_value()?;
            members.push((key, raw.get()));
        }
        Ok(members)
    }
}

struct Elements;

impl<'r> Visitor<'r> for Elements {
    type Value = Vec<&'r str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'r>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(raw) = seq.next_element::<&'r RawValue>()? {
            elements.push(raw.get());
        }
        Ok(elements)
    }
}

/// Returns true when `text` is exactly one JSON value.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_borrowed_as_written() {
        let object = Object::parse(
            " {\"a\" : { \"b\" : 1 }, \"n\":null, \"t\":\"x\\ny\", \"k\\u0065y\":5} ",
        )
        .unwrap();
        assert_eq!(object.raw("a"), Some("{ \"b\" : 1 }"));
        assert_eq!(object.raw("n"), None);
        assert!(object.has("n"));
        assert_eq!(object.text("t").as_deref(), Some("x\ny"));
        assert_eq!(object.text("key").as_deref(), Some("5"));
        assert_eq!(object.text("a"), None);
        assert_eq!(object.object("a").number("b"), Some(1));
    }

    #[test]
    fn reasons_name_the_class_and_never_the_content() {
        for (text, class) in [
            ("{\"secret\":\"abc", "ends too early"),
            ("[\"secret\"]", "is not an object"),
            ("{\"secret\" \"abc\"}", "is not valid JSON"),
            ("{\"a\":1} secret", "is not valid JSON"),
        ] {
            let reason = Object::parse_or_why(text).unwrap_err();
            assert!(reason.contains(class), "{text}: {reason}");
            assert!(!reason.contains("secret") && !reason.contains("abc"), "{reason}");
        }
    }

    #[test]
    fn written_objects_are_valid_json() {
        let mut writer = ObjectWriter::with_capacity(16);
        writer.put("plain", "1");
        writer.put("quo\"te\n", "[]");
        assert_eq!(writer.finish(), "{\"plain\":1,\"quo\\\"te\\n\":[]}");
        assert_eq!(elements(" [1, {\"a\":[2]} ,\"x\"]"), vec!["1", "{\"a\":[2]}", "\"x\""]);
        assert!(elements("{}").is_empty());
        assert!(is_json("{}") && !is_json("{"));
    }
}
