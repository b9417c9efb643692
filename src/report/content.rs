//! What an export is about: which events, and the facts about the case that its files state. Gathered once, so that the
//! check before an export and the export itself say the same. Must not write anything.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::BundleInput;
use crate::model::gaps::BlindSpot;
use crate::model::rows::{FindingRow, FindingState};
use crate::model::{Account, EventId, Grade, Micros, Plane, SourceState};
use crate::query::export::{self, InnerLink, Key, SourceFacts};
use crate::query::{gaps, sources};
use crate::store::Fault;

/// Everything the files of a bundle share.
#[derive(Debug)]
pub(super) struct Content {
    /// Events of the bundle, in its order.
    pub(super) keys: Vec<Key>,
    /// Dated and undated events of the case.
    pub(super) n_dated: u64,
    pub(super) n_undated: u64,
    /// Undated events among those of the bundle.
    pub(super) n_undated_inside: u64,
    pub(super) sources: Vec<SourceFacts>,
    pub(super) account: Account,
    /// First and last time in the case, and events by plane.
    pub(super) span: Option<(Micros, Micros)>,
    pub(super) planes: Vec<(Plane, u64)>,
    pub(super) redactions: Vec<(String, u64)>,
    pub(super) findings: Vec<FindingPart>,
    /// What could not be seen, by number.
    pub(super) spots: Vec<BlindSpot>,
    /// Events that findings cite and the case holds.
    pub(super) cited: BTreeSet<EventId>,
    pub(super) n_tags: u64,
    pub(super) n_notes: u64,
}

/// A finding with what is known about the links of its events.
#[derive(Debug)]
pub(super) struct FindingPart {
    pub(super) row: FindingRow,
    /// Number of links that touch its events, by grade, best first.
    pub(super) grades: Vec<(Grade, u64)>,
    /// Links between its events.
    pub(super) inner: Vec<InnerLink>,
    /// Cited events that the case does not hold.
    pub(super) missing: Vec<EventId>,
    /// Numbers of the blind spots that touch its events.
    pub(super) spots: Vec<u32>,
}

impl FindingPart {
    /// Returns true for findings that stand: open and confirmed ones.
    pub(super) fn stands(&self) -> bool {
        match self.row.state {
            FindingState::Open | FindingState::Confirmed => true,
            FindingState::Rejected | FindingState::Withdrawn => false,
        }
    }

    /// Returns the number of `~` links that touch its events.
    pub(super) fn n_near(&self) -> u64 {
        self.grades.iter().filter(|(grade, _)| *grade == Grade::Near).map(|(_, count)| count).sum()
    }
}

impl Content {
    /// Returns the events of the case that are not in the bundle only because they have no time.
    pub(super) const fn n_undated_aside(&self) -> u64 {
        self.n_undated.saturating_sub(self.n_undated_inside)
    }

    /// Returns sources that could not be read whole, with rejected records, or with warnings.
    pub(super) fn troubled(&self) -> impl Iterator<Item = &SourceFacts> {
        self.sources.iter().filter(|source| is_troubled(source))
    }
}

fn is_troubled(source: &SourceFacts) -> bool {
    let is_damaged = match source.state {
        SourceState::Damaged | SourceState::Unreadable | SourceState::Loading => true,
        SourceState::Read | SourceState::NotEvidence | SourceState::Proof => false,
    };
    is_damaged || source.account.rejected > 0 || !source.warnings.is_empty()
}

/// Gathers what an export is about.
pub(super) fn gather(input: &BundleInput<'_>) -> Result<Content, Fault> {
    let reader = input.reader;
    let marked = marked(input);
    let marked_keys = export::keys_of(reader, &marked)?;
    let numbers: BTreeMap<EventId, i64> = marked_keys.iter().map(|key| (key.id, key.n)).collect();
    let mut keys = marked_keys;
    if let Some(filter) = input.filter {
        keys.extend(export::keys_under(reader, filter)?);
    }
    keys.sort_unstable();
    keys.dedup_by_key(|key| key.n);
    let spots = gaps::blind_spots(reader)?;
    let mut findings = Vec::new();
    for row in input.state.findings() {
        findings.push(finding_part(input, row, &numbers, &spots)?);
    }
    let cited = cited(input).into_iter().filter(|id| numbers.contains_key(id)).collect();
    let case = export::case_facts(reader)?;
    Ok(Content {
        n_dated: case.dated,
        n_undated: case.undated,
        n_undated_inside: keys.iter().filter(|key| key.time.is_none()).count() as u64,
        sources: export::source_facts(reader)?,
        account: sources::account(reader)?,
        span: case.span,
        planes: case.planes,
        redactions: export::redactions(reader)?,
        findings,
        spots,
        cited,
        n_tags: input.state.tags().count() as u64,
        n_notes: input.state.notes().count() as u64,
        keys,
    })
}

fn cited(input: &BundleInput<'_>) -> BTreeSet<EventId> {
    input.state.findings().flat_map(|finding| finding.events.iter().copied()).collect()
}

/// Returns the events that are always in a bundle: those tagged, noted, or cited by a finding.
fn marked(input: &BundleInput<'_>) -> BTreeSet<EventId> {
    let mut marked = cited(input);
    marked.extend(input.state.tags().map(|tag| tag.event));
    marked.extend(input.state.notes().map(|note| note.event));
    marked
}

fn finding_part(
    input: &BundleInput<'_>,
    row: &FindingRow,
    numbers: &BTreeMap<EventId, i64>,
    spots: &[BlindSpot],
) -> Result<FindingPart, Fault> {
    let held: Vec<i64> = row.events.iter().filter_map(|id| numbers.get(id)).copied().collect();
    let missing = row.events.iter().filter(|id| !numbers.contains_key(id)).copied().collect();
    let (grades, inner) = if held.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        (export::link_grades(input.reader, &held)?, export::links_among(input.reader, &held)?)
    };
    let recorded = gaps::recorded(input.reader, &held)?;
    let spots = gaps::touching(spots, &recorded).iter().map(|spot| spot.number).collect();
    Ok(FindingPart { row: row.clone(), grades, inner, missing, spots })
}
