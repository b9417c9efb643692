//! Columns of a table: which fit, where they stand, and their heads. Columns drop in a fixed order when the width
//! does not suffice; what is left over goes to those that can use it.

use super::canvas::{Canvas, Cut};
use crate::text::width;
use crate::tui::theme::Role;

/// A column as declared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// Least number of cells.
    pub(crate) width: usize,
    /// Share of spare cells; 0 keeps the least width.
    pub(crate) flex: usize,
    /// Columns with the highest number go first when there is too little room; 0 never goes.
    pub(crate) drop: u8,
    pub(crate) align: Align,
    pub(crate) cut: Cut,
}

/// Where text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

impl Column {
    /// Returns a column of `width` cells that stands left, never drops and does not grow.
    pub(crate) const fn new(title: &'static str, width: usize) -> Self {
        Self { title, width, flex: 0, drop: 0, align: Align::Left, cut: Cut::End }
    }

    /// Lets the column grow.
    pub(crate) const fn flex(mut self, flex: usize) -> Self {
        self.flex = flex;
        self
    }

    /// Lets the column go; higher numbers go first.
    pub(crate) const fn drop(mut self, drop: u8) -> Self {
        self.drop = drop;
        self
    }

    /// Puts the text at the right edge.
    pub(crate) const fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }

    /// Cuts in the middle.
    pub(crate) const fn middle(mut self) -> Self {
        self.cut = Cut::Middle;
        self
    }
}

/// A column as placed: its number among those declared, first cell and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) idx: usize,
    pub(crate) x: usize,
    pub(crate) width: usize,
}

/// Places `columns` in `width` cells with one cell between them; the first cell is left for the cursor mark.
pub(crate) fn place(columns: &[Column], width: usize) -> Vec<Placed> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let least = |kept: &[usize]| -> usize {
        kept.iter().filter_map(|idx| columns.get(*idx)).map(|column| column.width + 1).sum()
    };
    while least(&kept) > width {
        let droppable = kept.iter().enumerate().filter_map(|(place, idx)| {
            let drop = columns.get(*idx)?.drop;
            (drop > 0).then_some((drop, place))
        });
        let Some((_, place)) = droppable.max() else { break };
        kept.remove(place);
    }
    let spare = width.saturating_sub(least(&kept));
    let shares: usize =
        kept.iter().filter_map(|idx| columns.get(*idx)).map(|column| column.flex).sum();
    let mut placed = Vec::with_capacity(kept.len());
    let mut x = 1;
    for idx in kept {
        let Some(column) = columns.get(idx) else { continue };
        let cells = column.width + (spare * column.flex).checked_div(shares).unwrap_or(0);
        placed.push(Placed { idx, x, width: cells });
        x += cells + 1;
    }
    placed
}

/// Draws the heads of placed columns on line `y`.
pub(crate) fn draw_heads(canvas: &mut Canvas<'_>, y: usize, columns: &[Column], placed: &[Placed]) {
    for spot in placed {
        let Some(column) = columns.get(spot.idx) else { continue };
        let text = match column.align {
            Align::Left => column.title.to_owned(),
            Align::Right => width::pad_left(column.title, spot.width),
        };
        let style = canvas.style(Role::Title);
        canvas.put(spot.x, y, spot.width, &text, style);
    }
}

/// Draws the text of one cell.
pub(crate) fn draw_cell(
    canvas: &mut Canvas<'_>,
    y: usize,
    column: &Column,
    spot: Placed,
    (text, style): (&str, ratatui::style::Style),
) {
    match column.align {
        Align::Left => canvas.put_cut(spot.x, y, spot.width, text, style, column.cut),
        Align::Right => {
            canvas.put(spot.x, y, spot.width, &width::pad_left(text, spot.width), style)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column::new("TIME", 12),
        Column::new("WHO", 10).flex(1),
        Column::new("NOTE", 5).drop(2),
        Column::new("TAG", 4).drop(1),
    ];

    #[test]
    fn columns_drop_in_their_order_and_never_the_first() {
        let names =
            |width| -> Vec<usize> { place(COLUMNS, width).iter().map(|spot| spot.idx).collect() };
        assert_eq!(names(80), [0, 1, 2, 3]);
        assert_eq!(names(30), [0, 1, 3]);
        assert_eq!(names(25), [0, 1]);
        assert_eq!(names(3), [0, 1]);
    }

    #[test]
    fn spare_cells_go_to_flexible_columns() {
        let spots = place(COLUMNS, 45);
        assert_eq!(spots.iter().map(|spot| spot.width).collect::<Vec<_>>(), [12, 20, 5, 4]);
        assert_eq!(spots.last().map(|spot| spot.x + spot.width), Some(45));
    }
}
