//! `whytrail tag`: tags and notes from a script. A bulk tag is one line of the journal.

use serde::Deserialize;

use super::case::Case;
use super::output::{self, Rows};
use super::{Context, case, selection, show};
use crate::cli::TagCommand;
use crate::criteria::Criterion;
use crate::custody::State;
use crate::failure::{Ended, Failure};
use crate::model::EventId;
use crate::query;
use crate::report::tables::Cell;
use crate::text::sanitize::sanitize;

/// Most events that one act names.
const MOST: usize = 10_000_000;

pub(super) fn run(context: &Context, act: TagCommand) -> Ended {
    match act {
        TagCommand::Add { text, ids, note } => add(context, &text, &ids, note.as_deref()),
        TagCommand::Rm { text, ids, reason } => remove(context, &text, &ids, &reason),
        TagCommand::List => list(context),
        TagCommand::Import { file } => import(context, &file),
    }
}

/// Returns the events that ids or filters name.
pub(super) fn chosen(
    context: &Context,
    case: &Case,
    ids: &[String],
) -> Result<Vec<EventId>, Failure> {
    let reader = case.reader()?;
    if !ids.is_empty() {
        return ids.iter().map(|id| show::find(&reader, id)).collect();
    }
    let filter = selection::filter(context)?;
    if filter.is_empty() {
        return Err(Failure::usage("no event chosen")
            .hint("give ids, or filters such as `--outcome denied`"));
    }
    let most = context.shared.filters.limit.unwrap_or(MOST);
    Ok(query::matching_ids(&reader, &filter, most)?)
}

/// Returns the criterion that a text names: by its id, its official identifier or one that this replaced. A name that
/// two standards use is refused rather than guessed.
pub(super) fn criterion_of<'c>(
    case: &'c Case,
    text: &str,
) -> Result<Option<&'c Criterion>, Failure> {
    match case.library.named(text).as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        several => {
            let ids: Vec<String> = several.iter().map(|one| format!("`{}`", one.id)).collect();
            let all = ids.join(", ");
            Err(Failure::usage(format!("`{text}` is the name of several criteria: {all}"))
                .hint("give one of these ids"))
        }
    }
}

/// What a text becomes as a tag.
struct Named {
    text: String,
    criterion: Option<String>,
    /// What to tell when a criterion was found under another name than its id.
    said: String,
}

fn name_of(case: &Case, text: &str) -> Result<Named, Failure> {
    let Some(criterion) = criterion_of(case, text)? else {
        return Ok(Named { text: text.to_owned(), criterion: None, said: String::new() });
    };
    let said = if criterion.id == text {
        String::new()
    } else {
        format!(
            "`{}` is criterion `{}`: {}, {}\n",
            sanitize(text),
            criterion.id,
            sanitize(&criterion.full_label()),
            sanitize(&criterion.title)
        )
    };
    Ok(Named { text: criterion.id.clone(), criterion: Some(criterion.id.clone()), said })
}

fn add(context: &Context, text: &str, ids: &[String], note: Option<&str>) -> Ended {
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let events = chosen(context, &case, ids)?;
    if events.is_empty() {
        return output::print(context, "0 events match; nothing was tagged\n");
    }
    let named = name_of(&case, text)?;
    let act = case.state.tag(&named.text, named.criterion.as_deref(), &events);
    if context.shared.control.dry_run {
        return output::print(
            context,
            &format!(
                "{}would tag {} of {} events\n",
                named.said,
                tagged(act.as_ref()),
                events.len()
            ),
        );
    }
    let mut count = 0;
    if let Some(act) = act {
        count = case.perform(&act)?.events.len();
    }
    if let Some(note) = note {
        case.perform(&State::note(&events, note))?;
    }
    output::print(context, &format!("{}tagged {count} of {} events\n", named.said, events.len()))
}

fn tagged(act: Option<&crate::custody::Act>) -> usize {
    match act.map(|act| &act.deed) {
        Some(crate::custody::Deed::Tag(deed)) => deed.events.len(),
        _ => 0,
    }
}

fn remove(context: &Context, text: &str, ids: &[String], reason: &str) -> Ended {
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let events = chosen(context, &case, ids)?;
    let act = match case.state.untag(Some(text), &events, reason) {
        None => case.state.untag(Some(&name_of(&case, text)?.text), &events, reason),
        act => act,
    };
    if context.shared.control.dry_run {
        let verdict = if act.is_some() { "would strike out" } else { "no such tag on" };
        return output::print(context, &format!("{verdict} {} events\n", events.len()));
    }
    match act {
        None => output::print(context, "no such tag on these events\n"),
        Some(act) => {
            let count = case.perform(&act)?.events.len();
            output::print(context, &format!("struck out on {count} events\n"))
        }
    }
}

fn list(context: &Context) -> Ended {
    let case = case::open_existing(context)?;
    let columns = [
        ("event", false),
        ("tag", false),
        ("criterion", false),
        ("note", false),
        ("by", false),
        ("at", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.tags", &columns)?;
    let text = |text: &str| Cell::Text(text.to_owned());
    for tag in case.state.tags() {
        let criterion = tag.criterion.as_deref().map_or(Cell::Null, text);
        rows.row(&[
            text(&tag.event.to_string()),
            text(&tag.text),
            criterion,
            Cell::Null,
            text(&tag.by),
            text(&tag.at.to_string()),
        ])?;
    }
    for note in case.state.notes() {
        rows.row(&[
            text(&note.event.to_string()),
            Cell::Null,
            Cell::Null,
            text(&note.text),
            text(&note.by),
            text(&note.at.to_string()),
        ])?;
    }
    rows.finish()
}

/// One line of an import.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Imported {
    id: String,
    text: Option<String>,
    criterion: Option<String>,
    note: Option<String>,
}

fn import(context: &Context, file: &std::path::Path) -> Ended {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("`{}`: {}", file.display(), crate::source::discover::words(&error)))
    })?;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let read: Imported = serde_json::from_str(line).map_err(|error| {
            Failure::usage(format!("`{}` line {number}: {error}", file.display()))
        })?;
        lines.push((number, read));
    }
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let reader = case.reader()?;
    let mut found = Vec::new();
    for (number, line) in lines {
        let at = |message: &str| {
            Failure::usage(format!("`{}` line {number}: {message}", file.display()))
        };
        let id = show::find(&reader, &line.id).map_err(|failure| at(&failure.message))?;
        found.push((id, tag_of(&case, &line).map_err(|failure| at(&failure.message))?, line.note));
    }
    if context.shared.control.dry_run {
        return output::print(context, &format!("would import {} lines\n", found.len()));
    }
    let count = found.len();
    for (id, tag, note) in found {
        if let Some((text, criterion)) = tag
            && let Some(act) = case.state.tag(&text, criterion.as_deref(), &[id])
        {
            case.perform(&act)?;
        }
        if let Some(note) = &note {
            case.perform(&State::note(&[id], note))?;
        }
    }
    output::print(context, &format!("imported {count} lines\n"))
}

/// Returns text and criterion of the tag that a line asks for. A criterion that no pack has is a fault: a tag for it
/// would never show where it is looked for.
fn tag_of(case: &Case, line: &Imported) -> Result<Option<(String, Option<String>)>, Failure> {
    let Some(given) = &line.criterion else {
        let named = line.text.as_deref().map(|text| name_of(case, text)).transpose()?;
        return Ok(named.map(|named| (named.text, named.criterion)));
    };
    let criterion = criterion_of(case, given)?.ok_or_else(|| unknown_criterion(given))?;
    let text = line.text.clone().unwrap_or_else(|| criterion.id.clone());
    Ok(Some((text, Some(criterion.id.clone()))))
}

/// Returns the failure of a criterion that no loaded pack has.
pub(super) fn unknown_criterion(given: &str) -> Failure {
    Failure::usage(format!("`{given}` is no criterion of the loaded packs"))
        .hint("`whytrail doctor` lists the packs; `--pack FILE` adds one")
}
