//! Asks rules about records: stretch by stretch, with a connection and a thread for each reader. Owns bounds on what is kept
//! in memory. Must not decide what is shown.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering as Memory};

use super::correlate::Feed;
use super::engine::Detector;
use super::index::Index;
use super::record::Record;
use crate::model::{EventId, Micros};
use crate::query::records::{RecordRow, Records};
use crate::store::{Fault, Reader};

/// Rows that a thread reads at a time.
const STRETCH: i64 = 32_768;
/// Most matches that are kept. More is no list that anybody reads, and the rules have to be narrowed.
pub const MOST_MATCHES: usize = 5_000_000;

/// An event, in the order of a list: by time, undated ones last, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub time: Option<Micros>,
    pub id: EventId,
    /// Row number inside the case.
    pub n: i64,
}

impl Place {
    /// Returns the time in microseconds; 0 for an undated event.
    pub(super) fn micros(&self) -> i64 {
        self.time.map_or(0, |time| time.0)
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |place: &Self| (place.time.is_none(), place.time, place.id);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where the matches of a rule go besides the list.
#[derive(Debug)]
pub(super) struct Outlet<'r> {
    /// Place of the correlation in its set.
    pub(super) correlation: usize,
    /// Which of the joined rules this one is.
    pub(super) slot: usize,
    /// Members to group by.
    pub(super) group: Vec<&'r str>,
    /// Members whose values are counted.
    pub(super) values: &'r [String],
}

/// A rule to be asked.
#[derive(Debug)]
pub(super) struct AskedRule<'r> {
    /// Place of the rule in its set.
    pub(super) place: usize,
    pub(super) detector: &'r Detector,
    pub(super) is_listed: bool,
    pub(super) outlets: Vec<Outlet<'r>>,
}

/// What is asked of which records.
#[derive(Debug)]
pub(super) struct Scan<'r> {
    pub(super) records: Records,
    /// Members that the columns of the records stand for.
    pub(super) members: Vec<&'static str>,
    pub(super) rules: Vec<AskedRule<'r>>,
    pub(super) index: Index,
}

/// What the rules found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Events with the place of the rule that matched.
    pub(super) hits: Vec<(Place, usize)>,
    /// What correlations take in, by their place.
    pub(super) feeds: BTreeMap<usize, Vec<Feed>>,
    /// Values that rules looked at and that are hidden, with the number of events, where the rule did not match.
    pub(super) hidden: BTreeMap<(usize, String), u64>,
    pub(super) n_asked: u64,
    /// Records that were too long to be kept.
    pub(super) n_cut: u64,
    /// Matches told by correlations only.
    pub(super) n_inner: u64,
    /// Matches that no correlation could take in: undated, or without a member to group by.
    pub(super) n_loose: u64,
    groups: HashSet<Arc<[String]>>,
    values: HashSet<Arc<str>>,
}

/// Why a scan did not end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Store(#[from] Fault),
    #[error("more than {MOST_MATCHES} matches")]
    TooMany,
}

impl Scan<'_> {
    /// Asks all rules about all records.
    pub(super) fn run(&self, readers: Vec<Reader>) -> Result<Found, ScanError> {
        let Some(first) = readers.first() else { return Ok(Found::default()) };
        let span = Records::span(first)?;
        let (next, n_matches) = (AtomicI64::new(span.start), AtomicUsize::new(0));
        let mut all = Found::default();
        std::thread::scope(|scope| {
            let threads: Vec<_> = readers
                .into_iter()
                .map(|reader| {
                    let (next, n_matches) = (&next, &n_matches);
                    scope.spawn(move || self.work(&reader, next, span.end, n_matches))
                })
                .collect();
            for thread in threads {
                let done = thread.join().map_err(|_panic| {
                    Fault::Engine("a thread died while it asked rules".to_owned())
                })??;
                all.add(done);
            }
            Ok::<(), ScanError>(())
        })?;
        if n_matches.load(Memory::Relaxed) > MOST_MATCHES {
            return Err(ScanError::TooMany);
        }
        all.hits.sort_unstable();
        Ok(all)
    }

    fn work(
        &self,
        reader: &Reader,
        next: &AtomicI64,
        end: i64,
        n_matches: &AtomicUsize,
    ) -> Result<Found, Fault> {
        let mut found = Found::default();
        let mut candidates = Vec::new();
        loop {
            let from = next.fetch_add(STRETCH, Memory::Relaxed);
            if from >= end || n_matches.load(Memory::Relaxed) > MOST_MATCHES {
                return Ok(found);
            }
            let stretch = from..from.saturating_add(STRETCH).min(end);
            self.records.each(reader, stretch, |row| {
                let n_new = self.ask(&row, &mut candidates, &mut found);
                Ok(n_matches.fetch_add(n_new, Memory::Relaxed) + n_new <= MOST_MATCHES)
            })?;
        }
    }

    /// Asks about one record. Returns the number of matches.
    fn ask(&self, row: &RecordRow, candidates: &mut Vec<usize>, found: &mut Found) -> usize {
        let record = Record::new(row, &self.members);
        found.n_asked += 1;
        found.n_cut += u64::from(record.is_cut());
        self.index.candidates(&record, candidates);
        let mut n_matches = 0;
        for asked in candidates.iter().filter_map(|at| self.rules.get(*at)) {
            let matches = asked.detector.matches(&record);
            let hidden = record.take_hidden();
            if matches {
                n_matches += 1;
                found.take(asked, &record, row);
                // The correlation's members may be hidden too; they group by their marks, which are equal for equal values.
                drop(record.take_hidden());
            } else {
                for path in hidden {
                    *found.hidden.entry((asked.place, path)).or_default() += 1;
                }
            }
        }
        n_matches
    }
}

impl Found {
    fn take(&mut self, asked: &AskedRule<'_>, record: &Record<'_>, row: &RecordRow) {
        let at = Place { time: row.time, id: row.id, n: row.n };
        if asked.is_listed {
            self.hits.push((at, asked.place));
        } else {
            self.n_inner += 1;
        }
        for outlet in &asked.outlets {
            let group: Option<Vec<String>> =
                outlet.group.iter().map(|path| record.texts(path).into_iter().next()).collect();
            let Some(group) = group.filter(|_| row.time.is_some()) else {
                self.n_loose += 1;
                continue;
            };
            let value = self.value(outlet.values, record);
            let group = shared(&mut self.groups, Arc::from(group));
            let feed = Feed { group, at, slot: outlet.slot, value };
            self.feeds.entry(outlet.correlation).or_default().push(feed);
        }
    }

    /// Returns the values of several members as one text; `None` when one of them is missing.
    fn value(&mut self, paths: &[String], record: &Record<'_>) -> Option<Arc<str>> {
        if paths.is_empty() {
            return None;
        }
        let values: Option<Vec<String>> =
            paths.iter().map(|path| record.texts(path).into_iter().next()).collect();
        Some(shared(&mut self.values, Arc::from(values?.join("\u{1f}"))))
    }

    fn add(&mut self, other: Self) {
        self.hits.extend(other.hits);
        for (correlation, feeds) in other.feeds {
            self.feeds.entry(correlation).or_default().extend(feeds);
        }
        for (key, count) in other.hidden {
            *self.hidden.entry(key).or_default() += count;
        }
        self.n_asked += other.n_asked;
        self.n_cut += other.n_cut;
        self.n_inner += other.n_inner;
        self.n_loose += other.n_loose;
    }
}

/// Returns the one copy of an equal value, so that many matches of one group cost one text.
fn shared<T: ?Sized + Eq + std::hash::Hash>(known: &mut HashSet<Arc<T>>, value: Arc<T>) -> Arc<T> {
    if let Some(known) = known.get(&value) {
        return Arc::clone(known);
    }
    known.insert(Arc::clone(&value));
    value
}
