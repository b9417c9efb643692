//! The journal file: one writer, append only, safe on disk before an act counts. Owns locking, recovery of a torn last
//! line and the refusal to write behind a broken chain; what acts mean is none of its business.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::chain::{self, Break, Chain};
use super::entry::{ActKind, Entry, Leaf};
use super::files;
use crate::model::Micros;

/// Name of the journal in its case folder.
pub const FILE_NAME: &str = "journal.jsonl";

/// Clocks are corrected by this much, in microseconds, without a word in the journal.
const CLOCK_SLACK: i64 = 2_000_000;

/// Why the journal could not be read or an act not be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "cannot write the journal: {source}; this act was not kept, the {kept} acts before it are safe"
    )]
    NotKept { source: io::Error, kept: u64 },
    #[error("cannot make a random number: {0}; this act was not kept")]
    Nonce(io::Error),
    #[error("the journal is read-only: {0}")]
    ReadOnly(Condition),
}

/// Whether the journal can be written, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Writable,
    /// Another process writes it.
    InUse,
    /// The file or its disk cannot be written.
    Protected(String),
    /// The lines are no chain; the first place where it breaks.
    Broken(Break),
    /// Lines were written by a newer version.
    Newer,
    /// Writing failed and the file could not be put back; opening the case again recovers it.
    Failed(String),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writable => f.write_str("it can be written"),
            Self::InUse => f.write_str("another process has the case open"),
            Self::Protected(why) => write!(f, "its file cannot be written: {why}"),
            Self::Broken(found) => {
                write!(f, "its chain breaks at line {}: {}", found.line, found.reason)
            }
            Self::Newer => f.write_str("it was written by a newer version"),
            Self::Failed(why) => write!(f, "an earlier write failed: {why}"),
        }
    }
}

/// When an entry is written, and its random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub ts: Micros,
    pub nonce: u128,
}

/// Who writes, with which tool, and where stamps come from.
pub struct Signer {
    /// Name of the analyst.
    pub actor: String,
    /// `whytrail/0.1.0`.
    pub tool: String,
    /// Gives the time and a fresh random number for each entry.
    pub stamp: Box<dyn FnMut() -> io::Result<Stamp> + Send>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("actor", &self.actor)
            .field("tool", &self.tool)
            .finish_non_exhaustive()
    }
}

/// Size of the journal and hash of its last line: noted elsewhere, they show a cut or changed end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub leaf: Leaf,
}

/// An open journal. It holds the lock on its file until it is dropped.
#[derive(Debug)]
pub struct Journal {
    file: File,
    signer: Signer,
    condition: Condition,
    breaks: Vec<Break>,
    next_seq: u64,
    n_lines: u64,
    last: Leaf,
    /// When the last entry was written.
    last_ts: Option<Micros>,
    leaves: Vec<Leaf>,
    /// Length of the file in bytes after the last whole line.
    length: u64,
}

impl Journal {
    /// Opens the journal of a case folder, making it if there is none, and returns it with its entries.
    ///
    /// A torn last line is cut and named in a `journal.recovered` entry. A journal that is broken, in use elsewhere,
    /// protected or newer opens read-only; [`Journal::condition`] says why.
    pub fn open(folder: &Path, signer: Signer) -> Result<(Self, Vec<Entry>), JournalError> {
        Self::read(folder, signer, open_file)
    }

    /// Opens the journal of a case that another process has, to read what it holds by now. It takes no lock, which the
    /// other may be about to take.
    pub fn open_beside(folder: &Path, signer: Signer) -> Result<(Self, Vec<Entry>), JournalError> {
        Self::read(folder, signer, |path| Ok((File::open(path)?, Condition::InUse)))
    }

    fn read(
        folder: &Path,
        signer: Signer,
        open_file: impl FnOnce(&Path) -> io::Result<(File, Condition)>,
    ) -> Result<(Self, Vec<Entry>), JournalError> {
        let path = folder.join(FILE_NAME);
        let unreadable = |source| JournalError::Read { path: path.clone(), source };
        let (mut file, mut condition) = open_file(&path).map_err(unreadable)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(unreadable)?;
        let chain = chain::read(&content);
        if condition == Condition::Writable {
            condition = condition_of(&chain);
        }
        let torn = content.get(chain.whole..).unwrap_or_default();
        let Chain { mut entries, breaks, last, leaves, n_lines, whole, .. } = chain;
        let mut journal = Self {
            file,
            signer,
            condition,
            breaks,
            next_seq: entries.last().map_or(0, |entry| entry.seq.saturating_add(1)),
            n_lines,
            last,
            last_ts: entries.last().map(|entry| entry.ts),
            leaves,
            length: whole as u64,
        };
        if !torn.is_empty() && journal.condition == Condition::Writable {
            entries.push(journal.recover(torn)?);
        }
        Ok((journal, entries))
    }

    /// Returns whether the journal can be written, and why not.
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Returns every place where the chain breaks, also those that an entry has accepted since.
    pub fn breaks(&self) -> &[Break] {
        &self.breaks
    }

    /// Returns the size and the hash of the last line.
    pub const fn head(&self) -> Head {
        Head { size: self.n_lines, leaf: self.last }
    }

    /// Returns the hashes of all lines.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Returns the name of the analyst who writes.
    pub fn actor(&self) -> &str {
        &self.signer.actor
    }

    /// Appends one act and returns its entry once it is safe on disk. A bulk act is one line.
    ///
    /// Entries are ordered by their numbers. When the clock is found behind the entry before, a `clock.note` says so
    /// first: the times on either side of it are not to be compared.
    pub fn append(
        &mut self,
        act: ActKind,
        subj: &str,
        detail: Value,
    ) -> Result<Entry, JournalError> {
        if self.condition != Condition::Writable {
            return Err(JournalError::ReadOnly(self.condition.clone()));
        }
        let stamp = (self.signer.stamp)().map_err(JournalError::Nonce)?;
        let went_back = |last: &Micros| last.0.saturating_sub(stamp.ts.0) > CLOCK_SLACK;
        let Some(last) = self.last_ts.filter(went_back) else {
            return self.put(act, subj, detail, stamp);
        };
        let note = json!({
            "clock": "this machine",
            "note": "the clock of this machine went back; entries follow each other by their numbers",
            "entry_before": last.to_string(),
        });
        self.put(ActKind::ClockNote, "clock:this machine", note, stamp)?;
        let stamp = (self.signer.stamp)().map_err(JournalError::Nonce)?;
        self.put(act, subj, detail, stamp)
    }

    fn put(
        &mut self,
        act: ActKind,
        subj: &str,
        detail: Value,
        stamp: Stamp,
    ) -> Result<Entry, JournalError> {
        let mut entry = Entry {
            seq: self.next_seq,
            ts: super::entry::to_millis(stamp.ts),
            actor: self.signer.actor.clone(),
            tool: self.signer.tool.clone(),
            act: act.as_str().to_owned(),
            subj: subj.to_owned(),
            detail,
            nonce: stamp.nonce,
            prev: self.last,
            leaf: Leaf::default(),
        };
        let mut line = entry.to_line();
        entry.leaf = super::entry::leaf_hash(line.as_bytes());
        line.push('\n');
        self.write(line.as_bytes())?;
        self.next_seq += 1;
        self.n_lines += 1;
        self.last = entry.leaf;
        self.last_ts = Some(entry.ts);
        self.leaves.push(entry.leaf);
        Ok(entry)
    }

    /// Goes on behind a broken chain. The entry names every break, and the breaks stay visible for ever.
    pub fn accept_breaks(&mut self, reason: &str) -> Result<Entry, JournalError> {
        if !matches!(self.condition, Condition::Broken(_)) {
            return Err(JournalError::ReadOnly(self.condition.clone()));
        }
        let broken = std::mem::replace(&mut self.condition, Condition::Writable);
        let breaks: Vec<_> = self
            .breaks
            .iter()
            .map(|found| json!({ "line": found.line, "reason": found.reason }))
            .collect();
        let detail = json!({ "breaks": breaks, "reason": reason });
        let appended = self.append(ActKind::JournalRecovered, "journal", detail);
        if appended.is_err() && self.condition == Condition::Writable {
            self.condition = broken;
        }
        appended
    }

    fn write(&mut self, line: &[u8]) -> Result<(), JournalError> {
        let written = self.file.write_all(line).and_then(|()| self.file.sync_all());
        self.settle(written, line.len() as u64)
    }

    fn settle(&mut self, written: io::Result<()>, n_bytes: u64) -> Result<(), JournalError> {
        match written {
            Ok(()) => {
                self.length += n_bytes;
                Ok(())
            }
            Err(source) => {
                // What was written of the line goes again, so that the next act does not follow half a line.
                if let Err(error) =
                    self.file.set_len(self.length).and_then(|()| self.file.sync_all())
                {
                    self.condition = Condition::Failed(error.to_string());
                }
                Err(JournalError::NotKept { source, kept: self.n_lines })
            }
        }
    }

    fn recover(&mut self, torn: &[u8]) -> Result<Entry, JournalError> {
        let digest = Leaf(Sha256::digest(torn).into()).to_string();
        let detail = json!({ "cut_bytes": torn.len(), "cut_sha256": digest });
        let kept = self.n_lines;
        self.file.set_len(self.length).map_err(|source| JournalError::NotKept { source, kept })?;
        self.append(ActKind::JournalRecovered, "journal", detail)
    }
}

fn condition_of(chain: &Chain) -> Condition {
    match chain.breaks.first() {
        _ if chain.is_newer => Condition::Newer,
        Some(first) if !chain.is_accepted => Condition::Broken(*first),
        _ => Condition::Writable,
    }
}

fn open_file(path: &Path) -> io::Result<(File, Condition)> {
    let is_new = !path.exists();
    match files::private().read(true).append(true).create(true).open(path) {
        Ok(file) => {
            if is_new {
                files::sync_folder_of(path)?;
            }
            let condition = match file.try_lock() {
                Ok(()) => Condition::Writable,
                Err(TryLockError::WouldBlock) => Condition::InUse,
                Err(TryLockError::Error(error)) => Condition::Protected(error.to_string()),
            };
            Ok((file, condition))
        }
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            let file = OpenOptions::new().read(true).open(path)?;
            Ok((file, Condition::Protected(error.to_string())))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
