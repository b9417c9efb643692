//! What a case could see and what it could not: groups of sources with their coverage, and numbered blind spots.
//! Plain data; which records make a blind spot is decided in `link::gaps`.

use super::event::Plane;
use super::ids::EventId;
use super::time::Micros;

/// How much a blind spot bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpotGrade {
    High,
    Medium,
    Low,
    Info,
}

impl SpotGrade {
    /// Every grade, gravest first.
    pub const ALL: &'static [Self] = &[Self::High, Self::Medium, Self::Low, Self::Info];

    /// Returns the word used in the store, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Medium => "MED",
            Self::Low => "LOW",
            Self::Info => "INFO",
        }
    }

    /// Returns the grade whose word is `word`, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|grade| grade.as_str().eq_ignore_ascii_case(word))
    }
}

/// How far the records prove a blind spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The records themselves show it.
    Certain,
    /// The source's own rhythm, or what other sources show, speaks for it.
    Likely,
    /// There are ordinary reasons for it too.
    Possible,
}

impl Certainty {
    /// Every certainty, surest first.
    pub const ALL: &'static [Self] = &[Self::Certain, Self::Likely, Self::Possible];

    /// Returns the word used in the store, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }

    /// Returns the certainty whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|certainty| certainty.as_str() == word)
    }
}

/// One thing that the sources could not have recorded, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindSpot {
    /// Stable inside the case.
    pub number: u32,
    /// Stable for the same evidence in every case; what acceptance refers to.
    pub key: String,
    /// Kind in one word: `silence`, `arguments`.
    pub kind: String,
    pub grade: SpotGrade,
    pub certainty: Certainty,
    /// Plane, product and account it concerns; `None` for all.
    pub plane: Option<String>,
    pub product: Option<String>,
    pub account: Option<String>,
    /// Name of the group of sources.
    pub source: Option<String>,
    /// Stretch it concerns; an open end reaches to the end of the case.
    pub from: Option<Micros>,
    pub to: Option<Micros>,
    pub title: String,
    /// Evidence in words and numbers.
    pub detail: String,
    /// The statement it forbids.
    pub forbids: String,
    /// Events behind it, and a filter that shows them; empty when no event stands for it.
    pub events: u64,
    pub filter: String,
    pub examples: Vec<EventId>,
}

impl BlindSpot {
    /// Returns `B` and the number.
    pub fn name(&self) -> String {
        format!("B{}", self.number)
    }

    /// Returns true for grades that bar a verdict.
    pub const fn is_grave(&self) -> bool {
        matches!(self.grade, SpotGrade::High | SpotGrade::Medium)
    }
}

/// One cell of a coverage row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Nothing recorded.
    Nothing,
    /// Records that hold no arguments.
    Bare,
    /// Fewer records than usual.
    Fewer,
    Records,
}

impl Cover {
    /// Returns the character of the calendar.
    pub const fn glyph(self) -> char {
        match self {
            Self::Nothing => ' ',
            Self::Bare => '-',
            Self::Fewer => '.',
            Self::Records => '#',
        }
    }
}

/// One row of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRow {
    pub name: String,
    pub plane: Option<Plane>,
    pub events: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    /// `ok`, `PART`, `GAP`, `THIN`, `NONE`.
    pub fit: String,
    pub cells: Vec<Cover>,
}

/// What was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotRead {
    /// Records rejected, and files with any.
    pub rejected: u64,
    pub rejecting_files: u64,
    /// Files that could not be opened or end early.
    pub unreadable: u64,
    pub damaged: u64,
    pub undated: u64,
}

/// What the Gaps screen shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gaps {
    /// False while a load goes on and before it was computed for the first time.
    pub is_made: bool,
    pub span: Option<(Micros, Micros)>,
    /// Microseconds that one cell covers.
    pub cell: i64,
    pub rows: Vec<CoverageRow>,
    /// By number.
    pub spots: Vec<BlindSpot>,
    pub not_read: NotRead,
}

/// A stretch in which a source, or every source, recorded nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub from: Micros,
    pub to: Micros,
    /// The source's name; `None` when no source recorded anything.
    pub source: Option<String>,
    pub plane: Option<Plane>,
    /// Number of the blind spot, where one was made of it.
    pub number: Option<u32>,
    /// Events of other sources inside it.
    pub others: u64,
}
