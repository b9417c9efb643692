//! Findings: what the records say, then, apart from it, what the analyst thinks.

use super::super::content::FindingPart;
use super::facts::{FOR_FINDING, Frame};
use super::people::outcome;
use super::{Block, Section, Table, Text, counted, joined, sources};
use crate::link::near::measured;
use crate::model::FindingField;
use crate::model::rows::FindingRow;

/// Links shown for a finding; `findings.json` has all.
const MOST_LINKS: usize = 50;

pub(super) fn section(frame: Frame<'_>) -> Section {
    let mut section = Section::new("11", "Findings");
    if frame.content.findings.is_empty() {
        section.say("No finding was recorded.");
    }
    for part in &frame.content.findings {
        finding(frame, part, &mut section);
    }
    section
}

fn finding(frame: Frame<'_>, part: &FindingPart, section: &mut Section) {
    let row = &part.row;
    section
        .blocks
        .push(Block::Heading(Text::plain(format!("Finding {}: ", row.number)).quote(&row.title)));
    let criteria = row.criteria.iter().map(|id| Text::quoted(id));
    section.text(
        Text::plain("State ")
            .then(Text::word(row.state.as_str()))
            .and(", severity ")
            .then(Text::word(row.severity.as_str()))
            .and(", criteria: ")
            .then(if row.criteria.is_empty() { Text::plain("none") } else { joined(criteria) })
            .and(". Recorded by ")
            .then(frame.person(&row.by))
            .and(format!(" at {}.", row.at)),
    );
    section.text(Text::new().strong("Facts").and(" (from the records)"));
    facts(frame, part, section);
    links(part, section);
    let touching = sources::touching(frame, part);
    if !touching.is_empty() {
        section.say("Blind spots that touch these events:");
        section.list(touching);
    }
    section.text(Text::new().strong("Opinion").and(" (the analyst's text)"));
    section.blocks.push(Block::Opinion(opinion(&row.narrative)));
    section.table(person(frame, row));
}

fn facts(frame: Frame<'_>, part: &FindingPart, section: &mut Section) {
    if part.row.events.is_empty() {
        section.say("No event is cited.");
        return;
    }
    let events = frame.records().of(&part.row.events);
    let mut table = Table::new(
        format!("Events that finding {} cites", part.row.number),
        &["Time", "Plane", "Who", "Action", "Resource", "Decision", "Outcome", "Record"],
    );
    for facts in events.iter().take(FOR_FINDING) {
        table.row(vec![
            Text::time(facts.time),
            Text::plain(facts.plane.to_string()),
            Text::quoted(&facts.who),
            Text::quoted(&facts.action),
            Text::maybe(facts.resource.as_deref()),
            Text::maybe(facts.decision.as_deref()),
            outcome(facts),
            Text::new().with(frame.records().cite(facts.id)),
        ]);
    }
    let held = part.row.events.len() - part.missing.len();
    table.left_out(held, "events", "in findings.json");
    section.table(table);
    for id in &part.missing {
        section.text(
            Text::plain("Cited, but not in the evidence read for this case: ").code(id.to_string()),
        );
    }
}

fn links(part: &FindingPart, section: &mut Section) {
    if part.row.events.is_empty() {
        return;
    }
    if part.grades.is_empty() {
        section.say("No link to another record was found for these events.");
    } else {
        let grades = part.grades.iter().map(|(grade, count)| {
            Text::plain(format!("{count} with grade ")).code(grade.to_string())
        });
        section.text(Text::plain("Links that touch these events: ").then(joined(grades)).and("."));
    }
    if part.n_near() > 0 {
        let measured = measured();
        section.notice(
            Text::plain(format!("This finding leans on {} ", part.n_near()))
                .code("~")
                .and(format!(
                    " {}: close in time and shape, without a shared identifier. Where the truth is known, in made-up \
                     companies, {} of {} such links were right.",
                    if part.n_near() == 1 { "link" } else { "links" },
                    measured.right,
                    measured.total
                )),
        );
    }
    if part.inner.is_empty() {
        return;
    }
    let mut table = Table::new(
        "Links between its events",
        &["Event", "Event", "Grade", "Key", "Values (trust)"],
    );
    for link in part.inner.iter().take(MOST_LINKS) {
        table.row(vec![
            Text::coded(link.a.short()),
            Text::coded(link.b.short()),
            Text::coded(link.grade.to_string()),
            Text::quoted(&link.key),
            Text::quoted(&link.proof),
        ]);
    }
    table.left_out(part.inner.len(), "links", "in findings.json");
    section.table(table);
}

/// Returns the narrative line by line; its own markup stays text.
fn opinion(narrative: &str) -> Vec<Text> {
    if narrative.trim().is_empty() {
        return vec![Text::plain("None written.")];
    }
    narrative
        .lines()
        .map(|line| if line.trim().is_empty() { Text::new() } else { whole(line) })
        .collect()
}

/// An analyst's own line is not cut.
fn whole(line: &str) -> Text {
    Text(vec![super::Span::Quoted(crate::text::sanitize::sanitize(line.trim()).into_owned())])
}

/// What a person says of a finding beside the narrative.
fn person(frame: Frame<'_>, row: &FindingRow) -> Table {
    let mut table = Table::new("What people decide about it", &["Question", "Answer"]);
    for field in FindingField::ALL {
        let said = row.fields.get(field);
        let said = said.map_or_else(Text::blank, |text| match field {
            FindingField::Owner => frame.person(text),
            _ => Text::quoted(text),
        });
        table.row(vec![Text::plain(field.as_str()), said]);
    }
    table
}

/// Returns a count of events in words.
pub(super) fn events(count: usize) -> String {
    counted(count as u64, "event")
}
