//! What stands beside a list on a wide screen: the two other lists, narrowed by the row under the cursor. The stack of
//! who, sessions and what, seen sideways.

use super::rows::{ListRow, Sheet};
use crate::query::filter::field_equals;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::{self, Column};
use crate::tui::widgets::words::{capped, count};

const COLUMNS: &[Column] = &[
    Column::new("", 12).flex(1).middle(),
    Column::new("L", 1),
    Column::new("EVENTS", 8).right(),
    Column::new("DENIED", 7).right(),
];

/// The two lists.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Value they were asked for.
    of: Option<String>,
    upper: Slot<Vec<ListRow>>,
    lower: Slot<Vec<ListRow>>,
}

impl Beside {
    /// Asks for the lists of `row` unless they are those of before.
    pub(super) fn follow(&mut self, sheet: Sheet, row: Option<&ListRow>, env: &Env) -> Vec<Effect> {
        let (Some([upper, lower]), Some(row)) = (sheet.beside(), row) else { return Vec::new() };
        let Some(field) = row.field else { return Vec::new() };
        if !env.is_wide() || self.of.as_ref() == Some(&row.value) {
            return Vec::new();
        }
        self.of = Some(row.value.clone());
        let mut filter = env.filter();
        if !filter.enabled {
            filter.terms.clear();
        }
        let filter = filter.with(field_equals(field, &row.value));
        vec![
            self.upper.ask(LaneName::Back, upper.question_of(filter.clone())),
            self.lower.ask(LaneName::Back, lower.question_of(filter)),
        ]
    }

    /// Forgets which row the lists belong to, so that the next [`Beside::follow`] asks again.
    pub(super) fn forget(&mut self) {
        self.of = None;
    }

    /// Takes an answer if it belongs to one of the lists.
    pub(super) fn accept(&mut self, done: &mut Done, env: &Env) {
        self.upper.accept(done, |answer| Sheet::rows(answer, env));
        self.lower.accept(done, |answer| Sheet::rows(answer, env));
    }

    /// Draws both lists, one above the other.
    pub(super) fn draw(&self, sheet: Sheet, canvas: &mut Canvas<'_>) {
        let Some([upper, lower]) = sheet.beside() else { return };
        let (width, half) = (canvas.width(), canvas.height() / 2);
        draw_part(upper, &self.upper, &mut canvas.part(0, 0, width, half));
        canvas.rule(0, half);
        let rest = canvas.height().saturating_sub(half + 1);
        draw_part(lower, &self.lower, &mut canvas.part(0, half + 1, width, rest));
    }
}

fn draw_part(sheet: Sheet, slot: &Slot<Vec<ListRow>>, canvas: &mut Canvas<'_>) {
    let placed = table::place(COLUMNS, canvas.width());
    table::draw_heads(canvas, 0, COLUMNS, &placed);
    let rows = slot.value().map_or(&[][..], Vec::as_slice);
    let growing = if slot.is_asking() { ".." } else { "" };
    canvas.say(
        1,
        0,
        &format!("{} {}{growing}", sheet.title().to_uppercase(), capped(rows.len())),
        Role::Title,
    );
    if let Some(failure) = slot.failure() {
        canvas.say(1, 1, failure, Role::Broken);
        return;
    }
    for (y, row) in rows.iter().take(canvas.height().saturating_sub(1)).enumerate() {
        let denied = if row.denied == 0 { "-".to_owned() } else { count(row.denied) };
        let role = if row.denied == 0 { Role::Faint } else { Role::Refused };
        let cells = [
            (row.label.clone(), Role::Plain),
            (row.grade.to_string(), Role::Faint),
            (count(row.events), Role::Plain),
            (denied, role),
        ];
        for spot in &placed {
            let (Some(column), Some((text, role))) = (COLUMNS.get(spot.idx), cells.get(spot.idx))
            else {
                continue;
            };
            let style = canvas.style(*role);
            table::draw_cell(canvas, y + 1, column, *spot, (text, style));
        }
    }
}
