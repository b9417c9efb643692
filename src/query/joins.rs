//! What the links of a case rest on: how many of each grade and key kind, what was left out, how clocks differ.

use crate::store::{Fault, Reader};

/// What was left out of one key kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub key: String,
    pub reason: String,
    pub events: u64,
}

/// How far a clock is ahead of CloudTrail's, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pub product: String,
    /// The file, for one that differs enough to have been measured alone.
    pub source: Option<String>,
    pub offset: i64,
    /// Median distance from that.
    pub spread: i64,
    pub samples: u64,
    /// The product it was compared with.
    pub through: String,
}

/// What the joins of a case come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Joins {
    /// Grade, key kind, number; best grade first.
    pub links: Vec<(String, String, u64)>,
    pub skipped: Vec<Skip>,
    /// Products; files of a product only where their clock lies apart from the product's.
    pub clocks: Vec<Clock>,
}

/// Returns counts of links, what was left out, and clocks.
pub fn joins(reader: &Reader) -> Result<Joins, Fault> {
    let links = reader.rows(
        "SELECT grade, key, count(*) FROM link GROUP BY grade, key
         ORDER BY CASE grade WHEN '=' THEN 0 WHEN '+' THEN 1 ELSE 2 END, 3 DESC, key",
        &[],
    )?;
    let skipped = reader.rows(
        "SELECT key, reason, sum(n_events)::BIGINT FROM link_skip GROUP BY key, reason ORDER BY key, reason",
        &[],
    )?;
    Ok(Joins {
        links: links.iter().map(|row| (row.text(0), row.text(1), row.count(2))).collect(),
        skipped: skipped
            .iter()
            .map(|row| Skip { key: row.text(0), reason: row.text(1), events: row.count(2) })
            .collect(),
        clocks: clocks(reader)?,
    })
}

/// Returns the clocks that exact links compare with CloudTrail's, products first.
pub fn clocks(reader: &Reader) -> Result<Vec<Clock>, Fault> {
    let rows = reader.rows(
        "SELECT own.product, own.source, own.offset_us, own.spread_us, own.samples, own.through
         FROM clock_offsets own
         LEFT JOIN clock_offsets whole ON whole.product = own.product AND whole.source IS NULL
         WHERE own.source IS NULL OR abs(own.offset_us - whole.offset_us) > greatest(1000000, 4 * whole.spread_us)
         ORDER BY own.product, own.source IS NOT NULL, own.source LIMIT 1000",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| Clock {
            product: row.text(0),
            source: row.maybe_text(1),
            offset: row.int(2),
            spread: row.int(3),
            samples: row.count(4),
            through: row.text(5),
        })
        .collect())
}

impl Clock {
    /// Says it in words: how far ahead, how much that varies, from how many links, through which product.
    pub fn words(&self) -> String {
        let seconds = |micros: i64| {
            let millis = micros.unsigned_abs() / 1000;
            format!("{}.{:03} s", millis / 1000, millis % 1000)
        };
        let side = if self.offset < 0 { "behind" } else { "ahead" };
        let name = match &self.source {
            Some(source) => format!("{} {source}", self.product),
            None => self.product.clone(),
        };
        let through = if self.through == "cloudtrail" {
            String::new()
        } else {
            format!(", compared through {}", self.through)
        };
        format!(
            "{name:<16} {} {side}, give or take {}, from {} exact links{through}",
            seconds(self.offset),
            seconds(self.spread),
            self.samples
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn clock_says_which_way_and_on_how_many_links() {
        let clock = Clock {
            product: "toolhive".to_owned(),
            source: None,
            offset: -37_250_000,
            spread: 249_000,
            samples: 120,
            through: "mcp".to_owned(),
        };
        assert_eq!(
            clock.words(),
            "toolhive         37.250 s behind, give or take 0.249 s, from 120 exact links, compared through mcp"
        );
    }
}
