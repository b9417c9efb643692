//! One CloudTrail record to one event: the order in which the readers of its parts fill the columns.
//! Total for every object that has a field of CloudTrail; must not look at other records.

use std::borrow::Cow;

use crate::model::{Event, IdKind, Kind, Micros, Outcome, Plane, Text, Trust};

use super::action;
use super::facts::{Facts, unbracketed};
use super::identity::{self, cut};
use super::raw::Object;
use super::{agent, issue, masked, outcome, own, target, tool};

/// Rank of a record that another program took apart and wrote again.
pub(crate) const REENCODED: u8 = 1;

/// Turns the text of one record into an event, or says why it is none without quoting it.
pub(crate) fn read(text: &str) -> Result<Event<'_>, String> {
    let facts = Facts::read(text)?;
    let mut event = Event::new(Plane::CloudTrail, "cloudtrail", kind(&facts));
    read_time(&mut event, &facts.record);
    read_plain(&mut event, &facts);
    read_action(&mut event, &facts);
    identity::read(&mut event, &facts);
    agent::read(&mut event, &facts);
    target::read(&mut event, &facts);
    issue::read(&mut event, &facts);
    outcome::read(&mut event, &facts);
    tool::read(&mut event, &facts);
    read_notice(&mut event, &facts);
    event.bytes = bytes(&facts.additional);
    event.masked = masked::hidden_parts(&[
        ("arguments", facts.record.raw("requestParameters")),
        ("result", facts.record.raw("responseElements")),
        ("identity", facts.record.raw("userIdentity")),
    ])
    .map(Cow::Owned);
    event.payload = Cow::Owned(facts.payload(&event));
    Ok(event)
}

/// Reads a record from text that does not live as long as the source's: text that was escaped inside another record.
pub(crate) fn read_owned(text: &str) -> Result<Event<'static>, String> {
    read(text).map(own::owned)
}

fn kind(facts: &Facts<'_>) -> Kind {
    let (service, operation) = (facts.service.as_ref(), facts.operation.as_ref());
    if action::is_auth(service, operation) || facts.event_type == "AwsConsoleSignIn" {
        Kind::Auth
    } else if matches!(
        &*facts.event_type,
        "AwsServiceEvent" | "AwsCloudTrailInsight" | "AwsAggregatedEvent"
    ) {
        Kind::Notice
    } else if action::is_model_call(service, operation) {
        Kind::ModelCall
    } else {
        Kind::Api
    }
}

/// `eventTime`; `@timestamp` where Logstash renamed it; the window of aggregated events. Nothing else is a time.
fn read_time<'r>(event: &mut Event<'r>, record: &Object<'r>) {
    let mut written = record.text("eventTime");
    if !record.has("eventTime") {
        let window = record.object("timeWindow");
        if record.has("@timestamp") {
            event.shape_rank = REENCODED;
        }
        written = record.text("@timestamp").or_else(|| window.text("windowStart"));
        event.time_end = window.text("windowEnd").and_then(|text| Some(Micros::parse(&text)?.0));
    }
    if let Some((time, precision)) = written.and_then(|text| Micros::parse(&text)) {
        event.time = Some(time);
        event.precision = precision;
    }
}

fn read_plain<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let record = &facts.record;
    event.native_id = record.text("eventID").or_else(|| record.text("eventId"));
    event.request = record.text("requestID");
    event.region = record.text("awsRegion");
    event.address = record.text("sourceIPAddress");
    event.user_agent = record.text("userAgent").map(|text| cut(&text, unbracketed).unwrap_or(text));
    event.read_only = record.flag("readOnly");
    event.account = record
        .text("recipientAccountId")
        .or_else(|| identity::account(&facts.identity))
        .or_else(|| record.text("accountId"));
    if let Some(shared) = record.text("sharedEventID") {
        event.identify(IdKind::SharedEvent, shared, Trust::Observed);
    }
    if let Some(original) = record.object("addendum").text("originalEventID") {
        // A corrected delivery of an earlier record, under an id of its own.
        event.identify(IdKind::Correlation, original, Trust::Observed);
    }
}

fn read_action<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    if facts.operation.is_empty() {
        return;
    }
    let mut name = String::with_capacity(facts.service.len() + facts.operation.len() + 1);
    name.push_str(&facts.service);
    name.push(':');
    name.push_str(&facts.operation);
    event.action = Some(Cow::Owned(name));
    event.action_class = Some(action::classify(&facts.service, &facts.operation, event.read_only));
}

/// Insights and aggregated events speak about many calls; neither their action nor their outcome may pass
/// for one of these.
fn read_notice<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    match facts.event_type.as_ref() {
        "AwsCloudTrailInsight" => {
            let insight = facts.record.object("insightDetails");
            let service = insight.text("eventSource").unwrap_or_default();
            let name = insight.text("eventName").unwrap_or_default();
            let about =
                format!("insight {}:{}", action::service_of(&service), action::operation_of(&name));
            event.action = Some(Cow::Owned(about));
            event.action_class = None;
            event.outcome = Outcome::Unknown;
            event.reason = words(insight.text("insightType"), insight.text("state"));
        }
        "AwsAggregatedEvent" => {
            let primary = facts.record.object("summary").object("primaryDimension");
            event.action = Some(Cow::Owned(format!("aggregated {}", facts.service)));
            event.outcome = Outcome::Unknown;
            event.reason = words(primary.text("dimension"), primary.text("aggregationType"));
        }
        _ => {}
    }
}

fn words<'r>(first: Text<'r>, second: Text<'r>) -> Text<'r> {
    match (first, second) {
        (Some(first), Some(second)) => Some(Cow::Owned(format!("{first} {second}"))),
        (first, second) => first.or(second),
    }
}

/// S3 counts the bytes of both directions.
fn bytes(additional: &Object<'_>) -> Option<i64> {
    match (additional.number("bytesTransferredIn"), additional.number("bytesTransferredOut")) {
        (None, None) => None,
        (inward, outward) => Some(inward.unwrap_or(0).saturating_add(outward.unwrap_or(0))),
    }
}
