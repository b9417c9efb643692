//! The sheets that are filled while events go by: all of them, and those that a person decided.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, Sheet};
use crate::custody::State;
use crate::query::export::ExportEvent;
use crate::report::facts::file_of;
use crate::store::Value;

/// Events of the sheet. Beyond this a spreadsheet is slow, and `events.csv` has all.
const MOST_EVENTS: u32 = 100_000;

const EVENTS: &[(&str, f64)] = &[
    ("time", 28.0),
    ("plane", 11.0),
    ("kind", 11.0),
    ("who", 24.0),
    ("agent", 20.0),
    ("action", 30.0),
    ("resource", 40.0),
    ("decision", 10.0),
    ("policy", 20.0),
    ("outcome", 10.0),
    ("error_code", 18.0),
    ("session", 24.0),
    ("tool", 18.0),
    ("server", 18.0),
    ("address", 16.0),
    ("account", 14.0),
    ("region", 12.0),
    ("tags", 24.0),
    ("criteria", 24.0),
    ("notes", 30.0),
    ("links", 7.0),
    ("source_file", 40.0),
    ("source_line", 11.0),
    ("raw_sha256", 66.0),
    ("event", 38.0),
];

const APPROVALS: &[(&str, f64)] = &[
    ("time", 28.0),
    ("who", 24.0),
    ("action", 30.0),
    ("resource", 40.0),
    ("approval_state", 16.0),
    ("approval_by", 24.0),
    ("approval_at", 28.0),
    ("seconds_from_event_to_approval", 18.0),
    ("outcome", 10.0),
    ("source_file", 40.0),
    ("source_line", 11.0),
    ("raw_sha256", 66.0),
    ("event", 38.0),
];

/// Both sheets.
pub(super) struct Events {
    all: Sheet,
    approvals: Sheet,
    /// Events that are not in the sheet.
    pub(super) n_left_out: u64,
}

impl Events {
    pub(super) fn begin() -> Result<Self, XlsxError> {
        Ok(Self {
            all: Sheet::begin("Events", EVENTS)?,
            approvals: Sheet::begin("Approvals", APPROVALS)?,
            n_left_out: 0,
        })
    }

    /// Adds an event.
    pub(super) fn add(&mut self, event: &ExportEvent, state: &State) -> Result<(), XlsxError> {
        if self.all.n_rows() >= MOST_EVENTS {
            self.n_left_out += 1;
            return Ok(());
        }
        self.all.row(event_row(event, state))?;
        let is_decided = ["approval_state", "approval_by", "approval_at"]
            .iter()
            .any(|column| event.text(column).is_some());
        if is_decided { self.approvals.row(approval_row(event)) } else { Ok(()) }
    }

    /// Returns the number of events in the sheet.
    pub(super) const fn n_rows(&self) -> u32 {
        self.all.n_rows()
    }

    pub(super) fn into_sheets(self) -> Result<(Worksheet, Worksheet), XlsxError> {
        Ok((self.all.finish()?, self.approvals.finish()?))
    }
}

fn time(event: &ExportEvent) -> Cell {
    event.row.time.map(|time| time.to_string()).into()
}

/// Returns where the record lies: file, line, digest, and the event's id.
fn origin(event: &ExportEvent) -> [Cell; 4] {
    let place = event.place();
    [
        place.map(file_of).into(),
        place.map(|place| u64::from(place.line)).into(),
        place.map(|place| place.record_sha256.clone()).into(),
        event.row.id.to_string().into(),
    ]
}

fn event_row(event: &ExportEvent, state: &State) -> Vec<Cell> {
    let column = |name: &str| Cell::from(event.text(name));
    let (tags, notes) = (state.tags_of(event.row.id), state.notes_of(event.row.id));
    let joined = |parts: Vec<&str>| Cell::from(parts.join("; "));
    let mut cells = vec![
        time(event),
        column("plane"),
        column("kind"),
        event.row.who.as_str().into(),
        column("agent"),
        event.row.action.as_str().into(),
        column("resource"),
        column("decision"),
        column("policy"),
        column("outcome"),
        column("error_code"),
        event.session.as_ref().map(|session| session.id.clone()).into(),
    ];
    cells.extend(["tool", "server", "address", "account", "region"].map(column));
    cells.extend([
        joined(tags.iter().map(|tag| tag.text.as_str()).collect()),
        joined(tags.iter().filter_map(|tag| tag.criterion.as_deref()).collect()),
        joined(notes.iter().map(|note| note.text.as_str()).collect()),
        event.n_links.into(),
    ]);
    cells.extend(origin(event));
    cells
}

fn approval_row(event: &ExportEvent) -> Vec<Cell> {
    let column = |name: &str| Cell::from(event.text(name));
    let wait = match (event.row.time, event.value("approval_at")) {
        (Some(time), Value::Time(at)) => Cell::from(seconds(at.0 - time.0)),
        _ => Cell::Empty,
    };
    let mut cells = vec![
        time(event),
        event.row.who.as_str().into(),
        event.row.action.as_str().into(),
        column("resource"),
        column("approval_state"),
        column("approval_by"),
        column("approval_at"),
        wait,
        column("outcome"),
    ];
    cells.extend(origin(event));
    cells
}

/// Returns microseconds as seconds with three decimals. A negative one is told in words, because a sheet would take its
/// sign for a formula.
fn seconds(micros: i64) -> String {
    let millis = micros.unsigned_abs() / 1_000;
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    if micros < 0 { format!("{text} before") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_is_told_without_a_sign() {
        assert_eq!(seconds(1_500_000), "1.500");
        assert_eq!(seconds(-41_002_000), "41.002 before");
    }
}
