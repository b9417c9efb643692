//! IAM policy documents: identity policies, permission boundaries and session policies. Follows the evaluation of AWS as
//! far as columns of events can: an explicit denial in any document wins; then each kind that is given must have a
//! document that allows (policies of one kind add up, kinds narrow each other).
//!
//! Source: "IAM JSON policy elements reference" and "Policy evaluation logic" of the IAM User Guide. Conditions on other
//! keys than `condition` knows, policy variables without a value and resources that are no ARN cannot be told.

mod condition;
mod names;
mod read;
#[cfg(test)]
mod tests;

use super::document::{DocumentFault, Reach};
use super::{Judged, Limits, Match, Request, is_masked};
use crate::criteria::facts::{Letters, PolicyFact, PolicyKind, glob};
use condition::Condition;

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// Patterns of `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Patterns {
    patterns: Vec<String>,
    is_negated: bool,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
struct Statement {
    /// From 1.
    number: usize,
    sid: Option<String>,
    effect: Effect,
    actions: Patterns,
    resources: Patterns,
    conditions: Vec<Condition>,
}

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Policy {
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads a document.
    pub(super) fn read(policy: &PolicyFact, text: &str) -> Result<Self, DocumentFault> {
        read::policy(policy, text)
    }
}

/// All IAM documents of a boundary.
#[derive(Debug)]
pub(super) struct Policies {
    documents: Vec<(PolicyKind, Reach, Policy)>,
}

/// The kinds in the order in which they are asked.
const KINDS: [PolicyKind; 3] = [PolicyKind::IamSession, PolicyKind::IamBoundary, PolicyKind::Iam];

impl Policies {
    /// Returns the documents; each has the number of its entry in `facts`.
    pub(super) fn new(facts: &[PolicyFact], documents: Vec<(usize, Policy)>) -> Self {
        let of = |(number, policy): (usize, Policy)| {
            let fact = facts.get(number)?;
            Some((fact.kind, Reach::of(fact), policy))
        };
        Self { documents: documents.into_iter().filter_map(of).collect() }
    }
}

impl Limits for Policies {
    fn judge(&self, request: &Request<'_>) -> Option<Judged> {
        let all: Vec<_> =
            self.documents.iter().filter(|(_, reach, _)| reach.includes(request)).collect();
        if all.is_empty() {
            return None;
        }
        // AWS answers this call whatever the policies say.
        if request.action.is_some_and(|action| action.eq_ignore_ascii_case("sts:GetCallerIdentity"))
        {
            return Some(Judged::inside("IAM".to_owned(), "needs no permission"));
        }
        let mut unsure = None;
        for (_, reach, policy) in &all {
            match first(policy, Effect::Deny, request) {
                Some((statement, Match::Yes)) => {
                    return Some(Judged::outside(entry(reach, statement), "explicit denial"));
                }
                Some((statement, Match::Unknown(what))) => {
                    unsure.get_or_insert_with(|| {
                        Judged::cannot_tell(
                            Some(entry(reach, statement)),
                            format!("a denial, {what}"),
                        )
                    });
                }
                Some((_, Match::No)) | None => {}
            }
        }
        if unsure.is_some() {
            return unsure;
        }
        let mut granted = None;
        for kind in KINDS {
            let of_kind: Vec<_> = all.iter().filter(|(of, ..)| *of == kind).collect();
            if of_kind.is_empty() {
                continue;
            }
            let found: Vec<_> = of_kind
                .iter()
                .filter_map(|(_, reach, policy)| {
                    first(policy, Effect::Allow, request)
                        .map(|(found, how)| (entry(reach, found), how))
                })
                .collect();
            if let Some((entry, _)) = found.iter().find(|(_, how)| *how == Match::Yes) {
                granted = Some(Judged::inside(entry.clone(), "allowed"));
                continue;
            }
            if let Some((entry, Match::Unknown(what))) = found.into_iter().next() {
                return Some(Judged::cannot_tell(Some(entry), what));
            }
            let names: Vec<&str> =
                of_kind.iter().map(|(_, reach, _)| reach.name.as_str()).collect();
            let action = request.action.unwrap_or("?");
            let why = format!("no statement allows `{action}` here");
            return Some(Judged::outside(names.join(", "), why));
        }
        granted
    }
}

fn entry(reach: &Reach, statement: &Statement) -> String {
    match &statement.sid {
        Some(sid) => format!("{} statement {} {sid}", reach.name, statement.number),
        None => format!("{} statement {}", reach.name, statement.number),
    }
}

/// Returns the first statement of this effect that matches, else the first that may.
fn first<'p>(
    policy: &'p Policy,
    effect: Effect,
    request: &Request<'_>,
) -> Option<(&'p Statement, Match)> {
    let mut unsure = None;
    for statement in policy.statements.iter().filter(|statement| statement.effect == effect) {
        match matching(statement, request) {
            Match::Yes => return Some((statement, Match::Yes)),
            Match::No => {}
            unknown @ Match::Unknown(_) => {
                unsure.get_or_insert((statement, unknown));
            }
        }
    }
    unsure
}

fn matching(statement: &Statement, request: &Request<'_>) -> Match {
    let mut found =
        actions(&statement.actions, request).and(|| resources(&statement.resources, request));
    for condition in &statement.conditions {
        found = found.and(|| condition.holds(request));
    }
    found
}

fn negated(of: Match, is_negated: bool) -> Match {
    match of {
        Match::Yes if is_negated => Match::No,
        Match::No if is_negated => Match::Yes,
        other => other,
    }
}

fn actions(of: &Patterns, request: &Request<'_>) -> Match {
    let Some(action) = request.action else {
        return Match::Unknown("no record names the action".to_owned());
    };
    let permission = match names::permission(action) {
        names::Permission::Known(permission) => permission,
        names::Permission::Unclear => {
            let is_all = of.patterns.iter().any(|pattern| pattern == "*");
            let how = if is_all {
                Match::Yes
            } else {
                Match::Unknown(format!("which permission `{action}` needs is not recorded"))
            };
            return negated(how, of.is_negated);
        }
    };
    let is_named = of.patterns.iter().any(|pattern| glob(pattern, &permission, Letters::AnyCase));
    negated(if is_named { Match::Yes } else { Match::No }, of.is_negated)
}

fn resources(of: &Patterns, request: &Request<'_>) -> Match {
    if of.patterns.iter().any(|pattern| pattern.trim_matches('*').is_empty()) {
        return negated(Match::Yes, of.is_negated);
    }
    let Some(resource) = request.resource else {
        return Match::Unknown("no record names the resource".to_owned());
    };
    if is_masked(resource) {
        return Match::Unknown("the resource is masked".to_owned());
    }
    if !resource.starts_with("arn:") {
        return Match::Unknown(format!("`{resource}` is no ARN to compare with"));
    }
    let mut found = Match::No;
    for pattern in &of.patterns {
        match condition::filled(pattern, request) {
            Ok(pattern) if glob(&pattern, resource, Letters::Exact) => {
                found = Match::Yes;
                break;
            }
            Ok(_) => {}
            Err(variable) => {
                if found == Match::No {
                    found =
                        Match::Unknown(format!("the value of `${{{variable}}}` is not recorded"));
                }
            }
        }
    }
    negated(found, of.is_negated)
}
