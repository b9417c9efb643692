//! `whytrail who`, `sessions`, `what`: the lists of screens 3, 4 and 5.

use super::output::Rows;
use super::{Context, case, output, selection};
use crate::failure::Ended;
use crate::query::{self, Filter};
use crate::report::tables::Cell;
use crate::store::Reader;

fn whole(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn maybe(text: Option<&String>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.clone()))
}

pub(super) fn who(context: &Context) -> Ended {
    let filter = selection::filter(context)?;
    let case = case::open_existing(context)?;
    print_who(context, &case.reader()?, &filter)
}

pub(super) fn print_who(context: &Context, reader: &Reader, filter: &Filter) -> Ended {
    let columns = [
        ("name", false),
        ("kind", false),
        ("grade", false),
        ("proof", false),
        ("events", true),
        ("denied", true),
        ("sessions", true),
        ("first", false),
        ("last", false),
        ("id", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.who", &columns)?;
    for row in query::subjects(reader, filter)?.iter().take(limit(context)) {
        rows.row(&[
            text(&row.name),
            text(&row.kind),
            text(row.grade.as_str()),
            text(&row.proof),
            whole(row.events),
            whole(row.denied),
            whole(row.sessions),
            output::time(context, row.first),
            output::time(context, row.last),
            text(&row.id),
        ])?;
    }
    rows.finish()
}

pub(super) fn sessions(context: &Context) -> Ended {
    let filter = selection::filter(context)?;
    let case = case::open_existing(context)?;
    print_sessions(context, &case.reader()?, &filter)
}

pub(super) fn print_sessions(context: &Context, reader: &Reader, filter: &Filter) -> Ended {
    let columns = [
        ("short", false),
        ("kind", false),
        ("basis", false),
        ("human", false),
        ("grade", false),
        ("agent", false),
        ("actor", false),
        ("events", true),
        ("denied", true),
        ("first", false),
        ("last", false),
        ("minted_by", false),
        ("id", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.sessions", &columns)?;
    for row in query::sessions(reader, filter)?.iter().take(limit(context)) {
        rows.row(&[
            text(&row.short),
            text(&row.kind),
            text(&row.basis),
            maybe(row.human.as_ref()),
            text(row.human_grade.as_str()),
            maybe(row.agent.as_ref()),
            maybe(row.actor.as_ref()),
            whole(row.events),
            whole(row.denied),
            output::time(context, row.first),
            output::time(context, row.last),
            row.minted_by.map_or(Cell::Null, |id| Cell::Text(id.to_string())),
            text(&row.id),
        ])?;
    }
    rows.finish()
}

pub(super) fn what(context: &Context) -> Ended {
    let filter = selection::filter(context)?;
    let case = case::open_existing(context)?;
    print_what(context, &case.reader()?, &filter)
}

pub(super) fn print_what(context: &Context, reader: &Reader, filter: &Filter) -> Ended {
    let columns = [
        ("resource", false),
        ("type", false),
        ("events", true),
        ("writes", true),
        ("denied", true),
        ("failed", true),
        ("subjects", true),
        ("first", false),
        ("last", false),
        ("id", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.what", &columns)?;
    for row in query::resources(reader, filter)?.iter().take(limit(context)) {
        rows.row(&[
            text(&row.short),
            maybe(row.kind.as_ref()),
            whole(row.events),
            whole(row.writes),
            whole(row.denied),
            whole(row.failed),
            whole(row.subjects),
            output::time(context, row.first),
            output::time(context, row.last),
            text(&row.id),
        ])?;
    }
    rows.finish()
}

fn limit(context: &Context) -> usize {
    context.shared.filters.limit.unwrap_or(usize::MAX)
}
