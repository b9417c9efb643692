//! The pivot menu: what this event leads to, with the number of rows on the other side before the jump is taken.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::rows::PivotChoice;
use crate::model::{EventId, Grade};
use crate::query::filter::{field_differs, field_equals};
use crate::tui::command::Command;
use crate::tui::effect::{Branch, Effect, Screen};
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::msg::Done;
use crate::tui::place::Crumb;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Extent, Refresh, View};
use crate::tui::widgets::canvas::{Canvas, Cut};
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::words::count;

/// Choices shown at once.
const SHOWN: usize = 9;

/// The overlay.
#[derive(Debug)]
pub(super) struct PivotView {
    from: EventId,
    choices: Slot<Vec<PivotChoice>>,
    cursor: Cursor,
    /// Letter typed while the choices were still being counted.
    typed_early: Option<char>,
}

impl PivotView {
    pub(super) fn new(from: EventId) -> Self {
        Self { from, choices: Slot::default(), cursor: Cursor::default(), typed_early: None }
    }

    fn list(&self) -> &[PivotChoice] {
        self.choices.value().map_or(&[], Vec::as_slice)
    }

    fn take_letter(&mut self, letter: char) -> Effect {
        let lower = letter.to_ascii_lowercase();
        let branch = if letter.is_ascii_uppercase() { Branch::New } else { Branch::Onward };
        match self.list().iter().find(|choice| choice.letter == lower) {
            Some(choice) => self.take(choice, branch),
            None if letter == 'q' => Effect::Close,
            None if self.choices.is_asking() => {
                self.typed_early = Some(letter);
                Effect::Say(format!("counting; `{letter}` is taken as soon as it is known"))
            }
            None => Effect::Refuse(format!("`{letter}` is no choice of this menu")),
        }
    }

    fn take(&self, choice: &PivotChoice, branch: Branch) -> Effect {
        let term = field_equals(&choice.kind, &choice.value);
        let crumb = Crumb::of(&choice.kind, &choice.label, term, choice.grade);
        Effect::Narrow { crumb, branch, screen: Screen::Timeline, event: Some(self.from) }
    }
}

/// Drops every row with the value. The event pivoted from is among them, so the cursor goes elsewhere.
fn drop_value(choice: &PivotChoice) -> Effect {
    let term = field_differs(&choice.kind, &choice.value);
    let crumb = Crumb::of(&format!("not {}", choice.kind), &choice.label, term, choice.grade);
    Effect::Narrow { crumb, branch: Branch::Onward, screen: Screen::Timeline, event: None }
}

impl View for PivotView {
    fn name(&self) -> &'static str {
        "Pivot"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Letters are choices here, so only arrows move.
    fn typed(&mut self, key: Key, _env: &Env) -> Option<Vec<Effect>> {
        if let (Some(letter @ ('+' | '-')), Some(choice)) =
            (key.typed(), self.list().get(self.cursor.at))
        {
            return Some(vec![match letter {
                '+' => self.take(choice, Branch::Onward),
                _ => drop_value(choice),
            }]);
        }
        if let Some(letter) = key.typed() {
            return Some(vec![self.take_letter(letter)]);
        }
        let n_choices = self.list().len();
        match key.code {
            Code::Down => self.cursor.obey(Command::Down, n_choices),
            Code::Up => self.cursor.obey(Command::Up, n_choices),
            Code::Enter => {
                let choice = self.list().get(self.cursor.at);
                return Some(
                    choice.map_or_else(Vec::new, |choice| vec![self.take(choice, Branch::Onward)]),
                );
            }
            _ => return None,
        };
        Some(Vec::new())
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        self.choices.accept(done, |answer| {
            if let Answer::Pivots(choices) = answer { Some(choices) } else { None }
        });
        match self.typed_early.take_if(|_| !self.choices.is_asking()) {
            Some(letter) => vec![self.take_letter(letter)],
            None => Vec::new(),
        }
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        if why != Refresh::Shown {
            return Vec::new();
        }
        let question = Question::Pivots { filter: env.filter(), event: self.from };
        vec![self.choices.ask(LaneName::Front, question)]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let width = canvas.width();
        // Kind, value, two counts and the grade with its proof.
        let value = width.saturating_sub(59).clamp(10, 44);
        let (here, in_case, link) = (14 + value, 14 + value + 11, 14 + value + 27);
        canvas.rule(0, 0);
        canvas.say(3, 1, "PIVOT ON THIS EVENT", Role::Title);
        canvas.say(here, 1, " rows here", Role::Title);
        canvas.say(in_case, 1, " rows in case", Role::Title);
        canvas.say(link, 1, "link", Role::Title);
        if self.list().is_empty() {
            let words = match (self.choices.failure(), self.choices.is_asking()) {
                (Some(failure), _) => format!("counting failed: {failure}"),
                (None, true) => "counting ..".to_owned(),
                (None, false) => "this event carries no identifier that others share".to_owned(),
            };
            canvas.say(3, 2, &words, Role::Plain);
        }
        let shown = self.cursor.fit(self.list().len(), canvas.height().saturating_sub(2));
        for (line, idx) in shown.enumerate() {
            let Some(choice) = self.list().get(idx) else { continue };
            let (y, plain) = (line + 2, canvas.style(Role::Plain));
            canvas.say(2, y, &choice.letter.to_string(), Role::Title);
            canvas.put(5, y, 8, &choice.kind, plain);
            canvas.put_cut(14, y, value, &choice.label, plain, Cut::Middle);
            canvas.put(here, y, 10, &format!("{:>10}", count(choice.here)), plain);
            canvas.put(in_case, y, 13, &format!("{:>13}", count(choice.in_case)), plain);
            let style = env.theme.grade(choice.grade);
            canvas.put(link, y, width, &format!("{} {}", choice.grade, choice.proof), style);
            if idx == self.cursor.at {
                let style = canvas.style(Role::Cursor);
                canvas.say(0, y, ">", Role::Title);
                canvas.restyle(0, y, width, style);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let weak = self.list().iter().filter(|choice| choice.grade == Grade::Near).count();
        if weak > 0 {
            "a ~ link is a guess; its crumb carries the ~".to_owned()
        } else {
            String::new()
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        let n_lines = self.list().len().clamp(1, SHOWN) + 2;
        Extent::Lower(u16::try_from(n_lines).unwrap_or(u16::MAX))
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        let words = "letter jump   Shift-letter branch   + - keep or drop   Enter jump   Esc stay";
        Some(words.to_owned())
    }
}
