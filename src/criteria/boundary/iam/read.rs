//! Reads an IAM document. A member that is not known is a fault at its line: a mistyped `NotAction` must not become a
//! statement about everything.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::{Effect, Patterns, Policy, Statement};
use crate::criteria::boundary::document::{DocumentFault, fault, line_at};
use crate::criteria::facts::PolicyFact;
use crate::text::fuzzy::nearest;

/// Members of a document and of a statement.
const DOCUMENT: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT: &[&str] = &[
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Principal",
    "NotPrincipal",
];

/// A document being read.
struct Reading<'t> {
    policy: &'t PolicyFact,
    text: &'t str,
    /// Where what is read begins, in bytes.
    from: usize,
    /// The text of what is read.
    part: &'t str,
    /// `Statement 2`
    place: String,
}

/// Reads a document.
pub(super) fn policy(policy: &PolicyFact, text: &str) -> Result<Policy, DocumentFault> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        fault(policy, error.line(), "", format!("is no JSON: {why}"))
    })?;
    let mut reading = Reading { policy, text, from: 0, part: text, place: "document".to_owned() };
    let members = value.as_object().ok_or_else(|| reading.fault("", "is no JSON object"))?;
    reading.only(members, DOCUMENT)?;
    let list: Vec<&Value> = match members.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(reading.fault("Statement", "is missing or no list of statements")),
    };
    let parts = parts(text);
    let mut statements = Vec::with_capacity(list.len());
    for (number, (at, value)) in (1..).zip(list.into_iter().enumerate()) {
        reading.place = format!("Statement {number}");
        (reading.from, reading.part) = parts.get(at).copied().unwrap_or((0, text));
        statements.push(reading.statement(number, value)?);
    }
    Ok(Policy { statements })
}

/// Returns the text of each statement with its offset.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(text).unwrap_or_default();
    let Some(all) = members.get("Statement").map(|raw| raw.get()) else { return Vec::new() };
    let list = match serde_json::from_str::<Vec<&RawValue>>(all) {
        Ok(list) => list.into_iter().map(RawValue::get).collect(),
        Err(_one) => vec![all],
    };
    // Raw values borrow from the text, so their place follows from their address.
    let begin = text.as_ptr().addr();
    list.into_iter().map(|part| (part.as_ptr().addr().saturating_sub(begin), part)).collect()
}

impl Reading<'_> {
    /// Returns a fault at the line of `"member"`, or at the beginning of what is read.
    fn fault(&self, member: &str, reason: impl Into<String>) -> DocumentFault {
        let at = self.part.find(&format!("\"{member}\"")).unwrap_or(0);
        let field = if member.is_empty() {
            self.place.clone()
        } else {
            format!("{}, {member}", self.place)
        };
        fault(self.policy, line_at(self.text, self.from + at), field, reason)
    }

    fn only(&self, members: &Map<String, Value>, known: &[&str]) -> Result<(), DocumentFault> {
        match members.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let hint = nearest(name, known)
                    .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(self.fault(name, format!("`{name}` is no member here{hint}")))
            }
        }
    }

    fn statement(&self, number: usize, value: &Value) -> Result<Statement, DocumentFault> {
        let members = value.as_object().ok_or_else(|| self.fault("", "is no JSON object"))?;
        self.only(members, STATEMENT)?;
        for name in ["Principal", "NotPrincipal"] {
            if members.contains_key(name) {
                let why = "belongs to policies of resources, which say nothing about one agent";
                return Err(self.fault(name, why));
            }
        }
        let effect = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            Some(other) => {
                return Err(
                    self.fault("Effect", format!("`{other}` is neither `Allow` nor `Deny`"))
                );
            }
            None => return Err(self.fault("Effect", "is missing")),
        };
        let actions = self.patterns(members, "Action", "NotAction")?;
        if let Some(bad) = actions.patterns.iter().find(|one| *one != "*" && !one.contains(':')) {
            return Err(
                self.fault(bad, format!("`{bad}` is no action: they are `service:Operation`"))
            );
        }
        Ok(Statement {
            number,
            sid: members.get("Sid").and_then(Value::as_str).map(str::to_owned),
            effect,
            actions,
            resources: self.patterns(members, "Resource", "NotResource")?,
            conditions: self.conditions(members.get("Condition"))?,
        })
    }

    fn patterns(
        &self,
        members: &Map<String, Value>,
        plain: &str,
        negated: &str,
    ) -> Result<Patterns, DocumentFault> {
        let (name, value, is_negated) = match (members.get(plain), members.get(negated)) {
            (Some(value), None) => (plain, value, false),
            (None, Some(value)) => (negated, value, true),
            (Some(_), Some(_)) => {
                return Err(
                    self.fault(negated, format!("stands beside `{plain}`; one of both is needed"))
                );
            }
            (None, None) => {
                return Err(self.fault(plain, format!("neither it nor `{negated}` is there")));
            }
        };
        let patterns =
            texts(value).ok_or_else(|| self.fault(name, "is no text or list of texts"))?;
        Ok(Patterns { patterns, is_negated })
    }

    fn conditions(&self, value: Option<&Value>) -> Result<Vec<Condition>, DocumentFault> {
        let bad = || self.fault("Condition", "is no object of operators with keys and values");
        let Some(value) = value else { return Ok(Vec::new()) };
        let mut conditions = Vec::new();
        for (operator, keys) in value.as_object().ok_or_else(bad)? {
            for (key, values) in keys.as_object().ok_or_else(bad)? {
                conditions.push(Condition {
                    operator: operator.clone(),
                    key: key.clone(),
                    values: texts(values).ok_or_else(bad)?,
                });
            }
        }
        Ok(conditions)
    }
}

/// Returns one text, or a list of them that is not empty. Numbers and truth values are taken as their text.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => list.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}
