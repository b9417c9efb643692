//! What a report says, in order: sections of statements, tables and pictures, each statement with the records it rests on.
//! Made once for a state of a case, then written as HTML and as Markdown, so that both say the same. Plain data: must not
//! know how it is written.

pub(super) mod annexes;
pub(super) mod boundary;
pub(super) mod calendar;
pub(super) mod criteria;
pub(super) mod decisions;
pub(super) mod facts;
pub(super) mod findings;
pub(super) mod forms;
pub(super) mod frame;
pub(super) mod incident;
pub(super) mod people;
pub(super) mod pictures;
pub(super) mod questions;
pub(super) mod records;
pub(super) mod signing;
pub(super) mod sources;
pub(super) mod summary;
mod words;

use serde::Serialize;

use super::safe;
use crate::model::{EventId, Micros};
use crate::text::sanitize::sanitize;

/// Characters of a text from a record or a person that are quoted.
pub(super) const QUOTE: usize = 300;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "lowercase")]
pub(super) enum Span {
    /// Our own words.
    Plain(String),
    /// Our own words, stressed.
    Strong(String),
    /// Text from a record or a person: never markup, sanitized and cut.
    Quoted(String),
    /// Text of a pack or a rule, or a sentence of the program that may name things of records: sanitized, never cut.
    Told(String),
    /// A time: the day, and what follows it.
    Time(String, String),
    /// A digest, an id, a grade: letters that must be read one by one.
    Code(String),
    /// A verdict, a state, a severity: one of our own words that stands out.
    Word(String),
    /// Records that show it, until they have numbers.
    #[serde(skip)]
    Cite(Vec<EventId>),
    /// Numbers of records in the annex.
    Refs(Vec<usize>),
    /// A place that a person fills in.
    Blank,
}

/// A sentence or a cell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Text(pub(super) Vec<Span>);

impl Text {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Returns text of our own words.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new().and(text)
    }

    pub(super) fn quoted(text: &str) -> Self {
        Self::new().quote(text)
    }

    pub(super) fn told(text: &str) -> Self {
        Self::new().tell(text)
    }

    pub(super) fn coded(text: impl Into<String>) -> Self {
        Self::new().code(text)
    }

    pub(super) fn word(text: impl Into<String>) -> Self {
        Self(vec![Span::Word(text.into())])
    }

    pub(super) fn blank() -> Self {
        Self(vec![Span::Blank])
    }

    /// Returns a dash for nothing.
    pub(super) fn none() -> Self {
        Self::plain("-")
    }

    pub(super) fn maybe(text: Option<&str>) -> Self {
        text.map_or_else(Self::none, Self::quoted)
    }

    /// Returns a time in RFC 3339, without a fraction that is zero.
    pub(super) fn time(time: Option<Micros>) -> Self {
        let Some(time) = time else { return Self::plain("no time") };
        let text = time.to_string().replace(".000Z", "Z");
        let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
        Self(vec![Span::Time(day.to_owned(), format!("T{rest}"))])
    }

    pub(super) fn count(count: u64) -> Self {
        Self::plain(count.to_string())
    }

    /// Adds our own words; what stands in backticks is code.
    #[must_use]
    pub(super) fn and(mut self, text: impl Into<String>) -> Self {
        let text: String = text.into();
        for (at, part) in text.split('`').enumerate().filter(|(_, part)| !part.is_empty()) {
            let part = part.to_owned();
            self.0.push(if at % 2 == 0 { Span::Plain(part) } else { Span::Code(part) });
        }
        self
    }

    /// Adds text of a pack, a rule or the program; what stands in backticks is code.
    #[must_use]
    pub(super) fn tell(mut self, text: &str) -> Self {
        let safe = sanitize(text.trim());
        for (at, part) in safe.split('`').enumerate().filter(|(_, part)| !part.is_empty()) {
            let is_code = at % 2 == 1 && is_plain_code(part);
            let part = part.to_owned();
            self.0.push(if is_code { Span::Code(part) } else { Span::Told(part) });
        }
        self
    }

    #[must_use]
    pub(super) fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Strong(text.into()));
        self
    }

    #[must_use]
    pub(super) fn quote(mut self, text: &str) -> Self {
        self.0.push(quoted(text));
        self
    }

    #[must_use]
    pub(super) fn code(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Code(text.into()));
        self
    }

    #[must_use]
    pub(super) fn with(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }

    #[must_use]
    pub(super) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Returns the text as a reader sees it, without numbers of records.
    pub(super) fn spoken(&self) -> String {
        self.0
            .iter()
            .map(|span| match span {
                Span::Plain(text)
                | Span::Strong(text)
                | Span::Quoted(text)
                | Span::Told(text)
                | Span::Code(text)
                | Span::Word(text) => text.clone(),
                Span::Time(day, rest) => format!("{day}{rest}"),
                Span::Cite(_) | Span::Refs(_) | Span::Blank => String::new(),
            })
            .collect()
    }
}

/// Returns text from a record or a person, harmless and cut to what a report quotes.
pub(super) fn quoted(text: &str) -> Span {
    let cut = safe::cut(text.trim(), QUOTE);
    Span::Quoted(if cut.is_empty() { "-".to_owned() } else { sanitize(&cut).into_owned() })
}

/// Code that a sentence of the program names has no other letters.
fn is_plain_code(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.=+~,:/()| ".contains(letter))
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) is_number: bool,
}

/// A table; its first column names the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// How many rows were left out, and where they are.
    pub(super) more: Option<Text>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// Number of the record that the row is about, in the annex only.
    pub(super) record: Option<usize>,
    pub(super) cells: Vec<Text>,
}

impl Table {
    /// Returns an empty table. Names that begin with `#` are columns of numbers.
    pub(super) fn new(caption: impl Into<String>, names: &[&'static str]) -> Self {
        let column = |name: &&'static str| Column {
            name: name.trim_start_matches('#'),
            is_number: name.starts_with('#'),
        };
        Self {
            caption: caption.into(),
            columns: names.iter().map(column).collect(),
            rows: Vec::new(),
            more: None,
        }
    }

    pub(super) fn row(&mut self, cells: Vec<Text>) {
        self.rows.push(Row { record: None, cells });
    }

    /// Says that rows were left out, if they were.
    pub(super) fn left_out(&mut self, total: usize, noun: &str, place: &str) {
        if total > self.rows.len() {
            let more = total - self.rows.len();
            self.more = Some(Text::plain(format!("{more} more of {total} {noun} are {place}.")));
        }
    }
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "of", rename_all = "lowercase")]
pub(super) enum Block {
    Heading(Text),
    Paragraph(Text),
    List(Vec<Text>),
    Table(Table),
    /// A sentence that a hasty reader must not miss.
    Notice(Text),
    /// An analyst's own words, line by line.
    Opinion(Vec<Text>),
    /// Text in a fixed pitch: a question to the store.
    Code(String),
    Activity(pictures::Activity),
    Calendar(calendar::Calendar),
    /// Lines for a person to write on.
    Lines(u32),
}

/// A numbered part of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Section {
    /// `1`, `A`.
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block>,
}

impl Section {
    pub(super) const fn new(number: &'static str, title: &'static str) -> Self {
        Self { number, title, blocks: Vec::new() }
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(Text::plain(text)));
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.text(Text::plain(text));
    }

    pub(super) fn text(&mut self, text: Text) {
        self.blocks.push(Block::Paragraph(text));
    }

    pub(super) fn notice(&mut self, text: Text) {
        self.blocks.push(Block::Notice(text));
    }

    pub(super) fn list(&mut self, items: Vec<Text>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    pub(super) fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }
}

/// How far a report has come on its way to a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Draft,
    ForReview,
    Signed,
}

impl Status {
    /// Returns the word on the cover.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::ForReview => "FOR REVIEW",
            Self::Signed => "SIGNED",
        }
    }
}

/// A report, or one of its short forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) title: Text,
    /// What the report is about in itself; its digest is what people sign.
    pub(super) body: Vec<Section>,
}

impl Document {
    /// Hands out every text, in order.
    pub(super) fn each_text(&mut self, mut take: impl FnMut(&mut Text)) {
        take(&mut self.title);
        for block in self.body.iter_mut().flat_map(|section| &mut section.blocks) {
            match block {
                Block::Heading(text) | Block::Paragraph(text) | Block::Notice(text) => take(text),
                Block::List(texts) | Block::Opinion(texts) => texts.iter_mut().for_each(&mut take),
                Block::Table(table) => {
                    table.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(&mut take);
                }
                Block::Calendar(calendar) => {
                    calendar.rows.iter_mut().for_each(|row| take(&mut row.name));
                }
                Block::Code(_) | Block::Activity(_) | Block::Lines(_) => {}
            }
        }
    }
}

/// Returns `1 event`, `2 events`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Returns texts with commas between them.
pub(super) fn joined(texts: impl IntoIterator<Item = Text>) -> Text {
    let mut all = Text::new();
    for (at, text) in texts.into_iter().enumerate() {
        all = if at == 0 { text } else { all.and(", ").then(text) };
    }
    if all.0.is_empty() { Text::none() } else { all }
}

/// Makes the report: every section of the body, in order, and the annexes. Section 17 is not of the body.
pub(super) fn report(frame: facts::Frame<'_>) -> Document {
    let body = vec![
        frame::statement(frame),
        summary::section(frame),
        boundary::system(frame),
        boundary::boundary(frame),
        sources::custody(frame),
        sources::completeness(frame),
        people::actors(frame),
        people::sessions(frame),
        questions::section(frame),
        criteria::section(frame),
        findings::section(frame),
        decisions::section(frame),
        decisions::data(frame),
        incident::section(frame),
        frame::method(frame),
        frame::limits(frame),
        criteria::populations(frame),
        annexes::files(frame),
        annexes::journal(),
        annexes::identities(frame),
        annexes::certification(frame),
    ];
    let document = Document { title: document_title(frame, "Evidence report"), body };
    in_words(frame, records::finish(document, frame.records(), "Records behind the statements"))
}

/// Returns the title of a document about the case.
fn document_title(frame: facts::Frame<'_>, kind: &str) -> Text {
    Text::plain(format!("{kind}: ")).quote(frame.input.case_name)
}

/// Puts what is not our own into the words of the bundle, and annexes into their order.
fn in_words(frame: facts::Frame<'_>, mut document: Document) -> Document {
    if let Some(pseudonyms) = frame.input.pseudonyms {
        document.each_text(|text| {
            for span in &mut text.0 {
                if let Span::Quoted(text) | Span::Told(text) = span {
                    pseudonyms.text(text);
                }
            }
        });
    }
    if let Some(people) = frame.input.people {
        words::without_names(people, &mut document);
    }
    let is_annex =
        |section: &Section| section.number.starts_with(|letter: char| letter.is_ascii_uppercase());
    document.body.sort_by_key(|section| {
        (is_annex(section), if is_annex(section) { section.number } else { "" })
    });
    document
}
