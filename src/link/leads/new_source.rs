//! A first-seen source: a principal that worked from one to three networks for six hours and 50 calls or more is then used
//! from another, with five calls or more. A network is the first three parts of an address, so that a pool of addresses is
//! one place. Principals that move all the time have no such baseline and are never listed.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "first-seen source", sql: NETWORKS, make };

const NETWORKS: &str = "
    WITH part AS (
      SELECT actor, regexp_extract(address, '^([0-9]+\\.[0-9]+\\.[0-9]+)\\.[0-9]+$|^([0-9a-fA-F]+:[0-9a-fA-F]*:[0-9a-fA-F]*):', 0) AS network,
             min(ts) AS first_ts, count(*) AS calls, arg_min(id, (ts, id)) AS id, arg_min(address, (ts, id)) AS address,
             count(*) FILTER (NOT coalesce(read_only, true)) AS writes, count(*) FILTER (outcome = 'denied') AS denied
      FROM (SELECT actor, ts, id, address, read_only, outcome FROM event
            WHERE actor IS NOT NULL AND address IS NOT NULL AND ts IS NOT NULL AND plane = 'cloudtrail' AND invoked_by IS NULL
              AND regexp_matches(address, '^[0-9a-fA-F:.]+$'))
      GROUP BY actor, regexp_replace(address, '(\\.[0-9]+|:[0-9a-fA-F:]*)$', ''), network),
    placed AS (
      SELECT *, count(*) OVER before AS earlier, sum(calls) OVER before AS earlier_calls, min(first_ts) OVER before AS since,
             count(*) OVER (PARTITION BY actor) AS networks
      FROM part WINDOW before AS (PARTITION BY actor ORDER BY first_ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT actor, address, calls, writes, denied, earlier, earlier_calls::BIGINT, date_diff('second', since, first_ts), id
    FROM placed
    WHERE earlier BETWEEN 1 AND 3 AND networks <= 4 AND earlier_calls >= 50 AND calls >= 5 AND first_ts >= since + INTERVAL 6 HOUR
    ORDER BY denied > 0 DESC, writes DESC, calls DESC, actor LIMIT 10";

fn make(row: &Row) -> Found {
    let (actor, address) = (row.text(0), row.text(1));
    let (writes, denied) = (row.count(3), row.count(4));
    let extra = i64::from(writes > 0) * 4 + i64::from(denied > 0) * 4;
    let hours = row.count(7) / 3600;
    Found {
        score: 46 + extra,
        weight: format!("first-seen source 46, changes and refusals from it +{extra}"),
        kind: "actor",
        title: short(&actor),
        detail: spaced(&["first use from", &address]),
        why: "new source".to_owned(),
        reason: format!(
            "{hours} h and {} from {} before the first call from {address}; {} from there, {writes} changes, {denied} denied.",
            counted(row.count(6), "call"),
            counted(row.count(5), "network"),
            counted(row.count(2), "call"),
        ),
        filter: format!("{} {}", term("who", &actor), term("address", &address)),
        event: row.maybe_text(8),
        evidence: row.text(8),
    }
}
