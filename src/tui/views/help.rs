//! Help: the commands that work on the view below, with the keys in force. A search looks through all commands, and
//! what it finds can be run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::command::{ANYWHERE, Command, Group, entry};
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::line::Line;
use crate::tui::theme::Role;
use crate::tui::view::View;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;

/// Cells of a column of help.
const COLUMN: usize = 40;
/// Cells of the keys in it: `PgDn Ctrl-F`.
const KEYS: usize = 11;

/// The overlay.
#[derive(Debug)]
pub(super) struct HelpView {
    /// The view below and what it obeys.
    name: &'static str,
    commands: &'static [Command],
    line: Line,
    cursor: Cursor,
    n_lines: usize,
    height: usize,
}

/// One line of help: a heading, or keys with what they do.
#[derive(Debug, Clone)]
enum HelpLine {
    Heading(&'static str),
    Blank,
    Keys { keys: String, help: &'static str, command: Command },
}

impl HelpView {
    pub(super) fn new(name: &'static str, commands: &'static [Command]) -> Self {
        Self {
            name,
            commands,
            line: Line::default(),
            cursor: Cursor::default(),
            n_lines: 0,
            height: 0,
        }
    }

    fn lines(&self, env: &Env) -> Vec<HelpLine> {
        let typed = self.line.text().to_lowercase();
        let mut lines = Vec::new();
        for group in Group::ALL {
            let found: Vec<HelpLine> = env
                .keymap
                .help_lines(*group)
                .into_iter()
                .filter(|(keys, help, command)| match typed.as_str() {
                    "" => self.is_here(*command),
                    typed => {
                        help.to_lowercase().contains(typed) || keys.to_lowercase().contains(typed)
                    }
                })
                .map(|(keys, help, command)| (self.keys_here(keys, command, env), help, command))
                .map(|(keys, help, command)| HelpLine::Keys { keys, help, command })
                .collect();
            if found.is_empty() {
                continue;
            }
            if !lines.is_empty() {
                lines.push(HelpLine::Blank);
            }
            lines.push(HelpLine::Heading(group.title()));
            lines.extend(found);
        }
        lines
    }

    /// Returns true for what works on the view below: its own commands and those of every screen.
    fn is_here(&self, command: Command) -> bool {
        self.commands.contains(&command)
            || entry(command).is_some_and(|entry| entry.place == ANYWHERE)
    }

    /// Returns the keys, or the name for the palette when the view below gives those keys another meaning.
    fn keys_here(&self, keys: String, command: Command, env: &Env) -> String {
        let is_own = self.commands.contains(&command);
        let is_shadowed =
            |key| env.keymap.candidates(key).any(|other| self.commands.contains(&other));
        if !is_own && env.keymap.keys(command).any(is_shadowed) {
            return entry(command).map_or(keys, |entry| format!(":{}", entry.name));
        }
        keys
    }

    fn run_first(&self, env: &Env) -> Vec<Effect> {
        if self.line.is_empty() {
            return vec![Effect::Say(
                "type a few letters; Enter runs the first command found".to_owned(),
            )];
        }
        let first = self.lines(env).into_iter().find_map(|line| match line {
            HelpLine::Keys { command, .. } => Some(command),
            HelpLine::Heading(_) | HelpLine::Blank => None,
        });
        first.map_or_else(Vec::new, |command| vec![Effect::Close, Effect::Obey(command)])
    }
}

impl View for HelpView {
    fn name(&self) -> &'static str {
        "Help"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        let n_tops = self.n_lines.saturating_sub(self.height) + 1;
        match key.code {
            Code::Char('q' | '?') if self.line.is_empty() => return Some(vec![Effect::Close]),
            Code::Enter => return Some(self.run_first(env)),
            Code::Esc => return None,
            Code::Down => self.cursor.obey(Command::Down, n_tops),
            Code::Up => self.cursor.obey(Command::Up, n_tops),
            Code::PageDown => self.cursor.obey(Command::PageDown, n_tops),
            Code::PageUp => self.cursor.obey(Command::PageUp, n_tops),
            _ => {
                self.cursor.at = 0;
                return self.line.press(key).then(Vec::new);
            }
        };
        Some(Vec::new())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, &format!("HELP   {}", self.name), Role::Title);
        let prompt = "type to find a key or a command: ";
        super::draw_line(&mut canvas.part(34, 0, usize::MAX, 1), 0, prompt, &self.line);
        canvas.rule(0, 1);
        let lines = self.lines(env);
        let n_columns = (canvas.width() / COLUMN).max(1);
        let width = canvas.width() / n_columns;
        self.height = canvas.height().saturating_sub(2);
        self.n_lines = lines.len().div_ceil(n_columns);
        let known = self.cursor.at.min(self.n_lines.saturating_sub(self.height));
        self.cursor.fit(self.n_lines, self.height);
        self.cursor.at = known;
        for (column, part) in lines.chunks(self.n_lines.max(1)).enumerate() {
            for (y, line) in part.iter().skip(known).take(self.height).enumerate() {
                let (x, y) = (column * width, y + 2);
                match line {
                    HelpLine::Blank => {}
                    HelpLine::Heading(title) => {
                        canvas.say(x + 1, y, title, Role::Title);
                    }
                    HelpLine::Keys { keys, help, .. } => {
                        let style = canvas.style(Role::Title);
                        canvas.put(x + 2, y, KEYS, keys, style);
                        let plain = canvas.style(Role::Plain);
                        canvas.put(x + KEYS + 3, y, width.saturating_sub(KEYS + 4), help, plain);
                    }
                }
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let last = (self.cursor.at + self.height).min(self.n_lines);
        let more = if last < self.n_lines { " (PgDn)" } else { "" };
        format!(
            "lines {}-{last} of {}{more}   The same list as text: whytrail keymap",
            self.cursor.at + 1,
            self.n_lines
        )
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        Some("letters search   Enter run the first   PgUp PgDn scroll   Esc q ? close".to_owned())
    }
}
