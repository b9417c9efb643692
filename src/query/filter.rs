//! What narrows the rows: terms joined by *and*. The same terms are crumbs, filter bar text and command-line options.
//! Pure; `sql` turns them into conditions, `filter_parse` reads them from text.

use std::fmt;

use thiserror::Error;

use crate::model::{Grade, Micros};

/// Fields that a term can name, with their help, in the order in which the filter bar offers them.
pub const FIELDS: &[(&str, &str)] = &[
    ("who", "person, role, user or service"),
    ("session", "agent or credential session"),
    ("agent", "agent product or workload"),
    ("action", "service:Operation or tool call"),
    ("what", "resource: ARN or tool target"),
    ("outcome", "success denied error held unknown"),
    ("source", "plane letter or word: C G M A Z L"),
    ("address", "source address"),
    ("key", "access key or token id"),
    ("tool", "tool name"),
    ("server", "server, backend or service"),
    ("trace", "trace id"),
    ("request", "request id"),
    ("tag", "tag text or criterion"),
    ("region", "AWS region"),
    ("account", "AWS account"),
    ("error", "error code"),
    ("decision", "allow deny conditional"),
    ("policy", "policy or rule that decided"),
    ("kind", "api tool_call decision approval auth session model_call notice"),
    ("class", "read write delete admin auth exec send"),
    ("model", "model id"),
    ("product", "product that wrote the record"),
    ("file", "evidence file name"),
    ("type", "resource type"),
    ("id", "event id or its beginning"),
];

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `field:value`: contains, without regard to case; `*` stands for anything.
    Contains,
    /// `field=value`
    Equals,
    /// `field!=value`
    Differs,
}

/// A property an event has or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Denied,
    Failed,
    Held,
    Ok,
    Undated,
    Agent,
    Human,
    Write,
    Marked,
    Linked,
    Asked,
}

impl Is {
    /// Words after `is:`.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("denied", Self::Denied),
        ("failed", Self::Failed),
        ("held", Self::Held),
        ("ok", Self::Ok),
        ("undated", Self::Undated),
        ("agent", Self::Agent),
        ("human", Self::Human),
        ("write", Self::Write),
        ("marked", Self::Marked),
        ("linked", Self::Linked),
        ("asked", Self::Asked),
    ];

    /// Returns the word after `is:`.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, is)| *is == self).map_or("?", |(word, _)| word)
    }
}

/// One end of a time range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    At(Micros),
    /// Microseconds since midnight UTC, on any day.
    TimeOfDay(i64),
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Text anywhere in the event.
    Word(String),
    Field {
        field: &'static str,
        compare: Compare,
        value: String,
    },
    /// From the first moment on, up to but without the second.
    Time {
        from: Option<Moment>,
        to: Option<Moment>,
    },
    Is(Is),
    HasTag,
    HasNote,
    Link(Grade),
    /// A SQL condition over the `events` view.
    Sql(String),
}

/// What narrows the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub terms: Vec<Term>,
    pub enabled: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self { terms: Vec::new(), enabled: true }
    }
}

/// A filter text that cannot be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} (at character {})", .at + 1)]
pub struct FilterError {
    /// Byte offset in the text.
    pub at: usize,
    pub message: String,
}

impl Filter {
    /// Returns a filter of these terms, switched on.
    pub const fn new(terms: Vec<Term>) -> Self {
        Self { terms, enabled: true }
    }

    /// Reads a filter from text.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self::new(super::filter_parse::parse(text)?))
    }

    /// Returns true when nothing is narrowed.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() || !self.enabled
    }

    /// Returns the text that reads back as this filter.
    pub fn text(&self) -> String {
        let words: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        words.join(" ")
    }

    /// Returns the filter with one more term.
    #[must_use]
    pub fn with(&self, term: Term) -> Self {
        let mut narrowed = self.clone();
        narrowed.terms.push(term);
        narrowed.enabled = true;
        narrowed
    }
}

/// Returns the term `field=value`. Unknown fields become a plain word.
pub fn field_equals(field: &str, value: &str) -> Term {
    field_term(field, Compare::Equals, value)
}

/// Returns the term `field!=value`. Unknown fields become a plain word.
pub fn field_differs(field: &str, value: &str) -> Term {
    field_term(field, Compare::Differs, value)
}

fn field_term(field: &str, compare: Compare, value: &str) -> Term {
    match known_field(field) {
        Some(field) => Term::Field { field, compare, value: value.to_owned() },
        None => Term::Word(value.to_owned()),
    }
}

/// Returns the field of that name.
pub(super) fn known_field(name: &str) -> Option<&'static str> {
    FIELDS.iter().map(|(field, _)| *field).find(|field| *field == name)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => write!(f, "{time}"),
            Self::TimeOfDay(micros) => {
                let clock = Micros(*micros).clock();
                f.write_str(clock.strip_suffix(".000").unwrap_or(&clock))
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(&quoted(word)),
            Self::Field { field, compare, value } => {
                let sign = match compare {
                    Compare::Contains => ":",
                    Compare::Equals => "=",
                    Compare::Differs => "!=",
                };
                write!(f, "{field}{sign}{}", quoted(value))
            }
            Self::Time { from, to } => {
                f.write_str("time:")?;
                if let Some(from) = from {
                    write!(f, "{from}")?;
                }
                f.write_str("..")?;
                to.map_or(Ok(()), |to| write!(f, "{to}"))
            }
            Self::Is(is) => write!(f, "is:{}", is.word()),
            Self::HasTag => f.write_str("has:tag"),
            Self::HasNote => f.write_str("has:note"),
            Self::Link(grade) => write!(f, "link:{grade}"),
            Self::Sql(sql) => write!(f, "= {sql}"),
        }
    }
}

/// Returns the value as it must be written: in quotes when it would not read back bare.
fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && !value.starts_with(['=', '"'])
        && !value
            .contains(|letter: char| letter.is_whitespace() || letter == '"' || letter == '\\');
    let reads_as_field = value.contains([':', '=']);
    if is_plain && !reads_as_field {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
