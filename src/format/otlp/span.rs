//! One span to its events: the step itself, then the span events that matter (exceptions, messages of a model) as events
//! of their own, with the span's ids.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::{Event, IdKind, Kind, Outcome, Plane, Trust};

use super::class::Class;
use super::content::Sifted;
use super::record::{Around, Side, Telemetry, note_sifted, once};
use super::values::{self, Attributes, member};
use super::verdict::{self, Status};

/// Links to other traces that become identifiers.
const MAX_LINKS: usize = 16;
/// Span events that become events of their own.
const MAX_PARTS: usize = 256;

/// Members that columns hold.
const HELD: &[&str] = &[
    "traceId",
    "trace_id",
    "spanId",
    "span_id",
    "parentSpanId",
    "parent_span_id",
    "resource",
    "scope",
];

/// Turns a span into its events; the first is the span.
pub(super) fn read(span: &Map<String, Value>, around: &Around) -> Vec<Event<'static>> {
    let from = Telemetry {
        around,
        attributes: Attributes::read(span.get("attributes")),
        side: Side::read(span.get("kind")),
    };
    let class = Class::of(&from);
    let mut event = class.event(from.is_gateway());
    fill_place(&mut event, span);
    from.fill(&mut event, &class);
    class.name(&mut event, span.get("name").and_then(Value::as_str).unwrap_or_default());
    let status = span.get("status");
    let is_ended = event.time_end.is_some();
    verdict::fill(&mut event, &from, Status::read(status), is_ended);
    if event.reason.is_none() && event.outcome != Outcome::Success {
        event.reason = verdict::message(status);
    }
    let mut sifted = Sifted::default();
    let kept = from.sift(&mut event, &class, &mut sifted);
    let inner = span_events(span);
    event.payload = Cow::Owned(payload(span, kept, &inner, around, &mut sifted));
    note_sifted(&mut event, &sifted);
    note_links(&mut event, span);
    once(&mut event);
    let parts: Vec<Event<'static>> = inner
        .iter()
        .enumerate()
        .filter_map(|(n, inner)| part(&event, inner, n))
        .take(MAX_PARTS)
        .collect();
    std::iter::once(event).chain(parts).collect()
}

/// Fills times and the place in the trace. Two deliveries of one span are one event.
fn fill_place(event: &mut Event<'static>, span: &Map<String, Value>) {
    if let Some((time, precision)) =
        values::time(member(span, &["startTimeUnixNano", "start_time_unix_nano"]))
    {
        event.time = Some(time);
        event.precision = precision;
    }
    event.time_end = values::time(member(span, &["endTimeUnixNano", "end_time_unix_nano"]))
        .map(|(time, _)| time);
    event.trace = values::id(member(span, &["traceId", "trace_id"]), 16).map(Cow::Owned);
    event.span = values::id(member(span, &["spanId", "span_id"]), 8).map(Cow::Owned);
    event.parent_span =
        values::id(member(span, &["parentSpanId", "parent_span_id"]), 8).map(Cow::Owned);
    if let (Some(trace), Some(span)) = (&event.trace, &event.span) {
        event.native_id = Some(Cow::Owned(format!("{trace}/{span}")));
    }
}

fn span_events(span: &Map<String, Value>) -> Vec<&Map<String, Value>> {
    span.get("events")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect()
}

fn name_of(event: &Map<String, Value>) -> &str {
    event.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Returns true for span events that become events of their own.
fn matters(name: &str) -> bool {
    name == "exception" || name.starts_with("gen_ai.")
}

fn payload(
    span: &Map<String, Value>,
    attributes: Map<String, Value>,
    inner: &[&Map<String, Value>],
    around: &Around,
    sifted: &mut Sifted,
) -> String {
    let mut kept = Map::new();
    for (key, value) in span {
        match key.as_str() {
            "attributes" | "events" => {}
            key if HELD.contains(&key) => {}
            _ => {
                kept.insert(key.clone(), sifted.keep_short(value));
            }
        }
    }
    if !attributes.is_empty() {
        kept.insert("attributes".to_owned(), Value::Object(attributes));
    }
    if !inner.is_empty() {
        let listed = inner.iter().map(|event| listed(event, sifted)).collect();
        kept.insert("events".to_owned(), listed);
    }
    add_around(&mut kept, around);
    Value::Object(kept).to_string()
}

/// What stays of a span event in its span: all but what stands in an event of its own.
fn listed(event: &Map<String, Value>, sifted: &mut Sifted) -> Value {
    let mut kept = Map::new();
    for (key, value) in event {
        if key == "attributes" {
            if !matters(name_of(event)) {
                let attributes = kept_attributes(&Attributes::read(Some(value)), sifted);
                kept.insert(key.clone(), Value::Object(attributes));
            }
        } else {
            kept.insert(key.clone(), sifted.keep_short(value));
        }
    }
    Value::Object(kept)
}

fn kept_attributes(attributes: &Attributes, sifted: &mut Sifted) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in attributes.members() {
        sifted.put(&mut kept, name, value, false);
    }
    kept
}

/// Adds the resource and scope that a record stands under.
pub(super) fn add_around(kept: &mut Map<String, Value>, around: &Around) {
    if let Some(scope) = &around.scope {
        kept.insert("scope".to_owned(), scope.clone());
    }
    if !around.resource.is_empty() {
        let resource =
            around.resource.members().map(|(key, value)| (key.clone(), value.clone())).collect();
        kept.insert("resource".to_owned(), Value::Object(resource));
    }
}

fn note_links(event: &mut Event<'static>, span: &Map<String, Value>) {
    let links = span.get("links").and_then(Value::as_array);
    for link in links.into_iter().flatten().filter_map(Value::as_object).take(MAX_LINKS) {
        if let Some(trace) = values::id(member(link, &["traceId", "trace_id"]), 16)
            && event.trace.as_deref() != Some(&*trace)
        {
            event.identify(IdKind::Trace, trace, Trust::Observed);
        }
    }
}

/// Returns the event of a span event that matters; `n` is its number within the span.
fn part(span: &Event<'static>, inner: &Map<String, Value>, n: usize) -> Option<Event<'static>> {
    let name = name_of(inner);
    if !matters(name) {
        return None;
    }
    let is_exception = name == "exception";
    let plane = if is_exception { span.plane } else { Plane::Model };
    let mut event = Event::new(plane, super::PRODUCT, Kind::Notice);
    let time = values::time(member(inner, &["timeUnixNano", "time_unix_nano"]));
    event.time = time.map(|(time, _)| time).or(span.time);
    event.precision = time.map_or(span.precision, |(_, precision)| precision);
    event.native_id = span.native_id.as_ref().map(|id| Cow::Owned(format!("{id}#{n}")));
    event.trace.clone_from(&span.trace);
    event.parent_span.clone_from(&span.span);
    event.session.clone_from(&span.session);
    event.session_basis = span.session_basis;
    event.agent.clone_from(&span.agent);
    event.agent_trust = span.agent_trust;
    event.account.clone_from(&span.account);
    event.region.clone_from(&span.region);
    let attributes = Attributes::read(inner.get("attributes"));
    event.action = Some(Cow::Owned(name.to_owned()));
    if is_exception {
        event.outcome = Outcome::Error;
        event.error_code = attributes.text(&["exception.type"]).map(Cow::Owned);
        event.reason = verdict::reason(attributes.value(&["exception.message"]));
        event.tool.clone_from(&span.tool);
    }
    let mut sifted = Sifted::default();
    let mut kept = Map::new();
    for (key, value) in attributes.members() {
        if is_message_text(name, key) {
            sifted.put_content(&mut kept, key, name, value);
        } else {
            sifted.put(&mut kept, key, value, false);
        }
    }
    event.payload = Cow::Owned(serde_json::json!({"attributes": kept}).to_string());
    note_sifted(&mut event, &sifted);
    once(&mut event);
    Some(event)
}

/// Attributes of messages, where any name may hold text: Strands writes `message`, others `tool_calls` or `event.body`.
pub(super) fn is_message_text(event: &str, attribute: &str) -> bool {
    const WORDS: [&str; 9] = [
        "event.name",
        "finish_reason",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.system",
        "id",
        "index",
        "name",
        "role",
    ];
    event.starts_with("gen_ai.")
        && !event.starts_with("gen_ai.evaluation")
        && !WORDS.contains(&attribute)
        && (!attribute.starts_with("gen_ai.") || super::content::is_content(attribute))
}
