//! Threads of a load: one walks the folders, the others take one source each, from first byte to committed rows.
//!
//! Every parser thread has its own connection and appends for itself: two appenders compress on two cores, and no
//! batch waits in a queue. Rows become visible at commits; a source is complete when its row in `source` is there,
//! in the same transaction as its last events. Rows without such a row are swept away before and after a load.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use thiserror::Error;

use super::dedupe::Seen;
use super::parser::{Outcome, Sink, Surroundings, parse};
use super::progress::Progress;
use super::settle;
use crate::clock;
use crate::format::{Format, Recognized};
use crate::model::{Event, SourceId, SourceState};
use crate::redact::Redactor;
use crate::source::discover::FoundState;
use crate::source::{Caps, Content, Digests, Found, Opened, discover, open_file, open_stream};
use crate::store::append::Table;
use crate::store::{Cancel, EventBatch, Fault, Position, Store, Value, Writer};

/// Files waiting for a parser thread.
const QUEUE: usize = 256;
/// The first commits come soon, so that rows show at once. Later ones wait for a whole row group of the engine:
/// smaller commits go through its log uncompressed and are written twice.
const FIRST_COMMITS: [Duration; 2] = [Duration::from_millis(120), Duration::from_millis(600)];
const ROWS_PER_COMMIT: u64 = 2 * 122_880;
/// A batch goes to the engine at this many rows (a fifteenth of a row group) or bytes of payload.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 16 << 20;
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Format word of an archive's own row; its members have rows of their own.
pub(super) const ARCHIVE: &str = "zip archive";

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Path(PathBuf),
    StandardInput,
}

/// Why a load could not go on.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error(transparent)]
    Store(#[from] Fault),
    #[error("a loading thread failed: {0}")]
    Thread(String),
}

/// What a load brought, beyond what the store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Files that were known already and not read again.
    pub unchanged: u64,
    /// Links that were met and not followed.
    pub links: u64,
    /// The load was stopped before its end.
    pub was_stopped: bool,
}

/// Reads evidence into a store.
#[derive(Debug, Clone, Copy)]
pub struct Loader<'a> {
    pub store: &'a Store,
    pub formats: &'a [Box<dyn Format>],
    pub redactor: &'a Redactor,
    pub caps: Caps,
    /// Parser threads, at least 1.
    pub threads: usize,
    pub progress: &'a Progress,
    pub stop: &'a Cancel,
}

impl std::fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

enum Task {
    File(Found),
    StandardInput,
}

/// State shared by the threads of one load.
struct Shared<'a> {
    loader: Loader<'a>,
    seen: Seen,
    numbers: AtomicI64,
    sources: AtomicI32,
    known: Known,
    /// Sources whose file was met again and gets a new row.
    tried_again: Mutex<Vec<i64>>,
    report: Mutex<Report>,
    fault: Mutex<Option<Fault>>,
}

impl Loader<'_> {
    /// Reads everything below the inputs that is not known yet, then settles duplicates. Blocks until done.
    pub fn run(&self, inputs: &[Input]) -> Result<Report, LoadError> {
        let mut writer = self.store.writer()?;
        settle::sweep(&mut writer)?;
        let shared = Shared::prepare(*self, &writer)?;
        let (sender, receiver) = bounded(QUEUE);
        std::thread::scope(|scope| {
            let shared = &shared;
            let mut parsers = Vec::new();
            for _ in 0..self.threads.max(1) {
                let receiver: Receiver<Task> = receiver.clone();
                parsers.push(scope.spawn(move || shared.parse_all(&receiver)));
            }
            drop(receiver);
            shared.walk(inputs, &sender);
            drop(sender);
            for parser in parsers {
                if parser.join().is_err() {
                    return Err(LoadError::Thread("panicked while reading evidence".to_owned()));
                }
            }
            Ok(())
        })?;
        if let Some(fault) = shared.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(fault.into());
        }
        let report = *shared.report.lock().unwrap_or_else(PoisonError::into_inner);
        settle::sweep(&mut writer)?;
        if !report.was_stopped {
            let stale = shared.tried_again.lock().unwrap_or_else(PoisonError::into_inner);
            settle::forget(&mut writer, &stale)?;
        }
        settle::choose_deliveries(&mut writer)?;
        writer.commit()?;
        self.progress.visible();
        Ok(report)
    }
}

/// Sources that a case holds already.
#[derive(Default)]
struct Known {
    files: HashSet<(String, i64, i64)>,
    /// Sources that could not be opened, by path: they are tried again.
    unopened: HashMap<String, Vec<i64>>,
}

impl<'a> Shared<'a> {
    fn prepare(loader: Loader<'a>, writer: &Writer) -> Result<Self, Fault> {
        let reader = writer.reader()?;
        let seen = Seen::new();
        reader.each("SELECT id FROM event", &[], |row| {
            if let Some(id) = row.id(0) {
                seen.insert(id);
            }
            Ok(true)
        })?;
        let next_number = reader.number(
            "SELECT greatest(coalesce((SELECT max(n) FROM event), -1), coalesce((SELECT max(n) FROM duplicate), -1)) + 1",
            &[],
        )?;
        let next_source = reader.number("SELECT coalesce(max(source), 0) + 1 FROM source", &[])?;
        let mut known = Known::default();
        let rows = reader.rows(
            "SELECT path, file_bytes, modified, source, sha256 IS NULL FROM source \
             WHERE path IS NOT NULL AND member IS NULL",
            &[],
        )?;
        for row in rows {
            if row.flag(4) {
                known.unopened.entry(row.text(0)).or_default().push(row.int(3));
            } else {
                known.files.insert((row.text(0), row.int(1), row.int(2)));
            }
        }
        Ok(Self {
            loader,
            seen,
            numbers: AtomicI64::new(i64::try_from(next_number).unwrap_or(0)),
            sources: AtomicI32::new(i32::try_from(next_source).unwrap_or(1)),
            known,
            tried_again: Mutex::default(),
            report: Mutex::default(),
            fault: Mutex::default(),
        })
    }

    fn note(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn walk(&self, inputs: &[Input], sender: &crossbeam_channel::Sender<Task>) {
        // Inputs may overlap: a folder and a file in it.
        let mut met = HashSet::new();
        for input in inputs {
            match input {
                Input::StandardInput => {
                    self.loader.progress.found(0);
                    if sender.send(Task::StandardInput).is_err() {
                        return;
                    }
                }
                Input::Path(path) => {
                    // The case may be asked from another folder later, so places are kept in full.
                    let full = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                    let goes_on = discover(&full, &mut |found| {
                        let is_new = inputs.len() == 1 || met.insert(found.path.clone());
                        !self.loader.stop.is_set() && (!is_new || self.offer(found, sender))
                    });
                    if !goes_on {
                        return;
                    }
                }
            }
        }
        self.loader.progress.found_all();
    }

    /// Queues a file unless it is known. Returns false when nobody takes files any more.
    fn offer(&self, found: Found, sender: &crossbeam_channel::Sender<Task>) -> bool {
        if let Some(sources) = self.known.unopened.get(found.path.to_string_lossy().as_ref()) {
            self.tried_again.lock().unwrap_or_else(PoisonError::into_inner).extend(sources);
        }
        match &found.state {
            FoundState::Link => {
                self.note(|report| report.links += 1);
                true
            }
            FoundState::Unreadable(_) => {
                self.loader.progress.found(0);
                sender.send(Task::File(found)).is_ok()
            }
            FoundState::File { bytes, modified } => {
                let size = i64::try_from(*bytes).unwrap_or(i64::MAX);
                let path = found.path.to_string_lossy().into_owned();
                if self.known.files.contains(&(path, size, *modified)) {
                    self.note(|report| report.unchanged += 1);
                    return true;
                }
                self.loader.progress.found(*bytes);
                sender.send(Task::File(found)).is_ok()
            }
        }
    }

    /// Takes one source after the other until none is left, a fault comes up, or the load is stopped.
    fn parse_all(&self, tasks: &Receiver<Task>) {
        let result = self.loader.store.writer().and_then(|writer| {
            let mut desk = Desk {
                writer,
                kept: EventBatch::default(),
                duplicates: EventBatch::default(),
                shared: self,
                last_commit: clock::monotonic(),
                commits: 0,
                pending: 0,
            };
            for task in tasks {
                if self.loader.stop.is_set() {
                    self.note(|report| report.was_stopped = true);
                    break;
                }
                desk.task(task)?;
            }
            desk.commit()
        });
        if let Err(fault) = result {
            self.loader.stop.set();
            let mut first = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(fault);
        }
    }
}

/// One parser thread with its connection.
struct Desk<'s, 'a> {
    writer: Writer,
    kept: EventBatch,
    duplicates: EventBatch,
    shared: &'s Shared<'a>,
    last_commit: Duration,
    commits: usize,
    /// Rows appended since the last commit.
    pending: u64,
}

impl Sink for Desk<'_, '_> {
    fn event(&mut self, table: Table, at: &Position, event: &Event<'_>) -> Result<(), Fault> {
        let batch = match table {
            Table::Event => &mut self.kept,
            Table::Duplicate => &mut self.duplicates,
        };
        batch.push(at, event)?;
        if batch.len() >= BATCH_ROWS || batch.text_bytes() >= BATCH_BYTES {
            self.hand_over(table)?;
            self.commit_if_due()?;
        }
        Ok(())
    }
}

/// What is known about a source before it is read.
struct Origin<'f> {
    name: &'f str,
    member: Option<&'f str>,
    path: Option<String>,
    file_bytes: u64,
    modified: i64,
}

impl Desk<'_, '_> {
    /// Gives a batch to the engine. Batches run over the ends of files, so that they are full.
    fn hand_over(&mut self, table: Table) -> Result<(), Fault> {
        let batch = match table {
            Table::Event => &mut self.kept,
            Table::Duplicate => &mut self.duplicates,
        };
        if batch.is_empty() {
            return Ok(());
        }
        let columns = batch.take()?;
        let rows = columns.n_events() as u64;
        self.writer.append(table, columns)?;
        let kept = if table == Table::Event { rows } else { 0 };
        self.shared.loader.progress.rows(rows, kept);
        self.pending += rows;
        Ok(())
    }

    fn commit_if_due(&mut self) -> Result<(), Fault> {
        let waited = clock::monotonic().saturating_sub(self.last_commit);
        let is_due = match FIRST_COMMITS.get(self.commits) {
            Some(wait) => waited >= *wait,
            None => self.pending >= ROWS_PER_COMMIT || waited >= LONGEST_WAIT,
        };
        if is_due { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.hand_over(Table::Event)?;
        self.hand_over(Table::Duplicate)?;
        self.writer.commit()?;
        self.last_commit = clock::monotonic();
        self.commits += 1;
        self.pending = 0;
        self.shared.loader.progress.visible();
        Ok(())
    }

    fn task(&mut self, task: Task) -> Result<(), Fault> {
        let caps = self.shared.loader.caps;
        match task {
            Task::StandardInput => {
                let origin = Origin {
                    name: "standard input",
                    member: None,
                    path: None,
                    file_bytes: 0,
                    modified: 0,
                };
                self.shared.loader.progress.begins(origin.name);
                match open_stream(Box::new(std::io::stdin()) as Box<dyn Read>, caps) {
                    Ok(content) => self.source(&origin, content),
                    Err(error) => self.unreadable(&origin, &error.to_string()),
                }
            }
            Task::File(found) => self.file(&found, caps),
        }
    }

    fn file(&mut self, found: &Found, caps: Caps) -> Result<(), Fault> {
        let (file_bytes, modified) = match &found.state {
            FoundState::File { bytes, modified } => (*bytes, *modified),
            FoundState::Unreadable(_) | FoundState::Link => (0, 0),
        };
        let path = Some(found.path.to_string_lossy().into_owned());
        let origin = Origin { name: &found.name, member: None, path, file_bytes, modified };
        self.shared.loader.progress.begins(&found.name);
        if let FoundState::Unreadable(reason) = &found.state {
            return self.unreadable(&origin, reason);
        }
        match open_file(&found.path, caps) {
            Ok(Opened::Content(content)) => self.source(&origin, content),
            Ok(Opened::Archive(archive)) => self.archive(&origin, archive, caps),
            Err(error) => self.unreadable(&origin, &in_words(&error)),
        }
    }

    fn archive(
        &mut self,
        origin: &Origin<'_>,
        mut archive: crate::source::reader::Archive,
        caps: Caps,
    ) -> Result<(), Fault> {
        if archive.is_empty() {
            return self.unreadable(origin, "zip archive is empty");
        }
        for index in 0..archive.len() {
            if self.shared.loader.stop.is_set() {
                break;
            }
            let of_member = |name| Origin {
                name: origin.name,
                member: Some(name),
                path: origin.path.clone(),
                file_bytes: origin.file_bytes,
                modified: origin.modified,
            };
            match archive.member(index, caps) {
                Ok(None) => {}
                Ok(Some((name, content))) => self.source(&of_member(&name), content)?,
                Err(error) => {
                    let name = archive.name(index).unwrap_or_else(|| format!("#{index}"));
                    self.unreadable(&of_member(&name), &in_words(&error))?;
                }
            }
        }
        if self.shared.loader.stop.is_set() {
            return Ok(());
        }
        // The archive's own row comes last: with it all members are in.
        let source = SourceId(self.shared.sources.fetch_add(1, Ordering::Relaxed));
        let digests = Digests {
            bytes: archive.bytes,
            sha256: archive.sha256.clone(),
            inflated: archive.bytes,
            content_sha256: archive.sha256.clone(),
        };
        let outcome = Outcome {
            format: Some(ARCHIVE.to_owned()),
            because: format!("{} members", archive.len()),
            ..Outcome::default()
        };
        self.book(source, origin, Some(&digests), &outcome)
    }

    fn source(&mut self, origin: &Origin<'_>, mut content: Content) -> Result<(), Fault> {
        let shared = self.shared;
        let source = SourceId(shared.sources.fetch_add(1, Ordering::Relaxed));
        let around = Surroundings {
            formats: shared.loader.formats,
            redactor: shared.loader.redactor,
            seen: &shared.seen,
            numbers: &shared.numbers,
            stop: shared.loader.stop,
        };
        let name = origin.member.unwrap_or(origin.name);
        let file_name = name.rsplit('/').next().unwrap_or(name);
        let mut outcome = parse(around, source, file_name, &mut content, self)?;
        if outcome.was_stopped {
            shared.note(|report| report.was_stopped = true);
            return Ok(());
        }
        let (digests, late_damage) = content.finish();
        outcome.damage = outcome.damage.or(late_damage);
        let has_trouble = outcome.damage.is_some() || outcome.account.rejected > 0;
        self.book(source, origin, Some(&digests), &outcome)?;
        shared.loader.progress.done(origin.file_bytes, has_trouble);
        if self.commits < FIRST_COMMITS.len() { self.commit_if_due() } else { Ok(()) }
    }

    fn unreadable(&mut self, origin: &Origin<'_>, reason: &str) -> Result<(), Fault> {
        let source = SourceId(self.shared.sources.fetch_add(1, Ordering::Relaxed));
        let outcome = Outcome {
            not_read: Some(Recognized::Unsupported(reason.to_owned())),
            ..Outcome::default()
        };
        self.book(source, origin, None, &outcome)?;
        self.shared.loader.progress.done(origin.file_bytes, true);
        Ok(())
    }

    /// Writes the source's row, its rejects and its redaction counts.
    fn book(
        &mut self,
        source: SourceId,
        origin: &Origin<'_>,
        digests: Option<&Digests>,
        outcome: &Outcome,
    ) -> Result<(), Fault> {
        let (state, reason) = state_of(outcome);
        let number = Value::Int(source.0.into());
        let whole = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let warnings: Vec<String> =
            outcome
                .warnings
                .iter()
                .map(|(warning, count)| {
                    if *count > 1 { format!("{warning} ({count} times)") } else { warning.clone() }
                })
                .chain(outcome.skipped.iter().map(|(why, count)| format!("{count} skipped: {why}")))
                .collect();
        let (first, last) = outcome
            .span
            .map_or((Value::Null, Value::Null), |(first, last)| (first.into(), last.into()));
        let row = vec![
            number.clone(),
            origin.name.into(),
            text(origin.member),
            text(origin.path.as_deref()),
            state.as_str().into(),
            text(reason.as_deref()),
            text(outcome.format.as_deref()),
            outcome.because.as_str().into(),
            whole(origin.file_bytes),
            whole(digests.map_or(0, |digests| digests.bytes)),
            whole(digests.map_or(0, |digests| digests.inflated)),
            text(digests.map(|digests| digests.sha256.as_str())),
            text(digests.map(|digests| digests.content_sha256.as_str())),
            Value::Int(origin.modified),
            whole(outcome.account.read),
            whole(outcome.account.kept),
            whole(outcome.account.duplicate),
            whole(outcome.account.rejected),
            whole(outcome.skipped.values().sum()),
            first,
            last,
            warnings.join("\n").into(),
        ];
        self.writer.append_rows("source", &[row])?;
        let rejects: Vec<Vec<Value>> = outcome
            .rejects
            .iter()
            .map(|reject| {
                vec![
                    number.clone(),
                    Value::Int(reject.place.index.into()),
                    Value::Int(reject.place.line.into()),
                    whole(reject.place.offset),
                    Value::Int(reject.place.length.into()),
                    reject.reason.as_str().into(),
                    reject.excerpt.as_str().into(),
                ]
            })
            .collect();
        self.writer.append_rows("reject", &rejects)?;
        let tally: Vec<Vec<Value>> = outcome
            .tally
            .replaced
            .iter()
            .map(|(class, count)| vec![number.clone(), Value::from(*class), whole(*count)])
            .chain((outcome.tally.masked > 0).then(|| {
                vec![number.clone(), "masked by the source".into(), whole(outcome.tally.masked)]
            }))
            .collect();
        self.writer.append_rows("redaction", &tally)
    }
}

fn in_words(error: &crate::source::SourceError) -> String {
    match error {
        crate::source::SourceError::Io(error) => discover::words(error),
        crate::source::SourceError::Refused(reason) => reason.clone(),
    }
}

/// Returns the state of a source and its reason in words.
fn state_of(outcome: &Outcome) -> (SourceState, Option<String>) {
    match (&outcome.not_read, &outcome.damage) {
        (Some(Recognized::NotEvidence(reason)), None) => {
            (SourceState::NotEvidence, Some(reason.clone()))
        }
        (Some(Recognized::Unsupported(reason)), None) => {
            (SourceState::Unreadable, Some(reason.clone()))
        }
        (Some(_), None) => (SourceState::Unreadable, None),
        (Some(_), Some(damage)) => (
            SourceState::Unreadable,
            Some(format!("{} at byte {}", damage.reason, damage.received)),
        ),
        (None, Some(damage)) => {
            (SourceState::Damaged, Some(format!("{} at byte {}", damage.reason, damage.received)))
        }
        (None, None) => (SourceState::Read, None),
    }
}
