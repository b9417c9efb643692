//! What records look like to the recognizers of all delivery shapes.
//! Works on sampled JSON trees, which the readers of records never build.

use serde_json::Value;

use crate::format::{Confidence, agentcore, otlp};

/// Returns true for a CloudTrail record. S3 event notifications also have `eventSource` and `eventName`, but theirs
/// is `aws:s3`.
pub(crate) fn is_record(value: &Value) -> bool {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if matches!(text("eventType"), Some("AwsCloudTrailInsight" | "AwsAggregatedEvent")) {
        return true;
    }
    let is_service = text("eventSource").is_some_and(|source| !source.contains(':'));
    let has_more =
        ["eventID", "eventVersion", "eventType", "userIdentity", "awsRegion", "requestID"];
    is_service && text("eventName").is_some() && has_more.iter().any(|key| value.get(key).is_some())
}

/// Returns true for a record of the Bedrock model invocation log.
pub(crate) fn is_invocation(value: &Value) -> bool {
    value.get("schemaType").and_then(Value::as_str) == Some("ModelInvocationLog")
}

/// Returns true for an EventBridge envelope around a CloudTrail record.
pub(crate) fn is_bridged(value: &Value) -> bool {
    let from_trail = value
        .get("detail-type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.to_ascii_lowercase().ends_with(" via cloudtrail"));
    value
        .get("detail")
        .is_some_and(|detail| is_record(detail) || (from_trail && detail.is_object()))
}

/// Names of which one stands in every message that [`is_telemetry`] finds.
pub(crate) const TELEMETRY_MARKS: &[&[u8]] =
    &[b"bedrock-agentcore", b"AWS::BedrockAgentCore::", b"TimeUnixNano\"", b"timeUnixNano\""];

/// Returns true for an AgentCore log record and for a flat span or log record of OpenTelemetry.
pub(crate) fn is_telemetry(value: &Value) -> bool {
    agentcore::is_vended(value) || otlp::is_flat(value)
}

/// Returns true for text that is one of the records this family reads.
pub(crate) fn is_known_text(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Value>(text).is_ok_and(|value| {
            is_record(&value) || is_invocation(&value) || is_bridged(&value) || is_telemetry(&value)
        })
}

/// Scores a sample by how many of its records are known; `best` when all are.
pub(crate) fn score(known: usize, seen: usize, best: u8, because: &str) -> Confidence {
    if known == 0 {
        return Confidence::no();
    }
    // A file that holds strangers too is still this format's, only less clearly so.
    let score = if known == seen { best } else { best.saturating_sub(20) };
    Confidence::new(score, because)
}
