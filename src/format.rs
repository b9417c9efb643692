//! Log formats: one file each, one registry line each. A format turns records into events and never skips in silence.
//! Must not open files, know the store, or redact (ingest does that for all of them).

pub mod bedrock;
pub mod cloudtrail;
pub mod contract;
mod hex;
pub mod mapping;
pub mod mcp;
pub mod not_evidence;
pub mod recognize;
pub mod registry;
pub mod sample;
pub mod unmapped;

pub use contract::{Adapted, Adapter, Confidence, Format, Place, Record};
pub use recognize::{Recognized, RunnerUp, Winner, recognize};
pub use sample::{Sample, Shape};

#[cfg(test)]
pub(crate) mod replayed;
