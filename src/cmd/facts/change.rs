//! Taking a facts text over: check, copy the policy files, write, journal, judge the boundary again. In this order, so
//! that nothing is journaled that is not on disk.

use std::path::Path;

use serde_json::{Value, json};

use crate::cmd::case::{self, Case};
use crate::cmd::{Context, declared, output};
use crate::criteria::boundary::check_document;
use crate::criteria::facts::{self, Facts, FactsFault, PolicyFact};
use crate::custody::{ActKind, case_folder, facts_files};
use crate::failure::{Ended, Failure, Kind};

/// Largest facts or policy file that is read, in bytes.
const MOST: u64 = 8 << 20;

/// A text that is to become the facts of the case.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) text: &'a str,
    /// Name of the text in messages.
    pub(super) file: &'a str,
    /// Folder that names of policy files are relative to.
    pub(super) base: &'a Path,
    pub(super) reason: Option<&'a str>,
    /// Faults that the facts have already and that do not forbid this change.
    pub(super) known: &'a [FactsFault],
}

/// Reads a file of text.
pub(super) fn text_of(file: &Path) -> Result<String, Failure> {
    let read = || -> std::io::Result<String> {
        let size = std::fs::metadata(file)?.len();
        if size > MOST {
            return Err(std::io::Error::other(format!(
                "{size} bytes are more than a text of facts has"
            )));
        }
        std::fs::read_to_string(file)
    };
    read().map_err(|error| {
        let why = crate::source::discover::words(&error);
        Failure::usage(format!("`{}`: {why}", file.display()))
    })
}

/// Reads a policy file that facts name, or says why it cannot be read.
pub(super) fn policy_text(base: &Path, policy: &PolicyFact) -> Result<String, String> {
    text_of(&base.join(&policy.file)).map_err(|failure| failure.message)
}

/// Sets a key, or takes it out when there is no value.
pub(super) fn one(
    context: &Context,
    (key, value): (&str, Option<&str>),
    reason: Option<&str>,
) -> Ended {
    let mut case = case::open_existing(context)?;
    let done = change_in(context, &mut case, (key, value), reason);
    print(context, done)
}

/// Changes one key of the facts of an open case: sets it, appends an entry to its list, changes the entry that it names by
/// a number, or, without a value, takes out what stands there.
pub(in crate::cmd) fn change_in(
    context: &Context,
    case: &mut Case,
    (key, value): (&str, Option<&str>),
    reason: Option<&str>,
) -> Result<Taken, Refused> {
    let before = declared::read(case.folder.root())?;
    let made = match value {
        Some(value) => facts::set(&before.text, key, value),
        None => facts::take_out(&before.text, key),
    };
    let text = made.map_err(|error| {
        Failure::usage(error.to_string()).hint("`whytrail facts show` lists the keys")
    })?;
    let change = Change {
        text: &text,
        file: declared::FILE,
        base: Path::new("."),
        reason,
        known: &before.faults,
    };
    take_over(context, case, &change)
}

/// A change that was taken over, and what is to be said of it.
#[derive(Debug, Default)]
pub(in crate::cmd) struct Taken {
    /// One sentence, then the digest.
    pub(in crate::cmd) told: String,
    notes: Vec<String>,
}

/// Why a change was refused: each fault, then the whole.
#[derive(Debug)]
pub(in crate::cmd) struct Refused {
    pub(in crate::cmd) faults: Vec<String>,
    pub(in crate::cmd) failure: Failure,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { faults: Vec::new(), failure }
    }
}

/// Prints what became of a change.
pub(super) fn print(context: &Context, done: Result<Taken, Refused>) -> Ended {
    let taken = done.map_err(|refused| {
        refused.faults.iter().for_each(|fault| output::say(fault));
        refused.failure
    })?;
    taken.notes.iter().for_each(|note| output::say(note));
    output::print_safe(context, &taken.told)
}

pub(super) fn import(context: &Context, file: &Path, reason: Option<&str>) -> Ended {
    let text = text_of(file)?;
    let mut case = case::open_existing(context)?;
    let change = Change {
        text: &text,
        file: &file.display().to_string(),
        base: file.parent().unwrap_or(Path::new(".")),
        reason,
        known: &[],
    };
    let done = take_over(context, &mut case, &change);
    print(context, done)
}

/// Checks a text and makes it the facts of the case.
pub(super) fn take_over(
    context: &Context,
    case: &mut Case,
    change: &Change<'_>,
) -> Result<Taken, Refused> {
    case.must_be_writable()?;
    let root = case.folder.root().to_owned();
    refuse_faults(change)?;
    let (text, is_other) = facts::taken_over(change.text, case_folder::LAYOUT, case.folder.name())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let (read, _) = Facts::parse(declared::FILE, &text);
    let before = declared::read(&root)?;
    let copies = policies(&root, change.base, &read.scope.policies, &before.facts.scope.policies)?;
    let digests: Vec<Option<String>> =
        copies.iter().map(|copy| copy.as_ref().map(|text| facts::digest(text))).collect();
    let text = facts::pinned(&text, &read.scope.policies, &digests);
    let was_journaled = declared::is_journaled(case, &before.text);
    let changed = facts::changed_keys(&before.text, &text);
    let mut taken = Taken::default();
    if is_other {
        let name = case.folder.name();
        taken.notes.push(format!("note: `name` belongs to the case and stays `{name}`"));
    }
    if text == before.text && was_journaled {
        return Ok(Taken { told: "nothing changes".to_owned(), ..taken });
    }
    let told =
        if changed.is_empty() { "the words around them".to_owned() } else { changed.join(", ") };
    if context.shared.control.dry_run {
        taken.told = format!("would change {told}");
        return Ok(taken);
    }
    write(&root, &copies, &text)?;
    let (read, _) = Facts::parse(declared::FILE, &text);
    let detail = json!({
        "before": before.facts.sha256, "before_journaled": was_journaled, "after": read.sha256,
        "changed": changed, "reason": change.reason, "policies": named(&read.scope.policies),
    });
    case.record(ActKind::FactsChange, "facts", detail)?;
    declared::refresh(&case.store, &root)?;
    taken.told = format!("facts changed: {told}\nsha256 {}", read.sha256);
    Ok(taken)
}

/// Refuses a text with faults that were not there before.
fn refuse_faults(change: &Change<'_>) -> Result<(), Refused> {
    let (_, faults) = Facts::parse(change.file, change.text);
    let is_known = |fault: &FactsFault| {
        change.known.iter().any(|known| known.field == fault.field && known.reason == fault.reason)
    };
    let new: Vec<FactsFault> = faults.into_iter().filter(|fault| !is_known(fault)).collect();
    if new.is_empty() {
        return Ok(());
    }
    Err(refused(new.iter().map(ToString::to_string).collect()))
}

fn refused(faults: Vec<String>) -> Refused {
    let count =
        if faults.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.len()) };
    Refused { faults, failure: Failure::usage(format!("{count}; nothing was changed")) }
}

/// Returns the contents of policy files that the case has no copy of, in the order of `policies`. Those that the present
/// facts have too are left as they are, also where their copy is gone.
fn policies(
    root: &Path,
    base: &Path,
    policies: &[PolicyFact],
    present: &[PolicyFact],
) -> Result<Vec<Option<String>>, Refused> {
    let mut copies = Vec::with_capacity(policies.len());
    let mut faults = Vec::new();
    for policy in policies {
        let is_taken = policy.sha256.as_deref().is_some_and(|digest| {
            present.iter().any(|one| one.sha256.as_deref() == Some(digest))
                || facts_files::policy(root, digest).is_ok_and(|copy| copy.is_some())
        });
        if is_taken || policy.fault.is_some() {
            copies.push(None);
            continue;
        }
        match policy_text(base, policy) {
            Err(why) => faults.push(why),
            Ok(text) => {
                let digest = facts::digest(&text);
                match (&policy.sha256, check_document(policy, &text)) {
                    (_, Some(fault)) => faults.push(fault.to_string()),
                    (Some(said), None) if !said.eq_ignore_ascii_case(&digest) => faults.push(format!(
                        "`{}` has the digest {digest}, and the facts say {said}: take the line `sha256` out to take \
                         the file as it is now",
                        policy.file
                    )),
                    (Some(_) | None, None) => copies.push(Some(text)),
                }
            }
        }
    }
    if faults.is_empty() {
        return Ok(copies);
    }
    Err(refused(faults))
}

fn write(root: &Path, copies: &[Option<String>], text: &str) -> Ended {
    let write = || -> std::io::Result<()> {
        for copy in copies.iter().flatten() {
            facts_files::keep(root, copy.as_bytes(), facts_files::POLICY)?;
        }
        facts_files::write(root, text.as_bytes())
    };
    write().map_err(|error| {
        Failure::new(Kind::Failed, format!("the facts cannot be written: {error}"))
            .hint("nothing was journaled; what stood there is kept")
    })
}

fn named(policies: &[PolicyFact]) -> Vec<Value> {
    let one = |policy: &PolicyFact| json!({ "file": policy.file, "kind": policy.kind.as_str(), "sha256": policy.sha256 });
    policies.iter().map(one).collect()
}
