//! What a policy engine or gateway decided about the call.

use super::names;
use crate::explain::{Evidence, Mark, Step, StepKind};

const KIND: StepKind = StepKind::Policy;

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    if let Some(member) = of.decision() {
        let facts = &member.facts;
        let (mark, word) = match facts.get("decision") {
            Some("allow") => (Mark::Ok, "allowed"),
            Some("deny") => (Mark::No, "refused"),
            _ => (Mark::Unknown, "allowed on conditions"),
        };
        let policy = facts.get("policy").unwrap_or_default();
        let mut sentence = match (policy, facts.get("reason")) {
            ("", None) => format!("{word}; the record names no policy"),
            ("", Some(reason)) => format!("{word}: {reason}"),
            (policy, None) => format!("{word} by {policy}"),
            (policy, Some(reason)) if reason.contains(policy) => format!("{word}: {reason}"),
            (policy, Some(reason)) => format!("{word} by {policy}: {reason}"),
        };
        if let Some(revision) = &of.revision {
            sentence.extend(["   rev ", revision]);
        }
        return Some(Step::said(KIND, mark, sentence, facts, member.grade));
    }
    let sentence = if of.holds.decisions.is_empty() {
        "cannot tell: no source that records decisions is loaded".to_owned()
    } else {
        let names = names(&of.holds.decisions);
        format!("no decision about this call is joined; decisions are recorded by {names}")
    };
    Some(Step::unsaid(KIND, Mark::Unknown, sentence))
}
