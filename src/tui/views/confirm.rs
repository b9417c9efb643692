//! A question that is answered by `y` or left: asked before a saved view is lost.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::command::Command;
use crate::tui::effect::{Confirm, Effect};
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;

/// The overlay.
#[derive(Debug)]
pub(super) struct ConfirmView {
    what: Confirm,
}

impl ConfirmView {
    pub(super) const fn new(what: Confirm) -> Self {
        Self { what }
    }

    fn question(&self) -> String {
        match &self.what {
            Confirm::ReplaceView(name) => {
                format!("A view `{name}` is saved already. Save this one in its place?")
            }
            Confirm::DeleteView(name) => format!("Delete the saved view `{name}`?"),
        }
    }

    fn act(&self) -> Effect {
        match &self.what {
            Confirm::ReplaceView(name) => Effect::SaveView(name.clone()),
            Confirm::DeleteView(name) => Effect::DeleteView(name.clone()),
        }
    }
}

impl View for ConfirmView {
    fn name(&self) -> &'static str {
        "Question"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, _env: &Env) -> Option<Vec<Effect>> {
        if key.typed() == Some('y') {
            return Some(vec![Effect::Close, self.act()]);
        }
        let is_no = key.typed().is_some() || key.code == Code::Enter;
        is_no.then(|| vec![Effect::Close, Effect::Say("nothing was changed".to_owned())])
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        let width = canvas.width().saturating_sub(2);
        let question = crate::text::sanitize(&self.question()).into_owned();
        for (y, line) in crate::text::width::wrap(&question, width).iter().take(2).enumerate() {
            canvas.say(1, y + 1, line, Role::Title);
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        Extent::Lower(3)
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        Some("y yes   any other key leaves it as it is   Esc leave it".to_owned())
    }
}
