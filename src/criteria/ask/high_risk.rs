//! Question 2: what agents did that a person mapped to points of Annex III, which calls that decide about a person follow
//! from it, and what looks like such a use and nobody mapped. High risk is never inferred: hints are questions to a person.

use std::collections::BTreeMap;

use super::{Answer, Case, Count, Item, MOST_CITED, Mapped, OpenQuestion, Question, cite};
use crate::criteria::verdict::Verdict;
use crate::model::EventId;
use crate::store::{Fault, Row};

const QUESTION: Question = Question::HighRisk;

/// Labels with what they mean, gravest first.
const LABELS: &[(&str, &str)] = &[
    ("traced", "an identifier ties the call to what the agent did before it"),
    ("same-session", "nothing but the session ties them"),
    ("no-link", "no record ties the call to a mapped agent"),
];

const MAPPED: &str = "
    SELECT fact_highrisk.agent, string_agg(DISTINCT fact_highrisk.point, ', ' ORDER BY fact_highrisk.point),
           count(DISTINCT agent_event.n)
    FROM fact_highrisk LEFT JOIN (SELECT agent_event.n, agent_event.agent, event.actor FROM agent_event JOIN event USING (n)) agent_event
      ON agent_event.agent GLOB fact_highrisk.agent OR agent_event.actor GLOB fact_highrisk.agent
    GROUP BY fact_highrisk.agent ORDER BY fact_highrisk.agent";

/// Calls that decide about a person: the event, its label, and the agent's event that ties it.
const EFFECTS: &str = "
    WITH output AS MATERIALIZED (
      SELECT e.n, e.id, e.ts, e.trace, agent_event.session FROM agent_event JOIN event e USING (n)
      WHERE EXISTS (SELECT 1 FROM fact_highrisk
                    WHERE agent_event.agent GLOB fact_highrisk.agent OR e.actor GLOB fact_highrisk.agent)),
    fired AS (
      SELECT DISTINCT e.n, e.id, e.ts, e.trace, coalesce(agent_event.session, own.session) AS session
      FROM event e JOIN fact_consequential f
        ON f.on_person AND (e.action GLOB f.action OR e.tool GLOB f.action) AND (f.resource IS NULL OR e.resource GLOB f.resource)
      LEFT JOIN agent_event USING (n) LEFT JOIN session_key own ON own.local = e.session
      WHERE e.kind IN ('api', 'tool_call') AND e.outcome IS DISTINCT FROM 'denied' AND e.outcome IS DISTINCT FROM 'error'
        AND e.decision IS DISTINCT FROM 'deny' AND e.ts IS NOT NULL),
    effect AS MATERIALIZED (
      SELECT * FROM fired WHERE n NOT IN (SELECT a FROM link WHERE grade IN ('=', '+') AND b IN (SELECT n FROM fired))),
    tied AS (
      SELECT effect.n, 0 AS rank, output.id, output.ts FROM effect
      JOIN link ON link.b = effect.n AND link.grade IN ('=', '+') JOIN output ON output.n = link.a
      UNION ALL
      SELECT effect.n, 0, output.id, output.ts FROM effect JOIN output ON output.trace = effect.trace
      WHERE output.ts <= effect.ts AND output.n <> effect.n
      UNION ALL
      SELECT effect.n, 1, output.id, output.ts FROM effect JOIN output ON output.session = effect.session
      WHERE output.ts <= effect.ts),
    best AS (
      SELECT n, rank, id FROM tied QUALIFY row_number() OVER (PARTITION BY n ORDER BY rank, ts DESC, id DESC) = 1)
    SELECT effect.id, coalesce(best.rank, 2), best.id, effect.ts, count(*) OVER (PARTITION BY coalesce(best.rank, 2))
    FROM effect LEFT JOIN best USING (n) ORDER BY 2, effect.ts, effect.id";

/// Annex III by point: words that a name may hold. A match is a question to a person, never a verdict.
const HINTS: &[(&str, &[&str])] = &[
    ("1 (biometrics)", &["biometric", "biometrics", "face", "voice", "emotion", "liveness"]),
    ("2 (infrastructure)", &["scada", "grid", "traffic", "water"]),
    ("3 (education)", &["admission", "exam", "grade", "proctor"]),
    ("4 (employment)", &["cv", "candidate", "applicant", "shift", "performance", "terminate"]),
    (
        "5 (essential services)",
        &["benefit", "credit", "score", "loan", "insurance", "premium", "triage", "dispatch"],
    ),
    ("6 (law enforcement)", &["suspect", "evidence", "offender", "profile"]),
    ("7 (migration)", &["visa", "asylum", "border"]),
    ("8 (justice, democracy)", &["judgment", "sentencing", "voter", "campaign"]),
];

/// Names that hold one of the words, whoever used them: each name is looked at once, not each event.
const HINTED: &str = "CREATE OR REPLACE TEMP TABLE hinted AS
    SELECT name FROM (SELECT DISTINCT tool AS name FROM event UNION SELECT DISTINCT resource FROM event)
    WHERE regexp_matches(lower(name), '$words')";

/// Names among them that agents used and nobody mapped: field, name, events, an example.
const NAMES: &str = "
    WITH unmapped AS (
      SELECT e.id, e.ts, e.tool, e.resource FROM agent_event JOIN event e USING (n)
      WHERE (e.tool IN (SELECT name FROM hinted) OR e.resource IN (SELECT name FROM hinted))
        AND NOT EXISTS (SELECT 1 FROM fact_highrisk
                        WHERE agent_event.agent GLOB fact_highrisk.agent OR e.actor GLOB fact_highrisk.agent)),
    named AS (
      SELECT 'tool' AS field, tool AS name, id, ts FROM unmapped WHERE tool IS NOT NULL
      UNION ALL SELECT 'what', resource, id, ts FROM unmapped WHERE resource IS NOT NULL)
    SELECT field, name, count(*), min_by(id, (ts, id)) FROM named
    WHERE name IN (SELECT name FROM hinted) GROUP BY field, name ORDER BY field, name";

/// Most names that a question lists.
const MOST_NAMES: usize = 5;

pub(super) fn answer(case: &Case<'_>) -> Result<Answer, Fault> {
    let mut answer = case.begin(QUESTION, "calls that decide about a person");
    answer.population = 0;
    answer.open = open(case)?;
    if !case.is_decidable(QUESTION) {
        answer.says = super::undecided(&answer, case.run(QUESTION));
        ask_along(&mut answer);
        return Ok(answer);
    }
    answer.mapped = case.ask(MAPPED)?.iter().map(mapped).collect();
    let rows = case.ask(EFFECTS)?;
    answer.population = rows.len() as u64;
    answer.counts = LABELS
        .iter()
        .zip(0_u64..)
        .map(|((label, means), rank)| Count {
            label,
            means,
            count: rows.iter().filter(|row| row.count(1) == rank).count() as u64,
            exceptions: 0,
        })
        .collect();
    answer.n_cited = answer.population;
    let items = rows.iter().take(MOST_CITED).filter_map(item);
    answer.cited = cite::cited(case.reader, items.collect())?;
    answer.says = sentence(&answer);
    ask_along(&mut answer);
    Ok(answer)
}

fn mapped(row: &Row) -> Mapped {
    Mapped {
        // The table holds the engine's pattern, in which a bracket of ours is written so.
        agent: row.text(0).replace("[[]", "["),
        points: row.text(1).split(", ").map(str::to_owned).collect(),
        events: row.count(2),
    }
}

fn item(row: &Row) -> Option<Item> {
    let rank = usize::try_from(row.count(1)).unwrap_or(usize::MAX);
    let (label, why) = LABELS.get(rank).copied()?;
    Some(Item {
        event: row.id(0)?,
        label,
        why: why.to_owned(),
        before: row.id(2),
        human: None,
        time_left: None,
    })
}

fn sentence(answer: &Answer) -> String {
    let events: u64 = answer.mapped.iter().map(|one| one.events).sum();
    let agents = answer.mapped.len();
    let told: Vec<String> =
        answer.counts.iter().map(|count| format!("{} {}", count.count, count.label)).collect();
    let effects = if answer.population == 0 {
        "no call that decides about a person is in the records".to_owned()
    } else {
        format!("of {} calls that decide about a person {}", answer.population, told.join(", "))
    };
    let held = match answer.verdict {
        Verdict::Supports => "model, inputs and oversight stand in the records",
        Verdict::Gap => "model, inputs or oversight are missing in places",
        Verdict::CannotTell | Verdict::NotApplicable => {
            "whether model, inputs and oversight stand in the records cannot be told of all"
        }
    };
    format!("{agents} declared uses with {events} events; {effects}; {held}.")
}

fn ask_along(answer: &mut Answer) {
    if !answer.open.is_empty() {
        let asks =
            format!(" {} points of Annex III wait for a person's answer.", answer.open.len());
        answer.says.push_str(&asks);
    }
}

/// A name that agents used: the field that holds it, the name, its events, the first of them.
type Name = (String, String, u64, Option<EventId>);

/// Returns what looks like a field of Annex III and nobody mapped.
fn open(case: &Case<'_>) -> Result<Vec<OpenQuestion>, Fault> {
    let all: Vec<&str> = HINTS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
    case.reader.rows(&HINTED.replace("$words", &all.join("|")), &[])?;
    if case.reader.number("SELECT count(*) FROM hinted", &[])? == 0 {
        return Ok(Vec::new());
    }
    let rows = case.ask(NAMES)?;
    let mut by_point: BTreeMap<usize, Vec<Name>> = BTreeMap::new();
    for row in &rows {
        let name = row.text(1);
        for point in points(&name) {
            let found = (row.text(0), name.clone(), row.count(2), row.id(3));
            by_point.entry(point).or_default().push(found);
        }
    }
    Ok(by_point.into_iter().filter_map(|(point, found)| question(point, found)).collect())
}

/// Returns the points whose words stand in a name as words: `create_candidate`, `CreditScore`, not `interface`.
fn points(name: &str) -> Vec<usize> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_small = false;
    for letter in name.chars() {
        let begins = letter.is_uppercase() && was_small;
        if (begins || !letter.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase();
    }
    words.push(word);
    let holds =
        |hint: &&str| words.iter().any(|word| word == hint || word.strip_suffix('s') == Some(hint));
    let of = |(at, (_, hints)): (usize, &(&str, &[&str]))| hints.iter().any(holds).then_some(at);
    HINTS.iter().enumerate().filter_map(of).collect()
}

fn question(point: usize, mut found: Vec<Name>) -> Option<OpenQuestion> {
    let (name, _) = HINTS.get(point)?;
    found.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| one.1.cmp(&other.1)));
    let names: Vec<&str> = found.iter().take(MOST_NAMES).map(|one| one.1.as_str()).collect();
    let more = match found.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = found.first()?;
    let filter = format!("{}=\"{}\"", first.0, first.1.replace('\\', "\\\\").replace('"', "\\\""));
    Some(OpenQuestion {
        asks: format!(
            "Is this a use under point {name} of Annex III? Names that agents used: {}{more}.",
            names.join(", ")
        ),
        events: found.iter().map(|one| one.2).sum(),
        examples: found.iter().take(MOST_NAMES).filter_map(|one| one.3).collect(),
        filter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_words_of_a_name_and_not_parts_of_words() {
        assert_eq!(points("score_candidate"), [3, 4]);
        assert_eq!(points("CreditScores"), [4]);
        assert_eq!(points("arn:aws:s3:::visa-applicants/q2.csv"), [3, 6]);
        assert!(points("interface").is_empty());
        assert!(points("network-interface/eni-1").is_empty());
        assert!(points("").is_empty());
    }
}
