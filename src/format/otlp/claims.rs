//! Claims of a token that a gateway or service checked: who it was issued for, to which client, under which id.
//! A token whose subject is its client stands for a machine, never for a person.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::{Event, IdKind, Trust};

use super::values::{self, Attributes};

/// The claims of one token.
#[derive(Debug, Default)]
struct Claims {
    subject: Option<String>,
    issuer: Option<String>,
    client: Option<String>,
    id: Option<String>,
    acting: Option<String>,
}

/// Reads claims written as attributes of their own (`jwt.sub`) or as one object (`jwt.claims`, `jwt`).
pub(super) fn of_attributes(event: &mut Event<'static>, attributes: &Attributes) {
    for name in ["jwt.claims", "jwt"] {
        if let Some(object) = attributes.value(&[name]).filter(|value| value.is_object()) {
            of_object(event, object);
        }
    }
    let claims = Claims {
        subject: attributes.text(&["jwt.sub"]),
        issuer: attributes.text(&["jwt.iss"]),
        client: attributes.text(&["jwt.client_id", "jwt.azp"]),
        id: attributes.text(&["jwt.jti"]),
        acting: attributes.text(&["jwt.act.sub"]),
    };
    claims.fill(event);
}

/// Reads an object of claims, or one that holds them under `claims`.
pub(crate) fn of_object(event: &mut Event<'static>, object: &Value) {
    let object = object.get("claims").unwrap_or(object);
    let text = |names: &[&str]| names.iter().find_map(|name| values::word(object.get(*name)?));
    let claims = Claims {
        subject: text(&["sub"]),
        issuer: text(&["iss"]),
        client: text(&["client_id", "azp", "cid"]),
        id: text(&["jti"]),
        acting: object.pointer("/act/sub").and_then(values::word),
    };
    claims.fill(event);
}

impl Claims {
    fn fill(self, event: &mut Event<'static>) {
        if let Some(client) = &self.client
            && event.agent.is_none()
        {
            event.agent = Some(Cow::Owned(client.clone()));
            event.agent_trust = Some(Trust::Observed);
        }
        if let Some(subject) = self.subject {
            if self.client.as_ref() == Some(&subject) {
                event.actor = Some(Cow::Owned(subject));
            } else {
                match self.issuer {
                    Some(issuer) => {
                        set_human(event, format!("{issuer}#{subject}"));
                        // `AssumeRoleWithWebIdentity` logs the bare subject.
                        event.identify(IdKind::Who, subject, Trust::Observed);
                    }
                    None => set_human(event, subject),
                }
            }
        }
        if let Some(acting) = self.acting {
            event.identify(IdKind::Actor, acting, Trust::Observed);
        }
        if let Some(id) = self.id {
            event.identify(IdKind::Key, id, Trust::Observed);
        }
    }
}

fn set_human(event: &mut Event<'static>, human: String) {
    if event.human.is_none() {
        event.human = Some(Cow::Owned(human));
        event.human_proof = Some(Cow::Borrowed("token subject"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Plane};

    #[test]
    fn subject_is_a_person_unless_it_is_the_client() {
        let mut event = Event::new(Plane::Gateway, "otel", Kind::Other);
        let claims = json!({"claims": {"sub": "u-1", "iss": "https://idp.example", "client_id": "c-1", "jti": "t-1"}});
        of_object(&mut event, &claims);
        assert_eq!(event.human.as_deref(), Some("https://idp.example#u-1"));
        assert_eq!(event.agent.as_deref(), Some("c-1"));
        assert_eq!(event.identifiers.len(), 2);
        let mut event = Event::new(Plane::Gateway, "otel", Kind::Other);
        of_object(&mut event, &json!({"sub": "c-1", "azp": "c-1"}));
        assert_eq!((event.human.as_deref(), event.actor.as_deref()), (None, Some("c-1")));
    }
}
