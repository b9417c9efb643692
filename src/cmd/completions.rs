//! `whytrail completions`: the script for a shell.

use clap::CommandFactory;

use super::{Context, output};
use crate::cli::Cli;
use crate::failure::Ended;

pub(super) fn run(context: &Context, shell: clap_complete::Shell) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "whytrail", &mut script);
    output::print(context, &String::from_utf8_lossy(&script))
}
