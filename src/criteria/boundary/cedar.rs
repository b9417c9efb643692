//! Policies in Cedar, judged by the engine of its authors; the one module that names its crate.
//!
//! A call becomes the request `principal: Agent::"NAME"`, `action: Action::"TOOL"` (or `"service:Operation"`),
//! `resource: Resource::"ID"` (types by `principal_type`, `action_type`, `resource_type`), with `server`, `tool`,
//! `account`, `region` and `agent` in the context where records have them. No record holds attributes, tags or groups of
//! entities: a policy that asks for them cannot be decided, and neither can what it would decide. `action in [..]` is
//! taken as a list of actions, not of groups.

mod asks;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, RestrictedExpression,
};

use super::document::{DocumentFault, Reach, fault, line_at};
use super::{Judged, Limits, Request};
use crate::criteria::facts::PolicyFact;
use asks::Asks;

/// One policy, ready to be asked.
#[derive(Debug)]
struct Ready {
    /// `policy 2 (line 14)`, or the policy's own `@id`.
    name: String,
    effect: Effect,
    set: PolicySet,
    asks: Asks,
    /// The policy with nothing but its actions: matches whatever the whole one may match.
    widened: PolicySet,
}

/// A policy set.
#[derive(Debug)]
pub(super) struct Cedar {
    reach: Reach,
    policies: Vec<Ready>,
    principal: EntityTypeName,
    action: EntityTypeName,
    resource: EntityTypeName,
}

impl Cedar {
    /// Reads a policy set.
    pub(super) fn read(policy: &PolicyFact, text: &str) -> Result<Self, DocumentFault> {
        let kind = |name: &Option<String>, usual: &str, key: &str| {
            let name = name.as_deref().unwrap_or(usual);
            EntityTypeName::from_str(name)
                .map_err(|_bad| fault(policy, 1, key, format!("`{name}` is no type of entities")))
        };
        let mut policies = Vec::new();
        for (number, (offset, statement)) in (1..).zip(statements(text)) {
            policies.push(ready(policy, text, number, offset, statement)?);
        }
        if policies.is_empty() {
            return Err(fault(policy, 1, "", "holds no policy"));
        }
        Ok(Self {
            reach: Reach::of(policy),
            policies,
            principal: kind(&policy.principal_type, "Agent", "principal_type")?,
            action: kind(&policy.action_type, "Action", "action_type")?,
            resource: kind(&policy.resource_type, "Resource", "resource_type")?,
        })
    }

    /// Returns the request of a call. What no record has stands there under a name that nothing has.
    fn request(&self, request: &Request<'_>) -> Option<cedar_policy::Request> {
        let uid = |kind: &EntityTypeName, id: Option<&str>| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id.unwrap_or("\u{0}")))
        };
        let pairs = context(request).into_iter().map(|(name, value)| {
            (name.to_owned(), RestrictedExpression::new_string(value.to_owned()))
        });
        cedar_policy::Request::new(
            uid(&self.principal, request.names().next()),
            uid(&self.action, action(request)),
            uid(&self.resource, request.resource),
            Context::from_pairs(pairs).ok()?,
            None,
        )
        .ok()
    }
}

/// Returns the action of a call: the tool, else the operation.
fn action<'r>(request: &Request<'r>) -> Option<&'r str> {
    request.tool.or(request.action)
}

/// Returns what the context holds of a call.
fn context<'r>(request: &Request<'r>) -> Vec<(&'static str, &'r str)> {
    [
        ("server", request.server),
        ("tool", request.tool),
        ("account", request.account),
        ("region", request.region),
        ("agent", request.agent),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn ready(
    policy: &PolicyFact,
    text: &str,
    number: usize,
    offset: usize,
    statement: &str,
) -> Result<Ready, DocumentFault> {
    let blank = statement.len() - statement.trim_start().len();
    let line = line_at(text, offset + blank);
    let field = format!("policy {number}");
    let id = PolicyId::new(format!("policy{number}"));
    let read = Policy::parse(Some(id.clone()), statement).map_err(|error| {
        let why = error.to_string();
        let line = place_in(statement, &why).map_or(line, |at| line_at(text, offset + at));
        fault(policy, line, field.as_str(), why)
    })?;
    let bad = |why: String| fault(policy, line, field.as_str(), why);
    let json = read.to_json().map_err(|error| bad(error.to_string()))?;
    let asks = Asks::of(&json);
    let widened =
        Policy::from_json(Some(id), asks::widened(json)).map_err(|error| bad(error.to_string()))?;
    let name = match read.annotation("id") {
        Some(own) if !own.is_empty() => format!("policy {own} (line {line})"),
        _ => format!("policy {number} (line {line})"),
    };
    let alone =
        |policy: Policy| PolicySet::from_policies([policy]).map_err(|error| bad(error.to_string()));
    Ok(Ready { name, effect: read.effect(), set: alone(read)?, asks, widened: alone(widened)? })
}

/// Returns where in a statement the first word stands that a message quotes.
fn place_in(statement: &str, message: &str) -> Option<usize> {
    let quoted = message.split('`').nth(1).filter(|word| !word.is_empty())?;
    statement.find(quoted)
}

/// Takes a text apart into policies with their offsets. A semicolon in a text or a comment ends none.
fn statements(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut begin, mut is_text, mut is_comment, mut is_escaped) = (0, false, false, false);
    let mut last = '\0';
    for (at, letter) in text.char_indices() {
        if is_comment {
            is_comment = letter != '\n';
        } else if is_text {
            is_text = is_escaped || letter != '"';
            is_escaped = letter == '\\' && !is_escaped;
        } else {
            match letter {
                '"' => is_text = true,
                '/' if last == '/' => is_comment = true,
                ';' => {
                    let end = at + 1;
                    found.extend(text.get(begin..end).map(|statement| (begin, statement)));
                    begin = end;
                }
                _ => {}
            }
        }
        last = letter;
    }
    let rest = text.get(begin..).unwrap_or_default();
    if has_words(rest) {
        found.push((begin, rest));
    }
    found
}

/// Returns true when a text holds more than comments.
fn has_words(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("//")
    })
}

/// What one policy says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Applies,
    Not,
    Unsure(String),
}

fn says(policy: &Ready, call: &cedar_policy::Request, request: &Request<'_>) -> Said {
    let applies = |set: &PolicySet| {
        let response = Authorizer::new().is_authorized(call, set, &Entities::empty());
        let is_satisfied = match policy.effect {
            Effect::Permit => response.decision() == Decision::Allow,
            Effect::Forbid => response.diagnostics().reason().next().is_some(),
        };
        let error = response.diagnostics().errors().next().map(ToString::to_string);
        (is_satisfied, error)
    };
    let known: BTreeSet<&str> = context(request).into_iter().map(|(name, _)| name).collect();
    let (is_satisfied, error) = applies(&policy.set);
    let missing = policy.asks.missing(&known, request, action(request).is_none()).or(error);
    match missing {
        None if is_satisfied => Said::Applies,
        None => Said::Not,
        // Whatever is missing, another action is another action.
        Some(_) if !applies(&policy.widened).0 && action(request).is_some() => Said::Not,
        Some(what) => Said::Unsure(what),
    }
}

impl Limits for Cedar {
    fn judge(&self, request: &Request<'_>) -> Option<Judged> {
        if !self.reach.includes(request) {
            return None;
        }
        let entry = |policy: &Ready| format!("{} {}", self.reach.name, policy.name);
        let Some(call) = self.request(request) else {
            return Some(Judged::cannot_tell(
                Some(self.reach.name.clone()),
                "the call cannot be put as a request",
            ));
        };
        let said: Vec<(&Ready, Said)> =
            self.policies.iter().map(|policy| (policy, says(policy, &call, request))).collect();
        let of = |effect: Effect| said.iter().filter(move |(policy, _)| policy.effect == effect);
        let applies = |effect| of(effect).find(|(_, said)| *said == Said::Applies);
        let unsure = |effect| {
            of(effect).find_map(|(policy, said)| match said {
                Said::Unsure(what) => Some(Judged::cannot_tell(Some(entry(policy)), what.as_str())),
                Said::Applies | Said::Not => None,
            })
        };
        if let Some((policy, _)) = applies(Effect::Forbid) {
            return Some(Judged::outside(entry(policy), "forbidden"));
        }
        if let Some(judged) = unsure(Effect::Forbid) {
            return Some(judged);
        }
        if let Some((policy, _)) = applies(Effect::Permit) {
            return Some(Judged::inside(entry(policy), "permitted"));
        }
        Some(unsure(Effect::Permit).unwrap_or_else(|| {
            let action = action(request).unwrap_or("?");
            Judged::outside(self.reach.name.clone(), format!("no policy permits `{action}`"))
        }))
    }
}
