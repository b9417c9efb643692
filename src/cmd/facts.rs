//! `whytrail facts`: what a person declares about a case. Every change is checked first, then written, then journaled with
//! its digest; a text that has faults is refused with their places.

pub(super) mod change;
mod edit;

use std::path::Path;

use serde_json::Value;

use super::output::{self, Rows};
use super::{Context, case, declared};
use crate::cli::FactsCommand;
use crate::criteria::boundary::check_document;
use crate::criteria::facts::{Facts, FactsFault};
use crate::criteria::form;
use crate::criteria::needs::{self, Waiting};
use crate::custody::facts_files;
use crate::failure::{Ended, Failure, Kind};
use crate::report::tables::{Cell, Format};
use crate::text::sanitize::sanitize;

pub(super) fn run(context: &Context, act: &FactsCommand) -> Ended {
    match act {
        FactsCommand::Show => show(context),
        FactsCommand::Set { key, value, reason } => {
            change::one(context, (key, Some(value)), reason.as_deref())
        }
        FactsCommand::Unset { key, reason } => change::one(context, (key, None), reason.as_deref()),
        FactsCommand::Edit { reason } => edit::edit(context, reason.as_deref()),
        FactsCommand::Check { file } => check(context, file.as_deref()),
        FactsCommand::Import { file, reason } => change::import(context, file, reason.as_deref()),
    }
}

fn show(context: &Context) -> Ended {
    let (library, _) = super::assess::library(context)?;
    let declared = declared::read(&case::existing_root(context)?)?;
    let (book, _) = super::assess::book(&[])?;
    let waiting = needs::waiting(&declared.facts, &book, &library);
    let columns =
        [("key", false), ("declared", false), ("value", false), ("criteria_waiting", true)];
    let mut rows = Rows::begin(context, "whytrail.facts", &columns)?;
    for line in form::lines(&declared.text, &declared.facts, &waiting) {
        let waits =
            if line.waits > 0 && line.value.is_none() { whole(line.waits) } else { Cell::Null };
        rows.row(&[
            Cell::Text(line.key),
            Cell::Bool(line.is_declared),
            line.value.map_or(Cell::Null, Cell::Text),
            waits,
        ])?;
    }
    rows.finish()?;
    say_faults(&declared.faults);
    Ok(())
}

fn whole(number: usize) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Says faults on standard error.
fn say_faults(faults: &[FactsFault]) {
    for fault in faults {
        output::say(&fault.to_string());
    }
}

/// A fault of the facts or of a document they name, for a row.
struct Told {
    line: usize,
    key: String,
    says: String,
}

fn check(context: &Context, file: Option<&Path>) -> Ended {
    let (library, _) = super::assess::library(context)?;
    let (name, facts, told) = match file {
        Some(file) => of_file(file)?,
        None => of_case(&case::existing_root(context)?)?,
    };
    let (book, _) = super::assess::book(&[])?;
    let waiting = needs::waiting(&facts, &book, &library);
    if output::format(context) == Format::Table {
        output::print_safe(context, &spoken(&name, &told, &waiting))?;
    } else {
        print_rows(context, &told, &waiting)?;
    }
    match told.len() {
        0 => Ok(()),
        count => Err(Failure::new(Kind::Failed, format!("{count} faults in `{name}`")).hint(
            "everything that is understood counts; what a faulty entry would decide cannot be told",
        )),
    }
}

/// Reads a facts file that is in no case, and the policy files beside it.
fn of_file(file: &Path) -> Result<(String, Facts, Vec<Told>), Failure> {
    let text = change::text_of(file)?;
    let name = file.display().to_string();
    let (facts, faults) = Facts::parse(&name, &text);
    let base = file.parent().unwrap_or(Path::new("."));
    let mut told = told_of(&faults);
    for policy in &facts.scope.policies {
        let field = format!("scope.policy `{}`", policy.file);
        match change::policy_text(base, policy) {
            Err(why) => told.push(Told { line: policy.line, key: field, says: why }),
            Ok(text) => told.extend(check_document(policy, &text).map(|fault| Told {
                line: policy.line,
                key: field,
                says: fault.to_string(),
            })),
        }
    }
    Ok((name, facts, told))
}

/// Reads the facts of a case, with what the journal says about them.
fn of_case(root: &Path) -> Result<(String, Facts, Vec<Told>), Failure> {
    let declared = declared::read(root)?;
    let mut told = told_of(&declared.faults);
    for (policy, text) in declared.facts.scope.policies.iter().zip(&declared.policies) {
        let says = match text {
            Err(why) => Some(why.clone()),
            Ok(text) => check_document(policy, text).map(|fault| fault.to_string()),
        };
        let key = format!("scope.policy `{}`", policy.file);
        told.extend(says.map(|says| Told { line: policy.line, key, says }));
    }
    let journal = std::fs::read(root.join("journal.jsonl")).unwrap_or_default();
    let entries = crate::custody::read_chain(&journal).entries;
    let wrong = facts_files::against_journal(root, &entries);
    told.extend(wrong.into_iter().map(|says| Told { line: 1, key: "journal".to_owned(), says }));
    Ok((declared::FILE.to_owned(), declared.facts, told))
}

fn told_of(faults: &[FactsFault]) -> Vec<Told> {
    let told = |fault: &FactsFault| Told {
        line: fault.line,
        key: fault.field.clone(),
        says: fault.reason.clone(),
    };
    faults.iter().map(told).collect()
}

fn spoken(name: &str, told: &[Told], waiting: &[Waiting]) -> String {
    let mut lines: Vec<String> = told
        .iter()
        .map(|one| format!("{name} line {}: {} {}", one.line, one.key, one.says))
        .map(|line| sanitize(line.trim_end()).into_owned())
        .collect();
    if told.is_empty() {
        lines.push(format!("{name}: no fault"));
    }
    for one in waiting {
        let criteria = if one.n_criteria == 1 {
            "1 criterion waits".to_owned()
        } else {
            format!("{} criteria wait", one.n_criteria)
        };
        lines.push(format!("{criteria} for {}   rules {}", one.spoken(), one.rules.join(" ")));
    }
    if waiting.is_empty() {
        lines.push("no rule waits for a fact".to_owned());
    }
    lines.join("\n")
}

fn print_rows(context: &Context, told: &[Told], waiting: &[Waiting]) -> Ended {
    let columns = [
        ("kind", false),
        ("line", true),
        ("key", false),
        ("says", false),
        ("criteria", true),
        ("rules", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.facts_check", &columns)?;
    let text = |text: &str| Cell::Text(text.to_owned());
    for one in told {
        let (line, key, says) = (whole(one.line), text(&one.key), text(&one.says));
        rows.row(&[text("fault"), line, key, says, Cell::Null, Cell::Null])?;
    }
    for one in waiting {
        let rules: Vec<Value> = one.rules.iter().map(|rule| Value::from(rule.as_str())).collect();
        rows.row(&[
            text("waiting"),
            Cell::Null,
            text(&one.key),
            Cell::Text(format!("{} criteria wait for {}", one.n_criteria, one.spoken())),
            whole(one.n_criteria),
            Cell::Json(Value::Array(rules)),
        ])?;
    }
    rows.finish()
}
