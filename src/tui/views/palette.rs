//! The command palette: any command by a few letters of its name or help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::fuzzy;
use crate::tui::command::{Command, Entry, Group, TABLE};
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::line::Line;
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;

/// Commands shown at once.
const SHOWN: usize = 8;

/// The overlay.
#[derive(Debug, Default)]
pub(super) struct PaletteView {
    line: Line,
    choice: usize,
}

impl PaletteView {
    fn found(&self) -> Vec<&'static Entry> {
        let typed = self.line.text();
        if typed.trim().is_empty() {
            // Nobody opens the palette to move a line: what needs no name comes last.
            let is_move = |entry: &&Entry| entry.group == Group::Move;
            let others = TABLE.iter().filter(|entry| !is_move(entry));
            return others.chain(TABLE.iter().filter(is_move)).take(SHOWN).collect();
        }
        let exact = TABLE.iter().filter(|entry| entry.name == typed.trim());
        let texts: Vec<String> =
            TABLE.iter().map(|entry| format!("{} {}", entry.name, entry.help)).collect();
        let ranked = fuzzy::rank(&typed, TABLE.iter().zip(texts.iter().map(String::as_str)));
        let others =
            ranked.into_iter().map(|(_, entry)| entry).filter(|entry| entry.name != typed.trim());
        exact.chain(others).take(SHOWN).collect()
    }

    fn finish(&self) -> Vec<Effect> {
        let typed = self.line.text();
        if let Some(time) = typed.trim().strip_prefix("goto ") {
            return vec![Effect::Close, Effect::GoToTime(time.to_owned())];
        }
        match self.found().get(self.choice) {
            Some(entry) => vec![Effect::Close, Effect::Obey(entry.command)],
            None => vec![Effect::Refuse(format!("no command is like `{}`", typed.trim()))],
        }
    }
}

impl View for PaletteView {
    fn name(&self) -> &'static str {
        "Commands"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, _env: &Env) -> Option<Vec<Effect>> {
        match key.code {
            Code::Enter => return Some(self.finish()),
            Code::Esc => return None,
            Code::Down => self.choice = (self.choice + 1).min(self.found().len().saturating_sub(1)),
            Code::Up => self.choice = self.choice.saturating_sub(1),
            _ => {
                if !self.line.press(key) {
                    return None;
                }
                self.choice = 0;
            }
        }
        Some(Vec::new())
    }

    fn paste(&mut self, text: &str, _env: &Env) -> Option<Vec<Effect>> {
        self.line.paste(text);
        Some(Vec::new())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        super::draw_line(&mut canvas, 1, ":", &self.line);
        for (idx, entry) in self.found().into_iter().enumerate() {
            let plain = canvas.style(Role::Plain);
            canvas.put(3, 2 + idx, 20, entry.name, plain);
            canvas.put(24, 2 + idx, 12, &env.keymap.key_text(entry.command), plain);
            canvas.say(37, 2 + idx, entry.help, Role::Faint);
            if idx == self.choice {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(1, 2 + idx, ">", Role::Title);
                canvas.restyle(1, 2 + idx, width, style);
            }
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        Extent::Lower(u16::try_from(SHOWN + 2).unwrap_or(u16::MAX))
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        Some("Enter run   Up Down choose   goto 09:31 goes to a time   Esc close".to_owned())
    }
}
