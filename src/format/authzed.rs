//! `AuthZed` audit events: who may do what, as it was asked, granted and taken away. `CloudEvents` 1.0 in JSON, one for each
//! call of the permissions API, from Kafka, Kinesis or Firehose.
//!
//! Source: `AuthZed` documentation, "Audit Logging" (events exist in the paid products only), and the `SpiceDB` API v1.
//! Maps: time, id, type, data.request.{resource,permission,subject,context,updates,relationshipFilter}, data.response.
//! {permissionship,pairs}, data.error, data.metadata.{token_hash,user-agent,x-request-id}. A bulk check gives an event for
//! each of its pairs.
//! Drops: nothing.
//! Quirks: the subject is who is asked about, as the caller names it, not who asks; the caller is the token alone. A check
//! that answers "no" is a success whose decision is deny. The published example puts `permission` inside `resource`.
//! Firehose writes events back to back without newlines. Must not take a subject for an authenticated caller.

mod answer;
mod call;
mod subject;

use serde_json::Value;

use crate::source::Framing;

use super::contract::{Adapted, Adapter, Confidence, Format, Record};
use super::sample::Sample;
use super::{shipped, unmapped};

/// Lists that exports hold events in.
const DRILL: &[&str] = &["records", "Records", "events"];

/// What the type of every event begins with.
const TYPE: &str = "/authzed.api.";

/// Score of a source with a single event; one of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 47;

const FOREIGN: &str = "records that are no AuthZed audit event are kept as unmapped JSON";

/// Audit events of `AuthZed`.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuthZed;

impl Format for AuthZed {
    fn id(&self) -> &'static str {
        "authzed"
    }

    fn about(&self) -> &'static str {
        "AuthZed audit events: permission checks, lookups, changes of relationships"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !sample.head.contains("authzed.api.") {
            return Confidence::no();
        }
        let records = sample.records(self.framing());
        let knows_inside = |record: &Value| {
            is_event(record) || shipped::record(record).is_some_and(|inner| is_event(&inner))
        };
        let hits = records.iter().filter(|record| knows_inside(record)).count();
        if hits == 0 {
            return Confidence::no();
        }
        let score = u8::try_from(BASE + SPAN * hits / records.len()).unwrap_or(u8::MAX);
        Confidence::new(
            score,
            format!(
                "`specversion` and a `type` of `{TYPE}` in {hits} of {} sampled records",
                records.len()
            ),
        )
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader)
    }
}

fn is_event(value: &Value) -> bool {
    value.get("specversion").is_some()
        && value.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with(TYPE))
}

#[derive(Debug)]
struct Reader;

impl Adapter for Reader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let value: Value = match serde_json::from_str(record.text) {
            Ok(value) => value,
            Err(error) => return out.reject(record, unmapped::why_unreadable(&error)),
        };
        let found =
            if is_event(&value) { Some(value) } else { shipped::record(&value).filter(is_event) };
        match found {
            Some(value) => {
                for event in call::events(&value) {
                    out.push(record, event);
                }
            }
            None => {
                if unmapped::push(record, out) {
                    out.warn(FOREIGN);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
