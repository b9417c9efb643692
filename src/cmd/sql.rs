//! `whytrail sql`: one read-only question over the documented views.

use super::output::Rows;
use super::{Context, case};
use crate::failure::Ended;
use crate::query::tables;
use crate::report::tables::Cell;
use crate::store::{Fault, Row, Value};

pub(super) fn run(context: &Context, query: &str) -> Ended {
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    let mut rows: Vec<Row> = Vec::new();
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX);
    let names = tables::ask(&reader, query, |row| {
        rows.push(row);
        Ok::<bool, Fault>(rows.len() < limit)
    })?;
    // Column names come from the question, so they live as long as the program: there is one question per run.
    let names: Vec<(&'static str, bool)> = names
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            (&*Box::leak(name.into_boxed_str()), rows.iter().all(|row| is_number(row, index)))
        })
        .collect();
    let mut out = Rows::begin(context, "whytrail.sql", &names)?;
    for row in &rows {
        let cells: Vec<Cell> = row.0.iter().map(cell).collect();
        out.row(&cells)?;
    }
    out.finish()
}

fn is_number(row: &Row, index: usize) -> bool {
    matches!(row.0.get(index), Some(Value::Int(_) | Value::Float(_)))
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(flag) => Cell::Bool(*flag),
        Value::Int(number) => Cell::Int(*number),
        Value::Float(number) => Cell::Float(*number),
        Value::Text(_) | Value::Time(_) | Value::Id(_) | Value::Blob(_) => {
            Cell::Text(value.to_string())
        }
    }
}
