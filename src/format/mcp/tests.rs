//! Whole captures, paired and shown as they come out, cut and changed; and the rules of pairing one by one.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::format::replayed::{check, replay};
use crate::format::sample::Sample;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/mcp/", $name))
    };
}

#[test]
fn bare_capture_is_paired_and_undated() {
    check(&McpJson, fixture!("bare-2025.jsonl"), fixture!("bare-2025.expected.json"));
}

#[test]
fn call_that_needed_input_and_its_repetition_are_one_step() {
    check(
        &McpJson,
        fixture!("input-required-2026.jsonl"),
        fixture!("input-required-2026.expected.json"),
    );
    let replayed = replay(&McpJson, fixture!("input-required-2026.jsonl"));
    let stored = replayed.payloads.concat();
    for hidden in ["made-up", "nobody"] {
        assert!(!stored.contains(hidden), "{hidden} is stored");
    }
}

#[test]
fn inspector_entry_gives_request_and_answer() {
    check(&McpJson, fixture!("inspector.json"), fixture!("inspector.expected.json"));
    assert!(!replay(&McpJson, fixture!("inspector.json")).payloads.concat().contains("made-up"));
}

#[test]
fn http_envelopes_give_session_and_refusal() {
    check(&McpJson, fixture!("http-session.jsonl"), fixture!("http-session.expected.json"));
}

#[test]
fn text_lines_and_server_sent_events_are_read() {
    check(&McpLines, fixture!("stream.txt"), fixture!("stream.expected.json"));
}

#[test]
fn own_captures_are_recognized_by_the_right_reader() {
    for (content, is_json) in [
        (fixture!("bare-2025.jsonl"), true),
        (fixture!("input-required-2026.jsonl"), true),
        (fixture!("inspector.json"), true),
        (fixture!("http-session.jsonl"), true),
        (fixture!("stream.txt"), false),
    ] {
        let sample = Sample::new("x", content, true);
        let (json, lines) = (McpJson.recognize(&sample).score, McpLines.recognize(&sample).score);
        assert!(
            if is_json { json >= 50 && lines < json } else { lines >= 50 && json < lines },
            "{json} {lines}"
        );
    }
    let other = Sample::new("x", r#"{"decision_id":"d"}"#, true);
    assert_eq!(McpJson.recognize(&other).score, 0);
}

#[test]
fn equal_captures_give_equal_steps_and_repeated_requests_different_ones() {
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#;
    let capture = format!("{call}\n{call}\n");
    let steps = |content: &str| -> Vec<Value> {
        replay(&McpJson, content)
            .events
            .iter()
            .map(|event| event["identifiers"][0].clone())
            .collect()
    };
    assert_eq!(steps(&capture), steps(&capture));
    assert_ne!(steps(&capture)[0], steps(&capture)[1]);
}

#[test]
fn equal_ids_of_two_connections_do_not_cross() {
    let line = |conn: &str, message: Value| {
        json!({"ts": 1_772_359_200, "connection_id": conn, "message": message}).to_string()
    };
    let call =
        |name: &str| json!({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name": name}});
    let fine = json!({"jsonrpc":"2.0","id":1,"result":{}});
    let bad = json!({"jsonrpc":"2.0","id":1,"error":{"code":-32603}});
    let content = [line("a", call("one")), line("b", call("two")), line("a", bad), line("b", fine)]
        .join("\n");
    let replayed = replay(&McpJson, &content);
    let outcome = |action: &str| {
        let found = replayed.events.iter().find(|event| event["action"] == action).unwrap();
        found["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!((outcome("call one"), outcome("result one")), ("error".into(), "error".into()));
    assert_eq!((outcome("call two"), outcome("result two")), ("success".into(), "success".into()));
}

#[test]
fn unanswered_requests_are_bounded_and_all_come_out() {
    let line = |id: usize| format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}");
    let content = (0..pairing::MAX_WAITING + 5).map(line).collect::<Vec<_>>().join("\n");
    let replayed = replay(&McpJson, &content);
    assert!(replayed.is_accounted);
    assert_eq!(replayed.events.len(), pairing::MAX_WAITING + 5);
    assert!(replayed.warnings.iter().any(|warning| warning.contains("10,000")));
    assert!(replayed.events.iter().all(|event| event["outcome"] == "unknown"));
}

#[test]
fn numbers_and_texts_are_different_ids() {
    let content = concat!(
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
        "\n",
        r#"{"jsonrpc":"2.0","id":"1","result":{}}"#
    );
    let replayed = replay(&McpJson, content);
    assert_eq!(replayed.events[0]["action"], "result");
    assert_eq!(replayed.events[1]["outcome"], "unknown");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn cut_and_changed_captures_are_accounted(cut in 0_usize..4000, at in 0_usize..4000, letter in any::<char>()) {
        for (format, content) in [
            (&McpJson as &dyn Format, fixture!("bare-2025.jsonl")),
            (&McpJson, fixture!("input-required-2026.jsonl")),
            (&McpJson, fixture!("http-session.jsonl")),
            (&McpLines, fixture!("stream.txt")),
        ] {
            let changed: String = content
                .chars()
                .enumerate()
                .take(content.len().saturating_sub(cut % content.len()))
                .map(|(index, old)| if index == at % content.len() { letter } else { old })
                .collect();
            prop_assert!(replay(format, &changed).is_accounted);
        }
    }
}
