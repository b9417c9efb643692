//! The statements about a bundle. Needs no case, no settings and no key: what a machine without them cannot show, it
//! says so. Everything in a bundle is untrusted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::{Context, checkpoint};
use super::case::read_maybe;
use super::journal::{self, End};
use super::sources::{self, Wanted};
use super::{Asked, Found, NAMED, named, shown, sign_off};
use crate::custody::checkpoint::{Checkpoint, Listing, list};
use crate::custody::{Chain, Note, Statement, Verdict, read_chain};
use crate::failure::{Failure, Kind};
use crate::report::IDENTITY_KEY;
use crate::report::folder::{MANIFEST, NOTE};
use crate::source::discover::FoundState;
use crate::source::{discover, hex};

/// A manifest that is larger than this is not read.
const MAX_MANIFEST: u64 = 1 << 30;

pub(super) fn check(context: &Context, root: &Path, asked: &Asked) -> Result<Found, Failure> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(Kind::Failed, format!("{what}: {error}"))
    };
    if std::fs::metadata(root.join(MANIFEST)).is_ok_and(|meta| meta.len() > MAX_MANIFEST) {
        return Err(failed(MANIFEST, &"it is too large"));
    }
    let manifest = read_maybe(&root.join(MANIFEST))?;
    let lines = read_maybe(&root.join("journal.jsonl"))?;
    let page = sign_off::page(root);
    let signed = read_maybe(&root.join(NOTE))?.map(|bytes| read_note(&bytes));
    let chain = read_chain(lines.as_deref().unwrap_or_default());
    let listing = list(root).map_err(|error| failed("checkpoints", &error))?;
    let known = checkpoint::known_keys(context)?;
    let parsed: Option<Value> =
        manifest.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok());
    let end = match &signed {
        Some(Ok(_)) => End::Signed,
        Some(Err(_)) | None => End::Unknown(format!("no {NOTE} can be read")),
    };
    let (sources, lacks_sources) = sources_of(context, parsed.as_ref(), asked);
    let mut statements = vec![
        journal::chain(lines.as_deref(), &chain, &end, Vec::new()),
        head(&signed, &listing, &chain, manifest.as_deref()),
        journal::signatures(&notes_of(&signed, &listing), &listing, &known),
        journal::anchors(&listing, &chain),
        sources,
        files(root, manifest.is_some(), parsed.as_ref()),
        recorded(parsed.as_ref()),
        sign_off::statement(page.as_deref(), &chain, parsed.as_ref()),
    ];
    let member = |name: &str| parsed.as_ref().and_then(|value| value.get(name));
    if signed.is_none() {
        unsigned(&mut statements, member("note").is_some_and(|note| !note.is_null()));
    }
    let is_newer = member("version").and_then(Value::as_u64).is_some_and(|number| number > 1);
    Ok(Found {
        statements,
        lacks_sources,
        is_newer: is_newer || chain.is_newer,
        remarks: Vec::new(),
    })
}

/// The note of the bundle, or why it is none; nothing when there is no such file.
type Signed = Option<Result<(Note, Checkpoint), String>>;

fn read_note(bytes: &[u8]) -> Result<(Note, Checkpoint), String> {
    let note = Note::parse(bytes).map_err(|error| error.to_string())?;
    let of = Checkpoint::parse(&note.text).ok_or("it is no checkpoint")?;
    Ok((note, of))
}

/// Returns the notes of a bundle whose signatures count.
fn notes_of<'n>(signed: &'n Signed, listing: &'n Listing) -> Vec<(String, &'n Note)> {
    let own = signed.as_ref().and_then(|read| read.as_ref().ok());
    let mut notes: Vec<(String, &Note)> =
        own.into_iter().map(|(note, _)| (NOTE.to_owned(), note)).collect();
    notes.extend(listing.notes.iter().filter_map(|stored| {
        let (note, _) = stored.read.as_ref().ok()?;
        Some((format!("checkpoints/{:04}.note", stored.number), note))
    }));
    notes
}

/// Says in statement 3 that the bundle itself is not signed, whatever the signatures of its checkpoints are.
fn unsigned(statements: &mut [Statement], is_promised: bool) {
    let Some(statement) = statements.get_mut(2) else { return };
    if is_promised {
        statement.verdict = Verdict::False;
        statement
            .details
            .insert(0, format!("{NOTE} is missing, and {MANIFEST} says that there is one"));
    } else if statement.verdict == Verdict::Holds {
        statement.verdict = Verdict::NotShown;
    }
    let rest = std::mem::take(&mut statement.sentence);
    statement.sentence =
        format!("nothing signs the bundle itself, so that its manifest may be another one; {rest}");
}

/// Returns statement 2: for a signed bundle, what its note says of its journal and its manifest.
fn head(signed: &Signed, listing: &Listing, chain: &Chain, manifest: Option<&[u8]>) -> Statement {
    let notes = &listing.notes;
    let mut wrong = journal::against(notes, chain);
    wrong.extend(
        listing
            .strangers
            .iter()
            .chain(&listing.unfinished)
            .map(|name| format!("checkpoints/{name} belongs to no checkpoint")),
    );
    match signed {
        None => {}
        Some(Err(why)) => wrong.push(format!("{NOTE} cannot be read: {why}")),
        Some(Ok((_, of))) => wrong.extend(of_bundle(of, chain, manifest)),
    }
    let how = "the journal was never signed before this export";
    let base = journal::statement_2(wrong, notes, chain, how);
    match signed {
        Some(Ok((_, of))) if base.verdict != Verdict::False => Statement {
            verdict: Verdict::Holds,
            sentence: format!(
                "{NOTE} covers all {} entries of the journal and names this manifest; {} inside",
                of.size,
                journal::counted(notes.len(), "earlier checkpoint")
            ),
            ..base
        },
        _ => base,
    }
}

/// Returns what the bundle's note says that is not so.
fn of_bundle(of: &Checkpoint, chain: &Chain, manifest: Option<&[u8]>) -> Vec<String> {
    let mut wrong: Vec<String> = journal::standing(NOTE, of, chain).into_iter().collect();
    if wrong.is_empty() && of.size != chain.n_lines {
        wrong.push(format!(
            "{NOTE} covers {} entries, and journal.jsonl has {}: some were added",
            of.size, chain.n_lines
        ));
    }
    let sha256 = hex(&Sha256::digest(manifest.unwrap_or_default()));
    if of.extra != [format!("{MANIFEST} {sha256}")] {
        wrong.push(format!("{MANIFEST} is not the file that {NOTE} names"));
    }
    wrong
}

/// Returns statement 5: evidence, when it is at hand.
fn sources_of(context: &Context, manifest: Option<&Value>, asked: &Asked) -> (Statement, bool) {
    let name = "sources";
    let listed = manifest.and_then(|value| value.get("sources")?.as_array());
    let Some(folder) = &asked.evidence else {
        let count = listed.map_or(0, Vec::len);
        let sentence = format!(
            "the evidence is not in a bundle; `--evidence DIR` compares it with the digests of {count} sources"
        );
        let verdict = Verdict::NotRun;
        return (Statement { number: 5, name, verdict, sentence, details: Vec::new() }, false);
    };
    let text = |source: &Value, name: &str| {
        source.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let wanted: Vec<Wanted> = listed
        .into_iter()
        .flatten()
        .map(|source| Wanted {
            name: match source.get("member").and_then(Value::as_str) {
                Some(member) => format!("{} > {member}", text(source, "name")),
                None => text(source, "name"),
            },
            member: None,
            path: None,
            is_stream: false,
            sha256: text(source, "sha256"),
            content_sha256: text(source, "content_sha256"),
            is_damaged: false,
        })
        .filter(|one| !one.sha256.is_empty())
        .collect();
    let checked = sources::check(context, &wanted, Some(folder));
    let lacks = checked.lacks();
    (checked.statement(Vec::new(), wanted.len()), lacks)
}

/// Returns statement 6: the files of the bundle against its manifest.
fn files(root: &Path, has_manifest: bool, manifest: Option<&Value>) -> Statement {
    let name = "files of the bundle";
    let Some(listed) = manifest.and_then(|value| value.get("files")?.as_array()) else {
        let why = if has_manifest { "cannot be read" } else { "is missing" };
        let sentence = format!("{MANIFEST} {why}: nothing says what belongs to the bundle");
        return Statement {
            number: 6,
            name,
            verdict: Verdict::False,
            sentence,
            details: Vec::new(),
        };
    };
    let mut wrong = Vec::new();
    let mut names: BTreeSet<String> = [MANIFEST, NOTE].map(str::to_owned).into();
    let mut n_same = 0;
    let mut apart = "";
    for file in listed {
        let text = |member: &str| file.get(member).and_then(Value::as_str).unwrap_or_default();
        let name = text("name");
        if !is_plain(name) {
            wrong.push(format!("{MANIFEST} names a file outside the bundle: {name}"));
            continue;
        }
        match digest_of(&root.join(name)) {
            Err(_) if name == IDENTITY_KEY && !root.join(name).exists() => {
                apart = "; identity-key.csv is kept apart and was not checked";
            }
            Err(why) => wrong.push(format!("{name}: {why}")),
            Ok(digest) if digest == text("sha256") => n_same += 1,
            Ok(_) => wrong.push(format!("{name} was changed")),
        }
        names.insert(name.to_owned());
    }
    discover(root, &mut |found| {
        let is_here = matches!(found.state, FoundState::File { .. }) && names.contains(&found.name);
        if !is_here {
            let what = match found.state {
                FoundState::File { .. } => "is not in the manifest".to_owned(),
                FoundState::Link => "is a link".to_owned(),
                FoundState::Unreadable(why) => why,
            };
            wrong.push(format!("{} {what}", found.name));
        }
        wrong.len() < 100 * NAMED
    });
    wrong.sort();
    wrong.dedup();
    let sentence = if wrong.is_empty() {
        format!("all {n_same} files are as the manifest says, and there are no others{apart}")
    } else {
        format!(
            "{n_same} of {} files are as the manifest says{apart}. Ask for the bundle again",
            listed.len()
        )
    };
    Statement { number: 6, name, verdict: shown(wrong.is_empty()), sentence, details: named(wrong) }
}

/// Returns true for a name that stays inside the bundle.
fn is_plain(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    !name.contains('\\') && name.split('/').all(is_part)
}

fn digest_of(path: &PathBuf) -> Result<String, String> {
    let words = |error: std::io::Error| discover::words(&error);
    if !std::fs::symlink_metadata(path).map_err(words)?.is_file() {
        return Err("not a regular file".to_owned());
    }
    let mut sha256 = Sha256::new();
    let mut file = std::fs::File::open(path).map_err(words)?;
    let mut piece = vec![0_u8; 256 << 10];
    loop {
        let count = std::io::Read::read(&mut file, &mut piece).map_err(words)?;
        if count == 0 {
            return Ok(hex(&sha256.finalize()));
        }
        sha256.update(piece.get(..count).unwrap_or_default());
    }
}

/// Returns statement 7: what the bundle says that the sources could prove when it was made.
fn recorded(manifest: Option<&Value>) -> Statement {
    let name = "completeness";
    let recorded =
        manifest.and_then(|value| value.get("completeness")).filter(|value| value.is_object());
    let text =
        |member: &str| recorded.and_then(|value| value.get(member)?.as_str()).unwrap_or_default();
    let words = [Verdict::Holds, Verdict::False, Verdict::NotShown, Verdict::NotRun];
    let verdict = words.into_iter().find(|verdict| verdict.word() == text("verdict"));
    let Some(verdict) = verdict else {
        let sentence = "the bundle says nothing about it".to_owned();
        return Statement {
            number: 7,
            name,
            verdict: Verdict::NotShown,
            sentence,
            details: Vec::new(),
        };
    };
    let details = recorded.and_then(|value| value.get("details")?.as_array());
    let details = details.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    // What was shown to the one who made the bundle is not shown here.
    let here = if verdict == Verdict::Holds { Verdict::NotShown } else { verdict };
    let sentence = format!("as recorded at export: {}: {}", verdict.word(), text("sentence"));
    Statement { number: 7, name, verdict: here, sentence, details: named(details) }
}
