//! `whytrail ingest`: read evidence into a case, print the account of rows and what could not be read.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::case::{self, Case};
use super::loading::{Load, book_sources, inputs, load};
use super::{Context, checkpoint, declared, formats, output, proofs};
use crate::custody::ActKind;
use crate::failure::{Ended, Failure, Kind};
use crate::ingest::{Progress, Report};
use crate::model::SourceState;
use crate::model::rows::{Overview, SourceRow};
use crate::query;
use crate::store::Cancel;
use crate::text::sanitize::sanitize;

/// Names of unreadable files printed at most.
const NAMED: usize = 20;
/// Formats of JSON that no other format recognizes begin with this.
const UNMAPPED: &str = "json.unmapped";

pub(super) fn run(context: &Context, paths: &[PathBuf]) -> Ended {
    let (case, report) = read(context, paths)?;
    let told = account(context, &case, report)?;
    output::print(context, &(told.lines.join("\n") + "\n"))?;
    if !context.shared.output.quiet {
        output::say(&format!("case {}", case.folder.root().display()));
    }
    told.ended
}

/// Reads evidence into a case and makes all that follows from it.
pub(super) fn read(context: &Context, paths: &[PathBuf]) -> Result<(Case, Report), Failure> {
    let inputs = inputs(paths);
    let mut case = case::open_for(context, &inputs)?;
    case.must_be_writable()?;
    let redactor = case.redactor.clone().ok_or_else(no_key)?;
    let formats = formats::for_load(context, &case.store)?;
    let progress = Progress::default();
    let stop = Cancel::default();
    crate::signals::on_stop(stop.clone());
    let store = std::sync::Arc::clone(&case.store);
    let report = std::thread::scope(|scope| {
        let bar = output::wants_progress(context)
            .then(|| scope.spawn(|| show_progress(&progress, &stop)));
        let job = Load {
            store: &store,
            redactor: &redactor,
            formats: &formats,
            context,
            progress: &progress,
            stop: &stop,
        };
        let report = load(&job, &inputs);
        progress.finish();
        if let Some(bar) = bar {
            bar.join().unwrap_or_default();
        }
        report
    });
    if report.is_err() && case.read_only_reason().is_none() {
        // Why stands in the log: messages of the engine may name paths.
        case.record(ActKind::Error, "case", json!({ "during": "load" }))?;
    }
    let report = report?;
    book_sources(&mut case)?;
    declared::refresh(&case.store, case.folder.root())?;
    checkpoint::write_at_end(context, &mut case, "load");
    Ok((case, report))
}

/// The account of a load.
pub(super) struct Told {
    pub(super) lines: Vec<String>,
    /// How the load ends by itself.
    pub(super) ended: Ended,
}

pub(super) fn no_key() -> Failure {
    Failure::new(
        Kind::Failed,
        "the redaction key of this case was deleted, so no evidence can be added",
    )
    .hint("read the evidence into a new case")
}

/// Returns the account of rows and files, and the exit code that fits it.
pub(super) fn account(context: &Context, case: &Case, report: Report) -> Result<Told, Failure> {
    let reader = case.reader()?;
    let overview = query::overview(&reader)?;
    let account = overview.account;
    let mut lines = vec![format!(
        "read {} = kept {} + duplicate {} + rejected {}   {}",
        grouped(account.read),
        grouped(account.kept),
        grouped(account.duplicate),
        grouped(account.rejected),
        account.verdict()
    )];
    lines.extend(file_lines(&overview, report));
    let sources = query::sources(&reader)?;
    let (named, n_troubled) = source_lines(&sources);
    lines.extend(named);
    lines.extend(proofs::line(&overview.proofs).map(|line| format!("proof  {line}")));
    let conflicts = overview.troubles.iter().filter(|trouble| trouble.starts_with("conflict"));
    lines.extend(conflicts.map(|conflict| format!("  {conflict}")));
    lines.extend(unmapped_line(&sources));
    for unused in formats::unused_zones(context, &sources)? {
        lines.push(
            sanitize(&format!(
                "  warning  `--zone {unused}` names no source whose times lack a zone"
            ))
            .into_owned(),
        );
    }
    if overview.undated > 0 {
        let undated = grouped(overview.undated);
        lines.push(format!(
            "  {undated} events have no usable time: whytrail timeline --filter is:undated"
        ));
    }
    let is_balanced = account.is_balanced();
    let ended = ending(context, is_balanced, report, n_troubled > 0, account.rejected > 0);
    Ok(Told { lines, ended })
}

/// Returns the account of files.
fn file_lines(overview: &Overview, report: Report) -> Vec<String> {
    let total = overview.files_read
        + overview.files_damaged
        + overview.files_unreadable
        + overview.files_not_evidence
        + overview.files_proof;
    let mut files =
        vec![format!("files {} = read {}", grouped(total), grouped(overview.files_read))];
    for (count, word) in [
        (overview.files_damaged, "damaged"),
        (overview.files_unreadable, "unreadable"),
        (overview.files_not_evidence, "not evidence"),
        (overview.files_proof, "proof"),
    ] {
        if count > 0 {
            files.push(format!("{word} {}", grouped(count)));
        }
    }
    let mut lines = vec![files.join(" + ")];
    if report.unchanged > 0 {
        lines.push(format!(
            "  {} files were read before and have not changed",
            grouped(report.unchanged)
        ));
    }
    if report.links > 0 {
        lines.push(format!("  {} links were not followed", grouped(report.links)));
    }
    if total == 0 {
        lines.push("  no files found: the folder is empty".to_owned());
    }
    lines
}

/// Names the sources that are damaged, unreadable or have rejects, and returns how many those are.
fn source_lines(sources: &[SourceRow]) -> (Vec<String>, usize) {
    let mut lines = Vec::new();
    let mut n_troubled = 0;
    for source in sources {
        let member =
            source.member.as_ref().map_or_else(String::new, |member| format!(" > {member}"));
        let name = format!("{}{member}", source.name);
        let trouble = match source.state {
            SourceState::Damaged | SourceState::Unreadable => {
                let reason = source.reason.as_deref().unwrap_or("no reason known");
                Some(format!("  {}  {name}   {reason}", source.state.as_str()))
            }
            _ if source.account.rejected > 0 => Some(format!(
                "  rejected  {name}   {} of {} records",
                source.account.rejected, source.account.read
            )),
            _ => None,
        };
        if let Some(trouble) = trouble {
            n_troubled += 1;
            if n_troubled <= NAMED {
                lines.push(sanitize(&trouble).into_owned());
            }
        }
        let warnings =
            source.warnings.iter().map(|warning| format!("  warning  {name}   {warning}"));
        lines.extend(warnings.map(|warning| sanitize(&warning).into_owned()));
    }
    if n_troubled > NAMED {
        let more = n_troubled - NAMED;
        lines.push(format!(
            "  and {more} more: whytrail sql \"FROM sources WHERE state <> 'read'\""
        ));
    }
    (lines, n_troubled)
}

/// Returns the line about files that no format of this version reads; they are kept as they are.
fn unmapped_line(sources: &[SourceRow]) -> Option<String> {
    let is_unmapped = |source: &&SourceRow| {
        source.format.as_deref().is_some_and(|format| format.starts_with(UNMAPPED))
    };
    let count = sources.iter().filter(is_unmapped).count();
    (count > 0).then(|| {
        format!(
            "  {} files hold JSON of no format of this version, kept as unmapped: whytrail sql \"SELECT name, because \
             FROM sources WHERE format LIKE '{UNMAPPED}%'\"",
            grouped(count as u64)
        )
    })
}

fn ending(
    context: &Context,
    is_balanced: bool,
    report: Report,
    has_trouble: bool,
    has_rejects: bool,
) -> Ended {
    if !is_balanced {
        return Err(Failure::new(Kind::Integrity, "the row account does not balance")
            .hint("please report this: no input may cause it"));
    }
    if report.was_stopped {
        return Err(Failure::new(
            Kind::Stopped,
            "stopped; every file that was read to its end is kept",
        )
        .hint("run the same command again to go on"));
    }
    if context.shared.control.strict && has_rejects {
        return Err(Failure::new(Kind::Failed, "records were rejected, and `--strict` was given"));
    }
    if has_trouble {
        return Err(Failure::said(Kind::Evidence));
    }
    Ok(())
}

/// Draws one line on standard error until the load is over.
fn show_progress(progress: &Progress, stop: &Cancel) {
    use std::io::Write;
    let mut shown = false;
    loop {
        let snapshot = progress.snapshot();
        if snapshot.finished || stop.is_set() {
            break;
        }
        let percent =
            snapshot.percent().map_or_else(|| "..".to_owned(), |percent| format!("{percent}%"));
        let line = format!(
            "{percent:>4}  {} records  {} files  {}",
            grouped(snapshot.records),
            grouped(snapshot.files_done),
            sanitize(&snapshot.current)
        );
        let cut: String = line.chars().take(78).collect();
        write!(std::io::stderr().lock(), "\r{cut:<78}").unwrap_or_default();
        shown = true;
        std::thread::sleep(Duration::from_millis(100));
    }
    if shown {
        write!(std::io::stderr().lock(), "\r{:78}\r", "").unwrap_or_default();
    }
}

/// Returns a number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
