//! The statements about a case. Opens nothing for writing: the journal is read as a file, the database read-only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::case::Case;
use super::super::{Context, checkpoint, proofs};
use super::journal::{self, End};
use super::sources::{self, Checked, Wanted};
use super::{Asked, Found, not_evaluated, rebuild};
use crate::custody::checkpoint::{Listing, list};
use crate::custody::manifest::{self, SourceLine};
use crate::custody::{ActKind, CaseFolder, Chain, Entry, Statement, facts_files, read_chain};
use crate::failure::{Failure, Kind};
use crate::query::remembered_head;
use crate::source::hex;
use crate::store::{Fault, Reader, Store};

/// What is read of a case before anything is checked.
pub(super) struct Parts<'a> {
    pub(super) context: &'a Context,
    pub(super) root: &'a Path,
    pub(super) chain: Chain,
    pub(super) key: Option<[u8; 32]>,
    /// The database, or why it could not be opened.
    pub(super) reader: Result<Reader, String>,
}

pub(super) fn check(context: &Context, root: &Path, asked: &Asked) -> Result<Found, Failure> {
    let mut remarks = Vec::new();
    let key = match CaseFolder::peek(root) {
        Ok(peeked) => peeked.key,
        Err(error @ crate::custody::CaseError::Newer { .. }) => return Err(error.into()),
        Err(error) => {
            remarks.push(error.to_string().lines().next().unwrap_or_default().to_owned());
            None
        }
    };
    let lines = read_maybe(&root.join("journal.jsonl"))?;
    let chain = read_chain(lines.as_deref().unwrap_or_default());
    let reader = open_database(context, root)?;
    let listing = list(root).map_err(|error| {
        Failure::new(Kind::Failed, format!("the folder of checkpoints cannot be read: {error}"))
    })?;
    let known = checkpoint::known_keys(context)?;
    let parts = Parts { context, root, chain, key, reader };
    let end = match &parts.reader {
        _ if is_unbegun(root, parts.reader.as_ref().ok(), &listing)? => End::Unbegun,
        Err(why) => End::Unknown(why.clone()),
        Ok(reader) => match remembered_head(reader)? {
            Some(head) => End::Remembered(head),
            None => End::Unknown("the database remembers no act".to_owned()),
        },
    };
    let (wanted, checked, wrong) = evidence(&parts, asked);
    let lacks_sources = checked.lacks();
    let derived = rebuild::derived(&parts, asked, &wanted, &checked)?;
    let completeness = match &parts.reader {
        Ok(reader) => proofs::completeness(reader)?,
        Err(why) => not_evaluated(why),
    };
    let statements = vec![
        journal::chain(
            lines.as_deref(),
            &parts.chain,
            &end,
            facts_files::against_journal(root, &parts.chain.entries),
        ),
        journal::checkpoints(&listing, &parts.chain),
        signatures(&listing, &known),
        journal::anchors(&listing, &parts.chain),
        checked.statement(wrong, wanted.len()),
        derived,
        Statement { number: 7, ..completeness },
    ];
    Ok(Found { statements, lacks_sources, is_newer: parts.chain.is_newer, remarks })
}

/// Returns true when the folder holds nothing but what making a case leaves: no evidence, no checkpoint, no act. Without
/// a reader there must be no database either.
pub(in crate::cmd) fn is_unbegun(
    root: &Path,
    reader: Option<&Reader>,
    listing: &Listing,
) -> Result<bool, Failure> {
    let manifest = read_maybe(&root.join(manifest::FILE_NAME))?.unwrap_or_default();
    let has_traces =
        !manifest.is_empty() || !listing.notes.is_empty() || !listing.signers.is_empty();
    Ok(!has_traces
        && match reader {
            Some(reader) => crate::query::is_unbegun(reader)?,
            None => !root.join("case.duckdb").exists(),
        })
}

/// Returns statements 1 to 4 about an open case: journal, checkpoints, signatures, anchors.
pub(in crate::cmd) fn of_journal(
    context: &Context,
    case: &Case,
    reader: &Reader,
) -> Result<Vec<Statement>, Failure> {
    let root = case.folder.root();
    let lines = read_maybe(&root.join("journal.jsonl"))?;
    let chain = read_chain(lines.as_deref().unwrap_or_default());
    let listing = list(root).map_err(|error| {
        Failure::new(Kind::Failed, format!("the folder of checkpoints cannot be read: {error}"))
    })?;
    let known = checkpoint::known_keys(context)?;
    let end = match remembered_head(reader)? {
        Some(head) => End::Remembered(head),
        None => End::Unknown("the database remembers no act".to_owned()),
    };
    let beside = facts_files::against_journal(root, &chain.entries);
    Ok(vec![
        journal::chain(lines.as_deref(), &chain, &end, beside),
        journal::checkpoints(&listing, &chain),
        signatures(&listing, &known),
        journal::anchors(&listing, &chain),
    ])
}

fn signatures(listing: &Listing, known: &[checkpoint::KnownKey]) -> Statement {
    let notes: Vec<_> = listing
        .notes
        .iter()
        .filter_map(|stored| {
            let (note, _) = stored.read.as_ref().ok()?;
            Some((format!("checkpoints/{:04}.note", stored.number), note))
        })
        .collect();
    journal::signatures(&notes, listing, known)
}

/// Reads a file; `None` when there is none.
pub(super) fn read_maybe(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(Kind::Failed, format!("`{}`: {error}", path.display()))),
    }
}

/// Opens the database without leave to write. A newer one ends the run; whatever else keeps it shut is told.
fn open_database(context: &Context, root: &Path) -> Result<Result<Reader, String>, Failure> {
    let path = root.join("case.duckdb");
    if !path.exists() {
        return Ok(Err("case.duckdb is missing".to_owned()));
    }
    match Store::open_read_only(&path, context.config.limits).and_then(|store| store.reader()) {
        Ok(reader) => Ok(Ok(reader)),
        Err(fault @ Fault::Newer { found, known }) if found > known => Err(fault.into()),
        Err(Fault::Newer { .. }) => Ok(Err(
            "the database has an older schema: open the case once with this version".to_owned(),
        )),
        Err(Fault::InUse) => {
            Ok(Err("the case is open in another process, which keeps its database to itself"
                .to_owned()))
        }
        Err(fault) => Ok(Err(format!("case.duckdb cannot be opened: {fault}"))),
    }
}

/// Returns the sources, what became of them, and what is wrong with the list of them.
fn evidence(parts: &Parts<'_>, asked: &Asked) -> (Vec<Wanted>, Checked, Vec<String>) {
    let mut wrong = Vec::new();
    let lines = match manifest::read(parts.root) {
        Ok(lines) => lines,
        Err(error) => {
            wrong.push(error.to_string());
            Vec::new()
        }
    };
    let (differing, is_interrupted) = against_journal(parts.root, &lines, &parts.chain.entries);
    wrong.extend(differing);
    let places = places(parts);
    let wanted: Vec<Wanted> = lines
        .iter()
        .filter(|line| !line.sha256.is_empty())
        .map(|line| {
            let place = places.iter().find(|place| place.source == line.source_id);
            let name = match &line.archive_member {
                Some(member) => format!("{} > {member}", line.given_path),
                None => line.given_path.clone(),
            };
            Wanted {
                name,
                member: line.archive_member.clone(),
                path: place.and_then(|place| place.path.clone()),
                is_stream: place.is_some_and(|place| place.path.is_none()),
                sha256: line.sha256.clone(),
                content_sha256: line.sha256_content.clone(),
                is_damaged: place.is_some_and(|place| place.is_damaged),
            }
        })
        .collect();
    let mut checked = sources::check(parts.context, &wanted, asked.evidence.as_deref());
    if is_interrupted {
        checked.not_shown(
            "the last load ended before its list of sources was written: run the same `whytrail ingest` again",
        );
    }
    (wanted, checked, wrong)
}

/// Where the database says that a source was.
struct Place {
    source: i32,
    path: Option<PathBuf>,
    is_damaged: bool,
}

fn places(parts: &Parts<'_>) -> Vec<Place> {
    let Ok(reader) = &parts.reader else { return Vec::new() };
    let places = crate::query::sources::places(reader).unwrap_or_default();
    places
        .into_iter()
        .map(|(source, path, is_damaged)| Place {
            source: i32::try_from(source).unwrap_or(0),
            path: path.map(PathBuf::from),
            is_damaged,
        })
        .collect()
}

/// Returns the entries that add evidence, each with whether it was the last act of a load that was interrupted: the
/// manifest is written after it, and only then what the load brought is journaled.
fn additions(entries: &[Entry]) -> Vec<(&Entry, bool)> {
    let mut added: Vec<(&Entry, bool)> = Vec::new();
    for entry in entries {
        if entry.act == ActKind::EvidenceAdd.as_str() {
            added.push((entry, true));
        } else if entry.act == ActKind::ParseRun.as_str()
            && let Some((_, is_interrupted)) = added.last_mut()
        {
            *is_interrupted = false;
        }
    }
    added
}

/// Compares the manifest with what the journal says was added. What an interrupted load had journaled is journaled again
/// by the next one, so it need not be there. Returns what is wrong, and whether the last load was interrupted before it
/// wrote the manifest.
fn against_journal(root: &Path, lines: &[SourceLine], entries: &[Entry]) -> (Vec<String>, bool) {
    let mut wrong = Vec::new();
    let additions = additions(entries);
    let is_last_interrupted = additions.last().is_some_and(|(_, is_interrupted)| *is_interrupted);
    let optional: BTreeSet<String> = additions
        .iter()
        .filter(|(_, is_interrupted)| *is_interrupted)
        .filter_map(|(entry, _)| entry.detail.get("sources")?.as_array())
        .flatten()
        .map(facts)
        .collect();
    let added: Vec<&Entry> = additions.into_iter().map(|(entry, _)| entry).collect();
    let lists =
        |name| added.iter().filter_map(move |entry| entry.detail.get(name)?.as_array()).flatten();
    // A source that was journaled twice, because the program was stopped before it wrote the manifest, is one.
    let journaled: BTreeMap<String, &Value> =
        lists("sources").map(|source| (facts(source), source)).collect();
    let gone: BTreeSet<String> = lists("replaced").map(facts).collect();
    let here: BTreeSet<String> = lines.iter().map(facts_of).collect();
    for line in lines.iter().filter(|line| !journaled.contains_key(&facts_of(line))) {
        let name = &line.given_path;
        wrong.push(format!("manifest.jsonl: `{name}` is not what the journal says was added"));
    }
    for (facts, source) in &journaled {
        if !here.contains(facts) && !gone.contains(facts) && !optional.contains(facts) {
            let name = source.get("name").and_then(Value::as_str).unwrap_or_default();
            wrong.push(format!(
                "manifest.jsonl: `{name}`, which the journal says was added, is not in it"
            ));
        }
    }
    let last = added.iter().rev().find_map(|entry| entry.detail.get("manifest_sha256")?.as_str());
    if let Some(last) = last
        && wrong.is_empty()
    {
        let now = std::fs::read(root.join(manifest::FILE_NAME)).unwrap_or_default();
        if hex(&Sha256::digest(&now)) != last {
            if is_last_interrupted {
                return (wrong, true);
            }
            wrong.push("manifest.jsonl is not the file whose digest the journal has".to_owned());
        }
    }
    (wrong, false)
}

/// Returns what must be equal in manifest and journal, as one text.
fn facts(source: &Value) -> String {
    let text = |name: &str| source.get(name).map(ToString::to_string).unwrap_or_default();
    ["name", "member", "bytes", "sha256", "sha256_content", "read"].map(text).join(" ")
}

fn facts_of(line: &SourceLine) -> String {
    facts(&serde_json::json!({
        "name": line.given_path, "member": line.archive_member, "bytes": line.bytes, "sha256": line.sha256,
        "sha256_content": line.sha256_content, "read": line.records,
    }))
}
