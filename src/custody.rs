//! The case as a folder, and the journal of everything an analyst did with it. The only writer of the journal.
//! Must not know formats, the database or screens; times and random numbers are handed in by the caller.

pub mod acts;
pub mod case_folder;
pub mod entry;
pub mod journal;
pub mod manifest;
pub mod random;
pub mod state;

mod chain;
mod files;

pub use acts::{
    Act, Deed, FindingChange, FindingDeed, NewFinding, NoteDeed, TagDeed, TagPart, TagVerb,
};
pub use case_folder::{CaseError, CaseFolder, Nearness, is_inside, nearness};
pub use chain::Break;
pub use entry::{ActKind, Entry, Leaf, leaf_hash};
pub use journal::{Condition, Head, Journal, JournalError, Signer, Stamp};
pub use state::{State, Touched};
