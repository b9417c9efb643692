//! What a policy asks for beyond what records can tell, found in its JSON form.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::criteria::boundary::Request;

/// What a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Asks {
    /// True when it speaks of the principal at all.
    principal: bool,
    resource: bool,
    /// Members of the context.
    context: BTreeSet<String>,
    /// Something that no record has, in words.
    beyond: Option<String>,
}

impl Asks {
    /// Finds what a policy asks for.
    pub(super) fn of(policy: &Value) -> Self {
        let mut asks = Self::default();
        for side in ["principal", "resource", "action"] {
            asks.scope(side, policy.get(side).unwrap_or(&Value::Null));
        }
        for condition in policy.get("conditions").and_then(Value::as_array).into_iter().flatten() {
            asks.body(condition.get("body").unwrap_or(&Value::Null));
        }
        asks
    }

    fn needs(&mut self, what: impl Into<String>) {
        self.beyond.get_or_insert_with(|| what.into());
    }

    fn scope(&mut self, side: &str, constraint: &Value) {
        let op = constraint.get("op").and_then(Value::as_str).unwrap_or("All");
        if op == "All" {
            return;
        }
        match side {
            "principal" => self.principal = true,
            "resource" => self.resource = true,
            _ => {}
        }
        let is_list = constraint.get("entities").is_some();
        if op == "in" && !(side == "action" && is_list) || constraint.get("in").is_some() {
            self.needs(format!("no record tells the groups of the {side}"));
        }
        if constraint.get("slot").is_some() {
            self.needs("the policy is a template that is not linked");
        }
    }

    fn body(&mut self, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|one| self.body(one)),
            Value::Object(members) => {
                for (operator, below) in members {
                    match operator.as_str() {
                        "Var" => self.variable(below),
                        "." | "has" => self.member(operator, below),
                        "in" => self.needs("no record tells the groups of an entity"),
                        "hasTag" | "getTag" => self.needs("no record tells the tags of an entity"),
                        "Value" => {}
                        _ => self.body(below),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn variable(&mut self, name: &Value) {
        match name.as_str() {
            Some("principal") => self.principal = true,
            Some("resource") => self.resource = true,
            Some("context") => self.needs("the context as a whole is not recorded"),
            _ => {}
        }
    }

    /// Takes `left.attr` or `left has attr`.
    fn member(&mut self, operator: &str, of: &Value) {
        let left = of.get("left").unwrap_or(&Value::Null);
        let attribute = of.get("attr").and_then(Value::as_str).unwrap_or("?");
        if left.get("Var").and_then(Value::as_str) == Some("context") {
            self.context.insert(attribute.to_owned());
        } else {
            let is_plain = left.get("Var").is_some();
            if is_plain || operator == "." {
                let whose = left.get("Var").and_then(Value::as_str).unwrap_or("an entity");
                self.needs(format!("no record tells `{attribute}` of {whose}"));
            }
            self.body(left);
        }
    }

    /// Returns what of it is not known of a call.
    pub(super) fn missing(
        &self,
        context: &BTreeSet<&str>,
        request: &Request<'_>,
        lacks_action: bool,
    ) -> Option<String> {
        if let Some(what) = &self.beyond {
            return Some(what.clone());
        }
        if lacks_action {
            return Some("no record names the action".to_owned());
        }
        if self.principal && request.names().next().is_none() {
            return Some("no record names the agent".to_owned());
        }
        if self.resource && request.resource.is_none() {
            return Some("no record names the resource".to_owned());
        }
        let absent = self.context.iter().find(|name| !context.contains(name.as_str()))?;
        Some(format!("no record tells `{absent}` of the context"))
    }
}

/// Returns the policy without conditions, for every principal and resource; of actions what is certain stays.
pub(super) fn widened(mut policy: Value) -> Value {
    let is_group = policy.pointer("/action/op").and_then(Value::as_str) == Some("in")
        && policy.pointer("/action/entities").is_none();
    if let Some(members) = policy.as_object_mut() {
        let all = json!({ "op": "All" });
        members.insert("principal".to_owned(), all.clone());
        members.insert("resource".to_owned(), all.clone());
        members.insert("conditions".to_owned(), json!([]));
        if is_group {
            members.insert("action".to_owned(), all);
        }
    }
    policy
}
