//! Log files of a trail and everything else that holds bare CloudTrail records: `{"Records":[...]}`, a console
//! download, an array, JSON Lines, values one after the other, Logstash's form, `_source` wrappers.

use serde_json::Value;

use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample, Shape};
use crate::source::Framing;

use super::raw::Object;
use super::{event, recognize};

/// Keys whose array holds the records.
const DRILL: &[&str] = &["Records", "records"];

/// Bare CloudTrail records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trail;

impl Format for Trail {
    fn id(&self) -> &'static str {
        "aws.cloudtrail"
    }

    fn about(&self) -> &'static str {
        "AWS CloudTrail records: S3 log files, console downloads, arrays, JSON Lines, Logstash"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let records = sample.records(Framing::json(DRILL));
        let is_mine = |value: &Value| {
            recognize::is_record(value)
                || value.get("_source").is_some_and(recognize::is_record)
                || batch(value).and_then(|batch| batch.first()).is_some_and(recognize::is_record)
        };
        let known = records.iter().filter(|value| is_mine(value)).count();
        if known > 0 {
            return recognize::score(
                known,
                records.len(),
                95,
                "eventSource and eventName in the records",
            );
        }
        if records.is_empty()
            && sample.values().iter().any(|value| batch(value).is_some_and(Vec::is_empty))
        {
            return Confidence::new(60, "empty Records");
        }
        let is_json = matches!(sample.shape(), Shape::Object | Shape::Array);
        let is_cut = is_json && records.is_empty() && !sample.is_whole;
        if is_cut
            && ["eventVersion", "eventSource", "userIdentity"]
                .iter()
                .all(|key| sample.mentions_key(key))
        {
            return Confidence::new(55, "keys of CloudTrail in a record that the sample cuts off");
        }
        Confidence::no()
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(TrailAdapter)
    }
}

fn batch(value: &Value) -> Option<&Vec<Value>> {
    DRILL.iter().find_map(|key| value.get(key)?.as_array())
}

#[derive(Debug)]
struct TrailAdapter;

impl Adapter for TrailAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        match event::read(record.text) {
            Ok(event) => out.push(record, event),
            Err(reason) => adapt_wrapper(record, reason, out),
        }
    }
}

/// A batch inside an array, or a search engine's wrapper: looked at only when the object is no record itself.
fn adapt_wrapper<'r>(record: &Record<'r>, reason: String, out: &mut Adapted<'r>) {
    let Some(object) = Object::parse(record.text) else { return out.reject(record, reason) };
    if let Some(inner) = object.raw("_source") {
        match event::read(inner) {
            Ok(mut event) => {
                event.shape_rank = event::REENCODED;
                out.push(record, event);
            }
            Err(reason) => out.reject(record, format!("`_source` of {reason}")),
        }
        return;
    }
    let Some(key) = DRILL.iter().find(|key| object.has(key)) else {
        return out.reject(record, reason);
    };
    let elements = object.elements(key);
    if elements.is_empty() {
        out.skip("empty batch of records");
    }
    for (number, element) in elements.into_iter().enumerate() {
        match event::read(element) {
            Ok(event) => out.push(record, event),
            Err(reason) => out.reject(record, format!("element {number} of the batch: {reason}")),
        }
    }
}
