//! The cover and the sign-off: how far the report has come, which digests stand for it, who signed what. Apart from the body,
//! because signing must not change what is signed. SIGNED stands here only while signatures are right and speak of this body.

use serde_json::Value;

use super::super::bundle::BundleInput;
use super::document_title;
use super::facts::Frame;
use super::{Section, Status, Table, Text, words};
use crate::custody::{
    ActKind, Checkpoint, Entry, Part, SignOff, Stance, checkpoint, read_chain, sign_off,
};

/// The cover and the sign-off of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Front {
    pub(in crate::report) title: Text,
    pub(in crate::report) status: Status,
    /// What the status means here.
    pub(in crate::report) standing: Text,
    pub(in crate::report) cover: Table,
    pub(in crate::report) sign_off: Section,
}

/// What the journal says of reports.
struct Journal {
    entries: Vec<Entry>,
    size: usize,
    root: String,
    signed: Vec<SignOff>,
}

impl Journal {
    fn read(input: &BundleInput<'_>) -> Self {
        let chain = read_chain(input.journal);
        let of = Checkpoint::of(&checkpoint::origin(input.case_name), &chain.leaves);
        let signed = sign_off::read(&chain.entries, &chain.leaves);
        Self { size: chain.leaves.len(), root: of.root.to_string(), signed, entries: chain.entries }
    }

    /// Returns the last export that the journal names, and how many there were.
    fn exports(&self) -> (usize, Option<&Entry>) {
        let is_export = |entry: &&Entry| {
            entry.act == ActKind::ExportCreate.as_str()
                && entry.detail.get("manifest_sha256").is_some()
        };
        let exports: Vec<&Entry> = self.entries.iter().filter(is_export).collect();
        (exports.len(), exports.last().copied())
    }
}

/// Returns the newest statement on each part that counts for the body with this digest.
pub fn standing<'s>(signed: &'s [SignOff], body: &str) -> Vec<&'s SignOff> {
    Part::ALL
        .iter()
        .filter_map(|part| {
            signed.iter().rfind(|one| one.statement.part == *part && one.counts_for(body))
        })
        .collect()
}

/// Returns how far a report with these statements has come.
pub fn status(standing: &[&SignOff]) -> Status {
    let stance = |part: Part| {
        standing.iter().find(|one| one.statement.part == part).map(|one| one.statement.stance)
    };
    let is_decided = |part: Part| match stance(part) {
        Some(Stance::Accept | Stance::AcceptWithRemarks | Stance::StrikeOut) => true,
        Some(Stance::Return) | None => false,
    };
    if !is_decided(Part::Custody) || !is_decided(Part::Findings) {
        return Status::Draft;
    }
    match stance(Part::Review) {
        Some(Stance::Accept | Stance::AcceptWithRemarks) => Status::Signed,
        Some(Stance::Return) => Status::Draft,
        Some(Stance::StrikeOut) | None => Status::ForReview,
    }
}

/// Makes the cover and the sign-off for a body with this digest.
pub(in crate::report) fn front(frame: Frame<'_>, body: &str) -> Front {
    let journal = Journal::read(frame.input);
    let standing = standing(&journal.signed, body);
    let status = status(&standing);
    Front {
        title: title(frame),
        status,
        standing: meaning(status, &standing),
        cover: cover(frame, &journal, body),
        sign_off: section(frame, &journal, &standing, status, body),
    }
}

fn title(frame: Frame<'_>) -> Text {
    let mut title = document_title(frame, "Evidence report");
    if let Some(people) = frame.input.people {
        words::rename(people, &mut title);
    }
    title
}

fn meaning(status: Status, standing: &[&SignOff]) -> Text {
    let is_returned = standing.iter().any(|one| one.statement.stance == Stance::Return);
    Text::plain(match status {
        Status::Draft if is_returned => "sent back by the reviewer",
        Status::Draft => "not signed",
        Status::ForReview => "custody and findings are signed or struck out; the review is open",
        Status::Signed => {
            "each statement is signed or struck out, and each signature is right for this text"
        }
    })
}

fn cover(frame: Frame<'_>, journal: &Journal, body: &str) -> Table {
    let input = frame.input;
    let mut table = Table::new("Cover", &["", ""]);
    let mut line = |name: &'static str, value: Text| table.row(vec![Text::plain(name), value]);
    line("Case", Text::quoted(input.case_name).and(" (").code(input.case_id).and(")"));
    let (first, last) = frame.content.span.unzip();
    line("Period of the records", Text::time(first).and(" to ").then(Text::time(last)));
    line("Analyst", frame.person(input.analyst));
    line("Tool", Text::quoted(input.tool));
    let (n_exports, before) = journal.exports();
    line("Version", Text::plain(format!("{}", n_exports + 1)));
    if let Some(before) = before {
        line("Version before", earlier(before));
    }
    line("Journal", Text::plain(format!("{} entries, root ", journal.size)).code(&journal.root));
    if let Some(assessed) = frame.assessed() {
        let digest = &assessed.facts.sha256;
        let facts = if digest.is_empty() {
            Text::plain("none")
        } else {
            Text::plain("SHA-256 ").code(digest)
        };
        line("Declared facts", facts);
    }
    line(
        "Names of people",
        Text::plain(match (input.people, input.pseudonyms) {
            (Some(_), _) => {
                "pseudonyms, but for the sign-off; `identity-key.csv` has the names, and is restricted"
            }
            (None, Some(_)) => "replaced by marks; the key stays with the case",
            (None, None) => "as the records have them; without `--names` they are pseudonyms",
        }),
    );
    line("Digest of the text", Text::plain("SHA-256 ").code(body));
    line("Classification", Text::blank());
    line("Distribution", Text::blank());
    if let Some(people) = input.people {
        words::table(people, &mut table);
    }
    table
}

/// Names an export before this one.
fn earlier(entry: &Entry) -> Text {
    let digest = |name: &str| entry.detail.get(name).and_then(Value::as_str);
    let text = Text::quoted(&entry.subj).and(format!(" of {}", entry.ts));
    match (digest("report_sha256"), digest("manifest_sha256")) {
        (Some(report), _) => text.and(", report.html SHA-256 ").code(report),
        (None, Some(manifest)) => text.and(", manifest.json SHA-256 ").code(manifest),
        (None, None) => text,
    }
}

fn section(
    frame: Frame<'_>,
    journal: &Journal,
    standing: &[&SignOff],
    status: Status,
    body: &str,
) -> Section {
    let mut section = Section::new("17", "Sign-off");
    section.text(
        Text::word(status.as_str())
            .and(": ")
            .then(meaning(status, standing))
            .and(". Each statement is signed or struck out on its own. A change after signing makes a new version that names \
                  this one."),
    );
    let date = "______________";
    section.list(vec![
        Text::new().strong("Custody").and(format!(
            " (analyst): The files listed in section 5 were received as stated and their digests verified on {date}. I \
             worked on derived data only. Journal size {}, root ",
            journal.size
        )).code(&journal.root).and("."),
        Text::new().strong("Findings").and(
            " (analyst or lead): The facts in section 11 are drawn from the cited records. Opinions are marked as mine.",
        ),
        Text::new().strong("Review").and(
            " (compliance officer): I have reviewed the scope, the criteria tables and the limits in section 16. I accept / \
             accept with remarks / return the report. This is not a statement that the system meets a law or standard.",
        ),
    ]);
    section.table(fields(standing));
    others(journal, standing, body, &mut section);
    how(body, &mut section);
    state(frame, &mut section);
    section
}

/// The fields of the three statements: what a right signature says, else a place to write.
fn fields(standing: &[&SignOff]) -> Table {
    let mut table = Table::new("Statements", &["Field", "Custody", "Findings", "Review"]);
    let mut line = |name: &'static str, value: &dyn Fn(&SignOff) -> Text| {
        let cells = Part::ALL.iter().map(|part| {
            let one = standing.iter().find(|one| one.statement.part == *part);
            one.map_or_else(Text::blank, |one| value(one))
        });
        table.row(std::iter::once(Text::plain(name)).chain(cells).collect());
    };
    line("Statement", &|one| Text::word(one.statement.stance.as_str()));
    line("Name", &|one| Text::quoted(&one.statement.name));
    line("Role", &|one| Text::quoted(&one.statement.role));
    line("Organization", &|one| Text::maybe(one.statement.organization.as_deref()));
    line("Date and zone", &|one| Text::plain(one.statement.at.to_string()));
    line("Method", &|one| match &one.signed {
        Ok(key) => Text::plain("Ed25519 key, SHA-256 ").code(key),
        Err(why) => Text::plain(why.clone()),
    });
    line("Remarks", &|one| Text::maybe(one.statement.remarks.as_deref()));
    line("Signature", &|one| Text::plain(format!("entry {} of the journal", one.entry)));
    table
}

/// Names statements of the journal that do not count for this text.
fn others(journal: &Journal, standing: &[&SignOff], body: &str, section: &mut Section) {
    let others: Vec<Text> = journal
        .signed
        .iter()
        .filter(|one| !standing.contains(one))
        .map(|one| {
            let why = match &one.signed {
                Err(why) => why.clone(),
                Ok(_) if one.statement.body != body => "it was given for another text".to_owned(),
                Ok(_) => "a later one replaces it".to_owned(),
            };
            Text::plain(format!("Entry {}, {} by ", one.entry, one.statement.part.as_str()))
                .quote(&one.statement.name)
                .and(format!(", does not count here: {why}; text "))
                .code(&one.statement.body)
                .and(".")
        })
        .collect();
    section.list(others);
    let keys: std::collections::BTreeSet<&str> =
        standing.iter().filter_map(|one| one.signed.as_deref().ok()).collect();
    if standing.len() > 1 && keys.len() == 1 {
        section.notice(Text::plain(
            "One key signed all of these statements: a signature shows a key, not that several people looked.",
        ));
    }
}

fn how(body: &str, section: &mut Section) {
    section.text(
        Text::plain(
            "To sign on paper, write the digest of the text beside the name. To sign with a key: `whytrail sign \
             STATEMENT --name NAME --role ROLE --digest` ",
        )
        .code(body)
        .and(
            "; the next export then shows it. The digest is that of report.html between the marks \
             `part` and `end of part`, both included; this prints it:",
        ),
    );
    section.blocks.push(super::Block::Code(
        "sed -n '/^<!-- part -->$/,/^<!-- end of part -->$/p' report.html | sha256sum".to_owned(),
    ));
    section.say(
        "manifest.json has the digest of the whole file, bundle.note that of the manifest, and the journal of the case both.",
    );
}

/// What verification says of the case as it was when this version was made.
fn state(frame: Frame<'_>, section: &mut Section) {
    if frame.input.statements.is_empty() {
        return;
    }
    let mut table = Table::new(
        "State of the case when this version was made",
        &["Statement", "Verdict", "What was shown"],
    );
    for statement in frame.input.statements {
        table.row(vec![
            Text::plain(format!("{}. {}", statement.number, statement.name)),
            Text::word(statement.verdict.word()),
            Text::told(&statement.sentence),
        ]);
    }
    section.table(table);
    section.say(
        "Digests of the files of evidence were taken when they were read; `whytrail verify CASE` reads the files again.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::sign_off::Statement;
    use crate::model::Micros;

    fn one(part: Part, stance: Stance, body: &str, is_right: bool) -> SignOff {
        SignOff {
            entry: 1,
            statement: Statement {
                part,
                stance,
                name: "n".to_owned(),
                role: "r".to_owned(),
                organization: None,
                remarks: None,
                at: Micros(0),
                body: body.to_owned(),
            },
            signed: if is_right { Ok("key".to_owned()) } else { Err("wrong".to_owned()) },
        }
    }

    fn status_of(signed: &[SignOff]) -> Status {
        status(&standing(signed, "text"))
    }

    #[test]
    fn report_is_signed_only_by_right_signatures_over_this_text() {
        use Part::{Custody, Findings, Review};
        use Stance::{Accept, AcceptWithRemarks, Return, StrikeOut};
        let right = |part, stance| one(part, stance, "text", true);
        let both = vec![right(Custody, Accept), right(Findings, StrikeOut)];
        let with = |more: SignOff| [both.clone(), vec![more]].concat();
        assert_eq!(status_of(&[]), Status::Draft);
        assert_eq!(status_of(&both), Status::ForReview);
        assert_eq!(status_of(&with(right(Review, Accept))), Status::Signed);
        assert_eq!(status_of(&with(right(Review, AcceptWithRemarks))), Status::Signed);
        assert_eq!(status_of(&with(right(Review, Return))), Status::Draft);
        assert_eq!(status_of(&with(one(Review, Accept, "text", false))), Status::ForReview);
        assert_eq!(status_of(&with(one(Review, Accept, "other", true))), Status::ForReview);
        assert_eq!(
            status_of(&[right(Review, Accept)]),
            Status::Draft,
            "a review of nothing signed"
        );
    }

    #[test]
    fn later_statement_replaces_the_one_before() {
        let signed = [
            one(Part::Custody, Stance::Accept, "text", true),
            one(Part::Findings, Stance::Accept, "text", true),
            one(Part::Review, Stance::Accept, "text", true),
            one(Part::Review, Stance::Return, "text", true),
        ];
        assert_eq!(status_of(&signed), Status::Draft);
    }
}
