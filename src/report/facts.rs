//! The short facts about an event that findings, the report and Timesketch state: taken from its columns, with the place
//! of its record. Must not hold anything an analyst wrote.

use crate::model::rows::PlaceRow;
use crate::model::{EventId, Micros, Outcome, Plane};
use crate::query::export::{ExportEvent, SessionPart};
use crate::redact::People;
use crate::store::Value;

/// Facts about one event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub(super) id: EventId,
    pub(super) time: Option<Micros>,
    pub(super) plane: Plane,
    pub(super) who: String,
    pub(super) action: String,
    pub(super) resource: Option<String>,
    pub(super) decision: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) error_code: Option<String>,
    pub(super) session: Option<String>,
    /// The session it belongs to, with what that rests on.
    pub(super) part: Option<SessionPart>,
    pub(super) human: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) model: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) approval_by: Option<String>,
    pub(super) approval_at: Option<Micros>,
    pub(super) place: Option<PlaceRow>,
    /// Deliveries of the record beside the one that the columns are from.
    pub(super) n_copies: usize,
}

impl Facts {
    /// Returns the facts of an event.
    pub(super) fn of(event: &ExportEvent) -> Self {
        Self {
            id: event.row.id,
            time: event.row.time,
            plane: event.row.plane,
            who: event.row.who.clone(),
            action: event.row.action.clone(),
            resource: event.text("resource"),
            decision: event.text("decision"),
            outcome: event
                .text("outcome")
                .and_then(|word| Outcome::from_word(&word))
                .unwrap_or(Outcome::Unknown),
            error_code: event.text("error_code"),
            session: event.row.session.clone(),
            part: event.session.clone(),
            human: event.text("human"),
            agent: event.text("agent"),
            model: event.text("model"),
            policy: event.text("policy"),
            reason: event.text("reason"),
            approval_by: event.text("approval_by"),
            approval_at: match event.value("approval_at") {
                Value::Time(time) => Some(*time),
                _ => None,
            },
            place: event.place().cloned(),
            n_copies: event.places.len().saturating_sub(1),
        }
    }

    /// Puts marks in place of the people in the fields that name them.
    pub(super) fn rename(&mut self, people: &People) {
        let fields = [Some(&mut self.who), self.human.as_mut(), self.approval_by.as_mut()];
        for field in fields.into_iter().flatten() {
            let made = people.field(field).into_owned();
            *field = made;
        }
    }

    /// Returns one line: who, what, on what, decided how, ended how.
    pub(super) fn message(&self) -> String {
        let parts = [
            Some(self.who.as_str()),
            Some(self.action.as_str()),
            self.resource.as_deref(),
            self.decision.as_deref(),
            Some(self.outcome.as_str()),
            self.error_code.as_deref(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Returns the name of a delivery's file, with the member of an archive after `>`.
pub(super) fn file_of(place: &PlaceRow) -> String {
    match &place.member {
        Some(member) => format!("{} > {member}", place.source),
        None => place.source.clone(),
    }
}
