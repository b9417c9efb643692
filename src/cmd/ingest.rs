//! `whytrail ingest`: read evidence into a case, print the account of rows and what could not be read.

use std::path::PathBuf;
use std::time::Duration;

use super::case::{self, Case};
use super::loading::{Load, book_sources, inputs, load};
use super::{Context, output};
use crate::failure::{Ended, Failure, Kind};
use crate::format::registry;
use crate::ingest::{Progress, Report};
use crate::model::SourceState;
use crate::query;
use crate::store::Cancel;

/// Names of unreadable files printed at most.
const NAMED: usize = 20;

pub(super) fn run(context: &Context, paths: &[PathBuf]) -> Ended {
    let inputs = inputs(paths);
    let mut case = case::open_for(context, &inputs)?;
    case.must_be_writable()?;
    let redactor = case.redactor.clone().ok_or_else(no_key)?;
    let formats = registry::built_in();
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
    })?;
    book_sources(&mut case)?;
    account(context, &case, report)
}

pub(super) fn no_key() -> Failure {
    Failure::new(
        Kind::Failed,
        "the redaction key of this case was deleted, so no evidence can be added",
    )
    .hint("read the evidence into a new case")
}

/// Prints the account and returns the exit code that fits it.
fn account(context: &Context, case: &Case, report: Report) -> Ended {
    let reader = case.reader()?;
    let account = query::sources::account(&reader)?;
    let overview = query::overview(&reader)?;
    let mut text = format!(
        "read {} = kept {} + duplicate {} + rejected {}   {}\n",
        grouped(account.read),
        grouped(account.kept),
        grouped(account.duplicate),
        grouped(account.rejected),
        account.verdict()
    );
    let total = overview.files_read
        + overview.files_damaged
        + overview.files_unreadable
        + overview.files_not_evidence;
    text.push_str(&format!("files {} = read {}", grouped(total), grouped(overview.files_read)));
    for (count, word) in [
        (overview.files_damaged, "damaged"),
        (overview.files_unreadable, "unreadable"),
        (overview.files_not_evidence, "not evidence"),
    ] {
        if count > 0 {
            text.push_str(&format!(" + {word} {}", grouped(count)));
        }
    }
    text.push('\n');
    if report.unchanged > 0 {
        text.push_str(&format!(
            "  {} files were read before and have not changed\n",
            grouped(report.unchanged)
        ));
    }
    if report.links > 0 {
        text.push_str(&format!("  {} links were not followed\n", grouped(report.links)));
    }
    let sources = query::sources(&reader)?;
    let mut troubled = 0;
    for source in &sources {
        let name = source
            .member
            .as_ref()
            .map_or_else(|| source.name.clone(), |member| format!("{} > {member}", source.name));
        let line = match (source.state, &source.reason) {
            (SourceState::Damaged | SourceState::Unreadable, reason) => {
                format!(
                    "  {}  {name}   {}\n",
                    source.state.as_str(),
                    reason.as_deref().unwrap_or("no reason known")
                )
            }
            _ if source.account.rejected > 0 => {
                format!(
                    "  rejected  {name}   {} of {} records\n",
                    source.account.rejected, source.account.read
                )
            }
            _ => String::new(),
        };
        if !line.is_empty() {
            troubled += 1;
            if troubled <= NAMED {
                text.push_str(&crate::text::sanitize::sanitize(line.trim_end()));
                text.push('\n');
            }
        }
        if context.shared.output.verbose > 0 || !source.warnings.is_empty() {
            for warning in &source.warnings {
                text.push_str(&crate::text::sanitize::sanitize(&format!(
                    "  warning  {name}   {warning}"
                )));
                text.push('\n');
            }
        }
    }
    if troubled > NAMED {
        text.push_str(&format!(
            "  and {} more: whytrail sql \"FROM sources WHERE state <> 'read'\"\n",
            troubled - NAMED
        ));
    }
    if overview.undated > 0 {
        text.push_str(&format!(
            "  {} events have no usable time: whytrail timeline --filter is:undated\n",
            grouped(overview.undated)
        ));
    }
    if total == 0 {
        text.push_str("  no files found: the folder is empty\n");
    }
    output::print(context, &text)?;
    if !context.shared.output.quiet {
        output::say(&format!("case {}", case.folder.root().display()));
    }
    ending(context, account.is_balanced(), report, troubled > 0, account.rejected > 0)
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
            crate::text::sanitize::sanitize(&snapshot.current)
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
