//! The machine and the versions behind the numbers.

use std::fs;

use anyhow::Result;
use whytrail::store::Store;

use crate::options::{Bench, LIMITS};
use crate::samples::grouped;

/// Returns a few lines about machine, engine and evidence.
pub(crate) fn of_machine(bench: &Bench) -> Result<String> {
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = line_of("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned());
    let folder = bench.fresh("version")?;
    fs::create_dir_all(&folder)?;
    let store = Store::open(&folder.join("version.duckdb"), LIMITS)?;
    let rows = store.reader()?.rows("SELECT version()", &[])?;
    let engine = rows.first().map(|row| row.text(0)).unwrap_or_default();
    drop(store);
    fs::remove_dir_all(&folder)?;
    Ok(format!(
        "machine: {n_cores} cores, {model}, {memory} memory\nengine: DuckDB {engine}, whytrail {}\nset {}: {} events\nload average at the start: {}\n",
        env!("CARGO_PKG_VERSION"),
        bench.set.letter(),
        grouped(bench.n_events()),
        load_average()
    ))
}

/// Returns the load of the last 1, 5 and 15 minutes.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn line_of(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
