//! `whytrail scope`: a draft of the boundary from a time that was normal, and the answers of question 1.

use super::output::{self, Rows};
use super::{Context, case, declared, selection};
use crate::cli::ScopeCommand;
use crate::criteria::boundary::rows::{self, AnswerRow, BoundaryRow, Counts};
use crate::criteria::boundary::{Boundary, Verdict, learn};
use crate::failure::{Ended, Failure, Kind};
use crate::query::sql;
use crate::report::tables::{Cell, Format};

/// Answers that are listed in a table at most.
const NAMED: usize = 40;

pub(super) fn run(context: &Context, act: &ScopeCommand) -> Ended {
    match act {
        ScopeCommand::Learn => draft(context),
        ScopeCommand::Check { fail_on } => check(context, fail_on.as_deref()),
    }
}

fn draft(context: &Context) -> Ended {
    let filter = selection::filter(context)?;
    if filter.is_empty() {
        return Err(Failure::usage("no time is named that was normal").hint(
            "say which: `--since 2026-07-01 --until 2026-07-08`, or a session with `--session`",
        ));
    }
    let case = case::open_existing(context)?;
    let declared = declared::read(case.folder.root())?;
    let (boundary, _) = Boundary::new(&declared.facts, &declared.policies);
    if case.read_only_reason().is_none() {
        rows::ensure_calls(&mut case.store.writer()?, &boundary)?;
    }
    let reader = case.reader()?;
    let seen = rows::seen(&reader, &sql::condition(&filter))?;
    output::print(context, &learn::draft(&seen, &heading(context, case.folder.name())))
}

/// Says what a draft was made of.
fn heading(context: &Context, case: &str) -> String {
    let flags = &context.shared.filters;
    let mut parts = vec![format!("case {case}")];
    for (name, value) in [
        ("since", &flags.since),
        ("until", &flags.until),
        ("session", &flags.session),
        ("agent", &flags.agent),
        ("filter", &flags.filter),
    ] {
        parts.extend(value.as_ref().map(|value| format!("{name} {value}")));
    }
    parts.join(", ")
}

fn check(context: &Context, fail_on: Option<&str>) -> Ended {
    let limit = fail_on.map(limit_of).transpose()?;
    let filter = selection::filter(context)?;
    let case = case::open_existing(context)?;
    let declared = declared::read(case.folder.root())?;
    for fault in &declared.faults {
        output::say(&fault.to_string());
    }
    if !declared.facts.has_scope() {
        let why = "cannot-tell: no boundary is declared";
        if limit.is_some() {
            return Err(Failure::new(Kind::Failed, why).hint("`whytrail scope learn` drafts one"));
        }
        output::say(&format!("{why}; `whytrail scope learn` drafts one"));
    }
    let reader = case.reader()?;
    if declared.facts.has_scope() && !rows::is_current(&reader, &declared.facts.sha256)? {
        output::say(
            "warning: the answers are not those of the present facts; open the case where it can be written",
        );
    }
    let condition = sql::condition(&filter);
    let answers = rows::answers(&reader, &condition)?;
    let counts = rows::counts_of(&answers);
    if output::format(context) == Format::Table {
        output::print_safe(context, &spoken(&counts, &answers))?;
    } else {
        print_rows(context, &reader, &condition)?;
    }
    let found = match limit {
        None => 0,
        Some(Verdict::Undeclared) => counts.outside + counts.undeclared,
        Some(_) => counts.outside,
    };
    match (found, limit) {
        (1.., Some(limit)) => {
            let worse =
                if limit == Verdict::Undeclared { "undeclared or outside" } else { "outside" };
            Err(Failure::new(Kind::Found, format!("{found} events are {worse}")))
        }
        _ => Ok(()),
    }
}

fn limit_of(word: &str) -> Result<Verdict, Failure> {
    match word {
        "outside" => Ok(Verdict::Outside),
        "undeclared" => Ok(Verdict::Undeclared),
        _ => Err(Failure::usage(format!("`--fail-on {word}` is no answer to fail on"))
            .hint("it takes outside or undeclared")),
    }
}

fn spoken(counts: &Counts, answers: &[AnswerRow]) -> String {
    let mut lines: Vec<String> = Verdict::ALL
        .iter()
        .map(|verdict| format!("{:<12}{:>10} events", verdict.as_str(), counts.of(*verdict)))
        .collect();
    if !answers.is_empty() {
        lines.push(String::new());
    }
    for answer in answers.iter().take(NAMED) {
        let entry = answer.entry.as_deref().unwrap_or("-");
        let verdict = answer.verdict.as_str();
        lines.push(format!("{verdict:<12}{:>10}  {entry}: {}", answer.events, answer.why));
    }
    if answers.len() > NAMED {
        lines.push(format!("and {} more: `--format csv` lists every event", answers.len() - NAMED));
    }
    lines.join("\n")
}

fn print_rows(
    context: &Context,
    reader: &crate::store::Reader,
    condition: &sql::Condition,
) -> Ended {
    let columns = [
        ("event", false),
        ("time", false),
        ("result", false),
        ("entry", false),
        ("why", false),
        ("agent", false),
        ("actor", false),
        ("server", false),
        ("tool", false),
        ("action", false),
        ("resource", false),
    ];
    let mut out = Rows::begin(context, "whytrail.scope", &columns)?;
    let mut left = context.shared.filters.limit.unwrap_or(usize::MAX);
    let mut failed = None;
    rows::each(reader, condition, |row| {
        if left == 0 {
            return Ok(false);
        }
        left -= 1;
        failed = out.row(&cells(context, &row)).err();
        Ok(failed.is_none())
    })?;
    failed.map_or_else(|| out.finish(), Err)
}

fn cells(context: &Context, row: &BoundaryRow) -> [Cell; 11] {
    let maybe = |text: &Option<String>| text.clone().map_or(Cell::Null, Cell::Text);
    [
        Cell::Text(row.event.to_string()),
        output::time(context, row.time),
        Cell::Text(row.verdict.as_str().to_owned()),
        maybe(&row.entry),
        Cell::Text(row.why.clone()),
        maybe(&row.agent),
        maybe(&row.actor),
        maybe(&row.server),
        maybe(&row.tool),
        maybe(&row.action),
        maybe(&row.resource),
    ]
}
