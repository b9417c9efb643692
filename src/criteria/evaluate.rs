//! Rules over a case: what each comes to, and what criteria come to through them. Nothing is decided by a missing record:
//! a rule that lacks an input, a fact or a plane cannot tell, and so does one whose question fails or takes too long.
//! Must not write.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::book::RuleBook;
use super::compile::{self, Questions};
use super::declared;
use super::facts::Facts;
use super::library::Library;
use super::narrow;
use super::pack::{Criterion, Verdicts};
use super::rule::Rule;
use super::stage::{self, Stage};
use super::verdict::{CriterionRun, Instance, RuleRun, Verdict};
use super::words;
use crate::clock::Lap;
use crate::model::gaps::BlindSpot;
use crate::query::gaps;
use crate::query::sql::Condition;
use crate::source::hex;
use crate::store::{Cancel, Fault, Interrupter, Reader, Row, Value};
use stamp::Stamp;

/// Most exceptions of a rule that are kept with its run; the count is of all.
pub const KEPT_INSTANCES: usize = 500;

/// Longest that one question of a rule may take.
const LONGEST: Duration = Duration::from_secs(30);

/// What an evaluation rests on.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    pub facts: &'a Facts,
    pub book: &'a RuleBook,
    pub library: &'a Library,
    /// Changes when a tag or note does.
    pub journal_stamp: &'a str,
    pub cancel: Option<&'a Cancel>,
}

/// What the rules and criteria of a case come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evaluation {
    /// By rule.
    pub rules: Vec<RuleRun>,
    /// In the order of packs and their criteria.
    pub criteria: Vec<CriterionRun>,
}

impl Evaluation {
    /// Returns the run of a rule.
    pub fn rule(&self, id: &str) -> Option<&RuleRun> {
        self.rules.iter().find(|run| run.rule == id)
    }

    /// Returns the run of a criterion.
    pub fn criterion(&self, id: &str) -> Option<&CriterionRun> {
        self.criteria.iter().find(|run| run.criterion == id)
    }
}

/// What of a case all rules share.
struct Case {
    planes: BTreeMap<String, u64>,
    spots: Vec<BlindSpot>,
    stamp: String,
}

/// Runs every rule whose inputs differ from those of `before`, and combines all into criteria.
pub fn evaluate(
    reader: &Reader,
    inputs: &Inputs<'_>,
    before: &[RuleRun],
) -> Result<Evaluation, Fault> {
    let case = case(reader)?;
    let known: BTreeMap<&str, &RuleRun> =
        before.iter().map(|run| (run.rule.as_str(), run)).collect();
    let bench = Bench { reader, inputs, stage: Stage::of(reader, inputs.facts), case: &case };
    let mut rules = Vec::with_capacity(inputs.book.rules().len());
    for rule in inputs.book.rules() {
        if inputs.cancel.is_some_and(Cancel::is_set) {
            return Err(Fault::Interrupted);
        }
        rules.push(bench.settled(rule, known.get(rule.id.as_str()).copied())?);
    }
    lean(inputs.book, &mut rules);
    let criteria = criteria(inputs.library, &rules, &techniques(reader, inputs.library, "")?);
    Ok(Evaluation { rules, criteria })
}

/// Counts the items of every rule whose event `condition` keeps, beside `whole`, the evaluation of everything. Rules see
/// everything all the same, and one whose items are no events keeps what it came to.
pub fn under(
    reader: &Reader,
    inputs: &Inputs<'_>,
    whole: &[RuleRun],
    condition: &Condition,
) -> Result<Evaluation, Fault> {
    let case = case(reader)?;
    let stage = Stage::of(reader, inputs.facts);
    compile::set_filter(reader, condition)?;
    let mut rules = Vec::with_capacity(whole.len());
    for before in whole {
        let Some(rule) = inputs.book.rule(&before.rule) else { continue };
        if inputs.cancel.is_some_and(Cancel::is_set) {
            return Err(Fault::Interrupted);
        }
        if !before.waits_for.is_empty() {
            rules.push(before.clone());
            continue;
        }
        let mut run = before.clone();
        let questions = questions_of(rule, inputs.facts).under_filter();
        stage.set(rule.texts())?;
        match ask(reader, &questions, &mut run, Extent::All) {
            Ok(()) => {
                begin(&mut run);
                judge(rule, inputs, &case, &mut run);
            }
            Err(Fault::Interrupted) => return Err(Fault::Interrupted),
            Err(_) => {
                run = before.clone();
                run.reasons.push(
                    "its items are no events, so that a filter does not narrow it".to_owned(),
                );
            }
        }
        rules.push(run);
    }
    lean(inputs.book, &mut rules);
    let techniques = techniques(reader, inputs.library, "AND n IN (SELECT n FROM kept_by_filter)")?;
    let criteria = criteria(inputs.library, &rules, &techniques);
    Ok(Evaluation { rules, criteria })
}

fn case(reader: &Reader) -> Result<Case, Fault> {
    let rows =
        reader.rows("SELECT plane, count(*) FROM event GROUP BY plane ORDER BY plane", &[])?;
    let planes: BTreeMap<String, u64> =
        rows.iter().map(|row| (row.text(0), row.count(1))).collect();
    let spots = gaps::blind_spots(reader)?;
    let mut digest = Sha256::new();
    digest.update(crate::query::derived_digest(reader)?.unwrap_or_default());
    // Another version of the program may see the same events in other views.
    digest.update(stage::views());
    for (plane, count) in &planes {
        digest.update(format!("\0{plane}\0{count}"));
    }
    for spot in &spots {
        digest.update(format!("\0{}\0{}", spot.key, spot.grade.as_str()));
    }
    Ok(Case { planes, spots, stamp: hex(&digest.finalize()) })
}

/// Where rules are run.
struct Bench<'a> {
    reader: &'a Reader,
    inputs: &'a Inputs<'a>,
    stage: Stage<'a>,
    case: &'a Case,
}

impl Bench<'_> {
    /// Returns what a rule comes to: as it came to before where nothing that it reads has changed.
    fn settled(&self, rule: &Rule, before: Option<&RuleRun>) -> Result<RuleRun, Fault> {
        let base = base(rule, self.inputs, self.case);
        let kept = before.map(|run| (run, Stamp::parse(&run.stamp)));
        let kept = kept.filter(|(_, stamp)| stamp.base == base);
        let journal = if rule.reads_journal { self.inputs.journal_stamp } else { "" };
        if let Some((run, _)) = kept.as_ref().filter(|(_, stamp)| stamp.journal == journal) {
            return Ok((*run).clone());
        }
        let mut lap = Lap::default();
        let marks = if rule.reads_journal { self.marks(rule)? } else { String::new() };
        let stamp = Stamp { is_whole: true, base, marks, journal: journal.to_owned() };
        let mut made = match kept {
            Some((run, known)) if known.marks == stamp.marks => {
                let is_whole = known.is_whole;
                return Ok(RuleRun {
                    stamp: Stamp { is_whole, ..stamp }.to_string(),
                    ..run.clone()
                });
            }
            Some((run, known)) if known.is_whole && rule.marks.is_some() => {
                self.again(rule, run, &stamp)?
            }
            _ => None,
        };
        if made.is_none() {
            made = Some(self.run(rule, &stamp)?);
        }
        tracing::info!(rule = rule.id, millis = lap.millis(), "rule");
        made.ok_or(Fault::Interrupted)
    }

    /// Returns the digest of what a rule reads of tags and notes. One that does not say reads all of them.
    fn marks(&self, rule: &Rule) -> Result<String, Fault> {
        let Some(question) = questions_of(rule, self.inputs.facts).marks() else {
            return Ok(self.inputs.journal_stamp.to_owned());
        };
        self.stage.set(rule.marks.as_deref())?;
        match bounded(self.reader, &question) {
            Ok(rows) => Ok(stage::digest_of(&rows)),
            Err(Fault::Interrupted) if self.is_canceled() => Err(Fault::Interrupted),
            // The run will say what is wrong with it.
            Err(_) => Ok(self.inputs.journal_stamp.to_owned()),
        }
    }

    fn is_canceled(&self) -> bool {
        self.inputs.cancel.is_some_and(Cancel::is_set)
    }

    /// Asks again what can differ after a tag or note. `None` when a question fails: then all have to be asked.
    fn again(&self, rule: &Rule, kept: &RuleRun, stamp: &Stamp) -> Result<Option<RuleRun>, Fault> {
        let mut run = RuleRun { stamp: stamp.to_string(), ..kept.clone() };
        begin(&mut run);
        match self.ask(rule, &mut run, Extent::OfMarks) {
            Ok(()) => {
                judge(rule, self.inputs, self.case, &mut run);
                Ok(Some(run))
            }
            Err(Fault::Interrupted) if self.is_canceled() => Err(Fault::Interrupted),
            Err(_) => Ok(None),
        }
    }

    fn run(&self, rule: &Rule, stamp: &Stamp) -> Result<RuleRun, Fault> {
        let mut run = RuleRun {
            rule: rule.id.clone(),
            version: rule.version.clone(),
            verdict: Verdict::CannotTell,
            strength: rule.strength,
            population: 0,
            excluded: Vec::new(),
            exceptions: 0,
            unknown: 0,
            reasons: Vec::new(),
            waits_for: Vec::new(),
            spots: Vec::new(),
            instances: Vec::new(),
            unknowns: Vec::new(),
            stamp: stamp.to_string(),
        };
        let fault = match self.ask(rule, &mut run, Extent::All) {
            Ok(()) => {
                judge(rule, self.inputs, self.case, &mut run);
                return Ok(run);
            }
            Err(Fault::Interrupted) if self.is_canceled() => return Err(Fault::Interrupted),
            Err(fault) => fault,
        };
        run.stamp = Stamp { is_whole: false, ..stamp.clone() }.to_string();
        run.reasons.push(match fault {
            Fault::Interrupted => format!(
                "a question of the rule took longer than {} s and was stopped",
                LONGEST.as_secs()
            ),
            fault => format!(
                "the rule cannot be run: {}",
                fault.to_string().lines().next().unwrap_or_default()
            ),
        });
        Ok(run)
    }

    /// Asks a rule's questions. What would be dropped for want of a fact or a plane is not asked.
    fn ask(&self, rule: &Rule, run: &mut RuleRun, extent: Extent) -> Result<(), Fault> {
        let questions = questions_of(rule, self.inputs.facts);
        let (waits_for, lacks) = wants(rule, self.inputs, self.case);
        if waits_for.is_empty() && lacks.is_empty() {
            self.stage.set(rule.texts())?;
            return ask(self.reader, &questions, run, extent);
        }
        if extent.holds(questions.scope_reads_marks()) {
            self.stage.set(rule.texts_of_scope())?;
        }
        ask_scope(self.reader, &questions, run, extent)
    }
}

/// Which questions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    /// Those whose answer follows from tags and notes.
    OfMarks,
}

impl Extent {
    const fn holds(self, reads_marks: bool) -> bool {
        match self {
            Self::All => true,
            Self::OfMarks => reads_marks,
        }
    }
}

/// Returns the digest of all that a rule's run rests on but tags and notes.
fn base(rule: &Rule, inputs: &Inputs<'_>, case: &Case) -> String {
    let mut digest = Sha256::new();
    digest.update(own_base(rule, inputs, case));
    // What it comes to leans on what the others come to.
    for other in rule.rests_on.iter().filter_map(|other| inputs.book.rule(other)) {
        digest.update(own_base(other, inputs, case));
        if other.reads_journal {
            digest.update(inputs.journal_stamp);
        }
    }
    hex(&digest.finalize())
}

fn own_base(rule: &Rule, inputs: &Inputs<'_>, case: &Case) -> String {
    let mut digest = Sha256::new();
    digest.update(&rule.sha256);
    digest.update(&case.stamp);
    for key in rule.facts_needed().chain(rule.uses.iter().map(String::as_str)) {
        digest.update(format!("\0{key}\0{}", declared::stamp(inputs.facts, key)));
    }
    // Which events are those of agents follows from the declared ones, whether or not the rule names that fact.
    if rule.texts().any(|text| words::any(text, &stage::OF_AGENTS)) {
        digest.update(declared::stamp(inputs.facts, "scope.agents"));
    }
    for name in rule.thresholds.keys() {
        digest.update(format!("\0{name}\0{:?}", declared::threshold(inputs.facts, name)));
    }
    hex(&digest.finalize())
}

/// Takes away what was decided, so that it can be decided again.
fn begin(run: &mut RuleRun) {
    run.verdict = Verdict::CannotTell;
    run.reasons.clear();
    run.waits_for.clear();
    run.spots.clear();
}

/// Returns the questions of a rule with the thresholds that hold.
pub(super) fn questions_of(rule: &Rule, facts: &Facts) -> Questions {
    Questions::of(rule, &|name| declared::threshold(facts, name))
}

/// Asks a rule's questions.
fn ask(
    reader: &Reader,
    questions: &Questions,
    run: &mut RuleRun,
    extent: Extent,
) -> Result<(), Fault> {
    ask_scope(reader, questions, run, extent)?;
    let instances = |question: &str| -> Result<(u64, Vec<Instance>), Fault> {
        let rows = bounded(reader, question)?;
        Ok((rows.first().map_or(0, |row| row.count(0)), rows.iter().map(instance).collect()))
    };
    if extent.holds(questions.exceptions_read_marks()) {
        (run.exceptions, run.instances) = instances(&questions.exceptions(KEPT_INSTANCES))?;
    }
    if let Some(unknown) = questions.unknowns(KEPT_INSTANCES)
        && extent.holds(questions.unknowns_read_marks())
    {
        (run.unknown, run.unknowns) = instances(&unknown)?;
    }
    Ok(())
}

/// Asks what a rule looks at and what it leaves out.
fn ask_scope(
    reader: &Reader,
    questions: &Questions,
    run: &mut RuleRun,
    extent: Extent,
) -> Result<(), Fault> {
    if extent.holds(questions.count_reads_marks()) {
        let count = bounded(reader, &questions.count())?;
        run.population = count.first().map_or(0, |row| row.count(0));
    }
    if let Some(excluded) = questions.excluded()
        && extent.holds(questions.excluded_reads_marks())
    {
        let rows = bounded(reader, &excluded)?;
        run.excluded = rows.iter().map(|row| (row.text(0), row.count(1))).collect();
    }
    Ok(())
}

fn instance(row: &Row) -> Instance {
    Instance { item: row.text(1), event: row.id(2), time: row.time(3), why: row.text(4) }
}

/// Runs a question in a transaction that cannot write, and stops it when it takes too long.
pub(super) fn bounded(reader: &Reader, sql: &str) -> Result<Vec<Row>, Fault> {
    reader.rows("BEGIN TRANSACTION READ ONLY", &[])?;
    let (done, waits) = mpsc::channel::<()>();
    let interrupter = reader.interrupter();
    let answer = std::thread::scope(|scope| {
        scope.spawn(move || watch(&waits, &interrupter));
        let answer = reader.rows(sql, &[]);
        drop(done);
        answer
    });
    reader.rows("ROLLBACK", &[])?;
    answer
}

/// Waits for the end of a question; stops it when its time is over, again and again until it has ended.
fn watch(waits: &mpsc::Receiver<()>, interrupter: &Interrupter) {
    let mut left = LONGEST;
    while waits.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout) {
        interrupter.interrupt();
        left = Duration::from_millis(20);
    }
}

/// Returns the facts that a rule needs and nobody declared, and a sentence for each plane that it needs and no record is of.
fn wants(rule: &Rule, inputs: &Inputs<'_>, case: &Case) -> (Vec<String>, Vec<String>) {
    let waits_for = rule.facts_needed().filter(|key| !inputs.facts.has(key)).map(str::to_owned);
    let is_recorded =
        |planes: &Vec<&str>| planes.iter().any(|plane| case.planes.contains_key(*plane));
    let lacks = rule
        .planes_needed()
        .filter(|planes| !is_recorded(planes))
        .map(|planes| format!("no records of {} in this case", planes.join(" or ")));
    (waits_for.collect(), lacks.collect())
}

/// Decides what a rule's answers come to.
fn judge(rule: &Rule, inputs: &Inputs<'_>, case: &Case, run: &mut RuleRun) {
    let (waits_for, lacks) = wants(rule, inputs, case);
    run.reasons.extend(waits_for.iter().map(|key| format!("`{key}` is not declared")));
    run.waits_for.extend(waits_for);
    let lacks_plane = !lacks.is_empty();
    run.reasons.extend(lacks);
    if !run.waits_for.is_empty() || lacks_plane {
        // Exceptions found without all inputs would be guesses.
        (run.exceptions, run.unknown) = (0, 0);
        run.instances.clear();
        run.unknowns.clear();
        return;
    }
    if run.exceptions > 0 {
        run.verdict = Verdict::Gap;
        return;
    }
    if run.population == 0 {
        run.reasons.push("nothing in this case is in scope of the rule".to_owned());
        return;
    }
    if run.unknown > 0 {
        run.reasons.push(format!("nothing can be told of {} of {}", run.unknown, run.population));
        return;
    }
    run.spots = barring(rule, case);
    if run.spots.is_empty() {
        run.verdict = Verdict::Supports;
        return;
    }
    let names: Vec<String> = run.spots.iter().map(|number| format!("B{number}")).collect();
    run.reasons.push(format!(
        "no exception among {}, but what could not be seen bars more: {}",
        run.population,
        names.join(", ")
    ));
}

/// Returns the blind spots that bar `supports`.
fn barring(rule: &Rule, case: &Case) -> Vec<u32> {
    let bars = |spot: &&BlindSpot| {
        spot.is_grave()
            && rule.bars.iter().any(|plane| {
                plane == "*" || spot.plane.as_deref().is_none_or(|of_spot| of_spot == plane)
            })
    };
    case.spots.iter().filter(bars).map(|spot| spot.number).collect()
}

/// Lets rules that rest on others be no better than those.
fn lean(book: &RuleBook, runs: &mut [RuleRun]) {
    let verdicts: BTreeMap<String, Verdict> =
        runs.iter().map(|run| (run.rule.clone(), run.verdict)).collect();
    for run in runs {
        let Some(rule) = book.rule(&run.rule) else { continue };
        if run.population == 0 || !run.waits_for.is_empty() {
            continue;
        }
        for other in &rule.rests_on {
            let verdict = verdicts.get(other).copied().unwrap_or(Verdict::CannotTell);
            let reason = format!("it rests on {other}, which comes to {}", verdict.as_str());
            if verdict < Verdict::Supports && !run.reasons.contains(&reason) {
                run.verdict = run.verdict.min(verdict);
                run.reasons.push(reason);
            }
        }
    }
}

/// Combines rules into criteria.
fn criteria(
    library: &Library,
    runs: &[RuleRun],
    techniques: &BTreeMap<String, u64>,
) -> Vec<CriterionRun> {
    let by_rule: BTreeMap<&str, &RuleRun> =
        runs.iter().map(|run| (run.rule.as_str(), run)).collect();
    let mut made = Vec::new();
    for pack in library.packs() {
        for criterion in &pack.criteria {
            let mut run = combined(criterion, &by_rule);
            if pack.verdicts == Verdicts::Behavior {
                observe(&mut run, techniques.get(&criterion.id).copied());
            }
            made.push(run);
        }
    }
    made
}

fn combined(criterion: &Criterion, by_rule: &BTreeMap<&str, &RuleRun>) -> CriterionRun {
    let mut spoken: Vec<&RuleRun> = Vec::new();
    let mut unknown_rules = Vec::new();
    for rule in &criterion.rules {
        match by_rule.get(rule.as_str()) {
            Some(run) => spoken.push(run),
            None => unknown_rules.push(rule.clone()),
        }
    }
    let worth = |run: &RuleRun| {
        criterion.narrow.get(&run.rule).map_or(run.verdict, |word| narrow::weighed(run, word))
    };
    spoken.sort_by_key(|run| (worth(run), std::cmp::Reverse(run.exceptions)));
    let mut verdict = Verdict::of_all(spoken.iter().map(|run| worth(run)));
    if !unknown_rules.is_empty() {
        verdict = verdict.min(Verdict::CannotTell);
    }
    CriterionRun {
        pack: criterion.pack.clone(),
        criterion: criterion.id.clone(),
        verdict,
        population: spoken.iter().map(|run| run.population).max().unwrap_or(0),
        exceptions: spoken.iter().map(|run| run.exceptions).sum(),
        rules: spoken.iter().map(|run| run.rule.clone()).collect(),
        unknown_rules,
    }
}

/// A technique is observed when one of its actions was called; not seeing it says nothing about what no record holds.
fn observe(run: &mut CriterionRun, calls: Option<u64>) {
    if let Some(calls) = calls {
        run.population = run.population.max(calls);
        run.exceptions += calls;
        run.verdict = if calls > 0 { Verdict::Gap } else { run.verdict };
    }
}

/// Returns how many calls match the cues of each criterion that has any.
fn techniques(
    reader: &Reader,
    library: &Library,
    only: &str,
) -> Result<BTreeMap<String, u64>, Fault> {
    let cued: Vec<&Criterion> = library.criteria().filter(|one| !one.cues.is_empty()).collect();
    if cued.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT action, count(*) FROM event WHERE plane = 'cloudtrail' AND action IS NOT NULL AND kind <> 'decision' {only}
         GROUP BY action ORDER BY action"
    );
    let rows = reader.rows(&sql, &[])?;
    let actions: Vec<(String, u64)> = rows.iter().map(|row| (row.text(0), row.count(1))).collect();
    let mut calls = BTreeMap::new();
    for criterion in cued {
        let is_cue = |action: &str| criterion.cues.iter().any(|cue| matches_glob(cue, action));
        let matching: Vec<&(String, u64)> =
            actions.iter().filter(|(action, _)| is_cue(action)).collect();
        let count = match criterion.burst {
            None => matching.iter().map(|(_, count)| count).sum(),
            Some(burst) => bursts(reader, &matching, burst, only)?,
        };
        calls.insert(criterion.id.clone(), count);
    }
    Ok(calls)
}

/// Returns how many calls of these actions stand in ten minutes of one actor with at least `burst` of them.
fn bursts(
    reader: &Reader,
    actions: &[&(String, u64)],
    burst: u32,
    only: &str,
) -> Result<u64, Fault> {
    if actions.is_empty() {
        return Ok(0);
    }
    let marks = vec!["?"; actions.len()].join(", ");
    let values: Vec<Value> =
        actions.iter().map(|(action, _)| Value::from(action.as_str())).collect();
    let sql = format!(
        "SELECT coalesce(sum(calls), 0) FROM (
           SELECT count(*) AS calls FROM event WHERE plane = 'cloudtrail' AND ts IS NOT NULL AND action IN ({marks}) {only}
           GROUP BY actor, epoch_us(ts) // 600000000 HAVING count(*) >= {burst})"
    );
    reader.number(&sql, &values)
}

/// Returns true when `text` matches a pattern of `*` and plain letters.
pub(super) fn matches_glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

mod stamp;
#[cfg(test)]
mod tests;
