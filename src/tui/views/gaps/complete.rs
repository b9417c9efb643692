//! The second page of the Gaps screen: how many records of each source hold each of the six elements of a whole record.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::GapsView;
use crate::query::six::{Completeness, ELEMENTS, Level};
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::count;

const NAME: usize = 22;
const ROWS: usize = 12;

pub(super) fn draw(view: &mut GapsView, area: Rect, buf: &mut Buffer, env: &Env) {
    let mut canvas = Canvas::new(area, buf, env);
    canvas.rule(0, 0);
    canvas.say(1, 1, "COMPLETENESS   what records of each source hold, in percent", Role::Title);
    let Some(rows) = view.complete.value() else {
        let failure = view.complete.failure();
        let empty = Emptiness { is_answered: false, failure, things: "sources" };
        canvas.say(2, 3, &empty::sentence(empty, env), Role::Plain);
        return;
    };
    let each = canvas.width().saturating_sub(NAME + ROWS + 1) / ELEMENTS.len();
    canvas.say(1, 2, "SOURCE", Role::Title);
    let title = canvas.style(Role::Title);
    for (index, (_, name)) in ELEMENTS.iter().enumerate() {
        canvas.put(NAME + index * each, 2, each.saturating_sub(1), name, title);
    }
    canvas.say_right(2, "ROWS ", Role::Title);
    let height = canvas.height().saturating_sub(5);
    let last = rows.len().saturating_sub(height);
    view.top_complete = view.cursor.at.min(last);
    for (line, row) in rows.iter().skip(view.top_complete).take(height).enumerate() {
        draw_row(&mut canvas, 3 + line, each, row);
    }
    let foot = canvas.height().saturating_sub(1);
    canvas.say(
        1,
        foot,
        "full/part/masked by the source; what is left is not in the record   Tab back",
        Role::Faint,
    );
}

fn draw_row(canvas: &mut Canvas<'_>, y: usize, each: usize, row: &Completeness) {
    let plain = canvas.style(Role::Plain);
    canvas.put(1, y, NAME - 2, &format!("{} {}", row.plane, row.product), plain);
    for index in 0..ELEMENTS.len() {
        let share = |level| (row.at(index, level) * 100).div_ceil(row.events.max(1));
        let masked = share(Level::Masked);
        let mut text = format!("{}/{}", share(Level::Full), share(Level::Part));
        if masked > 0 {
            text = format!("{text}/{masked}");
        }
        canvas.put(NAME + index * each, y, each.saturating_sub(1), &text, plain);
    }
    canvas.say_right(y, &format!("{} ", count(row.events)), Role::Plain);
}
