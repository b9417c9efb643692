//! Statement 5: the files of evidence against the digests taken when they were read. Every file is read once, by all
//! threads, for both digests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::{Context, output};
use super::{named, shown};
use crate::custody::{Statement, Verdict};
use crate::source::discover::{FoundState, words};
use crate::source::reader::SourceError;
use crate::source::{Caps, Digests, Opened, discover, open_file};

/// A source as it was when it was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Name with the member of an archive. Unsafe text.
    pub(super) name: String,
    pub(super) member: Option<String>,
    /// Where it was; `None` when it cannot be read again or that is not known.
    pub(super) path: Option<PathBuf>,
    pub(super) is_stream: bool,
    pub(super) sha256: String,
    pub(super) content_sha256: String,
    /// Its content ended early, so that only the bytes as received can be compared.
    pub(super) is_damaged: bool,
}

/// What became of the sources.
#[derive(Debug, Default)]
pub(super) struct Checked {
    n_same: usize,
    changed: Vec<String>,
    missing: Vec<String>,
    /// What cannot be shown, and why.
    pub(super) unshown: Vec<String>,
    is_elsewhere: bool,
    /// Where each content was found, for reading it again.
    pub(super) places: BTreeMap<String, PathBuf>,
}

/// One file, or member of an archive, as it is now.
struct Now {
    path: PathBuf,
    member: Option<String>,
    digests: Digests,
}

type Outcome = Result<Vec<Now>, (PathBuf, String)>;

impl Checked {
    /// Notes what cannot be shown, and why.
    pub(super) fn not_shown(&mut self, why: &str) {
        self.unshown.push(why.to_owned());
    }

    /// Returns true when the sources were looked for in another place than they had.
    pub(super) const fn has_moved(&self) -> bool {
        self.is_elsewhere
    }

    /// Returns true when a source is not there or cannot be read.
    pub(super) const fn lacks(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Returns statement 5. `wrong` is what is wrong with the list of sources itself.
    pub(super) fn statement(self, wrong: Vec<String>, total: usize) -> Statement {
        let Self { n_same, changed, missing, unshown, .. } = self;
        let holds = changed.is_empty() && wrong.is_empty();
        let verdict = if holds && !(missing.is_empty() && unshown.is_empty()) {
            Verdict::NotShown
        } else {
            shown(holds)
        };
        let mut sentence = format!(
            "of {total} sources {n_same} are the same, {} changed, {} missing",
            changed.len(),
            missing.len()
        );
        if !unshown.is_empty() {
            write!(sentence, ", {} cannot be shown", unshown.len()).unwrap_or_default();
        }
        if !missing.is_empty() {
            sentence.push_str("; `--evidence DIR` says where they are now");
        }
        let mut details = named(wrong);
        details.extend(named(changed.into_iter().map(|name| format!("changed: {name}"))));
        details.extend(named(missing.into_iter().map(|name| format!("missing: {name}"))));
        details.extend(named(unshown.into_iter().map(|name| format!("not shown: {name}"))));
        Statement { number: 5, name: "sources", verdict, sentence, details }
    }
}

/// Compares sources with the files at their places, or with those below `evidence`.
pub(super) fn check(context: &Context, wanted: &[Wanted], evidence: Option<&Path>) -> Checked {
    match evidence {
        None => at_their_places(context, wanted),
        Some(folder) => below(context, wanted, folder),
    }
}

fn at_their_places(context: &Context, wanted: &[Wanted]) -> Checked {
    let paths: BTreeSet<PathBuf> = wanted.iter().filter_map(|one| one.path.clone()).collect();
    let mut files: BTreeMap<PathBuf, Vec<Now>> = BTreeMap::new();
    let mut failed: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (path, outcome) in
        paths.iter().zip(read_all(context, &paths.iter().cloned().collect::<Vec<_>>()))
    {
        match outcome {
            Ok(found) => {
                files.insert(path.clone(), found);
            }
            Err((path, why)) => {
                failed.insert(path, why);
            }
        }
    }
    let mut checked = Checked::default();
    for one in wanted {
        let Some(path) = &one.path else {
            let why =
                if one.is_stream { "came from standard input" } else { "its place is not known" };
            checked.unshown.push(format!("{}: {why}", one.name));
            continue;
        };
        if let Some(why) = failed.get(path) {
            checked.missing.push(format!("{}: {why}", one.name));
            continue;
        }
        let found = files.get(path).map(Vec::as_slice).unwrap_or_default();
        let mut of_member = found.iter().filter(|now| now.member == one.member).peekable();
        if of_member.peek().is_none() {
            checked.changed.push(format!("{}: the archive has no such member", one.name));
        } else if let Some(now) = of_member.find(|now| is_same(one, &now.digests)) {
            checked.n_same += 1;
            checked.places.insert(one.content_sha256.clone(), now.path.clone());
        } else {
            checked.changed.push(one.name.clone());
        }
    }
    checked
}

fn below(context: &Context, wanted: &[Wanted], folder: &Path) -> Checked {
    let mut paths = Vec::new();
    let mut checked = Checked { is_elsewhere: true, ..Checked::default() };
    discover(folder, &mut |found| {
        match found.state {
            FoundState::File { .. } => paths.push(found.path),
            FoundState::Unreadable(why) => checked.unshown.push(format!("{}: {why}", found.name)),
            FoundState::Link => {}
        }
        true
    });
    let (mut received, mut contents) = (BTreeMap::new(), BTreeMap::new());
    for outcome in read_all(context, &paths) {
        match outcome {
            Err((path, why)) => checked.unshown.push(format!("{}: {why}", path.display())),
            Ok(found) => {
                for now in found {
                    received.insert(now.digests.sha256, now.path.clone());
                    contents.insert(now.digests.content_sha256, now.path);
                }
            }
        }
    }
    for one in wanted {
        // A file that was inflated or packed since has other bytes and the same content.
        let place = received.get(&one.sha256).or_else(|| contents.get(&one.content_sha256));
        match place {
            Some(path) => {
                checked.n_same += 1;
                checked.places.insert(one.content_sha256.clone(), path.clone());
            }
            None => checked.missing.push(format!("{}: no file has its content", one.name)),
        }
    }
    checked
}

fn is_same(one: &Wanted, digests: &Digests) -> bool {
    one.sha256 == digests.sha256 && (one.is_damaged || one.content_sha256 == digests.content_sha256)
}

/// Reads files with all threads; the results are in the order of the paths.
fn read_all(context: &Context, paths: &[PathBuf]) -> Vec<Outcome> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results = Mutex::new(Vec::with_capacity(paths.len()));
    let caps = context.config.caps;
    std::thread::scope(|scope| {
        for _ in 0..context.config.threads.clamp(1, paths.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    let outcome = read_one(path, caps);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, outcome));
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        if output::wants_progress(context) {
            show_progress(&done, paths.len());
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, outcome)| outcome).collect()
}

fn show_progress(done: &AtomicUsize, total: usize) {
    use std::io::Write as _;
    loop {
        let n_done = done.load(Ordering::Relaxed);
        write!(std::io::stderr().lock(), "\r{n_done} of {total} files checked  ")
            .unwrap_or_default();
        if n_done >= total {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    write!(std::io::stderr().lock(), "\r{:50}\r", "").unwrap_or_default();
}

fn read_one(path: &Path, caps: Caps) -> Outcome {
    let failed = |error: SourceError| {
        let why = match error {
            SourceError::Io(error) => words(&error),
            SourceError::Refused(reason) => reason,
        };
        (path.to_owned(), why)
    };
    let now = |member, digests| Now { path: path.to_owned(), member, digests };
    match open_file(path, caps).map_err(failed)? {
        Opened::Content(content) => Ok(vec![now(None, content.finish().0)]),
        Opened::Archive(mut archive) => {
            let whole = Digests {
                bytes: archive.bytes,
                sha256: archive.sha256.clone(),
                inflated: archive.bytes,
                content_sha256: archive.sha256.clone(),
            };
            let mut found = vec![now(None, whole)];
            for index in 0..archive.len() {
                // A member that cannot be read has no digest to compare; its source said so at intake.
                if let Ok(Some((name, content))) = archive.member(index, caps) {
                    found.push(now(Some(name), content.finish().0));
                }
            }
            Ok(found)
        }
    }
}
