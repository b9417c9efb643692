//! Declared facts as a form: what no log holds and a person has to say, and how many criteria wait for it.
//! Enter declares the key or changes the entry under the cursor; a list takes further entries, and what is declared can be
//! taken out again.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::command_about;
use crate::criteria::facts::is_list;
use crate::criteria::form::FormLine;
use crate::text::sanitize;
use crate::text::width::wrap;
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
/// Lines about the line under the cursor.
const FOOT: usize = 2;

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

    /// Returns the line under the cursor of a form that can be changed, or why there is none.
    fn changed(&self, env: &Env) -> Result<&FormLine, Effect> {
        let Some(line) = self.lines().get(self.cursor.at) else {
            return Err(Effect::Refuse("no fact is listed".to_owned()));
        };
        if env.is_read_only {
            return Err(Effect::Refuse("this case is open read-only here".to_owned()));
        }
        Ok(line)
    }

    /// Changes what stands under the cursor, or declares it.
    fn open(&self, env: &Env) -> Effect {
        let line = match self.changed(env) {
            Ok(line) => line,
            Err(refusal) => return refusal,
        };
        let value = line.value.as_deref().filter(|_| is_own(line)).unwrap_or_default();
        let braced = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let text = if is_entry(line) { braced.unwrap_or(value).trim() } else { value };
        declare(line.key.clone(), text)
    }

    /// Adds an entry to the list that the line belongs to.
    fn add(&self, env: &Env) -> Effect {
        match self.changed(env) {
            Err(refusal) => refusal,
            Ok(line) if is_list(&line.list) => declare(line.list.clone(), ""),
            Ok(line) => {
                Effect::Refuse(format!("`{}` is one value and no list; Enter changes it", line.key))
            }
        }
    }

    fn take_out(&self, env: &Env) -> Effect {
        match self.changed(env) {
            Err(refusal) => refusal,
            Ok(line) if is_own(line) => Effect::Open(Spec::DeclareReason {
                key: line.key.clone(),
                value: None,
                reason: String::new(),
            }),
            Ok(_) => Effect::Refuse("nothing is declared on this line".to_owned()),
        }
    }
}

fn declare(key: String, text: &str) -> Effect {
    let text = text.to_owned();
    Effect::Open(Spec::Declare { key, text, reason: String::new(), fault: None })
}

fn is_entry(line: &FormLine) -> bool {
    line.key != line.list
}

/// Returns true for a value that stands in the file: a limit of the rules has one without a word of the person.
fn is_own(line: &FormLine) -> bool {
    line.value.is_some() && (line.is_declared || !line.key.starts_with("thresholds."))
}

impl View for FactsView {
    fn name(&self) -> &'static str {
        "Facts"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::AddEntry,
            C::TakeOut,
            C::Copy,
            C::Undo,
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
            Command::AddEntry => vec![self.add(env)],
            Command::TakeOut => vec![self.take_out(env)],
            // The last act on events would be taken back, out of sight.
            Command::Undo => {
                let why = "a declared fact is not undone: Enter changes it, X takes it out";
                vec![Effect::Refuse(why.to_owned())]
            }
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
        let told =
            lines.get(self.cursor.at).map_or_else(Vec::new, |line| told(line, canvas.width()));
        let foot = 1 + FOOT;
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
        for (row, line) in (y + 1..).zip(&told) {
            canvas.say(1, row, line, Role::Plain);
        }
    }

    fn position(&self, _env: &Env) -> String {
        let n_lines = self.lines().len();
        let at = (self.cursor.at + 1).min(n_lines);
        format!("{at}/{}", count(n_lines as u64))
    }
}

/// Returns the foot: the whole value of an entry, which its line may be too short for, else what belongs under the key.
fn told(line: &FormLine, width: usize) -> Vec<String> {
    let text = match &line.value {
        Some(value) if is_entry(line) => format!("{}: {value}", line.key),
        _ => format!("{}: {}", line.key, line.asks),
    };
    let mut lines = wrap(&sanitize(&text), width.saturating_sub(2).max(1));
    lines.truncate(FOOT);
    lines
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
