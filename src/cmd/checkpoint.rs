//! Checkpoints of a case: signing the journal as it is, what anchors a checkpoint outside, proofs about it. Everything here
//! is journaled.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::case::Case;
use super::{Context, output};
use crate::cli::AnchorCommand;
use crate::custody::checkpoint::{self, Listing, Stored};
use crate::custody::{
    ActKind, Checkpoint, Entry, Leaf, NoteKey, Vkey, key_file, random, read_chain, timestamp, tree,
};
use crate::failure::{Ended, Failure, Kind};
use crate::report::json_line;
use crate::source::hex;

/// Files that anchor a checkpoint are small.
const MAX_ANCHOR: u64 = 1 << 20;
/// Begins a signature of `ssh-keygen -Y sign`.
const SSH_MARK: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
/// Namespace of SSH signatures over checkpoints.
pub(super) const SSH_NAMESPACE: &str = "whytrail-checkpoint";

/// Returns the key that signs for the analyst in a case, making one at first need.
pub(super) fn signing_key(context: &Context, case_name: &str) -> Result<NoteKey, Failure> {
    let seed = match &context.shared.control.signing_key {
        Some(path) => key_file::read(path)?
            .ok_or_else(|| Failure::usage(format!("`{}`: no such file", path.display())))?,
        None => key_file::read_or_make(&context.config.places.signing_key())?,
    };
    Ok(NoteKey::new(&checkpoint::signer_name(case_name, &context.config.analyst), &seed))
}

/// A public key that is trusted, and why.
pub(super) struct KnownKey {
    pub(super) key: Vkey,
    pub(super) because: &'static str,
}

/// Returns the keys that are trusted here: one's own, those of the settings, those of the command line. Makes none.
pub(super) fn known_keys(context: &Context) -> Result<Vec<KnownKey>, Failure> {
    let control = &context.shared.control;
    let own = context.config.places.signing_key();
    let mut known: Vec<KnownKey> = Vec::new();
    for path in [Some(own.as_path()), control.signing_key.as_deref()].into_iter().flatten() {
        if let Some(seed) = key_file::read(path)? {
            let key = NoteKey::new("own", &seed).vkey();
            known.push(KnownKey { key, because: "your own key" });
        }
    }
    let settings = context.config.settings.custody.known_keys.iter();
    let given = settings.map(|key| (key, "known by config.toml"));
    for (text, because) in
        given.chain(control.known_key.iter().map(|key| (key, "known by --known-key")))
    {
        let key = Vkey::parse(text).map_err(|error| {
            Failure::usage(format!("a key that is {because}: {error}"))
                .hint("`checkpoints/signer.vkey` in a case or bundle holds keys of this form")
        })?;
        known.push(KnownKey { key, because });
    }
    Ok(known)
}

/// A checkpoint as written.
pub(super) struct Written {
    number: u32,
    checkpoint: Checkpoint,
    key: Vkey,
}

/// Signs the journal as it is and journals that. Returns nothing when the newest checkpoint covers all but its own entry.
pub(super) fn write(
    context: &Context,
    case: &mut Case,
    why: &str,
) -> Result<Option<Written>, Failure> {
    case.must_be_writable()?;
    let entries = entries(case)?;
    let listing = listing(case)?;
    let size = case.journal.head().size;
    let is_covered = listing.notes.last().is_some_and(|last| {
        let covers = last.read.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size);
        covers + 1 == size && entries.last().is_some_and(|entry| names(entry, last))
    });
    if is_covered {
        return Ok(None);
    }
    let key = signing_key(context, case.folder.name())?;
    let made = Checkpoint::of(&checkpoint::origin(case.folder.name()), case.journal.leaves());
    let note = key.sign(&made.text());
    #[expect(clippy::cast_possible_truncation, reason = "any bits of a random number are random")]
    let nonce = random::nonce()? as u64;
    let request = timestamp::request(note.as_bytes(), nonce)
        .map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    let root = case.folder.root();
    let number = checkpoint::write_next(root, note.as_bytes(), &request, &key.vkey())?;
    let stored = Stored {
        number,
        bytes: note.into_bytes(),
        read: Err(crate::custody::note::NoteError::Text),
        beside: Vec::new(),
    };
    let detail = detail(&stored.sha256(), number, &made, &key.vkey(), why);
    case.record(ActKind::CheckpointCreate, &format!("checkpoint:{number}"), detail)?;
    Ok(Some(Written { number, checkpoint: made, key: key.vkey() }))
}

fn detail(sha256: &str, number: u32, of: &Checkpoint, key: &Vkey, why: &str) -> Value {
    json!({ "number": number, "size": of.size, "root": of.root.to_string(), "note_sha256": sha256,
            "key": key.to_string(), "why": why })
}

/// Signs the journal at the end of other work, which does not fail when that cannot be done.
pub(super) fn write_at_end(context: &Context, case: &mut Case, why: &str) {
    if case.read_only_reason().is_some() {
        return;
    }
    if let Err(failure) = write(context, case, why) {
        tracing::warn!(message = %failure.message, "no checkpoint");
        output::say(&format!("warning: no checkpoint was written: {}", failure.message));
    }
}

/// Journals a checkpoint of the whole journal that has no entry: the program was stopped just after it wrote the note.
/// One that covers less is not the program's work and stays without an entry.
pub(super) fn name_late(case: &mut Case, entries: &[Entry]) -> Result<(), Failure> {
    let newest = checkpoint::newest(case.folder.root()).map_err(|error| unlisted(case, &error))?;
    let Some(stored) = newest else { return Ok(()) };
    let Ok((_, made)) = &stored.read else { return Ok(()) };
    let is_whole = made.compare(case.journal.leaves()) == crate::custody::Standing::Head;
    if !is_whole || entries.iter().any(|entry| names(entry, &stored)) {
        return Ok(());
    }
    let detail = json!({ "number": stored.number, "size": made.size, "root": made.root.to_string(),
                         "note_sha256": stored.sha256(), "why": "found without an entry" });
    case.record(ActKind::CheckpointCreate, &format!("checkpoint:{}", stored.number), detail)?;
    Ok(())
}

/// Returns true when the entry says that exactly this note was written.
pub(super) fn names(entry: &Entry, stored: &Stored) -> bool {
    entry.act == ActKind::CheckpointCreate.as_str()
        && entry.detail.get("number").and_then(Value::as_u64) == Some(u64::from(stored.number))
        && entry.detail.get("note_sha256").and_then(Value::as_str) == Some(&stored.sha256())
}

fn listing(case: &Case) -> Result<Listing, Failure> {
    checkpoint::list(case.folder.root()).map_err(|error| unlisted(case, &error))
}

fn unlisted(case: &Case, error: &std::io::Error) -> Failure {
    let folder = case.folder.root().join(checkpoint::FOLDER);
    Failure::new(Kind::Failed, format!("`{}`: {error}", folder.display()))
}

fn entries(case: &Case) -> Result<Vec<Entry>, Failure> {
    Ok(read_chain(&super::export::journal_bytes(case)?).entries)
}

/// Runs `whytrail case checkpoint`.
pub(super) fn run(context: &Context) -> Ended {
    let mut case = super::case::open_existing(context)?;
    let Some(written) = write(context, &mut case, "asked for")? else {
        return output::print(context, "nothing was done since the newest checkpoint\n");
    };
    let (number, of) = (written.number, &written.checkpoint);
    let note =
        case.folder.root().join(checkpoint::FOLDER).join(checkpoint::file_name(number, "note"));
    let note = note.display();
    let text = format!(
        "checkpoint {number}   {} entries, root {}\nkey    {}\nprint  {}\nnote   {note}\n\n\
         It shows that the journal was not changed only to those who hold it, from the time on when they got it. Give it\n\
         away, in one of these ways:\n\
         \x20 paste its three lines into a ticket:   whytrail case anchor add --text \"ticket OPS-12\"\n\
         \x20 sign it with an SSH key:   ssh-keygen -Y sign -n {SSH_NAMESPACE} -f KEY < {note} > {number:04}.sshsig\n\
         \x20 let an authority stamp the request {number:04}.tsq beside it (RFC 3161), and bring back {number:04}.tsr\n\
         then   whytrail case anchor add FILE\n",
        of.size,
        of.root,
        written.key,
        written.key.fingerprint(),
    );
    output::print(context, &text)
}

/// Runs `whytrail case anchor`.
pub(super) fn anchor(context: &Context, act: &AnchorCommand) -> Ended {
    let AnchorCommand::Add { file, text, checkpoint: number } = act;
    let mut case = super::case::open_existing(context)?;
    case.must_be_writable()?;
    let listing = listing(&case)?;
    let chosen = chosen(&listing, *number)?;
    let said = match (file, text) {
        (Some(file), _) => add_file(&mut case, &listing, chosen, file)?,
        (None, Some(place)) => {
            let (size, root) = match &chosen.read {
                Ok((_, of)) => (of.size, of.root.to_string()),
                Err(error) => return Err(unreadable(chosen, *error)),
            };
            let detail = json!({ "kind": "text", "checkpoint": chosen.number, "where": place, "size": size,
                                 "root": root });
            case.record(ActKind::AnchorAdd, &format!("checkpoint:{}", chosen.number), detail)?;
            format!("checkpoint {} is written down at: {place}", chosen.number)
        }
        (None, None) => return Err(Failure::usage("neither a file nor `--text` was given")),
    };
    write_at_end(context, &mut case, "anchor");
    output::print_safe(context, &format!("{said}\n"))
}

fn chosen(listing: &Listing, number: Option<u32>) -> Result<&Stored, Failure> {
    let found = match number {
        None => listing.notes.last(),
        Some(number) => listing.notes.iter().find(|note| note.number == number),
    };
    found.ok_or_else(|| {
        Failure::usage("there is no such checkpoint").hint("`whytrail case checkpoint` makes one")
    })
}

fn unreadable(stored: &Stored, error: crate::custody::note::NoteError) -> Failure {
    Failure::new(Kind::Integrity, format!("checkpoint {} cannot be read: {error}", stored.number))
}

fn add_file(
    case: &mut Case,
    listing: &Listing,
    chosen: &Stored,
    file: &Path,
) -> Result<String, Failure> {
    let bytes = read_anchor(file)?;
    let root = case.folder.root().to_owned();
    let sha256 = hex(&Sha256::digest(&bytes));
    let placed = |number: u32, ending: &'static str| {
        checkpoint::add_companion(&root, number, ending, &bytes).map_err(|error| {
            Failure::usage(format!("`{}`: {error}", checkpoint::file_name(number, ending)))
        })
    };
    if bytes.starts_with(SSH_MARK) {
        let number = chosen.number;
        placed(number, "sshsig")?;
        let detail = json!({ "kind": "ssh", "checkpoint": number, "sha256": sha256 });
        case.record(ActKind::AnchorAdd, &format!("checkpoint:{number}"), detail)?;
        return Ok(format!(
            "kept as {}; this program does not check it:\n  {}",
            checkpoint::file_name(number, "sshsig"),
            ssh_command(number)
        ));
    }
    let stamped = timestamp::read(&bytes)
        .map_err(|error| Failure::usage(format!("`{}`: {error}", file.display())))?;
    let is_of = |stored: &&Stored| Sha256::digest(&stored.bytes)[..] == stamped.imprint;
    let Some(stored) = listing.notes.iter().find(is_of) else {
        return Err(Failure::usage("the answer stamps none of the checkpoints of this case"));
    };
    placed(stored.number, "tsr")?;
    let detail = json!({ "kind": "rfc3161", "checkpoint": stored.number, "sha256": sha256, "time": stamped.time,
                         "authority": stamped.authority, "policy": stamped.policy });
    case.record(ActKind::AnchorAdd, &format!("checkpoint:{}", stored.number), detail)?;
    Ok(format!(
        "checkpoint {} stamped at {} by {} (as the answer says)\n  {}",
        stored.number,
        stamped.time,
        stamped.authority.as_deref().unwrap_or("an authority without a name"),
        openssl_command(stored.number)
    ))
}

/// Returns the command that checks a time stamp.
pub(super) fn openssl_command(number: u32) -> String {
    format!(
        "openssl ts -verify -data {0}/{number:04}.note -in {0}/{number:04}.tsr -CAfile AUTHORITY.pem",
        checkpoint::FOLDER
    )
}

/// Returns the command that checks an SSH signature.
pub(super) fn ssh_command(number: u32) -> String {
    format!(
        "ssh-keygen -Y verify -n {SSH_NAMESPACE} -f ALLOWED_SIGNERS -I WHO -s {0}/{number:04}.sshsig < {0}/{number:04}.note",
        checkpoint::FOLDER
    )
}

fn read_anchor(file: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let failed = |error: std::io::Error| {
        Failure::usage(format!("`{}`: {}", file.display(), crate::source::discover::words(&error)))
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(MAX_ANCHOR + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_ANCHOR {
        return Err(Failure::usage(format!("`{}` is too large for an anchor", file.display())));
    }
    Ok(bytes)
}

/// Runs `whytrail case prove`.
pub(super) fn prove(context: &Context, entry: Option<u64>, from: Option<u32>) -> Ended {
    let mut case = super::case::open_existing(context)?;
    case.must_be_writable()?;
    let bytes = super::export::journal_bytes(&case)?;
    let listing = listing(&case)?;
    let (subject, proof) = match (entry, from) {
        (_, Some(number)) => (
            format!("consistency:{number}"),
            consistency(&case, chosen(&listing, Some(number))?, &listing)?,
        ),
        (Some(seq), None) => (format!("inclusion:{seq}"), inclusion(&case, &bytes, seq, &listing)?),
        (None, None) => return Err(Failure::usage("neither an entry nor `--from` was given")),
    };
    let text = format!("{}\n", json_line(&proof));
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    case.record(ActKind::ExportCreate, &subject, json!({ "kind": "proof", "sha256": sha256 }))?;
    output::print(context, &text)
}

/// A head that a proof leads to: the text of its note when it is signed.
fn head_of(case: &Case, stored: Option<&Stored>) -> (usize, Option<String>) {
    let signed = stored.and_then(|stored| {
        let (_, of) = stored.read.as_ref().ok()?;
        let size = usize::try_from(of.size).ok()?;
        let is_ours = of.compare(case.journal.leaves()) == crate::custody::Standing::Prefix;
        is_ours.then(|| (size, Some(String::from_utf8_lossy(&stored.bytes).into_owned())))
    });
    signed.unwrap_or((case.journal.leaves().len(), None))
}

fn inclusion(case: &Case, bytes: &[u8], seq: u64, listing: &Listing) -> Result<Value, Failure> {
    let chain = read_chain(bytes);
    let missing = || Failure::usage(format!("the journal has no entry {seq}"));
    let entry = chain.entries.iter().find(|entry| entry.seq == seq).ok_or_else(missing)?;
    let leaves = case.journal.leaves();
    let index = leaves.iter().position(|leaf| *leaf == entry.leaf).ok_or_else(missing)?;
    let (size, note) = head_of(case, listing.notes.last());
    // An entry that no checkpoint covers yet is proved against the journal's own end.
    let (size, note) = if index < size { (size, note) } else { (leaves.len(), None) };
    let covered = leaves.get(..size).unwrap_or_default();
    let proof = tree::inclusion(covered, index).ok_or_else(missing)?;
    let line = bytes.split(|byte| *byte == b'\n').nth(index).unwrap_or_default();
    Ok(json!({
        "schema": "whytrail.inclusion", "version": 1,
        "origin": checkpoint::origin(case.folder.name()), "size": size, "root": tree::root(covered).to_string(),
        "index": index, "leaf": entry.leaf.to_string(), "entry": String::from_utf8_lossy(line),
        "proof": hashes(&proof), "note": note,
        "how": "leaf is SHA-256 of a zero byte and the bytes of entry; RFC 9162 section 2.1.3.2 leads from it to root; \
                note is signed over size and root, or null when no checkpoint covers the entry yet",
    }))
}

fn consistency(case: &Case, first: &Stored, listing: &Listing) -> Result<Value, Failure> {
    let of = match &first.read {
        Ok((_, of)) => of,
        Err(error) => return Err(unreadable(first, *error)),
    };
    let newest = listing.notes.last().filter(|last| last.number > first.number);
    let (size, note) = head_of(case, newest);
    let leaves = case.journal.leaves().get(..size).unwrap_or_default();
    let proof = usize::try_from(of.size).ok().and_then(|from| tree::consistency(leaves, from));
    let proof = proof.filter(|proof| {
        tree::extends((of.size, of.root), (size as u64, tree::root(leaves)), proof)
    });
    let Some(proof) = proof else {
        return Err(Failure::new(
            Kind::Integrity,
            format!("the journal does not begin with what checkpoint {} covers", first.number),
        ));
    };
    Ok(json!({
        "schema": "whytrail.consistency", "version": 1, "origin": of.origin,
        "first": { "size": of.size, "root": of.root.to_string(), "note": String::from_utf8_lossy(&first.bytes) },
        "second": { "size": size, "root": tree::root(leaves).to_string(), "note": note },
        "proof": hashes(&proof), "how": "RFC 9162 section 2.1.4.2",
    }))
}

fn hashes(proof: &[Leaf]) -> Vec<String> {
    proof.iter().map(ToString::to_string).collect()
}
