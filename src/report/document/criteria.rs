//! Criteria, one table for each pack: what the machine came to, over how many, why, from when it applies, and what a person
//! says instead. Tags and notes of the analyst follow.

use std::collections::BTreeMap;

use super::facts::Frame;
use super::frame::pack_of;
use super::{Block, Section, Table, Text, joined, sources};
use crate::criteria::assess::CriterionLine;
use crate::criteria::verdict::Verdict;
use crate::criteria::{Applies, Criterion, Verdicts, applies_on};
use crate::custody::AsideKind;
use crate::model::EventId;

/// Notes shown; `events.jsonl` has all.
const MOST_NOTES: usize = 500;
/// Different tags that name no criterion.
const MOST_TAGS: usize = 200;

pub(super) fn section(frame: Frame<'_>) -> Section {
    let mut section = Section::new("10", "Criteria");
    match frame.assessed() {
        None => section.say("Criteria were not assessed for this bundle."),
        Some(assessed) => {
            section.say(
                "The verdict is the machine's, from the rules that the pack names; the worst of them counts. Where a person \
                 decided otherwise, both stand. A criterion that was not yet applicable on the last event's date is shown \
                 for readiness.",
            );
            waiting(frame, &mut section);
            let mut packs: Vec<(&str, Vec<&CriterionLine>)> = Vec::new();
            for line in &assessed.assessment.lines {
                match packs.last_mut() {
                    Some((id, lines)) if *id == line.criterion.pack => lines.push(line),
                    _ => packs.push((&line.criterion.pack, vec![line])),
                }
            }
            for (id, lines) in packs {
                pack(frame, id, &lines, &mut section);
            }
        }
    }
    tags(frame, &mut section);
    notes(frame, &mut section);
    section
}

/// Which facts would let more be told.
fn waiting(frame: Frame<'_>, section: &mut Section) {
    let Some(assessed) = frame.assessed() else { return };
    if assessed.assessment.waiting.is_empty() {
        return;
    }
    let names = ["Declared fact", "#Criteria that wait for it", "Rules"];
    let mut table = Table::new("Facts that are not declared", &names);
    for one in &assessed.assessment.waiting {
        table.row(vec![
            Text::coded(one.spoken()),
            Text::count(one.n_criteria as u64),
            Text::plain(one.rules.join(", ")),
        ]);
    }
    section.table(table);
}

fn pack(frame: Frame<'_>, id: &str, lines: &[&CriterionLine], section: &mut Section) {
    let pack = pack_of(frame, id);
    let title = pack.map_or(id, |pack| pack.title.as_str());
    section.blocks.push(Block::Heading(Text::told(title).and(" (").code(id).and(")")));
    if let Some(note) = pack.and_then(|pack| pack.note.as_deref()) {
        section.text(Text::told(note));
    }
    let is_behavior = pack.is_some_and(|pack| pack.verdicts == Verdicts::Behavior);
    let mut table = Table::new(
        format!("{} criteria", lines.len()),
        &[
            "Criterion",
            "Verdict",
            "#Population",
            "#Exceptions",
            "Why, and what it cannot show",
            "Applies",
            "Records",
        ],
    );
    let is_plain = |line: &&&CriterionLine| {
        is_behavior && line.run.verdict != Verdict::Gap && mine(frame, &line.criterion).is_none()
    };
    let n_plain = lines.iter().filter(is_plain).count();
    for line in lines.iter().filter(|line| !is_plain(line)) {
        table.row(row(frame, line));
    }
    if n_plain > 0 {
        table.more = Some(
            Text::plain(format!(
                "{n_plain} more of {} are not observed or cannot be told: ",
                lines.len()
            ))
            .code(format!("whytrail comply --set {id}"))
            .and("."),
        );
    }
    if table.rows.is_empty() {
        section.text(table.more.unwrap_or_default());
    } else {
        section.table(table);
    }
}

fn row(frame: Frame<'_>, line: &CriterionLine) -> Vec<Text> {
    let criterion = &line.criterion;
    let name = Text::new()
        .strong(sanitized(&criterion.full_label()))
        .and(" ")
        .tell(&criterion.title)
        .and(" ")
        .code(&criterion.id);
    let mut verdict =
        Text::word(line.word(line.run.verdict)).and(" ").and(criterion.strength.as_str());
    if let Some(mine) = mine(frame, criterion) {
        verdict = verdict
            .and("; a person decided: ")
            .quote(&mine.name)
            .and(" (")
            .then(frame.person(&mine.by))
            .and(format!(", {}): ", mine.at))
            .quote(&mine.reason);
    }
    let why = Text::told(&line.why).and(". Cannot be shown: ").tell(&criterion.cannot_show);
    let applies = match line.not_before {
        Some(date) => format!("not yet on the event date (from {date}); shown for readiness"),
        None if criterion.applies.is_empty() => "without a date".to_owned(),
        None => "yes".to_owned(),
    };
    let owes = if criterion.owes.is_empty() {
        Text::plain(applies)
    } else {
        Text::plain(format!("{applies}; as ")).tell(&criterion.owes.join(", "))
    };
    vec![
        name,
        verdict,
        Text::count(line.run.population),
        Text::count(line.run.exceptions),
        why,
        owes,
        records(frame, line),
    ]
}

fn sanitized(text: &str) -> String {
    crate::text::sanitize::sanitize(text).into_owned()
}

fn mine<'f>(frame: Frame<'f>, criterion: &Criterion) -> Option<&'f crate::custody::Aside> {
    frame.input.state.asides().get(AsideKind::Criterion, &criterion.id)
}

/// Cites what the gravest rule found, and what an analyst tagged.
fn records(frame: Frame<'_>, line: &CriterionLine) -> Text {
    let Some(assessed) = frame.assessed() else { return Text::none() };
    let mut events: Vec<EventId> = assessed
        .assessment
        .rules_of(line)
        .filter(|run| run.verdict == Verdict::Gap)
        .flat_map(|run| run.instances.iter().filter_map(|one| one.event))
        .take(3)
        .collect();
    let tagged = frame
        .input
        .state
        .tags()
        .filter(|tag| tag.criterion.as_deref() == Some(line.criterion.id.as_str()));
    events.extend(tagged.map(|tag| tag.event).take(3));
    let rules = Text::plain(line.run.rules.join(" "));
    if events.is_empty() { rules } else { rules.with(frame.records().cite_all(events)) }
}

/// Tags that name a criterion: marks by an analyst, no verdicts.
fn tags(frame: Frame<'_>, section: &mut Section) {
    section.heading("Tags by criterion");
    let mut tagged: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
    let mut others: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
    for tag in frame.input.state.tags() {
        match tag.criterion {
            Some(criterion) => tagged.entry(criterion).or_default().push(tag.event),
            None => others.entry(tag.text).or_default().push(tag.event),
        }
    }
    if tagged.is_empty() {
        section.say("No event is tagged with a criterion.");
    } else {
        section.say(
            "A tag says that an analyst marked a record as bearing on a criterion. It is no verdict on the criterion.",
        );
        let mut table = Table::new(
            "Tagged events",
            &[
                "Criterion",
                "Title",
                "#Events",
                "First events",
                "On the event date",
                "What logs cannot show",
            ],
        );
        for (id, mut events) in tagged {
            events.sort_unstable();
            events.dedup();
            table.row(tag_row(frame, &id, &events));
        }
        section.table(table);
    }
    if !others.is_empty() {
        let mut table = Table::new("Other tags", &["Tag", "#Events", "First events"]);
        let total = others.len();
        for (text, events) in others.into_iter().take(MOST_TAGS) {
            table.row(vec![
                Text::quoted(&text),
                Text::count(events.len() as u64),
                Text::new().with(frame.records().cite_all(events)),
            ]);
        }
        table.left_out(total, "tags", "listed by `whytrail tag list`");
        section.table(table);
    }
}

fn tag_row(frame: Frame<'_>, id: &str, events: &[EventId]) -> Vec<Text> {
    let mut criteria = frame.input.packs.iter().flat_map(|pack| &pack.criteria);
    let criterion = criteria.find(|criterion| criterion.id == id);
    vec![
        Text::quoted(id),
        criterion.map_or_else(Text::none, |criterion| Text::told(&criterion.title)),
        Text::count(events.len() as u64),
        Text::new().with(frame.records().cite_all(events.iter().copied())),
        criterion.map_or_else(Text::none, |criterion| applies(frame, criterion, events)),
        criterion.map_or_else(Text::none, |criterion| Text::told(&criterion.cannot_show)),
    ]
}

/// Says for how many of the cited events the criterion was not yet applicable.
fn applies(frame: Frame<'_>, criterion: &Criterion, events: &[EventId]) -> Text {
    let times = events.iter().filter_map(|id| frame.records().get(*id)?.time);
    let (mut later, mut n_before, mut n_dated) = (None, 0_usize, 0_usize);
    for time in times {
        n_dated += 1;
        if let Applies::From(date) = applies_on(criterion, time) {
            n_before += 1;
            later = Some(date);
        }
    }
    Text::plain(match later {
        None => "applicable".to_owned(),
        Some(date) => {
            format!("not yet applicable for {n_before} of {n_dated} (applies from {date})")
        }
    })
}

fn notes(frame: Frame<'_>, section: &mut Section) {
    if frame.content.n_notes == 0 {
        return;
    }
    let mut table = Table::new("Notes (the analyst's text)", &["Event", "By", "At", "Note"]);
    for note in frame.input.state.notes().take(MOST_NOTES) {
        table.row(vec![
            Text::coded(note.event.short()).with(frame.records().cite(note.event)),
            frame.person(&note.by),
            Text::plain(note.at.to_string()),
            Text::quoted(&note.text),
        ]);
    }
    let total = usize::try_from(frame.content.n_notes).unwrap_or(usize::MAX);
    table.left_out(total, "notes", "in events.jsonl");
    section.table(table);
}

/// The rules behind the criteria, with their populations: annex A.
pub(super) fn populations(frame: Frame<'_>) -> Section {
    let mut section = Section::new("A", "Populations, exceptions, and the questions behind them");
    let Some(assessed) = frame.assessed() else {
        section.say("Criteria were not assessed for this bundle.");
        return section;
    };
    section.say(
        "For each rule: how many it looked at, what it left out, what it found, and both of its questions to the records as \
         they were asked (SQL; $name is a threshold). `whytrail comply --rule ID` asks them again and lists every exception.",
    );
    for run in &assessed.assessment.rules {
        let Some(rule) = assessed.book.rule(&run.rule) else { continue };
        section.blocks.push(Block::Heading(
            Text::plain(format!("{} {}: ", run.rule, run.version)).tell(&rule.title),
        ));
        section.text(sources::verdict(run).and(". ").tell(&rule.asks));
        let mut lines = vec![
            Text::plain(format!(
                "Population {}, exceptions {} of {}, nothing can be told of {} of {}.",
                run.population, run.exceptions, run.population, run.unknown, run.population
            )),
            Text::plain("Why: ").then(sources::why(run)).and("."),
        ];
        lines.extend(
            run.excluded
                .iter()
                .map(|(why, count)| Text::plain(format!("Left out: {count} ")).quote(why).and(".")),
        );
        if !run.waits_for.is_empty() {
            let keys = run.waits_for.iter().map(Text::coded);
            lines.push(Text::plain("Waits for: ").then(joined(keys)).and("."));
        }
        if !run.spots.is_empty() {
            let spots = run.spots.iter().map(|number| Text::coded(format!("B{number}")));
            lines.push(Text::plain("Barred by blind spots: ").then(joined(spots)).and("."));
        }
        lines.push(Text::plain("File of the rule: SHA-256 ").code(&rule.sha256).and("."));
        section.list(lines);
        instances(frame, run, &mut section);
        section.blocks.push(Block::Code(sanitized_lines(&rule.as_text())));
    }
    section
}

fn instances(frame: Frame<'_>, run: &crate::criteria::verdict::RuleRun, section: &mut Section) {
    let (name, of, total) = if run.instances.is_empty() {
        ("Items that nothing can be told of", &run.unknowns, run.unknown)
    } else {
        ("Exceptions", &run.instances, run.exceptions)
    };
    if of.is_empty() {
        return;
    }
    let mut table =
        Table::new(format!("{name} of {}", run.rule), &["Time", "Item", "Why", "Record"]);
    for one in of.iter().take(super::facts::FOR_RULE) {
        let is_event = one.event.is_some_and(|id| id.to_string() == one.item);
        table.row(vec![
            Text::time(one.time),
            if is_event { Text::plain("event") } else { Text::quoted(&one.item) },
            Text::told(&one.why),
            one.event.map_or_else(Text::none, |id| Text::new().with(frame.records().cite(id))),
        ]);
    }
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    table.left_out(total, "items", "listed by `whytrail comply --rule`");
    section.table(table);
}

/// Returns text of several lines, harmless.
fn sanitized_lines(text: &str) -> String {
    text.lines().map(|line| sanitized(line.trim_end())).collect::<Vec<_>>().join("\n")
}
