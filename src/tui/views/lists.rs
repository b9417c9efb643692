//! The lists: who did it, in which session, what was touched, and the sources. One view; what differs is the question,
//! the columns and how an answer becomes rows.

mod beside;
mod rows;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::beside::Beside;
use self::rows::{ListRow, Sheet};
use super::event_acts::{command_line, sql};
use crate::query::filter::{field_differs, field_equals};
use crate::text::sanitize;
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
    /// What needs attention first, as the rows were given.
    Trouble,
    Events,
    Denied,
    Latest,
    Name,
}

impl Order {
    const fn next(self, sheet: Sheet) -> Self {
        match (self, sheet) {
            (Self::Name, Sheet::Sources) => Self::Trouble,
            (Self::Trouble | Self::Name, _) => Self::Events,
            // Files have no time of their own, and what is refused in them are records.
            (Self::Events, Sheet::Sources) | (Self::Latest, _) => Self::Name,
            (Self::Events, _) => Self::Denied,
            (Self::Denied, _) => Self::Latest,
        }
    }

    /// Returns the order called `word`.
    fn of_word(word: &str) -> Option<Self> {
        [Self::Trouble, Self::Events, Self::Denied, Self::Latest, Self::Name]
            .into_iter()
            .find(|order| order.word() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
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
    /// The rows belong to an older filter.
    is_stale: bool,
    cursor: Cursor,
    top_line: u16,
    beside: Beside,
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
            sort: if sheet == Sheet::Sources { Order::Trouble } else { Order::Events },
            is_stale: false,
            cursor: Cursor::default(),
            top_line: 0,
            beside: Beside::default(),
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
                Order::Trouble => std::cmp::Ordering::Equal,
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

    /// Asks for what stands beside the row under the cursor.
    fn follow(&mut self, env: &Env) -> Vec<Effect> {
        let row = self.order.get(self.cursor.at).and_then(|idx| self.rows.value()?.get(*idx));
        self.beside.follow(self.sheet, row, env)
    }

    fn narrow(&self, command: Command) -> Effect {
        let Some(row) = self.row() else {
            return Effect::Refuse("there is no row to narrow by".to_owned());
        };
        let Some(field) = row.field else {
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
                self.follow(env)
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
            Copyable { letter: 'y', what: "row", text: sanitize(&cells.join(" | ")).into_owned() },
            Copyable { letter: 'i', what: "id", text: sanitize(&row.value).into_owned() },
            Copyable { letter: 'a', what: "arn", text: sanitize(&row.value).into_owned() },
            Copyable { letter: 'q', what: "SQL", text: sql(env) },
            Copyable {
                letter: 'c',
                what: "command line",
                text: command_line(self.sheet.screen(), env),
            },
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
            return self.follow(env);
        }
        match command {
            Command::Open | Command::NextList | Command::Keep | Command::Drop => {
                vec![self.narrow(command)]
            }
            Command::Sort => {
                self.sort = self.sort.next(self.sheet);
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

    fn awaits_rows(&self) -> bool {
        self.rows.is_asking() && self.order.is_empty()
    }

    fn accept(&mut self, done: &mut Done, env: &Env) -> Vec<Effect> {
        let known = self.row().map(|row| row.value.clone());
        if self.rows.accept(done, |answer| Sheet::rows(answer, env)) {
            self.is_stale = false;
            self.arrange(known);
            self.beside.forget();
            return self.follow(env);
        }
        if self.is_stale && !self.rows.is_asking() {
            // Without an answer, rows that do not fit the filter must not stand under it.
            self.order.clear();
        }
        self.beside.accept(done, env);
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        self.is_stale |= why == Refresh::Filter;
        let lane = match why {
            Refresh::Marks => return Vec::new(),
            // A question that takes longer than the time between two refreshes must be let finish.
            Refresh::Rows if self.rows.is_asking() && env.is_loading() => return Vec::new(),
            Refresh::Rows => LaneName::Back,
            Refresh::Shown | Refresh::Filter | Refresh::FoldIn => LaneName::Front,
        };
        vec![self.rows.ask(lane, self.sheet.question_of(env.filter()))]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let is_overlay = self.sheet == Sheet::Sources;
        if is_overlay {
            canvas.say(1, 0, "SOURCES", Role::Title);
        }
        let head = usize::from(is_overlay);
        canvas.rule(0, head);
        self.top_line = area.y.saturating_add(2 + u16::from(is_overlay));
        let (width, height) = (canvas.width(), canvas.height().saturating_sub(head + 1));
        if !env.is_wide() || self.sheet.beside().is_none() {
            self.draw_list(&mut canvas.part(0, head + 1, width, height), env);
            return;
        }
        // The list keeps every column that a screen of 80 cells has.
        let list = (width * 3 / 5).max(79);
        self.draw_list(&mut canvas.part(0, head + 1, list, height), env);
        canvas.bar(list, head + 1);
        if !self.order.is_empty() {
            self.beside
                .draw(self.sheet, &mut canvas.part(list + 1, head + 1, width - list - 1, height));
        }
    }

    fn position(&self, env: &Env) -> String {
        let at = if self.order.is_empty() { 0 } else { self.cursor.at + 1 };
        let growing = if env.is_loading() { ".." } else { "" };
        format!("{at}/{}{growing}   sorted by {} (S)", capped(self.order.len()), self.sort.word())
    }

    fn sort(&self) -> Option<&'static str> {
        Some(self.sort.word())
    }

    fn set_sort(&mut self, word: &str) {
        self.sort = Order::of_word(word).unwrap_or(self.sort);
        let known = self.row().map(|row| row.value.clone());
        self.arrange(known);
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

impl ListView {
    fn draw_list(&mut self, canvas: &mut Canvas<'_>, env: &Env) {
        let preview = if env.is_narrow() { 2 } else { 3 };
        let height = canvas.height().saturating_sub(1 + preview);
        let columns = self.sheet.columns();
        let placed = table::place(columns, canvas.width());
        table::draw_heads(canvas, 0, columns, &placed);
        let shown = self.cursor.fit(self.order.len(), height);
        if self.order.is_empty() {
            self.draw_sentence(canvas, env);
            return;
        }
        for (line, place) in shown.enumerate() {
            let row = self.order.get(place).and_then(|idx| self.rows.value()?.get(*idx));
            let Some(row) = row else { continue };
            for spot in &placed {
                let (Some(column), Some((cell, role))) =
                    (columns.get(spot.idx), row.cells.get(spot.idx))
                else {
                    continue;
                };
                let style = canvas.style(*role);
                table::draw_cell(canvas, line + 1, column, *spot, (cell, style));
            }
            if place == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, line + 1, ">", Role::Title);
                canvas.restyle(0, line + 1, width, style);
            }
        }
        canvas.rule(1, 1 + height);
        if let Some(row) = self.row() {
            for (idx, text) in row.preview.iter().take(preview - 1).enumerate() {
                canvas.say(1, 2 + height + idx, text, Role::Plain);
            }
        }
    }

    fn draw_sentence(&self, canvas: &mut Canvas<'_>, env: &Env) {
        let empty = Emptiness {
            is_answered: self.rows.value().is_some(),
            failure: self.rows.failure(),
            things: self.sheet.things(),
        };
        let width = canvas.width().saturating_sub(4);
        for (idx, line) in
            crate::text::width::wrap(&empty::sentence(empty, env), width).iter().enumerate()
        {
            canvas.say(2, 2 + idx, line, Role::Plain);
        }
    }
}
