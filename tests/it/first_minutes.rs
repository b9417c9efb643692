//! The first five minutes of an analyst, in a real terminal of 80x24, with the evidence that comes with the program:
//! from the start to the refused call in at most 6 keys, to a bundle in at most 25. Typed text is not counted.

use std::path::Path;

use crate::support::Home;
use crate::terminal::{Terminal, sample};

/// Keys pressed so far.
#[derive(Default)]
struct Hand(usize);

impl Hand {
    fn press(&mut self, terminal: &Terminal, keys: &[&str]) {
        for key in keys {
            self.0 += 1;
            terminal.send(key);
        }
    }
}

#[test]
fn analyst_gets_from_the_start_to_a_bundle_within_25_keys() {
    let home = Home::new();
    let (evidence, case) = (sample(), home.path("case"));
    let arguments = [evidence.as_str(), "--case", &home.text("case")];
    let mut terminal = Terminal::start((80, 24), &home, &arguments);
    let mut hand = Hand::default();

    terminal.see("LOOK HERE FIRST").see("denied, then done").see("BALANCED").see_no("LOADING");
    hand.press(&terminal, &["7"]);
    terminal.see("COVERAGE").see("gateway edge-1 silent").see("\"it stopped after 09:31\"");
    hand.press(&terminal, &["1"]);
    terminal.see("LOOK HERE FIRST");
    hand.press(&terminal, &["\r"]);
    terminal.see("All > session 8f2c").see("iam_attach");
    let is_refused = |screen: &vt100::Screen| {
        let rows: Vec<String> = screen.rows(0, 80).collect();
        rows.iter().any(|row| row.starts_with('>') && row.contains("DENY"))
    };
    terminal.until("the cursor on the refused call", is_refused);
    assert!(hand.0 <= 6, "{} keys to the refused call", hand.0);

    hand.press(&terminal, &["w"]);
    terminal.see("EVENT").see("outcome DENY").see("NO  policy").see("!!  afterwards");
    hand.press(&terminal, &["\x1b"]);
    terminal.see("2 Timeline");
    hand.press(&terminal, &["p"]);
    terminal.see("PIVOT ON THIS EVENT").see("rows in case").see("role/ci-deploy");
    hand.press(&terminal, &["x"]);
    terminal.see("All > session 8f2c > what role/ci-deploy");

    hand.press(&terminal, &["t", "b"]);
    terminal.see("tagged 1 event bad");
    hand.press(&terminal, &["j", "t", "b"]);
    terminal.see("tagged 1 event bad").until("two tags", |screen| {
        screen
            .rows(0, 80)
            .filter(|row| row.contains("DENY bad") || row.contains("ok   bad"))
            .count()
            == 2
    });
    hand.press(&terminal, &["c"]);
    terminal.see("NOTE on event");
    terminal.send("user says this was the deploy bot");
    hand.press(&terminal, &["\r"]);
    terminal.see("noted").see("bad*");

    hand.press(&terminal, &["\x7f", "r"]);
    terminal.see("REPLAY 8f2c").see("ASKED").see("HAPPENED").see("PAUSED x4");
    hand.press(&terminal, &["\x1b"]);
    terminal.see("2 Timeline");
    hand.press(&terminal, &["A"]);
    terminal.see("FINDING of 1 event");
    hand.press(&terminal, &["\r"]);
    terminal.see("finding 1 made of 1 event");
    hand.press(&terminal, &["8"]);
    terminal.see("FINDINGS 1");
    hand.press(&terminal, &["E"]);
    terminal.see("EXPORT CHECK").see("E write the bundle");
    hand.press(&terminal, &["E"]);
    terminal.see("written").see("events");
    assert!(hand.0 <= 25, "{} keys to the bundle", hand.0);

    holds_everything(&case);
    terminal.send("q").send("q").send("q");
    assert_eq!(terminal.end(), 0);
}

/// The bundle has its files, and the journal the acts.
fn holds_everything(case: &Path) {
    let exports: Vec<_> = std::fs::read_dir(case.join("exports")).unwrap().collect();
    let [Ok(bundle)] = exports.as_slice() else { panic!("not one bundle: {exports:?}") };
    for name in
        ["findings.json", "events.jsonl", "events.csv", "report.html", "report.md", "manifest.json"]
    {
        assert!(bundle.path().join(name).is_file(), "the bundle has no {name}");
    }
    let journal = std::fs::read_to_string(case.join("journal.jsonl")).unwrap();
    for act in ["tag", "note", "finding", "export"] {
        assert!(journal.contains(act), "the journal has no {act}");
    }
}
