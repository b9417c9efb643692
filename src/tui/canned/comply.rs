//! What rules and criteria come to in the made-up case.

use crate::criteria::Verdicts;
use crate::criteria::ask::{Answer, Cited, Count, Limit, Question};
use crate::criteria::assess::{Assessment, CriterionLine};
use crate::criteria::facts::Facts;
use crate::criteria::form::{self, FormLine};
use crate::criteria::needs::Waiting;
use crate::criteria::verdict::{CriterionRun, Instance, RuleRun, Verdict};
use crate::criteria::{Criterion, Library, Strength};
use crate::model::{EventId, Micros, Outcome, Plane};

fn run(rule: &str, verdict: Verdict, population: u64, why: &str) -> RuleRun {
    let is_gap = verdict == Verdict::Gap;
    RuleRun {
        rule: rule.to_owned(),
        version: "1.0.0".to_owned(),
        verdict,
        strength: Strength::Strong,
        population,
        excluded: Vec::new(),
        exceptions: u64::from(is_gap),
        unknown: 0,
        reasons: if is_gap { Vec::new() } else { vec![why.to_owned()] },
        waits_for: if why.contains("declared") {
            vec!["scope.allow".to_owned()]
        } else {
            Vec::new()
        },
        spots: Vec::new(),
        instances: if is_gap {
            vec![Instance {
                item: "1".to_owned(),
                event: Some(EventId(3)),
                time: Some(Micros(super::START)),
                why: why.to_owned(),
            }]
        } else {
            Vec::new()
        },
        unknowns: Vec::new(),
        stamp: String::new(),
    }
}

/// Returns the criteria of `soc2` with three rules behind them.
pub(super) fn assessment() -> Assessment {
    let rules = vec![
        run("AUTHZ", Verdict::Gap, 14, "refused, and yet it ended in success"),
        run("SCOPE", Verdict::CannotTell, 0, "`scope.allow` is not declared"),
        run("SIX", Verdict::Supports, 4145, ""),
    ];
    let library = Library::embedded().unwrap_or_default();
    let soc2 = library.criteria().filter(|criterion| criterion.pack == "soc2");
    let lines = soc2.map(|criterion| line(criterion, &rules)).collect();
    let waiting = vec![Waiting {
        key: "scope.allow|scope.deny".to_owned(),
        rules: vec!["SCOPE".to_owned()],
        n_criteria: 9,
    }];
    Assessment { lines, rules, waiting }
}

fn line(criterion: &Criterion, rules: &[RuleRun]) -> CriterionLine {
    let mut spoken: Vec<&RuleRun> =
        rules.iter().filter(|run| criterion.rules.contains(&run.rule)).collect();
    spoken.sort_by_key(|run| run.verdict);
    let names: Vec<String> = spoken.iter().map(|run| run.rule.clone()).collect();
    CriterionLine {
        criterion: criterion.clone(),
        verdicts: Verdicts::Evidence,
        not_before: None,
        proposed: spoken.iter().map(|run| run.exceptions).sum(),
        tagged: 0,
        why: spoken.first().map_or("no rule reads it", |run| run.rule.as_str()).to_owned(),
        run: CriterionRun {
            pack: criterion.pack.clone(),
            criterion: criterion.id.clone(),
            verdict: Verdict::of_all(spoken.iter().map(|run| run.verdict)),
            population: spoken.iter().map(|run| run.population).max().unwrap_or(0),
            exceptions: spoken.iter().map(|run| run.exceptions).sum(),
            rules: names,
            unknown_rules: Vec::new(),
        },
    }
}

/// Returns answers to the four questions: the first shows a gap, the others wait.
pub(super) fn answers() -> Vec<Answer> {
    let mut answers: Vec<Answer> =
        Question::ALL.iter().map(|question| waiting(*question)).collect();
    if let Some(first) = answers.first_mut() {
        first.verdict = Verdict::Gap;
        first.says =
            "The records show 1 of 14 calls of agents outside of the declared boundary.".to_owned();
        first.population = 14;
        first.counts = vec![Count {
            label: "outside",
            means: "denied, or past a limit of what is allowed",
            count: 1,
            exceptions: 1,
        }];
        first.cited = vec![cited()];
        first.n_cited = 1;
        first.waits_for = Vec::new();
    }
    answers
}

fn waiting(question: Question) -> Answer {
    Answer {
        question,
        verdict: Verdict::CannotTell,
        says: "Cannot be told: scope.consequential is not declared.".to_owned(),
        population: 0,
        unit: "calls of agents",
        counts: Vec::new(),
        cited: Vec::new(),
        n_cited: 0,
        sessions: Vec::new(),
        n_sessions: 0,
        mapped: Vec::new(),
        open: Vec::new(),
        evidence_chain: Vec::new(),
        limits: vec![Limit { spot: Some(1), says: "edge-1 was silent".to_owned() }],
        waits_for: vec!["scope.consequential".to_owned()],
    }
}

fn cited() -> Cited {
    Cited {
        event: EventId(3),
        label: "outside",
        why: "outside, scope.deny[1]: denied".to_owned(),
        time: Some(Micros(super::START)),
        plane: Plane::CloudTrail,
        who: "alice/8f2c".to_owned(),
        action: "iam:AttachRolePolicy".to_owned(),
        target: "role/ci-deploy".to_owned(),
        outcome: Outcome::Success,
        session: Some("8f2c".to_owned()),
        place: None,
        before: None,
        human: None,
        time_left: None,
    }
}

/// Returns the form of a case with one fact.
pub(super) fn form() -> Vec<FormLine> {
    let text = "role = \"deployer\"\n[[scope.deny]]\naction = \"iam:*\"\nreason = \"rights change by review\"\n";
    let (facts, _) = Facts::parse("case.toml", text);
    form::lines(text, &facts, &assessment().waiting)
}

/// Returns the same criteria as a filter that keeps nothing refused leaves them.
pub(super) fn narrowed() -> Assessment {
    let mut narrowed = assessment();
    for line in &mut narrowed.lines {
        line.run.population = line.run.population.min(3);
        line.run.exceptions = 0;
        line.run.verdict = line.run.verdict.max(Verdict::CannotTell);
    }
    narrowed
}
