//! Threads of a load: one walks the folders, the others take one source each, from first byte to committed rows.
//!
//! Every parser thread has its own connection and appends for itself: two appenders compress on two cores, and no
//! batch waits in a queue. Rows become visible at commits; a source is complete when its row in `source` is there,
//! in the same transaction as its last events. Rows without such a row are swept away before and after a load.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, AtomicI64};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, unbounded};
use thiserror::Error;

use super::dedupe::Seen;
use super::desk::Desk;
use super::progress::Progress;
use super::settle;
use crate::format::Format;
use crate::redact::Redactor;
use crate::source::discover::FoundState;
use crate::source::{Caps, Found, discover};
use crate::store::{Cancel, Fault, Reader, Row, Store, Writer};

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

/// What a loading thread is given.
pub(super) enum Task {
    File(Found),
    StandardInput,
}

/// State shared by the threads of one load.
pub(super) struct Shared<'a> {
    pub(super) loader: Loader<'a>,
    pub(super) seen: Seen,
    pub(super) numbers: AtomicI64,
    pub(super) sources: AtomicI32,
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
        // Names are small: the walk runs ahead, so that the size of the whole is known early.
        let (sender, receiver) = unbounded();
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
        if !report.was_stopped {
            let stale = shared.tried_again.lock().unwrap_or_else(PoisonError::into_inner);
            settle::forget(&mut writer, &stale)?;
        }
        settle::sweep(&mut writer)?;
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
    /// Sources of files about which something else is declared now than when they were read, by path.
    redeclared: HashMap<String, Vec<i64>>,
}

impl Known {
    /// Finds the files that a declaration made since they were read concerns. All sources of such a file are read again.
    fn find_redeclared(
        &mut self,
        formats: &[Box<dyn Format>],
        reader: &Reader,
    ) -> Result<(), Fault> {
        let rows = reader.rows(
            "SELECT path, source, format, because, coalesce(member, name) FROM source WHERE path IS NOT NULL",
            &[],
        )?;
        let is_concerned = |row: &Row| {
            let format = formats.iter().find(|format| format.id() == row.text(2));
            let declared = format.and_then(|format| format.declared(&row.text(4)));
            declared.is_some_and(|declared| !row.text(3).ends_with(&declared))
        };
        let paths: HashSet<String> =
            rows.iter().filter(|row| is_concerned(row)).map(|row| row.text(0)).collect();
        for row in rows.iter().filter(|row| paths.contains(&row.text(0))) {
            self.redeclared.entry(row.text(0)).or_default().push(row.int(1));
        }
        Ok(())
    }
}

impl<'a> Shared<'a> {
    fn prepare(loader: Loader<'a>, writer: &Writer) -> Result<Self, Fault> {
        let reader = writer.reader()?;
        let seen = Seen::new();
        reader.each_event_id(|id| {
            seen.insert(id);
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
        known.find_redeclared(loader.formats, &reader)?;
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

    /// Changes what is reported at the end.
    pub(super) fn note(&self, change: impl FnOnce(&mut Report)) {
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
                        // Files that were not met yet are missing, also when no parser noticed.
                        self.note(|report| report.was_stopped = true);
                        return;
                    }
                }
            }
        }
        self.loader.progress.found_all();
    }

    /// Queues a file unless it is known. Returns false when nobody takes files any more.
    fn offer(&self, mut found: Found, sender: &crossbeam_channel::Sender<Task>) -> bool {
        let redactor = self.loader.redactor;
        found.name = redactor.path(Path::new(&found.name));
        let path = redactor.path(&found.path);
        if let Some(sources) = self.known.unopened.get(&path) {
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
                let again = self.known.redeclared.get(&path);
                let is_known = self.known.files.contains(&(path, size, *modified));
                match again.filter(|_| is_known) {
                    None if is_known => {
                        self.note(|report| report.unchanged += 1);
                        return true;
                    }
                    Some(sources) => self
                        .tried_again
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .extend(sources),
                    None => {}
                }
                self.loader.progress.found(*bytes);
                sender.send(Task::File(found)).is_ok()
            }
        }
    }

    /// Takes one source after the other until none is left, a fault comes up, or the load is stopped.
    fn parse_all(&self, tasks: &Receiver<Task>) {
        let result = self.loader.store.writer().and_then(|writer| {
            let mut desk = Desk::new(writer, self);
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
