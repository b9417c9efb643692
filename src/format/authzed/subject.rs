//! Objects and subjects of relationships, and what a subject's type says about whom it stands for. Types are words of the
//! customer's schema: only plain ones are taken to mean a person or an agent.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::{ActorType, Event, Trust};

/// Types that stand for people.
const PEOPLE: &[&str] =
    &["user", "person", "human", "employee", "member", "account_user", "platform_user", "identity"];
/// Types that stand for agents.
const AGENTS: &[&str] = &["agent", "ai_agent", "aiagent", "assistant", "bot"];
/// Types that stand for programs.
const WORKLOADS: &[&str] =
    &["service", "serviceaccount", "service_account", "workload", "client", "application", "app"];

/// Returns `type:id` of an object reference.
pub(super) fn object(reference: &Value) -> Option<String> {
    let text =
        |key: &str| reference.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let kind = text("objectType")?;
    Some(format!("{kind}:{}", text("objectId").unwrap_or("*")))
}

/// Returns `type:id` of a subject reference, with its relation (`group:eng#member`).
pub(super) fn subject(reference: &Value) -> Option<String> {
    let name = object(reference.get("object")?)?;
    let relation = reference.get("optionalRelation").and_then(Value::as_str);
    Some(match relation.filter(|relation| !relation.is_empty()) {
        Some(relation) => format!("{name}#{relation}"),
        None => name,
    })
}

/// Writes the subject of a check into its event: whom the caller asks about, as the caller says.
pub(super) fn fill(event: &mut Event<'static>, reference: &Value) {
    let Some(name) = subject(reference) else { return };
    let (kind, id) = name.split_once(':').unwrap_or((name.as_str(), ""));
    // The last part of a type with a prefix (`acme/user`) is its word.
    let word = kind.rsplit('/').next().unwrap_or(kind).to_ascii_lowercase();
    let is_in = |words: &[&str]| words.contains(&word.as_str());
    let is_one = !id.is_empty() && id != "*" && !id.contains('#');
    event.actor_type = Some(ActorType::Unknown);
    if is_in(PEOPLE) && is_one {
        event.actor_type = Some(ActorType::Human);
        event.human = Some(Cow::Owned(id.to_owned()));
        event.human_proof = Some(Cow::Borrowed("policy input"));
    } else if is_in(AGENTS) && is_one {
        event.actor_type = Some(ActorType::Agent);
        event.agent = Some(Cow::Owned(id.to_owned()));
        event.agent_trust = Some(Trust::Asserted);
    } else if is_in(WORKLOADS) {
        event.actor_type = Some(ActorType::Workload);
    }
    event.actor = Some(Cow::Owned(name));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Plane};

    fn filled(kind: &str, id: &str) -> Event<'static> {
        let mut event = Event::new(Plane::Authz, "authzed", Kind::Decision);
        fill(&mut event, &json!({"object": {"objectType": kind, "objectId": id}}));
        event
    }

    #[test]
    fn only_plain_types_are_people_or_agents() {
        assert_eq!(filled("user", "kim").human.as_deref(), Some("kim"));
        assert_eq!(filled("acme/agent", "a-7").agent.as_deref(), Some("a-7"));
        for (kind, id) in [("service", "billing"), ("folder", "f1"), ("user", "*"), ("user", "")] {
            let event = filled(kind, id);
            assert_eq!((event.human, event.agent), (None, None), "{kind}:{id}");
            assert!(event.actor.is_some());
        }
    }

    #[test]
    fn subject_names_its_relation() {
        let group = json!({"object": {"objectType": "group", "objectId": "eng"}, "optionalRelation": "member"});
        assert_eq!(subject(&group).as_deref(), Some("group:eng#member"));
        assert_eq!(subject(&json!({"subjectType": "x"})), None);
    }
}
