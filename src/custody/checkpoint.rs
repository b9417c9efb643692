//! Checkpoints: signed tree heads of the journal as files `checkpoints/NNNN.note`, with what anchors them beside
//! (`.tsq` request and `.tsr` answer of a time stamp authority, `.sshsig` signature). The text is that of C2SP
//! tlog-checkpoint: origin, size, root. Must not write the journal.
//!
//! **What a checkpoint covers.** Note k is made over the journal as it is then: all entries before the entry
//! `checkpoint.create` that names it (number, size, root, digest of the note's file, key). That entry is the first one
//! that note k does not cover; note k + 1 covers it. So a journal always ends with at least one entry that no
//! checkpoint covers; that this entry is there is shown by the note, which must be named, and that it was not changed
//! by the head that the database remembers.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::entry::Leaf;
use super::note::{Note, NoteError, Vkey, name_part};
use super::{files, tree};

/// Folder of the checkpoints in a case or a bundle.
pub const FOLDER: &str = "checkpoints";
/// File with the public keys that signed here, one `name+id+base64` a line.
pub const SIGNERS: &str = "signer.vkey";
/// What may stand beside a note.
pub const COMPANIONS: [&str; 3] = ["tsq", "tsr", "sshsig"];

/// Size and root of a journal, under the name of its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// `whytrail/CASE`.
    pub origin: String,
    /// Entries covered: the first `size`.
    pub size: u64,
    pub root: Leaf,
    /// Further lines of the text.
    pub extra: Vec<String>,
}

/// Returns the origin of a case's checkpoints.
pub fn origin(case_name: &str) -> String {
    format!("whytrail/{}", name_part(case_name))
}

/// Returns the name that an analyst's key has in a case.
pub fn signer_name(case_name: &str, analyst: &str) -> String {
    format!("{}/{}", origin(case_name), name_part(analyst))
}

impl Checkpoint {
    /// Returns the checkpoint of a journal with these leaves.
    pub fn of(origin: &str, leaves: &[Leaf]) -> Self {
        let size = leaves.len() as u64;
        Self { origin: origin.to_owned(), size, root: tree::root(leaves), extra: Vec::new() }
    }

    /// Returns the text that is signed.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root.0));
        for line in &self.extra {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a note; `None` when it is no checkpoint.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let is_plain = size == "0" || !size.starts_with('0');
        if origin.is_empty() || !is_plain || !size.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let root = Leaf(BASE64.decode(root).ok()?.try_into().ok()?);
        let extra: Vec<String> = lines.map(str::to_owned).collect();
        let size = size.parse().ok()?;
        extra.iter().all(|line| !line.is_empty()).then(|| Self {
            origin: origin.to_owned(),
            size,
            root,
            extra,
        })
    }

    /// Returns how this checkpoint lies to a journal with these leaves.
    pub fn compare(&self, leaves: &[Leaf]) -> Standing {
        let n_leaves = leaves.len() as u64;
        let Ok(size) = usize::try_from(self.size) else { return Standing::Longer };
        match leaves.get(..size) {
            None => Standing::Longer,
            Some(covered) if tree::root(covered) != self.root => Standing::Contradicts,
            Some(_) if self.size == n_leaves => Standing::Head,
            Some(_) => Standing::Prefix,
        }
    }
}

/// How a checkpoint lies to a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It covers the whole journal.
    Head,
    /// It covers the journal's beginning.
    Prefix,
    /// The entries it covers are not those of the journal.
    Contradicts,
    /// It covers more entries than the journal has: the journal's end was cut.
    Longer,
}

/// A note on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub number: u32,
    /// Exact bytes of the file.
    pub bytes: Vec<u8>,
    /// The note and its checkpoint, or why it is none.
    pub read: Result<(Note, Checkpoint), NoteError>,
    /// Files beside it: ending, bytes.
    pub beside: Vec<(&'static str, Vec<u8>)>,
}

impl Stored {
    /// Returns SHA-256 of the note's file, as hex.
    pub fn sha256(&self) -> String {
        crate::source::hex(&Sha256::digest(&self.bytes))
    }

    /// Returns the bytes of the file with this ending beside the note.
    pub fn companion(&self, ending: &str) -> Option<&[u8]> {
        self.beside.iter().find(|(known, _)| *known == ending).map(|(_, bytes)| bytes.as_slice())
    }
}

/// The checkpoints of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// By number.
    pub notes: Vec<Stored>,
    /// Keys that are said to have signed here.
    pub signers: Vec<Vkey>,
    /// Names of files that are none of ours, or stand beside no note.
    pub strangers: Vec<String>,
    /// Names of what is there of a checkpoint or its companion that was being written when the program was stopped: a
    /// request to stamp the next checkpoint, a file under the name it has until it is safe on disk. They take their place
    /// when it is written again.
    pub unfinished: Vec<String>,
    /// True when the file of keys has a line that is no key.
    pub has_bad_signers: bool,
}

/// Returns the name of a file of checkpoint `number`.
pub fn file_name(number: u32, ending: &str) -> String {
    format!("{number:04}.{ending}")
}

/// Reads the checkpoints in `root/checkpoints`. A folder that is not there has none.
pub fn list(root: &Path) -> io::Result<Listing> {
    let folder = root.join(FOLDER);
    let mut names: Vec<String> = match fs::read_dir(&folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(error),
    };
    names.sort();
    let mut listing = Listing::default();
    let next = next_number(&names);
    for name in &names {
        let Some(number) = number_of(name, "note") else { continue };
        listing.notes.push(read_note(&folder, number)?);
    }
    for name in &names {
        if name == SIGNERS {
            let text = read_small(&folder.join(name))?;
            let keys = String::from_utf8_lossy(&text).lines().map(Vkey::parse).collect::<Vec<_>>();
            listing.has_bad_signers = keys.iter().any(Result::is_err);
            listing.signers = keys.into_iter().flatten().collect();
            continue;
        }
        let beside = COMPANIONS.iter().find_map(|ending| {
            let number = number_of(name, ending)?;
            let at = listing.notes.iter().position(|note| note.number == number)?;
            Some((*ending, at))
        });
        match beside {
            Some((ending, at)) => {
                let bytes = read_small(&folder.join(name))?;
                if let Some(note) = listing.notes.get_mut(at) {
                    note.beside.push((ending, bytes));
                }
            }
            None if number_of(name, "note").is_some() => {}
            None if number_of(name, "tsq") == Some(next) || is_neighbor(name, next) => {
                listing.unfinished.push(name.clone());
            }
            None => listing.strangers.push(name.clone()),
        }
    }
    listing.notes.sort_by_key(|note| note.number);
    Ok(listing)
}

/// Reads the checkpoint with the highest number alone, without the files beside it.
pub fn newest(root: &Path) -> io::Result<Option<Stored>> {
    let folder = root.join(FOLDER);
    let listed = match fs::read_dir(&folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut last = None;
    for entry in listed {
        last = last.max(number_of(&entry?.file_name().to_string_lossy(), "note"));
    }
    last.map(|number| read_note(&folder, number)).transpose()
}

fn next_number(names: &[String]) -> u32 {
    let last = names.iter().filter_map(|name| number_of(name, "note")).max();
    last.unwrap_or(0).saturating_add(1)
}

fn read_note(folder: &Path, number: u32) -> io::Result<Stored> {
    let bytes = read_small(&folder.join(file_name(number, "note")))?;
    let read = Note::parse(&bytes).and_then(|note| match Checkpoint::parse(&note.text) {
        Some(checkpoint) => Ok((note, checkpoint)),
        None => Err(NoteError::Text),
    });
    Ok(Stored { number, bytes, read, beside: Vec::new() })
}

/// Files of this folder are small; whatever else lies there is cut, and then is no note.
fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(4 << 20).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn number_of(name: &str, ending: &str) -> Option<u32> {
    let digits = name.strip_suffix(ending)?.strip_suffix('.')?;
    let number = digits.parse().ok()?;
    (file_name(number, ending) == name).then_some(number)
}

/// Returns true for the name that a file of a checkpoint up to `next` has until it is safe on disk.
fn is_neighbor(name: &str, next: u32) -> bool {
    let Some(written) = name.strip_suffix(files::NEIGHBOR) else { return false };
    let mut endings = COMPANIONS.iter().copied().chain(["note"]);
    let number = endings.find_map(|ending| number_of(written, ending));
    written == SIGNERS || number.is_some_and(|number| number <= next)
}

/// Writes the note and the request to stamp it under the next free number, and adds the key to the file of keys. Returns
/// the number.
pub fn write_next(root: &Path, note: &[u8], request: &[u8], key: &Vkey) -> io::Result<u32> {
    let listing = list(root)?;
    let number = listing.notes.last().map_or(1, |last| last.number.saturating_add(1));
    let folder = root.join(FOLDER);
    files::make_folder(&folder)?;
    if !listing.signers.contains(key) {
        let keys = listing.signers.iter().chain([key]).map(ToString::to_string);
        let text = keys.collect::<Vec<_>>().join("\n") + "\n";
        files::replace(&folder.join(SIGNERS), text.as_bytes())?;
    }
    files::replace(&folder.join(file_name(number, "tsq")), request)?;
    files::replace(&folder.join(file_name(number, "note")), note)?;
    Ok(number)
}

/// Puts a file that anchors a checkpoint beside its note. Returns where it is; refuses to replace another one.
pub fn add_companion(root: &Path, number: u32, ending: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = root.join(FOLDER).join(file_name(number, ending));
    match fs::read(&path) {
        Ok(found) if found == bytes => return Ok(path),
        Ok(_) => {
            return Err(io::Error::new(ErrorKind::AlreadyExists, "another one is there already"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    files::replace(&path, bytes)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use zeroize::Zeroizing;

    use super::*;
    use crate::custody::entry::leaf_hash;
    use crate::custody::note::{NoteKey, Signed};

    /// The published test vector: three entries, and the note over them by the key whose seed is 00..1f.
    const THREE: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/journal/three-entries.jsonl"
    ));
    const NOTE: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/journal/three-entries.note"
    ));

    fn leaves() -> Vec<Leaf> {
        THREE.lines().map(|line| leaf_hash(line.as_bytes())).collect()
    }

    fn key() -> NoteKey {
        let mut seed = Zeroizing::new([0_u8; 32]);
        for (slot, byte) in seed.iter_mut().zip(0..) {
            *slot = byte;
        }
        NoteKey::new(&signer_name("CASE-0001", "analyst"), &seed)
    }

    #[test]
    fn test_vector_is_reproduced_byte_for_byte() {
        let leaves = leaves();
        let checkpoint = Checkpoint::of(&origin("CASE-0001"), &leaves);
        let text = |leaf: &Leaf| leaf.to_string();
        assert_eq!(
            text(&leaves[2]),
            "81a60815edfbf2ccbe56bd96d57020942fad2cff2c14fc10ac466b2e439a88a2"
        );
        assert_eq!(
            checkpoint.root.to_string(),
            "6d405e7b215e6c1bd90f2af1e9145f0a31db41565397f2de3cc198ded817a4ff"
        );
        assert_eq!(key().sign(&checkpoint.text()), NOTE);
        let proof = tree::inclusion(&leaves, 1).unwrap();
        assert_eq!(
            proof.iter().map(text).collect::<Vec<_>>(),
            [
                "e65480c219c4f6c2e1b65c42d01c5f2177bcde1ec6105bb3fc922069bff6a2f6",
                "81a60815edfbf2ccbe56bd96d57020942fad2cff2c14fc10ac466b2e439a88a2"
            ]
        );
        assert!(tree::includes(leaves[1], 1, 3, &proof, checkpoint.root));
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(note.check(&[key().vkey()]), [Signed::By(0)]);
        assert_eq!(Checkpoint::parse(&note.text), Some(checkpoint));
    }

    #[test]
    fn checkpoint_is_compared_with_the_journal() {
        let leaves = leaves();
        let checkpoint = Checkpoint::of("whytrail/x", &leaves);
        assert_eq!(checkpoint.compare(&leaves), Standing::Head);
        assert_eq!(checkpoint.compare(&[&leaves[..], &leaves[..1]].concat()), Standing::Prefix);
        assert_eq!(checkpoint.compare(&leaves[..2]), Standing::Longer);
        assert_eq!(checkpoint.compare(&[leaves[0], leaves[2], leaves[1]]), Standing::Contradicts);
    }

    #[test]
    fn texts_that_are_no_checkpoint_are_refused() {
        let good = Checkpoint::of("whytrail/x", &leaves()).text();
        let extended = format!("{good}manifest 00\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap().text(), extended);
        for bad in [
            "",
            "a\n1\n",
            &good.replace("\n3\n", "\n03\n"),
            &good.replace("\n3\n", "\n+3\n"),
            &good.replace("\n3\n", "\n99999999999999999999\n"),
            &good.replace('=', ""),
            &good.replace("whytrail/x", ""),
        ] {
            assert_eq!(Checkpoint::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn notes_are_numbered_private_and_listed_with_what_anchors_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(list(root).unwrap(), Listing::default());
        let vkey = key().vkey();
        assert_eq!(write_next(root, NOTE.as_bytes(), b"request", &vkey).unwrap(), 1);
        assert_eq!(write_next(root, b"no note", b"request", &vkey).unwrap(), 2);
        add_companion(root, 1, "tsr", b"answer").unwrap();
        add_companion(root, 1, "tsr", b"answer").unwrap();
        assert!(add_companion(root, 1, "tsr", b"other").is_err());
        fs::write(root.join(FOLDER).join("notes.txt"), "x").unwrap();
        fs::write(root.join(FOLDER).join("0009.tsr"), "x").unwrap();
        let listing = list(root).unwrap();
        assert_eq!(listing.signers, [vkey]);
        assert_eq!(listing.strangers, ["0009.tsr", "notes.txt"]);
        assert_eq!(listing.notes.len(), 2);
        assert_eq!(listing.notes[0].companion("tsr"), Some(&b"answer"[..]));
        assert_eq!(listing.notes[0].companion("tsq"), Some(&b"request"[..]));
        assert!(listing.notes[0].read.is_ok() && listing.notes[1].read.is_err());
        let mode = fs::metadata(root.join("checkpoints/0001.note")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
