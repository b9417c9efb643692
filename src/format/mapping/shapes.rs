//! What values look like: times, addresses, e-mail addresses, AWS names and keys. A shape is a hint for a person who
//! writes a mapping and decides nothing while loading.

use serde_json::Value;

use crate::model::Micros;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A time in one of the spellings of mapping files.
    Time(Spelling),
    Email,
    Address,
    Arn,
    AccessKey,
    ToolUse,
    Uuid,
    /// 32 hex digits: a trace.
    Hex32,
    /// 16 hex digits: a span.
    Hex16,
    Text,
    Number,
    Flag,
    Object,
    List,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spelling {
    Rfc3339,
    /// Like RFC 3339, but without a zone.
    Naive,
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Spelling {
    /// Returns the word of mapping files.
    pub(super) const fn format(self) -> &'static str {
        match self {
            Self::Rfc3339 | Self::Naive => "rfc3339",
            Self::Seconds => "epoch_s",
            Self::Millis => "epoch_ms",
            Self::Micros => "epoch_us",
            Self::Nanos => "epoch_ns",
        }
    }
}

impl Shape {
    /// Returns the shape in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Time(Spelling::Rfc3339) => "a time with a zone",
            Self::Time(Spelling::Naive) => "a time without a zone",
            Self::Time(_) => "a number of the size of a time",
            Self::Email => "an e-mail address",
            Self::Address => "an IP address",
            Self::Arn => "an ARN",
            Self::AccessKey => "an AWS access key id",
            Self::ToolUse => "a tool-use id",
            Self::Uuid => "a UUID",
            Self::Hex32 => "32 hex digits",
            Self::Hex16 => "16 hex digits",
            Self::Text => "text",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Object => "an object",
            Self::List => "a list",
        }
    }

    /// Returns true for shapes of values that hold no others.
    pub(super) const fn is_scalar(self) -> bool {
        !matches!(self, Self::Object | Self::List)
    }

    /// Returns true for texts of any shape.
    pub(super) const fn is_text(self) -> bool {
        self.is_scalar() && !matches!(self, Self::Number | Self::Flag)
    }
}

/// Returns what a value looks like; `None` for null and empty text.
pub(super) fn shape_of(value: &Value) -> Option<Shape> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => Shape::Flag,
        Value::Object(_) => Shape::Object,
        Value::Array(_) => Shape::List,
        Value::Number(number) => {
            number.as_f64().and_then(spelling_of_number).map_or(Shape::Number, Shape::Time)
        }
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(text) => shape_of_text(text.trim()),
    })
}

fn shape_of_text(text: &str) -> Shape {
    let is_hex = text.bytes().all(|letter| letter.is_ascii_hexdigit());
    let is_date = text.len() >= 16 && text.as_bytes().get(4) == Some(&b'-');
    if is_date && Micros::parse(text).is_some() {
        let has_zone = text.parse::<jiff::Timestamp>().is_ok() || text.ends_with('Z');
        return Shape::Time(if has_zone { Spelling::Rfc3339 } else { Spelling::Naive });
    }
    if text.parse::<std::net::IpAddr>().is_ok() {
        Shape::Address
    } else if text.starts_with("arn:") && text.matches(':').count() >= 5 {
        Shape::Arn
    } else if text.len() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA")) {
        Shape::AccessKey
    } else if text.starts_with("toolu_") {
        Shape::ToolUse
    } else if is_uuid(text) {
        Shape::Uuid
    } else if is_hex && text.len() == 32 {
        Shape::Hex32
    } else if is_hex && text.len() == 16 {
        Shape::Hex16
    } else if is_email(text) {
        Shape::Email
    } else {
        Shape::Text
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12]
        && text.bytes().all(|letter| letter == b'-' || letter.is_ascii_hexdigit())
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// Whole seconds from 2001 to 2096, and the same span in smaller units.
fn spelling_of_number(number: f64) -> Option<Spelling> {
    const FROM: f64 = 1e9;
    const TO: f64 = 4e9;
    [
        (1.0, Spelling::Seconds),
        (1e3, Spelling::Millis),
        (1e6, Spelling::Micros),
        (1e9, Spelling::Nanos),
    ]
    .into_iter()
    .find(|(unit, _)| (FROM * unit..TO * unit).contains(&number))
    .map(|(_, spelling)| spelling)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        for (value, shape) in [
            (json!("2026-03-01T10:00:00Z"), Some(Shape::Time(Spelling::Rfc3339))),
            (json!("2026-03-01 10:00:00.25"), Some(Shape::Time(Spelling::Naive))),
            (json!(1_772_359_200_250_i64), Some(Shape::Time(Spelling::Millis))),
            (json!(12), Some(Shape::Number)),
            (json!("kim@acme.example"), Some(Shape::Email)),
            (json!("kim@host"), Some(Shape::Text)),
            (json!("198.51.100.7"), Some(Shape::Address)),
            (json!("AKIAIOSFODNN7EXAMPLE"), Some(Shape::AccessKey)),
            (json!("arn:aws:iam::111122223333:role/x"), Some(Shape::Arn)),
            (json!("4bf92f3577b34da6a3ce929d0e0e4736"), Some(Shape::Hex32)),
            (json!("6d1f5b6e-0b5e-4b52-8d2f-0d6d3e0a7c11"), Some(Shape::Uuid)),
            (json!(" "), None),
            (json!(null), None),
        ] {
            assert_eq!(shape_of(&value), shape, "{value}");
        }
    }
}
