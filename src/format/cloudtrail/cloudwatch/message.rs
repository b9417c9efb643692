//! One message of a log group: a CloudTrail record, an EventBridge envelope around one, a model invocation record, an
//! AgentCore log record, a flat span or log record of OpenTelemetry, or a line that the services write for themselves.

use serde_json::Value;

use crate::format::cloudtrail::raw::Object;
use crate::format::cloudtrail::{event, own, recognize};
use crate::format::{Adapted, Record, agentcore, bedrock, otlp};
use crate::model::Event;

/// Lines that hold no event by design, by the text they begin with.
const CHATTER: &[(&str, &str)] = &[
    ("CWL CONTROL MESSAGE", "subscription control message"),
    (
        "Permissions are correctly set for Amazon Bedrock",
        "permission check of the model invocation log",
    ),
    ("Permission Check Successful", "write test of a log export"),
];

/// Returns why a line of plain text holds no event, for the lines the services write for themselves.
pub(super) fn chatter(text: &str) -> Option<&'static str> {
    CHATTER.iter().find(|(begin, _)| text.starts_with(begin)).map(|(_, why)| *why)
}

/// Adds what one message of `record` holds.
pub(super) fn adapt(message: &str, record: &Record<'_>, out: &mut Adapted<'_>) {
    let message = message.trim();
    if let Some(why) = chatter(message) {
        return out.skip(why);
    }
    if !message.starts_with('{') {
        return out.reject(record, "message is not a JSON object");
    }
    if let Some(events) = telemetry(message) {
        return events.into_iter().for_each(|event| out.push(record, event));
    }
    match read(message) {
        Ok(event) => out.push(record, event),
        Err(reason) => out.reject(record, format!("message: {reason}")),
    }
}

/// Returns the events of messages that agents, their gateways and runtimes write.
fn telemetry(message: &str) -> Option<Vec<Event<'static>>> {
    let holds = |mark: &[u8]| memchr::memmem::find(message.as_bytes(), mark).is_some();
    if !recognize::TELEMETRY_MARKS.iter().any(|mark| holds(mark)) {
        return None;
    }
    let value: Value = serde_json::from_str(message).ok()?;
    if recognize::is_record(&value) {
        return None;
    }
    if agentcore::is_vended(&value) {
        return agentcore::read(&value).ok().map(|event| vec![event]);
    }
    otlp::read_flat(&value)
}

fn read(message: &str) -> Result<Event<'static>, String> {
    let holds = |mark: &[u8]| memchr::memmem::find(message.as_bytes(), mark).is_some();
    if holds(b"\"ModelInvocationLog\"") {
        return bedrock::read(message).map(own::owned);
    }
    if holds(b"\"detail-type\"")
        && let Some(detail) = Object::parse(message).and_then(|object| object.raw("detail"))
    {
        return event::read_owned(detail);
    }
    event::read_owned(message)
}
