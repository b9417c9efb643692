//! Log formats: one file each, one registry line each. A format turns records into events and never skips in silence.
//! Must not open files, know the store, or redact (ingest does that for all of them).

pub mod contract;
pub mod registry;
pub mod sample;

pub use contract::{Adapted, Adapter, Confidence, Format, Place, Record};
pub use sample::{Sample, Shape};
