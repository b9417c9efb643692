//! Lines of a `CloudWatch` Logs export task and of `aws logs tail`: a time stamp, perhaps the log stream, then JSON.
//! Also bare messages, one a line, behind a line of plain text. The time stamp is the log service's and is not taken.

use crate::format::cloudtrail::recognize;
use crate::format::sample::Shape;
use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample};
use crate::model::Micros;
use crate::source::Framing;

use super::message;

/// Lines of text that end in a JSON record.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogLines;

impl Format for LogLines {
    fn id(&self) -> &'static str {
        "aws.cloudwatch-lines"
    }

    fn about(&self) -> &'static str {
        "CloudTrail or Bedrock records in CloudWatch Logs exports and `aws logs tail` lines"
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if sample.shape() != Shape::Text {
            return Confidence::no();
        }
        let is_known = |line: &str| json_of(line).is_ok_and(recognize::is_known_text);
        if sample.lines().any(is_known) {
            return Confidence::new(90, "lines that end in a CloudTrail or Bedrock record");
        }
        if sample.lines().count() > 0 && sample.lines().all(|line| message::chatter(line).is_some())
        {
            return Confidence::new(60, "write test or permission check");
        }
        Confidence::no()
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(LineAdapter)
    }
}

/// Returns the JSON at the end of a line whose beginning, if any, holds a time stamp.
fn json_of(line: &str) -> Result<&str, &'static str> {
    let (before, json) = line
        .find('{')
        .and_then(|at| line.split_at_checked(at))
        .ok_or("line holds no JSON object")?;
    let before = before.trim();
    let is_dated = || {
        let words: Vec<&str> = before.split_ascii_whitespace().collect();
        words.iter().any(|word| Micros::parse(word).is_some())
            || words.windows(2).any(|pair| Micros::parse(&pair.join(" ")).is_some())
    };
    if before.is_empty() || is_dated() {
        Ok(json)
    } else {
        Err("line has no time stamp in front of its JSON")
    }
}

#[derive(Debug)]
struct LineAdapter;

impl Adapter for LineAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let line = record.text.trim();
        if let Some(why) = message::chatter(line) {
            return out.skip(why);
        }
        match json_of(line) {
            Ok(json) => message::adapt(json, record, out),
            Err(reason) => out.reject(record, reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_needs_a_time_stamp_or_nothing_before_it() {
        assert_eq!(json_of("2026-01-02T03:04:05.000Z {\"a\":1}"), Ok("{\"a\":1}"));
        assert_eq!(json_of("2026-01-02T03:04:05+00:00 1_CloudTrail_x {\"a\":1}"), Ok("{\"a\":1}"));
        assert_eq!(json_of("2026-01-02 03:04:05 {}"), Ok("{}"));
        assert_eq!(json_of("{}"), Ok("{}"));
        assert!(json_of("hello {}").is_err());
        assert!(json_of("2026-01-02T03:04:05Z nothing").is_err());
    }
}
