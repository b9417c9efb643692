//! Fixtures of traces and logs, and the promise that no prompt text gets through.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Otlp;
use crate::format::replayed::{check_as, replay, shown_in_full};
use crate::format::{Format as _, Recognized, Sample, recognize, registry};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/otlp/", $name))
    };
}

/// Text of prompts, answers and documents in the fixtures.
const MARK: &str = "PROMPT-TEXT";

const ALL: [&str; 5] = [
    fixture!("agent.jsonl"),
    fixture!("claude-code.jsonl"),
    fixture!("aws-spans.jsonl"),
    fixture!("old-names.json"),
    fixture!("gateway-logs.json"),
];

#[test]
fn spans_of_an_agent_its_tools_and_the_sdk_are_read() {
    check_as(&Otlp, fixture!("agent.jsonl"), fixture!("agent.expected.json"), shown_in_full);
}

#[test]
fn events_of_claude_code_are_read() {
    check_as(
        &Otlp,
        fixture!("claude-code.jsonl"),
        fixture!("claude-code.expected.json"),
        shown_in_full,
    );
}

#[test]
fn flat_spans_and_policies_of_agentcore_are_read() {
    check_as(
        &Otlp,
        fixture!("aws-spans.jsonl"),
        fixture!("aws-spans.expected.json"),
        shown_in_full,
    );
}

#[test]
fn old_names_and_encodings_are_read() {
    check_as(&Otlp, fixture!("old-names.json"), fixture!("old-names.expected.json"), shown_in_full);
}

#[test]
fn access_log_of_a_gateway_is_read() {
    check_as(
        &Otlp,
        fixture!("gateway-logs.json"),
        fixture!("gateway-logs.expected.json"),
        shown_in_full,
    );
}

#[test]
fn prompts_and_answers_are_never_kept() {
    for content in ALL {
        let replayed = replay(&Otlp, content);
        assert!(content.contains(MARK) && !replayed.events.is_empty());
        let kept = format!("{:?}{:?}{:?}", replayed.events, replayed.payloads, replayed.rejects);
        assert!(!kept.contains(MARK), "{kept}");
    }
}

#[test]
fn messages_keep_no_text_whatever_the_attribute_is_called() {
    let attributes = json!([{"key": "message", "value": {"stringValue": MARK}}, {"key": "tool_calls", "value": {"stringValue": MARK}},
        {"key": "role", "value": {"stringValue": "user"}}]);
    let event = json!({"name": "gen_ai.user.message", "attributes": attributes});
    let log = json!({"eventName": "gen_ai.user.message", "body": {"stringValue": MARK}, "attributes": attributes});
    let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}).to_string();
    for content in [spans(&json!([{"name": "x", "events": [event]}])), logs] {
        let kept = replay(&Otlp, &content).payloads.concat();
        assert!(!kept.contains(MARK) && kept.contains("message.summary"), "{kept}");
        assert!(kept.contains("\"role\":\"user\""), "{kept}");
    }
}

#[test]
fn vended_records_among_others_are_read_as_what_they_are() {
    let vended = json!({"resource_arn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/g-1", "timeUnixNano": 1,
        "severityNumber": 9, "attributes": {}, "body": {"log": "x"}});
    let content = format!("{}\n{vended}", spans(&json!([{"name": "x"}])));
    let replayed = replay(&Otlp, &content);
    assert_eq!((&replayed.events[1]["product"], replayed.warnings.len()), (&json!("agentcore"), 0));
}

#[test]
fn sources_are_recognized_by_their_content() {
    for content in ALL {
        let Recognized::As(winner) =
            recognize(&registry::built_in(), &Sample::new("x", content, true))
        else {
            panic!("not recognized");
        };
        assert_eq!(winner.id, "otlp");
    }
    let score = |head: &str| Otlp.recognize(&Sample::new("x", head, false)).score;
    assert_eq!(score(r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"cut"#), 70);
    assert_eq!(score(r#"{"spans":[{"traceId":"x"}]}"#), 0);
    assert_eq!(score(r#"{"traceId":"x","timeUnixNano":1}"#), 0);
    assert_eq!(score(r#"the key "resourceSpans" stands in front"#), 0);
}

fn spans(spans: &Value) -> String {
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()
}

#[test]
fn same_span_in_two_shapes_has_one_native_id() {
    let ids = json!({"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "name": "x",
        "startTimeUnixNano": "1772359200000000000"});
    let nested = replay(&Otlp, &spans(&json!([ids])));
    let flat = replay(&Otlp, &ids.to_string());
    let id = "5b8efff798038103d269b633813fc60c/eee19b7ec3c1b174";
    assert_eq!(
        (&nested.events[0]["native_id"], &flat.events[0]["native_id"]),
        (&json!(id), &json!(id))
    );
    assert_eq!(nested.events[0]["outcome"], "unknown", "a span that has not ended");
}

#[test]
fn attributes_become_plain_so_that_names_decide_about_secrets() {
    let attributes = json!([{"key": "db.password", "value": {"stringValue": "FAKE"}}]);
    let replayed = replay(&Otlp, &spans(&json!([{"name": "x", "attributes": attributes}])));
    let payload: Value = serde_json::from_str(&replayed.payloads[0]).unwrap();
    assert_eq!(payload["attributes"], json!({"db.password": "FAKE"}));
}

#[test]
fn batches_without_events_are_skipped_and_strangers_in_batches_are_rejected() {
    for (content, skipped, rejects) in [
        (r#"{"resourceSpans":[{"scopeSpans":[]}]}"#, 1, 0),
        (r#"{"resourceSpans":[]}"#, 0, 0),
        (r#"[{"resourceSpans":[]}]"#, 1, 0),
        (r#"{"resourceSpans":[{"scopeSpans":[{"spans":[1,"x"]}]}]}"#, 0, 1),
        (r#"{"resourceLogs":[{"scopeLogs":["x"]}]}"#, 0, 1),
    ] {
        let replayed = replay(&Otlp, content);
        assert_eq!((replayed.skipped, replayed.rejects.len()), (skipped, rejects), "{content}");
    }
    let two = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}],"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}"#;
    assert_eq!(replay(&Otlp, two).events.len(), 2, "both kinds of batches are read");
}

#[test]
fn batch_larger_than_a_part_number_is_accounted() {
    let many: Value = (0..super::MAX_EVENTS + 3).map(|_| json!({"name": "x"})).collect();
    let replayed = replay(&Otlp, &spans(&many));
    assert_eq!(replayed.events.len(), super::MAX_EVENTS);
    assert_eq!(replayed.rejects, ["batch holds more than 65,000 events: 3 were not read"]);
}

#[test]
fn policy_that_only_logs_refuses_nothing() {
    let span = |mode: &str| {
        json!([{"name": "p", "endTimeUnixNano": "1772359200000000000", "attributes": [
            {"key": "aws.agentcore.policy.authorization_decision", "value": {"stringValue": "DENY"}},
            {"key": "aws.agentcore.gateway.policy.mode", "value": {"stringValue": mode}}]}])
    };
    let outcome = |mode: &str| replay(&Otlp, &spans(&span(mode))).events[0]["outcome"].clone();
    assert_eq!((outcome("ENFORCE"), outcome("LOG_ONLY")), (json!("denied"), json!("success")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_content_comes_to_something_and_keeps_no_prompt(which in 0_usize..5, cut in 0_usize..9000, at in 0_usize..9000, letter in any::<char>()) {
        let content = ALL[which];
        let changed: String = content
            .chars()
            .enumerate()
            .take(content.chars().count().saturating_sub(cut % content.len()))
            .map(|(index, old)| if index == at % content.len() { letter } else { old })
            .collect();
        // `replay` itself panics when a record comes to nothing.
        replay(&Otlp, &changed);
    }

    #[test]
    fn any_values_in_the_places_of_members_are_read(word in "[a-z._]{1,20}", number in any::<i64>(), nested in 0_usize..3) {
        let value = [json!(number), json!({"stringValue": number}), json!([[word]])][nested].clone();
        let span = json!({"name": value, "kind": value, "traceId": value, "startTimeUnixNano": value, "status": value,
            "attributes": value, "events": value, "links": [value], "parentSpanId": value});
        let log = json!({"body": value, "timeUnixNano": value, "severityNumber": value, "attributes": {word: value}});
        replay(&Otlp, &spans(&json!([span])));
        replay(&Otlp, &json!({"resourceLogs": [{"resource": value, "scopeLogs": [{"scope": value, "logRecords": [log]}]}]}).to_string());
    }
}
