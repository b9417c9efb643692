//! Question 1: which calls of agents were inside of the declared boundary, which outside, and which nobody spoke about.

use super::{Answer, Case, Count, Item, MOST_CITED, Question, by_session, cite, gravest};
use crate::criteria::boundary::Verdict as Within;
use crate::criteria::verdict::Verdict;
use crate::model::rows::BoundaryNote;
use crate::store::Fault;

const QUESTION: Question = Question::Boundary;

/// Labels with what they mean, gravest first.
const LABELS: &[(Within, &str)] = &[
    (Within::Outside, "denied, or past a limit of what is allowed"),
    (Within::Undeclared, "no entry speaks about it: the boundary was never drawn"),
    (Within::CannotTell, "a field that is needed to match is absent"),
    (Within::Inside, "allowed, and within the limits"),
];

const SESSIONS: &str = "
    SELECT session.id, session.short, population.result, count(*)
    FROM population JOIN agent_event USING (n) JOIN session ON session.id = agent_event.session
    GROUP BY ALL ORDER BY ALL";

/// Those that are not inside; without any, a few that are.
const EVENTS: &str = "
    SELECT e.id, population.result, population.entry, population.because
    FROM population JOIN event e USING (n)
    WHERE population.result <> 'inside' OR NOT EXISTS (SELECT 1 FROM population WHERE result <> 'inside')
    ORDER BY CASE population.result WHEN 'outside' THEN 0 WHEN 'undeclared' THEN 1 WHEN 'cannot-tell' THEN 2 ELSE 3 END,
             e.ts NULLS LAST, e.id";

pub(super) fn answer(case: &Case<'_>) -> Result<Answer, Fault> {
    let mut answer = case.begin(QUESTION, "calls of agents");
    if !case.is_decidable(QUESTION) || answer.population == 0 {
        answer.says = super::undecided(&answer, case.run(QUESTION));
        return Ok(answer);
    }
    let rows = case.over(QUESTION, "SELECT result, count(*) FROM population GROUP BY result")?;
    let of = |result: Within| {
        rows.iter().find(|row| row.text(0) == result.as_str()).map_or(0, |row| row.count(1))
    };
    answer.counts = LABELS
        .iter()
        .map(|(result, means)| Count {
            label: result.as_str(),
            means,
            count: of(*result),
            exceptions: match result {
                Within::Outside | Within::Undeclared => of(*result),
                Within::CannotTell | Within::Inside => 0,
            },
        })
        .collect();
    let order: Vec<&'static str> = LABELS.iter().map(|(result, _)| result.as_str()).collect();
    let sessions = by_session(&case.over(QUESTION, SESSIONS)?, label);
    super::put_sessions(&mut answer, gravest(sessions, &order));
    let strange = answer.population - of(Within::Inside).min(answer.population);
    answer.n_cited = if strange == 0 { answer.population } else { strange };
    let rows = case.over(QUESTION, &format!("{EVENTS} LIMIT {MOST_CITED}"))?;
    let items = rows.iter().filter_map(|row| {
        let note = BoundaryNote { result: row.text(1), entry: row.maybe_text(2), why: row.text(3) };
        Some(Item {
            event: row.id(0)?,
            label: label(&note.result),
            why: note.sentence(),
            before: None,
            human: None,
            time_left: None,
        })
    });
    answer.cited = cite::cited(case.reader, items.collect())?;
    answer.says = sentence(&answer, of(Within::Outside), of(Within::Undeclared));
    Ok(answer)
}

fn label(word: &str) -> &'static str {
    let known = LABELS.iter().find(|(result, _)| result.as_str() == word);
    known.map_or(Within::CannotTell.as_str(), |(result, _)| result.as_str())
}

fn sentence(answer: &Answer, outside: u64, undeclared: u64) -> String {
    let of = answer.population;
    match answer.verdict {
        Verdict::Gap if outside > 0 => format!(
            "The records show {outside} of {of} calls of agents outside of the declared boundary; no entry speaks about {undeclared}."
        ),
        Verdict::Gap => format!(
            "The records show none of {of} calls of agents outside of the declared boundary, but no entry speaks about {undeclared}."
        ),
        Verdict::Supports => {
            format!("The records show all {of} calls of agents inside of the declared boundary.")
        }
        Verdict::CannotTell | Verdict::NotApplicable => {
            let told = answer.counts.iter().map(|count| format!("{} {}", count.count, count.label));
            format!(
                "Cannot be told of all: {}, of {of} calls.",
                told.collect::<Vec<_>>().join(", ")
            )
        }
    }
}
