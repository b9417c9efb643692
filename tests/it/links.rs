//! Sessions, people and links that rest on exact identifiers, in made-up evidence.

use serde_json::{Value, json};

use crate::support::{Home, by_role, lines, record, record_with};

/// A role taken on by a user, what was done with the key it gave out, and a stranger.
fn assumed_role(home: &Home) {
    let role = |number: u32, action: &str| {
        record_with(
            number,
            json!({
                "eventName": action,
                "userIdentity": {
                    "type": "AssumedRole", "principalId": "AROAEXAMPLE:deploy-7", "accountId": "111122223333",
                    "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy-7",
                    "accessKeyId": "ASIAEXAMPLE000000007",
                    "sessionContext": { "sessionIssuer": {
                        "type": "Role", "principalId": "AROAEXAMPLE", "userName": "Deploy",
                        "arn": "arn:aws:iam::111122223333:role/Deploy", "accountId": "111122223333" } }
                }
            }),
        )
    };
    let minted = record_with(
        1,
        json!({
            "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "requestParameters": { "roleArn": "arn:aws:iam::111122223333:role/Deploy", "roleSessionName": "deploy-7" },
            "responseElements": {
                "credentials": { "accessKeyId": "ASIAEXAMPLE000000007", "sessionToken": "FwoGZXIvYXdzEXAMPLETOKEN" },
                "assumedRoleUser": { "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy-7" }
            }
        }),
    );
    let denied = {
        let mut record = role(3, "DeleteBucket");
        record["errorCode"] = json!("AccessDenied");
        record
    };
    home.write("evidence/a.jsonl", lines(&[minted, role(2, "PutObject"), denied, record(4)]));
    home.ingest("evidence", 0);
}

#[test]
fn session_of_a_role_is_traced_to_the_user_who_took_it_on_through_the_key() {
    let home = Home::new();
    assumed_role(&home);
    let sessions = home.rows(&["sessions"]);
    let session = sessions
        .iter()
        .find(|session| session["id"] == "key:ASIAEXAMPLE000000007")
        .expect("a session of the key");
    assert_eq!(session["basis"], "credential");
    assert_eq!((&session["events"], &session["denied"]), (&json!(2), &json!(1)));
    assert_eq!(
        home.sql("SELECT a.action, b.action, grade, key, value_a FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b"),
        ["sts:AssumeRole s3:PutObject = issued key ASIAEXAMPLE000000007"]
    );
    assert_eq!(
        home.sql("SELECT events.action FROM sessions JOIN events ON events.id = minted_by"),
        ["sts:AssumeRole"]
    );
    let human = home.sql("SELECT human, human_grade FROM sessions WHERE id LIKE 'key:ASIA%'");
    assert_eq!(human, ["arn:aws:iam::111122223333:user/alice +"]);
}

#[test]
fn no_link_and_no_session_is_made_up_for_records_that_share_no_identifier() {
    let home = Home::new();
    let other = record_with(
        2,
        json!({ "userIdentity": { "type": "IAMUser", "userName": "bob", "accountId": "111122223333",
                                  "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIAEXAMPLE000000002" } }),
    );
    home.write("evidence/a.jsonl", lines(&[record(1), other]));
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT count(*) FROM links"), ["0"]);
    assert_eq!(home.sql("SELECT count(*) FROM sessions WHERE kind = 'AGENT'"), ["0"]);
    assert_eq!(home.sql("SELECT DISTINCT grade FROM links"), Vec::<String>::new());
}

#[test]
fn pivots_from_a_key_reach_its_session_its_resources_and_its_person() {
    let home = Home::new();
    assumed_role(&home);
    let pivot = |to: &str| home.rows(&["pivot", "key", "ASIAEXAMPLE000000007", "--to", to]);
    let holds = |rows: &[Value], text: &str| rows.iter().any(|row| row.to_string().contains(text));
    assert!(holds(&pivot("session"), "key:ASIAEXAMPLE000000007"));
    assert!(holds(&pivot("what"), "acme"));
    assert!(holds(&pivot("who"), "alice") || holds(&pivot("who"), "Deploy"));
    let events = home.rows(&["pivot", "key", "ASIAEXAMPLE000000007"]);
    assert_eq!(events.len(), 3, "{events:?}");
}

#[test]
fn links_are_the_same_whether_files_come_together_or_one_after_the_other() {
    let home = Home::new();
    assumed_role(&home);
    let together = home.sql("SELECT a, b, grade, key FROM links ORDER BY ALL");
    let text = std::fs::read_to_string(home.path("evidence/a.jsonl")).expect("the evidence");
    let other = Home::new();
    for (number, line) in text.lines().enumerate().collect::<Vec<_>>().into_iter().rev() {
        other.write(&format!("evidence/{number}.json"), line);
        other.ingest("evidence", 0);
    }
    assert_eq!(other.sql("SELECT a, b, grade, key FROM links ORDER BY ALL"), together);
}

#[test]
fn replay_without_a_terminal_prints_every_step_with_its_outcome_and_the_silence_cut() {
    let home = Home::new();
    assumed_role(&home);
    let text = home.on_case(&["replay", "key:ASIAEXAMPLE000000007", "--idle", "1s"]);
    for part in [
        "ASKED",
        "HAPPENED",
        "sts:AssumeRole  ok",
        "s3:PutObject  ok",
        "s3:DeleteBucket  DENY",
        "3 steps",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("s3:GetObject"), "a stranger's call is no step: {text}");
}

/// A call that takes on a role and is given a key.
fn assume(role: &str, name: &str, key: &str) -> Value {
    json!({
        "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
        "requestParameters": { "roleArn": format!("arn:aws:iam::111122223333:role/{role}"), "roleSessionName": name },
        "responseElements": { "credentials": { "accessKeyId": key } }
    })
}

/// A line of a transcript in which an agent runs a command.
fn command(session: &str, number: u32, time: &str, text: &str) -> Value {
    json!({
        "type": "assistant", "uuid": format!("10000000-0000-4000-8000-{number:012}"), "sessionId": session,
        "timestamp": time, "isSidechain": false, "userType": "external", "cwd": "/home/dev", "version": "2.1.202",
        "message": { "id": format!("msg_{number:024}"), "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
            "content": [{ "type": "tool_use", "id": format!("toolu_01EXAMPLE{number:016}"), "name": "Bash",
                          "input": { "command": text } }] }
    })
}

const AGENT: &str = "20000000-0000-4000-8000-000000000001";

#[test]
fn delegation_in_a_circle_ends_with_an_answer_and_names_nobody() {
    let home = Home::new();
    let (one, other) = ("ASIAEXAMPLE000000001", "ASIAEXAMPLE000000002");
    let evidence = [
        by_role(1, "First", "a", one, assume("Second", "b", other)),
        by_role(2, "Second", "b", other, assume("First", "a", one)),
        by_role(3, "First", "a", one, json!({})),
    ];
    home.write("evidence/a.jsonl", lines(&evidence));
    home.ingest("evidence", 0);
    assert_eq!(
        home.sql("SELECT id, coalesce(human, '-'), human_proof FROM sessions ORDER BY id"),
        [
            format!("key:{one} - cannot tell: delegation goes in a circle of 2 sessions"),
            format!("key:{other} - cannot tell: delegation goes in a circle of 2 sessions"),
        ]
    );
}

#[test]
fn two_people_behind_one_credential_are_listed_and_never_merged() {
    let home = Home::new();
    let key = "ASIAEXAMPLE000000009";
    let with = |number: u32, source: &str| {
        let mut record = by_role(number, "Shared", "job", key, json!({}));
        record["userIdentity"]["sessionContext"]["sourceIdentity"] = json!(source);
        record
    };
    home.write(
        "evidence/a.jsonl",
        lines(&[with(1, "kim"), with(2, "lee"), by_role(3, "Shared", "job", key, json!({}))]),
    );
    home.ingest("evidence", 0);
    assert_eq!(
        home.sql("SELECT coalesce(human, '-'), human_proof, human_grade FROM sessions"),
        ["- 2 people ."]
    );
    assert_eq!(
        home.sql("SELECT human, trust FROM session_people ORDER BY human"),
        ["kim asserted", "lee asserted"]
    );
}

#[test]
fn gateway_subject_address_and_directory_user_are_one_person_where_records_say_so() {
    let home = Home::new();
    let store = "arn:aws:identitystore::111122223333:identitystore/d-1234567890";
    let in_cloud = |number: u32, user: &str, mail: &str, key: &str| {
        let mut record =
            by_role(number, "AWSReservedSSO_Dev_0123456789abcdef", mail, key, json!({}));
        record["userIdentity"]["onBehalfOf"] = json!({ "userId": user, "identityStoreArn": store });
        record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = json!(
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"
        );
        record
    };
    let at_gateway = |number: u32, subject: &str, mail: &str| {
        json!({ "audit_id": format!("audit-{number}"), "type": "mcp_tool_call", "outcome": "success", "component": "edge",
            "logged_at": format!("2026-07-12T00:10:{number:02}.250Z"), "source": { "type": "network", "value": "203.0.113.7" },
            "subjects": { "user": mail, "user_id": subject }, "target": { "type": "tool", "name": "notes_search" } })
    };
    let cloud = [
        in_cloud(1, "user-a", "alice@corp.example", "ASIAEXAMPLE000000001"),
        in_cloud(2, "user-b", "admin@corp.example", "ASIAEXAMPLE000000002"),
        in_cloud(3, "user-c", "admin@corp.example", "ASIAEXAMPLE000000003"),
    ];
    let gateway = [
        at_gateway(1, "00u0000000000001", "alice@corp.example"),
        at_gateway(2, "00u0000000000002", "admin@corp.example"),
    ];
    home.write("evidence/cloud.jsonl", lines(&cloud));
    home.write("evidence/gateway.jsonl", lines(&gateway));
    home.ingest("evidence", 0);
    let alice = format!("{store}#user-a");
    assert_eq!(
        home.sql("SELECT DISTINCT person, name FROM people"),
        [format!("{alice} alice@corp.example")],
        "a name of two users of one directory joins nobody"
    );
    assert_eq!(
        home.sql(&format!(
            "SELECT name, events FROM subjects WHERE kind = 'person' AND id = '{alice}'"
        )),
        ["alice@corp.example 2"]
    );
    for name in [alice.as_str(), "alice@corp.example", "00u0000000000001"] {
        assert_eq!(home.rows(&["timeline", "--who", name]).len(), 2, "{name}");
    }
    assert_eq!(home.sql("SELECT count(*) FROM subjects WHERE kind = 'person'"), ["4"]);
}

#[test]
fn near_link_says_what_agreed_and_how_far_apart_and_adds_a_guest_of_its_grade() {
    let home = Home::new();
    let call = command(
        AGENT,
        1,
        "2026-07-12T00:01:00.500Z",
        "aws s3api get-object --bucket acme --key object-61 out",
    );
    home.write("evidence/cloud.jsonl", lines(&[record(61), record(300)]));
    home.write("evidence/agent.jsonl", lines(&[call]));
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT grade, strength FROM links"), ["~ 3"]);
    let text = home.sql("SELECT text FROM near_links").concat();
    for part in [
        "same resource acme/object-61",
        "the call is s3:GetObject",
        "the only candidate",
        "not known: clock offset",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let members = home.rows(&["timeline", "--session", AGENT]);
    assert!(members.iter().any(|row| row["action"] == "s3:GetObject"), "{members:?}");
    assert_eq!(
        home.sql("SELECT coalesce(human, '-') FROM sessions WHERE id LIKE '2000%'"),
        ["-"],
        "nobody follows from it"
    );
    let doctor = home.on_case(&["doctor", "--links"]);
    assert!(
        doctor.contains("were right in") && doctor.contains("resource, operation and time"),
        "{doctor}"
    );
}

#[test]
fn request_that_made_the_model_ask_for_a_tool_does_not_explain_what_the_tool_did() {
    let home = Home::new();
    let tool_use = "toolu_bdrk_01EXAMPLE00000000001";
    let command = "aws s3api get-object --bucket acme --key object-61 out";
    let model = json!({
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-07-12T00:00:58Z",
        "accountId": "111122223333", "region": "us-east-1", "requestId": "40000000-0000-4000-8000-000000000001", "operation": "Converse",
        "modelId": "example.model-v1:0", "identity": { "arn": "arn:aws:iam::111122223333:user/alice" },
        "input": { "inputContentType": "application/json", "inputBodyJson": { "messages": [] } },
        "output": { "outputBodyJson": { "output": { "message": { "role": "assistant", "content": [
            { "toolUse": { "toolUseId": tool_use, "name": "shell_exec", "input": { "command": command } } }] } } } }
    });
    let asked = record_with(
        59,
        json!({ "eventSource": "bedrock.amazonaws.com", "eventName": "Converse", "requestID": "40000000-0000-4000-8000-000000000001",
                "requestParameters": { "modelId": "example.model-v1:0" } }),
    );
    let call = json!({ "timestamp": "2026-07-12T00:01:00.500Z", "direction": "client_to_server", "server": "s",
        "headers": { "Mcp-Session-Id": AGENT }, "message": { "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": "shell_exec", "arguments": { "command": command },
                        "_meta": { "claudecode/toolUseId": tool_use } } } });
    home.write("evidence/model.jsonl", lines(&[model]));
    home.write("evidence/cloud.jsonl", lines(&[asked, record(61)]));
    home.write("evidence/mcp.jsonl", lines(&[call]));
    home.ingest("evidence", 0);
    assert_eq!(
        home.sql(
            "SELECT l.grade, l.key, b.action FROM links l JOIN events b ON b.id = l.b ORDER BY 1, 2"
        ),
        [
            "= same request id bedrock:Converse",
            "= tool-use id call shell_exec",
            "~ resource, operation and time s3:GetObject",
        ]
    );
}

#[test]
fn near_links_are_not_made_of_alike_calls_refused_calls_other_things_and_other_times() {
    let read = |number: u32, second: u32| {
        command(
            AGENT,
            number,
            &format!("2026-07-12T00:01:{second:02}.500Z"),
            "aws s3api get-object --bucket acme --key object-61 out",
        )
    };
    let other_key = command(
        AGENT,
        1,
        "2026-07-12T00:01:00.500Z",
        "aws s3api get-object --bucket acme --key object-62 out",
    );
    let other_deed = command(
        AGENT,
        1,
        "2026-07-12T00:01:00.500Z",
        "aws s3api put-object --bucket acme --key object-61",
    );
    let long_before = command(
        AGENT,
        1,
        "2026-07-12T00:00:20.000Z",
        "aws s3api get-object --bucket acme --key object-61 out",
    );
    let same_again = record_with(
        61,
        json!({ "eventID": "90000000-0000-4000-8000-000000000000", "requestID": "REQUEST999999999" }),
    );
    for (name, calls, cloud) in [
        ("two alike calls", vec![read(1, 0), read(2, 1)], vec![record(61)]),
        ("two alike events", vec![read(1, 0)], vec![record(61), same_again]),
        ("another object", vec![other_key], vec![record(61)]),
        ("another operation", vec![other_deed], vec![record(61)]),
        ("too long before", vec![long_before], vec![record(61)]),
    ] {
        let home = Home::new();
        home.write("evidence/agent.jsonl", lines(&calls));
        home.write("evidence/cloud.jsonl", lines(&cloud));
        home.ingest("evidence", 0);
        assert_eq!(
            home.sql("SELECT grade, key FROM links WHERE grade = '~'"),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn request_id_that_two_accounts_have_joins_only_calls_that_name_theirs() {
    let home = Home::new();
    let other = record_with(
        2,
        json!({ "requestID": "REQUEST000000001", "recipientAccountId": "444455556666", "eventID": "90000000-0000-4000-8000-000000000000" }),
    );
    let own = record_with(1, json!({ "requestID": "REQUEST000000001" }));
    let answer = json!({ "timestamp": "2026-07-12T00:00:01.500Z", "direction": "server_to_client", "server": "s",
        "headers": { "Mcp-Session-Id": AGENT }, "message": { "jsonrpc": "2.0", "id": 1, "result": {
            "content": [], "structuredContent": { "ResponseMetadata": { "RequestId": "REQUEST000000001" } } } } });
    home.write("evidence/cloud.jsonl", lines(&[own, other]));
    home.write("evidence/mcp.jsonl", lines(&[answer]));
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT count(*) FROM links WHERE key = 'request id'"), ["0"]);
}

#[test]
fn role_session_named_after_an_agents_session_belongs_to_it_as_derived() {
    let home = Home::new();
    let call = command(AGENT, 1, "2026-07-12T00:00:05.500Z", "ls");
    let key = "ASIAEXAMPLE000000003";
    home.write(
        "evidence/cloud.jsonl",
        lines(&[
            by_role(6, "Agent", AGENT, key, json!({})),
            by_role(9, "Agent", AGENT, key, json!({})),
        ]),
    );
    home.write("evidence/agent.jsonl", lines(&[call]));
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT grade, key, trust_b FROM links"), ["+ role session name asserted"]);
    assert_eq!(
        home.sql("SELECT parent, relation FROM session_parents"),
        [format!("{AGENT} acting for")]
    );
    // The call, the answer of the model that holds it, and both cloud events.
    assert_eq!(home.rows(&["timeline", "--session", AGENT]).len(), 4);
}

#[test]
fn hundred_thousand_alike_candidates_take_bounded_work_and_give_no_link() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let evidence = home.path().join("evidence");
    std::fs::create_dir(&evidence).expect("a new folder");
    let alike = |number: u32| {
        let mut alike = record(number);
        alike["eventTime"] = json!(format!("2026-07-12T00:01:{:02}Z", number % 20));
        alike["requestParameters"] = json!({ "bucketName": "acme", "key": "object-61" });
        alike
    };
    let cloud: Vec<Value> = (0..100_000).map(alike).collect();
    std::fs::write(evidence.join("cloud.jsonl"), lines(&cloud)).expect("a file");
    let calls: Vec<Value> = (0..2_000)
        .map(|number| {
            let time = format!("2026-07-12T00:01:{:02}.500Z", number % 20);
            command(AGENT, number, &time, "aws s3api get-object --bucket acme --key object-61 out")
        })
        .collect();
    std::fs::write(evidence.join("agent.jsonl"), lines(&calls)).expect("a file");
    let store = crate::simulator::joined(home.path());
    let reader = store.reader().expect("a reader");
    assert_eq!(reader.number("SELECT count(*) FROM event", &[]).expect("a number"), 104_000);
    assert_eq!(reader.number("SELECT count(*) FROM link", &[]).expect("a number"), 0);
    let skipped = reader.rows("SELECT reason, n_groups FROM link_skip", &[]).expect("rows");
    assert_eq!(
        skipped.first().map(|row| row.text(0)).as_deref(),
        Some("too many candidates of one action and name")
    );
    assert!(skipped.first().is_some_and(|row| row.count(1) >= 2_000), "{skipped:?}");
}
