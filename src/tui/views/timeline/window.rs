//! The part of the time line that is in memory, with cursor and first row. Rows are known by their ids, so that the
//! cursor stays on its event when rows arrive around it. Must not ask or draw.

use crate::model::rows::{EventPage, EventRow};
use crate::model::{EventId, Micros};
use crate::tui::command::Command;

/// Where the cursor goes when a page arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    First,
    Last,
    Event(EventId),
    /// The first row at or after a time.
    Time(Micros),
    /// The event the cursor is on, or the row nearest to its time.
    Keep,
}

/// Rows in memory.
#[derive(Debug, Default)]
pub(super) struct Window {
    pub(super) rows: Vec<EventRow>,
    pub(super) before: u64,
    pub(super) total: u64,
    pub(super) at: usize,
    pub(super) top: usize,
    pub(super) height: usize,
}

impl Window {
    /// Forgets the rows.
    pub(super) fn clear(&mut self) {
        *self = Self { height: self.height, ..Self::default() };
    }

    /// Returns the row under the cursor.
    pub(super) fn row(&self) -> Option<&EventRow> {
        self.rows.get(self.at)
    }

    /// Returns the place of the cursor among all rows, from 1; 0 when there are none.
    pub(super) fn rank(&self) -> u64 {
        if self.rows.is_empty() { 0 } else { self.before + self.at as u64 + 1 }
    }

    /// Puts `page` in place of the rows. The cursor keeps its line on screen where the rows allow it.
    pub(super) fn take(&mut self, page: EventPage, aim: Aim) {
        let line = self.at.saturating_sub(self.top);
        let known = self.row().map(|row| (row.id, row.time));
        self.rows = page.rows;
        self.before = page.before;
        self.total = page.total;
        let last = self.rows.len().saturating_sub(1);
        self.at = match aim {
            Aim::First => 0,
            Aim::Last => last,
            Aim::Event(event) => self.find(event).unwrap_or(0),
            Aim::Time(time) => self.at_time(Some(time)),
            Aim::Keep => {
                known.map_or(0, |(id, time)| self.find(id).unwrap_or_else(|| self.at_time(time)))
            }
        };
        self.top = match aim {
            Aim::First => 0,
            Aim::Last | Aim::Keep => self.at.saturating_sub(line),
            Aim::Event(_) | Aim::Time(_) => self.at.saturating_sub(self.height / 3),
        };
    }

    /// Returns the index of an event that is in memory.
    pub(super) fn find(&self, event: EventId) -> Option<usize> {
        self.rows.iter().position(|row| row.id == event)
    }

    fn at_time(&self, time: Option<Micros>) -> usize {
        let last = self.rows.len().saturating_sub(1);
        let Some(time) = time else { return last };
        self.rows.iter().position(|row| row.time.is_none_or(|known| known >= time)).unwrap_or(last)
    }

    /// Moves the cursor; returns false for a command that does not move, and for an end that is not in memory.
    pub(super) fn obey(&mut self, command: Command) -> bool {
        let page = self.height.max(2) - 1;
        let to = match command {
            Command::Down => self.at + 1,
            Command::Up => self.at.saturating_sub(1),
            Command::PageDown => self.at + page,
            Command::PageUp => self.at.saturating_sub(page),
            Command::HalfDown => self.at + page.div_ceil(2),
            Command::HalfUp => self.at.saturating_sub(page.div_ceil(2)),
            Command::First if self.before == 0 && !self.rows.is_empty() => 0,
            Command::Last if self.is_end_here() && !self.rows.is_empty() => self.rows.len(),
            _ => return false,
        };
        self.at = to.min(self.rows.len().saturating_sub(1));
        true
    }

    /// Returns true when no row lies behind those in memory.
    pub(super) fn is_end_here(&self) -> bool {
        self.before + self.rows.len() as u64 >= self.total
    }

    /// Returns true when the cursor is so near an edge that more rows should be fetched.
    pub(super) fn is_near_edge(&self) -> bool {
        let margin = (self.height * 2).max(60);
        let is_top = self.before > 0 && self.at < margin;
        let is_foot = !self.is_end_here() && self.at + margin >= self.rows.len();
        !self.rows.is_empty() && (is_top || is_foot)
    }

    /// Returns what stands on `height` lines: rows, and a line where the date changes. Moves the first row so that
    /// the cursor is among them.
    pub(super) fn lay_out(
        &mut self,
        height: usize,
        date: impl Fn(&EventRow) -> String,
    ) -> Vec<ScreenLine> {
        self.height = height;
        if height == 0 || self.rows.is_empty() {
            return Vec::new();
        }
        self.top = self.top.min(self.at).min(self.rows.len().saturating_sub(height));
        self.top = self.top.max((self.at + 1).saturating_sub(height));
        loop {
            let lines = self.lines_from(self.top, height, &date);
            if lines.contains(&ScreenLine::Row(self.at)) || self.top >= self.at {
                return lines;
            }
            self.top += 1;
        }
    }

    fn lines_from(
        &self,
        top: usize,
        height: usize,
        date: &impl Fn(&EventRow) -> String,
    ) -> Vec<ScreenLine> {
        let mut lines = Vec::with_capacity(height);
        let mut known: Option<String> = None;
        for (idx, row) in self.rows.iter().enumerate().skip(top) {
            let day = date(row);
            if known.as_ref().is_some_and(|known| *known != day) {
                lines.push(ScreenLine::Date(day.clone()));
            }
            known = Some(day);
            lines.push(ScreenLine::Row(idx));
            if lines.len() >= height {
                break;
            }
        }
        lines.truncate(height);
        lines
    }
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScreenLine {
    Row(usize),
    /// The rows below are of this day.
    Date(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Grade, Outcome, Plane};

    fn row(number: u128) -> EventRow {
        EventRow {
            id: EventId(number),
            time: Some(Micros(i64::try_from(number).unwrap() * 1_000_000)),
            plane: Plane::CloudTrail,
            link: Grade::None,
            who: "someone".into(),
            action: "s3:GetObject".into(),
            target: "bucket".into(),
            outcome: Outcome::Success,
            session: None,
            address: None,
            tag: None,
            n_tags: 0,
            has_note: false,
        }
    }

    fn page(numbers: std::ops::Range<u128>, before: u64, total: u64) -> EventPage {
        EventPage { rows: numbers.map(row).collect(), before, total }
    }

    #[test]
    fn cursor_keeps_its_event_and_its_line_when_rows_arrive_above() {
        let mut window = Window { height: 10, ..Window::default() };
        window.take(page(100..150, 0, 50), Aim::First);
        window.at = 7;
        window.take(page(80..150, 0, 70), Aim::Keep);
        assert_eq!(window.row().map(|row| row.id), Some(EventId(107)));
        assert_eq!(window.at - window.top, 7);
    }

    #[test]
    fn cursor_falls_to_the_nearest_time_when_its_event_is_filtered_out() {
        let mut window = Window { height: 10, ..Window::default() };
        window.take(page(100..110, 0, 10), Aim::Event(EventId(105)));
        let mut fewer = page(100..110, 0, 9);
        fewer.rows.retain(|row| row.id != EventId(105));
        window.take(fewer, Aim::Keep);
        assert_eq!(window.row().map(|row| row.id), Some(EventId(106)));
    }

    #[test]
    fn line_between_two_days_pushes_no_cursor_off_the_screen() {
        let mut window = Window::default();
        window.take(page(0..20, 0, 20), Aim::First);
        window.at = 9;
        let day = |row: &EventRow| if row.id.0 < 5 { "one".to_owned() } else { "two".to_owned() };
        let lines = window.lay_out(10, day);
        assert!(lines.contains(&ScreenLine::Row(9)));
        assert!(lines.contains(&ScreenLine::Date("two".into())));
        assert_eq!(lines.len(), 10);
    }

    #[test]
    fn edges_ask_for_more_only_when_there_is_more() {
        let mut window = Window { height: 10, ..Window::default() };
        window.take(page(0..100, 0, 100), Aim::First);
        assert!(!window.is_near_edge());
        window.take(page(0..100, 0, 5_000), Aim::Last);
        assert!(window.is_near_edge());
        assert!(!window.obey(Command::Last));
    }
}
