//! The embedded mappings over made-up logs, every refusal of a mapping file, and the engine's rules one by one.

use proptest::prelude::*;

use super::*;
use crate::format::replayed::{check, replay};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/", $name))
    };
}

const SMALL: &str = r#"
format = 1
id = "small"
title = "small"
product = "small"
version = "1"
[detect]
require = ["/id"]
[role.event_id]
from = ["/id"]
"#;

fn built_in(id: &str) -> MappedFormat {
    MappedFormat::new(embedded().into_iter().flatten().find(|mapping| mapping.id() == id).unwrap())
}

fn small_with(more: &str) -> MappedFormat {
    MappedFormat::new(Mapping::parse("small.toml", &format!("{SMALL}{more}")).unwrap())
}

fn refusal(text: &str) -> MappingError {
    Mapping::parse("bad.toml", text).unwrap_err()
}

#[test]
fn embedded_mappings_hold_and_have_tests() {
    for mapping in embedded() {
        let mapping = mapping.unwrap();
        assert!(!mapping.file.test.is_empty(), "{} has no test", mapping.id());
        assert_eq!(mapping.sha256().len(), 64);
        assert!(!mapping.version().is_empty());
    }
    assert_eq!(embedded().len(), embedded_texts().len());
}

#[test]
fn toolhive_audit_log_is_read() {
    check(
        &built_in("toolhive"),
        fixture!("toolhive/audit.jsonl"),
        fixture!("toolhive/audit.expected.json"),
    );
    let replayed = replay(&built_in("toolhive"), fixture!("toolhive/audit.jsonl"));
    assert!(!replayed.payloads.concat().contains("made-up answer"));
}

#[test]
fn hoop_sessions_give_reviews_and_packets() {
    check(
        &built_in("hoop-session"),
        fixture!("hoop/sessions.json"),
        fixture!("hoop/sessions.expected.json"),
    );
}

#[test]
fn hoop_events_are_read() {
    check(
        &built_in("hoop-events"),
        fixture!("hoop/events.jsonl"),
        fixture!("hoop/events.expected.json"),
    );
}

#[test]
fn opa_decisions_are_read() {
    check(&built_in("opa"), fixture!("opa/upload.json"), fixture!("opa/upload.expected.json"));
    assert!(!replay(&built_in("opa"), fixture!("opa/upload.json")).payloads[0].contains("made"));
}

#[test]
fn errors_name_line_and_column() {
    for (more, line, part) in [
        ("colour = 1\n", 11, "unknown field `colour`"),
        ("[role.who]\nfrom = []\n", 11, "unknown variant `who`"),
        ("[role.human]\nfrom = [\"user\"]\n", 12, "does not begin with"),
        ("[role.human]\nfrom = [\"/a/*\"]\n", 12, "only read in `[pivot]`"),
        ("[role.tool]\nfrom = [\"/t\"]\ncapture = '(?P<nobody>x)'\n", 13, "is no role"),
        ("[role.tool]\nfrom = [\"/t\"]\ncapture = '('\n", 13, "regex"),
        ("[role.time]\nfrom = [\"/t\"]\nformat = [\"iso\"]\n", 13, "unknown time format"),
        ("[pivot]\nshoe_size = [\"/s\"]\n", 12, "unknown pivot"),
        ("[input]\nkind = \"csv\"\n", 12, "comes later"),
        (
            "[[test]]\nrecord = '{\"id\":\"a\"}'\nexpect = { event_id = \"b\" }\n",
            11,
            "expects `event_id` = `b`",
        ),
        ("[[test]]\nrecord = '{}'\nexpect = {}\n", 11, "does not know"),
    ] {
        let error = refusal(&format!("{SMALL}{more}"));
        assert!(error.message.contains(part), "{error}");
        assert_eq!(error.line, line, "{error}");
        assert!(error.column >= 1);
    }
    assert!(refusal(&SMALL.replace("format = 1", "format = 2")).message.contains("only `1`"));
}

#[test]
fn column_points_at_the_value_and_the_name_comes_first() {
    let error = refusal(&format!("{SMALL}[role.human]\nfrom = [\"/a\", \"user\"]\n"));
    assert_eq!((error.line, error.column), (12, 8), "{error}");
    assert_eq!(error.to_string().split(':').next(), Some("bad.toml"));
}

#[test]
fn values_are_coalesced_captured_mapped_and_scaled() {
    let format = small_with(
        r#"
[role.human]
from = ["/a", "/b", "/c"]
null = ["-"]
[role.tool]
from = ["/t"]
capture = '^mcp__(?P<server>[a-z]+)__(?P<value>.+)$'
[role.outcome]
from = ["/status"]
map = { blocked = "denied" }
else = "unknown"
[role.client]
join = ["/n", "/v"]
with = "/"
[role.cost]
from = ["/cents"]
scale = 0.01
[pivot]
aws_request_id = ["/calls/*/id"]
"#,
    );
    let content = r#"{"id":"1","a":"","b":"-","c":"kim","t":"mcp__db__list","status":"blocked","n":"x","v":"1","cents":250,"calls":[{"id":"r1"},{"id":"r2"}]}
{"id":"2","t":"plain","status":"odd","cents":"many"}"#;
    let replayed = replay(&format, content);
    let first = &replayed.events[0];
    assert_eq!(
        (&first["human"], &first["server"], &first["tool"]),
        (&"kim".into(), &"db".into(), &"list".into())
    );
    assert_eq!((&first["outcome"], &first["client"]), (&"denied".into(), &"x/1".into()));
    assert_eq!(first["identifiers"].as_array().unwrap().len(), 2);
    let second = &replayed.events[1];
    assert_eq!((&second["tool"], &second["outcome"]), (&"plain".into(), &"unknown".into()));
    assert!(
        replayed
            .warnings
            .iter()
            .any(|warning| warning.contains("`cost` could not be read in 1 of 2"))
    );
}

#[test]
fn texts_are_unwrapped_and_lists_exploded() {
    let format = small_with(
        r#"
[input]
records = ["", "/rows"]
unwrap = [{ at = "/m", as = "json" }, { at = "/m/p", as = "base64-json" }]
explode = "/m/p/list"
[role.tool]
from = ["./tool"]
[role.session]
from = ["/m/s"]
"#,
    );
    let content = r#"{"rows":[{"id":"1","m":"{\"s\":\"S\",\"p\":\"eyJsaXN0IjpbeyJ0b29sIjoiYSJ9LHsidG9vbCI6ImIifV19\"}"}],"next":1}"#;
    let replayed = replay(&format, content);
    assert!(replayed.is_accounted);
    let seen: Vec<_> = replayed
        .events
        .iter()
        .map(|event| (&event["native_id"], &event["tool"], &event["session"]))
        .collect();
    assert_eq!(
        seen,
        [(&"1#0".into(), &"a".into(), &"S".into()), (&"1#1".into(), &"b".into(), &"S".into())]
    );
}

#[test]
fn foreign_records_are_kept_and_told() {
    let replayed = replay(&small_with(""), "{\"id\":\"1\"}\n{\"other\":1}\n");
    assert_eq!(replayed.events[1]["product"], "json");
    assert_eq!(replayed.warnings.len(), 1);
}

#[test]
fn page_with_more_to_come_is_told() {
    let page = |more: &str| {
        let content = fixture!("hoop/sessions.json").replace("\"has_next_page\": false", more);
        replay(&built_in("hoop-session"), &content).warnings.len()
    };
    assert_eq!(page("\"has_next_page\": false"), 0);
    assert_eq!(page("\"has_next_page\": true"), 1);
}

#[test]
fn integrity_is_kept_for_later() {
    let text = format!(
        "{SMALL}[integrity]\nseq = \"/n\"\nprev = \"/p\"\nhash = \"/h\"\nalgorithm = \"sha256\"\n"
    );
    assert!(Mapping::parse("x", &text).unwrap().has_integrity());
    assert!(
        refusal(&format!("{SMALL}[integrity]\nsequence = \"/n\"\n"))
            .message
            .contains("unknown field")
    );
}

#[test]
fn own_fixtures_are_recognized_by_their_mapping_alone() {
    let formats = crate::format::registry::built_in();
    for (content, id) in [
        (fixture!("toolhive/audit.jsonl"), "toolhive"),
        (fixture!("hoop/sessions.json"), "hoop-session"),
        (fixture!("hoop/events.jsonl"), "hoop-events"),
        (fixture!("opa/upload.json"), "opa"),
    ] {
        let sample = Sample::new("x", content, true);
        let takers: Vec<&str> = formats
            .iter()
            .filter(|format| format.recognize(&sample).score > 0)
            .map(|format| format.id())
            .collect();
        assert_eq!(takers, [id]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn cut_and_changed_records_are_accounted(cut in 0_usize..4000, at in 0_usize..4000, letter in any::<char>()) {
        for (id, content) in [
            ("toolhive", fixture!("toolhive/audit.jsonl")),
            ("hoop-session", fixture!("hoop/sessions.json")),
            ("hoop-events", fixture!("hoop/events.jsonl")),
            ("opa", fixture!("opa/upload.json")),
        ] {
            let changed: String = content
                .chars()
                .enumerate()
                .take(content.len().saturating_sub(cut % content.len()))
                .map(|(index, old)| if index == at % content.len() { letter } else { old })
                .collect();
            prop_assert!(replay(&built_in(id), &changed).is_accounted);
        }
    }
}
