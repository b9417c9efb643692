//! whytrail: an investigation time line for harm done by AI agents in AWS.
//!
#![doc = include_str!("../ARCHITECTURE.md")]

pub mod cli;
pub mod clock;
mod cmd;
mod config;
pub mod criteria;
pub mod custody;
pub mod explain;
mod failure;
pub mod format;
pub mod ingest;
pub mod job;
pub mod link;
mod logging;
pub mod model;
pub mod query;
pub mod redact;
pub mod report;
mod signals;
pub mod source;
pub mod store;
pub mod text;
pub mod tui;

use clap::Parser;

/// Runs the program with the arguments of the process and returns its exit code.
pub fn run() -> u8 {
    // Whatever is written is for its owner alone: cases, exports, logs, spill files.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // A core file would hold evidence as it was before redaction. Systems that hand cores to a program ask the limit too.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(rustix::process::Resource::Core, none).unwrap_or_default();
    logging::guard_crashes();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes; clap knows which stream each belongs to.
            if error.use_stderr() {
                // It quotes what was typed, which may have been copied from a log.
                cmd::say_lines(&error.render().to_string());
                return failure::Kind::Usage.code();
            }
            error.print().unwrap_or_default();
            return 0;
        }
    };
    match cmd::dispatch(cli) {
        Ok(()) => 0,
        Err(failure) => {
            if failure.message.is_empty() {
                return if failure.kind == failure::Kind::Failed { 0 } else { failure.kind.code() };
            }
            cmd::say(&failure);
            failure.kind.code()
        }
    }
}
