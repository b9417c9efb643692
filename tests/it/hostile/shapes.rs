//! Shapes that break readers: bombs, depth, sizes that lie, numbers nothing can hold. What is large is made here and never
//! committed. Whatever comes in, every record is accounted for and the program ends in its own words.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::output::assert_inert;
use crate::support::{Home, gzip, lines, listing, numbered, record, record_with, records, zip};

/// Reads evidence; it must end in an account that balances, by itself, in its own words.
#[track_caller]
fn accounted(home: &Home) -> String {
    let ran = home.run(&["ingest", "evidence", "--case", &home.text("case")]);
    assert!(matches!(ran.code, Some(0 | 3)), "{:?} {} {}", ran.code, ran.out, ran.err);
    assert!(ran.out.lines().next().is_some_and(|line| line.ends_with("BALANCED")), "{ran:?}");
    assert!(!ran.err.contains("panicked"), "{ran:?}");
    assert_inert("account", ran.out.as_bytes(), false);
    for args in [&["timeline", "--json"][..], &["case", "info"], &["sql", "FROM rejects"]] {
        assert_inert(args[0], home.on_case(args).as_bytes(), false);
    }
    ran.out
}

fn one(home: &Home, query: &str) -> String {
    home.sql(query).pop().unwrap_or_default()
}

#[test]
fn every_committed_shape_is_accounted_for_alone_and_together() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile/shapes");
    let all = Home::new();
    let mut n_files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let home = Home::new();
        home.write(&format!("evidence/{name}"), fs::read(&path).unwrap());
        accounted(&home);
        let counted = "SELECT sum(kept + duplicate + rejected) - sum(read) FROM sources";
        assert_eq!(one(&home, counted), "0", "{name}");
        all.write(&format!("evidence/{name}"), fs::read(&path).unwrap());
        n_files += 1;
    }
    assert!(n_files > 6);
    accounted(&all);
}

#[test]
fn twice_named_member_never_makes_two_events_of_one_record() {
    let home = Home::new();
    let text = record(1).to_string();
    let doubled = text.replacen('{', "{\"eventName\":\"DeleteBucket\",\"eventName\":\"x\",", 1);
    home.write("evidence/a.jsonl", format!("{doubled}\n"));
    accounted(&home);
    assert_eq!(one(&home, "SELECT count(*) FROM events"), "1");
}

#[test]
fn deep_nesting_is_rejected_or_kept_and_never_ends_the_program() {
    let home = Home::new();
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let inside = |value: &str| {
        let number = u32::try_from(value.len()).unwrap();
        let text = record_with(number, json!({ "requestParameters": "HERE" })).to_string();
        text.replace("\"HERE\"", value)
    };
    home.write("evidence/arrays.json", deep("[", "]"));
    home.write("evidence/objects.json", deep("{\"a\":", "}"));
    home.write("evidence/open.json", "[".repeat(100_000));
    home.write("evidence/close.json", "]".repeat(100_000));
    home.write("evidence/record.jsonl", format!("{}\n{}\n", inside(&deep("[", "]")), record(8)));
    home.write(
        "evidence/objects.jsonl",
        format!("{}\n{}\n", inside(&deep("{\"a\":", "}")), record(9)),
    );
    let quoted = (0..12).fold("1".to_owned(), |inner, _| json!({ "a": inner }).to_string());
    home.write(
        "evidence/strings.jsonl",
        lines(&[record_with(10, json!({ "requestParameters": { "body": quoted } }))]),
    );
    let mcp = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{{\"name\":\"x\",\"arguments\":{}}}}}\n",
        deep("[", "]")
    );
    home.write("evidence/mcp.jsonl", mcp);
    accounted(&home);
    assert_eq!(
        one(&home, "SELECT count(*) FROM events WHERE action = 's3:GetObject'"),
        "5",
        "neighbors stay"
    );
}

#[test]
fn numbers_of_any_length_are_kept_as_they_stand() {
    let home = Home::new();
    let digits = "7".repeat(5000);
    let text = record_with(1, json!({ "additionalEventData": "HERE" })).to_string();
    let number = |value: &str| text.replace("\"HERE\"", &format!("{{\"n\":{value}}}"));
    let all = [
        number(&digits),
        number("1e999999"),
        number(&format!("0.{digits}")),
        number(&format!("-{digits}e{digits}")),
    ];
    let mut file = format!("{}\n", record(9));
    for (index, text) in all.iter().enumerate() {
        let own_id = text.replace("00000001-", &format!("0000000{}-", index + 1));
        file.push_str(&own_id);
        file.push('\n');
        home.write(&format!("evidence/alone-{index}.jsonl"), own_id);
    }
    home.write("evidence/together.jsonl", file);
    accounted(&home);
    let kept = format!(
        "SELECT count(*) FROM events WHERE payload LIKE '%{digits}%' OR payload LIKE '%1e999999%'"
    );
    assert_eq!(one(&home, &kept), "4");
}

/// Half a million empty elements stand for the billion: what matters is that none is kept in memory or listed.
#[test]
fn array_of_very_many_elements_is_counted_and_not_kept() {
    let home = Home::new();
    let mut body = String::from("{\"Records\":[");
    body.push_str(&record(1).to_string());
    body.push_str(&",0".repeat(500_000));
    body.push(',');
    body.push_str(&record(2).to_string());
    body.push_str("]}");
    home.write("evidence/a.json.gz", gzip(body));
    let printed = accounted(&home);
    assert!(
        printed.contains("read 500,002 = kept 2 + duplicate 0 + rejected 500,000"),
        "{printed}"
    );
    let listed: u32 = one(&home, "SELECT count(*) FROM rejects").parse().unwrap();
    assert!(listed <= 10_000, "{listed} rejects are listed");
}

#[test]
fn line_of_60_megabytes_that_is_no_json_is_one_reject() {
    let home = Home::new();
    let mut content = format!("{}\n{{\"a\":\"", record(1)).into_bytes();
    content.extend(std::iter::repeat_n(b'x', 60 << 20));
    content.extend(format!("\n{}\n", record(2)).into_bytes());
    home.write("evidence/a.jsonl", content);
    let printed = accounted(&home);
    assert!(printed.starts_with("read 3 = kept 2 + duplicate 0 + rejected 1"), "{printed}");
    assert!(one(&home, "SELECT max(length(excerpt)) FROM rejects").parse::<u32>().unwrap() < 400);
}

/// Changes little-endian numbers in an archive's headers.
fn patched(mut archive: Vec<u8>, signature: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let found = archive.windows(4).position(|window| window == signature).expect("a header");
    archive[found + at..found + at + bytes.len()].copy_from_slice(bytes);
    archive
}

#[test]
fn archives_that_lie_are_told_and_write_nothing() {
    let home = Home::new();
    let good = numbered(0..3);
    let plain = zip(&[("a.json", good.as_bytes())]);
    let central = b"PK\x01\x02";
    let end = b"PK\x05\x06";
    home.write(
        "evidence/size-small.zip",
        patched(plain.clone(), central, 24, &1_u32.to_le_bytes()),
    );
    home.write(
        "evidence/size-huge.zip",
        patched(plain.clone(), central, 24, &0x7fff_ffff_u32.to_le_bytes()),
    );
    home.write(
        "evidence/packed-huge.zip",
        patched(plain.clone(), central, 20, &0x7fff_ffff_u32.to_le_bytes()),
    );
    home.write("evidence/checksum.zip", patched(plain.clone(), central, 16, &[1, 2, 3, 4]));
    home.write(
        "evidence/offset.zip",
        patched(plain.clone(), central, 42, &0xffff_fff0_u32.to_le_bytes()),
    );
    home.write("evidence/method.zip", patched(plain.clone(), central, 10, &[99, 0]));
    home.write("evidence/members.zip", patched(plain.clone(), end, 10, &[0xff, 0xff]));
    home.write("evidence/directory.zip", patched(plain.clone(), end, 16, &[0xff; 4]));
    let two = zip(&[("a.json", numbered(3..4).as_bytes()), ("b.json", numbered(4..5).as_bytes())]);
    // Both entries of the directory point at the first member: what overlaps is read twice and counted as duplicate.
    let second = two.windows(4).rposition(|window| window == central).expect("a header");
    let mut overlapping = two;
    overlapping[second + 42..second + 46].copy_from_slice(&[0; 4]);
    home.write("evidence/overlap.zip", overlapping);
    home.write(
        "evidence/nested.zip",
        zip(&[("inner.zip", &plain), ("deep/inner.json.gz", &gzip(numbered(5..6)))]),
    );
    home.write("evidence/bomb.zip", zip(&[("a.json", gzip(" ".repeat(60 << 20)).as_slice())]));
    home.write("evidence/link.zip", linked());
    home.write(
        "evidence/names.zip",
        zip(&[
            ("../../climbed.json", numbered(6..7).as_bytes()),
            ("/whytrail-absolute.json", numbered(7..8).as_bytes()),
            ("C:\\whytrail\\x.json", numbered(8..9).as_bytes()),
            ("..\\..\\x.json", numbered(9..10).as_bytes()),
            ("name\u{1b}]0;OWNED\u{7}\u{202e}.json", numbered(10..11).as_bytes()),
            ("two\nlines.json", numbered(11..12).as_bytes()),
            ("=1+1.json", numbered(12..13).as_bytes()),
        ]),
    );
    let before = listing(&home.path("evidence"));
    let printed = accounted(&home);
    assert_eq!(listing(&home.path("evidence")), before);
    assert!(!home.path("climbed.json").exists() && !Path::new("/whytrail-absolute.json").exists());
    for name in ["size-small", "size-huge", "checksum", "offset", "method"] {
        let is_told = printed.lines().any(|line| line.contains(&format!("  {name}.zip")));
        assert!(is_told, "{name} is not told:\n{printed}");
    }
    let secret = one(&home, "SELECT count(*) FROM events WHERE payload LIKE '%root:%'");
    assert_eq!(secret, "0", "a link in an archive was followed");
    for format in ["table", "csv", "md", "json"] {
        assert_inert(
            "sources",
            home.on_case(&["sql", "FROM sources", "--format", format]).as_bytes(),
            false,
        );
    }
}

/// An archive whose member is a link to a file of the machine.
fn linked() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.add_symlink("passwd.json", "/etc/passwd", options).expect("a link");
    writer.start_file("good.json", options).expect("a member");
    writer.write_all(numbered(20..21).as_bytes()).expect("memory");
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn gzip_of_gzip_and_many_members_stay_under_their_caps() {
    let home = Home::new();
    home.write("evidence/twice.json.gz", gzip(gzip(numbered(0..3))));
    let many: Vec<u8> =
        (0..2000_u32).flat_map(|number| gzip(record(number).to_string() + "\n")).collect();
    home.write("evidence/many.jsonl.gz", many);
    let bomb: Vec<u8> = (0..40).flat_map(|_| gzip(" ".repeat(1 << 20))).collect();
    home.write("evidence/bomb.json.gz", bomb);
    let printed = accounted(&home);
    assert!(printed.contains("unreadable  bomb.json.gz   inflates more than 200:1"), "{printed}");
    assert_eq!(one(&home, "SELECT kept FROM sources WHERE name = 'many.jsonl.gz'"), "2000");
}

#[test]
fn account_of_a_mixed_folder_is_the_sum_of_its_files() {
    let home = Home::new();
    home.write("evidence/good.json", records(&[record(1), record(2)]));
    home.write("evidence/again.json", records(&[record(1), record(2)]));
    home.write("evidence/half.json", &records(&[record(3), record(4)]).as_bytes()[..900]);
    accounted(&home);
    let sums = "SELECT sum(read), sum(kept), sum(duplicate), sum(rejected) FROM sources";
    let parts: Vec<u32> = one(&home, sums).split(' ').map(|part| part.parse().unwrap()).collect();
    assert_eq!(parts[0], parts[1] + parts[2] + parts[3], "{parts:?}");
}
