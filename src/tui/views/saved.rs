//! The saved views of the case: letters narrow the list, Enter opens a view, `X` deletes it after asking, `y` copies.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::command_line_of;
use crate::text::fuzzy;
use crate::tui::command::Command;
use crate::tui::effect::{Confirm, Copyable, Effect, Spec};
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::line::Line;
use crate::tui::memory::{SavedView, screen_of};
use crate::tui::theme::Role;
use crate::tui::view::View;
use crate::tui::widgets::canvas::{Canvas, Cut};
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::words::counted;

/// The overlay.
#[derive(Debug, Default)]
pub(super) struct SavedViews {
    line: Line,
    cursor: Cursor,
}

impl SavedViews {
    fn found<'e>(&self, env: &'e Env) -> Vec<&'e SavedView> {
        let typed = self.line.text();
        if typed.trim().is_empty() {
            return env.views.iter().collect();
        }
        let named = env.views.iter().map(|view| (view, view.name.as_str()));
        fuzzy::rank(&typed, named).into_iter().map(|(_, view)| view).collect()
    }

    fn on_view(&self, env: &Env, act: impl FnOnce(&SavedView) -> Effect) -> Vec<Effect> {
        let found = self.found(env);
        let nothing = || {
            let why = if env.views.is_empty() {
                "no view is saved yet  (Esc, then s saves one)"
            } else {
                "no saved view is like this"
            };
            Effect::Refuse(why.to_owned())
        };
        vec![found.get(self.cursor.at).map_or_else(nothing, |view| act(view))]
    }

    /// Keys that are commands here: those for striking out and, before anything is typed, for copying and closing.
    fn command(&self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        let means = |command| env.keymap.candidates(key).any(|candidate| candidate == command);
        if means(Command::Strike) {
            let delete = |view: &SavedView| {
                Effect::Open(Spec::Confirm(Confirm::DeleteView(view.name.clone())))
            };
            return Some(self.on_view(env, delete));
        }
        if !self.line.is_empty() {
            return None;
        }
        if means(Command::Copy) {
            return Some(self.on_view(env, |view| copy(view, env)));
        }
        if means(Command::Quit) {
            return Some(vec![Effect::Close]);
        }
        means(Command::Help).then(|| {
            let words = "letters find a view; Enter opens it, X deletes it, y copies; Esc closes";
            vec![Effect::Say(words.to_owned())]
        })
    }
}

fn copy(view: &SavedView, env: &Env) -> Effect {
    let (Ok(place), Ok(screen)) = (view.place.restore(), screen_of(&view.screen)) else {
        return Effect::Refuse("this view cannot be read".to_owned());
    };
    let filter = place.filter();
    let columns = view.columns.as_deref().unwrap_or_default();
    let line = command_line_of(screen, &filter, columns, env);
    Effect::Open(Spec::Copy(vec![
        Copyable {
            letter: 'q',
            what: "SQL",
            text: crate::text::sanitize(&crate::query::sql::statement(&filter)).into_owned(),
        },
        Copyable { letter: 'c', what: "command line", text: line },
    ]))
}

/// Returns what a view narrows by, in one line.
fn words(view: &SavedView) -> String {
    let Ok(place) = view.place.restore() else { return "cannot be read".to_owned() };
    let bar = place.bar_text();
    let bar = if bar.is_empty() { String::new() } else { format!("  f: {bar}") };
    let off = if place.is_filtering { "" } else { "  OFF" };
    format!("{}{bar}{off}", place.trail())
}

impl View for SavedViews {
    fn name(&self) -> &'static str {
        "Views"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        if let Some(effects) = self.command(key, env) {
            return Some(effects);
        }
        let n_found = self.found(env).len();
        let moved = match key.code {
            Code::Enter => {
                return Some(self.on_view(env, |view| Effect::OpenView(view.name.clone())));
            }
            Code::Esc => return None,
            Code::Down => Command::Down,
            Code::Up => Command::Up,
            Code::PageDown => Command::PageDown,
            Code::PageUp => Command::PageUp,
            _ => {
                if !self.line.press(key) {
                    return None;
                }
                self.cursor.at = 0;
                return Some(Vec::new());
            }
        };
        self.cursor.obey(moved, n_found);
        Some(Vec::new())
    }

    fn paste(&mut self, text: &str, _env: &Env) -> Option<Vec<Effect>> {
        self.line.paste(text);
        self.cursor.at = 0;
        Some(Vec::new())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, "SAVED VIEWS", Role::Title);
        let prompt = "type to find one: ";
        super::draw_line(&mut canvas.part(20, 0, usize::MAX, 1), 0, prompt, &self.line);
        canvas.rule(0, 1);
        let found = self.found(env);
        if found.is_empty() {
            let words = if env.views.is_empty() {
                "No view is saved yet. `s` on any screen saves what it shows under a name."
            } else {
                "No saved view is like this."
            };
            let width = canvas.width().saturating_sub(3);
            for (y, line) in crate::text::width::wrap(words, width).iter().enumerate() {
                canvas.say(2, 3 + y, line, Role::Plain);
            }
        }
        let name = (canvas.width() / 3).clamp(12, 40);
        let shown = self.cursor.fit(found.len(), canvas.height().saturating_sub(2));
        for (y, idx) in shown.enumerate() {
            let (Some(view), y) = (found.get(idx), y + 2) else { continue };
            let (plain, faint) = (canvas.style(Role::Plain), canvas.style(Role::Faint));
            canvas.put(2, y, name, &view.name, plain);
            canvas.put(name + 4, y, 8, &view.screen, plain);
            let room = canvas.width().saturating_sub(name + 14);
            canvas.put_cut(name + 14, y, room, &words(view), faint, Cut::Middle);
            if idx == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y, ">", Role::Title);
                canvas.restyle(0, y, width, style);
            }
        }
    }

    fn position(&self, env: &Env) -> String {
        let words = counted(env.views.len() as u64, "view");
        format!("{words}   s on a screen saves what it shows")
    }

    fn footer(&self, env: &Env) -> Option<String> {
        let key = |command| env.keymap.key_text(command);
        let (strike, copy) = (key(Command::Strike), key(Command::Copy));
        Some(format!("Enter open   {strike} delete   {copy} copy   letters find   Esc close"))
    }
}
