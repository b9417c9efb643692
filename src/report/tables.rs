//! Rows on standard output in the format that was asked for. Owns escaping, alignment and the trailer; which rows and
//! columns there are is the subcommand's. A closed pipe comes back as an error of that kind, for the caller to end on.

mod aligned;

use std::fmt;
use std::io::{self, BufWriter, Write};

use serde_json::{Map, Value as Json, json};

use super::events_csv::io_error;
use super::safe;
use crate::text::fuzzy::nearest;
use aligned::Aligned;

/// Version of every schema that tables carry.
const VERSION: u32 = 1;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Aligned columns for eyes; may change between versions.
    #[default]
    Table,
    /// One object: `schema`, `version`, `rows`, `trailer`.
    Json,
    /// One object on each line, then a trailer with counts.
    Jsonl,
    Csv,
    Tsv,
    Md,
}

impl Format {
    /// Every format, in the order of the help.
    pub const ALL: &'static [Self] =
        &[Self::Table, Self::Json, Self::Jsonl, Self::Csv, Self::Tsv, Self::Md];

    /// Returns the word of the format on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Md => "md",
        }
    }

    /// Returns the format whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == word)
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Numbers stand on the right in formats for eyes.
    pub is_numeric: bool,
}

impl Column {
    /// Returns a column of texts.
    pub fn text(name: &str) -> Self {
        Self { name: name.to_owned(), is_numeric: false }
    }

    /// Returns a column of numbers.
    pub fn number(name: &str) -> Self {
        Self { name: name.to_owned(), is_numeric: true }
    }
}

/// Words that the screens and the formats use for a column, and its name.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("plane", "source"),
    ("s", "source"),
    ("l", "link"),
    ("grade", "link"),
    ("out", "outcome"),
    ("result", "outcome"),
    ("ts", "time"),
    ("when", "time"),
    ("resource", "target"),
    ("what", "target"),
    ("what", "resource"),
    ("target", "resource"),
    ("ip", "address"),
    ("tags", "tag"),
    ("who", "name"),
    ("who", "human"),
    ("name", "who"),
    ("human", "who"),
    ("session", "short"),
    ("event", "id"),
    ("count", "events"),
];

/// Returns the position of the column that a user means: by its name, else by another word for it, in any case.
/// When there is none, the name that comes closest.
pub fn column_named<'n>(names: &[&'n str], wanted: &str) -> Result<usize, Option<&'n str>> {
    let wanted = wanted.trim().to_ascii_lowercase().replace('-', "_");
    let by_name = |name: &str| names.iter().position(|known| *known == name);
    let mut others = OTHER_WORDS.iter().filter(|(word, _)| *word == wanted);
    by_name(&wanted)
        .or_else(|| others.find_map(|(_, name)| by_name(name)))
        .ok_or_else(|| nearest(&wanted, names))
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    #[default]
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Json(Json),
}

impl Cell {
    fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => json!(text),
            Self::Int(number) => json!(number),
            Self::Float(number) => json!(number),
            Self::Bool(flag) => json!(flag),
            Self::Json(value) => value.clone(),
        }
    }

    /// Returns the cell as text, not yet made harmless.
    fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(flag) => flag.to_string(),
            Self::Json(value) => safe::json_line(value),
        }
    }

    fn to_sheet(&self) -> String {
        match self {
            Self::Text(text) => safe::sheet_cell(text).into_owned(),
            Self::Json(_) => safe::sheet_cell(&self.to_text()).into_owned(),
            Self::Null | Self::Int(_) | Self::Float(_) | Self::Bool(_) => self.to_text(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Self::Json(json!(number)), Self::Int)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

type Out = Box<dyn Write>;

enum Sink {
    Plain(BufWriter<Out>),
    Sheet(Box<csv::Writer<Out>>),
    Aligned(Aligned),
}

/// Writes rows one after another, in any format.
pub struct TableWriter {
    sink: Sink,
    format: Format,
    schema: String,
    columns: Vec<Column>,
    n_rows: u64,
    has_begun: bool,
}

impl fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("format", &self.format)
            .field("schema", &self.schema)
            .field("n_rows", &self.n_rows)
            .finish_non_exhaustive()
    }
}

impl TableWriter {
    /// Returns a writer. `width` is that of the terminal in cells; without one, no table line is cut.
    pub fn new(
        out: Box<dyn Write>,
        format: Format,
        schema: &str,
        columns: &[Column],
        width: Option<usize>,
    ) -> Self {
        let columns = columns.to_vec();
        let sheet = |out, delimiter| {
            Sink::Sheet(Box::new(csv::WriterBuilder::new().delimiter(delimiter).from_writer(out)))
        };
        let sink = match format {
            Format::Csv => sheet(out, b','),
            Format::Tsv => sheet(out, b'\t'),
            Format::Table => Sink::Aligned(Aligned::new(BufWriter::new(out), &columns, width)),
            Format::Json | Format::Jsonl | Format::Md => Sink::Plain(BufWriter::new(out)),
        };
        Self { sink, format, schema: schema.to_owned(), columns, n_rows: 0, has_begun: false }
    }

    /// Writes a row. Cells beyond the columns are ignored, missing ones are empty.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        self.begin()?;
        let is_first = self.n_rows == 0;
        self.n_rows += 1;
        let empty = Cell::Null;
        let cells = (0..self.columns.len()).map(|index| cells.get(index).unwrap_or(&empty));
        match &mut self.sink {
            Sink::Aligned(table) => {
                let texts: Vec<String> = cells.map(Cell::to_text).collect();
                table.row(&texts)
            }
            Sink::Sheet(sheet) => sheet.write_record(cells.map(Cell::to_sheet)).map_err(io_error),
            Sink::Plain(out) if self.format == Format::Md => {
                let cells: Vec<String> = cells.map(markdown).collect();
                writeln!(out, "| {} |", cells.join(" | "))
            }
            Sink::Plain(out) => {
                let mut members = Map::new();
                for (column, cell) in self.columns.iter().zip(cells) {
                    members.insert(column.name.clone(), cell.to_json());
                }
                let line = safe::json_line(&Json::Object(members));
                if self.format == Format::Jsonl {
                    return writeln!(out, "{line}");
                }
                let comma = if is_first { "" } else { "," };
                write!(out, "{comma}\n{line}")
            }
        }
    }

    /// Writes what comes after the last row. `trailer` holds the caller's counts; the number of rows is added.
    pub fn finish(mut self, trailer: Map<String, Json>) -> io::Result<()> {
        self.begin()?;
        let mut members = Map::new();
        if self.format == Format::Jsonl {
            members.insert("schema".to_owned(), json!(self.schema));
            members.insert("version".to_owned(), json!(VERSION));
        }
        members.insert("rows".to_owned(), json!(self.n_rows));
        members.extend(trailer);
        match (self.sink, self.format) {
            (Sink::Plain(mut out), format) => {
                match format {
                    Format::Json => {
                        writeln!(
                            out,
                            "\n],\"trailer\":{}}}",
                            safe::json_line(&Json::Object(members))
                        )?;
                    }
                    Format::Jsonl => {
                        writeln!(out, "{}", safe::json_line(&json!({"trailer": members})))?;
                    }
                    Format::Table | Format::Csv | Format::Tsv | Format::Md => {}
                }
                out.flush()
            }
            (Sink::Sheet(mut sheet), _) => sheet.flush(),
            (Sink::Aligned(table), _) => table.finish(&members),
        }
    }

    /// Writes what comes before the first row.
    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        match (&mut self.sink, self.format) {
            (Sink::Sheet(sheet), _) => {
                let names =
                    self.columns.iter().map(|column| safe::sheet_cell(&column.name).into_owned());
                sheet.write_record(names).map_err(io_error)
            }
            (Sink::Plain(out), Format::Json) => {
                let schema = safe::json_line(&self.schema);
                write!(out, "{{\"schema\":{schema},\"version\":{VERSION},\"rows\":[")
            }
            (Sink::Plain(out), Format::Md) => {
                let names: Vec<String> =
                    self.columns.iter().map(|column| safe::markdown(&column.name)).collect();
                let rules: Vec<&str> = self
                    .columns
                    .iter()
                    .map(|column| if column.is_numeric { "---:" } else { "---" })
                    .collect();
                writeln!(out, "| {} |\n| {} |", names.join(" | "), rules.join(" | "))
            }
            (Sink::Plain(_) | Sink::Aligned(_), _) => Ok(()),
        }
    }
}

fn markdown(cell: &Cell) -> String {
    let text = cell.to_text();
    if text.is_empty() { String::new() } else { safe::markdown(&text) }
}

#[cfg(test)]
mod tests;
