//! AWS CloudTrail records in every JSON and text shape they are delivered in; one reader for the record itself.
//!
//! Source: "CloudTrail record contents", event versions 1.01 to 1.11, and what captured records show: the managed MCP
//! servers' tool events, AgentCore gateway and runtime calls, OAuth grants, Insights and aggregated events.
//! Maps: eventTime, eventSource and eventName (the action), eventID, requestID, awsRegion, sourceIPAddress, userAgent,
//! errorCode, readOnly, recipientAccountId, userIdentity.*, resources[] or the target in requestParameters, ids in
//! requestParameters, responseElements and additionalEventData.
//!
//! The payload holds every member as written except those whose value a column holds exactly: eventTime in the plain
//! form, eventSource and eventName where the action is just their join, eventID, requestID, awsRegion,
//! sourceIPAddress, userAgent (without the brackets that S3 puts around it), errorCode, readOnly, recipientAccountId,
//! and members of these and of requestParameters, responseElements and additionalEventData that are `null`.
//!
//! Quirks: a scalar of the wrong type is read as text and stays in the payload; a container where a scalar belongs
//! leaves the column empty. `userIdentity` can be missing, `null` or without `type`; the actor is then the invoking
//! service. Aggregated events spell `eventId` and have a time window instead of a time. Long-lived keys and root make
//! no session. A failed sign-in counts as denied. Model calls count as reads: they change nothing.
//! Must not join records, take a value from the members around a record, or quote records in reasons.

pub(crate) mod action;
mod agent;
mod cloudwatch;
mod event;
mod eventbridge;
mod facts;
pub(crate) mod identity;
mod issue;
mod lookup;
pub(crate) mod masked;
pub(crate) mod outcome;
mod own;
pub(crate) mod raw;
pub(crate) mod recognize;
mod target;
mod tool;
mod trail;
pub(crate) mod whole;

#[cfg(test)]
pub(crate) mod tests;

pub use cloudwatch::{InsightsResults, LambdaEvent, LogEvents, LogLines, Subscription};
pub use eventbridge::EventBridge;
pub use lookup::LookupEvents;
pub use trail::Trail;
