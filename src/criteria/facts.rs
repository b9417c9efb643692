//! Declared facts: what no log contains and a person has to say, read from the case's `case.toml`. Owns their form, the
//! place of every fault and the defaults of thresholds. Pure: text in, facts and faults out; where the file lies is
//! `custody`'s, what rules make of facts is not decided here.
//!
//! A fault in one table never drops the others. An entry of the boundary that is not understood whole is kept with its
//! fault, because leaving out a refusal would make the boundary wider than it was drawn.

mod check;
mod edit;
mod entries;
mod parse;
mod pattern;
mod scan;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};

pub use edit::{EditError, changed_keys, is_list, pinned, set, taken_over};
pub use entries::{entry_of, take_out};
pub use pattern::{Letters, Pattern, glob};
pub use types::{
    AgentFact, ApproverFact, ChangeWindow, Class, ConsequentialFact, Covers, Data, DataClass,
    Destinations, EntryLimits, ExpectedSource, HighRiskFact, Hours, Incident, IncidentClass,
    ModelFact, Oversight, People, PolicyFact, PolicyKind, Role, Scope, ScopeEntry, ServerFact,
    StopFact, System, Threshold, Thresholds, ToolFact, Window,
};

/// A fault in a facts file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FactsFault {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// Dotted name of the key: `scope.allow[2].resource`.
    pub field: String,
    pub reason: String,
}

impl fmt::Display for FactsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` line {} column {}: ", self.file, self.line, self.column)?;
        if self.field.is_empty() {
            f.write_str(&self.reason)
        } else {
            write!(f, "`{}` {}", self.field, self.reason)
        }
    }
}

/// Everything that is declared about a case. The default declares nothing and has the documented thresholds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// SHA-256 of the file's bytes in hex; empty when there is no file.
    pub sha256: String,
    pub system: System,
    pub roles: Vec<Role>,
    pub scope: Scope,
    pub high_risk: Vec<HighRiskFact>,
    pub people: People,
    pub data: Data,
    pub sources: Vec<ExpectedSource>,
    pub incident: Incident,
    pub thresholds: Thresholds,
    declared: BTreeSet<String>,
}

/// Every key that can be declared, in the order in which people are asked for them. Tables of lists stand for their
/// entries.
pub const KEYS: &[&str] = &[
    "role",
    "system.name",
    "system.version",
    "system.provider",
    "system.deployer",
    "system.owner",
    "system.purpose",
    "system.model_card",
    "system.risk_class",
    "system.risk_decided_by",
    "scope.agents",
    "scope.allow",
    "scope.deny",
    "scope.policy",
    "scope.servers",
    "scope.models",
    "scope.consequential",
    "scope.stop",
    "scope.channels",
    "scope.destinations",
    "highrisk",
    "people.approvers",
    "people.admins",
    "people.on_call",
    "people.log_readers",
    "people.compliance_officer",
    "people.change_windows",
    "data.classes",
    "data.trusted",
    "sources.expected",
    "incident.class",
    "incident.personal_data",
    "incident.detected_at",
    "incident.detected_by",
    "incident.aware_at",
    "incident.contained_at",
    "incident.notified_at",
    "incident.notified_to",
    "thresholds",
];

impl Facts {
    /// Reads facts. `file` is the name that faults are told with. What is understood is kept, whatever else is wrong.
    pub fn parse(file: &str, text: &str) -> (Self, Vec<FactsFault>) {
        let scan = scan::Scan::new(file, text);
        let mut facts = parse::read(&scan, text);
        facts.sha256 = digest(text);
        let (faults, mut declared) = scan.finish();
        if declared.iter().any(|key| key.starts_with("scope.destinations.")) {
            declared.insert("scope.destinations".to_owned());
        }
        if declared.iter().any(|key| key.starts_with("thresholds.")) {
            declared.insert("thresholds".to_owned());
        }
        facts.declared = declared;
        (facts, faults)
    }

    /// Returns true when a key is declared. `a|b` is declared when one of both is; a table is declared when one of its
    /// keys is.
    pub fn has(&self, key: &str) -> bool {
        key.split('|').any(|one| {
            let below = format!("{one}.");
            self.declared.contains(one)
                || self.declared.iter().any(|known| known.starts_with(&below))
        })
    }

    /// Returns which of these keys are not declared, in the given order.
    pub fn missing<'k>(&self, keys: &[&'k str]) -> Vec<&'k str> {
        keys.iter().copied().filter(|key| !self.has(key)).collect()
    }

    /// Returns every declared key, sorted.
    pub fn declared(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(String::as_str)
    }

    /// Returns true when a boundary is declared: an entry or a policy document.
    pub fn has_scope(&self) -> bool {
        !self.scope.allow.is_empty()
            || !self.scope.deny.is_empty()
            || !self.scope.policies.is_empty()
    }
}

/// Returns SHA-256 of a text's bytes in hex.
pub fn digest(text: &str) -> String {
    crate::source::hex(&Sha256::digest(text.as_bytes()))
}
