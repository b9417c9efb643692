//! `whytrail man`: the manual page, made from the command line's own definition.

use clap::CommandFactory;

use super::{Context, output};
use crate::cli::Cli;
use crate::failure::Ended;

pub(super) fn run(context: &Context) -> Ended {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    output::print(context, &String::from_utf8_lossy(&page))
}
