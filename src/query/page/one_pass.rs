//! A page with its counts in one pass over the events, for filters that cost more to compare than rows cost to order:
//! who it was, a word anywhere. Gives the rows and counts that `page` gives. Must not be used for the undated shelf.

use super::{At, Key};
use crate::model::{EventId, Micros};
use crate::query::sql::Condition;
use crate::store::{Fault, Reader, Row, Value};

/// Where a page is cut out of the rows.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Start,
    End,
    /// In front of the row of this time and id, or behind it.
    At {
        time: Micros,
        id: EventId,
        is_behind: bool,
    },
}

/// Numbers of the rows of a page, in time order, with the counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) numbers: Vec<i64>,
    pub(super) before: u64,
    pub(super) total: u64,
}

/// Returns a page under a condition, or `None` for a place that takes more than one pass: by rank, or around an event
/// that is unknown or undated. `key_of` tells the place of an event.
pub(super) fn page(
    reader: &Reader,
    shown: &Condition,
    at: At,
    limit: usize,
    key_of: impl Fn(EventId) -> Result<Option<Key>, Fault>,
) -> Result<Option<Found>, Fault> {
    let cut = match at {
        At::First => Cut::Start,
        At::Last => Cut::End,
        At::FromTime(time) => Cut::At { time, id: EventId(0), is_behind: false },
        At::Rank(_) => return Ok(None),
        At::After(id) | At::Before(id) | At::Around(id) => match key_of(id)? {
            Some(Key { time: Some(time), id }) => {
                Cut::At { time, id, is_behind: matches!(at, At::After(_)) }
            }
            _ => return Ok(None),
        },
    };
    let sides = Sides::of(reader, shown, cut, limit.max(1))?;
    let (n_before, n_after) = match at {
        At::Last | At::Before(_) => (limit, 0),
        At::Around(_) => {
            let earlier = sides.before.len().min(limit / 2);
            let later = sides.after.len().min(limit - earlier);
            (limit - later, later)
        }
        _ => (0, limit),
    };
    let earlier = sides.before.iter().take(n_before).rev();
    let numbers: Vec<i64> = earlier.chain(sides.after.iter().take(n_after)).copied().collect();
    let n_earlier = sides.before.len().min(n_before) as u64;
    let before = if numbers.is_empty() { 0 } else { sides.n_before - n_earlier };
    Ok(Some(Found { numbers, before, total: sides.total }))
}

/// What lies on both sides of a cut.
struct Sides {
    /// Numbers of the nearest rows before the cut, the nearest first.
    before: Vec<i64>,
    after: Vec<i64>,
    n_before: u64,
    total: u64,
}

impl Sides {
    fn of(reader: &Reader, shown: &Condition, cut: Cut, most: usize) -> Result<Self, Fault> {
        let (is_before, place): (&str, Vec<Value>) = match cut {
            Cut::Start => ("false", Vec::new()),
            Cut::End => ("true", Vec::new()),
            Cut::At { time, id, is_behind } => {
                let values = vec![time.into(), time.into(), id.into()];
                let sql = if is_behind {
                    "e.ts < ? OR (e.ts = ? AND e.id <= ?::UUID)"
                } else {
                    "e.ts < ? OR (e.ts = ? AND e.id < ?::UUID)"
                };
                (sql, values)
            }
        };
        let sql = format!(
            "SELECT count(*), count(*) FILTER (is_before),
                    array_to_string(arg_max(n, row(ts, id), {most}) FILTER (is_before), ','),
                    array_to_string(arg_min(n, row(ts, id), {most}) FILTER (NOT is_before), ',')
             FROM (SELECT e.n, e.ts, e.id, {is_before} AS is_before FROM event e WHERE {})",
            shown.sql
        );
        let values: Vec<Value> = place.into_iter().chain(shown.values.iter().cloned()).collect();
        let rows = reader.rows(&sql, &values)?;
        let row = rows.first();
        let count = |index| row.map_or(0, |row| row.count(index));
        let list = |index| row.map(|row| numbers(row, index)).unwrap_or_default();
        Ok(Self { total: count(0), n_before: count(1), before: list(2), after: list(3) })
    }
}

/// Returns the numbers of a list that was joined to a text.
fn numbers(row: &Row, index: usize) -> Vec<i64> {
    row.borrowed(index)
        .unwrap_or_default()
        .split(',')
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::{EventId, Micros};
    use crate::query::page::{At, paged};
    use crate::query::sql::Condition;
    use crate::store::{Limits, Store};

    /// Events of three people, some at the same instant, some without a time.
    const EVENTS: &str = "INSERT INTO event (n, id, ts, actor, action)
        SELECT i, md5(i::VARCHAR)::UUID,
               CASE WHEN i % 11 = 0 THEN NULL ELSE make_timestamp((i * 7919 % 23) * 1000000) END,
               'person' || i % 3, 'Get'
        FROM range(1, 120) t(i)";

    #[test]
    fn one_pass_finds_the_page_and_counts_that_several_find() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 2 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        writer.execute(EVENTS, &[]).unwrap();
        writer.commit().unwrap();
        let reader = store.reader().unwrap();
        let ids: Vec<EventId> = reader
            .rows("SELECT id FROM event ORDER BY n", &[])
            .unwrap()
            .iter()
            .filter_map(|row| row.id(0))
            .collect();
        assert_eq!(ids.len(), 119);
        let mut places = vec![At::First, At::Last, At::Rank(7), At::Around(EventId(5))];
        places.extend([-1, 0, 11, 22, 23].map(|second| At::FromTime(Micros(second * 1_000_000))));
        for id in ids.into_iter().step_by(10) {
            places.extend([At::Around(id), At::After(id), At::Before(id)]);
        }
        let mut n_rows = 0;
        for (actor, limits) in [("person1", [1, 7, 100]), ("nobody", [1, 7, 100])] {
            let shown = Condition {
                sql: "(e.actor = ? OR e.human = ?) AND e.ts IS NOT NULL".to_owned(),
                values: vec![actor.into(), actor.into()],
            };
            for (at, limit) in places.iter().flat_map(|at| limits.map(|limit| (*at, limit))) {
                let several = paged(&reader, &shown, at, limit, false).unwrap();
                let one = paged(&reader, &shown, at, limit, true).unwrap();
                assert_eq!(one, several, "{at:?}, at most {limit}, {actor}");
                n_rows += one.rows.len();
            }
        }
        assert!(n_rows > 1_000, "{n_rows}");
    }
}
