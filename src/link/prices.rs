//! The price table: what a million tokens of a model cost, as data that a user can add to. Owns its form and checks, and
//! the copy of it in the case. Must not guess: a model without a row has no price.

use std::path::Path;

use serde::Deserialize;

use crate::model::spend::Price;
use crate::store::{Fault, Value, Writer};

/// The table that comes with the program.
const EMBEDDED: &str = include_str!("prices.toml");
/// No published price comes near this; a row above it has its units wrong.
const MOST_FOR_A_MILLION: f64 = 10_000.0;

/// A table that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("price table{at}: {reason}")]
pub struct PriceError {
    at: String,
    reason: String,
}

impl PriceError {
    fn new(at: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { at: at.into(), reason: reason.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    currency: String,
    unit: String,
    #[serde(default)]
    price: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    provider: String,
    model: String,
    valid_from: String,
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    source: String,
    read_on: String,
}

/// Returns the table that comes with the program.
pub fn embedded() -> Result<Vec<Price>, PriceError> {
    parse(EMBEDDED)
}

/// Returns the table of the program with the rows of `file` in addition; one of the same provider, model and date takes
/// the place of the program's.
pub fn with_file(file: &Path) -> Result<Vec<Price>, PriceError> {
    let at = format!(" `{}`", file.display());
    let text =
        std::fs::read_to_string(file).map_err(|error| PriceError::new(&at, error.to_string()))?;
    let own = parse(&text).map_err(|error| PriceError::new(at + &error.at, error.reason))?;
    let mut prices = embedded()?;
    prices.retain(|price| !own.iter().any(|row| is_same_place(row, price)));
    prices.extend(own);
    Ok(prices)
}

fn is_same_place(one: &Price, other: &Price) -> bool {
    one.provider == other.provider && one.model == other.model && one.valid_from == other.valid_from
}

/// Reads and checks a table.
pub fn parse(text: &str) -> Result<Vec<Price>, PriceError> {
    let file: File =
        toml::from_str(text).map_err(|error| PriceError::new("", error.message().to_owned()))?;
    let is_known = file.version == 1 && file.currency == "USD" && file.unit == "million tokens";
    if !is_known {
        let words = "must say version = 1, currency = \"USD\" and unit = \"million tokens\"";
        return Err(PriceError::new("", words));
    }
    let mut prices: Vec<Price> = Vec::new();
    for (number, row) in (1_usize..).zip(file.price) {
        let price =
            checked(row).map_err(|reason| PriceError::new(format!(" row {number}"), reason))?;
        if prices.iter().any(|other| is_same_place(other, &price)) {
            let reason = "provider, model and `valid_from` stand in a row before";
            return Err(PriceError::new(format!(" row {number}"), reason));
        }
        prices.push(price);
    }
    Ok(prices)
}

fn checked(row: Row) -> Result<Price, String> {
    for (name, value) in [
        ("input", Some(row.input)),
        ("output", Some(row.output)),
        ("cache_read", row.cache_read),
        ("cache_write", row.cache_write),
    ] {
        let is_price = value.is_none_or(|value| (0.0..=MOST_FOR_A_MILLION).contains(&value));
        if !is_price {
            return Err(format!(
                "`{name}` must be US dollars for a million tokens, from 0 to {MOST_FOR_A_MILLION}"
            ));
        }
    }
    for (name, day) in [("valid_from", &row.valid_from), ("read_on", &row.read_on)] {
        if day.len() != 10 || day.parse::<jiff::civil::Date>().is_err() {
            return Err(format!("`{name}` must be a day, YYYY-MM-DD"));
        }
    }
    for (name, text) in
        [("provider", &row.provider), ("model", &row.model), ("source", &row.source)]
    {
        if text.trim().is_empty() {
            return Err(format!("`{name}` must not be empty"));
        }
    }
    let Row {
        provider,
        model,
        valid_from,
        input,
        output,
        cache_read,
        cache_write,
        source,
        read_on,
    } = row;
    Ok(Price {
        provider,
        model,
        valid_from,
        input,
        output,
        cache_read,
        cache_write,
        source,
        read_on,
    })
}

/// Keeps the table in the case, in place of the one before.
pub fn keep(writer: &mut Writer, prices: &[Price]) -> Result<(), Fault> {
    writer.execute("DELETE FROM price", &[])?;
    let maybe = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    for price in prices {
        writer.execute(
            "INSERT INTO price VALUES (?, ?, CAST(? AS DATE), ?, ?, ?, ?, ?, CAST(? AS DATE))",
            &[
                price.provider.as_str().into(),
                price.model.as_str().into(),
                price.valid_from.as_str().into(),
                Value::Float(price.input),
                Value::Float(price.output),
                maybe(price.cache_read),
                maybe(price.cache_write),
                price.source.as_str().into(),
                price.read_on.as_str().into(),
            ],
        )?;
    }
    writer.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(row: &str) -> Result<Vec<Price>, String> {
        let head = "version = 1\ncurrency = \"USD\"\nunit = \"million tokens\"\n";
        parse(&format!("{head}{row}")).map_err(|error| error.to_string())
    }

    fn row(change: (&str, &str)) -> String {
        let row = "[[price]]\nprovider = \"p\"\nmodel = \"m\"\nvalid_from = \"2026-01-02\"\ninput = 3.0\n\
                   output = 15.0\nsource = \"https://prices.example\"\nread_on = \"2026-01-03\"\n";
        assert!(row.contains(change.0), "{change:?}");
        row.replace(change.0, change.1)
    }

    #[test]
    fn table_of_the_program_is_valid_and_names_its_source_everywhere() {
        let prices = embedded().unwrap();
        assert!(prices.len() >= 5);
        assert!(prices.iter().all(|price| price.source.starts_with("https://")));
    }

    #[test]
    fn good_row_is_read_and_bad_ones_are_refused_with_their_place() {
        let good = table(&row(("3.0", "3.0"))).unwrap();
        assert_eq!((good[0].input, good[0].cache_read), (3.0, None));
        for (change, want) in [
            (("3.0", "-3.0"), "row 1: `input` must be US dollars"),
            (("15.0", "nan"), "row 1: `output` must be US dollars"),
            (("15.0", "15000000.0"), "row 1: `output` must be US dollars"),
            (("2026-01-02", "2026-13-02"), "row 1: `valid_from` must be a day"),
            (("2026-01-03", "soon"), "row 1: `read_on` must be a day"),
            (("\"m\"", "\" \""), "row 1: `model` must not be empty"),
        ] {
            let error = table(&row(change)).unwrap_err();
            assert!(error.contains(want), "{error}");
        }
        let twice = format!("{}{}", row(("3.0", "3.0")), row(("3.0", "4.0")));
        assert!(table(&twice).unwrap_err().contains("row 2: provider, model"));
    }

    #[test]
    fn table_in_another_unit_is_refused() {
        let text = "version = 1\ncurrency = \"USD\"\nunit = \"thousand tokens\"\n";
        assert!(parse(text).unwrap_err().to_string().contains("unit = \"million tokens\""));
        let text = "version = 1\ncurrency = \"EUR\"\nunit = \"million tokens\"\n";
        assert!(parse(text).is_err());
    }
}
