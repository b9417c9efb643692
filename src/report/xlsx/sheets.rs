//! The sheets that are made at the end: what the file is, criteria, populations, exceptions, findings, blind spots, sources.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::events::Events;
use super::sheet::{Cell, Sheet};
use crate::criteria::verdict::RuleRun;
use crate::custody::AsideKind;
use crate::model::FindingField;
use crate::report::exceptions;
use crate::report::facts::{Facts, file_of};
use crate::report::told::{Judgment, Standing, Told};

/// What the words of the sheets mean.
const WORDS: &[(&str, &str)] = &[
    (
        "What this is",
        "Evidence from records, not an opinion on whether a duty is met. Verdicts speak of what the records of this period show.",
    ),
    (
        "supports",
        "The records show it: a population, no exception, and everything needed was there.",
    ),
    ("gap", "At least one exception, with its records."),
    (
        "cannot-tell",
        "Records or declared facts that are needed to decide are missing, or a blind spot bars more.",
    ),
    ("not-applicable", "A person declared it out of scope, with a reason."),
    (
        "strength",
        "strong: the record is the thing asked for. partial: it shows that a measure worked, not its design. context: it decides nothing.",
    ),
    ("own verdict", "A person's verdict. It stands beside the machine's, with a reason."),
    (
        "source_file, source_line, raw_sha256",
        "Where the record lies, and the SHA-256 of its bytes: it can be found and held against the original.",
    ),
    (
        "' at the start of a cell",
        "Put there by the program: the text would otherwise be run as a formula.",
    ),
    ("Tested by, Date, Result, Comment", "Left empty for the person who tests."),
];

/// Returns the sheet that says what the file is.
pub(super) fn read_me(told: &Told<'_>, events: &Events) -> Result<Worksheet, XlsxError> {
    let mut sheet = Sheet::begin("README", &[("what", 38.0), ("says", 120.0)])?;
    let mut say = |what: &str, says: Cell| sheet.row(vec![what.into(), says]);
    let (input, content) = (told.input, told.content);
    say("Case", input.case_name.into())?;
    say("Case id (digest of the evidence)", input.case_id.into())?;
    say("Made by", input.tool.into())?;
    say("Analyst", input.analyst.into())?;
    let span = content.span.map(|(first, last)| format!("{first} to {last}"));
    say("Records from, to", span.into())?;
    say("Newest record or act told here", told.moment.to_string().into())?;
    let account = content.account;
    let rows = format!(
        "read {} = kept {} + duplicate {} + rejected {}: {}",
        account.read,
        account.kept,
        account.duplicate,
        account.rejected,
        account.verdict()
    );
    say("Records of all sources", rows.into())?;
    let n_events = events.n_rows();
    say("Events in this file", n_events.to_string().into())?;
    if events.n_left_out > 0 {
        let more = format!("{} more events are in events.csv alone", events.n_left_out);
        say("Events left out", more.into())?;
    }
    say("Filter", input.filter.map(|filter| filtered(told, filter)).into())?;
    if let Some(statement) = input.completeness {
        say("What the sources prove themselves", statement.sentence.as_str().into())?;
    }
    for pack in input.packs {
        let about = format!(
            "{} {}, state of law {}, sha256 {}",
            pack.title, pack.version, pack.as_of, pack.sha256
        );
        say(&format!("Pack {}", pack.id), about.into())?;
        let counts = verdict_counts(told, &pack.id);
        say(&format!("Criteria of {} by verdict", pack.id), counts.into())?;
    }
    for (class, count) in &content.redactions {
        say(&format!("Values replaced: {class}"), count.to_string().into())?;
    }
    for (word, meaning) in WORDS {
        say(word, (*meaning).into())?;
    }
    sheet.finish()
}

/// Returns how many criteria of a pack count as what: `12 cannot-tell, 3 gap`.
fn verdict_counts(told: &Told<'_>, pack: &str) -> String {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for judgment in told.judgments().iter().filter(|one| one.pack.id == pack) {
        *counts.entry(counts_as(judgment)).or_default() += 1;
    }
    let told: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    told.join(", ")
}

fn filtered(told: &Told<'_>, filter: &crate::query::Filter) -> String {
    let mut text = filter.text();
    if let Some(pseudonyms) = told.input.pseudonyms {
        pseudonyms.text(&mut text);
    }
    text
}

/// Returns the criteria, in the order of packs.
pub(super) fn criteria(told: &Told<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Sheet::begin(
        "Criteria",
        &[
            ("pack", 14.0),
            ("criterion", 22.0),
            ("label", 20.0),
            ("title", 44.0),
            ("verdict", 14.0),
            ("own verdict", 14.0),
            ("by", 14.0),
            ("reason", 40.0),
            ("counts as", 24.0),
            ("strength", 10.0),
            ("population", 11.0),
            ("exceptions", 11.0),
            ("rules", 22.0),
            ("why", 50.0),
            ("owes", 18.0),
            ("asks", 60.0),
            ("cannot be shown", 60.0),
        ],
    )?;
    for judgment in told.judgments() {
        sheet.row(criterion_row(&judgment))?;
    }
    sheet.finish()
}

fn criterion_row(judgment: &Judgment<'_>) -> Vec<Cell> {
    let line = judgment.line;
    let criterion = &line.criterion;
    let mine = judgment.mine.map(|(aside, _)| aside);
    vec![
        criterion.pack.as_str().into(),
        criterion.id.as_str().into(),
        criterion.label.as_str().into(),
        criterion.title.as_str().into(),
        judgment.word().into(),
        mine.map(|mine| mine.name.as_str()).into(),
        mine.map(|mine| mine.by.as_str()).into(),
        mine.map(|mine| mine.reason.as_str()).into(),
        counts_as(judgment).into(),
        criterion.strength.as_str().into(),
        line.run.population.into(),
        line.run.exceptions.into(),
        line.run.rules.join(" ").into(),
        line.why.as_str().into(),
        criterion.owes.join(", ").into(),
        criterion.asks.as_str().into(),
        criterion.cannot_show.as_str().into(),
    ]
}

fn counts_as(judgment: &Judgment<'_>) -> String {
    match judgment.standing() {
        Standing::NotYet(date) => format!("not yet applicable (from {date})"),
        Standing::Context => "context only".to_owned(),
        Standing::NotApplicable => "not-applicable".to_owned(),
        Standing::CannotTell => "cannot-tell".to_owned(),
        Standing::Supports | Standing::Gap => judgment
            .mine
            .map_or_else(|| judgment.word().to_owned(), |(aside, _)| aside.name.clone()),
    }
}

/// Returns the population of each rule, with the questions that anybody can ask again.
pub(super) fn population(told: &Told<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Sheet::begin(
        "Population",
        &[
            ("rule", 12.0),
            ("version", 9.0),
            ("title", 40.0),
            ("verdict", 14.0),
            ("strength", 10.0),
            ("population", 11.0),
            ("left out, and why", 30.0),
            ("exceptions", 11.0),
            ("cannot be told", 13.0),
            ("reasons", 60.0),
            ("waits for", 24.0),
            ("blind spots", 14.0),
            ("thresholds", 30.0),
            ("cannot be shown", 60.0),
            ("population query", 60.0),
            ("exception query", 60.0),
            ("rule sha256", 66.0),
        ],
    )?;
    for run in told.runs() {
        sheet.row(population_row(told, run))?;
    }
    sheet.finish()
}

fn population_row(told: &Told<'_>, run: &RuleRun) -> Vec<Cell> {
    let rule = told.rule(&run.rule);
    let excluded: Vec<String> =
        run.excluded.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let spots: Vec<String> = run.spots.iter().map(|number| format!("B{number}")).collect();
    let thresholds: Option<Vec<String>> = rule.map(|rule| {
        let all = rule.thresholds.iter();
        all.map(|(name, one)| format!("{name} = {} {}", one.default, one.unit)).collect()
    });
    vec![
        run.rule.as_str().into(),
        run.version.as_str().into(),
        rule.map(|rule| rule.title.as_str()).into(),
        run.verdict.as_str().into(),
        run.strength.as_str().into(),
        run.population.into(),
        excluded.join("; ").into(),
        run.exceptions.into(),
        run.unknown.into(),
        run.reasons.join("; ").into(),
        run.waits_for.join(" ").into(),
        spots.join(" ").into(),
        thresholds.map(|all| all.join("; ")).into(),
        rule.map(|rule| rule.cannot_show.as_str()).into(),
        rule.map(|rule| rule.population.trim()).into(),
        rule.map(|rule| rule.exception.trim()).into(),
        rule.map(|rule| rule.sha256.as_str()).into(),
    ]
}

/// Returns what rules found, with room for the person who tests.
pub(super) fn exceptions(told: &Told<'_>) -> Result<Worksheet, XlsxError> {
    let widths = [12.0, 9.0, 12.0, 28.0, 38.0, 24.0, 30.0, 40.0, 50.0, 38.0, 40.0, 11.0, 66.0];
    let mut columns: Vec<(&str, f64)> = exceptions::COLUMNS.into_iter().zip(widths).collect();
    columns.extend([("Tested by", 16.0), ("Date", 12.0), ("Result", 16.0), ("Comment", 40.0)]);
    let mut sheet = Sheet::begin("Exceptions", &columns)?;
    for row in exceptions::rows(told) {
        sheet.row(row.into_iter().map(Cell::from).collect())?;
    }
    sheet.finish()
}

/// Returns the findings of the case, one row for each record that they cite.
pub(super) fn findings(told: &Told<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Sheet::begin(
        "Findings",
        &[
            ("finding", 8.0),
            ("state", 11.0),
            ("severity", 10.0),
            ("title", 40.0),
            ("analyst's own text", 60.0),
            ("effect", 30.0),
            ("confidence", 11.0),
            ("remedy", 30.0),
            ("owner", 16.0),
            ("due", 12.0),
            ("criteria", 24.0),
            ("by", 14.0),
            ("at", 28.0),
            ("records cited", 12.0),
            ("event", 38.0),
            ("time", 28.0),
            ("record says", 60.0),
            ("source_file", 40.0),
            ("source_line", 11.0),
            ("raw_sha256", 66.0),
        ],
    )?;
    for part in &told.content.findings {
        let row = &part.row;
        let head = || -> Vec<Cell> {
            let mut cells = vec![
                u64::from(row.number).into(),
                row.state.as_str().into(),
                row.severity.as_str().into(),
                row.title.as_str().into(),
                row.narrative.as_str().into(),
            ];
            let fields = FindingField::ALL.iter();
            cells.extend(fields.map(|field| row.fields.get(field).map(String::as_str).into()));
            cells.extend([
                row.criteria.join(" ").into(),
                row.by.as_str().into(),
                row.at.to_string().into(),
                (row.events.len() as u64).into(),
            ]);
            cells
        };
        if row.events.is_empty() {
            sheet.row(head())?;
        }
        for event in &row.events {
            let facts = told.records.get(event).map(|cited| &cited.facts);
            let place = facts.and_then(|facts| facts.place.as_ref());
            let says = facts.map_or_else(|| "not in the evidence".to_owned(), Facts::message);
            let mut cells = head();
            cells.extend([
                event.to_string().into(),
                facts.and_then(|facts| facts.time).map(|time| time.to_string()).into(),
                says.into(),
                place.map(file_of).into(),
                place.map(|place| u64::from(place.line)).into(),
                place.map(|place| place.record_sha256.as_str()).into(),
            ]);
            sheet.row(cells)?;
        }
    }
    sheet.finish()
}

/// Returns what could not be seen, and what each forbids.
pub(super) fn blind_spots(told: &Told<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Sheet::begin(
        "Blind spots",
        &[
            ("number", 8.0),
            ("grade", 8.0),
            ("certainty", 10.0),
            ("kind", 14.0),
            ("what", 50.0),
            ("shown by", 60.0),
            ("cannot be said", 60.0),
            ("source", 30.0),
            ("from", 28.0),
            ("to", 28.0),
            ("accepted because", 40.0),
            ("by", 14.0),
        ],
    )?;
    for spot in &told.content.spots {
        let accepted = told.input.state.asides().get(AsideKind::Gap, &spot.key);
        sheet.row(vec![
            spot.name().into(),
            spot.grade.as_str().into(),
            spot.certainty.as_str().into(),
            spot.kind.as_str().into(),
            spot.title.as_str().into(),
            spot.detail.as_str().into(),
            spot.forbids.as_str().into(),
            spot.source.as_deref().into(),
            spot.from.map(|time| time.to_string()).into(),
            spot.to.map(|time| time.to_string()).into(),
            accepted.map(|aside| aside.reason.as_str()).into(),
            accepted.map(|aside| aside.by.as_str()).into(),
        ])?;
    }
    sheet.finish()
}

/// Returns the sources with their digests and the account of their records.
pub(super) fn sources(told: &Told<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Sheet::begin(
        "Sources",
        &[
            ("file", 60.0),
            ("member", 20.0),
            ("state", 12.0),
            ("reason", 30.0),
            ("format", 18.0),
            ("bytes", 12.0),
            ("read", 9.0),
            ("kept", 9.0),
            ("duplicate", 9.0),
            ("rejected", 9.0),
            ("first time", 28.0),
            ("last time", 28.0),
            ("proves itself", 16.0),
            ("warnings", 40.0),
            ("sha256 as received", 66.0),
            ("sha256 of the content", 66.0),
        ],
    )?;
    for source in &told.content.sources {
        sheet.row(vec![
            source.name.as_str().into(),
            source.member.as_deref().into(),
            source.state.as_str().into(),
            source.reason.as_deref().into(),
            source.format.as_deref().into(),
            source.bytes.into(),
            source.account.read.into(),
            source.account.kept.into(),
            source.account.duplicate.into(),
            source.account.rejected.into(),
            source.first.map(|time| time.to_string()).into(),
            source.last.map(|time| time.to_string()).into(),
            source.proof.as_ref().map(|proof| proof.state.as_str()).into(),
            source.warnings.join("; ").into(),
            source.sha256.as_str().into(),
            source.content_sha256.as_str().into(),
        ])?;
    }
    sheet.finish()
}
