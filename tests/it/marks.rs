//! The analyst's acts: tags, notes, findings, the chained journal, exports, and what redaction keeps out of all of them.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use whytrail::source::hex;

use crate::support::{Home, contents, lines, record, record_with};

/// A case with six events, two of them refused.
fn case() -> Home {
    let home = Home::new();
    let denied = json!({ "errorCode": "AccessDenied", "eventName": "DeleteBucket" });
    let mut of: Vec<Value> = (0..4).map(record).collect();
    of.extend((4..6).map(|number| record_with(number, denied.clone())));
    home.write("evidence/a.jsonl", lines(&of));
    home.ingest("evidence", 0);
    home
}

fn ids(home: &Home) -> Vec<String> {
    home.sql("SELECT id FROM events ORDER BY ts")
}

fn journal(home: &Home) -> Vec<String> {
    let text = fs::read_to_string(home.path("case/journal.jsonl")).expect("a journal");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn tags_are_added_listed_and_struck_out() {
    let home = case();
    let ids = ids(&home);
    let (beginning, _) = ids[1].split_at(13);
    assert_eq!(home.on_case(&["tag", "add", "bad", &ids[0], beginning]), "tagged 2 of 2 events\n");
    assert_eq!(home.on_case(&["tag", "add", "bad", &ids[0], &ids[2]]), "tagged 1 of 2 events\n");
    let printed =
        home.on_case(&["tag", "add", "suspicious", "--outcome", "denied", "--note", "why not?"]);
    assert_eq!(printed, "tagged 2 of 2 events\n");
    let tags = home.rows(&["tag", "list"]);
    let of = |text: &str| tags.iter().filter(|tag| tag["tag"] == text).count();
    assert_eq!((of("bad"), of("suspicious")), (3, 2));
    assert_eq!(tags.iter().filter(|tag| tag["note"] == "why not?").count(), 2);
    assert!(tags.iter().all(|tag| tag["by"] == "tester"), "{tags:?}");
    assert_eq!(home.rows(&["timeline", "--tag", "bad"]).len(), 3);
    let struck = home.on_case(&["tag", "rm", "bad", &ids[0], "--reason", "a test account"]);
    assert_eq!(struck, "struck out on 1 events\n");
    assert_eq!(home.rows(&["timeline", "--tag", "bad"]).len(), 2);
    assert!(journal(&home).last().is_some_and(|line| line.contains("a test account")));
    assert!(home.on_case(&["show", &ids[4]]).contains("why not?"));
}

#[test]
fn criteria_are_tags_with_an_identifier() {
    let home = case();
    let ids = ids(&home);
    home.on_case(&["tag", "add", "euaia-art-14.1", &ids[5]]);
    assert_eq!(home.sql("SELECT criterion FROM tags"), ["euaia-art-14.1"]);
    assert_eq!(home.rows(&["timeline", "--tag", "euaia-art-14.1"]).len(), 1);
}

#[test]
fn criterion_is_found_under_its_other_names() {
    let home = case();
    let ids = ids(&home);
    let said = home.on_case(&["tag", "add", "T1562.008", &ids[0]]);
    assert_eq!(
        said,
        "`T1562.008` is criterion `attack-T1685.002`: T1685.002 (version: 19; also T1562.008), Disable or Modify \
         Tools: Disable or Modify Cloud Log\ntagged 1 of 1 events\n"
    );
    assert_eq!(
        home.sql("SELECT text || ' ' || criterion FROM tags"),
        ["attack-T1685.002 attack-T1685.002"]
    );
    home.write("old.jsonl", format!("{}\n", json!({ "id": ids[1], "criterion": "T1562.008" })));
    home.on_case(&["tag", "import", &home.text("old.jsonl")]);
    assert_eq!(home.sql("SELECT DISTINCT criterion FROM tags"), ["attack-T1685.002"]);
    let struck = home.on_case(&["tag", "rm", "T1562.008", &ids[0], "--reason", "daily work"]);
    assert_eq!(struck, "struck out on 1 events\n");
    let set =
        ["finds", "set", "new", "--title", "t", "--criteria", "164.312(b)", "--where", "true"];
    home.on_case(&set);
    assert!(home.on_case(&["finds", "show", "1"]).contains("criteria hipaa-164.312.b"));
}

#[test]
fn name_that_two_standards_use_is_refused_with_their_ids() {
    let home = case();
    let ids = ids(&home);
    let ran = home.run(&["tag", "add", "A.8.2", &ids[0], "--case", &home.text("case")]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`iso27001-A.8.2`, `iso42001-A.8.2`"), "{ran:?}");
    home.write("bad.jsonl", format!("{}\n", json!({ "id": ids[0], "criterion": "nope" })));
    let ran = home.run(&["tag", "import", &home.text("bad.jsonl"), "--case", &home.text("case")]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("line 1: `nope` is no criterion"), "{ran:?}");
    assert!(home.sql("SELECT text FROM tags").is_empty());
}

#[test]
fn dry_run_says_what_would_be_done_and_does_nothing() {
    let home = case();
    let before = journal(&home);
    let said = home.on_case(&["tag", "add", "bad", "--outcome", "denied", "--dry-run"]);
    assert_eq!(said, "would tag 2 of 2 events\n");
    home.write("tags.jsonl", format!("{}\n", json!({ "id": ids(&home)[0], "text": "bad" })));
    assert_eq!(
        home.on_case(&["tag", "import", "tags.jsonl", "--dry-run"]),
        "would import 1 lines\n"
    );
    assert_eq!(journal(&home), before);
    assert_eq!(home.rows(&["tag", "list"]).len(), 0);
}

#[test]
fn import_takes_all_lines_or_none() {
    let home = case();
    let ids = ids(&home);
    let good = json!({ "id": ids[0], "text": "bad", "note": "seen" });
    let criterion = json!({ "id": ids[1], "criterion": "euaia-art-14.1" });
    home.write("good.jsonl", format!("{good}\n\n{criterion}\n"));
    assert_eq!(home.on_case(&["tag", "import", "good.jsonl"]), "imported 2 lines\n");
    assert_eq!(home.sql("SELECT text, criterion FROM tags ORDER BY ALL").len(), 2);
    assert_eq!(home.sql("SELECT text FROM notes"), ["seen"]);
    let before = journal(&home);
    for bad in
        [json!({ "id": "ffffffff", "text": "x" }), json!({ "id": ids[2], "tagg": "x" }), json!(3)]
    {
        home.write("bad.jsonl", format!("{}\n{bad}\n", json!({ "id": ids[3], "text": "bad" })));
        let ran = home.run(&["tag", "import", "bad.jsonl", "--case", &home.text("case")]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("line 2"), "{ran:?}");
    }
    assert_eq!(journal(&home), before);
}

#[test]
fn findings_are_made_changed_listed_and_shown() {
    let home = case();
    let ids = ids(&home);
    let made = home.on_case(&[
        "finds",
        "set",
        "new",
        "--title",
        "denied, then done",
        "--severity",
        "high",
        "--criteria",
        "euaia-art-14.1",
        "--outcome",
        "denied",
    ]);
    assert_eq!(made, "finding 1 cites 2 events\n");
    home.on_case(&[
        "finds",
        "set",
        "1",
        "--state",
        "confirmed",
        "--narrative",
        "first line\nsecond",
        "--events",
        &ids[0],
    ]);
    let found = home.rows(&["finds", "list"]);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["state"], &found[0]["severity"]), (&json!("confirmed"), &json!("high")));
    assert_eq!(found[0]["events"], 3);
    let text = home.on_case(&["finds", "show", "1"]);
    for part in [
        "finding 1  confirmed  high",
        "denied, then done",
        "  second",
        "criteria euaia-art-14.1",
        &ids[0],
        &ids[4],
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(home.on_case(&["finds", "set", "1", "--state", "confirmed"]), "nothing changes\n");
}

#[test]
fn journal_is_a_chain_of_sorted_lines_that_anyone_can_check() {
    let home = case();
    let ids = ids(&home);
    home.on_case(&["tag", "add", "b\u{e4}d \"quoted\"", &ids[0], "--note", "n"]);
    home.on_case(&["finds", "set", "new", "--title", "t", "--events", &ids[0]]);
    home.on_case(&["tag", "rm", "b\u{e4}d \"quoted\"", &ids[0], "--reason", "r"]);
    home.on_case(&["export", "-o", "bundle"]);
    let lines = journal(&home);
    let mut prev = "0".repeat(64);
    let mut acts = Vec::new();
    for (seq, line) in lines.iter().enumerate() {
        let entry: serde_json::Map<String, Value> = serde_json::from_str(line).expect("an entry");
        let keys: Vec<&String> = entry.keys().collect();
        assert_eq!(keys, ["act", "actor", "detail", "n", "prev", "seq", "subj", "tool", "ts", "v"]);
        assert!(is_sorted(&Value::Object(entry.clone())), "{line}");
        assert_eq!(serde_json::to_string(&entry).expect("JSON"), *line, "no spaces");
        assert_eq!((&entry["v"], &entry["seq"]), (&json!(1), &json!(seq)));
        assert_eq!(entry["prev"], json!(prev), "{line}");
        assert_eq!(entry["n"].as_str().map(str::len), Some(32));
        assert_eq!(entry["ts"].as_str().map(str::len), Some("2026-11-21T05:10:00.000Z".len()));
        acts.push(entry["act"].as_str().expect("an act").to_owned());
        prev = hex(&Sha256::digest([b"\0", line.as_bytes()].concat()));
    }
    assert_eq!(acts.first().map(String::as_str), Some("case.open"));
    acts.retain(|act| !act.starts_with("case.") && act != "pack.load");
    let expected = [
        "evidence.add",
        "parse.run",
        "checkpoint.create",
        "tag.add",
        "note.add",
        "finding.create",
        "tag.withdraw",
        "export.create",
        "checkpoint.create",
    ];
    assert_eq!(acts, expected);
    let nonces: std::collections::BTreeSet<String> = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["n"].to_string())
        .collect();
    assert_eq!(nonces.len(), lines.len());
}

/// Returns true when the keys of every object are in order.
fn is_sorted(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.keys().is_sorted() && members.values().all(is_sorted),
        Value::Array(elements) => elements.iter().all(is_sorted),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[test]
fn journal_that_was_edited_makes_the_case_read_only() {
    let home = case();
    let ids = ids(&home);
    home.on_case(&["tag", "add", "bad", &ids[0]]);
    home.on_case(&["tag", "add", "good", &ids[1]]);
    let path = home.path("case/journal.jsonl");
    let text = fs::read_to_string(&path).expect("a journal");
    fs::write(
        &path,
        text.replace("\"tag\":\"bad\"", "\"tag\":\"fab\"").replace("\"kept\":6", "\"kept\":7"),
    )
    .expect("an edit");
    let ran = home.run(&["tag", "add", "bad", &ids[2], "--case", &home.text("case")]);
    assert!(matches!(ran.code, Some(6 | 7)), "{ran:?}");
    assert!(ran.err.contains("journal"), "{ran:?}");
    assert_eq!(home.rows(&["timeline"]).len(), 6);
    let info = home.on_case(&["case", "info"]);
    assert!(info.contains("read-only"), "{info}");
}

#[test]
fn torn_last_line_is_cut_and_told_and_work_goes_on() {
    let home = case();
    let ids = ids(&home);
    home.on_case(&["tag", "add", "bad", &ids[0]]);
    let path = home.path("case/journal.jsonl");
    let mut text = fs::read_to_string(&path).expect("a journal");
    text.push_str("{\"act\":\"tag.add\",\"act");
    fs::write(&path, text).expect("an edit");
    home.on_case(&["tag", "add", "bad", &ids[1]]);
    assert!(journal(&home).iter().any(|line| line.contains("\"act\":\"journal.recovered\"")));
    assert_eq!(home.rows(&["timeline", "--tag", "bad"]).len(), 2);
}

#[test]
fn tables_of_marks_are_made_anew_from_the_journal() {
    use whytrail::store::{Limits, Store};
    let home = case();
    let ids = ids(&home);
    home.on_case(&["tag", "add", "bad", &ids[0], &ids[1], "--note", "n"]);
    home.on_case(&["tag", "rm", "bad", &ids[1], "--reason", "r"]);
    let (tags, notes) = (
        home.sql("SELECT event, text, by_whom, made_at FROM tags"),
        home.sql("SELECT event, text FROM notes ORDER BY ALL"),
    );
    let limits = Limits { memory_mib: 256, threads: 1 };
    let store = Store::open(&home.path("case/case.duckdb"), limits).expect("the database");
    let mut writer = store.writer().expect("a writer");
    for query in ["DELETE FROM tag", "DELETE FROM note", "DELETE FROM meta WHERE key = 'journal'"] {
        writer.execute(query, &[]).expect("an edit");
    }
    writer.commit().expect("a commit");
    drop(writer);
    drop(store);
    assert_eq!(home.sql("SELECT event, text, by_whom, made_at FROM tags"), tags);
    assert_eq!(home.sql("SELECT event, text FROM notes ORDER BY ALL"), notes);
}

#[test]
fn marks_come_back_when_the_database_is_read_again_from_the_evidence() {
    let home = case();
    let ids = ids(&home);
    home.on_case(&["tag", "add", "bad", &ids[0], &ids[1]]);
    home.on_case(&["finds", "set", "new", "--title", "t", "--tag", "bad"]);
    fs::remove_file(home.path("case/case.duckdb")).expect("no database");
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT event FROM tags ORDER BY ALL").len(), 2);
    assert_eq!(home.rows(&["timeline", "--tag", "bad"]).len(), 2);
    assert!(
        home.on_case(&["finds", "show", "1"]).contains("DeleteBucket")
            || home.on_case(&["finds", "show", "1"]).contains("GetObject")
    );
}

#[test]
fn bundle_is_the_same_every_time_and_its_manifest_names_every_file() {
    let home = case();
    home.on_case(&["tag", "add", "bad", "--outcome", "denied", "--note", "n"]);
    home.on_case(&["finds", "set", "new", "--title", "t", "--tag", "bad"]);
    let at = "2026-11-21T00:00:00Z";
    let mut bundles = Vec::new();
    for name in ["one", "two"] {
        home.on_case(&["export", "-o", name, "--exported-at", at]);
        bundles.push(contents(&home.path(name)));
    }
    let names: Vec<&str> = bundles[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "VERIFY.md",
            "bundle.note",
            "checkpoints/0001.note",
            "checkpoints/0001.tsq",
            "checkpoints/signer.vkey",
            "events.csv",
            "events.jsonl",
            "findings.json",
            "forms/annex-iv.html",
            "forms/art-73.html",
            "forms/auditor.html",
            "forms/brief.html",
            "forms/gdpr-33.html",
            "forms/hand-over.html",
            "identity-key.csv",
            "journal.jsonl",
            "manifest.json",
            "report.html",
            "report.md",
            "timesketch.jsonl"
        ]
    );
    // The first export is in the journal of the second one.
    for (one, two) in bundles[0].iter().zip(&bundles[1]) {
        if ["VERIFY.md", "events.csv", "events.jsonl", "timesketch.jsonl"].contains(&one.0.as_str())
        {
            assert!(one == two, "{}", one.0);
        }
    }
    let manifest: Value = bundles[0]
        .iter()
        .find(|(name, _)| name == "manifest.json")
        .map(|(_, bytes)| serde_json::from_slice(bytes).expect("JSON"))
        .expect("a manifest");
    for file in manifest["files"].as_array().expect("files") {
        let (_, bytes) =
            bundles[0].iter().find(|(name, _)| file["name"] == json!(name)).expect("the file");
        assert_eq!(file["sha256"], json!(hex(&Sha256::digest(bytes))), "{file}");
        assert_eq!(file["bytes"], bytes.len());
    }
    assert_eq!(manifest["files"].as_array().map(Vec::len), Some(names.len() - 2));
    assert_eq!(manifest["exported_at"], "2026-11-21T00:00:00.000Z");
    let source = fs::read(home.path("evidence/a.jsonl")).expect("the evidence");
    assert_eq!(manifest["sources"][0]["sha256"], json!(hex(&Sha256::digest(source))));
}

#[test]
fn bundle_holds_what_is_marked_and_cited_and_refuses_a_folder_that_is_there() {
    let home = case();
    home.on_case(&["tag", "add", "bad", "--outcome", "denied"]);
    home.on_case(&["export", "-o", "marked"]);
    let events = fs::read_to_string(home.path("marked/events.jsonl")).expect("events");
    let last = events.lines().last().expect("a trailer");
    assert!(last.contains("trailer"), "{last}");
    assert_eq!(events.lines().count(), 3);
    let ran = home.run(&["export", "-o", "marked", "--case", &home.text("case")]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let check = home.on_case(&["export", "--check"]);
    assert!(!check.is_empty());
    home.on_case(&["export", "-o", "all", "--where", "true"]);
    let timesketch = fs::read_to_string(home.path("all/timesketch.jsonl")).expect("events");
    for line in timesketch.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        for member in ["message", "datetime", "timestamp_desc"] {
            assert!(line[member].as_str().is_some_and(|text| !text.is_empty()), "{member} {line}");
        }
    }
}

/// Secrets under keys that say what they are.
const SECRETS: &[(&str, &str)] = &[
    ("password", "Hunter2-planted-01"),
    ("secretAccessKey", "wJalrXUtnFEMI/K7MDENG/planted-02"),
    ("sessionToken", "FwoGZXIvYXdzEPLANTED03"),
    ("authorization", "Bearer planted-token-04"),
    ("api_key", "sk-planted-05"),
    ("X-Amz-Signature", "planted06planted06"),
    ("set-cookie", "sid=planted-07"),
    ("clientSecret", "planted-08"),
    ("privateKey", "-----BEGIN PRIVATE KEY----- planted-09"),
    ("connectionString", "Server=db;Password=planted-10"),
];

#[test]
fn planted_secrets_are_nowhere_but_in_the_evidence() {
    let home = Home::new();
    let inner: serde_json::Map<String, Value> =
        SECRETS.iter().map(|(name, secret)| ((*name).to_owned(), json!(secret))).collect();
    let text = serde_json::to_string(&inner).expect("JSON");
    let cloudtrail = record_with(
        1,
        json!({ "requestParameters": { "deep": [{ "er": inner }] }, "responseElements": { "credentials": inner } }),
    );
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": "login", "arguments": inner } });
    let unknown = json!({ "time": "2026-07-12T09:00:00Z", "alpha": inner, "as_text": text });
    let cut = format!(
        "{{\"Records\":[{}",
        record_with(2, json!({ "requestParameters": inner })).to_string().split_at(900).0
    );
    home.write("evidence/a.jsonl", lines(&[cloudtrail]));
    home.write("evidence/b.jsonl", lines(&[call]));
    home.write("evidence/c.jsonl", lines(&[unknown]));
    home.write("evidence/d.json", cut);
    home.ingest("evidence", 3);
    home.on_case(&["tag", "add", "bad", "--where", "true"]);
    home.on_case(&["export", "-o", "bundle", "--where", "true"]);
    let mut texts = vec![("journal and database".to_owned(), contents(&home.path("case")))];
    texts.push(("bundle".to_owned(), contents(&home.path("bundle"))));
    texts.push(("home".to_owned(), contents(&home.path("home"))));
    let mut said = home.on_case(&["sql", "FROM events", "--json"]);
    said.push_str(&home.on_case(&["sql", "FROM rejects", "--json"]));
    for id in home.sql("SELECT id FROM events") {
        said.push_str(&home.on_case(&["show", &id]));
        said.push_str(&home.on_case(&["show", &id, "--raw"]));
    }
    texts.push(("output".to_owned(), vec![("standard output".to_owned(), said.into_bytes())]));
    for (name, secret) in SECRETS {
        let mark = secret.find("planted").or(secret.find("PLANTED")).expect("a mark");
        let (_, planted) = secret.split_at(mark);
        for (place, files) in &texts {
            for (file, bytes) in files {
                assert!(
                    memchr::memmem::find(bytes, planted.as_bytes()).is_none(),
                    "{name} in {place} {file}"
                );
            }
        }
    }
}

#[test]
fn same_secret_has_one_mark_in_a_case_and_another_mark_elsewhere() {
    let marks = |home: &Home| {
        let twice = json!({ "requestParameters": { "password": "planted-secret" } });
        home.write(
            "evidence/a.jsonl",
            lines(&[record_with(1, twice.clone()), record_with(2, twice)]),
        );
        home.ingest("evidence", 0);
        home.sql(
            "SELECT DISTINCT regexp_extract(payload, '\u{27e6}[^\u{27e7}]*\u{27e7}') FROM events",
        )
    };
    let (one, other) = (marks(&Home::new()), marks(&Home::new()));
    assert_eq!(one.len(), 1, "{one:?}");
    assert!(one[0].starts_with("\u{27e6}password:"), "{one:?}");
    assert_ne!(one, other);
}
