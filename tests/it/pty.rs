//! What only a real terminal shows: taking it and giving it back, whatever ends or interrupts the screens.

use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::process::{Signal, kill_process};

use crate::support::{Home, PROGRAM};
use crate::terminal::{Terminal, assert_given_back, sample};

const SIZE: (u16, u16) = (80, 24);

/// Opens the sample evidence in a fresh case and waits until it is loaded.
fn opened(home: &Home) -> Terminal {
    let (evidence, case) = (sample(), home.text("case"));
    let terminal = Terminal::start(SIZE, home, &[&evidence, "--case", &case]);
    terminal.see("BALANCED").see("denied, then done").see_no("LOADING");
    terminal
}

#[test]
fn screens_take_the_terminal_and_give_it_back_on_quit() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.until("the terminal being ours", |screen| {
        screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste()
    });
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn idle_screens_write_nothing() {
    let home = Home::new();
    let terminal = opened(&home);
    terminal.until_quiet_for(Duration::from_secs(1));
    terminal.send("2").see("1/4,145");
    terminal.until_quiet_for(Duration::from_secs(1));
}

#[test]
fn storm_of_sizes_ends_in_a_whole_screen() {
    let home = Home::new();
    let mut terminal = opened(&home);
    for (columns, rows) in
        [(10, 3), (200, 50), (60, 16), (132, 43), (1, 1), (59, 15), (100, 30)].repeat(5)
    {
        terminal.resize(columns, rows);
    }
    terminal.resize(72, 20);
    terminal.until("every line in its place", |screen| {
        let rows: Vec<String> = screen.rows(0, 72).collect();
        let has = |row: usize, text: &str| rows.get(row).is_some_and(|row| row.contains(text));
        has(0, "whytrail  case") && has(4, "BALANCED") && has(19, "q quit")
    });
    terminal.resize(40, 10);
    terminal.see("whytrail needs 60x16; this is 40x10.");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn suspended_program_gives_the_terminal_back_and_takes_it_again() {
    let home = Home::new();
    let evidence = sample();
    let mut shell = CommandBuilder::new("/bin/sh");
    let script = r#"set -m; "$@"; echo SUSPENDED; read answer; fg; echo ENDED $?"#;
    shell.args(["-c", script, "sh", PROGRAM, &evidence, "--case", &home.text("case")]);
    let mut terminal = Terminal::run(SIZE, &home, shell);
    terminal.see("denied, then done").see_no("LOADING");
    let settings_of_screens = terminal.line_settings();
    terminal.send("\x1a").see("SUSPENDED");
    terminal.until("the terminal given back", |screen| {
        assert_given_back(screen);
        true
    });
    assert_ne!(terminal.line_settings(), settings_of_screens, "the terminal stayed raw");
    terminal.send("go on\r").see("LOOK HERE FIRST");
    terminal.send("2").see("1/4,145").send("q");
    terminal.see("ENDED 0");
    assert_eq!(terminal.end(), 0);
}

/// A terminal that answers nothing must not hold the screens up.
#[test]
fn redraw_asks_the_terminal_nothing() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.send("2").see("1/4,145").send("\x0c").send("1").see("LOOK HERE FIRST");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn pasted_text_is_text_and_never_keys() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.send("2").see("1/4,145");
    terminal.send("\x1b[200~qqq\x1b[201~").see("nothing here takes text");
    terminal.send("/").see("SEARCH");
    terminal.send("\x1b[200~AttachRole\x1b[2JPolicy\r\x1b[201~").see("AttachRole");
    assert!(terminal.text().contains("SEARCH"), "the pasted line end was a key");
    terminal.send("\x1b").see_no("SEARCH");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn control_c_stops_a_long_query_and_the_screens_go_on() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.send("2").see("1/4,145").send("f").see("filter >");
    terminal
        .send("= (SELECT sum(a.range * b.range) FROM range(4000000) a, range(4000000) b) > 0\r");
    terminal.see("Ctrl-C stops");
    terminal.send("\x03").see("the query is stopped").see("Stopped before the rows were found");
    terminal.send("F").see("filters off").see("/4,145");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn control_c_twice_quits() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.send("\x03").see("Ctrl-C again within a second quits").send("\x03");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn stop_signals_give_the_terminal_back_close_the_case_and_end_with_130() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = Home::new();
        let mut terminal = opened(&home);
        let settings_of_screens = terminal.line_settings();
        kill_process(terminal.process(), signal).unwrap();
        assert_eq!(terminal.end(), 130, "{signal:?}");
        assert_ne!(terminal.line_settings(), settings_of_screens, "the terminal stayed raw");
        terminal.see("stopped; marks are on disk");
        let journal = std::fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
        let acts: Vec<&str> = journal.lines().rev().take(2).collect();
        assert!(acts[0].contains("checkpoint.create"), "{signal:?}: {}", acts[0]);
        assert!(acts[1].contains("case.close"), "{signal:?}: {}", acts[1]);
    }
}

/// The engine lets only one process open a case that is being written, so the second window cannot show it read-only.
#[test]
fn second_window_on_a_case_is_refused_with_the_reason() {
    let home = Home::new();
    let first = opened(&home);
    let case = home.text("case");
    let mut second = Terminal::start(SIZE, &home, &["open", "--case", &case]);
    assert_eq!(second.end(), 7);
    second.see("in use by another process").see("hint: ");
    first.send("2").see("1/4,145");
}

#[test]
fn light_terminal_gets_the_light_theme_and_its_answer_is_not_typed() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.send("\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    let is_dark_red = |screen: &vt100::Screen| {
        (0..24).flat_map(|row| (0..80).map(move |column| (row, column))).any(|(row, column)| {
            screen.cell(row, column).is_some_and(|cell| cell.fgcolor() == vt100::Color::Idx(8))
        })
    };
    terminal.until("the gray of the light theme", is_dark_red);
    assert!(terminal.text().contains("[1 Overview]"), "the answer was taken for keys");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn original_is_shown_once_after_the_reason_is_in_the_journal() {
    let home = Home::new();
    let mut terminal = opened(&home);
    let journal = || std::fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    terminal.send("w").see("WHY IT IS LISTED").see("Score");
    terminal.send("q").see("LOOK HERE FIRST").send("\r").see("All > session 8f2c");
    terminal.send(":").see("goto 09:31").send("reveal\r").see("REVEAL the original of event");
    terminal.send("\r").see("nothing typed, nothing done");
    assert!(!journal().contains("\"reveal\""));
    terminal.send(":").see("goto 09:31").send("reveal\r").see("REVEAL the original of event");
    terminal.send("arguments of the refused call\r").see("ORIGINAL").see("\"params\"");
    assert!(journal().contains("arguments of the refused call"));
    terminal.send("q").see("2 Timeline").see_no("ORIGINAL");
    terminal.send("q").send("q").send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn case_folder_named_alone_is_opened_and_not_read_as_evidence() {
    let home = Home::new();
    let mut terminal = opened(&home);
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
    let case = home.text("case");
    let mut terminal = Terminal::start(SIZE, &home, &["--fresh", &case]);
    terminal.see("denied, then done").see_no("LOADING").send("q");
    assert_eq!(terminal.end(), 0);
    let cases = home.ok(&["case", "list", "--format", "csv"]);
    assert!(!cases.contains("case-"), "no case was made of it: {cases}");
}
