//! One record of the model invocation log to one event.

use std::borrow::Cow;

use crate::format::cloudtrail::identity;
use crate::format::cloudtrail::outcome;
use crate::format::cloudtrail::raw::{Object, ObjectWriter, scalar};
use crate::model::{
    ActionClass, ActorType, Decision, Event, IdKind, Kind, Micros, Outcome, Plane, SessionBasis,
    Trust,
};

use super::body::{self, Body};

/// Words in the key of a metadata entry that make its value an id worth following.
const CORRELATION_WORDS: &[&str] = &[
    "chat",
    "conversation",
    "correlation",
    "job",
    "request",
    "run",
    "session",
    "task",
    "thread",
    "ticket",
    "trace",
    "turn",
];

/// Words in the key of a metadata entry that make its value a person.
const PERSON_WORDS: &[&str] = &["email", "user"];

/// Turns the text of one record into an event, or says why it is none without quoting it.
pub(crate) fn read(text: &str) -> Result<Event<'_>, String> {
    let record = Object::parse_or_why(text)?;
    if !record.has("schemaType") && !record.has("modelId") {
        return Err("object has none of the fields of a model invocation record".to_owned());
    }
    let (input, output) = (record.object("input"), record.object("output"));
    let asked = input.raw("inputBodyJson").map(body::read_input).unwrap_or_default();
    let answered = output.raw("outputBodyJson").map(body::read_output).unwrap_or_default();
    let mut event = Event::new(Plane::Model, "bedrock", Kind::ModelCall);
    if let Some((time, precision)) = record.text("timestamp").and_then(|text| Micros::parse(&text))
    {
        event.time = Some(time);
        event.precision = precision;
    }
    event.request = record.text("requestId");
    event.account = record.text("accountId");
    event.region = record.text("region");
    event.model = record.text("modelId");
    event.action =
        record.text("operation").map(|operation| Cow::Owned(format!("bedrock:{operation}")));
    // A model call changes nothing by itself.
    event.action_class = Some(ActionClass::Read);
    event.tokens_in = input.number("inputTokenCount");
    event.tokens_out = output.number("outputTokenCount");
    if let Some(model) = event.model.clone() {
        let id =
            if model.starts_with("arn:") { model } else { Cow::Owned(format!("model/{model}")) };
        event.touch(id, Some(Cow::Borrowed("AWS::Bedrock::Model")));
    }
    read_identity(&mut event, &record);
    read_outcome(&mut event, &record, &answered);
    read_metadata(&mut event, &record.object("requestMetadata"));
    for id in &answered.tool_uses {
        event.identify(IdKind::ToolUse, id.clone(), Trust::Observed);
    }
    for id in &asked.tool_results {
        event.identify(IdKind::ToolUse, id.clone(), Trust::Asserted);
    }
    event.payload = Cow::Owned(payload(&record, &event, &asked, &answered, text.len()));
    Ok(event)
}

fn read_identity<'r>(event: &mut Event<'r>, record: &Object<'r>) {
    let Some(arn) = record.object("identity").text("arn") else { return };
    event.role_session = identity::session_of_arn(&arn);
    event.actor = identity::role_of_arn(&arn).or_else(|| Some(arn.clone()));
    let runs_in_agentcore =
        event.role_session.as_deref().is_some_and(identity::is_agentcore_session);
    event.actor_type = Some(if runs_in_agentcore {
        ActorType::Agent
    } else if event.role_session.is_some() {
        ActorType::Workload
    } else if arn.contains(":user/") {
        ActorType::Human
    } else {
        ActorType::Unknown
    });
    if runs_in_agentcore {
        event.agent = event
            .actor
            .as_ref()
            .and_then(|role| identity::cut(role, |text| text.rsplit('/').next()));
        event.agent_trust = event.agent.as_ref().map(|_| Trust::Derived);
    }
    if arn.contains(":user/") {
        event.human = Some(arn.clone());
        event.human_proof = Some(Cow::Borrowed("iam user"));
    }
    if event.role_session.is_some() {
        event.session = Some(arn.clone());
        event.session_basis = Some(SessionBasis::RoleSession);
    }
    // API events name the same caller by this ARN.
    event.identify(IdKind::Actor, arn, Trust::Observed);
}

fn read_outcome<'r>(event: &mut Event<'r>, record: &Object<'r>, answered: &Body) {
    event.error_code = record.text("errorCode");
    event.outcome = match event.error_code.as_deref() {
        Some(code) => outcome::of_code(code),
        None => Outcome::Success,
    };
    if answered.is_intervened {
        event.decision = Some(Decision::Deny);
        event.reason = Some(Cow::Borrowed("guardrail intervened"));
    }
}

/// Metadata is whatever the caller put on the call: claims, followed where they look like ids.
fn read_metadata<'r>(event: &mut Event<'r>, metadata: &Object<'r>) {
    for (key, raw) in metadata.members() {
        let Some(value) = scalar(raw).filter(|value| !value.is_empty()) else { continue };
        let key = key.to_ascii_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| key.contains(word));
        if names(CORRELATION_WORDS) || identity::is_uuid(&value) {
            event.identify(IdKind::Correlation, value, Trust::Asserted);
        } else if names(PERSON_WORDS) {
            event.identify(IdKind::Who, value, Trust::Asserted);
        }
    }
}

fn payload(
    record: &Object<'_>,
    event: &Event<'_>,
    asked: &Body,
    answered: &Body,
    size: usize,
) -> String {
    let mut writer = ObjectWriter::with_capacity(size.min(4096));
    for (key, raw) in record.members() {
        match key.as_ref() {
            "input" => {
                writer.put(key, &without_body(raw, "inputBodyJson", "inputBodySummary", asked));
            }
            "output" => {
                writer
                    .put(key, &without_body(raw, "outputBodyJson", "outputBodySummary", answered));
            }
            _ if is_held(key, raw, event) => {}
            _ => writer.put(key, raw),
        }
    }
    writer.finish()
}

fn is_held(key: &str, raw: &str, event: &Event<'_>) -> bool {
    let column = match key {
        "requestId" => &event.request,
        "accountId" => &event.account,
        "region" => &event.region,
        "modelId" => &event.model,
        "errorCode" => &event.error_code,
        _ => return false,
    };
    raw.starts_with('"') && column.is_some() && scalar(raw) == *column
}

fn without_body(raw: &str, body_key: &str, summary_key: &str, body: &Body) -> String {
    // What is no object here could be anything, prompt text included: only its size is kept.
    let Some(object) = Object::parse(raw) else { return format!("{{\"bytes\":{}}}", raw.len()) };
    let mut writer = ObjectWriter::with_capacity(512);
    for (key, raw) in object.members() {
        if key == body_key {
            writer.put(summary_key, &body.summary);
        } else {
            writer.put(key, raw);
        }
    }
    writer.finish()
}
