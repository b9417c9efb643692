//! The journal on disk: chains, torn lines, locks, and lines of newer versions.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::custody::entry::leaf_hash;

/// The published test vector of the journal's form.
const THREE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/journal/three-entries.jsonl"
));
const ZONE_START: i64 = 1_795_237_800_000_000;

fn signer() -> Signer {
    let mut n = 0_u128;
    let stamp = move || {
        let stamp =
            Stamp { ts: Micros(ZONE_START + i64::try_from(n).unwrap() * 1_000_000), nonce: n };
        n += 1;
        Ok(stamp)
    };
    Signer {
        actor: "analyst".to_owned(),
        tool: "whytrail/0.1.0".to_owned(),
        stamp: Box::new(stamp),
    }
}

fn open(folder: &Path) -> (Journal, Vec<Entry>) {
    Journal::open(folder, signer()).unwrap()
}

fn three() -> (TempDir, Head) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), THREE).unwrap();
    let head = open(folder.path()).0.head();
    (folder, head)
}

#[test]
fn test_vector_is_reproduced_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, entries) = open(folder.path());
    assert!(entries.is_empty());
    journal.append(ActKind::CaseOpen, "case", json!({ "case": "CASE-0001" })).unwrap();
    let sha256 = "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";
    let detail = json!({ "name": "a.json.gz", "sha256": sha256, "bytes": 1024 });
    journal.append(ActKind::EvidenceAdd, "src:1", detail).unwrap();
    let detail = json!({ "reason": "no approval before delete", "events": ["ev-000118"], "criterion": "euaia-art-14" });
    let last = journal.append(ActKind::TagAdd, "ev-000118", detail).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join(FILE_NAME)).unwrap(), THREE);
    assert_eq!(
        last.leaf.to_string(),
        "81a60815edfbf2ccbe56bd96d57020942fad2cff2c14fc10ac466b2e439a88a2"
    );
    assert_eq!(journal.head(), Head { size: 3, leaf: last.leaf });
}

#[test]
fn entries_read_back_equal_to_those_written() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path());
    let first =
        journal.append(ActKind::NoteAdd, "x", json!({ "text": "é \"quoted\" \n" })).unwrap();
    let second = journal.append(ActKind::CaseClose, "case", json!({})).unwrap();
    drop(journal);
    let (journal, entries) = open(folder.path());
    assert_eq!(entries, vec![first, second]);
    assert_eq!(*journal.condition(), Condition::Writable);
}

#[test]
fn torn_last_line_is_cut_and_named() {
    let (folder, _) = three();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, format!("{THREE}{{\"act\":\"tag.a")).unwrap();
    let (journal, entries) = open(folder.path());
    let recovered = &entries[3];
    assert_eq!((recovered.act.as_str(), recovered.seq), ("journal.recovered", 3));
    assert_eq!(recovered.detail["cut_bytes"], 13);
    assert_eq!(recovered.detail["cut_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(*journal.condition(), Condition::Writable);
    drop(journal);
    assert_eq!(open(folder.path()).1.len(), 4);
}

#[test]
fn second_writer_gets_it_read_only_and_is_told_why() {
    let (folder, _) = three();
    let (first, _) = open(folder.path());
    let (mut second, entries) = open(folder.path());
    assert_eq!(entries.len(), 3);
    let error = second.append(ActKind::CaseClose, "case", json!({})).unwrap_err();
    assert_eq!(error.to_string(), "the journal is read-only: another process has the case open");
    drop(first);
    drop(second);
    assert_eq!(*open(folder.path()).0.condition(), Condition::Writable);
}

#[test]
fn broken_journal_opens_read_only_until_an_entry_names_the_break() {
    let (folder, _) = three();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, THREE.replace("a.json.gz", "b.json.gz")).unwrap();
    let (mut journal, entries) = open(folder.path());
    assert_eq!(entries.len(), 3);
    let found = Break { line: 3, reason: "hash of the line before differs" };
    assert_eq!(*journal.condition(), Condition::Broken(found));
    assert!(journal.append(ActKind::CaseClose, "case", json!({})).is_err());
    journal.accept_breaks("file was edited by hand").unwrap();
    journal.append(ActKind::CaseClose, "case", json!({})).unwrap();
    drop(journal);
    let (journal, entries) = open(folder.path());
    assert_eq!(
        (journal.condition(), journal.breaks(), entries.len()),
        (&Condition::Writable, &[found][..], 5)
    );
}

#[test]
fn journal_of_a_newer_version_is_not_written() {
    let (folder, _) = three();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, format!("{THREE}{{\"v\":2}}\n")).unwrap();
    assert_eq!(*open(folder.path()).0.condition(), Condition::Newer);
}

#[test]
fn failed_write_says_what_was_kept_and_changes_nothing() {
    let (folder, _) = three();
    let (mut journal, _) = open(folder.path());
    journal.file = File::open(folder.path().join(FILE_NAME)).unwrap();
    let error = journal.append(ActKind::CaseClose, "case", json!({})).unwrap_err().to_string();
    assert!(error.contains("this act was not kept, the 3 acts before it are safe"), "{error}");
    assert!(matches!(journal.condition(), Condition::Failed(_)));
    assert!(matches!(
        journal.append(ActKind::CaseClose, "case", json!({})),
        Err(JournalError::ReadOnly(_))
    ));
    assert_eq!(fs::read_to_string(folder.path().join(FILE_NAME)).unwrap(), THREE);
}

#[test]
fn half_written_line_is_taken_back_when_the_disk_is_full() {
    let (folder, head) = three();
    let (mut journal, _) = open(folder.path());
    // What a full disk leaves behind: part of a line, then an error.
    journal.file.write_all(b"{\"act\":\"tag").unwrap();
    let full = Err(io::Error::from(ErrorKind::StorageFull));
    assert!(
        journal.settle(full, 40).unwrap_err().to_string().contains("3 acts before it are safe")
    );
    assert_eq!(fs::read_to_string(folder.path().join(FILE_NAME)).unwrap(), THREE);
    assert_eq!((journal.condition(), journal.head()), (&Condition::Writable, head));
}

#[test]
fn journal_file_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let _ = open(folder.path());
    let mode = fs::metadata(folder.path().join(FILE_NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

/// A changed journal either breaks, or ends in another head than the one noted.
fn is_found(changed: &[u8], head: Head) -> bool {
    let chain = chain::read(changed);
    !chain.breaks.is_empty()
        || chain.whole != changed.len()
        || (Head { size: chain.n_lines, leaf: chain.last }) != head
}

proptest! {
    #[test]
    fn any_changed_byte_is_found(at in 0..THREE.len(), with in any::<u8>()) {
        let mut changed = THREE.as_bytes().to_vec();
        prop_assume!(changed[at] != with);
        changed[at] = with;
        let intact = chain::read(THREE.as_bytes());
        let noted = Head { size: 3, leaf: intact.last };
        prop_assert!(is_found(&changed, noted));
        // Before the last line no noted head is needed.
        if at < THREE.trim_end().rfind('\n').unwrap() {
            let changed = chain::read(&changed);
            prop_assert!(!changed.breaks.is_empty());
        }
    }
}

#[test]
fn removed_doubled_and_reordered_lines_are_found() {
    let lines: Vec<&str> = THREE.lines().collect();
    let last = leaf_hash(lines[2].as_bytes());
    for order in [
        &[1, 2][..],
        &[0, 2],
        &[0, 1],
        &[1, 0, 2],
        &[0, 2, 1],
        &[2, 1, 0],
        &[0, 0, 1, 2],
        &[0, 1, 2, 2],
        &[],
    ] {
        let changed: String = order.iter().flat_map(|idx| [lines[*idx], "\n"]).collect();
        assert!(is_found(changed.as_bytes(), Head { size: 3, leaf: last }), "{order:?}");
    }
    assert!(!is_found(THREE.as_bytes(), Head { size: 3, leaf: last }));
}

#[test]
fn clock_that_goes_back_is_noted_once_and_the_order_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = |seconds: Vec<i64>| {
        let mut seconds = seconds.into_iter();
        let stamp = move || {
            let ts = Micros(ZONE_START + seconds.next().unwrap() * 1_000_000);
            Ok(Stamp { ts, nonce: 7 })
        };
        Signer { actor: "a".to_owned(), tool: "t/1".to_owned(), stamp: Box::new(stamp) }
    };
    let (mut journal, _) = Journal::open(folder.path(), at(vec![500, 499])).unwrap();
    journal.append(ActKind::CaseOpen, "case", json!({})).unwrap();
    journal.append(ActKind::CaseClose, "case", json!({})).unwrap();
    drop(journal);
    let (mut journal, _) = Journal::open(folder.path(), at(vec![100, 100, 101])).unwrap();
    let act = journal.append(ActKind::CaseOpen, "case", json!({})).unwrap();
    journal.append(ActKind::CaseClose, "case", json!({})).unwrap();
    drop(journal);
    let (journal, entries) = Journal::open(folder.path(), at(vec![])).unwrap();
    let told: Vec<(u64, &str)> =
        entries.iter().map(|entry| (entry.seq, entry.act.as_str())).collect();
    let acts = ["case.open", "case.close", "clock.note", "case.open", "case.close"];
    assert_eq!(told, (0..).zip(acts).collect::<Vec<_>>());
    assert_eq!(act.seq, 3);
    assert_eq!(entries[2].detail["entry_before"], entries[1].ts.to_string());
    assert!(journal.breaks().is_empty());
}

#[test]
fn clock_that_is_absurd_breaks_no_chain() {
    for seconds in [0, 4_200_000_000, 32_503_680_000] {
        let folder = tempfile::tempdir().unwrap();
        let at = || {
            let stamp = move || Ok(Stamp { ts: Micros(seconds * 1_000_000), nonce: 7 });
            Signer { actor: "a".to_owned(), tool: "t/1".to_owned(), stamp: Box::new(stamp) }
        };
        let (mut journal, _) = Journal::open(folder.path(), at()).unwrap();
        journal.append(ActKind::CaseOpen, "case", json!({})).unwrap();
        drop(journal);
        let (journal, entries) = Journal::open(folder.path(), at()).unwrap();
        assert_eq!((journal.condition(), entries.len()), (&Condition::Writable, 1), "{seconds}");
    }
}
