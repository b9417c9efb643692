//! `manifest.json`: what a bundle was made from and what it holds, with the hash of every source and every file. Written
//! last, and the only file that holds the time of the export.

use serde_json::{Value as Json, json};

use super::bundle::{BundleInput, Counts};
use super::content::Content;
use super::folder::FileLine;
use super::safe;
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
        "filter": input.filter.map(crate::query::Filter::text),
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
        "packs": packs,
        "sources": content.sources.iter().map(source).collect::<Vec<_>>(),
        "files": files,
    }))
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

fn redactions(redactions: &[(String, u64)]) -> Json {
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
        "first_time": source.first.map(|time| time.to_string()),
        "last_time": source.last.map(|time| time.to_string()),
        "account": account(source.account),
        "warnings": source.warnings,
    })
}
