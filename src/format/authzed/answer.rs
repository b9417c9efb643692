//! What the permissions API answered, and how its errors read. Must not look at requests.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::{Decision, Event, Outcome};

/// Names and numbers of gRPC status codes that mean that the caller was refused.
const REFUSED: &[&str] =
    &["7", "16", "PERMISSION_DENIED", "UNAUTHENTICATED", "PermissionDenied", "Unauthenticated"];

/// Longest error code that is kept.
const MAX_CODE: usize = 128;

/// Returns the decision that a permissionship means.
pub(super) fn decision(response: &Value) -> Option<Decision> {
    let word = response.get("permissionship").and_then(Value::as_str)?;
    // Before `HAS_PERMISSION`, which `CONDITIONAL_PERMISSION` does not end with, and `NO_PERMISSION` neither.
    if word.ends_with("CONDITIONAL_PERMISSION") {
        Some(Decision::Conditional)
    } else if word.ends_with("NO_PERMISSION") {
        Some(Decision::Deny)
    } else if word.ends_with("HAS_PERMISSION") {
        Some(Decision::Allow)
    } else {
        None
    }
}

/// Writes how the call itself ended. A check that says no is a success.
pub(super) fn fill_outcome(event: &mut Event<'static>, error: Option<&Value>, has_answer: bool) {
    let Some(error) = error.filter(|error| !is_nothing(error)) else {
        event.outcome = if has_answer { Outcome::Success } else { Outcome::Unknown };
        return;
    };
    let code = ["code", "status", "reason"].iter().find_map(|key| scalar(error.get(*key)?));
    let is_refused = code.as_deref().is_some_and(|code| REFUSED.contains(&code));
    event.outcome = if is_refused { Outcome::Denied } else { Outcome::Error };
    event.error_code = code.map(Cow::Owned);
    let message = error.as_str().or_else(|| error.get("message").and_then(Value::as_str));
    event.reason = message.map(|text| Cow::Owned(text.to_owned()));
}

fn is_nothing(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) => false,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && text.len() <= MAX_CODE => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Plane};

    #[test]
    fn permissionships_are_decisions() {
        let of = |word: &str| decision(&json!({ "permissionship": word }));
        assert_eq!(of("PERMISSIONSHIP_HAS_PERMISSION"), Some(Decision::Allow));
        assert_eq!(of("PERMISSIONSHIP_NO_PERMISSION"), Some(Decision::Deny));
        assert_eq!(of("PERMISSIONSHIP_CONDITIONAL_PERMISSION"), Some(Decision::Conditional));
        assert_eq!(of("LOOKUP_PERMISSIONSHIP_HAS_PERMISSION"), Some(Decision::Allow));
        assert_eq!(of("PERMISSIONSHIP_UNSPECIFIED"), None);
    }

    #[test]
    fn refused_callers_and_broken_calls_are_told_apart() {
        let outcome = |error: Value| {
            let mut event = Event::new(Plane::Authz, "authzed", Kind::Decision);
            fill_outcome(&mut event, Some(&error), false);
            event.outcome
        };
        assert_eq!(outcome(json!({"code": 7, "message": "no"})), Outcome::Denied);
        assert_eq!(outcome(json!({"code": "UNAVAILABLE"})), Outcome::Error);
        assert_eq!(outcome(json!("broken")), Outcome::Error);
        assert_eq!(outcome(json!(null)), Outcome::Unknown);
    }
}
