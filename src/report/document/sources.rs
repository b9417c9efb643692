//! What was examined and what could not be seen: the files with their hashes, coverage, blind spots, and how much of the
//! six elements the records hold.

use super::super::content::FindingPart;
use super::facts::Frame;
use super::{Block, Section, Table, Text, calendar, counted};
use crate::criteria::verdict::RuleRun;
use crate::custody::AsideKind;
use crate::model::Plane;
use crate::model::gaps::BlindSpot;
use crate::query::export::SourceFacts;
use crate::query::six::{ELEMENTS, Level};

/// Files listed; the manifest has all.
const MOST_SOURCES: usize = 1_000;
/// Blind spots told one by one.
const MOST_SPOTS: usize = 300;

/// The files and what they prove about themselves.
pub(super) fn custody(frame: Frame<'_>) -> Section {
    let mut section = Section::new("5", "Sources and custody");
    let (content, account) = (frame.content, frame.content.account);
    section.text(
        Text::plain(format!(
            "read {} = kept {} + duplicate {} + rejected {}: ",
            account.read, account.kept, account.duplicate, account.rejected
        ))
        .strong(account.verdict()),
    );
    let in_case = content.n_dated + content.n_undated;
    let mut planes = Table::new("Events by plane", &["Plane", "#Events", "#Of"]);
    for (plane, count) in &content.planes {
        planes.row(vec![Text::plain(plane.to_string()), Text::count(*count), Text::count(in_case)]);
    }
    section.table(planes);
    if let Some(completeness) = frame.input.completeness {
        section.text(
            Text::plain("What the sources prove about themselves: ")
                .then(Text::word(completeness.verdict.word()))
                .and(". ")
                .tell(&completeness.sentence)
                .and("."),
        );
        section.list(completeness.details.iter().map(|detail| Text::told(detail)).collect());
    }
    section.table(files(&content.sources));
    section.say(
        "The digest of each file's content after decompression is in manifest.json. What the journal, its checkpoints and \
         signatures show stands in section 17, as it was when this version was made.",
    );
    let mut people = Table::new("For a person to add", &["Question", "Answer"]);
    for question in [
        "Who collected the files, and when",
        "On whose authority",
        "How",
        "Who handed them over to whom",
    ] {
        people.row(vec![Text::plain(question), Text::blank()]);
    }
    section.table(people);
    section
}

fn files(sources: &[SourceFacts]) -> Table {
    let mut table = Table::new(
        "Files, with SHA-256 as received",
        &["File", "State, format, proof", "#Bytes", "#Read", "#Rejected", "First and last"],
    );
    for source in sources.iter().take(MOST_SOURCES) {
        let mut state = Text::plain(source.state.as_str());
        if let Some(format) = &source.format {
            state = state.and(", ").tell(format);
        }
        if let Some(proof) = &source.proof {
            state = state.and(", ").tell(proof.state.as_str());
        }
        let span = match (source.first, source.last) {
            (None, None) => Text::none(),
            (first, last) => Text::time(first).and(" to ").then(Text::time(last)),
        };
        table.row(vec![
            name(source).and(" ").code(&source.sha256),
            state,
            Text::count(source.bytes),
            Text::count(source.account.read),
            Text::count(source.account.rejected),
            span,
        ]);
    }
    table.left_out(sources.len(), "files", "in `manifest.json`");
    table
}

fn name(source: &SourceFacts) -> Text {
    match &source.member {
        Some(member) => Text::quoted(&source.name).and(" > ").quote(member),
        None => Text::quoted(&source.name),
    }
}

/// What the evidence does not have.
pub(super) fn completeness(frame: Frame<'_>) -> Section {
    let mut section = Section::new("6", "Completeness");
    if let Some(calendar) = calendar::calendar(frame) {
        section.blocks.push(Block::Calendar(calendar));
    } else {
        section.say("Coverage was not computed: the joins of this case are not made yet.");
    }
    section.list(missing(frame));
    section.heading("What could not be seen");
    spots(frame, &mut section);
    elements(frame, &mut section);
    rule_lines(frame, &mut section, &["GAP", "SIX", "CLOCK", "TAMPER"]);
    section.heading("Outages that people can explain");
    section.blocks.push(Block::Lines(3));
    section
}

fn missing(frame: Frame<'_>) -> Vec<Text> {
    let content = frame.content;
    let mut lines = Vec::new();
    for plane in Plane::ALL.iter().filter(|plane| **plane != Plane::Other) {
        if !content.planes.iter().any(|(known, _)| known == plane) {
            lines.push(Text::plain(format!(
                "No record of plane {plane} was supplied: what only it holds cannot be shown."
            )));
        }
    }
    let troubled: Vec<&SourceFacts> = content.troubled().collect();
    lines.push(Text::plain(format!(
        "Files with problems: {} of {}",
        troubled.len(),
        content.sources.len()
    )));
    lines.extend(troubled.iter().take(MOST_SOURCES).map(|source| trouble(source)));
    if troubled.len() > MOST_SOURCES {
        let more = troubled.len() - MOST_SOURCES;
        lines.push(Text::plain(format!(
            "{more} more of {} files with problems are in manifest.json.",
            troubled.len()
        )));
    }
    let aside = counted(content.n_undated_aside(), "event");
    lines.push(Text::plain(format!(
        "Without a usable time and set aside: {aside} of {}. None borrows a time from a neighbor.",
        content.n_dated + content.n_undated
    )));
    if content.n_undated_inside > 0 {
        let inside = counted(content.n_undated_inside, "event");
        lines.push(Text::plain(format!(
            "Without a usable time but in this bundle: {inside}; the Timesketch file cannot hold them."
        )));
    }
    lines
}

fn trouble(source: &SourceFacts) -> Text {
    let mut text = name(source).and(format!(" ({}): ", source.state.as_str()));
    let mut is_first = true;
    let mut add = |text: Text, more: Text| {
        let text = if is_first { text } else { text.and("; ") };
        is_first = false;
        text.then(more)
    };
    if let Some(reason) = &source.reason {
        text = add(text, Text::told(reason));
    }
    if source.account.rejected > 0 {
        let rejected =
            format!("{} of {} records rejected", source.account.rejected, source.account.read);
        text = add(text, Text::plain(rejected));
    }
    for warning in &source.warnings {
        text = add(text, Text::quoted(warning));
    }
    text
}

/// Every blind spot with the statement that it forbids.
fn spots(frame: Frame<'_>, section: &mut Section) {
    let spots = &frame.content.spots;
    if spots.is_empty() {
        section.say("No blind spot was found. That does not show that the sources saw everything.");
        return;
    }
    let mut table = Table::new(
        "Blind spots",
        &["Blind spot", "Grade", "What", "So it cannot be said", "Accepted"],
    );
    for spot in spots.iter().take(MOST_SPOTS) {
        let accepted = frame.input.state.asides().get(AsideKind::Gap, &spot.key);
        let examples = spot.examples.iter().copied();
        table.row(vec![
            Text::coded(spot.name()),
            Text::word(spot.grade.as_str()).and(" ").and(spot.certainty.as_str()),
            Text::told(&spot.title)
                .and(": ")
                .tell(&spot.detail)
                .with(frame.records().cite_all(examples)),
            Text::plain("\"").tell(&spot.forbids).and("\""),
            accepted.map_or_else(
                || Text::plain("no"),
                |aside| {
                    Text::quoted(&aside.reason)
                        .and(" (")
                        .then(frame.person(&aside.by))
                        .and(format!(", {})", aside.at))
                },
            ),
        ]);
    }
    table.left_out(spots.len(), "blind spots", "listed by `whytrail gaps`");
    section.table(table);
}

/// Returns one line on each blind spot that touches the events of a finding.
pub(super) fn touching(frame: Frame<'_>, part: &FindingPart) -> Vec<Text> {
    let of = |number: &u32| frame.content.spots.iter().find(|spot| spot.number == *number);
    part.spots.iter().filter_map(of).map(touch).collect()
}

fn touch(spot: &BlindSpot) -> Text {
    Text::new()
        .code(spot.name())
        .and(format!(" ({}) ", spot.grade.as_str()))
        .tell(&spot.title)
        .and(". So it cannot be said: \"")
        .tell(&spot.forbids)
        .and("\"")
}

/// How much of the six elements the records of each product hold.
fn elements(frame: Frame<'_>, section: &mut Section) {
    if frame.view.six.is_empty() {
        return;
    }
    let names: Vec<&'static str> =
        ["Product", "#Events"].into_iter().chain(ELEMENTS.iter().map(|(_, name)| *name)).collect();
    let mut table = Table::new(
        "Six elements of a record: events with the element in full / in part / masked by the source / without it",
        &names,
    );
    for product in &frame.view.six {
        let mut cells = vec![
            Text::quoted(&product.product).and(" (").quote(&product.plane).and(")"),
            Text::count(product.events),
        ];
        for element in 0..ELEMENTS.len() {
            let counts: Vec<String> =
                Level::ALL.iter().map(|level| product.at(element, *level).to_string()).collect();
            cells.push(Text::plain(counts.join(" / ")));
        }
        table.row(cells);
    }
    section.table(table);
}

/// Adds one row for each of these rules: what it came to, and why.
pub(super) fn rule_lines(frame: Frame<'_>, section: &mut Section, rules: &[&'static str]) {
    let Some(assessed) = frame.assessed() else { return };
    let mut table = Table::new(
        "What the rules came to",
        &["Rule", "Verdict", "#Population", "#Exceptions", "Why", "Records"],
    );
    for run in rules.iter().filter_map(|id| assessed.assessment.rule(id)) {
        let title = assessed.book.rule(&run.rule).map_or("", |rule| rule.title.as_str());
        table.row(vec![
            Text::new().code(&run.rule).and(" ").tell(title),
            verdict(run),
            Text::count(run.population),
            Text::count(run.exceptions),
            why(run),
            shown(frame, run),
        ]);
    }
    if !table.rows.is_empty() {
        section.table(table);
    }
}

/// Returns the verdict of a rule with its strength.
pub(super) fn verdict(run: &RuleRun) -> Text {
    Text::word(run.verdict.as_str()).and(" ").and(run.strength.as_str())
}

/// Returns why a rule came to its verdict.
pub(super) fn why(run: &RuleRun) -> Text {
    let mut said = Vec::new();
    if run.exceptions > 0 {
        said.push(format!("{} of {} are exceptions", run.exceptions, run.population));
    }
    if run.unknown > 0 {
        said.push(format!("nothing can be told of {} of {}", run.unknown, run.population));
    }
    let reasons = run.reasons.iter().filter(|reason| !said.contains(reason));
    let reasons: Vec<Text> = reasons.map(|reason| Text::told(reason)).collect();
    let mut text = Text::new();
    for (at, one) in said.into_iter().map(Text::plain).chain(reasons).enumerate() {
        text = if at == 0 { one } else { text.and("; ").then(one) };
    }
    if text.0.is_empty() { Text::plain(format!("none of {}", run.population)) } else { text }
}

/// Cites the first exceptions of a rule, else what it cannot tell of.
pub(super) fn shown(frame: Frame<'_>, run: &RuleRun) -> Text {
    let of = if run.instances.is_empty() { &run.unknowns } else { &run.instances };
    let events: Vec<_> = of.iter().filter_map(|one| one.event).collect();
    if events.is_empty() {
        return Text::none();
    }
    let text = match run.instances.first() {
        Some(first) => Text::told(&first.why),
        None => Text::new(),
    };
    text.with(frame.records().cite_all(events))
}
