//! The case as a folder, and the journal of everything an analyst did with it. The only writer of the journal.
//! Must not know formats, the database or screens; times and random numbers are handed in by the caller.

pub mod acts;
pub mod aside;
pub mod case_folder;
pub mod chains;
pub mod checkpoint;
pub mod digests;
pub mod entry;
pub mod facts_files;
pub mod journal;
pub mod key_file;
pub mod manifest;
pub mod note;
pub mod random;
pub mod sign_off;
pub mod state;
pub mod timestamp;
pub mod tree;
pub mod verify;

mod chain;
mod files;
mod rewrite;

pub use acts::{
    Act, Deed, FindingChange, FindingDeed, NewFinding, NoteDeed, TagDeed, TagPart, TagVerb,
};
pub use aside::{Aside, AsideDeed, AsideKind, Asides, proposal_key};
pub use case_folder::{CaseError, CaseFolder, Nearness, is_inside, nearness};
pub use chain::{Break, Chain, read as read_chain};
pub use checkpoint::{Checkpoint, Standing};
pub use entry::{ActKind, Entry, Leaf, leaf_hash};
pub use journal::{Condition, Head, Journal, JournalError, Signer, Stamp};
pub use note::{Note, NoteKey, Signed, Vkey};
pub use rewrite::rewrite;
pub use sign_off::{Part, SignOff, Stance};
pub use state::{State, Touched};
pub use verify::{Statement, Verdict, checked_last};
