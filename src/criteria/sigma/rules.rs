//! A set of rules: what each says about itself, what is asked of records, which of them CloudTrail records can answer, and
//! what is wrong with the rest. Owns ids and references between rules; must not read events.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::attack::Attack;
use super::correlate::Correlation;
use super::engine::{self, Asks, Detector, Filter, Parsed};
use super::fault::{RuleFault, Spot, Weight};
use super::folder::{self, Document};

/// Most correlations of a set: how they hang together is looked at for each of them.
const MAX_CORRELATIONS: usize = 1_000;

/// How grave a match is, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    /// Every level, from the least.
    pub const ALL: &'static [Self] =
        &[Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Returns the word that rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a rule says about itself. All of it is the text of a stranger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Its id, else its name, else file and line.
    pub id: String,
    /// The name that other rules may use for it.
    pub name: Option<String>,
    pub title: String,
    pub description: Option<String>,
    pub author: Option<String>,
    pub license: Option<String>,
    pub status: Option<String>,
    pub level: Option<Level>,
    pub date: Option<String>,
    pub modified: Option<String>,
    pub references: Vec<String>,
    pub false_positives: Vec<String>,
    pub attack: Attack,
    /// `product: aws, service: cloudtrail`; empty for correlations.
    pub log_source: String,
}

/// What kind of rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    Detection,
    Correlation,
    /// Narrows other rules.
    Filter,
}

impl RuleKind {
    /// Returns the word shown in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Detection => "rule",
            Self::Correlation => "correlation",
            Self::Filter => "filter",
        }
    }
}

/// One rule of a set.
#[derive(Debug)]
pub struct Rule {
    pub head: Head,
    pub file: Arc<str>,
    /// First line of its document, from 1.
    pub line: usize,
    /// Digest of its file, in hex.
    pub sha256: Arc<str>,
    /// Its document as written.
    pub text: String,
    pub(super) body: Body,
}

/// What a rule asks.
#[derive(Debug)]
pub(super) enum Body {
    Detection(Box<Detector>),
    Correlation(Box<Correlation>),
    Filter,
    /// Asks another log than CloudTrail.
    Elsewhere(RuleKind),
}

impl Rule {
    /// Returns the kind of the rule.
    pub const fn kind(&self) -> RuleKind {
        match &self.body {
            Body::Detection(_) => RuleKind::Detection,
            Body::Correlation(_) => RuleKind::Correlation,
            Body::Filter => RuleKind::Filter,
            Body::Elsewhere(kind) => *kind,
        }
    }

    /// Returns why no record of CloudTrail can answer the rule; `None` when one can.
    pub fn why_not_applicable(&self) -> Option<String> {
        match &self.body {
            Body::Elsewhere(_) if self.head.log_source.is_empty() => {
                Some("the rule names no log source".to_owned())
            }
            Body::Elsewhere(_) => Some(no_source(&self.head.log_source)),
            Body::Detection(_) | Body::Correlation(_) | Body::Filter => None,
        }
    }

    /// Returns `level` as text, empty when the rule has none.
    pub fn level_word(&self) -> &'static str {
        self.head.level.map_or("", Level::as_str)
    }
}

/// Returns the words for a log source that nothing in a case answers to.
pub fn no_source(log_source: &str) -> String {
    format!("no source of this case answers to `{log_source}`")
}

/// Rules in the order of their files, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub rules: Vec<Rule>,
    pub faults: Vec<RuleFault>,
    /// Rule files read.
    pub n_files: usize,
}

impl RuleSet {
    /// Reads and compiles the rules below `path`. What is wrong with one rule never keeps the others from running.
    pub fn load(path: &Path) -> Self {
        let folder = folder::read(path);
        let mut set = Self { rules: Vec::new(), faults: folder.faults, n_files: folder.n_files };
        let mut filters = Vec::new();
        for document in &folder.documents {
            set.take(document, &mut filters);
        }
        set.apply(&filters);
        set.refuse_doubles();
        set.resolve();
        set.faults.sort();
        set
    }

    /// Returns the rule with this id or name.
    pub fn named(&self, name: &str) -> Option<&Rule> {
        let has_id = |rule: &&Rule| rule.head.id.eq_ignore_ascii_case(name);
        let has_name = |rule: &&Rule| rule.head.name.as_deref() == Some(name);
        self.rules.iter().find(has_id).or_else(|| self.rules.iter().find(has_name))
    }

    /// Returns how many rules could not be used.
    pub fn n_failed(&self) -> usize {
        self.faults.iter().filter(|fault| fault.weight == Weight::Dropped).count()
    }

    fn take(&mut self, document: &Document, filters: &mut Vec<(Filter, Document)>) {
        let engine::Read { parsed, spots } = engine::read(&document.text);
        self.faults
            .extend(spots.into_iter().map(|spot| spot.in_file(&document.file, document.line)));
        for Parsed { mut head, asks } in parsed {
            if matches!(asks, Asks::Matches(_)) && !self.has_room_for_correlation(document) {
                continue;
            }
            if head.id.is_empty() {
                head.id = head
                    .name
                    .clone()
                    .unwrap_or_else(|| format!("{}:{}", document.file, document.line));
            }
            let body = match asks {
                Asks::Records(detector) => Body::Detection(detector),
                Asks::Matches(correlation) => Body::Correlation(correlation),
                Asks::Elsewhere => Body::Elsewhere(RuleKind::Detection),
                Asks::Narrower(filter) => {
                    filters.push((*filter, document.clone()));
                    Body::Filter
                }
            };
            let (file, sha256) = (Arc::clone(&document.file), Arc::clone(&document.sha256));
            let (line, text) = (document.line, document.text.clone());
            self.rules.push(Rule { head, file, line, sha256, text, body });
        }
    }

    fn has_room_for_correlation(&mut self, document: &Document) -> bool {
        let is_one = |rule: &&Rule| matches!(rule.body, Body::Correlation(_));
        let has_room = self.rules.iter().filter(is_one).count() < MAX_CORRELATIONS;
        if !has_room {
            let reason = format!("more than {MAX_CORRELATIONS} correlations");
            let spot = Spot::at_field(&document.text, "correlation", reason);
            self.faults.push(spot.in_file(&document.file, document.line));
        }
        has_room
    }

    /// Narrows the rules that filters name.
    fn apply(&mut self, filters: &[(Filter, Document)]) {
        for (number, (filter, document)) in filters.iter().enumerate() {
            let mut n_narrowed = 0;
            let mut spots = Vec::new();
            for rule in &mut self.rules {
                let Body::Detection(detector) = &mut rule.body else { continue };
                if !filter.concerns(&rule.head.id, rule.head.name.as_deref(), detector) {
                    continue;
                }
                match detector.narrow(filter, number) {
                    Ok(()) => n_narrowed += 1,
                    Err(reason) => spots.push(Spot::at_field(&document.text, "filter", reason)),
                }
            }
            if n_narrowed == 0 && spots.is_empty() {
                let mut spot =
                    Spot::at_field(&document.text, "filter", "names no rule of this folder");
                spot.weight = Weight::Remark;
                spots.push(spot);
            }
            let faults = spots.into_iter().map(|spot| spot.in_file(&document.file, document.line));
            self.faults.extend(faults);
        }
    }

    /// A second rule with the same id does not run: a match could not say which of them it is.
    fn refuse_doubles(&mut self) {
        let mut known: BTreeMap<String, (Arc<str>, usize)> = BTreeMap::new();
        let mut faults = Vec::new();
        self.rules.retain(|rule| {
            let place = (Arc::clone(&rule.file), rule.line);
            let Some((file, line)) = known.get(&rule.head.id) else {
                known.insert(rule.head.id.clone(), place);
                return true;
            };
            let reason =
                format!("`{}` is the id of a rule in `{file}` line {line} already", rule.head.id);
            let spot = Spot::at_field(&rule.text, "id", reason);
            faults.push(spot.in_file(&rule.file, rule.line));
            false
        });
        self.faults.append(&mut faults);
    }

    /// Finds the rules that correlations join. Correlations that name a rule that is not there, or themselves, are dropped;
    /// those of rules that ask another log go elsewhere with them.
    fn resolve(&mut self) {
        while self.send_elsewhere() || self.drop_unresolved() {}
        let places = self.places();
        for rule in &mut self.rules {
            if let Body::Correlation(correlation) = &mut rule.body {
                correlation.resolve(|name| places.get(name).copied());
            }
        }
    }

    /// Returns true when a correlation joined a rule that asks another log.
    fn send_elsewhere(&mut self) -> bool {
        let places = self.places();
        let mut sent = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let Body::Correlation(correlation) = &rule.body else { continue };
            let mut joined =
                correlation.rules.iter().filter_map(|name| self.rules.get(*places.get(name)?));
            let elsewhere = joined.find(|rule| matches!(rule.body, Body::Elsewhere(_)));
            sent.extend(elsewhere.map(|rule| (at, rule.head.log_source.clone())));
        }
        for (at, log_source) in &sent {
            if let Some(rule) = self.rules.get_mut(*at) {
                rule.head.log_source.clone_from(log_source);
                rule.body = Body::Elsewhere(RuleKind::Correlation);
            }
        }
        !sent.is_empty()
    }

    /// Returns true when a correlation had to go, so that those which name it have to go too.
    fn drop_unresolved(&mut self) -> bool {
        let places = self.places();
        let reasons: Vec<Option<String>> =
            (0..self.rules.len()).map(|at| self.why_unresolved(at, &places)).collect();
        let mut faults = Vec::new();
        let mut reason_of = reasons.into_iter();
        self.rules.retain(|rule| {
            let Some(reason) = reason_of.next().flatten() else { return true };
            let spot = Spot::at_field(&rule.text, "correlation.rules", reason);
            faults.push(spot.in_file(&rule.file, rule.line));
            false
        });
        let has_dropped = !faults.is_empty();
        self.faults.append(&mut faults);
        has_dropped
    }

    /// Returns where each rule stands, by its id and by its name.
    fn places(&self) -> BTreeMap<String, usize> {
        let mut places = BTreeMap::new();
        for (at, rule) in self.rules.iter().enumerate() {
            if let Some(name) = &rule.head.name {
                places.entry(name.clone()).or_insert(at);
            }
        }
        for (at, rule) in self.rules.iter().enumerate() {
            places.insert(rule.head.id.clone(), at);
        }
        places
    }

    fn why_unresolved(&self, own: usize, places: &BTreeMap<String, usize>) -> Option<String> {
        let Some(Body::Correlation(correlation)) = self.rules.get(own).map(|rule| &rule.body)
        else {
            return None;
        };
        for name in &correlation.rules {
            let Some(rule) = places.get(name).and_then(|at| self.rules.get(*at)) else {
                return Some(format!("`{name}` is no rule of this folder that runs"));
            };
            if matches!(rule.body, Body::Filter) {
                return Some(format!("`{name}` is a filter"));
            }
        }
        self.reaches(own, places).then(|| "the rule joins itself, by way of others".to_owned())
    }

    /// Returns true when following references from a correlation leads back to it.
    fn reaches(&self, own: usize, places: &BTreeMap<String, usize>) -> bool {
        let mut met = BTreeSet::new();
        let mut waiting = vec![own];
        while let Some(at) = waiting.pop() {
            let Some(Body::Correlation(correlation)) = self.rules.get(at).map(|rule| &rule.body)
            else {
                continue;
            };
            for next in correlation.rules.iter().filter_map(|name| places.get(name)) {
                if *next == own {
                    return true;
                }
                if met.insert(*next) {
                    waiting.push(*next);
                }
            }
        }
        false
    }
}
