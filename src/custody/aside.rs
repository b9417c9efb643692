//! Things of the program's own making that an analyst sets aside with a reason: blind spots that are accepted, leads that
//! are dismissed. They stay listed as such, and the act can be taken back. Journaled as `aside.add` and `aside.withdraw`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::acts::{Act, Deed};
use super::entry::Entry;
use crate::model::{EventId, Micros};

/// What can be set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsideKind {
    /// A blind spot, by its key.
    Gap,
    /// A lead, by its key.
    Lead,
    /// The machine's verdict on a criterion, by the criterion's id; the name is the person's own verdict.
    Criterion,
    /// A machine's proposal on an event, by rule and event.
    Proposal,
}

impl AsideKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Gap, Self::Lead, Self::Criterion, Self::Proposal];

    /// Returns the word of an entry's subject.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Lead => "lead",
            Self::Criterion => "criterion",
            Self::Proposal => "proposal",
        }
    }
}

/// Returns the key under which what a rule proposes on an event is struck out.
pub fn proposal_key(rule: &str, event: EventId) -> String {
    format!("{rule} {event}")
}

/// Sets a thing aside, or with no reason takes that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideDeed {
    pub kind: AsideKind,
    /// Stable key of the thing.
    pub key: String,
    /// Its name on screen when this was done: `B3`.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AsideDeed {
    pub(super) fn subject(&self) -> String {
        let name = match self.kind {
            AsideKind::Criterion => &self.key,
            AsideKind::Gap | AsideKind::Lead | AsideKind::Proposal => &self.name,
        };
        format!("{}:{name}", self.kind.as_str())
    }

    /// Reads the detail of an entry. `is_add` says whether the entry's act needs a reason.
    pub(super) fn read(detail: &Value, is_add: bool) -> Option<Self> {
        Self::deserialize(detail).ok().filter(|deed| deed.reason.is_some() == is_add)
    }

    /// Reads the detail of an entry that overrides a verdict, or takes that back.
    pub(super) fn read_override(detail: &Value) -> Option<Self> {
        Self::deserialize(detail).ok().filter(|deed| deed.kind == AsideKind::Criterion)
    }
}

/// A thing set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    pub name: String,
    pub reason: String,
    pub by: String,
    pub at: Micros,
}

/// Everything set aside that still is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asides(BTreeMap<(AsideKind, String), Aside>);

impl Asides {
    /// Does a deed and returns what takes it back; `None` when there is nothing to take back.
    pub(super) fn perform(&mut self, deed: &AsideDeed, entry: &Entry) -> Option<AsideDeed> {
        let place = (deed.kind, deed.key.clone());
        let before = match &deed.reason {
            Some(reason) => self.0.insert(
                place,
                Aside {
                    name: deed.name.clone(),
                    reason: reason.clone(),
                    by: entry.actor.clone(),
                    at: entry.ts,
                },
            ),
            None => Some(self.0.remove(&place)?),
        };
        let (name, reason) = match before {
            Some(before) => (before.name, Some(before.reason)),
            None => (deed.name.clone(), None),
        };
        Some(AsideDeed { kind: deed.kind, key: deed.key.clone(), name, reason })
    }

    /// Returns what is set aside of a kind, by key.
    pub fn of(&self, kind: AsideKind) -> impl Iterator<Item = (&str, &Aside)> {
        self.0
            .iter()
            .filter(move |((known, _), _)| *known == kind)
            .map(|((_, key), aside)| (key.as_str(), aside))
    }

    /// Returns the thing with this key, if it is set aside.
    pub fn get(&self, kind: AsideKind, key: &str) -> Option<&Aside> {
        self.0.get(&(kind, key.to_owned()))
    }

    /// Returns the act that sets a thing aside; `None` when it is already, for this reason.
    pub fn add(&self, kind: AsideKind, key: &str, name: &str, reason: &str) -> Option<Act> {
        // Of a criterion the name is the verdict, which may change for the same reason.
        let is_same = |aside: &Aside| {
            aside.reason == reason && (kind != AsideKind::Criterion || aside.name == name)
        };
        if self.get(kind, key).is_some_and(is_same) {
            return None;
        }
        let reason = Some(reason.to_owned());
        Some(Act::new(Deed::Aside(AsideDeed {
            kind,
            key: key.to_owned(),
            name: name.to_owned(),
            reason,
        })))
    }

    /// Returns the act that takes a thing back; `None` when it is not set aside.
    pub fn withdraw(&self, kind: AsideKind, key: &str) -> Option<Act> {
        let name = self.get(kind, key)?.name.clone();
        let deed = AsideDeed { kind, key: key.to_owned(), name, reason: None };
        Some(Act::new(Deed::Aside(deed)))
    }
}
