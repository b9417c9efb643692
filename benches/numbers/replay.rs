//! Replay of a session of ten thousand steps: opened, and moved about in.

use anyhow::{Context, Result, bail};
use whytrail::query::{Filter, replay, sessions};
use whytrail::store::Store;
use whytrail::{clock, tui};

use crate::Line;
use crate::evidence::{self, N_CALLS};
use crate::frames::harness;
use crate::options::{Bench, LIMITS, text};
use crate::process::Run;
use crate::samples::{Samples, grouped};

/// N18.
pub(crate) fn long_session(bench: &Bench) -> Result<Vec<Line>> {
    let folder = evidence::long_session(bench)?;
    let case = bench.fresh("long-case")?;
    Run::of(bench, &["ingest", &text(&folder), "--case", &text(&case)])?.succeeded()?;
    let store = Store::open(&case.join("case.duckdb"), LIMITS)?;
    let reader = store.reader()?;
    let longest = sessions(&reader, &Filter::default())?
        .into_iter()
        .max_by_key(|session| session.events)
        .context("the case has no session")?;
    let mut asked = Samples::default();
    let mut n_steps = 0;
    for _ in 0..20 {
        let started = clock::monotonic();
        n_steps = replay(&reader, &longest.id)?.steps.len();
        asked.push(clock::monotonic().saturating_sub(started));
    }
    if n_steps < 3 * N_CALLS {
        bail!("the session has {n_steps} steps only");
    }
    let (mut opened, mut sought) = (Samples::default(), Samples::default());
    for _ in 0..10 {
        let mut screens = harness(store.reader()?, (200, 60));
        screens.keys("2");
        let started = clock::monotonic();
        screens.keys("r");
        screens.buffer();
        opened.push(clock::monotonic().saturating_sub(started));
        check(&mut screens)?;
        for key in ["9", "1", "5", "0", "7", ".", ","] {
            let started = clock::monotonic();
            screens.keys(key);
            screens.buffer();
            sought.push(clock::monotonic().saturating_sub(started));
        }
    }
    let steps = grouped(u64::try_from(n_steps).unwrap_or(0));
    Ok(vec![
        Line::new("N18", format!("replay of {steps} steps, the question"), "-", asked.words()),
        Line::new("N18", "question and first frame at 200x60", "200 ms", opened.words()),
        Line::new("N18", "seek or step, with frame", "50 ms", sought.words()),
    ])
}

fn check(screens: &mut tui::harness::Harness) -> Result<()> {
    let screen = screens.screen();
    if !screen.contains("REPLAY") {
        bail!("replay did not open:\n{screen}");
    }
    Ok(())
}
