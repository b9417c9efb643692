//! A small case with a real database for the tests of this module: two planes, hostile text, one undated event, two
//! findings. Everything in it is made up.

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::bundle::BundleInput;
use super::folder::Overwrite;
use crate::criteria::{Library, Pack};
use crate::custody::{Entry, Leaf, State, leaf_hash};
use crate::model::{
    Event, EventId, IdKind, Kind, Micros, Outcome, Plane, Precision, SourceId, Trust,
};
use crate::store::append::Table;
use crate::store::{EventBatch, Limits, Position, Reader, Store, Value};

/// 2026-07-12T09:31:02.114Z
const START: i64 = 1_783_848_662_114_000;
const FIRST: SourceId = SourceId(1);
const SECOND: SourceId = SourceId(2);

pub(super) const HOSTILE: &str =
    "=HYPERLINK(\"http://evil.example\")<script>|`x`[a](b)\u{1b}[2J\u{202e}";

/// A case that lives as long as its folder.
pub(super) struct Case {
    pub(super) folder: tempfile::TempDir,
    store: Store,
    pub(super) state: State,
    pub(super) journal: Vec<u8>,
    pub(super) packs: Vec<Pack>,
}

/// In which order the sources get their numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Loading {
    Forward,
    Backward,
}

/// Returns the id of the event with this number.
pub(super) fn id(number: u8) -> EventId {
    EventId::from_digest(&[number; 32])
}

impl Case {
    pub(super) fn new() -> Self {
        Self::loaded(Loading::Forward)
    }

    pub(super) fn loaded(loading: Loading) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 256, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        fill(&store, loading);
        let entries = acts();
        let state = State::from_entries(&entries);
        assert_eq!(state.troubles(), [] as [String; 0]);
        let journal = entries
            .iter()
            .flat_map(|entry| format!("{{\"seq\":{}}}\n", entry.seq).into_bytes())
            .collect();
        let packs = Library::embedded().unwrap().packs().to_vec();
        Self { folder, store, state, journal, packs }
    }

    pub(super) fn reader(&self) -> Reader {
        self.store.reader().unwrap()
    }

    pub(super) fn input<'a>(&'a self, reader: &'a Reader) -> BundleInput<'a> {
        BundleInput {
            reader,
            state: &self.state,
            journal: &self.journal,
            case_name: "made-up",
            case_id: "case-0001",
            analyst: "analyst",
            exported_at: Micros(START + 86_400_000_000),
            tool: "whytrail/0.0.0-test",
            packs: &self.packs,
            filter: None,
            overwrite: Overwrite::Refuse,
            checkpoints: &[],
            key: None,
            completeness: None,
            statements: &[],
            assessed: None,
            pseudonyms: None,
            people: None,
            targets: &[],
        }
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

/// Reads a file of a bundle.
pub(super) fn read(bundle: &Path, name: &str) -> String {
    std::fs::read_to_string(bundle.join(name)).unwrap()
}

fn fill(store: &Store, loading: Loading) {
    let mut writer = store.writer().unwrap();
    let number = |source: SourceId| match loading {
        Loading::Forward => source,
        Loading::Backward => SourceId(10 - source.0),
    };
    let mut sources = vec![source_row(FIRST, number(FIRST)), source_row(SECOND, number(SECOND))];
    let mut events = events();
    if loading == Loading::Backward {
        sources.reverse();
        events.reverse();
    }
    writer.append_rows("source", &sources).unwrap();
    let mut batch = EventBatch::default();
    let mut numbers = std::collections::BTreeMap::new();
    for (n, (number_of_id, source, line, event)) in (0_i64..).zip(&events) {
        numbers.insert(*number_of_id, n);
        let at = position(n, *number_of_id, number(*source), *line);
        batch.push(&at, event).unwrap();
    }
    writer.append(Table::Event, batch.take().unwrap()).unwrap();
    let mut duplicates = EventBatch::default();
    let (_, _, _, event) = events.iter().find(|(id, ..)| *id == 1).unwrap();
    duplicates.push(&position(99, 1, number(SECOND), 7), event).unwrap();
    writer.append(Table::Duplicate, duplicates.take().unwrap()).unwrap();
    let link = |a: u8, b: u8, grade: &str, strength| {
        let mut row = vec![Value::Int(numbers[&a]), Value::Int(numbers[&b]), grade.into()];
        row.extend(["request id", "req-1", "req-1", "observed", "asserted"].map(Value::from));
        row.push(Value::Int(strength));
        row
    };
    writer.append_rows("link", &[link(2, 1, "=", 1), link(2, 3, "~", 9)]).unwrap();
    let redactions = [(1, "password", 2), (2, "password", 1), (2, "token", 4)]
        .map(|(source, class, count)| vec![Value::Int(source), class.into(), Value::Int(count)]);
    writer.append_rows("redaction", &redactions).unwrap();
    writer.commit().unwrap();
}

fn position(n: i64, id_number: u8, source: SourceId, line: i32) -> Position {
    Position {
        n,
        id: id(id_number),
        source,
        record_index: line,
        part: 0,
        line,
        offset: i64::from(line) * 100,
        length: 90,
        raw_sha256: [id_number; 32],
    }
}

fn source_row(source: SourceId, number: SourceId) -> Vec<Value> {
    let digest = |letter: &str| Value::from(letter.repeat(64));
    let is_first = source == FIRST;
    let (read, kept, duplicate, rejected) = if is_first { (2, 2, 0, 0) } else { (4, 2, 1, 1) };
    vec![
        Value::Int(number.0.into()),
        if is_first { "trail/a.json.gz" } else { "gateway/<b>|audit.jsonl" }.into(),
        Value::Null,
        "/nowhere/evidence".into(),
        if is_first { "read" } else { "damaged" }.into(),
        if is_first { Value::Null } else { "ends early at byte 400".into() },
        "made.up".into(),
        "a test".into(),
        Value::Int(1_000),
        Value::Int(1_000),
        Value::Int(1_000),
        digest(if is_first { "a" } else { "b" }),
        digest(if is_first { "c" } else { "d" }),
        Value::Int(0),
        Value::Int(read),
        Value::Int(kept),
        Value::Int(duplicate),
        Value::Int(rejected),
        Value::Int(0),
        Value::Time(Micros(START)),
        Value::Time(Micros(START + 2_000_000)),
        "".into(),
    ]
}

type Placed = (u8, SourceId, i32, Event<'static>);

fn events() -> Vec<Placed> {
    let mut cloud = Event::new(Plane::CloudTrail, "cloudtrail", Kind::Api);
    cloud.time = Some(Micros(START + 1_000_007));
    cloud.precision = Precision::Micro;
    cloud.actor = Some(Cow::Borrowed("arn:aws:iam::111122223333:role/agent"));
    cloud.action = Some(Cow::Borrowed("s3:GetObject"));
    cloud.touch("arn:aws:s3:::made-up-bucket/q2.csv", Some(Cow::Borrowed("AWS::S3::Object")));
    cloud.touch("arn:aws:s3:::made-up-bucket", None);
    cloud.identify(IdKind::Request, "req-1", Trust::Observed);
    cloud.outcome = Outcome::Denied;
    cloud.error_code = Some(Cow::Borrowed("AccessDenied"));
    cloud.bytes = Some(12);
    cloud.payload = Cow::Borrowed("{ \"a\" : 12345678901234567890123,\n \"b\":\"x\u{202e}\" }");

    let mut asked = Event::new(Plane::Gateway, "gateway", Kind::ToolCall);
    asked.time = Some(Micros(START));
    asked.human = Some(Cow::Borrowed("alice@corp.example"));
    asked.action = Some(Cow::Borrowed(HOSTILE));
    asked.tool = Some(Cow::Borrowed(HOSTILE));
    asked.decision = Some(crate::model::Decision::Allow);
    asked.outcome = Outcome::Success;
    asked.approval_at = Some(Micros(START + 500_000));
    asked.payload = Cow::Borrowed("{}");

    let mut near = asked.clone();
    near.time = Some(Micros(START + 1_000_007));
    near.approval_at = None;
    near.action = Some(Cow::Borrowed("tools/call read"));
    near.tool = None;
    let mut undated = near.clone();
    undated.time = None;
    vec![(1, FIRST, 2, cloud), (2, SECOND, 1, asked), (3, SECOND, 5, near), (4, FIRST, 1, undated)]
}

/// Entries of a journal: tags, a note and two findings.
fn acts() -> Vec<Entry> {
    let events =
        |numbers: &[u8]| numbers.iter().map(|number| id(*number).to_string()).collect::<Vec<_>>();
    let details: [(&str, Json); 7] = [
        ("case.open", json!({})),
        ("tag.add", json!({"text": "bad", "events": events(&[1])})),
        (
            "tag.add",
            json!({"text": "no approval", "criterion": "euaia-art-12.1", "events": events(&[1, 2])}),
        ),
        ("note.add", json!({"text": "see https://evil.example\n| now |", "events": events(&[2])})),
        (
            "finding.create",
            json!({"number": 1, "title": "denied call <b>again</b>", "severity": "high", "state": "open",
                "narrative": "I think so.\n# not a heading\n- mail a@b.example", "criteria": ["euaia-art-12.1"],
                "events": events(&[1, 2, 9])}),
        ),
        (
            "finding.create",
            json!({"number": 2, "title": "nothing", "severity": "low", "state": "open", "narrative": "",
                "criteria": [], "events": []}),
        ),
        ("finding.change", json!({"number": 2, "state": "rejected"})),
    ];
    (0_u64..)
        .zip(details)
        .map(|(seq, (act, detail))| Entry {
            seq,
            ts: Micros(START + 3_600_000_000),
            actor: "analyst".to_owned(),
            tool: "whytrail/0.0.0-test".to_owned(),
            act: act.to_owned(),
            subj: "case".to_owned(),
            detail,
            nonce: u128::from(seq),
            prev: Leaf::default(),
            leaf: leaf_hash(&seq.to_be_bytes()),
        })
        .collect()
}
