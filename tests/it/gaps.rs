//! What could not be seen: each kind of blind spot in made-up evidence with its near miss, numbers that stay, acceptance.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::screens::Loaded;
use crate::support::{Home, lines, numbered, record_with, records};
use crate::terminal::sample;

/// A line of a gateway that audits tool calls.
fn gateway_line(second: u32) -> Value {
    let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
    json!({
        "time": format!("2026-07-12T{hour:02}:{minute:02}:{rest:02}Z"),
        "level": "AUDIT", "msg": "audit_event",
        "audit_id": format!("{second:08x}-0000-4000-8000-000000000009"),
        "type": "mcp_tool_call", "logged_at": format!("2026-07-12T{hour:02}:{minute:02}:{rest:02}Z"),
        "outcome": "success", "component": "edge-1",
        "source": { "type": "network", "value": "203.0.113.63", "extra": {} },
        "subjects": { "user_id": "carol@corp.example", "user": "carol@corp.example" },
        "target": { "endpoint": "/mcp", "method": "POST", "type": "tool", "name": "cost_report" }
    })
}

/// Returns the blind spots of a kind: grade, certainty, title, detail.
fn spots(home: &Home, kind: &str) -> Vec<Value> {
    home.rows(&["gaps"]).into_iter().filter(|row| row["kind"] == kind).collect()
}

/// Every minute a line of the gateway but in `silent`, and every minute a call in the cloud.
fn edge(home: &Home, minutes: std::ops::Range<u32>, silent: std::ops::Range<u32>) {
    let told: Vec<Value> = minutes
        .clone()
        .filter(|minute| !silent.contains(minute))
        .map(|minute| gateway_line(minute * 60))
        .collect();
    let calls: Vec<Value> = minutes.map(|minute| record_with(minute * 60 + 7, json!({}))).collect();
    home.write("evidence/gateway.jsonl", lines(&told));
    home.write("evidence/trail.json", records(&calls));
    home.ingest("evidence", 0);
}

#[test]
fn source_that_breaks_its_own_rhythm_is_silent_and_one_that_pauses_as_usual_is_not() {
    let home = Home::new();
    edge(&home, 0..240, 100..130);
    let found = spots(&home, "silence");
    let [spot] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&spot["grade"], &spot["certainty"]), (&json!("MED"), &json!("certain")));
    assert_eq!(spot["title"], "gateway edge-1 silent 01:39-02:10Z");
    assert_eq!(spot["cannot_say"], "it stopped after 01:39");
    let rows = home.rows(&["gaps", "--coverage"]);
    let fit =
        |name: &str| rows.iter().find(|row| row["source"] == name).map(|row| row["fit"].clone());
    assert_eq!(fit("gateway edge-1"), Some(json!("GAP")), "{rows:?}");

    let near = Home::new();
    edge(&near, 0..240, 100..107);
    assert_eq!(spots(&near, "silence"), Vec::<Value>::new());
}

#[test]
fn accepted_blind_spot_stays_listed_and_bars_no_script_until_it_is_withdrawn() {
    let home = Home::new();
    edge(&home, 0..240, 100..130);
    let case = home.text("case");
    let fails = |on: &str| home.run(&["gaps", "--fail-on", on, "--case", &case]).code;
    // Arguments are not logged by a setting of the source; that is grave, the silence and the missing session are not.
    assert_eq!((fails("high"), fails("med")), (Some(5), Some(5)));
    let without = home.run(&["gaps", "--accept", "B1", "--case", &case]);
    assert_eq!(without.code, Some(2), "{without:?}");
    home.on_case(&["gaps", "--accept", "B1", "--reason", "arguments are in the capture"]);
    assert_eq!((fails("high"), fails("med")), (Some(0), Some(5)));
    for name in ["b2", "3"] {
        home.on_case(&["gaps", "--accept", name, "--reason", "maintenance, ticket 12"]);
    }
    assert_eq!(fails("med"), Some(0));
    let listed = &spots(&home, "silence")[0];
    assert!(listed.to_string().contains("maintenance, ticket 12"), "{listed}");
    let journal = fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    assert!(journal.contains("\"aside.add\""), "{journal}");
    home.on_case(&["gaps", "--withdraw", "B2"]);
    assert_eq!(fails("med"), Some(5));
    let unknown = home.run(&["gaps", "--accept", "B99", "--reason", "x", "--case", &case]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("`B99` is no blind spot of this case"), "{unknown:?}");
    assert_eq!(home.run(&["gaps", "--fail-on", "grim", "--case", &case]).code, Some(2));
}

#[test]
fn numbers_stay_when_evidence_is_added_and_follow_from_the_evidence_alone() {
    let told = |home: &Home| -> Vec<String> {
        home.rows(&["gaps"])
            .iter()
            .map(|row| format!("{} {} {}", row["number"], row["grade"], row["title"]))
            .collect()
    };
    let (one, other) = (Home::new(), Home::new());
    edge(&one, 0..240, 100..130);
    edge(&other, 0..240, 100..130);
    assert_eq!(told(&one), told(&other));
    let before = told(&one);
    // A damaged file is a new blind spot; it takes the next number, whatever its grade.
    let whole = numbered(20_000..20_100);
    one.write("more/damaged.json", whole.get(..9_000).unwrap());
    one.ingest("more", 3);
    let after = told(&one);
    let silence = |rows: &[String]| rows.iter().find(|row| row.contains("silent")).cloned();
    assert_eq!(silence(&before), silence(&after));
    let unread = spots(&one, "not read");
    assert!(!unread.is_empty(), "{after:?}");
}

/// Copies the sample without what gateway, capture and policy engine say of one session of an agent.
fn sample_without_requests_of(session: &str, person: &str, hours: [&str; 2], into: &Path) {
    let mut folders = vec![std::path::PathBuf::from(sample())];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let to = into.join(path.strip_prefix(sample()).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            match fs::read_to_string(&path) {
                _ if path.is_dir() => folders.push(path),
                Ok(text) if path.extension() == Some("jsonl".as_ref()) => {
                    let is_of = |line: &str| {
                        line.contains(session)
                            || line.contains(person) && hours.iter().any(|hour| line.contains(hour))
                    };
                    let kept: String =
                        text.split_inclusive('\n').filter(|line| !is_of(line)).collect();
                    fs::write(to, kept).unwrap();
                }
                // The decisions of the policy engine are one compressed array.
                _ if path.file_name() == Some("opa-decisions.json.gz".as_ref()) => {}
                _ => {
                    fs::copy(&path, to).unwrap();
                }
            }
        }
    }
}

#[test]
fn calls_of_an_agent_that_no_gateway_saw_are_told_and_those_it_saw_are_not() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    assert_eq!(spots(&home, "bypass"), Vec::<Value>::new());

    let home = Home::new();
    let hours = ["2026-07-12T07:", "2026-07-12T08:"];
    let into = home.path("evidence");
    sample_without_requests_of("b05d93e8", "bob@corp.example", hours, &into);
    home.ingest("evidence", 0);
    let found = spots(&home, "bypass");
    let [spot] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&spot["grade"], &spot["certainty"]), (&json!("MED"), &json!("likely")));
    assert_eq!(spot["title"], "25 AWS calls of agent-operator that no gateway saw");
    assert_eq!(spot["cannot_say"], "all that the agent did passed the gateway");
}

#[test]
fn case_of_one_record_and_an_empty_one_have_an_answer() {
    let home = Home::new();
    home.write("evidence/one.json", numbered(1..2));
    home.ingest("evidence", 0);
    let all = home.rows(&["gaps"]);
    assert!(all.iter().all(|row| row["kind"] != "silence"), "{all:?}");
    assert!(all.iter().any(|row| row["kind"] == "plane"), "{all:?}");
    let empty = Home::new();
    empty.write("evidence/nothing.json", "");
    empty.ingest("evidence", 0);
    assert!(empty.rows(&["gaps"]).iter().all(|row| row["events"] == 0));
}

#[test]
fn gaps_are_shown_at_every_size_with_what_each_forbids() {
    let case = Loaded::of(&sample());
    for size in [(60, 16), (80, 24), (132, 43)] {
        let mut harness = case.screens(size.0, size.1);
        harness.keys("7");
        let screen = harness.screen();
        assert!(screen.contains("COVERAGE") && screen.contains(">B1"), "{screen}");
        assert!(screen.contains("it stopped after 09:31"), "{screen}");
        harness.keys("G");
        assert!(harness.screen().contains(">B13"), "{}", harness.screen());
        harness.keys("g <tab>");
        let screen = harness.screen();
        if size.0 >= 80 {
            assert!(
                screen.contains("COMPLETENESS") && screen.contains("gateway toolhive"),
                "{screen}"
            );
        }
        harness.keys("<tab> j j <enter>");
        assert!(harness.screen().contains("B3 data events"), "{}", harness.screen());
    }
}

#[test]
fn replay_says_which_source_recorded_nothing_meanwhile() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let printed = home.on_case(&["replay", "8f2c"]);
    let at = |text: &str| printed.find(text).unwrap_or_else(|| panic!("no `{text}` in {printed}"));
    let begins = at("~~ gateway edge-1 records nothing from 09:31:41.200Z, for 26m59s (B1) ~~");
    let ends = at("~~ gateway edge-1 records again at 09:58:40.897Z (B1) ~~");
    assert!(at("09:31:41.200   call shell_exec") < begins && begins < ends);
    assert!(at("~~ no event of this session for 2m06s ~~") > begins);
}
