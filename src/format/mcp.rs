//! MCP JSON-RPC captures: bare messages, envelopes, batches, MCP Inspector exports, server-sent events, tee logs.
//!
//! Source: Model Context Protocol specification, revisions 2024-11-05 to 2025-11-25 and 2026-07-28; JSON-RPC 2.0.
//! Maps: method, params.{name,uri,arguments,clientInfo,_meta}, result, error, HTTP headers of the envelope.
//! Drops: prompt and response text of sampling, baggage, result texts above 4 KiB (size and digest stay, of baggage the size).
//! Quirks: the protocol has no time, so a capture without an envelope is undated; ids restart per connection; a tool
//! that failed is a result with `isError`; sessions are gone in 2026-07-28, and a call that needed input comes twice.
//! A request is held until its answer arrives, so that it shows how it ended. Must not guess a refusal from words.

mod envelope;
pub(crate) mod fields;
pub(crate) mod hints;
mod lines;
mod message;
mod pairing;
mod payload;
pub(crate) mod verbs;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::model::{IdKind, Trust};
use crate::source::Framing;

use super::contract::{Adapted, Adapter, Confidence, Format, Place, Record};
use super::hex::hex;
use super::sample::{Sample, Shape};
use super::unmapped;

use envelope::Context;
use lines::Line;
use message::{Found, MessageShape};
use pairing::{Asked, Batch, CallKey, Pending};
use payload::Content;

/// Arrays that hold enveloped messages in log exports.
const DRILL: &[&str] = &["logEvents", "entries", "messages"];

/// Score of a source with a single message; a source of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 47;

/// Unfinished two-part calls remembered at most.
const MAX_STITCHES: usize = 10_000;

const FOREIGN: &str = "records that hold no JSON-RPC message are kept as unmapped JSON";

/// JSON values: messages, envelopes, arrays of either.
#[derive(Debug, Clone, Copy, Default)]
pub struct McpJson;

/// Text lines with a message on each: `time direction {...}` and server-sent events.
#[derive(Debug, Clone, Copy, Default)]
pub struct McpLines;

impl Format for McpJson {
    fn id(&self) -> &'static str {
        "mcp.jsonrpc"
    }

    fn about(&self) -> &'static str {
        "MCP JSON-RPC captures, all revisions: bare, enveloped, batches, Inspector exports"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !sample.mentions_key("jsonrpc") && !sample.head.contains("\\\"jsonrpc\\\"") {
            return Confidence::no();
        }
        let records = sample.records(Framing::json(DRILL));
        if records.is_empty() && begins_with_message(sample.head) {
            let score = u8::try_from(BASE).unwrap_or(u8::MAX);
            return Confidence::new(
                score,
                "`jsonrpc` at the beginning of a record larger than the sample",
            );
        }
        let hits = records.iter().filter(|record| message::holds_message(record)).count();
        confidence(hits, records.len(), "`jsonrpc` = \"2.0\"")
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader::default())
    }
}

impl Format for McpLines {
    fn id(&self) -> &'static str {
        "mcp.jsonrpc.lines"
    }

    fn about(&self) -> &'static str {
        "MCP JSON-RPC in text lines: `time direction {...}`, server-sent events"
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if sample.shape() == Shape::Object || !sample.mentions_key("jsonrpc") {
            return Confidence::no();
        }
        let mut read = 0;
        let mut hits = 0;
        for line in sample.lines() {
            match lines::take_apart(line) {
                Line::Control => {}
                Line::Other => read += 1,
                Line::Message { json, .. } => {
                    read += 1;
                    let is_after_text = json.len() < line.len();
                    let is_message = serde_json::from_str(json)
                        .is_ok_and(|value: Value| message::holds_message(&value));
                    hits += usize::from(is_after_text && is_message);
                }
            }
        }
        confidence(hits, read, "`jsonrpc` = \"2.0\" behind text on the same line")
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(LineReader::default())
    }
}

/// A message that the head cuts off: its first member is `jsonrpc`.
fn begins_with_message(head: &str) -> bool {
    let start = head.trim_start().trim_start_matches('[').trim_start();
    start.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with("\"jsonrpc\""))
}

fn confidence(hits: usize, read: usize, mark: &str) -> Confidence {
    if hits == 0 || read == 0 {
        return Confidence::no();
    }
    let score = u8::try_from(BASE + SPAN * hits / read).unwrap_or(u8::MAX);
    Confidence::new(score, format!("{mark} in {hits} of {read} sampled records"))
}

/// The state of one capture.
#[derive(Debug, Default)]
struct Reader {
    pending: Pending,
    /// Steps of calls that ended with `input_required`, by what ties the repetition to them.
    stitches: BTreeMap<String, String>,
}

impl Adapter for Reader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        match serde_json::from_str(record.text) {
            Ok(value) => self.read(record, record.text, value, &Context::default(), out),
            Err(error) => out.reject(record, unmapped::why_unreadable(&error)),
        }
    }

    fn finish(&mut self, out: &mut Adapted<'_>) {
        self.pending.finish(out);
    }
}

/// The state of one capture in text lines.
#[derive(Debug, Default)]
struct LineReader {
    reader: Reader,
}

impl Adapter for LineReader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let (json, before) = match lines::take_apart(record.text) {
            Line::Message { json, before } => (json, before),
            Line::Control => return out.skip("server-sent-events control line"),
            Line::Other => return out.reject(record, "text line without a JSON-RPC message"),
        };
        let value = match serde_json::from_str(json) {
            Ok(value) => value,
            Err(error) => return out.reject(record, unmapped::why_unreadable(&error)),
        };
        if !message::holds_message(&value) {
            return out.reject(record, "text line without a JSON-RPC message");
        }
        let mut context = Context::default();
        before.fill(&mut context);
        self.reader.read(record, json, value, &context, out);
    }

    fn finish(&mut self, out: &mut Adapted<'_>) {
        self.reader.finish(out);
    }
}

impl Reader {
    /// Turns one record into events. `json` is the record's JSON text, `value` the same parsed.
    fn read<'r>(
        &mut self,
        record: &Record<'r>,
        json: &'r str,
        value: Value,
        context: &Context,
        out: &mut Adapted<'r>,
    ) {
        let found = message::find(value, context);
        if found.is_empty() {
            if unmapped::push(record, out) {
                out.warn(FOREIGN);
            }
            return;
        }
        if found.len() >= message::MAX_MESSAGES {
            out.warn("a record holds more than 10,000 messages: the rest of it was not read");
        }
        let mut batch = Batch::default();
        let bare_text = (found.len() == 1).then_some(json);
        for (index, found) in found.into_iter().enumerate() {
            let place = Place { part: u16::try_from(index).unwrap_or(u16::MAX), ..record.place };
            let text = bare_text.filter(|_| found.shell.is_none() && json.starts_with('{'));
            self.read_message(place, found, text, &mut batch, out);
        }
        self.pending.admit(batch, out);
    }

    fn read_message(
        &mut self,
        place: Place,
        found: Found,
        text: Option<&str>,
        batch: &mut Batch,
        out: &mut Adapted<'_>,
    ) {
        let Some(shape) = message::shape_of(&found.message) else { return };
        match shape {
            MessageShape::Request => self.request(place, found, text, batch),
            MessageShape::Notification => {
                let mut event = fields::asking(&found.message, &found.context);
                event.payload = stored(found, Content::Call, text).into();
                batch.push(place, event);
            }
            MessageShape::Result | MessageShape::Error => {
                self.answer(place, found, text, batch, out);
            }
        }
    }

    fn request(&mut self, place: Place, found: Found, text: Option<&str>, batch: &mut Batch) {
        let Found { message, context, .. } = &found;
        let mut event = fields::asking(message, context);
        let method = event.method.as_deref().unwrap_or_default().to_owned();
        let stitched = message
            .get("params")
            .and_then(|params| fields::stitch_key(params, "inputResponses"))
            .and_then(|key| {
                self.stitches.remove(&stitch_scope(&key, &method, event.tool.as_deref()))
            });
        let step = stitched.unwrap_or_else(|| step_of(message, context, place));
        event.identify(IdKind::Step, step.clone(), Trust::Derived);
        let key = CallKey {
            asker: context.sender.unwrap_or_else(|| fields::sender_of_method(&method)),
            id: id_of(message),
        };
        let asked = Asked {
            tool: event.tool.as_deref().map(str::to_owned),
            step,
            session: event.session.as_deref().map(str::to_owned),
            trace: event.trace.as_deref().map(str::to_owned),
            server: event.server.as_deref().map(str::to_owned),
            method,
        };
        let stream = context.stream_key();
        let content = content_of(&asked.method, Content::Call);
        event.payload = stored(found, content, text).into();
        batch.push_request(place, event, key, (stream, asked));
    }

    fn answer(
        &mut self,
        place: Place,
        found: Found,
        text: Option<&str>,
        batch: &mut Batch,
        out: &mut Adapted<'_>,
    ) {
        let ending = fields::ending(&found.message, &found.context);
        let answerer =
            found.context.sender.unwrap_or_else(|| fields::sender_of_answer(&found.message));
        let mut sides = vec![answerer.other()];
        if found.context.sender.is_none() || found.is_paired_answer {
            sides.push(answerer);
        }
        let stream = found.context.stream_key();
        let asked = sides.into_iter().find_map(|asker| {
            let key = CallKey { asker, id: id_of(&found.message) };
            batch.answer(&key, &ending).or_else(|| self.pending.answer(&key, &stream, &ending, out))
        });
        let mut event = fields::answering(&found.message, &found.context, asked.as_ref(), &ending);
        let mut content = Content::Answer;
        if let Some(asked) = &asked {
            event.identify(IdKind::Step, asked.step.clone(), Trust::Derived);
            content = content_of(&asked.method, Content::Answer);
            self.remember_stitch(&found.message, asked);
        }
        if found.message.get("result").is_some_and(payload::is_sampling_answer) {
            content = Content::Sampling;
        }
        event.payload = stored(found, content, text).into();
        batch.push(place, event);
    }

    /// Keeps the step of a call that ended with questions, so that its repetition joins the same step.
    fn remember_stitch(&mut self, message: &Map<String, Value>, asked: &Asked) {
        let Some(result) = message.get("result") else { return };
        if result.get("resultType").and_then(Value::as_str) != Some("input_required") {
            return;
        }
        if let Some(key) = fields::stitch_key(result, "inputRequests") {
            if self.stitches.len() >= MAX_STITCHES {
                self.stitches.pop_first();
            }
            self.stitches.insert(
                stitch_scope(&key, &asked.method, asked.tool.as_deref()),
                asked.step.clone(),
            );
        }
    }
}

/// The same method and tool must come again.
fn stitch_scope(key: &str, method: &str, tool: Option<&str>) -> String {
    format!("{method}\n{}\n{key}", tool.unwrap_or_default())
}

fn content_of(method: &str, otherwise: Content) -> Content {
    if method == "sampling/createMessage" { Content::Sampling } else { otherwise }
}

/// JSON-RPC ids are texts or numbers, and `1` is not `"1"`.
fn id_of(message: &Map<String, Value>) -> String {
    message.get("id").map(Value::to_string).unwrap_or_default()
}

/// Names the step of a request: the same capture gives the same name. The place is part of it only where no time
/// tells equal requests apart.
fn step_of(message: &Map<String, Value>, context: &Context, place: Place) -> String {
    let mut hasher = Sha256::new();
    hasher.update(Value::Object(message.clone()).to_string());
    if let Some((time, _)) = context.time {
        hasher.update(time.0.to_be_bytes());
    } else {
        hasher.update(place.index.to_be_bytes());
        hasher.update(place.part.to_be_bytes());
    }
    let digest = hasher.finalize();
    let hex = hex(digest.get(..8).unwrap_or_default());
    format!("{hex}:{}", message.get("id").map(fields::scalar).unwrap_or_default())
}

/// Returns the text to store: the record's own where nothing was cut, else the message inside its envelope.
fn stored(found: Found, content: Content, text: Option<&str>) -> String {
    let Found { mut message, shell, .. } = found;
    let is_cut = payload::cut(&mut message, content);
    match (text, shell) {
        (Some(text), _) if !is_cut => text.trim().to_owned(),
        (_, None) => Value::Object(message).to_string(),
        (_, Some(mut shell)) => {
            shell.insert("message".to_owned(), Value::Object(message));
            Value::Object(shell).to_string()
        }
    }
}

#[cfg(test)]
mod tests;
