//! The one door to the cells. Everything drawn passes here and is made harmless on the way; nothing is drawn
//! outside the area. Must not know what the text means.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::text::{sanitize, sanitize_ascii, width};
use crate::tui::env::Env;
use crate::tui::theme::{Role, Theme};

/// Which end of a text goes when it does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    End,
    /// Identifiers keep both ends.
    Middle,
}

/// An area to draw on, with coordinates from its upper left corner.
#[derive(Debug)]
pub(crate) struct Canvas<'a> {
    buf: &'a mut Buffer,
    area: Rect,
    is_ascii: bool,
    theme: Theme,
}

impl<'a> Canvas<'a> {
    /// Returns the part of `area` that lies inside `buf`.
    pub(crate) fn new(area: Rect, buf: &'a mut Buffer, env: &Env) -> Self {
        let area = area.intersection(buf.area);
        Self { buf, area, is_ascii: env.is_ascii, theme: env.theme }
    }

    /// Returns the number of columns.
    pub(crate) const fn width(&self) -> usize {
        self.area.width as usize
    }

    /// Returns the number of lines.
    pub(crate) const fn height(&self) -> usize {
        self.area.height as usize
    }

    /// Returns the style of a role.
    pub(crate) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Draws `text` in at most `width` cells at (`x`, `y`); returns the cells used.
    pub(crate) fn put(
        &mut self,
        x: usize,
        y: usize,
        width: usize,
        text: &str,
        style: Style,
    ) -> usize {
        self.put_cut(x, y, width, text, style, Cut::End)
    }

    /// Draws `text` in the style of `role` up to the right edge; returns the cells used.
    pub(crate) fn say(&mut self, x: usize, y: usize, text: &str, role: Role) -> usize {
        self.put(x, y, usize::MAX, text, self.theme.style(role))
    }

    /// Draws `text` so that it ends at the right edge.
    pub(crate) fn say_right(&mut self, y: usize, text: &str, role: Role) {
        let cells = width::cells(&self.harmless(text));
        self.say(self.width().saturating_sub(cells), y, text, role);
    }

    /// Draws like [`Canvas::put`], cutting as told.
    #[expect(
        clippy::too_many_arguments,
        reason = "a place, a width, a text and its look are one thought"
    )]
    pub(crate) fn put_cut(
        &mut self,
        x: usize,
        y: usize,
        width: usize,
        text: &str,
        style: Style,
        cut: Cut,
    ) -> usize {
        let room = width.min(self.width().saturating_sub(x));
        if y >= self.height() || room == 0 {
            return 0;
        }
        let harmless = self.harmless(text);
        let shown = match cut {
            Cut::End => width::cut_end(&harmless, room),
            Cut::Middle => width::cut_middle(&harmless, room),
        };
        let (column, row) = (self.area.x + small(x), self.area.y + small(y));
        self.buf.set_stringn(column, row, &shown, room, style);
        width::cells(&shown)
    }

    /// Draws a rule over the whole width of line `y`, from column `x`.
    pub(crate) fn rule(&mut self, x: usize, y: usize) {
        let glyph = if self.is_ascii { "-" } else { "─" };
        let line = glyph.repeat(self.width().saturating_sub(x));
        self.say(x, y, &line, Role::Faint);
    }

    /// Draws a vertical rule in column `x`, from line `y` to the foot.
    pub(crate) fn bar(&mut self, x: usize, y: usize) {
        let glyph = if self.is_ascii { "|" } else { "│" };
        for line in y..self.height() {
            self.say(x, line, glyph, Role::Faint);
        }
    }

    /// Changes the style of `width` cells that are drawn already.
    pub(crate) fn restyle(&mut self, x: usize, y: usize, width: usize, style: Style) {
        if y < self.height() && x < self.width() {
            let room = width.min(self.width() - x);
            self.buf.set_style(
                Rect::new(self.area.x + small(x), self.area.y + small(y), small(room), 1),
                style,
            );
        }
    }

    /// Returns a canvas on a part of this one.
    pub(crate) fn part(&mut self, x: usize, y: usize, width: usize, height: usize) -> Canvas<'_> {
        let (x, y) = (x.min(self.width()), y.min(self.height()));
        let area = Rect {
            x: self.area.x + small(x),
            y: self.area.y + small(y),
            width: small(width.min(self.width() - x)),
            height: small(height.min(self.height() - y)),
        };
        Canvas { buf: self.buf, area, is_ascii: self.is_ascii, theme: self.theme }
    }

    fn harmless<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_ascii { sanitize_ascii(text) } else { sanitize(text) }
    }
}

/// Narrows a coordinate; screens are smaller than 65,535 cells.
fn small(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}
