//! Rule files of a folder the user names: finding them in the order of their names, reading them within bounds, cutting them
//! into documents. Must not know what a rule says.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::fault::{RuleFault, Weight};
use crate::source::discover::{Found, FoundState, discover, words};
use crate::source::hex;

/// Most bytes of a rule file. Rules have a few KiB.
const MAX_BYTES: u64 = 1 << 20;
/// Most rule files that are read, and most bytes of all of them.
const MAX_FILES: usize = 20_000;
const MAX_TOTAL: u64 = 256 << 20;

/// One document of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// Name of the file below the folder.
    pub(super) file: Arc<str>,
    /// The document's first line, from 1.
    pub(super) line: usize,
    pub(super) text: String,
    /// Digest of the whole file's bytes, in hex.
    pub(super) sha256: Arc<str>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) documents: Vec<Document>,
    pub(super) faults: Vec<RuleFault>,
    pub(super) n_files: usize,
    n_bytes: u64,
}

/// Reads the rule files below `path`, or the one file that it is. Links are not followed, but named.
pub(super) fn read(path: &Path) -> Folder {
    let mut folder = Folder::default();
    let is_one = path.is_file();
    discover(path, &mut |found| {
        if is_one || is_rule_file(&found) {
            folder.take(&found);
        } else if let FoundState::Unreadable(reason) = &found.state {
            folder.fault(&found.name, reason.clone());
        }
        !folder.is_full()
    });
    if folder.is_full() {
        let reason = format!("more than {MAX_FILES} rule files or 256 MiB; the rest was not read");
        folder.fault(".", reason);
    }
    folder
}

fn is_rule_file(found: &Found) -> bool {
    let ending = Path::new(&found.name).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ending.eq_ignore_ascii_case("yml") || ending.eq_ignore_ascii_case("yaml")
    })
}

impl Folder {
    const fn is_full(&self) -> bool {
        self.n_files >= MAX_FILES || self.n_bytes >= MAX_TOTAL
    }

    fn fault(&mut self, file: &str, reason: String) {
        let (file, weight) = (file.to_owned(), Weight::Dropped);
        self.faults.push(RuleFault { file, line: 1, field: None, reason, weight });
    }

    fn take(&mut self, found: &Found) {
        match &found.state {
            FoundState::Unreadable(reason) => return self.fault(&found.name, reason.clone()),
            FoundState::Link => {
                return self.fault(&found.name, "a link, which is not followed".to_owned());
            }
            FoundState::File { bytes, .. } if *bytes > MAX_BYTES => {
                return self.fault(&found.name, format!("{bytes} bytes; a rule has 1 MiB at most"));
            }
            FoundState::File { bytes, .. } => self.n_bytes += bytes,
        }
        self.n_files += 1;
        let bytes = match std::fs::read(&found.path) {
            Ok(bytes) => bytes,
            Err(error) => return self.fault(&found.name, words(&error)),
        };
        let sha256: Arc<str> = hex(&Sha256::digest(&bytes)).into();
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.documents.extend(cut(&found.name, text, &sha256)),
            Err(error) => {
                let at =
                    bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
                self.fault(&found.name, "not UTF-8".to_owned());
                if let Some(fault) = self.faults.last_mut() {
                    fault.line = at + 1;
                }
            }
        }
    }
}

/// Cuts a file at its `---` lines. A file whose documents refer to each other (`action: global`) stays whole.
fn cut(name: &str, text: &str, sha256: &Arc<str>) -> Vec<Document> {
    let file: Arc<str> = name.into();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = |line: usize, text: String| Document {
        file: Arc::clone(&file),
        line,
        text,
        sha256: Arc::clone(sha256),
    };
    if text.lines().any(|line| line.starts_with("action:")) {
        return vec![document(1, text.to_owned())];
    }
    let mut documents = Vec::new();
    let (mut first, mut part) = (1, String::new());
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_end() == "---" {
            documents.push(document(first, std::mem::take(&mut part)));
            first = number + 1;
        } else {
            part.push_str(line);
            part.push('\n');
        }
    }
    documents.push(document(first, part));
    documents.retain(|document| says_something(&document.text));
    documents
}

fn says_something(text: &str) -> bool {
    text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_their_first_lines_and_empty_ones_are_none() {
        let digest: Arc<str> = "00".into();
        let cut_up = cut("a.yml", "# note\n---\ntitle: a\n---\n\n---\ntitle: b\n", &digest);
        let places: Vec<_> = cut_up.iter().map(|one| (one.line, one.text.as_str())).collect();
        assert_eq!(places, [(3, "title: a\n"), (7, "title: b\n")]);
        assert_eq!(cut("a.yml", "action: global\n---\ntitle: b\n", &digest).len(), 1);
    }

    #[test]
    fn only_rule_files_are_read_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("b.yml", "title: b"), ("a.YAML", "title: a"), ("README.md", "no rule")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::write(folder.path().join("c.yml"), b"title: \xff").unwrap();
        std::os::unix::fs::symlink("b.yml", folder.path().join("d.yml")).unwrap();
        let read = read(folder.path());
        let names: Vec<&str> = read.documents.iter().map(|one| one.file.as_ref()).collect();
        assert_eq!(names, ["a.YAML", "b.yml"]);
        let faults: Vec<String> = read.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            ["`c.yml` line 1: not UTF-8", "`d.yml` line 1: a link, which is not followed"]
        );
    }
}
