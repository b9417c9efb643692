//! Evidence in, events out: finds files, recognizes formats, redacts, tells duplicates apart, appends, keeps the account.
//! Redaction happens here, before anything reaches the store. Knows no screen and no query.

mod book;
pub mod declared;
mod dedupe;
mod desk;
mod ident;
mod parser;
mod pipeline;
pub mod progress;
mod settle;
mod tidy;

pub use pipeline::{Input, LoadError, Loader, Report};
pub use progress::{Progress, Snapshot};
