//! Holds requests until their answers arrive. Ids restart with every connection and each side counts its own, so the
//! key is (connection, who asked, id). Must not read messages; the number of held requests is bounded.

use std::collections::BTreeMap;

use crate::format::contract::{Adapted, Place};
use crate::model::{Event, Micros, Outcome};

use super::envelope::Side;

/// Requests that wait for an answer at most. The oldest is given out without one.
pub(super) const MAX_WAITING: usize = 10_000;
/// Bytes of payload that wait at most.
pub(super) const MAX_WAITING_BYTES: usize = 64 << 20;

/// What an answer needs to know of its request.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) tool: Option<String>,
    pub(super) step: String,
    pub(super) session: Option<String>,
    pub(super) trace: Option<String>,
    pub(super) server: Option<String>,
}

/// Names a request for its answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallKey {
    pub(super) asker: Side,
    pub(super) id: String,
}

/// How the call ended, as its answer says.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) error_code: Option<String>,
    pub(super) approval_state: Option<String>,
    pub(super) time: Option<Micros>,
}

#[derive(Debug)]
struct Waiting {
    stream: String,
    record: u64,
    slot: usize,
    asked: Asked,
}

/// The events of one record, complete when none of its requests waits any more.
#[derive(Debug)]
struct HeldRecord {
    events: Vec<(Place, Event<'static>)>,
    open: usize,
    bytes: usize,
}

/// Requests without an answer so far.
#[derive(Debug, Default)]
pub(super) struct Pending {
    next_record: u64,
    records: BTreeMap<u64, HeldRecord>,
    waiting: BTreeMap<CallKey, Vec<Waiting>>,
    n_waiting: usize,
    n_bytes: usize,
}

/// The events of the record being read, with its own requests not yet answered.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<(Place, Event<'static>)>,
    open: Vec<(CallKey, String, usize, Asked)>,
}

impl Batch {
    /// Adds an event that is complete.
    pub(super) fn push(&mut self, place: Place, event: Event<'static>) {
        self.events.push((place, event));
    }

    /// Adds a request that waits for its answer.
    pub(super) fn push_request(
        &mut self,
        place: Place,
        event: Event<'static>,
        key: CallKey,
        call: (String, Asked),
    ) {
        self.open.push((key, call.0, self.events.len(), call.1));
        self.events.push((place, event));
    }

    /// Ends the newest open request of this record with that key, if there is one.
    pub(super) fn answer(&mut self, key: &CallKey, ending: &Ending) -> Option<Asked> {
        let at = self.open.iter().rposition(|(open, ..)| open == key)?;
        let (_, _, slot, asked) = self.open.remove(at);
        if let Some((_, event)) = self.events.get_mut(slot) {
            end(event, ending);
        }
        Some(asked)
    }
}

impl Pending {
    /// Ends the request that this answer belongs to and gives out its record when nothing else of it waits.
    pub(super) fn answer(
        &mut self,
        key: &CallKey,
        stream: &str,
        ending: &Ending,
        out: &mut Adapted<'_>,
    ) -> Option<Asked> {
        let candidates = self.waiting.get_mut(key)?;
        let at = matching(candidates, stream)?;
        let waiting = candidates.remove(at);
        if candidates.is_empty() {
            self.waiting.remove(key);
        }
        self.n_waiting -= 1;
        self.close(&waiting, Some(ending), out);
        Some(waiting.asked)
    }

    /// Gives out the record's events, or holds them all while one of its requests waits.
    pub(super) fn admit(&mut self, batch: Batch, out: &mut Adapted<'_>) {
        if batch.open.is_empty() {
            out.events.extend(batch.events);
            return;
        }
        batch.events.iter().for_each(|_| out.hold());
        let record = self.next_record;
        self.next_record += 1;
        let bytes = batch.events.iter().map(|(_, event)| event.payload.len()).sum();
        self.n_bytes += bytes;
        let open = batch.open.len();
        self.records.insert(record, HeldRecord { events: batch.events, open, bytes });
        for (key, stream, slot, asked) in batch.open {
            self.waiting.entry(key).or_default().push(Waiting { stream, record, slot, asked });
            self.n_waiting += 1;
        }
        while self.n_waiting > MAX_WAITING
            || (self.n_bytes > MAX_WAITING_BYTES && self.records.len() > 1)
        {
            self.give_up_oldest(out);
        }
    }

    /// Gives out everything that still waits, oldest first.
    pub(super) fn finish(&mut self, out: &mut Adapted<'_>) {
        self.waiting.clear();
        self.n_waiting = 0;
        self.n_bytes = 0;
        for held in std::mem::take(&mut self.records).into_values() {
            release(held, out);
        }
    }

    fn close(&mut self, waiting: &Waiting, ending: Option<&Ending>, out: &mut Adapted<'_>) {
        let Some(held) = self.records.get_mut(&waiting.record) else { return };
        if let (Some(ending), Some((_, event))) = (ending, held.events.get_mut(waiting.slot)) {
            end(event, ending);
        }
        held.open = held.open.saturating_sub(1);
        if held.open == 0
            && let Some(held) = self.records.remove(&waiting.record)
        {
            self.n_bytes = self.n_bytes.saturating_sub(held.bytes);
            release(held, out);
        }
    }

    fn give_up_oldest(&mut self, out: &mut Adapted<'_>) {
        let Some((record, held)) = self.records.pop_first() else { return };
        self.waiting.retain(|_, candidates| {
            candidates.retain(|waiting| waiting.record != record);
            !candidates.is_empty()
        });
        self.n_waiting = self.n_waiting.saturating_sub(held.open);
        self.n_bytes = self.n_bytes.saturating_sub(held.bytes);
        out.warn("too many requests wait for an answer (10,000, or 64 MiB): the oldest are shown with outcome unknown");
        release(held, out);
    }
}

fn release(held: HeldRecord, out: &mut Adapted<'_>) {
    held.events.into_iter().for_each(|(place, event)| out.release(place, event));
}

/// The newest request of the same connection; without a connection on either side, a request that is alone with its id.
fn matching(candidates: &[Waiting], stream: &str) -> Option<usize> {
    let newest_of = |wanted: &str| candidates.iter().rposition(|waiting| waiting.stream == wanted);
    newest_of(stream)
        .or_else(|| if stream.is_empty() { None } else { newest_of("") })
        .or_else(|| (stream.is_empty() && candidates.len() == 1).then_some(0))
}

fn end(event: &mut Event<'static>, ending: &Ending) {
    event.outcome = ending.outcome;
    event.error_code = ending.error_code.clone().map(Into::into);
    if let Some(state) = &ending.approval_state {
        event.approval_state = Some(state.clone().into());
    }
    if event.time_end.is_none()
        && event.time.is_some_and(|start| ending.time.is_some_and(|end| end >= start))
    {
        event.time_end = ending.time;
    }
}
