//! Acts of the analyst: what can be done, by whom, and what came of it. Acts run on a thread of their own, because
//! putting a journal line safely on disk takes time. Must not know how an act is kept.

use super::memory::Memory;
use super::widgets::words::counted;
use crate::custody::AsideKind;
use crate::model::rows::{FindingRow, FindingState, Severity};
use crate::model::{EventId, FindingField};

/// A change of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingChange {
    State(FindingState),
    Severity(Severity),
    Title(String),
    Narrative(String),
    /// A field that a person fills; an empty text clears it.
    Field(FindingField, String),
    /// Events to cite beside those cited already.
    AddEvents(Vec<EventId>),
}

/// Where acts are written. Texts returned are one sentence for the status line; errors are too.
pub trait Desk: Send {
    /// Returns true when the case takes no acts.
    fn is_read_only(&self) -> bool;
    /// Tags events with `text`; `criterion` is the id of a criterion the tag speaks to.
    fn tag(
        &mut self,
        events: &[EventId],
        text: &str,
        criterion: Option<&str>,
    ) -> Result<String, String>;
    /// Strikes out the tag `text` of `events`, for a reason.
    fn untag(&mut self, events: &[EventId], text: &str, reason: &str) -> Result<String, String>;
    /// Adds a note to an event.
    fn note(&mut self, event: EventId, text: &str) -> Result<String, String>;
    /// Sets a thing of the program's own making aside for a reason, or takes that back when there is none. `kind` is
    /// `gap` or `lead`, `key` its stable key, `name` what it is called on screen.
    fn set_aside(
        &mut self,
        _kind: AsideKind,
        _key: &str,
        _name: &str,
        _reason: Option<&str>,
    ) -> Result<String, String> {
        Err("nothing can be set aside here".to_owned())
    }
    /// Journals that the original of an event is seen, then returns its lines.
    fn reveal(&mut self, _event: EventId, _reason: &str) -> Result<Vec<Secret>, String> {
        Err("nothing can be revealed here".to_owned())
    }
    /// Returns what is set aside, kind and key with the reason.
    fn asides(&self) -> Vec<(AsideKind, String, String, String)> {
        Vec::new()
    }
    /// Declares a fact: sets a key, appends an entry to its list, or changes the entry that the key names by a number.
    /// Without a value, what stands under the key is taken out.
    fn declare(
        &mut self,
        _key: &str,
        _value: Option<&str>,
        _reason: Option<&str>,
    ) -> Result<String, String> {
        Err("nothing can be declared here".to_owned())
    }
    /// Takes the last act back by appending its opposite.
    fn undo(&mut self) -> Result<String, String>;
    /// Does again what was undone last.
    fn redo(&mut self) -> Result<String, String>;
    /// Makes a finding that cites `events` and returns its number.
    fn new_finding(&mut self, title: &str, events: &[EventId]) -> Result<u32, String>;
    /// Changes a finding.
    fn change_finding(&mut self, number: u32, change: &FindingChange) -> Result<String, String>;
    /// Returns the findings in order of their numbers.
    fn findings(&self) -> Vec<FindingRow>;
    /// Returns what an export would hold and leave out, as lines for the check.
    fn export_check(&mut self) -> Result<Vec<String>, String>;
    /// Writes the bundle and says where.
    fn export(&mut self) -> Result<String, String>;
    /// Returns criteria that a tag can name: id, and label with title.
    fn criteria(&self) -> Vec<(String, String)>;
    /// Keeps what the screens want to know when the case is opened again. A desk without a place for it keeps nothing.
    fn remember(&mut self, _memory: &Memory) -> Result<(), String> {
        Ok(())
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Learns what the desk knows at the start.
    Begin,
    Tag {
        events: Vec<EventId>,
        text: String,
        criterion: Option<String>,
    },
    Untag {
        events: Vec<EventId>,
        text: String,
        reason: String,
    },
    Note {
        event: EventId,
        text: String,
    },
    /// Accepts a blind spot or dismisses a lead; without a reason takes that back.
    SetAside {
        kind: AsideKind,
        key: String,
        name: String,
        reason: Option<String>,
    },
    /// Declares a fact; without a value takes it out.
    Declare {
        key: String,
        value: Option<String>,
        reason: Option<String>,
    },
    /// Shows the original of an event once.
    Reveal {
        event: EventId,
        reason: String,
    },
    Undo,
    Redo,
    NewFinding {
        title: String,
        events: Vec<EventId>,
    },
    ChangeFinding {
        number: u32,
        change: FindingChange,
    },
    ExportCheck,
    Export,
    /// Keeps what the screens remember; no act on the case.
    Remember(Box<Memory>),
}

/// Text that must not outlive the moment it is shown: overwritten when it is dropped, and never written by `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(zeroize::Zeroizing<String>);

impl Secret {
    /// Takes a line, harmless for a terminal already.
    pub fn new(line: String) -> Self {
        Self(zeroize::Zeroizing::new(line))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    pub act: Act,
    /// Sentence for the status line; empty when there is nothing to say.
    pub said: Result<String, String>,
    /// Findings after the act.
    pub findings: Vec<FindingRow>,
    /// Lines of the export check, after [`Act::ExportCheck`].
    pub check: Option<Vec<String>>,
    /// Criteria, after [`Act::Begin`].
    pub criteria: Option<Vec<(String, String)>>,
    /// What is set aside after the act: kind, key, reason.
    pub asides: Vec<(AsideKind, String, String, String)>,
    /// Lines of the original, after [`Act::Reveal`].
    pub revealed: Option<Vec<Secret>>,
    pub is_read_only: bool,
}

/// Does `act` at `desk`.
pub fn perform(desk: &mut dyn Desk, act: Act) -> Acted {
    let mut check = None;
    let mut criteria = None;
    let mut revealed = None;
    let said = match &act {
        Act::Begin => {
            criteria = Some(desk.criteria());
            Ok(String::new())
        }
        Act::Tag { events, text, criterion } => desk.tag(events, text, criterion.as_deref()),
        Act::Untag { events, text, reason } => desk.untag(events, text, reason),
        Act::Note { event, text } => desk.note(*event, text),
        Act::SetAside { kind, key, name, reason } => {
            desk.set_aside(*kind, key, name, reason.as_deref())
        }
        Act::Declare { key, value, reason } => {
            desk.declare(key, value.as_deref(), reason.as_deref())
        }
        Act::Reveal { event, reason } => desk.reveal(*event, reason).map(|lines| {
            revealed = Some(lines);
            "journaled; what is shown is stored nowhere".to_owned()
        }),
        Act::Undo => desk.undo(),
        Act::Redo => desk.redo(),
        Act::NewFinding { title, events } => desk.new_finding(title, events).map(|number| {
            format!(
                "finding {number} made of {}  (8 shows it)",
                counted(events.len() as u64, "event")
            )
        }),
        Act::ChangeFinding { number, change } => desk.change_finding(*number, change),
        Act::ExportCheck => desk.export_check().map(|lines| {
            check = Some(lines);
            String::new()
        }),
        Act::Export => desk.export(),
        Act::Remember(memory) => desk.remember(memory).map(|()| String::new()),
    };
    Acted {
        act,
        said,
        findings: desk.findings(),
        check,
        criteria,
        asides: desk.asides(),
        revealed,
        is_read_only: desk.is_read_only(),
    }
}
