//! Log files against the digests: signed, linked, changed, not listed, missing. Must not judge digests.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Cover, Judged, Judgment, State, Window};
use super::place::{self, LogName};
use super::{Delivery, Evidence, Supplied, verdict};
use crate::model::proof::{ListedLog, LogState, ProofVerdict, Subject};

/// A log file is named after the time at which it was put together, up to this long before the digest's window in
/// which it was delivered, in microseconds.
const DELAY: i64 = 15 * 60 * 1_000_000;

/// Windows looked at for one file: those of several trails and deliveries of one digest overlap.
const NEIGHBORS: usize = 64;

const LOST: &str = "events copied from the console, Athena, Lake or a SIEM have lost this proof";

/// One line of a digest.
#[derive(Debug, Clone, Copy)]
struct Listing<'j> {
    log: &'j ListedLog,
    digest: &'j Judgment<'j>,
}

/// Everything that the digests list, by file name and by hash.
#[derive(Debug, Default)]
struct Index<'j> {
    by_name: BTreeMap<&'j str, Vec<Listing<'j>>>,
    by_hash: BTreeMap<&'j str, Vec<Listing<'j>>>,
}

impl<'j> Index<'j> {
    fn new(judged: &'j Judged<'j>) -> Self {
        let mut index = Self::default();
        for digest in &judged.digests {
            for log in &digest.file.logs {
                let listing = Listing { log, digest };
                index.by_name.entry(place::file_name(&log.object)).or_default().push(listing);
                index.by_hash.entry(log.hash.as_str()).or_default().push(listing);
            }
        }
        index
    }

    /// Returns the lines about a file: those with its name (CloudTrail's names are unique), and those with its hash.
    fn lines(&self, path: &str, hash: &str) -> impl Iterator<Item = &Listing<'j>> {
        let by_name = self.by_name.get(place::file_name(path));
        let by_hash = self.by_hash.get(hash);
        by_name.into_iter().chain(by_hash).flatten()
    }
}

/// Returns a verdict for each log file, supplied or missing.
pub(super) fn verdicts<'j>(supplied: &Supplied, judged: &'j Judged<'j>) -> Vec<ProofVerdict> {
    let index = Index::new(judged);
    let mut verdicts: Vec<ProofVerdict> = supplied
        .evidence
        .iter()
        .filter_map(|evidence| of_evidence(evidence, &index, judged))
        .collect();
    verdicts.extend(missing(supplied, judged));
    verdicts
}

fn of_evidence(
    evidence: &Evidence,
    index: &Index<'_>,
    judged: &Judged<'_>,
) -> Option<ProofVerdict> {
    let at = &evidence.at;
    let found: Option<(LogState, Vec<String>)> = index
        .lines(&at.path, &at.content_sha256)
        .map(|listing| of_listing(listing, evidence))
        .min_by_key(|(state, _)| *state);
    let found = match evidence.delivery {
        _ if found.is_some() => found,
        Delivery::Other => None,
        Delivery::Copy => Some((LogState::Copied, vec![LOST.to_owned()])),
        Delivery::LogFile => Some(unlisted(&at.path, judged)),
    };
    let (state, details) = found?;
    Some(ProofVerdict {
        standing: state.standing(),
        ..verdict(Subject::Log, at, state.as_str(), details)
    })
}

fn of_listing(listing: &Listing<'_>, evidence: &Evidence) -> (LogState, Vec<String>) {
    let digest = listing.digest;
    let mut details = vec![format!("listed in {}", digest.at.name)];
    let is_equal = listing.log.hash == evidence.at.content_sha256;
    let state = if digest.state.is_invalid() {
        details.push("that digest is invalid".to_owned());
        LogState::InvalidDigest
    } else if !is_equal {
        details.push("INVALID: hash value doesn't match".to_owned());
        if evidence.is_damaged {
            details.push("the file is damaged".to_owned());
        }
        LogState::Mismatch
    } else if digest.state == State::Valid {
        LogState::Signed
    } else {
        LogState::HashLinked
    };
    if is_equal && !place::is_in_place(&evidence.at.path, &listing.log.object) {
        details.push(format!("found by its hash; it was written as {}", listing.log.object));
    }
    (state, details)
}

/// Says why no digest lists a file.
fn unlisted(path: &str, judged: &Judged<'_>) -> (LogState, Vec<String>) {
    let Some(name) = place::log_name(path) else {
        let foreign = format!("not under the name of a log file of CloudTrail; {LOST}");
        let state =
            if judged.windows.is_empty() { LogState::NoDigests } else { LogState::NotListed };
        return (state, vec![foreign]);
    };
    let order = |window: &Window| {
        (window.account.as_str(), window.region.as_str())
            .cmp(&(name.account.as_str(), name.region.as_str()))
    };
    let begin = judged.windows.partition_point(|window| order(window).is_lt());
    let end = judged.windows.partition_point(|window| order(window).is_le());
    let of_region = judged.windows.get(begin..end).unwrap_or_default();
    if of_region.is_empty() {
        let of = format!("none for account {} in {}", name.account, name.region);
        return (LogState::NoDigests, vec![of]);
    }
    let next = of_region.partition_point(|window| name.time.is_some_and(|time| window.to < time));
    let covers: Vec<Cover> = of_region
        .iter()
        .skip(next)
        .take(NEIGHBORS)
        .filter(|window| holds(window, &name))
        .map(|window| window.cover)
        .collect();
    if covers.contains(&Cover::Missing) {
        let why = "the digest of its hour is named by the next one and was not supplied";
        (LogState::DigestMissing, vec![why.to_owned()])
    } else if covers.contains(&Cover::Invalid) {
        let why = "the digest of its hour is invalid, so that what it does not list says nothing";
        (LogState::InvalidDigest, vec![why.to_owned()])
    } else if covers.is_empty() {
        let why =
            "no digest of its hour was supplied: not collected, or the file does not belong here";
        (LogState::NotListed, vec![why.to_owned()])
    } else {
        let why = "the digest of its hour does not list it: put here by somebody else, or in a digest not collected";
        (LogState::NotListed, vec![why.to_owned()])
    }
}

fn holds(window: &Window, name: &LogName) -> bool {
    name.time
        .is_some_and(|time| time.0 >= window.from.0.saturating_sub(DELAY) && time.0 <= window.to.0)
}

/// Returns the log files that digests list and the case does not hold.
fn missing(supplied: &Supplied, judged: &Judged<'_>) -> Vec<ProofVerdict> {
    let mut names = BTreeSet::new();
    let mut hashes = BTreeSet::new();
    for evidence in &supplied.evidence {
        names.insert(place::file_name(&evidence.at.path));
        hashes.insert(evidence.at.content_sha256.as_str());
    }
    let mut absent: BTreeMap<&str, &str> = BTreeMap::new();
    for digest in judged.digests.iter().filter(|digest| !digest.state.is_invalid()) {
        for log in &digest.file.logs {
            let is_here =
                names.contains(place::file_name(&log.object)) || hashes.contains(log.hash.as_str());
            if !is_here {
                let named_by = absent.entry(&log.object).or_insert(&digest.at.name);
                *named_by = (*named_by).min(&digest.at.name);
            }
        }
    }
    absent
        .into_iter()
        .map(|(object, digest)| ProofVerdict {
            subject: Subject::Log,
            standing: LogState::Missing.standing(),
            state: LogState::Missing.as_str().to_owned(),
            name: object.to_owned(),
            details: vec![format!("listed in {digest}"), "INVALID: not found".to_owned()],
            source: None,
        })
        .collect()
}
