//! Which call and which effect belong together: points for what agrees, nothing at all where something contradicts, and a
//! margin over the next best on both sides.

use std::collections::BTreeMap;

use super::effects::{Effect, Effects, person_group, session_group};
use super::operation::Fit;
use super::resource::Named;
use super::steps::Step;
use super::{CLOSE, Known, MOST_CANDIDATES, Skipped};

/// Points by which the best must lead.
const MARGIN: i32 = 2;
/// Points from which on a pair is a link.
const LEAST: i32 = 8;

/// A call and what it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) step: usize,
    slot: usize,
    pub(super) effect: usize,
    pub(super) score: i32,
    /// Microseconds between the call and the event, after correction; 0 while the call ran.
    pub(super) distance: i64,
    pub(super) named: Named,
    pub(super) fit: Fit,
    pub(super) same_person: bool,
    pub(super) same_session: bool,
    pub(super) same_address: bool,
    /// Events of that action and name, or of that caller, in the window.
    pub(super) candidates: i64,
}

/// Returns the pairs that stand out, in order of the calls.
pub(super) fn chosen(
    steps: &[Step],
    effects: &Effects,
    known: &Known<'_>,
    skipped: &mut Skipped,
) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        for (slot, actions) in step.slots.iter().enumerate() {
            candidates(at, step, slot, actions, effects, known, skipped, &mut pairs);
        }
    }
    let leaders = leaders(&pairs, steps, effects);
    skipped.alike = i64::try_from(leaders.alike).unwrap_or(i64::MAX);
    leaders.chosen
}

struct Leaders {
    chosen: Vec<Pair>,
    alike: usize,
}

/// The best two of a group.
#[derive(Default, Clone, Copy)]
struct Best {
    first: Option<(i32, usize)>,
    second: Option<i32>,
}

impl Best {
    fn add(&mut self, score: i32, pair: usize) {
        match self.first {
            Some((first, _)) if score <= first => self.second = self.second.max(Some(score)),
            Some((first, _)) => {
                self.second = Some(first);
                self.first = Some((score, pair));
            }
            None => self.first = Some((score, pair)),
        }
    }

    fn leads(&self, pair: usize) -> bool {
        self.first.is_some_and(|(score, best)| {
            best == pair && self.second.is_none_or(|second| score - second >= MARGIN)
        })
    }
}

fn leaders(pairs: &[Pair], steps: &[Step], effects: &Effects) -> Leaders {
    // A call that names several things can have done the same to each: they do not rival.
    let mut of_call: BTreeMap<(usize, usize, &str), Best> = BTreeMap::new();
    let mut of_effect: BTreeMap<usize, BTreeMap<usize, (i32, usize)>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        of_call
            .entry((pair.step, pair.slot, thing(pair, effects)))
            .or_default()
            .add(pair.score, at);
        let of_step =
            of_effect.entry(pair.effect).or_default().entry(pair.step).or_insert((pair.score, at));
        *of_step = (*of_step).max((pair.score, at));
    }
    let mut chosen = Vec::new();
    let mut alike = 0;
    for (at, pair) in pairs.iter().enumerate() {
        let call_leads = of_call
            .get(&(pair.step, pair.slot, thing(pair, effects)))
            .is_some_and(|best| best.leads(at));
        let mut best = Best::default();
        for (score, number) in of_effect.get(&pair.effect).into_iter().flat_map(BTreeMap::values) {
            best.add(*score, *number);
        }
        if pair.score < LEAST {
            continue;
        }
        if call_leads && best.leads(at) {
            chosen.push(pair.clone());
        } else {
            alike += 1;
        }
    }
    let order = |pair: &Pair| {
        let (step, effect) = (steps.get(pair.step), effects.rows.get(pair.effect));
        (step.map(|step| (step.start, step.id)), effect.map(|effect| (effect.time, effect.id)))
    };
    chosen.sort_by_key(order);
    Leaders { chosen, alike }
}

fn thing<'e>(pair: &Pair, effects: &'e Effects) -> &'e str {
    let id = effects.rows.get(pair.effect).and_then(|effect| effect.resources.first());
    id.filter(|_| pair.named >= Named::Name).map_or("", |id| id)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one pass over a slot; a struct would be made for this call alone"
)]
fn candidates(
    at: usize,
    step: &Step,
    slot: usize,
    actions: &[(usize, Fit)],
    effects: &Effects,
    known: &Known<'_>,
    skipped: &mut Skipped,
    pairs: &mut Vec<Pair>,
) {
    let mut found: BTreeMap<usize, (Named, Fit)> = BTreeMap::new();
    let mut groups: Vec<String> = step.asked.names.iter().cloned().collect();
    groups.extend(step.session.as_deref().map(session_group));
    groups.extend(
        step.session
            .iter()
            .filter_map(|own| effects.lineage.get(own))
            .flatten()
            .map(|own| session_group(own)),
    );
    groups.extend(step.person.as_deref().map(person_group));
    for (action, fit) in actions {
        for group in &groups {
            let near = effects.between(*action, group, step.window());
            if near.len() > MOST_CANDIDATES {
                skipped.groups += 1;
                skipped.calls += i64::try_from(near.len()).unwrap_or(i64::MAX);
                continue;
            }
            for (effect, named) in near {
                let best = found.entry(*effect).or_insert((*named, *fit));
                best.0 = best.0.max(*named);
            }
        }
    }
    let n_found = i64::try_from(found.len()).unwrap_or(i64::MAX);
    for (number, (named, fit)) in found {
        let Some(effect) = effects.rows.get(number) else { continue };
        if let Some(mut pair) = weigh(step, effect, named, fit, effects, known) {
            (pair.step, pair.slot, pair.effect, pair.candidates) = (at, slot, number, n_found);
            pairs.push(pair);
        }
    }
}

/// Weighs one pair, or returns `None` when something sets it apart.
fn weigh(
    step: &Step,
    effect: &Effect,
    named: Named,
    fit: Fit,
    effects: &Effects,
    known: &Known<'_>,
) -> Option<Pair> {
    let named = whole(step, effect, named)?;
    let distance = distance(step, effect)?;
    let same_session = lineage(step, effect, effects)?;
    let same_person = match (&step.person, &effect.person) {
        (Some(one), Some(other)) if **one == **other => true,
        (Some(one), Some(other)) if known.aliases.contradict(one, other) => return None,
        _ => false,
    };
    if step.account.is_some()
        && effect.account.is_some()
        && step.account.as_deref() != effect.account.as_deref()
    {
        return None;
    }
    if is_elsewhere(step, effect) {
        return None;
    }
    let same_address =
        step.address.is_some() && step.address.as_deref() == effect.address.as_deref();
    // Without a name on both sides the caller must be the same; a person may do the same by other means, so that a known
    // clock has to bring the two close together.
    let is_tied = same_session || (same_person && step.clock_samples > 0 && distance <= CLOSE);
    if named == Named::Nothing && !(is_tied && fit == Fit::Exact) {
        return None;
    }
    let mut score = match named {
        Named::Nothing => 0,
        Named::Part => 2,
        Named::Name => 4,
        Named::Full => 6,
    };
    score += if fit == Fit::Exact { 4 } else { 2 };
    score += if distance <= CLOSE { 2 } else { 1 };
    score += if same_session { 4 } else { 0 } + if same_person { 3 } else { 0 };
    score += if same_address { 2 } else { 0 } + i32::from(effect.is_marked);
    score += outcomes(step, effect);
    Some(Pair {
        step: 0,
        slot: 0,
        effect: 0,
        score,
        distance,
        named,
        fit,
        same_person,
        same_session,
        same_address,
        candidates: 0,
    })
}

/// Bucket and key named apart are the object; another object of a bucket is not meant; a call whose arguments name other
/// things than what the event touched did not cause it.
fn whole(step: &Step, effect: &Effect, named: Named) -> Option<Named> {
    let key =
        effect.resources.iter().find_map(|id| super::resource::bucket_path(id)?.split_once('/'));
    if named == Named::Part
        && let Some((_, key)) = key
    {
        if step.asked.names.contains(key) {
            return Some(Named::Full);
        }
        return (!step.asked.names_object).then_some(named);
    }
    let is_blind = effect.resources.is_empty() || step.asked.names.is_empty();
    (named != Named::Nothing || is_blind).then_some(named)
}

/// Returns the time between call and effect, if it is short enough.
fn distance(step: &Step, effect: &Effect) -> Option<i64> {
    if effect.until < step.start {
        let before = step.start - effect.until;
        (before <= step.before).then_some(before)
    } else if effect.time > step.end {
        let after = effect.time - step.end;
        (after <= step.after).then_some(after)
    } else {
        Some(0)
    }
}

/// Returns whether exact links tie the two sessions, or `None` when they tie the event to another agent's session.
fn lineage(step: &Step, effect: &Effect, effects: &Effects) -> Option<bool> {
    if let Some((actor, name)) = &step.principal {
        let is_same =
            effect.actor.as_deref() == Some(actor) && effect.role_session.as_deref() == Some(name);
        return (is_same
            && (effect.is_forwarded || step.session.as_deref() == effect.session.as_deref()))
        .then_some(true);
    }
    let (Some(own), Some(other)) = (step.session.as_deref(), effect.session.as_deref()) else {
        return Some(false);
    };
    if own == other {
        return Some(true);
    }
    let callers = effects.lineage.get(other);
    if callers.is_some_and(|callers| callers.contains(own)) {
        return Some(true);
    }
    // A credential that one other agent's session alone was seen to use.
    if callers.is_some_and(|callers| callers.len() == 1) { None } else { Some(false) }
}

fn is_elsewhere(step: &Step, effect: &Effect) -> bool {
    let (Some(asked), Some(region)) = (step.asked.region.as_deref(), effect.region.as_deref())
    else {
        return false;
    };
    // Global services write us-east-1 whatever was asked for.
    asked != region && region != "us-east-1"
}

fn outcomes(step: &Step, effect: &Effect) -> i32 {
    match (step.outcome.as_str(), effect.outcome.as_ref()) {
        ("success", "success") | ("error", "denied" | "error") => 1,
        ("success", "denied" | "error") | ("error", "success") => -2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_needs_a_margin_and_order_does_not_matter() {
        for scores in [[9, 12, 10], [12, 10, 9], [10, 9, 12]] {
            let mut best = Best::default();
            for (at, score) in scores.into_iter().enumerate() {
                best.add(score, at);
            }
            let at = scores.iter().position(|score| *score == 12).unwrap();
            assert!(best.leads(at));
            best.add(11, 7);
            assert!(!best.leads(at), "a margin of one is none");
        }
        let mut equal = Best::default();
        equal.add(12, 0);
        equal.add(12, 1);
        assert!(!equal.leads(0) && !equal.leads(1));
    }
}
