//! `whytrail rules list`, `show` and `test`: what is in a folder of rules. They need no case.

use super::super::output::Rows;
use super::super::{Context, output};
use super::{author, is_grave, maybe, text, whole, words};
use crate::criteria::sigma::{Level, Rule, RuleSet};
use crate::failure::{Ended, Failure, Kind};
use crate::report::tables::{Cell, Format};

pub(super) fn list(context: &Context, set: &RuleSet, least: Option<Level>) -> Ended {
    let columns = [
        ("rule", false),
        ("level", false),
        ("title", false),
        ("kind", false),
        ("status", false),
        ("author", false),
        ("techniques", false),
        ("tactics", false),
        ("revoked", false),
        ("log_source", false),
        ("state", false),
        ("why", false),
        ("file", false),
        ("line", true),
    ];
    let mut rows = Rows::begin(context, "whytrail.rules", &columns)?;
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX);
    for rule in set.rules.iter().filter(|rule| rule.head.level >= least).take(limit) {
        let why = rule.why_not_applicable();
        rows.row(&[
            text(&rule.head.id),
            text(rule.level_word()),
            text(&rule.head.title),
            text(rule.kind().as_str()),
            maybe(rule.head.status.as_deref()),
            author(rule),
            words(&rule.head.attack.techniques),
            words(&rule.head.attack.tactics),
            words(&rule.head.attack.revoked),
            text(&rule.head.log_source),
            text(if why.is_some() { "not-applicable" } else { "runs" }),
            maybe(why.as_deref()),
            text(&rule.file),
            whole(rule.line),
        ])?;
    }
    let ended = rows.finish();
    if !set.faults.is_empty() && !context.shared.output.quiet {
        let count = set.faults.len();
        output::say(&format!("{count} faults: `whytrail rules test` lists them"));
    }
    ended
}

pub(super) fn show(context: &Context, set: &RuleSet, id: &str) -> Ended {
    let Some(rule) = set.named(id) else {
        return Err(Failure::usage(format!("`{id}` is no rule of this folder")).hint(
            "`whytrail rules list` lists them, `whytrail rules test` those that cannot run",
        ));
    };
    let facts = facts(rule);
    if output::format(context) == Format::Table {
        let lines: Vec<String> =
            facts.iter().map(|(name, value)| format!("{name:<16} {value}")).collect();
        return output::print_safe(context, &format!("{}\n\n{}", lines.join("\n"), rule.text));
    }
    let mut rows = Rows::begin(context, "whytrail.rule", &[("name", false), ("value", false)])?;
    for (name, value) in &facts {
        rows.row(&[text(name), text(value)])?;
    }
    rows.row(&[text("text"), text(&rule.text)])?;
    rows.finish()
}

/// Returns what a rule says about itself, without what it leaves out.
fn facts(rule: &Rule) -> Vec<(&'static str, String)> {
    let head = &rule.head;
    let one = |text: &Option<String>| text.clone().unwrap_or_default();
    let all = [
        ("rule", head.id.clone()),
        ("title", head.title.clone()),
        ("level", rule.level_word().to_owned()),
        ("status", one(&head.status)),
        ("kind", rule.kind().as_str().to_owned()),
        ("author", head.author.clone().unwrap_or_else(|| "not named".to_owned())),
        ("license", one(&head.license)),
        ("date", one(&head.date)),
        ("modified", one(&head.modified)),
        ("description", one(&head.description)),
        ("log source", head.log_source.clone()),
        ("state", rule.why_not_applicable().unwrap_or_else(|| "runs".to_owned())),
        ("techniques", head.attack.techniques.join(" ")),
        ("revoked", head.attack.revoked.join(" ")),
        ("tactics", head.attack.tactics.join(" ")),
        ("false positives", head.false_positives.join("; ")),
        ("references", head.references.join(" ")),
        ("file", format!("{} line {}", rule.file, rule.line)),
        ("sha256", rule.sha256.to_string()),
    ];
    all.into_iter()
        .map(|(name, value)| (name, value.trim().replace('\n', " ")))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

pub(super) fn test(context: &Context, set: &RuleSet) -> Ended {
    let columns =
        [("file", false), ("line", true), ("field", false), ("reason", false), ("rule", false)];
    let mut rows = Rows::begin(context, "whytrail.rule-faults", &columns)?;
    for fault in set.faults.iter().take(context.shared.filters.limit.unwrap_or(usize::MAX)) {
        rows.row(&[
            text(&fault.file),
            whole(fault.line),
            fault.field.as_deref().map_or(Cell::Null, text),
            text(&fault.reason),
            text(fault.weight.as_str()),
        ])?;
    }
    rows.finish()?;
    let n_failed = set.faults.iter().filter(|fault| is_grave(fault.weight)).count();
    let n_elsewhere = set.rules.iter().filter(|rule| rule.why_not_applicable().is_some()).count();
    if !context.shared.output.quiet {
        output::say(&format!(
            "{} files: {} rules run, {n_elsewhere} not applicable, {n_failed} cannot run",
            set.n_files,
            set.rules.len() - n_elsewhere
        ));
    }
    if n_failed > 0 {
        return Err(Failure::new(Kind::Evidence, format!("{n_failed} rules cannot run")));
    }
    Ok(())
}
