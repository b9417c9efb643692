//! `whytrail case`: what a case holds, and which cases there are.

use super::ingest::grouped;
use super::output::Rows;
use super::{Context, case, output};
use crate::cli::CaseCommand;
use crate::failure::Ended;
use crate::query;
use crate::report::json_line;
use crate::report::tables::Cell;

pub(super) fn run(context: &Context, act: &CaseCommand) -> Ended {
    match act {
        CaseCommand::Info => info(context),
        CaseCommand::List => list(context),
    }
}

fn info(context: &Context) -> Ended {
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    let overview = query::overview(&reader)?;
    let head = case.journal.head();
    if context.shared.output.json {
        let json = serde_json::json!({
            "schema": "whytrail.case", "version": 1, "name": case.folder.name(), "read_only": case.read_only_reason(),
            "account": { "read": overview.account.read, "kept": overview.account.kept, "duplicate": overview.account.duplicate,
                         "rejected": overview.account.rejected, "verdict": overview.account.verdict() },
            "span": overview.span.map(|(first, last)| [first.to_string(), last.to_string()]),
            "undated": overview.undated, "subjects": overview.subjects, "sessions": overview.sessions,
            "agent_sessions": overview.agent_sessions, "resources": overview.resources, "denied": overview.denied,
            "journal": { "entries": head.size, "head": crate::source::hex(&head.leaf.0) },
            "planes": overview.planes.iter().map(|(plane, count)| (plane.as_str().to_owned(), (*count).into()))
                .collect::<serde_json::Map<String, serde_json::Value>>(),
        });
        return output::print(context, &format!("{}\n", json_line(&json)));
    }
    let account = overview.account;
    let span = overview
        .span
        .map_or_else(|| "no dated events".to_owned(), |(first, last)| format!("{first} .. {last}"));
    let planes: Vec<String> = overview
        .planes
        .iter()
        .map(|(plane, count)| format!("{plane} {}", grouped(*count)))
        .collect();
    let text = format!(
        "case      {}\nplace     {}\naccess    {}\nspan      {span}\nrows      read {} = kept {} + duplicate {} + rejected {}   {}\n\
         planes    {}\nwho       {} subjects, {} sessions ({} agent), {} resources, {} refused\nundated   {}\n\
         journal   {} entries, head {}\n",
        case.folder.name(),
        case.folder.root().display(),
        case.read_only_reason().unwrap_or_else(|| "writable".to_owned()),
        grouped(account.read),
        grouped(account.kept),
        grouped(account.duplicate),
        grouped(account.rejected),
        account.verdict(),
        planes.join(", "),
        overview.subjects,
        overview.sessions,
        overview.agent_sessions,
        overview.resources,
        overview.denied,
        overview.undated,
        head.size,
        crate::source::hex(&head.leaf.0),
    );
    output::print(context, &text)
}

fn list(context: &Context) -> Ended {
    let folder = context.config.places.cases();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .map(|entries| {
            entries
                .flatten()
                .filter(|entry| entry.path().join("case.toml").exists())
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    let mut rows = Rows::begin(context, "whytrail.cases", &[("name", false), ("place", false)])?;
    for name in names {
        let place = folder.join(&name).display().to_string();
        rows.row(&[Cell::Text(name), Cell::Text(place)])?;
    }
    rows.finish()
}
