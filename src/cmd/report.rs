//! `whytrail report`: from evidence to a report in one go: reads what is new, runs the rules, asks the four questions, and
//! writes the bundle. The report is a draft until people sign it.

use std::path::{Path, PathBuf};

use super::export::Names;
use super::{Context, case, export, ingest, output};
use crate::criteria::ask::Answer;
use crate::custody::is_inside;
use crate::failure::{Ended, Failure, Kind};

pub(super) fn run(context: &Context, paths: &[PathBuf], names: Names) -> Ended {
    let given = context.shared.output.output.clone();
    if let Some(out) = &given {
        check_place(context, out, paths)?;
    }
    let (mut case, told) = if paths.is_empty() {
        (case::open_existing(context)?, None)
    } else {
        let (case, report) = ingest::read(context, paths)?;
        let told = ingest::account(context, &case, report)?;
        (case, Some(told))
    };
    let ended = match told {
        None => Ok(()),
        Some(told) => {
            told.lines.iter().for_each(|line| output::say(line));
            if !context.shared.output.quiet {
                output::say(&format!("case {}", case.folder.root().display()));
            }
            told.ended
        }
    };
    if ended.as_ref().is_err_and(|failure| failure.kind != Kind::Evidence) {
        return ended;
    }
    let out = given.unwrap_or_else(|| case.folder.next_export().1);
    let written = export::write_into(context, &mut case, &out, names)?;
    output::say(&written.said);
    for answer in &written.answers {
        output::say(&line(answer));
    }
    let page = out.join("report.html");
    output::say(&format!("{}  {}", written.status, page.display()));
    output::say(&format!("text  SHA-256 {}", written.text_sha256));
    ended
}

/// Refuses a place that the bundle could not be written to, before evidence is read for an hour.
fn check_place(context: &Context, out: &Path, paths: &[PathBuf]) -> Ended {
    if let Some(path) = paths.iter().find(|path| is_inside(out, path)) {
        return Err(Failure::usage(format!(
            "`{}` lies inside the evidence `{}`",
            out.display(),
            path.display()
        ))
        .hint("evidence is never written to; choose another folder with `-o DIR`"));
    }
    let is_full = std::fs::read_dir(out).is_ok_and(|mut listed| listed.next().is_some());
    if is_full && !context.shared.output.force {
        return Err(Failure::usage(format!("`{}` exists and is not empty", out.display()))
            .hint("choose another folder, or replace its files with `--force`"));
    }
    Ok(())
}

/// Returns an answer on one line.
fn line(answer: &Answer) -> String {
    let question = answer.question;
    let (number, word) = (question.number(), question.as_str());
    format!("{number}  {word:<9}  {:<11}  {}", answer.verdict.as_str(), answer.says)
}
