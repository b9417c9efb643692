//! How files of a case are made: folders 0700, files 0600 (the umask can only take more away), replaced as a whole so
//! that a crash leaves the old file or the new one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder and those above it. Folders that are made are the owner's alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns options that make a file only its owner can read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// What the name of a file ends with until it is safe on disk.
pub(super) const NEIGHBOR: &str = ".new";

/// Writes a file through a neighbor that takes its place once it is safe on disk.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(NEIGHBOR);
    let neighbor = path.with_file_name(name);
    let written =
        private().write(true).create(true).truncate(true).open(&neighbor).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
    if let Err(error) = written.and_then(|()| fs::rename(&neighbor, path)) {
        // The error says what matters; a leftover neighbor is overwritten by the next attempt.
        drop(fs::remove_file(&neighbor));
        return Err(error);
    }
    sync_folder_of(path)
}

/// Makes a new or renamed entry of the file's folder safe on disk.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
