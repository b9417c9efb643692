//! What a bundle for others says instead of names: identifiers of people and things are replaced by marks before anything is
//! written. Must not decide what an identifier is (`redact`).

use std::cell::RefCell;

use super::content::Content;
use crate::query::export::ExportEvent;
use crate::redact::{Redactor, Tally};
use crate::store::Value;

/// The redactor of a bundle for others, and what it replaced so far.
#[derive(Debug)]
pub struct Pseudonyms {
    redactor: Redactor,
    replaced: RefCell<Tally>,
    /// Number of entries and root of the case's own journal, whose lines are not in the bundle.
    pub journal: (u64, String),
}

impl Pseudonyms {
    /// Returns pseudonyms made by `redactor`, for a case whose journal has that many entries and that root.
    pub fn new(redactor: Redactor, journal: (u64, String)) -> Self {
        Self { redactor, replaced: RefCell::default(), journal }
    }

    /// Returns what was replaced so far, by class.
    pub fn replaced(&self) -> Tally {
        self.replaced.borrow().clone()
    }

    /// Replaces what is an identifier in free text.
    pub fn text(&self, text: &mut String) {
        let changed = self.redactor.text(text, &mut self.replaced.borrow_mut()).into_owned();
        *text = changed;
    }

    fn maybe(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Replaces the identifiers in an event.
    pub(super) fn event(&self, event: &mut ExportEvent) {
        for text in [&mut event.row.who, &mut event.row.action, &mut event.row.target] {
            self.text(text);
        }
        for text in [&mut event.row.session, &mut event.row.address, &mut event.row.tag] {
            self.maybe(text);
        }
        for value in &mut event.values {
            if let Value::Text(text) = value {
                self.text(text);
            }
        }
        let payload =
            self.redactor.document(&event.payload, &mut self.replaced.borrow_mut()).into_owned();
        event.payload = payload;
        event.identifiers.iter_mut().for_each(|(_, value, _)| self.text(value));
        event.resources.iter_mut().for_each(|(id, _)| self.text(id));
        if let Some(session) = &mut event.session {
            self.text(&mut session.id);
            for text in [&mut session.human, &mut session.human_name, &mut session.agent] {
                self.maybe(text);
            }
        }
        for link in &mut event.links {
            self.text(&mut link.proof);
            self.text(&mut link.other_action);
        }
        for place in &mut event.places {
            self.text(&mut place.source);
            self.maybe(&mut place.member);
        }
    }

    /// Replaces the identifiers in what a bundle says of the case.
    pub(super) fn content(&self, content: &mut Content) {
        for source in &mut content.sources {
            self.text(&mut source.name);
            self.maybe(&mut source.member);
            self.maybe(&mut source.reason);
            source.warnings.iter_mut().for_each(|warning| self.text(warning));
        }
        for part in &mut content.findings {
            self.text(&mut part.row.title);
            self.text(&mut part.row.narrative);
            part.row.fields.values_mut().for_each(|text| self.text(text));
            part.inner.iter_mut().for_each(|link| self.text(&mut link.proof));
        }
    }
}
