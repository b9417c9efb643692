//! `manifest.json`: what a bundle was made from and what it holds, with the hash of every source and every file. Written
//! last, and the only file that holds the time of the export.

use serde_json::{Value as Json, json};

use super::bundle::{BundleInput, Counts};
use super::content::Content;
use super::document::Status;
use super::folder::{FileLine, NOTE};
use super::pseudonyms::Pseudonyms;
use super::safe;
use crate::custody::Statement;
use crate::model::Account;
use crate::query::export::SourceFacts;

pub(super) const SCHEMA: &str = "whytrail.manifest";
pub(super) const VERSION: u32 = 1;

/// Returns the text of the file.
pub(super) fn text(
    input: &BundleInput<'_>,
    content: &Content,
    counts: &Counts,
    files: &[FileLine],
    (status, text_sha256): (Status, &str),
) -> String {
    let packs: Vec<Json> = input
        .packs
        .iter()
        .map(|pack| json!({"id": pack.id, "version": pack.version, "sha256": pack.sha256}))
        .collect();
    let files: Vec<Json> = files
        .iter()
        .map(|file| json!({"name": file.name, "bytes": file.bytes, "sha256": file.sha256}))
        .collect();
    safe::json_pages(&json!({
        "schema": SCHEMA,
        "version": VERSION,
        "case": {"name": input.case_name, "id": input.case_id},
        "tool": input.tool,
        "analyst": input.analyst,
        "exported_at": input.exported_at.to_string(),
        "redacted": true,
        "note": input.key.is_some().then_some(NOTE),
        "filter": input.filter.map(|filter| filter_text(input, filter)),
        "events": {
            "in_case": content.n_dated + content.n_undated,
            "exported": counts.events,
            "timesketch_lines": counts.timesketch_lines,
        },
        "left_out": {
            "undated": content.n_undated_aside(),
            "undated_not_in_timesketch": content.n_undated_inside,
        },
        "analyst_acts": {
            "tags": content.n_tags,
            "notes": content.n_notes,
            "findings": content.findings.len(),
            "not_understood": input.state.troubles(),
        },
        "account": account(content.account),
        "redactions": redactions(&content.redactions),
        "pseudonyms": input.pseudonyms.map(pseudonyms),
        "completeness": input.completeness.map(completeness),
        "packs": packs,
        "report": {"status": status.as_str(), "text_sha256": text_sha256},
        "sources": content.sources.iter().map(source).collect::<Vec<_>>(),
        "files": files,
    }))
}

fn filter_text(input: &BundleInput<'_>, filter: &crate::query::Filter) -> String {
    let mut text = filter.text();
    if let Some(pseudonyms) = input.pseudonyms {
        pseudonyms.text(&mut text);
    }
    text
}

/// Returns what was replaced beyond secrets, and what that does to the journal.
fn pseudonyms(pseudonyms: &Pseudonyms) -> Json {
    let (entries, root) = &pseudonyms.journal;
    json!({
        "classes": pseudonyms.replaced().replaced,
        "key": "stays with the case",
        "journal": "the entries of the case's journal in other words, chained anew; the case holds the original",
        "original_journal": {"entries": entries, "root": root},
    })
}

/// Returns what the sources themselves could prove when the bundle was made.
fn completeness(statement: &Statement) -> Json {
    json!({
        "verdict": statement.verdict.word(),
        "sentence": statement.sentence,
        "details": statement.details,
    })
}

fn account(account: Account) -> Json {
    json!({
        "read": account.read,
        "kept": account.kept,
        "duplicate": account.duplicate,
        "rejected": account.rejected,
        "verdict": account.verdict(),
    })
}

pub(super) fn redactions(redactions: &[(String, u64)]) -> Json {
    let members = redactions.iter().map(|(class, count)| (class.clone(), json!(count)));
    Json::Object(members.collect())
}

fn source(source: &SourceFacts) -> Json {
    json!({
        "name": source.name,
        "member": source.member,
        "bytes": source.bytes,
        "sha256": source.sha256,
        "content_sha256": source.content_sha256,
        "state": source.state.as_str(),
        "reason": source.reason,
        "format": source.format,
        "proof": source.proof.as_ref().map(|proof| json!({
            "standing": proof.standing.as_str(), "state": proof.state,
        })),
        "first_time": source.first.map(|time| time.to_string()),
        "last_time": source.last.map(|time| time.to_string()),
        "account": account(source.account),
        "warnings": source.warnings,
    })
}
