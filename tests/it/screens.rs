//! The screens over a real case, without a terminal: what each shows, that nothing is cut at the edge, that every key
//! of a footer acts, and that counts are true before a jump is taken.

use whytrail::model::EventId;
use whytrail::model::rows::FindingRow;
use whytrail::redact::Redactor;
use whytrail::store::{Limits, Store};
use whytrail::tui::harness::Harness;
use whytrail::tui::{Desk, FindingChange, Settings};

use crate::support::Home;
use crate::terminal::sample;

/// Takes acts and keeps none.
pub(crate) struct NoDesk;

impl Desk for NoDesk {
    fn is_read_only(&self) -> bool {
        false
    }

    fn tag(
        &mut self,
        events: &[EventId],
        text: &str,
        _criterion: Option<&str>,
    ) -> Result<String, String> {
        Ok(format!("tagged {} {text}", events.len()))
    }

    fn untag(&mut self, _events: &[EventId], text: &str, _reason: &str) -> Result<String, String> {
        Ok(format!("struck out {text}"))
    }

    fn note(&mut self, _event: EventId, text: &str) -> Result<String, String> {
        Ok(format!("noted {text}"))
    }

    fn undo(&mut self) -> Result<String, String> {
        Ok("undone".to_owned())
    }

    fn redo(&mut self) -> Result<String, String> {
        Ok("redone".to_owned())
    }

    fn new_finding(&mut self, _title: &str, _events: &[EventId]) -> Result<u32, String> {
        Ok(1)
    }

    fn change_finding(&mut self, number: u32, _change: &FindingChange) -> Result<String, String> {
        Ok(format!("finding {number} changed"))
    }

    fn findings(&self) -> Vec<FindingRow> {
        Vec::new()
    }

    fn export_check(&mut self) -> Result<Vec<String>, String> {
        Ok(vec!["events 0 of 0".to_owned()])
    }

    fn export(&mut self) -> Result<String, String> {
        Ok("bundle written".to_owned())
    }

    fn criteria(&self) -> Vec<(String, String)> {
        vec![("soc2-CC6.1".to_owned(), "CC6.1  Logical access".to_owned())]
    }
}

/// A case and the folder it lies in.
pub(crate) struct Loaded {
    store: Store,
    _home: Home,
}

impl Loaded {
    pub(crate) fn of(evidence: &str) -> Self {
        let home = Home::new();
        home.ingest(evidence, 0);
        let limits = Limits { memory_mib: 256, threads: 2 };
        let store = Store::open(&home.path("case").join("case.duckdb"), limits).unwrap();
        Self { store, _home: home }
    }

    pub(crate) fn screens(&self, columns: u16, rows: u16) -> Harness {
        let settings = Settings { case_name: "acme".to_owned(), ..Settings::default() };
        let (reader, redactor) = (self.store.reader().unwrap(), Redactor::new([0; 32]));
        Harness::over_case((columns, rows), &settings, reader, redactor, Box::new(NoDesk))
    }
}

#[track_caller]
fn check(harness: &mut Harness, keys: &str, wanted: &[&str]) {
    harness.keys(keys);
    let screen = harness.screen();
    for text in wanted {
        assert!(screen.contains(text), "after `{keys}`, `{text}` is not on\n{screen}");
    }
}

/// Keys that lead to a screen, and what it must show at any width from 80 on.
const PLACES: &[(&str, &[&str])] = &[
    ("1", &["SPAN", "ROWS", "BALANCED", "LOOK HERE FIRST", "WHY IT IS LISTED", "SESSIONS"]),
    ("2", &["1/4,145", "OUT", "TAG", "WHO", "ACTION", "22:0"]),
    ("3", &["WHO", "HOW IT WAS FOUND", "alice@corp.example", "sorted by events (S)"]),
    ("4", &["SESSION", "BASIS", "8f2c", "AGENT", "native id"]),
    ("5", &["WHAT", "WRITES", "sorted by events (S)"]),
    ("9", &["KEYS AND SPEND", "FLAG", "AKIA..Q7RX", "sorted by risk (S)", "issued 2026-07-12"]),
    ("9 <tab>", &["SPEND BY PERSON", "KNOWN BY", "alice@corp.example"]),
    ("8", &["FINDINGS 0", "No finding yet"]),
    ("1 x", &["SOURCES", "aws.cloudtrail", "not evidence"]),
    ("1 <enter>", &["All > session 8f2c", "DENY", "hidden 3,657"]),
    ("1 <enter> <enter>", &["EVENT", "WHAT", "WHO", "LINKS =", "FIELDS"]),
    ("1 <enter> x", &["RAW", "sha256", "as it was at load"]),
    ("1 <enter> w", &["EVENT", "WHAT", "WHO", "WHY   decision trace", "WHO SAYS SO"]),
    ("1 <enter> p", &["PIVOT ON THIS EVENT", "rows here", "rows in case"]),
    ("1 <enter> r", &["REPLAY 8f2c", "ASKED", "HAPPENED", "PAUSED x4", "idle over 5s cut"]),
    ("1 <enter> t", &["TAG 1 event", "b bad"]),
    ("1 <enter> y", &["COPY", "command line"]),
    ("1 f", &["filter >", "person, role, user or service"]),
    ("1 :", &["next denial"]),
    ("1 ?", &["HELP   Overview", "whytrail keymap"]),
    ("1 <enter> H", &["HISTORY", "session 8f2c", "<- here"]),
    ("2 C", &["COLUMNS of the time line", "[x] TARGET", "always shown"]),
    ("1 <enter> s", &["SAVE THIS VIEW as:"]),
    ("1 v", &["SAVED VIEWS", "No view is saved yet"]),
];

#[test]
fn every_screen_shows_what_it_is_for_at_two_sizes() {
    let case = Loaded::of(&sample());
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut harness = case.screens(columns, rows);
        for (keys, wanted) in PLACES {
            check(&mut harness, keys, wanted);
            harness.keys("<esc> <esc> <backspace> <backspace>");
        }
    }
}

#[test]
fn nothing_a_screen_offers_is_cut_at_its_edge() {
    let case = Loaded::of(&sample());
    for (columns, rows) in [(60, 16), (80, 24), (100, 30), (132, 43), (200, 50)] {
        let mut harness = case.screens(columns, rows);
        for (keys, _) in PLACES {
            harness.keys(keys);
            let screen = harness.screen();
            let footer = screen.lines().last().unwrap_or_default();
            assert!(!footer.ends_with(".."), "{columns}x{rows} after `{keys}`\n{screen}");
            assert!(!footer.is_empty(), "{columns}x{rows} after `{keys}`\n{screen}");
            harness.keys("<esc> <esc> <backspace> <backspace>");
        }
    }
}

#[test]
fn overview_accounts_for_every_row_and_names_the_story_first() {
    let case = Loaded::of(&sample());
    let mut harness = case.screens(80, 24);
    let screen = harness.screen();
    let line = |text: &str| screen.lines().find(|line| line.contains(text)).unwrap_or_default();
    assert!(line(" ROWS ").ends_with("BALANCED"), "{screen}");
    assert!(line(" ROWS ").contains("read 4,215 = kept 4,145 + duplicate 70 + rejected 0"));
    assert!(line(" SPAN ").contains("2026-07-11 22:00Z .. 2026-07-12 13:59Z"), "{screen}");
    assert!(line(" FILES ").contains("not evidence 2"), "{screen}");
    assert!(
        line(">1 ").contains("session 8f2c   alice") && line(">1 ").contains("denied, then done")
    );
    assert!(line(" WHO ").contains("DENIED"), "{screen}");
    let strip = line("22:00 ");
    assert!(strip.contains('!') && strip.contains("13:59"), "{screen}");
    check(&mut harness, "<enter>", &["role/ci-deploy"]);
    let here = harness.screen().lines().find(|line| line.starts_with('>')).map(str::to_owned);
    assert!(here.is_some_and(|line| line.contains("09:31:0") && line.contains("DENY")));
}

/// Keys of footers whose names have more than one letter.
const NAMED: &[&str] = &["Enter", "Tab", "Esc", "Space", "PgUp", "PgDn"];

#[test]
fn every_key_of_a_footer_acts_where_it_is_shown() {
    let case = Loaded::of(&sample());
    for start in ["1", "2", "3", "4", "5", "1 <enter>", "1 <enter> <enter>", "1 <enter> r", "1 x"] {
        let mut harness = case.screens(132, 43);
        harness.keys(start);
        let screen = harness.screen();
        let footer = screen.lines().last().unwrap_or_default().trim().to_owned();
        for item in footer.split("  ").filter(|item| !item.is_empty()) {
            let words: Vec<&str> = item.split_whitespace().collect();
            let is_key = |word: &&&str| word.chars().count() == 1 || NAMED.contains(*word);
            for key in words.iter().take_while(is_key) {
                let mut harness = case.screens(132, 43);
                harness.keys(start);
                harness.keys(
                    if key.len() > 1 { format!("<{key}>") } else { (*key).to_owned() }.as_str(),
                );
                let after = harness.screen();
                let status = after.lines().rev().nth(1).unwrap_or_default();
                let is_refused =
                    status.contains("has no meaning here") || status.contains(": works ");
                assert!(!is_refused, "`{key}` of `{footer}` after `{start}`\n{after}");
            }
        }
    }
}

/// Reads the number of rows of a list: `1/488`.
fn rows_listed(screen: &str) -> String {
    let position = screen.lines().rev().nth(1).unwrap_or_default();
    let word = position.split_whitespace().find(|word| word.contains('/')).unwrap_or_default();
    word.split('/').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn pivot_leads_to_as_many_rows_as_its_menu_said() {
    let case = Loaded::of(&sample());
    let mut harness = case.screens(120, 40);
    harness.keys("1 <enter> p");
    let screen = harness.screen();
    let menu = screen.lines().skip_while(|line| !line.contains("PIVOT ON THIS EVENT")).skip(1);
    let choices: Vec<(String, String)> = menu
        .take_while(|line| !line.contains('─'))
        .filter_map(|line| {
            let words: Vec<&str> = line.trim_start_matches('>').split_whitespace().collect();
            Some(((*words.first()?).to_owned(), (*words.get(3)?).to_owned()))
        })
        .collect();
    assert!(choices.len() >= 4, "{screen}");
    for (letter, here) in choices {
        harness.keys(&letter);
        assert_eq!(rows_listed(&harness.screen()), here, "`{letter}`\n{}", harness.screen());
        harness.keys("<backspace> p");
    }
}

#[test]
fn session_opens_as_many_rows_as_its_list_said_with_and_without_a_filter() {
    let case = Loaded::of(&sample());
    for start in ["4", "3 <enter> 4"] {
        let mut harness = case.screens(80, 24);
        for n_down in 0..5 {
            harness.keys(start).keys(&"j ".repeat(n_down));
            let row =
                harness.screen().lines().find(|line| line.starts_with('>')).map(str::to_owned);
            let row = row.unwrap_or_default();
            let wanted = row.split_whitespace().rev().nth(2).unwrap_or_default().to_owned();
            harness.keys("<enter>");
            assert_eq!(rows_listed(&harness.screen()), wanted, "{row}");
            harness.keys("<backspace> <backspace> <backspace>");
        }
    }
}

#[test]
fn subject_opens_as_many_rows_as_its_list_said_whatever_kind_it_is() {
    let case = Loaded::of(&sample());
    let moves = [
        "",
        "j",
        "j j",
        "j j j",
        "j j j j",
        "/ AKIA <enter>",
        "/ ASIA <enter>",
        "/ service <enter>",
    ];
    for start in ["3", "1 <enter> 3"] {
        for to_row in moves {
            let mut harness = case.screens(80, 24);
            harness.keys(start).keys(to_row);
            let row =
                harness.screen().lines().find(|line| line.starts_with('>')).map(str::to_owned);
            let row = row.unwrap_or_default();
            let wanted = row.split_whitespace().rev().nth(3).unwrap_or_default().to_owned();
            harness.keys("<enter>");
            assert_eq!(rows_listed(&harness.screen()), wanted, "{row}\n{}", harness.screen());
        }
    }
}

#[test]
fn pivot_menu_keeps_and_drops_the_value_under_its_cursor() {
    let case = Loaded::of(&sample());
    let mut harness = case.screens(80, 24);
    check(&mut harness, "1 <enter> p <down> <down> +", &["All > session 8f2c > "]);
    check(&mut harness, "<backspace> p -", &["All > session 8f2c > not who alice@corp.example"]);
}

#[test]
fn zoom_begins_at_what_the_strip_shows_under_the_filter() {
    let case = Loaded::of(&sample());
    let mut harness = case.screens(80, 24);
    check(&mut harness, "1 <enter>", &["10:01 57s"]);
    harness.keys("z");
    let strip = harness.screen().lines().nth(2).unwrap_or_default().to_owned();
    assert!(strip.starts_with(" 09:2") && strip.ends_with("09:38 14s"), "{strip}");
    check(&mut harness, "Z", &["10:01 57s"]);
}

#[test]
fn silence_in_a_replay_claims_nothing_about_coverage() {
    let case = Loaded::of(&sample());
    let mut harness = case.screens(80, 24);
    harness.keys("4 r G");
    check(&mut harness, "E <pgup>", &["REPLAY 8f2c"]);
    let mut seen = String::new();
    for _ in 0..60 {
        seen.push_str(&harness.keys("<pgdn>").screen());
    }
    assert!(seen.contains("~~ no event of this session for 2"), "{seen}");
    assert!(!seen.contains("nothing recorded"), "{seen}");
}

#[test]
fn empty_case_says_so_on_every_screen() {
    let home = Home::new();
    std::fs::create_dir(home.path("nothing")).unwrap();
    let case = Loaded::of(&home.text("nothing"));
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut harness = case.screens(columns, rows);
        check(&mut harness, "", &["SPAN  no dated event yet", "read 0 = kept 0", "BALANCED"]);
        for key in ["1", "2", "3", "4", "5"] {
            check(&mut harness, key, &["No evidence loaded. Give a file or folder: whytrail PATH"]);
        }
        check(&mut harness, "8", &["No finding yet"]);
        check(&mut harness, "2 t", &["! there is no event under the cursor"]);
    }
}

#[test]
fn tiny_terminal_says_what_it_needs_and_still_quits() {
    let case = Loaded::of(&sample());
    let mut harness = case.screens(59, 15);
    check(&mut harness, "", &["whytrail needs 60x16; this is 59x15. q quits."]);
    harness.resize(60, 16);
    check(&mut harness, "2", &["1/4,145", "WHO", "ACTION", "OUT"]);
    harness.resize(30, 4).keys("q");
    assert!(harness.has_quit);
}
