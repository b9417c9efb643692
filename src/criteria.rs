//! Criteria: packs of what laws, standards and control sets ask, rules as questions of the store, and what both come to
//! over a case. Never says that anything complies: records show, do not show, or cannot tell.
//!
//! ```text
//! packs/*.toml -> library      rules/*.toml -> book      case.toml -> facts -> declared (tables that rules may name)
//! case.toml -> facts -> boundary (inside, outside, undeclared, cannot-tell for each call of an agent)
//! book + declared -> compile -> evaluate -> RuleRun (kept in the case) -> CriterionRun (per pack)
//! sigma: rules that a user brings, matched against whole records
//! ```

pub mod ask;
pub mod assess;
pub mod book;
pub mod boundary;
mod compile;
pub mod cues;
mod declared;
pub mod evaluate;
pub mod facts;
#[cfg(test)]
mod fixture;
pub mod form;
pub mod kept;
pub mod library;
mod narrow;
pub mod needs;
pub mod pack;
pub mod rule;
pub mod sigma;
mod stage;
pub mod verdict;
mod words;

pub use book::RuleBook;
pub use facts::{Facts, FactsFault};
pub use library::{Library, LibraryError};
pub use pack::{Applies, AppliesFrom, Criterion, Pack, PackError, Strength, Verdicts, applies_on};
