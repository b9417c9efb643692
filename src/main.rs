//! Starts the program and turns its ending into an exit code. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(whytrail::run())
}
