//! `whytrail finds`: findings from a script.

use super::output::{self, Rows};
use super::{Context, case, selection, show};
use crate::cli::FindsCommand;
use crate::custody::FindingChange;
use crate::failure::{Ended, Failure};
use crate::model::EventId;
use crate::model::rows::{FindingRow, FindingState, Severity};
use crate::query;
use crate::report::tables::Cell;

/// Most events a finding takes from filters.
const MOST: usize = 100_000;

pub(super) fn run(context: &Context, act: FindsCommand) -> Ended {
    match act {
        FindsCommand::List => list(context),
        FindsCommand::Show { number } => one(context, number),
        FindsCommand::Set { number, title, state, severity, narrative, criteria, events } => {
            let state = state.as_deref().map(state_of).transpose()?;
            let severity = severity.as_deref().map(severity_of).transpose()?;
            let change = FindingChange {
                title,
                state,
                severity,
                narrative,
                criteria,
                ..FindingChange::default()
            };
            set(context, &number, change, &events)
        }
    }
}

fn state_of(word: &str) -> Result<FindingState, Failure> {
    FindingState::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = FindingState::ALL.iter().map(|state| state.as_str()).collect();
        Failure::usage(format!("`--state {word}` is not known"))
            .hint(format!("states are {}", words.join(", ")))
    })
}

fn severity_of(word: &str) -> Result<Severity, Failure> {
    Severity::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
        Failure::usage(format!("`--severity {word}` is not known"))
            .hint(format!("severities are {}", words.join(", ")))
    })
}

fn list(context: &Context) -> Ended {
    let case = case::open_existing(context)?;
    let columns = [
        ("number", true),
        ("state", false),
        ("severity", false),
        ("title", false),
        ("events", true),
        ("criteria", false),
        ("by", false),
        ("at", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.findings", &columns)?;
    for finding in case.state.findings() {
        rows.row(&[
            Cell::Int(finding.number.into()),
            Cell::Text(finding.state.as_str().to_owned()),
            Cell::Text(finding.severity.as_str().to_owned()),
            Cell::Text(finding.title.clone()),
            Cell::Int(i64::try_from(finding.events.len()).unwrap_or(i64::MAX)),
            Cell::Text(finding.criteria.join(" ")),
            Cell::Text(finding.by.clone()),
            Cell::Text(finding.at.to_string()),
        ])?;
    }
    rows.finish()
}

fn one(context: &Context, number: u32) -> Ended {
    let case = case::open_existing(context)?;
    let finding = case.state.finding(number).ok_or_else(|| unknown(number))?;
    let mut text = heading(finding);
    let reader = case.reader()?;
    for id in &finding.events {
        let line = query::detail(&reader, *id)?.map_or_else(
            || "not in this case".to_owned(),
            |detail| {
                let row = detail.row;
                let time = row.time.map_or_else(|| "undated".to_owned(), |time| time.to_string());
                format!(
                    "{time} {} {} {} {}",
                    row.plane.letter(),
                    row.who,
                    row.action,
                    row.outcome.screen()
                )
            },
        );
        text.push_str(&crate::text::sanitize::sanitize(&format!("  {id}  {line}")));
        text.push('\n');
    }
    output::print(context, &text)
}

fn heading(finding: &FindingRow) -> String {
    let clean = |text: &str| crate::text::sanitize::sanitize(text).into_owned();
    let mut lines = vec![format!(
        "finding {}  {}  {}\n{}",
        finding.number,
        finding.state.as_str(),
        finding.severity.as_str(),
        clean(&finding.title)
    )];
    if !finding.narrative.is_empty() {
        lines.extend(finding.narrative.lines().map(|line| format!("  {}", clean(line))));
    }
    if !finding.criteria.is_empty() {
        lines.push(format!("criteria {}", finding.criteria.join(" ")));
    }
    lines.push(format!("by {} at {}\nevents\n", clean(&finding.by), finding.at));
    lines.join("\n")
}

fn unknown(number: u32) -> Failure {
    Failure::usage(format!("there is no finding {number}")).hint("`whytrail finds list` lists them")
}

fn set(context: &Context, number: &str, mut change: FindingChange, ids: &[String]) -> Ended {
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let reader = case.reader()?;
    let mut events: Vec<EventId> =
        ids.iter().map(|id| show::find(&reader, id)).collect::<Result<_, _>>()?;
    let filter = selection::filter(context)?;
    if !filter.is_empty() {
        let most = context.shared.filters.limit.unwrap_or(MOST);
        events.extend(query::matching_ids(&reader, &filter, most)?);
    }
    for criterion in change.criteria.iter().flatten() {
        if case.library.criterion(criterion).is_none() {
            return Err(Failure::usage(format!(
                "`{criterion}` is no criterion of the loaded packs"
            ))
            .hint("`whytrail doctor` lists the packs; `--pack FILE` adds one"));
        }
    }
    if number == "new" {
        let title =
            change.title.take().ok_or_else(|| Failure::usage("a new finding needs `--title`"))?;
        if events.is_empty() {
            return Err(Failure::usage("a finding must cite events")
                .hint("give `--events IDS`, or filters such as `--tag bad`"));
        }
        let severity = change.severity.take().unwrap_or(Severity::Medium);
        let (made, act) = case.state.create_finding(&title, severity, &events);
        case.perform(&act)?;
        if let Some(act) = case.state.change_finding(made, change) {
            case.perform(&act)?;
        }
        return output::print(context, &format!("finding {made} cites {} events\n", events.len()));
    }
    let number: u32 = number.parse().map_err(|_no_number| {
        Failure::usage(format!("`{number}` is no number of a finding, nor `new`"))
    })?;
    case.state.finding(number).ok_or_else(|| unknown(number))?;
    change.add_events = events;
    match case.state.change_finding(number, change) {
        None => output::print(context, "nothing changes\n"),
        Some(act) => {
            case.perform(&act)?;
            output::print(context, &format!("finding {number} changed\n"))
        }
    }
}
