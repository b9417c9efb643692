//! The export bundle: one folder, the same bytes for the same state of a case. The files and their order are decided
//! here; what is in each is its own module's. Never places a bundle: the caller keeps it away from the evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::content::{self, Content};
use super::document::facts::{Assessed, Frame};
use super::document::{self, Status, signing};
use super::facts::Facts;
use super::folder::{FileLine, Folder, HashedFile, MANIFEST, NOTE, Overwrite, WriteError};
use super::html::{self, Pages};
use super::pseudonyms::Pseudonyms;
use super::targets::{Target, Writings};
use super::{
    events_csv, events_json, findings, identity_key, manifest, markdown, timesketch, verify_md,
};
use crate::clock::Lap;
use crate::criteria::Pack;
use crate::custody::checkpoint::{self, Checkpoint};
use crate::custody::{NoteKey, State, Statement, read_chain};
use crate::model::{EventId, Micros};
use crate::query::Filter;
use crate::query::export;
use crate::redact::People;
use crate::store::Reader;

/// Name of the journal's copy.
const JOURNAL: &str = "journal.jsonl";

/// Folder of the short forms.
const FORMS: &str = "forms";

/// What an export is made from.
#[derive(Debug, Clone, Copy)]
pub struct BundleInput<'a> {
    pub reader: &'a Reader,
    /// Tags, notes and findings as the journal leaves them.
    pub state: &'a State,
    /// Exact bytes of the journal.
    pub journal: &'a [u8],
    pub case_name: &'a str,
    pub case_id: &'a str,
    pub analyst: &'a str,
    /// Goes into the manifest only.
    pub exported_at: Micros,
    /// Program and version: `whytrail/0.1.0`.
    pub tool: &'a str,
    /// Criteria packs of the case.
    pub packs: &'a [Pack],
    /// Events beside those that are tagged, noted, or cited by a finding; `None` adds none.
    pub filter: Option<&'a Filter>,
    pub overwrite: Overwrite,
    /// Newest checkpoint of the case, what anchors it, and the public keys that sign here, that of `key` first: name in
    /// `checkpoints/`, bytes.
    pub checkpoints: &'a [(String, Vec<u8>)],
    /// Signs the bundle; without it the manifest can be changed by anybody, and `VERIFY.md` says so.
    pub key: Option<&'a NoteKey>,
    /// What the sources themselves can prove, as known now.
    pub completeness: Option<&'a Statement>,
    /// What the journal, its checkpoints and its signatures show now.
    pub statements: &'a [Statement],
    /// What packs and rules came to, and the facts they rest on.
    pub assessed: Option<Assessed<'a>>,
    /// Replaces identifiers of people and things; `journal` and `state` are in other words already.
    pub pseudonyms: Option<&'a Pseudonyms>,
    /// Names people in the report by marks and writes the key to them; `None` prints names as the records have them.
    pub people: Option<&'a People>,
    /// What is written beside the files that every bundle has.
    pub targets: &'a [&'static Target],
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleReport {
    /// Files of the bundle by name, the manifest included.
    pub files: Vec<FileLine>,
    pub events: u64,
    /// Lines for Timesketch; an event with several times has several.
    pub timesketch_lines: u64,
    /// Undated events that are not in the bundle.
    pub undated_aside: u64,
    /// How far the report has come, and SHA-256 of its text.
    pub status: Status,
    pub text_sha256: String,
}

/// Numbers that are known once the events are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) events: u64,
    pub(super) timesketch_lines: u64,
}

/// Writes the bundle into the folder `out`, which must not exist or be empty unless files may be replaced.
///
/// Each file takes its place only when it is whole, the manifest last: a folder without a manifest is no bundle.
pub fn write(input: &BundleInput<'_>, out: &Path) -> Result<BundleReport, WriteError> {
    let mut lap = Lap::default();
    let mut told = |part: &str| tracing::info!(part, millis = lap.millis(), "bundle");
    let mut content = content::gather(input)?;
    told("content");
    if let Some(pseudonyms) = input.pseudonyms {
        pseudonyms.content(&mut content);
    }
    let mut folder = Folder::prepare(out, input.overwrite)?;
    let mut writings = Writings::begin(input, &content, &folder)?;
    let (counts, facts) = write_events(input, &content, &mut folder, writings.as_mut())?;
    told("events");
    folder.put(findings::FILE, findings::text(input, &content, &facts).as_bytes())?;
    let (status, text_sha256) = write_report(input, &content, &mut folder)?;
    told("report");
    if let Some(people) = input.people {
        folder.put(identity_key::FILE, identity_key::text(people).as_bytes())?;
    }
    folder.put(JOURNAL, input.journal)?;
    write_checkpoints(input, &mut folder)?;
    if let Some(writings) = writings {
        writings.finish(&mut folder)?;
    }
    folder.put(verify_md::FILE, verify_md::text(input).as_bytes())?;
    let listed = folder.files();
    let manifest = manifest::text(input, &content, &counts, &listed, (status, &text_sha256));
    folder.put(MANIFEST, manifest.as_bytes())?;
    if let Some(key) = input.key {
        folder.put(NOTE, note(input, key, &manifest).as_bytes())?;
    }
    folder.sync()?;
    told("the rest");
    Ok(BundleReport {
        files: folder.files(),
        events: counts.events,
        timesketch_lines: counts.timesketch_lines,
        undated_aside: content.n_undated_aside(),
        status,
        text_sha256,
    })
}

/// Writes the report in all its forms. Returns how far it has come, and the digest of its text.
fn write_report(
    input: &BundleInput<'_>,
    content: &Content,
    folder: &mut Folder,
) -> Result<(Status, String), WriteError> {
    let view = document::facts::gather(input, content)?;
    let frame = Frame { input, content, view: &view };
    let report = document::report(frame);
    let pages = Pages::new()?;
    let body = pages.body(&report)?;
    let digest = body.digest();
    let front = signing::front(frame, &digest);
    folder.put(html::FILE, pages.report(&front, &body)?.as_bytes())?;
    folder.put(markdown::FILE, markdown::text(&front, &report).as_bytes())?;
    folder.folder(FORMS)?;
    for form in document::forms::forms(frame) {
        let name = format!("{FORMS}/{}", form.file);
        folder.put(&name, pages.form(&front, &form.document)?.as_bytes())?;
    }
    Ok((front.status, digest))
}

/// Returns SHA-256 of the text of the report as it would be now: what people sign.
pub fn text_digest(input: &BundleInput<'_>) -> Result<String, WriteError> {
    let mut content = content::gather(input)?;
    if let Some(pseudonyms) = input.pseudonyms {
        pseudonyms.content(&mut content);
    }
    let view = document::facts::gather(input, &content)?;
    let frame = Frame { input, content: &content, view: &view };
    Ok(Pages::new()?.body(&document::report(frame))?.digest())
}

/// Writes the newest checkpoint with what anchors it, and the public keys that sign here.
fn write_checkpoints(input: &BundleInput<'_>, folder: &mut Folder) -> Result<(), WriteError> {
    if input.checkpoints.is_empty() {
        return Ok(());
    }
    folder.folder(checkpoint::FOLDER)?;
    for (name, bytes) in input.checkpoints {
        folder.put(&format!("{}/{name}", checkpoint::FOLDER), bytes)?;
    }
    Ok(())
}

/// Returns the note that stands for the whole bundle: a checkpoint of its journal with one line more, the hash of the
/// manifest, which names every other file.
fn note(input: &BundleInput<'_>, key: &NoteKey, manifest: &str) -> String {
    use sha2::{Digest, Sha256};
    let origin = checkpoint::origin(input.case_name);
    let mut checkpoint = Checkpoint::of(&origin, &read_chain(input.journal).leaves);
    let sha256 = super::safe::hex(&Sha256::digest(manifest.as_bytes()));
    checkpoint.extra.push(format!("{MANIFEST} {sha256}"));
    key.sign(&checkpoint.text())
}

/// The three files that hold every event, while they are written side by side.
struct EventFiles {
    json: HashedFile,
    csv: csv::Writer<HashedFile>,
    timesketch: HashedFile,
}

/// Writes the files of events and returns the facts of those that the report names.
fn write_events(
    input: &BundleInput<'_>,
    content: &Content,
    folder: &mut Folder,
    mut writings: Option<&mut Writings<'_>>,
) -> Result<(Counts, BTreeMap<EventId, Facts>), WriteError> {
    let mut files = EventFiles {
        json: folder.begin(events_json::FILE)?,
        csv: events_csv::writer(folder.begin(events_csv::FILE)?),
        timesketch: folder.begin(timesketch::FILE)?,
    };
    let failed_csv = |error| folder.failed(events_csv::FILE, error);
    events_csv::write_header(&mut files.csv).map_err(failed_csv)?;
    let named = named_in_report(input, content);
    let mut counts = Counts::default();
    let mut facts = BTreeMap::new();
    export::each_event(input.reader, &content.keys, |mut event| {
        if let Some(pseudonyms) = input.pseudonyms {
            pseudonyms.event(&mut event);
        }
        let failed = |name, error| folder.failed(name, error);
        events_json::write_event(&mut files.json, &event, input.state)
            .map_err(|error| failed(events_json::FILE, error))?;
        events_csv::write_event(&mut files.csv, &event, input.state)
            .map_err(|error| failed(events_csv::FILE, error))?;
        let lines = timesketch::write_event(&mut files.timesketch, &event, input.state)
            .map_err(|error| failed(timesketch::FILE, error))?;
        if let Some(writings) = &mut writings {
            writings.event(&event, folder)?;
        }
        counts.events += 1;
        counts.timesketch_lines += lines;
        if named.contains(&event.row.id) {
            facts.insert(event.row.id, Facts::of(&event));
        }
        Ok::<(), WriteError>(())
    })?;
    events_json::write_trailer(&mut files.json, counts.events)
        .map_err(|error| folder.failed(events_json::FILE, error))?;
    folder.finish(files.json)?;
    let csv = files
        .csv
        .into_inner()
        .map_err(|error| folder.failed(events_csv::FILE, io::Error::other(error.to_string())))?;
    folder.finish(csv)?;
    folder.finish(files.timesketch)?;
    Ok((counts, facts))
}

/// Returns the events that findings cite or that have a tag with a criterion.
fn named_in_report(input: &BundleInput<'_>, content: &Content) -> BTreeSet<EventId> {
    let mut named = content.cited.clone();
    named.extend(input.state.tags().filter(|tag| tag.criterion.is_some()).map(|tag| tag.event));
    named
}
