//! OpenTelemetry and AgentCore logs: read end to end, joined with the cloud by its request ids, and stored without prompts
//! and secrets.

use serde_json::{Value, json};

use crate::support::{Home, lines, record_with, shared};

const REQUEST: &str = "7A1B2C3D4E5F6072";
const KEY: &str = "ASIAEXAMPLE000000008";
const TRACE: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f91";
/// 2026-07-12T00:00:10Z in nanoseconds.
const TEN_PAST: u64 = 1_783_814_410_000_000_000;

fn span(number: u64, name: &str, attributes: &Value) -> Value {
    let attributes: Vec<Value> = attributes
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}))
        .collect();
    let start = TEN_PAST + number * 1_000_000;
    json!({"traceId": TRACE, "spanId": format!("00f067aa0ba9{number:04x}"), "name": name, "kind": 3,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 500_000).to_string(),
        "attributes": attributes})
}

/// A model call with a prompt, a tool call with a password, and the call of the cloud it caused.
fn trace() -> Vec<Value> {
    let spans = [
        span(
            1,
            "chat",
            &json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "acme-large",
                "gen_ai.prompt": "hush: a prompt that nobody may keep", "session.id": "otel-session-1"}),
        ),
        span(
            2,
            "execute_tool",
            &json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "delete_bucket",
                "gen_ai.tool.call.arguments": "{\"bucket\":\"acme\",\"password\":\"EXAMPLE-hush-hush\"}",
                "session.id": "otel-session-1"}),
        ),
        span(
            3,
            "S3.DeleteBucket",
            &json!({"rpc.system": "aws-api", "rpc.service": "S3", "rpc.method": "DeleteBucket",
                "aws.request_id": REQUEST, "aws.auth.account.access_key": KEY}),
        ),
    ];
    vec![json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})]
}

#[test]
fn spans_join_the_cloud_by_its_request_id_and_keep_neither_prompt_nor_secret() {
    let home = Home::new();
    home.write("evidence/trace.jsonl", lines(&trace()));
    let cloud = record_with(
        7,
        json!({"requestID": REQUEST, "eventTime": "2026-07-12T00:00:10Z", "eventSource": "s3.amazonaws.com",
            "eventName": "DeleteBucket"}),
    );
    home.write("evidence/cloud.jsonl", lines(&[cloud]));
    let printed = home.ingest(&home.text("evidence"), 0);
    assert!(
        printed.starts_with("read 4 = kept 4 + duplicate 0 + rejected 0   BALANCED"),
        "{printed}"
    );
    let joined = home.sql(
        "SELECT a.action FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b \
         WHERE a.product = 'otel' AND b.plane = 'cloudtrail' AND links.grade = '='",
    );
    assert_eq!(joined, ["s3:DeleteBucket"]);
    assert_eq!(
        home.sql(
            "SELECT credential FROM events WHERE action = 's3:DeleteBucket' AND plane = 'other'"
        ),
        [KEY]
    );
    let payloads = home.sql("SELECT payload FROM events").join("\n");
    assert!(!payloads.contains("hush"), "{payloads}");
    assert!(
        payloads.contains("gen_ai.prompt.summary") && payloads.contains("\"bytes\":35"),
        "{payloads}"
    );
    assert_eq!(
        home.sql("SELECT masked FROM events WHERE kind = 'model_call'"),
        ["content kept as size and digest"]
    );
}

#[test]
fn reference_data_is_read_without_rejects_and_its_gateway_call_meets_the_cloud() {
    let Some(shared) = shared() else { return };
    let home = Home::new();
    let at = |name: &str| shared.join(name).to_string_lossy().into_owned();
    let (otlp, agents) = (at("mcp/otlp"), at("aws-agent"));
    home.on_case(&["ingest", &otlp, &agents]);
    let read = home.sql(
        "SELECT format || ' ' || sum(kept) || ' ' || sum(rejected) FROM sources \
         WHERE format IN ('otlp', 'aws.agentcore') GROUP BY format ORDER BY format",
    );
    assert_eq!(read, ["aws.agentcore 6 0", "otlp 3 0"]);
    let joined = home.sql(
        "SELECT a.action || ' ' || b.action FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b \
         WHERE a.product = 'agentcore' AND b.plane = 'cloudtrail' AND links.grade = '='",
    );
    assert_eq!(joined.len(), 1, "{joined:?}");
    assert!(joined.concat().starts_with("call ListTables"), "{joined:?}");
    let payloads = home.sql("SELECT payload FROM events WHERE product = 'agentcore'").join("\n");
    for text in ["Summarize my previous", "enterprise pricing", "Alice Smith"] {
        assert!(!payloads.contains(text), "{text}");
    }
}
