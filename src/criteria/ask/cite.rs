//! Events that answers name, with what a reader needs to find each: time, who, what, file, line and hash. Must not decide
//! which events those are.

use std::collections::{BTreeMap, BTreeSet};

use super::{Beside, Cited, Item};
use crate::model::EventId;
use crate::query::export::{self, ExportEvent};
use crate::store::{Fault, Reader};

/// Reads the events of items. Order and labels stay; an event that the case no longer holds is left out.
pub(super) fn cited(reader: &Reader, items: Vec<Item>) -> Result<Vec<Cited>, Fault> {
    let wanted: BTreeSet<EventId> = items
        .iter()
        .flat_map(|item| [Some(item.event), item.before, item.human])
        .flatten()
        .collect();
    let keys = export::keys_of(reader, &wanted)?;
    let mut events: BTreeMap<EventId, ExportEvent> = BTreeMap::new();
    export::each_event(reader, &keys, |event| {
        events.insert(event.row.id, event);
        Ok::<(), Fault>(())
    })?;
    let beside = |id: Option<EventId>, words: fn(&ExportEvent) -> String| {
        let event = events.get(&id?)?;
        Some(Beside {
            event: event.row.id,
            time: event.row.time,
            what: words(event),
            place: event.place().cloned(),
        })
    };
    let one = |item: Item| {
        let event = events.get(&item.event)?;
        let row = &event.row;
        Some(Cited {
            event: item.event,
            label: item.label,
            why: item.why,
            time: row.time,
            plane: row.plane,
            who: row.who.clone(),
            action: row.action.clone(),
            target: row.target.clone(),
            outcome: row.outcome,
            session: event.session.as_ref().map(|session| session.short.clone()),
            place: event.place().cloned(),
            before: beside(item.before, access),
            human: beside(item.human, decision),
            time_left: item.time_left,
        })
    };
    Ok(items.into_iter().filter_map(one).collect())
}

/// Says what was done, and to what.
fn access(event: &ExportEvent) -> String {
    let row = &event.row;
    // A record may name a tool and no action.
    let tool = event.text("action").or_else(|| event.text("method")).or_else(|| event.text("tool"));
    let action = tool.unwrap_or_else(|| row.action.clone());
    if row.target.is_empty() { action } else { format!("{action} on {}", row.target) }
}

/// Says what a person's record holds: `approved by bob`.
fn decision(event: &ExportEvent) -> String {
    let state = event.text("approval_state").or_else(|| event.text("decision"));
    let state = state.unwrap_or_else(|| "recorded".to_owned());
    match event.text("approval_by").or_else(|| event.text("human")) {
        Some(person) => format!("{state} by {person}"),
        None => format!("{state}; who decided is not recorded"),
    }
}
