//! What stands in the columns of the time line, and the values that `+` and `-` take from them.

use ratatui::style::Style;

use crate::model::rows::EventRow;
use crate::text::width::cut_end;
use crate::tui::columns::ColumnName;
use crate::tui::env::Env;
use crate::tui::theme::{Role, tag_word};

/// Where the value of a column comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keepable {
    /// The row says it.
    Cell(fn(&EventRow) -> Option<String>),
    /// The grade of the row's best link.
    Link,
    /// The row shows a short form; the pivots of the event know the value.
    Pivot,
}

/// Returns the filter field of a column and where its value comes from; `None` for one that cannot be narrowed by.
pub(super) fn keepable(name: ColumnName) -> Option<(&'static str, Keepable)> {
    Some(match name {
        ColumnName::Source => ("source", Keepable::Cell(|row| Some(row.plane.as_str().to_owned()))),
        ColumnName::Link => ("link", Keepable::Link),
        ColumnName::Who => ("who", Keepable::Pivot),
        ColumnName::Action => ("action", Keepable::Cell(|row| full(&row.action))),
        ColumnName::Target => ("what", Keepable::Pivot),
        ColumnName::Outcome => {
            ("outcome", Keepable::Cell(|row| Some(row.outcome.as_str().to_owned())))
        }
        ColumnName::Tag => ("tag", Keepable::Cell(|row| row.tag.clone())),
        ColumnName::Session => ("session", Keepable::Cell(|row| row.session.clone())),
        ColumnName::Address => ("address", Keepable::Cell(|row| row.address.clone())),
        ColumnName::Id => ("id", Keepable::Cell(|row| Some(row.id.to_string()))),
        ColumnName::Time | ColumnName::Note => return None,
    })
}

fn full(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// Returns the text and look of a column; `delta` stands in place of the time where it is wanted.
pub(super) fn cell(
    name: ColumnName,
    row: &EventRow,
    delta: Option<String>,
    env: &Env,
) -> (String, Style) {
    let plain = Style::new();
    let maybe = |text: &Option<String>| text.clone().unwrap_or_default();
    match name {
        ColumnName::Time => (delta.unwrap_or_else(|| env.clock(row.time)), plain),
        ColumnName::Source => (row.plane.letter().to_string(), plain),
        ColumnName::Link => (row.link.to_string(), env.theme.grade(row.link)),
        ColumnName::Who => (row.who.clone(), plain),
        ColumnName::Action => (row.action.clone(), plain),
        ColumnName::Target => (row.target.clone(), plain),
        ColumnName::Outcome => (row.outcome.screen().to_owned(), env.theme.outcome(row.outcome)),
        ColumnName::Tag => tag_cell(row, env),
        ColumnName::Note => (if row.has_note { "note" } else { "" }.to_owned(), plain),
        ColumnName::Session => (maybe(&row.session), plain),
        ColumnName::Address => (maybe(&row.address), plain),
        ColumnName::Id => (row.id.short(), plain),
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
