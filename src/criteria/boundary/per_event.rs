//! The second step: what an answer still owes to the single event, its time, its sizes and its approval. Pure.

use super::{Conditions, Judged, own};
use crate::criteria::facts::{Oversight, Scope, ScopeEntry};
use crate::model::Micros;

/// What is known of an approval of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// A record of the call or of its session says that somebody decided.
    Given,
    /// Approvals are recorded in this case, and none is of this call.
    None,
    /// No source of this case records approvals.
    NotRecorded,
}

/// What one event adds to its call. Sizes in bytes, cost in US dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    pub time: Option<Micros>,
    pub bytes: Option<i64>,
    pub cost: Option<f64>,
    pub approval: Approval,
}

/// Returns the answer for an event when it differs from that of its call.
pub(super) fn differing(scope: &Scope, conditions: &Conditions, moment: &Moment) -> Option<Judged> {
    for number in &conditions.denies {
        let Some(entry) = scope.deny.get(*number) else { continue };
        let name = own::name("deny", *number);
        match moment.time {
            None => return Some(no_time(name)),
            Some(time) if is_in_time(entry, time) => {
                return Some(Judged::outside(name, own::denied(entry)));
            }
            Some(_) => {}
        }
    }
    mandate(scope, conditions, moment).or_else(|| {
        let number = conditions.allow?;
        let entry = scope.allow.get(number)?;
        exceeded(entry, own::name("allow", number), moment)
    })
}

fn no_time(name: String) -> Judged {
    Judged::cannot_tell(Some(name), "the event has no usable time")
}

fn is_in_time(entry: &ScopeEntry, time: Micros) -> bool {
    entry.limits.valid.holds(time) && entry.limits.hours.is_none_or(|hours| hours.holds(time))
}

fn mandate(scope: &Scope, conditions: &Conditions, moment: &Moment) -> Option<Judged> {
    let number = conditions.agent?;
    let agent = scope.agents.get(number)?;
    let name = own::name("agents", number);
    match moment.time {
        None => Some(no_time(name)),
        Some(time) if agent.valid.holds(time) => None,
        Some(time) => {
            let why = format!("limit mandate: `{}` had none at {time}", agent.agent);
            Some(Judged::outside(name, why))
        }
    }
}

/// Returns the first limit of an allow entry that the event exceeds, or that cannot be held against it.
fn exceeded(entry: &ScopeEntry, name: String, moment: &Moment) -> Option<Judged> {
    let limits = &entry.limits;
    if !limits.valid.is_open() || limits.hours.is_some() {
        match moment.time {
            None => return Some(no_time(name)),
            Some(time) if !limits.valid.holds(time) => {
                return Some(Judged::outside(
                    name,
                    format!("limit valid: {time} is outside of it"),
                ));
            }
            Some(time) if !is_in_time(entry, time) => {
                return Some(Judged::outside(
                    name,
                    format!("limit hours: {time} is outside of them"),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(most) = limits.max_bytes {
        match moment.bytes.map(u64::try_from) {
            Some(Ok(bytes)) if bytes <= most => {}
            Some(Ok(bytes)) => {
                let why = format!("limit max_bytes: {bytes} bytes are more than {most}");
                return Some(Judged::outside(name, why));
            }
            Some(Err(_)) | None => {
                return Some(Judged::cannot_tell(
                    Some(name),
                    "limit max_bytes: the record counts no bytes",
                ));
            }
        }
    }
    if let Some(most) = limits.max_cost {
        match moment.cost {
            Some(cost) if cost <= most => {}
            Some(cost) => {
                let why = format!("limit max_cost: {cost} USD are more than {most}");
                return Some(Judged::outside(name, why));
            }
            None => {
                return Some(Judged::cannot_tell(
                    Some(name),
                    "limit max_cost: the record tells no cost",
                ));
            }
        }
    }
    if limits.max_records.is_some() {
        // No format of this version counts records of a call.
        return Some(Judged::cannot_tell(
            Some(name),
            "limit max_records: the record counts no records",
        ));
    }
    approval(limits.needs_approval?, name, moment.approval)
}

fn approval(needed: Oversight, name: String, found: Approval) -> Option<Judged> {
    let word = needed.as_str();
    let unsure = |why: &str| {
        Some(Judged::cannot_tell(Some(name.clone()), format!("limit needs_approval {word}: {why}")))
    };
    match (needed, found) {
        (Oversight::V0, _) | (Oversight::V1 | Oversight::V2 | Oversight::V3, Approval::Given) => {
            None
        }
        (Oversight::V4, Approval::Given) => {
            unsure("whether these very parameters were approved is a matter of question 3")
        }
        (Oversight::V1 | Oversight::V2, Approval::None | Approval::NotRecorded) => {
            unsure("whether somebody was told or saw it is a matter of question 3")
        }
        (Oversight::V3 | Oversight::V4, Approval::NotRecorded) => {
            unsure("no source of this case records approvals")
        }
        (Oversight::V3 | Oversight::V4, Approval::None) => {
            let why = format!("limit needs_approval {word}: no approval of it is recorded");
            Some(Judged::outside(name, why))
        }
    }
}
