//! Arguments of `whytrail facts` and `whytrail scope`: types only. Their doc comments are the help.

use std::path::PathBuf;

use clap::Subcommand;

/// Acts on declared facts.
#[derive(Debug, Subcommand)]
pub enum FactsCommand {
    /// Print what is declared, and what is not
    Show,
    /// Set one key, or append one entry to a list of tables
    Set {
        /// Dotted key: `system.name`, `scope.allow`
        key: String,
        /// Value as TOML, or plain text
        value: String,
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
