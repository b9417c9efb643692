//! One source from its first byte to its account: recognize, cut into records, adapt, redact, tell duplicates apart,
//! fill batches. The only place where records become rows.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::dedupe::Seen;
use super::ident::{Occurrences, record_digest};
use super::tidy::tidy;
use crate::format::proof;
use crate::format::{Adapted, Adapter, Format, Place, Recognized, Record, Sample, recognize};
use crate::model::proof::{ChainFact, ChainedRecord, ProofDocument, ProofKind};
use crate::model::{Account, Event, Micros, SourceId};
use crate::redact::{Redactor, Tally};
use crate::source::{Content, Damage, Frame, FrameKind, Framer};
use crate::store::append::Table;
use crate::store::{Fault, Position};

/// Formats look at this many bytes of content.
const HEAD: usize = 1 << 20;
/// They look at this many first.
const GLANCE: usize = 24 << 10;
/// Content is read in pieces of this size.
const PIECE: usize = 1 << 20;
/// Rejects kept per source with place and excerpt; more are counted only.
const MAX_REJECTS: usize = 10_000;
/// Distinct warnings kept per source.
const MAX_WARNINGS: usize = 100;

/// What a source needs from its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) formats: &'a [Box<dyn Format>],
    pub(super) redactor: &'a Redactor,
    pub(super) seen: &'a Seen,
    pub(super) numbers: &'a std::sync::atomic::AtomicI64,
    pub(super) stop: &'a crate::store::Cancel,
}

/// Takes rows off the parser's hands.
pub(super) trait Sink {
    /// Takes what a record says about the chain it is part of.
    fn chained(&mut self, record: ChainedRecord) -> Result<(), Fault>;
    /// Takes an event that is kept, or a further delivery of one.
    fn event(&mut self, table: Table, at: &Position, event: &Event<'_>) -> Result<(), Fault>;
}

/// A record that could not become an event.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) place: Place,
    pub(super) reason: String,
    pub(super) excerpt: String,
}

/// What reading a source brought.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) format: Option<String>,
    pub(super) because: String,
    /// The document, of a source that proves something about others.
    pub(super) proof: Option<ProofDocument>,
    /// Why the source holds no evidence, or cannot be read by this version.
    pub(super) not_read: Option<Recognized>,
    pub(super) damage: Option<Damage>,
    pub(super) account: Account,
    pub(super) skipped: BTreeMap<&'static str, u64>,
    pub(super) warnings: BTreeMap<String, u64>,
    pub(super) rejects: Vec<Rejected>,
    pub(super) tally: Tally,
    pub(super) span: Option<(Micros, Micros)>,
    pub(super) was_stopped: bool,
}

/// The state of one source while it is read.
pub(super) struct Parser<'a, S: Sink> {
    around: Surroundings<'a>,
    source: SourceId,
    sink: &'a mut S,
    adapter: Box<dyn Adapter + Send>,
    occurrences: Occurrences,
    held: HashMap<u32, [u8; 32]>,
    next_index: u32,
    outcome: Outcome,
}

/// Reads a source to its end; `name` is the name it has in lists. Faults are the store's; trouble with the evidence is in the outcome.
pub(super) fn parse<S: Sink>(
    around: Surroundings<'_>,
    source: SourceId,
    name: &str,
    content: &mut Content,
    sink: &mut S,
) -> Result<Outcome, Fault> {
    let mut buffer = Vec::new();
    let first = content.fill(&mut buffer, HEAD);
    let is_whole = !matches!(first, Ok(false));
    let file_name = name.rsplit('/').next().unwrap_or(name);
    let recognized = look(around.formats, file_name, &buffer, is_whole);
    let (index, mut because) = match recognized {
        Recognized::As(winner) => (winner.index, winner.because),
        Recognized::Proof(kind) => return Ok(read_proof(kind, buffer, first, content)),
        other => {
            let damage = first.err();
            return Ok(Outcome { not_read: Some(other), damage, ..Outcome::default() });
        }
    };
    let Some(format) = around.formats.get(index) else {
        return Err(Fault::Engine("recognized a format that is not registered".to_owned()));
    };
    if let Some(declared) = format.declared(name) {
        because = format!("{because}; {declared}");
    }
    let mut parser = Parser {
        around,
        source,
        sink,
        adapter: format.adapter_for(name),
        occurrences: Occurrences::default(),
        held: HashMap::new(),
        next_index: 0,
        outcome: Outcome { format: Some(format.id().to_owned()), because, ..Outcome::default() },
    };
    parser.run(Framer::new(format.framing()), buffer, first, content)?;
    Ok(parser.outcome)
}

/// Reads a proof to its end, within the cap, and parses it.
fn read_proof(
    kind: ProofKind,
    mut buffer: Vec<u8>,
    first: Result<bool, Damage>,
    content: &mut Content,
) -> Outcome {
    let mut state = first;
    while matches!(state, Ok(false)) && buffer.len() <= proof::MAX_DOCUMENT {
        state = content.fill(&mut buffer, PIECE);
    }
    let malformed = |why: &str| ProofDocument::Malformed { kind, why: why.to_owned() };
    let document = match (&state, std::str::from_utf8(&buffer)) {
        (Err(_), _) => malformed("the file is damaged"),
        (Ok(false), _) => malformed("larger than any such document"),
        (Ok(true), Err(_)) => malformed("not UTF-8"),
        (Ok(true), Ok(text)) => proof::parse(kind, text),
    };
    Outcome { proof: Some(document), damage: state.err(), ..Outcome::default() }
}

/// Asks the formats about a short head first: most sources are known by their first records, and looking at a
/// megabyte of each of a hundred thousand files would take longer than reading them.
fn look(formats: &[Box<dyn Format>], name: &str, head: &[u8], is_whole: bool) -> Recognized {
    if head.len() > GLANCE {
        let glance = String::from_utf8_lossy(head.get(..GLANCE).unwrap_or_default());
        if let Recognized::As(winner) = recognize(formats, &Sample::new(name, &glance, false))
            && winner.score > 0
        {
            return Recognized::As(winner);
        }
    }
    recognize(formats, &Sample::new(name, &String::from_utf8_lossy(head), is_whole))
}

impl<S: Sink> Parser<'_, S> {
    fn run(
        &mut self,
        mut framer: Framer,
        mut buffer: Vec<u8>,
        first: Result<bool, Damage>,
        content: &mut Content,
    ) -> Result<(), Fault> {
        let mut state = first;
        loop {
            let at_end = !matches!(state, Ok(false));
            let mut fault = None;
            let consumed = framer.feed(&buffer, at_end, &mut |frame| {
                if fault.is_none() {
                    fault = self.frame(&frame).err();
                }
            });
            if let Some(fault) = fault {
                return Err(fault);
            }
            buffer.drain(..consumed);
            if self.around.stop.is_set() {
                self.outcome.was_stopped = true;
                break;
            }
            match state {
                Ok(false) => {}
                Ok(true) => break,
                Err(damage) => {
                    self.outcome.damage = Some(damage);
                    break;
                }
            }
            state = content.fill(&mut buffer, PIECE);
        }
        if framer.is_open() && self.outcome.damage.is_none() && !self.outcome.was_stopped {
            self.name_cut_end(content);
        }
        self.finish()
    }

    /// Content that ends inside an array or record is damaged, at the place where the last whole record ended.
    fn name_cut_end(&mut self, content: &Content) {
        let at = self
            .outcome
            .rejects
            .last()
            .map_or_else(|| content.given(), |reject| reject.place.offset);
        self.outcome.damage =
            Some(Damage { reason: "content is cut off".to_owned(), received: at, content: at });
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Result<(), Fault> {
        let length = u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX);
        let place = Place {
            index: self.next_index,
            part: 0,
            offset: frame.offset,
            length,
            line: frame.line,
        };
        match frame.kind {
            FrameKind::Envelope => {
                let mut out = Adapted::default();
                self.adapter.envelope(frame.bytes, &mut out);
                self.take(out, None, Some(frame.bytes))
            }
            FrameKind::Broken(reason) => {
                self.next_index += 1;
                self.outcome.account.read += 1;
                self.reject(place, reason.to_owned(), frame.bytes);
                Ok(())
            }
            FrameKind::Record => {
                self.next_index += 1;
                self.outcome.account.read += 1;
                self.record(frame.bytes, place)
            }
        }
    }

    fn record(&mut self, bytes: &[u8], place: Place) -> Result<(), Fault> {
        let mut out = Adapted::default();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                let at = place.offset + error.valid_up_to() as u64;
                self.warn(format!("invalid UTF-8 shown as U+FFFD, first at byte {at}"));
                String::from_utf8_lossy(bytes)
            }
        };
        self.adapter.adapt(&Record { text: &text, place }, &mut out);
        let digest = record_digest(bytes);
        if out.held > 0 {
            self.held.insert(place.index, digest);
        }
        self.take(out, Some((place, digest)), Some(bytes))
    }

    /// Books everything an adapter gave out.
    fn take(
        &mut self,
        out: Adapted<'_>,
        present: Option<(Place, [u8; 32])>,
        bytes: Option<&[u8]>,
    ) -> Result<(), Fault> {
        let Adapted { events, rejects, warnings, skipped, held, released, chained } = out;
        for (place, fact) in chained {
            let fact = self.tidy_fact(fact);
            self.sink.chained(ChainedRecord { source: self.source, index: place.index, fact })?;
        }
        let n_skipped = skipped.len() as u64;
        self.outcome.account.read = self.outcome.account.read.saturating_sub(n_skipped);
        for why in skipped {
            *self.outcome.skipped.entry(why).or_insert(0) += 1;
        }
        for warning in warnings {
            self.warn(warning);
        }
        let present_index = present.map(|(place, _)| place.index);
        let own =
            events.iter().filter(|(place, _)| Some(place.index) == present_index).count() as u64;
        let own = own + rejects.len() as u64 + n_skipped + held;
        // A record with several events counts once for each of them.
        self.outcome.account.read +=
            if present.is_some() { own.saturating_sub(1) } else { rejects.len() as u64 };
        debug_assert!(released <= events.len() as u64);
        for (place, reason) in rejects {
            self.reject(place, reason, bytes.unwrap_or_default());
        }
        for (place, event) in events {
            let digest = match present {
                Some((here, digest)) if here.index == place.index => digest,
                _ => self.held.get(&place.index).copied().unwrap_or_default(),
            };
            self.keep(place, event, &digest)?;
        }
        Ok(())
    }

    /// What tells chains apart may be any text of the record, so it is redacted like one.
    fn tidy_fact(&mut self, fact: ChainFact) -> ChainFact {
        let partition =
            self.around.redactor.text(&fact.partition, &mut self.outcome.tally).into_owned();
        ChainFact { partition, ..fact }
    }

    /// Words about a record may quote a name or a time of it.
    fn hidden(&self, text: String) -> String {
        match self.around.redactor.text(&text, &mut Tally::default()) {
            Cow::Borrowed(_) => text,
            Cow::Owned(hidden) => hidden,
        }
    }

    fn warn(&mut self, text: String) {
        let text = self.hidden(text);
        if self.outcome.warnings.len() < MAX_WARNINGS || self.outcome.warnings.contains_key(&text) {
            *self.outcome.warnings.entry(text).or_insert(0) += 1;
        }
    }

    fn reject(&mut self, place: Place, reason: String, bytes: &[u8]) {
        self.outcome.account.rejected += 1;
        if self.outcome.rejects.len() < MAX_REJECTS {
            let reason = self.hidden(reason);
            let excerpt = self.around.redactor.excerpt(bytes);
            self.outcome.rejects.push(Rejected { place, reason, excerpt });
        }
    }

    fn keep(&mut self, place: Place, mut event: Event<'_>, digest: &[u8; 32]) -> Result<(), Fault> {
        let id = self.occurrences.identify(&event, place, digest);
        tidy(&mut event, self.around.redactor, &mut self.outcome.tally);
        if let Some(time) = event.time {
            let (first, last) = self.outcome.span.unwrap_or((time, time));
            self.outcome.span = Some((first.min(time), last.max(time)));
        }
        let position = Position {
            n: self.around.numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            id,
            source: self.source,
            record_index: i32::try_from(place.index).unwrap_or(i32::MAX),
            part: i32::from(place.part),
            line: i32::try_from(place.line).unwrap_or(i32::MAX),
            offset: i64::try_from(place.offset).unwrap_or(i64::MAX),
            length: i32::try_from(place.length).unwrap_or(i32::MAX),
            raw_sha256: *digest,
        };
        let table = if self.around.seen.insert(id) {
            self.outcome.account.kept += 1;
            Table::Event
        } else {
            self.outcome.account.duplicate += 1;
            Table::Duplicate
        };
        self.sink.event(table, &position, &event)
    }

    fn finish(&mut self) -> Result<(), Fault> {
        let mut out = Adapted::default();
        self.adapter.finish(&mut out);
        self.take(out, None, None)
    }
}
