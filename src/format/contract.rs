//! What a log format promises: to recognize its own content, to say how records are framed, and to turn every
//! record into events, a reject or a declared skip.

use crate::model::Event;
use crate::model::proof::ChainFact;
use crate::source::Framing;

use super::sample::Sample;

/// A log format. Stateless; [`Format::adapter`] gives the per-source state.
pub trait Format: Sync + Send {
    /// Returns the stable id, for example `aws.cloudtrail`.
    fn id(&self) -> &str;
    /// Returns one line for `whytrail doctor` and the sources list.
    fn about(&self) -> &str;
    /// Returns how records are cut out of the content.
    fn framing(&self) -> Framing;
    /// Returns how sure the format is that the sample is its own, and which keys decided.
    fn recognize(&self, sample: &Sample<'_>) -> Confidence;
    /// Returns a reader for one source.
    fn adapter(&self) -> Box<dyn Adapter + Send>;
    /// Returns a reader for the source of this name, for formats that take declarations about sources.
    fn adapter_for(&self, _source: &str) -> Box<dyn Adapter + Send> {
        self.adapter()
    }
    /// Returns what a user declared about the source of this name that changes how it is read, in words for the report.
    fn declared(&self, _source: &str) -> Option<String> {
        None
    }
}

impl std::fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

/// Turns the records of one source into events. Records come in the order of the content.
pub trait Adapter {
    /// Handles one record. Total: every call pushes at least one event or reject, or calls `skip` or `hold`.
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>);

    /// Handles the members of a container around the records (`NextToken` beside `Events`), as JSON object text.
    fn envelope(&mut self, _text: &[u8], _out: &mut Adapted<'_>) {}

    /// Gives out what was held back. Called once after the last record.
    fn finish(&mut self, _out: &mut Adapted<'_>) {}
}

/// How sure a format is, 0 to 100, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confidence {
    pub score: u8,
    /// The keys or marks that decided, for the load report.
    pub because: String,
}

impl Confidence {
    /// Returns "not mine".
    pub const fn no() -> Self {
        Self { score: 0, because: String::new() }
    }

    /// Returns a score with its reason.
    pub fn new(score: u8, because: impl Into<String>) -> Self {
        Self { score, because: because.into() }
    }
}

/// Where a record lies in its source. Offsets and lengths are bytes of the inflated, UTF-8 content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Number of the record in the content, from 0.
    pub index: u32,
    /// Number of the event inside its record, for records that hold several.
    pub part: u16,
    pub offset: u64,
    pub length: u32,
    /// Line of the content on which the record begins, from 1.
    pub line: u32,
}

/// One record: its bytes and its place.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    pub text: &'r str,
    pub place: Place,
}

/// What came out of a record.
#[derive(Debug, Default)]
pub struct Adapted<'r> {
    /// Events with their places.
    pub events: Vec<(Place, Event<'r>)>,
    /// Rejected records: place and reason. Reasons never quote the record.
    pub rejects: Vec<(Place, String)>,
    /// Warnings about the source as a whole, for example a truncated collection.
    pub warnings: Vec<String>,
    /// Records that hold no event by design (a control message), by reason.
    pub skipped: Vec<&'static str>,
    /// Events of these records that come later, at the latest in `finish`.
    pub held: u64,
    /// Held events that were given out.
    pub released: u64,
    /// What records say about the chain they are part of.
    pub chained: Vec<(Place, ChainFact)>,
}

impl<'r> Adapted<'r> {
    /// Adds an event of `record`; a record with several events numbers them in order.
    pub fn push(&mut self, record: &Record<'_>, event: Event<'r>) {
        let mut place = record.place;
        if let Some((last, _)) = self.events.last()
            && last.index == place.index
        {
            place.part = last.part.saturating_add(1);
        }
        self.events.push((place, event));
    }

    /// Rejects `record` with a reason that does not quote it.
    pub fn reject(&mut self, record: &Record<'_>, reason: impl Into<String>) {
        self.rejects.push((record.place, reason.into()));
    }

    /// Declares that the record holds no event by design.
    pub fn skip(&mut self, why: &'static str) {
        self.skipped.push(why);
    }

    /// Declares that an event of the record comes later through [`Adapted::release`]: once for each of them, because the
    /// row account counts a record as often as it gives events.
    pub fn hold(&mut self) {
        self.held += 1;
    }

    /// Gives out an event that was held.
    pub fn release(&mut self, place: Place, event: Event<'r>) {
        self.released += 1;
        self.events.push((place, event));
    }

    /// Tells what the record says about the chain it is part of.
    pub fn chain(&mut self, record: &Record<'_>, fact: ChainFact) {
        self.chained.push((record.place, fact));
    }

    /// Adds a warning about the source; equal warnings are kept once by the load report.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }
}
