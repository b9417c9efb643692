//! whytrail
pub mod cli;
pub mod clock;
pub mod config;
pub mod criteria;
pub mod custody;
pub mod failure;
pub mod format;
pub mod ingest;
pub mod job;
pub mod link;
pub mod logging;
pub mod model;
pub mod query;
pub mod redact;
pub mod source;
pub mod store;
pub mod text;
