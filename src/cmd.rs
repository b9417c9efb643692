//! Subcommands, one file each. They join the modules below into what a user asked for, and print.

mod case;
mod case_info;
mod completions;
mod desk;
mod doctor;
mod export;
mod finds;
mod ingest;
mod keymap;
mod lists;
mod loading;
mod man;
mod open;
mod output;
mod pivot;
mod replay;
mod schema;
mod search;
mod selection;
mod show;
mod sql;
mod tag;
mod timeline;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::failure::{Ended, Failure};

/// Runs what the arguments ask for.
pub(crate) fn dispatch(cli: Cli) -> Ended {
    let Cli { command, paths, shared } = cli;
    let config = Config::new(&shared)?;
    crate::logging::start(&config.places.state, shared.output.verbose);
    if !shared.output.quiet {
        config.warnings.iter().for_each(|warning| output::say(&format!("warning: {warning}")));
    }
    let context = Context { shared, config };
    match command {
        None if paths.is_empty() && context.shared.filters.case.is_none() => {
            Err(Failure::usage("no evidence given")
                .hint("whytrail PATH opens a file or folder; whytrail --help lists the rest"))
        }
        None => open::run(&context, &paths),
        Some(Command::Open { paths }) => open::run(&context, &paths),
        Some(Command::Ingest { paths }) => ingest::run(&context, &paths),
        Some(Command::Timeline) => timeline::run(&context),
        Some(Command::Search { text, regex, field }) => {
            search::run(&context, &text, regex, field.as_deref())
        }
        Some(Command::Pivot { kind, value, to }) => pivot::run(&context, kind, &value, to),
        Some(Command::Who) => lists::who(&context),
        Some(Command::Sessions) => lists::sessions(&context),
        Some(Command::What) => lists::what(&context),
        Some(Command::Show { id, raw }) => show::run(&context, &id, raw),
        Some(Command::Replay { session, speed, idle, step }) => {
            replay::run(&context, &session, &replay::Pace { speed, idle, is_stepping: step })
        }
        Some(Command::Tag { act }) => tag::run(&context, act),
        Some(Command::Finds { act }) => finds::run(&context, act),
        Some(Command::Export { exported_at, check }) => {
            export::run(&context, exported_at.as_deref(), check)
        }
        Some(Command::Case { act }) => case_info::run(&context, &act),
        Some(Command::Sql { query }) => sql::run(&context, &query),
        Some(Command::Schema { name }) => schema::run(&context, name.as_deref()),
        Some(Command::Keymap) => keymap::run(&context),
        Some(Command::Doctor) => doctor::run(&context),
        Some(Command::Completions { shell }) => completions::run(&context, shell),
        Some(Command::Man) => man::run(&context),
    }
}

/// Says how a run ended, on standard error.
pub(crate) fn say(failure: &Failure) {
    for line in failure.to_string().lines() {
        output::say(line);
    }
}

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) shared: crate::cli::Shared,
    pub(crate) config: Config,
}
