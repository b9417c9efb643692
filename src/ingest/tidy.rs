//! The last touch before an event is stored: redaction of every free text, and caps on length.

use std::borrow::Cow;

use crate::model::{Event, Text};
use crate::redact::{Redactor, Tally};

/// Longest text of a column, in bytes.
const MAX_COLUMN: usize = 16 << 10;
/// Longest payload kept, in bytes; the evidence holds the rest.
const MAX_PAYLOAD: usize = 1 << 20;
/// How much of a longer payload is kept.
const PAYLOAD_HEAD: usize = 64 << 10;

/// Redacts and caps the texts of an event.
pub(super) fn tidy(event: &mut Event<'_>, redactor: &Redactor, tally: &mut Tally) {
    event.payload = cap_payload(redact_payload(&event.payload, redactor, tally));
    if !is_clean(event, redactor) {
        redact_texts(event, redactor, tally);
    }
    cap_columns(event);
}

/// Looks at all texts beside the payload at once: in almost every event there is nothing to replace.
fn is_clean(event: &mut Event<'_>, redactor: &Redactor) -> bool {
    let mut all = String::with_capacity(1024);
    let mut has_quote = false;
    let mut add = |text: &str| {
        has_quote |= text.contains('"');
        all.push_str(text);
        all.push('"');
    };
    free_texts(event).into_iter().flatten().for_each(|text| add(text));
    event.resources.iter().for_each(|resource| add(&resource.id));
    event.identifiers.iter().for_each(|identifier| add(&identifier.value));
    !has_quote && redactor.is_clean(&all)
}

fn redact_texts(event: &mut Event<'_>, redactor: &Redactor, tally: &mut Tally) {
    for text in free_texts(event) {
        if let Some(value) = text
            && let Cow::Owned(redacted) = redactor.text(value, tally)
        {
            *text = Some(Cow::Owned(redacted));
        }
    }
    for value in event
        .resources
        .iter_mut()
        .map(|resource| &mut resource.id)
        .chain(event.identifiers.iter_mut().map(|identifier| &mut identifier.value))
    {
        if let Cow::Owned(redacted) = redactor.text(value, tally) {
            *value = Cow::Owned(redacted);
        }
    }
}

/// Columns that can hold any text: also a name or a key id, when a record has words in the wrong place.
fn free_texts<'e, 'r>(event: &'e mut Event<'r>) -> Vec<&'e mut Text<'r>> {
    vec![
        &mut event.human,
        &mut event.agent,
        &mut event.client,
        &mut event.actor,
        &mut event.credential,
        &mut event.parent_credential,
        &mut event.session,
        &mut event.role_session,
        &mut event.trace,
        &mut event.request,
        &mut event.server,
        &mut event.tool,
        &mut event.method,
        &mut event.action,
        &mut event.resource,
        &mut event.resource_type,
        &mut event.region,
        &mut event.account,
        &mut event.address,
        &mut event.user_agent,
        &mut event.policy,
        &mut event.reason,
        &mut event.approval_by,
        &mut event.approval_state,
        &mut event.invoked_by,
        &mut event.error_code,
        &mut event.model,
        &mut event.native_id,
    ]
}

fn redact_payload<'r>(
    payload: &Cow<'r, str>,
    redactor: &Redactor,
    tally: &mut Tally,
) -> Cow<'r, str> {
    match payload {
        Cow::Borrowed(text) => redactor.payload(text, tally),
        Cow::Owned(text) => Cow::Owned(redactor.payload(text, tally).into_owned()),
    }
}

/// Cuts an overlong payload. What is kept is still a JSON object, and says what was cut.
fn cap_payload(payload: Cow<'_, str>) -> Cow<'_, str> {
    if payload.len() <= MAX_PAYLOAD {
        return payload;
    }
    let head = cut(&payload, PAYLOAD_HEAD);
    let note = serde_json::json!({ "whytrail.cut": { "bytes": payload.len(), "head": head } });
    Cow::Owned(note.to_string())
}

/// Returns at most `limit` bytes of `text`, ending between two letters.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn cap_columns(event: &mut Event<'_>) {
    let texts: [&mut Text<'_>; 24] = [
        &mut event.native_id,
        &mut event.human,
        &mut event.agent,
        &mut event.client,
        &mut event.actor,
        &mut event.credential,
        &mut event.session,
        &mut event.role_session,
        &mut event.trace,
        &mut event.request,
        &mut event.server,
        &mut event.tool,
        &mut event.method,
        &mut event.action,
        &mut event.resource,
        &mut event.region,
        &mut event.account,
        &mut event.address,
        &mut event.user_agent,
        &mut event.policy,
        &mut event.reason,
        &mut event.error_code,
        &mut event.model,
        &mut event.masked,
    ];
    for text in texts {
        if let Some(value) = text
            && value.len() > MAX_COLUMN
        {
            *text = Some(Cow::Owned(format!("{}..", cut(value, MAX_COLUMN))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Plane};

    #[test]
    fn overlong_payload_is_cut_to_an_object_that_says_so() {
        let mut event = Event::new(Plane::CloudTrail, "cloudtrail", Kind::Api);
        event.payload = Cow::Owned(format!("{{\"a\":\"{}\"}}", "ä".repeat(1 << 20)));
        let length = event.payload.len();
        tidy(&mut event, &Redactor::new([7; 32]), &mut Tally::default());
        let kept: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
        assert_eq!(kept["whytrail.cut"]["bytes"], length);
        assert!(event.payload.len() < 70 << 10);
    }

    #[test]
    fn secrets_leave_any_column_whatever_stands_beside_it() {
        let token: String = ["gh", "p_", &"EXAMPLEfake0".repeat(3)].concat();
        for secret in [
            "token=FAKE-hunter2",
            "my_api_key_main=\"FAKE-hunter2-1x\"",
            "--password FAKE-hunter2",
            &token,
        ] {
            let mut event = Event::new(Plane::Gateway, "toolhive", Kind::ToolCall);
            event.credential = Some(Cow::Borrowed("AKIAIOSFODNN7EXAMPLE"));
            event.resource = Some(Cow::Borrowed(secret));
            event.account = Some(Cow::Borrowed("111122223333"));
            tidy(&mut event, &Redactor::new([7; 32]), &mut Tally::default());
            let resource = event.resource.unwrap();
            assert!(
                resource.contains('⟦') && !resource.contains("FAKE") && !resource.contains(&token),
                "{resource}"
            );
            assert_eq!(event.credential.as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
        }
    }

    #[test]
    fn secrets_leave_payload_and_reason() {
        let mut event = Event::new(Plane::Gateway, "toolhive", Kind::ToolCall);
        event.payload = Cow::Borrowed(r#"{"args":{"password":"FAKE-hunter2"}}"#);
        event.reason = Some(Cow::Borrowed("refused: password=FAKE-hunter2"));
        tidy(&mut event, &Redactor::new([7; 32]), &mut Tally::default());
        assert!(!event.payload.contains("hunter2"), "{}", event.payload);
        assert!(!event.reason.unwrap().contains("hunter2"));
    }
}
