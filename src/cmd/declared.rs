//! Declared facts of a case as commands use them: read with their policy files, and the answers about the boundary kept in
//! step with them.

use std::path::Path;

use super::case::Case;
use crate::criteria::boundary::{Boundary, PolicyText, rows};
use crate::criteria::facts::{self, Facts, FactsFault};
use crate::custody::facts_files;
use crate::failure::{Failure, Kind};
use crate::store::Store;

/// Name of the file in messages.
pub(super) const FILE: &str = "case.toml";

/// What is declared in a case.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) text: String,
    pub(super) facts: Facts,
    pub(super) faults: Vec<FactsFault>,
    /// Contents of the policy files, in the order of `facts.scope.policies`.
    pub(super) policies: Vec<PolicyText>,
}

/// Reads the facts of the case at `root`, and the copies of its policy files.
pub(super) fn read(root: &Path) -> Result<Declared, Failure> {
    let path = facts_files::path(root);
    let bytes = facts_files::read(root)
        .map_err(|error| Failure::new(Kind::Failed, format!("`{}`: {error}", path.display())))?;
    let text = String::from_utf8(bytes).map_err(|_not_text| {
        Failure::new(Kind::Failed, format!("`{}` is no text in UTF-8", path.display()))
    })?;
    let (facts, faults) = Facts::parse(FILE, &text);
    let policies = facts.scope.policies.iter().map(|policy| copy(root, policy.sha256.as_deref()));
    let policies = policies.collect();
    Ok(Declared { text, facts, faults, policies })
}

/// Returns the copy of a policy file, or why there is none.
fn copy(root: &Path, digest: Option<&str>) -> PolicyText {
    let Some(digest) = digest else {
        return Err(
            "it was not taken over: `whytrail facts import` copies it into the case".to_owned()
        );
    };
    match facts_files::policy(root, digest) {
        Ok(Some(bytes)) => {
            String::from_utf8(bytes).map_err(|_not_text| "it is no text in UTF-8".to_owned())
        }
        Ok(None) => Err(format!("its copy facts/{digest}.policy is missing or changed")),
        Err(error) => Err(format!("its copy cannot be read: {error}")),
    }
}

/// Brings the answers about the boundary in step with the facts and the events of a case that can be written.
pub(super) fn refresh(store: &Store, root: &Path) -> Result<(), Failure> {
    if store.is_read_only() {
        return Ok(());
    }
    let _turn = store.derive();
    let declared = read(root)?;
    let reader = store.reader()?;
    if !declared.facts.has_scope() {
        if rows::has_answers(&reader)? {
            rows::forget(&mut store.writer()?)?;
        }
        return Ok(());
    }
    if rows::is_current(&reader, &declared.facts.sha256)? {
        return Ok(());
    }
    let (boundary, _) = Boundary::new(&declared.facts, &declared.policies);
    rows::rebuild(&mut store.writer()?, &boundary)?;
    Ok(())
}

/// Returns true when the facts on disk are those that the journal names last.
pub(super) fn is_journaled(case: &Case, text: &str) -> bool {
    let journal = std::fs::read(case.folder.root().join("journal.jsonl")).unwrap_or_default();
    let chain = crate::custody::read_chain(&journal);
    if let Some(last) = facts_files::journaled(&chain.entries) {
        return last == facts::digest(text);
    }
    let (read, faults) = Facts::parse(FILE, text);
    faults.is_empty() && read.declared().next().is_none()
}
