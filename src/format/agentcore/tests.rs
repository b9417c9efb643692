//! Fixtures of vended logs, the pairing of calls with their ends, and the promise that no prompt text gets through.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MAX_WAITING, Vended};
use crate::format::replayed::{check_as, replay, shown_in_full};
use crate::format::{Recognized, Sample, recognize, registry};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/agentcore/", $name))
    };
}

const MARK: &str = "PROMPT-TEXT";

#[test]
fn calls_of_a_gateway_show_how_they_ended() {
    check_as(&Vended, fixture!("gateway.jsonl"), fixture!("gateway.expected.json"), shown_in_full);
}

#[test]
fn every_part_of_agentcore_is_read() {
    check_as(
        &Vended,
        fixture!("surfaces.jsonl"),
        fixture!("surfaces.expected.json"),
        shown_in_full,
    );
}

#[test]
fn prompts_documents_and_tokens_are_never_kept() {
    let content = fixture!("surfaces.jsonl");
    let replayed = replay(&Vended, content);
    let kept = format!("{:?}{:?}{:?}", replayed.events, replayed.payloads, replayed.rejects);
    assert!(content.contains(MARK) && !kept.contains(MARK), "{kept}");
}

#[test]
fn sources_are_recognized_and_spans_are_left_to_their_format() {
    let id =
        |content: &str| match recognize(&registry::built_in(), &Sample::new("x", content, true)) {
            Recognized::As(winner) => winner.id,
            other => panic!("{other:?}"),
        };
    assert_eq!(id(fixture!("gateway.jsonl")), "aws.agentcore");
    assert_eq!(id(fixture!("surfaces.jsonl")), "aws.agentcore");
    let span = json!({"traceId": "a", "spanId": "b", "name": "x", "startTimeUnixNano": 1,
        "attributes": {"aws.resource.type": "AWS::BedrockAgentCore::Gateway"}});
    assert_eq!(id(&span.to_string()), "otlp");
    let mixed = format!("{span}\n{}", fixture!("gateway.jsonl"));
    let replayed = replay(&Vended, &mixed);
    assert!(replayed.is_accounted && replayed.warnings.is_empty());
    assert_eq!(replayed.events[0]["product"], "otel");
}

#[test]
fn records_and_spans_that_came_through_cloudwatch_are_read() {
    let span = json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "x",
        "startTimeUnixNano": 1_772_359_200_000_000_000_u64, "events": [{"name": "gen_ai.choice", "attributes": {"content": MARK}}]});
    let messages = [call(1).to_string(), end(1).to_string(), span.to_string()];
    let events: Vec<Value> =
        messages.iter().map(|text| json!({"timestamp": 1, "message": text})).collect();
    let answer = json!({"events": events}).to_string();
    let lines = messages.map(|text| format!("2026-03-01T10:00:00.000Z {text}")).join("\n");
    let formats = registry::built_in();
    for content in [answer, lines] {
        let Recognized::As(winner) = recognize(&formats, &Sample::new("x", &content, true)) else {
            panic!("not recognized");
        };
        assert!(winner.id.starts_with("aws.cloudwatch-"), "{}", winner.id);
        let replayed = replay(formats[winner.index].as_ref(), &content);
        let products: Vec<&Value> = replayed.events.iter().map(|event| &event["product"]).collect();
        assert_eq!(products, ["agentcore", "agentcore", "otel", "otel"]);
        assert!(!format!("{:?}{:?}", replayed.events, replayed.payloads).contains(MARK));
    }
}

fn call(n: usize) -> Value {
    json!({"resource_arn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/g-1", "request_id": format!("r-{n}"),
        "span_id": format!("{:016x}", n + 1), "body": {"requestBody": "{id=1, method=tools/call, params={name=T___x}}", "id": "1"}})
}

fn end(n: usize) -> Value {
    let mut end = call(n);
    end["body"] = json!({"responseBody": "{jsonrpc=2.0, id=1, result={isError=false}}", "id": "1", "isError": false});
    end
}

#[test]
fn ends_find_their_own_call_only() {
    let content = [call(1), call(2), end(2)].map(|record| record.to_string()).join("\n");
    let replayed = replay(&Vended, &content);
    assert!(replayed.is_accounted);
    let outcome = |request: &str| {
        let calls = replayed.events.iter().filter(|event| event["kind"] == "tool_call");
        calls
            .filter(|event| event["request"] == request)
            .map(|event| event["outcome"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((outcome("r-1"), outcome("r-2")), (vec![json!("unknown")], vec![json!("success")]));
}

#[test]
fn waiting_calls_are_bounded_and_all_come_out() {
    let content = (0..MAX_WAITING + 5).map(|n| call(n).to_string()).collect::<Vec<_>>().join("\n");
    let replayed = replay(&Vended, &content);
    assert!(replayed.is_accounted);
    assert_eq!(replayed.events.len(), MAX_WAITING + 5);
    assert!(replayed.warnings.iter().any(|warning| warning.contains("10,000")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_content_is_accounted(second in any::<bool>(), cut in 0_usize..5000, at in 0_usize..5000, letter in any::<char>()) {
        let content = if second { fixture!("surfaces.jsonl") } else { fixture!("gateway.jsonl") };
        let changed: String = content
            .chars()
            .enumerate()
            .take(content.chars().count().saturating_sub(cut % content.len()))
            .map(|(index, old)| if index == at % content.len() { letter } else { old })
            .collect();
        prop_assert!(replay(&Vended, &changed).is_accounted);
    }
}
