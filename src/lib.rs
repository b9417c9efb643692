//! whytrail
pub mod clock;
pub mod format;
pub mod ingest;
pub mod model;
pub mod redact;
pub mod source;
pub mod query;
pub mod store;
