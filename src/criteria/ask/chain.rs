//! Question 4: two chains. The data chain goes from what an agent was asked to what it did, step by step; the evidence
//! chain goes from a file to the export, as `whytrail verify` states it.

use super::{Answer, Case, Item, MOST_CITED, Question, by_session, cite, gravest};
use crate::criteria::verdict::Verdict;
use crate::custody::Verdict as Stated;
use crate::store::{Fault, Row};

const QUESTION: Question = Question::Custody;

/// Labels with what they mean, gravest first.
const LABELS: &[(&str, &str)] = &[
    ("broken", "what asked for it was refused, and it was done by another way"),
    ("assumed", "nothing but the session ties it to what was asked"),
    ("ordered", "tied to what asked for it by time and shape only (~)"),
    ("bound", "tied to what asked for it by an identifier of both records"),
];

/// Each step with its label as a number, the words of the rule, and the record that asked.
const STEPS: &str = ", refused AS (
      SELECT e.n, min(lead.reason) AS reason FROM lead, unnest(string_split(lead.evidence, ' ')) AS cited(id)
      JOIN event e ON e.id = TRY_CAST(cited.id AS UUID)
      WHERE lead.rule = 'denied then done' AND e.outcome = 'success' GROUP BY e.n),
    asker AS (
      SELECT link.b AS n, link.a, link.grade, link.key FROM link JOIN population ON population.n = link.b
      QUALIFY row_number() OVER (PARTITION BY link.b ORDER BY link.strength, link.grade, link.key, link.a) = 1),
    step AS (
      SELECT population.item, population.n, population.session,
             CASE WHEN refused.n IS NOT NULL THEN 0 WHEN asker.grade IN ('=', '+') THEN 3 WHEN asker.grade = '~' THEN 2
                  ELSE 1 END AS rank,
             gap.item IS NOT NULL AS is_gap,
             coalesce(refused.reason, gap.why, untold.why, 'tied by the ' || asker.key) AS why, asker.a
      FROM population LEFT JOIN refused USING (n) LEFT JOIN asker USING (n)
      LEFT JOIN gap USING (item) LEFT JOIN untold USING (item))";

pub(super) fn answer(case: &Case<'_>) -> Result<Answer, Fault> {
    let mut answer = case.begin(QUESTION, "calls of agents that changed something");
    answer.evidence_chain = case.asked.evidence_chain.to_vec();
    let data = answer.verdict;
    let mut told = super::undecided(&answer, case.run(QUESTION));
    if answer.population > 0 {
        steps(case, &mut answer)?;
        told = data_sentence(&answer);
    }
    let broken = answer.counts.first().map_or(0, |count| count.count);
    let broken = if broken > 0 { Verdict::Gap } else { Verdict::Supports };
    answer.verdict = Verdict::of_all([data, broken, evidence(&answer)]);
    answer.says = format!("{told} {}", evidence_sentence(&answer));
    Ok(answer)
}

fn steps(case: &Case<'_>, answer: &mut Answer) -> Result<(), Fault> {
    let counts = format!(
        "{STEPS} SELECT rank, count(*), count(*) FILTER (is_gap OR rank = 0) FROM step GROUP BY rank"
    );
    answer.counts = super::by_label(LABELS, &case.over(QUESTION, &counts)?);
    let sessions = format!(
        "{STEPS} SELECT session.id, session.short, CAST(step.rank AS VARCHAR), count(*)
         FROM step JOIN session ON session.id = step.session GROUP BY ALL ORDER BY ALL"
    );
    let sessions = by_session(&case.over(QUESTION, &sessions)?, |rank| {
        label(rank.parse().unwrap_or(u64::MAX))
    });
    let order: Vec<&'static str> = LABELS.iter().map(|(label, _)| *label).collect();
    super::put_sessions(answer, gravest(sessions, &order));
    answer.n_cited = answer.population;
    let events = format!(
        "{STEPS} SELECT e.id, step.rank, step.why, asking.id FROM step JOIN event e USING (n)
         LEFT JOIN event asking ON asking.n = step.a ORDER BY step.rank, e.ts NULLS LAST, e.id LIMIT {MOST_CITED}"
    );
    let items = case.over(QUESTION, &events)?.iter().filter_map(item).collect();
    answer.cited = cite::cited(case.reader, items)?;
    Ok(())
}

fn label(rank: u64) -> &'static str {
    let place = usize::try_from(rank).unwrap_or(usize::MAX);
    LABELS.get(place).map_or("assumed", |(label, _)| label)
}

fn item(row: &Row) -> Option<Item> {
    Some(Item {
        event: row.id(0)?,
        label: label(row.count(1)),
        why: row.text(2),
        before: row.id(3),
        human: None,
        time_left: None,
    })
}

/// Returns what the statements about the evidence come to: false bars most, one that was not shown or not checked leaves
/// the question open. Signatures and anchors by others are a person's choice and bar nothing.
fn evidence(answer: &Answer) -> Verdict {
    let worth = |stated: Stated| match stated {
        Stated::Holds => Verdict::Supports,
        Stated::False => Verdict::Gap,
        Stated::NotShown | Stated::NotRun => Verdict::CannotTell,
    };
    let counted = answer
        .evidence_chain
        .iter()
        .filter(|one| !is_choice(one.number) || one.verdict == Stated::False);
    Verdict::of_all(counted.map(|one| worth(one.verdict)))
}

/// Statements about checkpoints, signatures and anchors.
const fn is_choice(number: u8) -> bool {
    matches!(number, 2..=4)
}

fn data_sentence(answer: &Answer) -> String {
    let told: Vec<String> = answer
        .counts
        .iter()
        .rev()
        .map(|count| format!("{} {}", count.count, count.label))
        .collect();
    format!("Of {} calls of agents that changed something {}.", answer.population, told.join(", "))
}

fn evidence_sentence(answer: &Answer) -> String {
    let all = answer.evidence_chain.len();
    let count =
        |wanted: Stated| answer.evidence_chain.iter().filter(|one| one.verdict == wanted).count();
    let (holds, is_false) = (count(Stated::Holds), count(Stated::False));
    if all == 0 || count(Stated::NotRun) == all {
        return "The evidence chain was not checked yet: `whytrail verify` checks it.".to_owned();
    }
    let wrong = if is_false > 0 { format!(", {is_false} do not") } else { String::new() };
    format!("Of {all} statements about the evidence {holds} hold{wrong}.")
}
