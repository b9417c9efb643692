//! One loading thread with its connection: takes files one after the other, opens them, hands events to the engine in
//! full batches, commits when it is worth it.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::book::{Origin, book};
use super::parser::{Outcome, Sink, Surroundings, parse};
use super::pipeline::{ARCHIVE, Shared, Task};
use crate::clock;
use crate::format::Recognized;
use crate::model::proof::ChainedRecord;
use crate::model::{Event, SourceId};
use crate::source::discover::{self, FoundState};
use crate::source::{Caps, Content, Digests, Found, Opened, open_file, open_stream};
use crate::store::append::Table;
use crate::store::{EventBatch, Fault, Position, Writer};

/// The first commits come soon, so that rows show at once. Later ones wait for a whole row group of the engine:
/// smaller commits go through its log uncompressed and are written twice.
const FIRST_COMMITS: [Duration; 2] = [Duration::from_millis(120), Duration::from_millis(600)];
const ROWS_PER_COMMIT: u64 = 2 * 122_880;
/// A batch goes to the engine at this many rows (a fifteenth of a row group) or bytes of payload.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 16 << 20;
/// On a slow machine rows show after this long all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// One parser thread with its connection.
pub(super) struct Desk<'s, 'a> {
    writer: Writer,
    kept: EventBatch,
    duplicates: EventBatch,
    chained: Vec<ChainedRecord>,
    shared: &'s Shared<'a>,
    last_commit: Duration,
    commits: usize,
    /// Rows appended since the last commit.
    pending: u64,
}

impl Sink for Desk<'_, '_> {
    fn chained(&mut self, record: ChainedRecord) -> Result<(), Fault> {
        self.chained.push(record);
        if self.chained.len() >= BATCH_ROWS { self.hand_over_chained() } else { Ok(()) }
    }

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

impl<'s, 'a> Desk<'s, 'a> {
    pub(super) fn new(writer: Writer, shared: &'s Shared<'a>) -> Self {
        Self {
            writer,
            kept: EventBatch::default(),
            duplicates: EventBatch::default(),
            chained: Vec::new(),
            shared,
            last_commit: clock::monotonic(),
            commits: 0,
            pending: 0,
        }
    }
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

    fn hand_over_chained(&mut self) -> Result<(), Fault> {
        self.writer.keep_chained(&std::mem::take(&mut self.chained))
    }

    fn commit_if_due(&mut self) -> Result<(), Fault> {
        let waited = clock::monotonic().saturating_sub(self.last_commit);
        let is_due = match FIRST_COMMITS.get(self.commits) {
            Some(wait) => waited >= *wait,
            None => self.pending >= ROWS_PER_COMMIT || waited >= LONGEST_WAIT,
        };
        if is_due { self.commit() } else { Ok(()) }
    }

    /// Makes everything handed over so far visible.
    pub(super) fn commit(&mut self) -> Result<(), Fault> {
        self.hand_over(Table::Event)?;
        self.hand_over(Table::Duplicate)?;
        self.hand_over_chained()?;
        self.writer.commit()?;
        self.last_commit = clock::monotonic();
        self.commits += 1;
        self.pending = 0;
        self.shared.loader.progress.visible();
        Ok(())
    }

    /// Reads what a task names.
    pub(super) fn task(&mut self, task: Task) -> Result<(), Fault> {
        let caps = self.shared.loader.caps;
        match task {
            Task::StandardInput => {
                let origin = Origin {
                    name: "standard input",
                    member: None,
                    path: None,
                    place: None,
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
        let path = Some(self.shared.loader.redactor.path(&found.path));
        let place = Some(found.path.as_path());
        let origin = Origin { name: &found.name, member: None, path, place, file_bytes, modified };
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
                place: origin.place,
                file_bytes: origin.file_bytes,
                modified: origin.modified,
            };
            match archive.member(index, caps) {
                Ok(None) => {}
                Ok(Some((name, content))) => {
                    let name = self.shared.loader.redactor.path(Path::new(&name));
                    self.source(&of_member(&name), content)?;
                }
                Err(error) => {
                    let name = archive.name(index).unwrap_or_else(|| format!("#{index}"));
                    let name = self.shared.loader.redactor.path(Path::new(&name));
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
        book(&mut self.writer, source, origin, Some(&digests), &outcome)
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
        let mut outcome = parse(around, source, name, &mut content, self)?;
        if outcome.was_stopped {
            shared.note(|report| report.was_stopped = true);
            return Ok(());
        }
        let (digests, late_damage) = content.finish();
        outcome.damage = outcome.damage.or(late_damage);
        if origin.has_changed() {
            let warning =
                "the file changed while it was read; its hash is that of the bytes that were read";
            outcome.warnings.insert(warning.to_owned(), 1);
        }
        let has_trouble = outcome.damage.is_some() || outcome.account.rejected > 0;
        book(&mut self.writer, source, origin, Some(&digests), &outcome)?;
        shared.loader.progress.done(origin.file_bytes, has_trouble);
        if self.commits < FIRST_COMMITS.len() { self.commit_if_due() } else { Ok(()) }
    }

    fn unreadable(&mut self, origin: &Origin<'_>, reason: &str) -> Result<(), Fault> {
        let source = SourceId(self.shared.sources.fetch_add(1, Ordering::Relaxed));
        let outcome = Outcome {
            not_read: Some(Recognized::Unsupported(reason.to_owned())),
            ..Outcome::default()
        };
        book(&mut self.writer, source, origin, None, &outcome)?;
        self.shared.loader.progress.done(origin.file_bytes, true);
        Ok(())
    }
}

fn in_words(error: &crate::source::SourceError) -> String {
    match error {
        crate::source::SourceError::Io(error) => discover::words(error),
        crate::source::SourceError::Refused(reason) => reason.clone(),
    }
}
