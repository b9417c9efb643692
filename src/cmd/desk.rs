//! The analyst's desk behind the screens: every act goes to the journal of the case first.

use std::sync::{Arc, Mutex, PoisonError};

use super::case::Case;
use super::facts::change::change_in;
use super::memory::MemoryFile;
use super::{Context, export};
use crate::criteria::assess::SharedFacts;
use crate::custody::{self, Act, ActKind, AsideKind, State};
use crate::failure::Failure;
use crate::model::EventId;
use crate::model::rows::FindingRow;
use crate::tui::{Desk, FindingChange, Memory, Secret};

/// A case at which an analyst acts.
pub(super) struct CaseDesk {
    pub(super) case: Arc<Mutex<Case>>,
    pub(super) context: Arc<Context>,
    pub(super) memory: Arc<MemoryFile>,
    /// The facts that rules on the screens run with.
    pub(super) facts: SharedFacts,
}

impl CaseDesk {
    fn with<T>(&self, work: impl FnOnce(&mut Case) -> Result<T, Failure>) -> Result<T, String> {
        let mut case = self.case.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut case).map_err(|failure| {
            let parts: Vec<&str> = std::iter::once(&failure.message)
                .chain(&failure.hints)
                .map(String::as_str)
                .collect();
            parts.join("; ")
        })
    }

    fn act(
        &self,
        make: impl FnOnce(&State) -> Option<Act>,
        nothing: &str,
    ) -> Result<usize, String> {
        self.with(|case| match make(&case.state) {
            None => Err(Failure::usage(nothing)),
            Some(act) => Ok(case.perform(&act)?.events.len()),
        })
    }
}

fn events(count: usize) -> String {
    if count == 1 { "1 event".to_owned() } else { format!("{count} events") }
}

impl Desk for CaseDesk {
    fn is_read_only(&self) -> bool {
        self.case.lock().unwrap_or_else(PoisonError::into_inner).read_only_reason().is_some()
    }

    fn tag(
        &mut self,
        ids: &[EventId],
        text: &str,
        criterion: Option<&str>,
    ) -> Result<String, String> {
        let count =
            self.act(|state| state.tag(text, criterion, ids), "these events have the tag already")?;
        Ok(format!("tagged {} {text}", events(count)))
    }

    fn untag(&mut self, ids: &[EventId], text: &str, reason: &str) -> Result<String, String> {
        let count = self.act(
            |state| state.untag(Some(text), ids, reason),
            "these events do not have the tag",
        )?;
        Ok(format!("struck out {text} on {}", events(count)))
    }

    fn note(&mut self, event: EventId, text: &str) -> Result<String, String> {
        self.act(|_| Some(State::note(&[event], text)), "")?;
        Ok("noted".to_owned())
    }

    fn set_aside(
        &mut self,
        kind: AsideKind,
        key: &str,
        name: &str,
        reason: Option<&str>,
    ) -> Result<String, String> {
        let nothing =
            if reason.is_some() { "it is set aside already" } else { "it is not set aside" };
        self.act(
            |state| match reason {
                Some(reason) => state.asides().add(kind, key, name, reason),
                None => state.asides().withdraw(kind, key),
            },
            nothing,
        )?;
        let done = match (kind, reason) {
            (AsideKind::Gap, Some(_)) => "accepted; it stays listed  (u takes it back)",
            (AsideKind::Lead, Some(_)) => "dismissed  (u takes it back)",
            (AsideKind::Criterion, Some(_)) => {
                "judged; the machine's verdict stays  (u takes it back)"
            }
            (AsideKind::Proposal, Some(_)) => "struck out  (u takes it back)",
            (_, None) => "taken back",
        };
        Ok(format!("{name} {done}"))
    }

    fn reveal(&mut self, event: EventId, reason: &str) -> Result<Vec<Secret>, String> {
        let mut case = self.case.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = super::reveal::reveal(&mut case, event, None, reason);
        let lines = lines.map_err(|failure| failure.message)?;
        Ok(lines.iter().map(|line| Secret::new(line.to_string())).collect())
    }

    fn asides(&self) -> Vec<(AsideKind, String, String, String)> {
        let case = self.case.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |kind| {
            let all = case.state.asides().of(kind);
            all.map(move |(key, aside)| {
                (kind, key.to_owned(), aside.name.clone(), aside.reason.clone())
            })
            .collect::<Vec<_>>()
        };
        AsideKind::ALL.iter().flat_map(|kind| of(*kind)).collect()
    }

    fn declare(
        &mut self,
        key: &str,
        value: Option<&str>,
        reason: Option<&str>,
    ) -> Result<String, String> {
        let (context, facts) = (Arc::clone(&self.context), self.facts.clone());
        self.with(|case| {
            let done = change_in(&context, case, (key, value), reason);
            let taken = done.map_err(|refused| Failure {
                message: match refused.faults.first() {
                    Some(fault) => fault.clone(),
                    None => refused.failure.message.clone(),
                },
                ..refused.failure
            })?;
            facts.put(super::assess::held(case)?);
            Ok(taken.told.lines().next().unwrap_or_default().to_owned())
        })
    }

    fn undo(&mut self) -> Result<String, String> {
        self.with(|case| {
            let actor = case.journal.actor().to_owned();
            let act =
                case.state.undo_of(&actor).ok_or_else(|| Failure::usage("nothing to undo"))?;
            case.perform(&act)?;
            Ok(format!("undone: {}", now_stands(act.kind())))
        })
    }

    fn redo(&mut self) -> Result<String, String> {
        self.with(|case| {
            let actor = case.journal.actor().to_owned();
            let act =
                case.state.redo_of(&actor).ok_or_else(|| Failure::usage("nothing to redo"))?;
            case.perform(&act)?;
            Ok(format!("redone: {}", act.kind().as_str()))
        })
    }

    fn new_finding(&mut self, title: &str, ids: &[EventId]) -> Result<u32, String> {
        self.with(|case| {
            let (number, act) =
                case.state.create_finding(title, crate::model::rows::Severity::Medium, ids);
            case.perform(&act)?;
            Ok(number)
        })
    }

    fn change_finding(&mut self, number: u32, change: &FindingChange) -> Result<String, String> {
        let change = change_of(change);
        self.act(|state| state.change_finding(number, change), "nothing changes")?;
        Ok(format!("finding {number} changed"))
    }

    fn findings(&self) -> Vec<FindingRow> {
        self.case.lock().unwrap_or_else(PoisonError::into_inner).state.findings().cloned().collect()
    }

    fn export_check(&mut self) -> Result<Vec<String>, String> {
        let context = Arc::clone(&self.context);
        self.with(|case| export::check_lines(&context, case))
    }

    fn export(&mut self) -> Result<String, String> {
        let context = Arc::clone(&self.context);
        self.with(|case| export::write_next(&context, case))
    }

    fn criteria(&self) -> Vec<(String, String)> {
        let case = self.case.lock().unwrap_or_else(PoisonError::into_inner);
        case.library
            .criteria()
            .map(|criterion| {
                (criterion.id.clone(), format!("{}  {}", criterion.full_label(), criterion.title))
            })
            .collect()
    }

    fn remember(&mut self, memory: &Memory) -> Result<(), String> {
        self.memory.keep(memory)
    }
}

fn change_of(change: &FindingChange) -> custody::FindingChange {
    let mut made = custody::FindingChange::default();
    match change {
        FindingChange::State(state) => made.state = Some(*state),
        FindingChange::Severity(severity) => made.severity = Some(*severity),
        FindingChange::Title(title) => made.title = Some(title.clone()),
        FindingChange::Narrative(text) => made.narrative = Some(text.clone()),
        FindingChange::Field(field, text) => {
            made.fields.insert(*field, text.clone());
        }
        FindingChange::AddEvents(events) => made.add_events.clone_from(events),
    }
    made
}

/// Returns what the act that takes another back has changed, in words.
const fn now_stands(kind: ActKind) -> &'static str {
    match kind {
        ActKind::TagAdd => "the tag is back",
        ActKind::TagWithdraw => "tag taken off",
        ActKind::NoteAdd => "the note is changed back",
        ActKind::FindingCreate => "the finding is back",
        ActKind::FindingChange => "the finding is changed back",
        ActKind::FindingWithdraw => "finding taken out",
        ActKind::AsideAdd => "dismissed again",
        ActKind::AsideWithdraw => "no longer dismissed",
        ActKind::Override => "the verdict is changed back",
        other => other.as_str(),
    }
}
