//! `whytrail keys`: life lines of keys, jobs of many short keys, and what was spent by whom and with which model.

use std::path::Path;

use super::output::Rows;
use super::{Context, case, output, selection};
use crate::cli::SpendWord;
use crate::config::Config;
use crate::failure::{Ended, Failure, Kind};
use crate::link::prices::{self, PriceError};
use crate::model::spend::{KeyRow, Price, Spend, SpendBy};
use crate::query;
use crate::report::tables::Cell;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) prices: Option<&'a Path>,
    pub(super) spend: Option<SpendWord>,
    pub(super) job: Option<&'a str>,
}

/// Returns the price table in force: the program's, with that of the data folder, or of `file` in its place.
fn price_table(config: &Config, file: Option<&Path>) -> Result<Vec<Price>, PriceError> {
    let own = config.places.prices();
    let file = file.or_else(|| own.is_file().then_some(own.as_path()));
    file.map_or_else(prices::embedded, prices::with_file)
}

/// Returns the price table in force; where the one of the data folder cannot be used, the program's alone.
pub(super) fn usable_prices(config: &Config) -> Result<Vec<Price>, Failure> {
    price_table(config, None)
        .or_else(|_told_at_the_start| prices::embedded())
        .map_err(|error| Failure::new(Kind::Failed, error.to_string()))
}

/// Says so when the price table of the data folder cannot be used.
pub(super) fn warn_of_prices(config: &Config) {
    if let Err(error) = price_table(config, None) {
        output::say(&format!("warning: {error}; the prices that come with the program are used"));
    }
}

pub(super) fn run(context: &Context, asked: &Asked<'_>) -> Ended {
    let filter = selection::filter(context)?;
    let table = price_table(&context.config, asked.prices).map_err(|error| {
        Failure::usage(error.to_string()).hint(
            "prices are US dollars for a million tokens; `whytrail sql \"FROM prices\"` shows those in force",
        )
    })?;
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    if let Some(word) = asked.spend {
        return print_spend(context, &query::spend::spends(&reader, by(word), Some(&table))?);
    }
    let list = match asked.job {
        Some(job) => crate::model::spend::KeyList {
            rows: query::keys_of_job(&reader, job, Some(&table))?,
            ..Default::default()
        },
        None => query::keys(&reader, &filter, Some(&table))?,
    };
    if !list.blind.is_empty() && !context.shared.output.quiet {
        output::say(&format!("neither cost nor tokens in: {}", list.blind.join(", ")));
    }
    print_keys(context, &list.rows)
}

const fn by(word: SpendWord) -> SpendBy {
    match word {
        SpendWord::Person => SpendBy::Person,
        SpendWord::Agent => SpendBy::Agent,
        SpendWord::Session => SpendBy::Session,
        SpendWord::Model => SpendBy::Model,
        SpendWord::Provider => SpendBy::Provider,
    }
}

fn whole(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn maybe(text: Option<&String>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.clone()))
}

/// Returns US dollars to the hundredth of a cent as text, so that every format prints the same digits.
fn dollars(number: Option<f64>) -> Cell {
    number.map_or(Cell::Null, |number| Cell::Text(format!("{number:.4}")))
}

const KEY_COLUMNS: &[(&str, bool)] = &[
    ("key", false),
    ("kind", false),
    ("owner", false),
    ("grade", false),
    ("first", false),
    ("last", false),
    ("calls", true),
    ("denied", true),
    ("services", true),
    ("spend_usd", true),
    ("spend_basis", false),
    ("flag", false),
    ("why", false),
    ("keys", true),
    ("keys_in_peak_hour", true),
    ("issued_by", false),
    ("issued_with", false),
    ("issuer", false),
    ("issues", true),
    ("ended", false),
    ("ended_at", false),
    ("ended_by", false),
    ("used_after_end", true),
    ("regions", true),
    ("accounts", true),
    ("addresses", true),
    ("user_agents", true),
    ("tokens_in", true),
    ("tokens_out", true),
    ("job", false),
];

fn print_keys(context: &Context, keys: &[KeyRow]) -> Ended {
    let mut rows = Rows::begin(context, "whytrail.keys", KEY_COLUMNS)?;
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX);
    for key in keys.iter().take(limit) {
        let id = |id: Option<crate::model::EventId>| {
            id.map_or(Cell::Null, |id| Cell::Text(id.to_string()))
        };
        rows.row(&[
            Cell::Text(key.key.clone()),
            Cell::Text(key.kind.clone()),
            maybe(key.owner.as_ref()),
            Cell::Text(key.owner_grade.as_str().to_owned()),
            output::time(context, key.first),
            output::time(context, key.last),
            whole(key.calls),
            whole(key.denied),
            whole(key.services),
            dollars(key.spend.known()),
            Cell::Text(key.spend.basis()),
            Cell::Text(key.flag()),
            Cell::Text(key.reasons().join("; ")),
            whole(key.job_keys.max(1)),
            whole(key.job_peak),
            id(key.issued_by),
            maybe(key.issued_from.as_ref()),
            maybe(key.issuer.as_ref()),
            whole(key.issues),
            maybe(key.ended_how.as_ref()),
            output::time(context, key.ended_at),
            id(key.ended_by),
            whole(key.used_after),
            whole(key.regions),
            whole(key.accounts),
            whole(key.addresses),
            whole(key.user_agents),
            whole(key.spend.tokens_in),
            whole(key.spend.tokens_out),
            maybe(key.job.as_ref()),
        ])?;
    }
    rows.finish()
}

fn print_spend(context: &Context, spends: &[crate::model::spend::SpendRow]) -> Ended {
    let columns = [
        ("name", false),
        ("calls", true),
        ("tokens_in", true),
        ("tokens_out", true),
        ("spend_usd", true),
        ("recorded_usd", true),
        ("computed_usd", true),
        ("spend_basis", false),
        ("id", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.spend", &columns)?;
    for row in spends.iter().take(context.shared.filters.limit.unwrap_or(usize::MAX)) {
        let Spend {
            calls,
            tokens_in,
            tokens_out,
            recorded,
            recorded_calls,
            computed,
            computed_calls,
            ..
        } = row.spend;
        rows.row(&[
            Cell::Text(row.name.clone()),
            whole(calls),
            whole(tokens_in),
            whole(tokens_out),
            dollars(row.spend.known()),
            dollars((recorded_calls > 0).then_some(recorded)),
            dollars((computed_calls > 0).then_some(computed)),
            Cell::Text(row.spend.basis()),
            maybe(row.id.as_ref()),
        ])?;
    }
    rows.finish()
}
