//! What the cloud did for the call, or why it did nothing.

use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::{Outcome, Plane};

const KIND: StepKind = StepKind::Effect;

pub(super) fn step(of: &Evidence, before: &[Step]) -> Option<Step> {
    let effects = of.effects();
    let best = effects.iter().min_by_key(|member| {
        let is_refused = member.facts.outcome == Outcome::Denied;
        (!member.through.is_empty(), !is_refused, member.grade, member.facts.time, member.facts.id)
    });
    if let Some(member) = best {
        let facts = &member.facts;
        let action = facts.get("action").unwrap_or("a call");
        let target = facts.target().map_or_else(String::new, |target| format!(" on {target}"));
        let error = facts.get("error_code").map_or_else(String::new, |code| format!(": {code}"));
        let (mark, word) = match facts.outcome {
            Outcome::Success => (Mark::Ok, "done"),
            Outcome::Denied => (Mark::No, "refused"),
            Outcome::Error => (Mark::No, "failed"),
            Outcome::Held => (Mark::Unknown, "held"),
            Outcome::Unknown => (Mark::Unknown, "outcome not recorded"),
        };
        let more = match effects.len() {
            0 | 1 => String::new(),
            n => format!("; {} more", n - 1),
        };
        let sentence = format!("{action}{target} {word}{error}{more}");
        return Some(Step::said(KIND, mark, sentence, facts, member.grade));
    }
    let refused = before
        .iter()
        .position(|step| step.mark == Mark::No && step.kind != StepKind::Call)
        .or_else(|| before.iter().position(|step| step.mark == Mark::No));
    if let Some(at) = refused {
        let sentence = format!("never reached: the call stopped at step {}", at + 1);
        return Some(Step::inferred(KIND, Mark::Unknown, sentence));
    }
    let words = if of.has_plane(&[Plane::CloudTrail]) {
        "no CloudTrail event is joined to this call"
    } else {
        "cannot tell: no CloudTrail record is loaded"
    };
    Some(Step::unsaid(KIND, Mark::Unknown, words))
}
