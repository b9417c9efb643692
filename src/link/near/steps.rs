//! The asking side: the records of one call (gateway, capture, transcript, spans) taken together by exact links, with what
//! they ask for, when, and who is behind them. Calls that an exact link explains already, that were refused before they
//! reached the cloud, or that name nothing the cloud did, are left out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::asking::Asked;
use super::operation::{Actions, Fit, Wanted};
use super::{CLOSE, Known, Reach, WINDOW, reach};
use crate::model::{EventId, Micros};
use crate::store::{Fault, Row, Value, Writer};

/// Calls looked at in one case at most; the rest is counted as skipped.
const MAX_STEPS: usize = 200_000;
/// Effects may lie this far before the call where clocks are not compared.
const BEFORE: i64 = 5_000_000;
/// Longest call whose end is waited for.
const LONGEST: i64 = 600_000_000;

/// One call. Times are microseconds on CloudTrail's clock.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) n: i64,
    pub(super) id: u128,
    pub(super) start: i64,
    pub(super) end: i64,
    /// How far an effect may lie before the start and behind the end.
    pub(super) before: i64,
    pub(super) after: i64,
    /// Links from which the clock is known; 0 when it is not.
    pub(super) clock_samples: i64,
    pub(super) tool: String,
    pub(super) asked: Asked,
    /// One for each operation that the call makes.
    pub(super) slots: Vec<Vec<(usize, Fit)>>,
    pub(super) person: Option<String>,
    pub(super) session: Option<String>,
    pub(super) account: Option<String>,
    pub(super) address: Option<String>,
    pub(super) outcome: String,
    /// Principal and role session, for calls that CloudTrail itself records.
    pub(super) principal: Option<(String, String)>,
    is_refused: bool,
    people: BTreeSet<String>,
}

const EXPLAINED: &str = "SELECT DISTINCT link.a FROM link JOIN event effect ON effect.n = link.b
    WHERE link.grade = '=' AND link.strength = 1 AND effect.plane = 'cloudtrail'
      AND effect.kind NOT IN ('tool_call', 'session', 'model_call')";

/// Records of one call.
const ALIKE: &str = "SELECT link.a, link.b, link.key, answer.ts FROM link JOIN event answer ON answer.n = link.b
    WHERE link.grade = '=' AND link.strength = 1
      AND link.key IN ('json-rpc answer', 'same request id', 'tool-use id', 'trace id', 'decision id')
    ORDER BY link.a, link.b";

const CALLS: &str = "SELECT e.n, e.id, e.ts, e.ts_end, e.product, e.source, e.tool, e.resource, e.human, e.session,
           e.account, e.address, e.outcome, e.decision, e.actor, e.role_session, e.region, asked.asked
    FROM event e JOIN near_asked asked ON asked.n = e.n WHERE e.kind = 'tool_call' AND e.ts IS NOT NULL AND e.plane NOT IN ('authz', 'model')
      AND e.n NOT IN (SELECT link.a FROM link JOIN event effect ON effect.n = link.b
                      WHERE link.grade = '=' AND link.strength = 1 AND effect.plane = 'cloudtrail'
                        AND effect.kind NOT IN ('tool_call', 'session', 'model_call'))
    ORDER BY e.ts, e.id";

/// Payloads of the calls that can have to be explained.
pub(super) const PAYLOADS: &str = "SELECT n, payload FROM event
    WHERE {added} AND kind = 'tool_call' AND ts IS NOT NULL AND plane NOT IN ('authz', 'model')";
/// Events whose calls are taken apart at a time, so that memory stays bounded however many are calls.
const AT_A_TIME: i64 = 100_000;

/// Fills table `near_asked`, or adds to it.
pub(super) fn keep_asked(writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
    if reach == Reach::All {
        writer.execute("DELETE FROM near_asked", &[])?;
    }
    let mut from = reach.first();
    let last = reach::last(writer)?;
    while from <= last {
        let mut rows = Vec::new();
        let to = from.saturating_add(AT_A_TIME);
        let some = PAYLOADS.replace("{added}", &format!("n >= {from} AND n < {to}"));
        writer.each(&some, |row| {
            let asked = serde_json::to_string(&Asked::of(&row.text(1))).unwrap_or_default();
            rows.push(vec![Value::Int(row.int(0)), asked.into()]);
            Ok(())
        })?;
        writer.append_rows("near_asked", &rows)?;
        from = to;
    }
    Ok(())
}

/// Which records are of one call.
#[derive(Default)]
struct Together {
    root: HashMap<i64, i64>,
    /// Answers by root: the last one's time.
    ends: HashMap<i64, i64>,
    explained: HashSet<i64>,
}

impl Together {
    fn read(writer: &mut Writer) -> Result<Self, Fault> {
        let mut together = Self::default();
        let mut answers = Vec::new();
        writer.each(ALIKE, |row| {
            let (a, b) = (row.int(0), row.int(1));
            together.tie(a, b);
            if row.text(2) == "json-rpc answer"
                && let Some(Micros(time)) = row.time(3)
            {
                answers.push((a, time));
            }
            Ok(())
        })?;
        let mut explained = Vec::new();
        writer.each(EXPLAINED, |row| {
            explained.push(row.int(0));
            Ok(())
        })?;
        for (n, time) in answers {
            let root = together.find(n);
            let end = together.ends.entry(root).or_insert(time);
            *end = time.max(*end);
        }
        let roots: Vec<i64> = explained.into_iter().map(|n| together.find(n)).collect();
        together.explained.extend(roots);
        Ok(together)
    }

    fn find(&mut self, n: i64) -> i64 {
        let mut root = n;
        while let Some(above) = self.root.get(&root).copied().filter(|above| *above != root) {
            root = above;
        }
        let mut at = n;
        while let Some(above) =
            self.root.insert(at, root).filter(|above| *above != root && *above != at)
        {
            at = above;
        }
        root
    }

    fn tie(&mut self, a: i64, b: i64) {
        let (a, b) = (self.find(a), self.find(b));
        self.root.insert(a.max(b), a.min(b));
    }
}

/// Reads the calls that have to be explained.
pub(super) fn gather(
    writer: &mut Writer,
    known: &Known<'_>,
    actions: &Actions,
) -> Result<Vec<Step>, Fault> {
    let mut together = Together::read(writer)?;
    let mut at_root: HashMap<i64, usize> = HashMap::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut left_out = 0_i64;
    writer.each(CALLS, |row| {
        let root = together.find(row.int(0));
        if together.explained.contains(&root) {
            return Ok(());
        }
        let at = match at_root.get(&root) {
            Some(at) => *at,
            None if steps.len() >= MAX_STEPS => {
                left_out += 1;
                return Ok(());
            }
            None => {
                at_root.insert(root, steps.len());
                steps.push(Step::default());
                steps.len() - 1
            }
        };
        let answer = together.ends.get(&root).copied();
        if let Some(step) = steps.get_mut(at) {
            step.add(&row, answer, known);
        }
        Ok(())
    })?;
    if left_out > 0 {
        let row = vec![
            super::KEY.into(),
            "more calls than are compared".into(),
            Value::Int(1),
            Value::Int(left_out),
        ];
        writer.append_rows("link_skip", &[row])?;
    }
    Ok(with_slots(steps, known, actions))
}

/// Keeps the calls that can have done something the cloud recorded.
fn with_slots(steps: Vec<Step>, known: &Known<'_>, actions: &Actions) -> Vec<Step> {
    let mut meant: BTreeMap<Wanted, Vec<(usize, Fit)>> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut step in steps {
        if !step.tool.is_empty() {
            step.asked.forget_tool(&step.tool);
        }
        if step.is_refused || step.people.len() > 1 {
            continue;
        }
        for wanted in step.asked.wanted(&step.tool) {
            let found = meant.entry(wanted.clone()).or_insert_with(|| actions.meant(&wanted));
            if !found.is_empty() {
                step.slots.push(found.clone());
            }
        }
        if step.slots.is_empty() {
            continue;
        }
        step.person = step.people.pop_first();
        if step.person.is_none()
            && let Some(session) = &step.session
        {
            step.person = known.people.person_of(session).map(str::to_owned);
        }
        kept.push(step);
    }
    kept
}

impl Step {
    fn add(&mut self, row: &Row, answer: Option<i64>, known: &Known<'_>) {
        let (Some(Micros(time)), Some(EventId(id))) = (row.time(2), row.id(1)) else { return };
        let product = row.text(4);
        let is_cloud = product == "cloudtrail";
        let clock = known.offsets.of_source(&product, row.int(5));
        let is_first = self.n == 0;
        let knows_more = clock.is_some() && self.clock_samples == 0;
        if is_first || knows_more || is_cloud {
            let offset = clock.map_or(0, |clock| clock.ahead);
            self.n = row.int(0);
            self.id = id;
            self.start = time - offset;
            let end = row.time(3).map(|end| end.0).or(answer).unwrap_or(time);
            self.end = end.clamp(time, time.saturating_add(LONGEST)) - offset;
            self.clock_samples =
                if is_cloud { i64::MAX } else { clock.map_or(0, |clock| clock.samples) };
            // Half of all links lie within the spread; eight times as far lies what is no accident.
            let slack =
                clock.map_or(WINDOW, |clock| clock.spread.saturating_mul(8).saturating_add(CLOSE));
            self.before = if is_cloud { CLOSE } else { slack.min(BEFORE) };
            self.after = if is_cloud { CLOSE } else { slack.min(WINDOW) };
            if is_cloud {
                self.principal = row.maybe_text(14).zip(row.maybe_text(15));
            }
        }
        if self.tool.is_empty() {
            self.tool = row.text(6);
        }
        if let Some(resource) = row.maybe_text(7) {
            self.asked.touch(&resource);
        }
        self.asked.add(serde_json::from_str(&row.text(17)).unwrap_or_default());
        self.people.extend(row.maybe_text(8).map(|human| known.aliases.person(&human).to_owned()));
        if self.session.is_none() {
            self.session = row.maybe_text(9).map(|local| known.sessions.of_key(&local).to_owned());
        }
        self.account = self.account.take().or_else(|| row.maybe_text(10));
        self.address = self.address.take().or_else(|| row.maybe_text(11));
        let outcome = row.text(12);
        self.is_refused |= matches!(outcome.as_str(), "denied" | "held") || row.text(13) == "deny";
        if self.outcome.is_empty() || self.outcome == "unknown" {
            self.outcome = outcome;
        }
    }

    /// Returns the time in which its effects lie, on CloudTrail's clock.
    pub(super) fn window(&self) -> (i64, i64) {
        // A second that CloudTrail writes may have begun up to a second before the effect.
        (self.start - self.before - 1_000_000, self.end + self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_one_call_come_together_whatever_the_order_of_ties() {
        for ties in [[(5, 3), (3, 9), (9, 1)], [(9, 1), (5, 3), (3, 9)]] {
            let mut together = Together::default();
            for (a, b) in ties {
                together.tie(a, b);
            }
            assert!([1, 3, 5, 9].iter().all(|n| together.find(*n) == 1));
            assert_eq!(together.find(7), 7);
        }
    }
}
