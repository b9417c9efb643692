//! Vended logs of Amazon Bedrock `AgentCore`: gateway, runtime, memory, identity, code interpreter, browser, policy; one JSON
//! object per record, from `CloudWatch` (`/aws/vendedlogs/bedrock-agentcore/...`), S3 or Firehose.
//!
//! Source: Amazon Bedrock `AgentCore` Developer Guide, "Observability" (vended log fields per resource), 2026.
//! Maps: `resource_arn`, `event_timestamp`, `account_id`, `request_id`, `trace_id`, `span_id`, `session_id`, `tool_session_id`,
//! `service_name`, `operation`, `downstreamRequestIds`, claims; the gateway's method, tool and target; how the call ended.
//! Drops: payloads of runtimes and conversations of memories (size, digest and roles stay); members of an identity answer
//! except their names, as they are tokens. Arguments and short results of tools stay.
//! Quirks: `requestBody` and `responseBody` of gateways look like JSON and are Java map text: method, tool and error code are
//! taken by narrow patterns, arguments are never guessed. A call is two or three records of one span: the call waits for
//! its end and shows how it went. `trace_id` and `traceId` of one record need not agree; the first is taken, the other is an
//! identifier. Spans are OpenTelemetry and read as such.

mod gateway;
mod javamap;
mod record;
mod surface;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::cloudtrail::recognize;
use super::contract::{Adapted, Adapter, Confidence, Format, Place, Record};
use super::otlp::record::once;
use super::sample::Sample;
use super::{otlp, unmapped};
use crate::model::{Event, IdKind, Identifier, Kind, Outcome};
use crate::source::Framing;

pub(crate) use record::read;

/// Calls that wait for their end at most.
const MAX_WAITING: usize = 10_000;

const FOREIGN: &str = "records that are no AgentCore log are kept as unmapped JSON";

/// Vended log records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vended;

impl Format for Vended {
    fn id(&self) -> &'static str {
        "aws.agentcore"
    }

    fn about(&self) -> &'static str {
        "Bedrock AgentCore vended logs: gateway, runtime, memory, identity, tools; no prompts"
    }

    fn framing(&self) -> Framing {
        Framing::json(&[])
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let values = sample.values();
        let known = values.iter().filter(|value| is_vended(value)).count();
        recognize::score(
            known,
            values.len(),
            93,
            "resource_arn of bedrock-agentcore, or its aws.resource.type",
        )
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader::default())
    }
}

/// Returns true for a vended log record. Spans carry the same resource type and begin with a start time.
pub(crate) fn is_vended(value: &Value) -> bool {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let arn = text("/resource_arn");
    let is_arn = arn.starts_with("arn:") && arn.contains(":bedrock-agentcore:");
    let is_type = value
        .get("attributes")
        .and_then(|attributes| attributes.get("aws.resource.type")?.as_str())
        .is_some_and(|word| word.starts_with("AWS::BedrockAgentCore::"));
    let is_log = value.get("startTimeUnixNano").is_none() && value.get("eventSource").is_none();
    is_log && (is_arn || is_type)
}

/// Calls of a gateway that wait for their end.
#[derive(Debug, Default)]
struct Reader {
    waiting: BTreeMap<String, (Place, Event<'static>)>,
    order: VecDeque<String>,
}

impl Adapter for Reader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let value: Value = match serde_json::from_str(record.text) {
            Ok(value) => value,
            Err(error) => return out.reject(record, unmapped::why_unreadable(&error)),
        };
        if is_vended(&value) {
            match read(&value) {
                Ok(event) => self.admit(record, event, out),
                Err(reason) => out.reject(record, reason),
            }
        } else if let Some(events) = otlp::read_flat(&value) {
            for event in events {
                out.push(record, event);
            }
        } else if unmapped::push(record, out) {
            out.warn(FOREIGN);
        }
    }

    fn finish(&mut self, out: &mut Adapted<'_>) {
        while self.give_oldest(out) {}
    }
}

impl Reader {
    /// Lets a call wait, or tells the waiting call how it ended.
    fn admit<'r>(&mut self, record: &Record<'r>, mut event: Event<'static>, out: &mut Adapted<'r>) {
        let step = event
            .identifiers
            .iter()
            .find(|id| id.kind == IdKind::Step)
            .map(|id| id.value.to_string());
        let Some(step) = step else { return out.push(record, event) };
        if event.kind == Kind::Notice {
            if event.outcome != Outcome::Unknown
                && let Some((place, mut call)) = self.waiting.remove(&step)
            {
                self.order.retain(|waiting| *waiting != step);
                settle(&mut call, &mut event);
                out.release(place, call);
            }
            return out.push(record, event);
        }
        if event.outcome != Outcome::Unknown || self.waiting.contains_key(&step) {
            return out.push(record, event);
        }
        if self.waiting.len() >= MAX_WAITING {
            out.warn(
                "more than 10,000 gateway calls wait for their end: the oldest show no outcome",
            );
            self.give_oldest(out);
        }
        out.hold();
        self.order.push_back(step.clone());
        self.waiting.insert(step, (record.place, event));
    }

    /// Gives out the call that waits longest. Returns false when none waits.
    fn give_oldest(&mut self, out: &mut Adapted<'_>) -> bool {
        let Some(step) = self.order.pop_front() else { return false };
        if let Some((place, call)) = self.waiting.remove(&step) {
            out.release(place, call);
        }
        true
    }
}

/// Tells a call how it ended, and its end which call it was. What the call caused elsewhere belongs to the call.
fn settle(call: &mut Event<'static>, end: &mut Event<'static>) {
    call.outcome = end.outcome;
    call.error_code.clone_from(&end.error_code);
    call.time_end = end.time.filter(|end| call.time.is_none_or(|time| time <= *end));
    end.server.clone_from(&call.server);
    end.tool.clone_from(&call.tool);
    end.method.clone_from(&call.method);
    if let Some(name) = call.tool.as_deref().or(call.method.as_deref()) {
        end.action = Some(format!("result {name}").into());
    }
    let is_caused = |id: &Identifier<'_>| id.kind == IdKind::DownstreamRequest;
    call.identifiers.extend(end.identifiers.extract_if(.., |id| is_caused(id)));
    once(call);
}
