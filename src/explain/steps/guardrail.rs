//! Whether a guardrail looked at the call.

use super::names;
use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::query::why::Facts;

const KIND: StepKind = StepKind::Guardrail;

/// Guardrails have no kind of their own in any format: they are known by the word.
fn is_guardrail(facts: &Facts) -> bool {
    ["action", "policy", "reason", "error_code"].iter().any(|column| {
        facts.get(column).is_some_and(|text| text.to_lowercase().contains("guardrail"))
    })
}

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    if let Some(member) = of.first(is_guardrail) {
        let facts = &member.facts;
        let name = facts.get("policy").or_else(|| facts.get("action")).unwrap_or("guardrail");
        let reason = facts.get("reason").map_or_else(String::new, |text| format!(": {text}"));
        let mark = if facts.is_refused() { Mark::No } else { Mark::Ok };
        let word = if facts.is_refused() { "stopped it" } else { "let it pass" };
        let sentence = format!("{name} {word}{reason}");
        return Some(Step::said(KIND, mark, sentence, facts, member.grade));
    }
    let sentence = if of.holds.guardrails.is_empty() {
        "cannot tell: no source that records guardrails is loaded".to_owned()
    } else {
        let names = names(&of.holds.guardrails);
        format!("none is joined to this call; guardrails are recorded by {names}")
    };
    Some(Step::unsaid(KIND, Mark::Unknown, sentence))
}
