//! Findings, facts apart from opinion, and the time line of the events they cite.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::super::content::FindingPart;
use super::super::facts::{Facts, file_of};
use super::super::findings::sort_in_time;
use super::super::safe;
use super::{Report, blind_spots, code, counted, header, maybe, quoted, row, time};
use crate::link::near::measured;
use crate::model::FindingField;

/// Events and links shown for a finding, and events of the time line; the other files have all.
const MAX_EVENTS: usize = 200;
const MAX_LINKS: usize = 50;
const MAX_TIMELINE: usize = 2_000;

/// Writes every finding.
pub(super) fn each(report: Report<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "## 6. Findings\n")?;
    if report.content.findings.is_empty() {
        return writeln!(out, "No finding was recorded.\n");
    }
    for part in &report.content.findings {
        finding(report, part, out)?;
    }
    Ok(())
}

fn finding(report: Report<'_>, part: &FindingPart, out: &mut String) -> fmt::Result {
    let finding = &part.row;
    writeln!(out, "### Finding {}: {}\n", finding.number, quoted(&finding.title))?;
    let criteria: Vec<String> = finding.criteria.iter().map(|id| quoted(id)).collect();
    writeln!(
        out,
        "State **{}**, severity **{}**, criteria: {}. Recorded by {} at {}.\n",
        finding.state.as_str(),
        finding.severity.as_str(),
        if criteria.is_empty() { "none".to_owned() } else { criteria.join(", ") },
        quoted(&finding.by),
        finding.at
    )?;
    writeln!(out, "**Facts** (from the records)\n")?;
    facts(report, part, out)?;
    links(part, out)?;
    blind_spots::touching(report, part, out)?;
    writeln!(out, "**Opinion** (the analyst's text)\n")?;
    opinion(&finding.narrative, out)?;
    fields(&finding.fields, out)
}

/// Writes what a person said beside the narrative.
fn fields(fields: &BTreeMap<FindingField, String>, out: &mut String) -> fmt::Result {
    for (field, text) in fields {
        writeln!(out, "> {}: {}", field.as_str(), quoted(text))?;
    }
    if fields.is_empty() { Ok(()) } else { writeln!(out) }
}

fn facts(report: Report<'_>, part: &FindingPart, out: &mut String) -> fmt::Result {
    let mut events: Vec<&Facts> =
        part.row.events.iter().filter_map(|id| report.facts.get(id)).collect();
    if part.row.events.is_empty() {
        return writeln!(out, "No event is cited.\n");
    }
    sort_in_time(&mut events);
    header(
        out,
        &["Time", "Plane", "Who", "Action", "Resource", "Decision", "Outcome", "Event", "Record"],
    )?;
    for facts in events.iter().take(MAX_EVENTS) {
        row(
            out,
            &[
                time(facts.time),
                facts.plane.to_string(),
                quoted(&facts.who),
                quoted(&facts.action),
                maybe(facts.resource.as_deref()),
                maybe(facts.decision.as_deref()),
                outcome(facts),
                code(&facts.id.short()),
                record(facts),
            ],
        )?;
    }
    if events.len() > MAX_EVENTS {
        let more = events.len() - MAX_EVENTS;
        writeln!(out, "\n{more} more of {} events are in `findings.json`.", events.len())?;
    }
    for id in &part.missing {
        writeln!(
            out,
            "\nCited, but not in the evidence read for this case: {}",
            code(&id.to_string())
        )?;
    }
    writeln!(out)
}

fn outcome(facts: &Facts) -> String {
    match &facts.error_code {
        Some(error) => format!("{} ({})", facts.outcome, quoted(error)),
        None => facts.outcome.to_string(),
    }
}

fn record(facts: &Facts) -> String {
    facts.place.as_ref().map_or_else(
        || "-".to_owned(),
        |place| format!("{} line {}", quoted(&file_of(place)), place.line),
    )
}

fn links(part: &FindingPart, out: &mut String) -> fmt::Result {
    let grades: Vec<String> =
        part.grades.iter().map(|(grade, count)| format!("{count} with grade `{grade}`")).collect();
    if part.row.events.is_empty() {
        return Ok(());
    }
    if grades.is_empty() {
        writeln!(out, "No link to another record was found for these events.\n")?;
    } else {
        writeln!(out, "Links that touch these events: {}.\n", grades.join(", "))?;
    }
    if part.n_near() > 0 {
        let near = counted(part.n_near(), "`~` link");
        let measured = measured();
        writeln!(
            out,
            "**This finding leans on {near}: close in time and shape, without a shared identifier.** Where the truth is \
             known, in made-up companies, {} of {} such links were right.\n",
            measured.right, measured.total
        )?;
    }
    if part.inner.is_empty() {
        return Ok(());
    }
    header(out, &["Event", "Event", "Grade", "Key", "Values (trust)"])?;
    for link in part.inner.iter().take(MAX_LINKS) {
        let ends = [code(&link.a.short()), code(&link.b.short())];
        let [a, b] = ends;
        row(out, &[a, b, format!("`{}`", link.grade), quoted(&link.key), quoted(&link.proof)])?;
    }
    if part.inner.len() > MAX_LINKS {
        let more = part.inner.len() - MAX_LINKS;
        writeln!(out, "\n{more} more of {} links are in `findings.json`.", part.inner.len())?;
    }
    writeln!(out)
}

/// Writes the narrative line by line as a quotation; its own markup stays text.
fn opinion(narrative: &str, out: &mut String) -> fmt::Result {
    if narrative.trim().is_empty() {
        return writeln!(out, "> None written.\n");
    }
    for line in narrative.lines() {
        if line.trim().is_empty() {
            writeln!(out, ">")?;
        } else {
            writeln!(out, "> {}", safe::markdown(line))?;
        }
    }
    writeln!(out)
}

/// Writes every cited event in time order, with what proves its record.
pub(super) fn timeline(report: Report<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "## 7. Time line of cited events\n")?;
    let mut events: Vec<&Facts> =
        report.content.cited.iter().filter_map(|id| report.facts.get(id)).collect();
    if events.is_empty() {
        return writeln!(out, "No event is cited.\n");
    }
    sort_in_time(&mut events);
    header(
        out,
        &["Time", "Event", "What happened", "Findings", "Record", "SHA-256 of the record"],
    )?;
    for facts in events.iter().take(MAX_TIMELINE) {
        let citing: Vec<String> = report
            .content
            .findings
            .iter()
            .filter(|part| part.row.events.contains(&facts.id))
            .map(|part| part.row.number.to_string())
            .collect();
        let digest = facts.place.as_ref().map_or("", |place| &place.record_sha256);
        row(
            out,
            &[
                time(facts.time),
                code(&facts.id.to_string()),
                quoted(&facts.message()),
                citing.join(", "),
                record(facts),
                code(digest),
            ],
        )?;
    }
    if events.len() > MAX_TIMELINE {
        let more = events.len() - MAX_TIMELINE;
        writeln!(out, "\n{more} more of {} events are in `events.jsonl`.", events.len())?;
    }
    writeln!(out)
}
