//! Sigma rules over a case: matches, correlations, filters, faults, what cannot be told, tags.

use serde_json::{Value, json};

use crate::support::{Home, Ran, active, plain, record_with, records};

/// A record of `iam` or another service at second `number`.
fn call(number: u32, source: &str, name: &str, members: Value) -> Value {
    let mut all = json!({ "eventSource": source, "eventName": name, "requestParameters": {} });
    if let (Value::Object(all), Value::Object(members)) = (&mut all, members) {
        all.extend(members);
    }
    record_with(number, all)
}

fn iam(number: u32, name: &str, members: Value) -> Value {
    call(number, "iam.amazonaws.com", name, members)
}

fn load(home: &Home, of: &[Value]) {
    home.write("evidence/a.json", records(of));
    home.ingest("evidence", 0);
}

/// Writes a rule; `body` is everything after id and title.
fn rule(home: &Home, name: &str, body: &str) {
    let text = format!("title: Rule {name}\nid: {name}\nauthor: A. Author\n{body}");
    home.write(&format!("rules/{name}.yml"), text);
}

fn detection(selection: &str) -> String {
    format!(
        "tags:\n    - attack.persistence\n    - attack.t1562.008\nlogsource:\n    product: aws\n    service: cloudtrail\n\
         detection:\n    selection:\n        {selection}\n    condition: selection\nlevel: high\n"
    )
}

fn run(home: &Home, more: &[&str]) -> Ran {
    let case = home.text("case");
    home.run(&[&["rules", "run", "--sigma", "rules", "--case", case.as_str()], more].concat())
}

/// Rule and native id of the event of each match.
fn matches(home: &Home, more: &[&str]) -> Vec<String> {
    let rows = home.rows(&[&["rules", "run", "--sigma", "rules"], more].concat());
    rows.iter()
        .map(|row| {
            let id = plain(&row["id"]);
            let native = home.sql(&format!("SELECT request FROM events WHERE id = '{id}'"));
            format!("{} {}", plain(&row["rule"]), native.concat())
        })
        .collect()
}

fn request(number: u32) -> String {
    format!("REQUEST{number:09}")
}

#[test]
fn a_match_names_rule_author_attack_and_event() {
    let home = Home::new();
    load(&home, &[iam(1, "CreateUser", json!({})), iam(2, "GetUser", json!({}))]);
    rule(&home, "made-user", &detection("eventName: createuser"));
    let rows = home.rows(&["rules", "run", "--sigma", "rules"]);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    for (column, expected) in [
        ("time", "2026-07-12T00:00:01.000Z"),
        ("level", "high"),
        ("title", "Rule made-user"),
        ("author", "A. Author"),
        ("techniques", "T1685.002"),
        ("revoked", "T1562.008"),
        ("tactics", "persistence"),
        ("rule", "made-user"),
        ("action", "iam:CreateUser"),
        ("file", "made-user.yml"),
    ] {
        assert_eq!(plain(&row[column]), expected, "{column}");
    }
    assert_eq!(row["events"], 1);
    assert!(plain(&row["who"]).starts_with("alice"), "{row}");
    for format in ["table", "jsonl", "csv", "tsv", "md"] {
        let ran = run(&home, &["--format", format]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("A. Author") && ran.out.contains("made-user"), "{format} {ran:?}");
    }
    let ran = run(&home, &[]);
    assert!(
        ran.err.contains("1 rules in 1 files: 1 asked, 0 not applicable, 0 cannot run"),
        "{ran:?}"
    );
    assert!(ran.err.contains("2 CloudTrail records, 1 looked at"), "{ran:?}");
    assert!(ran.err.contains("1 matches: high 1"), "{ran:?}");
}

#[test]
fn members_that_only_columns_hold_are_seen() {
    let home = Home::new();
    load(
        &home,
        &[
            iam(
                1,
                "CreateUser",
                json!({ "errorCode": "AccessDenied", "userAgent": "S3 Browser/9" }),
            ),
            iam(2, "CreateUser", json!({ "sourceIPAddress": "10.1.2.3", "readOnly": false })),
            call(3, "s3.amazonaws.com", "PutObject", json!({ "userAgent": "[S3 Browser/9]" })),
            call(
                4,
                "signin.amazonaws.com",
                "ConsoleLogin",
                json!({ "errorMessage": "Failed authentication",
                "responseElements": { "ConsoleLogin": "Failure" }, "eventType": "AwsConsoleSignIn" }),
            ),
        ],
    );
    for (name, selection) in [
        ("denied", "errorCode: AccessDenied"),
        ("agent", "userAgent|contains: s3 browser"),
        ("bracketed", "userAgent: '[S3 Browser/9]'"),
        ("network", "sourceIPAddress|cidr: 10.0.0.0/8"),
        ("writes", "readOnly: 'false'"),
        ("region", "awsRegion: US-EAST-1\n        eventID|startswith: '00000002'"),
        ("hour", "eventTime|startswith: '2026-07-12T00:00:02'"),
        ("asked", "requestID: request000000002\n        recipientAccountId: '111122223333'"),
        ("no-code", "eventName: ConsoleLogin\n        errorCode: null"),
        (
            "word",
            "eventSource: iam.amazonaws.com\n        eventName: [CreateUser]\n        userIdentity.userName: ALICE",
        ),
    ] {
        rule(&home, name, &detection(selection));
    }
    let expected = [
        ("agent", 1),
        ("denied", 1),
        ("word", 1),
        ("asked", 2),
        ("hour", 2),
        ("network", 2),
        ("region", 2),
        ("word", 2),
        ("writes", 2),
        ("agent", 3),
        ("bracketed", 3),
        ("no-code", 4),
    ];
    let expected: Vec<String> =
        expected.iter().map(|(name, number)| format!("{name} {}", request(*number))).collect();
    let mut found = matches(&home, &[]);
    let by_time = |line: &String| (line.split(' ').nth(1).map(str::to_owned), line.clone());
    found.sort_by_key(by_time);
    assert_eq!(found, expected);
}

const JOINED: &str = "\
title: Joined TYPE
id: joined
author: B. Author
correlation:
    type: TYPE
    rules: RULES
    group-by:
        - userIdentity.userName
    timespan: 1m
    condition:
        CONDITION
level: critical
";

fn correlation(home: &Home, kind: &str, rules: &str, condition: &str) {
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!("    condition:\n        {condition}\n")
    };
    let text = JOINED
        .replace("    condition:\n        CONDITION\n", &condition)
        .replace("TYPE", kind)
        .replace("RULES", rules);
    home.write("rules/joined.yml", text);
}

/// Makes, lists and deletes by two people, some of it more than a minute apart.
fn busy(home: &Home) {
    let by = |number: u32, name: &str, user: &str, key: &str| {
        iam(
            number,
            name,
            json!({ "userIdentity": { "type": "IAMUser", "userName": user },
            "requestParameters": { "accessKeyId": key } }),
        )
    };
    load(
        home,
        &[
            by(10, "DeleteAccessKey", "alice", "k1"),
            by(20, "CreateAccessKey", "alice", "k1"),
            by(30, "CreateAccessKey", "alice", "k1"),
            by(40, "CreateAccessKey", "bob", "k2"),
            by(50, "CreateAccessKey", "alice", "k3"),
            by(60, "DeleteAccessKey", "bob", "k2"),
            by(200, "CreateAccessKey", "bob", "k4"),
            by(300, "DeleteAccessKey", "bob", "k4"),
        ],
    );
    for (name, call) in [("make", "CreateAccessKey"), ("drop", "DeleteAccessKey")] {
        rule(home, name, &detection(&format!("eventName: {call}")));
    }
}

/// Event, number of events, group of each match of the correlation.
fn joined(home: &Home) -> Vec<(String, u64, String)> {
    home.rows(&["rules", "run", "--sigma", "rules", "--level", "critical"])
        .iter()
        .map(|row| {
            assert_eq!(row["rule"], "joined");
            assert_eq!(row["author"], "B. Author");
            let time = plain(&row["time"]);
            (
                time.get(14..19).unwrap().to_owned(),
                row["events"].as_u64().unwrap(),
                plain(&row["group"]),
            )
        })
        .collect()
}

fn expected(of: &[(&str, u64, &str)]) -> Vec<(String, u64, String)> {
    of.iter()
        .map(|(time, count, user)| {
            ((*time).to_owned(), *count, format!("userIdentity.userName={user}"))
        })
        .collect()
}

#[test]
fn events_are_counted_in_a_window_per_group() {
    let home = Home::new();
    busy(&home);
    correlation(&home, "event_count", "[make]", "gte: 3");
    assert_eq!(joined(&home), expected(&[("00:50", 3, "alice")]));
    correlation(&home, "event_count", "[make]", "gte: 2");
    assert_eq!(joined(&home), expected(&[("00:30", 3, "alice")]));
}

#[test]
fn different_values_are_counted() {
    let home = Home::new();
    busy(&home);
    correlation(
        &home,
        "value_count",
        "[make]",
        "field: requestParameters.accessKeyId\n        gte: 2",
    );
    assert_eq!(joined(&home), expected(&[("00:50", 3, "alice")]));
    correlation(
        &home,
        "value_count",
        "[make]",
        "field: requestParameters.accessKeyId\n        gte: 3",
    );
    assert_eq!(joined(&home), []);
}

#[test]
fn rules_within_a_window_in_any_order_or_in_theirs() {
    let home = Home::new();
    busy(&home);
    correlation(&home, "temporal", "[make, drop]", "");
    assert_eq!(joined(&home), expected(&[("00:20", 4, "alice"), ("01:00", 2, "bob")]));
    for kind in ["temporal_ordered", "temporal_order"] {
        correlation(&home, kind, "[make, drop]", "");
        assert_eq!(joined(&home), expected(&[("01:00", 2, "bob")]), "{kind}");
    }
}

#[test]
fn joined_rules_speak_for_themselves_only_where_the_correlation_lets_them() {
    let home = Home::new();
    busy(&home);
    correlation(&home, "event_count", "[make]", "gte: 3");
    let ran = run(&home, &["--format", "csv", "--columns", "rule,events"]);
    assert_eq!(ran.out, "rule,events\ndrop,1\njoined,3\ndrop,1\ndrop,1\n");
    assert!(
        ran.err.contains("5 matches of rules that speak through a correlation only"),
        "{ran:?}"
    );
    let text = std::fs::read_to_string(home.path("rules/joined.yml")).unwrap();
    home.write(
        "rules/joined.yml",
        text.replace("    timespan", "    generate: true\n    timespan"),
    );
    let ran = run(&home, &["--format", "csv", "--columns", "rule"]);
    assert_eq!(ran.out.matches("make").count(), 5, "{ran:?}");
    // A correlation may join another one, by what both are grouped by.
    home.write(
        "rules/outer.yml",
        "title: Outer\nid: outer\ncorrelation:\n    type: temporal\n    rules: [joined, drop]\n    group-by: [userIdentity.userName]\n    timespan: 5m\nlevel: low\n",
    );
    let ran = run(&home, &["--format", "csv", "--columns", "rule,group", "--level", "low"]);
    assert!(ran.out.contains("outer,userIdentity.userName=alice"), "{ran:?}");
    assert!(!ran.out.contains("\njoined,"), "{ran:?}");
}

#[test]
fn filters_narrow_the_rules_they_name() {
    let home = Home::new();
    busy(&home);
    home.write(
        "rules/not-bob.yml",
        "title: Not Bob\nlogsource:\n    product: aws\nfilter:\n    rules: [make]\n    theirs:\n        userIdentity.userName: bob\n    condition: not theirs\n",
    );
    let found = matches(&home, &[]);
    assert_eq!(found.iter().filter(|line| line.starts_with("make")).count(), 3, "{found:?}");
    assert_eq!(found.iter().filter(|line| line.starts_with("drop")).count(), 3, "{found:?}");
}

#[test]
fn broken_rules_are_named_with_file_line_and_field_and_the_others_run() {
    let home = Home::new();
    load(&home, &[iam(1, "CreateUser", json!({}))]);
    rule(&home, "good", &detection("eventName: CreateUser"));
    rule(&home, "modifier", &detection("eventName|contians: CreateUser"));
    rule(&home, "regex", &detection("eventName|re: '('"));
    home.write("rules/yaml.yml", "title: 'x\n");
    home.write(
        "rules/nobody.yml",
        JOINED
            .replace("TYPE", "event_count")
            .replace("RULES", "[none]")
            .replace("CONDITION", "gte: 2"),
    );
    home.write("rules/twice.yml", std::fs::read_to_string(home.path("rules/good.yml")).unwrap());
    rule(
        &home,
        "elsewhere",
        &detection("eventName: x").replace("product: aws", "product: windows"),
    );
    assert_eq!(matches(&home, &[]), [format!("good {}", request(1))]);
    let ran = run(&home, &[]);
    for part in [
        "`modifier.yml` line 12 `eventName|contians`: Unknown modifier",
        "`regex.yml` line 12 `eventName|re`:",
        "`nobody.yml` line 6 `correlation.rules`: `none` is no rule of this folder",
        "`twice.yml` line 2 `id`: `good` is the id of a rule in `good.yml` line 1 already",
        "`yaml.yml` line ",
        "not applicable: 1 rules: no source of this case answers to `product: windows, service: cloudtrail`",
        "7 rules in 7 files: 1 asked, 1 not applicable, 5 cannot run",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    assert_eq!(run(&home, &["--strict"]).code, Some(3));
    let tested = home.run(&[
        "rules",
        "test",
        "--sigma",
        "rules",
        "--format",
        "csv",
        "--columns",
        "file,line,field",
    ]);
    assert_eq!(tested.code, Some(3));
    assert!(tested.out.contains("modifier.yml,12,eventName|contians\n"), "{tested:?}");
    assert_eq!(tested.out.lines().count(), 6, "{tested:?}");
    for path in ["no-such-folder", "evidence"] {
        let ran = home.run(&["rules", "list", "--sigma", path]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
}

#[test]
fn a_case_without_cloudtrail_answers_no_rule() {
    let home = Home::new();
    home.write("evidence/a.jsonl", "{\"ts\":\"2026-07-12T00:00:00Z\",\"tool\":\"x\"}\n".repeat(3));
    home.run(&["ingest", "evidence", "--case", &home.text("case")]);
    rule(&home, "good", &detection("eventName: CreateUser"));
    let ran = run(&home, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("no source of this case answers to `product: aws, service: cloudtrail`"),
        "{ran:?}"
    );
}

#[test]
fn hidden_values_cannot_match_and_are_told() {
    let home = Home::new();
    let secret = ["FAKE-", "hunter2", "-x9"].concat();
    load(
        &home,
        &[
            iam(1, "UpdateLoginProfile", json!({ "requestParameters": { "password": secret } })),
            iam(2, "UpdateLoginProfile", json!({ "requestParameters": { "password": "***" } })),
            iam(3, "UpdateLoginProfile", json!({ "requestParameters": { "userName": "bob" } })),
        ],
    );
    rule(
        &home,
        "weak",
        &detection(&format!(
            "eventName: UpdateLoginProfile\n        requestParameters.password: {secret}"
        )),
    );
    let ran = run(&home, &["--format", "csv", "--columns", "rule"]);
    assert_eq!(ran.out, "rule\n");
    assert!(ran.err.contains("masked values: 2 times"), "{ran:?}");
    assert!(
        ran.err.contains("masked: `requestParameters.password` in 2 events, for rule weak"),
        "{ran:?}"
    );
}

#[test]
fn filters_of_the_command_line_and_levels_narrow_what_is_listed() {
    let home = Home::new();
    busy(&home);
    assert_eq!(matches(&home, &["--until", "2026-07-12T00:00:25Z"]).len(), 2);
    assert_eq!(matches(&home, &["--filter", "action:DeleteAccessKey"]).len(), 3);
    assert_eq!(matches(&home, &["--limit", "1"]).len(), 1);
    assert_eq!(matches(&home, &["--level", "critical"]), Vec::<String>::new());
    assert_eq!(run(&home, &["--fail-on", "high"]).code, Some(5));
    assert_eq!(run(&home, &["--fail-on", "critical"]).code, Some(0));
    assert_eq!(run(&home, &["--level", "critical", "--fail-on-empty"]).code, Some(4));
    let ran = run(&home, &["--until", "2000-01-01"]);
    assert!(ran.err.contains("no CloudTrail record under the filters"), "{ran:?}");
}

#[test]
fn tags_are_one_act_for_each_rule_that_names_it_its_author_and_its_file() {
    let home = Home::new();
    busy(&home);
    let dry = run(&home, &["--tag-matches", "--dry-run"]);
    assert!(dry.err.contains("would tag 8 events for 2 rules"), "{dry:?}");
    assert_eq!(home.sql("SELECT count(*) FROM tags"), ["0"]);
    let done = run(&home, &["--tag-matches"]);
    assert!(done.err.contains("tagged 8 events for 2 rules"), "{done:?}");
    let tags = home.sql("SELECT text, count(*) FROM tags GROUP BY 1 ORDER BY 1");
    assert_eq!(tags, ["sigma:Rule drop 3", "sigma:Rule make 5"]);
    let journal = std::fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    let entries: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let acts: Vec<&Value> = entries.iter().filter(|entry| entry["act"] == "tag.add").collect();
    assert_eq!(acts.len(), 2);
    assert!(entries.iter().any(|entry| entry["act"] == "rule.run"));
    let digest = home.run(&["rules", "show", "drop", "--sigma", "rules", "--json"]);
    let digest: Value = serde_json::from_str(&digest.out).unwrap();
    let digest = digest["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "sha256")
        .unwrap()["value"]
        .clone();
    let reason = plain(&acts[0]["detail"]["reason"]);
    for part in ["Sigma rule drop", "A. Author", "drop.yml", &plain(&digest)] {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    // A second run finds nothing left to tag.
    let again = run(&home, &["--tag-matches"]);
    assert!(again.err.contains("tagged 0 events for 0 rules"), "{again:?}");
}

#[test]
fn texts_of_rules_never_act_on_a_terminal() {
    let home = Home::new();
    load(&home, &[iam(1, "CreateUser", json!({}))]);
    let hostile = "\\e[2J\\u202e=cmd|x\\x07";
    let text = format!(
        "title: \"{hostile}\"\nid: \"{hostile}\"\nauthor: \"{hostile}\"\n{}",
        detection("eventName: CreateUser")
    );
    home.write("rules/hostile.yml", text);
    home.write("rules/broken.yml", format!("title: \"{hostile}\"\nlogsource:\n    product: \"{hostile}\"\ndetection:\n    \"{hostile}\":\n        \"{hostile}|{hostile}\": x\n    condition: x\n"));
    home.write("rules/other.yml", format!("title: a\nlogsource:\n    product: \"{hostile}\"\ndetection:\n    a:\n        b: c\n    condition: a\n"));
    let case = home.text("case");
    for args in [
        vec!["rules", "run", "--sigma", "rules", "--case", &case, "--tag-matches"],
        vec!["rules", "run", "--sigma", "rules", "--case", &case, "--format", "csv"],
        vec!["rules", "run", "--sigma", "rules", "--case", &case, "--format", "md"],
        vec!["rules", "list", "--sigma", "rules"],
        vec!["rules", "test", "--sigma", "rules"],
        vec!["rules", "show", "other.yml:1", "--sigma", "rules"],
        vec!["tag", "list", "--case", &case],
    ] {
        let ran = home.run(&args);
        assert_eq!(active(&ran.out), Vec::<char>::new(), "{args:?}");
        assert_eq!(active(&ran.err), Vec::<char>::new(), "{args:?}");
        assert!(!ran.out.is_empty(), "{args:?} {ran:?}");
    }
}

#[test]
fn same_evidence_gives_the_same_rows_with_any_number_of_threads() {
    let home = Home::new();
    let many: Vec<Value> = (0..400)
        .map(|number| {
            iam(number / 4, "CreateUser", json!({ "eventID": format!("{number:08x}-1") }))
        })
        .collect();
    load(&home, &many);
    rule(&home, "b", &detection("eventName: CreateUser"));
    rule(&home, "a", &detection("eventSource: iam.amazonaws.com"));
    let one = run(&home, &["--threads", "1", "--json"]);
    let other = run(&home, &["--threads", "4", "--json"]);
    assert_eq!(one.out, other.out);
    assert_eq!(one.out.matches("\"rule\"").count(), 800);
}
