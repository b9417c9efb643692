//! `whytrail export`: the check and the bundle. An export is an act: it is journaled after the bundle is whole.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::case::{Case, TOOL};
use super::{Context, output, selection};
use crate::clock;
use crate::criteria::Pack;
use crate::custody::{ActKind, is_inside};
use crate::failure::{Ended, Failure, Kind};
use crate::model::Micros;
use crate::query::Filter;
use crate::report::bundle::{self, BundleInput};
use crate::report::folder::{Overwrite, WriteError};
use crate::store::Reader;

pub(super) fn run(context: &Context, exported_at: Option<&str>, is_check: bool) -> Ended {
    let filter = selection::filter(context)?;
    let at = exported_at.map(|text| selection::moment("--exported-at", text)).transpose()?;
    let mut case = super::case::open_existing(context)?;
    let filter = (!filter.is_empty()).then_some(filter);
    if is_check {
        let lines = check(context, &case, filter.as_ref())?;
        return output::print(context, &format!("{}\n", lines.join("\n")));
    }
    let out = match &context.shared.output.output {
        Some(path) => path.clone(),
        None => case.folder.next_export().1,
    };
    let said = write(context, &mut case, filter.as_ref(), &out, at.unwrap_or_else(clock::now))?;
    // The data stream is the bundle's folder here, so the sentence goes to standard error.
    output::say(&said);
    Ok(())
}

/// Returns the lines of the check before an export of what is marked and cited.
pub(super) fn check_lines(context: &Context, case: &Case) -> Result<Vec<String>, Failure> {
    check(context, case, None)
}

/// Writes the next numbered bundle below the case and says where.
pub(super) fn write_next(context: &Context, case: &mut Case) -> Result<String, Failure> {
    let (_, out) = case.folder.next_export();
    write(context, case, None, &out, clock::now())
}

fn check(context: &Context, case: &Case, filter: Option<&Filter>) -> Result<Vec<String>, Failure> {
    let reader = case.reader()?;
    let journal = journal_bytes(case)?;
    let case_id = case_id(&reader)?;
    let parts =
        Parts { reader: &reader, journal: &journal, filter, at: clock::now(), case_id: &case_id };
    Ok(crate::report::check::check(&parts.input(context, case))?.lines())
}

/// What an export needs beside the case.
struct Parts<'a> {
    reader: &'a Reader,
    journal: &'a [u8],
    filter: Option<&'a Filter>,
    at: Micros,
    case_id: &'a str,
}

impl<'a> Parts<'a> {
    fn input(&self, context: &'a Context, case: &'a Case) -> BundleInput<'a> {
        let packs: &'a [Pack] = case.library.packs();
        BundleInput {
            reader: self.reader,
            state: &case.state,
            journal: self.journal,
            case_name: case.folder.name(),
            case_id: self.case_id,
            analyst: case.journal.actor(),
            exported_at: self.at,
            tool: TOOL,
            packs,
            filter: self.filter,
            overwrite: if context.shared.output.force {
                Overwrite::Replace
            } else {
                Overwrite::Refuse
            },
        }
    }
}

/// Returns the id of a case: a digest of the contents of its evidence, so that the same evidence has the same id.
fn case_id(reader: &Reader) -> Result<String, Failure> {
    use sha2::{Digest, Sha256};
    let rows = reader.rows(
        "SELECT DISTINCT content_sha256 FROM source WHERE content_sha256 IS NOT NULL ORDER BY 1",
        &[],
    )?;
    let mut sha256 = Sha256::new();
    for row in rows {
        sha256.update(row.text(0).as_bytes());
        sha256.update(b"\n");
    }
    Ok(crate::source::hex(&sha256.finalize()))
}

fn journal_bytes(case: &Case) -> Result<Vec<u8>, Failure> {
    let path = case.folder.root().join("journal.jsonl");
    std::fs::read(&path)
        .map_err(|error| Failure::new(Kind::Failed, format!("`{}`: {error}", path.display())))
}

fn write(
    context: &Context,
    case: &mut Case,
    filter: Option<&Filter>,
    out: &Path,
    at: Micros,
) -> Result<String, Failure> {
    if let Some(evidence) = evidence_around(case, out)? {
        return Err(Failure::usage(format!(
            "`{}` lies inside the evidence `{}`",
            out.display(),
            evidence.display()
        ))
        .hint("evidence is never written to; choose another folder with `-o DIR`"));
    }
    let reader = case.reader()?;
    let journal = journal_bytes(case)?;
    let case_id = case_id(&reader)?;
    let parts = Parts { reader: &reader, journal: &journal, filter, at, case_id: &case_id };
    let report = bundle::write(&parts.input(context, case), out).map_err(|error| failed(&error))?;
    let manifest = report.files.iter().find(|file| file.name == "manifest.json");
    if case.read_only_reason().is_none() {
        let detail = json!({
            "events": report.events,
            "filter": filter.map(Filter::text),
            "manifest_sha256": manifest.map(|file| file.sha256.clone()),
            "files": report.files.len(),
        });
        let name = out
            .file_name()
            .map_or_else(|| "bundle".to_owned(), |name| name.to_string_lossy().into_owned());
        case.record(ActKind::ExportCreate, &format!("export:{name}"), detail)?;
    }
    Ok(format!(
        "{} events in {} files written to {}",
        report.events,
        report.files.len(),
        out.display()
    ))
}

fn failed(error: &WriteError) -> Failure {
    let kind = match error {
        WriteError::Exists { .. } => Kind::Usage,
        _ => Kind::Failed,
    };
    let text = error.to_string();
    let mut lines = text.lines();
    let mut failure = Failure::new(kind, lines.next().unwrap_or_default());
    failure.hints = lines.map(|line| line.trim_start_matches("hint: ").to_owned()).collect();
    failure
}

/// Returns the folder of evidence that `out`, which need not exist yet, would lie in. A file given by itself stands for
/// the folder it is in.
fn evidence_around(case: &Case, out: &Path) -> Result<Option<PathBuf>, Failure> {
    if is_inside(out, case.folder.root()) {
        return Ok(None);
    }
    let rows = case.reader()?.rows(
        "SELECT DISTINCT left(path, length(path) - length(name)) FROM source WHERE ends_with(path, name)",
        &[],
    )?;
    let folders = rows.iter().map(|row| PathBuf::from(row.text(0)));
    Ok(folders.filter(|folder| folder.is_absolute()).find(|folder| is_inside(out, folder)))
}
