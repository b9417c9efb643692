//! `whytrail schema`: the columns of the documented views.

use super::output::Rows;
use super::{Context, case};
use crate::failure::{Ended, Failure};
use crate::query::tables;
use crate::report::tables::Cell;
use crate::store::{Limits, Store};

pub(super) fn run(context: &Context, name: Option<&str>) -> Ended {
    // The views are the same in every case, so an empty one in memory will do when none is at hand.
    let reader = match case::open_existing(context) {
        Ok(case) => case.reader()?,
        Err(_) if context.shared.filters.case.is_none() => {
            Store::open(std::path::Path::new(":memory:"), Limits { memory_mib: 128, threads: 1 })?
                .reader()?
        }
        Err(failure) => return Err(failure),
    };
    let views: Vec<&str> = match name {
        Some(name) => vec![name],
        None => tables::VIEWS.to_vec(),
    };
    let mut rows = Rows::begin(
        context,
        "whytrail.schema",
        &[("view", false), ("column", false), ("type", false)],
    )?;
    for view in views {
        let columns = tables::columns(&reader, view)?.ok_or_else(|| {
            Failure::usage(format!("`{view}` is no view"))
                .hint(format!("views are {}", tables::VIEWS.join(" ")))
        })?;
        for (column, kind) in columns {
            rows.row(&[Cell::Text(view.to_owned()), Cell::Text(column), Cell::Text(kind)])?;
        }
    }
    rows.finish()
}
