//! Statements 1 to 4: the chain, the checkpoints, who signed them, what anchors them outside. For a case and a bundle.

use sha2::{Digest, Sha256};

use super::super::checkpoint::{KnownKey, names, openssl_command, ssh_command};
use super::{named, shown};
use crate::custody::checkpoint::{Checkpoint, Listing, Stored};
use crate::custody::{ActKind, Chain, Note, Signed, Standing, Statement, Verdict, Vkey, timestamp};
use crate::query::RememberedHead;

/// What is known of the journal's end beside the journal itself.
pub(super) enum End {
    /// The database remembers this.
    Remembered(RememberedHead),
    /// The database could not be asked, or remembers nothing.
    Unknown(String),
    /// The signed note of the bundle covers the whole journal.
    Signed,
    /// The folder holds nothing but what making a case leaves.
    Unbegun,
}

/// Returns statement 1. `content` is `None` when there is no journal; `beside` is what files beside the journal say
/// otherwise than it.
pub(super) fn chain(
    content: Option<&[u8]>,
    chain: &Chain,
    end: &End,
    beside: Vec<String>,
) -> Statement {
    let has_nothing = beside.is_empty() && content.is_none_or(<[u8]>::is_empty);
    if matches!(end, End::Unbegun) && has_nothing {
        return unbegun();
    }
    let mut details: Vec<String> = chain
        .breaks
        .iter()
        .map(|found| {
            let accepted = if chain.is_accepted { " (named by a later entry)" } else { "" };
            format!("journal.jsonl line {}: {}{accepted}", found.line, found.reason)
        })
        .collect();
    let torn = content.map_or(0, |content| content.len() - chain.whole);
    if torn > 0 {
        details.push(format!(
            "journal.jsonl ends with {torn} bytes that are no whole line: opening the case cuts them and names them"
        ));
    }
    if content.is_none() {
        details.push("journal.jsonl is missing".to_owned());
    } else if chain.n_lines == 0 {
        details.push("journal.jsonl has no entry".to_owned());
    }
    if let End::Remembered(head) = end
        && !head.is_in(&chain.leaves)
    {
        let line = head.size;
        details.push(format!(
            "journal.jsonl line {line}: not the line that the database remembers as the last: the end was cut or changed"
        ));
    }
    for entry in chain.entries.iter().filter(|entry| entry.detail.get("remembered").is_some()) {
        if entry.act == ActKind::JournalRecovered.as_str() {
            details.push(format!("entry {}: the end before it was cut or changed", entry.seq));
        }
    }
    let is_chain = details.is_empty();
    details.extend(beside);
    let holds = details.is_empty();
    let last = chain.entries.last().map_or(0, |entry| entry.seq);
    let sentence = if holds {
        format!("{} entries, intact to entry {last}", chain.n_lines)
    } else if is_chain {
        format!(
            "{} entries, intact to entry {last}; the declared facts are not those that it names",
            chain.n_lines
        )
    } else {
        format!(
            "{} of {} entries; not one chain. Compare with a copy or a checkpoint that somebody else holds; \
             `whytrail case accept-break` goes on behind a break",
            chain.entries.len(),
            chain.n_lines
        )
    };
    if let End::Unknown(why) = end {
        details.push(format!("the end is shown by the checkpoints only: {why}"));
    }
    Statement {
        number: 1,
        name: "journal chain",
        verdict: shown(holds),
        sentence,
        details: named(details),
    }
}

fn unbegun() -> Statement {
    Statement {
        number: 1,
        name: "journal chain",
        verdict: Verdict::NotShown,
        sentence: "no entry, and the case holds no evidence: the program was stopped while it made the case. Opening it \
                   goes on"
            .to_owned(),
        details: Vec::new(),
    }
}

/// Returns statement 2 for a case: every checkpoint against the journal, and the journal against the checkpoints.
pub(super) fn checkpoints(listing: &Listing, chain: &Chain) -> Statement {
    let mut wrong = against(&listing.notes, chain);
    let mut told = Vec::new();
    for stored in &listing.notes {
        if chain.entries.iter().any(|entry| names(entry, stored)) {
            continue;
        }
        let name = format!("checkpoints/{:04}.note", stored.number);
        match &stored.read {
            Ok((_, of)) if of.compare(&chain.leaves) == Standing::Head => told.push(format!(
                "{name} covers the whole journal, which does not name it yet: the program was stopped just then, or the \
                 entry that named it was cut. Opening the case names it"
            )),
            _ => wrong.push(format!(
                "{name} is not named by the journal: its last entry was cut, or the file was changed or added"
            )),
        }
    }
    told.extend(listing.unfinished.iter().map(|name| {
        format!(
            "checkpoints/{name} has no note: the program was stopped while it wrote it. What is written next takes its place"
        )
    }));
    for entry in &chain.entries {
        let is_missing = entry.act == ActKind::CheckpointCreate.as_str()
            && !listing.notes.iter().any(|stored| names(entry, stored));
        if is_missing {
            let number = entry.detail.get("number").and_then(serde_json::Value::as_u64);
            let number = number.unwrap_or_default();
            wrong.push(format!(
                "checkpoints/{number:04}.note, named by entry {}, is missing or changed",
                entry.seq
            ));
        }
    }
    wrong.extend(
        listing.strangers.iter().map(|name| format!("checkpoints/{name} belongs to no checkpoint")),
    );
    let mut statement =
        statement_2(wrong, &listing.notes, chain, "`whytrail case checkpoint` makes one");
    statement.details.extend(named(told));
    statement
}

/// Returns what of these notes is not so of the journal.
pub(super) fn against(notes: &[Stored], chain: &Chain) -> Vec<String> {
    let mut wrong = Vec::new();
    for stored in notes {
        let name = format!("checkpoints/{:04}.note", stored.number);
        match &stored.read {
            Err(error) => wrong.push(format!("{name} cannot be read: {error}")),
            Ok((_, of)) => wrong.extend(standing(&name, of, chain)),
        }
    }
    wrong
}

/// Returns what is wrong between a checkpoint and the journal.
pub(super) fn standing(name: &str, of: &Checkpoint, chain: &Chain) -> Option<String> {
    match of.compare(&chain.leaves) {
        Standing::Head | Standing::Prefix => None,
        Standing::Contradicts => Some(format!(
            "{name} covers {} entries, and they are not those of the journal",
            of.size
        )),
        Standing::Longer => Some(format!(
            "{name} covers {} entries, and the journal has {}: its end was cut",
            of.size, chain.n_lines
        )),
    }
}

/// Returns statement 2 from what is wrong.
pub(super) fn statement_2(
    wrong: Vec<String>,
    notes: &[Stored],
    chain: &Chain,
    how: &str,
) -> Statement {
    let newest =
        notes.iter().rev().find_map(|stored| Some((stored.number, &stored.read.as_ref().ok()?.1)));
    let (verdict, sentence) = match newest {
        _ if !wrong.is_empty() => (
            Verdict::False,
            format!(
                "{} do not hold. Compare with the copies that others hold",
                counted(wrong.len(), "fact")
            ),
        ),
        None => (Verdict::NotShown, format!("there is no checkpoint: {how}")),
        Some((number, of)) => {
            let rest = chain.n_lines - of.size.min(chain.n_lines);
            (
                Verdict::Holds,
                format!(
                    "the journal begins with the {} entries of checkpoint {number}, the newest of {}; {rest} later entries \
                     are covered by none",
                    of.size,
                    notes.len()
                ),
            )
        }
    };
    Statement { number: 2, name: "checkpoints", verdict, sentence, details: named(wrong) }
}

pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Returns statement 3: the signatures of notes, each with its name.
pub(super) fn signatures(
    notes: &[(String, &Note)],
    listing: &Listing,
    known: &[KnownKey],
) -> Statement {
    let mut keys: Vec<Vkey> = known.iter().map(|one| one.key.clone()).collect();
    keys.extend(listing.signers.iter().cloned());
    let (mut wrong, mut told) = (Vec::new(), Vec::new());
    let mut has_unknown = false;
    if listing.has_bad_signers {
        wrong.push("checkpoints/signer.vkey has a line that is no key".to_owned());
    }
    for (name, note) in notes {
        let mut is_known = false;
        let mut is_signed = false;
        for (signature, found) in note.signatures.iter().zip(note.check(&keys)) {
            match found {
                Signed::Wrong(_) => {
                    wrong.push(format!("{name}: the signature of `{}` is wrong", signature.name));
                }
                Signed::Unknown => {}
                Signed::By(at) => {
                    is_signed = true;
                    let because = known.get(at).map(|one| one.because);
                    is_known |= because.is_some();
                    let print = keys.get(at).map(Vkey::fingerprint).unwrap_or_default();
                    let line = format!(
                        "`{}`, key {print}: {}",
                        signature.name,
                        because.unwrap_or("valid, and not known here")
                    );
                    if !told.contains(&line) {
                        told.push(line);
                    }
                }
            }
        }
        if !is_signed {
            wrong.push(format!("{name}: no key of checkpoints/signer.vkey signed it"));
        }
        has_unknown |= !is_known;
    }
    let (verdict, sentence) = if !wrong.is_empty() {
        (
            Verdict::False,
            "a signature is wrong or missing. Do not rely on these checkpoints".to_owned(),
        )
    } else if notes.is_empty() {
        (Verdict::NotShown, "nothing is signed".to_owned())
    } else if has_unknown {
        (
            Verdict::NotShown,
            format!(
                "{} valid, by a key that is not known here: compare its fingerprint with one you have from the signer by \
                 another way, then give it with `--known-key`",
                counted(notes.len(), "signed note")
            ),
        )
    } else {
        (Verdict::Holds, format!("{}, signed by a known key", counted(notes.len(), "note")))
    };
    wrong.extend(told);
    Statement { number: 3, name: "signature", verdict, sentence, details: named(wrong) }
}

/// Returns statement 4: what shows a time from outside.
pub(super) fn anchors(listing: &Listing, chain: &Chain) -> Statement {
    let (mut wrong, mut told) = (Vec::new(), Vec::new());
    let mut anchored: Option<(u64, String)> = None;
    for stored in &listing.notes {
        let number = stored.number;
        if let Some(answer) = stored.companion("tsr") {
            let size = stored.read.as_ref().map_or(0, |(_, of)| of.size);
            match stamp(stored, answer) {
                Err(why) => wrong.push(format!("checkpoints/{number:04}.tsr: {why}")),
                Ok(stamped) => {
                    let by = stamped
                        .authority
                        .unwrap_or_else(|| "an authority without a name".to_owned());
                    told.push(format!("check the authority: {}", openssl_command(number)));
                    anchored = Some((
                        size,
                        format!("{} by {by}, policy {}", stamped.time, stamped.policy),
                    ));
                }
            }
        }
        if stored.companion("sshsig").is_some() {
            told.push(format!("an SSH signature, checked by: {}", ssh_command(number)));
        }
    }
    for entry in chain.entries.iter().filter(|entry| entry.act == ActKind::AnchorAdd.as_str()) {
        if let Some(place) = entry.detail.get("where").and_then(serde_json::Value::as_str) {
            told.push(format!(
                "{} is written down, as entry {} says, at: {place}",
                entry.subj, entry.seq
            ));
        }
    }
    let total = chain.n_lines;
    let (verdict, sentence) = match anchored {
        _ if !wrong.is_empty() => {
            (Verdict::False, "a time stamp is not of its checkpoint".to_owned())
        }
        Some((size, what)) => (
            Verdict::NotShown,
            format!(
                "entries 0 to {} carry a time stamp of {what}; it is of this checkpoint, its signature is not checked here. \
                 The {} entries after them are NOT ANCHORED",
                size.saturating_sub(1),
                total.saturating_sub(size)
            ),
        ),
        None => (
            Verdict::NotShown,
            format!(
                "no time stamp: all {total} entries are NOT ANCHORED, and their times are the machine's word. \
                 `whytrail case checkpoint` says how to get one"
            ),
        ),
    };
    wrong.extend(told);
    Statement { number: 4, name: "anchor", verdict, sentence, details: named(wrong) }
}

fn stamp(stored: &Stored, answer: &[u8]) -> Result<timestamp::Stamped, String> {
    let stamped = timestamp::read(answer).map_err(|error| error.to_string())?;
    if Sha256::digest(&stored.bytes)[..] == stamped.imprint {
        Ok(stamped)
    } else {
        Err("it stamps something else than the note beside it".to_owned())
    }
}
