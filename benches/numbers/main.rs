//! Measures what the program promises about speed and memory, and prints a table. Nothing here passes or fails: a slow
//! machine gives slow numbers.
//!
//! Usage: `cargo bench --bench numbers -- [S|M] [--only N4,N13] [--evidence FOLDER] [--work FOLDER]
//! [--program FILE] [--sigma FOLDER]`

use std::io::Write;

use anyhow::Result;

mod derived;
mod evidence;
mod facts;
mod frames;
mod live;
mod loading;
mod marks;
mod options;
mod orientation;
mod process;
mod questions;
mod replay;
mod samples;
mod sigma;
mod starts;
mod terminal;

use options::Bench;

/// One row of the table.
pub(crate) struct Line {
    pub(crate) number: &'static str,
    pub(crate) measure: String,
    pub(crate) target: &'static str,
    pub(crate) measured: String,
}

impl Line {
    pub(crate) fn new(
        number: &'static str,
        measure: impl Into<String>,
        target: &'static str,
        measured: impl Into<String>,
    ) -> Self {
        Self { number, measure: measure.into(), target, measured: measured.into() }
    }
}

/// Measures some numbers.
type Measure = fn(&Bench) -> Result<Vec<Line>>;

/// What can be measured, in the order of running: the load comes first, because it makes the case that others open.
const MEASURES: &[(&str, Measure)] = &[
    ("N8", loading::by_process),
    ("N9", loading::by_library),
    ("redaction", loading::redaction),
    ("rates", orientation::rates),
    ("N1", starts::to_first_paint),
    ("N2", starts::while_loading),
    ("N3", starts::existing_case),
    ("N4", live::key_to_paint),
    ("N5", frames::build_and_write),
    ("N6", live::idle),
    ("N13", questions::narrowed),
    ("N16", questions::stopped),
    ("N18", replay::long_session),
    ("joins", derived::steps),
    ("N20", derived::questions),
    ("N22", derived::handed_over),
    ("sigma", sigma::rules),
    ("N21", marks::tagged),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let bench = Bench::prepare(&arguments)?;
    say(&facts::of_machine(&bench)?)?;
    say("| No | measure | target | measured | set |\n| --- | --- | --- | --- | --- |")?;
    for (name, measure) in MEASURES {
        if !bench.wants(name) {
            continue;
        }
        match measure(&bench) {
            Ok(lines) => {
                for line in lines {
                    let Line { number, measure, target, measured } = line;
                    let set = bench.set.letter();
                    say(&format!("| {number} | {measure} | {target} | {measured} | {set} |"))?;
                }
            }
            Err(error) => say(&format!("| {name} | not measured | | {error:#} | |"))?,
        }
    }
    say(&format!("\nload average at the end: {}", facts::load_average()))
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
