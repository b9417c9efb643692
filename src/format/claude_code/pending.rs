//! Holds what is not complete yet: answers of the model, whose lines come one by one, and tool calls, whose results come
//! later. Must not read lines; the number of held events is bounded.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use crate::format::contract::{Adapted, Place};
use crate::model::event::Event;
use crate::model::{IdKind, Micros, Trust};

use super::arguments::Tool;
use super::refusal::Ending;

/// Answers of the model that may still get lines; sub-agents of one file answer side by side.
const MAX_ANSWERS: usize = 32;
/// Tool calls that wait for their result at most. The oldest is given out without one.
const MAX_CALLS: usize = 10_000;
/// Bytes of payload that wait at most.
const MAX_BYTES: usize = 64 << 20;

/// One answer of the model, line by line.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) chain: String,
    pub(super) id: String,
    pub(super) place: Place,
    pub(super) event: Event<'static>,
    /// The line's own members, to which the message is added.
    pub(super) kept: Map<String, Value>,
    /// Members of the message that are no content: id, model, role.
    pub(super) head: Map<String, Value>,
    pub(super) usage: Value,
    pub(super) stop_reason: Value,
    pub(super) blocks: Vec<Value>,
}

impl Answer {
    /// Takes over what a later line of the same answer adds. Its `usage` is the whole one.
    pub(super) fn grow(&mut self, usage: Value, stop_reason: Value, blocks: Vec<Value>) {
        let tokens = |usage: &Value| usage.get("output_tokens").and_then(Value::as_i64);
        if tokens(&usage) >= tokens(&self.usage) {
            self.usage = usage;
        }
        if !stop_reason.is_null() {
            self.stop_reason = stop_reason;
        }
        self.blocks.extend(blocks);
    }

    fn finish(mut self) -> (Place, Event<'static>) {
        let count = |key: &str| self.usage.get(key).and_then(Value::as_i64);
        self.event.tokens_in = count("input_tokens");
        self.event.tokens_out = count("output_tokens");
        self.head.insert("stop_reason".to_owned(), self.stop_reason);
        self.head.insert("usage".to_owned(), self.usage);
        self.head.insert("content".to_owned(), self.blocks.into());
        self.kept.insert("message".to_owned(), self.head.into());
        self.event.payload = Value::Object(self.kept).to_string().into();
        (self.place, self.event)
    }
}

/// A tool call without its result so far.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) place: Place,
    pub(super) event: Event<'static>,
    pub(super) tool: Tool,
}

/// What the result of a call says about it.
#[derive(Debug, Clone)]
pub(super) struct Returned<'a> {
    pub(super) ending: &'a Ending,
    pub(super) time: Option<Micros>,
    /// The sub-agent that the call started.
    pub(super) agent: Option<&'a str>,
}

/// Names a call within a transcript.
type CallKey = (String, String);

/// Everything that waits.
#[derive(Debug, Default)]
pub(super) struct Pending {
    answers: VecDeque<Answer>,
    calls: BTreeMap<u64, (CallKey, Call)>,
    open: BTreeMap<CallKey, u64>,
    next: u64,
    n_bytes: usize,
}

impl Pending {
    /// Returns the answer that this line belongs to.
    pub(super) fn answer(&mut self, chain: &str, id: &str) -> Option<&mut Answer> {
        self.answers.iter_mut().rev().find(|answer| answer.id == id && answer.chain == chain)
    }

    /// Holds a new answer. Earlier ones of the same conversation are complete then.
    pub(super) fn begin(&mut self, answer: Answer, out: &mut Adapted<'_>) {
        let mut at = 0;
        while let Some(earlier) = self.answers.get(at) {
            if earlier.chain == answer.chain {
                self.give_out_answer(at, out);
            } else {
                at += 1;
            }
        }
        out.hold();
        self.answers.push_back(answer);
        if self.answers.len() > MAX_ANSWERS {
            self.give_out_answer(0, out);
        }
    }

    fn give_out_answer(&mut self, at: usize, out: &mut Adapted<'_>) {
        if let Some(answer) = self.answers.remove(at) {
            let (place, event) = answer.finish();
            out.release(place, event);
        }
    }

    /// Holds a call until its result comes.
    pub(super) fn call(&mut self, session: &str, id: &str, call: Call, out: &mut Adapted<'_>) {
        let key = (session.to_owned(), id.to_owned());
        out.hold();
        self.n_bytes += call.event.payload.len();
        let number = self.next;
        self.next += 1;
        self.calls.insert(number, (key.clone(), call));
        if let Some(earlier) = self.open.insert(key, number) {
            self.give_out(earlier, out);
        }
        while self.calls.len() > MAX_CALLS || (self.n_bytes > MAX_BYTES && self.calls.len() > 1) {
            let Some(oldest) = self.calls.keys().next().copied() else { break };
            self.give_out(oldest, out);
            out.warn(
                "too many tool calls wait for a result (10,000, or 64 MiB): the oldest are shown with outcome unknown",
            );
        }
    }

    /// Returns true when the waiting call of this id put a plan before the user.
    pub(super) fn is_plan(&self, session: &str, id: &str) -> bool {
        let key = (session.to_owned(), id.to_owned());
        let call = self.open.get(&key).and_then(|number| self.calls.get(number));
        call.is_some_and(|(_, call)| call.tool.server.is_none() && call.tool.name == "ExitPlanMode")
    }

    /// Ends the call of this id and gives it out. Returns its tool.
    pub(super) fn end(
        &mut self,
        session: &str,
        id: &str,
        returned: &Returned<'_>,
        out: &mut Adapted<'_>,
    ) -> Option<Tool> {
        let key = (session.to_owned(), id.to_owned());
        let number = *self.open.get(&key)?;
        let (_, call) = self.calls.get_mut(&number)?;
        let tool = call.tool.clone();
        end(&mut call.event, returned);
        self.give_out(number, out);
        Some(tool)
    }

    /// Gives out everything, calls in the order they came.
    pub(super) fn finish(&mut self, out: &mut Adapted<'_>) {
        while !self.answers.is_empty() {
            self.give_out_answer(0, out);
        }
        for (_, call) in std::mem::take(&mut self.calls).into_values() {
            out.release(call.place, call.event);
        }
        self.open.clear();
        self.n_bytes = 0;
    }

    fn give_out(&mut self, number: u64, out: &mut Adapted<'_>) {
        let Some((key, call)) = self.calls.remove(&number) else { return };
        if self.open.get(&key) == Some(&number) {
            self.open.remove(&key);
        }
        self.n_bytes = self.n_bytes.saturating_sub(call.event.payload.len());
        out.release(call.place, call.event);
    }
}

/// Writes how a call ended into its event, or into the event of its result.
pub(super) fn end(event: &mut Event<'static>, returned: &Returned<'_>) {
    let ending = returned.ending;
    event.outcome = ending.outcome;
    event.decision = ending.decision;
    event.reason = ending.reason.map(Into::into);
    event.error_code = ending.error_code.clone().map(Into::into);
    if let Some(policy) = ending.policy {
        event.policy = Some(policy.into());
    }
    if let Some(state) = ending.approval {
        event.approval_state = Some(state.into());
        event.approval_at = returned.time.filter(|_| state != "pending");
    }
    let is_later = event.time.is_some_and(|start| returned.time.is_some_and(|end| end > start));
    if is_later {
        event.time_end = returned.time;
    }
    if let Some(agent) = returned.agent {
        event.identify(IdKind::Agent, agent.to_owned(), Trust::Asserted);
    }
}

/// Returns the payload of a line: its kept members and one more.
pub(super) fn payload(kept: Map<String, Value>, name: &str, content: Value) -> String {
    let mut object = kept;
    object.insert(name.to_owned(), content);
    Value::Object(object).to_string()
}
