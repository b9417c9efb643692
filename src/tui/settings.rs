//! What the caller decides before the screens open: looks, times, keys, places. Must not read the environment.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::columns::Columns;
use super::env::TimeStyle;
use super::memory::Memory;
use super::theme::{ColorDepth, ThemeName};

/// Which screen comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartAt {
    #[default]
    Overview,
    Timeline,
}

/// Choices of the caller.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    pub theme: ThemeName,
    pub color: ColorDepth,
    /// Draw nothing beyond ASCII.
    pub ascii: bool,
    pub mouse: bool,
    pub time: TimeStyle,
    /// Zone of local times.
    pub zone: TimeZone,
    pub case_name: String,
    /// Argument that names the case on a command line, as `y c` copies it.
    pub case_argument: String,
    /// Command names and the keys they get instead of their own.
    pub keys: Vec<(String, String)>,
    pub start: StartAt,
    /// True inside tmux, where clipboard sequences need a passthrough.
    pub is_tmux: bool,
    /// False for a terminal that is known not to take clipboard sequences.
    pub has_clipboard: bool,
    /// Where texts too long for the clipboard are written.
    pub state_folder: Option<PathBuf>,
    /// Columns of the time line at the start.
    pub columns: Columns,
    /// What is remembered of earlier sittings on this case.
    pub memory: Memory,
    /// Sentence to begin with: why something is not remembered.
    pub notice: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            color: ColorDepth::default(),
            ascii: false,
            mouse: false,
            time: TimeStyle::default(),
            zone: TimeZone::UTC,
            case_name: String::new(),
            case_argument: String::new(),
            keys: Vec::new(),
            start: StartAt::default(),
            is_tmux: false,
            has_clipboard: true,
            state_folder: None,
            columns: Columns::default(),
            memory: Memory::default(),
            notice: None,
        }
    }
}
