//! What a report needs beyond the content of its bundle: what was assessed, what the records name, coverage, sessions, and
//! the records that statements cite. Gathered once. Must not say anything.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bundle::BundleInput;
use super::super::content::Content;
use super::Text;
use super::records::{MOST, Records};
use crate::clock::Lap;
use crate::criteria::ask::Answer;
use crate::criteria::assess::Assessment;
use crate::criteria::boundary::rows::{self as boundary, AnswerRow};
use crate::criteria::verdict::Verdict;
use crate::criteria::{Facts as Declared, FactsFault, RuleBook};
use crate::model::EventId;
use crate::model::gaps::Gaps;
use crate::model::rows::{SessionRow, Strip, SubjectRow};
use crate::query::observed::Observed;
use crate::query::six::Completeness;
use crate::query::sql::condition;
use crate::query::{self, Filter, gaps, observed, sessions, six};
use crate::store::Fault;

/// Events that one finding, rule or criterion brings into a report.
pub(super) const FOR_FINDING: usize = 60;
pub(super) const FOR_RULE: usize = 8;
const FOR_ANSWER: usize = 25;
/// Sessions told one by one, and subjects listed.
pub(super) const SESSIONS: usize = 8;
/// Columns of the pictures.
const COLUMNS: usize = 120;

/// What packs and rules came to, and what they rest on.
#[derive(Debug, Clone, Copy)]
pub struct Assessed<'a> {
    pub assessment: &'a Assessment,
    /// Answers to the four questions, in their order.
    pub answers: &'a [Answer],
    pub facts: &'a Declared,
    /// What is wrong with the declared facts.
    pub faults: &'a [FactsFault],
    pub book: &'a RuleBook,
}

/// What the sections read.
#[derive(Debug)]
pub(in crate::report) struct View {
    pub(super) records: Records,
    pub(super) observed: Vec<Observed>,
    pub(super) subjects: Vec<SubjectRow>,
    /// Sessions of cited records, those with most of them first.
    pub(super) sessions: Vec<SessionRow>,
    pub(super) boundary: Vec<AnswerRow>,
    pub(super) strip: Strip,
    pub(super) gaps: Gaps,
    pub(super) six: Vec<Completeness>,
}

/// Everything that sections are made from.
#[derive(Clone, Copy)]
pub(in crate::report) struct Frame<'r> {
    pub(in crate::report) input: &'r BundleInput<'r>,
    pub(in crate::report) content: &'r Content,
    pub(in crate::report) view: &'r View,
}

impl<'r> Frame<'r> {
    pub(super) fn records(&self) -> &'r Records {
        &self.view.records
    }

    pub(super) const fn assessed(&self) -> Option<Assessed<'r>> {
        self.input.assessed
    }

    /// Returns text in the words of the bundle.
    pub(super) fn words(&self, text: &str) -> String {
        let mut words = text.to_owned();
        if let Some(pseudonyms) = self.input.pseudonyms {
            pseudonyms.text(&mut words);
        }
        match self.input.people {
            Some(people) => people.text(&words).into_owned(),
            None => words,
        }
    }

    /// Quotes the value of a field that names who did something, which is a name also where it is a short or common word.
    pub(super) fn person(&self, name: &str) -> Text {
        match self.input.people {
            Some(people) => Text::quoted(&people.field(name)),
            None => Text::quoted(name),
        }
    }

    /// Quotes the mark of a person whom all records call by one identifier, in place of any of the names.
    pub(super) fn known_person(&self, id: &str, name: &str) -> Text {
        match self.input.people.and_then(|people| people.mark(id)) {
            Some(mark) => Text::quoted(mark),
            None => self.person(name),
        }
    }
}

/// Gathers what a report needs.
pub(in crate::report) fn gather(input: &BundleInput<'_>, content: &Content) -> Result<View, Fault> {
    let reader = input.reader;
    let mut lap = Lap::default();
    let mut told = |part: &str| tracing::info!(part, millis = lap.millis(), "report");
    let observed = observed::observed(reader)?;
    told("observed");
    let records = Records::fetch(input, &wanted(input, content, &observed))?;
    told("records");
    let sessions = sessions_of(input, &records)?;
    told("sessions");
    let subjects = query::subjects(reader, &Filter::default())?;
    let is_open = input.assessed.is_some_and(|assessed| assessed.facts.has_scope());
    let everything = condition(&Filter::default());
    let boundary = if is_open { boundary::answers(reader, &everything)? } else { Vec::new() };
    told("subjects and boundary");
    let strip = query::strip(reader, &Filter::default(), None, COLUMNS)?;
    told("strip");
    let gaps = gaps::gaps(reader, COLUMNS)?;
    told("gaps");
    let six = six::completeness(reader)?;
    told("completeness");
    Ok(View { records, observed, subjects, sessions, boundary, strip, gaps, six })
}

/// Returns the events that statements may cite, those of the gravest statements first when they are too many.
fn wanted(input: &BundleInput<'_>, content: &Content, observed: &[Observed]) -> BTreeSet<EventId> {
    let mut wanted = Wanted::default();
    for part in content.findings.iter().filter(|part| part.stands()) {
        wanted.add(part.row.events.iter().copied(), FOR_FINDING);
    }
    if let Some(assessed) = input.assessed {
        for answer in assessed.answers {
            for cited in answer.cited.iter().take(FOR_ANSWER) {
                let beside = [cited.before.as_ref(), cited.human.as_ref()];
                let beside = beside.into_iter().flatten().map(|one| one.event);
                wanted.add(std::iter::once(cited.event).chain(beside), 3);
            }
            wanted.add(answer.open.iter().flat_map(|one| one.examples.iter().copied()), FOR_RULE);
        }
        for run in &assessed.assessment.rules {
            let of = |instances: &[crate::criteria::verdict::Instance]| {
                instances.iter().filter_map(|one| one.event).collect::<Vec<_>>()
            };
            wanted.add(of(&run.instances), FOR_RULE);
            if run.verdict == Verdict::CannotTell {
                wanted.add(of(&run.unknowns), FOR_RULE);
            }
        }
    }
    let mut tagged: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
    for tag in input.state.tags() {
        tagged.entry(tag.criterion.unwrap_or(tag.text)).or_default().push(tag.event);
    }
    for events in tagged.into_values() {
        wanted.add(events, FOR_RULE);
    }
    for part in content.findings.iter().filter(|part| !part.stands()) {
        wanted.add(part.row.events.iter().copied(), FOR_RULE);
    }
    for spot in &content.spots {
        wanted.add(spot.examples.iter().copied(), FOR_RULE);
    }
    wanted.add(input.state.notes().map(|note| note.event), MOST);
    wanted.add(observed.iter().filter_map(|one| one.example), MOST);
    wanted.ids
}

#[derive(Default)]
struct Wanted {
    ids: BTreeSet<EventId>,
}

impl Wanted {
    fn add(&mut self, ids: impl IntoIterator<Item = EventId>, most: usize) {
        for id in ids.into_iter().take(most) {
            if self.ids.len() < MOST {
                self.ids.insert(id);
            }
        }
    }
}

/// Returns the sessions that most of the records belong to.
fn sessions_of(input: &BundleInput<'_>, records: &Records) -> Result<Vec<SessionRow>, Fault> {
    let mut counts: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for part in records.in_time().into_iter().filter_map(|facts| facts.part.as_ref()) {
        let entry = counts.entry(&part.id).or_default();
        *entry = (entry.0 + 1, part.kind == "AGENT");
    }
    let mut order: Vec<(&str, (usize, bool))> = counts.into_iter().collect();
    order.sort_by_key(|(id, (count, is_agent))| {
        (!*is_agent, std::cmp::Reverse(*count), (*id).to_owned())
    });
    let mut rows = Vec::new();
    for (id, _) in order.into_iter().take(SESSIONS) {
        rows.extend(sessions::find_session(input.reader, id)?);
    }
    Ok(rows)
}
