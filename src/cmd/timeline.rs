//! `whytrail timeline`: events in time order, streamed.

use super::output::Rows;
use super::{Context, case, output, selection};
use crate::cli::Order;
use crate::failure::{Ended, Failure};
use crate::model::rows::EventRow;
use crate::query::{self, Filter};
use crate::report::tables::Cell;
use crate::store::{Fault, Reader};

/// Columns of an event: name, and whether it is a number.
const COLUMNS: &[(&str, bool)] = &[
    ("time", false),
    ("source", false),
    ("link", false),
    ("who", false),
    ("action", false),
    ("target", false),
    ("outcome", false),
    ("tag", false),
    ("session", false),
    ("address", false),
    ("id", false),
    ("note", false),
];

pub(super) fn run(context: &Context) -> Ended {
    let filter = selection::filter(context)?;
    let case = case::open_existing(context)?;
    print(context, &case.reader()?, &filter)
}

/// Prints the events under a filter.
pub(super) fn print(context: &Context, reader: &Reader, filter: &Filter) -> Ended {
    let mut rows = Rows::begin(context, "whytrail.timeline", COLUMNS)?;
    let is_descending = context.shared.filters.order == Some(Order::Desc);
    let mut failure: Option<Failure> = None;
    let result =
        query::stream(reader, filter, is_descending, context.shared.filters.limit, |row| {
            failure = rows.row(&cells(context, &row)).err();
            Ok::<bool, Fault>(failure.is_none())
        });
    if let Some(failure) = failure {
        Err(failure)
    } else {
        result?;
        rows.finish()
    }
}

fn cells(context: &Context, row: &EventRow) -> Vec<Cell> {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Null, Cell::Text);
    vec![
        output::time(context, row.time),
        Cell::Text(row.plane.letter().to_string()),
        Cell::Text(row.link.as_str().to_owned()),
        Cell::Text(row.who.clone()),
        Cell::Text(row.action.clone()),
        Cell::Text(row.target.clone()),
        Cell::Text(row.outcome.as_str().to_owned()),
        text(&row.tag),
        text(&row.session),
        text(&row.address),
        Cell::Text(row.id.to_string()),
        Cell::Bool(row.has_note),
    ]
}
