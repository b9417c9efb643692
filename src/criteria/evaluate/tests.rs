//! Runs the tests that rules carry, each over a store of its own, and what holds for every rule.

use std::collections::BTreeSet;

use super::*;
use crate::criteria::fixture::store_of;
use crate::criteria::pack::Pack;
use crate::criteria::rule::RuleTest;

/// Runs one test of a rule, with the rules it rests on.
fn run_of(rule: &Rule, test: &RuleTest) -> RuleRun {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path(), test);
    let whole = RuleBook::embedded().unwrap();
    let mut book = RuleBook::default();
    book.add(rule.clone()).unwrap();
    for other in &rule.rests_on {
        let other = whole.rule(other).unwrap_or_else(|| panic!("{} rests on {other}", rule.id));
        book.add(other.clone()).unwrap();
    }
    let (facts, faults) = Facts::parse("case.toml", &test.facts);
    assert_eq!(faults, [], "{} `{}`", rule.id, test.name);
    let library = Library::default();
    let inputs =
        Inputs { facts: &facts, book: &book, library: &library, journal_stamp: "", cancel: None };
    let made = evaluate(&store.reader().unwrap(), &inputs, &[]).unwrap();
    made.rule(&rule.id).unwrap().clone()
}

#[test]
fn every_rule_comes_to_what_its_tests_say_and_has_one_for_each_verdict() {
    let mut wrong = Vec::new();
    for rule in RuleBook::embedded().unwrap().rules() {
        let verdicts: BTreeSet<&str> =
            rule.tests.iter().map(|test| test.verdict.as_str()).collect();
        for verdict in ["supports", "gap", "cannot-tell"] {
            if !verdicts.contains(verdict) {
                wrong.push(format!("{}: no test comes to {verdict}", rule.id));
            }
        }
        for test in &rule.tests {
            let run = run_of(rule, test);
            if run.verdict.as_str() != test.verdict || run.exceptions != test.exceptions {
                wrong.push(format!(
                    "{} `{}`: {} with {} exceptions, not {} with {}; {:?} {:?}",
                    rule.id,
                    test.name,
                    run.verdict.as_str(),
                    run.exceptions,
                    test.verdict,
                    test.exceptions,
                    run.reasons,
                    run.instances.iter().map(|one| &one.why).collect::<Vec<_>>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_that_a_pack_names_is_there_and_each_says_what_it_cannot_show() {
    let book = RuleBook::embedded().unwrap();
    assert_eq!(book.rules().len(), 39);
    for criterion in Library::embedded().unwrap().criteria() {
        for rule in &criterion.rules {
            assert!(book.rule(rule).is_some(), "{} {rule}", criterion.id);
        }
    }
    for rule in book.rules() {
        assert!(!rule.cannot_show.is_empty() && rule.asks.ends_with('?'), "{}", rule.id);
        for text in [&rule.title, &rule.asks, &rule.cannot_show] {
            let text = text.to_lowercase();
            let mut words = text.split(|letter: char| !letter.is_alphabetic());
            assert!(
                !words.any(|word| ["compliant", "violated", "proved"].contains(&word)),
                "{}",
                rule.id
            );
        }
    }
}

const HOUSE: &str = r#"
[rule]
id = "HOUSE"
version = "1.0.0"
title = "t"
asks = "a?"
strength = "strong"
severity = "low"
cannot_show = "c"
population = "SELECT CAST(id AS VARCHAR) AS item, n FROM ev"
exception = "SELECT item, n, 'denied' AS why FROM population JOIN ev USING (n) WHERE outcome = 'denied'"
"#;

/// Runs a changed house rule over one plain event.
fn house(from: &str, to: &str) -> RuleRun {
    let test = RuleTest {
        name: String::new(),
        verdict: String::new(),
        exceptions: 0,
        facts: String::new(),
        rows: vec![toml::Table::new()],
        sql: String::new(),
    };
    run_of(&Rule::parse("house.toml", &HOUSE.replace(from, to)).unwrap(), &test)
}

#[test]
fn rule_that_is_wrong_or_writes_cannot_tell_and_harms_nothing() {
    assert_eq!(house("", "").verdict, Verdict::Supports);
    let wrong = house("SELECT item, n, 'denied'", "SELECT item, n, no_such_column");
    assert_eq!(wrong.verdict, Verdict::CannotTell);
    assert!(wrong.reasons[0].contains("cannot be run"), "{:?}", wrong.reasons);
    for attempt in [
        "FROM (DELETE FROM event RETURNING n)",
        "SELECT 1 AS item, 1 AS n) SELECT 1",
        "WITH gone AS (DELETE FROM event RETURNING n) SELECT 'a' AS item, n FROM gone",
        "FROM read_csv('/etc/passwd')",
    ] {
        let run = house("SELECT CAST(id AS VARCHAR) AS item, n FROM ev", attempt);
        assert_eq!(run.verdict, Verdict::CannotTell, "{attempt}");
    }
}

#[test]
fn blind_spot_on_a_plane_bars_support_but_hides_no_gap() {
    let spot = "INSERT INTO blind_spot (key, number, kind, grade, certainty, plane, title, detail, forbids, events, filter)
                VALUES ('k', 1, 'silence', 'HIGH', 'certain', 'gateway', 't', 'd', 'f', 0, '')";
    let test = |outcome: &str| RuleTest {
        name: String::new(),
        verdict: String::new(),
        exceptions: 0,
        facts: String::new(),
        rows: vec![toml::from_str(&format!("outcome = '{outcome}'")).unwrap()],
        sql: spot.to_owned(),
    };
    let rule = |bars: &str| {
        let changed = HOUSE.replace("cannot_show", &format!("bars = [{bars}]\ncannot_show"));
        Rule::parse("house.toml", &changed).unwrap()
    };
    let barred = run_of(&rule("\"gateway\""), &test("success"));
    assert_eq!((barred.verdict, barred.spots.as_slice()), (Verdict::CannotTell, &[1][..]));
    assert_eq!(run_of(&rule("\"mcp\""), &test("success")).verdict, Verdict::Supports);
    assert_eq!(run_of(&rule("\"gateway\""), &test("denied")).verdict, Verdict::Gap);
}

#[test]
fn run_is_made_again_only_when_its_inputs_changed() {
    let folder = tempfile::tempdir().unwrap();
    let test = RuleTest {
        name: String::new(),
        verdict: String::new(),
        exceptions: 0,
        facts: String::new(),
        rows: vec![toml::Table::new()],
        sql: String::new(),
    };
    let store = store_of(folder.path(), &test);
    let mut book = RuleBook::default();
    book.add(Rule::parse("house.toml", HOUSE).unwrap()).unwrap();
    let reads =
        HOUSE.replace("HOUSE", "READS").replace("cannot_show", "reads_journal = true\ncannot_show");
    book.add(Rule::parse("reads.toml", &reads).unwrap()).unwrap();
    let (facts, library) = (Facts::default(), Library::default());
    let evaluated = |stamp: &str, before: &[RuleRun]| {
        let inputs = Inputs {
            facts: &facts,
            book: &book,
            library: &library,
            journal_stamp: stamp,
            cancel: None,
        };
        evaluate(&store.reader().unwrap(), &inputs, before).unwrap().rules
    };
    let mut first = evaluated("1", &[]);
    // Marks that tell whether a run was taken over or made again.
    for run in &mut first {
        run.reasons = vec!["kept".to_owned()];
    }
    let second = evaluated("2", &first);
    let kept: Vec<(&str, bool)> =
        second.iter().map(|run| (run.rule.as_str(), !run.reasons.is_empty())).collect();
    assert_eq!(kept, [("HOUSE", true), ("READS", false)]);
}

#[test]
fn technique_is_observed_by_its_cues_and_never_supported_into_existence() {
    let folder = tempfile::tempdir().unwrap();
    let test = RuleTest {
        name: String::new(),
        verdict: String::new(),
        exceptions: 0,
        facts: String::new(),
        rows: vec![toml::from_str("action = 'cloudtrail:StopLogging'").unwrap()],
        sql: String::new(),
    };
    let store = store_of(folder.path(), &test);
    let mut library = Library::default();
    for pack in Library::embedded().unwrap().packs() {
        if pack.verdicts == Verdicts::Behavior {
            library.add(Pack::clone(pack)).unwrap();
        }
    }
    let (facts, book) = (Facts::default(), RuleBook::default());
    let inputs =
        Inputs { facts: &facts, book: &book, library: &library, journal_stamp: "", cancel: None };
    let made = evaluate(&store.reader().unwrap(), &inputs, &[]).unwrap();
    let verdict =
        |end: &str| made.criteria.iter().find(|run| run.criterion.ends_with(end)).unwrap().verdict;
    assert_eq!(verdict("T1685.002"), Verdict::Gap);
    assert!(made.criteria.iter().any(|run| run.verdict != Verdict::Gap));
}

#[test]
fn every_rule_over_events_of_agents_runs_again_when_agents_are_declared() {
    let case = Case { planes: BTreeMap::new(), spots: Vec::new(), stamp: String::new() };
    let (book, library) = (RuleBook::embedded().unwrap(), Library::embedded().unwrap());
    let stamps = |facts: &Facts| -> Vec<(String, String)> {
        let inputs =
            Inputs { facts, book: &book, library: &library, journal_stamp: "", cancel: None };
        let over_agents = book
            .rules()
            .iter()
            .filter(|rule| rule.texts().any(|text| text.contains("agent_event")));
        over_agents.map(|rule| (rule.id.clone(), base(rule, &inputs, &case))).collect()
    };
    let (declared, faults) = Facts::parse("x", "[[scope.agents]]\nagent = \"*\"\n");
    assert!(faults.is_empty());
    let (before, after) = (stamps(&Facts::default()), stamps(&declared));
    assert!(before.len() > 10, "{before:?}");
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before, after);
    }
}
