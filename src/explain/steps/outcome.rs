//! How it ended, as the event says, else as the answer says.

use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::Outcome;

const KIND: StepKind = StepKind::Outcome;

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let origin = of.origin();
    let is_telling = origin.outcome != Outcome::Unknown;
    let member = of.first(|facts| facts.outcome != Outcome::Unknown).filter(|_| !is_telling);
    let (facts, grade) =
        member.map_or((origin, crate::model::Grade::Exact), |member| (&member.facts, member.grade));
    let code = facts
        .get("error_code")
        .or_else(|| {
            of.first(|other| other.outcome == facts.outcome && other.get("error_code").is_some())
                .and_then(|member| member.facts.get("error_code"))
        })
        .map_or_else(String::new, |code| format!(", {code}"));
    let (mark, words) = match facts.outcome {
        Outcome::Success => (Mark::Ok, "done"),
        Outcome::Denied => (Mark::No, "refused"),
        Outcome::Error => (Mark::No, "tried, and failed"),
        Outcome::Held => (Mark::Unknown, "held; no end is recorded"),
        Outcome::Unknown => {
            return Some(Step::unsaid(KIND, Mark::Unknown, "no record says how it ended"));
        }
    };
    let bytes = of.any("bytes").map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
    Some(Step::said(KIND, mark, format!("{words}{code}{bytes}"), facts, grade))
}
