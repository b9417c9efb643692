//! `whytrail redact`: the redaction of a case for files that did not come from it: exports, JSON, JSON Lines, CSV, text. Writes
//! copies only, and never over what exists without being told to.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Context, case, output};
use crate::custody::random;
use crate::failure::{Ended, Failure, Kind};
use crate::query;
use crate::redact::{Known, Redactor, Tally};

/// Largest file that is taken: a file is held in memory.
const MAX_BYTES: u64 = 2 << 30;

pub(super) fn run(context: &Context, path: &Path, hides_identifiers: bool) -> Ended {
    let Some(out) = &context.shared.output.output else {
        return Err(Failure::usage("no place for the copy").hint("`-o PATH` names it"));
    };
    if lies_in(out, path) || lies_in(path, out) {
        return Err(Failure::usage("the copy would lie in or around the original")
            .hint("choose another place with `-o PATH`"));
    }
    let redactor = redactor(context, hides_identifiers)?;
    let mut work =
        Work { redactor, tally: Tally::default(), files: 0, passed: Vec::new(), context };
    let meta = fs::symlink_metadata(path).map_err(|error| at(path, &error))?;
    if meta.is_dir() {
        work.folder(path, out)?;
    } else {
        work.file(path, out)?;
    }
    work.tell(out)
}

/// Returns true when `inner` is `outer` or below it.
fn lies_in(inner: &Path, outer: &Path) -> bool {
    let resolved = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_unreadable| path.to_owned());
        let parent = absolute.parent().and_then(|parent| parent.canonicalize().ok());
        let whole = absolute.canonicalize().ok();
        let joined = parent.zip(absolute.file_name()).map(|(parent, name)| parent.join(name));
        whole.or(joined).unwrap_or(absolute)
    };
    resolved(inner).starts_with(resolved(outer))
}

fn at(path: &Path, error: &std::io::Error) -> Failure {
    let words = crate::source::discover::words(error);
    Failure::usage(format!("`{}`: {words}", path.display()))
}

/// Returns the redactor of the case given, else one with a key that is kept nowhere.
fn redactor(context: &Context, hides_identifiers: bool) -> Result<Redactor, Failure> {
    let mut known = Vec::new();
    let redactor = if context.shared.filters.case.is_some() {
        let case = case::open_existing(context)?;
        if hides_identifiers {
            known = query::known_identifiers(&case.reader()?)?;
        }
        case.redactor.ok_or_else(|| {
            Failure::new(Kind::Failed, "the redaction key of this case was deleted")
                .hint("without `--case` a new key is used, and marks are not those of the case")
        })?
    } else {
        output::say(
            "marks are made with a new key that is not kept: they compare within this run only",
        );
        let key = random::bytes()
            .map_err(|error| Failure::new(Kind::Failed, format!("no random bytes: {error}")))?;
        Redactor::new(key)
    };
    if !hides_identifiers {
        return Ok(redactor);
    }
    let known = known.iter().map(|(class, value)| (class.as_str(), value.as_str()));
    Ok(redactor.with_pseudonyms(Known::new(known)))
}

struct Work<'c> {
    redactor: Redactor,
    tally: Tally,
    files: u64,
    /// Files that were not copied, and why.
    passed: Vec<(PathBuf, &'static str)>,
    context: &'c Context,
}

impl Work<'_> {
    fn folder(&mut self, from: &Path, to: &Path) -> Result<(), Failure> {
        match DirBuilder::new().mode(0o700).create(to) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if !self.context.shared.output.force {
                    return Err(Failure::usage(format!("`{}` exists", to.display()))
                        .hint("`--force` replaces files in it"));
                }
            }
            made => made.map_err(|error| at(to, &error))?,
        }
        let mut entries: Vec<PathBuf> = fs::read_dir(from)
            .and_then(|listed| listed.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(|error| at(from, &error))?;
        entries.sort();
        for path in entries {
            let Some(name) = path.file_name() else { continue };
            let meta = fs::symlink_metadata(&path).map_err(|error| at(&path, &error))?;
            if meta.is_dir() {
                self.folder(&path, &to.join(self.redactor.path(Path::new(name))))?;
            } else if meta.is_file() {
                self.file(&path, &to.join(self.redactor.path(Path::new(name))))?;
            } else {
                self.passed.push((path, "a link or device"));
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &Path) -> Result<(), Failure> {
        let bytes = fs::metadata(from).map_err(|error| at(from, &error))?.len();
        if bytes > MAX_BYTES {
            self.passed.push((from.to_owned(), "larger than 2 GiB"));
            return Ok(());
        }
        let content = fs::read(from).map_err(|error| at(from, &error))?;
        let Ok(text) = String::from_utf8(content) else {
            self.passed.push((from.to_owned(), "no UTF-8 text"));
            return Ok(());
        };
        let is_csv = from.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let redacted = if is_csv {
            table(&self.redactor, &text, &mut self.tally)
        } else {
            text_file(&self.redactor, &text, &mut self.tally)
        };
        self.write(to, &redacted)?;
        self.files += 1;
        Ok(())
    }

    fn write(&self, to: &Path, text: &str) -> Result<(), Failure> {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        if self.context.shared.output.force {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        let mut file = options.open(to).map_err(|error| {
            let failure = at(to, &error);
            if error.kind() == ErrorKind::AlreadyExists {
                failure.hint("`--force` overwrites it")
            } else {
                failure
            }
        })?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|error| at(to, &error))
    }

    /// Says what was done. A file that was passed over makes the run incomplete.
    fn tell(&self, out: &Path) -> Ended {
        let classes: Vec<String> =
            self.tally.replaced.iter().map(|(class, count)| format!("{count} {class}")).collect();
        let what = if classes.is_empty() { "nothing".to_owned() } else { classes.join("  ") };
        output::say(&format!("{} files written to {}", self.files, out.display()));
        output::say(&format!("replaced  {what}"));
        if out.join("manifest.json").exists() {
            output::say("the hashes in manifest.json are those of the original files");
        }
        for (path, why) in &self.passed {
            output::say(&format!("not copied  {}: {why}", path.display()));
        }
        if self.passed.is_empty() {
            return Ok(());
        }
        Err(Failure::new(Kind::Evidence, format!("{} files were not copied", self.passed.len())))
    }
}

/// A whole JSON text as JSON; of other text the lines that are JSON as JSON, and what stands between them as text.
fn text_file(redactor: &Redactor, text: &str, tally: &mut Tally) -> String {
    if text.trim_start().starts_with(['{', '[']) && is_json(text) {
        return redactor.payload(text, tally).into_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut block_start = 0;
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        let next = place + line.len();
        // A line that only begins like JSON may be part of something longer, a key for instance.
        if line.trim_start().starts_with(['{', '[']) && is_json(line) {
            out.push_str(&redactor.text(text.get(block_start..place).unwrap_or_default(), tally));
            out.push_str(&redactor.payload(line, tally));
            block_start = next;
        }
        place = next;
    }
    out.push_str(&redactor.text(text.get(block_start..).unwrap_or_default(), tally));
    out
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// A table cell by cell, under the names of its first row. What cannot be read as a table is read as text.
fn table(redactor: &Redactor, text: &str, tally: &mut Tally) -> String {
    let as_table = |tally: &mut Tally| -> Result<String, csv::Error> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut names: Option<csv::StringRecord> = None;
        for row in reader.records() {
            let row = row?;
            let name_at = |idx| names.as_ref().and_then(|names| names.get(idx)).unwrap_or_default();
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(idx, cell)| redactor.cell(name_at(idx), cell, tally).into_owned())
                .collect();
            writer.write_record(&cells)?;
            names.get_or_insert(row);
        }
        let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let mut counts = Tally::default();
    if let Ok(done) = as_table(&mut counts) {
        tally.merge(&counts);
        return done;
    }
    redactor.text(text, tally).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new([7; 32])
    }

    #[test]
    fn tables_lose_the_cells_under_sensitive_names_and_keep_their_shape() {
        let text = "who,password,note\nalice,\"FAKE,1\",\"a \"\"b\"\"\"\nbob,FAKE2,token=FAKE3 x\n";
        let mut tally = Tally::default();
        let out = table(&redactor(), text, &mut tally);
        assert!(
            !out.contains("FAKE") && out.starts_with("who,password,note\nalice,⟦password:"),
            "{out}"
        );
        assert!(out.contains("\"a \"\"b\"\"\"") && out.ends_with(" x\n"), "{out}");
        assert_eq!(tally.total(), 3);
    }

    #[test]
    fn lines_of_json_and_text_between_them_are_both_read() {
        let text = "start password=FAKE1\n{\"password\":\"FAKE2\"}\n{broken \"secret\":\"FAKE3\"\nend --token FAKE4\n";
        let out = text_file(&redactor(), text, &mut Tally::default());
        assert!(!out.contains("FAKE") && out.lines().count() == 4, "{out}");
        let pages = "{\n  \"password\": \"FAKE\",\n  \"a\": [1]\n}\n";
        let out = text_file(&redactor(), pages, &mut Tally::default());
        assert!(!out.contains("FAKE") && out.contains("\n  \"a\": [1]\n}\n"), "{out}");
    }
}
