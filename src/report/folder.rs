//! The folder of a bundle and its files: made for their owner alone, hashed while they are written, in place only when
//! whole. Must not know what the files hold.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::safe;
use crate::store::Fault;

/// Name of the file that is written last and names the others.
pub const MANIFEST: &str = "manifest.json";

/// Name of the signed note that names the manifest and the end of the journal; not in the manifest itself.
pub const NOTE: &str = "bundle.note";

/// What to do with files that are in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    #[default]
    Refuse,
    /// Files of the same names are replaced, others are left alone.
    Replace,
}

/// Why an export could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("`{}` exists and is not empty\nhint: choose another folder, or replace its files with `--force`", path.display())]
    Exists { path: PathBuf },
    /// `written` are the files that were in place before; without a manifest they are no bundle.
    #[error("cannot write `{}`: {source}; {} in place, without a manifest", path.display(), count(written))]
    Io { path: PathBuf, source: io::Error, written: Vec<String> },
    #[error("the report cannot be written: {0}")]
    Template(String),
    #[error(transparent)]
    Store(#[from] Fault),
}

fn count(written: &[String]) -> String {
    match written.len() {
        1 => "1 file is".to_owned(),
        n => format!("{n} files are"),
    }
}

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLine {
    pub name: String,
    pub bytes: u64,
    /// Hex SHA-256 of the bytes.
    pub sha256: String,
}

/// The folder while it is filled.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    files: Vec<FileLine>,
}

impl Folder {
    /// Makes the folder, or takes an empty one.
    pub(super) fn prepare(path: &Path, overwrite: Overwrite) -> Result<Self, WriteError> {
        let folder = Self { path: path.to_owned(), files: Vec::new() };
        match fs::read_dir(path) {
            Ok(mut listed) => {
                if listed.next().is_some() && overwrite == Overwrite::Refuse {
                    return Err(WriteError::Exists { path: path.to_owned() });
                }
                folder.remove_manifest()?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(|source| folder.failed("", source))?,
            Err(source) => return Err(folder.failed("", source)),
        }
        Ok(folder)
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A folder that is being refilled must not look whole.
    fn remove_manifest(&self) -> Result<(), WriteError> {
        for name in [NOTE, MANIFEST] {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(self.failed(name, error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Makes a folder inside.
    pub(super) fn folder(&self, name: &str) -> Result<(), WriteError> {
        let made = DirBuilder::new().mode(0o700).create(self.path.join(name));
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other.map_err(|source| self.failed(name, source)),
        }
    }

    /// Begins a file. Its name may have one folder, which must be there.
    pub(super) fn begin(&self, name: &str) -> Result<HashedFile, WriteError> {
        let part = self.path.join(part_name(name));
        let options = || {
            let mut options = OpenOptions::new();
            options.write(true).mode(0o600);
            options
        };
        // A leftover of an interrupted run may have other rights, or be a link: it is replaced, not written through.
        let opened = match options().create_new(true).open(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&part).and_then(|()| options().create_new(true).open(&part))
            }
            other => other,
        };
        let file = opened.map_err(|source| self.failed(name, source))?;
        Ok(HashedFile {
            name: name.to_owned(),
            part,
            out: BufWriter::with_capacity(1 << 16, file),
            hasher: Sha256::new(),
            bytes: 0,
            is_whole: false,
        })
    }

    /// Puts a finished file in place.
    pub(super) fn finish(&mut self, file: HashedFile) -> Result<(), WriteError> {
        let name = file.name.clone();
        let line = file.place(&self.path).map_err(|source| self.failed(&name, source))?;
        self.files.push(line);
        Ok(())
    }

    /// Writes a file whose content is at hand.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> Result<(), WriteError> {
        let mut file = self.begin(name)?;
        file.write_all(content).map_err(|source| self.failed(name, source))?;
        self.finish(file)
    }

    /// Returns the files in place, by name.
    pub(super) fn files(&self) -> Vec<FileLine> {
        let mut files = self.files.clone();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        files
    }

    /// Returns the error for a failure at a file.
    pub(super) fn failed(&self, name: &str, source: io::Error) -> WriteError {
        let path = if name.is_empty() { self.path.clone() } else { self.path.join(name) };
        let written = self.files.iter().map(|file| file.name.clone()).collect();
        WriteError::Io { path, source, written }
    }

    /// Makes the names of the files safe on disk.
    pub(super) fn sync(&self) -> Result<(), WriteError> {
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| self.failed("", source))
    }
}

/// Returns the name of a file that is not whole yet.
fn part_name(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/.{name}.part"),
        None => format!(".{name}.part"),
    }
}

/// A file under construction. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct HashedFile {
    name: String,
    part: PathBuf,
    out: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
    is_whole: bool,
}

impl HashedFile {
    fn place(mut self, folder: &Path) -> io::Result<FileLine> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::rename(&self.part, folder.join(&self.name))?;
        self.is_whole = true;
        let digest = std::mem::take(&mut self.hasher).finalize();
        Ok(FileLine { name: self.name.clone(), bytes: self.bytes, sha256: safe::hex(&digest) })
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for HashedFile {
    fn drop(&mut self) {
        if !self.is_whole {
            // The failure that led here is what matters; a leftover is replaced by the next run.
            drop(fs::remove_file(&self.part));
        }
    }
}
