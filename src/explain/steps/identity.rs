//! Who asked: the person that the records of the call name, else the principal, else nobody.

use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::Kind;

const KIND: StepKind = StepKind::Identity;

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let refused = of.first(|facts| facts.kind == Kind::Auth && facts.is_refused());
    if let Some(member) = refused {
        let sentence = format!("sign-in refused{}", because(member.facts.get("reason")));
        return Some(Step::said(KIND, Mark::No, sentence, &member.facts, member.grade));
    }
    if let Some(member) = of.with("human") {
        let facts = &member.facts;
        let human = facts.person().unwrap_or_default();
        let proof = facts.get("human_proof").unwrap_or("named by the record");
        let sentence = format!("{human}, by {proof}");
        return Some(Step::said(KIND, Mark::Ok, sentence, facts, member.grade));
    }
    if let Some(session) = &of.call.session
        && let Some(human) = &session.human
    {
        let proof = session.human_proof.as_deref().unwrap_or("a record of the session");
        let sentence = format!("{human}, from session {} ({proof})", session.short);
        let mut step = Step::inferred(KIND, Mark::Ok, sentence);
        step.grade = of.session_grade();
        return Some(step);
    }
    let Some(member) = of.with("actor") else {
        return Some(Step::unsaid(KIND, Mark::Unknown, "no record of this call names anybody"));
    };
    let actor = member.facts.target_name("actor");
    let what = match member.facts.get("actor_type") {
        Some("service") => format!("service {actor}; a service has no person behind it"),
        Some("root") => format!("root of account {actor}; who used it is not recorded"),
        _ => format!("principal {actor}; nobody known behind it"),
    };
    Some(Step::said(KIND, Mark::Unknown, what, &member.facts, member.grade))
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

/// Returns the line under WHO: person or principal, agent, session.
pub(in crate::explain) fn who_line(of: &Evidence) -> String {
    let session = of.call.session.as_ref();
    let person = of
        .with("human")
        .and_then(|member| member.facts.person())
        .or_else(|| session.and_then(|session| session.human.clone()))
        .or_else(|| of.with("actor").map(|member| member.facts.target_name("actor")))
        .unwrap_or_else(|| "nobody known".to_owned());
    let mut parts = vec![person];
    let agent =
        of.any("agent").map(str::to_owned).or_else(|| session.and_then(|s| s.agent.clone()));
    parts.extend(agent.map(|agent| format!("agent {agent}")));
    parts.extend(session.map(|session| format!("session {}", session.short)));
    parts.join("   ")
}
