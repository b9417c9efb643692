//! The Comply screen and one criterion over the made-up case.

use super::{check, check_not, harness, harness_of, harness_with};
use crate::tui::canned::Case;
use crate::tui::question::Question;

#[test]
fn matrix_says_what_each_criterion_comes_to_and_why() {
    let mut harness = harness(80, 24);
    check(&mut harness, "6", &["COMPLIANCE   every pack", "supports 1", "9 wait: d", "CC2.1"]);
    check(&mut harness, "", &["no exception among 4,145", "cannot be shown:"]);
    check(&mut harness, "<tab>", &["COMPLIANCE   soc2"]);
    check(&mut harness, "<tab>", &["COMPLIANCE   every pack"]);
    check_not(&mut harness, "compliant");
}

#[test]
fn criterion_lists_its_proposals_and_leads_to_their_events() {
    let mut harness = harness(132, 43);
    check(&mut harness, "6", &["9 wait for scope.allow"]);
    check(&mut harness, "6 j j", &["CC6.1", "1 exception of 14"]);
    check(&mut harness, "<enter>", &["asks:", "AUTHZ", "refused, and yet it ended in success"]);
    check(&mut harness, "<enter>", &["no event on this line"]);
    check(&mut harness, "<esc>", &["COMPLIANCE"]);
}

#[test]
fn proposal_is_confirmed_as_a_tag_with_the_criterion_or_struck_out_with_a_reason() {
    let (mut harness, acts) = harness_of(Case::default(), 132, 43);
    harness.keys("6 j j <enter>");
    for _ in 0..30 {
        if harness
            .screen()
            .lines()
            .any(|line| line.starts_with('>') && line.contains("refused, and yet"))
        {
            break;
        }
        harness.keys("j");
    }
    check(&mut harness, "t", &["soc2-CC6.1"]);
    let done: Vec<String> = acts.try_iter().collect();
    assert!(done.iter().any(|act| act.contains("soc2-CC6.1")), "{done:?}");
    check(&mut harness, "X", &["STRIKE OUT AUTHZ on"]);
    harness.text("a drill").keys("<enter>");
    let done: Vec<String> = acts.try_iter().collect();
    assert!(done.iter().any(|act| act.contains("a drill")), "{done:?}");
}

#[test]
fn own_verdict_needs_a_word_and_a_reason() {
    let mut harness = harness(80, 24);
    check(&mut harness, "6 m", &["YOUR VERDICT ON CC2.1"]);
    harness.text("fine by me");
    check(&mut harness, "<enter>", &["`fine` is no verdict"]);
    check(&mut harness, "m", &["YOUR VERDICT"]);
    harness.text("not-applicable");
    check(&mut harness, "<enter>", &["needs a reason"]);
    check(&mut harness, "m", &["YOUR VERDICT"]);
    harness.text("not-applicable no such system here");
    check(&mut harness, "<enter>", &["not-applicable (you)", "yours: no such system here"]);
}

#[test]
fn matrix_says_why_it_is_empty() {
    let mut failing = harness_with(|question| match question {
        Question::Comply => Err(crate::store::Fault::Interrupted),
        other => Case::default().answer(other),
    });
    check(&mut failing, "6", &["criteria"]);
    check(&mut failing, "<enter>", &["no criterion is listed"]);
}

#[test]
fn four_questions_are_answered_with_events_and_what_they_wait_for() {
    let mut harness = harness(80, 24);
    check(
        &mut harness,
        "6 a",
        &["THE FOUR QUESTIONS", "1  Was the access", "gap: The records show 1"],
    );
    check(&mut harness, "", &["outside", "outside, scope.deny[1]: denied", "limit  B1: edge-1"]);
    check(&mut harness, "<enter>", &["no event on this line"]);
    for _ in 0..20 {
        let screen = harness.screen();
        if screen.lines().any(|line| line.starts_with('>') && line.contains("AttachRolePolicy")) {
            break;
        }
        harness.keys("j");
    }
    check(&mut harness, "<enter>", &["EVENT"]);
    check(&mut harness, "<esc> G", &["scope.consequential is not declared"]);
    check(&mut harness, "<esc>", &["COMPLIANCE"]);
    check_not(&mut harness, "compliant");
}

#[test]
fn fact_is_declared_in_the_form_with_a_reason_or_without() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    check(&mut harness, "6 d", &["DECLARED FACTS", ">role", "deployer", "9 criteria wait for it"]);
    check(&mut harness, "<enter>", &["DECLARE role:", "> deployer", "covered entity"]);
    check(&mut harness, "<ctrl-u>", &["DECLARE role:"]);
    harness.text("provider").keys("<enter>");
    check(&mut harness, "", &["DECLARE role. Reason"]);
    harness.text("contract C-7").keys("<enter>");
    let done: Vec<String> = acts.try_iter().collect();
    assert_eq!(done, ["role declared provider: contract C-7"]);
    for _ in 0..60 {
        let screen = harness.screen();
        if screen.lines().any(|line| line.starts_with(">scope.allow")) {
            break;
        }
        harness.keys("j");
    }
    check(&mut harness, "", &["scope.allow: action = "]);
    check(&mut harness, "<enter>", &["DECLARE scope.allow:"]);
    harness.text("action = \"s3:*\"").keys("<enter> <enter>");
    let done: Vec<String> = acts.try_iter().collect();
    assert_eq!(done, ["scope.allow declared action = \"s3:*\": no reason"]);
}

/// Puts the cursor on the line of a key.
fn on_line(harness: &mut crate::tui::harness::Harness, key: &str) {
    let begin = format!(">{key}");
    for _ in 0..60 {
        if harness.screen().lines().any(|line| line.starts_with(&begin)) {
            return;
        }
        harness.keys("j");
    }
    panic!("no line {key}: {}", harness.screen());
}

#[test]
fn refused_fact_keeps_what_was_typed_and_tells_the_whole_reason() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    harness.keys("6 d <enter> <ctrl-u>");
    harness.text("\"provider").keys("<enter>");
    harness.text("contract C-7").keys("<enter>");
    check(&mut harness, "", &["DECLARE role:", "> \"provider", "is no value of TOML"]);
    check(&mut harness, "", &["is written as `agent = \"...\"`", "what you typed is still here"]);
    assert_eq!(acts.try_iter().count(), 0, "nothing was declared");
    harness.text("\"").keys("<enter>");
    check(&mut harness, "", &["DECLARE role. Reason", "> contract C-7"]);
    harness.keys("<enter>");
    let done: Vec<String> = acts.try_iter().collect();
    assert_eq!(done, ["role declared \"provider\": contract C-7"]);
    check(&mut harness, "", &["DECLARED FACTS"]);
}

#[test]
fn single_entry_is_changed_added_and_taken_out_for_a_reason() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    harness.keys("6 d");
    on_line(&mut harness, "scope.deny[1]");
    check(&mut harness, "", &["scope.deny[1]: { action", "a add", "X take out"]);
    check(&mut harness, "<enter>", &["DECLARE scope.deny[1]:", "> action = \"iam:*\", reason"]);
    harness.keys("<ctrl-u>").text("action = \"sts:*\"").keys("<enter> <enter>");
    check(&mut harness, "a", &["DECLARE scope.deny:"]);
    harness.text("action = \"kms:*\"").keys("<enter> <enter>");
    check(&mut harness, "X", &["TAKE OUT scope.deny[1]. Reason:"]);
    check(&mut harness, "<enter>", &["nothing typed, nothing done"]);
    harness.keys("X").text("drawn too wide").keys("<enter>");
    let done: Vec<String> = acts.try_iter().collect();
    assert_eq!(
        done,
        [
            "scope.deny[1] declared action = \"sts:*\": no reason",
            "scope.deny declared action = \"kms:*\": no reason",
            "scope.deny[1] taken out: drawn too wide",
        ]
    );
    check(&mut harness, "u", &["a declared fact is not undone"]);
    check(&mut harness, "g a", &["`role` is one value and no list"]);
    on_line(&mut harness, "scope.allow");
    check(&mut harness, "X", &["nothing is declared on this line"]);
    on_line(&mut harness, "thresholds.clock_skew");
    check(&mut harness, "X", &["nothing is declared on this line"]);
}

#[test]
fn filter_narrows_what_is_counted_and_everything_stays_beside_it() {
    let mut harness = harness(80, 24);
    check(&mut harness, "6 j j", &["gap", "AUTHZ"]);
    check_not(&mut harness, "under the filter");
    check(&mut harness, "3 j <tab> 6", &["(f)", "everything: gap, 1 of 14", "under the filter: "]);
    harness.keys("F");
    check_not(&mut harness, "under the filter");
}
