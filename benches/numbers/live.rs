//! The running screens: keys while everything loads, and a screen on which nothing happens.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::Line;
use crate::options::{Bench, text};
use crate::process::{peak_of, ticks_of};
use crate::samples::Samples;
use crate::terminal::{Terminal, cursor_row, is_loading, is_painted, shows_event};

const SIZE: (u16, u16) = (100, 30);
/// Time between a paint and the next key.
const PAUSE: Duration = Duration::from_millis(45);
/// Keys down, then as many up.
const STRETCH: usize = 6;

/// N4: moves the cursor while the set loads, until it is loaded.
pub(crate) fn key_to_paint(bench: &Bench) -> Result<Vec<Line>> {
    let case = bench.fresh("fresh-case")?;
    let arguments = [&*text(&bench.evidence), "--case", &text(&case)];
    let mut terminal = Terminal::open(bench, SIZE, &arguments)?;
    terminal.wait("the first screen", is_painted)?;
    terminal.press("2")?;
    terminal.wait("an event in the time line", shows_event)?;
    let mut samples = Samples::default();
    while is_loading(terminal.screen()) {
        let key = if (samples.len() / STRETCH).is_multiple_of(2) { "j" } else { "k" };
        let before = cursor_row(terminal.screen());
        let pressed = terminal.press(key)?;
        let painted = terminal.wait("the cursor in another row", |screen| {
            let now = cursor_row(screen);
            now.is_some() && now != before
        })?;
        samples.push(painted.saturating_sub(pressed));
        terminal.listen(PAUSE)?;
    }
    let peak = peak_of(terminal.process()?).context("no memory figures")?;
    drop(terminal);
    bench.fresh("fresh-case")?;
    Ok(vec![
        Line::new(
            "N4",
            "key to paint while loading",
            "33 ms p50, 100 ms p99, 250 ms worst",
            samples.words(),
        ),
        Line::new(
            "N10",
            "peak memory of the screens while loading",
            "1 GiB",
            format!("{} MiB", peak >> 10),
        ),
    ])
}

/// N6: the time line of a loaded case, left alone for ten seconds.
pub(crate) fn idle(bench: &Bench) -> Result<Vec<Line>> {
    let case = bench.loaded_case()?;
    let mut terminal = Terminal::open(bench, SIZE, &["--case", &text(&case)])?;
    terminal.wait("the first screen", is_painted)?;
    terminal.press("2")?;
    terminal.wait("an event in the time line", shows_event)?;
    terminal.listen(Duration::from_secs(3))?;
    let process = terminal.process()?;
    let before = ticks_of(process).context("no processor figures")?;
    let n_bytes = terminal.listen(Duration::from_secs(10))?;
    let ticks = ticks_of(process).context("no processor figures")? - before;
    Ok(vec![Line::new(
        "N6",
        "ten seconds idle",
        "0 frames, under 1 % of a core",
        format!("{n_bytes} bytes written, {ticks} ticks of 10 ms ({ticks}0 ms of 10,000 ms)"),
    )])
}
