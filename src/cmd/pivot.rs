//! `whytrail pivot`: what lies on the other side of a value.

use super::output::Rows;
use super::{Context, case, lists, selection, timeline};
use crate::cli::PivotKind;
use crate::failure::Ended;
use crate::query::filter::field_equals;
use crate::query::{self};
use crate::report::tables::Cell;

pub(super) fn run(context: &Context, kind: PivotKind, value: &str, to: Option<PivotKind>) -> Ended {
    let filter = selection::filter(context)?.with(field_equals(kind.field(), value));
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    match to {
        None => timeline::print(context, &reader, &filter),
        Some(PivotKind::Who) => lists::print_who(context, &reader, &filter),
        Some(PivotKind::Session) => lists::print_sessions(context, &reader, &filter),
        Some(PivotKind::What) => lists::print_what(context, &reader, &filter),
        Some(
            other @ (PivotKind::Key | PivotKind::Agent | PivotKind::Address | PivotKind::Trace),
        ) => {
            let limit = context.shared.filters.limit.unwrap_or(10_000);
            let mut rows =
                Rows::begin(context, "whytrail.pivot", &[("value", false), ("events", true)])?;
            for facet in query::facets(&reader, &filter, other.field(), "", limit)? {
                rows.row(&[
                    Cell::Text(facet.value),
                    Cell::Int(i64::try_from(facet.events).unwrap_or(i64::MAX)),
                ])?;
            }
            rows.finish()
        }
    }
}
