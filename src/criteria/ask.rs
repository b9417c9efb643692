//! The four questions about what an agent did: was it inside the boundary, was it used for a high-risk decision, did a
//! person see it before the next action, and is the way from input to output documented. Owns what an answer is made of:
//! a verdict, numbers, the events behind it with their places, and its limits. Must not print, draw or write.

mod boundary;
mod chain;
mod cite;
mod high_risk;
mod oversight;

use super::assess::Assessment;
use super::book::RuleBook;
use super::evaluate;
use super::facts::Facts;
use super::stage::Stage;
use super::verdict::{RuleRun, Verdict};
use crate::clock::Lap;
use crate::custody::Statement;
use crate::model::gaps::BlindSpot;
use crate::model::rows::PlaceRow;
use crate::model::{EventId, Micros, Outcome, Plane};
use crate::query::gaps;
use crate::store::{Fault, Reader, Row};

/// One of the four questions, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    Boundary,
    HighRisk,
    Oversight,
    Custody,
}

impl Question {
    /// Every question, in order.
    pub const ALL: &'static [Self] =
        &[Self::Boundary, Self::HighRisk, Self::Oversight, Self::Custody];

    /// Returns the number of the question, from 1.
    pub const fn number(self) -> u8 {
        match self {
            Self::Boundary => 1,
            Self::HighRisk => 2,
            Self::Oversight => 3,
            Self::Custody => 4,
        }
    }

    /// Returns the word that names it in commands and data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::HighRisk => "high-risk",
            Self::Oversight => "oversight",
            Self::Custody => "custody",
        }
    }

    /// Returns the question whose word or number is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        let is_called = |one: &Self| one.as_str() == word || one.number().to_string() == word;
        Self::ALL.iter().copied().find(is_called)
    }

    /// Returns the question as people ask it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Boundary => "Was the access within the agent's declared decision boundary?",
            Self::HighRisk => "Was the output used for a high-risk decision under Article 6?",
            Self::Oversight => "Did a human have visibility before the downstream action fired?",
            Self::Custody => {
                "Is the chain of custody from input to output documented so that someone can sign it?"
            }
        }
    }

    /// Returns the rule whose verdict the answer gives.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Boundary => "SCOPE",
            Self::HighRisk => "HIGH",
            Self::Oversight => "OVER",
            Self::Custody => "CUST",
        }
    }
}

/// The answer to one question over a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub question: Question,
    /// That of the rule behind it.
    pub verdict: Verdict,
    /// The answer in one sentence, with numbers.
    pub says: String,
    /// How many there are of what was looked at, and what that is: `412`, `calls of agents`.
    pub population: u64,
    pub unit: &'static str,
    /// How many of the population have which label, in the order of the labels; gravest first.
    pub counts: Vec<Count>,
    /// Events behind the answer, gravest label first, then by time; the first [`MOST_CITED`].
    pub cited: Vec<Cited>,
    /// Events behind the answer in all.
    pub n_cited: u64,
    /// The gravest label of each session, gravest first; the first [`MOST_SESSIONS`].
    pub sessions: Vec<SessionLabel>,
    pub n_sessions: u64,
    /// Question 2: agents that a person mapped to points of Annex III.
    pub mapped: Vec<Mapped>,
    /// What only a person can answer.
    pub open: Vec<OpenQuestion>,
    /// Question 4: the evidence chain, as `whytrail verify` states it.
    pub evidence_chain: Vec<Statement>,
    /// What bars a better answer.
    pub limits: Vec<Limit>,
    /// Facts that are needed and not declared: `scope.allow`.
    pub waits_for: Vec<String>,
}

/// Most events that an answer cites by name.
pub const MOST_CITED: usize = 100;

/// Most sessions that an answer lists.
pub const MOST_SESSIONS: usize = 100;

/// How many of what was looked at have a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// `outside`; `traced`; `V0` to `V4`; `bound`, `ordered`, `assumed`, `broken`.
    pub label: &'static str,
    /// What the label means, in a few words.
    pub means: &'static str,
    pub count: u64,
    /// How many of these the rule counts as exceptions.
    pub exceptions: u64,
}

/// An event behind an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cited {
    pub event: EventId,
    pub label: &'static str,
    /// Why it has the label: the words of `w` and of the rule.
    pub why: String,
    pub time: Option<Micros>,
    pub plane: Plane,
    pub who: String,
    pub action: String,
    pub target: String,
    pub outcome: Outcome,
    /// Short name of its session.
    pub session: Option<String>,
    /// File, line and hash; absent when the case no longer holds the source.
    pub place: Option<PlaceRow>,
    /// What led to it: the access before a consequential call, the request before an effect.
    pub before: Option<Beside>,
    /// Question 3: the record of a person that counts, and how long the person had, in microseconds.
    pub human: Option<Beside>,
    pub time_left: Option<i64>,
}

/// Another event that an answer names with the cited one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub event: EventId,
    pub time: Option<Micros>,
    /// What it is, in a few words: `s3:GetObject on acme-exports`, `approved by bob`.
    pub what: String,
    pub place: Option<PlaceRow>,
}

/// What a session comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLabel {
    /// Value to filter by, and the short name that screens show.
    pub session: String,
    pub short: String,
    pub label: &'static str,
    /// Items of the session with this label, and in all.
    pub count: u64,
    pub of: u64,
}

/// An agent that a person mapped to points of Annex III.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The pattern that was declared.
    pub agent: String,
    pub points: Vec<String>,
    /// Events of agents that it matches.
    pub events: u64,
}

/// Something that records only hint at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    /// The question to a person.
    pub asks: String,
    /// Events that give rise to it, the first of them, and a filter that shows all.
    pub events: u64,
    pub examples: Vec<EventId>,
    pub filter: String,
}

/// What an answer cannot say, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Number of the blind spot behind it: `B3`.
    pub spot: Option<u32>,
    pub says: String,
}

impl Limit {
    /// Returns the limit on one line: `B3: ...`.
    pub fn sentence(&self) -> String {
        match self.spot {
            Some(number) => format!("B{number}: {}", self.says),
            None => self.says.clone(),
        }
    }
}

/// What the answers rest on.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub facts: &'a Facts,
    pub book: &'a RuleBook,
    pub assessment: &'a Assessment,
    /// Statements about the evidence chain, as they were checked last.
    pub evidence_chain: &'a [Statement],
}

/// Answers every question, in order.
pub fn answers(reader: &Reader, asked: &Asked<'_>) -> Result<Vec<Answer>, Fault> {
    let stage = Stage::of(reader, asked.facts);
    let case = Case { reader, asked, stage, spots: gaps::blind_spots(reader)? };
    let mut lap = Lap::default();
    Question::ALL
        .iter()
        .map(|question| {
            let answer = match question {
                Question::Boundary => boundary::answer(&case),
                Question::HighRisk => high_risk::answer(&case),
                Question::Oversight => oversight::answer(&case),
                Question::Custody => chain::answer(&case),
            };
            tracing::info!(?question, millis = lap.millis(), "question");
            answer
        })
        .collect()
}

/// What all answers share.
struct Case<'a> {
    reader: &'a Reader,
    asked: &'a Asked<'a>,
    stage: Stage<'a>,
    spots: Vec<BlindSpot>,
}

/// Returns the counts of labels from rows of a label's place, a count, and how many of those are exceptions.
fn by_label(labels: &[(&'static str, &'static str)], rows: &[Row]) -> Vec<Count> {
    let row_of = |place: u64| rows.iter().find(move |row| row.count(0) == place);
    labels
        .iter()
        .zip(0_u64..)
        .map(|((label, means), place)| Count {
            label,
            means,
            count: row_of(place).map_or(0, |row| row.count(1)),
            exceptions: row_of(place).map_or(0, |row| row.count(2)),
        })
        .collect()
}

impl Case<'_> {
    /// Returns the run of the rule behind a question. A book without it leaves the question open.
    fn run(&self, question: Question) -> Option<&RuleRun> {
        self.asked.assessment.rule(question.rule())
    }

    /// Asks over the items of the rule behind a question; see [`super::compile::Questions::over`].
    fn over(&self, question: Question, select: &str) -> Result<Vec<Row>, Fault> {
        match self.asked.book.rule(question.rule()) {
            Some(rule) => {
                let questions = evaluate::questions_of(rule, self.asked.facts);
                self.stage.set(rule.texts().chain([select]))?;
                evaluate::bounded(self.reader, &questions.over(select))
            }
            None => Ok(Vec::new()),
        }
    }

    /// Asks over the tables that rules may name.
    fn ask(&self, sql: &str) -> Result<Vec<Row>, Fault> {
        self.stage.set([sql])?;
        self.reader.rows(sql, &[])
    }

    /// Returns true when the rule had all that it needs: its facts, and a plane that could hold the records.
    fn is_decidable(&self, question: Question) -> bool {
        let Some(run) = self.run(question) else { return false };
        run.waits_for.is_empty() && !run.reasons.iter().any(|reason| lacks_plane(reason))
    }

    /// Returns an answer with all that follows from the rule's run alone.
    fn begin(&self, question: Question, unit: &'static str) -> Answer {
        let run = self.run(question);
        Answer {
            question,
            verdict: run.map_or(Verdict::CannotTell, |run| run.verdict),
            says: String::new(),
            population: if self.is_decidable(question) {
                run.map_or(0, |run| run.population)
            } else {
                0
            },
            unit,
            counts: Vec::new(),
            cited: Vec::new(),
            n_cited: 0,
            sessions: Vec::new(),
            n_sessions: 0,
            mapped: Vec::new(),
            open: Vec::new(),
            evidence_chain: Vec::new(),
            limits: self.limits(question),
            waits_for: run.map(|run| run.waits_for.clone()).unwrap_or_default(),
        }
    }

    /// Returns why the answer is no better, then what could not be seen, then what no record shows.
    fn limits(&self, question: Question) -> Vec<Limit> {
        let plain = |says: &str| Limit { spot: None, says: says.to_owned() };
        let mut limits = Vec::new();
        if let Some(run) = self.run(question).filter(|run| run.verdict != Verdict::Gap) {
            let told = run.reasons.iter().filter(|_| run.spots.is_empty());
            limits.extend(told.map(|reason| plain(reason)));
        }
        let rule = self.asked.book.rule(question.rule());
        let bars = |spot: &&BlindSpot| {
            let planes = rule.map_or(&[][..], |rule| rule.bars.as_slice());
            let of_plane = |plane: &String| {
                plane == "*" || spot.plane.as_ref().is_none_or(|of_spot| of_spot == plane)
            };
            spot.is_grave() && (planes.is_empty() || planes.iter().any(of_plane))
        };
        limits.extend(self.spots.iter().filter(bars).map(|spot| Limit {
            spot: Some(spot.number),
            says: format!("{}; so it cannot be said: \"{}\"", spot.title, spot.forbids),
        }));
        limits.extend(rule.map(|rule| plain(&format!("cannot be shown: {}", rule.cannot_show))));
        limits
    }
}

/// Returns true for the reason that `evaluate` gives when a plane is missing.
fn lacks_plane(reason: &str) -> bool {
    reason.starts_with("no records of ") && reason.ends_with(" in this case")
}

/// An item of an answer before its events are read.
struct Item {
    event: EventId,
    label: &'static str,
    why: String,
    /// Events beside it; `what` stays empty until they are read, but for words of its own.
    before: Option<EventId>,
    human: Option<EventId>,
    time_left: Option<i64>,
}

/// Counts of one session: label and number.
type OfSession = (String, String, Vec<(&'static str, u64)>);

/// Returns the gravest label of each session, gravest first, then the one with most items. `order` has the gravest first.
fn gravest(sessions: Vec<OfSession>, order: &[&'static str]) -> Vec<SessionLabel> {
    let rank = |label: &str| order.iter().position(|known| *known == label).unwrap_or(order.len());
    let mut labels: Vec<SessionLabel> = sessions
        .into_iter()
        .filter_map(|(session, short, counts)| {
            let of = counts.iter().map(|(_, count)| count).sum();
            let (label, count) = counts.into_iter().min_by_key(|(label, _)| rank(label))?;
            Some(SessionLabel { session, short, label, count, of })
        })
        .collect();
    labels.sort_by(|one, other| {
        let key = |one: &SessionLabel| (rank(one.label), std::cmp::Reverse(one.count));
        key(one).cmp(&key(other)).then_with(|| one.session.cmp(&other.session))
    });
    labels
}

/// Gathers rows of session, short name, label and count into one entry for each session. Rows are in order of sessions.
fn by_session(rows: &[Row], label: impl Fn(&str) -> &'static str) -> Vec<OfSession> {
    let mut sessions: Vec<OfSession> = Vec::new();
    for row in rows {
        let Some(session) = row.maybe_text(0) else { continue };
        let counted = (label(&row.text(2)), row.count(3));
        match sessions.last_mut().filter(|(last, ..)| *last == session) {
            Some((.., counts)) => counts.push(counted),
            None => sessions.push((session, row.text(1), vec![counted])),
        }
    }
    sessions
}

/// Puts sessions into an answer: the gravest of them, and how many there are.
fn put_sessions(answer: &mut Answer, mut sessions: Vec<SessionLabel>) {
    answer.n_sessions = sessions.len() as u64;
    sessions.truncate(MOST_SESSIONS);
    answer.sessions = sessions;
}

/// Says which facts are missing, or why nothing is there to be answered.
fn undecided(answer: &Answer, run: Option<&RuleRun>) -> String {
    if !answer.waits_for.is_empty() {
        let keys: Vec<String> =
            answer.waits_for.iter().map(|key| super::needs::spoken(key)).collect();
        return format!("Cannot be told: {} is not declared.", keys.join(" and "));
    }
    let reason = run.and_then(|run| run.reasons.first());
    reason.map_or_else(
        || "Cannot be told: the rule behind it is not loaded.".to_owned(),
        |reason| format!("Cannot be told: {reason}."),
    )
}

#[cfg(test)]
mod tests;
