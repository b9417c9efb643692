//! What the screens remember of a case, as one file in the state folder: read at the start, replaced as a whole while
//! they run and when they end. Must not write to the case or the evidence. A file that cannot be read is set aside,
//! never overwritten and never a reason not to open.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::redact::{Redactor, Tally};
use crate::tui::{Memory, Unreadable};

/// A file longer than this is none that the screens wrote.
const LONGEST: u64 = 16 << 20;
/// Most files set aside for one case.
const MOST_ASIDE: u32 = 20;

/// The file of one case.
#[derive(Debug)]
pub(super) struct MemoryFile {
    path: PathBuf,
    /// Hides secrets in what was typed.
    redactor: Option<Redactor>,
    /// Set once the last word is written: what a thread still has to write is older.
    is_finished: Mutex<bool>,
}

/// What was found at the start.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) memory: Memory,
    /// Why something is not remembered.
    pub(super) notice: Option<String>,
}

impl MemoryFile {
    /// Returns the file of the case in `root`, which need not exist yet.
    pub(super) fn of(folder: &Path, root: &Path, name: &str) -> Self {
        let full = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        let digest = crate::source::hex(&Sha256::digest(full.to_string_lossy().as_bytes()));
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "-_".contains(*letter);
        let plain: String = name.chars().filter(is_plain).take(40).collect();
        let id = format!("{plain}-{}", digest.get(..16).unwrap_or_default());
        Self {
            path: folder.join(format!("{id}.json")),
            redactor: None,
            is_finished: Mutex::new(false),
        }
    }

    /// Hides with `redactor` what is a secret in searches and filters.
    pub(super) fn hiding(self, redactor: Option<Redactor>) -> Self {
        Self { redactor, ..self }
    }

    /// Reads what is remembered. A file that cannot be read is renamed, and the notice says so.
    pub(super) fn load(&self) -> Found {
        let text = match read(&self.path) {
            Ok(Some(text)) => text,
            Ok(None) => return Found { memory: Memory::default(), notice: None },
            Err(error) => return self.set_aside("broken", &error.to_string()),
        };
        match Memory::parse(&text) {
            Ok(memory) => Found { memory, notice: None },
            Err(why @ Unreadable::Newer(_)) => self.set_aside("newer", &why.to_string()),
            Err(why @ Unreadable::Broken(_)) => self.set_aside("broken", &why.to_string()),
        }
    }

    /// Keeps `memory`, in place of what was kept.
    pub(super) fn keep(&self, memory: &Memory) -> Result<(), String> {
        let is_finished = self.is_finished.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_finished { Ok(()) } else { self.write(memory) }
    }

    /// Keeps `memory` as the last word.
    pub(super) fn finish(&self, memory: &Memory) -> Result<(), String> {
        let mut is_finished = self.is_finished.lock().unwrap_or_else(PoisonError::into_inner);
        *is_finished = true;
        self.write(memory)
    }

    fn write(&self, memory: &Memory) -> Result<(), String> {
        let text = self.hidden(memory.text()?)?;
        replace(&self.path, text.as_bytes())
            .map_err(|error| format!("`{}`: {error}", self.path.display()))
    }

    fn hidden(&self, text: String) -> Result<String, String> {
        let Some(redactor) = &self.redactor else { return Ok(text) };
        let mut value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let mut tally = Tally::default();
        redactor.texts(&mut value, &mut tally);
        if tally.total() == 0 { Ok(text) } else { Ok(value.to_string()) }
    }

    /// Renames the file so that it is neither read again nor lost.
    fn set_aside(&self, kind: &str, why: &str) -> Found {
        let name = |number: u32| {
            let number = if number == 1 { String::new() } else { format!("-{number}") };
            self.path.with_extension(format!("{kind}{number}.json"))
        };
        let free = (1..=MOST_ASIDE).map(name).find(|path| fs::symlink_metadata(path).is_err());
        let to = free.unwrap_or_else(|| name(MOST_ASIDE));
        let notice = match fs::rename(&self.path, &to) {
            Ok(()) => {
                let kept = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!("not resumed: {why}; the file is kept as {kept}")
            }
            Err(error) => format!("not resumed: {why}; {error}"),
        };
        tracing::warn!(path = %self.path.display(), %why, "memory set aside");
        Found { memory: Memory::default(), notice: Some(notice) }
    }
}

/// Reads a file of the usual length; `None` when there is none.
fn read(path: &Path) -> io::Result<Option<String>> {
    let is_file = match fs::metadata(path) {
        Ok(meta) => meta.is_file(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !is_file {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other("it is too long"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => Err(io::Error::other(error.utf8_error())),
    }
}

/// Writes a file through a neighbor that takes its place once it is safe on disk. Only its owner can read it.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let neighbor = path.with_extension(format!("{}.new", std::process::id()));
    let options = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options
    };
    // A neighbor of this name was left by a process that is gone.
    let opened = match options().open(&neighbor) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(&neighbor)?;
            options().open(&neighbor)
        }
        opened => opened,
    };
    let written = opened.and_then(|mut file| {
        file.write_all(content)?;
        file.sync_data()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&neighbor, path)) {
        drop(fs::remove_file(&neighbor));
        return Err(error);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(folder: &Path) -> MemoryFile {
        MemoryFile::of(&folder.join("state/cases"), folder, "a/../b c\u{1b}")
    }

    #[test]
    fn memory_is_kept_for_its_owner_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        assert!(file.load().notice.is_none());
        file.keep(&Memory::default()).unwrap();
        file.keep(&Memory::default()).unwrap();
        assert_eq!(file.load().memory, Memory::default());
        let mode = fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let n_files = fs::read_dir(file.path.parent().unwrap()).unwrap().count();
        assert_eq!(n_files, 1, "a neighbor was left");
        let name = file.path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.starts_with("abc-") && file.path.extension() == Some("json".as_ref()),
            "{name}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_each_time_and_never_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        file.keep(&Memory::default()).unwrap();
        let good = fs::read_to_string(&file.path).unwrap();
        let newer = good.replace("\"version\":1", "\"version\":7");
        for (content, name) in [
            (b"{".to_vec(), "broken.json"),
            (b"\xff\xfe".to_vec(), "broken-2.json"),
            (newer.into_bytes(), "newer.json"),
        ] {
            fs::write(&file.path, &content).unwrap();
            let found = file.load();
            assert_eq!(found.memory, Memory::default());
            assert!(found.notice.unwrap().ends_with(name), "{name}");
            assert_eq!(fs::read(file.path.with_extension(name)).unwrap(), content);
            assert!(file.load().notice.is_none(), "it was told twice");
        }
    }

    #[test]
    fn nothing_older_is_written_after_the_last_word() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        file.finish(&Memory::default()).unwrap();
        fs::remove_file(&file.path).unwrap();
        file.keep(&Memory::default()).unwrap();
        assert!(!file.path.exists());
    }
}
