//! The four questions with their answers: verdict, numbers, the events behind each, and what bars a better answer. Enter
//! opens the event of the line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::command_about;
use crate::criteria::ask;
use crate::model::EventId;
use crate::report::answers::{self, Length, Sort};
use crate::text::{sanitize, width};
use crate::tui::command::Command;
use crate::tui::effect::{Copyable, Effect, Spec};
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::{Cursor, MOVES};
use crate::tui::widgets::words::count;

/// A line as wide as the screen.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    sort: Sort,
    event: Option<EventId>,
}

/// The overlay.
#[derive(Debug, Default)]
pub(super) struct AskView {
    made: Slot<Vec<ask::Answer>>,
    lines: Vec<Line>,
    width: usize,
    cursor: Cursor,
}

impl AskView {
    fn lay_out(&mut self, width: usize) {
        let answers = self.made.value().map_or(&[][..], Vec::as_slice);
        let mut lines: Vec<Line> = Vec::new();
        for answer in answers {
            if !lines.is_empty() {
                lines.push(Line { text: String::new(), sort: Sort::Plain, event: None });
            }
            for line in answers::lines(answer, Length::Full) {
                // What goes on in the next line stands under what it belongs to.
                let harmless = sanitize(&line.text);
                let inset = harmless.chars().take_while(|letter| *letter == ' ').count();
                let room = width.saturating_sub(inset).max(10);
                let wrapped = width::wrap(harmless.trim_start(), room).into_iter();
                lines.extend(wrapped.map(|text| Line {
                    text: format!("{}{text}", " ".repeat(inset)),
                    sort: line.sort,
                    event: line.event,
                }));
            }
        }
        self.lines = lines;
    }

    fn event(&self) -> Option<EventId> {
        self.lines.get(self.cursor.at)?.event
    }
}

const fn role(sort: Sort) -> Role {
    match sort {
        Sort::Question | Sort::Says | Sort::Head => Role::Title,
        Sort::Plain => Role::Plain,
        Sort::Against => Role::Refused,
        Sort::Limit => Role::Blind,
    }
}

impl View for AskView {
    fn name(&self) -> &'static str {
        "Questions"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Why,
            C::Copy,
            C::Down,
            C::Up,
            C::First,
            C::Last,
            C::PageDown,
            C::PageUp,
            C::HalfDown,
            C::HalfUp,
        ]
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if MOVES.contains(&command) {
            self.cursor.obey(command, self.lines.len());
            return Vec::new();
        }
        let none = || Effect::Refuse("no event on this line; j k go to one".to_owned());
        vec![match command {
            Command::Open => {
                self.event().map_or_else(none, |event| Effect::Open(Spec::Detail(event)))
            }
            Command::Why => self.event().map_or_else(none, |event| Effect::Open(Spec::Why(event))),
            Command::Copy => Effect::Open(Spec::Copy(vec![Copyable {
                letter: 'c',
                what: "command line",
                text: command_about("ask", env),
            }])),
            _ => return Vec::new(),
        }]
    }

    fn awaits_rows(&self) -> bool {
        self.made.is_asking() && self.made.value().is_none()
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        let is_new = self.made.accept(done, |answer| match answer {
            Answer::Ask(made) => Some(made),
            _ => None,
        });
        if is_new {
            self.lay_out(self.width.max(20));
        }
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        if env.is_loading() || why == Refresh::Filter {
            return Vec::new();
        }
        vec![self.made.ask(LaneName::Back, Question::Ask)]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, "THE FOUR QUESTIONS", Role::Title);
        canvas.rule(0, 1);
        if self.made.value().is_none() {
            let failure = self.made.failure();
            let words =
                empty::sentence(Emptiness { is_answered: false, failure, things: "answers" }, env);
            canvas.say(2, 2, &words, Role::Plain);
            return;
        }
        let room = canvas.width().saturating_sub(2).max(1);
        if self.width != room {
            self.width = room;
            self.lay_out(room);
        }
        let shown = self.cursor.fit(self.lines.len(), canvas.height().saturating_sub(2));
        for (y, place) in shown.enumerate() {
            let Some(line) = self.lines.get(place) else { continue };
            canvas.say(1, y + 2, &line.text, role(line.sort));
            if place == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 2, ">", Role::Title);
                canvas.restyle(0, y + 2, width, style);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let n_lines = self.lines.len();
        format!("line {} of {}", (self.cursor.at + 1).min(n_lines), count(n_lines as u64))
    }
}
