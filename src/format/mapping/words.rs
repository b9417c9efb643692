//! The spellings of outcomes and decisions that logs use. A spelling that is not listed says nothing.
//! `outcome` is how the call ended, `decision` what a policy answered: a check that said no is a success.

use crate::model::{Decision, Outcome};

const SUCCESS: &[&str] = &["success", "succeeded", "successful", "ok", "true"];
const ERROR: &[&str] =
    &["error", "failure", "failed", "fail", "application_error", "timeout", "false"];
const DENIED: &[&str] = &[
    "denied",
    "deny",
    "blocked",
    "access denied",
    "unauthorized",
    "forbidden",
    "401",
    "403",
    "-32011",
    "reject",
    "rejected",
];

const ALLOW: &[&str] = &[
    "allow",
    "allowed",
    "permit",
    "permitted",
    "granted",
    "true",
    "accept",
    "has_permission",
    "authorized",
];
const DENY: &[&str] = &[
    "deny",
    "denied",
    "forbid",
    "forbidden",
    "false",
    "reject",
    "rejected",
    "no_permission",
    "block_execution",
    "unauthorized",
];
const CONDITIONAL: &[&str] =
    &["conditional", "conditional_permission", "needs approval", "challenge"];

/// Returns the outcome that a spelling means. `0` and `1` mean nothing here: exit codes and flags disagree.
pub(super) fn outcome(text: &str) -> Option<Outcome> {
    let word = text.trim().to_ascii_lowercase();
    let is_in = |list: &[&str]| list.contains(&word.as_str());
    if let Some(outcome) = Outcome::from_word(&word) {
        return Some(outcome);
    }
    if is_in(SUCCESS) {
        Some(Outcome::Success)
    } else if is_in(DENIED) {
        Some(Outcome::Denied)
    } else if is_in(ERROR) {
        Some(Outcome::Error)
    } else {
        http_status(&word)
    }
}

fn http_status(word: &str) -> Option<Outcome> {
    match word.parse::<u16>().ok()? {
        200..=299 => Some(Outcome::Success),
        401 | 403 => Some(Outcome::Denied),
        400..=599 => Some(Outcome::Error),
        _ => None,
    }
}

/// Returns the decision that a spelling means.
pub(super) fn decision(text: &str) -> Option<Decision> {
    let word = text.trim().to_ascii_lowercase();
    let is_in = |list: &[&str]| list.contains(&word.as_str());
    if is_in(ALLOW) {
        Some(Decision::Allow)
    } else if is_in(DENY) {
        Some(Decision::Deny)
    } else if is_in(CONDITIONAL) {
        Some(Decision::Conditional)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_field_are_known() {
        assert_eq!(outcome("SUCCESS"), Some(Outcome::Success));
        assert_eq!(outcome("application_error"), Some(Outcome::Error));
        assert_eq!(outcome("403"), Some(Outcome::Denied));
        assert_eq!(outcome("204"), Some(Outcome::Success));
        assert_eq!(outcome("502"), Some(Outcome::Error));
        assert_eq!(outcome("perhaps"), None);
        assert_eq!(outcome("0"), None);
        assert_eq!(decision("HAS_PERMISSION"), Some(Decision::Allow));
        assert_eq!(decision("false"), Some(Decision::Deny));
        assert_eq!(decision("CONDITIONAL_PERMISSION"), Some(Decision::Conditional));
        assert_eq!(decision("maybe"), None);
    }
}
