//! `events.csv`: one row for each event, for spreadsheets. Cells that a spreadsheet would run are quoted with an
//! apostrophe, what acts on a screen is written as an escape, and `sanitised` says whether that happened in the row.
//! The payload stays in `events.jsonl`: it does not fit a cell.

use std::borrow::Cow;
use std::io::{self, Write};

use super::facts::file_of;
use super::safe;
use crate::custody::State;
use crate::query::export::{COLUMNS, ExportEvent};
use crate::store::Value;

pub(super) const FILE: &str = "events.csv";

/// Columns after those of the event model.
const FURTHER: [&str; 16] = [
    "who",
    "session_id",
    "session_kind",
    "tags",
    "criteria",
    "notes",
    "links",
    "source_file",
    "source_member",
    "source_sha256",
    "source_line",
    "source_offset",
    "source_length",
    "raw_sha256",
    "deliveries",
    "sanitised",
];

/// Returns a writer with the settings of every CSV file: comma, quotes where needed, `\n` at the end of a row.
pub(super) fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::Writer::from_writer(out)
}

/// Returns the error beneath one of the CSV writer, so that a closed pipe stays one.
pub(super) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Writes the header row.
pub(super) fn write_header<W: Write>(out: &mut csv::Writer<W>) -> io::Result<()> {
    let names = ["id"].iter().chain(COLUMNS).chain(&FURTHER);
    out.write_record(names).map_err(io_error)
}

/// Writes one event.
pub(super) fn write_event<W: Write>(
    out: &mut csv::Writer<W>,
    event: &ExportEvent,
    state: &State,
) -> io::Result<()> {
    let mut row = SheetRow::default();
    row.push(&event.row.id.to_string());
    for value in &event.values {
        match value {
            Value::Text(text) => row.push(text),
            // Numbers, times and flags are made here and cannot begin a formula.
            Value::Null => row.push_safe(String::new()),
            other => row.push_safe(other.to_string()),
        }
    }
    further(&mut row, event, state);
    row.push_safe(row.is_changed.to_string());
    out.write_record(&row.cells).map_err(io_error)
}

fn further(row: &mut SheetRow, event: &ExportEvent, state: &State) {
    let tags = state.tags_of(event.row.id);
    let notes = state.notes_of(event.row.id);
    let joined = |parts: Vec<&str>| parts.join("; ");
    row.push(&event.row.who);
    let session = event.session.as_ref();
    row.push(session.map_or("", |session| &session.id));
    row.push(session.map_or("", |session| &session.kind));
    row.push(&joined(tags.iter().map(|tag| tag.text.as_str()).collect()));
    row.push(&joined(tags.iter().filter_map(|tag| tag.criterion.as_deref()).collect()));
    row.push(&joined(notes.iter().map(|note| note.text.as_str()).collect()));
    let links: Vec<String> =
        event.links.iter().map(|link| format!("{} {}", link.grade, link.other)).collect();
    // A link grade at the start is ours and would look like a formula, so the list begins with its number.
    row.push(&if links.is_empty() {
        String::new()
    } else {
        format!("{}: {}", event.n_links, links.join("; "))
    });
    let place = event.place();
    row.push(&place.map(|place| place.source.clone()).unwrap_or_default());
    row.push(place.and_then(|place| place.member.as_deref()).unwrap_or_default());
    row.push(place.map_or("", |place| &place.source_sha256));
    let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    row.push_safe(number(place.map(|place| place.line.into())));
    row.push_safe(number(place.map(|place| place.offset)));
    row.push_safe(number(place.map(|place| place.length.into())));
    row.push(place.map_or("", |place| &place.record_sha256));
    let files: Vec<String> = event.places.iter().map(file_of).collect();
    row.push(&files.join("; "));
}

#[derive(Default)]
struct SheetRow {
    cells: Vec<String>,
    is_changed: bool,
}

impl SheetRow {
    fn push(&mut self, text: &str) {
        let cell = safe::sheet_cell(text);
        self.is_changed |= matches!(cell, Cow::Owned(_));
        self.cells.push(cell.into_owned());
    }

    fn push_safe(&mut self, text: String) {
        self.cells.push(text);
    }
}
