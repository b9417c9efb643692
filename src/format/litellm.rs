//! LiteLLM: what each call of a model or MCP tool through the proxy cost, as the standard logging payload (S3, GCS, queues
//! and other callbacks) and as rows of the spend table (`/spend/logs`, dumps).
//!
//! Source: LiteLLM documentation, "`StandardLoggingPayload` Specification" and "Spend Tracking", and the emitting source.
//! Maps: `id` or `request_id`, `trace_id` or `session_id`, `call_type`, status, times, model, tokens, cost, key hash, user,
//! end user, team, address, MCP tool, guardrails, error class and code.
//! Drops: messages, answers, prompts of any kind, error texts and traces (size and SHA-256 stay).
//! Quirks: times are seconds since 1970, ISO 8601, or text without a zone (UTC); `metadata` may be JSON in a text; words
//! such as `None` mean nothing; `end_user` is what a caller says, and Claude Code puts its session into it. A key that
//! was logged as it is, and not as its hash, is hashed here. The same call in both shapes is one event.

mod fields;
mod metadata;
mod stored;

use serde_json::Value;

use crate::source::Framing;

use super::contract::{Adapted, Adapter, Confidence, Format, Record};
use super::sample::Sample;
use super::{shipped, unmapped};

/// Lists that answers of the proxy's API hold their rows in.
const DRILL: &[&str] = &["data", "logs", "rows", "results"];

/// Score of a source with a single record of the product; one of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 46;

const FOREIGN: &str = "records that are no LiteLLM call are kept as unmapped JSON";

/// Spend logs and logging payloads of the LiteLLM proxy.
#[derive(Debug, Clone, Copy, Default)]
pub struct LiteLlm;

/// The two shapes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The standard logging payload.
    Payload,
    /// A row of the spend table.
    Row,
}

impl Format for LiteLlm {
    fn id(&self) -> &'static str {
        "litellm"
    }

    fn about(&self) -> &'static str {
        "LiteLLM spend logs and logging payloads: keys, tokens, cost; no prompts"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !sample.head.contains("call_type") {
            return Confidence::no();
        }
        let records = sample.records(self.framing());
        let hits = records.iter().filter(|record| shape_inside(record)).count();
        if hits == 0 {
            let is_cut = records.is_empty() && !sample.is_whole;
            let has_marks = ["call_type", "custom_llm_provider", "response_cost"]
                .iter()
                .all(|key| sample.mentions_key(key));
            if is_cut && has_marks {
                return Confidence::new(
                    60,
                    "`call_type` and `response_cost` in a record that the sample cuts off",
                );
            }
            return Confidence::no();
        }
        let score = u8::try_from(BASE + SPAN * hits / records.len()).unwrap_or(u8::MAX);
        Confidence::new(
            score,
            format!(
                "`call_type` with `response_cost` or `spend` in {hits} of {} sampled records",
                records.len()
            ),
        )
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader)
    }
}

fn shape_inside(value: &Value) -> bool {
    shape_of(value).is_some()
        || shipped::record(value).is_some_and(|inner| shape_of(&inner).is_some())
}

fn shape_of(value: &Value) -> Option<Shape> {
    let has = |keys: &[&str]| keys.iter().all(|key| value.get(*key).is_some());
    if !value.get("call_type").is_some_and(Value::is_string) {
        return None;
    }
    if has(&["custom_llm_provider", "response_cost"]) {
        Some(Shape::Payload)
    } else if has(&["request_id", "spend"]) {
        Some(Shape::Row)
    } else {
        None
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
        let found = match shape_of(&value) {
            Some(shape) => Some((shape, value)),
            None => shipped::record(&value)
                .and_then(|inner| shape_of(&inner).map(|shape| (shape, inner))),
        };
        match found {
            Some((shape, Value::Object(mut object))) => {
                metadata::open(&mut object);
                let event = fields::event(shape, object);
                out.push(record, event);
            }
            _ => {
                if unmapped::push(record, out) {
                    out.warn(FOREIGN);
                }
            }
        }
    }

    fn envelope(&mut self, text: &[u8], out: &mut Adapted<'_>) {
        let Ok(page) = serde_json::from_slice::<Value>(text) else { return };
        let number = |key: &str| page.get(key).and_then(Value::as_i64);
        if let (Some(page), Some(pages)) = (number("page"), number("total_pages"))
            && pages > 1
        {
            out.warn(format!("the source is page {page} of {pages}: the others may be missing"));
        }
    }
}

#[cfg(test)]
mod tests;
