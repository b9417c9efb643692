//! Columns of the time line and the values that `+` and `-` take from them.

use ratatui::style::Style;

use crate::model::rows::EventRow;
use crate::text::width::cut_end;
use crate::tui::env::Env;
use crate::tui::theme::{Role, tag_word};
use crate::tui::widgets::table::Column;

/// Numbers of the columns in [`COLUMNS`].
pub(super) const TIME: usize = 0;
pub(super) const SOURCE: usize = 1;
pub(super) const LINK: usize = 2;
pub(super) const WHO: usize = 3;
pub(super) const ACTION: usize = 4;
pub(super) const TARGET: usize = 5;
pub(super) const OUTCOME: usize = 6;
pub(super) const TAG: usize = 7;

/// Columns in order. They drop as tag, link, source; time, who, action and outcome never go.
pub(super) const COLUMNS: &[Column] = &[
    Column::new("TIME", 12),
    Column::new("S", 1).drop(1),
    Column::new("L", 1).drop(2),
    Column::new("WHO", 12).flex(3).middle(),
    Column::new("ACTION", 20).flex(4),
    Column::new("TARGET", 16).flex(4).drop(3).middle(),
    Column::new("OUT", 4),
    Column::new("TAG", 5).drop(4),
];

/// Columns of a narrow screen: four.
pub(super) const NARROW: &[Column] = &[
    Column::new("TIME", 12),
    Column::new("WHO", 14).flex(1).middle(),
    Column::new("ACTION", 20).flex(2),
    Column::new("OUT", 4),
];

/// For each column of [`NARROW`], its number in [`COLUMNS`].
pub(super) const NARROW_IDX: [usize; 4] = [TIME, WHO, ACTION, OUTCOME];

/// Where the value of a column comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keepable {
    /// The row says it.
    Cell(fn(&EventRow) -> Option<&str>),
    /// The grade of the row's best link.
    Link,
    /// The row shows a short form; the pivots of the event know the value.
    Pivot,
}

/// A column that can be narrowed by.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeepableColumn {
    pub(super) title: &'static str,
    /// Number in [`COLUMNS`].
    pub(super) idx: usize,
    /// Filter field.
    pub(super) field: &'static str,
    pub(super) value: Keepable,
}

/// The column `+` and `-` begin with: ACTION.
pub(super) const DEFAULT_COLUMN: usize = 3;

/// Columns that can be narrowed by, from left to right.
pub(super) const KEEPABLE: &[KeepableColumn] = &[
    KeepableColumn { title: "S", idx: SOURCE, field: "source", value: Keepable::Cell(source) },
    KeepableColumn { title: "L", idx: LINK, field: "link", value: Keepable::Link },
    KeepableColumn { title: "WHO", idx: WHO, field: "who", value: Keepable::Pivot },
    KeepableColumn { title: "ACTION", idx: ACTION, field: "action", value: Keepable::Cell(action) },
    KeepableColumn { title: "TARGET", idx: TARGET, field: "what", value: Keepable::Pivot },
    KeepableColumn { title: "OUT", idx: OUTCOME, field: "outcome", value: Keepable::Cell(outcome) },
    KeepableColumn { title: "TAG", idx: TAG, field: "tag", value: Keepable::Cell(tag) },
];

#[expect(clippy::unnecessary_wraps, reason = "other columns can be empty, and all share one type")]
const fn source(row: &EventRow) -> Option<&str> {
    Some(row.plane.as_str())
}

fn action(row: &EventRow) -> Option<&str> {
    Some(row.action.as_str()).filter(|action| !action.is_empty())
}

#[expect(clippy::unnecessary_wraps, reason = "other columns can be empty, and all share one type")]
const fn outcome(row: &EventRow) -> Option<&str> {
    Some(row.outcome.as_str())
}

fn tag(row: &EventRow) -> Option<&str> {
    row.tag.as_deref()
}

/// Returns the text and look of column `idx`; `previous` is the row before, for time differences.
pub(super) fn cell(
    idx: usize,
    row: &EventRow,
    delta: Option<String>,
    env: &Env,
) -> (String, Style) {
    let plain = Style::new();
    match idx {
        TIME => (delta.unwrap_or_else(|| env.clock(row.time)), plain),
        SOURCE => (row.plane.letter().to_string(), plain),
        LINK => (row.link.to_string(), env.theme.grade(row.link)),
        WHO => (row.who.clone(), plain),
        ACTION => (row.action.clone(), plain),
        TARGET => (row.target.clone(), plain),
        OUTCOME => (row.outcome.screen().to_owned(), env.theme.outcome(row.outcome)),
        TAG => tag_cell(row, env),
        _ => (String::new(), plain),
    }
}

/// Returns the tag's word with `*` for a note and `+` for further tags.
fn tag_cell(row: &EventRow, env: &Env) -> (String, Style) {
    let mut text =
        row.tag.as_deref().map(|tag| cut_end(tag_word(tag), 4).into_owned()).unwrap_or_default();
    let style =
        row.tag.as_deref().map_or_else(|| env.theme.style(Role::Plain), |tag| env.theme.tag(tag));
    if row.has_note {
        text += "*";
    } else if row.n_tags > 1 {
        text += "+";
    }
    (text, style)
}
