//! From the start of the process to something on the screen.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::Line;
use crate::evidence;
use crate::options::{Bench, Set, text};
use crate::process::Run;
use crate::samples::Samples;
use crate::terminal::{Terminal, is_painted, shows_event};

const SIZE: (u16, u16) = (100, 30);

/// N1: nothing to load.
pub(crate) fn to_first_paint(bench: &Bench) -> Result<Vec<Line>> {
    let empty = bench.fresh("empty-folder")?;
    fs::create_dir_all(&empty)?;
    let case = bench.fresh("empty-case")?;
    Run::of(bench, &["ingest", &text(&empty), "--case", &text(&case)])?.succeeded()?;
    let (mut existing, mut new) = (Samples::default(), Samples::default());
    for _ in 0..40 {
        let mut terminal = Terminal::open(bench, SIZE, &["--case", &text(&case)])?;
        let at = terminal.wait("the first screen", is_painted)?;
        existing.push(at.saturating_sub(terminal.started));
        drop(terminal);
        let fresh = bench.fresh("fresh-case")?;
        let mut terminal = Terminal::open(bench, SIZE, &[&text(&empty), "--case", &text(&fresh)])?;
        let at = terminal.wait("the first screen", is_painted)?;
        new.push(at.saturating_sub(terminal.started));
    }
    Ok(vec![
        Line::new("N1", "start to first paint, empty case", "150 ms p95", existing.words()),
        Line::new("N1", "the same, case made on the way", "150 ms p95", new.words()),
    ])
}

/// N2: a folder that is not loaded yet.
pub(crate) fn while_loading(bench: &Bench) -> Result<Vec<Line>> {
    let n_runs = if bench.set == Set::Medium { 12 } else { 20 };
    let mut lines = first_rows(bench, &bench.evidence, "the set's folder", n_runs)?;
    let small = evidence::small_files(bench)?;
    lines.extend(first_rows(bench, &small, "100,000 files of one record", 12)?);
    Ok(lines)
}

fn first_rows(bench: &Bench, folder: &Path, name: &str, n_runs: usize) -> Result<Vec<Line>> {
    let (mut paint, mut row) = (Samples::default(), Samples::default());
    for _ in 0..n_runs {
        let fresh = bench.fresh("fresh-case")?;
        let mut terminal = Terminal::open(bench, SIZE, &[&text(folder), "--case", &text(&fresh)])?;
        let at = terminal.wait("the first screen", is_painted)?;
        paint.push(at.saturating_sub(terminal.started));
        terminal.press("2")?;
        let at = terminal.wait("an event in the time line", shows_event)?;
        row.push(at.saturating_sub(terminal.started));
    }
    bench.fresh("fresh-case")?;
    Ok(vec![
        Line::new("N2", format!("start to first paint, {name}"), "-", paint.words()),
        Line::new("N2", format!("start to first row, {name}"), "500 ms p95", row.words()),
    ])
}

/// N3: the loaded case of the set.
pub(crate) fn existing_case(bench: &Bench) -> Result<Vec<Line>> {
    let case = bench.loaded_case()?;
    let (mut paint, mut row) = (Samples::default(), Samples::default());
    for _ in 0..20 {
        let mut terminal = Terminal::open(bench, SIZE, &["--case", &text(&case)])?;
        let at = terminal.wait("the first screen", is_painted)?;
        paint.push(at.saturating_sub(terminal.started));
        terminal.press("2")?;
        let at = terminal.wait("an event in the time line", shows_event)?;
        row.push(at.saturating_sub(terminal.started));
    }
    Ok(vec![
        Line::new("N3", "start to first paint, existing case", "-", paint.words()),
        Line::new("N3", "start to first row, existing case", "400 ms", row.words()),
    ])
}
