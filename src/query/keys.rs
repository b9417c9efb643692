//! The Keys screen: life lines of keys with what they spent, many short keys of one lineage as one job.

use super::filter::Filter;
use super::page::shown;
use super::sessions::LIST_CAP;
use super::spend::{blind_products, priced, spend, spends, sums};
use crate::model::Grade;
use crate::model::spend::{KeyList, KeyRow, Price, SpendBy};
use crate::store::{Fault, Reader, Row, Value};

/// Fewer keys of one lineage stay single rows.
const LEAST_KEYS_OF_JOB: usize = 5;

/// Columns of a life line, in the order that [`key_row`] reads; the sums of its spend follow.
const LIFE: &str = "l.key, l.kind, coalesce(l.owner_name, l.actor), l.owner_grade, l.people, l.actor, l.issued_by, l.issued_action, \
     l.issued_ts, l.issued_from, l.issuer, l.issues, l.first_ts, l.last_ts, l.calls, l.denied, l.services, l.regions, l.accounts, \
     l.addresses, l.user_agents, l.ended_by, l.ended_how, l.ended_ts, l.used_after, l.ok_after, l.job";

/// Returns keys and jobs under the filter, and what was spent in the whole case. With a filter, calls and refusals are
/// those under it; all else is the whole life of the key.
pub fn keys(reader: &Reader, filter: &Filter, prices: Option<&[Price]>) -> Result<KeyList, Fault> {
    let mut rows = single(reader, filter, prices, None)?;
    rows.extend(jobs(reader, filter)?);
    rows.sort_by(|one, other| {
        other
            .risk()
            .cmp(&one.risk())
            .then(other.calls.cmp(&one.calls))
            .then(one.key.cmp(&other.key))
    });
    let spends = SpendBy::ALL
        .iter()
        .map(|by| spends(reader, *by, prices))
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok(KeyList { rows, spends, blind: blind_products(reader)? })
}

/// Returns the keys of one job.
pub fn keys_of_job(
    reader: &Reader,
    job: &str,
    prices: Option<&[Price]>,
) -> Result<Vec<KeyRow>, Fault> {
    single(reader, &Filter::default(), prices, Some(job))
}

/// Names lineages that are one row.
fn grouped() -> String {
    format!(
        "SELECT job FROM key_life WHERE job IS NOT NULL GROUP BY job HAVING count(*) >= {LEAST_KEYS_OF_JOB}"
    )
}

/// The counts of each key under a filter: statement and values. Without a filter those of the life line.
fn hits(reader: &Reader, filter: &Filter) -> (String, Vec<Value>) {
    if filter.is_empty() {
        return ("SELECT key, calls, denied FROM key_life".to_owned(), Vec::new());
    }
    let shown = shown(reader, filter);
    let sql = format!(
        "SELECT e.credential AS key, count(*) AS calls, count(*) FILTER (e.outcome = 'denied' OR e.decision = 'deny') AS denied
         FROM event e WHERE e.credential IS NOT NULL AND ({}) GROUP BY e.credential",
        shown.sql
    );
    (sql, shown.values)
}

fn single(
    reader: &Reader,
    filter: &Filter,
    prices: Option<&[Price]>,
    job: Option<&str>,
) -> Result<Vec<KeyRow>, Fault> {
    let (with, mut values) = priced(prices);
    let (hit, hit_values) = hits(reader, filter);
    values.extend(hit_values);
    let of_job = match job {
        Some(job) => {
            values.push(job.into());
            "l.job = ?".to_owned()
        }
        None => format!("(l.job IS NULL OR l.job NOT IN ({}))", grouped()),
    };
    let life = LIFE.replace("l.calls, l.denied", "h.calls, h.denied");
    let sums = sums();
    let sql = format!(
        "{with}, hit AS ({hit}),
         spent AS (SELECT key, {sums} FROM priced WHERE key IS NOT NULL GROUP BY key)
         SELECT {life}, s.* EXCLUDE (key) FROM key_life l JOIN hit h ON h.key = l.key LEFT JOIN spent s ON s.key = l.key
         WHERE {of_job}
         ORDER BY l.ok_after > 0 DESC, (l.issued_by IS NOT NULL AND l.kind <> 'sts') DESC, l.denied DESC, l.services DESC,
                  l.calls DESC, l.key LIMIT {LIST_CAP}"
    );
    let mut rows: Vec<KeyRow> = reader.rows(&sql, &values)?.iter().map(key_row).collect();
    let spikes = reader.rows(
        "SELECT filter, try_cast(regexp_extract(why, '^(\\d+)x', 1) AS BIGINT) FROM lead WHERE rule = 'spend spike'",
        &[],
    )?;
    for spike in &spikes {
        let filter = spike.text(0);
        let is_of = |row: &&mut KeyRow| filter == format!("key=\"{}\"", row.key);
        if let Some(row) = rows.iter_mut().find(is_of) {
            row.spike = Some(spike.count(1));
        }
    }
    Ok(rows)
}

fn key_row(row: &Row) -> KeyRow {
    KeyRow {
        key: row.text(0),
        kind: row.text(1),
        owner: row.maybe_text(2),
        owner_grade: Grade::from_word(&row.text(3)).unwrap_or_default(),
        people: row.count(4),
        actor: row.maybe_text(5),
        issued_by: row.id(6),
        issued_action: row.maybe_text(7),
        issued_at: row.time(8),
        issued_from: row.maybe_text(9),
        issuer: row.maybe_text(10),
        issues: row.count(11),
        first: row.time(12),
        last: row.time(13),
        calls: row.count(14),
        denied: row.count(15),
        services: row.count(16),
        regions: row.count(17),
        accounts: row.count(18),
        addresses: row.count(19),
        user_agents: row.count(20),
        ended_by: row.id(21),
        ended_how: row.maybe_text(22),
        ended_at: row.time(23),
        used_after: row.count(24),
        ok_after: row.count(25),
        job: row.maybe_text(26),
        spend: spend(row, 27),
        ..KeyRow::default()
    }
}

/// Lineages of many keys, one row each.
fn jobs(reader: &Reader, filter: &Filter) -> Result<Vec<KeyRow>, Fault> {
    let (hit, values) = hits(reader, filter);
    let sql = format!(
        "WITH hit AS ({hit}), grouped AS ({}),
         member AS (SELECT l.* REPLACE (h.calls AS calls, h.denied AS denied) FROM key_life l JOIN hit h ON h.key = l.key
                    WHERE l.job IN (SELECT job FROM grouped)),
         hour AS (SELECT job, date_trunc('hour', first_ts) AS slot, count(*) AS keys FROM member WHERE first_ts IS NOT NULL GROUP BY ALL),
         peak AS (SELECT job, max(keys) AS keys FROM hour GROUP BY job)
         SELECT m.job, count(*), min(m.actor), min(m.issuer), min(m.first_ts), max(m.last_ts), sum(m.calls)::BIGINT, sum(m.denied)::BIGINT,
                max(m.services), max(m.regions), max(m.accounts), max(m.addresses), max(m.user_agents), coalesce(any_value(p.keys), 0),
                sum(m.ok_after)::BIGINT, min(m.issued_ts), first(m.issued_by ORDER BY m.issued_ts, m.key), min(m.issued_action)
         FROM member m LEFT JOIN peak p ON p.job = m.job GROUP BY m.job ORDER BY m.job LIMIT {LIST_CAP}",
        grouped()
    );
    Ok(reader
        .rows(&sql, &values)?
        .iter()
        .map(|row| KeyRow {
            key: row.text(0),
            kind: "job".to_owned(),
            job_keys: row.count(1),
            owner: row.maybe_text(2),
            actor: row.maybe_text(2),
            issuer: row.maybe_text(3),
            first: row.time(4),
            last: row.time(5),
            calls: row.count(6),
            denied: row.count(7),
            services: row.count(8),
            regions: row.count(9),
            accounts: row.count(10),
            addresses: row.count(11),
            user_agents: row.count(12),
            job_peak: row.count(13),
            ok_after: row.count(14),
            issued_at: row.time(15),
            issued_by: row.id(16),
            issued_action: row.maybe_text(17),
            job: row.maybe_text(0),
            ..KeyRow::default()
        })
        .collect())
}
