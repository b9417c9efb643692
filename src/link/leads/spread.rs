//! Spread: one key called many services, regions or accounts within ten minutes. Work keeps to a few services: 15 within
//! ten minutes is a look around, as are 8 regions or 4 accounts. Calls that AWS services make for themselves are left out.
//! A key that spreads all the time (a scanner, an inventory) scores less: its day holds many such windows.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "spread", sql: WINDOWS, make };

/// Windows begin every five minutes, so that each ten minutes of activity lie in one of them but for a few at its ends.
/// What differs is counted only in windows with enough calls, and then enough sorts of calls: a count of distinct values for
/// each of hundreds of thousands of quiet windows took three times as long. A window with enough calls has half of them in
/// one of its two parts.
const WINDOWS: &str = "
    WITH wide AS (
      SELECT key, CASE WHEN accounts >= 4 THEN 4 WHEN regions >= 8 THEN 8 ELSE 15 END AS fewest FROM key_life
      WHERE services >= 15 OR regions >= 8 OR accounts >= 4),
    cell AS MATERIALIZED (
      SELECT credential AS key, epoch_us(ts) // 300000000 AS slot, count(*) AS calls FROM event
      WHERE credential IN (SELECT key FROM wide)
        AND ts IS NOT NULL AND plane = 'cloudtrail' AND invoked_by IS NULL AND actor_type IS DISTINCT FROM 'service'
      GROUP BY ALL),
    half AS (SELECT c.key, c.slot FROM cell c JOIN wide USING (key) WHERE 2 * c.calls >= fewest),
    lively AS MATERIALIZED (
      SELECT w.key, w.slot FROM (SELECT key, slot FROM half UNION SELECT key, slot - 1 FROM half) w
      LEFT JOIN cell one ON one.key = w.key AND one.slot = w.slot
      LEFT JOIN cell other ON other.key = w.key AND other.slot = w.slot + 1
      JOIN wide ON wide.key = w.key WHERE coalesce(one.calls, 0) + coalesce(other.calls, 0) >= wide.fewest),
    part AS MATERIALIZED (
      SELECT l.key, l.slot, split_part(action, ':', 1) AS service, region, account, min(ts) AS first_ts, max(ts) AS last_ts,
             count(*) AS calls
      FROM event JOIN (SELECT key, slot FROM lively UNION SELECT key, slot + 1 FROM lively) l
        ON l.key = credential AND l.slot = epoch_us(ts) // 300000000
      WHERE ts IS NOT NULL AND plane = 'cloudtrail' AND invoked_by IS NULL AND actor_type IS DISTINCT FROM 'service'
      GROUP BY ALL),
    sorts AS (SELECT key, slot, count(*) AS sorts FROM part GROUP BY key, slot),
    busy AS (
      SELECT key, half.slot FROM (SELECT * FROM sorts UNION ALL SELECT key, slot - 1, sorts FROM sorts) half JOIN wide USING (key)
      GROUP BY key, half.slot, fewest HAVING sum(sorts) >= fewest),
    spot AS (
      SELECT p.* FROM busy b JOIN part p ON p.key = b.key AND p.slot = b.slot
      UNION ALL
      SELECT p.* REPLACE (b.slot AS slot) FROM busy b JOIN part p ON p.key = b.key AND p.slot = b.slot + 1),
    seen AS (
      SELECT key, slot, count(DISTINCT service) AS services, count(DISTINCT region) AS regions, count(DISTINCT account) AS accounts,
             min(first_ts) AS first_ts, max(last_ts) AS last_ts, sum(calls)::BIGINT AS calls
      FROM spot GROUP BY key, slot HAVING services >= 15 OR regions >= 8 OR accounts >= 4),
    best AS (
      SELECT *, count(*) OVER (PARTITION BY key) AS windows FROM seen
      QUALIFY row_number() OVER (PARTITION BY key ORDER BY services DESC, regions DESC, accounts DESC, slot) = 1),
    chosen AS (SELECT * FROM best ORDER BY services DESC, regions DESC, accounts DESC, key LIMIT 10),
    opening AS (
      SELECT c.key, min(e.id) AS id FROM chosen c JOIN event e ON e.credential = c.key AND e.ts = c.first_ts
      WHERE e.plane = 'cloudtrail' AND e.invoked_by IS NULL GROUP BY c.key)
    SELECT c.key, coalesce(l.owner_name, l.actor, ''), c.services, c.regions, c.accounts, date_diff('second', c.first_ts, c.last_ts),
           o.id, c.calls, c.windows
    FROM chosen c LEFT JOIN opening o ON o.key = c.key LEFT JOIN key_life l ON l.key = c.key
    ORDER BY c.services DESC, c.regions DESC, c.accounts DESC, c.key";

/// More windows than this are a habit.
const HABIT: u64 = 24;

fn make(row: &Row) -> Found {
    let (key, services, regions, accounts) =
        (row.text(0), row.count(2), row.count(3), row.count(4));
    let minutes = row.count(5).div_ceil(60).max(1);
    let within = format!("{minutes} min");
    let what = if services >= 15 {
        format!("{services} services in {within}")
    } else if regions >= 8 {
        format!("{regions} regions in {within}")
    } else {
        format!("{accounts} accounts in {within}")
    };
    let is_habit = row.count(8) > HABIT;
    let extra = i64::try_from(services.saturating_sub(15).min(10)).unwrap_or(0);
    Found {
        score: if is_habit { 40 } else { 66 + extra },
        weight: if is_habit {
            "spread, as often before 40".to_owned()
        } else {
            format!("spread 66, {services} services +{extra}")
        },
        kind: "key",
        detail: spaced(&[&short(&row.text(1)), &what]),
        why: "spread".to_owned(),
        reason: format!(
            "{} to {} in {} of {} within {within}.",
            counted(row.count(7), "call"),
            counted(services, "service"),
            counted(regions, "region"),
            counted(accounts, "account"),
        ),
        filter: term("key", &key),
        event: row.maybe_text(6),
        evidence: row.text(6),
        title: key,
    }
}
