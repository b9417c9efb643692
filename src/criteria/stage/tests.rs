//! What is kept on a connection and in a case must be what would be made from nothing, whatever a person does.

use super::*;
use crate::criteria::book::RuleBook;
use crate::criteria::evaluate::{Inputs, evaluate};
use crate::criteria::fixture::store_of;
use crate::criteria::kept;
use crate::criteria::library::Library;
use crate::criteria::rule::{Rule, RuleTest};
use crate::criteria::verdict::RuleRun;
use crate::store::{Store, Writer};

const APPROVERS: &str = "[people]\napprovers = [{ person = \"b@corp.example\" }]\n";
const AGENTS: &str = "[[scope.agents]]\nagent = \"role/*\"\n";

/// A rule that reads tags itself, and one that leans on it.
const HOUSE: &str = r#"
[rule]
id = "HOUSE"
version = "1.0.0"
title = "t"
asks = "a?"
strength = "strong"
severity = "low"
reads_journal = true
cannot_show = "c"
population = "SELECT CAST(id AS VARCHAR) AS item, n FROM ev"
exception = "SELECT item, n, tag.text AS why FROM population JOIN ev USING (n) JOIN tag ON tag.event = ev.id"
"#;
const LEANS: &str = r#"
[rule]
id = "LEANS"
version = "1.0.0"
title = "t"
asks = "a?"
strength = "strong"
severity = "low"
rests_on = ["HOUSE"]
cannot_show = "c"
population = "SELECT CAST(id AS VARCHAR) AS item, n FROM ev"
exception = "SELECT item, n, 'w' AS why FROM population WHERE false"
"#;

fn case() -> RuleTest {
    let row = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
    RuleTest {
        name: String::new(),
        verdict: String::new(),
        exceptions: 0,
        facts: String::new(),
        rows: vec![
            row("in_agent_session = 's1'\nplane = 'gateway'\nkind = 'tool_call'\ntool = 't'\noutcome = 'denied'"),
            row("in_agent_session = 's1'\naction = 'iam:AttachRolePolicy'\naction_class = 'admin'\noutcome = 'success'"),
            row("in_agent_session = 's2'\naction = 'iam:DeleteRole'\naction_class = 'delete'\noutcome = 'success'"),
            row("actor = 'role/x'\nsession = 's3'\naction = 'iam:CreateUser'\naction_class = 'admin'\noutcome = 'success'"),
            row("actor = 'user/ops'\naction = 'cloudtrail:UpdateTrail'\noutcome = 'success'"),
            row("actor = 'user/x'\naction = 'logs:DeleteLogGroup'\noutcome = 'success'"),
            row("plane = 'mcp'\nkind = 'tool_call'\ntool = 't'\noutcome = 'error'"),
        ],
        sql: "
            INSERT INTO meta VALUES ('derived', 'd1');
            INSERT INTO session (id, kind) VALUES ('s3', 'svc');
            INSERT INTO session_key VALUES ('s3', 's3');
            INSERT INTO session_guest VALUES (4, 's2', '+'), (6, 's1', '~');
            INSERT INTO link VALUES (1, 2, '~', 'near', 'r', 'r', 'observed', 'observed', 3);
            INSERT INTO event (n, id, source, ts, plane, kind, actor, action, outcome, error_code, payload)
            SELECT 100 + i, CAST('00000000-0000-8000-8000-000000000' || (100 + i) AS UUID), 1,
                   TIMESTAMP '2026-07-12 10:03:00' + to_seconds(i * 20), 'cloudtrail', 'api', 'user/a', 'iam:CreateUser', 'denied',
                   'AccessDenied', '{}'
            FROM range(24) r(i)"
            .to_owned(),
    }
}

fn book() -> RuleBook {
    let mut book = RuleBook::default();
    for rule in RuleBook::embedded().unwrap().rules().iter().filter(|rule| rule.reads_journal) {
        book.add(rule.clone()).unwrap();
    }
    assert_eq!(book.rules().len(), 4);
    book.add(Rule::parse("house.toml", HOUSE).unwrap()).unwrap();
    book.add(Rule::parse("leans.toml", LEANS).unwrap()).unwrap();
    book
}

fn evaluated(reader: &Reader, book: &RuleBook, facts: &Facts, before: &[RuleRun]) -> Vec<RuleRun> {
    let (library, journal) = (Library::default(), journal_stamp(reader).unwrap());
    let inputs = Inputs { facts, book, library: &library, journal_stamp: &journal, cancel: None };
    evaluate(reader, &inputs, before).unwrap().rules
}

/// Puts on or takes off a tag or note, the same for the same number.
fn act(writer: &mut Writer, number: u64) -> String {
    let event = match number % 12 {
        small @ 0..7 => small + 1,
        other => 96 + other,
    };
    // The store that counts through an old tag's number after another was struck out must see a change.
    let sql = match (number / 12) % 6 {
        0 => format!(
            "INSERT INTO tag SELECT id, 'bad', NULL, 'a', ts, {number} FROM event WHERE n = {event}"
        ),
        1 => format!(
            "INSERT INTO tag SELECT id, 'good', NULL, 'a', ts, {number} FROM event WHERE n = {event}"
        ),
        2 => format!(
            "INSERT INTO note SELECT id, 'seen', 'a', ts, {number} FROM event WHERE n = {event}"
        ),
        3 => format!("DELETE FROM tag WHERE event IN (SELECT id FROM event WHERE n = {event})"),
        4 => "DELETE FROM tag WHERE seq = (SELECT min(seq) FROM tag)".to_owned(),
        _ => "DELETE FROM note".to_owned(),
    };
    writer.execute_batch(&sql).unwrap();
    writer.commit().unwrap();
    sql
}

fn kept_again(store: &Store, before: &[RuleRun], now: &[RuleRun]) -> Vec<RuleRun> {
    kept::keep(&mut store.writer().unwrap(), before, now).unwrap();
    kept::kept(&store.reader().unwrap()).unwrap()
}

#[test]
fn kept_runs_are_those_that_would_be_made_from_nothing_after_any_acts() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path(), &case());
    let (reader, book) = (store.reader().unwrap(), book());
    let declared: Vec<Facts> = ["", APPROVERS, AGENTS]
        .iter()
        .map(|text| {
            let (facts, faults) = Facts::parse("case.toml", text);
            assert_eq!(faults, []);
            facts
        })
        .collect();
    let mut writer = store.writer().unwrap();
    let (mut seed, mut before, mut verdicts) = (7_u64, Vec::new(), BTreeSet::new());
    for step in 0..30 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let facts = &declared[(step / 10) % declared.len()];
        let told = act(&mut writer, (seed >> 33) % 7_200);
        let now = evaluated(&reader, &book, facts, &before);
        let anew = evaluated(&store.reader().unwrap(), &book, facts, &[]);
        assert_eq!(now, anew, "step {step}: {told}");
        before = kept_again(&store, &before, &now);
        assert_eq!(before, now, "step {step}: {told}");
        verdicts.extend(now.iter().map(|run| (run.rule.clone(), run.verdict)));
    }
    // A sequence that never changed an answer would show nothing.
    assert!(verdicts.len() > 10, "{verdicts:?}");
}

#[test]
fn striking_out_another_one_of_two_tags_changes_the_stamp() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path(), &case());
    let mut writer = store.writer().unwrap();
    let mut stamp_without = |seq: i64| {
        let sql = format!(
            "DELETE FROM tag; INSERT INTO tag SELECT id, 'bad', NULL, 'a', ts, n FROM event WHERE n IN (1, 2, 3);
             DELETE FROM tag WHERE seq = {seq}"
        );
        writer.execute_batch(&sql).unwrap();
        writer.commit().unwrap();
        journal_stamp(&store.reader().unwrap()).unwrap()
    };
    assert_ne!(stamp_without(1), stamp_without(2));
}

#[test]
fn table_is_made_again_only_when_what_it_follows_from_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path(), &case());
    let reader = store.reader().unwrap();
    let facts = Facts::default();
    let made = |facts: &Facts| {
        let stage = Stage::of(&reader, facts);
        stage.set(["FROM agent_event"]).unwrap();
        reader.number("SELECT count(*) FROM agent_event WHERE n = -1", &[]).unwrap()
    };
    assert_eq!(made(&facts), 0);
    // A row of our own tells whether the table was made again.
    let row = "INSERT INTO agent_event VALUES (-1, 's', 'a', NULL)";
    reader.rows(row, &[]).unwrap();
    assert_eq!(made(&facts), 1);
    let (declared, _) = Facts::parse("case.toml", AGENTS);
    assert_eq!(made(&declared), 0);
    reader.rows(row, &[]).unwrap();
    let mut writer = store.writer().unwrap();
    writer.execute_batch("UPDATE meta SET value = 'd2' WHERE key = 'derived'").unwrap();
    writer.commit().unwrap();
    assert_eq!(made(&declared), 0);
    reader.rows(row, &[]).unwrap();
    writer.execute_batch("DELETE FROM meta WHERE key = 'derived'").unwrap();
    writer.commit().unwrap();
    assert_eq!(made(&declared), 0);
}

#[test]
fn question_that_reads_no_marks_is_not_asked_again_after_a_tag() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path(), &case());
    let (reader, book, facts) = (store.reader().unwrap(), book(), Facts::default());
    let mut before = evaluated(&reader, &book, &facts, &[]);
    // Numbers of our own tell what was taken over.
    for run in &mut before {
        run.population = 77;
    }
    let mut writer = store.writer().unwrap();
    let tag = |n: u32| {
        format!("INSERT INTO tag SELECT id, 'good', NULL, 'a', ts, n FROM event WHERE n = {n}")
    };
    writer.execute_batch(&tag(101)).unwrap();
    writer.commit().unwrap();
    let now = evaluated(&reader, &book, &facts, &before);
    let population = |rule: &str| now.iter().find(|run| run.rule == rule).unwrap().population;
    for rule in ["ERRORS", "LOGCHG", "REVIEW"] {
        assert_eq!(population(rule), 77, "{rule}");
    }
    assert_ne!(population("CUST"), 77);
    assert_ne!(population("HOUSE"), 77);
}
