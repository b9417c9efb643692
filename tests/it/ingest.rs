//! Reading evidence: what a second run reads, what a killed run leaves, and equal ids for equal records.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use serde_json::json;

use crate::support::{Home, gzip, lines, numbered, record, record_with, records, wait_until, zip};

const IDS: &str = "SELECT id, action, resource FROM events ORDER BY ALL";

/// Returns the events of files, read into a new case with some threads.
fn events_of(files: &[(&str, Vec<u8>)], threads: &str) -> Vec<String> {
    let home = Home::new();
    for (name, bytes) in files {
        home.write(&format!("evidence/{name}"), bytes);
    }
    home.on_case(&["ingest", "evidence", "--threads", threads]);
    home.sql(IDS)
}

#[test]
fn second_run_reads_only_what_is_new() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..5));
    home.write("evidence/b.json.gz", gzip(numbered(5..9)));
    home.write("evidence/c.zip", zip(&[("d.json", numbered(9..12).as_bytes())]));
    home.write("evidence/LICENSE", "Permission is granted to anybody.\n");
    let first = home.ingest("evidence", 0);
    assert!(first.starts_with("read 12 = kept 12 + duplicate 0 + rejected 0   BALANCED\n"));
    let before = home.sql("FROM sources");
    let second = home.ingest("evidence", 0);
    assert!(second.contains("4 files were read before and have not changed"), "{second}");
    assert_eq!(home.sql("FROM sources"), before);
    home.write("evidence/e.json", numbered(12..15));
    let third = home.ingest("evidence", 0);
    assert!(third.starts_with("read 15 = kept 15 + duplicate 0 + rejected 0   BALANCED\n"));
    assert!(third.contains("4 files were read before"), "{third}");
    assert_eq!(home.sql("SELECT count(*) FROM sources"), [(before.len() + 1).to_string()]);
}

/// Every record of every format comes to as many events, duplicates and rejects as the account says were read: also where
/// one record is a batch of messages whose requests wait for their answers.
#[test]
fn account_of_every_fixture_of_every_format_balances() {
    let home = Home::new();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/format");
    let printed = home.ingest(fixtures, 3);
    let unbalanced = "SELECT name, read, kept, duplicate, rejected FROM sources
                      WHERE read <> kept + duplicate + rejected ORDER BY ALL";
    assert_eq!(home.sql(unbalanced), [""; 0], "{printed}");
    assert!(printed.contains("   BALANCED\n"), "{printed}");
}

#[test]
fn changed_file_is_read_again_and_its_earlier_records_stay() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..5));
    home.ingest("evidence", 0);
    home.write("evidence/a.json", numbered(3..9));
    let printed = home.ingest("evidence", 0);
    assert!(
        printed.starts_with("read 11 = kept 9 + duplicate 2 + rejected 0   BALANCED\n"),
        "{printed}"
    );
    assert_eq!(home.sql("SELECT count(DISTINCT sha256) FROM sources"), ["2"]);
}

#[test]
fn different_content_under_one_id_is_told() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    let forged = record_with(1, json!({ "sourceIPAddress": "198.51.100.66" }));
    home.write("evidence/b.json", records(&[forged]));
    let printed = home.ingest("evidence", 0);
    assert!(printed.contains("conflict  1 events were delivered under one id"), "{printed}");
    home.write("other/a.json", numbered(0..3));
    home.write("other/b.json", numbered(1..2));
    let printed = home.ok(&["ingest", "other", "--case", "other-case"]);
    assert!(!printed.contains("conflict"), "{printed}");
}

#[test]
fn journal_has_one_entry_for_each_run_that_added_sources() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..5));
    home.ingest("evidence", 0);
    home.ingest("evidence", 0);
    home.write("evidence/b.json", numbered(5..6));
    home.ingest("evidence", 0);
    let journal = fs::read_to_string(home.path("case/journal.jsonl")).expect("a journal");
    let added: Vec<&str> =
        journal.lines().filter(|line| line.contains("\"act\":\"evidence.add\"")).collect();
    assert_eq!(added.len(), 2, "{journal}");
    assert!(added[0].contains("a.json") && added[1].contains("b.json"));
    let manifest = fs::read_to_string(home.path("case/manifest.jsonl")).expect("a manifest");
    assert_eq!(manifest.lines().count(), 2);
}

#[test]
fn killed_load_goes_on_where_whole_files_ended_and_equals_a_clean_one() {
    const FILES: u32 = 40;
    const EACH: u32 = 1500;
    let home = Home::new();
    for file in 0..FILES {
        // Files overlap, so that the kill also meets deliveries that were not settled yet.
        let begin = file * EACH;
        home.write(
            &format!("evidence/{file:02}.json.gz"),
            gzip(numbered(begin..begin + EACH + 50)),
        );
    }
    let zipped = numbered(0..EACH);
    home.write(
        "evidence/z.zip",
        zip(&[("a.json", zipped.as_bytes()), ("b.json", zipped.as_bytes())]),
    );
    let clean = home.text("clean");
    let expected = home.ok(&["ingest", "evidence", "--case", &clean]);
    let counts = "SELECT name, member, kept, duplicate, rejected FROM sources ORDER BY ALL";
    let case = home.text("case");
    for round in 0..3 {
        let mut child = home
            .command(&["ingest", "evidence", "--case", &case, "--threads", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a run");
        let database = home.path("case/case.duckdb.wal");
        let main = home.path("case/case.duckdb");
        let size = || {
            [&database, &main]
                .into_iter()
                .filter_map(|path| fs::metadata(path).ok())
                .map(|meta| meta.len())
                .sum::<u64>()
        };
        let begun = size().max(1_000_000);
        wait_until("rows are on disk", || {
            size() > begun + 200_000 || child.try_wait().is_ok_and(|ended| ended.is_some())
        });
        child.kill().expect("a signal");
        child.wait().expect("an end");
        let ran = home.run(&["case", "info", "--case", &case]);
        assert_eq!(ran.code, Some(0), "round {round}: {ran:?}");
    }
    let resumed = home.ok(&["ingest", "evidence", "--case", &case]);
    let account = |text: &str| text.lines().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(account(&resumed), account(&expected));
    let ask = |case: &str, query: &str| home.ok(&["sql", query, "--format", "csv", "--case", case]);
    assert_eq!(ask(&case, counts), ask(&clean, counts));
    assert!(ask(&case, IDS) == ask(&clean, IDS));
    assert_eq!(
        ask(&case, "SELECT count(*) FROM provenance"),
        ask(&clean, "SELECT count(*) FROM provenance")
    );
}

#[test]
fn stopped_load_says_what_is_kept_and_goes_on() {
    let home = Home::new();
    for file in 0..60 {
        home.write(&format!("evidence/{file}.json"), numbered(file * 1000..(file + 1) * 1000));
    }
    let case = home.text("case");
    let mut child = home
        .command(&["ingest", "evidence", "--case", &case, "--threads", "1", "--progress", "always"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a run");
    let mut messages = child.stderr.take().expect("its messages");
    let (mut said, mut piece) = (Vec::new(), [0; 256]);
    while !String::from_utf8_lossy(&said).contains(" records ") {
        let count = messages.read(&mut piece).expect("progress");
        assert_ne!(count, 0, "it ended without progress");
        said.extend(&piece[..count]);
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    messages.read_to_end(&mut said).expect("the last words");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("stopped; every file that was read to its end is kept"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    let printed = home.ingest("evidence", 0);
    assert!(printed.starts_with("read 60,000 = kept 60,000 + duplicate 0 + rejected 0   BALANCED"));
}

/// A load that was killed between its last file and the joins leaves events that no session or subject covers.
#[test]
fn before_the_joins_the_ids_of_the_records_are_counted_and_missing_joins_are_made_up_for() {
    use whytrail::store::{Limits, Store};
    use whytrail::{link, query};
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..50));
    home.ingest("evidence", 0);
    let named = home.sql("SELECT count(DISTINCT actor), count(DISTINCT session) FROM events");
    let subjects = home.sql("SELECT count(*) FROM subjects");
    let overview = || {
        let limits = Limits { memory_mib: 256, threads: 1 };
        let store = Store::open(&home.path("case/case.duckdb"), limits).expect("the case");
        query::overview(&store.reader().expect("a reader")).expect("an overview")
    };
    assert_eq!(overview().unjoined, None);
    {
        let limits = Limits { memory_mib: 256, threads: 1 };
        let store = Store::open(&home.path("case/case.duckdb"), limits).expect("the case");
        let mut writer = store.writer().expect("a writer");
        link::mark_due(&mut writer).expect("the mark");
        writer.execute("DELETE FROM subject", &[]).expect("no subjects");
        writer.commit().expect("a commit");
    }
    let unjoined = overview().unjoined.expect("counts of the records");
    assert_eq!(format!("{} {}", unjoined.actors, unjoined.session_ids), named[0]);
    home.ingest("evidence", 0);
    assert_eq!(overview().unjoined, None);
    assert_eq!(home.sql("SELECT count(*) FROM subjects"), subjects);
}

#[test]
fn ids_are_equal_for_one_thread_and_four() {
    let files: Vec<(String, Vec<u8>)> = (0..12)
        .map(|file| (format!("{file}.json"), numbered(file * 40..file * 40 + 60).into_bytes()))
        .collect();
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let one = events_of(&files, "1");
    assert_eq!(one.len(), 500);
    assert_eq!(events_of(&files, "4"), one);
}

#[test]
fn ids_are_equal_in_every_wrapping_of_the_same_records() {
    let of: Vec<_> = (0..20).map(record).collect();
    let plain = lines(&of);
    let utf16 = |text: &str, to: fn(u16) -> [u8; 2]| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(to).collect::<Vec<u8>>()
    };
    let pretty: String =
        of.iter().map(|record| serde_json::to_string_pretty(record).expect("JSON")).collect();
    let (first, rest) = plain.split_at(plain.len() / 3);
    let wrapped = [
        ("a.jsonl", plain.clone().into_bytes()),
        ("a.gz", gzip(&plain)),
        ("members.gz", [gzip(first), gzip(rest)].concat()),
        ("a.zip", zip(&[("in/a.jsonl", plain.as_bytes())])),
        ("gzip-in.zip", zip(&[("in/a.jsonl.gz", &gzip(&plain))])),
        ("bom.jsonl", format!("\u{feff}{plain}").into_bytes()),
        ("crlf.jsonl", plain.replace('\n', "\r\n").into_bytes()),
        ("le.txt", utf16(&plain, u16::to_le_bytes)),
        ("be.txt", utf16(&plain, u16::to_be_bytes)),
        ("records.json", records(&of).into_bytes()),
        ("array.json", json!(of).to_string().into_bytes()),
        ("pretty.json", pretty.into_bytes()),
        ("no-extension", plain.trim_end().as_bytes().to_vec()),
        ("wrong.csv", plain.clone().into_bytes()),
    ];
    let expected = events_of(&wrapped[..1], "1");
    assert_eq!(expected.len(), 20);
    for file in &wrapped {
        assert_eq!(events_of(std::slice::from_ref(file), "2"), expected, "{}", file.0);
    }
}

#[test]
fn split_and_joined_files_give_the_same_events() {
    let whole = events_of(&[("a.json", numbered(0..30).into_bytes())], "2");
    let parts: Vec<(String, Vec<u8>)> = (0..6)
        .map(|part| (format!("{part}/x.json"), numbered(part * 5..part * 5 + 5).into_bytes()))
        .collect();
    let parts: Vec<(&str, Vec<u8>)> =
        parts.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    assert_eq!(events_of(&parts, "2"), whole);
}

#[test]
fn of_two_deliveries_the_same_is_kept_in_either_order() {
    let full: Vec<_> = (0..10).map(record).collect();
    let other: Vec<_> =
        (0..10).map(|number| record_with(number, json!({ "userAgent": "aws-cli/3" }))).collect();
    let files = [("a/full.jsonl", lines(&full)), ("b/other.json", records(&other))];
    let question = "SELECT id, user_agent, record_index FROM events ORDER BY ALL";
    let places = "SELECT event, name, provenance.line, provenance.kept FROM provenance JOIN sources USING (source) ORDER BY ALL";
    let load = |order: [&str; 2]| {
        let home = Home::new();
        for (name, text) in &files {
            home.write(name, text);
        }
        for folder in order {
            home.ingest(folder, 0);
        }
        (
            home.sql(question),
            home.sql(places),
            home.sql("SELECT name, kept, duplicate FROM sources ORDER BY name"),
        )
    };
    let (events, found, accounts) = load(["a", "b"]);
    assert_eq!((events.len(), found.len()), (10, 20));
    assert_eq!(load(["b", "a"]), (events, found, accounts));
}

#[test]
fn records_without_ids_are_told_apart_by_their_bytes_and_repeats_are_counted() {
    let home = Home::new();
    let entry = |text: &str| json!({ "time": "2026-07-12T09:00:00Z", "text": text }).to_string();
    let text = [entry("one"), entry("two"), entry("one")].join("\n");
    home.write("evidence/a.jsonl", &text);
    home.ingest("evidence", 0);
    let events = home.sql("SELECT count(*) FROM events");
    let other = Home::new();
    other.write("evidence/a.jsonl", &text);
    other.write("evidence/copy/b.jsonl", &text);
    let printed = other.ingest("evidence", 0);
    assert!(printed.starts_with("read 6 = kept "), "{printed}");
    assert_eq!(other.sql("SELECT count(*) FROM events"), events, "a copy adds no event");
}

#[test]
fn case_lies_in_the_data_folder_and_the_same_evidence_finds_it_again() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ok(&["ingest", "evidence"]);
    home.ok(&["ingest", "./evidence"]);
    let cases: Vec<_> = fs::read_dir(home.path("home/data/whytrail/cases"))
        .expect("cases")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(cases.len(), 1, "{cases:?}");
    assert!(cases[0].starts_with("evidence-"), "{cases:?}");
}
