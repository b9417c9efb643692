//! Loading evidence into an open case: the load itself, the joins after it, what the journal and manifest say about it.

use std::collections::BTreeSet;

use serde_json::json;

use super::Context;
use super::case::{Case, TOOL};
use crate::clock;
use crate::custody::{ActKind, manifest};
use crate::failure::{Failure, Kind};
use crate::format::Format;
use crate::ingest::{Input, LoadError, Loader, Progress, Report};
use crate::link;
use crate::redact::Redactor;
use crate::store::{Cancel, Store};

/// What a load needs of a case, so that it can run on a thread of its own.
pub(super) struct Load<'a> {
    pub(super) store: &'a Store,
    pub(super) redactor: &'a Redactor,
    pub(super) formats: &'a [Box<dyn Format>],
    pub(super) context: &'a Context,
    pub(super) progress: &'a Progress,
    pub(super) stop: &'a Cancel,
}

/// Returns what to read, as the arguments name it.
pub(super) fn inputs(paths: &[std::path::PathBuf]) -> Vec<Input> {
    paths
        .iter()
        .map(
            |path| {
                if path.as_os_str() == "-" {
                    Input::StandardInput
                } else {
                    Input::Path(path.clone())
                }
            },
        )
        .collect()
}

/// Reads evidence and makes the joins. Blocks until done or stopped; what was committed is kept either way.
pub(super) fn load(load: &Load<'_>, inputs: &[Input]) -> Result<Report, Failure> {
    let loader = Loader {
        store: load.store,
        formats: load.formats,
        redactor: load.redactor,
        caps: load.context.config.caps,
        threads: load.context.config.threads,
        progress: load.progress,
        stop: load.stop,
    };
    let before = kept(load.store)?;
    let report = loader.run(inputs).map_err(|error| match error {
        LoadError::Store(fault) => Failure::from(fault),
        LoadError::Thread(message) => Failure::new(Kind::Failed, message)
            .hint("this is a defect of the program; the log in the state folder says where"),
    });
    load.store.end_loading(load.context.config.limits)?;
    let mut writer = load.store.writer()?;
    let has_links = writer.number("SELECT count(*) FROM session")? > 0;
    writer.commit()?;
    if report.is_err() {
        load.progress.finish();
        return report;
    }
    if kept(load.store)? != before || !has_links {
        link::rebuild(&mut writer)?;
        writer.checkpoint()?;
    }
    load.progress.finish();
    report
}

fn kept(store: &Store) -> Result<(u64, u64), Failure> {
    let reader = store.reader()?;
    Ok((
        reader.number("SELECT count(*) FROM event", &[])?,
        reader.number("SELECT count(*) FROM source", &[])?,
    ))
}

/// Journals each source that a load added, and writes the manifest anew.
pub(super) fn book_sources(case: &mut Case) -> Result<(), Failure> {
    if case.read_only_reason().is_some() {
        return Ok(());
    }
    let known: BTreeSet<i32> = manifest::read(case.folder.root())
        .unwrap_or_default()
        .iter()
        .map(|line| line.source_id)
        .collect();
    let reader = case.reader()?;
    let rows = reader.rows(
        "SELECT source, name, member, bytes, sha256, content_sha256, format, read, rejected, duplicate, first_ts, \
                last_ts, state, reason, kept FROM source ORDER BY source",
        &[],
    )?;
    let added_at = clock::now().to_string();
    let mut lines = manifest::read(case.folder.root()).unwrap_or_default();
    let mut added = Vec::new();
    for row in &rows {
        let source_id = i32::try_from(row.int(0)).unwrap_or(0);
        if known.contains(&source_id) {
            continue;
        }
        let line = manifest::SourceLine {
            source_id,
            given_path: row.text(1),
            archive_member: row.maybe_text(2),
            bytes: row.count(3),
            sha256: row.text(4),
            sha256_content: row.text(5),
            format: row.maybe_text(6),
            parser: row.maybe_text(6),
            parser_version: Some(TOOL.to_owned()),
            records: row.count(7),
            rejected: row.count(8),
            duplicates: row.count(9),
            first_ts: row.time(10).map(|time| time.to_string()),
            last_ts: row.time(11).map(|time| time.to_string()),
            collected: None,
            added_at: added_at.clone(),
            tool: TOOL.to_owned(),
        };
        added.push(json!({
            "name": line.given_path, "member": line.archive_member, "bytes": line.bytes, "sha256": line.sha256,
            "sha256_content": line.sha256_content, "format": line.format, "read": line.records, "kept": row.count(14),
            "duplicate": line.duplicates, "rejected": line.rejected, "state": row.text(12), "reason": row.maybe_text(13),
        }));
        lines.push(line);
    }
    if added.is_empty() {
        return Ok(());
    }
    manifest::write(case.folder.root(), &lines)
        .map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    let subject = format!("src:{}", added.len());
    case.record(ActKind::EvidenceAdd, &subject, json!({ "sources": added }))?;
    let account = crate::query::sources::account(&case.reader()?)?;
    case.record(
        ActKind::ParseRun,
        "case",
        json!({ "read": account.read, "kept": account.kept, "duplicate": account.duplicate,
                "rejected": account.rejected, "balanced": account.is_balanced() }),
    )?;
    Ok(())
}
