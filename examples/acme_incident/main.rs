//! Writes the sample case `acme-incident`, byte for byte the same on every machine: fixed seeds, fixed times, gzip
//! without time and name. It reads no clock and doesn't use the library, so that it cannot inherit its mistakes.
//!
//! Usage: `cargo run --release --example acme_incident -- FOLDER`, or `-- --check FOLDER` to compare.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod api;
mod background;
mod delegate;
mod encode;
mod evidence;
mod files;
mod gateway;
mod identity;
mod incident;
mod model;
mod moment;
mod operations;
mod others;
mod random;
mod session;
mod shell;
mod spread;
mod tools;
mod trail;

use evidence::Evidence;

/// What was asked for.
enum Task {
    Write(PathBuf),
    Check(PathBuf),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = match arguments.as_slice() {
        [flag, folder] if flag == "--check" => Task::Check(PathBuf::from(folder)),
        [folder] if !folder.starts_with('-') => Task::Write(PathBuf::from(folder)),
        _ => {
            say("usage: acme_incident [--check] FOLDER");
            return ExitCode::from(2);
        }
    };
    match run(&task) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(3)
        }
    }
}

fn run(task: &Task) -> io::Result<ExitCode> {
    let folder = files::folder(story())?;
    match task {
        Task::Write(root) => {
            files::write(&folder, root)?;
            let n_bytes: usize = folder.values().map(Vec::len).sum();
            say(&format!("{} files, {n_bytes} bytes in `{}`", folder.len(), root.display()));
            Ok(ExitCode::SUCCESS)
        }
        Task::Check(root) => check(&folder, root),
    }
}

fn check(folder: &files::Folder, root: &Path) -> io::Result<ExitCode> {
    let found = files::differences(folder, root)?;
    for difference in &found {
        say(difference);
    }
    if found.is_empty() {
        say(&format!("{} files are as generated", folder.len()));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(1))
}

/// Tells the whole story, every part with a random stream of its own.
fn story() -> Evidence {
    let mut evidence = Evidence::new();
    background::add(&mut evidence.trail);
    delegate::add(&mut evidence.trail);
    gateway::probe(&mut evidence);
    others::add(&mut evidence);
    incident::add(&mut evidence);
    evidence
}

/// Tells the person at the terminal; nothing can be done when that fails.
fn say(text: &str) {
    writeln!(io::stderr().lock(), "{text}").unwrap_or_default();
}
