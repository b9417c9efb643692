//! Amazon Bedrock model invocation log: one record per model turn, `schemaType` `ModelInvocationLog`.
//!
//! Source: "Monitor model invocation using `CloudWatch` Logs and Amazon S3", schema version 1.0.
//! Maps: timestamp, requestId, accountId, region, operation, modelId, identity.arn, errorCode, token counts,
//! requestMetadata values that name a session or a person, tool-use ids, guardrail interventions.
//! Drops: prompts and answers. `input.inputBodyJson` and `output.outputBodyJson` are replaced in the payload by
//! `inputBodySummary` and `outputBodySummary`: roles, kinds and sizes of blocks, tool names and ids. Everything else
//! stays as written.
//! Quirks: `outputBodyJson` is an array of stream events for streamed calls; each turn repeats the messages before it;
//! exporters write the time as `YYYY-MM-DD HH:MM:SS.nnnnnnnnn`. requestId is no record id: odd data repeats it, so
//! only byte-equal records count as one. Files in the log group's form, with a line of plain text in front, belong to
//! the `CloudWatch` lines format.
//! Must not keep prompt or answer text anywhere.

mod body;
mod record;

#[cfg(test)]
mod tests;

pub(crate) use record::read;

use super::cloudtrail::recognize;
use super::{Adapted, Adapter, Confidence, Format, Record, Sample, Shape};
use crate::source::Framing;

/// Records of the model invocation log as S3 objects hold them.
#[derive(Debug, Clone, Copy, Default)]
pub struct InvocationLog;

impl Format for InvocationLog {
    fn id(&self) -> &'static str {
        "aws.bedrock-invocation"
    }

    fn about(&self) -> &'static str {
        "Amazon Bedrock model invocation log (sizes, tools and tokens; no prompts)"
    }

    fn framing(&self) -> Framing {
        Framing::json(&[])
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let values = sample.values();
        let known = values.iter().filter(|value| recognize::is_invocation(value)).count();
        if known > 0 {
            return recognize::score(known, values.len(), 95, "schemaType ModelInvocationLog");
        }
        // The words alone say nothing: a table of such records or a text about them holds them too.
        let is_json = matches!(sample.shape(), Shape::Object | Shape::Array);
        let is_cut = values.is_empty() && !sample.is_whole;
        if is_json && is_cut && sample.mentions_key("ModelInvocationLog") {
            return Confidence::new(
                60,
                "schemaType ModelInvocationLog in a record that the sample cuts off",
            );
        }
        Confidence::no()
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(InvocationAdapter)
    }
}

#[derive(Debug)]
struct InvocationAdapter;

impl Adapter for InvocationAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        match read(record.text) {
            Ok(event) => out.push(record, event),
            Err(reason) => out.reject(record, reason),
        }
    }
}
