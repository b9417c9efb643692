//! Transcripts of agents, spend logs, permission decisions and gateway lines: read end to end, joined with the cloud, and
//! stored without prompts and secrets.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Home, lines, plain, record_with, variable};

const SESSION: &str = "0f6c1e52-7a44-4b0e-9d11-3c5a90b7e001";
const KEY: &str = "ASIAEXAMPLE000000007";
const REQUEST: &str = "7A1B2C3D4E5F6071";

/// A line of a transcript.
fn line(number: u32, kind: &str, message: &Value) -> Value {
    json!({
        "parentUuid": (number > 1).then(|| format!("5b1d0c00-0000-4000-8000-{:012}", number - 1)),
        "isSidechain": false, "userType": "external", "cwd": "/home/dev/shop", "sessionId": SESSION,
        "version": "2.0.14", "gitBranch": "main", "type": kind,
        "uuid": format!("5b1d0c00-0000-4000-8000-{number:012}"),
        "timestamp": format!("2026-07-12T00:00:{number:02}.000Z"),
        "requestId": "req_011EXAMPLE0000000001", "message": message
    })
}

fn call(number: u32, id: &str, name: &str, input: &Value) -> Value {
    let content = json!([{"type": "tool_use", "id": id, "name": name, "input": input}]);
    line(
        number,
        "assistant",
        &json!({"id": format!("msg_01EXAMPLE{number:010}"), "role": "assistant", "model": "claude-made-up-4",
            "content": content, "usage": {"input_tokens": 10, "output_tokens": 20}}),
    )
}

fn result(number: u32, id: &str, text: &str, is_error: bool) -> Value {
    let content =
        json!([{"type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error}]);
    line(number, "user", &json!({"role": "user", "content": content}))
}

/// A session that takes on a role, uses the key, and is refused once by its user.
fn transcript() -> Vec<Value> {
    let printed = json!({"Credentials": {"AccessKeyId": KEY,
        "SecretAccessKey": "EXAMPLEhushhushhushhushhushhushhushhush0", "SessionToken": "EXAMPLEhushToken"}});
    vec![
        line(1, "user", &json!({"role": "user", "content": "hush: a prompt that nobody may keep"})),
        call(
            2,
            "toolu_01EXAMPLE00000000000A",
            "Bash",
            &json!({"command": "aws sts assume-role --role-arn x --secret-access-key EXAMPLEhushhushhushhushhushhushhushhush1"}),
        ),
        result(3, "toolu_01EXAMPLE00000000000A", &printed.to_string(), false),
        call(
            4,
            "toolu_01EXAMPLE00000000000B",
            "mcp__aws-tools__get_object",
            &json!({"arn": "arn:aws:s3:::acme"}),
        ),
        result(
            5,
            "toolu_01EXAMPLE00000000000B",
            &json!({"ResponseMetadata": {"RequestId": REQUEST}}).to_string(),
            false,
        ),
        call(6, "toolu_01EXAMPLE00000000000C", "Bash", &json!({"command": "aws s3 rb s3://acme"})),
        result(
            7,
            "toolu_01EXAMPLE00000000000C",
            "The user doesn't want to proceed with this tool use. The tool use was rejected",
            true,
        ),
        json!({"type": "summary", "summary": "hush: a summary", "leafUuid": "5b1d0c00-0000-4000-8000-000000000007"}),
    ]
}

/// The call that the cloud recorded, made with the key that the transcript printed.
fn effect() -> Value {
    record_with(
        6,
        json!({
            "requestID": REQUEST,
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROAEXAMPLE:deploy-7", "accountId": "111122223333",
                "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy-7", "accessKeyId": KEY,
                "sessionContext": { "sessionIssuer": {
                    "type": "Role", "principalId": "AROAEXAMPLE", "userName": "Deploy",
                    "arn": "arn:aws:iam::111122223333:role/Deploy", "accountId": "111122223333" } }
            }
        }),
    )
}

#[test]
fn transcript_is_joined_with_the_cloud_by_request_id_and_by_key() {
    let home = Home::new();
    home.write("evidence/session.jsonl", lines(&transcript()));
    home.write("evidence/trail.jsonl", lines(&[effect()]));
    let printed = home.ingest("evidence", 0);
    assert!(printed.contains("rejected 0   BALANCED"), "{printed}");
    assert_eq!(
        home.sql("SELECT format FROM sources WHERE name LIKE '%session.jsonl'"),
        ["claude-code"]
    );
    assert_eq!(
        home.sql("SELECT tool, outcome, coalesce(approval_state, '-') FROM events WHERE kind = 'tool_call' ORDER BY ts"),
        ["Bash success -", "get_object success -", "Bash denied declined"]
    );
    let joined = home.sql(
        "SELECT a.action, b.action, grade, key FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b \
         WHERE 'cloudtrail' IN (a.plane, b.plane) ORDER BY key",
    );
    assert!(
        joined.contains(&"result get_object s3:GetObject = request id".to_owned()),
        "{joined:?}"
    );
    assert!(joined.contains(&"result Bash s3:GetObject = issued key".to_owned()), "{joined:?}");
    assert_eq!(home.sql("SELECT DISTINCT human FROM events WHERE plane = 'transcript'"), ["null"]);
}

/// Returns every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn neither_prompts_nor_secrets_of_a_transcript_reach_the_case() {
    let home = Home::new();
    home.write("evidence/session.jsonl", lines(&transcript()));
    home.ingest("evidence", 0);
    let payloads = home.sql("SELECT payload FROM events").join("\n");
    assert!(payloads.contains("aws sts assume-role"), "commands are kept");
    assert!(!payloads.contains("hush"), "{payloads}");
    for file in files(&home.path("case")) {
        let bytes = fs::read(&file).expect("a file");
        assert!(
            memchr::memmem::find(&bytes, b"hush").is_none(),
            "{} holds a prompt or a secret",
            file.display()
        );
    }
}

#[test]
fn session_that_a_client_names_to_the_proxy_and_to_the_policy_engine_is_one() {
    let home = Home::new();
    home.write("evidence/session.jsonl", lines(&transcript()));
    let spend = json!({"request_id": "chatcmpl-made-up-0000000000000001", "call_type": "acompletion", "spend": 0.5,
        "api_key": "ab".repeat(32), "startTime": "2026-07-12 00:00:02.000000", "endTime": "2026-07-12 00:00:03.000000",
        "model": "m", "end_user": format!("user_0a1b_account__session_{SESSION}"), "status": "success"});
    home.write("evidence/spend.json", json!([spend]).to_string());
    let check = json!({"specversion": "1.0", "id": "d-0000000000000001", "source": "/ps/acme/rc/eu-west-1/p/acme",
        "type": "/authzed.api.v1.PermissionsService/CheckPermission", "time": "2026-07-12T00:00:04Z",
        "data": {"request": {"resource": {"objectType": "bucket", "objectId": "acme"}, "permission": "delete",
            "subject": {"object": {"objectType": "agent", "objectId": "agent-9"}}, "context": {"session_id": SESSION}},
            "response": {"permissionship": "PERMISSIONSHIP_NO_PERMISSION"},
            "metadata": {"token_hash": "ab".repeat(32), "x-request-id": "d-0000000000000001"}}});
    home.write("evidence/audit.json", check.to_string());
    home.ingest("evidence", 0);
    let events = home.rows(&["timeline", "--session", SESSION]);
    let ids: Vec<String> =
        events.iter().map(|event| format!("'{}'", plain(&event["id"]))).collect();
    let ids = ids.join(",");
    assert_eq!(
        home.sql(&format!("SELECT DISTINCT product FROM events WHERE id IN ({ids}) ORDER BY 1")),
        ["authzed", "claude-code", "litellm"]
    );
    assert_eq!(
        home.sql("SELECT count(DISTINCT product) FROM events WHERE credential = repeat('ab', 32)"),
        ["2"],
        "the hash of one key in two products"
    );
}

#[test]
fn log_of_a_gateway_gives_its_requests_and_accounts_for_every_line() {
    let home = Home::new();
    home.write(
        "evidence/gateway.log",
        "2026-07-12T00:00:00Z\tinfo\tproxy\tstarted\n\
         2026-07-12T00:00:01Z\tinfo\trequest\tgateway=g src.addr=198.51.100.7:1 http.method=POST http.path=/mcp http.status=403 reason=Authorization mcp.method.name=tools/call gen_ai.tool.name=drop_table duration=1ms\n\
         some words\n",
    );
    let printed = home.ingest("evidence", 3);
    assert!(
        printed.starts_with("read 2 = kept 1 + duplicate 0 + rejected 1   BALANCED"),
        "{printed}"
    );
    assert_eq!(home.sql("SELECT tool, outcome, decision FROM events"), ["drop_table denied deny"]);
}

/// Where reference data lies is told by `WHYTRAIL_SHARED_DATA`.
#[test]
fn published_samples_are_read_without_rejects() {
    let folder = variable("WHYTRAIL_SHARED_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    let Some(shared) = folder else {
        assert!(
            variable("WHYTRAIL_REQUIRE_SHARED").is_none(),
            "WHYTRAIL_REQUIRE_SHARED is set, but WHYTRAIL_SHARED_DATA names no folder"
        );
        println!("skipped: WHYTRAIL_SHARED_DATA is not set");
        return;
    };
    for (name, format, n_files) in [
        ("mcp/claude-code", "claude-code", 2),
        ("gateway/litellm", "litellm", 1),
        ("gateway/authzed", "authzed", 1),
        ("gateway/agentgateway", "agentgateway", 1),
    ] {
        let home = Home::new();
        let path = shared.join(name);
        let printed = home.ingest(path.to_str().expect("a path in UTF-8"), 0);
        assert!(printed.contains("duplicate 0 + rejected 0   BALANCED"), "{name}: {printed}");
        let read = home.sql("SELECT format FROM sources WHERE state = 'read'");
        assert_eq!(read, vec![format; n_files], "{name}");
        assert_eq!(home.sql("SELECT count(*) FROM events WHERE product = 'json'"), ["0"], "{name}");
        assert_eq!(home.sql("SELECT count(*) FROM events WHERE ts IS NULL"), ["0"], "{name}");
    }
}
