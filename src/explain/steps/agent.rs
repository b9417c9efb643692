//! Which agent acted, and in which session.

use crate::explain::{Evidence, Mark, Step, StepKind};

const KIND: StepKind = StepKind::Agent;

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let session = of.call.session.as_ref().map_or_else(String::new, |session| {
        format!("; session {} by {}", session.short, session.basis)
    });
    if let Some(member) = of.with("agent") {
        let facts = &member.facts;
        let agent = facts.get("agent").unwrap_or_default();
        let trust = match facts.get("agent_trust") {
            Some("asserted") => " (its own word)",
            _ => "",
        };
        let sentence = format!("agent {agent}{trust}{session}");
        return Some(Step::said(KIND, Mark::Ok, sentence, facts, member.grade));
    }
    if let Some(session) = &of.call.session
        && let Some(agent) = &session.agent
    {
        let sentence =
            format!("agent {agent}, from session {} by {}", session.short, session.basis);
        return Some(Step::inferred(KIND, Mark::Ok, sentence));
    }
    if let Some(member) = of.with("client") {
        let client = member.facts.get("client").unwrap_or_default();
        let sentence = format!("client {client}; no agent is named{session}");
        return Some(Step::said(KIND, Mark::Unknown, sentence, &member.facts, member.grade));
    }
    let sentence = format!("no record of this call names an agent{session}");
    Some(Step::unsaid(KIND, Mark::Unknown, sentence))
}
