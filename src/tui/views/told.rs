//! Lines to be read whole: why a lead is listed, the original of a record. Kept by this view alone, and gone with it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::width;
use crate::tui::command::Command;
use crate::tui::desk::Secret;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::view::View;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::{Cursor, MOVES};
use crate::tui::widgets::words::count;

/// The overlay.
#[derive(Debug)]
pub(super) struct ToldView {
    title: String,
    lines: Vec<Secret>,
    /// The lines as wide as the screen.
    wrapped: Vec<Secret>,
    width: usize,
    cursor: Cursor,
}

impl ToldView {
    pub(super) fn new(title: String, lines: Vec<Secret>) -> Self {
        Self { title, lines, wrapped: Vec::new(), width: 0, cursor: Cursor::default() }
    }

    fn wrap(&mut self, width: usize) {
        if self.width == width {
            return;
        }
        self.width = width;
        let lines = self.lines.iter().flat_map(|line| width::wrap(line.text(), width));
        self.wrapped = lines.map(Secret::new).collect();
    }
}

impl View for ToldView {
    fn name(&self) -> &'static str {
        "Text"
    }

    fn commands(&self) -> &'static [Command] {
        &MOVES
    }

    fn obey(&mut self, command: Command, _env: &Env) -> Vec<Effect> {
        self.cursor.obey(command, self.wrapped.len());
        Vec::new()
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, &self.title, Role::Title);
        canvas.rule(0, 1);
        self.wrap(canvas.width().saturating_sub(2).max(1));
        let shown = self.cursor.fit(self.wrapped.len(), canvas.height().saturating_sub(2));
        for (y, idx) in shown.enumerate() {
            if let Some(line) = self.wrapped.get(idx) {
                canvas.say(1, y + 2, line.text(), Role::Plain);
            }
            if idx == self.cursor.at {
                canvas.say(0, y + 2, ">", Role::Title);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let n_lines = self.wrapped.len();
        format!("line {} of {}", (self.cursor.at + 1).min(n_lines), count(n_lines as u64))
    }
}
