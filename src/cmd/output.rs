//! Where output goes: data to standard output or a file, everything else to standard error. A closed pipe ends quietly.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, IsTerminal, Write};

use super::Context;
use crate::cli::When;
use crate::failure::{Ended, Failure, Kind};
use crate::model::Micros;
use crate::report::tables::{Cell, Column, Format, TableWriter, column_named};
use crate::text::sanitize::sanitize;

/// Says one line to the user on standard error. Failing to is no trouble: nobody listens.
pub(super) fn say(line: &str) {
    writeln!(io::stderr().lock(), "{}", sanitize(line)).unwrap_or_default();
}

/// Returns the stream for data: standard output, or the file named by `-o`.
pub(super) fn open(context: &Context) -> Result<Box<dyn Write>, Failure> {
    let Some(path) = &context.shared.output.output else {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    };
    let mut options = OpenOptions::new();
    options.write(true);
    if context.shared.output.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let file = options.open(path).map_err(|error| {
        let failure = Failure::usage(format!(
            "`{}`: {}",
            path.display(),
            crate::source::discover::words(&error)
        ));
        if error.kind() == io::ErrorKind::AlreadyExists {
            failure.hint("`--force` overwrites it")
        } else {
            failure
        }
    })?;
    Ok(Box::new(BufWriter::new(file)))
}

/// Returns the format of rows.
pub(super) fn format(context: &Context) -> Format {
    if context.shared.output.json {
        return Format::Json;
    }
    let words = context.shared.output.format.as_deref().unwrap_or_default();
    words.first().and_then(|word| Format::from_word(word)).unwrap_or(Format::Table)
}

/// Refuses a format that rows cannot have: `export` alone takes a list, and formats of its own.
pub(super) fn check_format(context: &Context) -> Ended {
    match context.shared.output.format.as_deref().unwrap_or_default() {
        [] => Ok(()),
        [word] if Format::from_word(word).is_some() => Ok(()),
        [word] => Err(Failure::usage(format!("`{word}` is a format of `export`, not of rows"))
            .hint("rows are written as table, json, jsonl, csv, tsv or md")),
        [_, ..] => Err(Failure::usage("rows have one format").hint("only `export` takes a list")),
    }
}

/// Returns a time as the user wants to read it: in tables in the zone of `--tz`, else and in data in UTC.
pub(super) fn time(context: &Context, time: Option<Micros>) -> Cell {
    let Some(time) = time else { return Cell::Null };
    let zone = match context.shared.output.tz.as_deref() {
        Some(name) if format(context) == Format::Table => crate::config::zone(name).ok(),
        _ => None,
    };
    match zone {
        Some(zone) if zone != jiff::tz::TimeZone::UTC => {
            let local = time.timestamp().to_zoned(zone);
            Cell::Text(local.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
        }
        _ => Cell::Text(time.to_string()),
    }
}

/// Returns true when progress is to be shown.
pub(super) fn wants_progress(context: &Context) -> bool {
    match context.shared.output.progress {
        Some(When::Always) => true,
        Some(When::Never) => false,
        Some(When::Auto) | None => io::stderr().is_terminal() && !context.shared.output.quiet,
    }
}

/// Rows on their way out, in the columns the user chose.
pub(super) struct Rows {
    writer: TableWriter,
    /// Positions of the chosen columns.
    chosen: Vec<usize>,
    count: u64,
    fails_on_empty: bool,
}

impl Rows {
    /// Begins a table. `columns` are all that a row will have; `--columns` chooses among them.
    pub(super) fn begin(
        context: &Context,
        schema: &str,
        columns: &[(&'static str, bool)],
    ) -> Result<Self, Failure> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let chosen = match &context.shared.output.columns {
            None => (0..columns.len()).collect(),
            Some(wanted) => wanted
                .iter()
                .map(|name| {
                    column_named(&names, name).map_err(|nearest| {
                        let near = nearest.map(|near| format!(" (did you mean `{near}`?)"));
                        let near = near.unwrap_or_default();
                        Failure::usage(format!("`{name}` is no column{near}"))
                            .hint(format!("columns are {}", names.join(" ")))
                    })
                })
                .collect::<Result<Vec<usize>, Failure>>()?,
        };
        let shown: Vec<Column> = chosen
            .iter()
            .filter_map(|index| columns.get(*index))
            .map(|(name, is_numeric)| Column { name: (*name).to_owned(), is_numeric: *is_numeric })
            .collect();
        let writer =
            TableWriter::new(open(context)?, format(context), schema, &shown, width(context));
        Ok(Self { writer, chosen, count: 0, fails_on_empty: context.shared.filters.fail_on_empty })
    }

    /// Writes a row that has a cell for every column.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), Failure> {
        let chosen: Vec<Cell> = self
            .chosen
            .iter()
            .map(|index| cells.get(*index).cloned().unwrap_or(Cell::Null))
            .collect();
        self.writer.row(&chosen).map_err(closed_pipe)?;
        self.count += 1;
        Ok(())
    }

    /// Ends the table.
    pub(super) fn finish(self) -> Ended {
        let mut trailer = serde_json::Map::new();
        trailer.insert("rows".to_owned(), self.count.into());
        self.writer.finish(trailer).map_err(closed_pipe)?;
        if self.fails_on_empty && self.count == 0 {
            return Err(Failure::new(Kind::Empty, "nothing matched"));
        }
        Ok(())
    }
}

/// Returns the width that tables are cut to: that of the terminal, or none.
fn width(context: &Context) -> Option<usize> {
    let is_terminal = context.shared.output.output.is_none() && io::stdout().is_terminal();
    if !is_terminal {
        return None;
    }
    rustix::termios::tcgetwinsize(io::stdout())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
}

/// Turns an error of writing into an ending: a closed pipe is no failure.
pub(super) fn closed_pipe(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::said(Kind::Failed)
    } else {
        error.into()
    }
}

/// Prints lines that may hold text from evidence, a bundle or a person.
pub(super) fn print_safe(context: &Context, text: &str) -> Ended {
    let lines: Vec<String> = text.lines().map(|line| sanitize(line).into_owned()).collect();
    print(context, &(lines.join("\n") + "\n"))
}

/// Writes plain text to the data stream.
pub(super) fn print(context: &Context, text: &str) -> Ended {
    let mut out = open(context)?;
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(closed_pipe)
}
