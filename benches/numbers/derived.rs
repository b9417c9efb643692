//! What is computed after a load, step by step, and the questions that rest on it; export and verification.

use std::time::Duration;

use anyhow::Result;
use whytrail::link::{self, gaps, leads};
use whytrail::model::rows::RefusedThenDone;
use whytrail::query::why::done::denied_then_done;
use whytrail::{clock, explain, query};

use crate::Line;
use crate::options::{Bench, text};
use crate::process::Run;
use crate::samples::Samples;

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn timed<T>(run: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let started = clock::monotonic();
    let made = run()?;
    Ok((made, clock::monotonic().saturating_sub(started)))
}

/// Everything that is derived, made anew over the loaded case.
pub(crate) fn steps(bench: &Bench) -> Result<Vec<Line>> {
    let store = bench.open_store()?;
    let mut writer = store.writer()?;
    let (made, joins) = timed(|| Ok(link::rebuild(&mut writer)?))?;
    let (pairs, refusals) = timed(|| Ok(denied_then_done(&store.reader()?)?.0))?;
    let pairs: Vec<RefusedThenDone> = pairs.into_iter().map(RefusedThenDone::from).collect();
    let (n_leads, found) = timed(|| Ok(leads::rebuild(&mut writer, &pairs)?))?;
    let (_, unseen) = timed(|| Ok(gaps::rebuild(&mut writer)?))?;
    let whole = joins + refusals + found + unseen;
    let text = format!(
        "{} = links, sessions, people {} ({} links, {} sessions) + denied then done {} + keys, spend and {n_leads} leads {} + gaps {}",
        seconds(whole),
        seconds(joins),
        made.links,
        made.sessions,
        seconds(refusals),
        seconds(found),
        seconds(unseen),
    );
    Ok(vec![Line::new("joins", "everything derived, made anew", "15 s", text)])
}

/// N20 and `w`: the gaps screen, and the trace of events here and there.
pub(crate) fn questions(bench: &Bench) -> Result<Vec<Line>> {
    let store = bench.open_store()?;
    let reader = store.reader()?;
    let (mut screen, mut why) = (Samples::default(), Samples::default());
    for _ in 0..10 {
        screen.push(timed(|| Ok(query::gaps::gaps(&reader, 48)?))?.1);
    }
    let sql = "SELECT id FROM event WHERE n % 70001 = 7 OR (outcome = 'denied' AND n % 997 = 3) ORDER BY id LIMIT 40";
    for id in reader.rows(sql, &[])?.iter().filter_map(|row| row.id(0)) {
        why.push(timed(|| Ok(explain::explain(&reader, id)?))?.1);
    }
    Ok(vec![
        Line::new("N20", "what the gaps screen asks", "300 ms", screen.words()),
        Line::new("why", "the trace of one event", "100 ms", why.words()),
    ])
}

/// N22 and N23: a bundle of a thousand events, and the seven statements of `verify`.
pub(crate) fn handed_over(bench: &Bench) -> Result<Vec<Line>> {
    let case = text(&bench.loaded_case()?);
    let tagged = Run::of(
        bench,
        &[
            "tag",
            "add",
            "handed over",
            "--case",
            &case,
            "--where",
            "ts IS NOT NULL",
            "--limit",
            "1000",
        ],
    )?;
    tagged.succeeded()?;
    let bundle = text(&bench.fresh("bundle")?);
    let export = Run::of(bench, &["export", "--case", &case, "-o", &bundle])?;
    export.succeeded()?;
    let verify = Run::of(bench, &["verify", &case])?;
    verify.succeeded()?;
    Ok(vec![
        Line::new(
            "N22",
            "`whytrail export` of 1,000 events",
            "2 s",
            format!("{:.2} s", export.time.as_secs_f64()),
        ),
        Line::new(
            "N23",
            "`whytrail verify` of the case",
            "20 s",
            format!("{}, peak {} MiB", seconds(verify.time), verify.peak_kib >> 10),
        ),
    ])
}
