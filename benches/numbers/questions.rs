//! Questions over the loaded case: filters and pivots, and how soon one that runs can be stopped.

use std::time::Duration;

use anyhow::{Context, Result};
use crossbeam_channel::bounded;
use whytrail::clock;
use whytrail::query::filter::field_equals;
use whytrail::query::{At, Filter, page, pivots, strip};
use whytrail::store::{Reader, Store};

use crate::Line;
use crate::options::Bench;
use crate::samples::Samples;

/// Rows and cells of a large screen.
const ROWS: usize = 50;
const CELLS: usize = 180;
/// Values looked up for each field.
const N_VALUES: usize = 20;

/// N13: the page and the strip that a narrowed time line asks for, on two connections at once as the screens do.
pub(crate) fn narrowed(bench: &Bench) -> Result<Vec<Line>> {
    const TARGET: &str = "100 ms";
    let store = bench.open_store()?;
    let reader = store.reader()?;
    let mut lines = Vec::new();
    lines.extend(asked(&store, "no filter", "150 ms", &vec![Filter::default(); 10])?);
    for (name, field, sql) in VALUES {
        let values = reader.rows(&format!("{sql} LIMIT {N_VALUES}"), &[])?;
        let filters: Vec<Filter> =
            values.iter().map(|row| Filter::new(vec![field_equals(field, &row.text(0))])).collect();
        if !filters.is_empty() {
            lines.extend(asked(&store, name, TARGET, &filters)?);
        }
    }
    for text in ["is:denied", "class:admin", "action:iam:Attach"] {
        let filters = vec![Filter::parse(text)?; 10];
        lines.extend(asked(&store, &format!("`{text}`"), TARGET, &filters)?);
    }
    // A word is looked for in every payload, so it has a promise of its own.
    let mut words =
        asked(&store, "the word `person17`", "1 s", &vec![Filter::parse("person17")?; 5])?;
    for line in &mut words {
        line.number = "N11";
    }
    lines.extend(words);
    lines.push(menu(&reader)?);
    Ok(lines)
}

/// Fields and where their values come from: spread over frequent and rare ones, always the same for the same evidence.
const VALUES: &[(&str, &str, &str)] = &[
    ("a session", "session", "SELECT id FROM session ORDER BY md5(id)"),
    ("a person", "who", "SELECT id FROM subject WHERE kind = 'person' ORDER BY md5(id)"),
    ("a key", "key", "SELECT id FROM subject WHERE kind = 'key' ORDER BY md5(id)"),
    (
        "a resource",
        "what",
        "SELECT DISTINCT resource FROM event WHERE resource IS NOT NULL ORDER BY md5(resource)",
    ),
];

fn asked(store: &Store, name: &str, target: &'static str, filters: &[Filter]) -> Result<Vec<Line>> {
    let (front, mut back) = (store.reader()?, store.reader()?);
    let (mut alone, mut around, mut both) =
        (Samples::default(), Samples::default(), Samples::default());
    for filter in filters {
        let started = clock::monotonic();
        let (time, returned) = std::thread::scope(|scope| -> Result<_> {
            let strip = scope.spawn(move || strip(&back, filter, None, CELLS).map(|_| back));
            page(&front, filter, At::First, ROWS)?;
            let back = strip.join().ok().context("a thread died")??;
            Ok((clock::monotonic().saturating_sub(started), back))
        })?;
        back = returned;
        both.push(time);
        let started = clock::monotonic();
        let total = page(&front, filter, At::First, ROWS)?.total;
        alone.push(clock::monotonic().saturating_sub(started));
        // A pivot stays on the event that it began at.
        if let Some(row) = page(&front, filter, At::Rank(total / 2), 1)?.rows.first() {
            let started = clock::monotonic();
            page(&front, filter, At::Around(row.id), ROWS)?;
            around.push(clock::monotonic().saturating_sub(started));
        }
    }
    let measure = |what: &str| format!("{name}: {what}");
    Ok(vec![
        Line::new("N13", measure("rows alone"), target, alone.words()),
        Line::new("N13", measure("rows around an event, alone"), target, around.words()),
        Line::new("N13", measure("rows and strip at once"), target, both.words()),
    ])
}

/// N14: the pivot menu of events here and there.
fn menu(reader: &Reader) -> Result<Line> {
    let mut samples = Samples::default();
    let ids = reader.rows("SELECT id FROM event WHERE n % 70001 = 7 ORDER BY id LIMIT 20", &[])?;
    for id in ids.iter().filter_map(|row| row.id(0)) {
        let started = clock::monotonic();
        pivots(reader, &Filter::default(), id)?;
        samples.push(clock::monotonic().saturating_sub(started));
    }
    Ok(Line::new("N14", "pivot menu with all counts", "150 ms", samples.words()))
}

/// Questions that run long enough to be stopped.
const LONG: &[(&str, &str)] = &[
    ("text search", "SELECT count(*) FROM event WHERE payload ILIKE '%no such text anywhere%'"),
    (
        "join that never ends",
        "SELECT count(*) FROM event a JOIN event b ON a.payload < b.payload AND a.action > b.action",
    ),
    (
        "sort of everything",
        "SELECT payload FROM event ORDER BY md5(payload), action, resource LIMIT 1000000",
    ),
];

/// N16: from the interrupt to the end of the question.
pub(crate) fn stopped(bench: &Bench) -> Result<Vec<Line>> {
    let store = bench.open_store()?;
    LONG.iter()
        .map(|(name, sql)| {
            let mut samples = Samples::default();
            for round in 0..15 {
                if let Some(time) = stop_one(&store, sql, Duration::from_millis(20 + 30 * round))? {
                    samples.push(time);
                }
            }
            Ok(Line::new("N16", format!("stop a running {name}"), "100 ms", samples.words()))
        })
        .collect()
}

/// Stops a question some time after its start. Returns `None` if it had ended by itself.
fn stop_one(store: &Store, sql: &str, after: Duration) -> Result<Option<Duration>> {
    let reader = store.reader()?;
    let interrupter = reader.interrupter();
    let (sender, receiver) = bounded(1);
    std::thread::scope(|scope| {
        let asking = scope.spawn(move || {
            let is_stopped = reader.rows(sql, &[]).is_err();
            sender.send((clock::monotonic(), is_stopped)).unwrap_or_default();
        });
        if receiver.recv_timeout(after).is_ok() {
            return Ok(None);
        }
        let at = clock::monotonic();
        interrupter.interrupt();
        let (ended, is_stopped) = receiver.recv().context("the question died")?;
        asking.join().ok().context("the question died")?;
        Ok(is_stopped.then(|| ended.saturating_sub(at)))
    })
}
