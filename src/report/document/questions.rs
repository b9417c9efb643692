//! The four questions, each with its answer, the records behind it, and what bars a better one.

use super::facts::Frame;
use super::{Block, Section, Span, Table, Text, findings, joined};
use crate::criteria::ask::{Answer, Cited, Limit};

/// Records and sessions told for one answer; `whytrail ask` has more.
const MOST_CITED: usize = 15;
const MOST_SESSIONS: usize = 10;

pub(super) fn section(frame: Frame<'_>) -> Section {
    let mut section = Section::new("9", "The four questions");
    let answers = frame.assessed().map_or(&[][..], |assessed| assessed.answers);
    if answers.is_empty() {
        section.say("The four questions were not asked for this bundle.");
    }
    for answer in answers {
        one(frame, answer, &mut section);
    }
    section
}

fn one(frame: Frame<'_>, answer: &Answer, section: &mut Section) {
    let question = answer.question;
    section.heading(format!("Question {}: {}", question.number(), question.text()));
    section.text(
        Text::word(answer.verdict.as_str())
            .and(". ")
            .tell(&answer.says)
            .and(format!(" Looked at: {} {}. Rule ", answer.population, answer.unit))
            .code(question.rule())
            .and(", in annex A.")
            .with(frame.records().cite_all(answer.cited.iter().map(|cited| cited.event))),
    );
    if !answer.counts.is_empty() {
        let mut table = Table::new(
            "Labels, gravest first",
            &["Label", "Meaning", "#Of the population", "#Exceptions"],
        );
        for count in &answer.counts {
            table.row(vec![
                Text::word(count.label),
                Text::plain(count.means),
                Text::plain(format!("{} of {}", count.count, answer.population)),
                Text::count(count.exceptions),
            ]);
        }
        section.table(table);
    }
    cited(frame, answer, section);
    sessions(answer, section);
    mapped(answer, section);
    open(frame, answer, section);
    evidence(answer, section);
    limits(answer, section);
}

fn cited(frame: Frame<'_>, answer: &Answer, section: &mut Section) {
    if answer.cited.is_empty() {
        return;
    }
    let mut table = Table::new(
        "Records behind the answer",
        &["Label", "Time", "Who", "What", "On", "Why", "With", "Record"],
    );
    for cited in answer.cited.iter().take(MOST_CITED) {
        table.row(vec![
            Text::word(cited.label),
            Text::time(cited.time),
            frame.person(&cited.who),
            Text::quoted(&cited.action).and(format!(" ({})", cited.outcome)),
            Text::quoted(&cited.target),
            Text::told(&cited.why),
            beside(frame, cited),
            Text::new().with(frame.records().cite(cited.event)),
        ]);
    }
    let total = usize::try_from(answer.n_cited).unwrap_or(usize::MAX);
    table.left_out(total, "records", "listed by `whytrail ask`");
    section.table(table);
}

/// What led to a record, and the record of a person.
fn beside(frame: Frame<'_>, cited: &Cited) -> Text {
    let mut parts = Vec::new();
    if let Some(before) = &cited.before {
        parts.push(
            Text::plain("before: ").quote(&before.what).with(frame.records().cite(before.event)),
        );
    }
    if let Some(human) = &cited.human {
        parts.push(
            Text::plain("person: ").quote(&human.what).with(frame.records().cite(human.event)),
        );
    }
    if let Some(left) = cited.time_left {
        parts.push(Text::plain(format!("{} s to look", left / 1_000_000)));
    }
    joined(parts)
}

fn sessions(answer: &Answer, section: &mut Section) {
    if answer.sessions.is_empty() {
        return;
    }
    let mut table = Table::new("Gravest label of each session", &["Session", "Label", "Items"]);
    for session in answer.sessions.iter().take(MOST_SESSIONS) {
        table.row(vec![
            Text::quoted(&session.short),
            Text::word(session.label),
            Text::plain(format!("{} of {}", session.count, session.of)),
        ]);
    }
    let total = usize::try_from(answer.n_sessions).unwrap_or(usize::MAX);
    table.left_out(total, "sessions", "listed by `whytrail ask`");
    section.table(table);
}

fn mapped(answer: &Answer, section: &mut Section) {
    if answer.mapped.is_empty() {
        return;
    }
    let mut table =
        Table::new("Agents mapped to Annex III by a person", &["Agent", "Points", "#Events"]);
    for one in &answer.mapped {
        table.row(vec![
            Text::quoted(&one.agent),
            joined(one.points.iter().map(|point| Text::quoted(point))),
            Text::count(one.events),
        ]);
    }
    section.table(table);
}

fn open(frame: Frame<'_>, answer: &Answer, section: &mut Section) {
    let mut table = Table::new("Questions to people", &["Question", "Events", "Answer"]);
    for question in &answer.open {
        let count = usize::try_from(question.events).unwrap_or(usize::MAX);
        let events = Text::plain(findings::events(count))
            .with(frame.records().cite_all(question.examples.iter().copied()));
        table.row(vec![Text::told(&question.asks), events, Text::blank()]);
    }
    for key in &answer.waits_for {
        let asks = Text::plain("What is ").code(key).and("? It is needed and not declared.");
        table.row(vec![asks, Text::none(), Text::blank()]);
    }
    if !table.rows.is_empty() {
        section.table(table);
    }
}

/// The evidence chain by its verdicts; its sentences stand in section 17, because they change with every entry of the
/// journal.
fn evidence(answer: &Answer, section: &mut Section) {
    if answer.evidence_chain.is_empty() {
        return;
    }
    let chain = answer.evidence_chain.iter().map(|statement| {
        Text::plain(format!("{}: ", statement.name)).then(Text::word(statement.verdict.word()))
    });
    section.text(
        Text::plain(
            "The evidence chain (file, record, tag, export) is apart from the data chain: ",
        )
        .then(joined(chain))
        .and(". Section 17 has what each rests on."),
    );
}

fn limits(answer: &Answer, section: &mut Section) {
    if answer.limits.is_empty() {
        return;
    }
    section.blocks.push(Block::Paragraph(Text::plain("What bars a better answer:")));
    section.list(answer.limits.iter().map(limit).collect());
}

fn limit(limit: &Limit) -> Text {
    let text = Text::new();
    let text = match limit.spot {
        Some(number) => text.code(format!("B{number}")).and(": "),
        None => text,
    };
    let Text(mut spans) = text.tell(&limit.says);
    spans.retain(|span| !matches!(span, Span::Plain(text) if text.is_empty()));
    Text(spans)
}
