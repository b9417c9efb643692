//! Correlations: rules over the matches of other rules in time order. Owns windows, groups and what counts as one match of a
//! correlation. Holds the matches of one group and one window at a time; must not look at records.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::scan::Place;

/// How matches are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Events in a window are counted.
    EventCount,
    /// Different values of a member are counted.
    ValueCount,
    /// Several rules match within a window, in any order.
    Temporal,
    /// Several rules match within a window, one after the other.
    TemporalOrdered,
}

/// How a count compares with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Other,
}

/// A condition over the rules that matched within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fired {
    Rule(String),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

/// When a window is a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Count {
        bounds: Vec<(Compare, u64)>,
        fields: Vec<String>,
    },
    /// All rules matched.
    Every,
    /// So many of the rules matched.
    Some(Vec<(Compare, u64)>),
    Fired(Fired),
}

/// A member that has to be the same for what is joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupBy {
    pub(super) name: String,
    /// The path of it in the records of some rules, by the rule's id or name.
    pub(super) paths: BTreeMap<String, String>,
}

impl GroupBy {
    /// Returns the member's path in records that a rule matched.
    pub(super) fn path<'s>(&'s self, reference: &str) -> &'s str {
        self.paths.get(reference).unwrap_or(&self.name)
    }
}

/// A correlation rule.
#[derive(Debug, Clone)]
pub(super) struct Correlation {
    pub(super) kind: Kind,
    pub(super) test: Test,
    /// Length of the window in microseconds.
    span: i64,
    pub(super) group_by: Vec<GroupBy>,
    /// The rules that are joined, as the rule names them.
    pub(super) rules: Vec<String>,
    /// Where these rules stand in their set.
    pub(super) joined: Vec<usize>,
    /// Whether the joined rules also tell their own matches.
    pub(super) is_generous: bool,
}

/// One match of a joined rule, as a correlation takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feed {
    /// Values of the members to group by, in their order.
    pub(super) group: Arc<[String]>,
    pub(super) at: Place,
    /// Which of the joined rules it was.
    pub(super) slot: usize,
    /// The value counted, where values are.
    pub(super) value: Option<Arc<str>>,
}

/// One match of a correlation: events that lie in windows which overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) group: Arc<[String]>,
    /// The event with which the condition held first.
    pub(super) at: Place,
    /// All events of it, in time order.
    pub(super) events: Vec<Place>,
}

impl Correlation {
    pub(super) fn new(
        kind: Kind,
        test: Test,
        span: i64,
        group_by: Vec<GroupBy>,
        rules: Vec<String>,
        is_generous: bool,
    ) -> Self {
        Self { kind, test, span, group_by, rules, joined: Vec::new(), is_generous }
    }

    /// Remembers where the joined rules stand.
    pub(super) fn resolve(&mut self, place: impl Fn(&str) -> Option<usize>) {
        self.joined = self.rules.iter().filter_map(|name| place(name)).collect();
    }

    /// Returns the members whose values are counted.
    pub(super) fn fields(&self) -> &[String] {
        match &self.test {
            Test::Count { fields, .. } => fields,
            Test::Every | Test::Some(_) | Test::Fired(_) => &[],
        }
    }

    /// Joins matches, given in any order. Undated ones must have been left out.
    pub(super) fn run(&self, mut feeds: Vec<Feed>) -> Vec<Joined> {
        // Equal times of different rules come in the order of the rules, so that they count as one after the other.
        feeds.sort_by(|left, right| {
            let key = |feed: &Feed| (feed.at.time, feed.slot, feed.at.id);
            left.group.cmp(&right.group).then_with(|| key(left).cmp(&key(right)))
        });
        let mut found = Vec::new();
        for group in feeds.chunk_by(|left, right| left.group == right.group) {
            self.run_group(group, &mut found);
        }
        found.sort_by(|left, right| (left.at, &left.group).cmp(&(right.at, &right.group)));
        found
    }

    fn run_group(&self, feeds: &[Feed], found: &mut Vec<Joined>) {
        let mut window = Window::new(self.rules.len());
        let mut open: Option<Joined> = None;
        for feed in feeds {
            window.slide(feed.at.micros().saturating_sub(self.span));
            window.push(feed, self.kind);
            if !self.holds(&window) {
                continue;
            }
            match &mut open {
                Some(joined) if joined.events.last() >= window.first() => {
                    let known = joined.events.last().copied();
                    joined.events.extend(window.places().filter(|place| Some(*place) > known));
                }
                _ => {
                    let events = window.places().collect();
                    let fresh = Joined { group: Arc::clone(&feed.group), at: feed.at, events };
                    found.extend(open.replace(fresh));
                }
            }
        }
        found.extend(open);
    }

    fn holds(&self, window: &Window<'_>) -> bool {
        match &self.test {
            Test::Count { bounds, .. } if self.kind == Kind::ValueCount => {
                is_within(bounds, window.n_values())
            }
            Test::Count { bounds, .. } => is_within(bounds, window.n_events()),
            Test::Every if self.kind == Kind::TemporalOrdered => window.is_in_order(self.span),
            Test::Every => window.n_fired() == self.rules.len() as u64,
            Test::Some(bounds) => is_within(bounds, window.n_fired()),
            Test::Fired(condition) => self.is_fired(condition, window),
        }
    }

    fn is_fired(&self, condition: &Fired, window: &Window<'_>) -> bool {
        match condition {
            Fired::Rule(name) => self
                .rules
                .iter()
                .position(|rule| rule == name)
                .is_some_and(|slot| window.has_fired(slot)),
            Fired::All(parts) => parts.iter().all(|part| self.is_fired(part, window)),
            Fired::Any(parts) => parts.iter().any(|part| self.is_fired(part, window)),
            Fired::Not(part) => !self.is_fired(part, window),
        }
    }
}

fn is_within(bounds: &[(Compare, u64)], number: u64) -> bool {
    bounds.iter().all(|(compare, bound)| match compare {
        Compare::Less => number < *bound,
        Compare::AtMost => number <= *bound,
        Compare::More => number > *bound,
        Compare::AtLeast => number >= *bound,
        Compare::Equal => number == *bound,
        Compare::Other => number != *bound,
    })
}

/// The matches of one group that lie within one span of time, with counts kept up to date.
struct Window<'f> {
    feeds: VecDeque<&'f Feed>,
    /// Number of matches in the window of each joined rule.
    fired: Vec<u64>,
    /// Number of matches in the window with each value.
    values: BTreeMap<&'f str, u64>,
    /// Number of matches in the window of each event: one event can be matched by several rules.
    events: BTreeMap<Place, u64>,
    /// For each joined rule, the latest start of a chain of matches in order that ends with it.
    chains: Vec<Option<i64>>,
    last: i64,
    is_chain_complete: bool,
}

impl<'f> Window<'f> {
    fn new(n_rules: usize) -> Self {
        Self {
            feeds: VecDeque::new(),
            fired: vec![0; n_rules],
            values: BTreeMap::new(),
            events: BTreeMap::new(),
            chains: vec![None; n_rules],
            last: 0,
            is_chain_complete: false,
        }
    }

    /// Lets go of what lies before `oldest`.
    fn slide(&mut self, oldest: i64) {
        while let Some(feed) = self.feeds.front().copied()
            && feed.at.micros() < oldest
        {
            self.feeds.pop_front();
            take_one(&mut self.events, &feed.at);
            if let Some(count) = self.fired.get_mut(feed.slot) {
                *count -= 1;
            }
            if let Some(value) = feed.value.as_deref() {
                take_one(&mut self.values, &value);
            }
        }
    }

    fn push(&mut self, feed: &'f Feed, kind: Kind) {
        self.feeds.push_back(feed);
        *self.events.entry(feed.at).or_default() += 1;
        if let Some(count) = self.fired.get_mut(feed.slot) {
            *count += 1;
        }
        if let Some(value) = feed.value.as_deref() {
            *self.values.entry(value).or_default() += 1;
        }
        self.last = feed.at.micros();
        self.is_chain_complete = false;
        if kind == Kind::TemporalOrdered {
            self.lengthen_chain(feed);
        }
    }

    fn lengthen_chain(&mut self, feed: &Feed) {
        let start = match feed.slot.checked_sub(1) {
            None => Some(feed.at.micros()),
            Some(before) => self.chains.get(before).copied().flatten(),
        };
        if let (Some(start), Some(chain)) = (start, self.chains.get_mut(feed.slot)) {
            *chain = Some(chain.map_or(start, |known| known.max(start)));
            self.is_chain_complete = feed.slot + 1 == self.fired.len();
        }
    }

    /// Returns true when the newest match ends a chain of all rules in order that began within `span`.
    fn is_in_order(&self, span: i64) -> bool {
        let start = self.chains.last().copied().flatten();
        self.is_chain_complete && start.is_some_and(|start| self.last - start <= span)
    }

    fn n_events(&self) -> u64 {
        self.events.len() as u64
    }

    fn n_values(&self) -> u64 {
        self.values.len() as u64
    }

    fn n_fired(&self) -> u64 {
        self.fired.iter().filter(|count| **count > 0).count() as u64
    }

    fn has_fired(&self, slot: usize) -> bool {
        self.fired.get(slot).is_some_and(|count| *count > 0)
    }

    /// Returns the window's events in time order, each once.
    fn places(&self) -> impl Iterator<Item = Place> {
        self.events.keys().copied()
    }

    fn first(&self) -> Option<&Place> {
        self.events.keys().next()
    }
}

fn take_one<K: Ord>(counts: &mut BTreeMap<K, u64>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Returns the rules of a set in such an order that correlations come after what they join. `joined` names what each joins.
pub(super) fn in_order(joined: &[Option<&[usize]>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut done = BTreeSet::new();
    let mut waiting: Vec<(usize, bool)> =
        (0..joined.len()).rev().filter(|at| is_join(joined, *at)).map(|at| (at, false)).collect();
    while let Some((at, is_ready)) = waiting.pop() {
        if is_ready {
            if done.insert(at) {
                order.push(at);
            }
        } else if !done.contains(&at) {
            waiting.push((at, true));
            let inner = joined.get(at).copied().flatten().unwrap_or_default();
            let inner = inner.iter().filter(|at| is_join(joined, **at) && !done.contains(*at));
            waiting.extend(inner.map(|at| (*at, false)));
        }
    }
    order
}

fn is_join(joined: &[Option<&[usize]>], at: usize) -> bool {
    joined.get(at).is_some_and(Option::is_some)
}

#[cfg(test)]
mod tests;
