//! Any JSON that no format recognizes: kept whole, with a time where one of the usual keys gives it.
//!
//! Source: none; the keys below are the common ones of log shippers and SDKs.
//! Maps: time, a short action, trace, session and request ids by exact key. Everything else stays in the payload.
//! Quirk: numbers since 1970 are told apart by size. Must not claim a product or a decision.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::event::Repeats;
use crate::model::time::{Micros, Precision};
use crate::model::{Event, IdKind, Kind, Plane, Trust};
use crate::source::Framing;

use super::contract::{Adapted, Adapter, Confidence, Format, Record};
use super::sample::Sample;

/// Arrays that log tools put their records into.
const DRILL: &[&str] = &[
    "Records",
    "records",
    "Events",
    "events",
    "logEvents",
    "data",
    "value",
    "items",
    "logs",
    "activities",
    "entries",
    "authorizationEvents",
    "results",
];

/// Longest text that is taken as an action.
const MAX_ACTION: usize = 80;

const TIME_KEYS: &[&str] = &[
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "eventTime",
    "event_time",
    "EventTime",
    "created_at",
    "createdAt",
    "CreationTime",
    "startTime",
    "start_time",
    "startDate",
    "start_date",
    "occurred_at",
    "logged_at",
    "date",
    "event_timestamp",
    "timeUnixNano",
    "startTimeUnixNano",
    "observedTimeUnixNano",
];

const ACTION_KEYS: &[&str] = &[
    "event",
    "action",
    "event_type",
    "eventType",
    "eventName",
    "type",
    "operation",
    "Operation",
    "name",
    "msg",
    "message",
];

const IDENTIFIER_KEYS: &[(&str, IdKind)] = &[
    ("trace_id", IdKind::Trace),
    ("traceId", IdKind::Trace),
    ("span_id", IdKind::Span),
    ("spanId", IdKind::Span),
    ("session_id", IdKind::Session),
    ("sessionId", IdKind::Session),
    ("session.id", IdKind::Session),
    ("request_id", IdKind::Request),
    ("requestId", IdKind::Request),
    ("requestID", IdKind::Request),
    ("x-request-id", IdKind::Request),
    ("correlation_id", IdKind::Correlation),
    ("correlationId", IdKind::Correlation),
    ("decision_id", IdKind::DecisionId),
];

/// JSON that nothing else reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// Values one after the other, or one array of them.
    Values,
    /// An object that holds the records in a list.
    List,
}

/// Id of [`Unmapped::Values`].
pub const VALUES: &str = "json.unmapped";
/// Id of [`Unmapped::List`].
pub const LIST: &str = "json.unmapped.list";

/// Returns the id of the reader that fits the sample. A list is only opened when all of its elements that can be seen
/// are objects, so that a settings file with lists of words stays one record.
pub fn reader_for(sample: &Sample<'_>) -> &'static str {
    let is_bare = sample.values().first().is_some_and(|value| !holds_list(value));
    let records = sample.records(Framing::json(DRILL));
    let is_list = !is_bare
        && records.iter().all(Value::is_object)
        && records.first().is_some_and(|record| sample.values().first() != Some(record));
    if is_list { LIST } else { VALUES }
}

fn holds_list(value: &Value) -> bool {
    let elements = DRILL.iter().find_map(|key| value.get(*key)?.as_array());
    elements.is_some_and(|elements| !elements.is_empty() && elements.iter().all(Value::is_object))
}

impl Format for Unmapped {
    fn id(&self) -> &'static str {
        match self {
            Self::Values => VALUES,
            Self::List => LIST,
        }
    }

    fn about(&self) -> &'static str {
        match self {
            Self::Values => "any other JSON: time, text search and raw view",
            Self::List => "any other JSON that holds its records in a list",
        }
    }

    fn framing(&self) -> Framing {
        match self {
            Self::Values => Framing::json(&[]),
            Self::List => Framing::json(DRILL),
        }
    }

    /// Never competes: [`super::recognize::recognize`] falls back to it.
    fn recognize(&self, _sample: &Sample<'_>) -> Confidence {
        Confidence::no()
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader)
    }
}

#[derive(Debug)]
struct Reader;

impl Adapter for Reader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        push(record, out);
    }

    fn envelope(&mut self, text: &[u8], out: &mut Adapted<'_>) {
        let has_more = serde_json::from_slice::<Map<String, Value>>(text)
            .is_ok_and(|members| members.len() > 1);
        if has_more {
            out.warn("members beside the list of records are only in the raw view");
        }
    }
}

/// Keeps a record as unmapped JSON. Returns false when it had to be rejected.
pub(crate) fn push<'r>(record: &Record<'r>, out: &mut Adapted<'r>) -> bool {
    match serde_json::from_str::<Value>(record.text) {
        Ok(value) => {
            out.push(record, event(record.text, &value));
            true
        }
        Err(error) => {
            out.reject(record, why_unreadable(&error));
            false
        }
    }
}

/// Returns the event of a value that no format knows; `text` is the same value as it was written.
pub(crate) fn event<'r>(text: &'r str, value: &Value) -> Event<'r> {
    let mut event = Event::new(Plane::Other, "json", Kind::Other);
    event.repeats = Repeats::OwnEvents;
    let Some(object) = value.as_object() else {
        event.payload = Cow::Owned(format!("{{\"value\":{}}}", text.trim()));
        return event;
    };
    event.payload = Cow::Borrowed(text.trim());
    if let Some((time, precision)) = time_of(object).or_else(|| first_nano(value, 0)) {
        event.time = Some(time);
        event.precision = precision;
        event.repeats = Repeats::SameEvent;
    }
    event.action = action_of(object).map(Cow::Owned);
    for (key, kind) in IDENTIFIER_KEYS {
        if let Some(id) = object.get(*key).and_then(Value::as_str) {
            event.identify(*kind, id.to_owned(), Trust::Asserted);
        }
    }
    event
}

/// Says why a text is no JSON value, by class and place and without quoting it.
pub(crate) fn why_unreadable(error: &serde_json::Error) -> String {
    let class = match error.classify() {
        serde_json::error::Category::Eof => "record is cut off",
        serde_json::error::Category::Syntax => {
            "record is not valid JSON or nests deeper than 128 levels"
        }
        serde_json::error::Category::Data => "record holds a value of the wrong type",
        serde_json::error::Category::Io => "record could not be read",
    };
    format!("{class} (line {} of the record, column {})", error.line(), error.column())
}

fn time_of(object: &Map<String, Value>) -> Option<(Micros, Precision)> {
    TIME_KEYS.iter().filter_map(|key| object.get(*key)).find_map(read_time)
}

fn read_time(value: &Value) -> Option<(Micros, Precision)> {
    match value {
        Value::String(text) => {
            Micros::parse(text).or_else(|| Micros::from_epoch(text.trim().parse().ok()?))
        }
        Value::Number(number) => Micros::from_epoch(number.as_f64()?),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// OpenTelemetry batches hold their times a few levels down.
fn first_nano(value: &Value, depth: usize) -> Option<(Micros, Precision)> {
    const IN_BATCHES: &[&str] = &[
        "resourceSpans",
        "resourceLogs",
        "scopeSpans",
        "scopeLogs",
        "spans",
        "logRecords",
        "resourceMetrics",
    ];
    const NANOS: &[&str] = &["startTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"];
    if depth > 6 {
        return None;
    }
    let object = match value {
        Value::Array(elements) => return first_nano(elements.first()?, depth + 1),
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    NANOS.iter().filter_map(|key| object.get(*key)).find_map(read_time).or_else(|| {
        IN_BATCHES
            .iter()
            .filter_map(|key| object.get(*key))
            .find_map(|inner| first_nano(inner, depth + 1))
    })
}

fn action_of(object: &Map<String, Value>) -> Option<String> {
    ACTION_KEYS
        .iter()
        .filter_map(|key| object.get(*key)?.as_str())
        .map(str::trim)
        .find(|text| !text.is_empty() && text.len() <= MAX_ACTION && !text.contains(['\n', '{']))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn times(value: &Value) -> Option<String> {
        let text = value.to_string();
        event(&text, value).time.map(|time| time.to_string())
    }

    #[test]
    fn time_is_found_under_the_usual_keys() {
        let at = Some("2026-03-01T10:00:00.000Z".to_owned());
        assert_eq!(times(&json!({"ts": 1_772_359_200})), at);
        assert_eq!(times(&json!({"@timestamp": "2026-03-01T10:00:00Z"})), at);
        assert_eq!(times(&json!({"startTime": "2026-03-01 10:00:00"})), at);
        let span = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "1772359200000000000"}]}]}]});
        assert_eq!(times(&span), at);
        assert_eq!(times(&json!({"ts": "whenever"})), None);
    }

    #[test]
    fn action_is_a_short_text_only() {
        let value = json!({"message": "x".repeat(200), "action": "login"});
        let text = value.to_string();
        assert_eq!(event(&text, &value).action.as_deref(), Some("login"));
        let value = json!({"message": "x".repeat(200)});
        let text = value.to_string();
        assert_eq!(event(&text, &value).action, None);
    }

    #[test]
    fn lists_of_objects_are_opened_and_lists_of_words_are_not() {
        let reader = |head: &str| reader_for(&Sample::new("x", head, true));
        assert_eq!(reader(r#"{"total":1,"data":[{"a":1}]}"#), LIST);
        assert_eq!(reader(r#"{"data":[{"a":1},{"a":"cut"#), LIST);
        assert_eq!(reader(r#"{"data":["a","b"],"events":[1]}"#), VALUES);
        assert_eq!(reader(r#"{"data":[]}"#), VALUES);
        assert_eq!(reader(r#"{"a":1}"#), VALUES);
        assert_eq!(reader(r#"[{"a":1}]"#), VALUES);
        assert_eq!(reader(r#"{"a":"cut"#), VALUES);
    }

    #[test]
    fn made_up_records_come_out_as_expected() {
        let content = include_str!("../../tests/fixtures/format/unmapped/app.jsonl");
        let expected = include_str!("../../tests/fixtures/format/unmapped/app.expected.json");
        super::super::replayed::check(&Unmapped::Values, content, expected);
        let page = super::super::replayed::replay(
            &Unmapped::List,
            r#"{"total":2,"items":[{"a":1},{"a":2}]}"#,
        );
        assert_eq!((page.events.len(), page.warnings.len()), (2, 1));
        let bare = super::super::replayed::replay(&Unmapped::List, r#"{"items":[{"a":1}]}"#);
        assert_eq!((bare.events.len(), bare.warnings.len()), (1, 0));
    }

    #[test]
    fn record_is_kept_whole_and_broken_text_is_rejected_without_quoting() {
        let place =
            super::super::contract::Place { index: 0, part: 0, offset: 0, length: 0, line: 1 };
        let mut out = Adapted::default();
        assert!(push(&Record { text: r#"{"a":1,"session_id":"s"}"#, place }, &mut out));
        assert!(!push(&Record { text: r#"{"hush":"#, place }, &mut out));
        assert_eq!(out.events[0].1.payload, r#"{"a":1,"session_id":"s"}"#);
        assert_eq!(out.events[0].1.identifiers[0].kind, IdKind::Session);
        assert_eq!(out.rejects.len(), 1);
        assert!(!out.rejects[0].1.contains("hush"));
    }
}
