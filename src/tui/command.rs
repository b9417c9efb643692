//! Every command of the screens, in one table with its keys, name, footer label and help. Footer, help, palette and
//! the printed key map are made from it. Must not act: what a command does is the matter of views and of `app`.

/// What a key can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    Down,
    Up,
    First,
    Last,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    Left,
    Right,
    Goto,
    NextDenied,
    PreviousDenied,
    NextMark,
    PreviousMark,
    NextInSession,
    PreviousInSession,
    NextAddress,
    Find,
    FindNext,
    FindPrevious,
    Filter,
    Keep,
    Drop,
    FiltersOnOff,
    ZoomIn,
    ZoomOut,
    Open,
    Why,
    Raw,
    Delta,
    Columns,
    ToggleColumn,
    MoveLater,
    MoveEarlier,
    TimeStyle,
    Sort,
    Sources,
    NextList,
    NextPage,
    NextPack,
    Ask,
    Facts,
    Judge,
    Confirm,
    StrikeProposal,
    AddEntry,
    TakeOut,
    NextSpend,
    AllLeads,
    Accept,
    Reveal,
    Dismiss,
    Pivot,
    Back,
    HistoryBack,
    HistoryForward,
    History,
    DropCrumb,
    SaveView,
    Views,
    StartFresh,
    Replay,
    Select,
    Tag,
    TagBad,
    TagSuspicious,
    TagGood,
    Note,
    Strike,
    Undo,
    Redo,
    AddToFinding,
    FindingState,
    SeverityUp,
    SeverityDown,
    Narrative,
    Fields,
    Export,
    PlayPause,
    StepForward,
    StepBack,
    Faster,
    Slower,
    /// Goes to so many tenths of the replay.
    Seek(u8),
    IdleCut,
    Lanes,
    Copy,
    /// Shows the screen of this digit.
    Screen(u8),
    FoldIn,
    Palette,
    Help,
    Close,
    Quit,
    Stop,
    Suspend,
    Redraw,
    Mouse,
}

impl Command {
    /// Returns true for a command that goes from row to row.
    pub const fn moves(self) -> bool {
        matches!(
            self,
            Self::Down | Self::Up | Self::PageDown | Self::PageUp | Self::HalfDown | Self::HalfUp
        )
    }

    /// Returns true for a command that means nothing without a row under the cursor.
    pub const fn needs_row(self) -> bool {
        self.moves()
            || matches!(
                self,
                Self::Open
                    | Self::NextList
                    | Self::Keep
                    | Self::Drop
                    | Self::Why
                    | Self::Raw
                    | Self::Reveal
                    | Self::Pivot
                    | Self::Replay
                    | Self::Copy
                    | Self::Select
                    | Self::Tag
                    | Self::Note
                    | Self::Strike
                    | Self::AddToFinding
                    | Self::NextDenied
                    | Self::PreviousDenied
                    | Self::NextMark
                    | Self::PreviousMark
                    | Self::NextInSession
                    | Self::PreviousInSession
                    | Self::NextAddress
                    | Self::FindNext
                    | Self::FindPrevious
            )
    }
}

/// Heading under which help lists a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Move,
    Jump,
    Find,
    Look,
    Pivot,
    Decide,
    Replay,
    App,
}

impl Group {
    /// Every group, in the order help shows them.
    pub const ALL: &'static [Self] = &[
        Self::Move,
        Self::Jump,
        Self::Find,
        Self::Look,
        Self::Pivot,
        Self::Decide,
        Self::Replay,
        Self::App,
    ];

    /// Returns the heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "MOVE",
            Self::Jump => "JUMP",
            Self::Find => "FIND AND NARROW",
            Self::Look => "LOOK",
            Self::Pivot => "PIVOT",
            Self::Decide => "DECIDE",
            Self::Replay => "IN REPLAY",
            Self::App => "APP",
        }
    }
}

/// One line of the command table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub command: Command,
    /// Name for the palette, the settings file and `whytrail keymap`.
    pub name: &'static str,
    /// Keys it has unless the settings say otherwise.
    pub keys: &'static [&'static str],
    /// Word for the footer.
    pub label: &'static str,
    /// What it does, for help and palette.
    pub help: &'static str,
    pub group: Group,
    /// Where it works, for the status line of a screen where it does not.
    pub place: &'static str,
}

const EVENTS: &str = "works where events are listed (2 Timeline)";
const LISTS: &str = "works in a list";
const EVENT: &str = "needs an event (2 Timeline, then the cursor on it)";
const REPLAY: &str = "works in replay (r)";
const OVERVIEW: &str = "works on the overview (1)";
const FINDS: &str = "works on a finding (8 Finds)";
const KEYS: &str = "works on keys (9 Keys)";
const GAPS: &str = "works on a blind spot (7 Gaps)";
const COMPLY: &str = "works on a criterion (6 Comply)";
const FACTS: &str = "works in declared facts (6 Comply, d)";
const CHOOSER: &str = "works in the column chooser (C)";
const HISTORY: &str = "works in the history (H)";
/// What is said of commands that no screen refuses.
pub const ANYWHERE: &str = "works on every screen";

macro_rules! table {
    ($($command:expr, $group:ident, $name:literal, [$($key:literal),*], $label:literal, $place:ident, $help:literal;)+) => {
        &[$(Entry {
            command: $command, name: $name, keys: &[$($key),*], label: $label, help: $help,
            group: Group::$group, place: $place,
        }),+]
    };
}

use Command as C;

/// Every command, in the order of help and palette.
#[rustfmt::skip]
pub const TABLE: &[Entry] = table! {
    C::Down, Move, "down", ["j", "Down"], "line", LISTS, "line down";
    C::Up, Move, "up", ["k", "Up"], "line", LISTS, "line up";
    C::First, Move, "first", ["g", "Home"], "ends", LISTS, "first line";
    C::Last, Move, "last", ["G", "End"], "ends", LISTS, "last line";
    C::PageDown, Move, "page-down", ["PgDn", "Ctrl-F"], "page", LISTS, "page down";
    C::PageUp, Move, "page-up", ["PgUp", "Ctrl-B"], "page", LISTS, "page up";
    C::HalfDown, Move, "half-down", ["Ctrl-D"], "page", LISTS, "half a page down";
    C::HalfUp, Move, "half-up", ["Ctrl-U"], "page", LISTS, "half a page up";
    C::Left, Move, "left", ["h", "Left"], "columns", EVENTS, "column to the left";
    C::Right, Move, "right", ["l", "Right"], "columns", EVENTS, "column to the right";
    C::Goto, Move, "goto", [], "goto", EVENTS, "go to a time";
    C::NextDenied, Jump, "next-denied", ["e"], "denied", EVENTS, "next denial";
    C::PreviousDenied, Jump, "previous-denied", ["E"], "denied", EVENTS, "previous denial";
    C::NextMark, Jump, "next-mark", ["b"], "mark", EVENTS, "next mark";
    C::PreviousMark, Jump, "previous-mark", ["B"], "mark", EVENTS, "previous mark";
    C::NextInSession, Jump, "next-in-session", ["o"], "same session", EVENTS, "next of same session";
    C::PreviousInSession, Jump, "previous-in-session", ["O"], "same session", EVENTS, "previous of same session";
    C::NextAddress, Jump, "next-address", ["i"], "same address", EVENTS, "next from same address";
    C::Find, Find, "find", ["/"], "search", LISTS, "search; changes nothing else";
    C::FindNext, Find, "find-next", ["n"], "next hit", LISTS, "next hit";
    C::FindPrevious, Find, "find-previous", ["N"], "previous hit", LISTS, "previous hit";
    C::Filter, Find, "filter", ["f"], "filter", ANYWHERE, "filter bar";
    C::Keep, Find, "keep", ["+"], "keep", LISTS, "keep this value";
    C::Drop, Find, "drop", ["-"], "drop", LISTS, "drop this value";
    C::FiltersOnOff, Find, "filters", ["F"], "filters on/off", ANYWHERE, "all filters on or off";
    C::ZoomIn, Look, "zoom-in", ["z"], "zoom", EVENTS, "zoom the strip in";
    C::ZoomOut, Look, "zoom-out", ["Z"], "zoom", EVENTS, "zoom the strip out";
    C::Open, Look, "open", ["Enter"], "open", LISTS, "open what the cursor is on";
    C::Why, Look, "why", ["w"], "why", EVENT, "why: decision trace, links";
    C::Raw, Look, "raw", ["x"], "raw", EVENT, "bytes of the record";
    C::Delta, Look, "delta", ["d"], "delta", EVENTS, "time since previous";
    C::Columns, Look, "columns", ["C"], "columns", EVENTS, "choose columns";
    C::ToggleColumn, Look, "toggle-column", ["Space", "Enter"], "show or hide", CHOOSER, "show or hide the column";
    C::MoveLater, Look, "move-later", ["J"], "move", CHOOSER, "move the column right";
    C::MoveEarlier, Look, "move-earlier", ["K"], "move", CHOOSER, "move the column left";
    C::TimeStyle, Look, "time", ["T"], "time", ANYWHERE, "UTC, local, relative";
    C::Sort, Look, "sort", ["S"], "sort", LISTS, "sort this list";
    C::Sources, Look, "sources", ["x"], "sources", OVERVIEW, "sources, read and not read";
    C::NextPage, Look, "next-page", ["Tab"], "next page", GAPS, "next page: completeness of the records";
    C::FoldIn, Look, "fold-in", ["R"], "fold in", ANYWHERE, "fold in new rows";
    C::NextPack, Look, "next-pack", ["Tab"], "next set", COMPLY, "the next set of criteria; after the last, every set";
    C::Ask, Look, "ask", ["a"], "4 questions", COMPLY, "the four questions: boundary, high risk, oversight, custody";
    C::Facts, Decide, "facts", ["d"], "facts", COMPLY, "declared facts as a form: what no log holds";
    C::NextSpend, Look, "next-spend", ["Tab"], "spend", KEYS, "keys, then spend by person, agent, session, model, provider";
    C::AllLeads, Look, "all-leads", ["Tab"], "all leads", OVERVIEW, "every lead, also those dismissed; or the first ones";
    C::Pivot, Pivot, "pivot", ["p"], "pivot", EVENT, "what this event leads to";
    C::NextList, Pivot, "next-list", ["Tab"], "narrow on", LISTS, "narrow, then the next list";
    C::Back, Pivot, "back", ["Backspace"], "back", ANYWHERE, "back one crumb";
    C::HistoryBack, Pivot, "history-back", ["Alt-Left"], "history", ANYWHERE, "back in history";
    C::HistoryForward, Pivot, "history-forward", ["Alt-Right"], "history", ANYWHERE, "forward in history";
    C::History, Pivot, "history", ["H"], "history", ANYWHERE, "history tree";
    C::DropCrumb, Pivot, "drop-crumb", ["-"], "drop crumb", HISTORY, "take this crumb out of the trail";
    C::SaveView, Pivot, "save-view", ["s"], "save view", ANYWHERE, "save this view under a name";
    C::Views, Pivot, "views", ["v"], "views", ANYWHERE, "saved views";
    C::StartFresh, Pivot, "start-fresh", [], "fresh", ANYWHERE, "forget the way here, begin anew";
    C::Replay, Pivot, "replay", ["r"], "replay", EVENT, "replay the session";
    C::Select, Decide, "select", ["Space"], "select", EVENTS, "select row";
    C::Tag, Decide, "tag", ["t"], "tag", EVENT, "tag (b s g, or t and text)";
    C::TagBad, Decide, "tag-bad", [], "bad", EVENT, "tag as bad";
    C::TagSuspicious, Decide, "tag-suspicious", [], "suspicious", EVENT, "tag as suspicious";
    C::TagGood, Decide, "tag-good", [], "good", EVENT, "tag as good";
    C::Note, Decide, "note", ["c"], "note", EVENT, "note";
    C::Strike, Decide, "strike", ["X"], "strike out", EVENT, "strike out a tag";
    C::Undo, Decide, "undo", ["u"], "undo", ANYWHERE, "undo";
    C::Redo, Decide, "redo", ["Ctrl-R"], "redo", ANYWHERE, "redo";
    C::AddToFinding, Decide, "finding", ["A"], "finding", EVENT, "make a finding of it";
    C::FindingState, Decide, "state", ["t"], "state", FINDS, "state of the finding";
    C::SeverityUp, Decide, "severity-up", [">"], "severity", FINDS, "more severe";
    C::SeverityDown, Decide, "severity-down", ["<"], "severity", FINDS, "less severe";
    C::Narrative, Decide, "narrative", ["c"], "narrative", FINDS, "narrative of the finding";
    C::Fields, Decide, "fields", ["m"], "more", FINDS, "effect, confidence, remedy, owner, due of the finding";
    C::Export, Decide, "export", ["E"], "export", ANYWHERE, "check, then the bundle";
    C::Dismiss, Decide, "dismiss", ["X"], "dismiss", OVERVIEW, "dismiss a lead, with the reason; take it back";
    C::Accept, Decide, "accept", ["a"], "accept", GAPS, "accept a blind spot, with the reason";
    C::Judge, Decide, "judge", ["m"], "my verdict", COMPLY, "your own verdict on a criterion, with the reason";
    C::Confirm, Decide, "confirm", ["t"], "confirm", COMPLY, "confirm what a rule proposes: tag the event";
    C::StrikeProposal, Decide, "strike-proposal", ["X"], "strike out", COMPLY, "strike out what a rule proposes, with the reason";
    C::AddEntry, Decide, "add-entry", ["a"], "add", FACTS, "add an entry to a list of declared facts";
    C::TakeOut, Decide, "take-out", ["X"], "take out", FACTS, "take out a declared fact, with the reason";
    C::Reveal, Decide, "reveal", [], "reveal", EVENT, "show the original once, for a reason";
    C::PlayPause, Replay, "play", ["Space"], "play", REPLAY, "play or pause";
    C::StepForward, Replay, "step", [".", "l", "Right"], "step", REPLAY, "step forward";
    C::StepBack, Replay, "step-back", [",", "h", "Left"], "step", REPLAY, "step back";
    C::Faster, Replay, "faster", ["+"], "speed", REPLAY, "faster";
    C::Slower, Replay, "slower", ["-"], "speed", REPLAY, "slower";
    C::IdleCut, Replay, "idle-cut", ["i"], "idle cut", REPLAY, "cut idle time or not";
    C::Lanes, Replay, "lanes", ["L"], "lanes", REPLAY, "both lanes, or one";
    C::Seek(0), Replay, "seek-0", ["0"], "jump", REPLAY, "jump to tenths";
    C::Seek(1), Replay, "seek-1", ["1"], "jump", REPLAY, "jump to tenths";
    C::Seek(2), Replay, "seek-2", ["2"], "jump", REPLAY, "jump to tenths";
    C::Seek(3), Replay, "seek-3", ["3"], "jump", REPLAY, "jump to tenths";
    C::Seek(4), Replay, "seek-4", ["4"], "jump", REPLAY, "jump to tenths";
    C::Seek(5), Replay, "seek-5", ["5"], "jump", REPLAY, "jump to tenths";
    C::Seek(6), Replay, "seek-6", ["6"], "jump", REPLAY, "jump to tenths";
    C::Seek(7), Replay, "seek-7", ["7"], "jump", REPLAY, "jump to tenths";
    C::Seek(8), Replay, "seek-8", ["8"], "jump", REPLAY, "jump to tenths";
    C::Seek(9), Replay, "seek-9", ["9"], "jump", REPLAY, "jump to tenths";
    C::Copy, App, "copy", ["y"], "copy", LISTS, "copy, then a letter";
    C::Screen(1), App, "overview", ["1", "Alt-1"], "overview", ANYWHERE, "Overview";
    C::Screen(2), App, "timeline", ["2", "Alt-2"], "timeline", ANYWHERE, "Timeline";
    C::Screen(3), App, "who", ["3", "Alt-3"], "who", ANYWHERE, "Who";
    C::Screen(4), App, "sessions", ["4", "Alt-4"], "sessions", ANYWHERE, "Sessions";
    C::Screen(5), App, "what", ["5", "Alt-5"], "what", ANYWHERE, "What";
    C::Screen(6), App, "comply", ["6", "Alt-6"], "comply", ANYWHERE, "Comply";
    C::Screen(7), App, "gaps", ["7", "Alt-7"], "gaps", ANYWHERE, "Gaps";
    C::Screen(8), App, "finds", ["8", "Alt-8"], "finds", ANYWHERE, "Finds";
    C::Screen(9), App, "keys", ["9", "Alt-9"], "keys", ANYWHERE, "Keys";
    C::Palette, App, "palette", [":"], "command", ANYWHERE, "any command";
    C::Help, App, "help", ["?"], "help", ANYWHERE, "this help";
    C::Close, App, "close", ["Esc"], "close", ANYWHERE, "close or clear";
    C::Quit, App, "quit", ["q"], "quit", ANYWHERE, "up; quit at the top";
    C::Stop, App, "stop", ["Ctrl-C"], "stop", ANYWHERE, "stop a query; twice: quit";
    C::Suspend, App, "suspend", ["Ctrl-Z"], "suspend", ANYWHERE, "suspend";
    C::Redraw, App, "redraw", ["Ctrl-L"], "redraw", ANYWHERE, "redraw";
    C::Mouse, App, "mouse", ["F2"], "mouse", ANYWHERE, "mouse on or off";
};

/// Keys of screens and acts that this version does not have, with the sentence the status line gives.
pub const ABSENT: &[(&str, &str)] = &[];

/// Returns the table line of `command`.
pub fn entry(command: Command) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.command == command)
}

/// Returns the command called `name`.
pub fn by_name(name: &str) -> Option<Command> {
    TABLE.iter().find(|entry| entry.name == name).map(|entry| entry.command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::key::Key;

    #[test]
    fn every_name_is_unique_and_every_key_can_be_read() {
        for (idx, entry) in TABLE.iter().enumerate() {
            assert!(
                TABLE.iter().skip(idx + 1).all(|other| other.name != entry.name),
                "{}",
                entry.name
            );
            for key in entry.keys {
                assert!(Key::parse(key).is_some(), "{key}");
            }
        }
    }

    #[test]
    fn no_key_of_a_main_command_needs_altgr() {
        for key in TABLE.iter().flat_map(|entry| entry.keys) {
            assert!(!["[", "]", "{", "}", "\\", "|", "@", "~", "^", "`"].contains(key), "{key}");
        }
    }

    #[test]
    fn keys_of_absent_screens_are_free() {
        for (key, _) in ABSENT {
            let owners: Vec<_> = TABLE.iter().filter(|entry| entry.keys.contains(key)).collect();
            assert!(owners.iter().all(|entry| entry.group == Group::Replay), "{key}");
        }
    }
}
