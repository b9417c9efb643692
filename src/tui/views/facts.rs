//! Declared facts as a form: what no log holds and a person has to say, and how many criteria wait for it.
//! Enter declares the key under the cursor, or adds an entry to its list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::command_about;
use crate::criteria::form::FormLine;
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

/// Cells of the column of keys.
const KEY: usize = 28;

/// The overlay.
#[derive(Debug, Default)]
pub(super) struct FactsView {
    made: Slot<Vec<FormLine>>,
    cursor: Cursor,
}

impl FactsView {
    fn lines(&self) -> &[FormLine] {
        self.made.value().map_or(&[], Vec::as_slice)
    }

    fn open(&self, env: &Env) -> Effect {
        let Some(line) = self.lines().get(self.cursor.at) else {
            return Effect::Refuse("no fact is listed".to_owned());
        };
        if env.is_read_only {
            return Effect::Refuse("this case is open read-only here".to_owned());
        }
        // An entry of a list stays; another one is added to it.
        let is_entry = line.sets != line.key;
        let text =
            if is_entry || !line.is_declared { "" } else { line.value.as_deref().unwrap_or("") };
        Effect::Open(Spec::Declare {
            key: line.sets.clone(),
            asks: line.asks,
            text: text.to_owned(),
        })
    }
}

impl View for FactsView {
    fn name(&self) -> &'static str {
        "Facts"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
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
            self.cursor.obey(command, self.lines().len());
            return Vec::new();
        }
        match command {
            Command::Open => vec![self.open(env)],
            Command::Copy => vec![Effect::Open(Spec::Copy(vec![Copyable {
                letter: 'c',
                what: "command line",
                text: command_about("facts show", env),
            }]))],
            _ => Vec::new(),
        }
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        self.made.accept(done, |answer| match answer {
            Answer::Facts(made) => Some(made),
            _ => None,
        });
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, _env: &Env) -> Vec<Effect> {
        match why {
            Refresh::Shown | Refresh::Marks => {
                vec![self.made.ask(LaneName::Front, Question::Facts)]
            }
            Refresh::Filter | Refresh::Rows | Refresh::FoldIn => Vec::new(),
        }
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, "DECLARED FACTS", Role::Title);
        canvas.say_right(0, "what no log holds and a person has to say ", Role::Faint);
        canvas.rule(0, 1);
        let Some(lines) = self.made.value().cloned() else {
            let failure = self.made.failure();
            let words =
                empty::sentence(Emptiness { is_answered: false, failure, things: "facts" }, env);
            canvas.say(2, 2, &words, Role::Plain);
            return;
        };
        let foot = 2;
        let shown = self.cursor.fit(lines.len(), canvas.height().saturating_sub(2 + foot));
        for (y, place) in shown.enumerate() {
            let Some(line) = lines.get(place) else { continue };
            draw_line(&mut canvas, y + 2, line);
            if place == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 2, ">", Role::Title);
                canvas.restyle(0, y + 2, width, style);
            }
        }
        let y = canvas.height().saturating_sub(foot);
        canvas.rule(1, y);
        if let Some(line) = lines.get(self.cursor.at) {
            canvas.say(1, y + 1, &format!("{}: {}", line.sets, line.asks), Role::Plain);
        }
    }

    fn position(&self, _env: &Env) -> String {
        let n_lines = self.lines().len();
        let at = (self.cursor.at + 1).min(n_lines);
        format!("{at}/{}", count(n_lines as u64))
    }
}

fn draw_line(canvas: &mut Canvas<'_>, y: usize, line: &FormLine) {
    let style = canvas.style(Role::Plain);
    canvas.put(1, y, KEY - 1, &line.key, style);
    match &line.value {
        Some(value) => {
            let role = if line.is_declared { Role::Plain } else { Role::Faint };
            canvas.say(KEY + 1, y, value, role);
        }
        None if line.waits > 0 => {
            let text = format!("{} criteria wait for it", line.waits);
            canvas.say(KEY + 1, y, &text, Role::Blind);
        }
        None => {
            canvas.say(KEY + 1, y, "-", Role::Faint);
        }
    }
}
