//! Answers over small made-up cases: counts, cited events, words, and what is left open.

use super::*;
use crate::criteria::evaluate::{Inputs, evaluate};
use crate::criteria::fixture::store_of;
use crate::criteria::library::Library;
use crate::criteria::rule::RuleTest;

/// A case as TOML: `facts`, `rows`, `sql`, as in the tests of rules.
fn answers_over(case: &str, chain: &[Statement]) -> Vec<Answer> {
    let test: RuleTest =
        toml::from_str(&format!("name = \"t\"\nverdict = \"gap\"\n{case}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path(), &test);
    let (facts, faults) = Facts::parse("case.toml", &test.facts);
    assert_eq!(faults, []);
    let (book, library) = (RuleBook::embedded().unwrap(), Library::default());
    let inputs =
        Inputs { facts: &facts, book: &book, library: &library, journal_stamp: "", cancel: None };
    let reader = store.reader().unwrap();
    let rules = evaluate(&reader, &inputs, &[]).unwrap().rules;
    let assessment = Assessment { rules, ..Assessment::default() };
    let asked =
        Asked { facts: &facts, book: &book, assessment: &assessment, evidence_chain: chain };
    let made = answers(&reader, &asked).unwrap();
    for (answer, question) in made.iter().zip(Question::ALL) {
        assert_eq!(answer.question, *question);
        if *question != Question::Custody {
            let run = assessment.rule(question.rule()).unwrap();
            assert_eq!(answer.verdict, run.verdict, "{question:?}");
        }
        assert!(!answer.says.to_lowercase().contains("complian"), "{}", answer.says);
        assert!(answer.limits.iter().any(|limit| limit.says.starts_with("cannot be shown")));
    }
    made
}

fn counts(answer: &Answer) -> Vec<(&'static str, u64, u64)> {
    answer
        .counts
        .iter()
        .filter(|count| count.count > 0)
        .map(|count| (count.label, count.count, count.exceptions))
        .collect()
}

fn statement(number: u8, verdict: crate::custody::Verdict) -> Statement {
    Statement { number, name: "sources", verdict, sentence: String::new(), details: Vec::new() }
}

const JUDGED: &str = r#"
facts = "[[scope.allow]]\naction = 's3:*'"
rows = [
  { in_agent_session = "s1", action = "s3:GetObject", resource = "arn:aws:s3:::b/o" },
  { in_agent_session = "s1", action = "iam:AttachRolePolicy", outcome = "success", line = 7 },
  { in_agent_session = "s2", action = "ec2:RunInstances" },
]
sql = """
INSERT INTO boundary_event VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO boundary_judged VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO boundary_answer VALUES (1, 'inside', 'scope.allow[1]', 'allowed'), (2, 'outside', 'scope.deny[1]', 'denied'),
  (3, 'undeclared', NULL, 'no entry matches')"""
"#;

#[test]
fn boundary_names_what_is_outside_first_in_the_words_of_the_trace() {
    let made = answers_over(JUDGED, &[]);
    let answer = &made[0];
    assert_eq!(answer.verdict, Verdict::Gap);
    assert_eq!(counts(answer), [("outside", 1, 1), ("undeclared", 1, 1), ("inside", 1, 0)]);
    let cited: Vec<(&str, &str)> =
        answer.cited.iter().map(|one| (one.label, one.why.as_str())).collect();
    let denied = ("outside", "outside, scope.deny[1]: denied");
    assert_eq!(cited, [denied, ("undeclared", "undeclared: no entry matches")]);
    assert_eq!((answer.population, answer.n_cited), (3, 2));
    let place = answer.cited[0].place.as_ref().unwrap();
    assert_eq!((place.source.as_str(), place.line), ("a.jsonl", 7));
    let sessions: Vec<(&str, &str, u64, u64)> = answer
        .sessions
        .iter()
        .map(|one| (one.session.as_str(), one.label, one.count, one.of))
        .collect();
    assert_eq!(sessions, [("s1", "outside", 1, 2), ("s2", "undeclared", 1, 1)]);
    assert_eq!(
        answer.says,
        "The records show 1 of 3 calls of agents outside of the declared boundary; no entry speaks about 1."
    );
}

#[test]
fn nothing_declared_is_told_and_never_counted() {
    let rows = r#"rows = [{ in_agent_session = "s1", action = "iam:AttachRolePolicy", outcome = "success" }]"#;
    let made = answers_over(rows, &[]);
    assert!(made.iter().all(|answer| answer.verdict == Verdict::CannotTell));
    let [first, second, third, fourth] = made.as_slice() else { panic!("four answers") };
    assert_eq!(
        first.says,
        "Cannot be told: scope.allow (or scope.deny, scope.policy) is not declared."
    );
    assert_eq!(second.waits_for, ["highrisk"]);
    assert_eq!(third.waits_for, ["scope.consequential"]);
    assert!(third.counts.is_empty() && third.population == 0);
    assert_eq!(counts(fourth), [("assumed", 1, 0)]);
    assert!(fourth.says.ends_with("`whytrail verify` checks it."), "{}", fourth.says);
}

#[test]
fn without_a_plane_that_could_hold_a_person_the_level_is_not_zero() {
    let case = r#"
facts = "[[scope.consequential]]\naction = 'iam:Attach*'"
rows = [{ in_agent_session = "s1", action = "iam:AttachRolePolicy", action_class = "admin", outcome = "success" }]"#;
    let made = answers_over(case, &[]);
    assert_eq!(made[2].verdict, Verdict::CannotTell);
    assert!(made[2].counts.is_empty() && !made[2].says.contains("V0"), "{}", made[2].says);
    assert!(made[2].says.starts_with("Cannot be told: no records of gateway"), "{}", made[2].says);
}

#[test]
fn oversight_has_a_level_per_call_and_the_time_a_person_had() {
    let case = r#"
facts = """
[[scope.consequential]]
action = "iam:*"
[[data.classes]]
resource = "arn:aws:s3:::payroll*"
class = "confidential"
"""
rows = [
  { in_agent_session = "s1", action = "s3:GetObject", action_class = "read", resource = "arn:aws:s3:::payroll/a", outcome = "success", ts = "2026-07-12 09:00:00" },
  { in_agent_session = "s1", plane = "gateway", kind = "approval", approval_state = "approved", approval_by = "bob", ts = "2026-07-12 09:01:00" },
  { in_agent_session = "s1", action = "iam:CreateRole", action_class = "admin", outcome = "success", ts = "2026-07-12 09:05:00" },
  { in_agent_session = "s2", action = "iam:DeleteRole", action_class = "delete", outcome = "success", ts = "2026-07-12 09:06:00" },
]"#;
    let made = answers_over(case, &[]);
    let answer = &made[2];
    assert_eq!(counts(answer), [("V0", 1, 1), ("V3", 1, 0)]);
    assert_eq!(answer.cited.len(), 1, "the call that nobody saw");
    let lowest: Vec<(&str, &str)> =
        answer.sessions.iter().map(|one| (one.session.as_str(), one.label)).collect();
    assert_eq!(lowest, [("s2", "V0"), ("s1", "V3")]);
    let fine = case.replace("iam:*", "iam:Create*");
    let made = answers_over(&fine, &[]);
    let one = &made[2].cited[0];
    assert_eq!((made[2].verdict, one.label), (Verdict::Supports, "V3"));
    assert_eq!(one.before.as_ref().unwrap().what, "s3:GetObject on payroll/a");
    assert_eq!(one.human.as_ref().unwrap().what, "approved by bob");
    assert_eq!(one.time_left, Some(240_000_000));
}

#[test]
fn calls_about_people_are_tied_by_identifier_by_session_or_not_at_all() {
    let case = r#"
facts = """
[[highrisk]]
agent = "screener"
points = ["4(a)"]
[[scope.consequential]]
action = "reject_*"
about_person = true
"""
rows = [
  { in_agent_session = "s1", plane = "gateway", kind = "tool_call", agent = "screener", tool = "rank", trace = "t1", outcome = "success" },
  { plane = "gateway", kind = "tool_call", tool = "reject_one", trace = "t1", outcome = "success" },
  { in_agent_session = "s1", plane = "gateway", kind = "tool_call", tool = "reject_two", outcome = "success" },
  { plane = "gateway", kind = "tool_call", tool = "reject_three", outcome = "success" },
  { plane = "gateway", kind = "tool_call", tool = "reject_four", outcome = "denied" },
  { in_agent_session = "s3", plane = "gateway", kind = "tool_call", agent = "other", tool = "credit_score", outcome = "success" },
]"#;
    let made = answers_over(case, &[]);
    let answer = &made[1];
    assert_eq!(counts(answer), [("traced", 1, 0), ("same-session", 1, 0), ("no-link", 1, 0)]);
    let mapped: Vec<(&str, u64)> =
        answer.mapped.iter().map(|one| (one.agent.as_str(), one.events)).collect();
    assert_eq!(mapped, [("screener", 1)]);
    let open: Vec<(&str, u64)> =
        answer.open.iter().map(|one| (one.filter.as_str(), one.events)).collect();
    assert_eq!(open, [("tool=\"credit_score\"", 1)], "{:?}", answer.open);
    assert!(answer.open[0].asks.contains("point 5 (essential services)"));
}

const STEPS: &str = r#"
rows = [
  { in_agent_session = "s1", plane = "gateway", kind = "tool_call", tool = "a", outcome = "denied" },
  { in_agent_session = "s1", action = "iam:AttachRolePolicy", action_class = "admin", outcome = "success" },
  { in_agent_session = "s1", plane = "gateway", kind = "tool_call", tool = "b" },
  { in_agent_session = "s1", action = "iam:CreateRole", action_class = "admin", outcome = "success" },
  { in_agent_session = "s1", action = "iam:CreateUser", action_class = "admin", outcome = "success" },
  { in_agent_session = "s1", action = "iam:DeleteUser", action_class = "delete", outcome = "success" },
]
sql = """
INSERT INTO link (a, b, grade, key, strength) VALUES (3, 4, '=', 'request id', 1), (3, 5, '~', 'near', 3);
INSERT INTO lead (id, rule, reason, evidence)
SELECT 'x', 'denied then done', 'refused, then done', string_agg(CAST(id AS VARCHAR), ' ' ORDER BY n) FROM event WHERE n <= 2"""
"#;

#[test]
fn every_step_of_the_data_chain_has_a_label_and_its_words() {
    let made = answers_over(STEPS, &[]);
    let answer = &made[3];
    let labels: Vec<(&str, &str)> =
        answer.cited.iter().map(|one| (one.label, one.why.as_str())).collect();
    assert_eq!(
        labels,
        [
            ("broken", "refused, then done"),
            ("assumed", "no record that asked for it is joined with it"),
            ("ordered", "joined with what asked for it by closeness in time only (~)"),
            ("bound", "tied by the request id"),
        ]
    );
    assert_eq!(answer.cited[3].before.as_ref().unwrap().what, "b");
    assert_eq!(answer.verdict, Verdict::Gap);
}

#[test]
fn evidence_chain_bars_the_answer_but_a_signature_is_a_choice() {
    use crate::custody::Verdict as Stated;
    let bound = r#"
rows = [
  { in_agent_session = "s1", plane = "gateway", kind = "tool_call", tool = "b" },
  { in_agent_session = "s1", action = "iam:CreateRole", action_class = "admin", outcome = "success" },
]
sql = "INSERT INTO link (a, b, grade, key, strength) VALUES (1, 2, '=', 'request id', 1)""#;
    let verdict = |chain: &[Statement]| answers_over(bound, chain)[3].verdict;
    let holds = statement(1, Stated::Holds);
    assert_eq!(verdict(&[]), Verdict::CannotTell, "nothing was checked");
    assert_eq!(verdict(&[holds.clone(), statement(3, Stated::NotShown)]), Verdict::Supports);
    assert_eq!(verdict(&[holds.clone(), statement(5, Stated::NotRun)]), Verdict::CannotTell);
    assert_eq!(verdict(&[holds.clone(), statement(5, Stated::False)]), Verdict::Gap);
    assert_eq!(verdict(&[holds, statement(3, Stated::False)]), Verdict::Gap);
}

#[test]
fn words_lead_back_to_questions() {
    for question in Question::ALL {
        assert_eq!(Question::from_word(question.as_str()), Some(*question));
        assert_eq!(Question::from_word(&question.number().to_string()), Some(*question));
        assert!(RuleBook::embedded().unwrap().rule(question.rule()).is_some());
    }
    assert_eq!(Question::from_word("5"), None);
}
