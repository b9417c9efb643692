//! An assessment of a case: rules run where something changed, kept where the case can be written, and combined into
//! the lines that screens, tables and reports show. One way for all of them, so that they cannot disagree.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::ask::{self, Answer, Asked};
use super::book::RuleBook;
use super::evaluate::{self, Evaluation, Inputs};
use super::facts::Facts;
use super::form::{self, FormLine};
use super::kept;
use super::library::Library;
use super::needs::{self, Waiting};
use super::pack::{Applies, Criterion, Verdicts, applies_on};
use super::stage;
use super::verdict::{CriterionRun, RuleRun, Verdict};
use crate::clock::Lap;
use crate::custody::Statement;
use crate::query::filter::Filter;
use crate::query::{export, sql};
use crate::store::{Cancel, Fault, Reader, Store};

/// Declared facts as written and as understood.
#[derive(Debug, Clone, Default)]
pub struct Held {
    pub text: String,
    pub facts: Facts,
}

/// The facts that hold now, shared by those who change them and those who read them.
#[derive(Debug, Clone, Default)]
pub struct SharedFacts(Arc<RwLock<Arc<Held>>>);

impl SharedFacts {
    /// Returns the facts that hold now.
    pub fn get(&self) -> Arc<Held> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets other facts hold from now on.
    pub fn put(&self, held: Held) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
    }
}

/// Assesses one case.
#[derive(Debug, Clone)]
pub struct Assessor {
    pub store: Arc<Store>,
    pub library: Arc<Library>,
    pub book: Arc<RuleBook>,
    pub facts: SharedFacts,
    /// Whether runs may be kept in the case.
    pub is_writable: bool,
}

/// One criterion with what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionLine {
    pub criterion: Criterion,
    /// What its pack's verdicts speak about.
    pub verdicts: Verdicts,
    pub run: CriterionRun,
    /// The date before which it does not apply, when the last event of the case lies before it.
    pub not_before: Option<jiff::civil::Date>,
    /// Events that a rule proposes, and events that a person tagged with it.
    pub proposed: u64,
    pub tagged: u64,
    /// In a few words what decided.
    pub why: String,
}

impl CriterionLine {
    /// Returns the word of a verdict as its pack speaks.
    pub const fn word(&self, verdict: Verdict) -> &'static str {
        match self.verdicts {
            Verdicts::Behavior => verdict.as_behavior(),
            Verdicts::Evidence => verdict.as_str(),
        }
    }
}

/// A case as assessed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessment {
    /// In the order of packs and their criteria.
    pub lines: Vec<CriterionLine>,
    /// By rule.
    pub rules: Vec<RuleRun>,
    /// Facts that rules wait for, those most waited for first.
    pub waiting: Vec<Waiting>,
}

impl Assessment {
    /// Returns the run of a rule.
    pub fn rule(&self, id: &str) -> Option<&RuleRun> {
        self.rules.iter().find(|run| run.rule == id)
    }

    /// Returns the line of a criterion.
    pub fn line(&self, id: &str) -> Option<&CriterionLine> {
        self.lines.iter().find(|line| line.criterion.id == id)
    }

    /// Returns the runs that speak to a criterion, gravest first.
    pub fn rules_of<'a>(&'a self, line: &'a CriterionLine) -> impl Iterator<Item = &'a RuleRun> {
        line.run.rules.iter().filter_map(|rule| self.rule(rule))
    }
}

impl Assessor {
    /// Assesses the case as it is now.
    pub fn assess(&self, reader: &Reader, cancel: Option<&Cancel>) -> Result<Assessment, Fault> {
        let mut lap = Lap::default();
        let before = kept::kept(reader)?;
        let stamp = stage::journal_stamp(reader)?;
        let held = self.facts.get();
        let inputs = Inputs {
            facts: &held.facts,
            book: &self.book,
            library: &self.library,
            journal_stamp: &stamp,
            cancel,
        };
        tracing::info!(part = "kept runs", millis = lap.millis(), "criteria");
        let evaluation = evaluate::evaluate(reader, &inputs, &before)?;
        tracing::info!(part = "rules", millis = lap.millis(), "criteria");
        // A tag that came in between may be in some runs and not in others.
        if self.is_writable && stage::journal_stamp(reader)? == stamp {
            self.keep(&before, &evaluation.rules);
        }
        tracing::info!(part = "keeping", millis = lap.millis(), "criteria");
        self.lines(reader, evaluation, &held.facts)
    }

    /// Keeps the runs for the next question. They can be made again at any time, so a database that is busy with the
    /// same runs for another question takes nothing from the answer.
    fn keep(&self, before: &[RuleRun], now: &[RuleRun]) {
        if before == now {
            return;
        }
        let kept = self.store.writer().and_then(|mut writer| kept::keep(&mut writer, before, now));
        if let Err(fault) = kept {
            tracing::warn!(%fault, "the runs of the rules are not kept");
        }
    }

    /// Assesses the items whose event a filter keeps, beside `whole`.
    pub fn assess_under(
        &self,
        reader: &Reader,
        whole: &Assessment,
        filter: &Filter,
        cancel: Option<&Cancel>,
    ) -> Result<Assessment, Fault> {
        let held = self.facts.get();
        let inputs = Inputs {
            facts: &held.facts,
            book: &self.book,
            library: &self.library,
            journal_stamp: &stage::journal_stamp(reader)?,
            cancel,
        };
        let condition = sql::resolved(reader, filter);
        let evaluation = evaluate::under(reader, &inputs, &whole.rules, &condition)?;
        self.lines(reader, evaluation, &held.facts)
    }

    /// Answers the four questions about the case as it is now. `evidence_chain` is what was stated of the evidence last.
    pub fn answer(
        &self,
        reader: &Reader,
        evidence_chain: &[Statement],
        cancel: Option<&Cancel>,
    ) -> Result<Vec<Answer>, Fault> {
        let assessment = self.assess(reader, cancel)?;
        let held = self.facts.get();
        let (facts, book) = (&held.facts, &self.book);
        ask::answers(reader, &Asked { facts, book, assessment: &assessment, evidence_chain })
    }

    /// Returns the declared facts as a form.
    pub fn form(&self) -> Vec<FormLine> {
        let held = self.facts.get();
        let waiting = needs::waiting(&held.facts, &self.book, &self.library);
        form::lines(&held.text, &held.facts, &waiting)
    }

    fn lines(
        &self,
        reader: &Reader,
        evaluation: Evaluation,
        facts: &Facts,
    ) -> Result<Assessment, Fault> {
        let last = export::case_facts(reader)?.span.map(|(_, last)| last);
        let tagged = tagged(reader)?;
        let Evaluation { rules, criteria } = evaluation;
        let waiting = needs::waiting(facts, &self.book, &self.library);
        let mut runs: BTreeMap<String, CriterionRun> =
            criteria.into_iter().map(|run| (run.criterion.clone(), run)).collect();
        let mut lines = Vec::new();
        for pack in self.library.packs() {
            for criterion in &pack.criteria {
                let Some(run) = runs.remove(&criterion.id) else { continue };
                let not_before = match last.map(|last| applies_on(criterion, last)) {
                    Some(Applies::From(date)) => Some(date),
                    Some(Applies::Now) | None => None,
                };
                let proposed = run.rules.iter().filter_map(|id| find(&rules, id));
                lines.push(CriterionLine {
                    criterion: criterion.clone(),
                    verdicts: pack.verdicts,
                    not_before,
                    proposed: proposed.map(|rule| rule.exceptions).sum(),
                    tagged: tagged.get(&criterion.id).copied().unwrap_or(0),
                    why: why(&run, &rules),
                    run,
                });
            }
        }
        Ok(Assessment { lines, rules, waiting })
    }
}

fn find<'r>(rules: &'r [RuleRun], id: &str) -> Option<&'r RuleRun> {
    rules.iter().find(|run| run.rule == id)
}

fn tagged(reader: &Reader) -> Result<BTreeMap<String, u64>, Fault> {
    let rows = reader.rows(
        "SELECT criterion, count(DISTINCT event) FROM tag WHERE criterion IS NOT NULL GROUP BY criterion",
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.text(0), row.count(1))).collect())
}

/// Returns in a few words what decided: the gravest rule and its reason.
fn why(run: &CriterionRun, rules: &[RuleRun]) -> String {
    if run.rules.is_empty() && run.unknown_rules.is_empty() {
        return match run.exceptions {
            0 => "no rule reads it: a person answers".to_owned(),
            calls => format!("{calls} calls that are cues"),
        };
    }
    let first = run.rules.first().and_then(|rule| find(rules, rule));
    let told = first.map(|rule| match rule.verdict {
        Verdict::Gap if rule.exceptions > 0 => {
            format!("{}: {} of {}", rule.rule, rule.exceptions, rule.population)
        }
        Verdict::Supports => format!("{}: none of {}", rule.rule, rule.population),
        Verdict::Gap | Verdict::CannotTell | Verdict::NotApplicable => {
            format!("{}: {}", rule.rule, rule.reasons.first().map_or("", String::as_str))
        }
    });
    let unknown = (!run.unknown_rules.is_empty())
        .then(|| format!("no such rule: {}", run.unknown_rules.join(" ")));
    told.into_iter().chain(unknown).collect::<Vec<_>>().join(", ")
}
