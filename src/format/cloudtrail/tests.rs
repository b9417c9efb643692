//! Runs every fixture of the family through recognition, framing and adapter and compares with what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{
    EventBridge, InsightsResults, LambdaEvent, LogEvents, LogLines, LookupEvents, Subscription,
    Trail,
};
use crate::format::bedrock::InvocationLog;
use crate::format::{Adapted, Format, Place, Record, Sample};
use crate::model::Event;
use crate::source::{FrameKind, Framer};

fn family() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(Trail),
        Box::new(LookupEvents),
        Box::new(EventBridge),
        Box::new(LogEvents),
        Box::new(Subscription),
        Box::new(InsightsResults),
        Box::new(LambdaEvent),
        Box::new(LogLines),
        Box::new(InvocationLog),
    ]
}

/// What a format made of some content.
#[derive(Default)]
struct Run<'r> {
    adapted: Adapted<'r>,
    records: usize,
    broken: usize,
    /// Records for which the adapter gave out nothing.
    silent: usize,
}

impl Run<'_> {
    fn given(&self) -> usize {
        self.adapted.events.len() + self.adapted.rejects.len() + self.adapted.skipped.len()
    }
}

fn run<'r>(format: &dyn Format, text: &'r str) -> Run<'r> {
    let mut pieces = Vec::new();
    let mut framer = Framer::new(format.framing());
    framer.feed(text.as_bytes(), true, &mut |frame| {
        pieces.push((frame.kind, frame.offset, frame.line, frame.bytes.to_vec()));
    });
    let mut adapter = format.adapter();
    let mut run = Run::default();
    for (kind, offset, line, bytes) in pieces {
        match kind {
            FrameKind::Record => {
                let begin = usize::try_from(offset).unwrap();
                let index = u32::try_from(run.records).unwrap();
                let place = Place {
                    index,
                    part: 0,
                    offset,
                    length: u32::try_from(bytes.len()).unwrap(),
                    line,
                };
                // Mutated content may cut a character in two; the reader replaces it before records are cut.
                let Some(text) = text.get(begin..begin + bytes.len()) else { continue };
                run.records += 1;
                let before = run.given();
                adapter.adapt(&Record { text, place }, &mut run.adapted);
                run.silent += usize::from(run.given() == before);
            }
            FrameKind::Envelope => adapter.envelope(&bytes, &mut run.adapted),
            FrameKind::Broken(_) => run.broken += 1,
        }
    }
    adapter.finish(&mut run.adapted);
    run
}

fn words(event: &Event<'_>) -> Vec<(&'static str, Option<Value>)> {
    let text = |text: &crate::model::Text<'_>| text.as_deref().map(Value::from);
    vec![
        ("time", event.time.map(|time| time.to_string().into())),
        ("time_end", event.time_end.map(|time| time.to_string().into())),
        ("kind", Some(format!("{} {}", event.plane, event.kind).into())),
        ("native_id", text(&event.native_id)),
        ("human", text(&event.human)),
        ("human_proof", text(&event.human_proof)),
        ("agent", text(&event.agent)),
        ("agent_trust", event.agent_trust.map(|trust| trust.as_str().into())),
        ("client", text(&event.client)),
        ("actor", text(&event.actor)),
        ("actor_type", event.actor_type.map(|kind| kind.as_str().into())),
        ("credential", text(&event.credential)),
        ("session", text(&event.session)),
        ("session_basis", event.session_basis.map(|basis| basis.as_str().into())),
        ("role_session", text(&event.role_session)),
        ("credential_created", event.credential_created.map(|time| time.to_string().into())),
        ("trace", text(&event.trace)),
        ("parent_span", text(&event.parent_span)),
        ("request", text(&event.request)),
        ("server", text(&event.server)),
        ("tool", text(&event.tool)),
        ("method", text(&event.method)),
        ("action", text(&event.action)),
        ("action_class", event.action_class.map(|class| class.as_str().into())),
        ("read_only", event.read_only.map(Value::from)),
        ("resource", text(&event.resource)),
        ("resource_type", text(&event.resource_type)),
        ("region", text(&event.region)),
        ("account", text(&event.account)),
        ("address", text(&event.address)),
        ("user_agent", text(&event.user_agent)),
        ("invoked_by", text(&event.invoked_by)),
        ("decision", event.decision.map(|decision| decision.as_str().into())),
        ("reason", text(&event.reason)),
        ("outcome", Some(event.outcome.as_str().into())),
        ("error_code", text(&event.error_code)),
        ("tokens_in", event.tokens_in.map(Value::from)),
        ("tokens_out", event.tokens_out.map(Value::from)),
        ("model", text(&event.model)),
        ("bytes", event.bytes.map(Value::from)),
        ("masked", text(&event.masked)),
        ("shape_rank", (event.shape_rank > 0).then(|| event.shape_rank.into())),
    ]
}

fn describe(event: &Event<'_>) -> Value {
    let mut filled: Map<String, Value> = words(event)
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    if !event.identifiers.is_empty() {
        let lines = event
            .identifiers
            .iter()
            .map(|known| format!("{} {} {}", known.kind, known.value, known.trust));
        filled.insert("identifiers".into(), lines.collect::<Vec<_>>().into());
    }
    if !event.resources.is_empty() {
        let ids = event.resources.iter().map(|resource| resource.id.to_string());
        filled.insert("resources".into(), ids.collect::<Vec<_>>().into());
    }
    filled.insert("payload".into(), serde_json::from_str(&event.payload).expect("payload is JSON"));
    Value::Object(filled)
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format").join(folder);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.to_string_lossy().ends_with(".expected.json"));
    paths.sort();
    assert!(!paths.is_empty(), "no fixtures in {folder}");
    paths
}

fn winner(formats: &[Box<dyn Format>], name: &str, text: &str) -> usize {
    let sample = Sample::new(name, text, true);
    let scores: Vec<u8> = formats.iter().map(|format| format.recognize(&sample).score).collect();
    let best = scores.iter().copied().max().unwrap();
    let winners: Vec<usize> =
        (0..scores.len()).filter(|&at| scores.get(at) == Some(&best)).collect();
    assert!(best >= 50 && winners.len() == 1, "{name}: scores {scores:?}");
    *winners.first().unwrap()
}

/// Checks every fixture of a folder against its `.expected.json`.
pub(crate) fn check_folder(folder: &str) {
    let formats = family();
    for path in fixtures(folder) {
        let text = fs::read_to_string(&path).unwrap();
        let format = &formats[winner(&formats, &path.to_string_lossy(), &text)];
        let run = run(format.as_ref(), &text);
        let found = json!({
            "format": format.id(),
            "records": run.records,
            "broken": run.broken,
            "events": run.adapted.events.iter().map(|(_, event)| describe(event)).collect::<Vec<_>>(),
            "rejects": run.adapted.rejects.iter().map(|(place, why)| format!("{} {why}", place.index)).collect::<Vec<_>>(),
            "skipped": run.adapted.skipped,
            "warnings": run.adapted.warnings,
        });
        let expected = path.with_extension("expected.json");
        let wanted: Value = fs::read_to_string(&expected)
            .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        let pretty = serde_json::to_string_pretty(&found).unwrap();
        assert!(found == wanted, "{} differs; found:\n{pretty}\n", expected.display());
    }
}

/// Cuts and mutates every fixture of a folder: nothing may panic and no record may vanish.
pub(crate) fn damage_folder(folder: &str) {
    let formats = family();
    for path in fixtures(folder) {
        let text = fs::read_to_string(&path).unwrap();
        let format = &formats[winner(&formats, &path.to_string_lossy(), &text)];
        let step = (text.len() / 150).max(1);
        for at in (0..text.len()).step_by(step).filter(|&at| text.is_char_boundary(at)) {
            let (head, tail) = text.split_at(at);
            let mutated =
                ["\"", "{", "]", "null,", "\u{202e}"].map(|junk| format!("{head}{junk}{tail}"));
            for content in mutated.iter().map(String::as_str).chain([head]) {
                let run = run(format.as_ref(), content);
                assert_eq!(run.silent, 0, "{} at {at}", path.display());
                for (_, event) in &run.adapted.events {
                    assert!(
                        serde_json::from_str::<Value>(&event.payload).is_ok(),
                        "{} at {at}",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn fixtures_become_the_expected_events() {
    check_folder("cloudtrail");
}

#[test]
fn damaged_records_are_accounted_for() {
    damage_folder("cloudtrail");
}

#[test]
fn plain_records_are_borrowed() {
    use std::borrow::Cow;
    let text = r#"{"eventTime":"2026-01-02T03:04:05Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1","eventID":"e-1"}"#;
    let event = super::event::read(text).unwrap();
    assert!(matches!(event.native_id, Some(Cow::Borrowed("e-1"))));
    assert!(matches!(event.region, Some(Cow::Borrowed("us-east-1"))));
    assert_eq!(event.payload, "{}");
}

#[test]
fn reasons_never_quote_the_record() {
    for text in [
        r#"{"eventName":"Secret"#,
        r#"{"secret":"Secret"}"#,
        r#"["Secret"]"#,
        r#"{"secret" "Secret"}"#,
    ] {
        let reason = super::event::read(text).unwrap_err();
        assert!(!reason.to_lowercase().contains("secret"), "{reason}");
    }
}

#[test]
fn event_notifications_of_buckets_are_not_cloudtrail() {
    let text = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"x"}}]}"#;
    let sample = Sample::new("x.json", text, true);
    assert!(family().iter().all(|format| format.recognize(&sample).score == 0));
}

#[test]
fn a_record_that_fills_the_whole_sample_is_still_recognized() {
    let text = r#"{"eventVersion":"1.08","userIdentity":{},"eventSource":"s3.amazonaws.com","requestParameters":{"x":""#;
    assert!(Trail.recognize(&Sample::new("x.json", text, false)).score >= 50);
}

#[test]
fn an_empty_log_file_is_recognized() {
    assert!(Trail.recognize(&Sample::new("x.json", "{\"Records\":[]}", true)).score >= 50);
    assert_eq!(run(&Trail, "{\"Records\":[]}").records, 0);
}

#[test]
fn inflating_stops_at_the_cap() {
    use base64::Engine;
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..65 {
        encoder.write_all(&block).unwrap();
    }
    let data = base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap());
    let text = format!("{{\"awslogs\":{{\"data\":\"{data}\"}}}}");
    let run = run(&LambdaEvent, &text);
    assert!(run.adapted.rejects.first().unwrap().1.contains("64 MiB"));
}

#[test]
fn hostile_sizes_cost_linear_time() {
    let deep = format!(
        r#"{{"eventSource":"s3.amazonaws.com","eventName":"X","requestParameters":{}1{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(run(&Trail, &deep).adapted.events.len(), 1);
    let ids: Vec<String> =
        (0..100_000).map(|number| format!(r#""k{number}Id":"v{number}""#)).collect();
    let wide = format!(
        r#"{{"eventSource":"ec2.amazonaws.com","eventName":"X","requestParameters":{{{}}}}}"#,
        ids.join(",")
    );
    let run = run(&Trail, &wide);
    assert_eq!(run.adapted.events.first().unwrap().1.resources.len(), 64);
}
