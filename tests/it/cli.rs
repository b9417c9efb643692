//! The command line: exit codes, help, output formats, and what is refused before anything is read.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Home, lines, numbered, record, record_with};

const SUBCOMMANDS: &[&str] = &[
    "open",
    "ingest",
    "timeline",
    "search",
    "pivot",
    "who",
    "sessions",
    "what",
    "show",
    "why",
    "replay",
    "tag",
    "finds",
    "export",
    "facts",
    "scope",
    "rules",
    "comply",
    "check",
    "case",
    "sql",
    "schema",
    "map",
    "keymap",
    "doctor",
    "completions",
    "man",
];

const NESTED: &[&[&str]] = &[
    &["tag", "add"],
    &["tag", "rm"],
    &["tag", "list"],
    &["tag", "import"],
    &["finds", "list"],
    &["finds", "show"],
    &["finds", "set"],
    &["facts", "show"],
    &["facts", "set"],
    &["facts", "unset"],
    &["facts", "edit"],
    &["facts", "check"],
    &["facts", "import"],
    &["scope", "learn"],
    &["scope", "check"],
    &["rules", "run"],
    &["rules", "list"],
    &["rules", "show"],
    &["rules", "test"],
    &["map", "check"],
    &["map", "draft"],
    &["case", "info"],
    &["case", "list"],
];

/// A case with ten events, one of them refused.
fn small(home: &Home) {
    let denied =
        record_with(10, json!({ "errorCode": "AccessDenied", "eventName": "DeleteBucket" }));
    let mut of: Vec<Value> = (0..9).map(record).collect();
    of.push(denied);
    home.write("evidence/a.jsonl", lines(&of));
    home.ingest("evidence", 0);
}

/// Splits a line as a shell would.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn help_of_every_subcommand_fits_80_columns_and_its_examples_parse() {
    use clap::Parser;
    let home = Home::new();
    let mut n_examples = 0;
    let top = std::iter::once(vec![]).chain(SUBCOMMANDS.iter().map(|name| vec![*name]));
    for path in top.chain(NESTED.iter().map(|path| path.to_vec())) {
        for flag in ["--help", "-h"] {
            let text = home.ok(&[&path[..], &[flag]].concat());
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{path:?} {flag}: {line}");
            }
        }
        let text = home.ok(&[&path[..], &["--help"]].concat());
        let examples: Vec<&str> =
            text.lines().filter(|line| line.starts_with("  whytrail ")).collect();
        if path.len() <= 1 && text.contains("Examples:") {
            assert!(examples.len() >= 2, "{path:?} {text}");
        }
        for example in examples {
            let command = example.split(" | ").next().unwrap_or_default();
            let command = command.split("   ").next().unwrap_or_default();
            let args = words(command.trim());
            assert!(whytrail::cli::Cli::try_parse_from(&args).is_ok(), "{example}");
            n_examples += 1;
        }
    }
    assert!(n_examples > 40, "{n_examples}");
}

#[test]
fn every_subcommand_is_in_the_manual_page_and_in_the_completions() {
    let home = Home::new();
    let manual = home.ok(&["man"]);
    assert!(manual.contains(".TH"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.ok(&["completions", shell]);
        for name in SUBCOMMANDS {
            assert!(script.contains(name), "{shell} {name}");
        }
    }
    let help = home.ok(&["--help"]);
    for name in SUBCOMMANDS {
        assert!(help.contains(&format!("\n  {name} ")), "{name}");
        assert!(manual.contains(name), "{name}");
    }
}

#[test]
fn support_commands_answer_without_a_case() {
    let home = Home::new();
    let keymap = home.ok(&["keymap"]);
    assert!(keymap.lines().count() > 30, "{keymap}");
    let doctor = home.ok(&["doctor"]);
    for part in
        ["places", "limits", "formats", "mappings", "criteria packs", &home.text("home/data")]
    {
        assert!(doctor.contains(part), "{part}: {doctor}");
    }
    assert!(doctor.contains("eu-ai-act") && doctor.contains("aws.cloudtrail"), "{doctor}");
    let version = home.ok(&["--version"]);
    assert_eq!(version.trim(), concat!("whytrail ", env!("CARGO_PKG_VERSION")));
    assert_eq!(home.ok(&["case", "list", "--format", "csv"]).lines().count(), 1);
}

#[test]
fn schema_names_the_columns_that_a_question_gives() {
    let home = Home::new();
    small(&home);
    for view in [
        "events",
        "identifiers",
        "resources",
        "links",
        "sessions",
        "subjects",
        "sources",
        "rejects",
        "tags",
        "notes",
        "provenance",
    ] {
        let columns: Vec<String> = home
            .rows(&["schema", view])
            .iter()
            .map(|row| row["column"].as_str().unwrap_or_default().to_owned())
            .collect();
        let header = home.on_case(&["sql", &format!("FROM {view} LIMIT 0"), "--format", "csv"]);
        assert_eq!(header.trim_end(), columns.join(","), "{view}");
    }
}

#[test]
fn screens_without_a_terminal_are_a_usage_error_that_names_timeline() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..2));
    for args in [vec!["evidence"], vec!["open", "evidence"], vec!["open"]] {
        let ran = home.run(&args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains("timeline"), "{ran:?}");
        assert_eq!(ran.out, "");
    }
    assert!(!home.path("home/data/whytrail/cases").exists(), "nothing was read");
    assert_eq!(home.run(&[]).code, Some(2));
}

#[test]
fn malformed_values_are_usage_errors_before_anything_is_read() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..2));
    let missing = home.text("no-such-case");
    for args in [
        vec!["timeline", "--since", "soon"],
        vec!["timeline", "--until", "2026-13-01"],
        vec!["timeline", "--outcome", "nope"],
        vec!["timeline", "--source", "Q"],
        vec!["timeline", "--link", "x"],
        vec!["timeline", "--filter", "is:nonsense"],
        vec!["timeline", "--filter", "who:\"open"],
        vec!["timeline", "--limit", "many"],
        vec!["timeline", "--order", "sideways"],
        vec!["timeline", "--format", "xml"],
        vec!["timeline", "--tz", "Mars/Olympus"],
        vec!["timeline", "--memory", "lots"],
        vec!["timeline", "--threads", "0"],
        vec!["timeline", "--max-inflated", "big"],
        vec!["timeline", "--nonsense"],
        vec!["pivot", "nobody", "x"],
        vec!["export", "--exported-at", "now"],
        vec!["replay", "x", "--speed", "fast"],
        vec!["completions", "tcsh"],
        vec!["nonsense-command", "--json"],
    ] {
        let ran = home.run(&[&args[..], &["--case", &missing]].concat());
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert_eq!(ran.out, "", "{args:?}");
        assert!(ran.err.starts_with("error: "), "{args:?} {ran:?}");
        assert!(!ran.err.contains("there is no case"), "{args:?} {ran:?}");
    }
    let ran = home.run(&["ingest", "evidence", "--memory", "lots", "--case", &missing]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!home.path("no-such-case").exists());
}

#[test]
fn questions_about_what_is_not_there_say_so() {
    let home = Home::new();
    let none = home.run(&["timeline"]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("no case given") && none.err.contains("hint: "), "{none:?}");
    small(&home);
    for (args, part) in [
        (vec!["show", "zz"], "no event has an id that begins with `zz`"),
        (vec!["replay", "zz"], "there is no session `zz`"),
        (vec!["finds", "show", "7"], "there is no finding 7"),
        (vec!["schema", "nope"], "`nope` is no view"),
        (vec!["timeline", "--columns", "nope"], "`nope` is no column"),
        (vec!["search", "x", "--field", "nope"], "`--field nope` is no field"),
        (vec!["search", "(", "--regex"], "is no regular expression"),
        (vec!["timeline", "--where", "bogus = 1"], "bogus"),
        (vec!["tag", "add", "bad"], "no event chosen"),
        (vec!["finds", "set", "new"], "needs `--title`"),
        (vec!["finds", "set", "new", "--title", "x"], "must cite events"),
        (
            vec!["finds", "set", "new", "--title", "x", "--where", "true", "--criteria", "nope"],
            "no criterion",
        ),
    ] {
        let ran = home.run(&[&args[..], &["--case", &home.text("case")]].concat());
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains(part), "{args:?} {ran:?}");
    }
    let elsewhere = home.run(&["timeline", "--case", &home.text("evidence")]);
    assert_eq!(elsewhere.code, Some(2));
    assert!(elsewhere.err.contains("is not a case"), "{elsewhere:?}");
}

#[test]
fn empty_result_is_0_and_4_only_when_asked_for() {
    let home = Home::new();
    small(&home);
    let case = home.text("case");
    assert_eq!(home.run(&["timeline", "--who", "nobody", "--case", &case]).code, Some(0));
    for command in ["timeline", "who", "what", "sessions"] {
        let ran = home.run(&[command, "--who", "nobody", "--fail-on-empty", "--case", &case]);
        assert_eq!(ran.code, Some(4), "{command} {ran:?}");
    }
    let ran = home.run(&["search", "no such text", "--fail-on-empty", "--case", &case]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let ran = home.run(&["timeline", "--outcome", "denied", "--fail-on-empty", "--case", &case]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn rejects_are_a_failure_only_under_strict() {
    let home = Home::new();
    home.write("evidence/a.jsonl", format!("{}\n{{\"cut\": \n{}\n", record(1), record(2)));
    let case = home.text("case");
    let ran = home.run(&["ingest", "evidence", "--case", &case]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let ran = home.run(&["ingest", "evidence", "--case", &case, "--strict"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("--strict"), "{ran:?}");
}

#[test]
fn closed_pipe_ends_quietly() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..20_000));
    home.ingest("evidence", 0);
    let case = home.text("case");
    for format in ["table", "json", "jsonl", "csv", "md"] {
        let mut child = home
            .command(&["timeline", "--format", format, "--case", &case])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a run");
        let mut first = String::new();
        let mut out = BufReader::with_capacity(64, child.stdout.take().expect("its output"));
        out.read_line(&mut first).expect("a line");
        assert!(!first.is_empty());
        drop(out);
        let mut said = String::new();
        child.stderr.take().expect("its messages").read_to_string(&mut said).expect("text");
        assert_eq!(said, "", "{format}");
        assert_eq!(child.wait().expect("an end").code(), Some(0), "{format}");
    }
}

#[test]
fn json_carries_schema_and_version_and_jsonl_ends_in_a_trailer() {
    let home = Home::new();
    small(&home);
    for command in ["timeline", "who", "what", "sessions"] {
        let rows = home.rows(&[command]);
        let text = home.on_case(&[command, "--format", "jsonl"]);
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let (trailer, lines) = lines.split_last().expect("a trailer");
        assert_eq!(lines, rows, "{command}");
        assert_eq!(trailer["trailer"]["rows"], rows.len(), "{command}");
        assert_eq!(trailer["trailer"]["version"], 1);
    }
    let id = home.sql("SELECT id FROM events LIMIT 1").remove(0);
    for args in [vec!["show", &id], vec!["case", "info"]] {
        let text = home.on_case(&[&args[..], &["--json"]].concat());
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        assert!(answer["schema"].is_string() && answer["version"] == 1, "{args:?}");
    }
}

#[test]
fn filters_mean_the_same_in_every_form() {
    let home = Home::new();
    small(&home);
    let ids = |args: &[&str]| -> Vec<String> {
        home.rows(&[&["timeline"], args].concat()).iter().map(|row| row["id"].to_string()).collect()
    };
    let denied = ids(&["--outcome", "denied"]);
    assert_eq!(denied.len(), 1);
    assert_eq!(ids(&["--filter", "is:denied"]), denied);
    assert_eq!(ids(&["--where", "outcome = 'denied'"]), denied);
    assert_eq!(ids(&["--action", "DeleteBucket"]), denied);
    assert_eq!(ids(&["--since", "2026-07-12T00:00:10Z"]), denied);
    assert_eq!(ids(&["--until", "2026-07-12T00:00:10Z"]).len(), 9);
    let mut reversed = ids(&["--order", "desc"]);
    assert_eq!(reversed.first(), denied.first());
    reversed.reverse();
    assert_eq!(reversed, ids(&[]));
    assert_eq!(ids(&["--limit", "3"]), ids(&[])[..3]);
    assert_eq!(ids(&["--who", "alice", "--address", "203.0.113.7", "--what", "acme"]).len(), 10);
}

#[test]
fn chosen_columns_come_in_the_order_asked_for() {
    let home = Home::new();
    small(&home);
    let text =
        home.on_case(&["timeline", "--columns", "action,time", "--format", "csv", "--limit", "1"]);
    assert_eq!(text, "action,time\ns3:GetObject,2026-07-12T00:00:00.000Z\n");
}

#[test]
fn columns_are_found_by_every_word_users_have_for_them() {
    let home = Home::new();
    small(&home);
    let csv = home.on_case(&["timeline", "--columns", "plane,OUT,what", "--format", "csv"]);
    assert_eq!(csv.lines().next(), Some("source,outcome,target"));
    let csv = home.on_case(&["sessions", "--columns", "session,who", "--format", "csv"]);
    assert_eq!(csv.lines().next(), Some("short,human"));
    let csv = home.on_case(&["what", "--columns", "target,count", "--format", "csv"]);
    assert_eq!(csv.lines().next(), Some("resource,events"));
    let case = home.text("case");
    for command in ["timeline", "who", "sessions", "what"] {
        let ran = home.run(&[command, "--columns", "evnets", "--case", &case]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("`evnets` is no column"), "{ran:?}");
        assert!(ran.err.contains("hint: columns are "), "{ran:?}");
    }
    let ran = home.run(&["timeline", "--columns", "soruce", "--case", &case]);
    assert!(ran.err.contains("did you mean `source`?"), "{ran:?}");
}

#[test]
fn formulas_are_guarded_in_sheets_and_exact_in_json() {
    let home = Home::new();
    for (number, text) in ["=1+1", "+1", "-1", "@SUM(A1)", " =2"].iter().enumerate() {
        let number = u32::try_from(number).expect("a small number");
        let record = record_with(number, json!({ "sourceIPAddress": text }));
        home.write(&format!("evidence/{number}.json"), record.to_string());
    }
    home.ingest("evidence", 0);
    for format in ["csv", "tsv"] {
        let text = home.on_case(&["timeline", "--columns", "address", "--format", format]);
        for line in text.lines().skip(1) {
            assert!(line.trim_start_matches('"').starts_with('\''), "{format}: {line}");
        }
    }
    assert_eq!(home.rows(&["timeline", "--columns", "address"])[0]["address"], "=1+1");
}

#[test]
fn output_file_is_not_overwritten_without_force() {
    let home = Home::new();
    small(&home);
    let case = home.text("case");
    let args = ["timeline", "--format", "csv", "-o", "out.csv", "--case", &case];
    home.ok(&args);
    let first = std::fs::read_to_string(home.path("out.csv")).expect("a file");
    assert_eq!(first.lines().count(), 11);
    let ran = home.run(&args);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--force"), "{ran:?}");
    home.ok(&[&args[..], &["--force", "--limit", "1"]].concat());
    assert_eq!(std::fs::read_to_string(home.path("out.csv")).expect("a file").lines().count(), 2);
}

#[test]
fn sql_answers_one_question_and_refuses_everything_else() {
    let home = Home::new();
    small(&home);
    let case = home.text("case");
    let secret = home.write("outside.csv", "secret,column\n1,2\n");
    let before = crate::support::contents(&home.path("case"));
    let outside = secret.to_str().expect("a path");
    for query in [
        "INSERT INTO event SELECT * FROM event",
        "DELETE FROM tags",
        "UPDATE tag SET text = 'x'",
        "CREATE TABLE x (a INT)",
        "DROP TABLE event",
        "ATTACH 'other.db' AS other",
        "COPY (SELECT 1) TO 'stolen.csv'",
        "EXPORT DATABASE 'stolen'",
        "SET memory_limit = '10GB'",
        "RESET memory_limit",
        "PRAGMA enable_progress_bar",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CHECKPOINT",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE event",
        "WITH x AS (DELETE FROM event RETURNING *) SELECT * FROM x",
        &format!("SELECT * FROM read_csv('{outside}')"),
        &format!("SELECT * FROM read_text('{outside}')"),
        &format!("SELECT * FROM read_blob('{outside}')"),
        &format!("SELECT * FROM '{outside}'"),
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_json('https://example.com/a.json')",
        "SELECT getenv('HOME')",
        "nonsense",
        "",
    ] {
        let ran = home.run(&["sql", query, "--case", &case]);
        assert_eq!(ran.code, Some(2), "{query} {ran:?}");
        assert!(!ran.out.contains("secret"), "{query} {ran:?}");
    }
    for name in ["stolen.csv", "stolen", "other.db"] {
        assert!(!home.path(name).exists() && !home.path("case").join(name).exists(), "{name}");
    }
    let names =
        |of: &[(String, Vec<u8>)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&crate::support::contents(&home.path("case"))), names(&before));
    assert_eq!(home.sql("SELECT count(*) FROM events"), ["10"]);
    assert_eq!(home.sql("WITH t AS (SELECT 1 AS a) SELECT a FROM t;"), ["1"]);
}

#[test]
fn last_case_is_used_when_none_is_given() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ok(&["ingest", "evidence"]);
    let ran = home.run(&["timeline", "--format", "csv"]);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(0), 4), "{ran:?}");
    assert!(ran.err.starts_with("case "), "{ran:?}");
    assert_eq!(home.run(&["timeline", "--format", "csv", "-q"]).err, "");
    let cases = home.ok(&["case", "list", "--format", "csv"]);
    assert_eq!(cases.lines().count(), 2, "{cases}");
    let again = home.ok(&["ingest", "evidence/"]);
    assert!(again.contains("1 files were read before"), "{again}");
}

#[test]
fn unknown_settings_warn_and_broken_ones_are_refused() {
    let home = Home::new();
    let settings = "home/config/whytrail/config.toml";
    assert!(home.ok(&["doctor"]).contains(&home.text(settings)));
    home.write(settings, "[ui]\nthem = \"dark\"\n");
    let ran = home.run(&["doctor"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("warning: ") && ran.err.contains("them"), "{ran:?}");
    home.write(settings, "[ui\n");
    let ran = home.run(&["doctor"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn tables_show_times_in_the_zone_asked_for_and_data_stays_in_utc() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..1));
    home.ingest("evidence", 0);
    let table = home.on_case(&["timeline", "--tz", "Etc/GMT-2"]);
    assert!(table.contains("+02:00"), "{table}");
    let data = home.on_case(&["timeline", "--tz", "Etc/GMT-2", "--json"]);
    assert!(!data.contains("+02:00") && data.contains('Z'), "{data}");
}

#[test]
fn copied_statement_gives_the_rows_of_its_filter() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..9));
    home.ingest("evidence", 0);
    for text in [
        "",
        "is:ok",
        "who:robin outcome!=denied",
        "time:2000-01-01..2090-01-01 action:Get",
        "session=nothing",
    ] {
        let filter = whytrail::query::Filter::parse(text).expect("a filter");
        let shown = home.rows(&["timeline", "--filter", text]).len();
        let asked = home.sql(&whytrail::query::sql::statement(&filter)).len();
        assert_eq!(shown, asked, "{text}");
    }
}

#[test]
fn case_named_as_evidence_is_refused_and_nothing_of_it_is_read() {
    let home = Home::new();
    home.write("evidence/a.jsonl", numbered(0..3));
    home.ingest("evidence", 0);
    let before = home.on_case(&["timeline"]);
    let ran = home.run(&["ingest", &home.text("case")]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("is a case, not evidence"), "{}", ran.err);
    let ran = home.run(&["ingest", &home.text("case"), "--case", &home.text("other")]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(!home.path("other").exists(), "no case was made");
    assert_eq!(home.on_case(&["timeline"]), before);
}
