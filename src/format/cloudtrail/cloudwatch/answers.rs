//! `filter-log-events` and `get-log-events` answers, and subscription documents as Kinesis and Firehose hold them:
//! arrays of objects with a `message`.

use serde_json::Value;

use crate::format::cloudtrail::raw::Object;
use crate::format::cloudtrail::recognize;
use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample};
use crate::source::Framing;

use super::message;

const ANSWER: &[&str] = &["events"];
const SUBSCRIPTION: &[&str] = &["logEvents"];

/// Answers of the `CloudWatch` Logs API.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogEvents;

impl Format for LogEvents {
    fn id(&self) -> &'static str {
        "aws.cloudwatch-logs"
    }

    fn about(&self) -> &'static str {
        "CloudTrail or Bedrock records in `aws logs filter-log-events` and `get-log-events` answers"
    }

    fn framing(&self) -> Framing {
        Framing::json(ANSWER)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let records = sample.records(Framing::json(ANSWER));
        let known = records
            .iter()
            .filter(|value| value.get("timestamp").is_some() && is_known(value))
            .count();
        recognize::score(known, records.len(), 90, "log events with CloudTrail or Bedrock messages")
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(MessageAdapter)
    }
}

/// Documents of a subscription filter, one after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

impl Format for Subscription {
    fn id(&self) -> &'static str {
        "aws.cloudwatch-subscription"
    }

    fn about(&self) -> &'static str {
        "CloudTrail or Bedrock records in CloudWatch Logs subscription documents (Kinesis, Firehose)"
    }

    fn framing(&self) -> Framing {
        Framing::json(SUBSCRIPTION)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !(sample.mentions_key("messageType") && sample.mentions_key("logEvents")) {
            return Confidence::no();
        }
        let records = sample.records(Framing::json(SUBSCRIPTION));
        if records.iter().any(is_known) {
            return Confidence::new(
                92,
                "messageType and logEvents with CloudTrail or Bedrock messages",
            );
        }
        let is_control = |value: &Value| message_of(value).and_then(message::chatter).is_some();
        if !records.is_empty() && records.iter().all(is_control) {
            return Confidence::new(60, "control messages of a subscription");
        }
        Confidence::no()
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(MessageAdapter)
    }
}

fn message_of(value: &Value) -> Option<&str> {
    value.get("message").and_then(Value::as_str)
}

fn is_known(value: &Value) -> bool {
    message_of(value).is_some_and(recognize::is_known_text)
}

#[derive(Debug)]
struct MessageAdapter;

impl Adapter for MessageAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        match Object::parse_or_why(record.text) {
            Ok(object) => match object.text("message") {
                Some(text) => message::adapt(&text, record, out),
                None => out.reject(record, "log event has no `message` text"),
            },
            Err(reason) => out.reject(record, reason),
        }
    }

    fn envelope(&mut self, text: &[u8], out: &mut Adapted<'_>) {
        let object = std::str::from_utf8(text).ok().and_then(Object::parse).unwrap_or_default();
        // `nextForwardToken` of get-log-events is always there and says nothing.
        if object.raw("nextToken").is_some() {
            out.warn("truncated collection: `nextToken` says that more log events matched than this file holds");
        }
    }
}
