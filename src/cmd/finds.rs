//! `whytrail finds`: findings from a script.

use std::collections::BTreeMap;

use super::output::{self, Rows};
use super::{Context, case, selection, show, tag};
use crate::cli::{FindingArgs, FindsCommand};
use crate::custody::FindingChange;
use crate::failure::{Ended, Failure};
use crate::model::rows::{FindingRow, FindingState, Severity};
use crate::model::{EventId, FindingField};
use crate::query;
use crate::report::tables::Cell;

/// Most events a finding takes from filters.
const MOST: usize = 100_000;

pub(super) fn run(context: &Context, act: FindsCommand) -> Ended {
    match act {
        FindsCommand::List => list(context),
        FindsCommand::Show { number } => one(context, number),
        FindsCommand::Set(asked) => {
            let change = FindingChange {
                state: asked.state.as_deref().map(state_of).transpose()?,
                severity: asked.severity.as_deref().map(severity_of).transpose()?,
                fields: fields_of(&asked)?,
                title: asked.title,
                narrative: asked.narrative,
                criteria: asked.criteria,
                ..FindingChange::default()
            };
            set(context, &asked.number, change, &asked.events)
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

/// Returns what was given for the fields that a person fills, checked.
fn fields_of(asked: &FindingArgs) -> Result<BTreeMap<FindingField, String>, Failure> {
    let FindingArgs { effect, confidence, remedy, owner, due, .. } = asked;
    let given = [effect, confidence, remedy, owner, due];
    let mut fields = BTreeMap::new();
    for (field, text) in FindingField::ALL.iter().zip(given) {
        if let Some(text) = text {
            fields.insert(*field, field.checked(text).map_err(Failure::usage)?);
        }
    }
    Ok(fields)
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
        ("confidence", false),
        ("owner", false),
        ("due", false),
        ("effect", false),
        ("remedy", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.findings", &columns)?;
    for finding in case.state.findings() {
        let said =
            |field| finding.fields.get(&field).map_or(Cell::Null, |text| Cell::Text(text.clone()));
        rows.row(&[
            Cell::Int(finding.number.into()),
            Cell::Text(finding.state.as_str().to_owned()),
            Cell::Text(finding.severity.as_str().to_owned()),
            Cell::Text(finding.title.clone()),
            Cell::Int(i64::try_from(finding.events.len()).unwrap_or(i64::MAX)),
            Cell::Text(finding.criteria.join(" ")),
            Cell::Text(finding.by.clone()),
            Cell::Text(finding.at.to_string()),
            said(FindingField::Confidence),
            said(FindingField::Owner),
            said(FindingField::Due),
            said(FindingField::Effect),
            said(FindingField::Remedy),
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
    for (field, text) in &finding.fields {
        lines.push(format!("{} {}", field.as_str(), clean(text)));
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
    for given in change.criteria.iter_mut().flatten() {
        let found = tag::criterion_of(&case, given)?.map(|criterion| criterion.id.clone());
        *given = found.ok_or_else(|| tag::unknown_criterion(given))?;
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
