//! Bad input: each kind gets its sentence and its exit code, and loses nothing that was kept.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{
    Home, active, contents, gzip, is_root, lines, listing, numbered, record, record_with, records,
    zip,
};

/// Asserts the first line of an account.
#[track_caller]
fn balanced(printed: &str, read: &str, kept: &str, duplicate: &str, rejected: &str) {
    let line = format!(
        "read {read} = kept {kept} + duplicate {duplicate} + rejected {rejected}   BALANCED"
    );
    assert_eq!(printed.lines().next(), Some(line.as_str()), "{printed}");
}

#[test]
fn truncated_gzip_keeps_its_leading_records_and_names_the_byte() {
    let home = Home::new();
    let whole = gzip(numbered(0..400));
    let cut = &whole[..whole.len() / 2];
    home.write("evidence/a.json.gz", cut);
    let printed = home.ingest("evidence", 3);
    assert!(
        printed.contains(&format!("damaged  a.json.gz   gzip ends early at byte {}", cut.len()))
    );
    let kept: u32 = home.sql("SELECT count(*) FROM events")[0].parse().expect("a number");
    assert!(kept > 50, "{printed}");
    assert_eq!(
        home.sql("SELECT count(DISTINCT native_id) FROM events WHERE outcome = 'success'"),
        [kept.to_string()]
    );
}

#[test]
fn hash_of_a_damaged_gzip_is_that_of_the_whole_file() {
    let home = Home::new();
    let mut bytes = gzip(numbered(0..4000));
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xff);
    bytes.extend(vec![1; 700_000]);
    home.write("evidence/a.json.gz", &bytes);
    let printed = home.ingest("evidence", 3);
    assert!(printed.contains("damaged  a.json.gz   gzip is damaged at byte "), "{printed}");
    let digest = whytrail::source::hex(&Sha256::digest(&bytes));
    assert_eq!(home.sql("SELECT sha256 FROM sources"), [digest]);
}

#[test]
fn cut_array_keeps_whole_records_and_names_where_the_last_one_began() {
    let home = Home::new();
    let whole = json!((0..50).map(record).collect::<Vec<_>>()).to_string();
    let at = whole.find("\"REQUEST000000020\"").expect("a record");
    let (cut, _) = whole.split_at(at);
    home.write("evidence/a.json", cut);
    let printed = home.ingest("evidence", 3);
    balanced(&printed, "21", "20", "0", "1");
    let begin = cut.rfind("{\"eventVersion\"").expect("its begin");
    assert!(printed.contains(&format!("damaged  a.json   content is cut off at byte {begin}")));
    assert_eq!(home.sql("SELECT \"offset\" FROM rejects"), [begin.to_string()]);
}

#[test]
fn number_where_text_belongs_is_kept() {
    let home = Home::new();
    let odd = [
        record_with(
            1,
            json!({ "eventName": 17, "sourceIPAddress": 5, "awsRegion": null, "userAgent": { "a": 1 } }),
        ),
        record_with(2, json!({ "eventID": 9, "userIdentity": "bob", "requestParameters": "text" })),
        record_with(3, json!({ "eventTime": 1234, "errorCode": ["x"], "readOnly": "yes" })),
    ];
    home.write("evidence/a.jsonl", lines(&odd));
    let printed = home.ingest("evidence", 0);
    balanced(&printed, "3", "3", "0", "0");
    assert_eq!(home.sql("SELECT action FROM events WHERE record_index = 0"), ["s3:17"]);
    assert!(printed.contains("1 events have no usable time"), "{printed}");
}

#[test]
fn null_bytes_are_rejected_with_their_line_and_the_neighbors_stay() {
    let home = Home::new();
    let mut bytes = record(1).to_string().into_bytes();
    bytes.extend(b"\n\0\0\0\0\0\0\n");
    bytes.extend(record_with(2, json!({ "userAgent": "a\u{0}b" })).to_string().into_bytes());
    bytes.push(b'\n');
    home.write("evidence/a.jsonl", bytes);
    let printed = home.ingest("evidence", 3);
    balanced(&printed, "3", "2", "0", "1");
    assert!(printed.contains("rejected  a.jsonl   1 of 3 records"), "{printed}");
    assert_eq!(home.sql("SELECT line FROM rejects"), ["2"]);
    assert!(active(&home.on_case(&["timeline"])).is_empty());
}

#[test]
fn invalid_utf8_is_kept_with_a_warning_that_names_the_byte() {
    let home = Home::new();
    let text = record(1).to_string();
    let at = text.find("aws-cli").expect("the client");
    let mut bytes = text.into_bytes();
    bytes[at] = 0xff;
    home.write("evidence/a.json", bytes);
    let printed = home.ingest("evidence", 0);
    balanced(&printed, "1", "1", "0", "0");
    let warning = format!("warning  a.json   invalid UTF-8 shown as U+FFFD, first at byte {at}");
    assert!(printed.contains(&warning), "{printed}");
    assert_eq!(home.sql("SELECT user_agent FROM events"), ["\u{fffd}ws-cli/2.0"]);
}

#[test]
fn record_of_60_megabytes_is_kept_with_its_payload_cut() {
    let home = Home::new();
    let big = record_with(2, json!({ "requestParameters": { "blob": "A".repeat(60 << 20) } }));
    home.write("evidence/a.json", records(&[record(1), big, record(3)]));
    let printed = home.ingest("evidence", 0);
    balanced(&printed, "3", "3", "0", "0");
    let row = home.sql("SELECT length > 62000000, length(payload) < 1000000 FROM events ORDER BY length DESC LIMIT 1");
    assert_eq!(row, ["true true"]);
    let id = &home.sql("SELECT id FROM events ORDER BY length DESC LIMIT 1")[0];
    assert!(home.on_case(&["show", id]).len() < 2_000_000);
}

/// Evidence whose every text is hostile.
fn hostile(home: &Home) {
    let hostile = record_with(
        1,
        json!({
            "eventName": "Get\u{1b}[2JObject", "errorCode": "\u{202e}evil", "errorMessage": "\u{1b}]0;owned\u{7}",
            "userAgent": "\u{1b}]0;owned\u{7}\u{1b}[31m\u{9b}2J\u{200b}", "sourceIPAddress": "=cmd|' /C calc'!A0",
            "requestParameters": { "bucketName": "b\u{1b}]8;;http://x\u{1b}\\", "key\u{1b}[1m": "v\u{1b}\r\nnew" }
        }),
    );
    home.write("evidence/name\u{1b}[31m.jsonl", lines(&[hostile, record(2)]));
    home.ingest("evidence", 0);
}

#[test]
fn terminal_escapes_in_records_never_come_out_active() {
    let home = Home::new();
    hostile(&home);
    let id = home.sql("SELECT id FROM events ORDER BY ts LIMIT 1").remove(0);
    for format in ["table", "json", "jsonl", "csv", "tsv", "md"] {
        for command in ["timeline", "who", "what", "sessions"] {
            let text = home.on_case(&[command, "--format", format]);
            assert_eq!(active(&text), [], "{command} {format}: {text:?}");
        }
        let text = home.on_case(&["sql", "FROM events", "--format", format]);
        assert_eq!(active(&text), [], "sql {format}: {text:?}");
    }
    let search = home.on_case(&["search", "owned"]);
    assert!(search.contains("\\x1b"), "{search}");
    for args in [
        vec!["show", &id],
        vec!["show", &id, "--raw"],
        vec!["show", &id, "--json"],
        vec!["case", "info"],
        vec!["pivot", "who", "alice"],
        vec!["tag", "add", "bad\u{1b}[31m", &id],
        vec!["tag", "list"],
        vec!["tag", "list", "--json"],
        vec!["finds", "set", "new", "--title", "t\u{1b}[31m\u{202e}", "--events", &id],
        vec!["finds", "list"],
        vec!["finds", "show", "1"],
    ] {
        let ran = home.run(&[&args[..], &["--case", &home.text("case")]].concat());
        assert_eq!((active(&ran.out), active(&ran.err)), (vec![], vec![]), "{args:?} {ran:?}");
    }
}

#[test]
fn terminal_escapes_and_formulas_never_come_out_active_in_a_bundle() {
    let home = Home::new();
    hostile(&home);
    home.on_case(&["export", "-o", &home.text("bundle"), "--where", "true"]);
    for (name, bytes) in contents(&home.path("bundle")) {
        // A time stamp request is binary by nature: its exact form is tested with the checkpoints.
        if name.starts_with("checkpoints/") {
            continue;
        }
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(active(&text), [], "{name}");
        if name == "events.csv" {
            assert!(text.contains(",'=cmd|"), "{text}");
            assert!(!text.contains(",=cmd|"), "{text}");
        }
    }
    assert!(home.on_case(&["timeline", "--format", "csv"]).contains(",'=cmd|"));
}

#[test]
fn empty_file_and_empty_folder_are_told_and_are_no_failure() {
    let home = Home::new();
    home.write("evidence/a.json", "");
    let printed = home.ingest("evidence", 0);
    balanced(&printed, "0", "0", "0", "0");
    assert!(printed.contains("files 1 = read 0 + not evidence 1"), "{printed}");
    let home = Home::new();
    fs::create_dir(home.path("evidence")).expect("a folder");
    let printed = home.ingest("evidence", 0);
    assert!(printed.contains("no files found: the folder is empty"), "{printed}");
    assert_eq!(home.on_case(&["timeline", "--format", "csv"]).lines().count(), 1);
}

#[test]
fn folder_without_permission_is_named_and_the_rest_is_read() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.write("evidence/closed/b.json", numbered(3..5));
    if is_root() {
        println!("skipped in part: permissions do not bind the superuser");
        let ran = home.run(&["ingest", "evidence/a.json/below", "--case", &home.text("case")]);
        assert_eq!(ran.code, Some(3));
        assert!(ran.out.contains("a part of the path is not a folder"), "{ran:?}");
        return;
    }
    let set =
        |mode| fs::set_permissions(home.path("evidence/closed"), fs::Permissions::from_mode(mode));
    set(0o000).expect("a closed folder");
    let printed = home.ingest("evidence", 3);
    balanced(&printed, "3", "3", "0", "0");
    assert!(printed.contains("unreadable  closed   permission denied"), "{printed}");
    set(0o755).expect("an open folder");
    balanced(&home.ingest("evidence", 0), "5", "5", "0", "0");
}

#[test]
fn missing_path_is_named_once_and_forgotten_when_it_is_there() {
    let home = Home::new();
    for _ in 0..2 {
        let printed = home.ingest("evidence/a.json", 3);
        assert!(printed.contains("files 1 = read 0 + unreadable 1"), "{printed}");
        assert!(printed.contains("unreadable  a.json   no such file or folder"), "{printed}");
    }
    home.write("evidence/a.json", numbered(0..3));
    let printed = home.ingest("evidence/a.json", 0);
    assert!(printed.contains("files 1 = read 1\n"), "{printed}");
}

#[test]
fn case_of_a_newer_version_is_refused_and_left_alone() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ingest("evidence", 0);
    let case_file = home.path("case/case.toml");
    let text = fs::read_to_string(&case_file).expect("a case file");
    fs::write(&case_file, text.replace("layout = 1", "layout = 99")).expect("an edit");
    let before = contents(&home.path("case"));
    for args in [vec!["ingest", "evidence"], vec!["timeline"], vec!["tag", "list"]] {
        let ran = home.run(&[&args[..], &["--case", &home.text("case")]].concat());
        assert_eq!(ran.code, Some(8), "{args:?} {ran:?}");
        assert!(ran.err.contains("layout 99") && ran.err.contains("hint: "), "{ran:?}");
    }
    assert!(contents(&home.path("case")) == before);
}

#[test]
fn case_with_a_newer_database_is_refused_and_left_alone() {
    use whytrail::store::{Limits, Store};
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ingest("evidence", 0);
    let limits = Limits { memory_mib: 256, threads: 1 };
    let store = Store::open(&home.path("case/case.duckdb"), limits).expect("the database");
    let mut writer = store.writer().expect("a writer");
    writer.execute("INSERT INTO schema_version VALUES (9999)", &[]).expect("an edit");
    writer.commit().expect("a commit");
    drop(writer);
    drop(store);
    for args in [vec!["ingest", "evidence"], vec!["timeline"]] {
        let ran = home.run(&[&args[..], &["--case", &home.text("case")]].concat());
        assert_eq!(ran.code, Some(8), "{args:?} {ran:?}");
        assert!(ran.err.contains("9999"), "{ran:?}");
    }
}

#[test]
fn case_open_elsewhere_is_read_only_here() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ingest("evidence", 0);
    let lock = fs::File::open(home.path("case/case.lock")).expect("the lock");
    lock.try_lock().expect("nobody has it");
    for args in [
        vec!["ingest", "evidence"],
        vec!["tag", "add", "bad", "--where", "true"],
        vec!["finds", "set", "new", "--title", "x", "--where", "true"],
    ] {
        let ran = home.run(&[&args[..], &["--case", &home.text("case")]].concat());
        assert_eq!(ran.code, Some(7), "{args:?} {ran:?}");
        assert!(ran.err.contains("the case is in use by another process"), "{ran:?}");
    }
    assert_eq!(home.rows(&["timeline"]).len(), 3);
    drop(lock);
    home.on_case(&["tag", "add", "bad", "--where", "true"]);
}

#[test]
fn case_that_another_process_is_loading_is_refused_with_a_sentence() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    let case = home.text("case");
    let mut loading = home
        .command(&["ingest", "-", "--case", &case])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a run");
    let journal = home.path("case/case.duckdb");
    crate::support::wait_until("the case is there", || {
        journal.exists() && home.run(&["ingest", "evidence", "--case", &case]).code == Some(7)
    });
    drop(loading.stdin.take());
    assert!(loading.wait().expect("an end").success());
    home.ingest("evidence", 0);
}

#[test]
fn full_disk_is_told_and_what_was_kept_opens_again_balanced() {
    let home = Home::new();
    let disk = home.path("disk");
    fs::create_dir(&disk).expect("a folder");
    let mount = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
        .arg(&disk)
        .stderr(Stdio::null())
        .status();
    if !is_root() || !mount.is_ok_and(|status| status.success()) {
        println!("skipped: a small file system cannot be mounted here");
        return;
    }
    for part in 0..12 {
        let many: Vec<_> = (part * 3000..(part + 1) * 3000)
            .map(|number| record_with(number, json!({ "userAgent": noise(number) })))
            .collect();
        home.write(&format!("evidence/{part:02}.json"), records(&many));
    }
    home.write("small/a.json", numbered(1_000_000..1_000_003));
    let case = home.text("disk/case");
    let small = home.run(&["ingest", "small", "--case", &case]);
    let full = home.run(&["ingest", "evidence", "--case", &case]);
    let after = home.run(&["case", "info", "--case", &case]);
    let kept =
        home.run(&["sql", "SELECT count(*) FROM events", "--case", &case, "--format", "csv"]);
    let unmounted = std::process::Command::new("umount").arg("-l").arg(&disk).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(small.code, Some(0), "{small:?}");
    assert_eq!(full.code, Some(1), "{full:?}");
    assert!(full.err.contains("disk is full"), "{full:?}");
    assert!(full.err.contains("hint: make room"), "{full:?}");
    assert_eq!(after.code, Some(0), "{after:?}");
    assert!(after.out.contains("BALANCED"), "{after:?}");
    let kept: u32 = kept.out.lines().nth(1).and_then(|line| line.parse().ok()).expect("a count");
    assert!(kept >= 3, "{kept}");
}

/// Returns text that does not compress.
fn noise(seed: u32) -> String {
    let digests = (0..5_u32).map(|part| {
        whytrail::source::hex(&Sha256::digest([seed.to_le_bytes(), part.to_le_bytes()].concat()))
    });
    digests.collect()
}

#[test]
fn gzip_bomb_is_cut_at_the_cap_with_its_leading_records_kept() {
    let home = Home::new();
    let filled = |inner: String| {
        gzip(format!("{{\"Records\":[{},{}{inner}]}}", record(1), " ".repeat(40 << 20)))
    };
    home.write("evidence/a.json.gz", filled(record(2).to_string()));
    home.write("evidence/b.json.gz", gzip(" ".repeat(40 << 20)));
    let printed = home.ingest("evidence", 3);
    assert!(printed.contains("kept 1 "), "{printed}");
    assert!(
        printed.contains(
            "damaged  a.json.gz   inflates more than 200:1, which is over the cap at byte"
        ),
        "{printed}"
    );
    assert!(printed.contains("unreadable  b.json.gz   inflates more than 200:1"), "{printed}");
    let capped = home.run(&[
        "ingest",
        "evidence/a.json.gz",
        "--case",
        &home.text("other"),
        "--max-inflated",
        "1MiB",
    ]);
    assert_eq!(capped.code, Some(3));
    assert!(capped.out.contains("cap of 1048576 bytes"), "{capped:?}");
}

#[test]
fn zip_names_that_climb_write_nothing_and_a_bomb_in_it_is_named() {
    let home = Home::new();
    let bomb = format!("[{}]", " ".repeat(40 << 20));
    let archive = zip(&[
        ("../../climbed.json", numbered(0..1).as_bytes()),
        ("/tmp/whytrail-absolute.json", numbered(1..2).as_bytes()),
        ("inner/good.json", numbered(2..3).as_bytes()),
        ("inner/bomb.json", bomb.as_bytes()),
    ]);
    home.write("evidence/deep/a.zip", archive);
    let before = listing(&home.path("evidence"));
    let printed = home.ingest("evidence", 3);
    balanced(&printed, "3", "3", "0", "0");
    assert!(printed.contains("unreadable  deep/a.zip > inner/bomb.json   zip member inflates"));
    assert_eq!(listing(&home.path("evidence")), before);
    assert!(!home.path("climbed.json").exists() && !home.path("evidence/climbed.json").exists());
    assert!(!std::path::Path::new("/tmp/whytrail-absolute.json").exists());
}

#[test]
fn links_are_counted_and_not_followed() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..2));
    home.write("elsewhere/b.json", numbered(2..9));
    symlink(home.path("elsewhere/b.json"), home.path("evidence/b.json")).expect("a link");
    symlink(home.path("elsewhere"), home.path("evidence/c")).expect("a link");
    symlink(home.path("evidence"), home.path("evidence/loop")).expect("a link");
    let printed = home.ingest("evidence", 0);
    balanced(&printed, "2", "2", "0", "0");
    assert!(printed.contains("3 links were not followed"), "{printed}");
}

#[test]
fn standard_input_is_read_whatever_its_shape() {
    let home = Home::new();
    let case = home.text("case");
    for (input, kept) in [
        (numbered(0..4).into_bytes(), "4"),
        (gzip(numbered(4..8)), "8"),
        (lines(&(8..10).map(record).collect::<Vec<_>>()).into_bytes(), "10"),
    ] {
        let ran = home.run_with(&["ingest", "-", "--case", &case], &input);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        balanced(&ran.out, kept, kept, "0", "0");
    }
    let cut = &gzip(numbered(100..500))[..2000];
    let ran = home.run_with(&["ingest", "-", "--case", &case], cut);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("damaged  standard input   gzip ends early at byte 2000"), "{ran:?}");
}

#[test]
fn two_thousand_tiny_files_are_all_read() {
    let home = Home::new();
    for number in 0..2000 {
        home.write(&format!("evidence/{}/{number}.json", number % 20), records(&[record(number)]));
    }
    let printed = home.ingest("evidence", 0);
    balanced(&printed, "2,000", "2,000", "0", "0");
    assert!(printed.contains("files 2,000 = read 2,000\n"), "{printed}");
}

#[test]
fn same_folder_given_twice_is_read_once() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..5));
    let printed = home.on_case(&["ingest", "evidence", "evidence", "evidence/a.json"]);
    balanced(&printed, "5", "5", "0", "0");
    assert!(printed.contains("files 1 = read 1\n"), "{printed}");
}

#[test]
fn same_identifier_on_different_records_keeps_both() {
    let home = Home::new();
    let first = record(1);
    let second = record_with(1, json!({ "eventName": "DeleteObject" }));
    home.write("evidence/a.jsonl", lines(&[first]));
    home.write("evidence/b.jsonl", lines(&[second]));
    home.ingest("evidence", 0);
    let accounts = home.sql("SELECT kept + duplicate FROM sources ORDER BY name");
    assert_eq!(accounts, ["1", "1"], "no record is lost");
    assert_eq!(home.sql("SELECT count(*) FROM provenance"), ["2"]);
}

#[test]
fn evidence_is_never_written_to() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..5));
    home.write("evidence/b.json.gz", gzip(numbered(5..9)));
    home.write("evidence/c.zip", zip(&[("d.json", numbered(9..12).as_bytes())]));
    let before = listing(&home.path("evidence"));
    home.ingest("evidence", 0);
    let id = home.sql("SELECT id FROM events LIMIT 1").remove(0);
    home.on_case(&["show", &id, "--raw"]);
    home.on_case(&["export", "-o", &home.text("bundle"), "--where", "true"]);
    assert_eq!(listing(&home.path("evidence")), before);
}

#[test]
fn case_and_bundle_inside_the_evidence_are_refused() {
    let home = Home::new();
    home.write("evidence/sub/a.json", numbered(0..5));
    let before = listing(&home.path("evidence"));
    for case in ["evidence", "evidence/case", "evidence/sub/x/y", "evidence/../evidence/case"] {
        let ran = home.run(&["ingest", "evidence", "--case", &home.text(case)]);
        assert_eq!(ran.code, Some(2), "{case} {ran:?}");
        assert!(ran.err.contains("would lie inside the evidence"), "{ran:?}");
    }
    home.ingest("evidence", 0);
    for bundle in ["evidence/bundle", "evidence/sub/bundle"] {
        let case = home.text("case");
        let ran = home.run(&["export", "-o", bundle, "--where", "true", "--case", &case]);
        assert_eq!(ran.code, Some(2), "{bundle} {ran:?}");
        assert!(ran.err.contains("lies inside the evidence"), "{ran:?}");
    }
    assert_eq!(listing(&home.path("evidence")), before);
    home.on_case(&["export", "-o", "bundle", "--where", "true"]);
    assert!(home.path("bundle/manifest.json").exists());
}

#[test]
fn case_opened_from_another_folder_still_finds_its_evidence() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ingest("evidence", 0);
    let id = home.sql("SELECT id FROM events LIMIT 1").remove(0);
    let case = home.text("case");
    let mut command = home.command(&["show", &id, "--raw", "--case", &case]);
    let output = command.current_dir("/").output().expect("a run");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("same as at load"), "{text}");
    let printed = home.on_case(&["ingest", &home.text("evidence")]);
    assert!(printed.contains("1 files were read before"), "{printed}");
}

#[test]
fn pipe_that_is_no_file_is_named_and_not_waited_for() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..2));
    let made = std::process::Command::new("mkfifo").arg(home.path("evidence/pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no named pipe can be made here");
        return;
    }
    let printed = home.ingest("evidence", 3);
    assert!(printed.contains("unreadable  pipe   not a regular file"), "{printed}");
    balanced(&printed, "2", "2", "0", "0");
}

#[test]
fn raw_bytes_that_changed_since_the_load_are_told() {
    let home = Home::new();
    let path = home.write("evidence/a.json", numbered(0..2));
    home.ingest("evidence", 0);
    let id = home.sql("SELECT id FROM events ORDER BY ts LIMIT 1").remove(0);
    assert!(home.on_case(&["show", &id, "--raw"]).contains("same as at load"));
    let mut text = String::new();
    fs::File::open(&path).and_then(|mut file| file.read_to_string(&mut text)).expect("the file");
    fs::write(&path, text.replace("alice", "mallo")).expect("an edit");
    assert!(home.on_case(&["show", &id, "--raw"]).contains("CHANGED since load"));
}
