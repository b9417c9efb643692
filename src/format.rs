//! Log formats: one file each, one registry line each. A format turns records into events and never skips in silence.
//! Must not open files, know the store, or redact (ingest does that for all of them).

pub mod agentcore;
pub mod agentgateway;
pub mod authzed;
pub mod bedrock;
pub mod claude_code;
pub mod cloudtrail;
pub mod contract;
mod hex;
pub mod litellm;
pub mod mapping;
pub mod mcp;
mod members;
pub mod not_evidence;
pub mod otlp;
pub mod proof;
pub mod recognize;
pub mod registry;
pub mod sample;
mod shipped;
pub mod unmapped;
mod veil;

pub use contract::{Adapted, Adapter, Confidence, Format, Place, Record};
pub use recognize::{Recognized, RunnerUp, Winner, recognize};
pub use sample::{Sample, Shape};

#[cfg(test)]
pub(crate) mod replayed;
