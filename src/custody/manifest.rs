//! `manifest.jsonl`: one line for each source of a case, with what proves that it is the same file. Written as a whole,
//! so that a crash leaves the lines before or the lines after. Must not read evidence.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;
use crate::text::sanitize::escape_in_json;

/// Name of the manifest in its case folder.
pub const FILE_NAME: &str = "manifest.jsonl";

/// Who collected a source, how, and by whose authority: declared by a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Collected {
    pub by: Option<String>,
    pub method: Option<String>,
    pub account: Option<String>,
    pub authority: Option<String>,
    pub when: Option<String>,
}

/// One source. Times are RFC 3339 in UTC, sizes bytes, digests hex SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceLine {
    pub source_id: i32,
    /// Path as it was given. Exports show its last part only.
    pub given_path: String,
    pub archive_member: Option<String>,
    pub bytes: u64,
    /// Digest of the bytes as received, and of the content after decompression.
    pub sha256: String,
    pub sha256_content: String,
    pub format: Option<String>,
    pub parser: Option<String>,
    pub parser_version: Option<String>,
    pub records: u64,
    pub rejected: u64,
    pub duplicates: u64,
    pub first_ts: Option<String>,
    pub last_ts: Option<String>,
    pub collected: Option<Collected>,
    pub added_at: String,
    pub tool: String,
}

/// Why the manifest could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("`{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` line {line} is no source", path.display())]
    Line { path: PathBuf, line: usize },
}

impl SourceLine {
    /// Returns the line as exports show it: without the folders of the given path.
    #[must_use]
    pub fn for_export(&self) -> Self {
        let name = Path::new(&self.given_path).file_name();
        Self {
            given_path: name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            ..self.clone()
        }
    }
}

/// Returns the manifest's text: one line of JSON for each source.
pub fn to_text(sources: &[SourceLine]) -> String {
    let mut text = String::new();
    for source in sources {
        // A flat structure of texts and numbers always has a JSON form.
        text.push_str(&escape_in_json(serde_json::to_string(source).unwrap_or_default()));
        text.push('\n');
    }
    text
}

/// Replaces the manifest of a case folder.
pub fn write(folder: &Path, sources: &[SourceLine]) -> Result<(), ManifestError> {
    let path = folder.join(FILE_NAME);
    files::replace(&path, to_text(sources).as_bytes())
        .map_err(|source| ManifestError::Io { path, source })
}

/// Reads the manifest of a case folder; a case without one has no sources yet.
pub fn read(folder: &Path) -> Result<Vec<SourceLine>, ManifestError> {
    let path = folder.join(FILE_NAME);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ManifestError::Io { path, source }),
    };
    let mut sources = Vec::new();
    for (idx, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(source) => sources.push(source),
            Err(_) => return Err(ManifestError::Line { path, line: idx + 1 }),
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_reads_back_and_exports_hide_folders() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        let source = SourceLine {
            source_id: 1,
            given_path: "/home/nobody/evidence/a.json.gz".to_owned(),
            bytes: 3,
            collected: Some(Collected { by: Some("A".to_owned()), ..Collected::default() }),
            ..SourceLine::default()
        };
        let sources = vec![source.clone(), SourceLine { source_id: 2, ..source.clone() }];
        write(folder.path(), &sources).unwrap();
        write(folder.path(), &sources).unwrap();
        assert_eq!(read(folder.path()).unwrap(), sources);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(source.for_export().given_path, "a.json.gz");
        fs::write(folder.path().join(FILE_NAME), "{}\n").unwrap();
        assert!(matches!(read(folder.path()), Err(ManifestError::Line { line: 1, .. })));
    }
}
