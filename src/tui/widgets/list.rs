//! The cursor of a list that is wholly in memory: where it stands, which line is the first on screen.

use crate::tui::command::Command;

/// Cursor and first line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    pub(crate) at: usize,
    pub(crate) top: usize,
    pub(crate) height: usize,
}

/// Commands that move a [`Cursor`].
pub(crate) const MOVES: [Command; 8] = [
    Command::Down,
    Command::Up,
    Command::First,
    Command::Last,
    Command::PageDown,
    Command::PageUp,
    Command::HalfDown,
    Command::HalfUp,
];

impl Cursor {
    /// Moves as `command` says, in a list of `n_rows`; returns false for a command that does not move.
    pub(crate) fn obey(&mut self, command: Command, n_rows: usize) -> bool {
        let page = self.height.max(2) - 1;
        let to = match command {
            Command::Down => self.at.saturating_add(1),
            Command::Up => self.at.saturating_sub(1),
            Command::First => 0,
            Command::Last => usize::MAX,
            Command::PageDown => self.at.saturating_add(page),
            Command::PageUp => self.at.saturating_sub(page),
            Command::HalfDown => self.at.saturating_add(page.div_ceil(2)),
            Command::HalfUp => self.at.saturating_sub(page.div_ceil(2)),
            _ => return false,
        };
        self.at = to.min(n_rows.saturating_sub(1));
        true
    }

    /// Fits cursor and first line to `n_rows` shown in `height` lines; returns the rows on screen.
    pub(crate) fn fit(&mut self, n_rows: usize, height: usize) -> std::ops::Range<usize> {
        self.height = height;
        self.at = self.at.min(n_rows.saturating_sub(1));
        if height > 0 && self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
        self.top = self.top.min(self.at).min(n_rows.saturating_sub(height));
        self.top..(self.top + height).min(n_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_stays_on_screen_and_in_the_list() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.fit(100, 10), 0..10);
        cursor.obey(Command::Last, 100);
        assert_eq!(cursor.fit(100, 10), 90..100);
        cursor.obey(Command::PageUp, 100);
        assert_eq!(cursor.at, 90);
        assert_eq!(cursor.fit(3, 10), 0..3);
        assert_eq!(cursor.at, 2);
        assert_eq!(cursor.fit(0, 0), 0..0);
    }
}
