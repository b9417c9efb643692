//! The key that was used, and where it came from.

use super::short_key;
use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::{Grade, Plane};

const KIND: StepKind = StepKind::Credential;

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let Some((key, member)) = of.key() else {
        let words = if of.has_plane(&[Plane::CloudTrail]) {
            "no record of this call names a key"
        } else {
            "cannot tell: no CloudTrail record is loaded, which names keys"
        };
        return Some(Step::unsaid(KIND, Mark::Unknown, words));
    };
    let short = short_key(key);
    if let Some(issuer) = &of.issuer {
        let action = issuer.get("action").unwrap_or("an event");
        let by = issuer.person();
        let by = by.or_else(|| issuer.get("actor").map(|_| issuer.target_name("actor")));
        let by = by.map_or_else(String::new, |by| format!(" by {by}"));
        let at = issuer.time.map_or_else(String::new, |at| format!(" {}Z", at.clock()));
        let sentence = format!("key {short} from {action}{by}{at}");
        // The issue is joined by the key itself; how the key is joined to the event is the weaker.
        let grade = member.grade.max(Grade::Exact);
        return Some(Step::said(KIND, Mark::Ok, sentence, issuer, grade));
    }
    let words = match key.get(..4) {
        Some("AKIA") => "a long-lived key; its making is not in the case",
        Some("ASIA") => "a temporary key; its issue is not in the case",
        _ => "its issue is not in the case",
    };
    let sentence = format!("key {short}: {words}");
    Some(Step::said(KIND, Mark::Unknown, sentence, &member.facts, member.grade))
}
