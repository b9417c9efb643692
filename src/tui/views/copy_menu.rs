//! The copy menu: `y`, then a letter for what is copied.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::command::Command;
use crate::tui::effect::{Copyable, Effect};
use crate::tui::env::Env;
use crate::tui::key::Key;
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;

/// The overlay.
#[derive(Debug)]
pub(super) struct CopyView {
    choices: Vec<Copyable>,
}

impl CopyView {
    pub(super) const fn new(choices: Vec<Copyable>) -> Self {
        Self { choices }
    }
}

impl View for CopyView {
    fn name(&self) -> &'static str {
        "Copy"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, _env: &Env) -> Option<Vec<Effect>> {
        let letter = key.typed()?;
        let copy = match self.choices.iter().find(|choice| choice.letter == letter) {
            Some(choice) => Effect::Copy { what: choice.what, text: choice.text.clone() },
            None => Effect::Refuse(format!("`y {letter}` copies nothing here")),
        };
        Some(vec![Effect::Close, copy])
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        canvas.say(1, 1, "COPY", Role::Title);
        for (idx, choice) in self.choices.iter().enumerate() {
            canvas.say(2, 2 + idx, &choice.letter.to_string(), Role::Title);
            let plain = canvas.style(Role::Plain);
            canvas.put(5, 2 + idx, 13, choice.what, plain);
            canvas.say(19, 2 + idx, &choice.text, Role::Faint);
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        Extent::Lower(u16::try_from(self.choices.len() + 2).unwrap_or(u16::MAX))
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        Some("letter copies   Esc copies nothing".to_owned())
    }
}
