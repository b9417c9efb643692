//! Subcommands, one file each. They join the modules below into what a user asked for, and print.

mod ask;
mod assess;
mod case;
mod case_info;
mod check;
mod checkpoint;
mod completions;
mod comply;
mod declared;
mod desk;
mod doctor;
mod export;
mod external;
mod facts;
mod finds;
mod formats;
mod gaps;
mod ingest;
mod keymap;
mod keys;
mod lists;
mod loading;
mod man;
mod map;
mod memory;
mod open;
mod output;
mod people;
mod pivot;
mod proofs;
mod redact;
mod replay;
mod report;
mod reveal;
mod rules;
mod schema;
mod scope;
mod search;
mod selection;
mod show;
mod sign;
mod sql;
mod tag;
mod timeline;
mod verify;
mod why;

use crate::cli::{Cli, Command, Shared};
use crate::config::Config;
use crate::failure::{Ended, Failure};

fn out_of_place() -> Failure {
    Failure::usage("evidence or `--fresh` before the name of a command")
        .hint("they follow it: whytrail ingest PATH, whytrail open PATH --fresh")
}

/// Reads the settings, begins the log and tells what is odd about either.
fn context_of(shared: Shared) -> Result<Context, Failure> {
    let config = Config::new(&shared)?;
    crate::logging::start(&config.places.state, shared.output.verbose);
    if !shared.output.quiet {
        keys::warn_of_prices(&config);
        config.warnings.iter().for_each(|warning| output::say(&format!("warning: {warning}")));
    }
    Ok(Context { shared, config })
}

/// Runs what the arguments ask for.
pub(crate) fn dispatch(cli: Cli) -> Ended {
    let Cli { command, paths, fresh, shared } = cli;
    if command.is_some() && (fresh || !paths.is_empty()) {
        return Err(out_of_place());
    }
    let context = context_of(shared)?;
    if !matches!(command, Some(Command::Export { .. } | Command::Report { .. })) {
        output::check_format(&context)?;
    }
    match command {
        None if paths.is_empty() && context.shared.filters.case.is_none() => {
            Err(Failure::usage("no evidence given")
                .hint("whytrail PATH opens a file or folder; whytrail --help lists the rest"))
        }
        None => open::run(&context, &paths, fresh),
        Some(Command::Open { paths, fresh }) => open::run(&context, &paths, fresh),
        Some(Command::Ingest { paths }) => ingest::run(&context, &paths),
        Some(Command::Timeline) => timeline::run(&context),
        Some(Command::Search { text, regex, field }) => {
            search::run(&context, &text, regex, field.as_deref())
        }
        Some(Command::Pivot { kind, value, to }) => pivot::run(&context, kind, &value, to),
        Some(Command::Who) => lists::who(&context),
        Some(Command::Sessions) => lists::sessions(&context),
        Some(Command::What) => lists::what(&context),
        Some(Command::Why { id }) => why::run(&context, &id),
        Some(Command::Gaps { coverage, fail_on, accept, withdraw, reason }) => {
            let act = gaps::Asked { coverage, fail_on, accept, withdraw, reason };
            gaps::run(&context, &act)
        }
        Some(Command::Comply(asked)) => comply::run(&context, &asked),
        Some(Command::Ask(asked)) => ask::run(&context, &asked),
        Some(Command::Check(asked)) => check::run(&context, &asked),
        Some(Command::Keys { prices, spend, job }) => {
            let asked = keys::Asked { prices: prices.as_deref(), spend, job: job.as_deref() };
            keys::run(&context, &asked)
        }
        Some(Command::Show { id, raw }) => show::run(&context, &id, raw),
        Some(Command::Reveal { id, field, reason }) => {
            reveal::run(&context, &id, field.as_deref(), &reason)
        }
        Some(Command::Redact { path, pseudonyms }) => redact::run(&context, &path, pseudonyms),
        Some(Command::Replay { session, speed, idle, step }) => {
            replay::run(&context, &session, &replay::Pace { speed, idle, is_stepping: step })
        }
        Some(Command::Tag { act }) => tag::run(&context, act),
        Some(Command::Finds { act }) => finds::run(&context, act),
        Some(Command::Export { exported_at, check, pseudonyms, names }) => {
            let names = export::Names::asked(names, pseudonyms);
            export::run(&context, exported_at.as_deref(), check, names)
        }
        Some(Command::Report { paths, names }) => {
            report::run(&context, &paths, export::Names::asked(names, false))
        }
        Some(Command::Sign(asked)) => sign::run(&context, &asked),
        Some(Command::Facts { act }) => facts::run(&context, &act),
        Some(Command::Scope { act }) => scope::run(&context, &act),
        Some(Command::Verify { path, rebuild, evidence }) => {
            verify::run(&context, path.as_deref(), &verify::Asked { is_rebuild: rebuild, evidence })
        }
        Some(Command::Rules { act }) => rules::run(&context, &act),
        Some(Command::Case { act }) => case_info::run(&context, &act),
        Some(Command::Sql { query }) => sql::run(&context, &query),
        Some(Command::Schema { name }) => schema::run(&context, name.as_deref()),
        Some(Command::Map { act }) => map::run(&context, &act),
        Some(Command::Keymap) => keymap::run(&context),
        Some(Command::Doctor { links }) => doctor::run(&context, links),
        Some(Command::Completions { shell }) => completions::run(&context, shell),
        Some(Command::Man) => man::run(&context),
    }
}

/// Says how a run ended, on standard error.
pub(crate) fn say(failure: &Failure) {
    say_lines(&failure.to_string());
}

/// Says lines on standard error, with what could act on a terminal made harmless.
pub(crate) fn say_lines(text: &str) {
    for line in text.lines() {
        output::say(line);
    }
}

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) shared: Shared,
    pub(crate) config: Config,
}
