//! Policy documents as text: which reader belongs to which kind, and the place of what one cannot read.

use std::fmt;

use super::cedar::Cedar;
use super::tools::Tools;
use super::{Judged, Limits, Request, iam, name_of};
use crate::criteria::facts::{Covers, Pattern, PolicyFact, PolicyKind};

/// A fault in a policy file. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DocumentFault {
    pub file: String,
    pub line: usize,
    /// Where in the document: `Statement 2, Action`; empty when it is no document at all.
    pub field: String,
    pub reason: String,
}

impl fmt::Display for DocumentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` line {}: ", self.file, self.line)?;
        if self.field.is_empty() {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.field, self.reason)
        }
    }
}

/// A document that is understood.
#[derive(Debug)]
pub(super) enum Document {
    Iam(iam::Policy),
    Cedar(Cedar),
    Tools(Tools),
}

/// Reads a policy file.
pub(super) fn read(policy: &PolicyFact, text: &str) -> Result<Document, DocumentFault> {
    match policy.kind {
        PolicyKind::Iam | PolicyKind::IamBoundary | PolicyKind::IamSession => {
            iam::Policy::read(policy, text).map(Document::Iam)
        }
        PolicyKind::Cedar => Cedar::read(policy, text).map(Document::Cedar),
        PolicyKind::Tools => Tools::read(policy, text).map(Document::Tools),
    }
}

/// Returns what is wrong with a policy file, if anything is.
pub fn check(policy: &PolicyFact, text: &str) -> Option<DocumentFault> {
    read(policy, text).err()
}

/// Returns a fault of `policy` at a line.
pub(super) fn fault(
    policy: &PolicyFact,
    line: usize,
    field: impl Into<String>,
    reason: impl Into<String>,
) -> DocumentFault {
    DocumentFault { file: policy.file.clone(), line, field: field.into(), reason: reason.into() }
}

/// Returns the line of a byte offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

/// Whom and what a document speaks of.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    agent: Option<Pattern>,
    covers: Vec<Covers>,
    pub(super) name: String,
}

impl Reach {
    pub(super) fn of(policy: &PolicyFact) -> Self {
        Self {
            agent: policy.agent.clone(),
            covers: policy.covers.clone(),
            name: name_of(policy.kind, &policy.file),
        }
    }

    /// Returns true when the document speaks of such calls of such agents.
    pub(super) fn includes(&self, request: &Request<'_>) -> bool {
        let is_its_agent = |pattern: &Pattern| {
            pattern.is_any() || request.names().any(|name| pattern.matches(name))
        };
        request.sort.is_covered(&self.covers) && self.agent.as_ref().is_none_or(is_its_agent)
    }
}

/// A document that could not be read: nothing that it covers can be told.
#[derive(Debug)]
pub(super) struct Unreadable {
    reach: Reach,
    why: String,
}

impl Unreadable {
    pub(super) fn new(policy: &PolicyFact, why: String) -> Self {
        Self { reach: Reach::of(policy), why }
    }
}

impl Limits for Unreadable {
    fn judge(&self, request: &Request<'_>) -> Option<Judged> {
        self.reach.includes(request).then(|| {
            let why = format!("the document is not understood, {}", self.why);
            Judged::cannot_tell(Some(self.reach.name.clone()), why)
        })
    }
}
