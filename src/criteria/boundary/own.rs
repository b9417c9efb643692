//! Entries of `case.toml`: denials before allowances, the first that matches decides. Accounts and regions of an allow
//! entry are limits, so that a call elsewhere is outside and not undeclared; those of a deny entry say where it holds.

use super::{Judged, Limits, Match, Request, Sort, Verdict, is_masked};
use crate::criteria::facts::{Pattern, Scope, ScopeEntry};

/// Own entries.
#[derive(Debug)]
pub(super) struct Own<'f> {
    scope: &'f Scope,
}

impl<'f> Own<'f> {
    pub(super) const fn new(scope: &'f Scope) -> Self {
        Self { scope }
    }

    /// Returns the number of the first declared agent that made the call.
    pub(super) fn agent_of(&self, request: &Request<'_>) -> Option<usize> {
        let is_it = |pattern: &Pattern| request.names().any(|name| pattern.matches(name));
        self.scope.agents.iter().position(|agent| is_it(&agent.agent))
    }

    /// Returns the number of the declared agent when its mandate begins or ends some day.
    pub(super) fn mandate(&self, request: &Request<'_>) -> Option<usize> {
        self.agent_of(request).filter(|number| {
            self.scope.agents.get(*number).is_some_and(|agent| !agent.valid.is_open())
        })
    }

    /// Returns the first allowance that matches, with its number, or what keeps that from being told.
    fn allowed(&self, request: &Request<'_>) -> Judged {
        let mut unsure: Option<Judged> = None;
        // True when an entry that may match would not simply allow.
        let mut is_hard = false;
        for (number, entry) in self.scope.allow.iter().enumerate() {
            let name = name("allow", number);
            match matching(entry, request) {
                Match::No => {}
                _ if entry.fault.is_some() => {
                    is_hard = true;
                    unsure.get_or_insert_with(|| not_understood(name, entry));
                }
                Match::Unknown(what) => {
                    is_hard |= !entry.limits.is_none();
                    unsure.get_or_insert_with(|| Judged::cannot_tell(Some(name), what));
                }
                Match::Yes => {
                    let held = held(request, entry, number, name);
                    let is_plain = held.verdict == Verdict::Inside && held.conditions.is_none();
                    return match unsure {
                        Some(unsure) if is_hard || !is_plain => unsure,
                        Some(_) | None => held,
                    };
                }
            }
        }
        unsure.unwrap_or_else(|| {
            Judged::new(Verdict::Undeclared, None, "no entry of scope.allow or scope.deny matches")
        })
    }
}

impl Limits for Own<'_> {
    fn judge(&self, request: &Request<'_>) -> Option<Judged> {
        if self.scope.allow.is_empty() && self.scope.deny.is_empty() {
            return None;
        }
        let mut unsure: Option<Judged> = None;
        let mut denies = Vec::new();
        for (number, entry) in self.scope.deny.iter().enumerate() {
            let name = name("deny", number);
            let places = || {
                one_of(&entry.limits.accounts, request.account, "account")
                    .and(|| one_of(&entry.limits.regions, request.region, "region"))
            };
            match matching(entry, request).and(places) {
                Match::No => {}
                _ if entry.fault.is_some() => {
                    unsure.get_or_insert_with(|| not_understood(name, entry));
                }
                Match::Unknown(what) => {
                    unsure.get_or_insert_with(|| Judged::cannot_tell(Some(name), what));
                }
                Match::Yes if entry.limits.valid.is_open() && entry.limits.hours.is_none() => {
                    return Some(Judged::outside(name, denied(entry)));
                }
                Match::Yes => denies.push(number),
            }
        }
        let mut judged = unsure.unwrap_or_else(|| self.allowed(request));
        judged.conditions.denies = denies;
        Some(judged)
    }
}

/// Returns the name of an entry as people count: from 1.
pub(super) fn name(list: &str, number: usize) -> String {
    format!("scope.{list}[{}]", number + 1)
}

/// Returns why a deny entry denies.
pub(super) fn denied(entry: &ScopeEntry) -> String {
    entry.reason.as_ref().map_or_else(|| "denied".to_owned(), |reason| format!("denied: {reason}"))
}

fn not_understood(name: String, entry: &ScopeEntry) -> Judged {
    let fault = entry.fault.as_deref().unwrap_or_default();
    Judged::cannot_tell(Some(name), format!("the entry is not understood, case.toml {fault}"))
}

/// Holds a call against the limits that are the same for all its events.
fn held(request: &Request<'_>, entry: &ScopeEntry, number: usize, name: String) -> Judged {
    let limits = &entry.limits;
    for (patterns, value, what) in [
        (&limits.accounts, request.account, "account"),
        (&limits.regions, request.region, "region"),
    ] {
        match one_of(patterns, value, what) {
            Match::Yes => {}
            Match::No => {
                let value = value.unwrap_or_default();
                return Judged::outside(name, format!("limit {what}s: `{value}` is none of them"));
            }
            Match::Unknown(why) => return Judged::cannot_tell(Some(name), why),
        }
    }
    let mut judged = Judged::inside(name, "allowed");
    let is_per_event = !limits.valid.is_open()
        || limits.hours.is_some()
        || limits.max_bytes.is_some()
        || limits.max_records.is_some()
        || limits.max_cost.is_some()
        || limits.needs_approval.is_some();
    judged.conditions.allow = is_per_event.then_some(number);
    judged
}

/// Returns whether a value is one of the patterns; none means any.
fn one_of(patterns: &[Pattern], value: Option<&str>, what: &str) -> Match {
    if patterns.is_empty() || patterns.iter().any(Pattern::is_any) {
        return Match::Yes;
    }
    match value {
        None => Match::Unknown(format!("no record says the {what}")),
        Some(value) if patterns.iter().any(|pattern| pattern.matches(value)) => Match::Yes,
        Some(_) => Match::No,
    }
}

/// Returns whether the patterns of an entry match a call.
fn matching(entry: &ScopeEntry, request: &Request<'_>) -> Match {
    let is_tool = request.sort == Sort::Tool;
    agent(entry.agent.as_ref(), request)
        .and(|| of_tool(entry.server.as_ref(), request.server, "server", is_tool))
        .and(|| of_tool(entry.tool.as_ref(), request.tool, "tool", is_tool))
        .and(|| action(entry.action.as_ref(), request))
        .and(|| resource(entry.resource.as_ref(), request))
}

fn agent(pattern: Option<&Pattern>, request: &Request<'_>) -> Match {
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_any()) else { return Match::Yes };
    if request.names().any(|name| pattern.matches(name)) {
        Match::Yes
    } else if request.names().next().is_none() {
        Match::Unknown("no record names the agent".to_owned())
    } else {
        Match::No
    }
}

/// Server and tool are told of tool calls alone: for other calls such a pattern does not match.
fn of_tool(pattern: Option<&Pattern>, value: Option<&str>, what: &str, is_tool: bool) -> Match {
    match (pattern.filter(|pattern| !pattern.is_any()), value) {
        (None, _) => Match::Yes,
        (Some(pattern), Some(value)) => yes_no(pattern.matches(value)),
        (Some(_), None) if is_tool => Match::Unknown(format!("no record names the {what}")),
        (Some(_), None) => Match::No,
    }
}

fn action(pattern: Option<&Pattern>, request: &Request<'_>) -> Match {
    match (pattern.filter(|pattern| !pattern.is_any()), request.action) {
        (None, _) => Match::Yes,
        (Some(pattern), Some(action)) => yes_no(pattern.matches_any_case(action)),
        (Some(_), None) => Match::Unknown("no record names the action".to_owned()),
    }
}

fn resource(pattern: Option<&Pattern>, request: &Request<'_>) -> Match {
    match (pattern.filter(|pattern| !pattern.is_any()), request.resource) {
        (None, _) => Match::Yes,
        (Some(pattern), Some(resource)) if pattern.matches(resource) => Match::Yes,
        (Some(_), Some(resource)) if is_masked(resource) => {
            Match::Unknown("the resource is masked".to_owned())
        }
        (Some(_), Some(_)) => Match::No,
        (Some(_), None) => Match::Unknown("no record names the resource".to_owned()),
    }
}

const fn yes_no(holds: bool) -> Match {
    if holds { Match::Yes } else { Match::No }
}
