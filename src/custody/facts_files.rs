//! Where declared facts lie in a case: `case.toml`, and under `facts/` every text it ever had and a copy of each policy
//! file, named by its digest, so that a verdict can be repeated with the facts it was made with. Owns places and digests;
//! must not know what the texts mean.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::case_folder::CASE_FILE;
use super::entry::{ActKind, Entry};
use super::files;
use crate::source::hex;

/// Folder of earlier texts and policy copies.
const FOLDER: &str = "facts";
/// Name of the copy that is edited.
const DRAFT: &str = "edited.toml";

/// Returns the bytes of the case's facts file.
pub fn read(root: &Path) -> io::Result<Vec<u8>> {
    fs::read(root.join(CASE_FILE))
}

/// Returns the path of the case's facts file.
pub fn path(root: &Path) -> PathBuf {
    root.join(CASE_FILE)
}

/// Puts a new text in the place of the facts file. The text that was there and the new one are kept under their digests
/// first, so that neither can be lost.
pub fn write(root: &Path, text: &[u8]) -> io::Result<()> {
    keep(root, &read(root)?, "toml")?;
    keep(root, text, "toml")?;
    files::replace(&path(root), text)
}

/// Keeps bytes under their digest and returns it.
pub fn keep(root: &Path, bytes: &[u8], ending: &str) -> io::Result<String> {
    let folder = root.join(FOLDER);
    files::make_folder(&folder)?;
    let digest = hex(&Sha256::digest(bytes));
    let place = folder.join(format!("{digest}.{ending}"));
    if fs::read(&place).is_ok_and(|there| there == bytes) {
        return Ok(digest);
    }
    files::replace(&place, bytes)?;
    Ok(digest)
}

/// A copy that somebody edits.
#[derive(Debug)]
pub struct Draft {
    pub path: PathBuf,
    /// True when it is one that was refused before.
    pub is_left_over: bool,
}

/// Puts a copy of a text where it can be edited, unless one that was refused is still there.
pub fn begin_edit(root: &Path, text: &[u8]) -> io::Result<Draft> {
    let path = root.join(FOLDER).join(DRAFT);
    if path.is_file() {
        return Ok(Draft { path, is_left_over: true });
    }
    files::make_folder(&root.join(FOLDER))?;
    files::replace(&path, text)?;
    Ok(Draft { path, is_left_over: false })
}

/// Takes the copy away: it was taken over.
pub fn end_edit(root: &Path) -> io::Result<()> {
    fs::remove_file(root.join(FOLDER).join(DRAFT))
}

/// Returns the kept copy of a policy file; `None` when there is none, or when it is not the bytes of that digest.
pub fn policy(root: &Path, digest: &str) -> io::Result<Option<Vec<u8>>> {
    // The digest comes from a file that people write: it must name a file of this folder and nothing else.
    if digest.len() != 64 || !digest.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return Ok(None);
    }
    match fs::read(root.join(FOLDER).join(format!("{digest}.{POLICY}"))) {
        Ok(bytes) => {
            Ok((hex(&Sha256::digest(&bytes)) == digest.to_ascii_lowercase()).then_some(bytes))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ending of policy copies.
pub const POLICY: &str = "policy";

/// Returns the digest of the facts that the last entry about them names.
pub fn journaled(entries: &[Entry]) -> Option<&str> {
    let is_change = |entry: &&Entry| entry.act == ActKind::FactsChange.as_str();
    entries.iter().rev().find(is_change)?.detail.get("after").and_then(Value::as_str)
}

/// Returns what is not so between the facts on disk and the journal.
pub fn against_journal(root: &Path, entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    let Ok(bytes) = read(root) else {
        return journaled(entries)
            .map(|_| {
                "case.toml, whose facts the journal names, is missing or cannot be read".to_owned()
            })
            .into_iter()
            .collect();
    };
    let found = hex(&Sha256::digest(&bytes));
    match journaled(entries) {
        Some(last) if last != found => wrong.push(format!(
            "case.toml has the digest {found}, and the last change that the journal names left {last}: it was changed \
             outside of the program; `whytrail facts import` takes it over"
        )),
        None if declares(&bytes) => wrong.push(
            "case.toml declares facts, and no entry names them: `whytrail facts import` takes them over"
                .to_owned(),
        ),
        Some(_) | None => {}
    }
    for entry in entries.iter().filter(|entry| entry.act == ActKind::FactsChange.as_str()) {
        let policies = entry.detail.get("policies").and_then(Value::as_array);
        for policy_of in policies.into_iter().flatten() {
            let text = |name: &str| policy_of.get(name).and_then(Value::as_str).unwrap_or_default();
            let line = format!(
                "facts/{}.{POLICY}, the policy `{}` of entry {}, is missing or changed",
                text("sha256"),
                text("file"),
                entry.seq
            );
            let is_there = policy(root, text("sha256")).is_ok_and(|copy| copy.is_some());
            if !is_there && !wrong.contains(&line) {
                wrong.push(line);
            }
        }
    }
    wrong
}

/// Returns true when a facts file says more than what every case has from its beginning.
fn declares(bytes: &[u8]) -> bool {
    let table =
        std::str::from_utf8(bytes).ok().and_then(|text| toml::from_str::<toml::Table>(text).ok());
    table.is_none_or(|table| table.keys().any(|key| key != "layout" && key != "name"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;
    use crate::custody::Leaf;
    use crate::model::Micros;

    fn entry(seq: u64, detail: Value) -> Entry {
        Entry {
            seq,
            ts: Micros(0),
            actor: "a".to_owned(),
            tool: "t".to_owned(),
            act: ActKind::FactsChange.as_str().to_owned(),
            subj: "facts".to_owned(),
            detail,
            nonce: 0,
            prev: Leaf::default(),
            leaf: Leaf::default(),
        }
    }

    #[test]
    fn earlier_text_is_kept_under_its_digest_and_both_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path()), "layout = 1\nname = \"x\"\n").unwrap();
        write(folder.path(), b"layout = 1\nname = \"x\"\nrole = \"deployer\"\n").unwrap();
        let kept: Vec<_> = fs::read_dir(folder.path().join(FOLDER)).unwrap().flatten().collect();
        assert_eq!(kept.len(), 2);
        for file in kept.iter().map(fs::DirEntry::path).chain([path(folder.path())]) {
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{file:?}");
        }
    }

    #[test]
    fn file_that_the_journal_does_not_know_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(path(root), "layout = 1\nname = \"x\"\n").unwrap();
        assert!(against_journal(root, &[]).is_empty());
        fs::write(path(root), "layout = 1\nname = \"x\"\nrole = \"deployer\"\n").unwrap();
        assert!(against_journal(root, &[]).first().unwrap().contains("no entry names them"));
        let digest = hex(&Sha256::digest(read(root).unwrap()));
        let known = entry(4, json!({ "after": digest }));
        assert!(against_journal(root, std::slice::from_ref(&known)).is_empty());
        let later = entry(5, json!({ "after": "0".repeat(64) }));
        let wrong = against_journal(root, &[known, later]);
        assert!(wrong.first().unwrap().contains("changed outside"), "{wrong:?}");
    }

    #[test]
    fn policy_copy_that_was_changed_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(path(root), "layout = 1\nname = \"x\"\n").unwrap();
        let digest = keep(root, b"{}", POLICY).unwrap();
        assert_eq!(policy(root, &digest).unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(policy(root, "../../etc/passwd").unwrap(), None);
        let file = hex(&Sha256::digest(read(root).unwrap()));
        let detail = json!({ "after": file, "policies": [{ "file": "p.json", "sha256": digest }] });
        let entries = [entry(1, detail)];
        assert!(against_journal(root, &entries).is_empty());
        fs::write(root.join(FOLDER).join(format!("{digest}.{POLICY}")), "{ }").unwrap();
        assert_eq!(policy(root, &digest).unwrap(), None);
        assert!(against_journal(root, &entries).first().unwrap().contains("`p.json` of entry 1"));
    }
}
