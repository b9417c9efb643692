//! The time line: what happened, in order, across sources. Keeps the analyst on the same event whatever changes
//! around it. Must not know how rows are found.

mod columns;
mod draw;
mod window;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::columns::{Keepable, keepable};
use self::window::{Aim, Window};
use super::event_acts::{self, Target};
use crate::model::rows::{Detail, EventPage, PivotChoice, Strip};
use crate::model::{EventId, Grade, Micros};
use crate::query::filter::{Term, field_differs, field_equals};
use crate::query::{At, Direction, Jump};
use crate::tui::columns::ColumnName;
use crate::tui::command::Command;
use crate::tui::effect::{Branch, Effect, Screen, Spec};
use crate::tui::env::Env;
use crate::tui::msg::{Done, Mouse};
use crate::tui::place::Crumb;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::words::count;

/// Rows fetched at once: several screens, and still answered within a frame or two.
const PAGE: usize = 600;

/// Whether a value is kept or dropped by narrowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Keep,
    Drop,
}

/// Rows that have arrived since the page was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Arrived {
    above: u64,
    below: u64,
}

/// The screen.
#[derive(Debug)]
pub(super) struct TimelineView {
    page: Slot<EventPage>,
    aim: Aim,
    window: Window,
    has_moved: bool,
    /// The rows in memory belong to an older filter.
    is_stale: bool,
    /// Event that the cursor was on when rows of an older filter were taken away.
    lost: Option<EventId>,
    /// Event of an earlier sitting that the cursor is to be on.
    resuming: Option<EventId>,
    strip: Slot<Strip>,
    /// How often the strip was zoomed in; each step shows a quarter of the one before.
    zoom: u32,
    /// First and last moment of the strip before it was zoomed.
    whole: Option<(Micros, Micros)>,
    detail: Slot<Option<Box<Detail>>>,
    detail_of: Option<EventId>,
    fresh: Slot<EventPage>,
    arrived: Arrived,
    jump: Slot<Option<EventId>>,
    jump_words: &'static str,
    pivots: Slot<Vec<PivotChoice>>,
    narrowing: Option<(&'static str, Sense)>,
    selected: BTreeSet<EventId>,
    /// What `+` and `-` narrow by.
    column: ColumnName,
    shows_delta: bool,
    list_area: Rect,
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            page: Slot::default(),
            aim: Aim::First,
            window: Window::default(),
            has_moved: false,
            is_stale: false,
            lost: None,
            resuming: None,
            strip: Slot::default(),
            zoom: 0,
            whole: None,
            detail: Slot::default(),
            detail_of: None,
            fresh: Slot::default(),
            arrived: Arrived::default(),
            jump: Slot::default(),
            jump_words: "",
            pivots: Slot::default(),
            narrowing: None,
            selected: BTreeSet::new(),
            column: ColumnName::Action,
            shows_delta: false,
            list_area: Rect::ZERO,
        }
    }
}

impl View for TimelineView {
    fn name(&self) -> &'static str {
        "Timeline"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Why,
            C::Reveal,
            C::Pivot,
            C::Replay,
            C::Tag,
            C::Note,
            C::Copy,
            C::NextDenied,
            C::PreviousDenied,
            C::NextInSession,
            C::PreviousInSession,
            C::NextMark,
            C::PreviousMark,
            C::NextAddress,
            C::Find,
            C::FindNext,
            C::FindPrevious,
            C::Keep,
            C::Drop,
            C::ZoomIn,
            C::ZoomOut,
            C::Raw,
            C::Delta,
            C::Columns,
            C::Select,
            C::TagBad,
            C::TagSuspicious,
            C::TagGood,
            C::Strike,
            C::AddToFinding,
            C::Goto,
            C::Down,
            C::Up,
            C::First,
            C::Last,
            C::PageDown,
            C::PageUp,
            C::HalfDown,
            C::HalfUp,
            C::Left,
            C::Right,
            C::Close,
        ]
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if self.window.obey(command) {
            self.has_moved = true;
            return self.follow(env);
        }
        match command {
            Command::First => self.fetch(At::First, Aim::First, env),
            Command::Last => self.fetch(At::Last, Aim::Last, env),
            Command::Left => self.turn_column(-1, env),
            Command::Right => self.turn_column(1, env),
            Command::ZoomIn | Command::ZoomOut => self.turn_zoom(command, env),
            Command::Delta => {
                self.shows_delta = !self.shows_delta;
                Vec::new()
            }
            Command::Goto => vec![Effect::Open(Spec::Goto)],
            Command::Find => vec![Effect::Open(Spec::Find)],
            Command::Columns => vec![Effect::Open(Spec::Columns)],
            Command::Close => self.clear_selection(),
            Command::Select => self.select(env),
            Command::Keep => self.narrow(Sense::Keep, env),
            Command::Drop => self.narrow(Sense::Drop, env),
            _ => self.obey_jump(command, env).unwrap_or_else(|| self.obey_event(command, env)),
        }
    }

    fn awaits_rows(&self) -> bool {
        self.page.is_asking() && self.window.row().is_none()
    }

    fn accept(&mut self, done: &mut Done, env: &Env) -> Vec<Effect> {
        let page = |answer| if let Answer::Page(page) = answer { Some(page) } else { None };
        let was_asking = self.page.is_asking();
        if self.page.accept(done, page) {
            return self.take_page(env);
        }
        if was_asking && !self.page.is_asking() && self.is_stale {
            // Without an answer, rows that do not fit the filter must not stand under it.
            self.lost = self.event().or(self.lost);
            self.window.clear();
            return Vec::new();
        }
        if self.fresh.accept(done, page) {
            self.count_arrived();
            return Vec::new();
        }
        if self.jump.accept(
            done,
            |answer| if let Answer::Jump(event) = answer { Some(event) } else { None },
        ) {
            return match self.jump.value().copied().flatten() {
                Some(event) => self.go_to(event, env),
                None => {
                    vec![Effect::Say(format!("no further {} under this filter", self.jump_words))]
                }
            };
        }
        let pivots =
            |answer| if let Answer::Pivots(choices) = answer { Some(choices) } else { None };
        if self.pivots.accept(done, pivots) {
            return self.narrow_by_pivot();
        }
        let has_strip = self.strip.accept(done, |answer| {
            if let Answer::Strip(strip) = answer { Some(strip) } else { None }
        });
        if has_strip && self.zoom == 0 {
            self.whole = self.strip.value().map(|strip| (strip.from, strip.to));
        }
        self.detail.accept(done, |answer| {
            if let Answer::Detail(detail) = answer { Some(detail) } else { None }
        });
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        match why {
            Refresh::Rows if self.has_moved && self.window.total > self.window.height as u64 => {
                // A question that takes longer than the time between two refreshes must be let finish.
                let may_ask = |is_asking: bool| !is_asking || !env.is_loading();
                let mut effects = Vec::new();
                if may_ask(self.fresh.is_asking()) {
                    effects.extend(self.ask_fresh(env));
                }
                if may_ask(self.strip.is_asking()) {
                    effects.push(self.ask_strip(env));
                }
                effects
            }
            Refresh::Marks => {
                self.detail_of = None;
                self.refetch(env)
            }
            Refresh::Shown | Refresh::Filter | Refresh::Rows | Refresh::FoldIn => {
                if why == Refresh::Filter {
                    self.zoom = 0;
                    self.whole = None;
                    self.is_stale = true;
                }
                let mut effects = self.refetch(env);
                effects.push(self.ask_strip(env));
                effects
            }
        }
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        draw::draw(self, area, buf, env);
    }

    fn position(&self, env: &Env) -> String {
        let growing = if env.is_loading() { ".." } else { "" };
        let mut words =
            vec![format!("{}/{}{growing}", count(self.window.rank()), count(self.window.total))];
        if !self.selected.is_empty() {
            words.push(format!("sel {}", self.selected.len()));
        }
        let Arrived { above, below } = self.arrived;
        let n_hidden = env.n_events().saturating_sub(self.window.total + above + below);
        let n_undated = env.overview.as_ref().map_or(0, |overview| overview.undated);
        if !env.filter().is_empty() {
            words.push(format!("hidden {}", count(n_hidden)));
        } else if n_undated > 0 {
            words.push(format!("undated {} (f is:undated)", count(n_undated)));
        }
        if above > 0 || below > 0 {
            words.push(format!("+{} above +{} below (R folds in)", count(above), count(below)));
        }
        if let Some(kind) = env.columns.shown().find(|kind| kind.name == self.column) {
            words.push(format!("+- {}", kind.column.title));
        }
        let words = words.join("  ");
        let room = usize::from(env.size.0).saturating_sub(words.len() + 4);
        format!("{words}  {}", draw::legend(env, room))
    }

    fn event(&self) -> Option<EventId> {
        self.window.row().map(|row| row.id)
    }

    fn go_to(&mut self, event: EventId, env: &Env) -> Vec<Effect> {
        self.has_moved = true;
        match self.window.find(event) {
            Some(idx) if !self.page.is_asking() => {
                self.window.at = idx;
                self.follow(env)
            }
            _ => self.fetch(At::Around(event), Aim::Event(event), env),
        }
    }

    fn resume_at(&mut self, event: EventId) {
        self.resuming = Some(event);
        self.lost = Some(event);
    }

    fn go_to_time(&mut self, text: &str, env: &Env) -> Vec<Effect> {
        let day = self.window.row().and_then(|row| row.time).map(Micros::date);
        match read_time(text, day.as_deref()) {
            Some(time) => self.fetch(At::FromTime(time), Aim::Time(time), env),
            None => vec![Effect::Refuse(format!(
                "`{text}` is no time; hint: 09:31, 09:31:08 or 2026-07-12T09:31:08Z"
            ))],
        }
    }

    fn mouse(&mut self, mouse: Mouse, env: &Env) -> Vec<Effect> {
        match mouse {
            Mouse::WheelDown => self.obey(Command::Down, env),
            Mouse::WheelUp => self.obey(Command::Up, env),
            Mouse::Press { column, row } => {
                if !self.list_area.contains((column, row).into()) {
                    return Vec::new();
                }
                let line = usize::from(row - self.list_area.y);
                let last = self.window.rows.len().saturating_sub(1);
                self.window.at = (self.window.top + line).min(last);
                self.follow(env)
            }
        }
    }
}

impl TimelineView {
    fn fetch(&mut self, at: At, aim: Aim, env: &Env) -> Vec<Effect> {
        self.aim = aim;
        vec![
            self.page
                .ask(LaneName::Front, Question::Page { filter: env.filter(), at, limit: PAGE }),
        ]
    }

    /// Asks for the rows around the cursor again.
    fn refetch(&mut self, env: &Env) -> Vec<Effect> {
        match self.window.row() {
            // A jump that is still under way aims at its own event.
            Some(_) if matches!(self.aim, Aim::Event(_)) && self.page.is_asking() => {
                let Aim::Event(event) = self.aim else { return Vec::new() };
                self.fetch(At::Around(event), Aim::Event(event), env)
            }
            Some(row) if self.has_moved => {
                let event = row.id;
                self.fetch(At::Around(event), Aim::Keep, env)
            }
            _ => match self.lost {
                Some(event) => self.fetch(At::Around(event), Aim::Event(event), env),
                None => self.fetch(At::First, Aim::First, env),
            },
        }
    }

    fn take_page(&mut self, env: &Env) -> Vec<Effect> {
        if let Some(page) = self.page.value() {
            self.window.take(page.clone(), self.aim);
        }
        self.aim = Aim::Keep;
        self.is_stale = false;
        self.lost = None;
        self.arrived = Arrived::default();
        self.fresh.clear();
        let mut effects = self.follow(env);
        effects.extend(self.arrive_at_resumed(env));
        effects
    }

    /// Checks that the cursor came to where an earlier sitting left it. While rows still arrive it may come later.
    fn arrive_at_resumed(&mut self, env: &Env) -> Option<Effect> {
        let wanted = self.resuming?;
        if self.has_moved {
            self.resuming = None;
            return None;
        }
        if self.event() == Some(wanted) {
            self.resuming = None;
            self.has_moved = true;
            return None;
        }
        if env.is_loading() {
            self.lost = Some(wanted);
            return None;
        }
        self.resuming = None;
        self.window.at = 0;
        let words = "the event you were on is not among these rows any more; this is the first";
        Some(Effect::Say(words.to_owned()))
    }

    /// Fetches what the cursor's new place needs: its detail, and more rows near an edge.
    fn follow(&mut self, env: &Env) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(event) = self.event() else { return effects };
        if self.detail_of != Some(event) {
            self.detail_of = Some(event);
            effects.push(self.detail.ask(LaneName::Front, Question::Detail(event)));
        }
        if self.window.is_near_edge() && !self.page.is_asking() {
            effects.extend(self.fetch(At::Around(event), Aim::Keep, env));
        }
        effects
    }

    fn ask_strip(&mut self, env: &Env) -> Effect {
        let n_bins = usize::from(env.size.0).saturating_sub(18).max(10);
        let question =
            Question::Strip { filter: env.filter(), span: self.zoomed_span(env), n_bins };
        self.strip.ask(LaneName::Back, question)
    }

    fn zoomed_span(&self, env: &Env) -> Option<(Micros, Micros)> {
        let (from, to) = self.unzoomed(env)?;
        if self.zoom == 0 {
            return None;
        }
        let width = (to.0 - from.0) >> (2 * self.zoom).min(62);
        let center = self.window.row().and_then(|row| row.time).unwrap_or(from);
        Some((Micros(center.0 - width / 2), Micros(center.0 + width / 2 + 1)))
    }

    /// Returns what the strip shows before it is zoomed: the span of the rows under the filter.
    fn unzoomed(&self, env: &Env) -> Option<(Micros, Micros)> {
        let of_case = || env.overview.as_ref().and_then(|overview| overview.span);
        self.whole.or_else(of_case).filter(|(from, to)| to > from)
    }

    fn turn_zoom(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        let Some((from, to)) = self.unzoomed(env) else {
            return vec![Effect::Refuse("there is no dated event to zoom on yet".to_owned())];
        };
        let is_in = command == Command::ZoomIn;
        if !is_in && self.zoom == 0 {
            return vec![Effect::Refuse("the strip shows the whole span already".to_owned())];
        }
        if is_in && (to.0 - from.0) >> (2 * (self.zoom + 1)).min(62) < 1_000 {
            return vec![Effect::Refuse("the strip shows milliseconds already".to_owned())];
        }
        self.zoom = if is_in { self.zoom + 1 } else { self.zoom - 1 };
        vec![self.ask_strip(env)]
    }

    /// Goes to another column among those shown; a column that was hidden meanwhile gives way to ACTION.
    fn turn_column(&mut self, step: isize, env: &Env) -> Vec<Effect> {
        let names: Vec<ColumnName> = env
            .columns
            .shown()
            .map(|kind| kind.name)
            .filter(|name| keepable(*name).is_some())
            .collect();
        let place = |wanted| names.iter().position(|name| *name == wanted);
        let at = place(self.column).or_else(|| place(ColumnName::Action)).unwrap_or(0);
        let to = at.saturating_add_signed(step).min(names.len().saturating_sub(1));
        self.column = names.get(to).copied().unwrap_or(ColumnName::Action);
        Vec::new()
    }

    fn ask_fresh(&mut self, env: &Env) -> Vec<Effect> {
        let Some(event) = self.event() else { return Vec::new() };
        let question = Question::Page { filter: env.filter(), at: At::Around(event), limit: 1 };
        vec![self.fresh.ask(LaneName::Back, question)]
    }

    fn count_arrived(&mut self) {
        let (Some(fresh), Some(event)) = (self.fresh.value(), self.event()) else { return };
        let Some(idx) = fresh.rows.iter().position(|row| row.id == event) else { return };
        let rank = fresh.before + idx as u64 + 1;
        let above = rank.saturating_sub(self.window.rank());
        let below = fresh.total.saturating_sub(self.window.total).saturating_sub(above);
        self.arrived = Arrived { above, below };
    }

    fn select(&mut self, env: &Env) -> Vec<Effect> {
        let Some(event) = self.event() else {
            return vec![Effect::Refuse("there is no row to select".to_owned())];
        };
        if !self.selected.remove(&event) {
            self.selected.insert(event);
        }
        self.window.obey(Command::Down);
        self.has_moved = true;
        self.follow(env)
    }

    fn clear_selection(&mut self) -> Vec<Effect> {
        let words = if self.selected.is_empty() {
            "Esc closes and clears; q leaves"
        } else {
            "selection cleared"
        };
        self.selected.clear();
        vec![Effect::Say(words.to_owned())]
    }

    fn obey_jump(&mut self, command: Command, env: &Env) -> Option<Vec<Effect>> {
        let search = env.searches.last().cloned();
        let (jump, direction, words) = match command {
            Command::NextDenied => (Jump::Denied, Direction::Next, "denial below"),
            Command::PreviousDenied => (Jump::Denied, Direction::Previous, "denial above"),
            Command::NextMark => (Jump::Mark, Direction::Next, "mark below"),
            Command::PreviousMark => (Jump::Mark, Direction::Previous, "mark above"),
            Command::NextInSession => {
                (Jump::Session, Direction::Next, "event of this session below")
            }
            Command::PreviousInSession => {
                (Jump::Session, Direction::Previous, "event of this session above")
            }
            Command::NextAddress => {
                (Jump::Address, Direction::Next, "event from this address below")
            }
            Command::FindNext | Command::FindPrevious => {
                let Some(text) = search else {
                    return Some(vec![Effect::Refuse(
                        "nothing was searched for yet  (/ searches)".to_owned(),
                    )]);
                };
                let is_next = command == Command::FindNext;
                let direction = if is_next { Direction::Next } else { Direction::Previous };
                (Jump::Text(text), direction, if is_next { "hit below" } else { "hit above" })
            }
            _ => return None,
        };
        let Some(from) = self.event() else {
            return Some(vec![Effect::Refuse("there is no row to start from".to_owned())]);
        };
        self.jump_words = words;
        let question = Question::Jump { filter: env.filter(), from, jump, direction };
        Some(vec![self.jump.ask(LaneName::Front, question)])
    }

    fn obey_event(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        let Some(row) = self.window.row() else {
            return vec![Effect::Refuse("there is no event under the cursor".to_owned())];
        };
        let events = if self.selected.is_empty() {
            vec![row.id]
        } else {
            self.selected.iter().copied().collect()
        };
        let detail =
            self.detail.value().and_then(Option::as_deref).filter(|detail| detail.id == row.id);
        event_acts::obey(command, &Target { row, detail, events }, env).unwrap_or_default()
    }

    fn narrow(&mut self, sense: Sense, env: &Env) -> Vec<Effect> {
        let is_shown = env.columns.shown().any(|kind| kind.name == self.column);
        let column = if is_shown { self.column } else { ColumnName::Action };
        let (Some(row), Some((field, value))) = (self.window.row(), keepable(column)) else {
            return vec![Effect::Refuse("there is no value under the cursor".to_owned())];
        };
        match value {
            Keepable::Cell(value) => match value(row) {
                Some(value) => vec![narrowed(field, (&value, &value), sense, Grade::Exact)],
                None => vec![Effect::Refuse(format!("this row has no {field}"))],
            },
            Keepable::Link if sense == Sense::Drop => {
                vec![Effect::Refuse(
                    "a grade can be kept, not dropped; link:= in the filter bar keeps it too"
                        .to_owned(),
                )]
            }
            Keepable::Link => {
                let crumb = Crumb {
                    label: format!("link {}", row.link),
                    terms: vec![Term::Link(row.link)],
                    grade: Grade::Exact,
                };
                vec![Effect::Narrow {
                    crumb,
                    branch: Branch::Onward,
                    screen: Screen::Timeline,
                    event: Some(row.id),
                }]
            }
            Keepable::Pivot => {
                self.narrowing = Some((field, sense));
                let question = Question::Pivots { filter: env.filter(), event: row.id };
                vec![self.pivots.ask(LaneName::Front, question)]
            }
        }
    }

    fn narrow_by_pivot(&mut self) -> Vec<Effect> {
        let (Some((field, sense)), Some(choices)) = (self.narrowing.take(), self.pivots.value())
        else {
            return Vec::new();
        };
        match choices.iter().find(|choice| choice.kind == field) {
            Some(choice) => {
                vec![narrowed(field, (&choice.value, &choice.label), sense, choice.grade)]
            }
            None => vec![Effect::Refuse(format!("this row has no {field} to narrow by"))],
        }
    }
}

fn narrowed(
    field: &'static str,
    (value, label): (&str, &str),
    sense: Sense,
    grade: Grade,
) -> Effect {
    let crumb = match sense {
        Sense::Keep => Crumb::of(field, label, field_equals(field, value), grade),
        Sense::Drop => {
            Crumb::of(&format!("not {field}"), label, field_differs(field, value), grade)
        }
    };
    Effect::Narrow { crumb, branch: Branch::Onward, screen: Screen::Timeline, event: None }
}

/// Reads a time as typed: a clock time on `day`, a date, or RFC 3339.
fn read_time(text: &str, day: Option<&str>) -> Option<Micros> {
    let text = text.trim();
    let on_day = |clock: &str| Micros::parse(&format!("{}T{clock}Z", day?)).map(|(time, _)| time);
    match text.len() {
        5 => on_day(&format!("{text}:00")),
        8 | 12 if text.contains(':') => on_day(text),
        10 => Micros::parse(&format!("{text}T00:00:00Z")).map(|(time, _)| time),
        _ => Micros::parse(text).map(|(time, _)| time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_typed() {
        let read = |text| read_time(text, Some("2026-07-12")).map(|time| time.to_string());
        assert_eq!(read("09:31").as_deref(), Some("2026-07-12T09:31:00.000Z"));
        assert_eq!(read("09:31:08.002").as_deref(), Some("2026-07-12T09:31:08.002Z"));
        assert_eq!(read("2026-07-11").as_deref(), Some("2026-07-11T00:00:00.000Z"));
        assert_eq!(read("noonish"), None);
    }
}
