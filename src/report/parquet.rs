//! `events.parquet`: the events of the bundle in typed columns, with tags and the place of each record. Text that acts on
//! a screen is written as escapes, and `sanitised` says so; `events.jsonl` has it letter by letter.

use std::borrow::Cow;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::folder::{Folder, WriteError};
use super::safe;
use super::targets::{Target, Writing};
use super::told::Told;
use crate::custody::State;
use crate::query::export::{COLUMNS, ExportEvent};
use crate::store::parquet::{ParquetFile, ParquetKind};
use crate::store::{Fault, Value};
use crate::text::sanitize::sanitize;

pub(super) const TARGET: Target = Target { word: "parquet", states_criteria: false, begin };

const FILE: &str = "events.parquet";

/// Folder of the engine's own files while it works.
const SCRATCH: &str = ".parquet";

/// Columns after those of the event model.
const FURTHER: [(&str, ParquetKind); 17] = [
    ("who", ParquetKind::Text),
    ("session_id", ParquetKind::Text),
    ("session_kind", ParquetKind::Text),
    ("tags", ParquetKind::Texts),
    ("criteria", ParquetKind::Texts),
    ("notes", ParquetKind::Texts),
    ("links", ParquetKind::Int),
    ("source_file", ParquetKind::Text),
    ("source_member", ParquetKind::Text),
    ("source_sha256", ParquetKind::Text),
    ("source_line", ParquetKind::Int),
    ("source_offset", ParquetKind::Int),
    ("source_length", ParquetKind::Int),
    ("raw_sha256", ParquetKind::Text),
    ("deliveries", ParquetKind::Int),
    ("payload", ParquetKind::Text),
    ("sanitised", ParquetKind::Flag),
];

/// Returns what a column of the event model holds.
fn kind(column: &str) -> ParquetKind {
    match column {
        "ts" | "ts_end" | "credential_created" | "approval_at" => ParquetKind::Time,
        "tokens_in" | "tokens_out" | "bytes" => ParquetKind::Int,
        "cost" => ParquetKind::Float,
        "read_only" => ParquetKind::Flag,
        _ => ParquetKind::Text,
    }
}

fn begin(_told: &Told<'_>, folder: &Folder) -> Result<Box<dyn Writing>, WriteError> {
    let failed = |error| folder.failed(FILE, error);
    let scratch = Scratch::make(folder.path()).map_err(failed)?;
    let model = COLUMNS.iter().map(|column| (*column, kind(column)));
    let columns = [("id", ParquetKind::Id)].into_iter().chain(model).chain(FURTHER).collect();
    let file = ParquetFile::begin(&scratch.0, FILE, columns)?;
    Ok(Box::new(Sheet { file, scratch }))
}

/// The engine's folder. Dropped, it leaves nothing behind.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn make(folder: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(folder)?.join(SCRATCH);
        // A leftover of an interrupted run is nobody's.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The failure that led here is what matters; a leftover is replaced by the next run.
        drop(fs::remove_dir_all(&self.0));
    }
}

struct Sheet {
    file: ParquetFile,
    scratch: Scratch,
}

impl Writing for Sheet {
    fn event(
        &mut self,
        event: &ExportEvent,
        told: &Told<'_>,
        _folder: &Folder,
    ) -> Result<(), WriteError> {
        Ok(self.file.row(row(event, told.input.state))?)
    }

    fn finish(self: Box<Self>, _told: &Told<'_>, folder: &mut Folder) -> Result<(), WriteError> {
        let Self { file, scratch } = *self;
        let made: Result<PathBuf, Fault> = file.finish();
        let made = made?;
        let mut target = folder.begin(FILE)?;
        let copied = File::open(made).and_then(|mut made| io::copy(&mut made, &mut target));
        copied.map_err(|error| folder.failed(FILE, error))?;
        drop(scratch);
        folder.finish(target)
    }
}

/// A row while it is made.
#[derive(Default)]
struct Row {
    values: Vec<Value>,
    is_changed: bool,
}

impl Row {
    fn text(&mut self, text: Option<&str>) {
        let value = text.map_or(Value::Null, |text| {
            let safe = sanitize(text);
            self.is_changed |= matches!(safe, Cow::Owned(_));
            Value::Text(safe.into_owned())
        });
        self.values.push(value);
    }

    fn texts<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        let safe: Vec<Cow<'_, str>> = texts.map(sanitize).collect();
        self.is_changed |= safe.iter().any(|text| matches!(text, Cow::Owned(_)));
        self.values.push(Value::Text(json!(safe).to_string()));
    }

    fn count(&mut self, count: Option<u64>) {
        let count = count.and_then(|count| i64::try_from(count).ok());
        self.values.push(count.map_or(Value::Null, Value::Int));
    }
}

fn row(event: &ExportEvent, state: &State) -> Vec<Value> {
    let mut row = Row::default();
    row.values.push(Value::Id(event.row.id));
    for value in &event.values {
        match value {
            Value::Text(text) => row.text(Some(text)),
            other => row.values.push(other.clone()),
        }
    }
    let (tags, notes) = (state.tags_of(event.row.id), state.notes_of(event.row.id));
    let session = event.session.as_ref();
    row.text(Some(&event.row.who));
    row.text(session.map(|session| session.id.as_str()));
    row.text(session.map(|session| session.kind.as_str()));
    row.texts(tags.iter().map(|tag| tag.text.as_str()));
    row.texts(tags.iter().filter_map(|tag| tag.criterion.as_deref()));
    row.texts(notes.iter().map(|note| note.text.as_str()));
    row.count(Some(event.n_links));
    let place = event.place();
    row.text(place.map(|place| place.source.as_str()));
    row.text(place.and_then(|place| place.member.as_deref()));
    row.text(place.map(|place| place.source_sha256.as_str()));
    row.count(place.map(|place| place.line.into()));
    row.count(place.map(|place| place.offset));
    row.count(place.map(|place| place.length.into()));
    row.text(place.map(|place| place.record_sha256.as_str()));
    row.count(Some(event.places.len() as u64));
    let payload = safe::compact_json(&event.payload);
    row.text(Some(payload.as_deref().unwrap_or(&event.payload)));
    row.values.push(Value::Bool(row.is_changed));
    row.values
}
