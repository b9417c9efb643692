//! What a sitting leaves for the next one, with the real program in a real terminal: places, views and undo survive,
//! a file that cannot be read never stands in the way, and neither case nor evidence is touched for it.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::support::{Home, contents, listing};
use crate::terminal::{Terminal, sample};

const SIZE: (u16, u16) = (80, 24);

fn first(home: &Home) -> Terminal {
    let terminal = Terminal::start(SIZE, home, &[&sample(), "--case", &home.text("case")]);
    terminal.see("denied, then done").see_no("LOADING");
    terminal
}

fn again(home: &Home, flags: &[&str]) -> Terminal {
    let case = home.text("case");
    Terminal::start(SIZE, home, &[&["open", "--case", &case], flags].concat())
}

fn quit(mut terminal: Terminal) {
    terminal.send("qqqqqq");
    assert_eq!(terminal.end(), 0);
}

/// Returns the files in which cases are remembered.
fn files(home: &Home) -> Vec<PathBuf> {
    let folder = home.path("home/state/whytrail/cases");
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn remembered(home: &Home) -> Value {
    let [file] = files(home).try_into().unwrap();
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn sitting_is_resumed_with_its_event_filters_columns_and_views() {
    let home = Home::new();
    let terminal = first(&home);
    terminal.send("\r").see("428/488").send("fis:denied\r").see("f: is:denied").see("/14");
    terminal.send("gjj").see("3/14").send("Cj ").see("[ ] S").send("\x1b").see_no("COLUMNS");
    terminal.send("smine\r").see("view `mine` saved").send("\x03\x03");
    let cursor = |text: &str| {
        text.lines().find(|line| line.starts_with('>')).map(str::to_owned).unwrap_or_default()
    };
    let before = cursor(&terminal.text());
    let mut terminal = terminal;
    assert_eq!(terminal.end(), 0);

    let terminal = again(&home, &[]);
    terminal.see("resumed; H lists the way").see("f: is:denied").see("3/14");
    assert_eq!(cursor(&terminal.text()), before);
    assert!(!terminal.text().contains(" S L "), "{}", terminal.text());
    terminal.send("v").see("mine").send("\x1b").see_no("SAVED VIEWS");
    terminal.send("H").see("└─ session 8f2c").send("\x1b").see_no("HISTORY");
    quit(terminal);

    let terminal = again(&home, &["--fresh"]);
    terminal.see("[1 Overview]").see("LOOK HERE FIRST").see_no("resumed");
    terminal.send("v").see("mine").send("\r").see("f: is:denied");
    quit(terminal);
}

#[test]
fn undo_works_after_the_case_was_opened_again() {
    let home = Home::new();
    let terminal = first(&home);
    terminal.send("\r").see("428/488").send("tb").see("tagged 1 event bad");
    quit(terminal);
    assert_eq!(home.rows(&["tag", "list"]).len(), 1);
    let terminal = again(&home, &[]);
    terminal.see("resumed").send("u").see("undone: tag");
    quit(terminal);
    assert!(home.rows(&["tag", "list"]).is_empty());
    let terminal = again(&home, &[]);
    terminal.see("resumed").send("\x12").see("redone: tag");
    quit(terminal);
    assert_eq!(home.rows(&["tag", "list"]).len(), 1);
}

#[test]
fn stop_signal_leaves_what_is_needed_to_resume() {
    let home = Home::new();
    let mut terminal = first(&home);
    terminal.send("4").see("[4 Sessions]");
    kill_process(terminal.process(), Signal::TERM).unwrap();
    terminal.end();
    let screen = remembered(&home)["resume"]["screen"].clone();
    assert_eq!(screen, "sessions");
    let terminal = again(&home, &[]);
    terminal.see("[4 Sessions]");
    quit(terminal);
}

#[test]
fn file_that_cannot_be_read_is_told_set_aside_and_never_in_the_way() {
    let home = Home::new();
    quit(first(&home));
    let [file] = files(&home).try_into().unwrap();
    let good = fs::read_to_string(&file).unwrap();
    for (content, said) in [
        (good.replace("\"version\":1", "\"version\":2"), "version 2 is newer"),
        (good.get(..good.len() / 2).unwrap().to_owned(), "it is not JSON"),
        ("\u{1b}[2J{}".to_owned(), "it is not JSON"),
    ] {
        fs::write(&file, &content).unwrap();
        let terminal = again(&home, &[]);
        terminal.see("! not resumed: ").see(said);
        terminal.send("2").see("1/4,145");
        quit(terminal);
        let is_kept = files(&home).iter().any(|path| fs::read_to_string(path).unwrap() == content);
        assert!(is_kept, "{said}");
    }
    let terminal = again(&home, &[]);
    terminal.see("resumed");
    quit(terminal);
}

#[test]
fn remembering_writes_neither_to_the_case_nor_evidence_text_to_the_file() {
    let home = Home::new();
    quit(first(&home));
    let evidence = listing(std::path::Path::new(&sample()));
    let case = contents(&home.path("case"));
    let terminal = again(&home, &[]);
    terminal
        .see("LOOK HERE FIRST")
        .send("2")
        .see("1/4,145")
        .send("jjj")
        .see("4/4,145")
        .send("3")
        .see("[3 Who]");
    quit(terminal);
    assert_eq!(listing(std::path::Path::new(&sample())), evidence);
    let names = |files: Vec<(String, Vec<u8>)>| -> Vec<String> {
        // Each closing signs a checkpoint; that is the only file a look around adds.
        let is_kept =
            |name: &String| !name.contains(".duckdb.") && !name.starts_with("checkpoints/0");
        files.into_iter().map(|(name, _)| name).filter(is_kept).collect()
    };
    assert_eq!(names(contents(&home.path("case"))), names(case));
    let memory = remembered(&home);
    assert_eq!(memory["schema"], "whytrail.screens");
    let text = memory.to_string();
    for evidence in ["s3:", "arn:", "AKIA", "@", "203.0.113"] {
        assert!(!text.contains(evidence), "`{evidence}` is in {text}");
    }
}

#[test]
fn settings_file_gives_the_columns_and_unknown_ones_are_named() {
    let home = Home::new();
    home.write(
        "home/config/whytrail/config.toml",
        "[ui]\ncolumns = [\"time\", \"outcome\", \"who\", \"action\", \"adress\"]\n",
    );
    let ran = home.run(&["keymap"]);
    let warning = "config.toml line 2: `adress` is no column (did you mean address?)";
    assert!(ran.err.contains(warning), "{}", ran.err);
    let terminal = first(&home);
    terminal.send("2").see("1/4,145");
    let text = terminal.text();
    let head = text.lines().find(|line| line.contains("ACTION")).unwrap();
    assert!(head.find("OUT") < head.find("WHO") && !head.contains("TARGET"), "{head}");
    quit(terminal);
}

#[test]
fn columns_of_the_screens_are_columns_of_the_command_line() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let every = "time,source,link,who,action,target,outcome,tag,note,session,address,id";
    let rows = home.rows(&["timeline", "--columns", every, "--limit", "1"]);
    let names: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names.join(","), every);
}
