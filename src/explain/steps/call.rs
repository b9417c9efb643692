//! The call itself: what was sent, and whether it was let through to where it should run.

use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::{Kind, Outcome, Plane};

const KIND: StepKind = StepKind::Call;

pub(super) fn step(of: &Evidence, before: &[Step]) -> Option<Step> {
    let is_call = |kind: Kind, plane: Plane| {
        kind == Kind::ToolCall || (kind == Kind::Api && plane.is_asked())
    };
    let Some(member) = of.first(|facts| is_call(facts.kind, facts.plane)) else {
        return of.tool().map(|tool| {
            let sentence = format!("no record of the call of {tool} itself is joined");
            Step::unsaid(KIND, Mark::Unknown, sentence)
        });
    };
    let facts = &member.facts;
    let action = facts.get("action").or_else(|| facts.get("tool")).unwrap_or("call");
    let server = facts.get("server").map_or_else(String::new, |name| format!(" to {name}"));
    let stopped = before.iter().position(|step| step.mark == Mark::No);
    let (mark, words) = match (facts.outcome, stopped) {
        (Outcome::Denied, Some(at)) => {
            (Mark::No, format!("sent{server}, stopped at step {}", at + 1))
        }
        (Outcome::Denied, None) => (Mark::No, format!("sent{server}, refused")),
        (Outcome::Error, _) => (Mark::No, format!("sent{server}, failed")),
        (Outcome::Held, _) => (Mark::Unknown, format!("sent{server}, held")),
        (Outcome::Success, _) => (Mark::Ok, format!("sent{server}, answered")),
        (Outcome::Unknown, _) => (Mark::Unknown, format!("sent{server}; no answer recorded")),
    };
    let hidden = facts.get("masked").map_or_else(String::new, |what| format!("; hidden: {what}"));
    Some(Step::said(KIND, mark, format!("{action} {words}{hidden}"), facts, member.grade))
}
