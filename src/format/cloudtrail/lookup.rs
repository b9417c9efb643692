//! Answers of `aws cloudtrail lookup-events`: the record is JSON text inside each element. The members around it are
//! the client's rendering (its times carry the operator's zone) and are not taken.

use serde_json::Value;

use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample};
use crate::source::Framing;

use super::raw::Object;
use super::{event, recognize};

const DRILL: &[&str] = &["Events"];
const INNER: &str = "CloudTrailEvent";

/// Answers of the Event history API.
#[derive(Debug, Clone, Copy, Default)]
pub struct LookupEvents;

impl Format for LookupEvents {
    fn id(&self) -> &'static str {
        "aws.lookup-events"
    }

    fn about(&self) -> &'static str {
        "Answers of `aws cloudtrail lookup-events`"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let records = sample.records(Framing::json(DRILL));
        let known =
            records.iter().filter(|value| value.get(INNER).is_some_and(Value::is_string)).count();
        recognize::score(known, records.len(), 95, "CloudTrailEvent texts")
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(LookupAdapter)
    }
}

#[derive(Debug)]
struct LookupAdapter;

impl Adapter for LookupAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let object = match Object::parse_or_why(record.text) {
            Ok(object) => object,
            Err(reason) => return out.reject(record, reason),
        };
        match object.text(INNER).map(|inner| event::read_owned(&inner)) {
            Some(Ok(event)) => out.push(record, event),
            Some(Err(reason)) => out.reject(record, format!("`{INNER}`: {reason}")),
            None => out.reject(record, format!("element has no `{INNER}` text")),
        }
    }

    fn envelope(&mut self, text: &[u8], out: &mut Adapted<'_>) {
        let token = std::str::from_utf8(text)
            .ok()
            .and_then(Object::parse)
            .and_then(|object| object.text("NextToken").map(|_| ()));
        if token.is_some() {
            out.warn("truncated collection: `NextToken` says that more events matched than this file holds");
        }
    }
}
