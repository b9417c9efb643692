//! The event a subscription hands to a Lambda function: `{"awslogs":{"data": base64(gzip(document))}}`, as test
//! events and dead-letter queues keep it. One record holds many events.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::format::cloudtrail::raw::Object;
use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample};
use crate::source::{Framing, inflate_bytes};

use super::message;

/// Largest document, in bytes. `CloudWatch` Logs sends far less; more is a bomb.
const MAX_DOCUMENT: usize = 64 << 20;

/// Lambda events of a subscription.
#[derive(Debug, Clone, Copy, Default)]
pub struct LambdaEvent;

impl Format for LambdaEvent {
    fn id(&self) -> &'static str {
        "aws.cloudwatch-lambda"
    }

    fn about(&self) -> &'static str {
        "CloudTrail or Bedrock records in Lambda events of a CloudWatch Logs subscription"
    }

    fn framing(&self) -> Framing {
        Framing::json(&[])
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let is_mine = sample
            .values()
            .iter()
            .any(|value| value.pointer("/awslogs/data").is_some_and(serde_json::Value::is_string));
        if is_mine { Confidence::new(90, "awslogs.data") } else { Confidence::no() }
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(LambdaAdapter)
    }
}

#[derive(Debug)]
struct LambdaAdapter;

impl Adapter for LambdaAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        match document(record.text) {
            Ok(document) => adapt_document(&document, record, out),
            Err(reason) => out.reject(record, reason),
        }
    }
}

fn document(text: &str) -> Result<String, String> {
    let object = Object::parse_or_why(text)?;
    let data = object.object("awslogs").text("data").ok_or("record has no `awslogs.data` text")?;
    // The reasons below leave out what the decoders say, which could quote the data.
    let Ok(zipped) = STANDARD.decode(data.as_bytes()) else {
        return Err("`awslogs.data` is not base64".to_owned());
    };
    let Some(document) = inflate_bytes(&zipped, MAX_DOCUMENT) else {
        return Err("`awslogs.data` is no whole gzip data of at most 64 MiB".to_owned());
    };
    String::from_utf8(document).map_err(|_not_text| "`awslogs.data` is not UTF-8 text".to_owned())
}

fn adapt_document(document: &str, record: &Record<'_>, out: &mut Adapted<'_>) {
    let object = match Object::parse_or_why(document) {
        Ok(object) => object,
        Err(reason) => return out.reject(record, format!("`awslogs.data`: {reason}")),
    };
    let events = object.elements("logEvents");
    if events.is_empty() || object.text("messageType").as_deref() == Some("CONTROL_MESSAGE") {
        return out.skip("subscription control message");
    }
    for raw in events {
        match Object::parse(raw)
            .and_then(|event| event.text("message").map(std::borrow::Cow::into_owned))
        {
            Some(text) => message::adapt(&text, record, out),
            None => out.reject(record, "log event has no `message` text"),
        }
    }
}
