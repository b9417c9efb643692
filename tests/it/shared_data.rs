//! The reference data: counts, sessions, links, and equal answers whatever the order of the files.
//! Where it lies is told by `WHYTRAIL_SHARED_DATA`; with `WHYTRAIL_REQUIRE_SHARED` it must be there.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Home, plain, shared};

/// Returns the path of reference data as text.
fn at(shared: &std::path::Path, name: &str) -> String {
    shared.join(name).to_str().expect("a path in UTF-8").to_owned()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Reads one file or folder into a new case and compares the account of rows.
fn account(shared: &std::path::Path, name: &str, read: u32, kept: u32) {
    let home = Home::new();
    let printed = home.ingest(&at(shared, name), 0);
    let line =
        format!("read {read} = kept {kept} + duplicate {} + rejected 0   BALANCED", read - kept);
    assert_eq!(first_line(&printed), line, "{name}");
}

#[test]
fn real_cloudtrail_is_counted_as_its_collectors_did() {
    let Some(shared) = shared() else { return };
    let home = Home::new();
    let printed = home.ingest(&at(&shared, "cloudtrail/invictus-ir"), 0);
    assert_eq!(
        first_line(&printed),
        "read 2,900 = kept 2,900 + duplicate 0 + rejected 0   BALANCED"
    );
    assert!(printed.contains("files 56 = read 55 + not evidence 1"), "{printed}");
    let per_file = home.sql("SELECT name, kept FROM sources WHERE state = 'read' ORDER BY name");
    let readme = fs::read_to_string(shared.join("cloudtrail/README.md")).expect("the counts");
    let mut expected: Vec<String> = readme
        .lines()
        .filter(|line| line.starts_with("| 218007301253_CloudTrail"))
        .map(|line| line.trim_matches(['|', ' ']).replace(" | ", " "))
        .collect();
    expected.sort();
    assert_eq!(per_file, expected);
    account(&shared, "cloudtrail/stratus-red-team", 310, 310);
}

#[test]
fn every_delivery_of_the_same_records_as_json_gives_them_all() {
    let Some(shared) = shared() else { return };
    for (name, read) in [
        ("json/records.json", 86),
        ("json/records.json.gz", 86),
        ("json/array-pretty.json", 86),
        ("json/single-event.json", 1),
        ("json/events.jsonl", 86),
        ("json/events-crlf-bom.jsonl", 86),
        ("json/concatenated-no-separator.json", 86),
        ("json/concatenated-pretty.json", 86),
        ("json/records-two-batches.jsonl", 86),
        ("json/multi-member.json.gz", 86),
        ("json/records-with-duplicates.json", 96),
        ("json/logstash-codec.jsonl", 86),
    ] {
        account(&shared, &format!("cloudtrail/derived/{name}"), read, read.min(86));
    }
}

#[test]
fn every_delivery_of_the_same_records_by_another_service_gives_them_all() {
    let Some(shared) = shared() else { return };
    for (name, read) in [
        ("lookup-events/cli-v2.json", 86),
        ("lookup-events/cli-v1-with-token.json", 86),
        ("event-history/event_history.json", 86),
        ("cloudwatch-logs/filter-log-events.json", 86),
        ("cloudwatch-logs/get-log-events.json", 86),
        ("cloudwatch-logs/insights-get-query-results.json", 86),
        ("cloudwatch-logs/s3-export", 86),
        ("cloudwatch-logs/subscription-concatenated.json", 86),
        ("cloudwatch-logs/subscription-concatenated.gz", 86),
        ("cloudwatch-logs/subscription-lambda-event.json", 15),
        ("cloudwatch-logs/tail-detailed.log", 86),
        ("eventbridge/envelopes.jsonl", 86),
        ("eventbridge/firehose-concatenated.json", 86),
        ("eventbridge/archive-array.json", 86),
        ("s3-layout", 666),
    ] {
        account(&shared, &format!("cloudtrail/derived/{name}"), read, read);
    }
}

#[test]
fn all_deliveries_together_are_the_same_86_records() {
    let Some(shared) = shared() else { return };
    let home = Home::new();
    let derived = |name: &str| at(&shared, &format!("cloudtrail/derived/{name}"));
    let inputs: Vec<String> = [
        "json/records.json",
        "json/events.jsonl",
        "lookup-events/cli-v2.json",
        "cloudwatch-logs/tail-detailed.log",
        "cloudwatch-logs/get-log-events.json",
        "eventbridge/envelopes.jsonl",
    ]
    .map(derived)
    .to_vec();
    let mut args = vec!["ingest"];
    args.extend(inputs.iter().map(String::as_str));
    assert_eq!(
        first_line(&home.on_case(&args)),
        "read 516 = kept 86 + duplicate 430 + rejected 0   BALANCED"
    );
    assert_eq!(home.sql("SELECT count(DISTINCT native_id) FROM events"), ["86"]);
}

#[test]
fn damaged_file_keeps_its_whole_records_and_names_the_byte() {
    let Some(shared) = shared() else { return };
    let home = Home::new();
    let printed = home.ingest(&at(&shared, "cloudtrail/derived/json/truncated-records.json"), 3);
    assert_eq!(first_line(&printed), "read 57 = kept 56 + duplicate 0 + rejected 1   BALANCED");
    assert!(
        printed.contains("damaged  truncated-records.json   content is cut off at byte 72750"),
        "{printed}"
    );
    assert!(
        home.ingest(&at(&shared, "cloudtrail/derived/lookup-events/cli-v1-with-token.json"), 3)
            .contains("`NextToken` says that more events matched")
    );
}

/// The case of the agents' CloudTrail records, with what must be found in it.
fn agents(shared: &std::path::Path, evidence: &str) -> (Home, Value) {
    let folder = shared.join("aws-agent/synthetic");
    let expected = fs::read_to_string(folder.join("expected.json")).expect("what is expected");
    let home = Home::new();
    home.ingest(&at(&folder, evidence), 0);
    (home, serde_json::from_str(&expected).expect("JSON"))
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(plain).collect()
}

/// Returns the one agent session of this key or label that the first expected member is in. The name of a role session
/// may come back months later, so the label alone would not do.
fn session_of(home: &Home, key: &str, expected: &Value) -> String {
    let found = home.sql(&format!(
        "SELECT id FROM sessions WHERE kind = 'AGENT' AND (id = '{key}' OR label = '{key}')"
    ));
    let mut members = texts(&expected["member_eventIDs"]);
    members.extend(texts(&expected["member_requestIDs"]));
    let first = members.first().expect("a member");
    let condition = format!("'{first}' IN (native_id, request)");
    let holding: Vec<String> = found
        .into_iter()
        .filter(|id| !home.rows(&["timeline", "--session", id, "--where", &condition]).is_empty())
        .collect();
    assert_eq!(holding.len(), 1, "{key}: {holding:?}");
    holding.into_iter().collect()
}

#[test]
fn agent_sessions_have_the_expected_members_person_and_client() {
    let Some(shared) = shared() else { return };
    let (home, expected) = agents(&shared, "cloudtrail-agents.json");
    assert_eq!(home.sql("SELECT count(*) FROM events"), [plain(&expected["event_count"])]);
    assert_eq!(
        home.sql("SELECT count(*) FROM events WHERE kind = 'tool_call' AND server LIKE 'aws-mcp%'"),
        [plain(&expected["mcp_tool_calls"])]
    );
    for session in expected["agent_sessions"].as_array().expect("sessions") {
        let key = session["key"].as_str().expect("a key");
        let id = session_of(&home, key, session);
        let events = home.rows(&["timeline", "--session", &id]);
        let ids: Vec<String> =
            events.iter().map(|event| format!("'{}'", plain(&event["id"]))).collect();
        let among = |column: &str| {
            let ids = ids.join(",");
            let query = format!(
                "SELECT DISTINCT {column} FROM events WHERE id IN ({ids}) AND {column} IS NOT NULL"
            );
            home.sql(&query).into_iter().collect::<BTreeSet<String>>()
        };
        if !session["member_eventIDs"].is_null() {
            assert_eq!(among("native_id"), texts(&session["member_eventIDs"]), "{key}");
        }
        if !session["member_requestIDs"].is_null() {
            assert_eq!(among("request"), texts(&session["member_requestIDs"]), "{key}");
        }
        if let Some(client) = session["client"].as_str() {
            assert!(among("client").contains(client), "{key}: {:?}", among("client"));
        }
        for person in ["person", "source_identity"] {
            if let Some(person) = session[person].as_str() {
                let query = format!("SELECT human FROM sessions WHERE id = '{id}'");
                assert_eq!(home.sql(&query), [person], "{key}");
            }
        }
        if let Some(minted_by) = session["minted_by_eventID"].as_str() {
            let query = format!(
                "SELECT native_id FROM events JOIN sessions ON events.id = minted_by WHERE sessions.id = '{id}'"
            );
            assert_eq!(home.sql(&query), [minted_by], "{key}");
        }
        let denied = home.rows(&["timeline", "--session", &id, "--outcome", "denied"]);
        assert_eq!(denied.len(), texts(&session["denied_eventIDs"]).len(), "{key}");
        for resource in texts(&session["resources"]) {
            assert!(among("resource").contains(&resource), "{key}: {:?}", among("resource"));
        }
    }
}

#[test]
fn tool_calls_are_linked_to_exactly_the_calls_they_caused() {
    let Some(shared) = shared() else { return };
    let (home, expected) = agents(&shared, "cloudtrail-agents.json");
    for (call, apis) in expected["tool_to_api_links"].as_object().expect("links") {
        let found: BTreeSet<String> = home
            .sql(&format!(
                "SELECT b.native_id FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b \
                 WHERE a.native_id = '{call}' AND a.kind = 'tool_call' AND links.grade = '='"
            ))
            .into_iter()
            .collect();
        assert_eq!(found, texts(apis), "{call}");
    }
    for id in texts(&expected["not_agent_eventIDs"]) {
        let query = format!("native_id = '{id}'");
        let agent = home.rows(&["timeline", "--where", &query, "--filter", "is:agent"]);
        assert_eq!(agent.len(), 0, "{id}");
    }
    let loose = home.sql("SELECT count(*) FROM links WHERE grade NOT IN ('=', '+')");
    assert_eq!(loose, ["0"], "no link is a guess");
}

/// Takes every request id out of a value, and those of calls that it caused.
fn without_request_ids(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for key in ["requestID", "requestId", "downstreamRequestIds"] {
                object.remove(key);
            }
            object.values_mut().for_each(without_request_ids);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_request_ids),
        _ => {}
    }
}

#[test]
fn agents_without_request_ids_keep_their_sessions_and_find_their_calls_as_near_or_not_at_all() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("aws-agent/synthetic");
    let text = fs::read_to_string(folder.join("cloudtrail-agents.json")).expect("the evidence");
    let mut evidence: Value = serde_json::from_str(&text).expect("JSON");
    without_request_ids(&mut evidence);
    let home = Home::new();
    home.write("evidence/agents.json", evidence.to_string());
    home.ingest("evidence", 0);
    let text = fs::read_to_string(folder.join("expected.json")).expect("what is expected");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    for session in expected["agent_sessions"].as_array().expect("sessions") {
        let members = texts(&session["member_eventIDs"]);
        if members.is_empty() {
            continue;
        }
        let id = session_of(&home, session["key"].as_str().expect("a key"), session);
        let found: BTreeSet<String> = home
            .sql(&format!(
                "SELECT native_id FROM events WHERE session IN (SELECT local FROM session_key WHERE session = '{id}')"
            ))
            .into_iter()
            .collect();
        assert_eq!(found, members, "{id}");
    }
    let pairs: BTreeSet<String> = expected["tool_to_api_links"]
        .as_object()
        .expect("links")
        .iter()
        .flat_map(|(call, apis)| texts(apis).into_iter().map(move |api| format!("{call} {api}")))
        .collect();
    let exact = home.sql("SELECT key FROM links WHERE grade = '=' AND key LIKE '%request id'");
    assert_eq!(exact, Vec::<String>::new());
    let near: BTreeSet<String> = home
        .sql(
            "SELECT a.native_id, b.native_id FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b \
             WHERE links.grade = '~'",
        )
        .into_iter()
        .collect();
    assert!(near.is_subset(&pairs), "{near:?}");
    assert_eq!(near.len(), 4, "{near:?}");
}

#[test]
fn model_invocations_join_the_calls_with_the_same_request_id() {
    let Some(shared) = shared() else { return };
    let (home, expected) = agents(&shared, ".");
    let joined: BTreeSet<String> = home
        .sql(
            "SELECT DISTINCT a.request FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b \
             WHERE a.request = b.request AND 'model' IN (a.plane, b.plane) AND 'cloudtrail' IN (a.plane, b.plane)",
        )
        .into_iter()
        .collect();
    assert_eq!(joined, texts(&expected["model_invocation_joins"]));
}

/// Loads everything in the given order and exports it. Returns the home and the bundle's folder.
fn everything(inputs: &[String], threads: &str) -> Home {
    let home = Home::new();
    // Marks of redacted values hang on the key of the case, so both cases get the same one.
    home.write("key", [7; 32]);
    let key = home.text("key");
    let mut args =
        vec!["ingest", "--threads", threads, "--analyst", "tester", "--redact-key", key.as_str()];
    args.extend(inputs.iter().map(String::as_str));
    let case = home.text("case");
    let ran = home.run(&[&args[..], &["--case", &case]].concat());
    assert_eq!(ran.code, Some(3), "{}\n{}", ran.out, ran.err);
    assert!(first_line(&ran.out).ends_with("BALANCED"), "{}", ran.out);
    let bundle = home.text("bundle");
    home.on_case(&[
        "export",
        "-o",
        &bundle,
        "--where",
        "true",
        "--exported-at",
        "2026-01-01T00:00:00Z",
        "--analyst",
        "tester",
    ]);
    home
}

#[test]
fn everything_loads_and_exports_byte_for_byte_the_same_in_any_order() {
    let Some(shared) = shared() else { return };
    let mut folders: Vec<String> =
        ["aws-agent", "cloudtrail", "gateway", "mcp", "schemas", "sigma"]
            .map(|name| at(&shared, name))
            .to_vec();
    let one = everything(&folders, "1");
    folders.reverse();
    let other = everything(&folders, "4");
    for name in [
        "events.jsonl",
        "events.csv",
        "timesketch.jsonl",
        "findings.json",
        "report.html",
        "report.md",
    ] {
        // The journal has times and nonces of its own, and the report names its root on the cover and above the
        // signatures, nowhere in the text that is signed.
        let names_root = |line: &str| {
            ["| Journal |", "<span>Journal</span>", "Journal size "]
                .iter()
                .any(|place| line.contains(place))
        };
        let read = |home: &Home| {
            let text = fs::read_to_string(home.path("bundle").join(name)).expect("a file");
            let lines = text.lines().filter(|line| !names_root(line));
            lines.collect::<Vec<_>>().join("\n")
        };
        assert!(read(&one) == read(&other), "{name} differs");
        assert!(!read(&one).is_empty(), "{name} is empty");
    }
    let sources = |home: &Home| {
        let text = fs::read_to_string(home.path("bundle/manifest.json")).expect("a manifest");
        let manifest: Value = serde_json::from_str(&text).expect("JSON");
        manifest["sources"].clone()
    };
    assert!(sources(&one).as_array().is_some_and(|sources| sources.len() > 300));
    assert_eq!(sources(&one), sources(&other));
}

#[test]
fn every_file_of_everything_is_read_or_named_with_its_reason() {
    let Some(shared) = shared() else { return };
    let home = Home::new();
    let printed = home.ingest(&at(&shared, "."), 3);
    assert!(first_line(&printed).ends_with("BALANCED"), "{printed}");
    let silent = home.sql(
        "SELECT name FROM sources WHERE state <> 'read' AND (reason IS NULL OR reason = '') \
         OR state = 'read' AND (because IS NULL OR because = '')",
    );
    assert_eq!(silent, Vec::<String>::new());
    let listed: BTreeSet<String> =
        home.sql("SELECT DISTINCT name FROM sources").into_iter().collect();
    let mut missing = Vec::new();
    let mut folders = vec![shared.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name =
                    path.strip_prefix(&shared).expect("below").to_string_lossy().into_owned();
                if !listed.contains(&name) {
                    missing.push(name);
                }
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    for (name, state) in [
        ("cloudtrail/invictus-ir/LICENSE", "not evidence"),
        ("cloudtrail/README.md", "not evidence"),
        ("cloudtrail/derived/event-history/event_history.csv", "unreadable"),
        ("cloudtrail/derived/cloudwatch-logs/insights-results.csv", "unreadable"),
    ] {
        let query = format!("SELECT state FROM sources WHERE name = '{name}'");
        assert_eq!(home.sql(&query), [state], "{name}");
    }
    let later = home.sql(
        "SELECT count(*) FROM sources WHERE format LIKE 'json.unmapped%' AND because LIKE '%a later version reads%'",
    );
    assert_ne!(later, ["0"]);
    assert!(printed.contains("kept as unmapped"), "{printed}");
}

/// What the rules find beyond the other engine, by rule: how many events of both folders, and why.
const BEYOND: &[(&str, usize, &str)] = &[
    ("38e7f511-3f74-41d4-836e-f57dfa18eead", 3, NULL_IS_ABSENT),
    ("39c9f26d-6e3b-4dbb-9c7a-4154b0281112", 5, NULL_IS_ABSENT),
    ("e386b9b5-af12-450e-afff-761730fb8a98", 2, NULL_IS_ABSENT),
    ("97fbabf8-8e1b-47a2-b7d5-a418d2b95e3d", 1, "a wildcard over an array matches each element"),
];
/// CloudTrail leaves `errorCode` out where a call went well, and never writes `null`.
const NULL_IS_ABSENT: &str = "`errorCode: null` asks for a member that is absent";

#[test]
fn sigma_rules_find_what_another_engine_found_and_each_difference_has_its_reason() {
    let Some(shared) = shared() else { return };
    let rules = at(&shared, "sigma/cloudtrail");
    let text = fs::read_to_string(shared.join("sigma/expected-hits.jsonl")).expect("the hits");
    let hits: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut beyond = std::collections::BTreeMap::<String, usize>::new();
    for folder in ["invictus-ir", "stratus-red-team"] {
        let home = Home::new();
        home.ingest(&at(&shared, &format!("cloudtrail/{folder}")), 0);
        let native: std::collections::BTreeMap<String, String> = home
            .rows(&["sql", "SELECT id, native_id FROM events"])
            .iter()
            .map(|row| (plain(&row["id"]), plain(&row["native_id"])))
            .collect();
        let found: BTreeSet<String> = home
            .rows(&["rules", "run", "--sigma", &rules])
            .iter()
            .map(|row| format!("{} {}", plain(&row["rule"]), native[&plain(&row["id"])]))
            .collect();
        let expected: BTreeSet<String> = hits
            .iter()
            .filter(|hit| hit["folder"] == folder)
            .map(|hit| format!("{} {}", plain(&hit["rule_id"]), plain(&hit["event_id"])))
            .collect();
        let missed: Vec<&String> = expected.difference(&found).collect();
        assert_eq!(missed, Vec::<&String>::new(), "{folder}");
        for line in found.difference(&expected) {
            *beyond.entry(first_word(line)).or_default() += 1;
        }
        let ran = home.run(&["rules", "run", "--sigma", &rules, "--case", &home.text("case")]);
        let all = "55 rules in 55 files: 55 asked, 0 not applicable, 0 cannot run";
        assert!(ran.err.contains(all), "{}", ran.err);
    }
    let explained = BEYOND.iter().map(|(rule, count, _)| ((*rule).to_owned(), *count)).collect();
    assert_eq!(beyond, explained);
}

fn first_word(line: &str) -> String {
    line.split(' ').next().unwrap_or_default().to_owned()
}
