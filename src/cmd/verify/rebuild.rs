//! Statement 6: what was derived from the evidence. The database against the digest that the load journaled, and, when
//! asked for, against a load made anew in a folder that goes away again.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::loading::{Load, load};
use super::super::{Context, formats};
use super::case::Parts;
use super::sources::{Checked, Wanted};
use super::{Asked, named};
use crate::custody::{ActKind, Statement, Verdict, random};
use crate::failure::{Failure, Kind};
use crate::format::Format;
use crate::ingest::{Input, Progress};
use crate::query::{ContentDigest, Depth, content_digest};
use crate::redact::Redactor;
use crate::source::discover::FoundState;
use crate::source::{discover, hex};
use crate::store::{Cancel, Reader, Store};

/// Member of `parse.run` with the digest of what a load derived.
pub(in crate::cmd) const MEMBER: &str = "derived_sha256";

/// Returns statement 6.
pub(super) fn derived(
    parts: &Parts<'_>,
    asked: &Asked,
    wanted: &[Wanted],
    checked: &Checked,
) -> Result<Statement, Failure> {
    let reader = match &parts.reader {
        Ok(reader) => reader,
        Err(why) => return Ok(statement(Verdict::NotRun, why.clone(), Vec::new())),
    };
    let now = content_digest(reader, Depth::Columns)?;
    let noted = journaled(parts);
    let mut details = match &noted {
        None => vec!["the journal has no digest of the database to compare with".to_owned()],
        Some(noted) if *noted == now.sha256 => {
            vec![format!("the database is what the last load journaled: {}", now.sha256)]
        }
        Some(noted) => {
            let changed = format!("journaled {noted}, now {}", now.sha256);
            let say = "the database is not what the last load journaled; `--rebuild` names the sources, and a new case \
                       of the same evidence replaces it";
            return if asked.is_rebuild {
                let found = rebuilt(parts, reader, wanted, checked)?;
                let details = [vec![changed], found.details].concat();
                Ok(statement(Verdict::False, say.to_owned(), details))
            } else {
                Ok(statement(Verdict::False, say.to_owned(), vec![changed]))
            };
        }
    };
    if !asked.is_rebuild {
        let say =
            "not read again; `--rebuild` reads the evidence into a temporary store and compares";
        return Ok(statement(Verdict::NotRun, say.to_owned(), details));
    }
    let found = rebuilt(parts, reader, wanted, checked)?;
    details.extend(found.details);
    Ok(Statement { details: named(details), ..found })
}

fn statement(verdict: Verdict, sentence: String, details: Vec<String>) -> Statement {
    Statement { number: 6, name: "derived data", verdict, sentence, details }
}

/// Returns the digest that the newest load journaled.
fn journaled(parts: &Parts<'_>) -> Option<String> {
    let runs =
        parts.chain.entries.iter().rev().filter(|entry| entry.act == ActKind::ParseRun.as_str());
    runs.filter_map(|entry| entry.detail.get(MEMBER)).find_map(Value::as_str).map(str::to_owned)
}

/// Reads the evidence again and compares.
fn rebuilt(
    parts: &Parts<'_>,
    reader: &Reader,
    wanted: &[Wanted],
    checked: &Checked,
) -> Result<Statement, Failure> {
    let Some(key) = parts.key else {
        let say = "not read again: the redaction key is gone, so that marks would differ";
        return Ok(statement(Verdict::NotShown, say.to_owned(), Vec::new()));
    };
    let inputs = inputs(wanted, checked);
    if inputs.is_empty() {
        let say =
            "not read again: none of the evidence is there; `--evidence DIR` says where it is";
        return Ok(statement(Verdict::NotShown, say.to_owned(), Vec::new()));
    }
    let folder = Temporary::make(parts.root)?;
    let formats = formats::as_declared(parts.context, reader)?;
    let fresh = read_again(parts.context, &folder, &inputs, &formats, &Redactor::new(key))?;
    let before = content_digest(reader, Depth::Whole)?;
    let after = content_digest(&fresh.reader()?, Depth::Whole)?;
    Ok(compare(&before, &after))
}

/// Compares what a database holds with what a new load gave.
fn compare(before: &ContentDigest, after: &ContentDigest) -> Statement {
    let by_content = |digest: &ContentDigest| {
        let mut lines: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
        for source in digest.sources.iter().filter(|source| source.has_place) {
            let (of, name) = lines.entry(source.content.clone()).or_default();
            of.push(source.line.clone());
            of.sort();
            name.clone_from(&source.name);
        }
        lines
    };
    let (old, new) = (by_content(before), by_content(after));
    let n_streams = before.sources.iter().filter(|source| !source.has_place).count();
    let (mut differing, mut missing) = (Vec::new(), Vec::new());
    for (content, (lines, name)) in &old {
        match new.get(content) {
            None => missing.push(format!("not read again: {name}")),
            Some((again, _)) if again != lines => differing.push(format!("differs: {name}")),
            Some(_) => {}
        }
    }
    let n_old = old.len();
    let is_all = missing.is_empty() && n_streams == 0;
    if differing.is_empty() && is_all && new.len() == n_old && before.links != after.links {
        differing.push("links between events differ".to_owned());
    }
    let n_differing = differing.len();
    let (verdict, sentence) = if n_differing > 0 {
        (
            Verdict::False,
            format!(
                "{n_differing} of {n_old} sources give something else when they are read again"
            ),
        )
    } else if is_all {
        (
            Verdict::Holds,
            format!("all {n_old} sources read again, and everything derived from them is the same"),
        )
    } else {
        let rest = missing.len() + n_streams;
        (
            Verdict::NotShown,
            format!(
                "what was read again is the same; {rest} of {} sources could not be",
                n_old + n_streams
            ),
        )
    };
    differing.extend(missing);
    if n_streams > 0 {
        differing.push(format!("{n_streams} came from standard input"));
    }
    statement(verdict, sentence, named(differing))
}

/// Returns what to read: the folders that were given when all that lies in them was read, else the single files.
fn inputs(wanted: &[Wanted], checked: &Checked) -> Vec<Input> {
    let mut files: Vec<PathBuf> = checked.places.values().cloned().collect();
    for one in wanted {
        files.extend(one.path.clone().filter(|path| path.exists() && !checked.has_moved()));
    }
    files.sort();
    files.dedup();
    let mut roots: Vec<PathBuf> = wanted.iter().filter_map(root_of).collect();
    roots.sort();
    roots.dedup();
    let mut inputs = Vec::new();
    for root in roots {
        let mut is_known = true;
        let mut inside = Vec::new();
        discover(&root, &mut |found| {
            if matches!(found.state, FoundState::File { .. }) {
                is_known = files.binary_search(&found.path).is_ok();
                inside.push(found.path);
            }
            is_known
        });
        if is_known && !inside.is_empty() {
            files.retain(|path| !inside.contains(path));
            inputs.push(Input::Path(root));
        }
    }
    inputs.extend(files.into_iter().map(Input::Path));
    inputs
}

/// Returns the folder that a source's name begins below.
fn root_of(one: &Wanted) -> Option<PathBuf> {
    let path = one.path.as_ref()?.to_str()?;
    let name = match &one.member {
        Some(member) => one.name.strip_suffix(&format!(" > {member}"))?,
        None => &one.name,
    };
    let root = path.strip_suffix(name)?.trim_end_matches('/');
    (!root.is_empty()).then(|| PathBuf::from(root))
}

fn read_again(
    context: &Context,
    folder: &Temporary,
    inputs: &[Input],
    formats: &[Box<dyn Format>],
    redactor: &Redactor,
) -> Result<Store, Failure> {
    let store =
        Store::open_for_loading(&folder.path.join("rebuild.duckdb"), context.config.limits)?;
    let (progress, stop) = (Progress::default(), Cancel::default());
    crate::signals::on_stop(stop.clone());
    let job = Load { store: &store, redactor, formats, context, progress: &progress, stop: &stop };
    let report = load(&job, inputs)?;
    if report.was_stopped {
        return Err(Failure::new(Kind::Stopped, "stopped; nothing was changed"));
    }
    Ok(store)
}

/// A folder that is its owner's alone and goes away with this value.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// Makes the folder inside the case, or, when the case cannot be written, in the system's place for such folders.
    fn make(root: &Path) -> Result<Self, Failure> {
        let name = format!("rebuild-{}", hex(&random::bytes::<8>()?));
        let mut failed = None;
        for parent in [root.to_owned(), std::env::temp_dir()] {
            let path = parent.join(&name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) => failed = Some(format!("`{}`: {error}", path.display())),
            }
        }
        Err(Failure::new(Kind::Failed, failed.unwrap_or_default()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "a temporary folder was left behind");
        }
    }
}
