//! Where to look first: for each kind of lead evidence that makes one, and evidence that comes close and makes none; and
//! that the sample incident is found from the first lead. Screens and the journal of dismissals too.

mod agents;

use serde_json::{Value, json};

use crate::screens::Loaded;
use crate::support::{Home, lines, record_with};
use crate::terminal::{Terminal, sample};

const HOUR: u32 = 3600;

/// A call of an IAM user at so many seconds of the day; `number` must be unused.
fn call(number: u32, user: &str, key: &str, action: &str, more: Value) -> Value {
    let (service, name) = action.split_once(':').expect("a service and a name");
    let mut record = record_with(
        number,
        json!({
            "userIdentity": {
                "type": "IAMUser", "principalId": format!("AIDA{user}"), "accountId": "111122223333",
                "arn": format!("arn:aws:iam::111122223333:user/{user}"), "accessKeyId": key, "userName": user
            },
            "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "requestParameters": null,
        }),
    );
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more);
    }
    record
}

/// A call that changes something.
fn change(number: u32, user: &str, key: &str, action: &str, parameters: &Value) -> Value {
    call(number, user, key, action, json!({ "readOnly": false, "requestParameters": parameters }))
}

fn case(of: &[Value]) -> Home {
    let home = Home::new();
    home.write("evidence/a.jsonl", lines(of));
    home.ingest("evidence", 0);
    home
}

/// Leads of a case: rule, title and what the column says.
fn leads(home: &Home) -> Vec<String> {
    home.sql("SELECT rule || ': ' || title || ', ' || why FROM leads ORDER BY score DESC, id")
}

fn refused(number: u32, user: &str, key: &str) -> Value {
    let denied = json!({ "errorCode": "AccessDenied", "readOnly": false, "requestParameters": { "roleName": "admin" } });
    call(number, user, key, "iam:AttachRolePolicy", denied)
}

fn attached(number: u32, user: &str, key: &str) -> Value {
    change(number, user, key, "iam:AttachRolePolicy", &json!({ "roleName": "admin" }))
}

#[test]
fn change_refused_and_then_done_with_another_key_of_the_same_user_leads() {
    let home = case(&[
        refused(10, "bob", "AKIAEXAMPLE0000BOB01"),
        attached(40, "bob", "AKIAEXAMPLE0000BOB02"),
    ]);
    assert_eq!(leads(&home), ["denied then done: user/bob, denied, then done"]);
    let told = home.sql("SELECT reason FROM leads");
    assert!(
        told[0].contains("was refused; 30 s later iam:AttachRolePolicy on it succeeded"),
        "{told:?}"
    );
    let evidence = home.sql("SELECT len(string_split(evidence, ' ')) FROM leads");
    assert_eq!(evidence, ["2"], "both events are named");
}

#[test]
fn change_refused_to_one_user_and_done_by_another_does_not_lead() {
    let home = case(&[
        refused(10, "bob", "AKIAEXAMPLE0000BOB01"),
        attached(40, "dora", "AKIAEXAMPLE00DORA01"),
    ]);
    assert_eq!(leads(&home), [""; 0]);
}

#[test]
fn key_used_after_its_deletion_leads_but_not_within_the_minute_that_iam_takes() {
    let deleted = |user: &str, key: &str, number| {
        change(
            number,
            "admin",
            "AKIAEXAMPLE00ADMIN1",
            "iam:DeleteAccessKey",
            &json!({ "userName": user, "accessKeyId": key }),
        )
    };
    let read = |user: &str, key: &str, number| call(number, user, key, "s3:GetObject", json!({}));
    let home = case(&[
        deleted("eve", "AKIAEXAMPLE0000EVE01", 10),
        read("eve", "AKIAEXAMPLE0000EVE01", 300),
        deleted("fay", "AKIAEXAMPLE0000FAY01", 11),
        read("fay", "AKIAEXAMPLE0000FAY01", 40),
    ]);
    assert_eq!(leads(&home), ["use after revocation: AKIAEXAMPLE0000EVE01, used after deleted"]);
}

#[test]
fn stopped_logging_leads_above_a_try_and_a_long_retention_does_not() {
    let trail = json!({ "name": "main" });
    let failed =
        json!({ "readOnly": false, "errorCode": "AccessDenied", "requestParameters": trail });
    let retention = |days: u32| json!({ "logGroupName": "app", "retentionInDays": days });
    let home = case(&[
        change(1, "ann", "AKIAEXAMPLE0000ANN01", "cloudtrail:StopLogging", &trail),
        call(2, "bea", "AKIAEXAMPLE0000BEA01", "cloudtrail:StopLogging", failed),
        change(3, "cat", "AKIAEXAMPLE0000CAT01", "logs:PutRetentionPolicy", &retention(365)),
        change(4, "dot", "AKIAEXAMPLE0000DOT01", "logs:PutRetentionPolicy", &retention(1)),
    ]);
    assert_eq!(
        leads(&home),
        [
            "log pipeline touched: user/ann, log pipeline touched",
            "log pipeline touched: user/bea, tried to touch the log pipeline",
            "log pipeline touched: user/dot, log pipeline changed",
        ]
    );
}

#[test]
fn fifteen_services_in_ten_minutes_lead_and_fourteen_do_not() {
    let services = [
        "ec2", "s3", "iam", "lambda", "sqs", "sns", "rds", "ecs", "eks", "kms", "ssm", "logs",
        "glue", "athena", "dynamodb",
    ];
    let mut of: Vec<Value> = Vec::new();
    for (at, service) in (0_u32..).zip(services) {
        let action = format!("{service}:DescribeThings");
        of.push(call(10 * at, "wide", "AKIAEXAMPLE000WIDE01", &action, json!({})));
        if at < 14 {
            of.push(call(10 * at + 1, "less", "AKIAEXAMPLE000LESS01", &action, json!({})));
        }
        // As many services, but over the day.
        of.push(call(HOUR * at + 2, "slow", "AKIAEXAMPLE000SLOW01", &action, json!({})));
    }
    assert_eq!(leads(&case(&of)), ["spread: AKIAEXAMPLE000WIDE01, spread"]);
}

#[test]
fn new_key_leads_once_it_is_used() {
    let issued = |number, user: &str, key: &str| {
        let made =
            json!({ "accessKey": { "userName": user, "accessKeyId": key, "status": "Active" } });
        call(
            number,
            "admin",
            "AKIAEXAMPLE00ADMIN1",
            "iam:CreateAccessKey",
            json!({ "readOnly": false, "requestParameters": { "userName": user }, "responseElements": made }),
        )
    };
    let home = case(&[
        issued(1, "new", "AKIAEXAMPLE0000NEW01"),
        issued(2, "idle", "AKIAEXAMPLE000IDLE01"),
        call(9, "new", "AKIAEXAMPLE0000NEW01", "s3:GetObject", json!({})),
    ]);
    assert_eq!(leads(&home), ["first-seen key: AKIAEXAMPLE0000NEW01, new key, 1 call"]);
}

#[test]
fn new_network_leads_after_a_day_of_another_and_not_for_less_history() {
    let mut of = Vec::new();
    let from = |address: &str| json!({ "sourceIPAddress": address });
    for at in 0..60 {
        of.push(call(
            at * 600,
            "home",
            "AKIAEXAMPLE000HOME01",
            "s3:GetObject",
            from("203.0.113.7"),
        ));
        // Moves within its network.
        let address = if at < 52 { "198.51.100.7" } else { "198.51.100.99" };
        of.push(call(at * 600 + 1, "pool", "AKIAEXAMPLE000POOL01", "s3:GetObject", from(address)));
        of.push(call(
            at * 600 + 3,
            "office",
            "AKIAEXAMPLE0OFFICE01",
            "s3:GetObject",
            from("10.1.1.7"),
        ));
        if at < 49 {
            of.push(call(
                at * 600 + 2,
                "few",
                "AKIAEXAMPLE0000FEW01",
                "s3:GetObject",
                from("203.0.113.7"),
            ));
        }
    }
    for at in 0..5 {
        let later = 61 * 600 + at * 10;
        let address = if at < 3 { "192.0.2.70" } else { "192.0.2.71" };
        of.push(call(later + 2, "office", "AKIAEXAMPLE0OFFICE01", "s3:GetObject", from(address)));
        of.push(call(later, "home", "AKIAEXAMPLE000HOME01", "s3:GetObject", from("192.0.2.66")));
        of.push(call(later + 1, "few", "AKIAEXAMPLE0000FEW01", "s3:GetObject", from("192.0.2.66")));
    }
    let case = case(&of);
    assert_eq!(
        leads(&case),
        ["first-seen source: user/office, new source", "first-seen source: user/home, new source"]
    );
    let said = case.sql("SELECT detail || '; ' || filter FROM leads ORDER BY title");
    assert!(
        said[0].contains("from  192.0.2.66; ") && said[0].ends_with("address=\"192.0.2.66\""),
        "{said:?}"
    );
    assert!(said[1].contains("from  192.0.2.* (2 addresses); "), "{said:?}");
    assert!(said[1].ends_with("address:\"192.0.2.\""), "{said:?}");
}

#[test]
fn hour_of_ten_times_the_median_leads_from_five_hundred_calls_on() {
    let mut of = Vec::new();
    for hour in 0..13_u32 {
        for at in 0..10 {
            of.push(call(
                hour * HOUR + at * 4,
                "burst",
                "AKIAEXAMPLE00BURST01",
                "s3:GetObject",
                json!({}),
            ));
            of.push(call(
                hour * HOUR + at * 4 + 1,
                "less",
                "AKIAEXAMPLE000LESS01",
                "s3:GetObject",
                json!({}),
            ));
        }
    }
    let noon = 14 * HOUR;
    for at in 0..500 {
        of.push(call(noon + at * 4, "burst", "AKIAEXAMPLE00BURST01", "s3:GetObject", json!({})));
        if at < 499 {
            of.push(call(
                noon + at * 4 + 1,
                "less",
                "AKIAEXAMPLE000LESS01",
                "s3:GetObject",
                json!({}),
            ));
        }
    }
    assert_eq!(
        leads(&case(&of)),
        ["out-of-the-ordinary volume: user/burst, 50x its own median hour"]
    );
}

/// A key of a role, handed out by a service and used once.
fn assumed(number: u32, role: &str) -> [Value; 2] {
    let (arn, key) =
        (format!("arn:aws:iam::111122223333:role/{role}"), format!("ASIAEXAMPLE{number:09}"));
    let issued = record_with(
        number * 2,
        json!({
            "userIdentity": { "type": "AWSService", "invokedBy": "codebuild.amazonaws.com" },
            "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "requestParameters": { "roleArn": arn, "roleSessionName": format!("run-{number}") },
            "responseElements": { "credentials": { "accessKeyId": key, "expiration": "Jul 12, 2026, 11:00:00 PM" } },
            "sourceIPAddress": "codebuild.amazonaws.com",
        }),
    );
    let used = record_with(
        number * 2 + 1,
        json!({ "userIdentity": {
            "type": "AssumedRole", "principalId": format!("AROA{role}:run-{number}"), "accountId": "111122223333",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/run-{number}"), "accessKeyId": key,
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": arn, "accountId": "111122223333", "userName": role } }
        } }),
    );
    [issued, used]
}

#[test]
fn many_short_keys_of_one_lineage_are_one_job_and_a_runaway_one_leads() {
    let mut of: Vec<Value> = (0..300).flat_map(|number| assumed(number, "build")).collect();
    of.extend((400..699).flat_map(|number| assumed(number, "deploy")));
    let home = case(&of);
    assert_eq!(leads(&home), ["runaway job: role/build, 300 keys in 1 h"]);
    let keys = home.rows(&["keys"]);
    let jobs: Vec<String> =
        keys.iter().map(|key| format!("{} {}", key["kind"], key["keys"])).collect();
    assert_eq!(jobs, ["\"job\" 300", "\"job\" 299"], "two rows, not six hundred");
    let job = keys[0]["job"].as_str().expect("a lineage").to_owned();
    assert_eq!(home.rows(&["keys", "--job", &job]).len(), 300);
}

fn spent(hour: u32, key: char, dollars: f64) -> Value {
    json!({
        "request_id": format!("chatcmpl-{key}-{hour}"), "call_type": "acompletion", "api_key": key.to_string().repeat(64),
        "spend": dollars, "total_tokens": 150, "prompt_tokens": 100, "completion_tokens": 50,
        "startTime": format!("2026-03-01T{hour:02}:00:00.000Z"), "endTime": format!("2026-03-01T{hour:02}:00:02.000Z"),
        "model": "gpt-made-up", "custom_llm_provider": "openai", "user": "", "metadata": "{}", "status": "success"
    })
}

#[test]
fn hour_of_ten_times_the_median_spend_leads_with_twelve_hours_of_history() {
    let home = Home::new();
    let mut of: Vec<Value> = (0..12).map(|hour| spent(hour, 'a', 0.25)).collect();
    of.push(spent(12, 'a', 5.0));
    // Eleven hours are no history; the other one is dear enough but has always been.
    of.extend((2..12).map(|hour| spent(hour, 'b', 0.25)));
    of.push(spent(12, 'b', 5.0));
    of.extend((0..13).map(|hour| spent(hour, 'c', 4.0)));
    home.write("evidence/spend.json", json!({ "data": of }).to_string());
    home.ingest("evidence", 0);
    assert_eq!(
        leads(&home),
        [format!("spend spike: {}, 20x its own median spend", "a".repeat(64))]
    );
    let flags = home.rows(&["keys"]);
    let flagged: Vec<&str> = flags.iter().filter_map(|key| key["flag"].as_str()).collect();
    assert_eq!(flagged, ["20x", "", ""]);
}

#[test]
fn ten_refusals_of_five_kinds_lead_and_nine_do_not() {
    let kinds = [
        "ec2:RunInstances",
        "iam:CreateUser",
        "s3:DeleteBucket",
        "kms:CreateKey",
        "sqs:DeleteQueue",
    ];
    let denied = |number: u32, user: &str, key: &str, kind: &str| {
        call(number, user, key, kind, json!({ "readOnly": false, "errorCode": "AccessDenied" }))
    };
    let mut of = Vec::new();
    for (number, kind) in (0_u32..).zip(kinds.iter().cycle().take(10)) {
        of.push(denied(number * 2, "prober", "AKIAEXAMPLE0PROBER01", kind));
        if number < 9 {
            of.push(denied(number * 2 + 1, "clumsy", "AKIAEXAMPLE0CLUMSY01", kind));
        }
    }
    assert_eq!(leads(&case(&of)), ["refused: user/prober, 10 refused"]);
}

#[test]
fn sample_incident_is_told_by_its_first_leads() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let found = leads(&home);
    assert_eq!(found[0], "denied then done: 8f2c, denied, then done", "{found:#?}");
    assert_eq!(found[1], "spread: AKIAEXAMPLEBACKUQ7RX, spread", "{found:#?}");
    assert_eq!(
        found[2], "credential change by an agent: 7QPL, credential change by an agent",
        "{found:#?}"
    );
    let has = |rule: &str| found.iter().any(|lead| lead.starts_with(rule));
    assert!(has("no human behind it: 91aa") && has("first-seen tool: claude-code"), "{found:#?}");
    assert!(has("log pipeline touched: user/backup, tried"), "{found:#?}");
}

#[test]
fn leads_and_life_lines_are_the_same_for_any_order_of_files() {
    let questions = [
        "SELECT * FROM leads ORDER BY id",
        "SELECT * FROM key_lives ORDER BY key",
        "SELECT * FROM spends ORDER BY ALL",
    ];
    let of: Vec<Value> = (0..20)
        .flat_map(|number| assumed(number, "build"))
        .chain([
            refused(1000, "bob", "AKIAEXAMPLE0000BOB01"),
            attached(1040, "bob", "AKIAEXAMPLE0000BOB02"),
        ])
        .chain([
            refused(1100, "bob", "AKIAEXAMPLE0000BOB01"),
            attached(1140, "bob", "AKIAEXAMPLE0000BOB02"),
        ])
        .collect();
    let answers = |parts: &[&[Value]]| {
        let home = Home::new();
        for (number, part) in parts.iter().enumerate() {
            home.write(&format!("evidence{number}/a.jsonl"), lines(part));
            home.ingest(&format!("evidence{number}"), 0);
        }
        questions.map(|question| home.sql(question))
    };
    let (one, other) = of.split_at(17);
    let whole = answers(&[&of]);
    assert!(whole[0].len() == 1 && whole[1].len() == 22, "{whole:#?}");
    assert_eq!(whole, answers(&[one, other]));
    assert_eq!(whole, answers(&[other, one]));
}

#[test]
fn lead_is_dismissed_with_a_reason_that_the_journal_keeps_and_undo_takes_back() {
    let home = Home::new();
    let (evidence, case) = (sample(), home.text("case"));
    let mut terminal = Terminal::start((80, 24), &home, &[&evidence, "--case", &case]);
    terminal.see("denied, then done").see_no("LOADING").see_no("not joined");
    terminal
        .send("X")
        .see("Reason:")
        .send("drill of the red team\r")
        .see("dismissed  (u takes it back)");
    terminal.see_no("session 8f2c   alice").send("\t").see("dismissed").see("ALL LEADS");
    terminal.send("\t").send("u").see("undone: no longer dismissed").see(">1  session 8f2c");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
    let journal = std::fs::read_to_string(home.path("case/journal.jsonl")).expect("a journal");
    let acts: Vec<&str> = journal.lines().filter(|line| line.contains("\"lead")).collect();
    assert!(
        acts[0].contains("aside.add") && acts[0].contains("drill of the red team"),
        "{acts:#?}"
    );
    assert!(acts.last().is_some_and(|act| act.contains("aside.withdraw")), "{acts:#?}");
}

#[test]
fn overview_opens_the_lead_under_the_cursor_and_keys_fit_every_size() {
    let loaded = Loaded::of(&sample());
    for (columns, rows) in [(60, 16), (80, 24), (132, 43)] {
        let mut harness = loaded.screens(columns, rows);
        let screen = harness.screen();
        assert!(
            screen.contains(">1  session 8f2c") && screen.contains("denied, then done"),
            "{screen}"
        );
        harness.keys("<enter>");
        let screen = harness.screen();
        assert!(screen.contains("All > session 8f2c") && screen.contains("DENY"), "{screen}");
        harness.keys("F 9");
        let screen = harness.screen();
        assert!(screen.contains("KEYS AND SPEND") && screen.contains("FLAG"), "{screen}");
        assert!(screen.contains("AKIA..Q7RX") && screen.contains("NEW"), "{screen}");
    }
}
