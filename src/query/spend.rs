//! What was spent, by person, agent, session, model and provider: recorded cost, else tokens at the price in force on the
//! day of the call. A model without a price has tokens and no cost. Costs are told apart by how they are known.

use super::sessions::LIST_CAP;
use crate::model::spend::{Price, Spend, SpendBy, SpendRow};
use crate::store::{Fault, Reader, Row, Value};

/// The sums of a group, in the order that [`spend`] reads them.
const SUMS: &str = "sum(calls)::BIGINT, sum(tokens_in)::BIGINT, sum(tokens_out)::BIGINT, \
     sum(round(recorded * 1e9)::HUGEINT)::DOUBLE / 1e9, sum(recorded_calls)::BIGINT, \
     coalesce(sum(round(computed * 1e9)::HUGEINT), 0)::DOUBLE / 1e9, coalesce(sum(open_calls) FILTER (computed IS NOT NULL), 0)::BIGINT, \
     (sum(calls) - sum(recorded_calls) - sum(blind_calls) - coalesce(sum(open_calls) FILTER (computed IS NOT NULL), 0))::BIGINT, \
     sum(blind_calls)::BIGINT, max(read_on) FILTER (computed IS NOT NULL)::VARCHAR";

/// Returns the statement `WITH priced AS (..)` up to the question, and its values. `prices` take the place of the case's.
pub(super) fn priced(prices: Option<&[Price]>) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let table = match prices {
        None => "SELECT provider, model, valid_from, input, output, cache_read, cache_write, read_on FROM price".to_owned(),
        Some([]) => "SELECT provider, model, valid_from, input, output, cache_read, cache_write, read_on FROM price LIMIT 0".to_owned(),
        Some(prices) => {
            let row = "(?, ?, CAST(? AS DATE), ?::DOUBLE, ?::DOUBLE, ?::DOUBLE, ?::DOUBLE, CAST(? AS DATE))";
            for price in prices {
                values.extend(values_of(price));
            }
            format!("VALUES {}", vec![row; prices.len()].join(", "))
        }
    };
    // A cached token without a price of its own leaves the whole group without one: half a cost is a wrong cost.
    let sql = format!(
        "WITH tariff(provider, model, valid_from, input, output, cache_read, cache_write, read_on) AS ({table}),
         priced AS (
           SELECT s.*, t.read_on,
                  CASE WHEN s.open_calls > 0 THEN
                    (s.open_in * t.input + s.open_out * t.output
                     + CASE WHEN s.open_read > 0 THEN s.open_read * t.cache_read ELSE 0 END
                     + CASE WHEN s.open_write > 0 THEN s.open_write * t.cache_write ELSE 0 END) / 1e6 END AS computed
           FROM spend s ASOF LEFT JOIN tariff t ON t.provider = s.provider AND t.model = s.model AND s.day >= t.valid_from)"
    );
    (sql, values)
}

fn values_of(price: &Price) -> [Value; 8] {
    let maybe = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    [
        price.provider.as_str().into(),
        price.model.as_str().into(),
        price.valid_from.as_str().into(),
        Value::Float(price.input),
        Value::Float(price.output),
        maybe(price.cache_read),
        maybe(price.cache_write),
        price.read_on.as_str().into(),
    ]
}

/// Returns the sums that [`spend`] reads.
pub(super) const fn sums() -> &'static str {
    SUMS
}

/// Reads a spend from the columns of [`sums`], the first of which is number `at`.
pub(super) fn spend(row: &Row, at: usize) -> Spend {
    Spend {
        calls: row.count(at),
        tokens_in: row.count(at + 1),
        tokens_out: row.count(at + 2),
        recorded: row.float(at + 3),
        recorded_calls: row.count(at + 4),
        computed: row.float(at + 5),
        computed_calls: row.count(at + 6),
        unpriced_calls: row.count(at + 7),
        blind_calls: row.count(at + 8),
        priced_on: row.maybe_text(at + 9),
    }
}

/// Returns what each person, agent, session, model or provider spent, most first.
pub fn spends(
    reader: &Reader,
    by: SpendBy,
    prices: Option<&[Price]>,
) -> Result<Vec<SpendRow>, Fault> {
    let (column, name) = match by {
        SpendBy::Person => (
            "person",
            "coalesce((SELECT min(human_name) FROM session WHERE session.human = p.id), id)",
        ),
        SpendBy::Agent => ("agent", "id"),
        SpendBy::Session => {
            ("session", "coalesce((SELECT min(short) FROM session s WHERE s.id = p.id), id)")
        }
        SpendBy::Model => ("model", "id"),
        SpendBy::Provider => ("provider", "id"),
    };
    let (with, values) = priced(prices);
    let sql = format!(
        "{with}, grouped AS (SELECT {column} AS id, {SUMS} FROM priced GROUP BY {column})
         SELECT id, {name}, * EXCLUDE (id) FROM grouped p ORDER BY 6 DESC, 8 DESC, 4 DESC, id NULLS LAST LIMIT {LIST_CAP}"
    );
    let mut rows: Vec<SpendRow> = reader
        .rows(&sql, &values)?
        .iter()
        .map(|row| SpendRow {
            id: row.maybe_text(0),
            name: row.maybe_text(1).unwrap_or_else(|| "? not named".to_owned()),
            spend: spend(row, 2),
        })
        .collect();
    rows.sort_by(|one, other| {
        let cost = |row: &SpendRow| row.spend.known().unwrap_or(-1.0);
        cost(other)
            .total_cmp(&cost(one))
            .then(other.spend.tokens_in.cmp(&one.spend.tokens_in))
            .then(one.id.cmp(&other.id))
    });
    Ok(rows)
}

/// Returns the products that recorded model calls of which nothing tells cost or tokens, with the number of calls.
pub fn blind_products(reader: &Reader) -> Result<Vec<String>, Fault> {
    let rows = reader.rows(
        "SELECT product, sum(blind_calls)::BIGINT FROM spend GROUP BY product HAVING sum(blind_calls) > 0 ORDER BY product",
        &[],
    )?;
    Ok(rows.iter().map(|row| blind_product(&row.text(0), row.count(1))).collect())
}

fn blind_product(product: &str, calls: u64) -> String {
    format!("{product} ({calls} call{})", if calls == 1 { "" } else { "s" })
}
