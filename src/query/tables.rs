//! Free questions over the documented views, for `whytrail sql` and `whytrail schema`.

use crate::store::{Fault, Reader, Row};

/// Views that `whytrail sql` promises.
pub const VIEWS: &[&str] = &[
    "events",
    "identifiers",
    "resources",
    "links",
    "sessions",
    "subjects",
    "sources",
    "rejects",
    "tags",
    "notes",
    "provenance",
    "proofs",
    "blind_spots",
    "source_groups",
    "key_lives",
    "spends",
    "prices",
    "leads",
    "rule_runs",
    "rule_instances",
    "boundaries",
];

/// Runs one `SELECT` and hands out its rows; returns the names of its columns.
/// A text that holds anything else is refused before it runs.
pub fn ask(
    reader: &Reader,
    sql: &str,
    take: impl FnMut(Row) -> Result<bool, Fault>,
) -> Result<Vec<String>, Fault> {
    let trimmed = sql.trim().trim_end_matches(';').trim();
    let first =
        trimmed.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    let is_question = ["select", "with", "from", "describe", "summarize", "show"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word));
    if !is_question {
        return Err(Fault::Question(
            "only one SELECT over the documented views can be asked".to_owned(),
        ));
    }
    // As a subquery the text can hold one question and nothing that writes.
    let wrapped = if ["select", "with", "from"].iter().any(|word| first.eq_ignore_ascii_case(word))
    {
        format!("SELECT * FROM (\n{trimmed}\n)")
    } else {
        trimmed.to_owned()
    };
    reader.each(&wrapped, &[], take)
}

/// Returns name and type of the columns of a view, or `None` for a view that is not promised.
pub fn columns(reader: &Reader, view: &str) -> Result<Option<Vec<(String, String)>>, Fault> {
    if !VIEWS.contains(&view) {
        return Ok(None);
    }
    let rows = reader.rows(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position",
        &[view.into()],
    )?;
    Ok(Some(rows.iter().map(|row| (row.text(0), row.text(1))).collect()))
}
