//! `whytrail rules`: Sigma rules of a folder that the user gives, asked about the CloudTrail records of a case.

mod lists;
mod marks;

use std::collections::BTreeMap;
use std::path::Path;

use super::output::Rows;
use super::{Context, case, output, selection};
use crate::cli::{LevelWord, RulesCommand};
use crate::criteria::sigma::{
    self, Level, Match, Outcome, Question, Rule, RuleSet, ScanError, Weight,
};
use crate::failure::{Ended, Failure, Kind};
use crate::model::rows::EventRow;
use crate::query::Filter;
use crate::query::records::numbered_rows;
use crate::report::tables::{Cell, Format};
use crate::store::Reader;

/// Faults told one by one; `rules test` lists all.
const TOLD_FAULTS: usize = 20;
/// Hidden values told one by one.
const TOLD_HIDDEN: usize = 10;
/// Rows that are looked up at a time.
const CHUNK: usize = 1_000;
/// Event ids that one row names. The tag of the rule is on all of them.
const NAMED_EVENTS: usize = 1_000;
/// Most threads that ask rules.
const MOST_THREADS: u32 = 8;

pub(super) fn run(context: &Context, act: &RulesCommand) -> Ended {
    match act {
        RulesCommand::Run { sigma, level, fail_on, tag_matches } => {
            let asked = Asked {
                least: level.map(level_of),
                fail_on: fail_on.map(level_of),
                is_tagging: *tag_matches,
            };
            run_rules(context, sigma, &asked)
        }
        RulesCommand::List { sigma, level } => {
            lists::list(context, &load(sigma)?, level.map(level_of))
        }
        RulesCommand::Show { id, sigma } => lists::show(context, &load(sigma)?, id),
        RulesCommand::Test { sigma } => lists::test(context, &load(sigma)?),
    }
}

/// What is asked of a run.
#[derive(Debug)]
struct Asked {
    least: Option<Level>,
    fail_on: Option<Level>,
    is_tagging: bool,
}

const fn level_of(word: LevelWord) -> Level {
    match word {
        LevelWord::Informational => Level::Informational,
        LevelWord::Low => Level::Low,
        LevelWord::Medium => Level::Medium,
        LevelWord::High => Level::High,
        LevelWord::Critical => Level::Critical,
    }
}

/// Reads the rules below a path; a path without any is a usage error.
fn load(path: &Path) -> Result<RuleSet, Failure> {
    let set = RuleSet::load(path);
    if set.n_files > 0 {
        return Ok(set);
    }
    let reason = set.faults.first().map_or("holds no rule file", |fault| fault.reason.as_str());
    Err(Failure::usage(format!("`{}`: {reason}", path.display()))
        .hint("`--sigma` takes a folder with Sigma rules (.yml), or one rule file"))
}

fn run_rules(context: &Context, path: &Path, asked: &Asked) -> Ended {
    let filter = selection::filter(context)?;
    let set = load(path)?;
    let mut case = case::open_existing(context)?;
    let is_writing = asked.is_tagging && !context.shared.control.dry_run;
    if is_writing {
        case.must_be_writable()?;
    }
    let threads = context.config.limits.threads.clamp(1, MOST_THREADS);
    let readers = (0..threads).map(|_| case.reader()).collect::<Result<Vec<Reader>, Failure>>()?;
    let question = Question { filter, least: asked.least };
    let outcome = sigma::run(&set, readers, &question).map_err(stopped)?;
    let ended = print_matches(context, &case.reader()?, &set, &outcome);
    if !context.shared.output.quiet {
        say_rules(&set, asked.least);
        say_outcome(&set, &outcome, &question.filter);
    }
    ended?;
    if asked.is_tagging {
        marks::tag(context, &mut case, &set, &outcome)?;
    }
    judge(context, &set, &outcome, asked.fail_on)
}

fn stopped(error: ScanError) -> Failure {
    match error {
        ScanError::Store(fault) => fault.into(),
        ScanError::TooMany => Failure::new(Kind::Failed, format!("{error}; nothing was listed"))
            .hint("narrow the events (`--since`, `--filter`) or the rules (`--level`, a smaller folder)"),
    }
}

/// Ends with a failure when a match is graver than asked for, or, under `--strict`, when a rule cannot run.
fn judge(context: &Context, set: &RuleSet, outcome: &Outcome, fail_on: Option<Level>) -> Ended {
    let is_grave = |found: &&Match| {
        let level = set.rules.get(found.rule).and_then(|rule| rule.head.level);
        fail_on.is_some_and(|least| level >= Some(least))
    };
    let (n_grave, n_failed) = (outcome.matches.iter().filter(is_grave).count(), set.n_failed());
    if n_grave > 0 {
        let level = fail_on.map_or("", Level::as_str);
        let text = format!("{n_grave} matches of rules of the level {level} or above");
        return Err(Failure::new(Kind::Found, text));
    }
    if context.shared.control.strict && n_failed > 0 {
        return Err(Failure::new(Kind::Evidence, format!("{n_failed} rules cannot run"))
            .hint("`whytrail rules test` lists them"));
    }
    Ok(())
}

fn whole(number: usize) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn maybe(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

fn words(words: &[String]) -> Cell {
    if words.is_empty() { Cell::Null } else { Cell::Text(words.join(" ")) }
}

/// Returns who wrote a rule. Its license asks that this stands with every match.
fn author(rule: &Rule) -> Cell {
    text(rule.head.author.as_deref().unwrap_or("author not named"))
}

/// Leading columns that a table shows; data has all, and `--columns` chooses.
const FOR_EYES: usize = 7;

const COLUMNS: &[(&str, bool)] = &[
    ("time", false),
    ("level", false),
    ("title", false),
    ("author", false),
    ("who", false),
    ("action", false),
    ("id", false),
    ("techniques", false),
    ("tactics", false),
    ("rule", false),
    ("events", true),
    ("until", false),
    ("group", false),
    ("revoked", false),
    ("file", false),
    ("event_ids", false),
];

fn print_matches(context: &Context, reader: &Reader, set: &RuleSet, outcome: &Outcome) -> Ended {
    let is_for_eyes =
        output::format(context) == Format::Table && context.shared.output.columns.is_none();
    let shown = if is_for_eyes { FOR_EYES } else { COLUMNS.len() };
    let columns = COLUMNS.get(..shown).unwrap_or(COLUMNS);
    let mut rows = Rows::begin(context, "whytrail.rule-matches", columns)?;
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX).min(outcome.matches.len());
    for chunk in outcome.matches.get(..limit).unwrap_or_default().chunks(CHUNK) {
        let mut numbers: Vec<i64> = chunk.iter().map(|found| found.at.n).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let events: BTreeMap<i64, EventRow> =
            numbered_rows(reader, &numbers)?.into_iter().collect();
        for found in chunk {
            let Some(rule) = set.rules.get(found.rule) else { continue };
            rows.row(&match_row(context, rule, found, events.get(&found.at.n)))?;
        }
    }
    rows.finish()
}

fn match_row(context: &Context, rule: &Rule, found: &Match, event: Option<&EventRow>) -> Vec<Cell> {
    let group: Vec<String> =
        found.group.iter().map(|(member, value)| format!("{member}={value}")).collect();
    let ids: Vec<String> =
        found.events.iter().take(NAMED_EVENTS).map(ToString::to_string).collect();
    vec![
        output::time(context, found.at.time),
        text(rule.level_word()),
        text(&rule.head.title),
        author(rule),
        maybe(event.map(|event| event.who.as_str())),
        maybe(event.map(|event| event.action.as_str())),
        text(&found.at.id.to_string()),
        words(&rule.head.attack.techniques),
        words(&rule.head.attack.tactics),
        text(&rule.head.id),
        whole(found.events.len()),
        output::time(context, found.until),
        words(&group),
        words(&rule.head.attack.revoked),
        text(&rule.file),
        if found.events.len() > 1 { words(&ids) } else { Cell::Null },
    ]
}

/// Says how many rules there are, which of them are not asked, and why.
fn say_rules(set: &RuleSet, least: Option<Level>) {
    let (mut n_below, mut elsewhere) = (0_usize, BTreeMap::<String, usize>::new());
    for rule in &set.rules {
        if let Some(reason) = rule.why_not_applicable() {
            *elsewhere.entry(reason).or_default() += 1;
        } else if rule.head.level < least {
            n_below += 1;
        }
    }
    let n_elsewhere: usize = elsewhere.values().sum();
    let n_asked = set.rules.len() - n_elsewhere - n_below;
    let below =
        if least.is_some() { format!(", {n_below} below the level") } else { String::new() };
    output::say(&format!(
        "{} rules in {} files: {n_asked} asked{below}, {n_elsewhere} not applicable, {} cannot run",
        set.rules.len() + set.n_failed(),
        set.n_files,
        set.n_failed()
    ));
    for (reason, count) in &elsewhere {
        output::say(&format!("not applicable: {count} rules: {reason}"));
    }
    for fault in set.faults.iter().take(TOLD_FAULTS) {
        let what = fault.weight.as_str();
        output::say(&format!("{fault} (the rule {what})"));
    }
    if set.faults.len() > TOLD_FAULTS {
        let more = set.faults.len() - TOLD_FAULTS;
        output::say(&format!("and {more} faults more: `whytrail rules test` lists them"));
    }
}

/// Says what the run looked at, what it found, and what could not be told.
fn say_outcome(set: &RuleSet, outcome: &Outcome, filter: &Filter) {
    let Outcome { n_records, n_asked, n_cut, n_inner, n_loose, .. } = *outcome;
    match (n_records, filter.is_empty()) {
        (0, true) => output::say(&sigma::no_source("product: aws, service: cloudtrail")),
        (0, false) => output::say("no CloudTrail record under the filters"),
        _ => {
            let rest = if n_asked < n_records { "; no rule can match the others" } else { "" };
            output::say(&format!("{n_records} CloudTrail records, {n_asked} looked at{rest}"));
        }
    }
    let mut by_level = BTreeMap::<Option<Level>, usize>::new();
    for found in &outcome.matches {
        let level = set.rules.get(found.rule).and_then(|rule| rule.head.level);
        *by_level.entry(level).or_default() += 1;
    }
    let told: Vec<String> = by_level
        .iter()
        .rev()
        .map(|(level, count)| format!("{} {count}", level.map_or("no level", Level::as_str)))
        .collect();
    let told = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
    output::say(&format!("{} matches{told}", outcome.matches.len()));
    let notes = [
        (n_inner, "matches of rules that speak through a correlation only"),
        (n_loose, "matches that a correlation could not take in: no time, or nothing to group by"),
        (n_cut, "records too long to be kept in the case: rules saw their columns only"),
    ];
    for (count, what) in notes.iter().filter(|(count, _)| *count > 0) {
        output::say(&format!("{count} {what}"));
    }
    say_hidden(set, outcome);
}

/// Says which rules cannot tell because a value is hidden.
fn say_hidden(set: &RuleSet, outcome: &Outcome) {
    let total: u64 = outcome.hidden.iter().map(|one| one.n_events).sum();
    if total == 0 {
        return;
    }
    output::say(&format!(
        "masked values: {total} times a rule looked at a value that is hidden and could not match"
    ));
    for one in outcome.hidden.iter().take(TOLD_HIDDEN) {
        let Some(rule) = set.rules.get(one.rule) else { continue };
        output::say(&format!(
            "masked: `{}` in {} events, for rule {} `{}`",
            one.path, one.n_events, rule.head.id, rule.head.title
        ));
    }
    if outcome.hidden.len() > TOLD_HIDDEN {
        output::say(&format!("and {} members more", outcome.hidden.len() - TOLD_HIDDEN));
    }
}

/// Returns true when a fault keeps a rule from running.
const fn is_grave(weight: Weight) -> bool {
    matches!(weight, Weight::Dropped)
}
