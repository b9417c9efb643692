//! What the sources prove about themselves: joins the stored facts with the judges of `custody`, keeps the verdicts, and
//! makes the statement of `whytrail verify` about completeness.

use std::collections::BTreeMap;

use crate::custody::chains;
use crate::custody::digests::{self, Delivery, Evidence, Located, Supplied};
use crate::custody::verify::{Statement, Verdict};
use crate::failure::Failure;
use crate::model::proof::{ProofDocument, ProofSummary, ProofVerdict, Standing, Subject};
use crate::query::proofs::{self, ProofFacts, SourceFile};
use crate::store::{Reader, Store};
use crate::text::sanitize::sanitize;

/// Number and name of the statement.
const NUMBER: u8 = 7;
const NAME: &str = "completeness: what the sources themselves prove";

/// Verdicts named one by one at most.
const NAMED: usize = 200;

/// The format of log files as CloudTrail delivers them; other formats of its records are copies by other services.
const LOG_FILE: &str = "aws.cloudtrail";
const COPIES: &[&str] = &["aws.lookup-events", "aws.eventbridge", "aws.cloudwatch-"];

/// Judges anew and keeps the verdicts. The same facts give the same verdicts, whatever the order of loading.
pub(super) fn refresh(store: &Store) -> Result<(), Failure> {
    let verdicts = evaluate(&store.reader()?)?;
    Ok(store.writer()?.replace_verdicts(&verdicts)?)
}

/// Judges what the store holds, without keeping anything.
fn evaluate(reader: &Reader) -> Result<Vec<ProofVerdict>, Failure> {
    let facts = proofs::facts(reader)?;
    let names: BTreeMap<i32, &str> =
        facts.files.iter().map(|file| (file.source, file.name.as_str())).collect();
    let name_of = |source| names.get(&source).copied().unwrap_or_default().to_owned();
    let mut verdicts = chains::evaluate(&facts.chained, name_of);
    verdicts.extend(digests::evaluate(&supplied(&facts)));
    Ok(verdicts)
}

fn supplied(facts: &ProofFacts) -> Supplied {
    let mut supplied = Supplied::default();
    for (file, document) in &facts.documents {
        let at = located(file);
        match document.clone() {
            ProofDocument::Digest(digest) => supplied.digests.push((at, digest)),
            ProofDocument::KeyList(list) => supplied.keys.push((at, list)),
            ProofDocument::Signature(saved) => supplied.signatures.push((at, saved)),
            ProofDocument::LakeSign(sign) => supplied.lake.push((at, sign)),
            ProofDocument::Malformed { kind, why } => supplied.malformed.push((at, kind, why)),
        }
    }
    supplied.evidence = facts
        .files
        .iter()
        .map(|file| Evidence {
            at: located(file),
            delivery: delivery(file),
            is_damaged: file.is_damaged,
        })
        .collect();
    supplied
}

fn located(file: &SourceFile) -> Located {
    Located {
        source: file.source,
        name: file.name.clone(),
        path: file.path.clone(),
        sha256: file.sha256.clone(),
        content_sha256: file.content_sha256.clone(),
    }
}

fn delivery(file: &SourceFile) -> Delivery {
    match file.format.as_deref() {
        Some(LOG_FILE) if !file.is_reencoded => Delivery::LogFile,
        Some(LOG_FILE) => Delivery::Copy,
        Some(format) if COPIES.iter().any(|copy| format.starts_with(copy)) => Delivery::Copy,
        _ => Delivery::Other,
    }
}

/// Says what the sources prove about their completeness. Judges anew, so that stored verdicts need no trust.
pub(super) fn completeness(reader: &Reader) -> Result<Statement, Failure> {
    let verdicts = evaluate(reader)?;
    Ok(statement(&verdicts))
}

fn statement(verdicts: &[ProofVerdict]) -> Statement {
    // Key lists and saved signatures are means of proof: they count when something is wrong with them.
    let is_mean = |one: &ProofVerdict| matches!(one.subject, Subject::KeyList | Subject::Signature);
    let count = |standing| {
        let counts = |one: &&ProofVerdict| {
            one.standing == standing && (standing == Standing::False || !is_mean(one))
        };
        verdicts.iter().filter(counts).count()
    };
    let (shown, open, false_ones) =
        (count(Standing::Shown), count(Standing::NotShown), count(Standing::False));
    let all = shown + open + false_ones;
    let (verdict, sentence) = if false_ones > 0 {
        let sentence = format!(
            "{false_ones} of {all} proofs do not hold: see each below; collect what is missing again, and treat changed files \
             as unproven"
        );
        (Verdict::False, sentence)
    } else if all == 0 {
        let sentence =
            "no source here has a proof of its own; integrity since intake is not completeness"
                .to_owned();
        (Verdict::NotShown, sentence)
    } else if open > 0 {
        let sentence = format!(
            "{shown} of {all} proofs hold and {open} cannot be checked with what was supplied; integrity is not completeness"
        );
        (Verdict::NotShown, sentence)
    } else {
        let sentence = format!(
            "all {shown} proofs that the sources carry hold; they speak of what was delivered, not of what was never logged"
        );
        (Verdict::Holds, sentence)
    };
    Statement { number: NUMBER, name: NAME, verdict, sentence, details: details(verdicts) }
}

/// Returns the numbers, then what does not hold, then gaps, each with its reasons.
fn details(verdicts: &[ProofVerdict]) -> Vec<String> {
    let mut counts: BTreeMap<(Subject, Standing, &str), u64> = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry((verdict.subject, verdict.standing, &verdict.state)).or_default() += 1;
    }
    let mut lines: Vec<String> = counts
        .into_iter()
        .map(|((subject, _, state), count)| format!("{count} {}: {state}", subject.as_str()))
        .collect();
    let mut wrong: Vec<&ProofVerdict> =
        verdicts.iter().filter(|one| one.standing == Standing::False).collect();
    wrong.sort_by(|a, b| (a.subject, &a.name).cmp(&(b.subject, &b.name)));
    lines.extend(wrong.iter().take(NAMED).map(|one| {
        format!("{} {}: {} ({})", one.subject.as_str(), one.name, one.state, one.details.join("; "))
    }));
    if wrong.len() > NAMED {
        lines.push(format!(
            "and {} more: whytrail sql \"FROM proofs WHERE standing = 'false'\"",
            wrong.len() - NAMED
        ));
    }
    let gaps = verdicts.iter().flat_map(|one| {
        let gaps = one.details.iter().filter(|detail| detail.starts_with("gap: "));
        gaps.map(|gap| format!("{} {}: {gap}", one.subject.as_str(), one.name))
    });
    lines.extend(gaps.take(NAMED));
    lines.iter().map(|line| sanitize(line).into_owned()).collect()
}

/// Returns the line about proofs for an account of the case.
pub(super) fn line(summary: &ProofSummary) -> Option<String> {
    let line = summary.line()?;
    let advice = if summary.has_false() { "   see: whytrail sql \"FROM proofs\"" } else { "" };
    Some(sanitize(&format!("{line}{advice}")).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(standing: Standing, state: &str) -> ProofVerdict {
        ProofVerdict {
            subject: Subject::Log,
            standing,
            state: state.to_owned(),
            name: "a\u{1b}[2J.json".to_owned(),
            details: vec!["why".to_owned(), "gap: no log files".to_owned()],
            source: Some(1),
        }
    }

    #[test]
    fn one_false_proof_makes_the_statement_false_and_is_named_harmlessly() {
        let statement = statement(&[
            verdict(Standing::Shown, "signed"),
            verdict(Standing::False, "listed, hash mismatch"),
        ]);
        assert_eq!((statement.number, statement.verdict), (7, Verdict::False));
        let text = statement.details.join("\n");
        assert!(
            text.contains("listed, hash mismatch (why;") && text.contains("gap: no log files"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn what_cannot_be_checked_is_not_shown_and_nothing_at_all_neither() {
        assert_eq!(statement(&[]).verdict, Verdict::NotShown);
        let open = statement(&[
            verdict(Standing::Shown, "signed"),
            verdict(Standing::NotShown, "not listed"),
        ]);
        assert_eq!(open.verdict, Verdict::NotShown);
        assert!(open.sentence.starts_with("1 of 2 proofs hold"));
        assert_eq!(statement(&[verdict(Standing::Shown, "signed")]).verdict, Verdict::Holds);
    }
}
