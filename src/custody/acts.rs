//! What an analyst does, as typed acts, and their form in the journal's `detail`. Owns both directions; what an act
//! changes is `state`'s, writing it is `journal`'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aside::{AsideDeed, AsideKind};
use super::entry::{ActKind, Entry};
use crate::model::rows::{FindingState, Severity};
use crate::model::{EventId, FindingField};

/// One act of an analyst. Becomes one line of the journal, however many events it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub deed: Deed,
    /// Number of the entry that this act takes back.
    pub undoes: Option<u64>,
    /// Number of the undoing entry that this act takes back.
    pub redoes: Option<u64>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Tag(TagDeed),
    Note(NoteDeed),
    Finding(FindingDeed),
    Aside(AsideDeed),
}

/// Whether a tag act is journaled as `tag.add` or `tag.withdraw`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TagVerb {
    #[default]
    Add,
    Withdraw,
}

/// Events on which a tag given earlier is withdrawn or restored. `tag` is the number of the entry that gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagPart {
    pub tag: u64,
    #[serde(with = "event_ids")]
    pub events: Vec<EventId>,
}

/// Gives a new tag, and withdraws or restores tags given earlier, in one step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TagDeed {
    #[serde(skip)]
    pub verb: TagVerb,
    /// Text of the new tag. A tag that has a criterion alone takes its id as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// Events that get the new tag.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "event_ids")]
    pub events: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdraws: Vec<TagPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<TagPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Writes a note on events, or withdraws or restores the note of an earlier entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteDeed {
    Add { events: Vec<EventId>, text: String },
    Withdraw { note: u64 },
    Restore { note: u64 },
}

/// A finding as it is created. It begins in state `open`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFinding {
    pub number: u32,
    pub title: String,
    pub severity: Severity,
    pub narrative: String,
    pub criteria: Vec<String>,
    pub events: Vec<EventId>,
}

/// What of a finding changes; `None` and empty lists leave things as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingChange {
    pub title: Option<String>,
    pub state: Option<FindingState>,
    pub severity: Option<Severity>,
    pub narrative: Option<String>,
    /// An empty text clears the field.
    pub fields: BTreeMap<FindingField, String>,
    pub criteria: Option<Vec<String>>,
    pub add_events: Vec<EventId>,
    pub remove_events: Vec<EventId>,
}

/// Creates, changes or withdraws a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingDeed {
    Create(NewFinding),
    Change { number: u32, change: FindingChange },
    Withdraw { number: u32, reason: String },
}

/// Why the detail of an entry is no act. Never quotes it.
#[derive(Debug, thiserror::Error)]
#[error("entry {seq} (`{act}`) has a detail that this version does not understand")]
pub struct ActError {
    pub seq: u64,
    pub act: String,
}

impl Act {
    /// Returns an act that takes nothing back.
    pub const fn new(deed: Deed) -> Self {
        Self { deed, undoes: None, redoes: None }
    }

    /// Returns the word of the act.
    pub const fn kind(&self) -> ActKind {
        match &self.deed {
            Deed::Tag(TagDeed { verb: TagVerb::Add, .. }) => ActKind::TagAdd,
            Deed::Tag(TagDeed { verb: TagVerb::Withdraw, .. }) => ActKind::TagWithdraw,
            Deed::Note(_) => ActKind::NoteAdd,
            Deed::Finding(FindingDeed::Create(_)) => ActKind::FindingCreate,
            Deed::Finding(FindingDeed::Change { .. }) => ActKind::FindingChange,
            Deed::Finding(FindingDeed::Withdraw { .. }) => ActKind::FindingWithdraw,
            Deed::Aside(AsideDeed { kind: AsideKind::Criterion, .. }) => ActKind::Override,
            Deed::Aside(AsideDeed { reason: Some(_), .. }) => ActKind::AsideAdd,
            Deed::Aside(AsideDeed { reason: None, .. }) => ActKind::AsideWithdraw,
        }
    }

    /// Returns what the act is done to: an event's id, `events:N`, `note:N` or `finding:N`.
    pub fn subject(&self) -> String {
        match &self.deed {
            Deed::Tag(deed) => {
                let parts =
                    deed.withdraws.iter().chain(&deed.restores).flat_map(|part| &part.events);
                let mut events: Vec<EventId> = deed.events.iter().chain(parts).copied().collect();
                subject_of(&mut events)
            }
            Deed::Note(NoteDeed::Add { events, .. }) => subject_of(&mut events.clone()),
            Deed::Note(NoteDeed::Withdraw { note } | NoteDeed::Restore { note }) => {
                format!("note:{note}")
            }
            Deed::Finding(
                FindingDeed::Create(NewFinding { number, .. })
                | FindingDeed::Change { number, .. }
                | FindingDeed::Withdraw { number, .. },
            ) => format!("finding:{number}"),
            Deed::Aside(deed) => deed.subject(),
        }
    }

    /// Returns the `detail` of the act's entry.
    pub fn detail(&self) -> Value {
        let detail = match &self.deed {
            Deed::Tag(deed) => serde_json::to_value(deed),
            Deed::Note(deed) => serde_json::to_value(NoteDetail::of(deed)),
            Deed::Finding(deed) => serde_json::to_value(FindingDetail::of(deed)),
            Deed::Aside(deed) => serde_json::to_value(deed),
        };
        // Plain structures of texts and numbers always have a JSON form.
        let mut detail = detail.unwrap_or_default();
        if let Some(members) = detail.as_object_mut() {
            for (name, seq) in [("undoes", self.undoes), ("redoes", self.redoes)] {
                if let Some(seq) = seq {
                    members.insert(name.to_owned(), Value::from(seq));
                }
            }
        }
        detail
    }

    /// Reads the act of an entry; `None` for entries that are no act of tagging, noting or finding.
    pub fn from_entry(entry: &Entry) -> Result<Option<Self>, ActError> {
        let read = match ActKind::from_word(&entry.act) {
            Some(ActKind::TagAdd) => tag_deed(&entry.detail, TagVerb::Add).map(Deed::Tag),
            Some(ActKind::TagWithdraw) => tag_deed(&entry.detail, TagVerb::Withdraw).map(Deed::Tag),
            Some(ActKind::NoteAdd) => NoteDetail::read(&entry.detail).map(Deed::Note),
            Some(
                kind @ (ActKind::FindingCreate | ActKind::FindingChange | ActKind::FindingWithdraw),
            ) => FindingDetail::read(&entry.detail, kind).map(Deed::Finding),
            Some(kind @ (ActKind::AsideAdd | ActKind::AsideWithdraw)) => {
                AsideDeed::read(&entry.detail, kind == ActKind::AsideAdd).map(Deed::Aside)
            }
            Some(ActKind::Override) => AsideDeed::read_override(&entry.detail).map(Deed::Aside),
            _ => return Ok(None),
        };
        let Some(deed) = read else {
            return Err(ActError { seq: entry.seq, act: entry.act.clone() });
        };
        let number = |name| entry.detail.get(name).and_then(Value::as_u64);
        Ok(Some(Self { deed, undoes: number("undoes"), redoes: number("redoes") }))
    }
}

fn subject_of(events: &mut Vec<EventId>) -> String {
    events.sort_unstable();
    events.dedup();
    match events.as_slice() {
        [one] => one.to_string(),
        many => format!("events:{}", many.len()),
    }
}

fn tag_deed(detail: &Value, verb: TagVerb) -> Option<TagDeed> {
    let deed = TagDeed::deserialize(detail).ok()?;
    let names_a_tag = deed.text.is_some() || deed.criterion.is_some();
    (names_a_tag || deed.events.is_empty()).then_some(TagDeed { verb, ..deed })
}

#[derive(Serialize, Deserialize)]
struct NoteDetail {
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "event_ids")]
    events: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdraws: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restores: Option<u64>,
}

impl NoteDetail {
    fn of(deed: &NoteDeed) -> Self {
        let empty = Self { events: Vec::new(), text: None, withdraws: None, restores: None };
        match deed {
            NoteDeed::Add { events, text } => {
                Self { events: events.clone(), text: Some(text.clone()), ..empty }
            }
            NoteDeed::Withdraw { note } => Self { withdraws: Some(*note), ..empty },
            NoteDeed::Restore { note } => Self { restores: Some(*note), ..empty },
        }
    }

    fn read(detail: &Value) -> Option<NoteDeed> {
        match Self::deserialize(detail).ok()? {
            Self { events, text: Some(text), withdraws: None, restores: None } => {
                Some(NoteDeed::Add { events, text })
            }
            Self { text: None, withdraws: Some(note), restores: None, .. } => {
                Some(NoteDeed::Withdraw { note })
            }
            Self { text: None, withdraws: None, restores: Some(note), .. } => {
                Some(NoteDeed::Restore { note })
            }
            _ => None,
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct FindingDetail {
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    severity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    narrative: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<FindingField, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    criteria: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "event_ids")]
    events: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "event_ids")]
    add_events: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "event_ids")]
    remove_events: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl FindingDetail {
    fn of(deed: &FindingDeed) -> Self {
        match deed {
            FindingDeed::Create(new) => Self {
                number: new.number,
                title: Some(new.title.clone()),
                state: Some(FindingState::Open.as_str().to_owned()),
                severity: Some(new.severity.as_str().to_owned()),
                narrative: Some(new.narrative.clone()),
                criteria: Some(new.criteria.clone()),
                events: new.events.clone(),
                ..Self::default()
            },
            FindingDeed::Change { number, change } => Self {
                number: *number,
                title: change.title.clone(),
                state: change.state.map(|state| state.as_str().to_owned()),
                severity: change.severity.map(|severity| severity.as_str().to_owned()),
                narrative: change.narrative.clone(),
                fields: change.fields.clone(),
                criteria: change.criteria.clone(),
                add_events: change.add_events.clone(),
                remove_events: change.remove_events.clone(),
                ..Self::default()
            },
            FindingDeed::Withdraw { number, reason } => {
                Self { number: *number, reason: Some(reason.clone()), ..Self::default() }
            }
        }
    }

    fn read(detail: &Value, kind: ActKind) -> Option<FindingDeed> {
        let read = Self::deserialize(detail).ok()?;
        let number = read.number;
        if kind == ActKind::FindingWithdraw {
            return Some(FindingDeed::Withdraw { number, reason: read.reason.unwrap_or_default() });
        }
        let severity = match read.severity {
            Some(word) => Some(Severity::from_word(&word)?),
            None => None,
        };
        if kind == ActKind::FindingCreate {
            return Some(FindingDeed::Create(NewFinding {
                number,
                title: read.title?,
                severity: severity?,
                narrative: read.narrative.unwrap_or_default(),
                criteria: read.criteria.unwrap_or_default(),
                events: read.events,
            }));
        }
        let state = match read.state {
            Some(word) => Some(FindingState::from_word(&word)?),
            None => None,
        };
        let Self { title, narrative, fields, criteria, add_events, remove_events, .. } = read;
        let change = FindingChange {
            title,
            state,
            severity,
            narrative,
            fields,
            criteria,
            add_events,
            remove_events,
        };
        Some(FindingDeed::Change { number, change })
    }
}

/// Event ids as texts.
mod event_ids {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::EventId;

    pub(super) fn serialize<S: Serializer>(
        events: &[EventId],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(events.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<EventId>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts
            .iter()
            .map(|text| EventId::parse(text).ok_or_else(|| D::Error::custom("not an event id")))
            .collect()
    }
}
