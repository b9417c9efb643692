//! The parts that are nearly the same in every report: what it is, how it was made, what it cannot show.

use super::facts::Frame;
use super::{Block, Section, Table, Text, counted, joined};
use crate::criteria::Pack;
use crate::query::Filter;

/// What the report is and is not, the words of its verdicts, the state of the law it rests on.
pub(super) fn statement(frame: Frame<'_>) -> Section {
    let mut section = Section::new("1", "What this report is");
    section.say(
        "This report says what the listed records show, what they do not show, and what cannot be shown from them. It is \
         evidence for people who decide; it is not an opinion on whether a law or standard was met. Facts are taken from \
         the records and carry their place; what an analyst thinks stands apart and is marked as such. Names, actions and \
         other text from records are untrusted content, not instructions. All times are UTC.",
    );
    section.say(
        "Numbers in brackets name records: annex B lists each with its file, line and hashes. A number without a record is a \
         count over the whole case; annex A holds the question that gives it.",
    );
    let mut words = Table::new("Words of a verdict", &["Verdict", "Meaning"]);
    for (word, meaning) in [
        (
            "supports",
            "there was something to look at, nothing spoke against it, and every input was there",
        ),
        ("gap", "at least one record is an exception"),
        ("cannot-tell", "records or declared facts that are needed to decide are missing"),
        ("not-applicable", "a person declared it out of scope and said why"),
        (
            "observed, not observed",
            "for packs that name behavior: a sign of it is in the records, or is not; the records may not hold all",
        ),
    ] {
        words.row(vec![Text::word(word), Text::plain(meaning)]);
    }
    section.table(words);
    section.say(
        "Strength stands beside each verdict: strong, the record is the thing asked for; partial, it shows that a measure \
         worked, not that it is well designed; context, it helps a reader and decides nothing. Links between records have \
         grades: = the same identifier on both sides; + the same credential, or an identifier derived by a documented rule; \
         ~ close in time and shape, without a shared identifier.",
    );
    states_of_law(frame, &mut section);
    section
}

/// Says as of which day the packs tell the law; section 15 lists them.
fn states_of_law(frame: Frame<'_>, section: &mut Section) {
    let days: std::collections::BTreeSet<String> =
        frame.input.packs.iter().map(|pack| pack.as_of.to_string()).collect();
    if days.is_empty() {
        return;
    }
    let days: Vec<String> = days.into_iter().collect();
    section.say(format!(
        "The {} packs of criteria tell the law and the standards as of {}; section 15 lists each with its version and digest. \
         They are paraphrases. Each criterion says from when it applies.",
        frame.input.packs.len(),
        days.join(", ")
    ));
}

fn packs(frame: Frame<'_>, section: &mut Section) {
    let packs = frame.input.packs;
    if packs.is_empty() {
        return;
    }
    let names = ["Pack", "Version", "State of law", "Rests on", "SHA-256"];
    let mut table = Table::new("Packs of criteria", &names);
    for pack in packs {
        table.row(vec![
            Text::told(&pack.title).and(" ").code(&pack.id),
            Text::told(&pack.version),
            Text::plain(pack.as_of.to_string()),
            joined(pack.basis.iter().map(|basis| Text::told(basis))),
            Text::coded(&pack.sha256),
        ]);
    }
    section.table(table);
}

/// Returns how the events were chosen beside the marked and cited ones.
pub(super) fn chosen(filter: Option<&Filter>) -> Text {
    match filter {
        None => Text::plain("every event that is tagged, noted, or cited by a finding"),
        Some(filter) if filter.is_empty() => Text::plain("every event that has a time"),
        Some(filter) => Text::plain("the filter ")
            .quote(&filter.text())
            .and(", and every marked or cited event"),
    }
}

/// How the bundle was made and how to make it again.
pub(super) fn method(frame: Frame<'_>) -> Section {
    let mut section = Section::new("15", "Method");
    section.text(Text::new().quote(frame.input.tool).and(
        " read the files of section 5 without changing them, counted every record, told duplicates apart by the record's \
         own id or its bytes, and joined records by identifiers; links by time and shape are marked ~. Tags, notes and \
         findings are entries of the journal. Rules are questions to the records; annex A prints each with its population.",
    ));
    section.text(
        Text::plain("Events in the files of events: ")
            .then(chosen(frame.input.filter))
            .and(". No sample was drawn: populations are whole."),
    );
    packs(frame, &mut section);
    redaction(frame, &mut section);
    thresholds(frame, &mut section);
    section.heading("How to make it again");
    section.say(
        "manifest.json names every file of the bundle with its SHA-256, bundle.note the manifest; VERIFY.md says how to check \
         them. From the evidence and the journal, which belongs into the case folder before the export:",
    );
    section.blocks.push(Block::Code(
        "whytrail ingest EVIDENCE --case CASE\nwhytrail export --case CASE -o NEW-BUNDLE"
            .to_owned(),
    ));
    section.say(
        "The files are then equal byte for byte, but for the time of export in manifest.json, the signature in bundle.note \
         over it, the notes in checkpoints, and for the marks of redacted values when the case has another redaction key.",
    );
    section
}

fn redaction(frame: Frame<'_>, section: &mut Section) {
    section.heading("Redaction");
    if frame.content.redactions.is_empty() {
        section.say("No value was found to redact when the evidence was read.");
    } else {
        section.say(
            "Secret values were replaced by marks when the evidence was read. The same value has the same mark in this case \
             and another mark in every other case. Originals are unchanged.",
        );
        let mut table = Table::new("Values redacted, by class", &["Class", "#Values"]);
        for (class, count) in &frame.content.redactions {
            table.row(vec![Text::told(class), Text::count(*count)]);
        }
        section.table(table);
    }
    if frame.input.people.is_some() {
        section.say(
            "People that the case knows are named by pseudonyms in sections 0 to 16, the annexes and the short forms: keyed \
             digests of the identifier that all names of a person share, equal in every report of this case. Names are \
             found as whole words; a name that is short or a common word is replaced only where a field names a person.",
        );
    }
    if frame.input.pseudonyms.is_some() {
        section.say(
            "This is a bundle for others: identifiers of people and things are replaced by marks. The key stays with the case.",
        );
    }
}

fn thresholds(frame: Frame<'_>, section: &mut Section) {
    let Some(assessed) = frame.assessed() else { return };
    let mut table = Table::new("Thresholds", &["Threshold", "Value", "From"]);
    for (name, value, is_declared) in assessed.facts.thresholds.told() {
        let from = if is_declared { "declared" } else { "default" };
        table.row(vec![Text::plain(name), Text::plain(value), Text::plain(from)]);
    }
    section.table(table);
}

/// What the records and the journal cannot show.
pub(super) fn limits(frame: Frame<'_>) -> Section {
    let mut section = Section::new("16", "Limits");
    let mut limits: Vec<Text> = LIMITS.iter().map(|limit| Text::plain(*limit)).collect();
    limits.extend(near(frame));
    let n_missing: usize = frame.content.findings.iter().map(|part| part.missing.len()).sum();
    if n_missing > 0 {
        let missing = counted(n_missing as u64, "cited event");
        limits.push(Text::plain(format!(
            "{missing} could not be found in the evidence read for this case."
        )));
    }
    for trouble in frame.input.state.troubles() {
        limits.push(Text::plain("Journal: ").quote(trouble).and("."));
    }
    section.list(limits);
    rules(frame, &mut section);
    section
}

const LIMITS: [&str; 9] = [
    "Equal hashes show that a file is the same as when it was taken in. They say nothing about what was never logged or was \
     changed before.",
    "Integrity is not completeness: a folder with missing files has valid hashes too.",
    "The journal is a chain of hashes. It shows accidents and later edits by others; whoever owns the case folder and the \
     signing key can write the whole chain anew and sign it. Only a checkpoint that somebody else holds, or a time stamp, \
     closes that, and only from then on.",
    "A journal that was cut at its end is a valid shorter chain. Compare it with the last head held elsewhere.",
    "A name in the journal is what was typed; a signature shows a key, not a person. Times of acts are those of the machine.",
    "A person behind a session is what the records say: a shared credential hides who used it.",
    "Logs hold calls and decisions. Which options an agent considered, and why it chose one, is in no record unless the agent \
     wrote it.",
    "High-risk is a legal classification of a system for a purpose. No record shows it, and nothing here infers it.",
    "Redacted and masked values cannot be examined here; the original files hold them.",
];

fn near(frame: Frame<'_>) -> Option<Text> {
    let standing = frame.content.findings.iter().filter(|part| part.stands() && part.n_near() > 0);
    let numbers: Vec<String> = standing.map(|part| part.row.number.to_string()).collect();
    if numbers.is_empty() {
        return None;
    }
    let (noun, verb) = if numbers.len() == 1 { ("Finding", "leans") } else { ("Findings", "lean") };
    Some(
        Text::plain(format!("{noun} {} {verb} on ", numbers.join(", "))).code("~").and(
            " links. Such a link is a likeness in time and shape and may join what does not belong together.",
        ),
    )
}

/// What each rule that ran cannot show.
fn rules(frame: Frame<'_>, section: &mut Section) {
    let Some(assessed) = frame.assessed() else { return };
    let mut table =
        Table::new("What rules cannot show", &["Rule", "What it asks", "It cannot show"]);
    for run in &assessed.assessment.rules {
        let Some(rule) = assessed.book.rule(&run.rule) else { continue };
        table.row(vec![
            Text::told(&rule.id),
            Text::told(&rule.asks),
            Text::told(&rule.cannot_show),
        ]);
    }
    section.table(table);
}

/// Returns the pack with this id.
pub(super) fn pack_of<'p>(frame: Frame<'p>, id: &str) -> Option<&'p Pack> {
    frame.input.packs.iter().find(|pack| pack.id == id)
}
