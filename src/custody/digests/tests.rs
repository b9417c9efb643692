//! A small tree of digests, its log files and a sign file, and everything that can be wrong with them.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::format::proof::parse;
use crate::model::proof::{LogState, ProofDocument};

const TREE: &str = include_str!("../../../tests/fixtures/proof/tree.json");
const BUCKET: &str = "/evidence/made-up-bucket/";

/// A file of the tree as it lies on disk.
#[derive(Debug, Clone)]
struct File {
    path: String,
    text: String,
    kind: Option<ProofKind>,
}

fn sha256(text: &str) -> String {
    keys::hex(&Sha256::digest(text.as_bytes()))
}

fn sidecar(digest: &Value, is_backfill: bool) -> String {
    let mut metadata = serde_json::json!({ "signature": digest["signature"], "signature-algorithm": "SHA256withRSA" });
    if is_backfill {
        metadata["backfill-generation-timestamp"] = "2026-03-02T02:00:00.000Z".into();
    }
    serde_json::json!({ "ETag": "x", "ContentLength": 1, "Metadata": metadata }).to_string()
}

/// The whole tree: five digests with their signatures, five log files, the keys, the Lake folder.
fn tree() -> Vec<File> {
    let tree: Value = serde_json::from_str(TREE).unwrap();
    let file = |path: String, text: &str, kind| File { path, text: text.to_owned(), kind };
    let mut files = vec![file(
        "/evidence/keys.json".to_owned(),
        &tree["keys"].to_string(),
        Some(ProofKind::KeyList),
    )];
    for (number, digest) in tree["digests"].as_array().unwrap().iter().enumerate() {
        let path = format!("{BUCKET}{}", digest["object"].as_str().unwrap());
        let answer = format!("{path}.head-object.json");
        files.push(file(path, digest["text"].as_str().unwrap(), Some(ProofKind::Digest)));
        files.push(file(answer, &sidecar(digest, number == 4), Some(ProofKind::Signature)));
    }
    for log in tree["logs"].as_array().unwrap() {
        let path = format!("{BUCKET}{}", log["object"].as_str().unwrap());
        files.push(file(path, log["text"].as_str().unwrap(), None));
    }
    let sign = tree["lake"]["sign"].to_string();
    files.push(file(
        "/evidence/lake/result_sign.json".to_owned(),
        &sign,
        Some(ProofKind::LakeSign),
    ));
    for (number, text) in (1..).zip(tree["lake"]["results"].as_array().unwrap()) {
        files.push(file(
            format!("/evidence/lake/result_{number}.csv"),
            text.as_str().unwrap(),
            None,
        ));
    }
    files
}

fn supply(files: &[File]) -> Supplied {
    let mut supplied = Supplied::default();
    for (source, file) in (1..).zip(files) {
        let hash = sha256(&file.text);
        let at = Located {
            source,
            name: file.path.trim_start_matches("/evidence/").to_owned(),
            path: file.path.clone(),
            sha256: hash.clone(),
            content_sha256: hash,
        };
        let Some(kind) = file.kind else {
            let delivery = if file.path.contains("/lake/") {
                Delivery::Other
            } else if file.path.contains("lookup") {
                Delivery::Copy
            } else {
                Delivery::LogFile
            };
            supplied.evidence.push(Evidence { at, delivery, is_damaged: false });
            continue;
        };
        match parse(kind, &file.text) {
            ProofDocument::Digest(file) => supplied.digests.push((at, file)),
            ProofDocument::KeyList(list) => supplied.keys.push((at, list)),
            ProofDocument::Signature(saved) => supplied.signatures.push((at, saved)),
            ProofDocument::LakeSign(sign) => supplied.lake.push((at, sign)),
            ProofDocument::Malformed { kind, why } => supplied.malformed.push((at, kind, why)),
        }
    }
    supplied
}

fn judge(files: &[File]) -> Vec<ProofVerdict> {
    evaluate(&supply(files))
}

/// The states on a subject in the order of the names.
fn states(files: &[File], subject: Subject) -> Vec<String> {
    let mut found: Vec<(String, String)> = judge(files)
        .into_iter()
        .filter(|verdict| verdict.subject == subject)
        .map(|verdict| (verdict.name, verdict.state))
        .collect();
    found.sort();
    found.into_iter().map(|(_, state)| state).collect()
}

/// The verdict on the file whose name holds `part`.
fn of(files: &[File], subject: Subject, part: &str) -> ProofVerdict {
    let found: Vec<ProofVerdict> = judge(files)
        .into_iter()
        .filter(|verdict| verdict.subject == subject && verdict.name.contains(part))
        .collect();
    assert_eq!(found.len(), 1, "{part}: {found:#?}");
    found.into_iter().next().unwrap()
}

fn log_state(files: &[File], part: &str) -> String {
    of(files, Subject::Log, part).state
}

/// Changes the file whose path holds `part` and does not end in the name of a saved answer.
fn change(files: &mut [File], part: &str, from: &str, to: &str) {
    let file = files
        .iter_mut()
        .find(|file| file.path.contains(part) && !file.path.ends_with("head-object.json"))
        .unwrap();
    assert!(file.text.contains(from), "{part} holds no {from}");
    file.text = file.text.replace(from, to);
}

fn without(part: &str) -> Vec<File> {
    let mut files = tree();
    let before = files.len();
    files.retain(|file| !file.path.contains(part));
    assert!(files.len() < before, "{part}");
    files
}

const FIRST: &str = "T105931Z.json";
const SECOND: &str = "T115931Z.json";
const NEWEST: &str = "T135931Z.json";

#[test]
fn whole_tree_is_signed_in_every_part() {
    let verdicts = judge(&tree());
    assert!(verdicts.iter().all(|verdict| verdict.standing == Standing::Shown), "{verdicts:#?}");
    assert_eq!(states(&tree(), Subject::Log), ["signed"; 5]);
    assert_eq!(states(&tree(), Subject::Digest), ["valid"; 5]);
    assert_eq!(states(&tree(), Subject::LakeResult), ["signed"; 2]);
}

#[test]
fn verdicts_do_not_depend_on_the_order_of_files() {
    let mut files = tree();
    let forward: Vec<String> = judge(&files)
        .into_iter()
        .map(|one| format!("{:?}", ProofVerdict { source: None, ..one }))
        .collect();
    files.reverse();
    let mut backward: Vec<String> = judge(&files)
        .into_iter()
        .map(|one| format!("{:?}", ProofVerdict { source: None, ..one }))
        .collect();
    backward.sort();
    let mut sorted = forward;
    sorted.sort();
    assert_eq!(sorted, backward);
}

#[test]
fn digests_are_valid_without_the_metadata_but_for_the_newest_of_each_chain() {
    let files = without("head-object");
    let newest = of(&files, Subject::Digest, NEWEST);
    assert_eq!(
        (newest.state.as_str(), newest.standing),
        ("signature not collected", Standing::NotShown)
    );
    assert_eq!(of(&files, Subject::Digest, "backfill").state, "signature not collected");
    assert_eq!(of(&files, Subject::Digest, FIRST).state, "valid");
    assert_eq!(of(&files, Subject::Digest, SECOND).state, "valid");
    assert_eq!(log_state(&files, "_dddd"), "hash-linked (signature not checkable)");
    assert_eq!(log_state(&files, "_bbbb"), "signed");
}

#[test]
fn plain_hex_beside_the_newest_digest_is_enough() {
    let mut files = without("head-object");
    let tree: Value = serde_json::from_str(TREE).unwrap();
    let newest = &tree["digests"][3];
    files.push(File {
        path: format!("{BUCKET}{}.signature.txt", newest["object"].as_str().unwrap()),
        text: newest["signature"].as_str().unwrap().to_uppercase(),
        kind: Some(ProofKind::Signature),
    });
    assert_eq!(of(&files, Subject::Digest, NEWEST).state, "valid");
}

#[test]
fn key_as_subject_public_key_info_serves_too() {
    let tree_text: Value = serde_json::from_str(TREE).unwrap();
    let mut files = without("keys.json");
    files.push(File {
        path: "/evidence/keys.json".to_owned(),
        text: tree_text["keys_spki"].to_string(),
        kind: Some(ProofKind::KeyList),
    });
    // Its fingerprint is another one, so digests that name the other form do not find it.
    assert!(
        of(&files, Subject::Digest, NEWEST)
            .state
            .starts_with("INVALID: public key not found in region eu-west-1")
    );
    let sealed = &tree_text["digests"][3]["spki"];
    for file in files.iter_mut().filter(|file| file.path.contains(NEWEST)) {
        file.text = match file.kind {
            Some(ProofKind::Digest) => sealed["text"].as_str().unwrap().to_owned(),
            _ => sidecar(sealed, false),
        };
    }
    assert_eq!(of(&files, Subject::Digest, NEWEST).state, "valid");
    assert_eq!(log_state(&files, "_dddd"), "signed");
}

#[test]
fn changed_log_is_a_mismatch_and_lying_elsewhere_with_equal_bytes_is_not() {
    let mut files = tree();
    change(&mut files, "_bbbb", "sam", "kim");
    let log = of(&files, Subject::Log, "_bbbb");
    assert_eq!((log.state.as_str(), log.standing), ("listed, hash mismatch", Standing::False));
    assert!(log.details.iter().any(|detail| detail == "INVALID: hash value doesn't match"));
    let mut files = tree();
    for file in files.iter_mut().filter(|file| file.path.contains("_bbbb")) {
        file.path = "/evidence/flat/renamed.json".to_owned();
    }
    assert_eq!(log_state(&files, "renamed"), "signed");
}

#[test]
fn log_that_the_digest_of_its_hour_does_not_list_is_not_listed() {
    let mut files = tree();
    let mut injected = files.iter().find(|file| file.path.contains("_bbbb")).unwrap().clone();
    injected.path = injected.path.replace("_bbbbbbbbbbbbbbbb", "_ffffffffffffffff");
    injected.text = injected.text.replace("sam", "eve");
    files.push(injected.clone());
    let log = of(&files, Subject::Log, "_ffff");
    assert_eq!((log.state.as_str(), log.standing), ("not listed", Standing::NotShown));
    injected.path = "/evidence/other.json".to_owned();
    files.push(injected);
    assert_eq!(log_state(&files, "other.json"), "not listed");
}

#[test]
fn without_digests_of_its_region_a_log_has_none() {
    let mut files = tree();
    for file in files.iter_mut().filter(|file| file.path.contains("_bbbb")) {
        file.path = file.path.replace("eu-west-1", "us-west-2");
        file.text = file.text.replace("sam", "kim");
    }
    assert_eq!(log_state(&files, "us-west-2"), "no digests supplied");
    let alone: Vec<File> =
        tree().into_iter().filter(|file| file.path.contains("_CloudTrail_")).collect();
    assert_eq!(states(&alone, Subject::Log), ["no digests supplied"; 5]);
}

#[test]
fn copies_by_other_services_have_lost_the_proof() {
    let mut files = tree();
    let text = "{\"Events\":[]}".to_owned();
    files.push(File { path: "/evidence/lookup.json".to_owned(), text, kind: None });
    let copy = of(&files, Subject::Log, "lookup");
    assert_eq!(copy.state, LogState::Copied.as_str());
    assert!(copy.details.concat().contains("Athena"));
}

#[test]
fn digest_with_an_entry_removed_is_invalid_and_its_logs_are_not_covered() {
    let mut files = tree();
    let at = files.iter().position(|file| file.path.ends_with(&format!("{SECOND}.gz"))).unwrap();
    let mut digest: Value = serde_json::from_str(&files[at].text).unwrap();
    digest["logFiles"].as_array_mut().unwrap().remove(0);
    files[at].text = digest.to_string();
    let verdict = of(&files, Subject::Digest, SECOND);
    assert_eq!(verdict.state, "INVALID: signature verification failed");
    assert!(verdict.details.iter().any(|detail| detail.contains("previousDigestHashValue")));
    assert_eq!(of(&files, Subject::Digest, "T125931Z").state, "valid");
    assert_eq!(of(&files, Subject::Digest, FIRST).state, "valid");
    assert_eq!(log_state(&files, "_bbbb"), "not covered by any valid digest");
    assert_eq!(log_state(&files, "_cccc"), "not covered by any valid digest");
}

#[test]
fn altered_digest_without_keys_is_found_by_the_hash_in_the_next_one() {
    let mut files = without("keys.json");
    assert_eq!(of(&files, Subject::Digest, SECOND).state, "no public keys supplied");
    assert_eq!(log_state(&files, "_bbbb"), "hash-linked (signature not checkable)");
    change(&mut files, SECOND, "_bbbb", "_gggg");
    assert_eq!(of(&files, Subject::Digest, SECOND).state, "INVALID: hash value doesn't match");
}

#[test]
fn signature_that_an_altered_digest_carries_does_not_condemn_the_one_before() {
    let mut files = tree();
    files.retain(|file| !(file.path.contains(SECOND) && file.path.ends_with("head-object.json")));
    let tree: Value = serde_json::from_str(TREE).unwrap();
    let carried = tree["digests"][1]["signature"].as_str().unwrap();
    change(&mut files, "T125931Z", carried, &"0".repeat(512));
    assert_eq!(
        of(&files, Subject::Digest, "T125931Z").state,
        "INVALID: signature verification failed"
    );
    assert_eq!(of(&files, Subject::Digest, SECOND).state, "signature not collected");
}

#[test]
fn missing_digest_and_missing_log_are_named() {
    let files = without(SECOND);
    let verdict = of(&files, Subject::Digest, SECOND);
    assert_eq!((verdict.state.as_str(), verdict.source), ("INVALID: not found", None));
    assert_eq!(verdict.standing, Standing::False);
    assert_eq!(log_state(&files, "_bbbb"), "its digest is missing");
    assert_eq!(log_state(&files, "_aaaa"), "signed");
    let files = without("_aaaa");
    let missing = of(&files, Subject::Log, "_aaaa");
    assert_eq!((missing.state.as_str(), missing.source), ("missing", None));
}

#[test]
fn chain_whose_beginning_was_not_collected_is_no_missing_digest() {
    let files = without(FIRST);
    assert!(states(&files, Subject::Digest).iter().all(|state| state == "valid"));
    let start = of(&files, Subject::Digest, "T115931Z.json");
    assert!(start.details.iter().any(|detail| detail.contains("the chain starts here")));
}

#[test]
fn restart_after_older_digests_is_a_gap() {
    let mut files = without(SECOND);
    files.retain(|file| !file.path.contains("T125931Z"));
    let tree: Value = serde_json::from_str(TREE).unwrap();
    let mut newest: Value =
        serde_json::from_str(tree["digests"][3]["text"].as_str().unwrap()).unwrap();
    for name in [
        "previousDigestS3Bucket",
        "previousDigestS3Object",
        "previousDigestHashValue",
        "previousDigestSignature",
    ] {
        newest[name] = Value::Null;
    }
    files.retain(|file| !(file.path.contains(NEWEST) && file.path.ends_with("head-object.json")));
    files.iter_mut().find(|file| file.path.contains(NEWEST)).unwrap().text = newest.to_string();
    let verdict = of(&files, Subject::Digest, NEWEST);
    assert!(
        verdict.details.iter().any(|detail| detail
            .starts_with("gap: no log files were delivered between 2026-03-01T10:59:31")),
        "{verdict:?}"
    );
    assert!(judge(&files).iter().all(|one| !one.state.contains("not found")));
}

#[test]
fn digest_in_another_place_is_moved_and_lists_nothing() {
    let mut files = tree();
    for file in files.iter_mut().filter(|file| file.path.contains(SECOND)) {
        file.path = file.path.replace("/2026/03/01/", "/2026/03/02/");
    }
    let verdict = of(&files, Subject::Digest, SECOND);
    assert_eq!(verdict.state, "INVALID: has been moved from its original location");
    assert_eq!(log_state(&files, "_bbbb"), "not covered by any valid digest");
}

#[test]
fn substituted_key_is_seen_by_its_fingerprint_and_not_used() {
    let mut files = tree();
    let tree: Value = serde_json::from_str(TREE).unwrap();
    let value = |number: usize| tree["keys"]["PublicKeyList"][number]["Value"].as_str().unwrap();
    change(&mut files, "keys.json", value(0), value(1));
    let list = of(&files, Subject::KeyList, "keys.json");
    assert_eq!((list.state.as_str(), list.standing), ("1 of 2 keys usable", Standing::False));
    assert!(list.details.iter().any(|detail| detail.contains("fingerprint")));
    assert!(of(&files, Subject::Digest, FIRST).state.starts_with("INVALID: public key not found"));
    assert_eq!(of(&files, Subject::Digest, NEWEST).state, "valid");
}

#[test]
fn key_outside_its_validity_is_not_found_and_a_backfill_goes_by_the_time_it_was_made() {
    let mut files = tree();
    change(&mut files, "keys.json", "2026-02-01T00:00:00", "2026-03-01T20:00:00");
    assert!(of(&files, Subject::Digest, FIRST).state.starts_with("INVALID: public key not found"));
    assert_eq!(of(&files, Subject::Digest, "backfill").state, "valid");
}

#[test]
fn unreadable_digest_has_an_invalid_format_and_covers_nothing() {
    let mut files = tree();
    change(&mut files, SECOND, "digestEndTime", "digestEnd");
    let verdict = of(&files, Subject::Digest, "T115931Z.json");
    assert_eq!(verdict.state, "INVALID: invalid format");
    assert_eq!(log_state(&files, "_bbbb"), "not covered by any valid digest");
}

#[test]
fn lake_results_are_held_to_their_bytes_as_received() {
    let mut files = tree();
    change(&mut files, "result_1", "ListBuckets", "ListObjects");
    assert_eq!(
        states(&files, Subject::LakeResult),
        ["INVALID: hash value doesn't match", "signed"]
    );
    let mut files = without("result_2");
    change(&mut files, "result_sign", "result_1.csv", "result_3.csv");
    assert_eq!(states(&files, Subject::LakeSign), ["valid"]);
    assert_eq!(states(&files, Subject::LakeResult), ["signed", "INVALID: not found"]);
    let mut files = tree();
    change(&mut files, "result_sign", "\"fileHashValue\":\"e3b0", "\"fileHashValue\":\"e3b1");
    assert_eq!(states(&files, Subject::LakeSign), ["INVALID: signature verification failed"]);
    let files = without("keys.json");
    assert_eq!(states(&files, Subject::LakeSign), ["no public keys supplied"]);
}

#[test]
fn every_changed_byte_of_a_digest_is_found() {
    let files = tree();
    let at = files.iter().position(|file| file.path.ends_with(&format!("{SECOND}.gz"))).unwrap();
    for byte in (0..files[at].text.len()).step_by(7) {
        let mut changed = files.clone();
        let letter = if files[at].text.as_bytes()[byte] == b'0' { "1" } else { "0" };
        changed[at].text.replace_range(byte..=byte, letter);
        let verdicts = judge(&changed);
        assert!(
            verdicts
                .iter()
                .any(|verdict| verdict.subject == Subject::Digest
                    && verdict.standing == Standing::False),
            "byte {byte} was changed and nobody noticed"
        );
    }
}
