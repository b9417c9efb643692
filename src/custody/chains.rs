//! Records that a source chains itself: each names the hash of the one before, or carries a number, or both. Says what
//! such a chain shows over all files together, in any order. Must not hash anything (that is done on the exact bytes
//! while loading), and must not call a rotated log or a restart an attack.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::proof::{ChainFact, ChainedRecord, ProofVerdict, Standing, Subject};

/// Findings told per source at most.
const MAX_DETAILS: usize = 20;

/// Something that a chain shows to be other than whole, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Finding {
    /// The chain does not hold at the record with this number.
    Broken {
        at: i64,
        why: &'static str,
    },
    /// Records with these numbers are not there.
    Gap {
        from: i64,
        to: i64,
    },
    /// A record stands behind one that was written later.
    Reordered {
        at: i64,
    },
    StartsMidChain {
        at: i64,
    },
}

impl Finding {
    fn words(&self) -> String {
        match self {
            Self::Broken { at, .. } => format!("broken at record {at}"),
            Self::Gap { from, to } => format!("gap {from}..{to}"),
            Self::Reordered { .. } => "reordered".to_owned(),
            Self::StartsMidChain { .. } => "starts mid-chain".to_owned(),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Broken { at, why } => format!("record {at}: {why}"),
            Self::Gap { from, to } => {
                format!("records {from} to {to} are not in what was collected, or were removed")
            }
            Self::Reordered { at } => {
                format!("record {at} stands behind one that was written after it")
            }
            Self::StartsMidChain { at } => format!(
                "record {at} is the first one here and follows another: an earlier file was not collected, or the log was \
                 rotated"
            ),
        }
    }

    const fn standing(&self) -> Standing {
        match self {
            Self::Broken { .. } | Self::Gap { .. } => Standing::False,
            Self::Reordered { .. } | Self::StartsMidChain { .. } => Standing::NotShown,
        }
    }
}

const OTHER_BYTES: &str =
    "bytes differ from what was hashed: changed, or written anew by another program";
const NO_LINK: &str = "it does not name the hash of the record before it";
const SECOND: &str = "another record follows the same one";
const NUMBER: &str = "its number does not follow that of the record before it";
const CIRCLE: &str = "records name each other in a circle";

/// One record, which may lie in several files.
#[derive(Debug)]
struct Node<'r> {
    fact: &'r ChainFact,
    places: Vec<(i32, u32)>,
    previous: Option<usize>,
    /// Place in the chain: number of its beginning, and steps from there.
    at: Option<(usize, usize)>,
}

impl Node<'_> {
    /// Returns the number by which findings name the record: its own, else its place in the file, from 1.
    fn number(&self) -> i64 {
        self.fact
            .seq
            .unwrap_or_else(|| self.places.first().map_or(0, |(_, index)| i64::from(*index) + 1))
    }
}

/// Judges all chained records of a case: one verdict per source and chain. `name_of` names a source.
pub fn evaluate(records: &[ChainedRecord], name_of: impl Fn(i32) -> String) -> Vec<ProofVerdict> {
    let mut chains: BTreeMap<(&str, &str), Vec<&ChainedRecord>> = BTreeMap::new();
    for record in records {
        let key = (record.fact.mapping.as_str(), record.fact.partition.as_str());
        chains.entry(key).or_default().push(record);
    }
    let mut verdicts: Vec<ProofVerdict> = chains
        .into_iter()
        .flat_map(|((mapping, partition), records)| {
            let chain = Chain::new(&records);
            chain.verdicts(mapping, partition, &name_of)
        })
        .collect();
    verdicts.sort();
    verdicts
}

/// The records of one chain.
#[derive(Debug)]
struct Chain<'r> {
    nodes: Vec<Node<'r>>,
    findings: BTreeMap<i32, BTreeSet<Finding>>,
}

impl<'r> Chain<'r> {
    fn new(records: &[&'r ChainedRecord]) -> Self {
        let mut chain = Self { nodes: nodes(records), findings: BTreeMap::new() };
        chain.link();
        chain.place();
        chain.check_records();
        chain.check_starts();
        chain.check_order();
        chain
    }

    /// Finds the record before each: the one whose hash it names.
    fn link(&mut self) {
        let mut by_hash: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(hash) = &node.fact.hash {
                by_hash.entry(hash).or_default().push(index);
            }
        }
        let found: Vec<Option<usize>> = self
            .nodes
            .iter()
            .enumerate()
            .map(|(index, node)| {
                if node.fact.is_first {
                    return None;
                }
                let candidates = by_hash.get(node.fact.prev.as_deref()?)?;
                let follows = |other: &usize| {
                    let other = self.nodes.get(*other).and_then(|other| other.fact.seq);
                    other.is_some_and(|other| node.fact.seq == other.checked_add(1))
                };
                let mut others = candidates.iter().copied().filter(|other| *other != index);
                others.clone().find(follows).or_else(|| others.next())
            })
            .collect();
        for (node, previous) in self.nodes.iter_mut().zip(found) {
            node.previous = previous;
        }
    }

    /// Walks from each beginning and numbers the records on the way.
    fn place(&mut self) {
        let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(previous) = node.previous {
                next.entry(previous).or_default().push(index);
            }
        }
        let starts: Vec<usize> = (0..self.nodes.len())
            .filter(|index| self.nodes.get(*index).is_some_and(|node| node.previous.is_none()))
            .collect();
        for start in starts {
            let mut way = vec![(start, 0)];
            while let Some((index, depth)) = way.pop() {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.at = Some((start, depth));
                }
                let followers = next.get(&index).map(Vec::as_slice).unwrap_or_default();
                way.extend(followers.iter().map(|follower| (*follower, depth + 1)));
                for second in followers.iter().skip(1) {
                    self.find_at(*second, |at| Finding::Broken { at, why: SECOND });
                }
            }
        }
    }

    /// Looks at each record by itself, and at its number beside that of the record before.
    fn check_records(&mut self) {
        for index in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(index) else { continue };
            let before = node.previous.and_then(|previous| self.nodes.get(previous));
            let numbers = before.and_then(|before| before.fact.seq).zip(node.fact.seq);
            let is_placed = node.at.is_some();
            if node.fact.is_content == Some(false) {
                self.find_at(index, |at| Finding::Broken { at, why: OTHER_BYTES });
            }
            if !is_placed {
                self.find_at(index, |at| Finding::Broken { at, why: CIRCLE });
            }
            match numbers {
                Some((before, own)) if own > before.saturating_add(1) => {
                    self.find_at(index, |_| Finding::Gap { from: before + 1, to: own - 1 });
                }
                Some((before, own)) if own <= before => {
                    self.find_at(index, |at| Finding::Broken { at, why: NUMBER });
                }
                _ => {}
            }
        }
    }

    /// Looks at records that follow none that is here, and do not begin a chain by their own word.
    fn check_starts(&mut self) {
        let starts: Vec<usize> = (0..self.nodes.len())
            .filter(|index| {
                self.nodes
                    .get(*index)
                    .is_some_and(|node| node.previous.is_none() && !node.fact.is_first)
            })
            .collect();
        let numbers: BTreeSet<i64> = self.nodes.iter().filter_map(|node| node.fact.seq).collect();
        let mut firsts: BTreeMap<i32, u32> = BTreeMap::new();
        for (source, index) in self.nodes.iter().flat_map(|node| &node.places) {
            let first = firsts.entry(*source).or_insert(*index);
            *first = (*first).min(*index);
        }
        for index in starts {
            let Some(node) = self.nodes.get(index) else { continue };
            let has_link = node.fact.prev.is_some();
            let finding = if let Some(own) = node.fact.seq {
                match numbers.range(..own).next_back() {
                    // Nothing comes before number 1, whatever its link says.
                    None => (own > 1).then_some(Finding::StartsMidChain { at: own }),
                    Some(before) if before + 1 < own => {
                        Some(Finding::Gap { from: before + 1, to: own - 1 })
                    }
                    Some(_) => has_link.then_some(Finding::Broken { at: own, why: NO_LINK }),
                }
            } else {
                let is_first_in_a_file =
                    node.places.iter().any(|(source, index)| firsts.get(source) == Some(index));
                let at = node.number();
                Some(if is_first_in_a_file {
                    Finding::StartsMidChain { at }
                } else {
                    Finding::Broken { at, why: NO_LINK }
                })
            };
            if let Some(finding) = finding {
                self.find_at(index, |_| finding);
            }
        }
    }

    /// Looks at the order in which the records stand in their files.
    fn check_order(&mut self) {
        let mut files: BTreeMap<i32, Vec<(u32, usize)>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            for (source, at) in &node.places {
                files.entry(*source).or_default().push((*at, index));
            }
        }
        for (source, mut records) in files {
            records.sort_unstable();
            let mut farthest: BTreeMap<usize, usize> = BTreeMap::new();
            for (_, index) in records {
                let Some(node) = self.nodes.get(index) else { continue };
                let Some((start, depth)) = node.at else { continue };
                let before = farthest.entry(start).or_insert(depth);
                if depth < *before {
                    let finding = Finding::Reordered { at: node.number() };
                    self.findings.entry(source).or_default().insert(finding);
                }
                *before = (*before).max(depth);
            }
        }
    }

    /// Books a finding about a record in every file that holds it.
    fn find_at(&mut self, index: usize, make: impl FnOnce(i64) -> Finding) {
        let Some(node) = self.nodes.get(index) else { return };
        let finding = make(node.number());
        for (source, _) in &node.places {
            self.findings.entry(*source).or_default().insert(finding.clone());
        }
    }

    fn verdicts(
        &self,
        mapping: &str,
        partition: &str,
        name_of: &impl Fn(i32) -> String,
    ) -> Vec<ProofVerdict> {
        let mut sources: BTreeMap<i32, (u64, bool)> = BTreeMap::new();
        for node in &self.nodes {
            let is_verified = node.fact.is_content == Some(true);
            for (source, _) in &node.places {
                let (count, all) = sources.entry(*source).or_insert((0, true));
                *count += 1;
                *all &= is_verified;
            }
        }
        let none = BTreeSet::new();
        sources
            .into_iter()
            .map(|(source, (count, is_verified))| {
                let findings = self.findings.get(&source).unwrap_or(&none);
                let (standing, state) = match findings.first() {
                    Some(worst) => (worst.standing(), worst.words()),
                    None if is_verified => (Standing::Shown, "verified".to_owned()),
                    None => (Standing::Shown, "linked".to_owned()),
                };
                let chain = if partition.is_empty() {
                    format!("{count} records of {mapping}")
                } else {
                    format!("{count} records of {mapping}, chain {partition}")
                };
                let mut details = vec![chain];
                details.extend(findings.iter().take(MAX_DETAILS).map(Finding::detail));
                if findings.len() > MAX_DETAILS {
                    details.push(format!("and {} more", findings.len() - MAX_DETAILS));
                }
                if !is_verified {
                    details.push(
                        "content is not checked: how the hash is made is not published or needs a key"
                            .to_owned(),
                    );
                }
                ProofVerdict {
                    subject: Subject::Chain,
                    standing,
                    state,
                    name: name_of(source),
                    details,
                    source: Some(source),
                }
            })
            .collect()
    }
}

/// Returns the records without further deliveries of equal ones, in a fixed order.
fn nodes<'r>(records: &[&'r ChainedRecord]) -> Vec<Node<'r>> {
    type Key<'r> = (Option<i64>, Option<&'r str>, Option<&'r str>, bool, Option<bool>);
    let mut unique: BTreeMap<Key<'r>, Node<'r>> = BTreeMap::new();
    for record in records {
        let fact = &record.fact;
        let key =
            (fact.seq, fact.hash.as_deref(), fact.prev.as_deref(), fact.is_first, fact.is_content);
        let node = unique.entry(key).or_insert_with(|| Node {
            fact,
            places: Vec::new(),
            previous: None,
            at: None,
        });
        node.places.push((record.source.0, record.index));
    }
    let mut nodes: Vec<Node<'r>> = unique.into_values().collect();
    for node in &mut nodes {
        node.places.sort_unstable();
    }
    nodes
}

#[cfg(test)]
mod tests;
