//! The screens: a model that takes messages and returns effects, views that draw it, and the loop around them.
//!
//! Nothing here waits for a file or an answer, holds SQL, or reads clock and environment. Everything from a record
//! passes `text::sanitize` on its way to the cells (`widgets::canvas`).

mod app;
mod clipboard;
pub(crate) mod columns;
pub mod command;
pub mod desk;
mod detail_text;
mod draw;
mod effect;
mod empty;
pub(crate) mod env;
pub mod harness;
mod input;
pub mod key;
pub mod keymap;
mod line;
pub(crate) mod memory;
pub mod msg;
mod place;
pub mod question;
mod run;
pub(crate) mod settings;
mod slot;
mod terminal;
pub(crate) mod theme;
mod verdict_text;
mod view;
mod views;
mod widgets;

#[cfg(test)]
mod canned;
#[cfg(test)]
mod tests;

use crossbeam_channel::Receiver;

pub use self::columns::Columns;
pub use self::desk::{Desk, FindingChange, Secret};
pub use self::env::TimeStyle;
pub use self::memory::{Memory, Unreadable};
pub use self::msg::LoadState;
pub use self::run::run;
pub use self::settings::{Settings, StartAt};
pub use self::theme::{ColorDepth, ThemeName};
use crate::store::Reader;

/// What the screens need to run.
pub struct Session {
    /// One connection for what the cursor waits for, one for what may come later.
    pub readers: (Reader, Reader),
    /// Hides in the raw view what it hid at load.
    pub tools: question::Tools,
    pub desk: Box<dyn Desk>,
    /// How loading goes on; closed when nothing is loaded.
    pub load: Receiver<LoadState>,
    /// A message when a stop signal came; closed when nobody listens for signals.
    pub stop: Receiver<()>,
    pub settings: Settings,
    /// Takes what is remembered when the screens end, whatever ended them.
    pub parting: Box<dyn FnOnce(Memory)>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// How the screens ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The analyst left, or a stop signal came.
    Left,
}
