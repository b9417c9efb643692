//! A first-seen source: a principal that worked from one to three networks for six hours and 50 calls or more is then used
//! from another, with five calls or more. A network is the first three parts of an address, so that a pool of addresses is
//! one place. Principals that move all the time have no such baseline and are never listed.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "first-seen source", sql: NETWORKS, make };

/// Which principals have so few networks is read of sorts of events; only the events of these are read.
const NETWORKS: &str = "
    WITH settled AS (
      SELECT actor FROM alike
      WHERE actor IS NOT NULL AND address IS NOT NULL AND first_ts IS NOT NULL AND plane = 'cloudtrail' AND invoked_by IS NULL
        AND regexp_matches(address, '^[0-9a-fA-F:.]+$')
      GROUP BY actor
      HAVING count(DISTINCT regexp_extract(address, '^[0-9]+\\.[0-9]+\\.[0-9]+\\.|^[0-9a-fA-F]*:[0-9a-fA-F]*:')) BETWEEN 2 AND 4),
    part AS (
      SELECT actor, regexp_extract(address, '^[0-9]+\\.[0-9]+\\.[0-9]+\\.|^[0-9a-fA-F]*:[0-9a-fA-F]*:') AS network,
             min(ts) AS first_ts, count(*) AS calls, arg_min(id, (ts, id)) AS id, arg_min(address, (ts, id)) AS address,
             count(DISTINCT address) AS addresses,
             count(*) FILTER (NOT coalesce(read_only, true)) AS writes, count(*) FILTER (outcome = 'denied') AS denied
      FROM event
      WHERE actor IN (SELECT actor FROM settled) AND ts IS NOT NULL AND plane = 'cloudtrail' AND invoked_by IS NULL
        AND regexp_matches(address, '^[0-9a-fA-F:.]+$')
      GROUP BY actor, network),
    placed AS (
      SELECT *, count(*) OVER before AS earlier, sum(calls) OVER before AS earlier_calls, min(first_ts) OVER before AS since
      FROM part WINDOW before AS (PARTITION BY actor ORDER BY first_ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT actor, address, calls, writes, denied, earlier, earlier_calls::BIGINT, date_diff('second', since, first_ts), id,
           addresses, network
    FROM placed
    WHERE earlier BETWEEN 1 AND 3 AND earlier_calls >= 50 AND calls >= 5 AND first_ts >= since + INTERVAL 6 HOUR
    ORDER BY denied > 0 DESC, writes DESC, calls DESC, actor LIMIT 10";

fn make(row: &Row) -> Found {
    let (actor, first) = (row.text(0), row.text(1));
    let (place, network) = match row.count(9) {
        1 => (first.clone(), term("address", &first)),
        several => (
            format!("{}* ({several} addresses)", row.text(10)),
            format!("address:\"{}\"", row.text(10)),
        ),
    };
    let (writes, denied) = (row.count(3), row.count(4));
    let extra = i64::from(writes > 0) * 4 + i64::from(denied > 0) * 4;
    let hours = row.count(7) / 3600;
    Found {
        score: 46 + extra,
        weight: format!("first-seen source 46, changes and refusals from it +{extra}"),
        kind: "actor",
        title: short(&actor),
        detail: spaced(&["first use from", &place]),
        why: "new source".to_owned(),
        reason: format!(
            "{hours} h and {} from {} before the first call from {place}; {} from there, {writes} changes, {denied} denied.",
            counted(row.count(6), "call"),
            counted(row.count(5), "network"),
            counted(row.count(2), "call"),
        ),
        filter: format!("{} {network}", term("who", &actor)),
        event: row.maybe_text(8),
        evidence: row.text(8),
    }
}
