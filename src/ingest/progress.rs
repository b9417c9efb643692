//! How far a load is. Written by the loading threads, read by whoever shows it; never waited on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Shared counters of one load.
#[derive(Debug, Default)]
pub struct Progress {
    files_found: AtomicU64,
    files_done: AtomicU64,
    bytes_found: AtomicU64,
    bytes_done: AtomicU64,
    records: AtomicU64,
    kept: AtomicU64,
    troubles: AtomicU64,
    commits: AtomicU64,
    all_found: AtomicBool,
    finished: AtomicBool,
    current: Mutex<String>,
}

/// The counters at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    pub files_found: u64,
    pub files_done: u64,
    /// Bytes as received.
    pub bytes_found: u64,
    pub bytes_done: u64,
    pub records: u64,
    pub kept: u64,
    /// Files with damage, unreadable files, and files with rejects.
    pub troubles: u64,
    /// Grows each time new rows can be seen.
    pub generation: u64,
    /// The size of the whole is known.
    pub all_found: bool,
    pub finished: bool,
    /// The file being read.
    pub current: String,
}

impl Snapshot {
    /// Returns how much of the bytes was read, 0 to 100, once the size of the whole is known.
    pub fn percent(&self) -> Option<u8> {
        if self.finished {
            return Some(100);
        }
        if !self.all_found || self.bytes_found == 0 {
            return None;
        }
        u8::try_from((self.bytes_done.saturating_mul(100) / self.bytes_found).min(99)).ok()
    }
}

impl Progress {
    /// Returns the counters at this moment.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            files_found: self.files_found.load(Ordering::Relaxed),
            files_done: self.files_done.load(Ordering::Relaxed),
            bytes_found: self.bytes_found.load(Ordering::Relaxed),
            bytes_done: self.bytes_done.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
            kept: self.kept.load(Ordering::Relaxed),
            troubles: self.troubles.load(Ordering::Relaxed),
            generation: self.commits.load(Ordering::Relaxed),
            all_found: self.all_found.load(Ordering::Relaxed),
            finished: self.finished.load(Ordering::Relaxed),
            current: self.current.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    pub(super) fn found(&self, bytes: u64) {
        self.files_found.fetch_add(1, Ordering::Relaxed);
        self.bytes_found.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn found_all(&self) {
        self.all_found.store(true, Ordering::Relaxed);
    }

    pub(super) fn begins(&self, name: &str) {
        name.clone_into(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn done(&self, bytes: u64, has_trouble: bool) {
        self.files_done.fetch_add(1, Ordering::Relaxed);
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        self.troubles.fetch_add(u64::from(has_trouble), Ordering::Relaxed);
    }

    pub(super) fn rows(&self, records: u64, kept: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.kept.fetch_add(kept, Ordering::Relaxed);
    }

    pub(super) fn visible(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    /// Says that the load and what is computed after it are over.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::Relaxed);
        self.visible();
    }
}
