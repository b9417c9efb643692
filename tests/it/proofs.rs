//! What sources prove about themselves: digests and their trees, sign files, chained records. Also the reference trees,
//! whose verdicts are known.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Home, gzip, record_with, records, shared, zip};

const BUCKET: &str = "made-up-bucket";

fn tree() -> Value {
    serde_json::from_str(include_str!("../fixtures/proof/tree.json")).expect("the fixture")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The files of the made-up tree by path: keys, digests with saved answers, logs.
fn files() -> Vec<(String, Vec<u8>)> {
    let tree = tree();
    let mut files = vec![("keys.json".to_owned(), tree["keys"].to_string().into_bytes())];
    for (number, digest) in tree["digests"].as_array().expect("digests").iter().enumerate() {
        let path = format!("{BUCKET}/{}", text(&digest["object"]));
        let mut metadata = json!({ "signature": digest["signature"], "signature-algorithm": "SHA256withRSA",
                                   "owner": "FAKE-planted-owner" });
        if number == 4 {
            metadata["backfill-generation-timestamp"] = tree["backfilled_at"].clone();
        }
        let answer =
            json!({ "ETag": "FAKE-planted-etag", "ContentLength": 1, "Metadata": metadata });
        files.push((format!("{path}.head-object.json"), answer.to_string().into_bytes()));
        files.push((path, gzip(text(&digest["text"]))));
    }
    for log in tree["logs"].as_array().expect("logs") {
        files.push((format!("{BUCKET}/{}", text(&log["object"])), gzip(text(&log["text"]))));
    }
    files
}

fn write(home: &Home, folder: &str, files: &[(String, Vec<u8>)]) -> String {
    for (path, bytes) in files {
        home.write(&format!("{folder}/{path}"), bytes);
    }
    home.text(folder)
}

/// Changes the content of the file whose path holds `part`.
fn change(files: &mut [(String, Vec<u8>)], part: &str, bytes: Vec<u8>) {
    let file = files.iter_mut().find(|(path, _)| path.contains(part)).expect("such a file");
    file.1 = bytes;
}

const VERDICTS: &str = "SELECT subject, standing, state, name, details FROM proofs ORDER BY ALL";

fn states(home: &Home, subject: &str) -> Vec<String> {
    home.sql(&format!("SELECT state FROM proofs WHERE subject = '{subject}' ORDER BY name, state"))
}

#[test]
fn proofs_stay_outside_the_account_of_rows_and_are_listed() {
    let home = Home::new();
    let printed = home.ingest(&write(&home, "evidence", &files()), 0);
    assert!(
        printed.starts_with("read 5 = kept 5 + duplicate 0 + rejected 0   BALANCED"),
        "{printed}"
    );
    assert!(printed.contains("files 16 = read 5 + proof 11"), "{printed}");
    let line = "logs: 5 signed  0 hash-linked  0 mismatch  0 not listed   digests 5 of 5 valid";
    assert!(printed.contains(&format!("proof  {line}")), "{printed}");
    assert!(home.on_case(&["case", "info"]).contains(line));
    let kinds = home
        .sql("SELECT reason, count(*) FROM sources WHERE state = 'proof' GROUP BY 1 ORDER BY 1");
    assert_eq!(
        kinds,
        [
            "CloudTrail digest file 5",
            "CloudTrail digest signature 5",
            "CloudTrail public key list 1"
        ]
    );
    let event = home.sql("SELECT id FROM events ORDER BY ts LIMIT 1").remove(0);
    assert!(home.on_case(&["show", &event]).contains("proof: signed"));
}

#[test]
fn nothing_of_a_saved_answer_is_kept_but_its_signature() {
    let home = Home::new();
    home.ingest(&write(&home, "evidence", &files()), 0);
    let bodies = home.sql("SELECT body FROM proof").join("\n");
    assert!(bodies.contains("\"signature\":"));
    assert!(!bodies.contains("FAKE-planted"), "{bodies}");
}

#[test]
fn loading_in_parts_gives_the_verdicts_of_one_load() {
    let (once, parts) = (Home::new(), Home::new());
    let files = files();
    once.ingest(&write(&once, "evidence", &files), 0);
    let steps: [fn(&str) -> bool; 3] = [
        |path| path.contains("_CloudTrail_"),
        |path| path.contains("_CloudTrail-Digest_"),
        |path| path == "keys.json",
    ];
    for (number, step) in steps.iter().enumerate() {
        let some: Vec<_> = files.iter().filter(|(path, _)| step(path)).cloned().collect();
        parts.ingest(&write(&parts, "evidence", &some), 0);
        let first = states(&parts, "log").remove(0);
        let wanted =
            ["no digests supplied", "hash-linked (signature not checkable)", "signed"].get(number);
        assert_eq!(Some(&first.as_str()), wanted);
    }
    assert_eq!(parts.sql(VERDICTS), once.sql(VERDICTS));
}

#[test]
fn inflated_files_and_an_archive_of_the_tree_are_signed_too() {
    let home = Home::new();
    let tree = tree();
    let mut plain = files();
    for one in tree["digests"]
        .as_array()
        .expect("digests")
        .iter()
        .chain(tree["logs"].as_array().expect("logs"))
    {
        let object = text(&one["object"]);
        let file = plain.iter_mut().find(|(path, _)| path.ends_with(object)).expect("the file");
        *file = (file.0.trim_end_matches(".gz").to_owned(), text(&one["text"]).as_bytes().to_vec());
    }
    home.ingest(&write(&home, "evidence", &plain), 0);
    assert_eq!(states(&home, "log"), ["signed"; 5]);
    let home = Home::new();
    let all = files();
    let members: Vec<(&str, &[u8])> =
        all.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    home.ingest(home.write("tree.zip", zip(&members)).to_str().expect("a path"), 0);
    assert_eq!(states(&home, "log"), ["signed"; 5]);
    assert_eq!(states(&home, "digest"), ["valid"; 5]);
}

#[test]
fn changed_injected_and_missing_files_are_told_everywhere() {
    let home = Home::new();
    let mut files = files();
    let tree = tree();
    let changed = text(&tree["logs"][1]["text"]).replace("GetObject", "PutObject");
    change(&mut files, "bbbbbbbb", gzip(changed));
    files.retain(|(path, _)| !path.contains("aaaaaaaa"));
    let injected = text(&tree["logs"][2]["object"]).replace("cccccccc", "ffffffff");
    let record = record_with(7, json!({ "eventTime": "2026-03-01T11:17:00Z" }));
    files.push((format!("{BUCKET}/{injected}"), gzip(records(&[record]))));
    let printed = home.ingest(&write(&home, "evidence", &files), 0);
    let line =
        "logs: 3 signed  0 hash-linked  1 mismatch  1 not listed  1 missing   digests 5 of 5 valid";
    assert!(printed.contains(line), "{printed}");
    let wrong = home.sql("SELECT state, regexp_extract(name, '_(.)[^_]*$', 1) FROM proofs WHERE standing <> 'shown' ORDER BY 1");
    assert_eq!(wrong, ["listed, hash mismatch b", "missing a", "not listed f"]);
    let event = home.sql("SELECT id FROM events WHERE action LIKE '%PutObject%' AND ts = TIMESTAMP '2026-03-01 11:05:00'");
    let shown = home.on_case(&["show", event.first().expect("the changed event")]);
    assert!(shown.contains("proof: listed, hash mismatch"), "{shown}");
}

#[test]
fn damaged_digest_is_invalid_and_named() {
    let home = Home::new();
    let mut files = files();
    let digest =
        files.iter_mut().find(|(path, _)| path.ends_with("T115931Z.json.gz")).expect("a digest");
    digest.1.truncate(digest.1.len() / 2);
    home.ingest(&write(&home, "evidence", &files), 3);
    let wrong = home.sql("SELECT subject, state FROM proofs WHERE standing = 'false' ORDER BY ALL");
    assert_eq!(wrong, ["digest INVALID: invalid format"]);
    assert_eq!(
        states(&home, "log")
            .iter()
            .filter(|state| *state == "not covered by any valid digest")
            .count(),
        2
    );
}

#[test]
fn copies_by_other_services_are_told_to_have_lost_the_proof() {
    let home = Home::new();
    let record = record_with(1, json!({}));
    let lookup = json!({ "Events": [{ "EventId": record["eventID"], "CloudTrailEvent": record.to_string() }] });
    home.write("evidence/lookup.json", lookup.to_string());
    home.ingest(&home.text("evidence"), 0);
    assert_eq!(states(&home, "log"), ["copied: proof lost"]);
    let why = home.sql("SELECT details FROM proofs").join("");
    assert!(why.contains("console, Athena, Lake or a SIEM"), "{why}");
}

/// A log whose records carry the hash of their bytes, and that of the one before.
fn occasio(numbers: std::ops::Range<u32>) -> Vec<String> {
    let mut prev = "0".repeat(64);
    let all: Vec<String> = (0..numbers.end)
        .map(|number| {
            let body = format!(
                "{{\"ts\":\"2026-03-01T10:00:{number:02}.000Z\",\"event\":\"tool_call\",\"tool\":\"read\",\"prev_hash\":\"{prev}\"}}"
            );
            prev = whytrail::source::hex(&Sha256::digest(body.as_bytes()));
            body.replace('}', &format!(",\"hash\":\"{prev}\"}}"))
        })
        .collect();
    all.into_iter().skip(numbers.start as usize).collect()
}

fn chain_of(lines: &[(&str, Vec<String>)]) -> Vec<String> {
    let home = Home::new();
    for (name, lines) in lines {
        home.write(&format!("evidence/{name}"), lines.join("\n") + "\n");
    }
    home.ingest(&home.text("evidence"), 0);
    home.sql("SELECT name, standing, state FROM proofs WHERE subject = 'chain' ORDER BY name")
}

#[test]
fn chained_rows_are_verified_over_files_in_any_order() {
    let all = occasio(0..9);
    let (first, second) = (all[..5].to_vec(), all[5..].to_vec());
    assert_eq!(
        chain_of(&[("b.jsonl", first.clone()), ("a.jsonl", second.clone())]),
        ["a.jsonl shown verified", "b.jsonl shown verified"]
    );
    assert_eq!(chain_of(&[("a.jsonl", second)]), ["a.jsonl not shown starts mid-chain"]);
    let mut cut = first.clone();
    cut.remove(2);
    assert_eq!(chain_of(&[("a.jsonl", cut)]), ["a.jsonl false broken at record 3"]);
    let mut changed = first.clone();
    changed[3] = changed[3].replace("\"read\"", "\"write\"");
    assert_eq!(chain_of(&[("a.jsonl", changed)]), ["a.jsonl false broken at record 4"]);
    let mut swapped = first;
    swapped.swap(1, 2);
    assert_eq!(chain_of(&[("a.jsonl", swapped)]), ["a.jsonl not shown reordered"]);
}

#[test]
fn gateway_whose_hash_is_not_published_is_linked_at_most() {
    let record = |number: u32| {
        json!({ "timestamp": format!("2026-03-01T10:00:{number:02}Z"), "event_type": "mcp_request", "gateway_id": "gw-1",
                "session_id": "s-1", "mcp_method": "tools/call", "sequence": number,
                "prev_hash": if number == 1 { Value::Null } else { json!(format!("h{}", number - 1)) },
                "integrity_hash": format!("h{number}") })
        .to_string()
    };
    let all: Vec<String> = (1..10).map(record).collect();
    assert_eq!(chain_of(&[("a.jsonl", all.clone())]), ["a.jsonl shown linked"]);
    let mut cut = all;
    cut.drain(3..6);
    assert_eq!(chain_of(&[("a.jsonl", cut)]), ["a.jsonl false gap 4..6"]);
}

/// Returns our word for a verdict of the reference data.
fn own_word(theirs: &str) -> &str {
    match theirs {
        "missing" => "missing",
        "invalid: hash mismatch" => "listed, hash mismatch",
        "unverifiable: its digest is missing" => "its digest is missing",
        "not covered by any valid digest" => "not covered by any valid digest",
        _ if theirs.starts_with("invalid: signature verification failed") => {
            "INVALID: signature verification failed"
        }
        _ if theirs.starts_with("unverifiable:") => "signature not collected",
        _ if theirs.starts_with("hash matches, but") => "hash-linked (signature not checkable)",
        other => other,
    }
}

/// Compares the verdicts on one reference tree with those it is known to give.
fn compare(tree: &Path) {
    let home = Home::new();
    home.ingest(tree.to_str().expect("a path"), 0);
    let expected = fs::read_to_string(tree.join("expected.json")).expect("the verdicts");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    for (subject, key) in [("digest", "digests"), ("log", "logs")] {
        let mut wanted: Vec<String> = Vec::new();
        for (object, verdict) in expected[key].as_object().expect("verdicts") {
            let word = match (subject, own_word(text(verdict))) {
                ("log", "valid") => "signed",
                ("digest", "missing") => "INVALID: not found",
                (_, word) => word,
            };
            let name = object.rsplit('/').next().expect("a name").trim_end_matches(".gz");
            wanted.push(format!("{name} {word}"));
        }
        wanted.sort();
        let found = format!(
            "SELECT regexp_extract(name, '([^/]*?)(\\.gz)?$', 1) AS file, state FROM proofs \
             WHERE subject = '{subject}' ORDER BY file || ' ' || state"
        );
        assert_eq!(home.sql(&found), wanted, "{}", tree.display());
    }
}

#[test]
fn reference_trees_give_the_verdicts_they_are_known_to_give() {
    let Some(shared) = shared() else { return };
    let mut trees: Vec<_> = fs::read_dir(shared.join("cloudtrail/derived/digest"))
        .expect("the trees")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    trees.sort();
    assert_eq!(trees.len(), 7);
    for tree in &trees {
        compare(tree);
    }
}

#[test]
fn reference_results_of_a_query_are_signed() {
    let Some(shared) = shared() else { return };
    let home = Home::new();
    home.ingest(shared.join("cloudtrail/derived/lake").to_str().expect("a path"), 3);
    assert_eq!(states(&home, "lake sign file"), ["valid"]);
    assert_eq!(states(&home, "lake result"), ["signed"]);
}
