//! What proves a case and a bundle, and what the proof finds: every changed line, byte and file has a name.

mod added;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use whytrail::custody::tree;

use crate::support::{Home, Ran, contents, gzip, lines, numbered, record, variable, zip};

/// A case with sources of each kind, marks, a finding, and a bundle made of it.
fn case() -> Home {
    let home = Home::new();
    home.write("evidence/a.jsonl", lines(&(0..4).map(record).collect::<Vec<_>>()));
    home.write("evidence/deep/b.json.gz", gzip(numbered(4..9)));
    home.write("evidence/c.zip", zip(&[("d.json", numbered(9..12).as_bytes())]));
    home.ingest("evidence", 0);
    let ids = home.sql("SELECT id FROM events ORDER BY ts");
    home.on_case(&["tag", "add", "bad", &ids[0], "--note", "seen"]);
    home.on_case(&["finds", "set", "new", "--title", "t", "--events", &ids[1]]);
    home.on_case(&["export", "-o", "bundle"]);
    home
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    for (name, bytes) in contents(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, bytes).expect("a copy");
    }
}

fn verify(home: &Home, place: &str, more: &[&str]) -> Ran {
    home.run(&[&["verify", place, "--dry-run"], more].concat())
}

/// Returns the statements of an answer in JSON, the first at 1.
fn statements(home: &Home, place: &str, more: &[&str]) -> Vec<Value> {
    let ran = verify(home, place, &[more, &["--json"]].concat());
    let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!((&answer["schema"], &answer["version"]), (&"whytrail.verify".into(), &1.into()));
    let found = answer["statements"].as_array().expect("statements").clone();
    let numbers: Vec<u64> = found.iter().filter_map(|one| one["number"].as_u64()).collect();
    let n_all = if answer["kind"] == "bundle" { 8 } else { 7 };
    assert_eq!(numbers, (1..=n_all).collect::<Vec<u64>>());
    [vec![Value::Null], found].concat()
}

fn verdicts(home: &Home, place: &str, more: &[&str]) -> Vec<String> {
    let found = statements(home, place, more);
    found.iter().skip(1).map(|one| one["verdict"].as_str().expect("a word").to_owned()).collect()
}

fn journal(home: &Home, case: &str) -> Vec<String> {
    let text = fs::read_to_string(home.path(case).join("journal.jsonl")).expect("a journal");
    text.lines().map(str::to_owned).collect()
}

/// Returns true when a tool of the machine is there. Where the tests must not be skipped, it has to be.
fn has_tool(name: &str) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("command -v {name}")]).stdout(Stdio::null());
    let is_there = command.status().is_ok_and(|status| status.success());
    assert!(is_there || variable("WHYTRAIL_REQUIRE_TOOLS").is_none(), "`{name}` is required here");
    if !is_there {
        println!("skipped: there is no `{name}`");
    }
    is_there
}

fn shell(home: &Home, folder: &str, script: &str) -> std::process::Output {
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", script]).current_dir(home.path(folder));
    command.output().expect("a shell")
}

#[test]
fn untouched_case_holds_and_says_apart_what_was_not_shown() {
    let home = case();
    let holds = ["HOLDS", "HOLDS", "HOLDS", "NOT SHOWN", "HOLDS", "NOT RUN"];
    assert_eq!(verdicts(&home, "case", &[])[..6], holds);
    assert_eq!(verify(&home, "case", &[]).code, Some(0));
    assert_eq!(verify(&home, "case", &["--strict"]).code, Some(3));
    let found = statements(&home, "case", &["--rebuild"]);
    assert_eq!(found[6]["verdict"], "HOLDS", "{}", found[6]);
    assert!(
        found[5]["sentence"]
            .as_str()
            .is_some_and(|text| text.contains("of 4 sources 4 are the same"))
    );
    assert!(!fs::read_dir(home.path("case")).expect("a case").any(|entry| {
        entry.expect("an entry").file_name().to_string_lossy().contains("rebuild")
    }));
}

#[test]
fn check_of_a_case_is_journaled_unless_nothing_is_to_be_done() {
    let home = case();
    let before = journal(&home, "case").len();
    verify(&home, "case", &[]);
    assert_eq!(journal(&home, "case").len(), before);
    home.ok(&["verify", "case"]);
    let after = journal(&home, "case");
    assert_eq!(after.len(), before + 1);
    assert!(
        after[before].contains("\"act\":\"evidence.verify\"")
            && after[before].contains("\"1\":\"HOLDS\"")
    );
    assert_eq!(verify(&home, "case", &[]).code, Some(0));
}

#[test]
fn loads_exports_and_requests_end_with_a_checkpoint_that_the_journal_names() {
    let home = case();
    let names: Vec<String> =
        contents(&home.path("case/checkpoints")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0001.note", "0001.tsq", "0002.note", "0002.tsq", "signer.vkey"]);
    assert!(home.on_case(&["case", "checkpoint"]).starts_with("nothing was done since"));
    home.ok(&["verify", "case"]);
    let said = home.on_case(&["case", "checkpoint"]);
    assert!(said.starts_with("checkpoint 3 "), "{said}");
    let last: Value =
        serde_json::from_str(journal(&home, "case").last().expect("a line")).expect("JSON");
    assert_eq!(
        (&last["act"], &last["subj"]),
        (&"checkpoint.create".into(), &"checkpoint:3".into())
    );
    assert_eq!(
        last["detail"]["size"], last["seq"],
        "the note covers all before the entry that names it"
    );
    let key = home.path("home/data/whytrail/keys/signing.key");
    let secret = fs::read(&key).expect("a key");
    assert_eq!(secret.len(), 32);
    for folder in ["case", "bundle"] {
        for (name, bytes) in contents(&home.path(folder)) {
            assert!(!bytes.windows(32).any(|part| part == secret), "{folder}/{name} holds the key");
        }
    }
}

#[test]
fn key_of_another_place_signs_and_is_known_only_when_it_is_given() {
    let home = case();
    let key = home.write("other.key", [7; 32]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("permissions");
    home.on_case(&["export", "-o", "signed", "--signing-key", "other.key"]);
    assert_eq!(verdicts(&home, "signed", &[])[2], "NOT SHOWN");
    assert_eq!(verdicts(&home, "signed", &["--signing-key", "other.key"])[2], "HOLDS");
    let keys = fs::read_to_string(home.path("signed/checkpoints/signer.vkey")).expect("keys");
    let vkey = keys.lines().next().expect("a key");
    let known = verify(&home, "signed", &["--known-key", vkey, "--json"]);
    assert!(known.out.contains("known by --known-key"), "{known:?}");
    home.write(
        "home/config/whytrail/config.toml",
        format!("[custody]\nknown_keys = [\"{vkey}\"]\n"),
    );
    let known = verify(&home, "signed", &[]);
    assert!(known.out.contains("known by config.toml") && known.err.is_empty(), "{known:?}");
    assert_eq!(verify(&home, "signed", &["--known-key", "x"]).code, Some(2));
}

/// One way to change a journal: which line, what is done to it, and with which byte.
fn changed(of: &[String], at: usize, how: usize, byte: usize) -> Vec<String> {
    let mut lines = of.to_vec();
    let at = at % lines.len();
    match how {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, of[byte % of.len()].clone()),
        2 => lines.swap(at, (at + 1 + byte % (of.len() - 1)) % of.len()),
        _ => {
            let mut bytes = lines[at].clone().into_bytes();
            let place = byte % bytes.len();
            bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
            lines[at] = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    lines
}

#[test]
fn every_change_of_a_line_of_a_journal_is_found_and_named() {
    let home = case();
    let of = journal(&home, "case");
    let mut n_tried = 0;
    let mut check = |lines: Vec<String>| {
        n_tried += 1;
        let place = format!("changed{n_tried}");
        copy(&home.path("case"), &home.path(&place));
        fs::write(home.path(&place).join("journal.jsonl"), lines.join("\n") + "\n")
            .expect("an edit");
        let ran = verify(&home, &place, &[]);
        assert_eq!(ran.code, Some(6), "{lines:#?}\n{ran:?}");
        let is_named = ran.out.contains("journal.jsonl line") || ran.out.contains(".note");
        assert!(is_named, "{ran:?}");
        fs::remove_dir_all(home.path(&place)).expect("it goes");
    };
    for at in 0..of.len() {
        check(changed(&of, at, 0, 0));
    }
    let mut runner =
        TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let found = std::cell::RefCell::new(&mut check);
    runner
        .run(&(0_usize..1000, 1_usize..4, 0_usize..5000), |(at, how, byte)| {
            (found.borrow_mut())(changed(&of, at, how, byte));
            Ok(())
        })
        .expect("every change is found");
}

#[test]
fn end_that_was_cut_stays_told_after_the_case_was_opened_again() {
    let home = case();
    let of = journal(&home, "case");
    // The whole end from the last checkpoint on goes, note and all: a valid shorter chain.
    let cut =
        of.iter().rposition(|line| line.contains("\"subj\":\"checkpoint:2\"")).expect("an entry");
    fs::write(home.path("case/journal.jsonl"), of[..cut - 1].join("\n") + "\n").expect("an edit");
    for ending in ["note", "tsq"] {
        fs::remove_file(home.path(&format!("case/checkpoints/0002.{ending}"))).expect("it goes");
    }
    assert_eq!(verify(&home, "case", &[]).code, Some(6));
    let ids = home.sql("SELECT id FROM events ORDER BY ts");
    home.on_case(&["tag", "add", "good", &ids[3]]);
    let found = statements(&home, "case", &[]);
    assert_eq!(found[1]["verdict"], "FALSE");
    assert!(
        found[1]["details"].to_string().contains("the end before it was cut or changed"),
        "{}",
        found[1]
    );
}

#[test]
fn any_changed_byte_of_a_source_is_found_and_the_source_is_named() {
    let home = case();
    let files = contents(&home.path("evidence"));
    let mut runner =
        TestRunner::new(Config { cases: 30, failure_persistence: None, ..Config::default() });
    runner
        .run(&(0_usize..3, 0_usize..100_000, 0_u32..8), |(file, at, bit)| {
            let (name, bytes) = &files[file];
            let mut changed = bytes.clone();
            let at = at % changed.len();
            changed[at] ^= 1 << bit;
            home.write(&format!("evidence/{name}"), &changed);
            let found = statements(&home, "case", &[]);
            home.write(&format!("evidence/{name}"), bytes);
            prop_assert!(
                found[5]["details"].to_string().contains(name.as_str()),
                "{name} {at}: {}",
                found[5]
            );
            prop_assert_ne!(&found[5]["verdict"], "HOLDS");
            Ok(())
        })
        .expect("every change is found");
    assert_eq!(verify(&home, "case", &[]).code, Some(0));
}

#[test]
fn missing_sources_are_named_and_found_elsewhere_by_their_content() {
    let home = case();
    fs::rename(home.path("evidence"), home.path("moved")).expect("a move");
    let ran = verify(&home, "case", &[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("missing: deep/b.json.gz: no such file or folder"), "{ran:?}");
    fs::rename(home.path("moved/deep/b.json.gz"), home.path("moved/renamed")).expect("a move");
    let found = statements(&home, "case", &["--evidence", "moved", "--rebuild"]);
    assert_eq!(
        (&found[5]["verdict"], &found[6]["verdict"]),
        (&"HOLDS".into(), &"HOLDS".into()),
        "{found:?}"
    );
    assert_eq!(verdicts(&home, "bundle", &["--evidence", "moved"])[4], "HOLDS");
    fs::remove_file(home.path("moved/a.jsonl")).expect("it goes");
    let ran = verify(&home, "bundle", &["--evidence", "moved"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.out.contains("missing: a.jsonl"), "{ran:?}");
}

#[test]
fn standard_input_is_not_shown_and_the_reason_is_told() {
    let home = Home::new();
    let bytes = numbered(0..3);
    let ran = home.run_with(&["ingest", "-", "--case", &home.text("case")], bytes.as_bytes());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let found = statements(&home, "case", &["--rebuild"]);
    assert_eq!(found[5]["verdict"], "NOT SHOWN");
    assert!(found[5]["details"].to_string().contains("came from standard input"));
    assert_eq!(found[6]["verdict"], "NOT SHOWN");
}

#[test]
fn manifest_and_database_that_were_changed_are_found() {
    let home = case();
    let path = home.path("case/manifest.jsonl");
    let text = fs::read_to_string(&path).expect("a manifest");
    for (from, to, name) in [
        ("\"records\":4", "\"records\":5", "a.jsonl"),
        ("\"collected\":null", "\"collected\":{}", "manifest.jsonl"),
    ] {
        assert!(text.contains(from));
        fs::write(&path, text.replacen(from, to, 1)).expect("an edit");
        let found = statements(&home, "case", &[]);
        assert_eq!(found[5]["verdict"], "FALSE");
        assert!(found[5]["details"].to_string().contains(name), "{}", found[5]);
    }
    let (first, rest) = text.split_once('\n').expect("lines");
    fs::write(&path, rest).expect("an edit");
    assert!(first.contains("given_path"));
    assert_eq!(verdicts(&home, "case", &[])[4], "FALSE");
    fs::write(&path, &text).expect("an edit");
    edit_database(&home, "UPDATE event SET outcome = 'success', resource = 'x' WHERE line = 2");
    let found = statements(&home, "case", &[]);
    assert_eq!(found[6]["verdict"], "FALSE");
    let found = statements(&home, "case", &["--rebuild"]);
    assert!(found[6]["details"].to_string().contains("differs: a.jsonl"), "{}", found[6]);
}

#[test]
fn database_made_anew_is_booked_anew_and_holds() {
    let home = case();
    fs::remove_file(home.path("case/case.duckdb")).expect("it goes");
    home.write("evidence/0.json", numbered(12..14));
    home.ingest("evidence", 0);
    let found = statements(&home, "case", &["--rebuild"]);
    let verdicts: Vec<&Value> = found.iter().skip(1).map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts[..3], ["HOLDS"; 3], "{found:#?}");
    assert_eq!((verdicts[4], verdicts[5]), (&"HOLDS".into(), &"HOLDS".into()), "{found:#?}");
    assert!(found[5]["sentence"].as_str().is_some_and(|text| text.contains("of 5 sources 5 are")));
}

#[test]
fn changed_payload_is_found_by_reading_again() {
    let home = case();
    edit_database(&home, "UPDATE event SET payload = '{}' WHERE line = 2");
    assert_eq!(verdicts(&home, "case", &[])[5], "NOT RUN");
    let found = statements(&home, "case", &["--rebuild"]);
    assert_eq!(found[6]["verdict"], "FALSE");
    assert!(found[6]["details"].to_string().contains("differs: a.jsonl"), "{}", found[6]);
}

fn edit_database(home: &Home, sql: &str) {
    use whytrail::store::{Limits, Store};
    let limits = Limits { memory_mib: 256, threads: 1 };
    let store = Store::open(&home.path("case/case.duckdb"), limits).expect("the database");
    let mut writer = store.writer().expect("a writer");
    assert!(writer.execute(sql, &[]).expect("an edit") > 0, "{sql}");
    writer.commit().expect("a commit");
}

#[test]
fn deleted_changed_and_foreign_checkpoints_are_found() {
    let home = case();
    let path = home.path("case/checkpoints/0001.note");
    let note = fs::read(&path).expect("a note");
    fs::remove_file(&path).expect("it goes");
    let ran = verify(&home, "case", &[]);
    assert!(ran.code == Some(6) && ran.out.contains("0001.note, named by entry"), "{ran:?}");
    fs::write(&path, [&note[..], b"x"].concat()).expect("an edit");
    assert!(verify(&home, "case", &[]).out.contains("0001.note cannot be read"));
    fs::write(&path, &note).expect("an edit");
    fs::write(home.path("case/checkpoints/0003.note"), &note).expect("an edit");
    assert!(verify(&home, "case", &[]).out.contains("0003.note is not named by the journal"));
}

#[test]
fn any_changed_byte_and_any_missing_or_added_file_of_a_bundle_is_found_and_named() {
    let home = case();
    let files = contents(&home.path("bundle"));
    assert_eq!(verify(&home, "bundle", &[]).code, Some(0));
    let is_found = |name: &str| {
        let ran = verify(&home, "bundle", &[]);
        assert_eq!(ran.code, Some(6), "{name} {ran:?}");
        assert!(ran.out.contains(name), "{name} {ran:?}");
    };
    for (name, bytes) in &files {
        fs::remove_file(home.path("bundle").join(name)).expect("it goes");
        if name == "identity-key.csv" {
            let ran = verify(&home, "bundle", &[]);
            assert!(ran.code == Some(0) && ran.out.contains("is kept apart"), "{ran:?}");
        } else {
            is_found(name);
        }
        home.write(&format!("bundle/{name}"), bytes);
        home.write(&format!("bundle/{name}.more"), "x");
        is_found(&format!("{name}.more"));
        fs::remove_file(home.path(&format!("bundle/{name}.more"))).expect("it goes");
    }
    let mut runner =
        TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    runner
        .run(&(0..files.len(), 0_usize..1_000_000, 0_u32..8), |(file, at, bit)| {
            let (name, bytes) = &files[file];
            let mut changed = bytes.clone();
            let at = at % changed.len();
            changed[at] ^= 1 << bit;
            home.write(&format!("bundle/{name}"), &changed);
            is_found(name);
            home.write(&format!("bundle/{name}"), bytes);
            Ok(())
        })
        .expect("every change is found");
    assert_eq!(verify(&home, "bundle", &[]).code, Some(0));
}

#[test]
fn bundle_verifies_where_there_is_no_case_no_key_and_no_settings() {
    let home = case();
    let other = Home::new();
    copy(&home.path("bundle"), &other.path("bundle"));
    let ran = verify(&other, "bundle", &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("valid, and not known here"), "{ran:?}");
    assert!(!other.path("home/data/whytrail/keys").exists(), "checking makes no key");
    assert_eq!(verify(&other, "home", &[]).code, Some(2));
    assert_eq!(verify(&other, "nowhere", &[]).code, Some(2));
}

/// Returns the blocks of commands of a bundle's `VERIFY.md`, in order.
fn blocks(home: &Home) -> Vec<String> {
    let text = fs::read_to_string(home.path("bundle/VERIFY.md")).expect("a file");
    let parts = text.split("```sh\n").skip(1);
    parts.map(|part| part.split("```").next().expect("an end").to_owned()).collect()
}

#[test]
fn commands_of_the_bundle_check_it_without_this_program() {
    if ![has_tool("openssl"), has_tool("python3"), has_tool("sha256sum")].iter().all(|there| *there)
    {
        return;
    }
    let home = case();
    let blocks = blocks(&home);
    assert_eq!(blocks.len(), 6);
    let failing = || {
        let fails = |block: &&String| !shell(&home, "bundle", block).status.success();
        blocks.iter().filter(fails).count()
    };
    for block in &blocks {
        let ran = shell(&home, "bundle", block);
        assert!(ran.status.success(), "{block}\n{ran:?}");
    }
    let files = contents(&home.path("bundle"));
    for (name, bytes) in &files {
        let mut changed = bytes.clone();
        let at = changed.len() / 2;
        changed[at] ^= 1;
        home.write(&format!("bundle/{name}"), changed);
        assert!(failing() > 0, "{name} was changed");
        fs::remove_file(home.path("bundle").join(name)).expect("it goes");
        assert_eq!(failing() > 0, name != "identity-key.csv", "{name} is missing");
        home.write(&format!("bundle/{name}"), bytes);
    }
    home.write("bundle/more.txt", "x");
    assert_eq!(failing(), 1);
    fs::remove_file(home.path("bundle/more.txt")).expect("it goes");
    assert_eq!(failing(), 0);
}

#[test]
fn inclusion_and_consistency_proofs_lead_to_the_signed_root() {
    let home = case();
    home.ok(&["verify", "case"]);
    home.on_case(&["case", "checkpoint"]);
    let of = journal(&home, "case");
    let proof: Value = serde_json::from_str(&home.on_case(&["case", "prove", "1"])).expect("JSON");
    assert_eq!(proof["schema"], "whytrail.inclusion");
    assert_eq!(proof["entry"].as_str(), Some(of[1].as_str()));
    let leaf = whytrail::custody::leaf_hash(of[1].as_bytes());
    let hash = |text: &Value| hash_of(text.as_str().expect("a hash"));
    let hashes =
        |list: &Value| -> Vec<_> { list.as_array().expect("a list").iter().map(hash).collect() };
    let number = |value: &Value| value.as_u64().expect("a number");
    let path = hashes(&proof["proof"]);
    assert!(tree::includes(
        leaf,
        number(&proof["index"]),
        number(&proof["size"]),
        &path,
        hash(&proof["root"])
    ));
    let note = proof["note"].as_str().expect("a note");
    assert_eq!(note.lines().nth(1), Some(proof["size"].to_string().as_str()));
    let proof: Value =
        serde_json::from_str(&home.on_case(&["case", "prove", "--from", "1"])).expect("JSON");
    let end = |name: &str| (number(&proof[name]["size"]), hash(&proof[name]["root"]));
    assert!(tree::extends(end("first"), end("second"), &hashes(&proof["proof"])));
    assert!(journal(&home, "case").last().is_some_and(|line| line.contains("consistency:1")));
    assert_eq!(home.run(&["case", "prove", "999", "--case", "case"]).code, Some(2));
}

fn hash_of(text: &str) -> whytrail::custody::Leaf {
    let digits = text.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).expect("ASCII"));
    let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect();
    whytrail::custody::Leaf(bytes.try_into().expect("32 bytes"))
}

/// Makes a time stamp authority with `openssl`, and lets it stamp the request of checkpoint 1.
const AUTHORITY: &str = r#"
mkdir tsa && cd tsa
cat > tsa.cnf <<'END'
[ tsa ]
default_tsa = one
[ one ]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
[ req ]
distinguished_name = name
[ name ]
[ ext ]
extendedKeyUsage = critical,timeStamping
END
echo 01 > serial
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 30 \
    -subj "/CN=Made Up Authority" -config tsa.cnf -extensions ext
openssl ts -reply -queryfile ../case/checkpoints/0001.tsq -signer cert.pem -inkey key.pem -out ../0001.tsr -config tsa.cnf
"#;

#[test]
fn time_stamp_of_an_authority_is_read_kept_and_checked_by_openssl() {
    if !has_tool("openssl") {
        return;
    }
    let home = case();
    let made = shell(&home, ".", AUTHORITY);
    assert!(made.status.success(), "{made:?}");
    let said = home.on_case(&["case", "anchor", "add", "0001.tsr"]);
    assert!(
        said.contains("checkpoint 1 stamped at 20") && said.contains("Made Up Authority"),
        "{said}"
    );
    let check = "openssl ts -verify -data checkpoints/0001.note -in checkpoints/0001.tsr -CAfile ../tsa/cert.pem";
    let checked = shell(&home, "case", check);
    assert!(checked.status.success(), "{checked:?}");
    let found = statements(&home, "case", &[]);
    let sentence = found[4]["sentence"].as_str().expect("a sentence");
    assert!(
        sentence.contains("Made Up Authority") && sentence.contains("NOT ANCHORED"),
        "{sentence}"
    );
    assert!(found[4]["details"].to_string().contains("openssl ts -verify"), "{}", found[4]);
    assert!(journal(&home, "case").iter().any(|line| line.contains("\"act\":\"anchor.add\"")));
    // An answer that stamps something else is refused, and one that was swapped is found.
    fs::copy(home.path("0001.tsr"), home.path("case/checkpoints/0002.tsr")).expect("a copy");
    assert_eq!(verdicts(&home, "case", &[])[3], "FALSE");
    let other = case();
    fs::copy(home.path("0001.tsr"), other.path("0001.tsr")).expect("a copy");
    let ran = other.run(&["case", "anchor", "add", "0001.tsr", "--case", "case"]);
    assert!(ran.code == Some(2) && ran.err.contains("none of the checkpoints"), "{ran:?}");
}

#[test]
fn ssh_signature_is_made_kept_and_checked_by_ssh_keygen() {
    if !has_tool("ssh-keygen") {
        return;
    }
    let home = case();
    let script = "ssh-keygen -q -t ed25519 -N '' -C officer -f id && printf 'officer %s\\n' \"$(cat id.pub)\" > allowed
        ssh-keygen -Y sign -n whytrail-checkpoint -f id < case/checkpoints/0001.note > 0001.sshsig";
    let made = shell(&home, ".", script);
    assert!(made.status.success(), "{made:?}");
    let said = home.on_case(&["case", "anchor", "add", "0001.sshsig", "--checkpoint", "1"]);
    assert!(said.contains("this program does not check it"), "{said}");
    let command =
        said.lines().find(|line| line.contains("ssh-keygen -Y verify")).expect("a command");
    let command = command.replace("ALLOWED_SIGNERS", "../allowed").replace("WHO", "officer");
    let checked = shell(&home, "case", &command);
    assert!(checked.status.success(), "{checked:?}");
    let note = home.path("case/checkpoints/0001.note");
    let text = fs::read_to_string(&note).expect("a note");
    fs::write(&note, text.replacen('\n', "x\n", 1)).expect("an edit");
    assert!(!shell(&home, "case", &command).status.success());
}

#[test]
fn signature_of_a_checkpoint_is_checked_by_openssl_alone() {
    if !has_tool("openssl") {
        return;
    }
    let home = case();
    let note = fs::read_to_string(home.path("case/checkpoints/0001.note")).expect("a note");
    let (text, signature) = note.rsplit_once("\n\n").expect("two parts");
    home.write("text", format!("{text}\n"));
    let vkey = fs::read_to_string(home.path("case/checkpoints/signer.vkey")).expect("a key");
    let key = vkey.trim().splitn(3, '+').last().expect("a key");
    let signature = signature.trim().rsplit(' ').next().expect("a signature");
    // The first byte is the algorithm, the first four bytes of a signature the id of its key.
    let script = format!(
        "(printf '302a300506032b6570032100' | sed 's/../\\\\x&/g' | xargs -0 printf; \
          echo '{key}' | openssl base64 -d -A | tail -c 32) > key.der
         echo '{signature}' | openssl base64 -d -A | tail -c 64 > signature
         openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature"
    );
    let checked = shell(&home, ".", &script);
    assert!(checked.status.success(), "{checked:?}");
    home.write("text", format!("{text}x\n"));
    assert!(!shell(&home, ".", &script).status.success());
}

#[test]
fn handovers_clocks_and_places_of_a_checkpoint_are_journaled() {
    let home = case();
    home.on_case(&["case", "handover", "--to", "B. Officer", "--reason", "review, order 7"]);
    home.on_case(&["case", "clock", "gateway", "--offset", "-1.5s", "--note", "ntp log"]);
    home.on_case(&["case", "anchor", "add", "--text", "ticket OPS-12"]);
    let acts = journal(&home, "case").join("\n");
    for part in [
        "\"act\":\"handover\"",
        "\"to\":\"B. Officer\"",
        "\"act\":\"clock.note\"",
        "\"offset_ms\":-1500",
        "\"where\":\"ticket OPS-12\"",
    ] {
        assert!(acts.contains(part), "{part}");
    }
    let ran = verify(&home, "case", &[]);
    assert!(ran.code == Some(0) && ran.out.contains("at: ticket OPS-12"), "{ran:?}");
    assert_eq!(
        home.run(&["case", "clock", "x", "--offset", "soon", "--note", "n", "--case", "case"]).code,
        Some(2)
    );
}

#[test]
fn broken_journal_goes_on_when_that_is_asked_for_and_is_told_for_ever() {
    let home = case();
    let path = home.path("case/journal.jsonl");
    let text = fs::read_to_string(&path).expect("a journal");
    fs::write(&path, text.replacen("\"kept\":4", "\"kept\":5", 1)).expect("an edit");
    let ids = home.sql("SELECT id FROM events ORDER BY ts");
    let tag = ["tag", "add", "good", &ids[3], "--case", "case"];
    assert_eq!(home.run(&tag).code, Some(7));
    let ran =
        home.run(&["case", "accept-break", "--reason", "restored from a copy", "--case", "case"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(home.run(&tag).code, Some(0));
    let found = statements(&home, "case", &[]);
    assert_eq!(found[1]["verdict"], "FALSE");
    assert!(found[1]["details"].to_string().contains("named by a later entry"), "{}", found[1]);
    assert_eq!(
        home.run(&["case", "accept-break", "--reason", "r", "--case", "case"]).code,
        Some(2)
    );
}

#[test]
fn checking_a_case_that_cannot_be_written_writes_nothing() {
    let home = case();
    let before = contents(&home.path("case"));
    verify(&home, "case", &["--rebuild"]);
    assert!(contents(&home.path("case")) == before, "something was written");
}

#[test]
fn case_that_is_open_elsewhere_is_checked_as_far_as_it_can_be_and_that_is_told() {
    use whytrail::store::{Limits, Store};
    let home = case();
    let limits = Limits { memory_mib: 256, threads: 1 };
    let _open = Store::open(&home.path("case/case.duckdb"), limits).expect("the database");
    let ran = home.run(&["verify", "case"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("the case is open in another process"), "{ran:?}");
    assert!(ran.out.contains("this check is not journaled"), "{ran:?}");
    let holds = ["HOLDS", "HOLDS", "HOLDS", "NOT SHOWN", "NOT SHOWN", "NOT RUN", "NOT RUN"];
    assert_eq!(verdicts(&home, "case", &[]), holds);
    assert_eq!(verdicts(&home, "case", &["--evidence", "evidence"])[4], "HOLDS");
}

#[test]
fn hostile_text_in_a_bundle_stays_text() {
    let home = case();
    home.write("bundle/\u{1b}[2J\u{202e}.txt", "x");
    let ran = verify(&home, "bundle", &[]);
    assert_eq!(ran.code, Some(6));
    assert_eq!(crate::support::active(&ran.out), [] as [char; 0], "{ran:?}");
    let manifest = fs::read_to_string(home.path("bundle/manifest.json")).expect("a manifest");
    fs::write(
        home.path("bundle/manifest.json"),
        manifest.replace("events.csv", "../../etc/passwd"),
    )
    .expect("an edit");
    assert!(verify(&home, "bundle", &[]).out.contains("names a file outside the bundle"));
}
