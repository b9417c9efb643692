//! Transcripts as they come out, cut and changed; and the promise that no prompt text gets through.

use proptest::prelude::*;

use super::*;
use crate::format::replayed::{changed, check_as, cut, replay, shown_in_full};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/claude-code/", $name))
    };
}

#[test]
fn session_gives_calls_results_answers_and_refusals() {
    check_as(
        &ClaudeCode,
        fixture!("session.jsonl"),
        fixture!("session.expected.json"),
        shown_in_full,
    );
}

#[test]
fn side_chains_and_cloud_identifiers_are_read() {
    check_as(
        &ClaudeCode,
        fixture!("side-chain.jsonl"),
        fixture!("side-chain.expected.json"),
        shown_in_full,
    );
}

#[test]
fn odd_lines_are_kept_or_declared() {
    check_as(&ClaudeCode, fixture!("odd.jsonl"), fixture!("odd.expected.json"), shown_in_full);
}

const ALL: &[(&dyn Format, &str)] = &[
    (&ClaudeCode, fixture!("session.jsonl")),
    (&ClaudeCode, fixture!("side-chain.jsonl")),
    (&ClaudeCode, fixture!("odd.jsonl")),
];

/// All texts of prompts, answers, files and plans in the fixtures hold these words.
#[test]
fn no_content_is_stored() {
    for (format, content) in ALL {
        let replayed = replay(*format, content);
        let stored = format!("{:?} {}", replayed.payloads, serde_json::json!(replayed.events));
        for mark in ["made-up ", "please remove", "only look at it", "short ids,"] {
            assert!(!stored.contains(mark), "{mark}: {stored}");
        }
    }
}

#[test]
fn transcripts_are_recognized_and_other_logs_are_not() {
    let score = |head: &str| ClaudeCode.recognize(&Sample::new("x", head, true)).score;
    for (_, content) in ALL {
        assert!(score(content) > 80, "{}", score(content));
    }
    assert!(score(r#"{"type":"summary","summary":"s","leafUuid":"u"}"#) > 80);
    for other in [
        r#"{"sessionId":"s","type":"user","message":"hello"}"#,
        r#"{"uuid":"u","sessionId":"s","timestamp":"2026-03-01T10:00:00Z"}"#,
        "",
    ] {
        assert_eq!(score(other), 0, "{other}");
    }
}

/// A resumed session begins with copies of lines of an earlier file.
#[test]
fn copies_of_lines_have_the_same_ids_and_missing_parents_are_told() {
    let content = fixture!("session.jsonl");
    let ids = |content: &str| -> Vec<Value> {
        let events = replay(&ClaudeCode, content).events;
        events.into_iter().map(|event| event["native_id"].clone()).collect()
    };
    let resumed = content
        .replace("0f6c1e52-7a44-4b0e-9d11-3c5a90b7e001", "0f6c1e52-7a44-4b0e-9d11-3c5a90b7e002");
    assert_eq!(ids(content), ids(&resumed));
    assert!(replay(&ClaudeCode, content).warnings.is_empty());
    let without: Vec<&str> = content
        .lines()
        .filter(|line| !line.contains("\"uuid\": \"5b1d0c00-0000-4000-8000-000000000006\""))
        .collect();
    let warnings = replay(&ClaudeCode, &without.join("\n")).warnings;
    assert!(warnings.iter().any(|warning| warning.starts_with("1 of ")), "{warnings:?}");
}

#[test]
fn calls_without_results_are_held_in_bounds() {
    let call = |n: usize| {
        serde_json::json!({"type": "assistant", "uuid": format!("00000000-0000-4000-8000-{n:012}"), "sessionId": "s-1",
            "timestamp": "2026-03-01T10:00:00Z", "message": {"id": format!("msg_{n:020}"), "role": "assistant",
            "content": [{"type": "tool_use", "id": format!("toolu_{n:020}"), "name": "Bash", "input": {"command": "ls"}}]}})
        .to_string()
    };
    let lines: Vec<String> = (0..10_050).map(call).collect();
    let replayed = replay(&ClaudeCode, &lines.join("\n"));
    assert!(replayed.is_accounted);
    assert_eq!(replayed.events.len(), 20_100);
    assert!(replayed.warnings.iter().any(|warning| warning.contains("wait for a result")));
}

proptest! {
    #[test]
    fn content_cut_anywhere_is_accounted_for(at in 0_usize..20_000) {
        for (format, content) in ALL {
            prop_assert!(replay(*format, cut(content, at)).is_accounted);
        }
    }

    #[test]
    fn changed_content_is_accounted_for(at in 0_usize..20_000, letter in "[0-9a-z{}\\[\\]\",:=\t]") {
        for (format, content) in ALL {
            prop_assert!(replay(*format, &changed(content, at, &letter)).is_accounted);
        }
    }
}

/// Columns that the fixtures do not show. The last of an answer's lines has the whole count, and each call counts once.
#[test]
fn tokens_cost_and_model_are_counted_once_per_answer() {
    let mut adapter = ClaudeCode.adapter();
    let mut answers = Vec::new();
    for (index, line) in fixture!("session.jsonl").lines().enumerate() {
        let place = crate::format::Place {
            index: u32::try_from(index).unwrap(),
            part: 0,
            offset: 0,
            length: 0,
            line: 0,
        };
        let mut out = Adapted::default();
        adapter.adapt(&Record { text: line, place }, &mut out);
        answers.extend(out.events.into_iter().map(|(_, event)| event.tokens_out));
    }
    let mut out = Adapted::default();
    adapter.finish(&mut out);
    answers.extend(out.events.iter().map(|(_, event)| event.tokens_out));
    let counts: Vec<i64> = answers.into_iter().flatten().collect();
    assert_eq!(counts, [210, 90, 45]);
}
