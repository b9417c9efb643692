//! `evidence.xlsx`: sheets for people who test: criteria, the population and the exceptions of each rule, findings, events,
//! approvals, blind spots, sources. Cells are texts, numbers and flags, never formulas or links; what a spreadsheet would
//! run when the sheet is saved as CSV has an apostrophe in front. The time of creation is that of the newest record.

mod events;
mod sheet;
mod sheets;

use std::io;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::folder::{Folder, WriteError};
use super::targets::{Target, Writing};
use super::told::Told;
use crate::query::export::ExportEvent;

pub(super) const TARGET: Target = Target { word: "xlsx", states_criteria: true, begin };

const FILE: &str = "evidence.xlsx";

fn begin(_told: &Told<'_>, folder: &Folder) -> Result<Box<dyn Writing>, WriteError> {
    let events = events::Events::begin().map_err(|error| failed(folder, &error))?;
    Ok(Box::new(Book { events }))
}

fn failed(folder: &Folder, error: &XlsxError) -> WriteError {
    folder.failed(FILE, io::Error::other(error.to_string()))
}

struct Book {
    events: events::Events,
}

impl Writing for Book {
    fn event(
        &mut self,
        event: &ExportEvent,
        told: &Told<'_>,
        folder: &Folder,
    ) -> Result<(), WriteError> {
        self.events.add(event, told.input.state).map_err(|error| failed(folder, &error))
    }

    fn finish(self: Box<Self>, told: &Told<'_>, folder: &mut Folder) -> Result<(), WriteError> {
        let bytes = bytes(self.events, told).map_err(|error| failed(folder, &error))?;
        folder.put(FILE, &bytes)
    }
}

/// Returns the file. Sheets stand in the order in which a reader needs them.
fn bytes(events: events::Events, told: &Told<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Nothing reads the clock: the same state of a case makes the same bytes.
    let created = ExcelDateTime::from_timestamp(told.moment.0.div_euclid(1_000_000))?;
    book.set_properties(
        &DocProperties::new()
            .set_title("Evidence sheets")
            .set_author(sheet::text(told.input.analyst))
            .set_comment(sheet::text(told.input.case_name))
            .set_creation_datetime(&created),
    );
    book.push_worksheet(sheets::read_me(told, &events)?);
    book.push_worksheet(sheets::criteria(told)?);
    book.push_worksheet(sheets::population(told)?);
    book.push_worksheet(sheets::exceptions(told)?);
    book.push_worksheet(sheets::findings(told)?);
    let (events, approvals) = events.into_sheets()?;
    book.push_worksheet(events);
    book.push_worksheet(approvals);
    book.push_worksheet(sheets::blind_spots(told)?);
    book.push_worksheet(sheets::sources(told)?);
    book.save_to_buffer()
}
