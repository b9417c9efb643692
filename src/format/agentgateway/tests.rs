//! Request logs as they come out, cut and changed.

use proptest::prelude::*;

use super::*;
use crate::format::replayed::{changed, check_as, cut, replay, shown_in_full};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/agentgateway/", $name))
    };
}

#[test]
fn text_lines_are_read() {
    check_as(
        &AgentGatewayLines,
        fixture!("requests.txt"),
        fixture!("requests.expected.json"),
        shown_in_full,
    );
}

#[test]
fn json_records_are_read() {
    check_as(
        &AgentGatewayJson,
        fixture!("requests.jsonl"),
        fixture!("requests-json.expected.json"),
        shown_in_full,
    );
}

const ALL: &[(&dyn Format, &str)] = &[
    (&AgentGatewayLines, fixture!("requests.txt")),
    (&AgentGatewayJson, fixture!("requests.jsonl")),
];

#[test]
fn prompts_are_not_stored() {
    for (format, content) in ALL {
        let stored = replay(*format, content).payloads.concat();
        assert!(!stored.contains("made-up prompt") && !stored.contains("made-up answer"));
    }
}

#[test]
fn each_form_is_recognized_by_its_reader_only() {
    for (at, (_, content)) in ALL.iter().enumerate() {
        let sample = Sample::new("x", content, true);
        let scores =
            [AgentGatewayLines.recognize(&sample).score, AgentGatewayJson.recognize(&sample).score];
        assert!(scores[at] > 70 && scores[1 - at] == 0, "{scores:?}");
    }
    let started: String = "2026-03-01T09:59:58Z\tinfo\tproxy\tstarted\n".repeat(100);
    let late = format!("{started}2026-03-01T10:00:00Z\tinfo\trequest\tgateway=a src.addr=b:1\n");
    assert!(AgentGatewayLines.recognize(&Sample::new("x", &late, true)).score > 80);
    let other = Sample::new("x", "2026-03-01T10:00:00Z info request handled by src.addr=x\n", true);
    assert_eq!(AgentGatewayLines.recognize(&other).score, 0);
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
fn tokens_cost_and_model_are_columns() {
    let line = "2026-03-01T10:00:04Z\tinfo\trequest\tgateway=g src.addr=a:1 gen_ai.operation.name=chat \
                gen_ai.request.model=m-1 gen_ai.usage.input_tokens=7 gen_ai.usage.output_tokens=8 agw.ai.usage.cost.total=0.5";
    let event = fields::request(logfmt::take_apart(line).unwrap().object());
    assert_eq!((event.tokens_in, event.tokens_out, event.cost), (Some(7), Some(8), Some(0.5)));
    assert_eq!(event.model.as_deref(), Some("m-1"));
}
