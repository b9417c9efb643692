//! Sigma rules of a folder over the set's case: the whole process, with the rules read and compiled.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Line;
use crate::options::{Bench, text};
use crate::process::Run;
use crate::samples::{grouped, rate};

/// Rules that are asked. A smaller folder is repeated with other ids and titles until there are as many.
const RULES: usize = 772;
const TURNS: usize = 3;

/// `rules run` over the set, best of three. Needs `--sigma FOLDER`.
pub(crate) fn rules(bench: &Bench) -> Result<Vec<Line>> {
    let folder = bench.sigma.as_deref().context("`--sigma FOLDER` names no rules")?;
    let many = bench.fresh("sigma-rules")?;
    let n_rules = repeat(folder, &many)?;
    let case = bench.loaded_case()?;
    let mut best: Option<Run> = None;
    for _ in 0..TURNS {
        let run = Run::of(
            bench,
            &["rules", "run", "--sigma", &text(&many), "--case", &text(&case), "--format", "jsonl"],
        )?;
        run.succeeded()?;
        if best.as_ref().is_none_or(|known| run.time < known.time) {
            best = Some(run);
        }
    }
    let best = best.context("nothing ran")?;
    let n_matches = best.succeeded()?.lines().count().saturating_sub(1);
    let n_events = bench.n_events();
    Ok(vec![Line::new(
        "sigma",
        format!("Sigma: {n_rules} rules over {} events", grouped(n_events)),
        "10 s at 400,000",
        format!(
            "{:.1} s, {} events/s, {} s of processor time, peak {} MiB, {n_matches} matches",
            best.time.as_secs_f64(),
            rate(n_events, best.time),
            best.ticks / 100,
            best.peak_kib >> 10
        ),
    )])
}

/// Copies rule files as often as it takes, each copy with an id and a title of its own.
fn repeat(folder: &Path, into: &Path) -> Result<usize> {
    fs::create_dir_all(into)?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yml"));
    files.sort();
    anyhow::ensure!(!files.is_empty(), "`{}` holds no rules", folder.display());
    let mut n_rules = 0;
    for (copy, path) in (0_usize..).flat_map(|copy| files.iter().map(move |path| (copy, path))) {
        if n_rules >= RULES.max(files.len()) {
            break;
        }
        let rule = fs::read_to_string(path)?
            .lines()
            .map(|line| match line.split_once(": ") {
                Some((key @ ("id" | "title"), value)) => format!("{key}: {value} {copy}\n"),
                _ => format!("{line}\n"),
            })
            .collect::<String>();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        fs::write(into.join(format!("{copy:03}-{name}")), rule)?;
        n_rules += 1;
    }
    Ok(n_rules)
}
