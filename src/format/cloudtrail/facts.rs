//! One CloudTrail record cut into its members, and the payload: what no column holds.
//! Reads and copies text only; what the members mean is decided by the neighbors.

use std::borrow::Cow;

use crate::model::{Event, Precision};

use super::action;
use super::raw::{Object, ObjectWriter, plain};

/// Members of which at least one must exist for an object to pass as a CloudTrail record.
const MARKS: &[&str] = &[
    "eventName",
    "eventSource",
    "eventTime",
    "eventID",
    "eventVersion",
    "userIdentity",
    "eventType",
    "eventCategory",
];

/// A record's members, with the objects that several readers need cut once.
#[derive(Debug)]
pub(crate) struct Facts<'r> {
    pub(crate) record: Object<'r>,
    pub(crate) identity: Object<'r>,
    /// `requestParameters`.
    pub(crate) params: Object<'r>,
    /// `additionalEventData`.
    pub(crate) additional: Object<'r>,
    pub(crate) service: Cow<'r, str>,
    pub(crate) operation: Cow<'r, str>,
    pub(crate) event_type: Cow<'r, str>,
    /// Bytes of the record.
    pub(crate) size: usize,
}

impl<'r> Facts<'r> {
    /// Cuts a record, or says why it is none, never quoting it.
    pub(crate) fn read(text: &'r str) -> Result<Self, String> {
        let record = Object::parse_or_why(text)?;
        if !MARKS.iter().any(|mark| record.has(mark)) {
            return Err("object has none of the fields of a CloudTrail record".to_owned());
        }
        let borrowed = |name: Option<Cow<'r, str>>, cut: fn(&str) -> &str| match name {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(cut(text)),
            Some(Cow::Owned(text)) => Cow::Owned(cut(&text).to_owned()),
            None => Cow::Borrowed(""),
        };
        Ok(Self {
            identity: record.object("userIdentity"),
            params: record.object("requestParameters"),
            additional: record.object("additionalEventData"),
            service: borrowed(record.text("eventSource"), action::service_of),
            operation: borrowed(record.text("eventName"), action::operation_of),
            event_type: record.text("eventType").unwrap_or_default(),
            size: text.len(),
            record,
        })
    }

    /// Returns `responseElements`; few events need it, so it is cut only when asked for.
    pub(crate) fn response(&self) -> Object<'r> {
        self.record.object("responseElements")
    }

    /// Returns true for the events of the managed MCP servers.
    pub(crate) fn is_mcp_event(&self) -> bool {
        self.event_type == "AwsMcpEvent"
    }

    /// Returns true for calls through an AgentCore gateway (`InvokeMcp` before general availability).
    pub(crate) fn is_gateway_call(&self) -> bool {
        self.service == "bedrock-agentcore"
            && matches!(&*self.operation, "InvokeGateway" | "InvokeMcp")
    }

    /// Returns the record's members that `event` does not hold exactly, as JSON object text.
    pub(crate) fn payload(&self, event: &Event<'_>) -> String {
        let mut writer = ObjectWriter::with_capacity(self.size);
        for (key, raw) in self.record.members() {
            if !self.is_held(key, raw, event) {
                writer.put(key, raw);
            }
        }
        writer.finish()
    }

    /// Returns true when a column says the same as the member, character by character.
    fn is_held(&self, key: &str, raw: &str, event: &Event<'_>) -> bool {
        let column = match key {
            "eventTime" => {
                return event.time.is_some()
                    && event.precision == Precision::Second
                    && is_canonical_time(raw);
            }
            "eventSource" => {
                return split_action(event).is_some_and(|(service, _)| {
                    plain(raw).and_then(|text| text.strip_suffix(".amazonaws.com")) == Some(service)
                });
            }
            "eventName" => {
                return split_action(event)
                    .is_some_and(|(_, operation)| plain(raw) == Some(operation));
            }
            "readOnly" => {
                return raw == "null"
                    || event
                        .read_only
                        .is_some_and(|flag| raw == if flag { "true" } else { "false" });
            }
            "userAgent" => return raw == "null" || self.is_user_agent_held(raw, event),
            "requestParameters" | "responseElements" | "additionalEventData" => {
                return raw == "null";
            }
            "eventID" | "eventId" => &event.native_id,
            "requestID" => &event.request,
            "awsRegion" => &event.region,
            "sourceIPAddress" => &event.address,
            "errorCode" => &event.error_code,
            "recipientAccountId" => &event.account,
            _ => return false,
        };
        raw == "null" || (column.is_some() && plain(raw) == column.as_deref())
    }

    /// S3 writes every user agent in brackets, so that the column without them loses nothing there.
    fn is_user_agent_held(&self, raw: &str, event: &Event<'_>) -> bool {
        let Some(written) = plain(raw) else { return false };
        let column = event.user_agent.as_deref();
        column == Some(written)
            || (self.service == "s3" && column.is_some() && column == unbracketed(written))
    }
}

/// Returns what one outer pair of square brackets holds.
pub(crate) fn unbracketed(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

fn split_action<'e>(event: &'e Event<'_>) -> Option<(&'e str, &'e str)> {
    event.action.as_deref()?.split_once(':')
}

/// Returns true for `"YYYY-MM-DDTHH:MM:SSZ"`, which the time column prints back unchanged but for milliseconds.
fn is_canonical_time(raw: &str) -> bool {
    raw.len() == 22 && raw.ends_with("Z\"") && raw.as_bytes().get(11) == Some(&b'T')
}
