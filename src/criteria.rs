//! Criteria packs: what laws, standards and control sets ask of the records, as data. Owns their form, loading and
//! search; must not decide whether a criterion is met.

pub mod library;
pub mod pack;

pub use library::{Library, LibraryError};
pub use pack::{Applies, AppliesFrom, Criterion, Pack, PackError, Strength, Verdicts, applies_on};
