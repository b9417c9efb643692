//! CloudTrail and Bedrock records that went through `CloudWatch` Logs: API answers, subscriptions, Insights results,
//! export and tail lines. Each message is routed by its content, for a log group may hold either.
//!
//! The members around a message (log stream, ingestion time) are the log service's and are not taken: the record is
//! the message. Events over 256 KB never reach `CloudWatch` Logs, so this copy can lack what the S3 copy has.

mod answers;
mod insights;
mod lambda;
mod lines;
mod message;

pub use answers::{LogEvents, Subscription};
pub use insights::InsightsResults;
pub use lambda::LambdaEvent;
pub use lines::LogLines;
