//! The column chooser: which columns the time line shows, and in which order. The time line above shows each change.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::columns::KINDS;
use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;

/// The overlay.
#[derive(Debug, Default)]
pub(super) struct ChooserView {
    cursor: Cursor,
}

impl View for ChooserView {
    fn name(&self) -> &'static str {
        "Columns"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::ToggleColumn,
            C::MoveLater,
            C::MoveEarlier,
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
        if self.cursor.obey(command, KINDS.len()) {
            return Vec::new();
        }
        let mut columns = env.columns.clone();
        match command {
            Command::ToggleColumn => {
                if let Err(why) = columns.toggle(self.cursor.at) {
                    return vec![Effect::Refuse(why)];
                }
            }
            Command::MoveLater => self.cursor.at = columns.shift(self.cursor.at, 1),
            Command::MoveEarlier => self.cursor.at = columns.shift(self.cursor.at, -1),
            _ => return Vec::new(),
        }
        vec![Effect::SetColumns(columns)]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let screen = usize::from(env.size.0);
        canvas.rule(0, 0);
        canvas.say(1, 1, "COLUMNS of the time line", Role::Title);
        let list = if env.is_wide() { env.columns.list_width(screen) } else { screen };
        let cramped = env.columns.without_room(list, env.is_narrow());
        let shown = self.cursor.fit(KINDS.len(), canvas.height().saturating_sub(2));
        let all: Vec<_> = env.columns.all().collect();
        for (y, idx) in shown.enumerate() {
            let (Some((kind, is_shown)), y) = (all.get(idx), y + 2) else { continue };
            let plain = canvas.style(Role::Plain);
            canvas.say(2, y, if *is_shown { "[x]" } else { "[ ]" }, Role::Plain);
            canvas.put(6, y, 8, kind.column.title, plain);
            canvas.put(15, y, 9, kind.word, plain);
            canvas.put(25, y, 26, kind.help, canvas.style(Role::Faint));
            let why = match (kind.is_fixed, *is_shown && cramped.contains(&kind.name)) {
                (true, _) => "always shown".to_owned(),
                (_, true) => format!("no room in {list} cells"),
                _ => String::new(),
            };
            canvas.say(52, y, &why, Role::Faint);
            if idx == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y, ">", Role::Title);
                canvas.restyle(0, y, width, style);
            }
        }
    }

    fn position(&self, env: &Env) -> String {
        let n_shown = env.columns.shown().count();
        format!("{n_shown} of {} columns shown", KINDS.len())
    }

    fn extent(&self, env: &Env) -> Extent {
        // Some rows of the time line stay in sight, to see what a change does.
        let most = env.size.1.saturating_sub(14).max(6);
        Extent::Lower(most.min(u16::try_from(KINDS.len() + 2).unwrap_or(u16::MAX)))
    }
}
