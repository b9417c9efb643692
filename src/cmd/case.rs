//! A case as commands use it: folder, journal, database, the analyst's state, redaction and criteria, opened in the
//! right order and kept in step. Acts go to the journal first; the tables of tags and notes follow it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Context, assess};
use crate::clock;
use crate::criteria::Library;
use crate::custody::case_folder::Access;
use crate::custody::{
    Act, ActKind, CaseFolder, Entry, Journal, Signer, Stamp, State, Touched, is_inside, random,
};
use crate::failure::{Failure, Kind};
use crate::ingest::Input;
use crate::model::EventId;
use crate::redact::{Redactor, Tally};
use crate::store::{Fault, Reader, Store, Value, Writer};

/// An open case.
pub(super) struct Case {
    pub(super) folder: CaseFolder,
    pub(super) store: Arc<Store>,
    pub(super) journal: Journal,
    pub(super) state: State,
    pub(super) library: Library,
    /// Packs that were asked for and could not be taken.
    pub(super) left_out: usize,
    pub(super) redactor: Option<Redactor>,
    writer: Option<Writer>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("folder", &self.folder.root()).finish_non_exhaustive()
    }
}

/// How long, and how often, a database is tried that somebody without the case's lock has open.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_millis(20);

/// Name and version of the program, as the journal has it.
pub(super) const TOOL: &str = concat!("whytrail/", env!("CARGO_PKG_VERSION"));

/// Opens the case for evidence, making it if there is none. The case never lies inside the evidence.
pub(super) fn open_for(context: &Context, inputs: &[Input]) -> Result<Case, Failure> {
    let paths: Vec<&Path> = inputs
        .iter()
        .filter_map(|input| match input {
            Input::Path(path) => Some(path.as_path()),
            Input::StandardInput => None,
        })
        .collect();
    let root = match &context.shared.filters.case {
        Some(given) => context.config.case_folder(given),
        None => context.config.places.cases().join(default_name(&paths)),
    };
    for path in &paths {
        if CaseFolder::is_case(path) {
            return Err(Failure::usage(format!(
                "`{}` is a case, not evidence; nothing of it was read",
                path.display()
            ))
            .hint(
                "open it with `whytrail open --case DIR`, and name evidence beside it to add that",
            ));
        }
        if is_inside(&root, path) {
            return Err(Failure::usage(format!(
                "the case `{}` would lie inside the evidence",
                root.display()
            ))
            .hint("evidence is never written to; choose another place with `--case DIR`"));
        }
    }
    let name = root
        .file_name()
        .map_or_else(|| "case".to_owned(), |name| name.to_string_lossy().into_owned());
    if let Some(parent) = root.parent() {
        std::fs::create_dir_all(parent).map_err(|error| {
            Failure::new(Kind::Failed, format!("`{}`: {error}", parent.display()))
        })?;
    }
    if let Some(key_file) = &context.shared.control.redact_key {
        CaseFolder::plant_key(&root, key_file)?;
    }
    let case = open(context, CaseFolder::open_or_create(&root, &name)?, Purpose::Load)?;
    context.config.places.remember(&root);
    Ok(case)
}

/// Opens a case that exists: the one given, else the one used last.
pub(super) fn open_existing(context: &Context) -> Result<Case, Failure> {
    let root = existing_root(context)?;
    open(context, CaseFolder::open(&root)?, Purpose::Ask)
}

/// Opens a case whose folder is open, for questions and single acts.
pub(super) fn open_to_ask(context: &Context, folder: CaseFolder) -> Result<Case, Failure> {
    open(context, folder, Purpose::Ask)
}

/// Returns the folder of the case given, else of the one used last.
pub(super) fn existing_root(context: &Context) -> Result<PathBuf, Failure> {
    if let Some(given) = &context.shared.filters.case {
        return Ok(context.config.case_folder(given));
    }
    let last = std::fs::read_to_string(context.config.places.last_case()).unwrap_or_default();
    let last = PathBuf::from(last.trim());
    if last.as_os_str().is_empty() || !last.exists() {
        return Err(Failure::usage("no case given, and none was used before")
            .hint("name one with `--case DIR`, or read evidence with `whytrail ingest PATH`"));
    }
    if !context.shared.output.quiet {
        super::output::say(&format!("case {}", last.display()));
    }
    Ok(last)
}

/// Returns the name of the case of some evidence: the first folder's name and a digest of all paths, so that the same
/// evidence finds the same case again also after files were added to it.
fn default_name(paths: &[&Path]) -> String {
    let mut full: Vec<String> = paths
        .iter()
        .map(|path| {
            path.canonicalize()
                .unwrap_or_else(|_| path.to_path_buf())
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    full.sort();
    let first =
        full.first().map_or("standard-input", |path| path.rsplit('/').next().unwrap_or("evidence"));
    let safe: String =
        first
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' }
            })
            .take(40)
            .collect();
    let digest = crate::source::hex(&Sha256::digest(full.join("\n").as_bytes()));
    format!("{}-{}", safe.trim_matches('.'), digest.get(..8).unwrap_or_default())
}

/// What a case is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Load,
    Ask,
}

/// Opens the database of a case whose lock is ours. A process that was refused the lock may have the database open for a
/// moment, to see whether it can read it; it must not keep us out.
fn once_free(open: impl Fn() -> Result<Store, Fault>) -> Result<Store, Fault> {
    let end = clock::monotonic() + LONGEST_WAIT;
    loop {
        match open() {
            Err(Fault::InUse) if clock::monotonic() < end => std::thread::sleep(RETRY),
            other => return other,
        }
    }
}

fn open(context: &Context, folder: CaseFolder, purpose: Purpose) -> Result<Case, Failure> {
    let signer = Signer {
        actor: context.config.analyst.clone(),
        tool: TOOL.to_owned(),
        stamp: Box::new(|| Ok(Stamp { ts: clock::now(), nonce: random::nonce()? })),
    };
    let in_use = || Failure::new(Kind::InUse, "the case is in use by another process");
    let (journal, entries) = if *folder.access() == Access::InUse {
        Journal::open_beside(folder.root(), signer).map_err(|_unreadable| in_use())?
    } else {
        Journal::open(folder.root(), signer)?
    };
    let limits = context.config.limits;
    let database = folder.database();
    let store = match folder.access() {
        Access::Writable if purpose == Purpose::Load => {
            once_free(|| Store::open_for_loading(&database, limits))?
        }
        Access::Writable => once_free(|| Store::open(&database, limits))?,
        Access::InUse => Store::open_read_only(&database, limits).map_err(|fault| {
            let failure = Failure::from(fault);
            if failure.kind == Kind::InUse { failure } else { in_use() }
        })?,
        Access::Protected(_) => Store::open_read_only(&database, limits)?,
    };
    let (library, left_out) = assess::library(context)?;
    let writer = if store.is_read_only() { None } else { Some(store.writer()?) };
    let mut case = Case {
        redactor: folder.key().map(Redactor::new),
        state: State::from_entries(&entries),
        folder,
        store: Arc::new(store),
        journal,
        library,
        left_out,
        writer,
    };
    let contradiction = case.remembered_otherwise()?;
    case.rebuild_marks(&entries)?;
    if let Some(remembered) = contradiction
        && case.read_only_reason().is_none()
    {
        let found = case.head_text();
        let detail = json!({ "remembered": remembered, "found": found,
                             "reason": "the database remembers another end of the journal" });
        case.record(ActKind::JournalRecovered, "journal", detail)?;
    }
    if case.read_only_reason().is_none() {
        if purpose == Purpose::Load || (entries.is_empty() && case.is_unbegun()?) {
            case.book_beginning(&entries)?;
        }
        super::checkpoint::name_late(&mut case, &entries)?;
        // After a load its own answers are made; before a question facts may have changed.
        if purpose == Purpose::Ask {
            super::declared::refresh(&case.store, case.folder.root())?;
        }
    }
    Ok(case)
}

impl Case {
    /// Returns a connection for questions.
    pub(super) fn reader(&self) -> Result<Reader, Failure> {
        Ok(self.store.reader()?)
    }

    /// Returns why nothing can be written, or `None`.
    pub(super) fn read_only_reason(&self) -> Option<String> {
        match self.folder.access() {
            Access::InUse => return Some("the case is in use by another process".to_owned()),
            Access::Protected(reason) => {
                return Some(format!("the case folder cannot be written: {reason}"));
            }
            Access::Writable => {}
        }
        match self.journal.condition() {
            crate::custody::Condition::Writable => None,
            other => Some(format!("the journal is read-only: {other}")),
        }
    }

    /// Refuses a write on a case that takes none.
    pub(super) fn must_be_writable(&self) -> Result<(), Failure> {
        self.read_only_reason().map_or(Ok(()), |reason| Err(Failure::new(Kind::InUse, reason)))
    }

    /// Replaces secrets in what an analyst wrote: a pasted key must not stand in the journal for ever.
    fn hide_secrets(&self, detail: &mut serde_json::Value) {
        if let Some(redactor) = &self.redactor {
            redactor.texts(detail, &mut Tally::default());
        }
    }

    /// Journals an act that is no tag, note or finding.
    pub(super) fn record(
        &mut self,
        act: ActKind,
        subj: &str,
        mut detail: serde_json::Value,
    ) -> Result<Entry, Failure> {
        self.hide_secrets(&mut detail);
        let entry = self.journal.append(act, subj, detail)?;
        let head = self.head_text();
        if let Some(writer) = self.writer.as_mut() {
            remember_head(writer, &head)?;
            writer.commit()?;
        }
        Ok(entry)
    }

    /// Goes on behind a broken journal.
    pub(super) fn accept_breaks(&mut self, reason: &str) -> Result<Entry, Failure> {
        if !matches!(self.journal.condition(), crate::custody::Condition::Broken(_)) {
            return Err(Failure::usage(
                "the journal has no break that keeps it from being written",
            ));
        }
        Ok(self.journal.accept_breaks(reason)?)
    }

    /// Returns true for a case whose making was stopped. One that holds anything had entries, which somebody took away.
    fn is_unbegun(&self) -> Result<bool, Failure> {
        let root = self.folder.root();
        let listing = crate::custody::checkpoint::list(root)?;
        super::verify::case::is_unbegun(root, Some(&self.reader()?), &listing)
    }

    /// Journals the opening of a new case with the fingerprint of its redaction key, and packs not journaled yet.
    fn book_beginning(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        if entries.is_empty() {
            let fingerprint = self.redactor.as_ref().map(Redactor::key_fingerprint);
            let detail = json!({ "case": self.folder.name(), "redact_key": fingerprint });
            self.record(ActKind::CaseOpen, "case", detail)?;
        }
        let packs: Vec<(String, serde_json::Value)> = self
            .library
            .packs()
            .iter()
            .map(|pack| {
                let detail =
                    json!({ "id": pack.id, "version": pack.version, "sha256": pack.sha256 });
                (format!("pack:{}", pack.id), detail)
            })
            .collect();
        for (subject, detail) in packs {
            let is_known = |entry: &Entry| entry.subj == subject && entry.detail == detail;
            if !entries.iter().any(is_known) {
                self.record(ActKind::PackLoad, &subject, detail)?;
            }
        }
        Ok(())
    }

    /// Returns the journal's end that the database remembers when the journal does not have it: lines at its end were
    /// cut or changed. The journal is written first, so a crash cannot cause that.
    fn remembered_otherwise(&self) -> Result<Option<String>, Failure> {
        let remembered = crate::query::remembered_head(&self.reader()?)?;
        Ok(remembered
            .filter(|head| !head.is_in(self.journal.leaves()))
            .map(|head| head.to_string()))
    }

    /// Returns size and hash of the journal's end, as the database remembers them.
    fn head_text(&self) -> String {
        let head = self.journal.head();
        format!("{} {}", head.size, crate::source::hex(&head.leaf.0))
    }

    /// Does an act of the analyst: journal first, then the state and the tables that follow it.
    pub(super) fn perform(&mut self, act: &Act) -> Result<Touched, Failure> {
        self.must_be_writable()?;
        let mut detail = act.detail();
        self.hide_secrets(&mut detail);
        let entry = self.journal.append(act.kind(), &act.subject(), detail)?;
        let touched = self.state.apply(&entry);
        self.write_marks(&touched)?;
        Ok(touched)
    }

    /// Makes the tables of tags and notes anew when the journal is longer than what they were made from.
    fn rebuild_marks(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        let want = self.head_text();
        let Some(writer) = self.writer.as_mut() else { return Ok(()) };
        let reader = writer.reader()?;
        let has = reader.rows("SELECT value FROM meta WHERE key = 'journal'", &[])?;
        if has.first().map(|row| row.text(0)).as_deref() == Some(want.as_str())
            || entries.is_empty()
        {
            return Ok(());
        }
        writer.execute("DELETE FROM tag", &[])?;
        writer.execute("DELETE FROM note", &[])?;
        let tags: Vec<Vec<Value>> =
            (0_i64..).zip(self.state.tags()).map(|(seq, tag)| tag_row(&tag, seq)).collect();
        writer.append_rows("tag", &tags)?;
        let notes: Vec<Vec<Value>> =
            (0_i64..).zip(self.state.notes()).map(|(seq, note)| note_row(&note, seq)).collect();
        writer.append_rows("note", &notes)?;
        remember_head(writer, &want)?;
        writer.commit()?;
        Ok(())
    }

    /// Brings the tables in step with what an act touched.
    fn write_marks(&mut self, touched: &Touched) -> Result<(), Failure> {
        let (want, size) = (self.head_text(), self.journal.head().size);
        let Some(writer) = self.writer.as_mut() else { return Ok(()) };
        let events: BTreeSet<EventId> = touched.events.iter().copied().collect();
        writer.begin()?;
        if !events.is_empty() {
            writer.execute_batch("CREATE OR REPLACE TEMP TABLE touched (id UUID)")?;
            let ids: Vec<Vec<Value>> =
                events.iter().map(|id| vec![Value::Text(id.to_string())]).collect();
            writer.append_rows("touched", &ids)?;
            writer.execute_batch(
                "DELETE FROM tag WHERE event IN (SELECT id FROM touched);
                 DELETE FROM note WHERE event IN (SELECT id FROM touched);
                 DROP TABLE touched;",
            )?;
            let seq = i64::try_from(size).unwrap_or(i64::MAX);
            let mut tags = Vec::new();
            let mut notes = Vec::new();
            for id in &events {
                tags.extend(self.state.tags_of(*id).iter().map(|tag| tag_row(tag, seq)));
                notes.extend(self.state.notes_of(*id).iter().map(|note| note_row(note, seq)));
            }
            writer.append_rows("tag", &tags)?;
            writer.append_rows("note", &notes)?;
        }
        remember_head(writer, &want)?;
        writer.commit()?;
        Ok(())
    }
}

fn remember_head(writer: &mut Writer, head: &str) -> Result<(), Failure> {
    writer.execute("DELETE FROM meta WHERE key = 'journal'", &[])?;
    writer.execute("INSERT INTO meta VALUES ('journal', ?)", &[head.into()])?;
    Ok(())
}

fn tag_row(tag: &crate::model::rows::TagRow, seq: i64) -> Vec<Value> {
    vec![
        Value::Text(tag.event.to_string()),
        tag.text.as_str().into(),
        tag.criterion.as_deref().map_or(Value::Null, Value::from),
        tag.by.as_str().into(),
        tag.at.into(),
        seq.into(),
    ]
}

fn note_row(note: &crate::model::rows::NoteRow, seq: i64) -> Vec<Value> {
    vec![
        Value::Text(note.event.to_string()),
        note.text.as_str().into(),
        note.by.as_str().into(),
        note.at.into(),
        seq.into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_finds_its_case_again_and_other_evidence_does_not() {
        let one = default_name(&[Path::new("/evidence/acme 0712")]);
        assert!(one.starts_with("acme_0712-"), "{one}");
        assert_eq!(one, default_name(&[Path::new("/evidence/acme 0712")]));
        assert_ne!(one, default_name(&[Path::new("/other/acme 0712")]));
        assert_eq!(
            default_name(&[Path::new("/a"), Path::new("/b")]),
            default_name(&[Path::new("/b"), Path::new("/a")])
        );
    }
}
