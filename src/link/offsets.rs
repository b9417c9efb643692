//! How far each product's clock is ahead of CloudTrail's: the median time difference of exact links, with spread and
//! count. Products that share no link with CloudTrail are measured through one that does. Used by near links alone; no
//! recorded time is changed.

use std::collections::BTreeMap;

use crate::store::{Fault, Value, Writer};

/// Links that a clock is measured from at least; fewer are shown and not used.
pub(super) const ENOUGH: i64 = 5;
/// A file of a product has a clock of its own from this many links on.
const ENOUGH_OF_FILE: i64 = 20;

/// A second is written for all instants inside it: its middle stands for it.
const DIFFERENCES: &str = "
    WITH pair AS (
      SELECT a.product AS one, a.source AS file, b.product AS other,
             epoch_us(a.ts) + CASE a.ts_precision WHEN 's' THEN 500000 ELSE 0 END
             - epoch_us(b.ts) - CASE b.ts_precision WHEN 's' THEN 500000 ELSE 0 END AS difference
      FROM link JOIN event a ON a.n = link.a JOIN event b ON b.n = link.b
      WHERE link.grade = '=' AND link.strength = 1 AND link.key <> 'json-rpc answer' AND a.product <> b.product
        AND a.ts IS NOT NULL AND b.ts IS NOT NULL AND a.kind <> 'auth'),
    both_ways AS (
      SELECT one, file, other, difference FROM pair
      UNION ALL SELECT other, NULL, one, -difference FROM pair)
    SELECT one, file, other, count(*), median(difference)::BIGINT, mad(difference)::BIGINT
    FROM both_ways GROUP BY GROUPING SETS ((one, other), (one, file, other))
    HAVING grouping(file) = 1 OR file IS NOT NULL
    ORDER BY 4 DESC, 1, 3, 2";

/// One clock against CloudTrail's, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) ahead: i64,
    /// Median distance from the median.
    pub(super) spread: i64,
    pub(super) samples: i64,
    /// The product it was measured through.
    through: String,
}

/// Clocks by product, and by file where a file has links enough.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    products: BTreeMap<String, Offset>,
    files: BTreeMap<(String, i64), Offset>,
}

struct Difference {
    one: String,
    file: Option<i64>,
    other: String,
    samples: i64,
    median: i64,
    spread: i64,
}

const REFERENCE: &str = "cloudtrail";

/// Measures all clocks and fills table `clock_offset`.
pub(super) fn measure(writer: &mut Writer) -> Result<Offsets, Fault> {
    let mut differences = Vec::new();
    writer.each(DIFFERENCES, |row| {
        differences.push(Difference {
            one: row.text(0),
            file: row.maybe_text(1).and_then(|file| file.parse().ok()),
            other: row.text(2),
            samples: row.int(3),
            median: row.int(4),
            spread: row.int(5),
        });
        Ok(())
    })?;
    let offsets = Offsets::of(&differences);
    let rows = offsets.rows();
    writer.append_rows("clock_offset", &rows)?;
    Ok(offsets)
}

impl Offsets {
    /// Goes from CloudTrail outward; a product is reached over the pair with the most links.
    fn of(differences: &[Difference]) -> Self {
        let mut offsets = Self::default();
        let start = Offset { ahead: 0, spread: 0, samples: i64::MAX, through: String::new() };
        let mut known = BTreeMap::from([(REFERENCE.to_owned(), start)]);
        loop {
            let next = differences.iter().find(|pair| {
                pair.file.is_none()
                    && !known.contains_key(&pair.one)
                    && known.contains_key(&pair.other)
            });
            let Some(pair) = next else { break };
            let Some(base) = known.get(&pair.other) else { break };
            let offset = Offset {
                ahead: base.ahead.saturating_add(pair.median),
                spread: base.spread.saturating_add(pair.spread),
                samples: base.samples.min(pair.samples),
                through: pair.other.clone(),
            };
            known.insert(pair.one.clone(), offset);
        }
        for pair in differences {
            let (Some(file), Some(base)) = (pair.file, known.get(&pair.other)) else { continue };
            let is_way = known.get(&pair.one).is_some_and(|product| product.through == pair.other);
            if is_way && pair.samples >= ENOUGH_OF_FILE {
                let offset = Offset {
                    ahead: base.ahead.saturating_add(pair.median),
                    spread: base.spread.saturating_add(pair.spread),
                    samples: base.samples.min(pair.samples),
                    through: pair.other.clone(),
                };
                offsets.files.insert((pair.one.clone(), file), offset);
            }
        }
        known.remove(REFERENCE);
        offsets.products = known;
        offsets
    }

    /// Returns the clock of a file of a product, if links enough tell it.
    pub(super) fn of_source(&self, product: &str, source: i64) -> Option<&Offset> {
        self.files
            .get(&(product.to_owned(), source))
            .or_else(|| self.products.get(product))
            .filter(|offset| offset.samples >= ENOUGH)
    }

    fn rows(&self) -> Vec<Vec<Value>> {
        let row = |product: &str, source: Value, offset: &Offset| {
            vec![
                product.into(),
                source,
                offset.ahead.into(),
                offset.spread.into(),
                offset.samples.into(),
                offset.through.as_str().into(),
            ]
        };
        let products =
            self.products.iter().map(|(product, offset)| row(product, Value::Null, offset));
        let files = self
            .files
            .iter()
            .map(|((product, file), offset)| row(product, Value::Int(*file), offset));
        products.chain(files).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(one: &str, file: Option<i64>, other: &str, samples: i64, median: i64) -> Difference {
        Difference {
            one: one.to_owned(),
            file,
            other: other.to_owned(),
            samples,
            median,
            spread: 10,
        }
    }

    #[test]
    fn clock_without_links_to_the_cloud_is_measured_through_one_that_has_them() {
        let offsets = Offsets::of(&[
            pair("gateway", None, "mcp", 40, 1_000_000),
            pair("mcp", None, "gateway", 40, -1_000_000),
            pair("mcp", None, "cloudtrail", 30, 250_000),
            pair("lonely", None, "stranger", 30, 5),
        ]);
        let gateway = offsets.of_source("gateway", 1).unwrap();
        assert_eq!((gateway.ahead, gateway.spread, gateway.samples), (1_250_000, 20, 30));
        assert_eq!(gateway.through, "mcp");
        assert_eq!(offsets.of_source("lonely", 1), None);
        assert_eq!(offsets.rows().len(), 2);
    }

    #[test]
    fn few_links_tell_no_clock_and_a_file_with_many_has_its_own() {
        let offsets = Offsets::of(&[
            pair("mcp", None, "cloudtrail", 45, 100),
            pair("mcp", Some(2), "cloudtrail", 25, 9000),
            pair("mcp", Some(3), "cloudtrail", 4, 70),
            pair("rare", None, "cloudtrail", 2, 100),
        ]);
        assert_eq!(offsets.of_source("mcp", 2).unwrap().ahead, 9000);
        assert_eq!(offsets.of_source("mcp", 3).unwrap().ahead, 100);
        assert_eq!(offsets.of_source("rare", 1), None);
    }
}
