//! What questions answer: plain rows for screens, tables and exports. Text is redacted but not yet sanitized;
//! whoever draws or prints it passes it through `text::sanitize`.

use std::collections::BTreeMap;

use super::event::{Grade, Outcome, Plane};
use super::finding::FindingField;
use super::gaps::{BlindSpot, Stretch};
use super::ids::EventId;
use super::proof::{ProofSummary, Standing};
use super::source::{Account, SourceState};
use super::time::Micros;

/// One line of the time line.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    pub id: EventId,
    /// `None` on the undated shelf.
    pub time: Option<Micros>,
    pub plane: Plane,
    /// Best grade of a link that this event has.
    pub link: Grade,
    /// Best name of who did it, with the session's short name after a slash where there is one.
    pub who: String,
    pub action: String,
    /// Target in its short form.
    pub target: String,
    pub outcome: Outcome,
    /// Session the event belongs to.
    pub session: Option<String>,
    pub address: Option<String>,
    /// Quick tag or first tag, for the TAG column.
    pub tag: Option<String>,
    pub n_tags: u32,
    pub has_note: bool,
}

/// A page of the time line, in time order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventPage {
    pub rows: Vec<EventRow>,
    /// Rows before the first of this page and rows in all, under the filter.
    pub before: u64,
    pub total: u64,
}

/// One cell of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bin {
    pub events: u64,
    pub denied: u64,
    pub marked: u64,
}

/// Activity over a span, in equal cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    pub from: Micros,
    pub to: Micros,
    pub bins: Vec<Bin>,
}

/// One subject of the Who screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRow {
    /// Value to filter by.
    pub id: String,
    /// `person`, `role`, `key`, `service`, `agent`.
    pub kind: String,
    pub name: String,
    /// How the name was found: `sso subject`, `session name`, `nobody known`.
    pub proof: String,
    pub grade: Grade,
    pub events: u64,
    pub denied: u64,
    pub sessions: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Value to filter by; stable for the same evidence.
    pub id: String,
    /// Short form that is unique in the case.
    pub short: String,
    /// `AGENT`, `cli`, `web`, `login`, `svc`.
    pub kind: String,
    /// What its boundary rests on.
    pub basis: String,
    pub human: Option<String>,
    pub human_grade: Grade,
    pub agent: Option<String>,
    pub actor: Option<String>,
    /// The event that created it, if one is in the case.
    pub minted_by: Option<EventId>,
    pub events: u64,
    pub denied: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRow {
    pub id: String,
    pub short: String,
    pub kind: Option<String>,
    pub events: u64,
    pub writes: u64,
    pub denied: u64,
    pub failed: u64,
    pub subjects: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

/// One line of the sources list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    pub name: String,
    pub member: Option<String>,
    pub state: SourceState,
    /// Format id and why it was chosen.
    pub format: Option<String>,
    pub because: String,
    /// Why it could not be read, or what kind of non-evidence it is.
    pub reason: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    pub account: Account,
    pub warnings: Vec<String>,
    /// Classes and counts of what was redacted: `password 1, session-token 2`; empty for nothing.
    pub redacted: String,
    /// What it proves about itself, if it can.
    pub proof: Option<SourceProof>,
}

/// The worst verdict on a source that has a proof of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProof {
    pub standing: Standing,
    /// In words, for example `signed`.
    pub state: String,
}

/// What the Overview shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overview {
    pub account: Account,
    pub files_read: u64,
    pub files_damaged: u64,
    pub files_unreadable: u64,
    pub files_not_evidence: u64,
    /// Files that hold no records but prove something about those that do.
    pub files_proof: u64,
    /// What those and chained records prove.
    pub proofs: ProofSummary,
    /// First and last time of the dated events.
    pub span: Option<(Micros, Micros)>,
    pub undated: u64,
    pub subjects: u64,
    pub sessions: u64,
    pub agent_sessions: u64,
    /// Set while events are there that `subjects` and `sessions` do not cover.
    pub unjoined: Option<Unjoined>,
    pub resources: u64,
    pub denied: u64,
    /// Plane letter word and its number of events, largest first.
    pub planes: Vec<(Plane, u64)>,
    /// What could not be seen, by number, and stretches without records; computed after a load.
    pub blind_spots: Vec<BlindSpot>,
    pub stretches: Vec<Stretch>,
    /// Where to look first, with the reason for each.
    pub leads: Vec<Lead>,
    /// Damaged and unreadable files, and warnings, in words.
    pub troubles: Vec<String>,
}

/// What can be counted before the joins: exact for the rows that are visible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unjoined {
    /// Distinct principals that the records name.
    pub actors: u64,
    /// Distinct session ids as the records write them; several of them can be one session.
    pub session_ids: u64,
}

/// A place to look at first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lead {
    /// Name by which it can be dismissed; the same for the same evidence.
    pub id: String,
    /// Kind of lead: `denied then done`.
    pub rule: String,
    /// Higher comes first; `weight` says what it is made of.
    pub score: u64,
    pub weight: String,
    /// `session`, `key`, `actor`, `agent`, `job`.
    pub kind: String,
    pub title: String,
    pub detail: String,
    /// A few words for the column.
    pub why: String,
    /// One sentence: what the records say.
    pub reason: String,
    /// Filter text that shows its events.
    pub filter: String,
    /// The event to put the cursor on.
    pub event: Option<EventId>,
    /// Events behind it, at most some.
    pub evidence: Vec<EventId>,
}

/// One choice of the pivot menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PivotChoice {
    pub letter: char,
    /// `who`, `session`, `key`, `agent`, `what`, `address`, `trace`.
    pub kind: String,
    pub value: String,
    /// The value as people call it: a person's name for a directory's id.
    pub label: String,
    /// Rows under the present filter, and in the whole case.
    pub here: u64,
    pub in_case: u64,
    pub grade: Grade,
    pub proof: String,
}

/// A value of a field with its number of events, for the filter bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    pub value: String,
    pub events: u64,
}

/// A link as detail and replay show it, seen from one of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub grade: Grade,
    /// Key kind in words: `request id`, `issued key`, `json-rpc answer`.
    pub key: String,
    /// Equal or related values on both sides, and how far each can be trusted.
    pub proof: String,
    pub other: EventId,
    pub other_plane: Plane,
    pub other_time: Option<Micros>,
    pub other_action: String,
    pub other_outcome: Outcome,
}

/// A tag on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRow {
    pub event: EventId,
    pub text: String,
    pub criterion: Option<String>,
    pub by: String,
    pub at: Micros,
}

/// A note on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    pub event: EventId,
    pub text: String,
    pub by: String,
    pub at: Micros,
}

/// Everything known about one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    pub id: EventId,
    /// Column name and value for every filled column, in the order of the event model.
    pub fields: Vec<(String, String)>,
    pub row: EventRow,
    /// Identifiers beyond the columns: kind, value, trust.
    pub identifiers: Vec<(String, String, String)>,
    pub resources: Vec<(String, Option<String>)>,
    /// Redacted JSON text.
    pub payload: String,
    pub links: Vec<LinkRow>,
    pub tags: Vec<TagRow>,
    pub notes: Vec<NoteRow>,
    pub places: Vec<PlaceRow>,
    /// Absent when no agent made the call, or no boundary is declared.
    pub boundary: Option<BoundaryNote>,
}

/// Whether a call was inside of the declared boundary (question 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryNote {
    /// `inside`, `outside`, `undeclared`, `cannot-tell`.
    pub result: String,
    /// The entry or document that gives the answer.
    pub entry: Option<String>,
    pub why: String,
}

impl BoundaryNote {
    /// Returns the answer on one line: `outside, scope.deny[1]: denied`.
    pub fn sentence(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}, {entry}: {}", self.result, self.why),
            None => format!("{}: {}", self.result, self.why),
        }
    }
}

/// Where one delivery of the record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRow {
    pub source: String,
    pub member: Option<String>,
    pub source_sha256: String,
    pub record_sha256: String,
    pub line: u32,
    pub offset: u64,
    pub length: u32,
    /// True for the delivery that the event's columns were taken from.
    pub is_kept: bool,
    /// What the source proves about itself, if it can.
    pub proof: Option<SourceProof>,
}

/// One step of a replay, in time order.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayStep {
    pub row: EventRow,
    /// True for the ASKED lane (agent, gateway, MCP, model), false for HAPPENED (cloud).
    pub is_asked: bool,
    /// Number of the step in the other lane that this one is joined to, with the grade.
    pub joined: Option<(usize, Grade)>,
    /// What the row says in the lane, up to two lines.
    pub lines: Vec<String>,
}

/// A session to be played.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replay {
    pub steps: Vec<ReplayStep>,
    /// What stands between the steps, in their order.
    pub between: Vec<Between>,
}

/// A sentence in front of a step: a pause, or a source that fell silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// Index of the step.
    pub step: usize,
    pub text: String,
}

/// State of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingState {
    Open,
    Confirmed,
    Rejected,
    Withdrawn,
}

impl FindingState {
    /// Every state, in the order `t` cycles through them.
    pub const ALL: &'static [Self] =
        &[Self::Open, Self::Confirmed, Self::Rejected, Self::Withdrawn];

    /// Returns the word used in the journal, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Returns the state whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }
}

/// A refusal after which the same was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedThenDone {
    pub refused: EventId,
    pub done: EventId,
    pub target: String,
    /// What ties the two, in words.
    pub tie: String,
    pub grade: Grade,
    /// The same call with the same key, which worked later.
    pub is_retry: bool,
    pub is_reading: bool,
    pub seconds: i64,
}

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// Every severity, lowest first.
    pub const ALL: &'static [Self] =
        &[Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Returns the word used in the journal, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Returns the severity whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|severity| severity.as_str() == word)
    }
}

/// A finding: what is handed over. It cites events; facts stand apart from the analyst's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    /// Number inside the case, from 1, stable.
    pub number: u32,
    pub state: FindingState,
    pub severity: Severity,
    pub title: String,
    pub narrative: String,
    /// What a person said beside the narrative; fields without a text are absent.
    pub fields: BTreeMap<FindingField, String>,
    pub criteria: Vec<String>,
    pub events: Vec<EventId>,
    pub by: String,
    pub at: Micros,
}

/// A name of a person, as the case knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonName {
    pub name: String,
    /// Identifier that all names of the person share.
    pub person: String,
    /// How the name was found: `source identity`, `approved a call`.
    pub found: String,
}
