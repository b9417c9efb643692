//! Sessions of the shell and database gateway (hoop): session objects with their recorded streams, reviews and
//! guardrails, and the events routed beside them.

use serde_json::{Value, json};

use crate::encode::base64;
use crate::evidence::Evidence;
use crate::identity::Person;
use crate::moment::Moment;
use crate::random::Random;

/// One session.
#[derive(Debug)]
pub(crate) struct Shell<'a> {
    pub(crate) person: &'a Person,
    /// Name, type and subtype of the connection.
    pub(crate) connection: (&'static str, &'static str, &'static str),
    pub(crate) verb: &'static str,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) exit_code: i64,
    /// Session of the agent that asked, where one did.
    pub(crate) correlation: &'a str,
    pub(crate) input: &'static str,
    /// Seconds from the start, `i`, `o` or `e`, and text.
    pub(crate) stream: &'a [(f64, &'static str, String)],
    pub(crate) review: Option<Review<'a>>,
    pub(crate) guardrail: Option<Guardrail>,
    /// Kinds and number of values masked in the output.
    pub(crate) masked: &'a [(&'static str, u64)],
}

/// A person's yes before the session could start.
#[derive(Debug)]
pub(crate) struct Review<'a> {
    pub(crate) by: &'a Person,
    pub(crate) asked: Moment,
    pub(crate) answered: Moment,
}

/// A rule that stopped the input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guardrail {
    pub(crate) rule: &'static str,
    pub(crate) word: &'static str,
    pub(crate) message: &'static str,
}

/// Adds the session and the events routed about it.
pub(crate) fn add(evidence: &mut Evidence, shell: &Shell<'_>, random: &mut Random) {
    let id = random.uuid();
    let mut event = |at: Moment, kind: &str, more: Value| {
        let mut payload = json!({
            "session_id": id,
            "user": shell.person.email,
            "connection": shell.connection.0,
        });
        if let (Some(payload), Value::Object(more)) = (payload.as_object_mut(), more) {
            payload.extend(more);
            payload.insert("occurred_at".to_owned(), json!(at.seconds()));
        }
        evidence.routed.push((at, json!({ "event_type": kind, "payload": payload })));
    };
    event(shell.start, "session.started", json!({ "verb": shell.verb }));
    if let Some(review) = &shell.review {
        let more = json!({ "reviewer": review.by.email, "review_id": format!("rev_{}", &id) });
        event(review.answered, "access.jit_approved", more);
    }
    if let Some(guardrail) = &shell.guardrail {
        let more = json!({ "rule": guardrail.rule, "query_excerpt": shell.input });
        event(shell.end, "session.guardrail_violation", more);
    }
    if !shell.masked.is_empty() {
        let kinds: Vec<&str> = shell.masked.iter().map(|(kind, _)| *kind).collect();
        let total: u64 = shell.masked.iter().map(|(_, count)| count).sum();
        let more = json!({ "types_masked": kinds, "total_redactions": total });
        event(shell.end, "alert.data_masked", more);
    }
    let more = json!({
        "exit_code": shell.exit_code.to_string(),
        "duration_ms": shell.end.millis_since(shell.start),
    });
    event(shell.end, "session.closed", more);
    let session = object(shell, &id, random);
    evidence.shells.push((shell.start, session));
}

fn object(shell: &Shell<'_>, id: &str, random: &mut Random) -> Value {
    let stream: Vec<Value> = shell
        .stream
        .iter()
        .map(|(offset, kind, text)| json!([offset, kind, base64(text.as_bytes())]))
        .collect();
    let kinds: serde_json::Map<String, Value> =
        shell.masked.iter().map(|(kind, count)| ((*kind).to_owned(), json!(count))).collect();
    let total: u64 = shell.masked.iter().map(|(_, count)| count).sum();
    let n_bytes: usize = shell.stream.iter().map(|(_, _, text)| text.len()).sum();
    let mut session = json!({
        "id": id,
        "org_id": "5c1d2e3f-0000-4000-8000-00000ac3e001",
        "session_batch_id": null,
        "correlation_id": shell.correlation,
        "user": shell.person.email,
        "user_id": shell.person.subject,
        "user_name": shell.person.email.split('@').next(),
        "identity_type": "user",
        "connection": shell.connection.0,
        "resource_name": shell.connection.0,
        "type": shell.connection.1,
        "connection_subtype": shell.connection.2,
        "connection_tags": { "team": "platform", "env": "prod" },
        "verb": shell.verb,
        "status": "done",
        "exit_code": shell.exit_code,
        "start_date": shell.start.millis(),
        "end_date": shell.end.millis(),
        "session_input": shell.input,
        "event_stream": stream,
        "event_size": n_bytes,
        "metrics": {
            "event_size": n_bytes,
            "truncated": false,
            "data_masking": { "info_types": kinds, "total_redact_count": total, "transformed_bytes": total * 14, "err_count": 0 },
        },
        "review": null,
        "guardrails_info": [],
    });
    if shell.correlation.is_empty() {
        session["correlation_id"] = Value::Null;
    }
    if let Some(review) = &shell.review {
        session["review"] = review_object(review, random);
    }
    if let Some(guardrail) = &shell.guardrail {
        session["guardrails_info"] = json!([{
            "rule_name": guardrail.rule,
            "direction": "input",
            "matched_words": [guardrail.word],
            "message": guardrail.message,
        }]);
    }
    session
}

fn review_object(review: &Review<'_>, random: &mut Random) -> Value {
    json!({
        "id": random.uuid(),
        "type": "onetime",
        "status": "APPROVED",
        "created_at": review.asked.millis(),
        "access_request_rule_name": "finance database",
        "rejection_reason": null,
        "review_groups_data": [{
            "id": random.uuid(),
            "group": "sre",
            "status": "APPROVED",
            "forced_review": false,
            "review_date": review.answered.millis(),
            "reviewed_by": {
                "id": review.by.subject,
                "name": review.by.email.split('@').next(),
                "email": review.by.email,
            },
        }],
    })
}
