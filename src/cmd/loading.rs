//! Loading evidence into an open case: the load itself, the joins after it, what the journal and manifest say about it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::case::{Case, TOOL};
use super::verify::MEMBER;
use super::{Context, proofs};
use crate::clock;
use crate::custody::{ActKind, manifest};
use crate::failure::{Failure, Kind};
use crate::format::Format;
use crate::ingest::{Input, LoadError, Loader, Progress, Report};
use crate::link::{self, prices};
use crate::model::rows::RefusedThenDone;
use crate::query;
use crate::redact::Redactor;
use crate::store::{Cancel, Row, Store};

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
    let mut stages = Stages::default();
    let before = kept(load.store)?;
    let was_due = link::is_due(&load.store.reader()?)?;
    link::mark_due(&mut load.store.writer()?)?;
    let report = loader.run(inputs).map_err(|error| match error {
        LoadError::Store(fault) => Failure::from(fault),
        LoadError::Thread(message) => Failure::new(Kind::Failed, message)
            .hint("this is a defect of the program; the log in the state folder says where"),
    });
    load.store.end_loading(load.context.config.limits)?;
    stages.ended("read");
    let _turn = load.store.derive();
    let mut writer = load.store.writer()?;
    let has_links = writer.number("SELECT count(*) FROM session")? > 0;
    writer.commit()?;
    if report.is_err() {
        load.progress.finish();
        return report;
    }
    let has_changed = kept(load.store)? != before || !has_links || was_due;
    if has_changed {
        // The digest reads events only, so it is taken while links are made of them.
        let reader = load.store.reader()?;
        let (digest, known) = std::thread::scope(|scope| {
            let digest = scope.spawn(move || query::digest_of_added(&reader));
            link::rebuild(&mut writer)?;
            digest
                .join()
                .map_err(|_panic| Failure::new(Kind::Failed, "the digest failed"))?
                .map_err(Failure::from)
        })?;
        stages.ended("joins and digest");
        query::keep_derived_digest(&mut writer, &digest.sha256, &known)?;
        let is_folded = writer.fold_log()?;
        stages.ended(if is_folded { "checkpoint" } else { "checkpoint left for later" });
    } else {
        link::mark_done(&mut writer)?;
    }
    proofs::refresh(load.store)?;
    stages.ended("proofs");
    let mut writer = load.store.writer()?;
    prices::keep(&mut writer, &super::keys::usable_prices(&load.context.config)?)?;
    if has_changed || !link::leads::is_made(&mut writer)? {
        let (pairs, _) = query::why::done::denied_then_done(&load.store.reader()?)?;
        let pairs: Vec<RefusedThenDone> = pairs.into_iter().map(RefusedThenDone::from).collect();
        stages.ended("denied then done");
        link::leads::rebuild(&mut writer, &pairs)?;
        stages.ended("keys, spend, leads");
    }
    // What could not be seen rests on links and proofs, so it comes last.
    let mut writer = load.store.writer()?;
    if has_changed || !link::gaps::is_made(&mut writer)? {
        link::gaps::rebuild(&mut writer)?;
        stages.ended("gaps");
    }
    load.progress.finish();
    report
}

/// Writes into the log how long each stage of a load took.
#[derive(Default)]
struct Stages(clock::Lap);

impl Stages {
    fn ended(&mut self, stage: &str) {
        tracing::info!(stage, millis = self.0.millis(), "loading");
    }
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
    let reader = case.reader()?;
    let rows = reader.rows(
        "SELECT source, name, member, bytes, sha256, content_sha256, format, read, rejected, duplicate, first_ts, \
                last_ts, state, reason, kept, because FROM source ORDER BY source",
        &[],
    )?;
    let added_at = clock::now().to_string();
    let lines = manifest::read(case.folder.root()).unwrap_or_default();
    // A source that was read again has a new row, and a database made anew may number its sources otherwise; the journal
    // keeps what was said before.
    let known: BTreeSet<Key> = lines.iter().map(key_of).collect();
    let here: BTreeSet<Key> = rows.iter().map(|row| key_of(&line_of(row, &added_at))).collect();
    let (mut lines, gone): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| here.contains(&key_of(line)));
    let replaced: Vec<Value> = gone.iter().map(replaced).collect();
    let mut added = Vec::new();
    for row in &rows {
        let line = line_of(row, &added_at);
        if known.contains(&key_of(&line)) {
            continue;
        }
        added.push(added_as(row, &line));
        lines.push(line);
    }
    if added.is_empty() {
        return Ok(());
    }
    // The journal comes first: a manifest with sources that the journal does not know would never be put right.
    let subject = format!("src:{}", added.len());
    let sha256 = crate::source::hex(&Sha256::digest(manifest::to_text(&lines).as_bytes()));
    book_rejected(case, &added)?;
    let detail = json!({ "sources": added, "replaced": replaced, "manifest_sha256": sha256 });
    case.record(ActKind::EvidenceAdd, &subject, detail)?;
    manifest::write(case.folder.root(), &lines)
        .map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    let account = query::sources::account(&case.reader()?)?;
    let derived = query::derived_digest(&case.reader()?)?;
    case.record(
        ActKind::ParseRun,
        "case",
        json!({ "read": account.read, "kept": account.kept, "duplicate": account.duplicate,
                "rejected": account.rejected, "balanced": account.is_balanced(), MEMBER: derived }),
    )?;
    Ok(())
}

/// What tells a source from all others that this case has or had: number, name, member, digest.
type Key = (i32, String, Option<String>, String);

fn key_of(line: &manifest::SourceLine) -> Key {
    (line.source_id, line.given_path.clone(), line.archive_member.clone(), line.sha256.clone())
}

/// Returns the manifest's line of a new source.
fn line_of(row: &Row, added_at: &str) -> manifest::SourceLine {
    manifest::SourceLine {
        source_id: i32::try_from(row.int(0)).unwrap_or(0),
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
        added_at: added_at.to_owned(),
        tool: TOOL.to_owned(),
    }
}

/// Returns what the journal says of a new source.
fn added_as(row: &Row, line: &manifest::SourceLine) -> Value {
    json!({
        "name": line.given_path, "member": line.archive_member, "bytes": line.bytes, "sha256": line.sha256,
        "sha256_content": line.sha256_content, "format": line.format, "because": row.text(15),
        "read": line.records, "kept": row.count(14), "duplicate": line.duplicates,
        "rejected": line.rejected, "state": row.text(12), "reason": row.maybe_text(13),
    })
}

/// Returns what the journal says of a source that was read again under another number.
fn replaced(line: &manifest::SourceLine) -> Value {
    json!({ "name": line.given_path, "member": line.archive_member, "bytes": line.bytes, "sha256": line.sha256,
            "sha256_content": line.sha256_content, "read": line.records })
}

/// Journals which sources could not be opened.
fn book_rejected(case: &mut Case, added: &[Value]) -> Result<(), Failure> {
    let unread = added.iter().filter(|source| source["state"] == "unreadable");
    let names: Vec<Value> =
        unread.map(|one| json!([one["name"], one["member"], one["reason"]])).collect();
    if !names.is_empty() {
        let subject = format!("src:{}", names.len());
        case.record(ActKind::EvidenceReject, &subject, json!({ "sources": names }))?;
    }
    Ok(())
}
