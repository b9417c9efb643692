//! One log record to its event. A record that carries the attributes of a call is that call; a message of a model keeps no
//! text; any other record keeps its body as far as it is short.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::{Event, IdKind, Kind, Outcome, Plane, Trust};

use super::class::Class;
use super::claude;
use super::content::Sifted;
use super::record::{Around, Side, Telemetry, note_sifted, once};
use super::span::{add_around, is_message_text};
use super::values::{self, Attributes, member};
use super::verdict::{self, Status};

/// Longest event name, in bytes.
const MAX_NAME: usize = 128;
/// `severityNumber` from which a record says that something failed.
const ERROR: i64 = 17;

/// Parts of scope names of instrumentations whose records are messages of models.
const MODEL_SCOPES: &[&str] =
    &["anthropic", "bedrock", "crewai", "genai", "gen_ai", "langchain", "llm", "openai", "strands"];

/// Members that columns hold.
const HELD: &[&str] = &["traceId", "trace_id", "spanId", "span_id", "resource", "scope"];

/// Turns a log record into an event.
pub(super) fn read(record: &Map<String, Value>, around: &Around) -> Event<'static> {
    let from = Telemetry {
        around,
        attributes: Attributes::read(record.get("attributes")),
        side: Side::Inside,
    };
    let body = record.get("body").map_or(Value::Null, values::plain);
    let name = event_name(record, &from, &body);
    let mut sifted = Sifted::default();
    let claude_name = claude::name_of(name.as_deref(), &from);
    let is_message = claude_name.is_none() && is_message(name.as_deref(), &from);
    let (mut event, class) = match claude_name {
        Some(claude_name) => (claude::read(claude_name, &from), Class::Tool),
        None => call(name.as_deref(), &from, is_message, &body),
    };
    fill_place(&mut event, record);
    if event.reason.is_none() && event.outcome == Outcome::Unknown && severity(record) >= ERROR {
        event.outcome = Outcome::Error;
    }
    let mut kept = from.sift(&mut event, &class, &mut sifted);
    if is_message {
        let name = name.as_deref().unwrap_or_default();
        for (key, value) in from.attributes.members().filter(|(key, _)| is_message_text(name, key))
        {
            kept.shift_remove(key);
            sifted.put_content(&mut kept, key, name, value);
        }
        note_message(&mut event, name, &body);
    }
    let body = kept_body(&body, name.as_deref(), is_message, &mut sifted);
    event.payload = Cow::Owned(payload(record, kept, body, around));
    note_sifted(&mut event, &sifted);
    once(&mut event);
    event
}

/// The event's name: its own member since 2024, an attribute before, the body where a product puts it there.
fn event_name(record: &Map<String, Value>, from: &Telemetry<'_>, body: &Value) -> Option<String> {
    let own = member(record, &["eventName", "event_name"]).and_then(values::word);
    let in_body =
        || body.as_str().filter(|text| text.starts_with(claude::PREFIX)).map(str::to_owned);
    own.or_else(|| from.attributes.text(&["event.name"]))
        .or_else(in_body)
        .filter(|name| name.len() <= MAX_NAME)
}

/// Returns true for records that hold prompts and answers.
fn is_message(name: Option<&str>, from: &Telemetry<'_>) -> bool {
    let scope = from.around.scope_name.to_ascii_lowercase();
    name.is_some_and(|name| name.starts_with("gen_ai."))
        || from.attributes.has_prefix("gen_ai.")
            && from.attributes.text(super::names::MCP_METHOD).is_none()
        || MODEL_SCOPES.iter().any(|word| scope.contains(word))
}

fn call(
    name: Option<&str>,
    from: &Telemetry<'_>,
    is_message: bool,
    body: &Value,
) -> (Event<'static>, Class) {
    let is_named_message = name.is_some_and(|name| name.starts_with("gen_ai."));
    let mut class = if is_named_message { Class::Other } else { Class::of(from) };
    // A gateway's record is a call; one of an instrumentation beside its spans would count the call twice.
    if is_message && !from.is_gateway() && class == Class::Model {
        class = Class::Other;
    }
    let mut event = class.event(from.is_gateway());
    if class == Class::Other && is_message {
        event.plane = Plane::Model;
        event.kind = Kind::Notice;
    }
    from.fill(&mut event, &class);
    let first_words = body.as_str().filter(|_| !is_message).and_then(|text| text.lines().next());
    class.name(&mut event, name.or(first_words).unwrap_or_default());
    verdict::fill(&mut event, from, Status::Unset, false);
    if event.outcome == Outcome::Unknown
        && class.is_tool()
        && from.attributes.value(&["duration"]).is_some()
    {
        // An access log is written when the call has ended.
        event.outcome = if from.attributes.value(&["error"]).is_some() {
            Outcome::Error
        } else {
            Outcome::Success
        };
    }
    (event, class)
}

fn severity(record: &Map<String, Value>) -> i64 {
    member(record, &["severityNumber", "severity_number"])
        .and_then(values::whole)
        .unwrap_or_default()
}

fn fill_place(event: &mut Event<'static>, record: &Map<String, Value>) {
    let own = values::time(member(record, &["timeUnixNano", "time_unix_nano"]));
    let seen =
        || values::time(member(record, &["observedTimeUnixNano", "observed_time_unix_nano"]));
    if let Some((time, precision)) = own.or_else(seen) {
        event.time = Some(time);
        event.precision = precision;
    }
    event.trace = values::id(member(record, &["traceId", "trace_id"]), 16).map(Cow::Owned);
    event.span = values::id(member(record, &["spanId", "span_id"]), 8).map(Cow::Owned);
    if event.trace.is_none() {
        // agentgateway writes its own ids as attributes.
        let own = |key: &str| {
            member(record, &["attributes"])
                .and_then(|list| Attributes::read(Some(list)).value(&[key]).cloned())
        };
        event.trace = values::id(own("trace.id").as_ref(), 16).map(Cow::Owned);
        event.span = values::id(own("span.id").as_ref(), 8).map(Cow::Owned);
    }
}

/// Tool results name the call they answer beside their text.
fn note_message(event: &mut Event<'static>, name: &str, body: &Value) {
    let id = body.get("id").and_then(values::word).filter(|_| name == "gen_ai.tool.message");
    if let Some(id) = id {
        event.identify(IdKind::ToolUse, id, Trust::Asserted);
    }
}

fn kept_body(body: &Value, name: Option<&str>, is_message: bool, sifted: &mut Sifted) -> Value {
    let name = name.unwrap_or_default();
    match body {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (key, value) in members {
                if is_message {
                    // Input and output are told apart by their names.
                    sifted.put_content(&mut kept, key, &format!("{name}.{key}"), value);
                } else {
                    sifted.put(&mut kept, key, value, false);
                }
            }
            kept.into()
        }
        Value::String(_) | Value::Array(_) if is_message => sifted.drop_content(name, body),
        Value::String(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            sifted.keep_short(body)
        }
    }
}

fn payload(
    record: &Map<String, Value>,
    attributes: Map<String, Value>,
    body: Value,
    around: &Around,
) -> String {
    let mut kept = Map::new();
    for (key, value) in record {
        if !matches!(key.as_str(), "attributes" | "body")
            && !HELD.contains(&key.as_str())
            && !value.is_object()
        {
            kept.insert(key.clone(), value.clone());
        }
    }
    if !attributes.is_empty() {
        kept.insert("attributes".to_owned(), Value::Object(attributes));
    }
    if !body.is_null() {
        kept.insert("body".to_owned(), body);
    }
    add_around(&mut kept, around);
    Value::Object(kept).to_string()
}
