//! Tags by criterion, with what a criterion's records cannot show, then the other tags and the notes.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::{Report, code, header, maybe, quoted, row};
use crate::criteria::{Applies, Criterion, applies_on};
use crate::model::EventId;

/// Events named for a criterion, and notes shown; `events.jsonl` has all.
const MAX_EVENTS: usize = 10;
const MAX_NOTES: usize = 500;

/// Writes the tags that name a criterion. A tag is a mark by an analyst, not a verdict.
pub(super) fn table(report: Report<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "## 8. Tags by criterion\n")?;
    let mut tagged: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
    for tag in report.input.state.tags() {
        if let Some(criterion) = tag.criterion {
            tagged.entry(criterion).or_default().push(tag.event);
        }
    }
    if tagged.is_empty() {
        return writeln!(out, "No event is tagged with a criterion.\n");
    }
    writeln!(
        out,
        "A tag says that an analyst marked a record as bearing on a criterion. It is no verdict on the criterion.\n"
    )?;
    header(
        out,
        &[
            "Criterion",
            "Title",
            "#Events",
            "First events",
            "On the event date",
            "What logs cannot show",
        ],
    )?;
    for (id, mut events) in tagged {
        events.sort_unstable();
        events.dedup();
        let criterion = find(report, &id);
        let named: Vec<String> =
            events.iter().take(MAX_EVENTS).map(|event| code(&event.short())).collect();
        row(
            out,
            &[
                quoted(&id),
                maybe(criterion.map(|criterion| criterion.title.as_str())),
                events.len().to_string(),
                named.join(" "),
                criterion.map_or_else(
                    || "-".to_owned(),
                    |criterion| applies(report, criterion, &events),
                ),
                maybe(criterion.map(|criterion| criterion.cannot_show.as_str())),
            ],
        )?;
    }
    writeln!(out)
}

fn find<'r>(report: Report<'r>, id: &str) -> Option<&'r Criterion> {
    report.input.packs.iter().flat_map(|pack| &pack.criteria).find(|criterion| criterion.id == id)
}

/// Says for how many of the events the criterion was not yet applicable.
fn applies(report: Report<'_>, criterion: &Criterion, events: &[EventId]) -> String {
    let times = events.iter().filter_map(|id| report.facts.get(id)?.time);
    let mut later = None;
    let mut n_before = 0_usize;
    for time in times {
        if let Applies::From(date) = applies_on(criterion, time) {
            n_before += 1;
            later = Some(date);
        }
    }
    match later {
        None => "applicable".to_owned(),
        Some(date) => {
            format!("not yet applicable for {n_before} of {} (applies from {date})", events.len())
        }
    }
}

/// Writes tags without a criterion, and the notes.
pub(super) fn marks(report: Report<'_>, out: &mut String) -> fmt::Result {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for tag in report.input.state.tags().filter(|tag| tag.criterion.is_none()) {
        *counts.entry(tag.text).or_default() += 1;
    }
    if !counts.is_empty() {
        writeln!(out, "Other tags:\n")?;
        header(out, &["Tag", "#Events"])?;
        for (text, count) in counts {
            row(out, &[quoted(&text), count.to_string()])?;
        }
        writeln!(out)?;
    }
    if report.content.n_notes == 0 {
        return Ok(());
    }
    writeln!(out, "Notes (the analyst's text):\n")?;
    header(out, &["Event", "By", "At", "Note"])?;
    for note in report.input.state.notes().take(MAX_NOTES) {
        row(
            out,
            &[code(&note.event.short()), quoted(&note.by), note.at.to_string(), quoted(&note.text)],
        )?;
    }
    if report.content.n_notes > MAX_NOTES as u64 {
        let more = report.content.n_notes - MAX_NOTES as u64;
        writeln!(out, "\n{more} more of {} notes are in `events.jsonl`.", report.content.n_notes)?;
    }
    writeln!(out)
}
