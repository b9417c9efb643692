//! Finding the files below the given paths. Links are not followed; what cannot be listed is named.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// Name inside the evidence: the path below the given folder, with `/` between its parts.
    pub name: String,
    pub state: FoundState,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundState {
    /// A regular file: bytes, and its modification time in microseconds since 1970 (0 if unknown).
    File { bytes: u64, modified: i64 },
    /// Something that cannot be read, with the reason.
    Unreadable(String),
    /// A link, which is not followed.
    Link,
}

/// Walks `path` and hands out what lies there, folder by folder in name order, until `take` returns false.
pub fn discover(path: &Path, take: &mut dyn FnMut(Found) -> bool) -> bool {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    match fs::symlink_metadata(path) {
        Err(error) => take(Found {
            path: path.to_owned(),
            name,
            state: FoundState::Unreadable(words(&error)),
        }),
        // A link given by name is meant: only links met on the way are not followed.
        Ok(_) => match fs::metadata(path) {
            Err(error) => take(Found {
                path: path.to_owned(),
                name,
                state: FoundState::Unreadable(words(&error)),
            }),
            Ok(meta) if meta.is_dir() => walk(path, "", take),
            Ok(meta) => {
                let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                take(Found { path: target, name, state: state_of(&meta) })
            }
        },
    }
}

fn walk(folder: &Path, prefix: &str, take: &mut dyn FnMut(Found) -> bool) -> bool {
    let named = |state| Found {
        path: folder.to_owned(),
        name: if prefix.is_empty() {
            ".".to_owned()
        } else {
            prefix.trim_end_matches('/').to_owned()
        },
        state,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return take(named(FoundState::Unreadable(words(&error)))),
    };
    let mut children: Vec<(String, PathBuf)> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => {
                children.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
            }
            Err(error) => {
                if !take(named(FoundState::Unreadable(words(&error)))) {
                    return false;
                }
            }
        }
    }
    children.sort();
    for (name, path) in children {
        let full = format!("{prefix}{name}");
        let goes_on = match fs::symlink_metadata(&path) {
            Err(error) => {
                take(Found { path, name: full, state: FoundState::Unreadable(words(&error)) })
            }
            Ok(meta) if meta.is_symlink() => {
                take(Found { path, name: full, state: FoundState::Link })
            }
            Ok(meta) if meta.is_dir() => walk(&path, &format!("{full}/"), take),
            Ok(meta) => take(Found { path, name: full, state: state_of(&meta) }),
        };
        if !goes_on {
            return false;
        }
    }
    true
}

/// Returns what something is, from what the system says about it.
pub fn state_of(meta: &fs::Metadata) -> FoundState {
    if !meta.is_file() {
        return FoundState::Unreadable("not a regular file".to_owned());
    }
    let modified = meta
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .unwrap_or(0);
    FoundState::File { bytes: meta.len(), modified }
}

/// Returns an error in words, without the number the system adds.
pub fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_name_order_and_links_are_named_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/two"), "22").unwrap();
        fs::write(folder.path().join("a"), "1").unwrap();
        std::os::unix::fs::symlink("/etc", folder.path().join("c")).unwrap();
        let mut found = Vec::new();
        discover(folder.path(), &mut |one| {
            found.push((one.name, matches!(one.state, FoundState::File { .. })));
            true
        });
        assert_eq!(
            found,
            [("a".to_owned(), true), ("b/two".to_owned(), true), ("c".to_owned(), false)]
        );
    }

    #[test]
    fn missing_path_is_named() {
        let mut found = Vec::new();
        discover(Path::new("/no/such/evidence"), &mut |one| {
            found.push(one.state);
            true
        });
        assert_eq!(found, [FoundState::Unreadable("no such file or folder".to_owned())]);
    }
}
