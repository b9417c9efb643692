//! `report.md`: the bundle for people. Facts and the analyst's own words stand apart, every number names what it is a part
//! of, and nothing from a record is markup. Says what records show and do not show; never judges.

mod blind_spots;
mod criteria;
mod findings;
mod frame;
mod sources;

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::bundle::BundleInput;
use super::content::Content;
use super::facts::Facts;
use super::safe;
use crate::model::{EventId, Micros};
use crate::query::Filter;

pub(super) const FILE: &str = "report.md";

/// Characters of a text from a record that are quoted.
const QUOTE: usize = 300;

/// What the sections read.
#[derive(Clone, Copy)]
struct Report<'r> {
    input: &'r BundleInput<'r>,
    content: &'r Content,
    facts: &'r BTreeMap<EventId, Facts>,
}

/// Returns the text of the file.
pub(super) fn text(
    input: &BundleInput<'_>,
    content: &Content,
    facts: &BTreeMap<EventId, Facts>,
) -> String {
    let report = Report { input, content, facts };
    let mut out = String::new();
    let written = write_sections(report, &mut out);
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
    out
}

fn write_sections(report: Report<'_>, out: &mut String) -> fmt::Result {
    frame::cover(report, out)?;
    frame::statement(out)?;
    frame::summary(report, out)?;
    sources::examined(report, out)?;
    sources::table(report, out)?;
    sources::completeness(report, out)?;
    blind_spots::table(report, out)?;
    findings::each(report, out)?;
    findings::timeline(report, out)?;
    criteria::table(report, out)?;
    criteria::marks(report, out)?;
    frame::redaction(report, out)?;
    frame::method(report, out)?;
    frame::limits(report, out)?;
    frame::sign_off(report, out)
}

/// Writes one row of a table; cells are Markdown already.
fn row(out: &mut String, cells: &[String]) -> fmt::Result {
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Writes the first two lines of a table. Names that begin with `#` are columns of numbers.
fn header(out: &mut String, names: &[&str]) -> fmt::Result {
    let cells: Vec<&str> = names.iter().map(|name| name.trim_start_matches('#')).collect();
    writeln!(out, "| {} |", cells.join(" | "))?;
    let rules: Vec<&str> =
        names.iter().map(|name| if name.starts_with('#') { "---:" } else { "---" }).collect();
    writeln!(out, "| {} |", rules.join(" | "))
}

/// Returns text from a record or an analyst as Markdown, cut to what a report quotes.
fn quoted(text: &str) -> String {
    safe::markdown(&safe::cut(text, QUOTE))
}

/// Returns how the events were chosen beside the marked and cited ones.
fn chosen(filter: &Filter) -> String {
    if filter.is_empty() {
        "every event that has a time".to_owned()
    } else {
        format!("the filter {}", quoted(&filter.text()))
    }
}

fn maybe(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), quoted)
}

/// Returns a digest or an id as code.
fn code(text: &str) -> String {
    let is_plain =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain { format!("`{text}`") } else { quoted(text) }
}

fn time(time: Option<Micros>) -> String {
    time.map_or_else(|| "no time".to_owned(), |time| time.to_string())
}

/// Returns `1 event`, `2 events`.
fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
