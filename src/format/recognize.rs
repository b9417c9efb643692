//! Decides what a source is: asks every format, takes the surest, and says why. What nothing recognizes falls to
//! unmapped JSON, to "not evidence" or to "not read by this version". A file's name is never the reason.

use serde_json::Value;

use crate::model::proof::ProofKind;

use super::contract::Format;
use super::not_evidence::{self, Verdict};
use super::proof;
use super::sample::{Sample, Shape};
use super::unmapped;

/// Score below which no format is believed. A format that finds one record of its own gives at least this much.
pub const THRESHOLD: u8 = 50;

/// Names of top keys that are told when nothing recognizes a source.
const TOLD_KEYS: usize = 6;
/// Longest key name that is told, in characters.
const TOLD_KEY_LENGTH: usize = 32;

/// What a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognized {
    /// A format reads it.
    As(Winner),
    /// It proves something about other sources: a digest, a key list, a signature.
    Proof(ProofKind),
    /// It holds no records: a licence, a schema. The text says which.
    NotEvidence(String),
    /// It holds records that this version does not read. The text says which.
    Unsupported(String),
}

/// The format that reads a source, and how it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Winner {
    /// Index into the formats that were asked.
    pub index: usize,
    /// Id of the format.
    pub id: String,
    /// 0 to 100; 0 for unmapped JSON.
    pub score: u8,
    /// The keys or marks that decided.
    pub because: String,
    /// The next best format, if another one scored at all.
    pub runner_up: Option<RunnerUp>,
}

/// The second best format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerUp {
    pub id: String,
    pub score: u8,
}

/// Asks every format about the sample. The highest score wins; among equals the earlier format.
pub fn recognize(formats: &[Box<dyn Format>], sample: &Sample<'_>) -> Recognized {
    if let Some(kind) = proof::recognize(sample) {
        return Recognized::Proof(kind);
    }
    if let Some(verdict) = not_evidence::of_json(sample) {
        return told(verdict);
    }
    let mut scored: Vec<(usize, &dyn Format, super::contract::Confidence)> = formats
        .iter()
        .enumerate()
        .map(|(index, format)| (index, format.as_ref(), format.recognize(sample)))
        .filter(|(_, _, confidence)| confidence.score > 0)
        .collect();
    scored.sort_by_key(|(index, _, confidence)| (std::cmp::Reverse(confidence.score), *index));
    let runner_up = scored.get(1).map(|(_, format, confidence)| RunnerUp {
        id: format.id().to_owned(),
        score: confidence.score,
    });
    match scored.first() {
        Some((index, format, confidence)) if confidence.score >= THRESHOLD => {
            Recognized::As(Winner {
                index: *index,
                id: format.id().to_owned(),
                score: confidence.score,
                because: confidence.because.clone(),
                runner_up,
            })
        }
        _ => fall_back(formats, sample),
    }
}

fn told(verdict: Verdict) -> Recognized {
    match verdict {
        Verdict::NotEvidence(reason) => Recognized::NotEvidence(reason.to_owned()),
        Verdict::Unsupported(reason) => Recognized::Unsupported(reason.to_owned()),
    }
}

fn fall_back(formats: &[Box<dyn Format>], sample: &Sample<'_>) -> Recognized {
    if !is_json(sample) {
        return told(not_evidence::of_text(sample));
    }
    let reader = unmapped::reader_for(sample);
    let Some(index) = formats.iter().position(|format| format.id() == reader) else {
        return Recognized::Unsupported("JSON that no format recognizes".to_owned());
    };
    let because = later_format(sample).map_or_else(|| nobody_knows(sample), str::to_owned);
    Recognized::As(Winner { index, id: reader.to_owned(), score: 0, because, runner_up: None })
}

/// Returns true when the content is JSON, or a JSON value that the head cuts off or that is damaged.
fn is_json(sample: &Sample<'_>) -> bool {
    if !sample.values().is_empty() {
        return true;
    }
    let mut bytes = sample.head.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let (first, second) = (bytes.next(), bytes.next());
    match sample.shape() {
        Shape::Object => first == Some(b'{') && matches!(second, Some(b'"' | b'}')),
        Shape::Array => first == Some(b'[') && matches!(second, Some(b'{' | b'[' | b']' | b'"')),
        Shape::Empty | Shape::Text => false,
    }
}

fn nobody_knows(sample: &Sample<'_>) -> String {
    let Some(object) = sample.values().iter().find_map(Value::as_object) else {
        return "no format recognizes it: no whole record in its first part".to_owned();
    };
    let keys: Vec<String> = object
        .keys()
        .take(TOLD_KEYS)
        .map(|key| key.chars().take(TOLD_KEY_LENGTH).collect())
        .collect();
    format!("no format recognizes it: keys {}", keys.join(", "))
}

/// Keys that must all be there, and what a record with them is.
const LATER: &[(&[&str], &str)] = &[
    (&["/class_uid", "/metadata"], "OCSF: a later version reads it fully"),
    (&["/QueryResultRows"], "CloudTrail Lake query rows: a later version reads them fully"),
    (
        &["/specversion", "/source", "/type", "/data"],
        "CloudEvents of an unknown product: a later version reads them fully",
    ),
    (&["/check-request-id", "/allow"], "Pomerium authorize log: a later version reads it fully"),
    (
        &["/CreationTime", "/Workload", "/Operation"],
        "Microsoft 365 audit: a later version reads it fully",
    ),
];

fn later_format(sample: &Sample<'_>) -> Option<&'static str> {
    let values = sample.values();
    LATER
        .iter()
        .find(|(keys, _)| {
            values.iter().any(|value| keys.iter().all(|key| value.pointer(key).is_some()))
        })
        .map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::registry;

    fn id_of(head: &str) -> String {
        match recognize(&registry::built_in(), &Sample::new("x", head, true)) {
            Recognized::As(winner) => format!("{}: {}", winner.id, winner.because),
            Recognized::Proof(kind) => format!("proof: {}", kind.as_str()),
            Recognized::NotEvidence(reason) => format!("not evidence: {reason}"),
            Recognized::Unsupported(reason) => format!("unsupported: {reason}"),
        }
    }

    #[test]
    fn unknown_json_falls_to_unmapped_and_tells_its_keys() {
        assert_eq!(
            id_of(r#"{"alpha":1,"beta":{}}"#),
            "json.unmapped: no format recognizes it: keys alpha, beta"
        );
        assert_eq!(id_of(r#"[{"alpha":1}]"#), "json.unmapped: no format recognizes it: keys alpha");
        assert!(
            id_of(r#"{"alpha": "cut of"#)
                .starts_with("json.unmapped: no format recognizes it: no whole record")
        );
    }

    #[test]
    fn formats_of_later_versions_are_named() {
        assert!(id_of(r#"{"QueryResultRows":[]}"#).contains("CloudTrail Lake"));
        assert!(id_of(r#"{"check-request-id":"r","allow":true}"#).contains("Pomerium"));
    }

    #[test]
    fn surest_format_wins_and_the_runner_up_is_named() {
        let head = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        let Recognized::As(winner) =
            recognize(&registry::built_in(), &Sample::new("x", head, true))
        else {
            panic!("not recognized");
        };
        assert_eq!(winner.id, "mcp.jsonrpc");
        assert!(winner.score >= THRESHOLD);
    }

    #[test]
    fn text_falls_to_not_evidence_or_is_named_as_unsupported() {
        assert_eq!(
            id_of("Copyright 2026\n\nPermission is granted to anybody.\n"),
            "not evidence: text without records"
        );
        assert!(id_of("[package]\nname = \"x\"\n").starts_with("not evidence"));
        assert!(id_of("a,b,c\n1,2,3\n").starts_with("unsupported: CSV"));
        assert!(id_of("").starts_with("not evidence: empty"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_told_something(head in "[\\[\\]{}\",:a-z0-9 \n\t<>-]{0,200}", odd in proptest::prelude::any::<String>()) {
            for text in [head.as_str(), odd.as_str()] {
                proptest::prop_assert!(!id_of(text).is_empty());
            }
        }
    }
}
