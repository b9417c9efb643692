//! Fixtures of the invocation log, and the promise that no prompt text gets through.

use crate::format::cloudtrail::tests::{check_folder, damage_folder};

use super::{InvocationLog, read};
use crate::format::{Format as _, Sample};

#[test]
fn fixtures_become_the_expected_events() {
    check_folder("bedrock");
}

#[test]
fn damaged_records_are_accounted_for() {
    damage_folder("bedrock");
}

#[test]
fn prompts_and_answers_are_never_kept() {
    for (input, output) in [
        (
            r#"{"messages":[{"role":"user","content":[{"text":"MARK"}]}],"system":[{"text":"MARK"}]}"#,
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"MARK"}]}}}"#,
        ),
        (
            r#"{"messages":[{"role":"user","content":"MARK"}],"system":"MARK"}"#,
            r#"{"role":"assistant","content":[{"type":"text","text":"MARK"},{"type":"tool_use","id":"t1","name":"n","input":{"q":"MARK"}}]}"#,
        ),
        (r#"{"prompt":"MARK"}"#, r#"{"completion":"MARK","usage":{"note":"MARK"}}"#),
        (
            r#""MARK""#,
            r#"[{"type":"content_block_delta","delta":{"text":"MARK"}},{"chunk":"MARK"}]"#,
        ),
        (r#"["MARK"]"#, r#""MARK""#),
        (
            r#"{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"MARK"}]}}]}]}"#,
            "null",
        ),
    ] {
        let text = format!(
            r#"{{"schemaType":"ModelInvocationLog","modelId":"m","input":{{"inputBodyJson":{input}}},"output":{{"outputBodyJson":{output}}}}}"#
        );
        let event = read(&text).unwrap();
        assert!(!format!("{event:?}").contains("MARK"), "{}", event.payload);
    }
    let event =
        read(r#"{"schemaType":"ModelInvocationLog","input":"MARK","output":["MARK"]}"#).unwrap();
    assert!(!format!("{event:?}").contains("MARK"), "{}", event.payload);
}

#[test]
fn other_objects_are_rejected_without_quoting() {
    let reason = read(r#"{"secret":"Secret"}"#).unwrap_err();
    assert!(!reason.to_lowercase().contains("secret"));
}

/// A table or a text that quotes such records must not be read as them, also when its end is not seen.
#[test]
fn only_json_that_is_cut_off_is_taken_on_the_word_alone() {
    let score = |head: &str| InvocationLog.recognize(&Sample::new("x", head, false)).score;
    let cut = r#"{"schemaType": "ModelInvocationLog", "input": {"inputBodyJson": {"text": "cut"#;
    assert_eq!(score(cut), 60);
    let csv = "time,schemaType\n2026-03-01,\"ModelInvocationLog\"\n2026-03-01,\"Model";
    assert_eq!(score(csv), 0);
    let quoted = "\"schemaType\",\"time\"\n\"ModelInvocationLog\",\"2026-03-01\"\n";
    assert_eq!(score(quoted), 0);
    assert_eq!(score("The value \"ModelInvocationLog\" stands in each record."), 0);
}
