//! Hostile evidence: no byte of a record, of a file's name or of an archive acts on the terminal, the shell, the
//! spreadsheet or the browser of whoever reads it, through any command, screen or export. Looks at the bytes that come
//! out, not at the model of them.

mod corpus;
mod exports;
mod output;
mod overlays;
mod shapes;
mod terminals;

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Home, lines, record};
use output::assert_inert;

const FORMATS: &[&str] = &["table", "json", "jsonl", "csv", "tsv", "md"];

/// A case that holds the corpus, with tags, notes and findings whose texts are hostile too.
struct Loaded {
    home: Home,
    /// Some events, one of each carrier.
    ids: Vec<String>,
    sessions: Vec<String>,
}

impl Loaded {
    fn new() -> Self {
        let home = Home::new();
        corpus::write(&home);
        for (number, name) in corpus::file_names().into_iter().enumerate() {
            let path = home.path("evidence").join(PathBuf::from(name));
            std::fs::write(path, lines(&[record(50_000 + u32::try_from(number).unwrap())]))
                .unwrap();
        }
        let ran = home.run(&["ingest", "evidence", "--case", &home.text("case")]);
        assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
        assert!(ran.out.contains("BALANCED"), "{ran:?}");
        assert_inert("ingest", ran.out.as_bytes(), false);
        assert_inert("ingest, messages", ran.err.as_bytes(), false);
        let ids = home.sql("SELECT min(id::VARCHAR) FROM events GROUP BY plane ORDER BY plane");
        let sessions = home.sql("SELECT id FROM sessions ORDER BY events DESC LIMIT 3");
        Self { home, ids, sessions }
    }

    /// Runs a command on the case and asserts that nothing active comes out of either stream.
    fn check(&self, args: &[&str]) -> String {
        let case = self.home.text("case");
        let args = [args, &["--case", &case]].concat();
        let ran = self.home.run(&args);
        let what = args.join(" ");
        assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
        assert_inert(&what, ran.out.as_bytes(), args.contains(&"tsv"));
        assert_inert(&format!("{what}, messages"), ran.err.as_bytes(), false);
        ran.out
    }
}

/// Acts of an analyst with texts from the corpus, as after copying from a log.
fn mark(loaded: &Loaded) {
    let id = loaded.ids.first().unwrap().clone();
    let texts = corpus::texts();
    let chosen = texts.iter().filter(|text| {
        ["csi-", "osc-", "bidi-", "sheet-", "html-", "markdown-l", "zalgo"]
            .iter()
            .any(|kind| text.name.starts_with(kind))
    });
    let mut import = String::new();
    for text in chosen {
        let text = text.text();
        import.push_str(&serde_json::json!({ "id": id, "text": text, "note": text }).to_string());
        import.push('\n');
    }
    let file = loaded.home.write("tags.jsonl", import);
    loaded.check(&["tag", "import", file.to_str().unwrap()]);
    loaded.check(&["tag", "add", "a\u{1b}[31m\u{202e}b", &id, "--note", "n\u{9b}2J"]);
    loaded.check(&["tag", "rm", "a\u{1b}[31m\u{202e}b", &id, "--reason", "r\u{1b}]0;x\u{7}"]);
    for title in ["t\u{1b}[31m\u{202e}", "=1+1", "<script>alert(1)</script>", "[a](javascript:b)"] {
        let args = ["finds", "set", "new", "--title", title, "--narrative", title, "--events", &id];
        loaded.check(&args);
    }
}

#[test]
fn no_command_lets_an_active_byte_out_in_any_format() {
    let loaded = Loaded::new();
    mark(&loaded);
    let views = loaded.home.on_case(&["schema", "--json"]);
    let views: Value = serde_json::from_str(&views).unwrap();
    let mut queries: Vec<String> = views["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| Some(format!("FROM {}", row["view"].as_str()?)))
        .collect();
    queries.sort();
    queries.dedup();
    assert!(queries.len() > 5, "{queries:?}");
    for format in FORMATS {
        let ask = |args: &[&str]| loaded.check(&[args, &["--format", format]].concat());
        for command in ["timeline", "who", "sessions", "what"] {
            let text = ask(&[command]);
            assert!(text.len() > 1000 || command == "sessions", "{command} {format} is empty");
        }
        for query in &queries {
            ask(&["sql", query]);
        }
        for text in ["OWNED", "\u{1b}[2J", "\u{202e}", "a\u{9b}", "' OR 1=1 --", "%", "\\"] {
            ask(&["search", text]);
        }
        for kind in ["who", "session", "key", "agent", "what", "address", "trace"] {
            ask(&["pivot", kind, "a\u{1b}[2Jb"]);
            ask(&["pivot", "who", "alice", "--to", kind]);
        }
        loaded.ids.iter().for_each(|id| drop(ask(&["show", id])));
        loaded.sessions.iter().for_each(|id| drop(ask(&["replay", id])));
        for args in [
            &["tag", "list"][..],
            &["finds", "list"],
            &["finds", "show", "1"],
            &["finds", "show", "3"],
            &["case", "info"],
            &["case", "list"],
            &["doctor"],
            &["keymap"],
            &["export", "--check"],
            &["timeline", "--columns", "time,who,action,target,outcome,tag,id", "--ascii"],
            &["timeline", "--tz", "Europe/Berlin", "-v"],
        ] {
            ask(args);
        }
    }
    for id in &loaded.ids {
        loaded.check(&["show", id, "--raw"]);
    }
}

#[test]
fn messages_about_what_was_typed_hold_nothing_active() {
    let home = Home::new();
    home.write("evidence/a.jsonl", lines(&[record(1)]));
    home.ingest("evidence", 0);
    let case = home.text("case");
    let texts: Vec<String> = corpus::texts().iter().map(corpus::Hostile::text).collect();
    // An argument cannot hold a zero byte.
    for (number, text) in texts.iter().filter(|text| !text.contains('\0')).enumerate() {
        let commands = [
            &["search", text.as_str(), "--regex"][..],
            &["show", text],
            &["replay", text],
            &["pivot", "who", text],
            &["timeline", "--filter", text],
            &["timeline", "--where", text],
            &["sql", text],
            &["timeline", "--who", text, "--columns", text],
            &["finds", "show", text],
            &["timeline", "--since", text],
            &["ingest", text],
        ];
        let args = [commands[number % commands.len()], &["--case", &case]].concat();
        let ran = home.run(&args);
        assert!(!ran.err.contains("panicked"), "{args:?}: {}", ran.err);
        assert_inert(&format!("{args:?}"), ran.out.as_bytes(), false);
        assert_inert(&format!("{args:?}, messages"), ran.err.as_bytes(), false);
    }
}
