//! Both shapes as they come out, cut and changed; and the promises about keys and prompts.

use proptest::prelude::*;

use super::*;
use crate::format::replayed::{changed, check_as, cut, replay, shown_in_full};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/litellm/", $name))
    };
}

#[test]
fn logging_payloads_are_read() {
    check_as(
        &LiteLlm,
        fixture!("payloads.jsonl"),
        fixture!("payloads.expected.json"),
        shown_in_full,
    );
}

#[test]
fn rows_of_the_spend_table_are_read() {
    check_as(&LiteLlm, fixture!("spend.json"), fixture!("spend.expected.json"), shown_in_full);
}

const ALL: &[(&dyn Format, &str)] =
    &[(&LiteLlm, fixture!("payloads.jsonl")), (&LiteLlm, fixture!("spend.json"))];

#[test]
fn no_prompt_and_no_key_is_stored() {
    for (format, content) in ALL {
        let replayed = replay(*format, content);
        let stored = format!("{:?} {}", replayed.payloads, serde_json::json!(replayed.events));
        for mark in [
            "made-up prompt",
            "made-up answer",
            "made-up result",
            "made-up error",
            "made-up trace",
            "sk-made-up",
        ] {
            assert!(!stored.contains(mark), "{mark}: {stored}");
        }
    }
}

#[test]
fn payload_and_row_of_one_call_are_one_event() {
    let first = |content: &str| replay(&LiteLlm, content).events[0].clone();
    let (payload, row) = (first(fixture!("payloads.jsonl")), first(fixture!("spend.json")));
    for column in ["native_id", "time", "session", "product"] {
        assert_eq!(payload[column], row[column], "{column}");
    }
}

#[test]
fn both_shapes_are_recognized_also_wrapped_and_cut() {
    let score = |head: &str, is_whole| LiteLlm.recognize(&Sample::new("x", head, is_whole)).score;
    for (_, content) in ALL {
        assert!(score(content, true) > 75, "{}", score(content, true));
    }
    let row = r#"{"request_id":"r","call_type":"acompletion","spend":0}"#;
    assert!(score(row, true) > 80);
    let wrapped = serde_json::json!({ "message": row }).to_string();
    assert!(score(&wrapped, true) > 80);
    assert_eq!(replay(&LiteLlm, &wrapped).events[0]["product"], "litellm");
    let cut = r#"{"call_type":"acompletion","custom_llm_provider":"x","response_cost":1,"messages":[{"content":"cut"#;
    assert_eq!(score(cut, false), 60);
    assert_eq!(score(r#"{"call_type":"phone","spend":1}"#, true), 0);
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

/// Columns that the fixtures do not show.
#[test]
fn tokens_cost_model_and_key_hash_are_columns() {
    let read =
        |value: Value| fields::event(shape_of(&value).unwrap(), value.as_object().unwrap().clone());
    let row = |key: &str| {
        serde_json::json!({"request_id": "r-1", "call_type": "acompletion", "spend": "0.5", "api_key": key,
            "prompt_tokens": 7, "completion_tokens": 8.0, "model": "m-1"})
    };
    let hash = "ab".repeat(32);
    let event = read(row(&hash));
    assert_eq!((event.tokens_in, event.tokens_out, event.cost), (Some(7), Some(8), Some(0.5)));
    assert_eq!(
        (event.credential.as_deref(), event.model.as_deref()),
        (Some(hash.as_str()), Some("m-1"))
    );
    assert_eq!(event.shape_rank, 1);
    let raw = read(row("abc"));
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(raw.credential.as_deref(), Some(digest));
    assert!(!raw.payload.contains("abc"), "{}", raw.payload);
    assert_eq!(read(row("None")).credential, None);
}
