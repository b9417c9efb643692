//! What every view may look at while it acts and draws. Views never change it; `app` does.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::columns::Columns;
use super::keymap::Keymap;
use super::memory::SavedView;
use super::msg::LoadState;
use super::place::{History, Place};
use super::theme::Theme;
use crate::custody::AsideKind;
use crate::model::Micros;
use crate::model::rows::{FindingRow, Overview};
use crate::query::filter::Filter;

/// How times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeStyle {
    #[default]
    Utc,
    Local,
    /// Time since the first dated event of the case.
    Relative,
}

impl TimeStyle {
    /// Returns the style that `T` shows next.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Utc => Self::Local,
            Self::Local => Self::Relative,
            Self::Relative => Self::Utc,
        }
    }

    /// Returns the word of the header.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Local => "LOCAL",
            Self::Relative => "RELATIVE",
        }
    }

    /// Returns the style whose word is `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Utc, Self::Local, Self::Relative].into_iter().find(|style| style.word() == word)
    }

    /// Returns the letter that stands beside times.
    pub const fn letter(self) -> char {
        match self {
            Self::Utc => 'Z',
            Self::Local => 'L',
            Self::Relative => '+',
        }
    }
}

/// What views look at.
#[derive(Debug)]
pub(crate) struct Env {
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    /// Draw nothing beyond ASCII.
    pub(crate) is_ascii: bool,
    pub(crate) time_style: TimeStyle,
    pub(crate) zone: TimeZone,
    /// Cells of the terminal.
    pub(crate) size: (u16, u16),
    /// Monotonic time of the message being handled.
    pub(crate) now: Duration,
    pub(crate) case_name: String,
    /// Argument that names the case on a command line.
    pub(crate) case_argument: String,
    pub(crate) is_read_only: bool,
    pub(crate) is_mouse_on: bool,
    pub(crate) load: Option<LoadState>,
    pub(crate) overview: Option<Overview>,
    pub(crate) overview_failure: Option<String>,
    pub(crate) findings: Vec<FindingRow>,
    pub(crate) criteria: Vec<(String, String)>,
    /// Blind spots that were accepted and leads that were dismissed, verdicts of a person: kind, key, name,
    /// reason.
    pub(crate) asides: Vec<(AsideKind, String, String, String)>,
    pub(crate) place: Place,
    pub(crate) history: History,
    /// Texts searched for and filters used, oldest first.
    pub(crate) searches: Vec<String>,
    pub(crate) filters: Vec<String>,
    /// Columns of the time line, and those of the settings.
    pub(crate) columns: Columns,
    pub(crate) usual_columns: Columns,
    /// Saved views, in the order of their names.
    pub(crate) views: Vec<SavedView>,
}

impl Env {
    /// Returns the filter in force.
    pub(crate) fn filter(&self) -> Filter {
        self.place.filter()
    }

    /// Returns why a thing was set aside, if it was.
    pub(crate) fn aside(&self, kind: AsideKind, key: &str) -> Option<&str> {
        let found = self.asides.iter().find(|(known, other, _, _)| *known == kind && other == key);
        found.map(|(_, _, _, reason)| reason.as_str())
    }

    /// Returns the name under which a thing was set aside, if it was: a person's own verdict on a criterion.
    pub(crate) fn aside_name(&self, kind: AsideKind, key: &str) -> Option<&str> {
        let found = self.asides.iter().find(|(known, other, _, _)| *known == kind && other == key);
        found.map(|(_, _, name, _)| name.as_str())
    }

    /// Returns true while rows are arriving.
    pub(crate) fn is_loading(&self) -> bool {
        self.load.as_ref().is_some_and(|load| !load.finished)
    }

    /// Returns the number of events in the case, as far as known.
    pub(crate) fn n_events(&self) -> u64 {
        let loaded = self.load.as_ref().map_or(0, |load| load.rows);
        self.overview.as_ref().map_or(0, |overview| overview.account.kept).max(loaded)
    }

    /// Returns true when the terminal has room for a list and its detail side by side.
    pub(crate) const fn is_wide(&self) -> bool {
        self.size.0 >= 120
    }

    /// Returns true when only four columns and a one-line preview fit.
    pub(crate) const fn is_narrow(&self) -> bool {
        self.size.0 < 80
    }

    /// Returns `HH:MM:SS.mmm` in the chosen style, 12 cells; dashes for an undated row.
    pub(crate) fn clock(&self, time: Option<Micros>) -> String {
        let Some(time) = time else { return "--:--:--.---".to_owned() };
        match self.time_style {
            TimeStyle::Utc => time.clock(),
            TimeStyle::Local => {
                time.timestamp().to_zoned(self.zone.clone()).strftime("%H:%M:%S%.3f").to_string()
            }
            TimeStyle::Relative => {
                let start = self
                    .overview
                    .as_ref()
                    .and_then(|overview| overview.span)
                    .map_or(time, |span| span.0);
                relative(time.0 - start.0)
            }
        }
    }

    /// Returns `YYYY-MM-DD` in the chosen style.
    pub(crate) fn date(&self, time: Option<Micros>) -> String {
        let Some(time) = time else { return "undated".to_owned() };
        match self.time_style {
            TimeStyle::Utc | TimeStyle::Relative => time.date(),
            TimeStyle::Local => {
                time.timestamp().to_zoned(self.zone.clone()).strftime("%Y-%m-%d").to_string()
            }
        }
    }
}

/// Writes a distance as `+HHH:MM:SS.m`, at most 12 cells for a year.
fn relative(micros: i64) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    let tenths = micros.unsigned_abs() / 100_000;
    let seconds = tenths / 10;
    format!(
        "{sign}{:02}:{:02}:{:02}.{}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        tenths % 10
    )
}
