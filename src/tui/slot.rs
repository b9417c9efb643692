//! A place for the answer to a question that is asked again and again: the newest question wins, an older one is
//! dropped, and the last good answer stays visible while the next one loads.

use std::sync::atomic::{AtomicU64, Ordering};

use super::effect::Effect;
use super::msg::Done;
use super::question::{Answer, Question};
use crate::job::Ticket;
use crate::store::Fault;

/// Which of the two lanes carries a question: `Front` what the cursor waits for, `Back` what may come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LaneName {
    Front,
    Back,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The last answer to a question, and the ticket of the one being asked.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    value: Option<T>,
    failure: Option<String>,
    asked: Option<Ticket>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { value: None, failure: None, asked: None }
    }
}

impl<T> Slot<T> {
    /// Returns the effect that asks; an older question of this slot is cancelled.
    pub(crate) fn ask(&mut self, lane: LaneName, question: Question) -> Effect {
        let ticket = Ticket(NEXT.fetch_add(1, Ordering::Relaxed));
        let replaces = self.asked.replace(ticket);
        Effect::Ask { ticket, replaces, lane, question }
    }

    /// Takes the answer if it belongs to the newest question. Returns true when a good answer came in.
    pub(crate) fn accept(
        &mut self,
        done: &mut Done,
        pick: impl FnOnce(Answer) -> Option<T>,
    ) -> bool {
        if self.asked != Some(done.ticket) {
            return false;
        }
        let Some(answer) = done.answer.take() else { return false };
        self.asked = None;
        match answer {
            Ok(answer) => match pick(answer) {
                Some(value) => {
                    self.value = Some(value);
                    self.failure = None;
                    return true;
                }
                None => self.failure = Some("the answer does not fit the question".to_owned()),
            },
            Err(Fault::Interrupted) => self.failure = Some("stopped".to_owned()),
            Err(fault) => self.failure = Some(fault.to_string()),
        }
        false
    }

    /// Returns the last good answer, also while the next one loads.
    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Returns why the newest question failed.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Returns true while a question is being asked.
    pub(crate) fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// Forgets the answer and does not wait for the one being asked.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(answer: Answer) -> Option<usize> {
        match answer {
            Answer::Facets(facets) => Some(facets.len()),
            _ => None,
        }
    }

    fn ticket_of(effect: &Effect) -> (Ticket, Option<Ticket>) {
        match effect {
            Effect::Ask { ticket, replaces, .. } => (*ticket, *replaces),
            other => panic!("not a question: {other:?}"),
        }
    }

    #[test]
    fn newest_question_wins_and_names_the_one_it_replaces() {
        let mut slot = Slot::default();
        let (first, _) = ticket_of(&slot.ask(LaneName::Front, Question::Overview));
        let (second, replaced) = ticket_of(&slot.ask(LaneName::Front, Question::Overview));
        assert_eq!(replaced, Some(first));
        let mut stale = Done { ticket: first, answer: Some(Ok(Answer::Facets(Vec::new()))) };
        assert!(!slot.accept(&mut stale, count));
        assert_eq!(slot.value(), None);
        let mut fresh = Done { ticket: second, answer: Some(Ok(Answer::Facets(Vec::new()))) };
        assert!(slot.accept(&mut fresh, count));
        assert_eq!(slot.value(), Some(&0));
    }

    #[test]
    fn failed_question_keeps_the_last_answer() {
        let mut slot = Slot::default();
        let (first, _) = ticket_of(&slot.ask(LaneName::Front, Question::Overview));
        slot.accept(
            &mut Done { ticket: first, answer: Some(Ok(Answer::Facets(Vec::new()))) },
            count,
        );
        let (second, _) = ticket_of(&slot.ask(LaneName::Front, Question::Overview));
        slot.accept(&mut Done { ticket: second, answer: Some(Err(Fault::Interrupted)) }, count);
        assert_eq!((slot.value(), slot.failure()), (Some(&0), Some("stopped")));
    }
}
