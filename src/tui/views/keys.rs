//! Keys and spend: life lines of keys, jobs of many short keys, and what was spent by whom and with which model.

mod life;
mod rows;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::rows::{Order, SPEND_COLUMNS, Shown};
use super::event_acts::{command_line, sql};
use crate::model::Grade;
use crate::model::spend::{KeyList, KeyRow, SpendBy, SpendRow};
use crate::query::filter::field_equals;
use crate::text::sanitize;
use crate::tui::command::Command;
use crate::tui::effect::{Branch, Copyable, Effect, Screen, Spec};
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::place::Crumb;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table::{self, Column};
use crate::tui::widgets::words::capped;

/// The screen.
#[derive(Debug, Default)]
pub(super) struct KeysView {
    list: Slot<Box<KeyList>>,
    /// Keys of the job that is open.
    members: Slot<Vec<KeyRow>>,
    open_job: Option<String>,
    /// What is listed: 0 keys, then spend by each way.
    page: usize,
    order: Order,
    shown: Vec<Shown>,
    cursor: Cursor,
    is_stale: bool,
}

impl KeysView {
    fn by(&self) -> Option<SpendBy> {
        SpendBy::ALL.get(self.page.checked_sub(1)?).copied()
    }

    fn key(&self, shown: Shown) -> Option<&KeyRow> {
        match shown {
            Shown::Key(at) => self.list.value()?.rows.get(at),
            Shown::Member(at) => self.members.value()?.get(at),
            Shown::Spend(_) => None,
        }
    }

    fn spend(&self, shown: Shown) -> Option<&SpendRow> {
        match shown {
            Shown::Spend(at) => self.list.value()?.spends.get(self.page.checked_sub(1)?)?.get(at),
            Shown::Key(_) | Shown::Member(_) => None,
        }
    }

    fn at(&self) -> Option<Shown> {
        self.shown.get(self.cursor.at).copied()
    }

    /// Returns the value of the row under the cursor, by which it is found again.
    fn known(&self) -> Option<String> {
        let at = self.at()?;
        self.key(at)
            .map(|key| key.key.clone())
            .or_else(|| self.spend(at).map(|row| row.name.clone()))
    }

    /// Orders the rows; the cursor stays on the row called `known`.
    fn arrange(&mut self, known: Option<String>) {
        let Some(list) = self.list.value() else { return };
        self.shown = match self.page {
            0 => rows::keys(list, self.members.value(), self.open_job.as_deref(), self.order),
            page => {
                let count = list.spends.get(page - 1).map_or(0, Vec::len);
                (0..count).map(Shown::Spend).collect()
            }
        };
        let place = known.and_then(|known| {
            self.shown.iter().position(|shown| {
                let key = self.key(*shown).map(|key| &key.key);
                key.or(self.spend(*shown).map(|row| &row.name)) == Some(&known)
            })
        });
        let end = self.shown.len().saturating_sub(1);
        self.cursor.at = place.unwrap_or(self.cursor.at).min(end);
    }

    fn open(&mut self, env: &Env) -> Vec<Effect> {
        let Some(at) = self.at() else {
            return vec![Effect::Refuse("there is no row to open".to_owned())];
        };
        if let Some(key) = self.key(at).filter(|key| key.kind == "job") {
            let job = key.key.clone();
            return self.toggle(job);
        }
        let target = match (self.key(at), self.spend(at), self.by()) {
            (Some(key), _, _) => Some(("key", key.key.clone())),
            (_, Some(row), Some(by)) => rows::field_of(by).zip(row.id.clone()),
            _ => None,
        };
        let Some((field, value)) = target else {
            let words = "the records do not name it, so there is nothing to narrow by";
            return vec![Effect::Refuse(words.to_owned())];
        };
        let label = format!("{field} {}", rows::short_key(&value));
        let crumb = Crumb { label, terms: vec![field_equals(field, &value)], grade: Grade::Exact };
        let branch = if env.filter().is_empty() { Branch::New } else { Branch::Onward };
        vec![Effect::Narrow { crumb, branch, screen: Screen::Timeline, event: None }]
    }

    fn toggle(&mut self, job: String) -> Vec<Effect> {
        if self.open_job.as_ref() == Some(&job) {
            self.open_job = None;
            self.members.clear();
            self.arrange(Some(job));
            return Vec::new();
        }
        self.open_job = Some(job.clone());
        self.members.clear();
        self.arrange(Some(job.clone()));
        vec![self.members.ask(LaneName::Front, Question::KeysOfJob(job))]
    }

    fn why(&self) -> Effect {
        let Some(key) = self.at().and_then(|at| self.key(at)) else {
            return Effect::Refuse("only keys are flagged (Tab lists them)".to_owned());
        };
        let reasons = key.reasons();
        if reasons.is_empty() {
            return Effect::Say("nothing in its life line stands out".to_owned());
        }
        Effect::Say(sanitize(&reasons.join("; ")).into_owned())
    }

    fn pivot(&self) -> Effect {
        let key = self.at().and_then(|at| self.key(at));
        match key.and_then(|key| key.issued_by.or(key.ended_by)) {
            Some(event) => Effect::Open(Spec::Pivot(event)),
            None => Effect::Refuse(
                "no event issued or ended it; Enter lists its uses, p works there".to_owned(),
            ),
        }
    }

    fn copy(&self, env: &Env) -> Effect {
        let Some(at) = self.at() else {
            return Effect::Refuse("there is no row to copy".to_owned());
        };
        let cells: Vec<String> = self.cells(at, env).into_iter().map(|(cell, _)| cell).collect();
        let value = self.known().unwrap_or_default();
        let mut line = command_line(Screen::Keys, env);
        if let Some(by) = self.by() {
            line = format!("{line} --spend {}", by.as_str());
        }
        Effect::Open(Spec::Copy(vec![
            Copyable { letter: 'y', what: "row", text: sanitize(&cells.join(" | ")).into_owned() },
            Copyable { letter: 'i', what: "id", text: sanitize(&value).into_owned() },
            Copyable { letter: 'q', what: "SQL", text: sql(env) },
            Copyable { letter: 'c', what: "command line", text: line },
        ]))
    }

    fn cells(&self, shown: Shown, env: &Env) -> Vec<(String, Role)> {
        if let Some(key) = self.key(shown) {
            return rows::key_cells(
                key,
                matches!(shown, Shown::Member(_)),
                self.open_job.as_deref(),
                env,
            );
        }
        self.spend(shown).map(rows::spend_cells).unwrap_or_default()
    }

    const fn columns(&self) -> &'static [Column] {
        if self.page == 0 { rows::KEY_COLUMNS } else { SPEND_COLUMNS }
    }
}

impl View for KeysView {
    fn name(&self) -> &'static str {
        "Keys"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Why,
            C::Pivot,
            C::Sort,
            C::NextSpend,
            C::Filter,
            C::Copy,
            C::Find,
            C::FindNext,
            C::FindPrevious,
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
        if self.cursor.obey(command, self.shown.len()) {
            return Vec::new();
        }
        match command {
            Command::Open => self.open(env),
            Command::Why => vec![self.why()],
            Command::Pivot => vec![self.pivot()],
            Command::Sort if self.page > 0 => {
                vec![Effect::Refuse("spend is listed dearest first".to_owned())]
            }
            Command::Sort => {
                self.order = self.order.next();
                let known = self.known();
                self.arrange(known);
                vec![Effect::Say(format!("sorted by {}", self.order.word()))]
            }
            Command::NextSpend => {
                self.page = (self.page + 1) % (SpendBy::ALL.len() + 1);
                self.cursor = Cursor::default();
                self.arrange(None);
                Vec::new()
            }
            Command::Filter => vec![Effect::Open(Spec::FilterBar)],
            Command::Copy => vec![self.copy(env)],
            Command::Find => vec![Effect::Open(Spec::Find)],
            Command::FindNext | Command::FindPrevious => self.search(command, env),
            _ => Vec::new(),
        }
    }

    fn awaits_rows(&self) -> bool {
        self.list.is_asking() && self.list.value().is_none()
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        let known = self.known();
        let is_list = self.list.accept(done, |answer| match answer {
            Answer::Keys(list) => Some(list),
            _ => None,
        });
        let is_members = self.members.accept(done, |answer| match answer {
            Answer::KeysOfJob(rows) => Some(rows),
            _ => None,
        });
        if is_list {
            self.is_stale = false;
        }
        if is_list || is_members {
            self.arrange(known);
        } else if self.is_stale && !self.list.is_asking() {
            self.shown.clear();
        }
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        self.is_stale |= why == Refresh::Filter;
        let lane = match why {
            Refresh::Marks => return Vec::new(),
            Refresh::Rows if self.list.is_asking() && env.is_loading() => return Vec::new(),
            Refresh::Rows => LaneName::Back,
            Refresh::Shown | Refresh::Filter | Refresh::FoldIn => LaneName::Front,
        };
        vec![self.list.ask(lane, Question::Keys(env.filter()))]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        let title = match self.by() {
            None => format!(
                "KEYS AND SPEND   {} keys",
                capped(self.list.value().map_or(0, |list| list.rows.len()))
            ),
            Some(by) => format!("SPEND BY {}   whole case", by.as_str().to_uppercase()),
        };
        canvas.say(1, 1, &title, Role::Title);
        let pages = "Tab keys, person, agent, session, model, provider ";
        if title.len() + pages.len() + 4 < canvas.width() {
            canvas.say_right(1, pages, Role::Faint);
        }
        let (width, height) = (canvas.width(), canvas.height().saturating_sub(2));
        if self.page == 0 && env.is_wide() {
            let list = (width * 3 / 5).max(79);
            self.draw_list(&mut canvas.part(0, 2, list, height), env);
            canvas.bar(list, 2);
            self.draw_life(&mut canvas.part(list + 1, 2, width - list - 1, height), env);
            return;
        }
        let below = if height < 14 { 3 } else { 7 };
        let list = height.saturating_sub(below);
        self.draw_list(&mut canvas.part(0, 2, width, list), env);
        canvas.rule(1, 2 + list);
        self.draw_life(&mut canvas.part(0, 3 + list, width, below.saturating_sub(1)), env);
    }

    fn position(&self, env: &Env) -> String {
        let at = if self.shown.is_empty() { 0 } else { self.cursor.at + 1 };
        let growing = if env.is_loading() { ".." } else { "" };
        let blind = match self.list.value().map_or(0, |list| list.blind.len()) {
            0 => String::new(),
            1 => "   1 source tells no cost".to_owned(),
            number => format!("   {number} sources tell no cost"),
        };
        let order = match self.page {
            0 => format!("sorted by {} (S)", self.order.word()),
            _ => "dearest first".to_owned(),
        };
        format!("{at}/{}{growing}   {order}{blind}", capped(self.shown.len()))
    }

    fn sort(&self) -> Option<&'static str> {
        Some(self.order.word())
    }

    fn set_sort(&mut self, word: &str) {
        self.order = Order::of_word(word).unwrap_or(self.order);
        let known = self.known();
        self.arrange(known);
    }
}

impl KeysView {
    fn search(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        let Some(text) = env.searches.last().map(|text| text.to_lowercase()) else {
            return vec![Effect::Refuse("nothing was searched for yet  (/ searches)".to_owned())];
        };
        let is_hit = |place: &usize| {
            let Some(shown) = self.shown.get(*place) else { return false };
            let key = self.key(*shown).map(|key| key.key.to_lowercase());
            key.is_some_and(|key| key.contains(&text))
                || self
                    .cells(*shown, env)
                    .iter()
                    .any(|(cell, _)| cell.to_lowercase().contains(&text))
        };
        let hit = if command == Command::FindNext {
            (self.cursor.at + 1..self.shown.len()).find(is_hit)
        } else {
            (0..self.cursor.at).rev().find(is_hit)
        };
        match hit {
            Some(place) => {
                self.cursor.at = place;
                Vec::new()
            }
            None => vec![Effect::Say("no further hit in this list".to_owned())],
        }
    }

    fn draw_list(&mut self, canvas: &mut Canvas<'_>, env: &Env) {
        let columns = self.columns();
        let placed = table::place(columns, canvas.width());
        table::draw_heads(canvas, 0, columns, &placed);
        if self.shown.is_empty() {
            self.draw_sentence(canvas, env);
            return;
        }
        let lines = self.cursor.fit(self.shown.len(), canvas.height().saturating_sub(1));
        for (line, place) in lines.enumerate() {
            let Some(shown) = self.shown.get(place).copied() else { continue };
            let cells = self.cells(shown, env);
            for spot in &placed {
                let (Some(column), Some((cell, role))) =
                    (columns.get(spot.idx), cells.get(spot.idx))
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
    }

    fn draw_sentence(&self, canvas: &mut Canvas<'_>, env: &Env) {
        let things = if self.page == 0 { "keys" } else { "model calls" };
        let empty = Emptiness {
            is_answered: self.list.value().is_some(),
            failure: self.list.failure(),
            things,
        };
        let width = canvas.width().saturating_sub(4);
        for (idx, line) in
            crate::text::width::wrap(&empty::sentence(empty, env), width).iter().enumerate()
        {
            canvas.say(2, 2 + idx, line, Role::Plain);
        }
    }

    fn draw_life(&self, canvas: &mut Canvas<'_>, env: &Env) {
        let Some(at) = self.at() else { return };
        let lines = match (self.key(at), self.spend(at)) {
            (Some(key), _) => life::lines(key, env),
            (None, Some(row)) => life::spend_lines(row, self.list.value().map(Box::as_ref)),
            (None, None) => Vec::new(),
        };
        let width = canvas.width().saturating_sub(2);
        if !env.is_wide() {
            let plain = canvas.style(Role::Plain);
            for (y, line) in lines.iter().take(canvas.height()).enumerate() {
                canvas.put(1, y, width, line, plain);
            }
            return;
        }
        let wrapped = lines.iter().flat_map(|line| crate::text::width::wrap(line, width));
        for (y, part) in wrapped.take(canvas.height()).enumerate() {
            canvas.say(1, y, &part, Role::Plain);
        }
    }
}
