//! Everything that can happen to the screens: one closed list.

use super::desk::Acted;
use super::key::Key;
use super::question::Answer;
use super::theme::Ground;
use crate::job::Ticket;
use crate::store::Fault;

/// The answer to a question, on its way to the slot that asked.
#[derive(Debug)]
pub struct Done {
    pub ticket: Ticket,
    /// Taken by the slot it belongs to.
    pub answer: Option<Result<Answer, Fault>>,
}

/// How far loading has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadState {
    /// Share of the bytes read, once the plan is known.
    pub percent: Option<u8>,
    /// Events kept so far.
    pub rows: u64,
    pub sources: u64,
    /// Source being read.
    pub current: String,
    pub finished: bool,
    pub warnings: u64,
    /// Grows with each commit that readers can see.
    pub generation: u64,
    /// Why loading ended before everything was read.
    pub trouble: Option<String>,
}

/// A mouse act, in cells from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    Press { column: u16, row: u16 },
    WheelUp,
    WheelDown,
}

/// One thing that happened.
#[derive(Debug)]
pub enum Msg {
    Key(Key),
    Paste(String),
    Mouse(Mouse),
    Resize(u16, u16),
    Done(Done),
    Acted(Box<Acted>),
    Load(LoadState),
    /// What came of a copy: a sentence, or why it failed.
    Copied(Result<String, String>),
    /// The terminal said what its background is.
    Background(Ground),
    /// A worker panicked; `ticket` is the question it was answering.
    Crashed {
        ticket: Option<Ticket>,
        thread: String,
        text: String,
    },
    /// Time passed while something animates.
    Tick,
    /// A stop signal came, or the terminal is gone.
    Stop,
}
