//! Planted secrets: of every class and in every carrier, none is left in the case folder, the bundle, the log, what the
//! screens remember, or anything that is printed or drawn; and equal secrets have equal marks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use whytrail::redact::marks_by_class;
use whytrail::store::{Limits, Store};

use crate::support::{Home, contents, gzip, lines, record, record_with, records, variable, zip};
use crate::terminal::Terminal;

/// A secret made up for the test.
struct Planted {
    class: &'static str,
    value: String,
    /// A sentence around it as it is met in text.
    text: String,
}

/// Returns `n` characters that are no word, the same for the same seed.
fn random(seed: u32, n: usize, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = u64::from(seed) * 2_654_435_761 + 97;
    (0..n)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            letters[usize::try_from(state >> 33).unwrap() % letters.len()]
        })
        .collect()
}

const WORDS: &str = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const HEX: &str = "0123456789abcdef";

/// Returns a card number of a test range with its check digit.
fn card(seed: u32) -> String {
    let mut number = format!("400000{}", random(seed, 9, "0123456789"));
    let sum: u32 = number
        .chars()
        .rev()
        .enumerate()
        .map(|(idx, digit)| {
            let digit = digit.to_digit(10).unwrap();
            let doubled = if idx % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    number.push_str(&((10 - sum % 10) % 10).to_string());
    number
}

fn of(class: &'static str, value: String, text: &str) -> Planted {
    Planted { class, text: text.replace("{}", &value), value }
}

/// Returns one secret of each kind. None has the form of a live one in this file: they are put together here.
fn planted() -> Vec<Planted> {
    let mut all = of_any_program();
    all.extend(of_services());
    all.extend(of_people());
    all
}

fn of_any_program() -> Vec<Planted> {
    let words = |seed, n| random(seed, n, WORDS);
    let jwt = {
        use base64::Engine;
        let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(r#"{"alg":"HS256"}"#), part(r#"{"sub":"planted"}"#), words(3, 43))
    };
    let key = format!(
        "-----BEGIN {0}-----\n{1}\n-----END {0}-----",
        ["PRIVATE", "KEY"].join(" "),
        words(4, 64)
    );
    vec![
        of("password", words(1, 14), "login with password={} failed"),
        of("password", words(2, 14), "dsn is postgres://app:{}@db.example:5432/x"),
        of("jwt", jwt, "header Authorization: Bearer {}"),
        of("private-key", key, "found {} in a file"),
    ]
}

/// Secrets of services.
fn of_services() -> Vec<Planted> {
    let words = |seed, n| random(seed, n, WORDS);
    vec![
        of(
            "github-token",
            format!("{}{}", ["gh", "p_"].concat(), words(5, 36)),
            "git clone with {} done",
        ),
        of("slack-token", format!("{}{}", ["xox", "b-"].concat(), words(6, 40)), "slack {} posted"),
        of(
            "anthropic-key",
            format!("{}{}", ["sk-", "ant-api03-"].concat(), words(7, 90)),
            "model key {} used",
        ),
        of(
            "openai-key",
            format!("{}{}", ["sk-", "proj-"].concat(), words(8, 60)),
            "model key {} used",
        ),
        of(
            "session-token",
            format!("{}{}", ["IQoJb3", "JpZ2lu"].concat(), words(9, 300)),
            "sts gave {} out",
        ),
        of("aws-secret-key", words(10, 40), "AWS_SECRET_ACCESS_KEY={} exported"),
        of(
            "stripe-key",
            format!("{}{}", ["sk_", "live_"].concat(), words(11, 24)),
            "paid with {} today",
        ),
        of(
            "google-api-key",
            format!("{}{}", ["AI", "za"].concat(), words(12, 35)),
            "maps?key={} called",
        ),
        of(
            "npm-token",
            format!("{}{}", ["np", "m_"].concat(), words(13, 36)),
            "published with {} now",
        ),
    ]
}

/// Numbers of people, and what stands in the requests of the web.
fn of_people() -> Vec<Planted> {
    let words = |seed, n| random(seed, n, WORDS);
    vec![
        of(
            "signature",
            random(14, 64, HEX),
            "GET https://b.example/k?X-Amz-Date=1&X-Amz-Signature={}&x=1",
        ),
        of("card-number", card(15), "charged {} twice"),
        of("iban", iban("DE", &random(16, 18, "0123456789")), "paid to {} today"),
        of(
            "ssn",
            format!(
                "5{}-{}-{}",
                random(17, 2, "23456789"),
                random(18, 2, "12345678"),
                random(19, 4, "12345678")
            ),
            "SSN {} on file",
        ),
        of("token", words(20, 40), "sent Authorization: Bearer {} along"),
        of("cookie", words(21, 40), "GET / JSESSIONID={} seen"),
        of("oauth-code", words(22, 30), "https://app.example/cb?code={}&state=1 opened"),
        of("api-key", words(23, 32), "curl -H \"x-api-key: {}\" ran"),
    ]
}

fn iban(country: &str, account: &str) -> String {
    let digits = |text: &str| -> String {
        text.chars().map(|letter| letter.to_digit(36).unwrap().to_string()).collect()
    };
    let rest = digits(&format!("{account}{country}00"))
        .chars()
        .fold(0, |rest, digit| (rest * 10 + digit.to_digit(10).unwrap()) % 97);
    format!("{country}{:02}{account}", 98 - rest)
}

/// Puts `text` into every place of a record where a caller's words can stand.
fn plant(value: &mut Value, text: &str, is_free: bool) {
    const FREE: &[&str] = &[
        "arguments",
        "args",
        "params",
        "requestParameters",
        "responseElements",
        "errorMessage",
        "message",
        "msg",
        "reason",
        "input",
        "output",
        "result",
        "body",
        "data",
        "text",
        "query",
        "content",
        "comment",
        "userAgent",
        "error",
        "description",
        "prompt",
        "stdin",
        "labels",
    ];
    match value {
        Value::String(words) if is_free => *words = format!("{words} {text}"),
        Value::Array(elements) => elements.iter_mut().for_each(|inner| plant(inner, text, is_free)),
        Value::Object(members) => {
            for (name, inner) in members.iter_mut() {
                let is_kind = matches!(
                    name.as_str(),
                    "type" | "method" | "jsonrpc" | "role" | "name" | "status"
                );
                plant(inner, text, !is_kind && (is_free || FREE.contains(&name.as_str())));
            }
            if is_free {
                members.insert("planted".to_owned(), json!({ "deep": [text] }));
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Writes the corpus: what every format reads, damaged files, archives, file names.
fn corpus(home: &Home, planted: &[Planted]) {
    let said: Vec<String> = planted.iter().map(|one| one.text.clone()).collect();
    let all = said.join(" ; ");
    let trail: Vec<Value> = planted
        .iter()
        .zip(0..)
        .map(|(one, number)| {
            record_with(
                number,
                json!({
                    "errorMessage": one.text, "userAgent": format!("tool/1 ({})", one.text),
                    "requestParameters": { "note": one.text, "password": one.value,
                        "policyDocument": json!({ "env": { "A": one.value }, "text": one.text }).to_string() },
                    "responseElements": { "deep": { "body": json!({ "x": json!({ "y": one.text }).to_string() }).to_string() },
                        "credentials": { "accessKeyId": "ASIAEXAMPLE000000001", "sessionToken": one.value } }
                }),
            )
        })
        .collect();
    home.write("evidence/trail.json", records(&trail));
    home.write("evidence/trail.json.gz", gzip(records(&trail[..3])));
    let mut head = trail[4].to_string();
    head.truncate(900);
    home.write("evidence/cut.jsonl", format!("{}\n{}\n{head}", record(90), record(91)));
    home.write(
        "evidence/broken.jsonl",
        said.iter().fold(lines(&[record(92), record(93)]), |text, one| {
            text + &format!("{{\"eventVersion\": \"1.11\", {one}\n")
        }),
    );
    let free: Vec<Value> = planted
        .iter()
        .map(|one| json!({ "ts": "2026-07-12T01:00:00Z", "log": one.text, "secret": one.value, one.text.clone(): 1,
            "list": [["Authorization", one.value]], "pairs": [{ "name": "x-api-key", "value": one.value }] }))
        .collect();
    home.write("evidence/other/app.jsonl", lines(&free));
    let token = &planted[4].value;
    home.write(&format!("evidence/export-{token}.jsonl"), lines(&[record(94)]));
    let inside = format!("in-{token}.jsonl");
    home.write(
        "evidence/archive.zip",
        zip(&[(&inside, lines(&[record_with(95, json!({ "errorMessage": all }))]).as_bytes())]),
    );
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format");
    for (name, bytes) in contents(&fixtures) {
        // Words added to this session make a message answer twice; what that does to the account is no matter of secrets.
        if name.ends_with(".expected.json") || name.ends_with("mcp/http-session.jsonl") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let place = format!("evidence/formats/{name}");
        if let Ok(mut whole) = serde_json::from_str::<Value>(&text) {
            plant(&mut whole, &all, false);
            home.write(&place, whole.to_string());
        } else {
            let planted_lines =
                text.lines().map(|line| match serde_json::from_str::<Value>(line) {
                    Ok(mut value) => {
                        plant(&mut value, &all, false);
                        value.to_string()
                    }
                    Err(_) => line.to_owned(),
                });
            home.write(&place, planted_lines.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// Searches texts for what was planted. A key over several lines is looked for by its longest line.
struct Search<'p>(Vec<(&'static str, &'p str)>);

impl<'p> Search<'p> {
    fn new(planted: &'p [Planted]) -> Self {
        let needle = |one: &'p Planted| one.value.lines().max_by_key(|line| line.len()).unwrap();
        Self(planted.iter().map(|one| (one.class, needle(one))).collect())
    }

    #[track_caller]
    fn none_in(&self, place: &str, bytes: &[u8]) {
        for (class, needle) in &self.0 {
            let found = memchr::memmem::find(bytes, needle.as_bytes());
            assert!(
                found.is_none(),
                "a planted {class} is in {place}: {}",
                around(bytes, found.unwrap())
            );
        }
    }
}

fn around(bytes: &[u8], at: usize) -> String {
    let from = at.saturating_sub(120);
    String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 160)]).into_owned()
}

/// Returns every cell of every table, which is stored compressed.
fn tables(case: &Path) -> String {
    let store =
        Store::open_read_only(&case.join("case.duckdb"), Limits { memory_mib: 512, threads: 1 })
            .unwrap();
    let reader = store.reader().unwrap();
    let names = reader.rows("SELECT table_name FROM duckdb_tables()", &[]).unwrap();
    let mut text = String::new();
    for name in names {
        let rows =
            reader.rows(&format!("SELECT t::VARCHAR FROM \"{}\" t", name.text(0)), &[]).unwrap();
        assert!(!text.is_empty() || !rows.is_empty() || name.text(0) != "event");
        text.extend(rows.iter().map(|row| row.text(0) + "\n"));
    }
    text
}

/// Does with the case what an analyst does, and returns all that was printed.
fn investigate(home: &Home, planted: &[Planted]) -> String {
    let case = home.text("case");
    let events = home.sql("SELECT id FROM events ORDER BY id");
    let mut printed = String::new();
    let mut run = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(["--case", &case]);
        let mut command = home.command(&all);
        let output = command.env("RUST_BACKTRACE", "1").output().unwrap();
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
    };
    for one in planted {
        run(&["tag", "add", "bad", &events[0], "--note", &one.text]);
    }
    run(&["tag", "add", "suspicious", &events[1], &events[2], "--note", "as it should be"]);
    run(&[
        "finds",
        "set",
        "new",
        "--title",
        &planted[4].text,
        "--narrative",
        &planted[5].text,
        "--tag",
        "bad",
    ]);
    for id in events.iter().take(60) {
        run(&["show", id]);
        run(&["show", id, "--json"]);
        run(&["show", id, "--raw"]);
    }
    for session in home.sql("SELECT short FROM sessions ORDER BY 1").iter().take(8) {
        run(&["replay", session, "--idle", "0s"]);
    }
    let asked: &[&[&str]] = &[
        &["timeline", "--format", "table"],
        &["timeline", "--json", "-v"],
        &["timeline", "--format", "csv"],
        &["search", "login"],
        &["search", "password", "--json"],
        &["who"],
        &["sessions", "--json"],
        &["what"],
        &["tag", "list"],
        &["finds", "list"],
        &["finds", "show", "1"],
        &["case", "info", "-vv"],
        &["sql", "FROM events"],
        &["sql", "FROM rejects"],
        &["sql", "FROM sources", "--json"],
        &["doctor", "-vv"],
        &["export", "--check"],
        &["export", "-o", "bundle", "--since", "2000-01-01"],
    ];
    for args in asked {
        run(args);
    }
    printed
}

#[test]
fn no_planted_secret_reaches_store_journal_bundle_log_or_output() {
    let home = Home::new();
    let planted = planted();
    let search = Search::new(&planted);
    corpus(&home, &planted);
    let case = home.text("case");
    let ran = home.run(&["ingest", "evidence", "--case", &case, "-vv"]);
    assert!(matches!(ran.code, Some(0 | 3)), "{}\n{}", ran.out, ran.err);
    search.none_in("what ingest says", format!("{}{}", ran.out, ran.err).as_bytes());
    let again = home.run(&["ingest", "evidence", "--case", &case]);
    search.none_in("what ingest says again", format!("{}{}", again.out, again.err).as_bytes());
    let stored = tables(&home.path("case"));
    search.none_in("the tables", stored.as_bytes());
    search.none_in("what is printed", investigate(&home, &planted).as_bytes());
    search.none_in("the tables after acts", tables(&home.path("case")).as_bytes());
    for place in ["case", "bundle", "home"] {
        let files = contents(&home.path(place));
        assert!(place == "home" || files.len() > 3, "{place}");
        for (name, bytes) in files {
            search.none_in(&format!("the file {place}/{name}"), &bytes);
            search.none_in("the name of a file", name.as_bytes());
        }
    }
    let marks = marks_by_class(&stored);
    for one in &planted {
        assert!(marks.contains_key(one.class), "no mark of class {} in {marks:?}", one.class);
    }
}

#[test]
fn equal_secrets_have_equal_marks_wherever_they_were_found() {
    let home = Home::new();
    let planted = planted();
    corpus(&home, &planted);
    home.run(&["ingest", "evidence", "--case", &home.text("case")]);
    let stored = tables(&home.path("case"));
    let mut of_class: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
    for piece in stored.split('⟦').skip(1) {
        if let Some((mark, _)) = piece.split_once('⟧')
            && let Some((class, digits)) = mark.split_once(':')
        {
            of_class.entry(class).or_default().insert(digits);
        }
    }
    // One secret of each of these classes was planted, by name, in text, in nested JSON and in damaged records.
    for class in [
        "github-token",
        "slack-token",
        "anthropic-key",
        "openai-key",
        "stripe-key",
        "google-api-key",
        "npm-token",
        "card-number",
        "iban",
        "jwt",
    ] {
        assert_eq!(
            of_class.get(class).map(std::collections::BTreeSet::len),
            Some(1),
            "{class}: {of_class:?}"
        );
    }
}

#[test]
fn no_planted_secret_is_drawn() {
    let home = Home::new();
    let planted = planted();
    let search = Search::new(&planted);
    corpus(&home, &planted);
    let (evidence, case) = (home.text("evidence"), home.text("case"));
    let mut terminal = Terminal::start((200, 60), &home, &[&evidence, "--case", &case]);
    terminal.see("BALANCED").see_no("LOADING");
    for (keys, seen) in [
        ("x", "SOURCES"),
        ("q", "BALANCED"),
        ("2", "Timeline"),
        ("\r", "EVENT "),
        ("G", "RECORD"),
        ("x", "RAW"),
        ("\u{1b}", "EVENT "),
        ("2", "Timeline"),
        ("3", "Who"),
        ("4", "Sessions"),
        ("5", "What"),
        ("8", "Finds"),
    ] {
        terminal.send(keys).see(seen);
        search.none_in(seen, terminal.text().as_bytes());
    }
    terminal.send("q").send("q").send("q");
    terminal.end();
    for (name, bytes) in contents(&home.path("home")) {
        search.none_in(&format!("the file {name}"), &bytes);
    }
}

#[test]
fn reveal_asks_for_a_reason_journals_first_and_keeps_nothing() {
    let home = Home::new();
    let secret = random(31, 20, WORDS);
    home.write(
        "evidence/a.jsonl",
        lines(&[record_with(1, json!({ "requestParameters": { "password": secret } }))]),
    );
    home.ingest("evidence", 0);
    let case = home.text("case");
    let id = home.sql("SELECT id FROM events").remove(0);
    let piped = home.run(&["reveal", &id, "--reason", "why", "--case", &case]);
    assert_eq!(piped.code, Some(2), "{piped:?}");
    let mut terminal =
        Terminal::start((100, 30), &home, &["reveal", &id, "--reason", " ", "--case", &case]);
    terminal.see("needs a reason");
    assert_eq!(terminal.end(), 2);
    let before = fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    assert!(!before.contains("reveal"));
    let arguments = [
        "reveal",
        &id,
        "--field",
        "password",
        "--reason",
        "compare with the vault",
        "--case",
        &case,
    ];
    let mut terminal = Terminal::start((100, 30), &home, &arguments);
    terminal.see(&secret).until("the second screen", vt100::Screen::alternate_screen);
    let journal = fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    let line = journal.lines().last().unwrap();
    assert!(
        line.contains("\"act\":\"reveal\"") && line.contains("compare with the vault"),
        "{line}"
    );
    assert!(line.contains(&id) && line.contains("\"password\":1"), "{line}");
    terminal.send("q").see_no(&secret);
    assert_eq!(terminal.end(), 0);
    for place in ["case", "home"] {
        for (name, bytes) in contents(&home.path(place)) {
            assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none(), "{place}/{name}");
        }
    }
    home.write(
        "evidence/a.jsonl",
        lines(&[record_with(
            1,
            json!({ "requestParameters": { "password": random(32, 20, WORDS) } }),
        )]),
    );
    let mut terminal = Terminal::start((100, 30), &home, &arguments);
    terminal.see("hash differs");
    assert_eq!(terminal.end(), 3);
}

#[test]
fn redact_makes_a_copy_without_secrets_and_never_over_what_exists() {
    let home = Home::new();
    let planted = planted();
    let search = Search::new(&planted);
    corpus(&home, &planted);
    fs::remove_dir_all(home.path("evidence/formats")).unwrap();
    fs::remove_file(home.path("evidence/archive.zip")).unwrap();
    fs::remove_file(home.path("evidence/trail.json.gz")).unwrap();
    let table = planted.iter().fold("who,password,note\n".to_owned(), |text, one| {
        text + &format!("a,\"{}\",\"{}\"\n", one.value, one.text.replace('"', "\"\""))
    });
    home.write("evidence/table.csv", table);
    home.ok(&["redact", "evidence", "-o", "copy"]);
    for (name, bytes) in contents(&home.path("copy")) {
        search.none_in(&name, &bytes);
        if name.ends_with("trail.json") {
            serde_json::from_slice::<Value>(&bytes).unwrap();
        }
    }
    for (args, why) in [
        (vec!["redact", "evidence", "-o", "copy"], "exists"),
        (vec!["redact", "evidence", "-o", "evidence"], "in or around"),
        (vec!["redact", "evidence", "-o", "evidence/copy"], "in or around"),
        (vec!["redact", "evidence"], "no place"),
    ] {
        let ran = home.run(&args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains(why), "{args:?} {ran:?}");
    }
}

/// Returns the session tokens in the texts of a folder.
fn session_tokens(folder: &Path) -> Vec<String> {
    let mut tokens = std::collections::BTreeSet::new();
    for (_, bytes) in contents(folder) {
        let text = String::from_utf8_lossy(&bytes);
        for piece in text.split("essionToken").skip(1) {
            let value = piece.trim_start_matches(['\\', '"', ':', ' ']);
            let is_token = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
            let len = value.find(|letter| !is_token(letter)).unwrap_or(value.len());
            if len >= 100 {
                tokens.insert(value.get(..len).unwrap_or(value).to_owned());
            }
        }
    }
    tokens.into_iter().collect()
}

#[test]
fn real_records_lose_nothing_but_their_session_tokens() {
    let Some(folder) = variable("WHYTRAIL_SHARED_DATA") else {
        eprintln!("skipped: WHYTRAIL_SHARED_DATA is not set");
        return;
    };
    let tokens = session_tokens(Path::new(&folder));
    assert!(tokens.len() >= 40, "{}", tokens.len());
    let search = Search(tokens.iter().map(|token| ("session-token", token.as_str())).collect());
    let home = Home::new();
    let case = home.text("case");
    let ran = home.run(&["ingest", &folder, "--case", &case, "-vv"]);
    search.none_in("what ingest says", format!("{}{}", ran.out, ran.err).as_bytes());
    let stored = tables(&home.path("case"));
    search.none_in("the tables", stored.as_bytes());
    for args in [
        &["timeline", "--json"] as &[&str],
        &["search", "sessionToken", "--json"],
        &["export", "-o", "bundle", "--since", "2000-01-01"],
    ] {
        let mut all = args.to_vec();
        all.extend(["--case", &case]);
        let ran = home.run(&all);
        search.none_in(args[0], format!("{}{}", ran.out, ran.err).as_bytes());
    }
    for place in ["case", "bundle", "home"] {
        for (name, bytes) in contents(&home.path(place)) {
            search.none_in(&format!("the file {place}/{name}"), &bytes);
        }
    }
    // `token` is what SpiceDB calls a point in its history; the name alone decides.
    let counts = marks_by_class(&stored);
    let classes: Vec<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(classes, ["session-token", "token"], "{counts:?}");
}

#[test]
fn bundle_under_pseudonyms_names_nobody_and_still_proves_itself() {
    let home = Home::new();
    let named = |number: u32| {
        record_with(
            number,
            json!({ "sourceIPAddress": "203.0.113.77", "errorMessage": "User: arn:aws:iam::111122223333:user/alice from 203.0.113.77, ask carol@corp.example",
                "requestParameters": { "bucketName": "logs-111122223333-eu", "owner": "alice" } }),
        )
    };
    home.write("evidence/111122223333_CloudTrail.jsonl", lines(&[named(1), named(2), record(3)]));
    home.ingest("evidence", 0);
    let ids = home.sql("SELECT id FROM events ORDER BY id");
    home.on_case(&["tag", "add", "bad", &ids[0], &ids[1], "--note", "alice at 203.0.113.77 again"]);
    home.on_case(&["finds", "set", "new", "--title", "alice and 111122223333", "--tag", "bad"]);
    home.on_case(&["export", "-o", "bundle", "--pseudonyms", "--since", "2000-01-01"]);
    let files = contents(&home.path("bundle"));
    assert!(files.len() > 6);
    for (name, bytes) in &files {
        for person in
            ["alice", "carol", "203.0.113.77", "111122223333", "AKIAEXAMPLE", "AIDAEXAMPLE"]
        {
            let found = memchr::memmem::find(bytes, person.as_bytes());
            assert!(found.is_none(), "{person} in {name}: {}", around(bytes, found.unwrap()));
        }
    }
    let manifest: Value =
        serde_json::from_slice(&fs::read(home.path("bundle/manifest.json")).unwrap()).unwrap();
    assert!(manifest["pseudonyms"]["classes"]["ip-address"].as_u64() > Some(0), "{manifest}");
    let ran = home.run(&["verify", "bundle"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
}
