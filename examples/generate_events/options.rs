//! What was asked for on the command line.

use std::path::PathBuf;

/// How the tool is called.
pub(crate) const USAGE: &str = "usage: generate_events --events N --out FOLDER [--files K] [--duplicates PERCENT] [--seed S] [--threads T]";

/// The checked arguments.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) n_events: u64,
    pub(crate) out: PathBuf,
    pub(crate) n_files: u64,
    /// Records delivered twice, in hundredths of a percent.
    pub(crate) duplicates: u64,
    pub(crate) seed: u64,
    /// 0 means one for each core.
    pub(crate) n_threads: usize,
}

impl Options {
    /// Reads the arguments; an error is a sentence for the person who typed them.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut found = Self {
            n_events: 0,
            out: PathBuf::new(),
            n_files: 0,
            duplicates: 0,
            seed: 1,
            n_threads: 0,
        };
        for pair in arguments.chunks(2) {
            let [flag, value] = pair else {
                return Err(format!("`{}` needs a value", pair.concat()));
            };
            match flag.as_str() {
                "--events" => found.n_events = number(flag, value)?,
                "--out" => found.out = PathBuf::from(value),
                "--files" => found.n_files = number(flag, value)?,
                "--duplicates" => found.duplicates = hundredths(value)?,
                "--seed" => found.seed = number(flag, value)?,
                "--threads" => found.n_threads = number(flag, value)?,
                _ => return Err(format!("`{flag}` is not known")),
            }
        }
        if found.n_events == 0 || found.out.as_os_str().is_empty() {
            return Err("`--events` and `--out` are needed".to_owned());
        }
        if found.n_files == 0 {
            found.n_files = (found.n_events / 500).max(1);
        }
        found.n_files = found.n_files.min(found.n_events);
        if found.duplicates > 0 && found.n_files < 2 {
            return Err(
                "second copies lie in another file, so `--files` must be 2 or more".to_owned()
            );
        }
        Ok(found)
    }
}

fn number<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, String> {
    value
        .replace(['_', ','], "")
        .parse()
        .map_err(|_not_a_number| format!("`{value}` is no number for `{flag}`"))
}

/// Reads a percentage with at most two digits after the point.
fn hundredths(value: &str) -> Result<u64, String> {
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let part = format!("{part:0<2}");
    let whole: u64 = number("--duplicates", whole)?;
    let part: u64 = number("--duplicates", &part)?;
    if whole > 100 || part > 99 {
        return Err(format!("`{value}` is no percentage"));
    }
    Ok(whole * 100 + part)
}
