//! `whytrail verify`: seven statements about a case or a bundle, and an eighth about the sign-off of a bundle, each with its
//! own verdict, and never one for all. Reads only; on a case that can be written, that it was checked is journaled at the end.

mod bundle;
pub(super) mod case;
mod journal;
mod rebuild;
mod sign_off;
mod sources;

pub(super) use case::of_journal;
pub(super) use rebuild::MEMBER;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Context, output};
use crate::custody::{ActKind, CaseFolder, Statement, Verdict};
use crate::failure::{Ended, Failure, Kind};
use crate::report::folder::{MANIFEST, NOTE};
use crate::report::json_line;

/// Places and names that are listed under a statement at most.
const NAMED: usize = 20;

/// What beside the place was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) is_rebuild: bool,
    pub(super) evidence: Option<PathBuf>,
}

/// What was found.
#[derive(Debug)]
struct Found {
    statements: Vec<Statement>,
    /// Sources are missing or cannot be read.
    lacks_sources: bool,
    /// A part was written by a newer version.
    is_newer: bool,
    /// Facts about the check itself.
    remarks: Vec<String>,
}

/// What lies at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Case,
    Bundle,
}

pub(super) fn run(context: &Context, path: Option<&Path>, asked: &Asked) -> Ended {
    let root = match path {
        Some(path) => context.config.case_folder(path),
        None => super::case::existing_root(context)?,
    };
    let subject = subject_at(&root)?;
    let mut found = match subject {
        Subject::Case => case::check(context, &root, asked)?,
        Subject::Bundle => bundle::check(context, &root, asked)?,
    };
    if subject == Subject::Case && !context.shared.control.dry_run {
        found.remarks.extend(book(context, &root, asked, &found.statements));
    }
    print(context, &root, subject, &found)?;
    ending(context, &found)
}

/// Tells a case from a bundle by the files in it, also when some of them are gone.
fn subject_at(root: &Path) -> Result<Subject, Failure> {
    let has = |name: &str| root.join(name).exists();
    if has("case.toml") || has("case.duckdb") || has("manifest.jsonl") || has("secrets") {
        Ok(Subject::Case)
    } else if has(MANIFEST) || has(NOTE) || has("VERIFY.md") || has("journal.jsonl") {
        Ok(Subject::Bundle)
    } else if root.exists() {
        Err(Failure::usage(format!("`{}` is neither a case nor a bundle", root.display())))
    } else {
        Err(Failure::usage(format!("`{}`: no such file or folder", root.display())))
    }
}

/// Journals that the case was checked, when it can be written. Returns why not.
fn book(context: &Context, root: &Path, asked: &Asked, statements: &[Statement]) -> Option<String> {
    if !root.join("case.duckdb").exists() || !root.join("journal.jsonl").exists() {
        return Some("this check is not journaled: files of the case are missing".to_owned());
    }
    let not = |why: &str| Some(format!("this check is not journaled: {why}"));
    let mut case = match CaseFolder::open(root) {
        Err(error) => return not(error.to_string().lines().next().unwrap_or_default()),
        Ok(folder) => match super::case::open_to_ask(context, folder) {
            Err(failure) => return not(&failure.message),
            Ok(case) => case,
        },
    };
    if let Some(reason) = case.read_only_reason() {
        return not(&reason);
    }
    let verdicts: serde_json::Map<String, Value> = statements
        .iter()
        .map(|statement| (statement.number.to_string(), statement.verdict.word().into()))
        .collect();
    let detail = json!({ "verdicts": verdicts, "rebuild": asked.is_rebuild });
    case.record(ActKind::EvidenceVerify, "case", detail)
        .err()
        .and_then(|failure| not(&failure.message))
}

fn print(context: &Context, root: &Path, subject: Subject, found: &Found) -> Ended {
    let word = match subject {
        Subject::Case => "case",
        Subject::Bundle => "bundle",
    };
    if context.shared.output.json {
        let statements: Vec<Value> = found
            .statements
            .iter()
            .map(|statement| {
                json!({ "number": statement.number, "name": statement.name,
                        "verdict": statement.verdict.word(), "sentence": statement.sentence,
                        "details": statement.details })
            })
            .collect();
        let json = json!({ "schema": "whytrail.verify", "version": 1, "kind": word,
                           "place": root.display().to_string(), "statements": statements,
                           "remarks": found.remarks });
        return output::print(context, &format!("{}\n", json_line(&json)));
    }
    let mut lines = vec![format!("{word}  {}", root.display())];
    for statement in &found.statements {
        let Statement { number, name, verdict, sentence, details } = statement;
        lines.push(format!("{number}  {:<9}  {name}: {sentence}", verdict.word()));
        lines.extend(details.iter().map(|detail| format!("                {detail}")));
    }
    lines.extend(found.remarks.iter().map(|remark| format!("note  {remark}")));
    lines.push("integrity is not completeness: what was never logged, no hash can show".to_owned());
    output::print_safe(context, &lines.join("\n"))
}

fn ending(context: &Context, found: &Found) -> Ended {
    let has = |verdict| found.statements.iter().any(|statement| statement.verdict == verdict);
    if found.is_newer {
        return Err(Failure::new(Kind::Newer, "a part of it was written by a newer version")
            .hint("check it with the newer version"));
    }
    if has(Verdict::False) {
        return Err(Failure::said(Kind::Integrity));
    }
    let is_strict = context.shared.control.strict;
    if found.lacks_sources || (is_strict && (has(Verdict::NotShown) || has(Verdict::NotRun))) {
        return Err(Failure::said(Kind::Evidence));
    }
    Ok(())
}

/// Returns the first names and how many more there are.
fn named(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = names.into_iter().collect();
    if lines.len() > NAMED {
        let more = lines.len() - NAMED;
        lines.truncate(NAMED);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Returns the verdict of something that was checked.
const fn shown(holds: bool) -> Verdict {
    if holds { Verdict::Holds } else { Verdict::False }
}

/// Returns statement 7 when it could not be evaluated.
fn not_evaluated(why: &str) -> Statement {
    Statement {
        number: 7,
        name: "completeness",
        verdict: Verdict::NotRun,
        sentence: why.to_owned(),
        details: Vec::new(),
    }
}
