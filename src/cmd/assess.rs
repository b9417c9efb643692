//! The assessor of an open case: its facts, packs and rules. What is printed of an assessment is the business of `comply`,
//! `ask` and `check`.

use std::path::PathBuf;
use std::sync::Arc;

use super::case::Case;
use super::{Context, output};
use crate::criteria::assess::{Assessment, Assessor, Held, SharedFacts};
use crate::criteria::{Library, PackError, RuleBook};
use crate::failure::{Failure, Kind};

/// Returns the rules that come with the program and those of `more`, files or folders, with what could not be taken.
pub(super) fn book(more: &[PathBuf]) -> Result<(RuleBook, Vec<PackError>), Failure> {
    let mut book =
        RuleBook::embedded().map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    let faults = more.iter().flat_map(|path| book.load(path)).collect();
    Ok((book, faults))
}

/// Returns the packs that come with the program and those that were asked for, with how many could not be taken: one with
/// a fault is named and keeps no other from being used.
pub(super) fn library(context: &Context) -> Result<(Library, usize), Failure> {
    let mut library =
        Library::embedded().map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    let mut left_out = 0;
    for pack in &context.shared.control.pack {
        if let Err(error) = library.load(pack) {
            output::say(&format!("warning: a pack is left out: {error}"));
            left_out += 1;
        }
    }
    Ok((library, left_out))
}

/// Returns the assessor of a case with rules of the user beside the program's. Runs are kept only of the program's own.
pub(super) fn assessor(case: &Case, more: &[PathBuf]) -> Result<Assessor, Failure> {
    let facts = SharedFacts::default();
    facts.put(held(case)?);
    let (book, faults) = book(more)?;
    for fault in &faults {
        output::say(&format!("warning: a rule is left out: {fault}"));
    }
    Ok(Assessor {
        store: Arc::clone(&case.store),
        library: Arc::new(case.library.clone()),
        book: Arc::new(book),
        facts,
        is_writable: case.read_only_reason().is_none() && more.is_empty(),
    })
}

/// Returns the declared facts of a case as they are on disk.
pub(super) fn held(case: &Case) -> Result<Held, Failure> {
    let declared = super::declared::read(case.folder.root())?;
    Ok(Held { text: declared.text, facts: declared.facts })
}

/// Runs the rules over a case.
pub(super) fn assess(case: &Case, more: &[PathBuf]) -> Result<Assessment, Failure> {
    Ok(assessor(case, more)?.assess(&case.reader()?, None)?)
}
