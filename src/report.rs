//! What is handed over: the export bundle, the check before it, and the tables of the command line.
//! Facts come from `query` and `custody`; nothing here reads evidence, a clock or the environment, or draws.

pub mod answers;
pub mod bundle;
pub mod check;
pub mod folder;
pub mod tables;
pub mod targets;

mod content;
mod document;
mod events_csv;
mod events_json;
mod exceptions;
mod facts;
mod findings;
mod html;
mod identity_key;
mod ids;
mod manifest;
mod markdown;
mod ocsf;
mod oscal;
mod parquet;
mod pseudonyms;
mod safe;
mod timesketch;
mod told;
mod verify_md;
mod xlsx;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use bundle::{BundleInput, BundleReport, write};
pub use check::{ExportCheck, check};
pub use document::Status;
pub use document::facts::Assessed;
pub use document::signing::{standing, status};
pub use folder::{FileLine, Overwrite, WriteError};
pub use html::{FILE as REPORT, digest_in};
pub use identity_key::FILE as IDENTITY_KEY;
pub use pseudonyms::Pseudonyms;
pub use safe::json_line;
pub use tables::{Cell, Column, Format, TableWriter};
pub use targets::Target;
