//! Why: the decision trace of the sample's refused call, the six elements, and denied-then-done, over real cases.

use serde_json::{Value, json};
use whytrail::query::why::done::{Route, denied_then_done};
use whytrail::redact::Redactor;
use whytrail::store::{Limits, Store};
use whytrail::tui::Settings;
use whytrail::tui::harness::Harness;

use crate::screens::NoDesk;
use crate::support::{Home, lines, record, record_with};
use crate::terminal::sample;

fn id_of(home: &Home, condition: &str) -> String {
    let rows =
        home.sql(&format!("SELECT id FROM events WHERE {condition} ORDER BY ts, id LIMIT 1"));
    rows.first().cloned().unwrap_or_else(|| panic!("no event where {condition}"))
}

fn store(home: &Home) -> Store {
    let limits = Limits { memory_mib: 256, threads: 2 };
    Store::open(&home.path("case").join("case.duckdb"), limits).expect("the case")
}

fn step<'r>(rows: &'r [Value], name: &str) -> &'r Value {
    let found = rows.iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("no step {name} in {rows:#?}"))
}

const REFUSED: &str = "action = 'iam_attach_policy' AND decision = 'deny'";

#[test]
fn refused_call_of_the_sample_is_explained_from_the_asker_to_the_same_change_later() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let id = id_of(&home, REFUSED);
    let rows = home.rows(&["why", &id]);
    let expect = |name: &str, mark: &str, parts: &[&str], says: &str| {
        let step = step(&rows, name);
        assert_eq!(step["mark"], mark, "{step}");
        assert_eq!(step["says"], says, "{step}");
        for part in parts {
            assert!(step["sentence"].as_str().is_some_and(|text| text.contains(part)), "{step}");
        }
    };
    expect("identity", "ok", &["alice@corp.example"], "opa");
    expect("tool", "ok", &["iam_attach_policy offered by server aws-admin"], "mcp");
    expect("policy", "no", &["policy #17: deny attach on role/ci-*", "rev 41"], "opa");
    expect("effect", "cannot-tell", &["never reached: the call stopped at step"], "inferred");
    let done = ["same change made by another route", "iam:AttachRolePolicy on role/ci-deploy"];
    expect("afterwards", "alarm", &done, "cloudtrail");
    let after = step(&rows, "afterwards")["event"].as_str().expect("an event").to_owned();
    let action = home.sql(&format!("SELECT action FROM events WHERE id = '{after}'"));
    assert_eq!(action, ["iam:AttachRolePolicy"]);
    assert!(["=", "+"].contains(&step(&rows, "afterwards")["grade"].as_str().expect("a grade")));
    let text = home.on_case(&["why", &id]);
    for part in ["outcome DENY", "NO  policy", "!!  afterwards", "six ", "links "] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn success_after_a_refusal_names_the_refusal_before_it() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let id = id_of(&home, "action = 'iam:AttachRolePolicy' AND outcome = 'success'");
    let rows = home.rows(&["why", &id]);
    let before = step(&rows, "before");
    assert_eq!(before["mark"], "alarm");
    assert!(before["sentence"].as_str().is_some_and(|text| text.contains("was refused")));
}

#[test]
fn joined_call_holds_more_elements_than_any_of_its_records() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let rows = home.rows(&["why", &id_of(&home, REFUSED)]);
    let six = |column: &str| rows.first().map(|row| row[column].to_string()).expect("a step");
    let full = |text: &str| text.chars().filter(char::is_ascii_uppercase).count();
    assert!(full(&six("six_joined")) > full(&six("six")), "{} {}", six("six"), six("six_joined"));
    assert!(six("six").contains('A'), "policy, decision and reason are all there");
    assert!(!six("six_joined").contains('R'), "nobody declared the class of the resource");
}

#[test]
fn denied_then_done_of_the_sample_is_found_once_and_comes_first() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let store = store(&home);
    let (pairs, is_cut) = denied_then_done(&store.reader().expect("a reader")).expect("pairs");
    assert!(!is_cut);
    let first = pairs.first().expect("a pair");
    assert_eq!(first.done.action, "iam:AttachRolePolicy");
    assert!(first.resource.ends_with("role/ci-deploy"));
    assert_eq!(first.seconds, 32);
    let of_it = pairs.iter().filter(|pair| pair.done.event == first.done.event).count();
    assert_eq!(of_it, 1, "records of one refused call are one refusal: {pairs:#?}");
}

/// A user whom AWS refuses to attach a policy, and somebody who does it an hour later.
fn refused_then(home: &Home, later: Value) {
    let role = "arn:aws:iam::111122223333:role/ci-deploy";
    let attach = |number: u32, more: Value| {
        let mut members = json!({
            "eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy", "readOnly": false,
            "requestParameters": { "roleName": "ci-deploy", "policyArn": "arn:aws:iam::aws:policy/A" },
            "resources": [{ "ARN": role, "type": "AWS::IAM::Role", "accountId": "111122223333" }]
        });
        members.as_object_mut().expect("members").extend(more.as_object().expect("more").clone());
        record_with(number, members)
    };
    let denied = attach(100, json!({ "errorCode": "AccessDenied" }));
    home.write("evidence/a.jsonl", lines(&[record(1), denied, attach(3700, later)]));
    home.ingest("evidence", 0);
}

#[test]
fn stranger_who_makes_the_same_change_is_said_to_be_one_and_makes_no_pair_of_the_case() {
    let home = Home::new();
    let stranger = json!({ "userIdentity": {
        "type": "IAMUser", "userName": "bob", "accountId": "111122223333", "principalId": "AIDAEXAMPLEBOB",
        "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIAEXAMPLE000000002" } });
    refused_then(&home, stranger);
    let rows = home.rows(&["why", &id_of(&home, "outcome = 'denied'")]);
    let after = step(&rows, "afterwards");
    assert_eq!((&after["mark"], &after["grade"]), (&json!("cannot-tell"), &json!(".")));
    assert!(after["sentence"].as_str().is_some_and(|text| text.contains("no known tie")));
    let (pairs, _) = denied_then_done(&store(&home).reader().expect("a reader")).expect("pairs");
    assert_eq!(pairs, []);
}

#[test]
fn same_person_with_another_key_is_another_route() {
    let home = Home::new();
    let other_key = json!({ "userIdentity": {
        "type": "IAMUser", "userName": "alice", "accountId": "111122223333", "principalId": "AIDAEXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/alice", "accessKeyId": "AKIAEXAMPLE000000009" } });
    refused_then(&home, other_key);
    let (pairs, _) = denied_then_done(&store(&home).reader().expect("a reader")).expect("pairs");
    let [pair] = pairs.as_slice() else { panic!("not one pair: {pairs:#?}") };
    assert_eq!((pair.route, pair.seconds), (Route::SamePerson, 3600));
}

#[test]
fn same_call_that_works_later_is_told_from_another_route() {
    let home = Home::new();
    refused_then(&home, json!({}));
    let rows = home.rows(&["why", &id_of(&home, "outcome = 'denied'")]);
    let after = step(&rows, "afterwards");
    assert_eq!(after["mark"], "cannot-tell", "{after}");
    assert!(after["sentence"].as_str().is_some_and(|text| text.starts_with("worked 1 h later")));
}

#[test]
fn what_is_later_than_a_day_or_reads_only_is_not_the_same_change() {
    let home = Home::new();
    refused_then(&home, json!({ "eventTime": "2026-07-14T00:00:00Z" }));
    let rows = home.rows(&["why", &id_of(&home, "outcome = 'denied'")]);
    assert_eq!(step(&rows, "afterwards")["mark"], "absent");
    let home = Home::new();
    refused_then(&home, json!({ "eventName": "GetRole", "readOnly": true }));
    let rows = home.rows(&["why", &id_of(&home, "outcome = 'denied'")]);
    assert_eq!(step(&rows, "afterwards")["mark"], "absent");
}

#[test]
fn why_is_shown_at_every_size_with_trace_links_and_the_way_back() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let store = store(&home);
    for (columns, rows) in [(60, 16), (80, 24), (132, 43)] {
        let settings = Settings { case_name: "acme".to_owned(), ..Settings::default() };
        let (reader, redactor) = (store.reader().expect("a reader"), Redactor::new([0; 32]));
        let mut harness =
            Harness::over_case((columns, rows), &settings, reader, redactor, Box::new(NoDesk));
        harness.keys("1 <enter> w");
        let screen = harness.screen();
        for text in ["EVENT", "WHAT", "outcome DENY", "WHY   decision trace", "WHO SAYS SO"] {
            assert!(screen.contains(text), "{columns}x{rows}: `{text}` is not on\n{screen}");
        }
        let mut all = screen;
        for _ in 0..8 {
            harness.keys("<pgdn>");
            all.push_str(&harness.screen());
        }
        for text in ["NO  policy", "!!  afterwards", "never reached", "SIX ", "LINKS ="] {
            assert!(all.contains(text), "{columns}x{rows}: `{text}` is not on\n{all}");
        }
        harness.keys("g j j j j j j <enter>");
        harness.keys("<esc> <esc>");
        assert!(harness.screen().contains("2 Timeline"), "{}", harness.screen());
    }
}
