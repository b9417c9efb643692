//! EventBridge envelopes around CloudTrail records: the record is `detail`. The envelope's own id and time are
//! EventBridge's and are not taken. Read-only management events are usually missing from this source.

use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample};
use crate::source::Framing;

use super::raw::Object;
use super::{event, recognize};

/// EventBridge events with a detail type that ends in ` via CloudTrail`.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventBridge;

impl Format for EventBridge {
    fn id(&self) -> &'static str {
        "aws.eventbridge"
    }

    fn about(&self) -> &'static str {
        "CloudTrail records delivered through EventBridge (JSON Lines, Firehose, archive)"
    }

    fn framing(&self) -> Framing {
        Framing::json(&[])
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let values = sample.values();
        let known = values.iter().filter(|value| recognize::is_bridged(value)).count();
        recognize::score(known, values.len(), 95, "detail-type ` via CloudTrail`")
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(BridgeAdapter)
    }
}

#[derive(Debug)]
struct BridgeAdapter;

impl Adapter for BridgeAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let object = match Object::parse_or_why(record.text) {
            Ok(object) => object,
            Err(reason) => return out.reject(record, reason),
        };
        match object.raw("detail").map(event::read) {
            Some(Ok(event)) => out.push(record, event),
            Some(Err(reason)) => out.reject(record, format!("`detail`: {reason}")),
            None => out.reject(record, "EventBridge event has no `detail`"),
        }
    }
}
