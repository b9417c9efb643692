//! The digest of derived data when evidence is added to a case.

use std::fs;

use serde_json::Value;

use super::{edit_database, statements};
use crate::support::{Home, numbered};

#[test]
fn digest_of_a_case_with_added_files_is_that_of_one_load_and_signs_no_edit() {
    let derived = |home: &Home| -> Vec<String> {
        let journal = fs::read_to_string(home.path("case/journal.jsonl")).expect("a journal");
        let entries = journal.lines().map(|line| serde_json::from_str(line).expect("an entry"));
        let digest = |entry: Value| Some(entry["detail"]["derived_sha256"].as_str()?.to_owned());
        entries.filter_map(digest).collect()
    };
    let (whole, parts) = (Home::new(), Home::new());
    for (file, numbers) in [("c", 0..4), ("a", 4..6), ("d", 6..9), ("b", 9..12)] {
        whole.write(&format!("evidence/{file}.json"), numbered(numbers.clone()));
        parts.write(&format!("evidence/{file}.json"), numbered(numbers));
        parts.ingest("evidence", 0);
    }
    // A better copy of what is there takes its place, so the digest of an old file changes.
    for home in [&whole, &parts] {
        home.write("evidence/0.json", numbered(2..8));
    }
    parts.ingest("evidence", 0);
    whole.ingest("evidence", 0);
    let (one, several) = (derived(&whole), derived(&parts));
    assert_eq!((one.len(), several.len()), (1, 5), "{one:?} {several:?}");
    assert_eq!(one.last(), several.last());
    // What was edited between two loads is not signed by the second one.
    edit_database(&parts, "UPDATE event SET actor = 'nobody' WHERE line = 1");
    parts.write("evidence/e.json", numbered(20..22));
    parts.ingest("evidence", 0);
    let found = statements(&parts, "case", &[]);
    assert_eq!(found[6]["verdict"], "FALSE", "{}", found[6]);
}
