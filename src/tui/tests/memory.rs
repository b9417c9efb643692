//! Columns, saved views, the history tree and going back to where a sitting ended, over the made-up case.

use std::sync::{Arc, Mutex};

use super::*;
use crate::model::EventId;
use crate::model::rows::FindingRow;
use crate::tui::desk::{Desk, FindingChange};
use crate::tui::key::Key;
use crate::tui::memory::Memory;
use crate::tui::question::Question;

/// What a [`KeepingDesk`] was given to keep, oldest first.
type Kept = Arc<Mutex<Vec<Memory>>>;

/// Keeps what it is given, or fails to, and leaves every other act to the desk of paper.
struct KeepingDesk {
    kept: Kept,
    is_full: bool,
    paper: PaperDesk,
}

impl Desk for KeepingDesk {
    fn is_read_only(&self) -> bool {
        false
    }

    fn tag(&mut self, ids: &[EventId], text: &str, of: Option<&str>) -> Result<String, String> {
        self.paper.tag(ids, text, of)
    }

    fn untag(&mut self, ids: &[EventId], text: &str, reason: &str) -> Result<String, String> {
        self.paper.untag(ids, text, reason)
    }

    fn note(&mut self, event: EventId, text: &str) -> Result<String, String> {
        self.paper.note(event, text)
    }

    fn undo(&mut self) -> Result<String, String> {
        self.paper.undo()
    }

    fn redo(&mut self) -> Result<String, String> {
        self.paper.redo()
    }

    fn new_finding(&mut self, title: &str, ids: &[EventId]) -> Result<u32, String> {
        self.paper.new_finding(title, ids)
    }

    fn change_finding(&mut self, number: u32, change: &FindingChange) -> Result<String, String> {
        self.paper.change_finding(number, change)
    }

    fn findings(&self) -> Vec<FindingRow> {
        self.paper.findings()
    }

    fn export_check(&mut self) -> Result<Vec<String>, String> {
        self.paper.export_check()
    }

    fn export(&mut self) -> Result<String, String> {
        self.paper.export()
    }

    fn criteria(&self) -> Vec<(String, String)> {
        self.paper.criteria()
    }

    fn remember(&mut self, memory: &Memory) -> Result<(), String> {
        if self.is_full {
            return Err("the disk is full".to_owned());
        }
        self.kept.lock().unwrap().push(memory.clone());
        Ok(())
    }
}

/// Opens the case with what was remembered of it. The text is what a file would hold.
fn opened(memory: Memory, case: Case, (columns, rows): (u16, u16)) -> (Harness, Kept) {
    opened_with(Settings { memory, ..settings() }, case, (columns, rows), false)
}

fn opened_with(
    mut settings: Settings,
    case: Case,
    (columns, rows): (u16, u16),
    is_full: bool,
) -> (Harness, Kept) {
    settings.memory = Memory::parse(&settings.memory.text().unwrap()).unwrap();
    let kept = Kept::default();
    let desk = KeepingDesk { kept: Arc::clone(&kept), is_full, paper: PaperDesk::default() };
    let answering = Box::new(move |question: &_| case.answer(question));
    (Harness::new(columns, rows, &settings, answering, Box::new(desk)), kept)
}

fn fresh() -> Harness {
    opened(Memory::default(), Case::default(), (80, 24)).0
}

fn again(harness: &mut Harness) -> Harness {
    opened(harness.memory(), Case::default(), (80, 24)).0
}

/// Returns the heads of the time line.
fn heads(harness: &mut Harness) -> String {
    let screen = harness.screen();
    screen.lines().find(|line| line.contains("ACTION")).unwrap_or_default().to_owned()
}

#[test]
fn chosen_columns_are_hidden_shown_and_moved_at_once() {
    let mut harness = fresh();
    check(&mut harness, "2 C", &["COLUMNS of the time line", "[x] TIME", "always shown"]);
    check(&mut harness, "<space>", &["! time always stays"]);
    check(&mut harness, "j <enter> j <space>", &["[ ] S ", "[ ] L ", "6 of 12 columns shown"]);
    harness.keys("j j j j j j j j <space>");
    check(&mut harness, "", &["[x] ADDRESS"]);
    harness.keys("<esc>");
    let head = heads(&mut harness);
    assert!(!head.contains(" S ") && head.contains("TARGET"), "{head}");
    harness.keys("C g j j j j J <esc>");
    let head = heads(&mut harness);
    assert!(head.find("TARGET") < head.find("ACTION"), "{head}");
    harness.keys("C g j j j j j K <esc>");
    assert!(heads(&mut harness).find("ACTION") < heads(&mut harness).find("TARGET"));
}

#[test]
fn column_without_room_says_so_and_comes_with_a_wider_screen() {
    let mut harness = fresh();
    harness.keys("2 C j j j j j j j j j <space>");
    check(&mut harness, "", &["[x] SESSION", "no room in 80 cells"]);
    assert!(!heads(&mut harness).contains("SESSION"));
    harness.resize(160, 24);
    check_not(&mut harness, "no room");
    harness.keys("<esc>");
    assert!(heads(&mut harness).contains("SESSION"));
    harness.resize(60, 16);
    let head = heads(&mut harness);
    assert!(["WHO", "ACTION", "OUT"].iter().all(|title| head.contains(title)), "{head}");
    assert!(!head.contains("TARGET"), "{head}");
}

#[test]
fn narrowing_goes_by_the_columns_shown() {
    let mut harness = fresh();
    check(&mut harness, "2", &["+- ACTION"]);
    check(&mut harness, "l", &["+- TARGET"]);
    harness.keys("C j j j j j <space> <esc>");
    check(&mut harness, "l", &["+- OUT"]);
    check(&mut harness, "h", &["+- ACTION"]);
}

#[test]
fn settings_give_the_columns_to_begin_with() {
    let words: Vec<String> = ["time", "outcome", "who", "action"].map(str::to_owned).into();
    let columns = crate::tui::Columns::of_words(&words).0;
    let settings = Settings { columns, ..settings() };
    let mut harness = opened_with(settings, Case::default(), (80, 24), false).0;
    harness.keys("2");
    let head = heads(&mut harness);
    assert!(head.find("OUT") < head.find("WHO") && !head.contains("TARGET"), "{head}");
}

#[test]
fn saved_view_brings_back_screen_crumbs_filters_columns_and_order() {
    let mut harness = fresh();
    harness.keys("1 <enter> f is:denied <enter> C j <space> <esc> T s").text("refused calls");
    check(&mut harness, "<enter>", &["view `refused calls` saved"]);
    harness.keys("<backspace> 4 S S s").text("by last").keys("<enter>");
    harness.keys("S 1");
    check(&mut harness, "v", &["SAVED VIEWS", "by last", "sessions", "refused calls", "2 views"]);
    check(
        &mut harness,
        "r e f <enter>",
        &["All > session mcp:8f2c", "f: is:denied", "1/2", "LOCAL", "view `refused calls`"],
    );
    assert!(!heads(&mut harness).contains(" S "));
    check(&mut harness, "v b y <space> l <enter>", &["4 Sessions", "view `by last`"]);
    check(&mut harness, "j", &["sorted by latest"]);
    check(&mut harness, "H", &["session mcp:8f2c"]);
}

#[test]
fn name_that_is_taken_is_asked_about() {
    let mut harness = fresh();
    harness.keys("2 s").text("mine").keys("<enter>");
    harness.keys("3 s <up>");
    check(&mut harness, "<enter>", &["A view `mine` is saved already", "y yes"]);
    check(&mut harness, "n", &["nothing was changed"]);
    check(&mut harness, "v", &["mine", "timeline"]);
    harness.keys("<esc> s <up> <enter> y v");
    check(&mut harness, "", &["mine", "who", "1 view "]);
    check_not(&mut harness, "timeline");
}

#[test]
fn view_is_deleted_only_after_asking_and_copied_as_a_command() {
    let mut harness = fresh();
    harness.keys("1 <enter> s").text("it's").keys("<enter> v");
    check(&mut harness, "y", &["COPY", "command line"]);
    harness.keys("c");
    let line = harness.copied.last().unwrap().clone();
    assert!(line.starts_with("whytrail timeline --case 'acme-0712' --columns time,"), "{line}");
    assert!(line.ends_with(r#" --filter 'session:"mcp:8f2c"'"#), "{line}");
    check(&mut harness, "X", &["Delete the saved view `it's`?"]);
    check(&mut harness, "<enter>", &["nothing was changed", "it's"]);
    check(&mut harness, "X y", &["view `it's` deleted", "No view is saved yet"]);
    check(&mut harness, "X", &["! no view is saved yet"]);
}

#[test]
fn hostile_name_of_a_view_is_text_on_every_screen() {
    let mut harness = fresh();
    harness.keys("2 s").paste("a\u{1b}[2J\u{202e}b\nc").keys("<enter>");
    let mut seen = harness.screen();
    for keys in ["v", "X", "n <esc> s <up> <enter>"] {
        seen.push_str(&harness.keys(keys).screen());
    }
    let is_active =
        |letter: &char| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}';
    assert_eq!(seen.chars().find(is_active), None, "{seen}");
    assert!(seen.contains("\\x1b"), "{seen}");
}

#[test]
fn sitting_ends_and_the_next_one_begins_there() {
    let mut harness = fresh();
    harness.keys("4 S S 2 / kms <enter> g 1 <enter> f is:denied <enter> j C j <space> <esc>");
    let before = harness.screen();
    let mut next = again(&mut harness);
    check(&mut next, "", &["resumed; H lists the way, :start-fresh begins anew"]);
    let same = |screen: &str| -> Vec<String> {
        let lines: Vec<&str> = screen.lines().collect();
        let n_lines = lines.len() - 2;
        lines.into_iter().take(n_lines).map(str::to_owned).collect()
    };
    assert_eq!(same(&next.screen()), same(&before));
    check(&mut next, "H", &["All", "session mcp:8f2c", "<- here"]);
    check(&mut next, "<esc> / <up>", &["kms"]);
    check(&mut next, "<esc> 4", &["sorted by latest"]);
    check(&mut next, "2 <backspace>", &["1 Overview"]);
}

#[test]
fn filters_put_off_stay_off() {
    let mut harness = fresh();
    harness.keys("2 f is:denied <enter> F");
    check(&mut again(&mut harness), "", &["f: is:denied OFF", "/210"]);
}

#[test]
fn time_line_is_resumed_also_when_another_screen_was_left_last() {
    let mut harness = fresh();
    harness.keys("2 j j j 3");
    let mut next = again(&mut harness);
    check(&mut next, "", &["[3 Who]"]);
    let mut third = again(&mut next);
    check(&mut third, "2", &["4/210"]);
}

#[test]
fn event_that_is_gone_is_told_and_the_first_row_stands_under_the_cursor() {
    let mut harness = fresh();
    harness.keys("2 G");
    let memory = harness.memory();
    let (mut next, _) = opened(memory, Case::with_noise(0), (120, 24));
    check(&mut next, "", &["the event you were on is not among these rows any more", "1/10"]);
    check(&mut next, "j", &["2/10"]);
}

#[test]
fn event_that_arrives_while_rows_are_read_is_gone_to_then() {
    let mut harness = fresh();
    harness.keys("2 G");
    let settings = Settings { memory: harness.memory(), ..settings() };
    let n_noise = Arc::new(Mutex::new(0));
    let (shared, is_held) = (Arc::clone(&n_noise), Arc::new(Mutex::new(true)));
    let held = Arc::clone(&is_held);
    let answering = Box::new(move |question: &Question| {
        let is_page = matches!(question, Question::Page { .. });
        if is_page && *held.lock().unwrap() {
            return Err(crate::store::Fault::Engine("nothing yet".into()));
        }
        Case::with_noise(*shared.lock().unwrap()).answer(question)
    });
    let mut next = Harness::new(80, 24, &settings, answering, Box::new(PaperDesk::default()));
    next.load(LoadState { generation: 1, ..LoadState::default() });
    *is_held.lock().unwrap() = false;
    next.wait(Duration::from_secs(2));
    check(&mut next, "R", &[">", "/10"]);
    *n_noise.lock().unwrap() = 200;
    next.load(LoadState { generation: 2, finished: true, ..LoadState::default() });
    check(&mut next, "", &["210/210"]);
    check_not(&mut next, "not among these rows");
}

#[test]
fn start_fresh_forgets_the_way_and_keeps_the_views() {
    let mut harness = fresh();
    harness.keys("1 <enter> s").text("mine").keys("<enter> C j <space> <esc>");
    let mut next = again(&mut harness);
    next.keys(":").text("start-fresh").keys("<enter>");
    check(&mut next, "", &["begun anew; saved views are still there (v)", "[1 Overview]"]);
    check(&mut next, "2", &["1/210", " S L WHO"]);
    check(&mut next, "H", &["1 place"]);
    check(&mut next, "<esc> v", &["mine"]);
    let mut memory = harness.memory();
    memory.start_fresh();
    let (mut fresh, _) = opened(memory, Case::default(), (80, 24));
    check(&mut fresh, "", &["[1 Overview]"]);
    check_not(&mut fresh, "resumed");
    check(&mut fresh, "v", &["mine"]);
}

#[test]
fn first_sitting_says_nothing_of_resuming() {
    let mut harness = fresh();
    check_not(&mut harness, "resumed");
    check_not(&mut again(&mut harness), "resumed");
}

#[test]
fn notice_about_what_is_not_remembered_comes_first() {
    let settings = Settings { notice: Some("it is kept aside".into()), ..settings() };
    let mut harness = opened_with(settings, Case::default(), (80, 24), false).0;
    check(&mut harness, "", &["! it is kept aside"]);
}

#[test]
fn what_changes_is_kept_every_few_seconds_and_only_when_it_changed() {
    let (mut harness, kept) = opened(Memory::default(), Case::default(), (80, 24));
    harness.keys("2 j");
    assert!(kept.lock().unwrap().is_empty(), "kept at each key");
    harness.wait(Duration::from_secs(6));
    assert_eq!(kept.lock().unwrap().len(), 1);
    assert_eq!(kept.lock().unwrap()[0], harness.memory());
    harness.wait(Duration::from_mins(1));
    assert_eq!(kept.lock().unwrap().len(), 1, "kept again without a change");
    harness.keys("T T").wait(Duration::from_secs(6));
    assert_eq!(kept.lock().unwrap().len(), 1, "kept again without a change");
    harness.keys("j s").text("mine").keys("<enter>");
    let views = |kept: &Kept| kept.lock().unwrap().last().unwrap().text().unwrap();
    assert!(views(&kept).contains("\"mine\""), "a view is kept at once");
}

#[test]
fn failing_to_keep_is_told_once_and_at_each_save() {
    let settings = settings();
    let mut harness = opened_with(settings, Case::default(), (80, 24), true).0;
    harness.keys("2 j").wait(Duration::from_secs(6));
    check(&mut harness, "", &["! not remembered for the next time: the disk is full"]);
    harness.keys("j").wait(Duration::from_secs(6));
    check_not(&mut harness, "not remembered");
    harness.keys("s").text("mine");
    check(&mut harness, "<enter>", &["! not remembered for the next time"]);
}

#[test]
fn middle_crumb_is_taken_out_and_what_follows_stays() {
    let mut harness = fresh();
    harness.keys("1 <enter> p x 3 <enter>");
    let trail = harness.screen().lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(trail.matches(" > ").count(), 3, "{trail}");
    check(&mut harness, "H g -", &["! this is the whole case"]);
    check(&mut harness, "j j", &["what role/ci-deploy"]);
    check(&mut harness, "-", &["what role/ci-deploy taken out; Alt-Left goes back", "HISTORY"]);
    harness.keys("<esc>");
    let trail = harness.screen().lines().nth(1).unwrap_or_default().to_owned();
    assert!(trail.contains("All > session mcp:8f2c > ") && !trail.contains("what role"), "{trail}");
    check(&mut harness, "<backspace>", &["All > session mcp:8f2c "]);
    check(&mut harness, "<alt-left> <alt-left>", &["what role/ci-deploy > "]);
}

#[test]
fn only_steps_on_the_way_can_be_taken_out() {
    let mut harness = fresh();
    harness.keys("1 <enter> <backspace> 3 <enter> H g j");
    check(&mut harness, "-", &["! only a step on the way to here (*) can be taken out"]);
    check(&mut harness, "j -", &["taken out", "All"]);
    check(&mut harness, "<esc>", &["[3 Who]"]);
}

#[test]
fn history_is_a_tree_that_can_be_walked_while_it_is_open() {
    let mut harness = fresh();
    harness.keys("1 <enter> p X H");
    check(&mut harness, "", &["├─ session mcp:8f2c", "└─ what role/ci-deploy", "3 places"]);
    check(&mut harness, "<alt-left>", &["session mcp:8f2c   [Timeline]  <- here", "HISTORY"]);
    check(&mut harness, "<alt-left>", &["All   [Overview]  <- here"]);
    check(&mut harness, "<alt-left>", &["! the history begins here", "HISTORY"]);
    check(&mut harness, "<alt-right> <alt-right>", &["what role/ci-deploy   [Timeline]  <- here"]);
    check(&mut harness, "g j <enter>", &["All > session mcp:8f2c", "3/6"]);
}

#[test]
fn every_new_overlay_draws_at_any_size_and_in_ascii() {
    let plain = Settings { ascii: true, color: ColorDepth::None, ..settings() };
    let mut harness = opened_with(plain, Case::default(), (80, 24), false).0;
    harness.keys("1 <enter> p x s").text("mine").keys("<enter> 2");
    for keys in ["C", "<esc> v", "<esc> s", "<enter>", "<esc> H"] {
        harness.keys(keys);
        for (columns, rows) in [(0, 0), (1, 1), (60, 16), (61, 17), (80, 24), (120, 40), (250, 80)]
        {
            harness.resize(columns, rows);
            let screen = harness.screen();
            assert!(screen.is_ascii(), "after {keys}\n{screen}");
            let widest = screen.lines().map(crate::text::width::cells).max().unwrap_or(0);
            assert!(widest <= usize::from(columns), "{screen}");
        }
        harness.resize(80, 24);
    }
    harness.press(Key::parse("Esc").unwrap());
    check(&mut harness, "", &["f: none"]);
}
