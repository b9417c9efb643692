//! What was examined: planes, the account of rows, the files with their hashes, and what is missing.

use std::fmt::{self, Write};

use super::{Report, code, counted, header, maybe, quoted, row, time};
use crate::model::Plane;
use crate::query::export::SourceFacts;

/// Files listed in the report; the manifest has all.
const MAX_SOURCES: usize = 1_000;

/// Writes which layers the records come from.
pub(super) fn examined(report: Report<'_>, out: &mut String) -> fmt::Result {
    let content = report.content;
    writeln!(out, "## 3. What was examined\n")?;
    let in_case = content.n_dated + content.n_undated;
    header(out, &["Plane", "#Events", "#Of"])?;
    for (plane, count) in &content.planes {
        row(out, &[plane.to_string(), count.to_string(), in_case.to_string()])?;
    }
    writeln!(out)
}

/// Writes the account of rows and the table of files.
pub(super) fn table(report: Report<'_>, out: &mut String) -> fmt::Result {
    let content = report.content;
    let account = content.account;
    writeln!(out, "## 4. Sources and custody\n")?;
    writeln!(
        out,
        "read {} = kept {} + duplicate {} + rejected {}: **{}**\n",
        account.read,
        account.kept,
        account.duplicate,
        account.rejected,
        account.verdict()
    )?;
    header(
        out,
        &[
            "File",
            "State",
            "Proof",
            "Format",
            "#Bytes",
            "#Read",
            "#Rejected",
            "First",
            "Last",
            "SHA-256 as received",
        ],
    )?;
    for source in content.sources.iter().take(MAX_SOURCES) {
        row(
            out,
            &[
                name(source),
                source.state.as_str().to_owned(),
                maybe(source.proof.as_ref().map(|proof| proof.state.as_str())),
                maybe(source.format.as_deref()),
                source.bytes.to_string(),
                source.account.read.to_string(),
                source.account.rejected.to_string(),
                source.first.map_or_else(|| "-".to_owned(), |first| time(Some(first))),
                source.last.map_or_else(|| "-".to_owned(), |last| time(Some(last))),
                code(&source.sha256),
            ],
        )?;
    }
    if content.sources.len() > MAX_SOURCES {
        let more = content.sources.len() - MAX_SOURCES;
        writeln!(out, "\n{more} more of {} files are in `manifest.json`.", content.sources.len())?;
    }
    writeln!(
        out,
        "\nThe digest of each file's content after decompression is in `manifest.json`. Collector, method and authority of \
         the collection are for a person to add.\n"
    )
}

fn name(source: &SourceFacts) -> String {
    match &source.member {
        Some(member) => format!("{} &gt; {}", quoted(&source.name), quoted(member)),
        None => quoted(&source.name),
    }
}

/// Writes what the evidence does not have.
pub(super) fn completeness(report: Report<'_>, out: &mut String) -> fmt::Result {
    let content = report.content;
    writeln!(out, "## 5. Completeness\n")?;
    for plane in Plane::ALL.iter().filter(|plane| **plane != Plane::Other) {
        if !content.planes.iter().any(|(known, _)| known == plane) {
            writeln!(
                out,
                "- No record of plane {plane} was supplied: what only it holds cannot be shown."
            )?;
        }
    }
    let troubled: Vec<&SourceFacts> = content.troubled().collect();
    let total = content.sources.len();
    writeln!(out, "- Files with problems: {} of {total}", troubled.len())?;
    for source in troubled.iter().take(MAX_SOURCES) {
        let mut why = Vec::new();
        why.extend(source.reason.as_deref().map(quoted));
        if source.account.rejected > 0 {
            why.push(format!(
                "{} of {} records rejected",
                source.account.rejected, source.account.read
            ));
        }
        why.extend(source.warnings.iter().map(|warning| quoted(warning)));
        writeln!(out, "  - {} ({}): {}", name(source), source.state.as_str(), why.join("; "))?;
    }
    let aside = counted(content.n_undated_aside(), "event");
    writeln!(
        out,
        "- Without a usable time and set aside: {aside} of {}. None borrows a time from a neighbor.",
        content.n_dated + content.n_undated
    )?;
    if content.n_undated_inside > 0 {
        let inside = counted(content.n_undated_inside, "event");
        writeln!(
            out,
            "- Without a usable time but in this bundle: {inside}; the Timesketch file cannot hold them."
        )?;
    }
    writeln!(out)
}
