//! agentgateway request logs, as text (`TIME level request key=value ...`) and as JSON with the same keys.
//!
//! Source: agentgateway documentation, "Logging", and the emitting source, release line 0.7 to 1.x.
//! Maps: time, `gateway`, `listener`, `route`, `src.addr`, `src.identity`, `http.*`, `jwt.*`, `mcp.*`, `a2a.*`, `gen_ai.*`,
//! `agw.ai.usage.cost.total`, `trace.id`, `span.id`, `error`, `reason`, `duration`, and keys that operators add under usual
//! names. Everything stays in the payload.
//! Drops: prompts and answers that operators add (`gen_ai.prompt`, `llm.completion`, bodies): size and SHA-256 stay.
//! Quirks: the time is that of the end of the request. A refusal of a tool by policy is written as "Unknown tool" with
//! -32602, as a typing error is: it stays an error, and the reason says so. Terminals' color codes are taken off. Lines
//! about the gateway itself are declared, those of level warn or error are events. `src.addr` is the socket's, and so is
//! that of a proxy in front. Must not take a subject that could be a program for a person.

mod fields;
mod logfmt;

use serde_json::{Map, Value};

use crate::source::Framing;

use super::contract::{Adapted, Adapter, Confidence, Format, Record};
use super::sample::{Sample, Shape};
use super::{shipped, unmapped};

use logfmt::TextLine;

/// Lists that exports hold records in.
const DRILL: &[&str] = &["logEvents", "records", "logs"];

/// Score of a source with a single record of the product; one of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 46;

const FOREIGN: &str = "records that are no line of the gateway are kept as unmapped JSON";
const OWN_AFFAIR: &str = "log line about the gateway itself (start, configuration, health)";

/// Text lines; JSON on a line of its own is read too.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgentGatewayLines;

/// JSON values.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgentGatewayJson;

impl Format for AgentGatewayLines {
    fn id(&self) -> &'static str {
        "agentgateway"
    }

    fn about(&self) -> &'static str {
        "agentgateway request log in text lines"
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if sample.shape() != Shape::Text || !sample.head.contains("request") {
            return Confidence::no();
        }
        let (mut n_requests, mut n_own, mut n_lines) = (0, 0, 0);
        for line in sample.lines() {
            n_lines += 1;
            match is_request_line(line) {
                Some(true) => n_requests += 1,
                Some(false) => n_own += 1,
                None => {}
            }
        }
        // A long start-up may fill the lines that are looked at.
        if n_requests == 0 && n_own > 0 && sample.head.contains("src.addr=") {
            n_requests =
                usize::from(sample.head.lines().any(|line| is_request_line(line) == Some(true)));
        }
        confidence(n_requests, n_requests + n_own, n_lines.max(n_requests + n_own))
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(LineReader)
    }
}

impl Format for AgentGatewayJson {
    fn id(&self) -> &'static str {
        "agentgateway.json"
    }

    fn about(&self) -> &'static str {
        "agentgateway request log in JSON"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if sample.shape() == Shape::Text || !sample.head.contains("src.addr") {
            return Confidence::no();
        }
        let records = sample.records(self.framing());
        let (mut n_requests, mut n_own) = (0, 0);
        for record in &records {
            match found_in(record) {
                Some(Found::Request(_)) => n_requests += 1,
                Some(Found::Own(_)) => n_own += 1,
                None => {}
            }
        }
        confidence(n_requests, n_requests + n_own, records.len())
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(JsonReader)
    }
}

/// Returns whether a line of the gateway is a request; `None` for other text.
fn is_request_line(line: &str) -> Option<bool> {
    let line = logfmt::plain(line);
    let TextLine { scope, pairs, .. } = logfmt::take_apart(&line)?;
    Some(scope == "request" && fields::is_request(&pairs))
}

fn confidence(n_requests: usize, n_known: usize, n_records: usize) -> Confidence {
    if n_requests == 0 || n_records == 0 {
        return Confidence::no();
    }
    let score = u8::try_from(BASE + SPAN * n_known / n_records).unwrap_or(u8::MAX);
    Confidence::new(
        score,
        format!(
            "`request` with `gateway` and `src.addr` in {n_requests} of {n_records} sampled records"
        ),
    )
}

/// What a JSON record is.
#[derive(Debug, PartialEq)]
enum Found {
    Request(Map<String, Value>),
    /// Another line of the gateway.
    Own(Map<String, Value>),
}

fn found_in(value: &Value) -> Option<Found> {
    if let Some(found) = of_object(value) {
        return Some(found);
    }
    if let Some(inner) = shipped::record(value) {
        return of_object(&inner);
    }
    let line = logfmt::plain(shipped::line(value)?.trim_end());
    let line = logfmt::take_apart(&line)?;
    let object = line.object();
    let is_request = line.scope == "request" && fields::is_request(&object);
    Some(if is_request { Found::Request(object) } else { Found::Own(object) })
}

fn of_object(value: &Value) -> Option<Found> {
    let object = value.as_object()?;
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    if text("scope") == Some("request") && fields::is_request(object) {
        return Some(Found::Request(object.clone()));
    }
    let is_log = text("level").is_some() && text("time").is_some() && text("scope").is_some();
    is_log.then(|| Found::Own(object.clone()))
}

fn give_out(found: Found, record: &Record<'_>, out: &mut Adapted<'_>) {
    match found {
        Found::Request(object) => out.push(record, fields::request(object)),
        Found::Own(object) => match fields::trouble(object) {
            Some(event) => out.push(record, event),
            None => out.skip(OWN_AFFAIR),
        },
    }
}

#[derive(Debug)]
struct LineReader;

impl Adapter for LineReader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let text = logfmt::plain(record.text);
        if text.trim_start().starts_with('{') {
            return read_json(record, &text, out);
        }
        let Some(line) = logfmt::take_apart(&text) else {
            return out.reject(record, "line without a time, a level and a scope");
        };
        let object = line.object();
        let is_scope = line.scope == "request";
        if is_scope && !fields::is_request(&object) {
            return out.reject(record, "request line without `gateway` and `src.addr`");
        }
        let found = if is_scope { Found::Request(object) } else { Found::Own(object) };
        give_out(found, record, out);
    }
}

#[derive(Debug)]
struct JsonReader;

impl Adapter for JsonReader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        read_json(record, record.text, out);
    }
}

fn read_json<'r>(record: &Record<'r>, text: &str, out: &mut Adapted<'r>) {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return out.reject(record, unmapped::why_unreadable(&error)),
    };
    match found_in(&value) {
        Some(found) => give_out(found, record, out),
        None => {
            if unmapped::push(record, out) {
                out.warn(FOREIGN);
            }
        }
    }
}

#[cfg(test)]
mod tests;
