//! Loading a whole set: the program's wall time and memory, and the library's rate from beginning to end.

use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use whytrail::format::registry;
use whytrail::ingest::{Input, Loader, Progress};
use whytrail::redact::Redactor;
use whytrail::source::Caps;
use whytrail::store::{Cancel, Store};
use whytrail::{clock, link};

use crate::Line;
use crate::options::{Bench, LIMITS, text};
use crate::process::{Run, ticks_of};
use crate::samples::{grouped, millis, rate};

/// How often the progress is written down.
const SAMPLE: Duration = Duration::from_millis(10);

/// Loads the set with `whytrail ingest` into a new case, which the other measurements use.
pub(crate) fn by_process(bench: &Bench) -> Result<Vec<Line>> {
    let case = bench.fresh(&format!("case-{}", bench.set.letter()))?;
    let run = Run::of(bench, &["ingest", &text(&bench.evidence), "--case", &text(&case)])?;
    let account = run.succeeded()?.lines().next().unwrap_or_default().to_owned();
    let size = fs::metadata(case.join("case.duckdb"))?.len() >> 20;
    let seconds = run.time.as_secs_f64();
    Ok(vec![
        Line::new(
            "N8",
            "`ingest` into a new case, start to end of process, joins and checkpoint included",
            "30 s",
            format!(
                "{seconds:.1} s, {} events/s, {} s of processor time; {account}; database {size} MiB",
                rate(bench.n_events(), run.time),
                run.ticks / 100
            ),
        ),
        Line::new("N10", "peak memory of that", "1 GiB", format!("{} MiB", run.peak_kib >> 10)),
    ])
}

/// When the stages of a load ended.
struct Stages {
    started: Duration,
    read: Duration,
    joined: Duration,
    written: Duration,
    /// How far the load was over time.
    seen: Vec<(Duration, u64)>,
}

/// Loads the set through the library into a case that is removed again.
fn load(bench: &Bench, redactor: &Redactor) -> Result<Stages> {
    let folder = bench.fresh("library-case")?;
    fs::create_dir_all(&folder)?;
    let store = Store::open(&folder.join("case.duckdb"), LIMITS)?;
    let progress = Progress::default();
    let (formats, stop) = (registry::built_in(), Cancel::default());
    let loader = Loader {
        store: &store,
        formats: &formats,
        redactor,
        caps: Caps::default(),
        threads: 2,
        progress: &progress,
        stop: &stop,
    };
    let started = clock::monotonic();
    let seen = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(&progress, &seen));
        let result = loader.run(&[Input::Path(bench.evidence.clone())]);
        progress.finish();
        watch.join().ok().context("the watching thread died")?;
        result.context("the load failed")
    })?;
    let read = clock::monotonic();
    let mut writer = store.writer()?;
    link::rebuild(&mut writer)?;
    let joined = clock::monotonic();
    writer.fold_log()?;
    let written = clock::monotonic();
    drop(writer);
    drop(store);
    fs::remove_dir_all(&folder)?;
    Ok(Stages { started, read, joined, written, seen: seen.into_inner().unwrap_or_default() })
}

/// Loads the set through the library, and writes down how far it is over time.
pub(crate) fn by_library(bench: &Bench) -> Result<Vec<Line>> {
    let done = load(bench, &Redactor::new([7; 32]))?;
    let reading = done.read.saturating_sub(done.started);
    let stages = format!(
        "{} events/s while reading ({:.1} s); then joins {:.1} s, checkpoint {:.1} s",
        rate(bench.n_events(), reading),
        reading.as_secs_f64(),
        done.joined.saturating_sub(done.read).as_secs_f64(),
        done.written.saturating_sub(done.joined).as_secs_f64(),
    );
    Ok(vec![
        Line::new("N8", "the same through the library, by stage", "60,000 events/s", stages),
        slowdown(bench, done.started, &done.seen),
    ])
}

/// Loads the set with and without redaction, in turns, and compares the best of each.
pub(crate) fn redaction(bench: &Bench) -> Result<Vec<Line>> {
    const TURNS: usize = 2;
    let mut best = [Duration::MAX; 2];
    let mut ticks = [u64::MAX; 2];
    let mut n_events = 0;
    for _ in 0..TURNS {
        let profiles = [Redactor::off(), Redactor::new([7; 32])];
        for ((best, ticks), redactor) in best.iter_mut().zip(&mut ticks).zip(profiles) {
            let before = own_ticks();
            let done = load(bench, &redactor)?;
            *ticks = (*ticks).min(own_ticks().saturating_sub(before));
            *best = (*best).min(done.read.saturating_sub(done.started));
            n_events = done.seen.last().map_or(n_events, |(_, taken)| *taken);
        }
    }
    let [without, with] = best;
    let [without_ticks, with_ticks] = ticks;
    let cost = (1.0 - without.as_secs_f64() / with.as_secs_f64().max(1e-9)) * 100.0;
    let text = format!(
        "{cost:.1} % ({} events/s with, {} events/s without); of processor time with joins {} ms with, {} ms without",
        rate(n_events, with),
        rate(n_events, without),
        with_ticks * 10,
        without_ticks * 10
    );
    Ok(vec![Line::new(
        "redaction",
        "what redaction costs of the rate while reading",
        "25 % at most",
        text,
    )])
}

/// Returns the processor time of this process so far, in units of 10 ms.
fn own_ticks() -> u64 {
    ticks_of(std::process::id()).unwrap_or_default()
}

/// Writes down the time whenever rows were taken, until the load is over.
fn watch(progress: &Progress, seen: &Mutex<Vec<(Duration, u64)>>) {
    let mut last = 0;
    loop {
        let snapshot = progress.snapshot();
        if snapshot.records != last {
            last = snapshot.records;
            if let Ok(mut seen) = seen.lock() {
                seen.push((clock::monotonic(), last));
            }
        }
        if snapshot.finished {
            return;
        }
        std::thread::sleep(SAMPLE);
    }
}

/// Compares the first and the last eighth of the rows: at set M a quarter million each.
fn slowdown(bench: &Bench, started: Duration, seen: &[(Duration, u64)]) -> Line {
    let total = bench.n_events();
    let part = bench.set.records() / 8;
    let reached = |rows: u64| {
        seen.iter().find(|(_, records)| *records >= rows).map_or(started, |(time, _)| *time)
    };
    let end = seen.last().map_or(started, |(time, _)| *time);
    let first = reached(part).saturating_sub(started);
    let last = end.saturating_sub(reached(total - part));
    let change = (last.as_secs_f64() / first.as_secs_f64().max(1e-9) - 1.0) * 100.0;
    Line::new(
        "N9",
        format!("slowdown from the first to the last {} events", grouped(part)),
        "20 % at most",
        format!("{change:+.0} % ({} ms, then {} ms)", millis(first), millis(last)),
    )
}
