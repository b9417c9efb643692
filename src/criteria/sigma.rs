//! Sigma rules over the CloudTrail records of a case: reading a folder of rules that the user gives, asking them about the
//! records, joining what they find. Owns what a rule, a fault and a match are; must not print, tag, or know the journal.

mod attack;
mod correlate;
mod engine;
mod fault;
mod folder;
mod index;
mod record;
mod rules;
mod run;
mod scan;

pub use attack::Attack;
pub use fault::{RuleFault, Weight};
pub use rules::{Head, Level, Rule, RuleKind, RuleSet, no_source};
pub use run::{Hidden, Match, Outcome, Question, run};
pub use scan::{MOST_MATCHES, Place, ScanError};
