//! What the screens can ask the case, and what it answers. Questions are plain values, so that a lane can carry them,
//! a newer one can replace an older one, and a test can answer them without a database. Must not hold SQL.

use crate::criteria::ask;
use crate::criteria::assess::{Assessment, Assessor};
use crate::criteria::form::FormLine;
use crate::custody::Statement;
use crate::explain::{self, Trace};
use crate::model::gaps::Gaps;
use crate::model::rows::{
    Detail, EventPage, Facet, Overview, PivotChoice, Replay, ResourceRow, SessionRow, SourceRow,
    Strip, SubjectRow,
};
use crate::model::spend::{KeyList, KeyRow};
use crate::model::{EventId, Micros};
use crate::query;
use crate::query::filter::Filter;
use crate::query::six::Completeness;
use crate::query::{At, Direction, Jump, RawView};
use crate::redact::Redactor;
use crate::store::{Fault, Reader};

/// One question to the case.
#[derive(Debug, Clone)]
pub enum Question {
    Overview,
    Sources,
    Page {
        filter: Filter,
        at: At,
        limit: usize,
    },
    Strip {
        filter: Filter,
        span: Option<(Micros, Micros)>,
        n_bins: usize,
    },
    Subjects(Filter),
    Sessions(Filter),
    Resources(Filter),
    Detail(EventId),
    Why(EventId),
    Pivots {
        filter: Filter,
        event: EventId,
    },
    Facets {
        filter: Filter,
        field: String,
        prefix: String,
        limit: usize,
    },
    Jump {
        filter: Filter,
        from: EventId,
        jump: Jump,
        direction: Direction,
    },
    Replay(String),
    Raw(EventId),
    /// Coverage in rows of at most so many cells, and blind spots.
    Gaps {
        n_cells: usize,
    },
    /// How much of the six elements the records of each product hold.
    Completeness,
    /// What rules and criteria come to.
    Comply,
    /// What they come to under a filter.
    ComplyUnder(Filter),
    /// The four questions.
    Ask,
    /// Declared facts as a form.
    Facts,
    Keys(Filter),
    /// The keys of one job, by its lineage.
    KeysOfJob(String),
}

/// The answer to the question of the same name.
#[derive(Debug)]
pub enum Answer {
    Overview(Box<Overview>),
    Sources(Vec<SourceRow>),
    Page(EventPage),
    Strip(Strip),
    Subjects(Vec<SubjectRow>),
    Sessions(Vec<SessionRow>),
    Resources(Vec<ResourceRow>),
    Detail(Option<Box<Detail>>),
    Why(Option<Box<Trace>>),
    Pivots(Vec<PivotChoice>),
    Facets(Vec<Facet>),
    Jump(Option<EventId>),
    Replay(Replay),
    Raw(Option<RawView>),
    Gaps(Box<Gaps>),
    Completeness(Vec<Completeness>),
    Comply(Box<Assessment>),
    ComplyUnder(Box<Assessment>),
    Ask(Vec<ask::Answer>),
    Facts(Vec<FormLine>),
    Keys(Box<KeyList>),
    KeysOfJob(Vec<KeyRow>),
}

/// What answers need beside the store.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Hides in raw bytes what it hid at load.
    pub redactor: Redactor,
    /// Runs rules; without one, no criterion comes to anything.
    pub assessor: Option<Assessor>,
    /// What was stated of the evidence when the case was checked last.
    pub evidence_chain: Vec<Statement>,
}

impl From<Redactor> for Tools {
    fn from(redactor: Redactor) -> Self {
        Self { redactor, assessor: None, evidence_chain: Vec::new() }
    }
}

/// Asks the case behind `reader`.
pub fn answer(reader: &Reader, tools: &Tools, question: &Question) -> Result<Answer, Fault> {
    Ok(match question {
        Question::Overview => Answer::Overview(Box::new(query::overview(reader)?)),
        Question::Sources => Answer::Sources(query::sources(reader)?),
        Question::Page { filter, at, limit } => {
            Answer::Page(query::page(reader, filter, *at, *limit)?)
        }
        Question::Strip { filter, span, n_bins } => {
            Answer::Strip(query::strip(reader, filter, *span, *n_bins)?)
        }
        Question::Subjects(filter) => Answer::Subjects(query::subjects(reader, filter)?),
        Question::Sessions(filter) => Answer::Sessions(query::sessions(reader, filter)?),
        Question::Resources(filter) => Answer::Resources(query::resources(reader, filter)?),
        Question::Detail(event) => Answer::Detail(query::detail(reader, *event)?.map(Box::new)),
        Question::Why(event) => Answer::Why(explain::explain(reader, *event)?.map(Box::new)),
        Question::Pivots { filter, event } => {
            Answer::Pivots(query::pivots(reader, filter, *event)?)
        }
        Question::Facets { filter, field, prefix, limit } => {
            Answer::Facets(query::facets(reader, filter, field, prefix, *limit)?)
        }
        Question::Jump { filter, from, jump, direction } => {
            Answer::Jump(query::jump(reader, filter, *from, jump, *direction)?)
        }
        Question::Replay(session) => Answer::Replay(query::replay(reader, session)?),
        Question::Raw(event) => Answer::Raw(query::raw(reader, &tools.redactor, *event)?),
        Question::Gaps { n_cells } => Answer::Gaps(Box::new(query::gaps::gaps(reader, *n_cells)?)),
        Question::Completeness => Answer::Completeness(query::six::completeness(reader)?),
        Question::Comply => Answer::Comply(Box::new(match &tools.assessor {
            Some(assessor) => assessor.assess(reader, None)?,
            None => Assessment::default(),
        })),
        Question::ComplyUnder(filter) => Answer::ComplyUnder(Box::new(match &tools.assessor {
            Some(assessor) => {
                let whole = assessor.assess(reader, None)?;
                assessor.assess_under(reader, &whole, filter, None)?
            }
            None => Assessment::default(),
        })),
        Question::Ask => Answer::Ask(match &tools.assessor {
            Some(assessor) => assessor.answer(reader, &tools.evidence_chain, None)?,
            None => Vec::new(),
        }),
        Question::Facts => {
            Answer::Facts(tools.assessor.as_ref().map(Assessor::form).unwrap_or_default())
        }
        Question::Keys(filter) => Answer::Keys(Box::new(query::keys(reader, filter, None)?)),
        Question::KeysOfJob(job) => Answer::KeysOfJob(query::keys_of_job(reader, job, None)?),
    })
}
