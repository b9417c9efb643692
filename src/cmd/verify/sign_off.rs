//! The statement about the sign-off of a bundle: who signed which part of the report, and whether each signature holds over
//! the text that `report.html` has now. Everything in a bundle is untrusted.

use std::path::Path;

use serde_json::Value;

use crate::custody::{Chain, Part, SignOff, Stance, Statement, Verdict, sign_off};
use crate::report::{self, REPORT, Status};

/// Largest page that is read, in bytes.
const MOST: u64 = 1 << 30;

/// Returns the report of a bundle, if it is a file that can be read.
pub(super) fn page(root: &Path) -> Option<Vec<u8>> {
    let path = root.join(REPORT);
    let meta = std::fs::symlink_metadata(&path).ok()?;
    if meta.is_file() && meta.len() <= MOST { std::fs::read(path).ok() } else { None }
}

/// What is known of a report and of what people said of it.
struct Signing<'s> {
    signed: &'s [SignOff],
    /// SHA-256 of the text that the page has, if it has one.
    now: Option<&'s str>,
    /// What the manifest says it had, and how far it had come.
    then: &'s str,
    status: &'s str,
}

/// Returns statement 8: `page` is the report as it lies in the bundle.
pub(super) fn statement(page: Option<&[u8]>, chain: &Chain, manifest: Option<&Value>) -> Statement {
    let signed = sign_off::read(&chain.entries, &chain.leaves);
    let now = page.and_then(|page| report::digest_in(&String::from_utf8_lossy(page)));
    let text = |name: &str| manifest?.get("report")?.get(name)?.as_str();
    let signing = Signing {
        signed: &signed,
        now: now.as_deref(),
        then: text("text_sha256").unwrap_or_default(),
        status: text("status").unwrap_or_default(),
    };
    let is_for_others = manifest
        .and_then(|manifest| manifest.get("pseudonyms"))
        .is_some_and(|value| !value.is_null());
    let (verdict, sentence, details) = if is_for_others {
        let sentence = "a bundle for others has the journal in other words and is not signed; the case's own report is";
        (Verdict::NotShown, sentence.to_owned(), Vec::new())
    } else {
        let (verdict, sentence) = signing.judged();
        (verdict, sentence, Part::ALL.iter().map(|part| signing.told(*part)).collect())
    };
    Statement { number: 8, name: "sign-off", verdict, sentence, details }
}

impl Signing<'_> {
    fn judged(&self) -> (Verdict, String) {
        let Some(now) = self.now else {
            let verdict = if self.signed.is_empty() { Verdict::NotShown } else { Verdict::False };
            return (verdict, format!("{REPORT} has no text that can be signed"));
        };
        if !self.then.is_empty() && self.then != now {
            let was_signed = self.signed.iter().any(|one| one.counts_for(self.then));
            let after = if was_signed { "it was signed" } else { "the export" };
            return (
                Verdict::False,
                format!(
                    "{REPORT} was changed after {after}: its text has SHA-256 {now}, and it had {}. Ask for the report again",
                    self.then
                ),
            );
        }
        let wrong = self.signed.iter().filter(|one| one.signed.is_err()).count();
        if wrong > 0 {
            let noun = if wrong == 1 { "a signature does" } else { "signatures do" };
            return (
                Verdict::False,
                format!("{noun} not hold, and nothing is shown by what stands under them"),
            );
        }
        let standing = report::standing(self.signed, now);
        let status = report::status(&standing);
        if !self.status.is_empty() && status.as_str() != self.status {
            let sentence = format!(
                "the bundle says that the report is {}, and by the signatures it is {}",
                self.status,
                status.as_str()
            );
            return (Verdict::False, sentence);
        }
        match status {
            Status::Signed => (
                Verdict::Holds,
                format!(
                    "SIGNED: each statement is signed or struck out, and each signature holds over the text of {REPORT}, \
                     SHA-256 {now}; whose the keys are, only those can say who know them"
                ),
            ),
            Status::Draft | Status::ForReview if standing.is_empty() => {
                (Verdict::NotShown, format!("{}: not signed", status.as_str()))
            }
            Status::Draft | Status::ForReview => (
                Verdict::NotShown,
                format!(
                    "{}: not each statement is signed over the text of {REPORT}",
                    status.as_str()
                ),
            ),
        }
    }

    /// Returns what was said about one part: who said it, with which key, and what the signature is worth here.
    fn told(&self, part: Part) -> String {
        let word = part.as_str();
        let of_part = || self.signed.iter().filter(move |one| one.statement.part == part);
        let now = self.now.unwrap_or_default();
        let newest = of_part().rfind(|one| one.counts_for(now)).or_else(|| of_part().next_back());
        let Some(one) = newest else { return format!("{word}: not signed") };
        let (entry, name, at) = (one.entry, &one.statement.name, one.statement.at);
        match &one.signed {
            Err(why) => {
                format!("{word}: the signature of `{name}` in entry {entry} does not hold: {why}")
            }
            Ok(key) if one.counts_for(now) => format!(
                "{word}: {} by `{name}`, {}, at {at}; entry {entry}, key SHA-256 {key}; the signature holds over this text",
                stance(one.statement.stance),
                one.statement.role
            ),
            Ok(key) => format!(
                "{word}: not signed; `{name}` signed another text at {at}, entry {entry}, key SHA-256 {key}, text {}",
                one.statement.body
            ),
        }
    }
}

const fn stance(stance: Stance) -> &'static str {
    match stance {
        Stance::Accept => "signed",
        Stance::AcceptWithRemarks => "signed with remarks",
        Stance::Return => "sent back",
        Stance::StrikeOut => "struck out",
    }
}
