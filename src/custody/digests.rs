//! What CloudTrail's own proof says about log files: digests, their chain and signatures, and the sign files of
//! CloudTrail Lake. Pure: everything comes as arguments. Must not read files, know the database, or guess a signature.
//!
//! Source: AWS CloudTrail User Guide, "Validating CloudTrail log file integrity" and "Custom implementations of
//! CloudTrail log file integrity validation"; wording of `INVALID:` states as the AWS CLI's `validate-logs` (1.45).
//!
//! A digest's signature is not in its file: it stands in the next digest (`previousDigestSignature`), and in the
//! metadata that S3 keeps. So of plain copies every digest but the newest of each chain can be checked.

mod chain;
mod keys;
mod lake;
mod logs;
mod place;

use std::collections::BTreeMap;

use crate::model::proof::{
    DigestFile, KeyList, LakeSign, ProofKind, ProofVerdict, SavedSignature, Standing, Subject,
};

pub use keys::der_fingerprint;

/// Where a document or log file lies, and its hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Located {
    pub source: i32,
    /// Name inside the evidence, for verdicts.
    pub name: String,
    /// Full path, with the member's path behind that of its archive; parts divided by `/`.
    pub path: String,
    /// Lower-case hex SHA-256 as received, and after inflating.
    pub sha256: String,
    pub content_sha256: String,
}

/// What kind of delivery a source of CloudTrail records is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Records in the form of a log file.
    LogFile,
    /// Records that another service wrote anew, so that their bytes are not those of a log file.
    Copy,
    /// No records of CloudTrail.
    Other,
}

/// A source that is no proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub at: Located,
    pub delivery: Delivery,
    /// The source could not be read to its end.
    pub is_damaged: bool,
}

/// Everything that a case holds.
#[derive(Debug, Clone, Default)]
pub struct Supplied {
    pub digests: Vec<(Located, DigestFile)>,
    pub keys: Vec<(Located, KeyList)>,
    pub signatures: Vec<(Located, SavedSignature)>,
    pub lake: Vec<(Located, LakeSign)>,
    pub malformed: Vec<(Located, ProofKind, String)>,
    pub evidence: Vec<Evidence>,
}

/// Judges everything that is supplied. The verdicts come in a fixed order, whatever the order of the arguments.
pub fn evaluate(supplied: &Supplied) -> Vec<ProofVerdict> {
    let keys = keys::Ring::new(&supplied.keys);
    let mut verdicts = keys.verdicts();
    let judged = chain::judge(supplied, &keys);
    verdicts.extend(judged.verdicts());
    verdicts.extend(sidecars(supplied));
    verdicts.extend(malformed(supplied));
    verdicts.extend(logs::verdicts(supplied, &judged));
    verdicts.extend(lake::verdicts(supplied, &keys));
    verdicts.sort();
    verdicts
}

/// Says which digest each saved signature belongs to.
fn sidecars(supplied: &Supplied) -> Vec<ProofVerdict> {
    let digests: BTreeMap<&str, &str> = supplied
        .digests
        .iter()
        .map(|(at, _)| at)
        .chain(supplied.malformed.iter().map(|(at, _, _)| at))
        .map(|at| (place::without_gz(&at.path), at.name.as_str()))
        .collect();
    // The name of a sidecar begins with that of its digest.
    let of = |path: &str| {
        path.match_indices(['.', '-', '_']).find_map(|(at, _)| {
            let stem = place::without_gz(path.get(..at)?);
            digests.get(stem).filter(|_| place::is_sidecar(path, stem)).copied()
        })
    };
    supplied
        .signatures
        .iter()
        .map(|(at, _)| match of(&at.path) {
            Some(digest) => ProofVerdict {
                standing: Standing::Shown,
                ..verdict(
                    Subject::Signature,
                    at,
                    "belongs to a digest",
                    vec![format!("of {digest}")],
                )
            },
            None => verdict(
                Subject::Signature,
                at,
                "belongs to no digest here",
                vec![
                    "its name must begin with the whole name of the digest file beside it"
                        .to_owned(),
                ],
            ),
        })
        .collect()
}

fn malformed(supplied: &Supplied) -> Vec<ProofVerdict> {
    supplied
        .malformed
        .iter()
        .map(|(at, kind, why)| {
            let subject = match kind {
                ProofKind::Digest => Subject::Digest,
                ProofKind::KeyList => Subject::KeyList,
                ProofKind::Signature => Subject::Signature,
                ProofKind::LakeSign => Subject::LakeSign,
            };
            ProofVerdict {
                standing: Standing::False,
                ..verdict(subject, at, "INVALID: invalid format", vec![why.clone()])
            }
        })
        .collect()
}

/// Returns a verdict that shows nothing yet.
fn verdict(subject: Subject, at: &Located, state: &str, details: Vec<String>) -> ProofVerdict {
    ProofVerdict {
        subject,
        standing: Standing::NotShown,
        state: state.to_owned(),
        name: at.name.clone(),
        details,
        source: Some(at.source),
    }
}

#[cfg(test)]
mod tests;
