//! Results of CloudTrail Lake queries against their sign file. Must not look into the results.
//!
//! Source: AWS CloudTrail User Guide, "CloudTrail Lake sign file structure": the hash of a file is that of its
//! compressed bytes, and the signed text is all hashes in the order of the file, joined by one space.

use super::keys::{NoKey, Ring};
use super::{Evidence, Located, Supplied, verdict};
use crate::model::Micros;
use crate::model::proof::{LakeSign, ProofVerdict, Standing, Subject};

/// Returns a verdict for each sign file and for each result that one lists.
pub(super) fn verdicts(supplied: &Supplied, keys: &Ring) -> Vec<ProofVerdict> {
    supplied.lake.iter().flat_map(|(at, sign)| of_sign(at, sign, supplied, keys)).collect()
}

fn of_sign(at: &Located, sign: &LakeSign, supplied: &Supplied, keys: &Ring) -> Vec<ProofVerdict> {
    let hashes: Vec<&str> = sign.files.iter().map(|file| file.hash.as_str()).collect();
    let text = hashes.join(" ");
    let made = sign.completed.as_deref().and_then(Micros::parse).map(|(time, _)| time);
    let checked = keys.check(&sign.fingerprint, made, text.as_bytes(), &sign.signature);
    let region = sign.region.as_deref().unwrap_or("unknown");
    let (standing, state, detail) = match checked {
        Ok((true, from)) => (
            Standing::Shown,
            "valid".to_owned(),
            format!("key {} of {}", sign.fingerprint, from.join(", ")),
        ),
        Ok((false, _)) => (
            Standing::False,
            "INVALID: signature verification failed".to_owned(),
            "the sign file is not as it was written".to_owned(),
        ),
        Err(why @ NoKey::NoList) => {
            (Standing::NotShown, "no public keys supplied".to_owned(), why.sentence().to_owned())
        }
        Err(why) => (
            Standing::NotShown,
            format!(
                "INVALID: public key not found in region {region} for fingerprint {}",
                sign.fingerprint
            ),
            why.sentence().to_owned(),
        ),
    };
    let mut verdicts =
        vec![ProofVerdict { standing, ..verdict(Subject::LakeSign, at, &state, vec![detail]) }];
    for file in &sign.files {
        let evidence = find(at, &file.name, &file.hash, supplied);
        verdicts.push(of_result(at, &file.name, &file.hash, evidence, standing));
    }
    verdicts
}

/// Returns the result: the file of that name beside the sign file, else one with that hash.
fn find<'s>(at: &Located, name: &str, hash: &str, supplied: &'s Supplied) -> Option<&'s Evidence> {
    let folder = at.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = format!("{folder}/{name}");
    let mut all = supplied.evidence.iter();
    all.clone()
        .find(|evidence| evidence.at.path == beside)
        .or_else(|| all.find(|evidence| evidence.at.sha256.eq_ignore_ascii_case(hash)))
}

fn of_result(
    at: &Located,
    name: &str,
    hash: &str,
    evidence: Option<&Evidence>,
    sign: Standing,
) -> ProofVerdict {
    let details = vec![format!("listed in {}", at.name)];
    let Some(evidence) = evidence else {
        return ProofVerdict {
            standing: Standing::False,
            name: name.to_owned(),
            source: None,
            ..verdict(Subject::LakeResult, at, "INVALID: not found", details)
        };
    };
    let is_equal = evidence.at.sha256.eq_ignore_ascii_case(hash);
    let (standing, state) = match sign {
        _ if !is_equal => (Standing::False, "INVALID: hash value doesn't match"),
        Standing::Shown => (Standing::Shown, "signed"),
        Standing::NotShown => (Standing::NotShown, "hash-linked (signature not checkable)"),
        Standing::False => (Standing::NotShown, "its sign file is invalid"),
    };
    ProofVerdict { standing, ..verdict(Subject::LakeResult, &evidence.at, state, details) }
}
