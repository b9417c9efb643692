//! The folder of a case: its layout, its redaction key, and the lock that lets one process write it.
//! Must not touch evidence; what the journal, the manifest and the database hold is theirs.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{files, random};

/// Version of the layout that this program writes and reads.
pub const LAYOUT: u32 = 1;

pub(super) const CASE_FILE: &str = "case.toml";
const LOCK_FILE: &str = "case.lock";
const KEY_FILE: &str = "secrets/redact.key";
const FOLDERS: [&str; 3] = ["secrets", "checkpoints", "exports"];

/// Why a folder could not be opened as a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("`{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` is not a case: it holds other files and no `case.toml`\nhint: choose an empty or new folder", path.display())]
    NotACase { path: PathBuf },
    #[error("there is no case at `{}`", path.display())]
    Missing { path: PathBuf },
    #[error(
        "the case has layout {found} and this program knows {LAYOUT}\nhint: open it with the newer version that made it"
    )]
    Newer { found: u32 },
    #[error("`{}` is not understood: {reason}", path.display())]
    BadCaseFile { path: PathBuf, reason: String },
    #[error("the redaction key `{}` does not have 32 bytes\nhint: restore it from a copy of the case", path.display())]
    BadKey { path: PathBuf },
}

/// What this module reads of `case.toml`; declared facts stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CaseFile {
    layout: u32,
    name: String,
}

/// What is known of a case that was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    pub name: String,
    pub key: Option<[u8; 32]>,
}

/// An open case folder. It holds the case's lock until it is dropped.
#[derive(Debug)]
pub struct CaseFolder {
    root: PathBuf,
    name: String,
    key: Option<[u8; 32]>,
    access: Access,
    is_new: bool,
    _lock: Option<File>,
}

/// Whether the case can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    Writable,
    /// Another process has the case open.
    InUse,
    /// The folder cannot be written, with the system's reason.
    Protected(String),
}

impl CaseFolder {
    /// Opens the case at `root`, making it with `name` when the folder is absent or empty.
    pub fn open_or_create(root: &Path, name: &str) -> Result<Self, CaseError> {
        if root.join(CASE_FILE).exists() {
            return Self::open(root);
        }
        if !is_free(root).map_err(|source| io_error(root, source))? {
            // Another process may have made the case between the two looks.
            return if root.join(CASE_FILE).exists() {
                Self::open(root)
            } else {
                Err(CaseError::NotACase { path: root.to_owned() })
            };
        }
        let is_new = create(root, name)?;
        Ok(Self { is_new, ..Self::open(root)? })
    }

    /// Gives a case that does not exist yet the redaction key of another one, so that equal secrets have equal marks in
    /// both and their exports can be compared. A case that exists keeps its key.
    pub fn plant_key(root: &Path, key_file: &Path) -> Result<(), CaseError> {
        let bytes = fs::read(key_file).map_err(|source| io_error(key_file, source))?;
        if bytes.len() != 32 {
            return Err(CaseError::BadKey { path: key_file.to_owned() });
        }
        let own = root.join(KEY_FILE);
        if root.join(CASE_FILE).exists() || own.exists() {
            return Ok(());
        }
        if !is_free(root).map_err(|source| io_error(root, source))? {
            return Err(CaseError::NotACase { path: root.to_owned() });
        }
        let folder = own.parent().unwrap_or(root);
        files::make_folder(folder).map_err(|source| io_error(folder, source))?;
        files::replace(&own, &bytes).map_err(|source| io_error(&own, source))
    }

    /// Opens the case at `root`. A case in use or on a protected disk opens all the same; see [`CaseFolder::access`].
    pub fn open(root: &Path) -> Result<Self, CaseError> {
        let case_file = read_case_file(root)?;
        let key = read_key(root)?;
        let (lock, access) = lock(root)?;
        Ok(Self {
            root: root.to_owned(),
            name: case_file.name,
            key,
            access,
            is_new: false,
            _lock: lock,
        })
    }

    /// Reads name and redaction key of the case at `root` without its lock and without writing.
    pub fn peek(root: &Path) -> Result<Peeked, CaseError> {
        let name = read_case_file(root)?.name;
        Ok(Peeked { name, key: read_key(root)? })
    }

    /// Returns true for the folder of a case.
    pub fn is_case(root: &Path) -> bool {
        read_case_file(root).is_ok()
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the name of the case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the redaction key; `None` when it was deleted to make the case's marks unlinkable. Without it no more
    /// evidence can be added.
    pub const fn key(&self) -> Option<[u8; 32]> {
        self.key
    }

    /// Returns whether the case can be written.
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// Returns true when this call made the case.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Returns the path of the derived database.
    pub fn database(&self) -> PathBuf {
        self.root.join("case.duckdb")
    }

    /// Returns the folder of exports.
    pub fn exports(&self) -> PathBuf {
        self.root.join("exports")
    }

    /// Returns a number of an export that is not taken, and its folder, which is not made.
    pub fn next_export(&self) -> (u32, PathBuf) {
        let mut number = 1_u32;
        loop {
            let folder = self.exports().join(format!("{number:04}"));
            if !folder.exists() || number == u32::MAX {
                return (number, folder);
            }
            number += 1;
        }
    }
}

fn io_error(path: &Path, source: io::Error) -> CaseError {
    CaseError::Io { path: path.to_owned(), source }
}

/// Returns true when `root` is absent, empty, or holds only what an interrupted creation leaves.
fn is_free(root: &Path) -> io::Result<bool> {
    let listed = match fs::read_dir(root) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    for entry in listed {
        let name = entry?.file_name();
        let is_ours = FOLDERS.iter().chain(&["case.toml.new", LOCK_FILE]).any(|ours| name == *ours);
        if !is_ours {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the folder. `case.toml` comes last, so that a folder with it is whole. Returns false when another process was
/// faster: one makes a case at a time, or two would each write a key and lose one of them.
fn create(root: &Path, name: &str) -> Result<bool, CaseError> {
    files::make_folder(root).map_err(|source| io_error(root, source))?;
    let turn = File::open(root).map_err(|source| io_error(root, source))?;
    turn.lock().map_err(|source| io_error(root, source))?;
    if root.join(CASE_FILE).exists() {
        return Ok(false);
    }
    for folder in FOLDERS {
        let path = root.join(folder);
        files::make_folder(&path).map_err(|source| io_error(&path, source))?;
    }
    let key_path = root.join(KEY_FILE);
    write_key(&key_path).map_err(|source| io_error(&key_path, source))?;
    let case_path = root.join(CASE_FILE);
    let case_file = CaseFile { layout: LAYOUT, name: name.to_owned() };
    let text = toml::to_string(&case_file).map_err(|error| CaseError::BadCaseFile {
        path: case_path.clone(),
        reason: error.to_string(),
    })?;
    files::replace(&case_path, text.as_bytes()).map_err(|source| io_error(&case_path, source))?;
    Ok(true)
}

fn write_key(path: &Path) -> io::Result<()> {
    let mut file = match files::private().write(true).create_new(true).open(path) {
        Ok(file) => file,
        // A creation that was interrupted after this step has marked nothing yet, but the key may as well stay.
        Err(error)
            if error.kind() == ErrorKind::AlreadyExists && fs::metadata(path)?.len() == 32 =>
        {
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            files::private().write(true).truncate(true).open(path)?
        }
        Err(error) => return Err(error),
    };
    file.write_all(&random::bytes::<32>()?)?;
    file.sync_all()?;
    files::sync_folder_of(path)
}

fn read_case_file(root: &Path) -> Result<CaseFile, CaseError> {
    let path = root.join(CASE_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !is_free(root).unwrap_or(true) => {
            return Err(CaseError::NotACase { path: root.to_owned() });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(CaseError::Missing { path: root.to_owned() });
        }
        Err(error) => return Err(io_error(&path, error)),
    };
    let bad = |reason: String| CaseError::BadCaseFile { path: path.clone(), reason };
    let table: toml::Table = toml::from_str(&text)
        .or_else(|error| own_lines(&text).ok_or_else(|| bad(error.message().to_owned())))?;
    // The number is read before the rest, which a newer layout may have changed.
    let layout = table
        .get("layout")
        .and_then(toml::Value::as_integer)
        .and_then(|found| u32::try_from(found).ok());
    match layout {
        None => Err(bad("`layout` is missing or is no number".to_owned())),
        Some(found) if found > LAYOUT => Err(CaseError::Newer { found }),
        Some(_) => CaseFile::deserialize(table).map_err(|error| bad(error.message().to_owned())),
    }
}

/// Returns what belongs to the case in a file that a person has broken: a fault in declared facts must not keep a case
/// from being opened.
fn own_lines(text: &str) -> Option<toml::Table> {
    // Both stand before the first table, and what is broken behind it does not concern them.
    let is_table = |line: &&str| line.trim_start().starts_with('[');
    let head: Vec<&str> = text.lines().take_while(|line| !is_table(line)).collect();
    let head = head.join("\n");
    let (values, _) = toml::de::DeTable::parse_recoverable(&head);
    let values = values.get_ref();
    let layout = values.get("layout")?.get_ref().as_integer()?.as_str().parse::<i64>().ok()?;
    let name = values.get("name")?.get_ref().as_str()?;
    let mut table = toml::Table::new();
    table.insert("layout".to_owned(), toml::Value::Integer(layout));
    table.insert("name".to_owned(), toml::Value::String(name.to_owned()));
    Some(table)
}

fn read_key(root: &Path) -> Result<Option<[u8; 32]>, CaseError> {
    let path = root.join(KEY_FILE);
    match fs::read(&path) {
        Ok(bytes) => match bytes.try_into() {
            Ok(key) => Ok(Some(key)),
            Err(_) => Err(CaseError::BadKey { path }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(&path, error)),
    }
}

fn lock(root: &Path) -> Result<(Option<File>, Access), CaseError> {
    let path = root.join(LOCK_FILE);
    match files::private().write(true).create(true).truncate(false).open(&path) {
        Ok(file) => match file.try_lock() {
            Ok(()) => Ok((Some(file), Access::Writable)),
            Err(TryLockError::WouldBlock) => Ok((None, Access::InUse)),
            Err(TryLockError::Error(error)) => Ok((None, Access::Protected(error.to_string()))),
        },
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            Ok((None, Access::Protected(error.to_string())))
        }
        Err(error) => Err(io_error(&path, error)),
    }
}

/// How a case folder lies to a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    Apart,
    /// In the folder that holds the evidence (a file beside it).
    Beside,
    /// The evidence itself, or inside it; or the evidence is inside the case.
    Inside,
}

/// Returns how the case folder, which need not exist, lies to `evidence`. Links are followed first.
pub fn nearness(case: &Path, evidence: &Path) -> Nearness {
    let (case, is_folder, evidence) = (settled(case), evidence.is_dir(), settled(evidence));
    if case.starts_with(&evidence) || evidence.starts_with(&case) {
        return Nearness::Inside;
    }
    match evidence.parent() {
        Some(parent) if !is_folder && case.starts_with(parent) => Nearness::Beside,
        Some(parent) if is_folder && case.parent() == Some(parent) => Nearness::Beside,
        _ => Nearness::Apart,
    }
}

/// Returns true when the case folder would lie inside the evidence (or the other way round): never allowed.
pub fn is_inside(case: &Path, evidence: &Path) -> bool {
    nearness(case, evidence) == Nearness::Inside
}

/// Returns the path without links and dots: the longest part that exists is resolved, the rest is appended.
fn settled(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    for ancestor in absolute.ancestors() {
        if let Ok(mut resolved) = ancestor.canonicalize() {
            for part in rest.iter().rev() {
                if *part == ".." {
                    resolved.pop();
                } else {
                    resolved.push(part);
                }
            }
            return resolved;
        }
        rest.extend(ancestor.components().next_back().map(|part| part.as_os_str().to_owned()));
    }
    absolute
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn new_case_is_the_owners_alone_and_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("deep/case");
        let case = CaseFolder::open_or_create(&root, "acme").unwrap();
        assert!(case.is_new() && *case.access() == Access::Writable);
        for (path, mode) in
            [("", 0o700), ("secrets", 0o700), ("secrets/redact.key", 0o600), ("case.toml", 0o600)]
        {
            let found = fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found & !mode, 0, "{path} {found:o}");
        }
        let key = case.key();
        assert!(key.is_some_and(|key| key != [0; 32]));
        drop(case);
        let again = CaseFolder::open_or_create(&root, "other name").unwrap();
        assert_eq!((again.key(), again.name(), again.is_new()), (key, "acme", false));
        assert!(again.next_export().1.ends_with("exports/0001"));
    }

    #[test]
    fn second_opener_is_told_that_the_case_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let first = CaseFolder::open_or_create(folder.path(), "x").unwrap();
        assert_eq!(*CaseFolder::open(folder.path()).unwrap().access(), Access::InUse);
        drop(first);
        assert_eq!(*CaseFolder::open(folder.path()).unwrap().access(), Access::Writable);
    }

    #[test]
    fn case_of_a_newer_layout_is_refused_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CASE_FILE), "layout = 9\nname = [1]\n").unwrap();
        assert!(matches!(CaseFolder::open(folder.path()), Err(CaseError::Newer { found: 9 })));
    }

    #[test]
    fn fault_in_declared_facts_keeps_no_case_shut() {
        let folder = tempfile::tempdir().unwrap();
        drop(CaseFolder::open_or_create(folder.path(), "acme").unwrap());
        let text = "layout = 1\nname = \"acme\"\n[system\nname = \n";
        fs::write(folder.path().join(CASE_FILE), text).unwrap();
        assert_eq!(CaseFolder::open(folder.path()).unwrap().name(), "acme");
    }

    #[test]
    fn folders_that_are_no_case_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(CaseFolder::open(folder.path()), Err(CaseError::Missing { .. })));
        fs::write(folder.path().join("a.json"), "{}").unwrap();
        assert!(matches!(
            CaseFolder::open_or_create(folder.path(), "x"),
            Err(CaseError::NotACase { .. })
        ));
        fs::write(folder.path().join(CASE_FILE), "layout = ").unwrap();
        assert!(matches!(CaseFolder::open(folder.path()), Err(CaseError::BadCaseFile { .. })));
    }

    #[test]
    fn interrupted_creation_is_finished_and_a_damaged_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        fs::write(folder.path().join(KEY_FILE), "half").unwrap();
        assert!(CaseFolder::open_or_create(folder.path(), "x").unwrap().key().is_some());
        fs::write(folder.path().join(KEY_FILE), "half").unwrap();
        assert!(matches!(CaseFolder::open(folder.path()), Err(CaseError::BadKey { .. })));
        fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
        assert_eq!(CaseFolder::open(folder.path()).unwrap().key(), None);
    }

    #[test]
    fn nearness_follows_links_and_folders_that_do_not_exist_yet() {
        let folder = tempfile::tempdir().unwrap();
        let evidence = folder.path().join("evidence");
        fs::create_dir_all(evidence.join("sub")).unwrap();
        fs::write(evidence.join("a.json"), "{}").unwrap();
        symlink(&evidence, folder.path().join("link")).unwrap();
        let at =
            |case: &str, of: &str| nearness(&folder.path().join(case), &folder.path().join(of));
        assert_eq!(at("evidence/sub/new/case", "evidence"), Nearness::Inside);
        assert_eq!(at("link/case", "evidence"), Nearness::Inside);
        assert_eq!(at("evidence", "evidence/sub"), Nearness::Inside);
        assert_eq!(at("evidence/../evidence/x", "link"), Nearness::Inside);
        assert_eq!(at("evidence/case", "evidence/a.json"), Nearness::Beside);
        assert_eq!(at("case", "evidence"), Nearness::Beside);
        assert_eq!(at("cases/1", "evidence"), Nearness::Apart);
        assert!(!is_inside(&folder.path().join("evidence2"), &evidence));
    }
}
