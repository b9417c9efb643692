//! What must happen because of a message. Some effects are for `app` itself (overlays, places, sentences), the rest
//! leaves the model: questions, acts, the terminal.

use super::columns::Columns;
use super::command::Command;
use super::desk::{Act, Secret};
use super::place::Crumb;
use super::question::Question;
use super::slot::LaneName;
use crate::job::Ticket;
use crate::model::{EventId, FindingField};
use crate::query::filter::Term;

/// A main screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Screen {
    Overview,
    Timeline,
    Who,
    Sessions,
    What,
    Comply,
    Gaps,
    Finds,
    Keys,
}

impl Screen {
    /// Every screen, in the order of the bar.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Timeline,
        Self::Who,
        Self::Sessions,
        Self::What,
        Self::Comply,
        Self::Gaps,
        Self::Finds,
        Self::Keys,
    ];

    /// Returns the digit that shows it.
    pub(crate) const fn digit(self) -> u8 {
        match self {
            Self::Overview => 1,
            Self::Timeline => 2,
            Self::Who => 3,
            Self::Sessions => 4,
            Self::What => 5,
            Self::Comply => 6,
            Self::Gaps => 7,
            Self::Finds => 8,
            Self::Keys => 9,
        }
    }

    /// Returns the name in the bar.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Timeline => "Timeline",
            Self::Who => "Who",
            Self::Sessions => "Sessions",
            Self::What => "What",
            Self::Comply => "Comply",
            Self::Gaps => "Gaps",
            Self::Finds => "Finds",
            Self::Keys => "Keys",
        }
    }

    /// Returns the screen of `digit`.
    pub(crate) fn of_digit(digit: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|screen| screen.digit() == digit)
    }
}

/// Whether a new crumb continues the present branch or opens another one at the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Branch {
    Onward,
    New,
}

/// Which overlay to open, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spec {
    Detail(EventId),
    Why(EventId),
    Raw(EventId),
    Replay {
        session: String,
        event: Option<EventId>,
    },
    Pivot(EventId),
    Copy(Vec<Copyable>),
    Tag(Vec<EventId>),
    Note(EventId),
    Strike {
        events: Vec<EventId>,
        tag: String,
    },
    Finding {
        events: Vec<EventId>,
        title: String,
    },
    Narrative {
        number: u32,
        text: String,
    },
    /// What a person says of a finding beside the narrative.
    FindingFields(u32),
    FindingField {
        number: u32,
        field: FindingField,
        text: String,
    },
    /// Asks for the reason of dismissing a lead.
    Dismiss {
        key: String,
        name: String,
    },
    /// Asks for the reason of seeing the original of a record.
    Reveal(EventId),
    /// Lines to be read, kept nowhere.
    Told {
        title: String,
        lines: Vec<Secret>,
    },
    /// One criterion: its rules, and the events they propose.
    Criterion(String),
    /// The four questions.
    Ask,
    /// Declared facts as a form.
    Facts,
    /// Asks for what is declared under a key, then for the reason.
    Declare {
        key: String,
        text: String,
        /// The reason given with a text that was refused.
        reason: String,
        /// Why the text was refused.
        fault: Option<String>,
    },
    /// Asks for the reason of a declaration; without a value, of taking out what stands under the key.
    DeclareReason {
        key: String,
        value: Option<String>,
        reason: String,
    },
    /// Asks for a person's own verdict on a criterion, and its reason.
    Judge {
        criterion: String,
        label: String,
    },
    /// Asks for the reason of striking out what a rule proposes.
    StrikeProposal {
        key: String,
        name: String,
    },
    /// Asks for the reason of accepting a blind spot.
    Accept {
        key: String,
        name: String,
        title: String,
    },
    FilterBar,
    Sources,
    Find,
    Goto,
    History,
    Columns,
    SaveView,
    Views,
    Confirm(Confirm),
    Palette,
    /// Help for the view of this name and its commands.
    Help {
        name: &'static str,
        commands: &'static [Command],
    },
}

/// What is done only after it was asked for a second time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Confirm {
    /// Save over the view of this name.
    ReplaceView(String),
    DeleteView(String),
}

/// One choice of the copy menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copyable {
    pub(crate) letter: char,
    pub(crate) what: &'static str,
    pub(crate) text: String,
}

/// One thing to do.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Asks a question; `replaces` is not wanted any more.
    Ask {
        ticket: Ticket,
        replaces: Option<Ticket>,
        lane: LaneName,
        question: Question,
    },
    /// Drops every question that waits or runs.
    StopAll,
    /// Does an act at the desk.
    Act(Act),
    /// Copies text; `what` names it for the status line.
    Copy {
        what: &'static str,
        text: String,
    },
    Suspend,
    Redraw,
    /// Turns mouse reports on or off.
    Mouse(bool),
    Quit,

    /// Says a sentence on the status line.
    Say(String),
    /// Says why something cannot be done.
    Refuse(String),
    /// Puts a view on top.
    Open(Spec),
    /// Takes the top view away.
    Close,
    /// Shows a screen, with the cursor on an event if one is given.
    Show {
        screen: Screen,
        event: Option<EventId>,
    },
    /// Adds a crumb and shows a screen.
    Narrow {
        crumb: Crumb,
        branch: Branch,
        screen: Screen,
        event: Option<EventId>,
    },
    /// Replaces the terms of the filter bar.
    SetBar(Vec<Term>),
    /// Goes to a node of the history.
    Visit(usize),
    /// Goes one visit of the history back or forward and shows the history.
    Travel(isize),
    /// Takes the crumb that leads to a node of the history out of the present place.
    DropCrumb(usize),
    /// Changes the columns of the time line.
    SetColumns(Columns),
    /// Saves the present view under a name, in place of one that has it.
    SaveView(String),
    OpenView(String),
    DeleteView(String),
    /// Does what a command does, as if its key had been pressed.
    Obey(Command),
    /// Searches for a text from the cursor on.
    Search(String),
    /// Puts the cursor on the first event at or after a time typed by the analyst.
    GoToTime(String),
}
