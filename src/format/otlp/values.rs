//! OTLP/JSON values as plain JSON: attribute lists as objects, `AnyValue` as what it holds, ids as lower-case hex, times.
//! Plain objects, as `CloudWatch` writes them, pass through. Must not know what an attribute means.

use base64::Engine as _;
use serde_json::{Map, Value};

use crate::format::hex::hex;
use crate::model::{Micros, Precision};

/// Longest id, name or word that is taken into a column or an identifier, in bytes.
const MAX_WORD: usize = 512;

/// Attributes as a plain object, in the order written. Of a key written twice the first counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Attributes(Map<String, Value>);

impl Attributes {
    /// Reads a list of `{key, value}` or a plain object; anything else is empty.
    pub(crate) fn read(value: Option<&Value>) -> Self {
        let mut members = Map::new();
        match value {
            Some(Value::Array(list)) => {
                for pair in list {
                    if let Some(key) = pair.get("key").and_then(Value::as_str) {
                        let value = pair.get("value").map_or(Value::Null, plain);
                        members.entry(key).or_insert(value);
                    }
                }
            }
            Some(Value::Object(object)) => {
                for (key, value) in object {
                    members.insert(key.clone(), plain(value));
                }
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
        }
        Self(members)
    }

    /// Returns the first value under these names that is not null.
    pub(crate) fn value(&self, names: &[&str]) -> Option<&Value> {
        names.iter().filter_map(|name| self.0.get(*name)).find(|value| !value.is_null())
    }

    /// Returns the first scalar under these names that is not empty, as text. A list counts for its first element.
    pub(crate) fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| word(self.0.get(*name)?))
    }

    /// Returns every scalar under these names, each once.
    pub(crate) fn texts(&self, names: &[&str]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for text in names.iter().filter_map(|name| word(self.0.get(*name)?)) {
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }

    /// Returns a whole number, also where it is written as text.
    pub(crate) fn number(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| whole(self.0.get(*name)?))
    }

    /// Returns a number that is not negative and finite, also where it is written as text.
    pub(crate) fn amount(&self, names: &[&str]) -> Option<f64> {
        let amount = names.iter().find_map(|name| match self.0.get(*name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })?;
        (amount.is_finite() && amount >= 0.0).then_some(amount)
    }

    /// Returns the members in the order written.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    /// Returns true when a name begins like this.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.0.keys().any(|key| key.starts_with(prefix))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Returns a whole number, also where it is written as text.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns a scalar as text when it is neither empty nor overlong.
pub(crate) fn word(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Array(elements) => return word(elements.first()?),
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty() && text.len() <= MAX_WORD).then_some(text)
}

/// Returns the member of the first of two spellings that is there.
pub(crate) fn member<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    names.iter().find_map(|name| object.get(*name))
}

/// Returns what an `AnyValue` holds. What is none is returned as it is.
pub(crate) fn plain(value: &Value) -> Value {
    let Some(object) = value.as_object() else { return value.clone() };
    if object.is_empty() {
        return Value::Null;
    }
    let (1, Some((key, inner))) = (object.len(), object.iter().next()) else {
        return value.clone();
    };
    match key.as_str() {
        "stringValue" | "string_value" | "boolValue" | "bool_value" | "doubleValue"
        | "double_value" | "bytesValue" | "bytes_value" => inner.clone(),
        // 64-bit integers are written as text, which JSON numbers hold just as exactly.
        "intValue" | "int_value" => whole(inner).map_or_else(|| inner.clone(), Value::from),
        "arrayValue" | "array_value" => {
            let elements = inner.get("values").and_then(Value::as_array);
            elements.into_iter().flatten().map(plain).collect()
        }
        "kvlistValue" | "kvlist_value" => Value::Object(Attributes::read(inner.get("values")).0),
        _ => value.clone(),
    }
}

/// Returns an id of so many bytes as lower-case hex: written in hex, in base64 as plain protobuf JSON has it, or as an
/// X-Ray trace id. All zeros and anything else is no id.
pub(crate) fn id(value: Option<&Value>, bytes: usize) -> Option<String> {
    let text = value?.as_str()?.trim();
    let digits: String = match text.strip_prefix("1-") {
        Some(rest) if bytes == 16 => rest.chars().filter(|letter| *letter != '-').collect(),
        _ => text.to_owned(),
    };
    let is_hex = digits.len() == bytes * 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = if is_hex {
        digits.to_ascii_lowercase()
    } else {
        let decoded = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
        (decoded.len() == bytes).then(|| hex(&decoded))?
    };
    id.bytes().any(|byte| byte != b'0').then_some(id)
}

/// Reads Unix nanoseconds as text or number; smaller numbers are told apart by size. Zero means absent.
pub(crate) fn time(value: Option<&Value>) -> Option<(Micros, Precision)> {
    let value = value?;
    let number = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => match text.trim().parse::<u64>() {
            Ok(nanos) => nanos.into(),
            Err(_) => return Micros::parse(text),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    // Numbers since 1970 with a fraction lose the last digits anyway.
    match number.as_i64() {
        Some(nanos) if nanos >= 100_000_000_000_000_000 => {
            Micros::plausible(nanos / 1000).map(|micros| (micros, Precision::Micro))
        }
        _ => Micros::from_epoch(number.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_value_becomes_plain() {
        let list = json!([
            {"key": "s", "value": {"stringValue": "x"}},
            {"key": "b", "value": {"boolValue": true}},
            {"key": "i", "value": {"intValue": "9223372036854775807"}},
            {"key": "n", "value": {"intValue": 5}},
            {"key": "d", "value": {"doubleValue": 0.5}},
            {"key": "a", "value": {"arrayValue": {"values": [{"stringValue": "y"}, {"intValue": "1"}]}}},
            {"key": "m", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"string_value": "z"}}]}}},
            {"key": "e", "value": {}},
            {"key": "s", "value": {"stringValue": "second"}},
        ]);
        let read = Attributes::read(Some(&list));
        let expected = json!({"s": "x", "b": true, "i": i64::MAX, "n": 5, "d": 0.5, "a": ["y", 1],
            "m": {"k": "z"}, "e": null});
        assert_eq!(Value::Object(read.0), expected);
        let flat = json!({"s": "x", "o": {"stringValue": "y"}, "p": {"a": 1}});
        let read = Attributes::read(Some(&flat));
        assert_eq!(Value::Object(read.0), json!({"s": "x", "o": "y", "p": {"a": 1}}));
    }

    #[test]
    fn ids_are_read_in_every_spelling() {
        let hex = "5b8efff798038103d269b633813fc60c";
        let xray = "1-5b8efff7-98038103d269b633813fc60c";
        for text in ["5B8EFFF798038103D269B633813FC60C", "W47/95gDgQPSabYzgT/GDA==", xray] {
            assert_eq!(id(Some(&json!(text)), 16).as_deref(), Some(hex), "{text}");
        }
        for none in ["", "0000000000000000", "xyz", "5b8e"] {
            assert_eq!(id(Some(&json!(none)), 8), None, "{none}");
        }
        assert_eq!(id(Some(&json!(7)), 8), None);
    }

    #[test]
    fn nanoseconds_are_exact_as_text_and_number() {
        let at = |value: Value| time(Some(&value)).map(|(time, _)| time.0);
        assert_eq!(at(json!("1772359200123456789")), Some(1_772_359_200_123_456));
        assert_eq!(at(json!(1_772_359_200_123_456_789_u64)), Some(1_772_359_200_123_456));
        assert_eq!(at(json!(1_772_359_200_123_i64)), Some(1_772_359_200_123_000));
        assert_eq!(at(json!("2026-03-01T10:00:00Z")), Some(1_772_359_200_000_000));
        for none in [json!("0"), json!(0), json!("soon"), json!(null), json!(u64::MAX)] {
            assert_eq!(at(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn amounts_and_numbers_are_read_from_text_too() {
        let read = Attributes::read(Some(&json!({"a": "12", "b": "0.5", "c": -1.0, "d": "NaN"})));
        assert_eq!((read.number(&["x", "a"]), read.amount(&["b"])), (Some(12), Some(0.5)));
        assert_eq!((read.amount(&["c"]), read.amount(&["d"])), (None, None));
    }
}
