//! Whether a person was asked, and what that person said.

use super::names;
use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::Kind;
use crate::query::why::Facts;

const KIND: StepKind = StepKind::Approval;

fn is_approval(facts: &Facts) -> bool {
    facts.kind == Kind::Approval
        || facts.get("approval_state").is_some()
        || facts.get("approval_by").is_some()
}

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    if let Some(member) = of.first(is_approval) {
        let facts = &member.facts;
        let state =
            facts.get("approval_state").or_else(|| facts.get("decision")).unwrap_or("asked for");
        let by = facts
            .get("approval_by")
            .map_or_else(|| "; who decided is not recorded".to_owned(), |by| format!(" by {by}"));
        let at = facts.get("approval_at").map_or_else(String::new, |at| format!(" at {at}"));
        let sentence = format!("{state}{by}{at}");
        return Some(Step::said(KIND, mark_of(state), sentence, facts, member.grade));
    }
    // Only a product that records approvals could have recorded one of this call.
    let recording =
        of.call.members.iter().find(|member| {
            of.holds.approvals.iter().any(|product| product == member.facts.product())
        });
    if let Some(member) = recording {
        let product = member.facts.product();
        let sentence = format!("none asked for; {product} records approvals");
        return Some(Step::said(KIND, Mark::Absent, sentence, &member.facts, member.grade));
    }
    let sentence = if of.holds.approvals.is_empty() {
        "cannot tell: no source that records approvals is loaded".to_owned()
    } else {
        let names = names(&of.holds.approvals);
        format!("cannot tell: approvals are recorded by {names}, but not of this call")
    };
    Some(Step::unsaid(KIND, Mark::Unknown, sentence))
}

/// Products use many words; one that is not known decides nothing.
fn mark_of(state: &str) -> Mark {
    match state.to_lowercase().as_str() {
        "approved" | "accepted" | "accept" | "allow" | "allowed" | "granted" => Mark::Ok,
        "rejected" | "denied" | "deny" | "declined" | "decline" | "revoked" | "cancelled"
        | "expired" => Mark::No,
        _ => Mark::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_in_a_word_nobody_knows_decides_nothing() {
        assert_eq!(mark_of("Approved"), Mark::Ok);
        assert_eq!(mark_of("declined"), Mark::No);
        assert_eq!(mark_of("pending"), Mark::Unknown);
    }
}
