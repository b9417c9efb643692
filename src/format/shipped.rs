//! Takes a record out of what a log shipper put around it: Docker's and Kubernetes' JSON lines (`log`), `CloudWatch` Logs
//! and Fluent Bit (`message`), Cloud Logging (`jsonPayload`, `textPayload`). Must not judge what the record means.

use serde_json::Value;

/// Members under which shippers put the record.
const WRAPPERS: &[&str] = &["message", "log", "@message", "textPayload", "jsonPayload"];

/// Returns the JSON object inside a shipper's wrapper, when there is one.
pub(crate) fn record(outer: &Value) -> Option<Value> {
    let object = outer.as_object()?;
    WRAPPERS.iter().filter_map(|key| object.get(*key)).find_map(|inner| match inner {
        Value::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).ok()
        }
        Value::Object(_) => Some(inner.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    })
}

/// Returns the line of text inside a shipper's wrapper, when there is one.
pub(crate) fn line(outer: &Value) -> Option<&str> {
    let object = outer.as_object()?;
    WRAPPERS.iter().find_map(|key| object.get(*key)?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_and_lines_come_out_of_their_wrappers() {
        assert_eq!(
            record(&json!({"log": "{\"a\":1}\n", "stream": "stdout"})),
            Some(json!({"a": 1}))
        );
        assert_eq!(record(&json!({"jsonPayload": {"a": 1}})), Some(json!({"a": 1})));
        assert_eq!(record(&json!({"message": "plain words"})), None);
        assert_eq!(line(&json!({"message": "plain words"})), Some("plain words"));
        assert_eq!(line(&json!({"a": "b"})), None);
    }
}
