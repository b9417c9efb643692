//! Arguments of `whytrail facts` and `whytrail scope`: types only. Their doc comments are the help.

use std::path::PathBuf;

use clap::Subcommand;

/// Acts on declared facts.
#[derive(Debug, Subcommand)]
pub enum FactsCommand {
    /// Print what is declared, and what is not
    Show,
    /// Set one key, append one entry to a list of tables, or change one
    Set {
        /// Dotted key: `system.name`, `scope.allow`; `scope.allow[2]` for the second entry
        key: String,
        /// Value as TOML, or plain text
        value: String,
        /// Why it changes
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Take out one key, or one entry of a list of tables
    Unset {
        /// Dotted key: `system.name`, `scope.allow[2]`
        key: String,
        /// Why it changes
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Open the facts in $VISUAL or $EDITOR, check them, take them over
    Edit {
        /// Why they change
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Say what is wrong with the facts, and which criteria wait for more
    Check {
        /// A facts file; that of the case if not given
        file: Option<PathBuf>,
    },
    /// Take a facts file over; policy files it names are copied too
    Import {
        /// The file (TOML)
        file: PathBuf,
        /// Why they change
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// Acts on the declared boundary.
#[derive(Debug, Subcommand)]
pub enum ScopeCommand {
    /// Draft a boundary from what agents did in a time that was normal
    Learn,
    /// Say which calls of agents were inside, outside, undeclared
    Check {
        /// End with code 5 when a call is this, or worse: outside, undeclared
        #[arg(long, value_name = "ANSWER")]
        fail_on: Option<String>,
    },
}
