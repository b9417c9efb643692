//! Question 3: before each consequential call of an agent, how much did a person know, and how long did that person have.
//! Without a plane that could hold such a record nothing is said, and never `V0`.

use super::{Answer, Case, Item, MOST_CITED, Question, by_session, cite, gravest};
use crate::criteria::verdict::Verdict;
use crate::model::Micros;
use crate::store::{Fault, Row};

const QUESTION: Question = Question::Oversight;

/// What cannot be ordered stands last: it is not a level.
const UNORDERED: &str = "cannot-tell";

/// Levels with what they mean, lowest first.
const LABELS: &[(&str, &str)] = &[
    ("V0", "no record of a person"),
    ("V1", "a person was notified"),
    ("V2", "a person saw it"),
    ("V3", "a person decided"),
    ("V4", "a person other than the requester decided on these very parameters"),
    (UNORDERED, "a person's record and the call lie closer than the clocks can order"),
];

/// The level of each call as one number; 5 where the order cannot be told.
const LEVELED: &str = "leveled AS (
      SELECT judged.item, judged.n, judged.level_needed,
             CASE WHEN untold.item IS NOT NULL THEN 5 ELSE judged.level_if_first END AS level,
             gap.item IS NOT NULL AS is_gap, coalesce(gap.why, untold.why) AS why
      FROM judged LEFT JOIN gap USING (item) LEFT JOIN untold USING (item))";

pub(super) fn answer(case: &Case<'_>) -> Result<Answer, Fault> {
    let mut answer = case.begin(QUESTION, "consequential calls of agents");
    if !case.is_decidable(QUESTION) || answer.population == 0 {
        answer.says = super::undecided(&answer, case.run(QUESTION));
        return Ok(answer);
    }
    let counts = format!(
        ", {LEVELED} SELECT level, count(*), count(*) FILTER (is_gap) FROM leveled GROUP BY level"
    );
    answer.counts = super::by_label(LABELS, &case.over(QUESTION, &counts)?);
    let sessions = format!(
        ", {LEVELED} SELECT session.id, session.short, CAST(leveled.level AS VARCHAR), count(*)
         FROM leveled JOIN population USING (item) JOIN session ON session.id = population.session
         GROUP BY ALL ORDER BY ALL"
    );
    let sessions = by_session(&case.over(QUESTION, &sessions)?, |level| {
        label(level.parse().unwrap_or(u64::MAX))
    });
    let order: Vec<&'static str> = LABELS.iter().map(|(label, _)| *label).collect();
    super::put_sessions(&mut answer, gravest(sessions, &order));
    let run = case.run(QUESTION);
    let strange = run.map_or(0, |run| run.exceptions + run.unknown);
    answer.n_cited = if strange == 0 { answer.population } else { strange };
    let items = case.over(QUESTION, &events())?.iter().filter_map(item).collect();
    answer.cited = cite::cited(case.reader, items)?;
    answer.says = sentence(&answer);
    Ok(answer)
}

/// Calls below the level that is asked for, then those that cannot be ordered; without any, all. Beside each the access
/// that could have led to it and the best record of a person.
fn events() -> String {
    format!(
        ", {LEVELED},
         best AS (
           SELECT item, human_n, seen_at FROM seen
           QUALIFY row_number() OVER (PARTITION BY item ORDER BY level DESC, seen_at DESC, human_n) = 1),
         first_read AS (
           SELECT access.item, min(reads.n) AS n FROM access JOIN population USING (item)
           JOIN reads ON reads.session = population.session AND reads.ts = access.read_at GROUP BY access.item)
         SELECT e.id, leveled.level, leveled.level_needed, leveled.why, read.id, person.id, e.ts, best.seen_at
         FROM leveled JOIN event e USING (n)
         LEFT JOIN first_read ON first_read.item = leveled.item LEFT JOIN event read ON read.n = first_read.n
         LEFT JOIN best ON best.item = leveled.item LEFT JOIN event person ON person.n = best.human_n
         WHERE leveled.why IS NOT NULL OR NOT EXISTS (SELECT 1 FROM leveled WHERE why IS NOT NULL)
         ORDER BY NOT leveled.is_gap, leveled.level, e.ts, e.id LIMIT {MOST_CITED}"
    )
}

fn label(level: u64) -> &'static str {
    let place = usize::try_from(level).unwrap_or(usize::MAX);
    LABELS.get(place).map_or(UNORDERED, |(label, _)| label)
}

fn item(row: &Row) -> Option<Item> {
    let (level, needed) = (row.count(1), row.count(2));
    let why = row
        .maybe_text(3)
        .unwrap_or_else(|| format!("records of a person reach V{level}, V{needed} is asked for"));
    let left = |fired: Micros, seen: Micros| fired.0 - seen.0;
    Some(Item {
        event: row.id(0)?,
        label: label(level),
        why,
        before: row.id(4),
        human: row.id(5),
        time_left: row.time(6).zip(row.time(7)).map(|(fired, seen)| left(fired, seen)),
    })
}

fn sentence(answer: &Answer) -> String {
    let of = answer.population;
    let exceptions: u64 = answer.counts.iter().map(|count| count.exceptions).sum();
    let worst =
        answer.counts.iter().find(|count| count.count > 0).map_or("V0", |count| count.label);
    match answer.verdict {
        Verdict::Gap => format!(
            "Of {of} consequential calls {exceptions} have no record of a person at the level that is asked for; the lowest level is {worst}."
        ),
        Verdict::Supports => format!(
            "The records show a person at the level that is asked for before each of {of} consequential calls; the lowest level is {worst}."
        ),
        Verdict::CannotTell | Verdict::NotApplicable => format!(
            "Cannot be told of all {of} consequential calls; the lowest level that the records show is {worst}."
        ),
    }
}
