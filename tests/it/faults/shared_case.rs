//! Two processes on one case: the first has it, the second is told so, and nothing is lost or mixed.

use std::process::{Child, Stdio};

use super::{assert_balanced, assert_true};
use crate::support::{Home, numbered, wait_until};
use crate::terminal::Terminal;

/// A load that has the case open until its input ends.
fn holder(home: &Home) -> Child {
    let case = home.text("case");
    let start = || {
        let mut command = home.command(&["ingest", "-", "--case", &case]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut child = start();
    wait_until("the case is taken", || {
        let probe = home.run(&["tag", "add", "bad", "--where", "false", "--case", &case]);
        // The probe may have been faster; then the load was refused.
        if child.try_wait().unwrap().is_some() {
            child = start();
            return false;
        }
        probe.code == Some(7)
    });
    child
}

/// Commands that write, and commands that only ask.
const WRITE: &[&[&str]] = &[
    &["ingest", "evidence"],
    &["tag", "add", "bad", "--where", "true"],
    &["tag", "rm", "bad", "--reason", "x", "--where", "true"],
    &["finds", "set", "new", "--title", "x", "--where", "true"],
    &["case", "checkpoint"],
];
const ASK: &[&[&str]] = &[
    &["timeline"],
    &["who"],
    &["tag", "list"],
    &["finds", "list"],
    &["case", "info"],
    &["sql", "FROM sources"],
    &["export", "-o", "bundle", "--where", "true"],
    &["export", "--check"],
];

#[test]
fn every_command_beside_a_load_is_refused_with_a_sentence_or_answers() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..50));
    home.ingest("evidence", 0);
    let case = home.text("case");
    let mut first = holder(&home);
    for args in WRITE.iter().chain(ASK) {
        let ran = home.run(&[args, &["--case", case.as_str()][..]].concat());
        let is_write = WRITE.contains(args);
        assert!(ran.code == Some(7) || ran.code == Some(0) && !is_write, "{args:?} {ran:?}");
        if ran.code == Some(7) {
            assert!(ran.err.contains("in use by another process"), "{args:?} {ran:?}");
            assert!(ran.out.is_empty(), "{args:?} {ran:?}");
        }
    }
    assert!(!home.path("bundle/manifest.json").exists(), "a case in change was exported");
    drop(first.stdin.take());
    assert!(first.wait().unwrap().success());
    for args in WRITE.iter().chain(ASK) {
        let ran = home.run(&[args, &["--case", case.as_str()][..]].concat());
        assert_eq!(ran.code, Some(0), "{args:?} {ran:?}");
    }
    assert_balanced(&home, "after both");
    assert_true(&home, "after both");
}

#[test]
fn two_loads_at_once_end_in_one_account() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3000));
    let case = home.text("case");
    let start = || {
        let mut command = home.command(&["ingest", "evidence", "--case", &case]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start(), start()].map(|child| child.wait_with_output().unwrap());
    let codes: Vec<Option<i32>> = both.iter().map(|ran| ran.status.code()).collect();
    assert!(codes.contains(&Some(0)), "{both:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 7))), "{both:?}");
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT count(*), count(DISTINCT id) FROM events"), ["3000 3000"]);
    assert_balanced(&home, "three loads");
    assert_true(&home, "three loads");
}

#[test]
fn command_beside_the_screens_is_refused_and_the_screens_go_on() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..50));
    home.ingest("evidence", 0);
    let case = home.text("case");
    let mut screens = Terminal::start((80, 24), &home, &["open", "--case", &case]);
    screens.see("BALANCED");
    for args in WRITE {
        let ran = home.run(&[args, &["--case", case.as_str()][..]].concat());
        assert_eq!(ran.code, Some(7), "{args:?} {ran:?}");
    }
    screens.send("2").see("1/50").send("t").see("TAG").send("b").see("tagged 1 event bad");
    screens.send("q");
    assert_eq!(screens.end(), 0);
    assert_eq!(home.rows(&["tag", "list"]).len(), 1);
    assert_true(&home, "after the screens");
}
