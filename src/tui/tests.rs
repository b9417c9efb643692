//! Whole screens driven by keys over a small made-up case.

mod comply;
mod keys;
mod memory;

use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};

use super::canned::{Case, PaperDesk};
use super::harness::Harness;
use super::msg::LoadState;
use super::settings::{Settings, StartAt};
use super::theme::ColorDepth;
use crate::tui::question::Answer;

fn settings() -> Settings {
    Settings {
        case_name: "acme-0712".into(),
        case_argument: "acme-0712".into(),
        ..Settings::default()
    }
}

fn harness(columns: u16, rows: u16) -> Harness {
    harness_of(Case::default(), columns, rows).0
}

fn harness_of(case: Case, columns: u16, rows: u16) -> (Harness, Receiver<String>) {
    let (log, acts) = unbounded();
    let desk = PaperDesk { log: Some(log), ..PaperDesk::default() };
    let answering = Box::new(move |question: &_| case.answer(question));
    (Harness::new(columns, rows, &settings(), answering, Box::new(desk)), acts)
}

fn check(harness: &mut Harness, keys: &str, wanted: &[&str]) {
    harness.keys(keys);
    let screen = harness.screen();
    for text in wanted {
        assert!(screen.contains(text), "after `{keys}`, `{text}` is not on\n{screen}");
    }
}

fn check_not(harness: &mut Harness, unwanted: &str) {
    let screen = harness.screen();
    assert!(!screen.contains(unwanted), "`{unwanted}` is on\n{screen}");
}

#[test]
fn first_five_minutes_take_at_most_25_keys() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    check(&mut harness, "", &["LOOK HERE FIRST", "denied, then done", "BALANCED"]);
    check(&mut harness, "<enter>", &[">09:31:07.880", "DENY", "All > session mcp:8f2c"]);
    check(&mut harness, "<enter>", &["EVENT", "policy #17", "LINKS"]);
    check(&mut harness, "<esc> p", &["PIVOT ON THIS EVENT", "rows in case"]);
    check(&mut harness, "x", &["what role/ci-deploy", "1/3"]);
    check(&mut harness, "t b", &["1 events tagged bad"]);
    check(&mut harness, "<backspace> r", &["REPLAY mcp:8f2c", "step 3 of 6"]);
    check(&mut harness, "<esc> A <enter>", &["finding 1 made"]);
    check(&mut harness, "8", &["FINDINGS 1", "call iam_attach on role/ci-deploy"]);
    check(&mut harness, "E", &["EXPORT CHECK", "WARN"]);
    check(&mut harness, "E", &["bundle written to out/acme-0712"]);
    assert!(harness.n_keys <= 25, "{} keys", harness.n_keys);
    assert_eq!(acts.try_iter().next().as_deref(), Some("1 events tagged bad"));
}

#[test]
fn cursor_moves_and_pages_through_the_time_line() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2", &[">09:31:02.114", "1/210"]);
    check(&mut harness, "j j", &[">09:31:07.880", "3/210"]);
    check(&mut harness, "G", &["210/210"]);
    check(&mut harness, "g", &["1/210"]);
    check(&mut harness, "<pgdn> <ctrl-d> <ctrl-u>", &["12/210"]);
}

#[test]
fn jumps_find_denials_marks_and_sessions() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 e", &["3/210"]);
    check(&mut harness, "e", &["4/210"]);
    check(&mut harness, "e", &["no further denial below"]);
    check(&mut harness, "E", &["3/210"]);
    check(&mut harness, "g o o", &["3/210"]);
    check(&mut harness, "O", &["2/210"]);
    check(&mut harness, "b b b", &["5/210"]);
}

#[test]
fn search_moves_and_hides_nothing() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 / kms <enter>", &["9/210", ">09:32:19.030"]);
    check(&mut harness, "n", &["no further hit below"]);
    check(&mut harness, "N", &["no further hit above"]);
    check(&mut harness, "/ <up> <enter>", &["no further hit"]);
}

#[test]
fn filter_bar_narrows_and_escape_takes_terms_away() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 f", &["filter >", "person, role, user or service"]);
    check(&mut harness, "is:denied <enter>", &["f: is:denied", "1/2", "hidden 208"]);
    check(&mut harness, "F", &["filters off", "1/210", "OFF"]);
    check(&mut harness, "F f <esc>", &["filter >"]);
    check(&mut harness, "<esc>", &["1/210", "1 Overview"]);
}

#[test]
fn filter_bar_offers_values_with_counts_and_names_the_place_of_an_error() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 f act <tab>", &["action:", "200 events"]);
    check(&mut harness, "<down> <enter> <enter>", &["f: action=", "1/200"]);
    check(&mut harness, "f <ctrl-u> time:nonsense <enter>", &["at character"]);
}

#[test]
fn filter_that_hides_everything_says_so() {
    let mut harness = harness(80, 24);
    check(
        &mut harness,
        "2 f nonesuch <enter>",
        &["0 of 210 rows. Filters hide all of them: nonesuch", "(F shows them)"],
    );
    check(&mut harness, "3", &["0 of 210 rows"]);
}

#[test]
fn keep_and_drop_narrow_by_the_column() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 +", &["All > action call s3_get", "1/1"]);
    check(&mut harness, "<backspace>", &["1/210", "+- ACTION"]);
    check(&mut harness, "h", &["+- WHO"]);
    check(&mut harness, "-", &["All > not who alice", "1/204"]);
    check(&mut harness, "q", &["1/210"]);
}

#[test]
fn weak_pivot_paints_its_crumb_and_shift_opens_a_branch() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 p s", &["All > ~ session mcp:8f2c", "1/6"]);
    check(&mut harness, "p X", &["All > what finance-exports", "1/2"]);
    check(&mut harness, "H", &["HISTORY", "<- here", "session mcp:8f2c"]);
    check(&mut harness, "k <enter>", &["All > ~ session mcp:8f2c"]);
    check(&mut harness, "<alt-left>", &["All > what finance-exports"]);
    check(&mut harness, "<alt-right>", &["All > ~ session mcp:8f2c"]);
}

#[test]
fn cursor_stays_on_its_event_when_the_filter_changes() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 e e", &["4/210"]);
    check(&mut harness, "f is:denied <enter>", &["2/2", ">09:31:08.002"]);
    check(&mut harness, "F", &["4/210", ">09:31:08.002"]);
}

#[test]
fn selection_is_tagged_as_a_whole_with_text_or_criterion() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    check(&mut harness, "2 <space> <space>", &["sel 2", "+09:31:02.114"]);
    check(&mut harness, "t", &["TAG 2 events", "b bad"]);
    check(&mut harness, "t access", &["soc2/CC6.1"]);
    check(&mut harness, "<down> <enter>", &["2 events tagged soc2/CC6.1 for soc2/CC6.1"]);
    check(&mut harness, "<esc>", &["selection cleared"]);
    check(&mut harness, "t exfil <enter>", &["1 events tagged exfil"]);
    check(&mut harness, "c <enter>", &["nothing typed"]);
    harness.keys("c").text("looks odd").keys("<enter>");
    assert_eq!(acts.try_iter().last().as_deref(), Some("noted on 3: looks odd"));
    check(&mut harness, "u", &["undone"]);
    check(&mut harness, "<ctrl-r>", &["! there is nothing to redo"]);
}

#[test]
fn finding_takes_effect_owner_and_date_and_refuses_what_is_no_date() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    harness.keys("2 A <enter>");
    check(&mut harness, "8 m", &["FINDING 1", ">effect", "(what it led to", "due"]);
    check(&mut harness, "<enter>", &["EFFECT of finding 1"]);
    harness.text("rights of the pipeline").keys("<enter>");
    check(&mut harness, "", &["effect      rights of the pipeline"]);
    check(&mut harness, "G <enter>", &["DUE of finding 1", "2026-08-01"]);
    harness.text("soon").keys("<enter>");
    check(&mut harness, "", &["`soon` is no due"]);
    check(&mut harness, "<esc>", &["effect: rights of the pipeline"]);
    assert_eq!(acts.try_iter().filter(|act| act == "finding 1 changed").count(), 1);
}

#[test]
fn tag_is_struck_out_with_a_reason() {
    let (mut harness, acts) = harness_of(Case::default(), 80, 24);
    check(&mut harness, "2 X", &["this event has no tag to strike out"]);
    check(&mut harness, "e X", &["STRIKE OUT `bad` of 1 event."]);
    harness.text("not bad").keys("<enter>");
    assert_eq!(acts.try_iter().last().as_deref(), Some("bad struck out of 1 events: not bad"));
}

#[test]
fn read_only_case_refuses_acts_with_a_reason() {
    let desk = PaperDesk { is_read_only: true, ..PaperDesk::default() };
    let case = Case::default();
    let answering = Box::new(move |question: &_| case.answer(question));
    let mut harness = Harness::new(80, 24, &settings(), answering, Box::new(desk));
    check(&mut harness, "2 t", &["read-only", "! this case is open read-only here"]);
}

#[test]
fn lists_narrow_step_by_step() {
    let mut harness = harness(80, 24);
    check(&mut harness, "3", &["WHO", "HOW IT WAS FOUND", ">build-bot"]);
    check(&mut harness, "j <tab>", &["All > who alice", "4 Sessions", ">mcp:8f2c"]);
    check(&mut harness, "<tab>", &["All > who alice > session mcp:8f2c", "5 What"]);
    check(&mut harness, "<enter>", &["2 Timeline", "DENY"]);
    check(&mut harness, "<backspace> <backspace> <backspace>", &["1 Overview", ">alice"]);
    check(&mut harness, "S", &["sorted by denied", ">alice"]);
    check(&mut harness, "4 r", &["REPLAY mcp:8f2c"]);
}

#[test]
fn replay_plays_in_event_time_and_returns_to_its_step() {
    let mut harness = harness(80, 24);
    check(&mut harness, "4 r", &["PAUSED x4", "step 1 of 6", "idle over 5s cut: 00:22 skipped"]);
    harness.keys("<space>").wait(Duration::from_millis(200));
    check(&mut harness, "", &["PLAYING x4", "step 2 of 6"]);
    assert!(harness.is_animating());
    harness.wait(Duration::from_mins(1));
    check(&mut harness, "", &["PAUSED", "step 6 of 6"]);
    assert!(!harness.is_animating());
    check(&mut harness, "0 e", &["step 3 of 6"]);
    check(&mut harness, "i", &["idle played in full", "step 3 of 6"]);
    check(&mut harness, "+ - - L", &["x2", "ASKED"]);
    check_not(&mut harness, "HAPPENED");
    check(&mut harness, "9", &["step 6 of 6"]);
    check(&mut harness, "<enter>", &["EVENT"]);
    check(&mut harness, "<esc> q 2", &["1/210"]);
}

#[test]
fn leaving_replay_puts_the_cursor_on_the_step_it_stopped_on() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 r . . .", &["step 4 of 6"]);
    check(&mut harness, "<esc>", &["4/210", ">09:31:08.002"]);
}

#[test]
fn detail_shows_links_raw_bytes_and_copies() {
    let mut harness = harness(80, 24);
    check(
        &mut harness,
        "2 w",
        &["WHY   decision trace", "WHO SAYS SO", "LINKS = 1 exact", "4bf92f35"],
    );
    check(&mut harness, "o", &["s3:GetObject", "EVENT 00000000"]);
    check(&mut harness, "x", &["RAW", "sha256", "as it was at load"]);
    check(&mut harness, "q q y", &["COPY", "command line"]);
    check(&mut harness, "c", &["command line copied"]);
    assert_eq!(harness.copied, ["whytrail timeline --case 'acme-0712'"]);
    check(&mut harness, "y q", &["SQL copied"]);
    assert!(harness.copied.last().is_some_and(|text| text.starts_with("SELECT * FROM events")));
}

#[test]
fn palette_and_help_find_and_run_commands() {
    let mut harness = harness(80, 24);
    check(&mut harness, ": time", &["timeline"]);
    check(&mut harness, "line <enter>", &["1/210"]);
    harness.keys(":").text("goto 09:32").keys("<enter>");
    check(&mut harness, "", &[">09:32:02.000"]);
    check(&mut harness, "?", &["HELP   Timeline", "MOVE", "whytrail keymap"]);
    check(&mut harness, "overv", &["Overview"]);
    check(&mut harness, "<enter>", &["LOOK HERE FIRST"]);
    check(&mut harness, "? q", &["LOOK HERE FIRST"]);
}

#[test]
fn keys_that_cannot_act_say_why() {
    let mut harness = harness(80, 24);
    check(&mut harness, "t", &["`t`", "needs an event"]);
    check(&mut harness, "%", &["`%` has no meaning here"]);
    check(&mut harness, "<backspace>", &["nothing to go back to"]);
    check(&mut harness, "<esc>", &["q leaves"]);
    assert!(!harness.has_quit);
    harness.keys("q");
    assert!(harness.has_quit);
}

#[test]
fn control_c_stops_and_twice_quits() {
    let mut harness = harness(80, 24);
    check(&mut harness, "<ctrl-c>", &["nothing is running"]);
    harness.wait(Duration::from_secs(5));
    check(&mut harness, "<ctrl-c>", &["nothing is running"]);
    assert!(!harness.has_quit);
    harness.keys("<ctrl-c>");
    assert!(harness.has_quit);
}

#[test]
fn rows_that_arrive_wait_until_they_are_folded_in() {
    let cell = std::rc::Rc::new(std::cell::Cell::new(50));
    let known = std::rc::Rc::clone(&cell);
    let answering = Box::new(move |question: &_| Case::with_noise(known.get()).answer(question));
    let mut harness = Harness::new(80, 24, &settings(), answering, Box::new(PaperDesk::default()));
    check(&mut harness, "2 j", &["2/60"]);
    cell.set(80);
    let load = LoadState {
        percent: Some(61),
        rows: 90,
        current: "ct/us-east-1".into(),
        generation: 1,
        ..LoadState::default()
    };
    harness.load(load.clone()).wait(Duration::from_secs(2));
    check(&mut harness, "", &["LOADING 61%", "2/60", "+0 above +30 below (R folds in)"]);
    check(&mut harness, "R", &["2/90"]);
    check_not(&mut harness, "folds in");
    harness.load(LoadState { finished: true, generation: 2, ..load });
    check_not(&mut harness, "LOADING");
}

#[test]
fn first_rows_are_shown_as_soon_as_they_arrive() {
    let cell = std::rc::Rc::new(std::cell::Cell::new(false));
    let has_rows = std::rc::Rc::clone(&cell);
    let answering = Box::new(move |question: &_| {
        let case = if has_rows.get() { Case::with_noise(0) } else { Case { rows: Vec::new() } };
        case.answer(question)
    });
    let mut harness = Harness::new(80, 24, &settings(), answering, Box::new(PaperDesk::default()));
    check(&mut harness, "2", &["0/0"]);
    cell.set(true);
    harness
        .load(LoadState { rows: 10, generation: 1, ..LoadState::default() })
        .wait(Duration::from_millis(100));
    check(&mut harness, "", &["1/10", ">09:31:02.114"]);
}

#[test]
fn states_without_rows_have_their_own_sentences() {
    let mut answering_nothing = harness_with(|_| Err(crate::store::Fault::Interrupted));
    check(&mut answering_nothing, "2", &["Stopped before the rows were found"]);
    let mut loading = harness_of(Case { rows: Vec::new() }, 80, 24).0;
    loading.load(LoadState {
        percent: Some(61),
        current: "ct/us-east-1".into(),
        ..LoadState::default()
    });
    check(&mut loading, "2", &["No rows yet. 61% read; ct/us-east-1 still to come."]);
    let mut empty = harness_with(|question| match question {
        super::question::Question::Overview => Ok(Answer::Overview(Box::default())),
        other => Case { rows: Vec::new() }.answer(other),
    });
    check(&mut empty, "2", &["No evidence loaded. Give a file or folder: whytrail PATH"]);
    check(&mut empty, "8", &["No finding yet"]);
}

fn harness_with(
    answering: impl FnMut(&super::question::Question) -> Result<Answer, crate::store::Fault> + 'static,
) -> Harness {
    Harness::new(80, 24, &settings(), Box::new(answering), Box::new(PaperDesk::default()))
}

#[test]
fn hostile_text_never_reaches_the_cells() {
    let mut case = Case::with_noise(0);
    for row in &mut case.rows {
        row.who = "a\x1b[31m\u{202e}b\nc".into();
        row.action = "\u{9b}2J\u{200b}x".into();
    }
    let mut harness = harness_of(case, 120, 30).0;
    for keys in ["2", "<enter>", "<esc> p", "<esc> y", "<esc> r", "<esc> 3", "4"] {
        harness.keys(keys);
        let screen = harness.screen();
        let is_active = |letter: &char| {
            (letter.is_control() && *letter != '\n') || "\u{202e}\u{200b}".contains(*letter)
        };
        assert_eq!(screen.chars().find(is_active), None, "after {keys}\n{screen}");
    }
    check(&mut harness, "2", &["a\\x1b..}b\\nc", "\\u{9b}2J"]);
}

#[test]
fn every_view_draws_at_any_size() {
    let keys = [
        "1",
        "2",
        "3",
        "4",
        "5",
        "8",
        "2 <enter>",
        "<esc> x",
        "<esc> r",
        "<esc> p",
        "<esc> t",
        "<esc> f",
        "<esc> ?",
        "<esc> :",
        "<esc> H",
        "<esc> y",
    ];
    let mut harness = harness(80, 24);
    for key in keys {
        harness.keys(key);
        for (columns, rows) in [
            (0, 0),
            (1, 1),
            (20, 5),
            (59, 40),
            (60, 16),
            (61, 17),
            (80, 24),
            (119, 16),
            (120, 40),
            (250, 80),
        ] {
            harness.resize(columns, rows);
            let screen = harness.screen();
            assert!(
                screen.lines().all(|line| crate::text::width::cells(line) <= usize::from(columns)),
                "{screen}"
            );
        }
    }
}

#[test]
fn small_terminal_says_what_it_needs() {
    let mut harness = harness(50, 10);
    check(&mut harness, "", &["whytrail needs 60x16"]);
    harness.keys("q");
    assert!(harness.has_quit);
}

#[test]
fn ascii_mode_draws_nothing_else() {
    let case = Case::default();
    let plain =
        Settings { ascii: true, color: ColorDepth::None, start: StartAt::Timeline, ..settings() };
    let answering = Box::new(move |question: &_| case.answer(question));
    let mut harness = Harness::new(132, 40, &plain, answering, Box::new(PaperDesk::default()));
    for keys in ["", "r", "<esc> 3", "?"] {
        harness.keys(keys);
        assert!(harness.screen().is_ascii());
        let has_color = harness.buffer().content.iter().any(|cell| {
            !matches!(cell.fg, ratatui::style::Color::Reset)
                || !matches!(cell.bg, ratatui::style::Color::Reset)
        });
        assert!(!has_color, "color after {keys}");
    }
}

#[test]
fn text_can_be_pasted_only_where_text_is_taken() {
    let mut harness = harness(80, 24);
    harness.keys("2").paste("kms");
    check(&mut harness, "", &["nothing here takes text"]);
    harness.keys("/").paste("kms");
    check(&mut harness, "<enter>", &["9/210"]);
}

#[test]
fn load_that_was_cut_short_says_so_until_the_end() {
    let mut harness = harness(80, 24);
    harness.load(LoadState {
        finished: true,
        trouble: Some("the disk is full".into()),
        ..LoadState::default()
    });
    check(&mut harness, "", &["LOAD CUT SHORT", "! loading was cut short: the disk is full"]);
    check(&mut harness, "j", &["LOAD CUT SHORT", " loading was cut short: the disk is full"]);
}

#[test]
fn rows_of_an_older_filter_never_stand_under_a_newer_one() {
    let case = Case::default();
    let mut harness = harness_with(move |question| match question {
        super::question::Question::Page { filter, .. }
            if filter.enabled && filter.text().contains("nonesuch") =>
        {
            Err(crate::store::Fault::Interrupted)
        }
        super::question::Question::Subjects(filter)
            if filter.enabled && filter.text().contains("nonesuch") =>
        {
            Err(crate::store::Fault::Interrupted)
        }
        other => case.answer(other),
    });
    check(&mut harness, "2 j j f nonesuch <enter>", &["Stopped before the rows were found", "0/0"]);
    check(&mut harness, "t", &["! there is no event under the cursor"]);
    check(&mut harness, "3", &["Stopped before the subjects were found"]);
    check(&mut harness, "2 F", &["3/210", ">09:31:07.880"]);
}

#[test]
fn leads_that_arrive_do_not_move_the_one_under_the_cursor() {
    use crate::model::rows::{Lead, Overview};
    let has_more = std::rc::Rc::new(std::cell::Cell::new(false));
    let grown = std::rc::Rc::clone(&has_more);
    let lead = |title: &str| Lead {
        kind: "actor".into(),
        title: title.into(),
        detail: String::new(),
        why: "2 refused".into(),
        filter: format!("who={title}"),
        ..Lead::default()
    };
    let mut harness = harness_with(move |question| match question {
        super::question::Question::Overview => {
            let titles: &[&str] =
                if grown.get() { &["new", "one", "two"] } else { &["one", "two"] };
            let leads = titles.iter().map(|title| lead(title)).collect();
            Ok(Answer::Overview(Box::new(Overview { leads, ..Overview::default() })))
        }
        other => Case::default().answer(other),
    });
    check(&mut harness, "j", &[">2  actor   two"]);
    has_more.set(true);
    harness
        .load(LoadState { generation: 1, rows: 10, ..LoadState::default() })
        .wait(Duration::from_secs(2));
    check(&mut harness, "", &[">3  actor   two"]);
    check(&mut harness, "<enter>", &["All > actor two"]);
}

#[test]
fn idle_screens_do_not_animate() {
    let mut harness = harness(80, 24);
    for keys in ["", "2", "<enter>", "<esc> 3", "p"] {
        harness.keys(keys);
        assert!(!harness.is_animating(), "animates after {keys}");
    }
}

#[test]
fn stopped_question_says_so_and_nothing_goes_on_waiting() {
    let mut harness = harness_with(|_| Err(crate::store::Fault::Interrupted));
    harness.keys("2 <ctrl-c>");
    assert!(!harness.is_animating());
}

#[test]
fn strip_is_asked_again_when_the_width_changes() {
    let mut harness = harness(80, 24);
    harness.keys("2").resize(140, 40);
    let screen = harness.screen();
    let strip = screen.lines().nth(2).unwrap_or_default();
    assert!(crate::text::width::cells(strip) > 120, "{strip}");
}

#[test]
fn wide_lists_show_the_other_two_beside_the_row() {
    let mut harness = harness(140, 40);
    check(&mut harness, "3 j", &[">alice", "SESSIONS 1", "WHAT 2"]);
    check(&mut harness, "k", &[">build-bot", "SESSIONS 0"]);
    check(&mut harness, "4", &["WHO 1", "WHAT 2"]);
}

#[test]
fn time_is_shown_in_three_ways_and_as_distance() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 j j T", &["LOCAL", "2026-07-12 L"]);
    check(&mut harness, "T", &["RELATIVE", "+00:00:05.7", "TIME (+)"]);
    check(&mut harness, "T d", &["SINCE PREV", "+5s"]);
}

#[test]
fn strip_zooms_around_the_cursor_and_back() {
    let mut harness = harness(80, 24);
    check(&mut harness, "2 Z", &["the strip shows the whole span already"]);
    let whole = harness.screen().lines().nth(2).unwrap_or_default().to_owned();
    harness.keys("z");
    assert_ne!(harness.screen().lines().nth(2).unwrap_or_default(), whole);
    harness.keys("Z");
    assert_eq!(harness.screen().lines().nth(2).unwrap_or_default(), whole);
}

#[test]
fn sources_are_listed_with_their_reasons() {
    let mut harness = harness(80, 24);
    check(&mut harness, "x", &["SOURCES", "damaged: gzip ends early at byte 40,960"]);
    check(&mut harness, "<esc>", &["LOOK HERE FIRST"]);
}

#[test]
fn finding_changes_state_severity_and_narrative() {
    let mut harness = harness(80, 24);
    check(&mut harness, "8 t", &["there is no finding yet"]);
    check(&mut harness, "2 A <enter> 8", &["open", "medium", "no narrative yet"]);
    check(&mut harness, "t", &["confirmed"]);
    check(&mut harness, ">", &["high"]);
    check(&mut harness, "< <", &["low"]);
    harness.keys("c").text("what the agent did").keys("<enter>");
    check(&mut harness, "", &["what the agent did"]);
    check(&mut harness, "2 j A <ctrl-u> 1 <enter> 8", &[" 2 -"]);
    check(&mut harness, "<enter>", &["2 Timeline", "1/210"]);
}

#[test]
fn export_opens_its_check_from_any_screen_and_escape_leaves_it() {
    let mut harness = harness(80, 24);
    check(&mut harness, "E", &["FINDINGS 0", "EXPORT CHECK"]);
    check(&mut harness, "<esc>", &["No finding yet"]);
    check_not(&mut harness, "EXPORT CHECK");
    harness.keys("2 :").text("export").keys("<enter>");
    check(&mut harness, "", &["EXPORT CHECK"]);
}

#[test]
fn mouse_is_off_until_it_is_asked_for_and_then_moves_the_cursor() {
    use super::msg::{Mouse, Msg};
    let mut harness = harness(80, 24);
    check(&mut harness, "2 <f2>", &["mouse on; F2 turns it off"]);
    harness.happen(Msg::Mouse(Mouse::Press { column: 5, row: 7 }));
    check(&mut harness, "", &["3/210"]);
    harness.happen(Msg::Mouse(Mouse::WheelUp));
    check(&mut harness, "", &["2/210"]);
    check(&mut harness, "<f2>", &["mouse off"]);
}
