//! The Keys screen over the made-up case, and leads that are dismissed on the Overview.

use super::{check, check_not, harness, harness_of, harness_with};
use crate::tui::canned::Case;
use crate::tui::question::{Answer, Question};

#[test]
fn keys_are_listed_by_risk_and_sorted_otherwise_on_demand() {
    let mut harness = harness(80, 24);
    check(
        &mut harness,
        "9",
        &["KEYS AND SPEND   4 keys", ">AKIA..Q7RX", "NEW", "38x", "$212.40", "300/h"],
    );
    check(&mut harness, "", &["sorted by risk (S)   1 source tells no cost", "issued 2026-07-12"]);
    check(&mut harness, "g S", &["sorted by spend"]);
    check(&mut harness, "g", &[">sk-t..009f"]);
    check(&mut harness, "S S", &["sorted by last"]);
}

#[test]
fn job_opens_and_closes_and_a_key_leads_to_its_events() {
    let mut harness = harness(132, 43);
    check(&mut harness, "9 G", &["> 311 keys", "flagged: 311 short keys of one lineage"]);
    check(&mut harness, "<enter>", &["v 311 keys", "ASIA..0001", "ASIA..0002"]);
    check(&mut harness, "<enter>", &["> 311 keys"]);
    check_not(&mut harness, "ASIA..0001");
    check(&mut harness, "g w", &["issued within the records by iam:CreateAccessKey; 41 services"]);
    check(&mut harness, "<enter>", &["All > key AKIA..Q7RX"]);
}

#[test]
fn spend_is_told_by_each_way_with_how_it_is_known() {
    let mut harness = harness(80, 24);
    check(&mut harness, "9 <tab>", &["SPEND BY PERSON", "? not named", "$212.40", "recorded"]);
    check(&mut harness, "", &["neither cost nor tokens in: bedrock (3 calls)"]);
    check(&mut harness, "<enter>", &["the records do not name it"]);
    check(&mut harness, "<tab> <tab> <tab> <tab>", &["SPEND BY PROVIDER"]);
    check(&mut harness, "<tab>", &["KEYS AND SPEND"]);
}

#[test]
fn keys_that_come_before_the_rows_are_obeyed_when_the_rows_are_there() {
    for (screen, then, seen) in [
        ("2", "j", "2/"),
        ("3", "<enter>", "All > "),
        ("4", "<tab>", "All > "),
        ("5", "+", "All > "),
        ("7", "<enter>", "B1"),
        ("9", "<enter>", "All > "),
    ] {
        let mut harness = harness(80, 24);
        harness.hold().keys(screen).keys(then);
        let early = harness.screen();
        assert!(early.contains("done as soon as the rows are here"), "{screen} {then}\n{early}");
        check(harness.release(), "", &[seen]);
        check_not(&mut harness, "done as soon as");
    }
}

#[test]
fn keys_say_what_is_missing() {
    let mut failing = harness_with(|question| match question {
        Question::Keys(_) => Err(crate::store::Fault::Interrupted),
        other => Case::default().answer(other),
    });
    check(&mut failing, "9", &["Stopped before the keys were found"]);
    let mut empty = harness_with(|question| match question {
        Question::Keys(_) => Ok(Answer::Keys(Box::default())),
        other => Case::default().answer(other),
    });
    check(&mut empty, "9", &["KEYS AND SPEND   0 keys", "0 keys."]);
    check(&mut empty, "<enter>", &["there is no row to open"]);
}

#[test]
fn lead_is_dismissed_with_a_reason_stays_listed_on_demand_and_comes_back() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    check(&mut harness, "X", &["DISMISS session mcp:8f2c: denied, then done. Reason:"]);
    check(&mut harness, "d r i l l <enter>", &["Every lead is dismissed. Tab lists them"]);
    assert_eq!(acts.recv().unwrap(), "session mcp:8f2c: denied, then done set aside: drill");
    check(&mut harness, "<tab>", &["ALL LEADS", "dismissed: drill  (X takes it back)"]);
    check(
        &mut harness,
        "X <tab>",
        &["LOOK HERE FIRST", ">1  session mcp:8f2c", "denied, then done"],
    );
}
