//! `exceptions.csv`: what rules found, one row for each item, with the place of its record. Other files of the bundle cite
//! some of these; this one holds all that a run keeps. Written when a target states what criteria come to.

use std::io;

use super::events_csv::{io_error, writer};
use super::facts::file_of;
use super::folder::{Folder, WriteError};
use super::safe;
use super::told::{Told, instances};

pub(super) const FILE: &str = "exceptions.csv";

/// Columns of the file, and of the sheet of the same name.
pub(super) const COLUMNS: [&str; 13] = [
    "rule",
    "rule_version",
    "is",
    "time",
    "event",
    "who",
    "action",
    "resource",
    "why",
    "item",
    "source_file",
    "source_line",
    "raw_sha256",
];

/// Writes the file, if criteria were assessed.
pub(super) fn write(told: &Told<'_>, folder: &mut Folder) -> Result<(), WriteError> {
    if told.assessment.is_none() {
        return Ok(());
    }
    let mut sheet = writer(folder.begin(FILE)?);
    sheet.write_record(COLUMNS).map_err(|error| folder.failed(FILE, io_error(error)))?;
    for row in rows(told) {
        let cells = row.iter().map(|cell| safe::sheet_cell(cell).into_owned());
        sheet.write_record(cells).map_err(|error| folder.failed(FILE, io_error(error)))?;
    }
    let file = sheet
        .into_inner()
        .map_err(|error| folder.failed(FILE, io::Error::other(error.to_string())))?;
    folder.finish(file)
}

/// Returns the rows, by rule, exceptions first, each in the order of the run.
pub(super) fn rows(told: &Told<'_>) -> Vec<[String; 13]> {
    let mut rows = Vec::new();
    for run in told.runs() {
        for (position, instance) in instances(run).enumerate() {
            let is = if position < run.instances.len() { "exception" } else { "cannot-tell" };
            let record = told.record(instance).map(|cited| &cited.facts);
            let place = record.and_then(|facts| facts.place.as_ref());
            rows.push([
                run.rule.clone(),
                run.version.clone(),
                is.to_owned(),
                instance.time.map_or_else(String::new, |time| time.to_string()),
                instance.event.map_or_else(String::new, |event| event.to_string()),
                record.map_or_else(String::new, |facts| facts.who.clone()),
                record.map_or_else(String::new, |facts| facts.action.clone()),
                record.and_then(|facts| facts.resource.clone()).unwrap_or_default(),
                instance.why.clone(),
                instance.item.clone(),
                place.map_or_else(String::new, file_of),
                place.map_or_else(String::new, |place| place.line.to_string()),
                place.map_or_else(String::new, |place| place.record_sha256.clone()),
            ]);
        }
    }
    rows
}
