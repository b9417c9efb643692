//! From an event to its decision trace: who asked, who decided, what happened, and what nobody recorded. Each step says
//! who says so. Steps are made of facts from `query::why` alone; a step that no record could show says so, and none is
//! made up. Must not hold SQL or draw.

mod evidence;
mod steps;

use crate::model::{EventId, Grade, Micros, Outcome};
use crate::query::six::Six;
use crate::query::why::Facts;
use crate::store::{Fault, Reader};

pub use evidence::Evidence;

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    Ok,
    /// Somebody refused, or it failed.
    No,
    /// A record that could have been there is not.
    Absent,
    /// The records cannot tell.
    Unknown,
    /// Look at this.
    Alarm,
}

impl Mark {
    /// Returns the two cells of the mark.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::No => "NO",
            Self::Absent => "--",
            Self::Unknown => "??",
            Self::Alarm => "!!",
        }
    }

    /// Returns the word of the mark in data.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::No => "no",
            Self::Absent => "absent",
            Self::Unknown => "cannot-tell",
            Self::Alarm => "alarm",
        }
    }
}

/// The steps of a trace, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    Identity,
    Agent,
    Tool,
    Policy,
    Boundary,
    Guardrail,
    Approval,
    Call,
    Credential,
    Effect,
    Outcome,
    Before,
    Afterwards,
}

impl StepKind {
    /// Returns the name of the step.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Policy => "policy",
            Self::Boundary => "boundary",
            Self::Guardrail => "guardrail",
            Self::Approval => "approval",
            Self::Call => "call",
            Self::Credential => "credential",
            Self::Effect => "effect",
            Self::Outcome => "outcome",
            Self::Before => "before",
            Self::Afterwards => "afterwards",
        }
    }
}

/// Who says what a step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// A record of this product.
    Record {
        product: String,
        event: EventId,
    },
    /// It follows from other steps.
    Inferred,
    Nobody,
}

impl Says {
    /// Returns the words of the last column.
    pub fn words(&self) -> &str {
        match self {
            Self::Record { product, .. } => product,
            Self::Inferred => "inferred",
            Self::Nobody => "nobody recorded",
        }
    }

    /// Returns the record, if one says it.
    pub const fn event(&self) -> Option<EventId> {
        match self {
            Self::Record { event, .. } => Some(*event),
            Self::Inferred | Self::Nobody => None,
        }
    }
}

/// One step of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    pub mark: Mark,
    /// What the records say. Text of the evidence: harmless only after `text::sanitize`.
    pub sentence: String,
    pub says: Says,
    /// How the record is joined to the event asked about; `.` when there is none.
    pub grade: Grade,
}

impl Step {
    /// Returns a step that a record says; `grade` is how that record is joined.
    fn said(kind: StepKind, mark: Mark, sentence: String, by: &Facts, grade: Grade) -> Self {
        let says = Says::Record { product: by.product().to_owned(), event: by.id };
        Self { kind, mark, sentence, says, grade }
    }

    /// Returns a step that no record says.
    fn unsaid(kind: StepKind, mark: Mark, sentence: impl Into<String>) -> Self {
        Self { kind, mark, sentence: sentence.into(), says: Says::Nobody, grade: Grade::None }
    }

    /// Returns a step that follows from others.
    fn inferred(kind: StepKind, mark: Mark, sentence: impl Into<String>) -> Self {
        Self { kind, mark, sentence: sentence.into(), says: Says::Inferred, grade: Grade::None }
    }
}

/// The decision trace of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub event: EventId,
    pub time: Option<Micros>,
    /// What was done, and to what.
    pub what: String,
    pub outcome: Outcome,
    pub who: String,
    pub steps: Vec<Step>,
    /// Elements of the event, and of all records of the call together.
    pub six: Six,
    pub six_joined: Six,
    /// Records of the call, the event among them, and the weakest link that joins one.
    pub n_records: usize,
    pub weakest: Grade,
    /// True when the call has more records than were looked at.
    pub is_cut: bool,
}

/// Returns the decision trace of an event, or `None` if the case has no such event.
pub fn explain(reader: &Reader, event: EventId) -> Result<Option<Trace>, Fault> {
    Ok(Evidence::collect(reader, event)?.map(|evidence| trace(&evidence)))
}

/// Makes the trace of collected facts.
pub fn trace(of: &Evidence) -> Trace {
    let mut steps: Vec<Step> = Vec::new();
    for make in steps::REGISTRY {
        steps.extend(make(of, &steps));
    }
    let origin = of.origin();
    let action = origin.get("action").or_else(|| origin.get("method")).unwrap_or("?");
    let target = of.target();
    let members = &of.call.members;
    Trace {
        event: origin.id,
        time: origin.time,
        what: target.map_or_else(|| action.to_owned(), |target| format!("{action} on {target}")),
        outcome: origin.outcome,
        who: steps::who_line(of),
        steps,
        six: of.six,
        six_joined: of.six_joined,
        n_records: members.len(),
        weakest: members.iter().map(|member| member.grade).max().unwrap_or(Grade::Exact),
        is_cut: of.call.is_cut,
    }
}
