//! The chain of digests: one verdict per digest, missing ones, gaps, and which hours of which region are covered.
//! Must not look at log files.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{NoKey, Ring};
use super::place::{self, DigestName};
use super::{Located, Supplied, verdict};
use crate::model::Micros;
use crate::model::proof::{DigestFile, ProofKind, ProofVerdict, SavedSignature, Standing, Subject};

const HOUR: i64 = 3_600_000_000;

/// What is known about a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Valid,
    /// Its signature lives in the metadata of S3, which was not collected, and no later digest carries it.
    NotCollected,
    NoKey(NoKey),
    BadSignature,
    /// The signature cannot be checked, and the next digest states another hash.
    BadHash,
    Moved,
}

impl State {
    /// Returns true when the digest was found to be other than what CloudTrail wrote, or elsewhere.
    pub(super) const fn is_invalid(&self) -> bool {
        matches!(self, Self::BadSignature | Self::BadHash | Self::Moved)
    }

    const fn standing(&self) -> Standing {
        match self {
            Self::Valid => Standing::Shown,
            Self::NotCollected | Self::NoKey(_) => Standing::NotShown,
            Self::BadSignature | Self::BadHash | Self::Moved => Standing::False,
        }
    }
}

/// A digest with what was found out about it.
#[derive(Debug)]
pub(super) struct Judgment<'s> {
    pub(super) at: &'s Located,
    pub(super) file: &'s DigestFile,
    pub(super) state: State,
    name: Option<DigestName>,
    end: Option<Micros>,
    details: Vec<String>,
}

/// Hours of one region, and what is known about their digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) to: Micros,
    pub(super) from: Micros,
    pub(super) cover: Cover,
}

/// What is known about the digest of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cover {
    Supplied,
    Invalid,
    Missing,
}

/// All digests judged.
#[derive(Debug)]
pub(super) struct Judged<'s> {
    pub(super) digests: Vec<Judgment<'s>>,
    /// Sorted by account, region and end.
    pub(super) windows: Vec<Window>,
    missing: Vec<ProofVerdict>,
}

impl Judged<'_> {
    /// Returns a verdict for each digest, supplied or missing.
    pub(super) fn verdicts(&self) -> Vec<ProofVerdict> {
        let of = |digest: &Judgment<'_>| ProofVerdict {
            standing: digest.state.standing(),
            ..verdict(Subject::Digest, digest.at, &digest.words(), digest.details.clone())
        };
        self.digests.iter().map(of).chain(self.missing.iter().cloned()).collect()
    }
}

impl Judgment<'_> {
    fn words(&self) -> String {
        match &self.state {
            State::Valid => "valid".to_owned(),
            State::NotCollected => "signature not collected".to_owned(),
            State::NoKey(NoKey::NoList) => "no public keys supplied".to_owned(),
            State::NoKey(NoKey::NotListed | NoKey::OtherTime) => {
                let region = self.name.as_ref().map_or("unknown", |name| name.region.as_str());
                format!(
                    "INVALID: public key not found in region {region} for fingerprint {}",
                    self.file.fingerprint
                )
            }
            State::BadSignature => "INVALID: signature verification failed".to_owned(),
            State::BadHash => "INVALID: hash value doesn't match".to_owned(),
            State::Moved => "INVALID: has been moved from its original location".to_owned(),
        }
    }

    /// Account, region, trail, and whether it is a backfill: digests of one chain have all of them in common.
    fn chain(&self) -> (String, String, String, bool) {
        if let Some(name) = &self.name {
            return (
                name.account.clone(),
                name.region.clone(),
                name.trail.clone(),
                name.is_backfill,
            );
        }
        let account = self.file.account.clone().unwrap_or_default();
        (account, String::new(), String::new(), self.file.object.contains("_backfill"))
    }

    fn start(&self) -> Option<Micros> {
        Micros::parse(&self.file.start).map(|(time, _)| time)
    }
}

/// Saved signatures by path.
type Sidecars<'s> = BTreeMap<&'s str, &'s SavedSignature>;

/// Judges the digests: newest first, so that what carries a signature is known before what it signs.
pub(super) fn judge<'s>(supplied: &'s Supplied, keys: &Ring) -> Judged<'s> {
    let mut digests: Vec<Judgment<'s>> = supplied
        .digests
        .iter()
        .map(|(at, file)| Judgment {
            at,
            file,
            state: State::NotCollected,
            name: place::digest_name(&file.object),
            end: Micros::parse(&file.end).map(|(time, _)| time),
            details: Vec::new(),
        })
        .collect();
    digests.sort_by(|a, b| {
        let order = |one: &Judgment<'_>| (one.chain(), std::cmp::Reverse(one.end));
        order(a)
            .cmp(&order(b))
            .then_with(|| a.file.object.cmp(&b.file.object))
            .then_with(|| a.at.name.cmp(&b.at.name))
            .then_with(|| a.at.content_sha256.cmp(&b.at.content_sha256))
    });
    let mut next: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, digest) in digests.iter().enumerate() {
        if let Some(previous) = &digest.file.previous {
            next.entry(previous.object.clone()).or_default().push(index);
        }
    }
    let saved: Sidecars<'_> =
        supplied.signatures.iter().map(|(at, saved)| (at.path.as_str(), saved)).collect();
    let none = Vec::new();
    for index in 0..digests.len() {
        let Some(digest) = digests.get(index) else { continue };
        let followers = next.get(&digest.file.object).unwrap_or(&none);
        let (state, details) = state_of(digest, followers, &digests, &saved, keys);
        if let Some(digest) = digests.get_mut(index) {
            digest.state = state;
            digest.details = details;
        }
    }
    let mut missing = follow(&mut digests);
    // One that is there and cannot be read is not missing.
    missing.retain(|object, _| {
        !supplied.malformed.iter().any(|(at, _, _)| place::is_in_place(&at.path, object))
    });
    let mut windows = windows(&digests, &missing, supplied);
    windows.sort();
    let missing = missing.into_values().map(|missing| missing.verdict).collect();
    Judged { digests, windows, missing }
}

fn state_of(
    digest: &Judgment<'_>,
    followers: &[usize],
    all: &[Judgment<'_>],
    saved: &Sidecars<'_>,
    keys: &Ring,
) -> (State, Vec<String>) {
    let mut details = Vec::new();
    let followers: Vec<&Judgment<'_>> =
        followers.iter().filter_map(|index| all.get(*index)).collect();
    let stated: Vec<&str> = followers
        .iter()
        .filter(|one| !one.state.is_invalid())
        .filter_map(|one| one.file.previous.as_ref()?.hash.as_deref())
        .collect();
    let is_linked = stated.iter().any(|hash| hash.eq_ignore_ascii_case(&digest.at.content_sha256));
    if is_linked {
        details.push("the next digest states its hash".to_owned());
    } else if !stated.is_empty() {
        details.push("`previousDigestHashValue` of the next digest does not match".to_owned());
    }
    if !place::is_in_place(&digest.at.path, &digest.file.object) {
        details.push(format!("it was written as {}", digest.file.object));
        details.push("keep the folders of the bucket when copying".to_owned());
        return (State::Moved, details);
    }
    let state = signature_state(digest, &followers, saved, keys, &mut details);
    let is_open = matches!(state, State::NotCollected | State::NoKey(_));
    if is_open && !stated.is_empty() && !is_linked {
        return (State::BadHash, details);
    }
    (state, details)
}

/// Tries every signature that is known for the digest.
fn signature_state(
    digest: &Judgment<'_>,
    followers: &[&Judgment<'_>],
    saved: &Sidecars<'_>,
    keys: &Ring,
    details: &mut Vec<String>,
) -> State {
    let stem = place::without_gz(&digest.at.path);
    let own: Vec<&SavedSignature> = saved
        .range(stem..)
        .take_while(|(path, _)| path.starts_with(stem))
        .filter(|(path, _)| place::is_sidecar(path, stem))
        .map(|(_, saved)| *saved)
        .collect();
    // What an altered digest says about the one before it is worth nothing.
    let carried = followers
        .iter()
        .filter(|one| !one.state.is_invalid())
        .filter_map(|one| one.file.previous_signature.as_deref());
    let signatures: BTreeSet<&str> =
        own.iter().map(|saved| saved.signature.as_str()).chain(carried).collect();
    if signatures.is_empty() {
        details.push(
            "its signature lives in the metadata of S3 only: save the answer of `aws s3api head-object` beside it as \
             NAME.head-object.json"
                .to_owned(),
        );
        return State::NotCollected;
    }
    let is_backfill = digest.name.as_ref().is_some_and(|name| name.is_backfill);
    let made = if is_backfill {
        let at = own.iter().find_map(|saved| saved.backfilled_at.as_deref());
        at.and_then(Micros::parse).map(|(time, _)| time)
    } else {
        digest.end
    };
    let text = format!(
        "{}\n{}/{}\n{}\n{}",
        digest.file.end,
        digest.file.bucket,
        digest.file.object,
        digest.at.content_sha256,
        digest.file.previous_signature.as_deref().unwrap_or("null")
    );
    for signature in signatures {
        match keys.check(&digest.file.fingerprint, made, text.as_bytes(), signature) {
            Err(why) => {
                details.push(why.sentence().to_owned());
                return State::NoKey(why);
            }
            Ok((true, from)) => {
                details.push(format!("key {} of {}", digest.file.fingerprint, from.join(", ")));
                return State::Valid;
            }
            Ok((false, _)) => {}
        }
    }
    State::BadSignature
}

/// A digest that another names and the case does not hold.
#[derive(Debug)]
struct Missing {
    name: Option<DigestName>,
    from: Option<Micros>,
    verdict: ProofVerdict,
}

/// Looks at what comes before each digest: missing digests, restarts, and where a chain begins in what was collected.
fn follow(digests: &mut [Judgment<'_>]) -> BTreeMap<String, Missing> {
    let supplied: BTreeSet<String> =
        digests.iter().map(|digest| digest.file.object.clone()).collect();
    let mut missing: BTreeMap<String, Missing> = BTreeMap::new();
    // In the order of the digests what is older comes later.
    let mut chain = None;
    let mut same = None;
    let mut older = None;
    for digest in digests.iter_mut().rev() {
        let own = digest.chain();
        if chain.as_ref() != Some(&own) {
            (chain, older) = (Some(own), None);
        } else if digest.end != same {
            older = same;
        }
        same = digest.end;
        if digest.state.is_invalid() {
            continue;
        }
        match (&digest.file.previous, older) {
            (Some(previous), _) if supplied.contains(&previous.object) => {}
            (Some(previous), Some(older)) => {
                missing.entry(previous.object.clone()).or_insert_with(|| Missing {
                    name: place::digest_name(&previous.object),
                    from: Some(older),
                    verdict: missing_verdict(&previous.object, &digest.at.name),
                });
            }
            (Some(previous), None) => digest.details.push(format!(
                "the chain starts here in what was collected: {} was not supplied",
                previous.object
            )),
            (None, Some(older)) => digest.details.push(format!(
                "gap: no log files were delivered between {older} and {}: validation or logging was off",
                digest.file.start
            )),
            (None, None) => digest.details.push("first digest of a chain".to_owned()),
        }
    }
    missing
}

fn missing_verdict(object: &str, named_by: &str) -> ProofVerdict {
    ProofVerdict {
        subject: Subject::Digest,
        standing: Standing::False,
        state: "INVALID: not found".to_owned(),
        name: object.to_owned(),
        details: vec![
            format!("named as the one before it by {named_by}"),
            "the chain is broken here".to_owned(),
        ],
        source: None,
    }
}

/// Returns which hours are covered by which digest. Backfill digests are apart: they list files of any hour.
fn windows(
    digests: &[Judgment<'_>],
    missing: &BTreeMap<String, Missing>,
    supplied: &Supplied,
) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut add = |name: &Option<DigestName>, from: Option<Micros>, to: Option<Micros>, cover| {
        let Some(name) = name.as_ref().filter(|name| !name.is_backfill) else { return };
        let Some(to) = to.or_else(|| place::stamp_time(&name.stamp)) else { return };
        windows.push(Window {
            account: name.account.clone(),
            region: name.region.clone(),
            from: from.unwrap_or(Micros(to.0.saturating_sub(HOUR))),
            to,
            cover,
        });
    };
    for digest in digests {
        let cover = if digest.state.is_invalid() { Cover::Invalid } else { Cover::Supplied };
        add(&digest.name, digest.start(), digest.end, cover);
    }
    for one in missing.values() {
        add(&one.name, one.from, None, Cover::Missing);
    }
    for (at, _, _) in supplied.malformed.iter().filter(|(_, kind, _)| *kind == ProofKind::Digest) {
        add(&place::digest_name(&at.path), None, None, Cover::Invalid);
    }
    windows
}
