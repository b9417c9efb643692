//! The corpus in a real terminal: what the program writes is read byte by byte, and only its own sequences may be there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portable_pty::CommandBuilder;

use super::Loaded;
use super::output::{assert_inert, assert_ours};
use crate::support::{Home, PROGRAM, lines, record_with};
use crate::terminal::Terminal;

/// Keys that lead to a screen or an overlay, and a word that it shows whatever the evidence is.
const PLACES: &[(&str, &str)] = &[
    ("1", "SPAN"),
    ("1x", "SOURCES"),
    ("3", "HOW IT WAS FOUND"),
    ("4", "BASIS"),
    ("5", "WRITES"),
    ("8", "FINDINGS"),
    ("2", "ACTION"),
    ("2p", "PIVOT ON THIS EVENT"),
    ("2t", "b bad"),
    ("2y", "COPY"),
    ("2H", "HISTORY"),
    ("2:", "next denial"),
    ("2?", "HELP"),
    ("2f", "filter >"),
];

/// Opens the loaded case in a terminal.
fn opened(loaded: &Loaded, size: (u16, u16), more: &[&str]) -> Terminal {
    let case = loaded.home.text("case");
    let terminal = Terminal::start(
        size,
        &loaded.home,
        &[&["open", "--case", &case, "--fresh"], more].concat(),
    );
    terminal.see("BALANCED");
    terminal
}

/// Goes back to where no overlay is open. Two escapes in a row would be another key.
fn leave(terminal: &Terminal, keys: &str, word: &str) {
    if keys.len() > 1 {
        terminal.send("\x1b").see_no(word);
    }
    terminal.send("1").see("SPAN");
}

#[test]
fn screens_write_their_own_sequences_and_no_other() {
    let loaded = Loaded::new();
    super::mark(&loaded);
    for (size, more) in
        [((132, 43), &[][..]), ((80, 24), &["--ascii"]), ((200, 50), &["--color", "never"])]
    {
        let mut terminal = opened(&loaded, size, more);
        for (keys, word) in PLACES {
            for key in keys.chars() {
                // Typed at once: a key that is about a row waits for the rows by itself.
                terminal.send(&key.to_string());
            }
            terminal.see(word);
            // Down through what is listed there.
            if keys.len() == 1 {
                terminal.send("\x1b[6~").send("\x1b[6~").send("jj").see(word);
            }
            leave(&terminal, keys, word);
        }
        // Events one after the other: Detail and Raw.
        terminal.send("2g").see("ACTION").see("09:00:00");
        for _ in 0..12 {
            terminal.send("\r").see("EVENT").see("lines 1-").send("x").see("RAW");
            terminal.send("\x1b").see_no("RAW").send("\x1b").see("ACTION").send("\x1b[6~");
        }
        terminal.send("q");
        assert_eq!(terminal.end(), 0);
        let copied = assert_ours(&format!("screens at {size:?} {more:?}"), &terminal.raw());
        assert_eq!(copied, Vec::<String>::new(), "nothing was asked to be copied");
    }
}

#[test]
fn commands_in_a_terminal_write_no_sequence_of_a_record() {
    let loaded = Loaded::new();
    let case = loaded.home.text("case");
    let id = loaded.ids.first().unwrap();
    for args in [
        &["timeline"][..],
        &["timeline", "--color", "always"],
        &["who"],
        &["what"],
        &["sessions"],
        &["search", "OWNED"],
        &["show", id],
        &["show", id, "--raw"],
        &["case", "info"],
        &["sql", "FROM sources"],
        &["sql", "FROM events", "--format", "json"],
        &["show", "no\u{1b}]0;OWNED\u{7}thing"],
        &["ingest", "evidence"],
        &["export", "--check"],
        &["doctor"],
        &["verify"],
    ] {
        let mut command = CommandBuilder::new("/bin/sh");
        // From the folder above, where the evidence lies.
        command.args(["-c", r#"cd .. && exec "$0" "$@""#, PROGRAM]);
        command.args(args);
        command.args(["--case", &case]);
        let mut terminal = Terminal::run((120, 40), &loaded.home, command);
        terminal.end();
        let raw = terminal.raw();
        assert!(raw.len() > 20, "{args:?} said nothing");
        assert_eq!(assert_ours(&args.join(" "), &raw), Vec::<String>::new());
    }
}

/// Values that break out of quotes, as a shell, a terminal and an option parser see them.
const VALUES: &[&str] = &[
    "$(touch owned)",
    "`touch owned`",
    "'; touch owned; '",
    "\"; touch owned; \"",
    "a\ntouch owned\n",
    "a && touch owned",
    "a\\'; touch owned #",
    "--output=owned",
    "~root *",
    "\u{1b}]0;OWNED\u{7}\u{202e}\u{200b}x",
    "!!",
];

/// Returns what was written to the clipboard so far.
fn clipboard(terminal: &Terminal) -> Vec<String> {
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let writes = raw.split("\x1b]52;c;").skip(1);
    writes.filter_map(|rest| Some(rest.split_once('\u{7}')?.0.to_owned())).collect()
}

/// Copies with `y` and a letter; returns the text. Nothing may be copied before the second key.
fn copied(terminal: &Terminal, letter: &str, n_before: usize) -> String {
    terminal.send("y").see("COPY");
    assert_eq!(clipboard(terminal).len(), n_before, "copied before the key");
    terminal.send(letter).see_no("COPY");
    crate::support::wait_until("the copy arrives", || clipboard(terminal).len() > n_before);
    let bytes = STANDARD.decode(clipboard(terminal).last().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn copied_texts_are_inert_and_copied_commands_keep_hostile_values_in_their_quotes() {
    for value in VALUES {
        let home = Home::new();
        let identity = serde_json::json!({ "type": "IAMUser", "userName": value, "accountId": "111122223333",
            "arn": format!("arn:aws:iam::111122223333:user/{value}") });
        let members = serde_json::json!({ "userIdentity": identity, "requestParameters": { "bucketName": value, "k": "\u{9b}2J\u{202e}" } });
        home.write("evidence/a.jsonl", lines(&[record_with(1, members)]));
        home.ingest("evidence", 0);
        let case = home.text("case");
        let mut terminal = Terminal::start((120, 40), &home, &["open", "--case", &case]);
        terminal
            .see("BALANCED")
            .send("3")
            .see("HOW IT WAS FOUND")
            .send("\r")
            .see("2 Timeline")
            .see("00:00:01.000");
        let mut line = String::new();
        for (n_before, letter) in ["y", "i", "q", "c"].iter().enumerate() {
            let text = copied(&terminal, letter, n_before);
            assert_inert(&format!("copy of {letter}"), text.as_bytes(), false);
            assert!(!text.contains('\n'), "{text:?} would be run when it is pasted");
            if *letter == "c" {
                line = text;
            }
        }
        terminal.send("\r").see("EVENT").see("lines 1-");
        let json = copied(&terminal, "j", 4);
        assert_inert("copy of JSON", json.as_bytes(), false);
        let payload: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(payload["requestParameters"]["k"], "\u{9b}2J\u{202e}", "the value is exact");
        terminal.send("\x03").see("Ctrl-C again").send("\x03");
        assert_eq!(terminal.end(), 0);
        assert_eq!(assert_ours("screens that copied", &terminal.raw()).len(), 5);
        run_as_words(&home, &line);
    }
}

/// Lets a shell take the line apart in place of running it.
fn run_as_words(home: &Home, line: &str) {
    let words = line.strip_prefix("whytrail ").expect("the program first");
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &format!("printf '%s\\0' {words}")]).current_dir(home.path("home"));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{line}\n{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let told: Vec<&str> = text.split_terminator('\0').collect();
    assert_eq!(told[0], "timeline", "{line}");
    assert!(told.contains(&"--filter") && told.contains(&"--case"), "{line}");
    assert_eq!(told.len(), 5, "a value fell apart: {told:?}");
    assert!(!home.path("home/owned").exists(), "{line} ran a command");
    // And the program takes it as what it was.
    let mut command = home.command(&told);
    let status = command.stdout(std::process::Stdio::null()).status().unwrap();
    assert!(status.success(), "{line}");
}
