//! What the model does with answers that come late, never, or not at all.

use std::time::Duration;

use super::App;
use crate::job::Ticket;
use crate::store::Fault;
use crate::tui::canned::Case;
use crate::tui::command::TABLE;
use crate::tui::effect::{Effect, Screen, Spec};
use crate::tui::key::Key;
use crate::tui::msg::{Done, Msg};
use crate::tui::question::Question;
use crate::tui::settings::{Settings, StartAt};
use crate::tui::view::View;
use crate::tui::views;

const NOW: Duration = Duration::from_secs(1);

fn start() -> (App, Vec<(Ticket, Question)>) {
    let settings = Settings { start: StartAt::Timeline, ..Settings::default() };
    let (app, effects) = App::start(&settings, (80, 24), NOW);
    (app, questions(effects))
}

fn questions(effects: Vec<Effect>) -> Vec<(Ticket, Question)> {
    let asked = |effect| match effect {
        Effect::Ask { ticket, question, .. } => Some((ticket, question)),
        _ => None,
    };
    effects.into_iter().filter_map(asked).collect()
}

fn answer(app: &mut App, (ticket, question): &(Ticket, Question)) -> Vec<(Ticket, Question)> {
    let answer = Some(Case::default().answer(question));
    questions(app.update(Msg::Done(Done { ticket: *ticket, answer }), NOW))
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    app.update(Msg::Key(Key::parse(key).unwrap()), NOW)
}

#[test]
fn stopped_questions_are_not_waited_for_and_late_answers_are_dropped() {
    let (mut app, asked) = start();
    assert!(app.is_animating());
    let effects = press(&mut app, "Ctrl-C");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StopAll)));
    assert!(!app.is_animating());
    for question in &asked {
        answer(&mut app, question);
    }
    assert_eq!(app.top().event(), None);
}

#[test]
fn newer_page_replaces_the_older_question() {
    let (mut app, asked) = start();
    let effects = press(&mut app, "G");
    let replaced = effects.iter().find_map(|effect| match effect {
        Effect::Ask { replaces, question: Question::Page { .. }, .. } => *replaces,
        _ => None,
    });
    let first =
        asked.iter().find(|(_, question)| matches!(question, Question::Page { .. })).unwrap();
    assert_eq!(replaced, Some(first.0));
    answer(&mut app, first);
    assert_eq!(app.top().event(), None, "the page that was not wanted any more is shown");
}

#[test]
fn letter_typed_while_the_pivot_menu_counts_is_taken_when_it_is_known() {
    let (mut app, asked) = start();
    let mut later: Vec<_> = asked.iter().flat_map(|asked| answer(&mut app, asked)).collect();
    later.extend(questions(press(&mut app, "p")));
    let is_menu = |asked: &&(Ticket, Question)| matches!(asked.1, Question::Pivots { .. });
    let menu = later.iter().find(is_menu).unwrap();
    press(&mut app, "s");
    assert!(app.env.place.crumbs.is_empty());
    answer(&mut app, menu);
    assert_eq!(app.env.place.trail(), "All > ~ session mcp:8f2c");
}

#[test]
fn crash_of_a_worker_fails_its_question_and_is_told_in_one_line() {
    let (mut app, asked) = start();
    let page =
        asked.iter().find(|(_, question)| matches!(question, Question::Page { .. })).unwrap();
    let crash = Msg::Crashed { ticket: Some(page.0), thread: "front".into(), text: "seven".into() };
    app.update(crash, NOW);
    let sentence = app.sentence().unwrap();
    assert!(
        sentence.is_refusal && sentence.text.contains("`front` failed inside: seven"),
        "{sentence:?}"
    );
    for other in asked.iter().filter(|other| other.0 != page.0) {
        answer(&mut app, other);
    }
    assert!(!app.is_animating());
}

#[test]
fn failed_question_is_shown_and_can_be_asked_again() {
    let (mut app, asked) = start();
    for (ticket, _) in asked {
        app.update(Msg::Done(Done { ticket, answer: Some(Err(Fault::Engine("odd".into()))) }), NOW);
    }
    let again = questions(press(&mut app, "R"));
    assert!(again.iter().any(|(_, question)| matches!(question, Question::Page { .. })));
}

#[test]
fn every_key_of_a_view_reaches_the_command_it_is_shown_for() {
    let (app, _) = start();
    let event = crate::model::EventId(1);
    let overlays = [
        Spec::Detail(event),
        Spec::Raw(event),
        Spec::Replay { session: "mcp:8f2c".into(), event: None },
        Spec::History,
        Spec::Sources,
    ];
    let all: Vec<Box<dyn View>> = Screen::ALL
        .iter()
        .map(|screen| views::screen(*screen))
        .chain(overlays.into_iter().map(|spec| views::overlay(spec, &app.env)))
        .collect();
    for view in &all {
        let here = view.commands();
        for entry in TABLE.iter().filter(|entry| here.contains(&entry.command)) {
            for key in app.env.keymap.keys(entry.command) {
                let reached = app.env.keymap.candidates(key).find(|command| here.contains(command));
                assert_eq!(reached, Some(entry.command), "`{key}` on {}", view.name());
            }
        }
    }
}

#[test]
fn every_command_of_every_screen_acts_or_is_obeyed_without_a_row() {
    for screen in Screen::ALL {
        for entry in TABLE {
            let (mut app, _) = start();
            app.update(Msg::Key(Key::parse(&screen.digit().to_string()).unwrap()), NOW);
            app.obey(entry.command);
        }
    }
}

#[test]
fn what_is_asked_before_the_rows_come_is_done_when_they_do() {
    let (mut app, asked) = start();
    for key in ["j", "j", "Enter"] {
        press(&mut app, key);
    }
    assert!(!app.has_overlay());
    // What follows a key that opens something would be a guess.
    press(&mut app, "t");
    for question in &asked {
        answer(&mut app, question);
    }
    assert!(app.has_overlay());
    assert_eq!(app.top().name(), "Detail");
    assert_eq!(app.overlays.len(), 1);
    press(&mut app, "Esc");
    assert_eq!(app.top().event(), Case::default().rows.get(2).map(|row| row.id));
}

#[test]
fn what_was_asked_on_another_screen_or_before_a_stop_is_not_done_later() {
    for key in ["1", "Ctrl-C"] {
        let (mut app, asked) = start();
        press(&mut app, "Enter");
        press(&mut app, key);
        for question in &asked {
            answer(&mut app, question);
        }
        assert!(!app.has_overlay(), "{key}");
    }
}
