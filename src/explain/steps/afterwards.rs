//! What came of a refusal: the same change by another route. Seen from the success, what had been refused before it.

use super::{short_key, spell};
use crate::explain::{Evidence, Mark, Says, Step, StepKind};
use crate::model::{Grade, Plane};
use crate::query::columns::short_resource;
use crate::query::why::done::{Pair, Route, Side};

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    const KIND: StepKind = StepKind::Afterwards;
    let refused = of.first(crate::query::why::Facts::is_refused)?;
    if refused.facts.get("resource").is_none() && of.any("resource").is_none() {
        let words = "cannot tell: the refused call names no resource to look for";
        return Some(Step::unsaid(KIND, Mark::Unknown, words));
    }
    let Some(pair) = of.after.first() else {
        let step = if of.has_plane(&[Plane::CloudTrail]) {
            let words = "no success of the same on the same within 24 h is recorded";
            Step::unsaid(KIND, Mark::Absent, words)
        } else {
            let words = "cannot tell: no CloudTrail record is loaded";
            Step::unsaid(KIND, Mark::Unknown, words)
        };
        return Some(step);
    };
    Some(told(KIND, pair, &pair.done, "later"))
}

pub(super) fn before(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let pair = of.before.first().filter(|pair| pair.route != Route::Unrelated)?;
    Some(told(StepKind::Before, pair, &pair.denied, "earlier"))
}

/// Says the other side of a pair: what, when, by whom, and how good the tie is.
fn told(kind: StepKind, pair: &Pair, other: &Side, when: &str) -> Step {
    let what = match (kind, pair.route, pair.is_other_operation) {
        (StepKind::Before, _, _) => "was refused",
        (_, Route::SameCall, _) => "worked",
        (_, Route::Unrelated, false) => "same change made",
        (_, _, false) => "same change made by another route",
        (_, _, true) => "change of the same effect made",
    };
    let by = other.name.as_deref().or(other.actor.as_deref()).map(crate::query::why::short_name);
    let by = by.map_or_else(String::new, |by| format!(" by {by}"));
    let key = other
        .credential
        .as_deref()
        .map_or_else(String::new, |key| format!(" key {}", short_key(key)));
    let (action, span) = (&other.action, spell(pair.seconds));
    let target = short_resource(&pair.resource);
    let more = if other.count > 1 { format!(", {} times", other.count) } else { String::new() };
    let sentence = format!(
        "{what} {span} {when}{more}: {action} on {target}{by}{key}; {} {}",
        pair.grade, pair.tie
    );
    let mark = match pair.route {
        Route::SameCall | Route::Unrelated => Mark::Unknown,
        _ => Mark::Alarm,
    };
    let says = Says::Record { product: other.product.clone(), event: other.event };
    let grade = if pair.route == Route::Unrelated { Grade::None } else { pair.grade };
    Step { kind, mark, sentence, says, grade }
}
