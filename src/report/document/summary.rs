//! The page that many read alone: numbers with what they are a part of, verdicts by pack, the gravest findings, the four
//! answers in one line each, what nobody could answer, and what was not seen. Must not mislead who stops there.

use std::collections::BTreeMap;

use super::facts::Frame;
use super::frame::{chosen, pack_of};
use super::{Block, Section, Table, Text, counted, pictures};
use crate::criteria::Verdicts;
use crate::criteria::assess::CriterionLine;
use crate::criteria::verdict::Verdict;
use crate::custody::AsideKind;
use crate::model::rows::{FindingState, Severity};

/// Findings and blind spots named here; the sections on them have all.
const FINDINGS: usize = 5;
const SPOTS: usize = 6;
/// Facts that are waited for and named here.
const WAITING: usize = 5;

pub(super) fn section(frame: Frame<'_>) -> Section {
    let mut section = Section::new("2", "Summary");
    section.say("What happened, in the analyst's words (three to five sentences):");
    section.blocks.push(Block::Lines(4));
    section.list(numbers(frame));
    if let Some(activity) = pictures::activity(frame) {
        section.blocks.push(Block::Activity(activity));
    }
    if let Some(cited) = pictures::cited(frame) {
        section.blocks.push(Block::Activity(cited));
    }
    answers(frame, &mut section);
    findings(frame, &mut section);
    verdicts(frame, &mut section);
    open(frame, &mut section);
    unseen(frame, &mut section);
    section
}

/// Returns the numbers of the case.
fn numbers(frame: Frame<'_>) -> Vec<Text> {
    let content = frame.content;
    let in_case = content.n_dated + content.n_undated;
    let mut lines = vec![
        Text::plain(format!(
            "Events in this bundle: {} of {in_case} in the case; chosen: ",
            content.keys.len()
        ))
        .then(chosen(frame.input.filter)),
        Text::plain(format!(
            "Row account: read {} = kept {} + duplicate {} + rejected {}: ",
            content.account.read,
            content.account.kept,
            content.account.duplicate,
            content.account.rejected
        ))
        .strong(content.account.verdict()),
        Text::plain(format!("Tags: {}; notes: {}", content.n_tags, content.n_notes)),
    ];
    for state in FindingState::ALL {
        let of_state = || content.findings.iter().filter(|part| part.row.state == *state);
        let n_findings = of_state().count();
        if n_findings == 0 {
            continue;
        }
        let severities: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .map(|severity| {
                (of_state().filter(|part| part.row.severity == *severity).count(), severity)
            })
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| format!("{count} {}", severity.as_str()))
            .collect();
        let total = content.findings.len();
        lines.push(Text::plain(format!(
            "Findings {}: {n_findings} of {total} ({})",
            state.as_str(),
            severities.join(", ")
        )));
    }
    let standing = || content.findings.iter().filter(|part| part.stands());
    let n_weak = standing().filter(|part| part.n_near() > 0).count();
    if n_weak > 0 {
        lines.push(
            Text::plain("Findings that lean on ")
                .code("~")
                .and(format!(" links: {n_weak} of {} that stand", standing().count())),
        );
    }
    lines.push(Text::plain(format!(
        "Events without a usable time, set aside: {} of {in_case}",
        content.n_undated_aside()
    )));
    lines
}

/// Counts of verdicts of one pack.
#[derive(Default)]
struct Counts {
    by_verdict: BTreeMap<Verdict, u64>,
    overridden: u64,
    later: u64,
    total: u64,
}

fn verdicts(frame: Frame<'_>, section: &mut Section) {
    let Some(assessed) = frame.assessed() else {
        section.say("Criteria were not assessed for this bundle.");
        return;
    };
    let mut packs: Vec<(&str, Counts)> = Vec::new();
    for line in &assessed.assessment.lines {
        let pack = line.criterion.pack.as_str();
        if packs.last().is_none_or(|(known, _)| *known != pack) {
            packs.push((pack, Counts::default()));
        }
        let Some((_, counts)) = packs.last_mut() else { continue };
        count(frame, line, counts);
    }
    let mut table = Table::new(
        "Verdicts of the machine, by pack",
        &[
            "Pack",
            "#gap or observed",
            "#cannot-tell",
            "#supports or not observed",
            "#Criteria",
            "Persons decided",
            "Not yet applicable",
        ],
    );
    for (id, counts) in packs {
        let of = |verdict| counts.by_verdict.get(&verdict).copied().unwrap_or(0);
        let is_behavior =
            pack_of(frame, id).is_some_and(|pack| pack.verdicts == Verdicts::Behavior);
        let name = pack_of(frame, id).map_or(id, |pack| pack.title.as_str());
        let name = Text::told(name).and(if is_behavior { " (behavior)" } else { "" });
        table.row(vec![
            name,
            Text::count(of(Verdict::Gap)),
            Text::count(of(Verdict::CannotTell)),
            Text::count(of(Verdict::Supports)),
            Text::count(counts.total),
            Text::plain(format!("{} of {}", counts.overridden, counts.total)),
            Text::plain(format!("{} of {}", counts.later, counts.total)),
        ]);
    }
    section.table(table);
}

fn count(frame: Frame<'_>, line: &CriterionLine, counts: &mut Counts) {
    *counts.by_verdict.entry(line.run.verdict).or_default() += 1;
    counts.total += 1;
    counts.later += u64::from(line.not_before.is_some());
    let asides = frame.input.state.asides();
    counts.overridden += u64::from(asides.get(AsideKind::Criterion, &line.criterion.id).is_some());
}

fn answers(frame: Frame<'_>, section: &mut Section) {
    let answers = frame.assessed().map_or(&[][..], |assessed| assessed.answers);
    if answers.is_empty() {
        return;
    }
    let mut table = Table::new(
        "The four questions; section 9 has the evidence",
        &["Question", "Verdict", "Answer"],
    );
    for answer in answers {
        let cited = answer.cited.iter().map(|cited| cited.event);
        table.row(vec![
            Text::plain(format!("{}. {}", answer.question.number(), answer.question.text())),
            Text::word(answer.verdict.as_str()),
            Text::told(&answer.says).with(frame.records().cite_all(cited)),
        ]);
    }
    section.table(table);
}

fn findings(frame: Frame<'_>, section: &mut Section) {
    let mut standing: Vec<_> = frame.content.findings.iter().filter(|part| part.stands()).collect();
    if standing.is_empty() {
        section.say("No finding stands. That does not show that nothing happened.");
        return;
    }
    standing.sort_by_key(|part| (std::cmp::Reverse(part.row.severity), part.row.number));
    let total = standing.len();
    let mut table = Table::new("Gravest findings", &["#Finding", "Severity", "Title", "Events"]);
    for part in standing.into_iter().take(FINDINGS) {
        let events = part.row.events.iter().copied();
        table.row(vec![
            Text::count(part.row.number.into()),
            Text::word(part.row.severity.as_str()),
            Text::quoted(&part.row.title),
            Text::count(part.row.events.len() as u64).with(frame.records().cite_all(events)),
        ]);
    }
    table.left_out(total, "findings that stand", "in section 11");
    section.table(table);
}

/// What nobody could answer: facts that are not declared, and questions to people.
fn open(frame: Frame<'_>, section: &mut Section) {
    let Some(assessed) = frame.assessed() else { return };
    let mut lines: Vec<Text> = assessed
        .assessment
        .waiting
        .iter()
        .take(WAITING)
        .map(|one| Text::plain(format!("{} criteria wait for ", one.n_criteria)).code(one.spoken()))
        .collect();
    let n_waiting = assessed.assessment.waiting.len();
    if n_waiting > WAITING {
        lines.push(Text::plain(format!(
            "{} more of {n_waiting} facts that are waited for are in section 10.",
            n_waiting - WAITING
        )));
    }
    for question in assessed.answers.iter().flat_map(|answer| &answer.open) {
        let examples = question.examples.iter().copied();
        lines.push(
            Text::told(&question.asks)
                .and(format!(" ({})", counted(question.events, "event")))
                .with(frame.records().cite_all(examples)),
        );
    }
    if !lines.is_empty() {
        section.heading("Questions that only people can answer");
        section.list(lines);
    }
}

fn unseen(frame: Frame<'_>, section: &mut Section) {
    let grave: Vec<_> = frame.content.spots.iter().filter(|spot| spot.is_grave()).collect();
    section.heading("What is not covered");
    let mut lines: Vec<Text> = grave
        .iter()
        .take(SPOTS)
        .map(|spot| {
            Text::new()
                .code(spot.name())
                .and(" ")
                .then(Text::word(spot.grade.as_str()))
                .and(" ")
                .tell(&spot.title)
                .and(". It cannot be said: ")
                .tell(&spot.forbids)
                .with(frame.records().cite_all(spot.examples.iter().copied()))
        })
        .collect();
    if grave.len() > SPOTS {
        lines.push(Text::plain(format!(
            "{} more of {} grave blind spots are in section 6.",
            grave.len() - SPOTS,
            grave.len()
        )));
    }
    section.list(lines);
    section.notice(Text::plain(
        "What is not covered is in sections 6 and 16 in full; a summary must not be read without them.",
    ));
}
