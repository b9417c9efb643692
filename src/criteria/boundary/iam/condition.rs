//! Conditions and variables of IAM statements that columns of an event can decide. Any other key or operator cannot be
//! told.

use crate::criteria::boundary::{Match, Request};
use crate::criteria::facts::{Letters, glob};

/// One key under one operator, with the values it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// As it stands in the document: `StringLikeIfExists`.
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

/// How two texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    EqualAnyCase,
    Like,
}

/// Returns how an operator compares and whether it asks for the opposite.
fn operator(name: &str) -> Option<(Compare, bool)> {
    Some(match name {
        "stringequals" => (Compare::Equal, false),
        "stringnotequals" => (Compare::Equal, true),
        "stringequalsignorecase" => (Compare::EqualAnyCase, false),
        "stringnotequalsignorecase" => (Compare::EqualAnyCase, true),
        // AWS lets `ArnEquals` match wildcards too.
        "stringlike" | "arnlike" | "arnequals" => (Compare::Like, false),
        "stringnotlike" | "arnnotlike" | "arnnotequals" => (Compare::Like, true),
        _ => return None,
    })
}

impl Condition {
    /// Returns whether the condition holds for a call.
    pub(super) fn holds(&self, request: &Request<'_>) -> Match {
        let name = self.operator.to_ascii_lowercase();
        let plain = name.strip_suffix("ifexists").unwrap_or(&name);
        let unknown = || {
            Match::Unknown(format!(
                "no column decides the condition {} on `{}`",
                self.operator, self.key
            ))
        };
        let Some(value) = value_of(&self.key, request) else { return unknown() };
        if plain == "null" {
            // The key is there, so `"false"` holds.
            return match self.values.first().map(String::as_str) {
                Some("false") => Match::Yes,
                Some("true") => Match::No,
                _ => unknown(),
            };
        }
        let Some((compare, is_negated)) = operator(plain) else { return unknown() };
        let mut is_any = false;
        for wanted in &self.values {
            let Ok(wanted) = filled(wanted, request) else { return unknown() };
            is_any |= match compare {
                Compare::Equal => wanted == value,
                Compare::EqualAnyCase => wanted.eq_ignore_ascii_case(&value),
                Compare::Like => glob(&wanted, &value, Letters::Exact),
            };
        }
        if is_any == is_negated { Match::No } else { Match::Yes }
    }
}

/// Returns the value of a condition key, where a column is exactly that.
fn value_of(key: &str, request: &Request<'_>) -> Option<String> {
    let arn = request.actor.filter(|actor| actor.starts_with("arn:"));
    let of_arn =
        |at: usize| arn.and_then(|arn| arn.split(':').nth(at)).filter(|part| !part.is_empty());
    match key.to_ascii_lowercase().as_str() {
        "aws:requestedregion" => request.region.map(str::to_owned),
        "aws:principalarn" => arn.map(str::to_owned),
        "aws:principalaccount" => of_arn(4).map(str::to_owned),
        "aws:username" => {
            let name = of_arn(5)?.strip_prefix("user/")?;
            name.rsplit('/').next().map(str::to_owned)
        }
        _ => None,
    }
}

/// Returns a pattern with its variables filled in. `Err` names one whose value no column has, or whose value would
/// itself be read as a pattern.
pub(super) fn filled(pattern: &str, request: &Request<'_>) -> Result<String, String> {
    let mut made = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        made.push_str(before);
        let key = name.split(',').next().unwrap_or_default().trim();
        if key == "$" {
            made.push('$');
        } else {
            let value = value_of(key, request).filter(|value| !value.contains(['*', '?']));
            made.push_str(&value.ok_or_else(|| key.to_owned())?);
        }
        rest = tail;
    }
    made.push_str(rest);
    Ok(made)
}
