//! The annexes that point at other files of the bundle, and those that people fill in.

use super::super::identity_key::FILE as IDENTITY_KEY;
use super::super::{events_csv, events_json, findings as findings_json, timesketch};
use super::facts::Frame;
use super::{Section, Table, Text};

/// Files beside the report, and what each is for.
pub(super) fn files(frame: Frame<'_>) -> Section {
    let mut section = Section::new("C", "Files beside this report");
    let mut table = Table::new("Files of the bundle", &["File", "What it holds"]);
    let mut files = vec![
        (findings_json::FILE, "findings with their facts, links and blind spots"),
        (events_json::FILE, "each event of the bundle whole, with its places, links and marks"),
        (events_csv::FILE, "the same events as a sheet; cells are guarded against formulas"),
        (timesketch::FILE, "the same events for Timesketch"),
        ("report.md", "this report as Markdown, for comparison and review"),
        (
            "journal.jsonl",
            "annex D: every act of the analyst, chained; VERIFY.md says how to check it",
        ),
        ("manifest.json", "every file with its SHA-256, every source, what was left out"),
        ("VERIFY.md", "how to check the bundle without the program that made it"),
    ];
    if frame.input.people.is_some() {
        let what = "annex E: the names behind the pseudonyms of this report; restricted, may be handed over apart";
        files.push((IDENTITY_KEY, what));
    }
    files.push(("forms/", "short forms made from the same data"));
    files.push((
        "oscal/, ocsf/, evidence.xlsx, events.parquet, exceptions.csv",
        "where they were asked for: the same verdicts, exceptions and events for other programs",
    ));
    for (name, what) in files {
        table.row(vec![Text::coded(name), Text::plain(what)]);
    }
    section.table(table);
    if frame.input.pseudonyms.is_some() {
        section.say("The journal in this bundle is the case's own in other words; the case holds the original.");
    }
    section
}

/// The journal, and how one entry of it is shown without the others.
pub(super) fn journal() -> Section {
    let mut section = Section::new("D", "Journal");
    section.say(
        "Every act of the analyst is a line of `journal.jsonl`, chained by hashes; the cover names its size and root. \
         `VERIFY.md` checks the chain. `whytrail case prove` shows that one entry is part of what a checkpoint covers, without \
         the others.",
    );
    section
}

/// The key of identities: a file of its own, which may be kept from who gets the report.
pub(super) fn identities(frame: Frame<'_>) -> Section {
    let mut section = Section::new("E", "Identity key");
    section.text(match (frame.input.people, frame.input.pseudonyms) {
        (Some(_), _) => Text::plain(
            "Which person stands behind a pseudonym is not in this report. `identity-key.csv` has the names that each stands \
             for and how the case knows them. The file is restricted: it may be handed over apart, and is given away only \
             by a decision that is written down. Events, findings and the journal beside this report are evidence and \
             keep the names of the records.",
        ),
        (None, Some(_)) => Text::plain(
            "Which person stands behind a mark is not in this bundle. The key is kept with the case, and given away only by a \
             decision that is written down.",
        ),
        (None, None) => Text::plain(
            "This report was written with `--names`: people have the names of the records, and no key is needed. Without \
             the switch people stand under pseudonyms, and the key is a file of its own.",
        ),
    });
    let mut table = Table::new("Release", &["Question", "Answer"]);
    for question in ["Released to", "By whose decision", "On which date"] {
        table.row(vec![Text::plain(question), Text::blank()]);
    }
    section.table(table);
    section
}

/// A worksheet for who certifies records by their hashes.
pub(super) fn certification(frame: Frame<'_>) -> Section {
    let mut section = Section::new("F", "Certification worksheet");
    section.say(
        "For a person who certifies that records were made by a machine in its ordinary work and copied exactly, as digests \
         show (in the style of Rules 902(13) and 902(14) of the Federal Rules of Evidence). Whether it serves is for counsel.",
    );
    let mut table = Table::new("Declaration", &["Question", "Answer"]);
    table.row(vec![
        Text::plain("Records"),
        Text::plain(format!(
            "{} files of section 5, each by its SHA-256; {} records read",
            frame.content.sources.len(),
            frame.content.account.read
        )),
    ]);
    table.row(vec![
        Text::plain("Program that computed the digests"),
        Text::quoted(frame.input.tool),
    ]);
    for question in [
        "Person who certifies, and qualification",
        "System that made the records, and how it works",
        "How the copies were made and compared",
        "Date, place, signature",
    ] {
        table.row(vec![Text::plain(question), Text::blank()]);
    }
    section.table(table);
    section
}
