//! One CloudTrail record as a rule looks at it: members by name or dotted path, parsed only when a rule looks at them. Owns
//! how values become text, and notes which of the values looked at are hidden by a mark. Must not know rules.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use serde_json::Value;

use crate::format::cloudtrail::masked::{holds_placeholder, is_placeholder};
use crate::format::cloudtrail::raw::Object;
use crate::format::cloudtrail::whole;
use crate::query::records::RecordRow;

/// Opens the mark that stands for a redacted value.
const MARK: char = '⟦';
/// The first byte of [`MARK`].
const MARK_BYTE: u8 = 0xe2;
/// The member that stands for a payload which was too long to keep.
const CUT: &str = "whytrail.cut";
/// Levels of objects and arrays that are followed.
const MAX_LEVELS: u8 = 64;

/// A scalar as rules compare it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Whole(i64),
    Float(f64),
    Flag(bool),
    Null,
}

impl Piece<'_> {
    /// Returns the scalar as text; `None` for null.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Self::Null => None,
        }
    }
}

#[derive(Debug)]
struct Member<'r> {
    name: Cow<'r, str>,
    /// JSON text; empty for members taken from a column.
    raw: &'r str,
    value: OnceCell<Value>,
}

impl Member<'_> {
    fn value(&self) -> &Value {
        self.value.get_or_init(|| {
            serde_json::from_str(self.raw).unwrap_or_else(|_too_deep| Value::from(self.raw))
        })
    }
}

/// A record under the eyes of rules.
#[derive(Debug)]
pub(super) struct Record<'r> {
    members: Vec<Member<'r>>,
    hidden: RefCell<Vec<String>>,
}

impl<'r> Record<'r> {
    /// Puts a record together from a row. `columns` names the members that the row's columns stand for, in their order.
    pub(super) fn new(row: &'r RecordRow, columns: &[&'static str]) -> Self {
        let payload = Object::parse(&row.payload).unwrap_or_default();
        let members = payload
            .members()
            .map(|(name, raw)| Member { name: name.clone(), raw, value: OnceCell::new() })
            .collect();
        let mut record = Self { members, hidden: RefCell::default() };
        if let Some(time) = row.time {
            record.restore(whole::TIME, || {
                Value::from(time.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            });
        }
        let action = row.action.as_deref().unwrap_or_default();
        if let Some((source, name)) = whole::source_and_name(action) {
            record.restore("eventSource", || Value::from(source));
            record.restore("eventName", || Value::from(name));
        }
        let service = action.split(':').next().unwrap_or_default();
        for (member, value) in columns.iter().zip(&row.columns) {
            if let Some(text) = value {
                record.restore_written(member, service, text);
            }
        }
        record
    }

    fn restore_written(&mut self, member: &'static str, service: &str, text: &str) {
        let value = match whole::written(member, service, text) {
            (None, _) => return,
            (Some(_), None) if member == "readOnly" => Value::from(text == "true"),
            (Some(one), None) => Value::from(one.into_owned()),
            (Some(one), Some(other)) => Value::from(vec![one.into_owned(), other.into_owned()]),
        };
        self.restore(member, || value);
    }

    /// Adds a member that the payload leaves to a column.
    fn restore(&mut self, name: &'static str, value: impl FnOnce() -> Value) {
        if self.member(name).is_none() {
            let value = OnceCell::from(value());
            self.members.push(Member { name: Cow::Borrowed(name), raw: "", value });
        }
    }

    fn member(&self, name: &str) -> Option<&Member<'r>> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Returns true when the record was too long to be kept, so that rules cannot look at it.
    pub(super) fn is_cut(&self) -> bool {
        self.member(CUT).is_some()
    }

    /// Returns the values at a member or dotted path, every element of the arrays on the way; `None` when there is nothing.
    /// An object gives its JSON text, and the same without escapes where JSON text stands inside of it.
    pub(super) fn pieces(&self, path: &str) -> Option<Vec<Piece<'_>>> {
        let mut values = Vec::new();
        if let Some(member) = self.member(path) {
            values.push(member.value());
        } else {
            let (first, rest) = path.split_once('.')?;
            follow(self.member(first)?.value(), rest, MAX_LEVELS, &mut values);
        }
        if values.is_empty() {
            return None;
        }
        let mut pieces = Vec::with_capacity(values.len());
        for value in values {
            collect(value, MAX_LEVELS, &mut pieces);
        }
        if pieces.iter().any(is_hidden) {
            self.hidden.borrow_mut().push(path.to_owned());
        }
        Some(pieces)
    }

    /// Returns the texts at a path, as [`Record::pieces`] finds them.
    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        let pieces = self.pieces(path).unwrap_or_default();
        pieces.iter().filter_map(|piece| Some(piece.text()?.into_owned())).collect()
    }

    /// Hands out every text of the record until `take` returns true; returns whether it did.
    pub(super) fn any_text(&self, take: &mut dyn FnMut(&str) -> bool) -> bool {
        self.members.iter().any(|member| any_text(member.value(), MAX_LEVELS, take))
    }

    /// Returns the paths looked at since the last call whose values are hidden, and forgets them.
    pub(super) fn take_hidden(&self) -> Vec<String> {
        self.hidden.take()
    }
}

/// Follows a dotted path through objects, and through every element of arrays.
fn follow<'v>(value: &'v Value, path: &str, levels: u8, found: &mut Vec<&'v Value>) {
    let Some(levels) = levels.checked_sub(1) else { return };
    match value {
        Value::Array(elements) => {
            for element in elements {
                follow(element, path, levels, found);
            }
        }
        Value::Object(members) => {
            if let Some(value) = members.get(path) {
                found.push(value);
            } else if let Some((first, rest)) = path.split_once('.')
                && let Some(value) = members.get(first)
            {
                follow(value, rest, levels, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn collect<'v>(value: &'v Value, levels: u8, pieces: &mut Vec<Piece<'v>>) {
    let Some(levels) = levels.checked_sub(1) else { return };
    match value {
        Value::Null => pieces.push(Piece::Null),
        Value::Bool(flag) => pieces.push(Piece::Flag(*flag)),
        Value::Number(number) => pieces.push(match number.as_i64() {
            Some(whole) => Piece::Whole(whole),
            None => Piece::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Value::String(text) => {
            pieces.push(Piece::Text(Cow::Borrowed(text)));
            // A wildcard stands for line ends too, which the engine's pattern does not know.
            if text.contains(['\n', '\r']) {
                pieces.push(Piece::Text(Cow::Owned(text.replace(['\n', '\r'], " "))));
            }
        }
        Value::Array(elements) => {
            for element in elements {
                collect(element, levels, pieces);
            }
        }
        Value::Object(_) => {
            let json = value.to_string();
            let mut plain = String::with_capacity(json.len());
            write_plain(value, levels, &mut plain);
            if plain != json {
                pieces.push(Piece::Text(Cow::Owned(plain)));
            }
            pieces.push(Piece::Text(Cow::Owned(json)));
        }
    }
}

/// Writes JSON with its strings as they are, so that JSON inside a string (a policy document) reads as such.
fn write_plain(value: &Value, levels: u8, out: &mut String) {
    let Some(levels) = levels.checked_sub(1) else { return };
    match value {
        Value::String(text) => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_plain(element, levels, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push('"');
                out.push_str(name);
                out.push_str("\":");
                write_plain(member, levels, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn is_hidden(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Text(text) => {
            // Almost no text has one of these letters, and one look for them is cheaper than one for each mark.
            let bytes = text.as_bytes();
            let may_be_placeholder = memchr::memchr3(b'*', b'_', b'[', bytes).is_some();
            (may_be_placeholder && is_placeholder(text))
                || text == "REDACTED"
                || (text.starts_with('{') && holds_placeholder(text))
                || (memchr::memchr(MARK_BYTE, bytes).is_some() && text.contains(MARK))
        }
        Piece::Whole(_) | Piece::Float(_) | Piece::Flag(_) | Piece::Null => false,
    }
}

fn any_text(value: &Value, levels: u8, take: &mut dyn FnMut(&str) -> bool) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return false };
    match value {
        Value::String(text) => take(text),
        Value::Array(elements) => elements.iter().any(|element| any_text(element, levels, take)),
        Value::Object(members) => members.values().any(|member| any_text(member, levels, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventId, Micros};

    fn row(action: &str, payload: &str, columns: &[Option<&str>]) -> RecordRow {
        RecordRow {
            n: 1,
            id: EventId(7),
            time: Some(Micros(1_783_850_400_000_000)),
            action: Some(action.to_owned()),
            columns: columns.iter().map(|text| text.map(str::to_owned)).collect(),
            payload: payload.to_owned(),
        }
    }

    #[test]
    fn members_come_from_the_payload_first_and_from_columns_where_it_leaves_them_out() {
        let row =
            row("iam:CreateUser", r#"{"eventName":"CreateUser20100508"}"#, &[Some("AccessDenied")]);
        let record = Record::new(&row, &["errorCode"]);
        assert_eq!(record.texts("eventName"), ["CreateUser20100508"]);
        assert_eq!(record.texts("eventSource"), ["iam.amazonaws.com"]);
        assert_eq!(record.texts("errorCode"), ["AccessDenied"]);
        assert_eq!(record.texts("eventTime"), ["2026-07-12T10:00:00Z"]);
        assert_eq!(record.pieces("awsRegion"), None);
    }

    #[test]
    fn paths_cross_arrays_and_objects_read_as_text() {
        let payload = r#"{"requestParameters":{"items":[{"k":"a"},{"k":[1,true,null]}],"policy":"{\"Effect\":\"Allow\"}","a.b":{"c":2}}}"#;
        let row = row("s3:X", payload, &[]);
        let record = Record::new(&row, &[]);
        assert_eq!(record.texts("requestParameters.items.k"), ["a", "1", "true"]);
        assert_eq!(record.texts("requestParameters.items.none"), Vec::<String>::new());
        assert_eq!(record.texts("requestParameters.policy.Effect"), Vec::<String>::new());
        let whole = record.texts("requestParameters");
        assert!(whole.iter().any(|text| text.contains("\"Effect\":\"Allow\"")), "{whole:?}");
        assert!(whole.iter().any(|text| text.contains("\\\"Effect\\\"")), "{whole:?}");
    }

    #[test]
    fn hidden_values_are_named_once_they_are_looked_at() {
        let payload = r#"{"a":{"b":"⟦password:aaaaaaaaaaaaaaaa⟧","c":"x","d":"****"},"e":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#;
        let row = row("s3:X", payload, &[]);
        let record = Record::new(&row, &[]);
        let _ = record.texts("a.c");
        assert_eq!(record.take_hidden(), Vec::<String>::new());
        for path in ["a.b", "a.d", "a", "e"] {
            let _ = record.texts(path);
        }
        assert_eq!(record.take_hidden(), ["a.b", "a.d", "a", "e"]);
        assert_eq!(record.take_hidden(), Vec::<String>::new());
    }

    #[test]
    fn line_ends_are_also_read_as_spaces_and_both_user_agents_of_s3_are_there() {
        let row = row("s3:X", r#"{"m":"a\nb"}"#, &[Some("aws-cli/2")]);
        let record = Record::new(&row, &["userAgent"]);
        assert_eq!(record.texts("m"), ["a\nb", "a b"]);
        assert_eq!(record.texts("userAgent"), ["aws-cli/2", "[aws-cli/2]"]);
    }

    #[test]
    fn a_cut_record_says_so() {
        let row = row("s3:X", r#"{"whytrail.cut":{"bytes":2000000,"head":"{"}}"#, &[]);
        assert!(Record::new(&row, &[]).is_cut());
    }
}
