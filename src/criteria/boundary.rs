//! Question 1: was the call inside of the boundary that people declared? One answer per distinct call, with the entry or
//! document that gives it, from entries of `case.toml` and from policy documents that teams have anyway. Nothing is
//! guessed: a field that is absent or masked, a condition that records cannot decide and a document that is not
//! understood all give `cannot-tell`. Judging is pure; `rows` alone knows tables.
//!
//! How answers are combined: `outside` from any of them wins, then `cannot-tell`, then `inside` from any of them, then
//! `undeclared`. Documents say nothing about calls that they do not cover (see `covers` in `case.toml`).

mod cedar;
mod document;
mod iam;
pub mod learn;
mod own;
mod per_event;
pub mod rows;
#[cfg(test)]
mod tests;
mod tools;

use std::fmt;

use super::facts::{Covers, Facts, PolicyKind};
use document::Document;
use own::Own;

pub use document::{DocumentFault, check as check_document};
pub use per_event::{Approval, Moment};

/// Answer to question 1 for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Outside,
    CannotTell,
    /// No entry matches: the boundary was never drawn here.
    Undeclared,
    Inside,
}

impl Verdict {
    /// Every answer, gravest first.
    pub const ALL: [Self; 4] = [Self::Outside, Self::CannotTell, Self::Undeclared, Self::Inside];

    /// Returns the word used in the store, on screen and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::CannotTell => "cannot-tell",
            Self::Undeclared => "undeclared",
            Self::Inside => "inside",
        }
    }

    /// Returns the answer whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What sort of call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A call of a tool, or a decision about one.
    Tool,
    /// A call of the cloud's API.
    Api,
    /// A call of a model elsewhere.
    Model,
}

impl Sort {
    /// Returns the word used in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Api => "api",
            Self::Model => "model",
        }
    }

    /// Returns the sort whose word is `word`; unknown words are API calls.
    pub fn from_word(word: &str) -> Self {
        match word {
            "tool" => Self::Tool,
            "model" => Self::Model,
            _ => Self::Api,
        }
    }

    fn is_covered(self, by: &[Covers]) -> bool {
        match self {
            Self::Tool => by.contains(&Covers::Tool),
            Self::Api => by.contains(&Covers::Api),
            Self::Model => false,
        }
    }
}

/// One distinct call. Fields that no record has are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'r> {
    /// True when the records say that an agent made it; declared agents are found by name too.
    pub is_agent: bool,
    pub sort: Sort,
    /// Name of the agent: the event's own, else its session's.
    pub agent: Option<&'r str>,
    /// The principal: role, user, service.
    pub actor: Option<&'r str>,
    pub server: Option<&'r str>,
    pub tool: Option<&'r str>,
    /// `service:Operation` for APIs.
    pub action: Option<&'r str>,
    pub resource: Option<&'r str>,
    pub account: Option<&'r str>,
    pub region: Option<&'r str>,
}

impl Request<'_> {
    /// Returns the names by which a pattern can know the agent.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.agent.into_iter().chain(self.actor)
    }
}

/// What still depends on the single event: its time, its sizes, its approval. Numbers count from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Conditions {
    /// Entries of `scope.deny` that match and hold at certain times only.
    pub denies: Vec<usize>,
    /// The entry of `scope.allow` that matches and has limits that each event is held against.
    pub allow: Option<usize>,
    /// The entry of `scope.agents` whose mandate ends or begins some day.
    pub agent: Option<usize>,
}

impl Conditions {
    /// Returns true when every event of the call has the same answer.
    pub const fn is_none(&self) -> bool {
        self.denies.is_empty() && self.allow.is_none() && self.agent.is_none()
    }
}

/// The answer for a distinct call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Judged {
    pub verdict: Verdict,
    /// `scope.allow[2]`, `policy agent.json statement 1`; absent when nothing matches.
    pub entry: Option<String>,
    /// One sentence without its period: the limit that is exceeded, the field that is absent.
    pub why: String,
    pub conditions: Conditions,
}

impl Judged {
    fn new(verdict: Verdict, entry: Option<String>, why: impl Into<String>) -> Self {
        Self { verdict, entry, why: why.into(), conditions: Conditions::default() }
    }

    fn inside(entry: String, why: impl Into<String>) -> Self {
        Self::new(Verdict::Inside, Some(entry), why)
    }

    fn outside(entry: String, why: impl Into<String>) -> Self {
        Self::new(Verdict::Outside, Some(entry), why)
    }

    fn cannot_tell(entry: Option<String>, why: impl Into<String>) -> Self {
        Self::new(Verdict::CannotTell, entry, why)
    }
}

/// Whether something matches a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Match {
    Yes,
    No,
    /// It cannot be told, for want of this.
    Unknown(String),
}

impl Match {
    /// Returns whether both match; `No` is surer than `Unknown`.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Unknown(what) => match other() {
                Self::No => Self::No,
                Self::Yes | Self::Unknown(_) => Self::Unknown(what),
            },
        }
    }
}

/// Something that limits what agents may do.
trait Limits {
    /// Returns what it says about a call; `None` when it says nothing about such calls.
    fn judge(&self, request: &Request<'_>) -> Option<Judged>;
}

/// The declared boundary, ready to judge. Files of policies are read by the caller.
pub struct Boundary<'f> {
    facts: &'f Facts,
    own: Own<'f>,
    documents: Vec<Box<dyn Limits + 'f>>,
}

impl fmt::Debug for Boundary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boundary").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

/// The content of a policy file, or why it could not be read.
pub type PolicyText = Result<String, String>;

impl<'f> Boundary<'f> {
    /// Returns the boundary of these facts. `texts` are the contents of `facts.scope.policies`, in their order.
    /// Documents that are not understood stay in it: what they would decide cannot be told. Their faults are returned.
    pub fn new(facts: &'f Facts, texts: &[PolicyText]) -> (Self, Vec<DocumentFault>) {
        let mut faults = Vec::new();
        let mut iam: Vec<(usize, iam::Policy)> = Vec::new();
        let mut documents: Vec<Box<dyn Limits + 'f>> = Vec::new();
        for (number, (policy, text)) in facts.scope.policies.iter().zip(texts).enumerate() {
            let read = match (text, &policy.fault) {
                (_, Some(fault)) => Err(format!("case.toml {fault}")),
                (Err(why), None) => Err(why.clone()),
                (Ok(text), None) => document::read(policy, text).map_err(|fault| {
                    let why = format!("line {}: {}", fault.line, fault.reason);
                    faults.push(fault);
                    why
                }),
            };
            match read {
                Ok(Document::Iam(document)) => iam.push((number, document)),
                Ok(Document::Cedar(cedar)) => documents.push(Box::new(cedar)),
                Ok(Document::Tools(tools)) => documents.push(Box::new(tools)),
                Err(why) => documents.push(Box::new(document::Unreadable::new(policy, why))),
            }
        }
        if !iam.is_empty() {
            documents.insert(0, Box::new(iam::Policies::new(&facts.scope.policies, iam)));
        }
        (Self { facts, own: Own::new(&facts.scope), documents }, faults)
    }

    /// Returns true when the call is one of an agent, by its records or by declaration.
    pub fn is_agent(&self, request: &Request<'_>) -> bool {
        request.is_agent || self.own.agent_of(request).is_some()
    }

    /// Returns true when a principal is declared as an agent.
    pub fn is_declared_agent(&self, actor: &str) -> bool {
        self.facts.scope.agents.iter().any(|agent| agent.agent.matches(actor))
    }

    /// Returns the answer for a call of an agent.
    pub fn judge(&self, request: &Request<'_>) -> Judged {
        if !self.facts.has_scope() {
            return Judged::cannot_tell(None, "no boundary is declared");
        }
        let own = self.own.judge(request);
        let conditions = own.as_ref().map(|own| own.conditions.clone()).unwrap_or_default();
        let conditions = Conditions { agent: self.own.mandate(request), ..conditions };
        let said: Vec<Judged> = own
            .into_iter()
            .chain(self.documents.iter().filter_map(|document| document.judge(request)))
            .collect();
        let gravest = |verdict: Verdict| said.iter().find(|judged| judged.verdict == verdict);
        let found = Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::Undeclared);
        let chosen = found.into_iter().find_map(gravest).cloned();
        let nothing =
            || Judged::new(Verdict::Undeclared, None, "no entry and no document speaks of it");
        let mut judged = chosen.or_else(|| said.first().cloned()).unwrap_or_else(nothing);
        judged.conditions = match judged.verdict {
            // Nothing about the single event takes this back.
            Verdict::Outside => Conditions::default(),
            Verdict::CannotTell => Conditions { allow: None, agent: None, ..conditions },
            Verdict::Undeclared | Verdict::Inside => conditions,
        };
        judged
    }

    /// Returns the facts it was made of.
    pub const fn facts(&self) -> &'f Facts {
        self.facts
    }
}

/// Returns the answers for these calls; `None` for those that no agent made.
pub fn judge_all(boundary: &Boundary<'_>, requests: &[Request<'_>]) -> Vec<Option<Judged>> {
    requests
        .iter()
        .map(|request| boundary.is_agent(request).then(|| boundary.judge(request)))
        .collect()
}

/// Returns the name of a policy document in answers.
fn name_of(kind: PolicyKind, file: &str) -> String {
    let file = file.rsplit('/').next().unwrap_or(file);
    format!("policy {file} ({})", kind.as_str())
}

/// Returns true for a value that the source or redaction took the meaning of.
fn is_masked(value: &str) -> bool {
    value.contains('\u{27e6}')
        || value.contains("HIDDEN_DUE_TO_SECURITY_REASONS")
        || value.contains("***")
}
