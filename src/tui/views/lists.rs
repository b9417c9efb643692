//! The lists: who did it, in which session, what was touched, and the sources. One view; what differs is the question,
//! the columns and how an answer becomes rows.

mod rows;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) use self::rows::ListRow;
use self::rows::Sheet;
use super::event_acts::command_line;
use crate::query::filter::{field_differs, field_equals};
use crate::tui::command::Command;
use crate::tui::effect::{Branch, Copyable, Effect, Screen, Spec};
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::msg::{Done, Mouse};
use crate::tui::place::Crumb;
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table;
use crate::tui::widgets::words::capped;

/// How a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Events,
    Denied,
    Latest,
    Name,
}

impl Order {
    const fn next(self) -> Self {
        match self {
            Self::Events => Self::Denied,
            Self::Denied => Self::Latest,
            Self::Latest => Self::Name,
            Self::Name => Self::Events,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Denied => "denied",
            Self::Latest => "latest",
            Self::Name => "name",
        }
    }
}

/// A list screen.
#[derive(Debug)]
pub(super) struct ListView {
    sheet: Sheet,
    rows: Slot<Vec<ListRow>>,
    /// Indices into the rows, in the order shown.
    order: Vec<usize>,
    sort: Order,
    cursor: Cursor,
    top_line: u16,
}

/// Returns screen 3.
pub(super) fn who() -> ListView {
    ListView::new(Sheet::Who)
}

/// Returns screen 4.
pub(super) fn sessions() -> ListView {
    ListView::new(Sheet::Sessions)
}

/// Returns screen 5.
pub(super) fn what() -> ListView {
    ListView::new(Sheet::What)
}

/// Returns the overlay of the sources.
pub(super) fn sources() -> ListView {
    ListView::new(Sheet::Sources)
}

impl ListView {
    fn new(sheet: Sheet) -> Self {
        Self {
            sheet,
            rows: Slot::default(),
            order: Vec::new(),
            sort: Order::Events,
            cursor: Cursor::default(),
            top_line: 0,
        }
    }

    fn row(&self) -> Option<&ListRow> {
        self.rows.value()?.get(*self.order.get(self.cursor.at)?)
    }

    /// Orders the rows; the cursor stays on its row.
    fn arrange(&mut self, known: Option<String>) {
        let Some(rows) = self.rows.value() else { return };
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let sort = self.sort;
        order.sort_by(|one, other| match (rows.get(*one), rows.get(*other)) {
            (Some(one), Some(other)) => match sort {
                Order::Events => other.events.cmp(&one.events),
                Order::Denied => other.denied.cmp(&one.denied),
                Order::Latest => other.last.cmp(&one.last),
                Order::Name => one.label.cmp(&other.label),
            },
            _ => std::cmp::Ordering::Equal,
        });
        if let Some(known) = known {
            let place =
                order.iter().position(|idx| rows.get(*idx).is_some_and(|row| row.value == known));
            self.cursor.at = place.unwrap_or(self.cursor.at).min(order.len().saturating_sub(1));
        }
        self.order = order;
    }

    fn narrow(&self, command: Command) -> Effect {
        let Some(row) = self.row() else {
            return Effect::Refuse("there is no row to narrow by".to_owned());
        };
        let Some(field) = self.sheet.field() else {
            return Effect::Refuse(
                "rows of this list are files; f can filter by `source`".to_owned(),
            );
        };
        let (label, term) = match command {
            Command::Drop => {
                (format!("not {field} {}", row.label), field_differs(field, &row.value))
            }
            _ => (format!("{field} {}", row.label), field_equals(field, &row.value)),
        };
        let screen = match command {
            Command::NextList => self.sheet.next(),
            Command::Open => Screen::Timeline,
            _ => self.sheet.screen(),
        };
        let crumb = Crumb { label, terms: vec![term], grade: row.grade };
        Effect::Narrow { crumb, branch: Branch::Onward, screen, event: None }
    }

    fn search(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        let Some(text) = env.searches.last().map(|text| text.to_lowercase()) else {
            return vec![Effect::Refuse("nothing was searched for yet  (/ searches)".to_owned())];
        };
        let n_rows = self.order.len();
        let is_hit = |place: &usize| {
            let row = self.order.get(*place).and_then(|idx| self.rows.value()?.get(*idx));
            row.is_some_and(|row| {
                row.cells.iter().any(|(cell, _)| cell.to_lowercase().contains(&text))
            })
        };
        let hit = if command == Command::FindNext {
            (self.cursor.at + 1..n_rows).find(is_hit)
        } else {
            (0..self.cursor.at).rev().find(is_hit)
        };
        match hit {
            Some(place) => {
                self.cursor.at = place;
                Vec::new()
            }
            None => vec![Effect::Say(format!("no further hit in this list of {}", capped(n_rows)))],
        }
    }

    fn copy(&self, env: &Env) -> Effect {
        let Some(row) = self.row() else {
            return Effect::Refuse("there is no row to copy".to_owned());
        };
        let cells: Vec<&str> = row.cells.iter().map(|(cell, _)| cell.as_str()).collect();
        Effect::Open(Spec::Copy(vec![
            Copyable { letter: 'y', what: "row", text: cells.join("\t") },
            Copyable { letter: 'i', what: "id", text: row.value.clone() },
            Copyable { letter: 'a', what: "arn", text: row.value.clone() },
            Copyable { letter: 'c', what: "command line", text: command_line(env) },
        ]))
    }
}

impl View for ListView {
    fn name(&self) -> &'static str {
        self.sheet.title()
    }

    fn commands(&self) -> &'static [Command] {
        self.sheet.commands()
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if self.cursor.obey(command, self.order.len()) {
            return Vec::new();
        }
        match command {
            Command::Open | Command::NextList | Command::Keep | Command::Drop => {
                vec![self.narrow(command)]
            }
            Command::Sort => {
                self.sort = self.sort.next();
                let known = self.row().map(|row| row.value.clone());
                self.arrange(known);
                vec![Effect::Say(format!("sorted by {}", self.sort.word()))]
            }
            Command::Find => vec![Effect::Open(Spec::Find)],
            Command::FindNext | Command::FindPrevious => self.search(command, env),
            Command::Copy => vec![self.copy(env)],
            Command::Replay => match self.row() {
                Some(row) => {
                    vec![Effect::Open(Spec::Replay { session: row.value.clone(), event: None })]
                }
                None => vec![Effect::Refuse("there is no session to replay".to_owned())],
            },
            _ => Vec::new(),
        }
    }

    fn accept(&mut self, done: &mut Done, env: &Env) -> Vec<Effect> {
        let known = self.row().map(|row| row.value.clone());
        let sheet = self.sheet;
        if self.rows.accept(done, |answer| sheet.rows(answer, env)) {
            self.arrange(known);
        }
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        if why == Refresh::Marks {
            return Vec::new();
        }
        vec![self.rows.ask(LaneName::Front, self.sheet.question(env))]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let is_overlay = self.sheet == Sheet::Sources;
        if is_overlay {
            canvas.say(1, 0, "SOURCES", Role::Title);
        }
        let head = usize::from(is_overlay);
        canvas.rule(0, head);
        let preview = if env.is_narrow() { 2 } else { 3 };
        let list = canvas.height().saturating_sub(2 + head + preview);
        let columns = self.sheet.columns();
        let width = canvas.width();
        let placed = table::place(columns, width);
        self.top_line = area.y.saturating_add(2 + u16::from(is_overlay));
        table::draw_heads(&mut canvas, head + 1, columns, &placed);
        let shown = self.cursor.fit(self.order.len(), list);
        if self.order.is_empty() {
            let empty = Emptiness {
                is_answered: self.rows.value().is_some(),
                failure: self.rows.failure(),
                things: self.sheet.things(),
            };
            for (idx, line) in
                crate::text::width::wrap(&empty::sentence(empty, env), width.saturating_sub(4))
                    .iter()
                    .enumerate()
            {
                canvas.say(2, head + 3 + idx, line, Role::Plain);
            }
            return;
        }
        for (line, place) in shown.enumerate() {
            let row = self.order.get(place).and_then(|idx| self.rows.value()?.get(*idx));
            let Some(row) = row else { continue };
            let y = head + 2 + line;
            for spot in &placed {
                let (Some(column), Some((cell, role))) =
                    (columns.get(spot.idx), row.cells.get(spot.idx))
                else {
                    continue;
                };
                let style = canvas.style(*role);
                table::draw_cell(&mut canvas, y, column, *spot, (cell, style));
            }
            if place == self.cursor.at {
                let style = canvas.style(Role::Cursor);
                canvas.say(0, y, ">", Role::Title);
                canvas.restyle(0, y, width, style);
            }
        }
        let foot = head + 2 + list;
        canvas.rule(1, foot);
        if let Some(row) = self.row() {
            for (idx, text) in row.preview.iter().take(preview - 1).enumerate() {
                canvas.say(1, foot + 1 + idx, text, Role::Plain);
            }
        }
    }

    fn position(&self, env: &Env) -> String {
        let at = if self.order.is_empty() { 0 } else { self.cursor.at + 1 };
        let growing = if env.is_loading() { ".." } else { "" };
        format!("{at}/{}{growing}   sorted by {} (S)", capped(self.order.len()), self.sort.word())
    }

    fn mouse(&mut self, mouse: Mouse, env: &Env) -> Vec<Effect> {
        match mouse {
            Mouse::WheelDown => self.obey(Command::Down, env),
            Mouse::WheelUp => self.obey(Command::Up, env),
            Mouse::Press { row, .. } => {
                if let Some(line) = row.checked_sub(self.top_line) {
                    self.cursor.at = (self.cursor.top + usize::from(line))
                        .min(self.order.len().saturating_sub(1));
                }
                Vec::new()
            }
        }
    }
}
