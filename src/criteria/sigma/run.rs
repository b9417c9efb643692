//! One run of a set of rules over a case: which rules are asked of which records, what they and their correlations found, and
//! what could not be told. Must not print or tag.

use std::collections::BTreeMap;

use super::correlate::{self, Correlation, Feed, GroupBy, Joined};
use super::engine::Detector;
use super::index::Index;
use super::rules::{Body, Level, RuleSet};
use super::scan::{AskedRule, Found, Outlet, Place, Scan, ScanError};
use crate::format::cloudtrail::whole;
use crate::model::{EventId, Micros};
use crate::query::Filter;
use crate::query::records::Records;
use crate::store::{Fault, Reader};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Narrows the events.
    pub filter: Filter,
    /// Rules below this level, and those without one, are not listed.
    pub least: Option<Level>,
}

/// One match of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Place of the rule in its set.
    pub rule: usize,
    /// The event; of a correlation the one with which its condition held first.
    pub at: Place,
    /// All events of it in time order; one, unless the rule is a correlation.
    pub events: Vec<EventId>,
    /// Time of the last of several events.
    pub until: Option<Micros>,
    /// What the events of a correlation have in common: member and value.
    pub group: Vec<(String, String)>,
}

/// A hidden value that kept a rule from telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Place of the rule in its set.
    pub rule: usize,
    /// The member it looked at.
    pub path: String,
    pub n_events: u64,
}

/// What a run brought.
#[derive(Debug, Default)]
pub struct Outcome {
    /// By time, then by event, then by rule.
    pub matches: Vec<Match>,
    /// CloudTrail records under the filter.
    pub n_records: u64,
    /// Those of them that rules were asked about; no rule can match the others.
    pub n_asked: u64,
    pub hidden: Vec<Hidden>,
    /// Records that are too long to be kept in the case: rules saw their columns only.
    pub n_cut: u64,
    /// Matches of rules that speak through a correlation only.
    pub n_inner: u64,
    /// Matches that a correlation could not take in: undated, or without a member to group by.
    pub n_loose: u64,
}

/// Asks the rules of a set about the CloudTrail records of a case, with one thread for each reader.
pub fn run(set: &RuleSet, readers: Vec<Reader>, question: &Question) -> Result<Outcome, ScanError> {
    let asked = asked_rules(set, question.least);
    let Some(reader) = readers.first() else { return Ok(Outcome::default()) };
    let (members, columns) = columns_for(set, &asked);
    let mut index = Index::default();
    for (at, rule) in asked.iter().enumerate() {
        index.add(at, rule.detector.need.as_ref());
    }
    let records = Records::under(reader, &question.filter, columns);
    let (n_records, records) = narrowed(reader, records, &index)?;
    let scan = Scan { records, members, rules: asked, index };
    let found = scan.run(readers)?;
    Ok(told(set, question.least, found, n_records))
}

/// Returns the rules to ask: those that are listed, and those that a listed correlation joins.
fn asked_rules(set: &RuleSet, least: Option<Level>) -> Vec<AskedRule<'_>> {
    let listed = |at: usize| set.rules.get(at).is_some_and(|rule| rule.head.level >= least);
    let needed = needed_correlations(set, least);
    let mut asked = Vec::new();
    for (place, rule) in set.rules.iter().enumerate() {
        let Body::Detection(detector) = &rule.body else { continue };
        let outlets = outlets_of(set, place, &needed);
        let is_listed = listed(place) && !is_silent(set, place);
        if is_listed || !outlets.is_empty() {
            let detector: &Detector = detector;
            asked.push(AskedRule { place, detector, is_listed, outlets });
        }
    }
    asked
}

/// Returns the correlations that are listed, and those that they join, after what they join.
fn needed_correlations(set: &RuleSet, least: Option<Level>) -> Vec<usize> {
    let joined: Vec<Option<&[usize]>> = (0..set.rules.len())
        .map(|at| correlation(set, at).map(|one| one.joined.as_slice()))
        .collect();
    let mut needed = vec![false; set.rules.len()];
    let order = correlate::in_order(&joined);
    for at in order.iter().rev() {
        let is_listed = set.rules.get(*at).is_some_and(|rule| rule.head.level >= least);
        let is_needed = is_listed || needed.get(*at).copied().unwrap_or(false);
        if !is_needed {
            continue;
        }
        let inner = joined.get(*at).copied().flatten().unwrap_or_default();
        for place in inner.iter().chain([at]) {
            if let Some(flag) = needed.get_mut(*place) {
                *flag = true;
            }
        }
    }
    order.into_iter().filter(|at| needed.get(*at).copied().unwrap_or(false)).collect()
}

fn correlation(set: &RuleSet, at: usize) -> Option<&Correlation> {
    match &set.rules.get(at)?.body {
        Body::Correlation(correlation) => Some(correlation),
        Body::Detection(_) | Body::Filter | Body::Elsewhere(_) => None,
    }
}

/// Returns true for rules that a correlation joins and that none of those lets speak for themselves.
fn is_silent(set: &RuleSet, place: usize) -> bool {
    let mut joining = (0..set.rules.len())
        .filter_map(|at| correlation(set, at))
        .filter(|correlation| correlation.joined.contains(&place))
        .peekable();
    joining.peek().is_some() && !joining.any(|correlation| correlation.is_generous)
}

fn outlets_of<'r>(set: &'r RuleSet, place: usize, needed: &[usize]) -> Vec<Outlet<'r>> {
    let mut outlets = Vec::new();
    for at in needed {
        let Some(correlation) = correlation(set, *at) else { continue };
        for (slot, _) in
            correlation.joined.iter().enumerate().filter(|(_, joined)| **joined == place)
        {
            let reference = correlation.rules.get(slot).map_or("", String::as_str);
            let group = correlation.group_by.iter().map(|member| member.path(reference)).collect();
            outlets.push(Outlet { correlation: *at, slot, group, values: correlation.fields() });
        }
    }
    outlets
}

/// Returns the members that columns have to stand for, and these columns.
fn columns_for(set: &RuleSet, asked: &[AskedRule<'_>]) -> (Vec<&'static str>, Vec<&'static str>) {
    let correlations = (0..set.rules.len()).filter_map(|at| correlation(set, at));
    let grouped: Vec<&str> = correlations
        .flat_map(|one| {
            let aliases = one.group_by.iter().flat_map(|member| member.paths.values());
            let own = one.group_by.iter().map(|member| &member.name);
            own.chain(aliases).chain(one.fields()).map(String::as_str)
        })
        .collect();
    let is_wanted = |member: &str| {
        let is_it = |path: &str| path.split('.').next() == Some(member);
        grouped.iter().any(|path| is_it(path))
            || asked.iter().any(|rule| {
                let looks = &rule.detector.looks;
                looks.at_all || looks.paths.iter().any(|path| is_it(path))
            })
    };
    whole::COLUMNS.iter().copied().filter(|(member, _)| is_wanted(member)).unzip()
}

/// Leaves out the records of actions that no rule can match. Returns how many records there are with them.
fn narrowed(reader: &Reader, records: Records, index: &Index) -> Result<(u64, Records), Fault> {
    let actions = records.actions(reader)?;
    let n_records = actions.iter().map(|(_, count)| count).sum();
    let (mut wanted, mut is_all) = (Vec::new(), true);
    for (action, _) in actions {
        match action {
            // A record without an action shows its name to the rules alone.
            None => return Ok((n_records, records)),
            Some(action) if index.may_match(&action) => wanted.push(action),
            Some(_) => is_all = false,
        }
    }
    Ok((n_records, if is_all { records } else { records.with_actions(&wanted) }))
}

/// Makes the list of matches.
fn told(set: &RuleSet, least: Option<Level>, found: Found, n_records: u64) -> Outcome {
    let Found { hits, feeds, hidden, n_asked, n_cut, mut n_inner, mut n_loose, .. } = found;
    let mut matches: Vec<Match> = hits
        .into_iter()
        .map(|(at, rule)| Match { rule, at, events: vec![at.id], until: None, group: Vec::new() })
        .collect();
    let needed = needed_correlations(set, least);
    for (rule, joined) in joined_by(set, &needed, feeds, &mut n_loose) {
        let is_listed = set.rules.get(rule).is_some_and(|one| one.head.level >= least);
        if is_listed && !is_silent(set, rule) {
            matches.extend(joined.iter().map(|one| correlated(set, rule, one)));
        } else {
            n_inner += joined.len() as u64;
        }
    }
    matches.sort_by(|left, right| {
        (left.at, left.rule, &left.group).cmp(&(right.at, right.rule, &right.group))
    });
    let hidden = hidden
        .into_iter()
        .map(|((rule, path), n_events)| Hidden { rule, path, n_events })
        .collect();
    Outcome { matches, n_records, n_asked, hidden, n_cut, n_inner, n_loose }
}

/// Runs correlations in such an order that those which join others come after them.
fn joined_by(
    set: &RuleSet,
    needed: &[usize],
    mut feeds: BTreeMap<usize, Vec<Feed>>,
    n_loose: &mut u64,
) -> Vec<(usize, Vec<Joined>)> {
    let mut all = Vec::new();
    for at in needed {
        let Some(one) = correlation(set, *at) else { continue };
        let joined = one.run(feeds.remove(at).unwrap_or_default());
        for outlet in outlets_of(set, *at, needed) {
            let Some(outer) = correlation(set, outlet.correlation) else { continue };
            let passed =
                joined.iter().filter_map(|found| passed_on(one, found, outer, outlet.slot));
            let taken = feeds.entry(outlet.correlation).or_default();
            let n_before = taken.len();
            taken.extend(passed);
            *n_loose += (joined.len() - (taken.len() - n_before)) as u64;
        }
        all.push((*at, joined));
    }
    all
}

/// Returns a match of a correlation as another one takes it in: with the members it was grouped by.
fn passed_on(
    inner: &Correlation,
    found: &Joined,
    outer: &Correlation,
    slot: usize,
) -> Option<Feed> {
    let reference = outer.rules.get(slot).map_or("", String::as_str);
    let value_of = |name: &str| {
        let at = inner.group_by.iter().position(|member| member.name == name)?;
        found.group.get(at).cloned()
    };
    let of_member = |member: &GroupBy| value_of(member.path(reference));
    let group: Option<Vec<String>> = outer.group_by.iter().map(of_member).collect();
    let values: Option<Vec<String>> = outer.fields().iter().map(|name| value_of(name)).collect();
    let value =
        values.filter(|values| !values.is_empty()).map(|values| values.join("\u{1f}").into());
    Some(Feed { group: group?.into(), at: found.at, slot, value })
}

fn correlated(set: &RuleSet, rule: usize, joined: &Joined) -> Match {
    let names = correlation(set, rule).map(|one| one.group_by.as_slice()).unwrap_or_default();
    let group = names.iter().map(|member| member.name.clone()).zip(joined.group.iter().cloned());
    Match {
        rule,
        at: joined.at,
        until: joined.events.last().and_then(|place| place.time),
        events: joined.events.iter().map(|place| place.id).collect(),
        group: group.collect(),
    }
}
