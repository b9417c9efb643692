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
fn integrity_is_read_whole_and_its_parts_are_found_in_a_record() {
    let zeros = "0".repeat(64);
    let chain = format!(
        "[integrity]\npartition = [\"/gw\"]\nseq = \"/n\"\nprev = \"/p\"\nhash = \"/h/0\"\nalgorithm = \"sha256\"\n\
         input = \"raw-line-minus-member\"\ngenesis = \"{zeros}\"\n"
    );
    let mapping = Mapping::parse("x", &format!("{SMALL}{chain}")).unwrap();
    let integrity = mapping.integrity().unwrap();
    assert_eq!(
        integrity.to_string(),
        "sha256 over raw-line-minus-member: partition /gw seq /n prev /p hash /h/0"
    );
    assert_eq!(integrity.genesis(), Some(zeros.as_str()));
    let record = serde_json::json!({"id": "1", "gw": "a", "n": 7, "p": "00", "h": ["ff"]});
    let link = mapping.chain_link(&record).unwrap();
    assert_eq!((link.partition, link.seq.as_deref()), (vec!["a".to_owned()], Some("7")));
    assert_eq!((link.prev.as_deref(), link.hash.as_deref()), (Some("00"), Some("ff")));
    let because =
        MappedFormat::new(mapping).recognize(&Sample::new("x", "{\"id\":\"1\"}", true)).because;
    assert!(because.contains("hash chain sha256 over raw-line"));
    for (lines, part) in [
        ("sequence = \"/n\"", "unknown field"),
        ("hash = \"/h\"", "needs `prev` or `seq`"),
        ("seq = \"/n\"", "missing field `hash`"),
        ("seq = \"/n\"\nhash = \"/h\"\nalgorithm = \"md5\"", "unknown variant"),
        ("seq = \"/n\"\nhash = \"/h\"\ninput = \"all\"", "unknown variant"),
        ("seq = \"/n\"\nhash = \"/h\"\ngenesis = \"00\"", "64 digits"),
    ] {
        let error = refusal(&format!("{SMALL}[integrity]\n{lines}\n"));
        assert!(error.message.contains(part), "{lines}: {error}");
        assert!(error.field.starts_with("integrity"), "{lines}: {error}");
    }
}

#[test]
fn errors_name_the_field() {
    for (more, field) in [
        ("[role.human]\nfrom = [\n  \"/a\",\n  \"user\",\n]\n", "role.human.from"),
        ("[role.\"approval.by\"]\nfrom = [\"x\"]\n", "from"),
        (
            "[[test]]\nrecord = '{\"id\":\"a\"}'\nexpect = {}\n[[test]]\nrecord = '{}'\nexpect = {}\n",
            "test[2]",
        ),
        ("[input]\nkind = \"csv\"\n", "input.kind"),
    ] {
        let error = refusal(&format!("{SMALL}{more}"));
        assert!(error.field.contains(field), "{error}");
        assert!(error.to_string().contains(&error.field));
    }
}

const ASKING: &str = "[role.time]\nfrom = [\"/t\"]\nzone = \"ask\"\n";

#[test]
fn times_without_a_zone_are_undated_until_one_is_declared() {
    let content = "{\"id\":\"1\",\"t\":\"2026-03-01 10:00:00\"}\n{\"id\":\"2\",\"t\":\"2026-03-01T10:00:00Z\"}\n";
    let replayed = replay(&small_with(ASKING), content);
    assert_eq!(replayed.events[0]["time"], Value::Null);
    assert_eq!(replayed.events[1]["time"], "2026-03-01T10:00:00.000Z");
    assert!(
        replayed.warnings.iter().any(|warning| warning.contains("`--zone small=ZONE`")
            && warning.contains("1 of 2 records, which are undated")),
        "{:?}",
        replayed.warnings
    );
    let zones = Zones::parse(&["small=Europe/Berlin".to_owned()]).unwrap();
    let declared = small_with(ASKING).with_zones(zones.clone());
    assert!(declared.declared("a.jsonl").unwrap().contains("Europe/Berlin"));
    let replayed = replay(&declared, content);
    assert_eq!(replayed.events[0]["time"], "2026-03-01T09:00:00.000Z");
    assert_eq!(replayed.events[1]["time"], "2026-03-01T10:00:00.000Z");
    assert!(replayed.warnings.is_empty(), "{:?}", replayed.warnings);
    let twice = "{\"id\":\"1\",\"t\":\"2026-10-25 02:30:00\"}\n";
    let replayed = replay(&declared, twice);
    assert_eq!(replayed.events[0]["time"], Value::Null);
    assert!(
        replayed.warnings.iter().any(|warning| warning.contains("twice or not at all")),
        "{:?}",
        replayed.warnings
    );
    assert_eq!(small_with("").with_zones(zones).declared("a.jsonl"), None);
}

#[test]
fn test_of_a_mapping_declares_its_own_zone() {
    let test = |zone: &str, time: &str| {
        let record = "record = '{\"id\":\"1\",\"t\":\"2026-03-01 10:00:00\"}'";
        Mapping::parse(
            "x",
            &format!("{SMALL}{ASKING}[[test]]\n{record}\n{zone}expect = {{ time = \"{time}\" }}\n"),
        )
    };
    assert!(test("", "").is_ok());
    assert!(test("zone = \"+02:00\"\n", "2026-03-01T08:00:00.000Z").is_ok());
    assert!(test("zone = \"+02:00\"\n", "2026-03-01T10:00:00.000Z").is_err());
}

fn inspected(mapping: &Mapping, lines: &[&str]) -> Inspection {
    let mut inspector = Inspector::new(mapping, "x.jsonl", &Zones::default());
    for line in lines {
        inspector.record(line);
    }
    inspector.finish()
}

#[test]
fn inspection_counts_records_roles_and_members_without_a_rule() {
    let more = "[role.human]\nfrom = [\"/user/email\"]\n[role.args]\nfrom = [\"/args\"]\n[pivot]\ntoolu = [\"/calls/*/id\"]\n";
    let mapping = Mapping::parse("x", &format!("{SMALL}{more}")).unwrap();
    let found = inspected(
        &mapping,
        &[
            r#"{"id":"1","user":{"email":"","name":"k"},"args":{"a":{"b":1}},"calls":[{"id":"t","ms":1},{"id":"u","ms":2}]}"#,
            r#"{"id":"2","odd/key":1}"#,
            r#"{"other":1}"#,
            "no JSON",
        ],
    );
    assert_eq!((found.records, found.matching, found.unreadable, found.events), (4, 2, 1, 2));
    let unmapped: Vec<(&str, u64)> =
        found.unmapped.iter().map(|(pointer, count)| (pointer.as_str(), *count)).collect();
    assert_eq!(unmapped, [("/calls/*/ms", 1), ("/odd~1key", 1), ("/user/name", 1)]);
    let human = found.roles.iter().find(|role| role.name == "human").unwrap();
    assert_eq!((human.count.filled, human.count.empty), (0, 2));
    assert_eq!(human.from, "/user/email");
}

#[test]
fn embedded_mappings_leave_no_role_of_their_fixtures_empty_without_saying_so() {
    let mapping =
        embedded().into_iter().flatten().find(|mapping| mapping.id() == "toolhive").unwrap();
    let lines: Vec<&str> = fixture!("toolhive/audit.jsonl").lines().collect();
    let found = inspected(&mapping, &lines);
    assert!(found.matching > 0 && found.matching <= found.records);
    assert!(found.roles.iter().any(|role| role.name == "tool" && role.count.filled > 0));
}

const GATEWAY: &str = r#"{"audit_id":"a1","ts":"2026-05-01 10:00:00","component":"acme-gw","user":{"email":"kim@acme.example"},"tool":{"name":"list","arguments":{"bucket":"secret-bucket"}},"status":"ok","gen_ai.usage.input_tokens":12,"client_ip":"198.51.100.7","aws":{"requestId":"6d1f5b6e-0b5e-4b52-8d2f-0d6d3e0a7c11"},"note":"free text"}
{"audit_id":"a2","ts":"2026-05-01 10:00:01","component":"acme-gw","user":{"email":"lee@acme.example"},"tool":{"name":"drop","arguments":{}},"status":"blocked","gen_ai.usage.input_tokens":9,"client_ip":"198.51.100.8","aws":{"requestId":"6d1f5b6e-0b5e-4b52-8d2f-0d6d3e0a7c12"},"note":"more"}
{"audit_id":"a3","ts":"2026-05-01 10:00:02","component":"acme-gw","user":{"email":"lee@acme.example"},"tool":{"name":"drop"},"status":"weird","client_ip":"198.51.100.8"}
"#;

#[test]
fn draft_proposes_roles_with_reasons_and_reads_its_own_sample() {
    let text = draft("acme.jsonl", GATEWAY).unwrap();
    for line in [
        "id = \"acme\"",
        "[role.event_id]\n# By its name; in 3 of 3 records, text.\nfrom = [\"/audit_id\"]",
        "from = [\"/ts\"]\nformat = [\"rfc3339\"]",
        "zone = \"ask\"",
        "[role.human]\n# By its name; in 3 of 3 records, an e-mail address.\nfrom = [\"/user/email\"]",
        "[role.tool]",
        "[role.args]\n# By its name; in 2 of 3 records, an object.\nfrom = [\"/tool/arguments\"]",
        "sensitive = true",
        "from = [\"/gen_ai.usage.input_tokens\"]",
        "# map = { \"weird\" = \"?\" }",
        "# equals = { \"/component\" = \"acme-gw\" }",
        "aws_request_id = [\"/aws/requestId\"]",
        "#   /note  in 2 of 3, 2 different, text",
    ] {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
    assert!(!text.contains("/user\" = "), "{text}");
    for value in ["secret-bucket", "kim@acme.example", "198.51.100.7", "free text"] {
        assert!(!text.contains(value), "{value}\n{text}");
    }
    let mapping = Mapping::parse("draft", &text).unwrap();
    let lines: Vec<&str> = GATEWAY.lines().collect();
    let found = inspected(&mapping, &lines);
    assert_eq!((found.matching, found.unreadable), (3, 0));
    assert!(
        found.roles.iter().all(|role| role.count.filled + role.count.no_zone > 0),
        "{:?}",
        found.roles
    );
}

#[test]
fn draft_finds_the_list_of_records_in_a_container() {
    let text = draft(
        "x",
        r#"{"items":[{"id":"1","time":1772359200},{"id":"2","time":1772359201}],"next":null}"#,
    )
    .unwrap();
    assert!(text.contains("records = [\"/items\"]"), "{text}");
    assert!(text.contains("format = [\"epoch_s\"]"), "{text}");
    assert!(Mapping::parse("draft", &text).is_ok(), "{text}");
    for nothing in ["", "[]", "a,b\n1,2\n", "[1,2]", "\"x\""] {
        assert!(draft("x", nothing).is_err(), "{nothing}");
    }
}

#[test]
fn mapping_of_the_user_takes_the_place_of_the_embedded_one_with_its_id() {
    let own =
        Mapping::parse("own.toml", &SMALL.replace("id = \"small\"", "id = \"toolhive\"")).unwrap();
    let formats = crate::format::registry::with(&[own], &Zones::default());
    let named: Vec<&str> = formats
        .iter()
        .filter(|format| format.id() == "toolhive")
        .map(|format| format.about())
        .collect();
    assert_eq!(named, ["small"]);
    assert_eq!(formats.len(), crate::format::registry::built_in().len());
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

    /// A draft must pass its own check whatever the keys and values are.
    #[test]
    fn any_draft_is_a_mapping_that_knows_its_sample(
        keys in proptest::collection::vec(any::<String>(), 1..6),
        values in proptest::collection::vec(any::<String>(), 1..6),
        name in any::<String>(),
    ) {
        let members: serde_json::Map<String, Value> =
            keys.into_iter().zip(values).map(|(key, value)| (key, Value::from(value))).collect();
        let line = Value::Object(members).to_string();
        if let Ok(text) = draft(&name, &line) {
            let mapping = Mapping::parse("draft", &text);
            prop_assert!(mapping.is_ok(), "{:?}\n{}", mapping, text);
        }
    }
}
