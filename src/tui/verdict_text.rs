//! Verdicts in words and roles, for the screens that show them. Must not hold state.

use crate::criteria::verdict::{RuleRun, Verdict};
use crate::tui::theme::Role;
use crate::tui::widgets::words::{count, counted};

/// Returns the role of a verdict.
pub(crate) const fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Gap => Role::Refused,
        Verdict::CannotTell => Role::Blind,
        Verdict::Supports => Role::Plain,
        Verdict::NotApplicable => Role::Faint,
    }
}

/// Returns what a rule came to, in one line.
pub(crate) fn rule_line(run: &RuleRun) -> String {
    let told = match run.verdict {
        Verdict::Gap if run.exceptions > 0 => {
            format!("{} of {}", counted(run.exceptions, "exception"), count(run.population))
        }
        Verdict::Supports => format!("no exception among {}", count(run.population)),
        Verdict::Gap | Verdict::CannotTell | Verdict::NotApplicable => run.reasons.join("; "),
    };
    format!("{:<10} {:<11} {told}", run.rule, run.verdict.as_str())
}
