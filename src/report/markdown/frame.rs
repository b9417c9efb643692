//! The parts of the report around its findings: cover, what the report is, summary, redaction, method, limits, sign-off.

use std::fmt::{self, Write};

use super::{Report, chosen, code, counted, header, quoted, row, time};
use crate::custody::leaf_hash;
use crate::model::rows::{FindingState, Severity};

const NOT_SET: &str = "______________________";

/// Writes the title and the status of the report.
pub(super) fn cover(report: Report<'_>, out: &mut String) -> fmt::Result {
    let input = report.input;
    writeln!(out, "# Evidence report: {}\n", quoted(input.case_name))?;
    writeln!(out, "**DRAFT** - not signed.\n")?;
    header(out, &["", ""])?;
    let mut line = |name: &str, value: String| row(out, &[name.to_owned(), value]);
    line("Case", format!("{} ({})", quoted(input.case_name), code(input.case_id)))?;
    line("Analyst", quoted(input.analyst))?;
    line("Tool", quoted(input.tool))?;
    let (first, last) = report.content.span.unzip();
    line("Period of the records", format!("{} to {}", time(first), time(last)))?;
    line("Journal", journal_head(input.journal))?;
    for pack in input.packs {
        let value = format!(
            "{} {}, state of law {}, {}",
            quoted(&pack.id),
            quoted(&pack.version),
            pack.as_of,
            code(&pack.sha256)
        );
        line("Criteria pack", value)?;
    }
    writeln!(out)
}

fn journal_head(journal: &[u8]) -> String {
    let lines: Vec<&[u8]> =
        journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    match lines.last() {
        None => "no entries".to_owned(),
        Some(last) => {
            let leaf = leaf_hash(last).to_string();
            let n_entries = lines.len();
            format!("{n_entries} entries, hash of the last {}", code(&leaf))
        }
    }
}

/// Writes what the report is and is not.
pub(super) fn statement(out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "## 1. What this report is\n\n\
         This report says what the listed records show, what they do not show, and what cannot be shown from them. It is \
         evidence for people who decide; it is not an opinion on whether a law or standard was met. Facts are taken from \
         the records and carry their place; what an analyst thinks stands apart and is marked as such. Names, actions and \
         other text from records are untrusted content, not instructions. All times are UTC.\n\n\
         Links between records have grades: `=` the same identifier on both sides; `+` the same credential, or an \
         identifier derived by a documented rule; `~` close in time and shape, without a shared identifier.\n"
    )
}

/// Writes the numbers on one page.
pub(super) fn summary(report: Report<'_>, out: &mut String) -> fmt::Result {
    let content = report.content;
    writeln!(out, "## 2. Summary\n")?;
    let in_case = content.n_dated + content.n_undated;
    writeln!(out, "- Events in this bundle: {} of {in_case} in the case", content.keys.len())?;
    if let Some(filter) = report.input.filter {
        writeln!(out, "- Chosen: {}, and every marked or cited event", chosen(filter))?;
    } else {
        writeln!(out, "- Chosen: every event that is tagged, noted, or cited by a finding")?;
    }
    writeln!(out, "- Row account: {}", content.account.verdict())?;
    writeln!(out, "- Tags: {}; notes: {}", content.n_tags, content.n_notes)?;
    for state in FindingState::ALL {
        let of_state = || content.findings.iter().filter(|part| part.row.state == *state);
        let n_findings = of_state().count();
        if n_findings == 0 {
            continue;
        }
        let severities: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .map(|severity| {
                (of_state().filter(|part| part.row.severity == *severity).count(), severity)
            })
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| format!("{count} {}", severity.as_str()))
            .collect();
        let total = content.findings.len();
        writeln!(
            out,
            "- Findings {}: {n_findings} of {total} ({})",
            state.as_str(),
            severities.join(", ")
        )?;
    }
    let n_weak = content.findings.iter().filter(|part| part.stands() && part.n_near() > 0).count();
    if n_weak > 0 {
        let n_standing = content.findings.iter().filter(|part| part.stands()).count();
        writeln!(out, "- Findings that lean on `~` links: {n_weak} of {n_standing} that stand")?;
    }
    writeln!(
        out,
        "- Events without a usable time, set aside: {} of {in_case}",
        content.n_undated_aside()
    )?;
    writeln!(
        out,
        "\nWhat is not covered is in sections 5 and 11; a summary must not be read without them.\n"
    )
}

/// Writes what was redacted, by class.
pub(super) fn redaction(report: Report<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "## 9. Redaction\n")?;
    if report.content.redactions.is_empty() {
        return writeln!(out, "No value was found to redact when the evidence was read.\n");
    }
    writeln!(
        out,
        "Secret values were replaced by marks when the evidence was read. The same value has the same mark in this case \
         and another mark in every other case. Originals are unchanged.\n"
    )?;
    header(out, &["Class", "#Values"])?;
    for (class, count) in &report.content.redactions {
        row(out, &[quoted(class), count.to_string()])?;
    }
    writeln!(out)
}

/// Writes how the bundle was made and how to make it again.
pub(super) fn method(report: Report<'_>, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "## 10. Method and how to rebuild\n\n\
         {} read the files of section 4 without changing them, counted every record, told duplicates apart by the record's \
         own id or its bytes, and joined records by identifiers only. Tags, notes and findings are entries of the journal.\n\n\
         `manifest.json` names every file of this bundle with its SHA-256, `bundle.note` the manifest; `VERIFY.md` says how to \
         check them. To build it again from the evidence and the \
         journal:\n\n\
         \x20   whytrail ingest EVIDENCE --case CASE\n\
         \x20   whytrail export --case CASE -o NEW-BUNDLE\n",
        quoted(report.input.tool)
    )?;
    if let Some(filter) = report.input.filter {
        writeln!(out, "The export was asked for with {}.\n", chosen(filter))?;
    }
    writeln!(
        out,
        "`journal.jsonl` belongs into the case folder before the export. The files are then equal byte for byte, but for \
         the time of export in `manifest.json`, the signature in `bundle.note` over it, the notes in `checkpoints`, and for the marks of redacted values when the case has another redaction \
         key.\n"
    )
}

/// Writes what the records and the journal cannot show.
pub(super) fn limits(report: Report<'_>, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "## 11. Limits\n\n\
         - Equal hashes show that a file is the same as when it was taken in. They say nothing about what was never logged \
         or was changed before.\n\
         - Integrity is not completeness: a folder with missing files has valid hashes too.\n\
         - The journal is a chain of hashes. It shows accidents and later edits by others; whoever owns the case folder and \
         the signing key can write the whole chain anew and sign it. Only a checkpoint that somebody else holds, or a time \
         stamp, closes that, and only from then on.\n\
         - A journal that was cut at its end is a valid shorter chain. Compare it with the last head held elsewhere.\n\
         - A name in the journal is what was typed; a signature would show a key, not a person. Times of acts are those of \
         the machine.\n\
         - A person behind a session is what the records say: a shared credential hides who used it.\n\
         - Redacted and masked values cannot be examined here; the original files hold them."
    )?;
    let near: Vec<String> = report
        .content
        .findings
        .iter()
        .filter(|part| part.stands() && part.n_near() > 0)
        .map(|part| part.row.number.to_string())
        .collect();
    if !near.is_empty() {
        let (noun, verb) =
            if near.len() == 1 { ("Finding", "leans") } else { ("Findings", "lean") };
        writeln!(
            out,
            "- {noun} {} {verb} on `~` links. Such a link is a likeness in time and shape and may join what does not \
             belong together.",
            near.join(", ")
        )?;
    }
    let n_missing: usize = report.content.findings.iter().map(|part| part.missing.len()).sum();
    if n_missing > 0 {
        let missing = counted(n_missing as u64, "cited event");
        writeln!(out, "- {missing} could not be found in the evidence read for this case.")?;
    }
    for trouble in report.input.state.troubles() {
        writeln!(out, "- Journal: {}.", quoted(trouble))?;
    }
    writeln!(out)
}

/// Writes the statements that people sign.
pub(super) fn sign_off(report: Report<'_>, out: &mut String) -> fmt::Result {
    let n_entries =
        report.input.journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    writeln!(
        out,
        "## 12. Sign-off\n\n\
         **DRAFT.** Each statement is signed or struck out on its own. A change after signing makes a new version that names \
         this one.\n\n\
         1. *Custody* (analyst): The files listed in section 4 were received as stated and their digests verified. I worked \
         on derived data only. The journal has {n_entries} entries.\n\
         2. *Findings* (analyst or lead): The facts in section 6 are drawn from the cited records. Opinions are marked as \
         mine.\n\
         3. *Review* (compliance officer): I have reviewed the scope, the criteria in section 8 and the limits in section \
         11. I accept / accept with remarks / return the report. This is not a statement that the system meets a law or \
         standard.\n"
    )?;
    header(out, &["", "Custody", "Findings", "Review"])?;
    for field in ["Name", "Role", "Organization", "Date and zone", "Method", "Remarks", "Signature"]
    {
        let blank = NOT_SET.to_owned();
        row(out, &[field.to_owned(), blank.clone(), blank.clone(), blank])?;
    }
    Ok(())
}
