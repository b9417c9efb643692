//! OpenTelemetry traces and logs as JSON: OTLP requests (one object, JSON Lines of the collector's file exporter, arrays) and
//! the flat spans and log records of `CloudWatch` (log group `aws/spans`, streams of AgentCore runtimes).
//!
//! Source: opentelemetry-proto 1.x, "JSON Protobuf Encoding"; semantic conventions for generative AI and MCP (2026,
//! "Development") with the names of their elders; AgentCore observability; Claude Code monitoring.
//! Maps: one event per span and per log record, exceptions and messages of models inside spans as events of their own. Plane
//! and kind from the attributes; tool, server, agent, person, session, model, tokens, cost, AWS request id, access key,
//! the workload's account and region. Attributes, resource and scope stay in the payload as plain objects.
//! Drops: text of prompts, answers and documents; size, digest and roles stay as `NAME.summary`, and `masked` says so.
//! Texts above 4 KiB too, except arguments of tools. Metrics are skipped: they count and tell no happening.
//! Quirks: 64-bit integers are texts; ids are hex here and base64 in plain protobuf JSON; the old names
//! `instrumentationLibrarySpans` and `snake_case` keys are accepted; a span's status is unset when it went well; names in
//! telemetry are the emitter's word. Token counts of agent spans repeat those of their model calls and stay in the payload.
//! Must not keep prompt or answer text anywhere.

pub(crate) mod claims;
mod class;
mod claude;
pub(crate) mod content;
mod log;
mod names;
pub(crate) mod record;
mod span;
pub(crate) mod values;
mod verdict;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::cloudtrail::recognize;
use super::contract::{Adapted, Adapter, Confidence, Format, Record};
use super::sample::{Sample, Shape};
use super::{agentcore, members, unmapped};
use crate::model::Event;
use crate::source::Framing;

use record::Around;

/// Product of all events: whoever emitted them wrote them through OpenTelemetry.
const PRODUCT: &str = "otel";

/// Lists of batches. `batches` is how Tempo answers.
const DRILL: &[&str] = &[
    "resourceSpans",
    "resourceLogs",
    "resourceMetrics",
    "resource_spans",
    "resource_logs",
    "resource_metrics",
    "batches",
];
const SCOPE_SPANS: &[&str] =
    &["scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"];
const SCOPE_LOGS: &[&str] =
    &["scopeLogs", "scope_logs", "instrumentationLibraryLogs", "instrumentation_library_logs"];
const SCOPE_METRICS: &[&str] = &[
    "scopeMetrics",
    "scope_metrics",
    "instrumentationLibraryMetrics",
    "instrumentation_library_metrics",
];

/// Events of one record at most; their number is 16 bits wide.
const MAX_EVENTS: usize = 65_000;

const FOREIGN: &str = "records that are no OpenTelemetry data are kept as unmapped JSON";
const METRICS: &str = "metrics: numbers without a happening";
const EMPTY: &str = "batch without spans and log records";

/// Spans and log records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Otlp;

impl Format for Otlp {
    fn id(&self) -> &'static str {
        "otlp"
    }

    fn about(&self) -> &'static str {
        "OpenTelemetry spans and logs as JSON: OTLP requests, CloudWatch `aws/spans`; no prompts"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !matches!(sample.shape(), Shape::Object | Shape::Array) {
            return Confidence::no();
        }
        let records = sample.records(self.framing());
        let known = records.iter().filter(|record| Sort::of(record).is_some()).count();
        let is_batch = |record: &Value| !matches!(Sort::of(record), Some(Sort::Span | Sort::Log));
        if known > 0 {
            return if records.iter().any(is_batch) {
                recognize::score(
                    known,
                    records.len(),
                    95,
                    "resourceSpans, resourceLogs or resourceMetrics",
                )
            } else {
                recognize::score(
                    known,
                    records.len(),
                    88,
                    "flat spans or log records of OpenTelemetry",
                )
            };
        }
        // A request may be empty, and its first batch larger than the sample.
        let first =
            members::names(sample.head.trim_start().trim_start_matches('[')).into_iter().next();
        if records.is_empty()
            && first.is_some_and(|name| name != "batches" && DRILL.contains(&name))
        {
            return Confidence::new(
                70,
                "resourceSpans, resourceLogs or resourceMetrics as first key",
            );
        }
        Confidence::no()
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader)
    }
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A whole export request.
    Request,
    /// The records under one resource.
    Batch,
    Span,
    Log,
}

impl Sort {
    fn of(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let has = |names: &[&str]| names.iter().any(|name| object.contains_key(*name));
        let is_list = |names: &[&str]| values::member(object, names).is_some_and(Value::is_array);
        if is_list(DRILL) && !has(&["batches"])
            || object.get("trace").is_some_and(|trace| Self::of(trace) == Some(Self::Request))
        {
            return Some(Self::Request);
        }
        if is_list(SCOPE_SPANS) || is_list(SCOPE_LOGS) || is_list(SCOPE_METRICS) {
            return Some(Self::Batch);
        }
        let has_ids = has(&["traceId", "trace_id"]) && has(&["spanId", "span_id"]);
        if has_ids && has(&["startTimeUnixNano", "start_time_unix_nano"]) && has(&["name"]) {
            return Some(Self::Span);
        }
        let is_timed = has(&["timeUnixNano", "observedTimeUnixNano", "time_unix_nano"]);
        let is_log = is_timed
            && has(&["body", "severityNumber", "eventName"])
            && has(&["resource", "scope", "attributes"]);
        (is_log && !agentcore::is_vended(value)).then_some(Self::Log)
    }
}

/// Returns true for a flat span or log record.
pub(crate) fn is_flat(value: &Value) -> bool {
    matches!(Sort::of(value), Some(Sort::Span | Sort::Log))
}

/// Reads a flat span or log record; `None` when it is neither.
pub(crate) fn read_flat(value: &Value) -> Option<Vec<Event<'static>>> {
    let object = value.as_object()?;
    match Sort::of(value)? {
        Sort::Span => {
            let mut events = span::read(object, &Around::of_resource(object).with_scope(object));
            for event in &mut events {
                event.shape_rank = 1;
            }
            Some(events)
        }
        Sort::Log => Some(vec![log::read(object, &Around::of_resource(object).with_scope(object))]),
        Sort::Request | Sort::Batch => None,
    }
}

#[derive(Debug)]
struct Reader;

impl Adapter for Reader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let value: Value = match serde_json::from_str(record.text) {
            Ok(value) => value,
            Err(error) => return out.reject(record, unmapped::why_unreadable(&error)),
        };
        let mut batch = Batch::default();
        match (Sort::of(&value), value.as_object()) {
            (Some(Sort::Request), Some(object)) => batch.request(object),
            (Some(Sort::Batch), Some(object)) => batch.resource(object),
            (Some(_), _) => batch.take(read_flat(&value).unwrap_or_default()),
            (None, _) if agentcore::is_vended(&value) => match agentcore::read(&value) {
                Ok(event) => batch.take(vec![event]),
                Err(reason) => return out.reject(record, reason),
            },
            (None, _) => {
                if unmapped::push(record, out) {
                    out.warn(FOREIGN);
                }
                return;
            }
        }
        batch.give(record, out);
    }
}

/// The events of one record.
#[derive(Debug, Default)]
struct Batch {
    events: Vec<Event<'static>>,
    n_metrics: usize,
    /// Elements that are no objects.
    n_broken: usize,
    n_left_out: usize,
}

impl Batch {
    fn take(&mut self, events: Vec<Event<'static>>) {
        for event in events {
            if self.events.len() < MAX_EVENTS {
                self.events.push(event);
            } else {
                self.n_left_out += 1;
            }
        }
    }

    fn request(&mut self, object: &Map<String, Value>) {
        if let Some(trace) = object.get("trace").and_then(Value::as_object) {
            self.request(trace);
        }
        for key in DRILL {
            for element in object.get(*key).and_then(Value::as_array).into_iter().flatten() {
                match element.as_object() {
                    Some(batch) => self.resource(batch),
                    None => self.n_broken += 1,
                }
            }
        }
    }

    fn resource(&mut self, batch: &Map<String, Value>) {
        let around = Around::of_resource(batch);
        self.n_metrics += lists(batch, SCOPE_METRICS).count();
        for (scopes, records, is_span) in [
            (SCOPE_SPANS, ["spans", "spans"], true),
            (SCOPE_LOGS, ["logRecords", "log_records"], false),
        ] {
            for scope in lists(batch, scopes) {
                let Some(holder) = scope.as_object() else {
                    self.n_broken += 1;
                    continue;
                };
                let around = around.with_scope(holder);
                let [current, old] = records;
                for element in lists(holder, &[current, old]) {
                    match element.as_object() {
                        Some(span) if is_span => self.take(span::read(span, &around)),
                        Some(record) => self.take(vec![log::read(record, &around)]),
                        None => self.n_broken += 1,
                    }
                }
            }
        }
    }

    fn give(self, record: &Record<'_>, out: &mut Adapted<'_>) {
        if self.events.is_empty() && self.n_broken == 0 {
            return out.skip(if self.n_metrics == 0 { EMPTY } else { METRICS });
        }
        if self.n_broken > 0 {
            out.reject(record, format!("{} elements of the batch are no objects", self.n_broken));
        }
        if self.n_left_out > 0 {
            let n = self.n_left_out;
            out.reject(record, format!("batch holds more than 65,000 events: {n} were not read"));
        }
        for event in self.events {
            out.push(record, event);
        }
    }
}

/// Returns the elements of the list under the first of these names that is there.
fn lists<'v>(object: &'v Map<String, Value>, names: &[&str]) -> impl Iterator<Item = &'v Value> {
    values::member(object, names).and_then(Value::as_array).into_iter().flatten()
}
