//! What is written down about a source when it is done: its row, its rejects, its redaction counts. With its row in
//! `source` a source counts as read to its end.

use std::path::Path;

use super::parser::Outcome;
use crate::format::Recognized;
use crate::model::proof::ProofDocument;
use crate::model::{SourceId, SourceState};
use crate::source::Digests;
use crate::source::discover::{self, FoundState};
use crate::store::{Fault, Value, Writer};

/// What is known about a source before it is read.
pub(super) struct Origin<'f> {
    pub(super) name: &'f str,
    pub(super) member: Option<&'f str>,
    pub(super) path: Option<String>,
    /// Where the file lies, as the system knows it.
    pub(super) place: Option<&'f Path>,
    pub(super) file_bytes: u64,
    pub(super) modified: i64,
}

impl Origin<'_> {
    /// Returns true when the file at this place has another size or time of change than when it was found. A file that
    /// is gone was read to its end all the same.
    pub(super) fn has_changed(&self) -> bool {
        let found = FoundState::File { bytes: self.file_bytes, modified: self.modified };
        self.place
            .and_then(|place| std::fs::metadata(place).ok())
            .is_some_and(|now| discover::state_of(&now) != found)
    }
}

/// Writes the source's row, its rejects and its redaction counts.
pub(super) fn book(
    writer: &mut Writer,
    source: SourceId,
    origin: &Origin<'_>,
    digests: Option<&Digests>,
    outcome: &Outcome,
) -> Result<(), Fault> {
    let (state, reason) = state_of(outcome);
    let number = Value::Int(source.0.into());
    let whole = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let warnings = warnings(outcome);
    let (first, last) = outcome
        .span
        .map_or((Value::Null, Value::Null), |(first, last)| (first.into(), last.into()));
    let row = vec![
        number.clone(),
        origin.name.into(),
        text(origin.member),
        text(origin.path.as_deref()),
        state.as_str().into(),
        text(reason.as_deref()),
        text(outcome.format.as_deref()),
        outcome.because.as_str().into(),
        whole(origin.file_bytes),
        whole(digests.map_or(0, |digests| digests.bytes)),
        whole(digests.map_or(0, |digests| digests.inflated)),
        text(digests.map(|digests| digests.sha256.as_str())),
        text(digests.map(|digests| digests.content_sha256.as_str())),
        Value::Int(origin.modified),
        whole(outcome.account.read),
        whole(outcome.account.kept),
        whole(outcome.account.duplicate),
        whole(outcome.account.rejected),
        whole(outcome.skipped.values().sum()),
        first,
        last,
        warnings.join("\n").into(),
    ];
    writer.append_rows("source", &[row])?;
    if let Some(document) = &outcome.proof {
        writer.keep_proof(source, document)?;
    }
    let rejects: Vec<Vec<Value>> = outcome
        .rejects
        .iter()
        .map(|reject| {
            vec![
                number.clone(),
                Value::Int(reject.place.index.into()),
                Value::Int(reject.place.line.into()),
                whole(reject.place.offset),
                Value::Int(reject.place.length.into()),
                reject.reason.as_str().into(),
                reject.excerpt.as_str().into(),
            ]
        })
        .collect();
    writer.append_rows("reject", &rejects)?;
    let tally: Vec<Vec<Value>> = outcome
        .tally
        .replaced
        .iter()
        .map(|(class, count)| vec![number.clone(), Value::from(*class), whole(*count)])
        .chain((outcome.tally.masked > 0).then(|| {
            vec![number.clone(), "masked by the source".into(), whole(outcome.tally.masked)]
        }))
        .collect();
    writer.append_rows("redaction", &tally)
}

/// Returns the warnings about a source and what was skipped in it, one per line.
fn warnings(outcome: &Outcome) -> Vec<String> {
    outcome
        .warnings
        .iter()
        .map(
            |(warning, count)| {
                if *count > 1 { format!("{warning} ({count} times)") } else { warning.clone() }
            },
        )
        .chain(outcome.skipped.iter().map(|(why, count)| format!("{count} skipped: {why}")))
        .collect()
}

/// Returns the state of a source and its reason in words.
fn state_of(outcome: &Outcome) -> (SourceState, Option<String>) {
    if let (Some(document), None) = (&outcome.proof, &outcome.damage) {
        let kind = document.kind().as_str();
        return match document {
            ProofDocument::Malformed { why, .. } => {
                (SourceState::Proof, Some(format!("{kind}: {why}")))
            }
            _ => (SourceState::Proof, Some(kind.to_owned())),
        };
    }
    match (&outcome.not_read, &outcome.damage) {
        (Some(Recognized::NotEvidence(reason)), None) => {
            (SourceState::NotEvidence, Some(reason.clone()))
        }
        (Some(Recognized::Unsupported(reason)), None) => {
            (SourceState::Unreadable, Some(reason.clone()))
        }
        (Some(_), None) => (SourceState::Unreadable, None),
        (Some(_), Some(damage)) => (
            SourceState::Unreadable,
            Some(format!("{} at byte {}", damage.reason, damage.received)),
        ),
        (None, Some(damage)) => {
            (SourceState::Damaged, Some(format!("{} at byte {}", damage.reason, damage.received)))
        }
        (None, None) => (SourceState::Read, None),
    }
}
