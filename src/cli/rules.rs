//! Arguments of `whytrail rules`: types only, whose doc comments are the help.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// Acts on rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List what the rules match, and what could not be told
    #[command(
        after_help = "Examples:\n  whytrail rules run --sigma rules/ --since 2026-07-12 --format csv\n  whytrail rules run --sigma rules/ --tag-matches"
    )]
    Run {
        /// Folder with Sigma rules, or one rule file
        #[arg(long, value_name = "DIR")]
        sigma: PathBuf,
        /// Leave out rules below this level, and those without one
        #[arg(long, value_enum, value_name = "LEVEL")]
        level: Option<LevelWord>,
        /// End with code 5 when a rule of this level or above matched
        #[arg(long, value_enum, value_name = "LEVEL")]
        fail_on: Option<LevelWord>,
        /// Tag the events of each rule with its title; `--dry-run` says
        /// how many
        #[arg(long)]
        tag_matches: bool,
    },
    /// List the rules of a folder
    List {
        /// Folder with Sigma rules, or one rule file
        #[arg(long, value_name = "DIR")]
        sigma: PathBuf,
        /// Leave out rules below this level, and those without one
        #[arg(long, value_enum, value_name = "LEVEL")]
        level: Option<LevelWord>,
    },
    /// Show one rule with its author, its file and its text
    Show {
        /// Id of the rule
        id: String,
        /// Folder with Sigma rules, or one rule file
        #[arg(long, value_name = "DIR")]
        sigma: PathBuf,
    },
    /// Compile all rules and list each fault with its place
    Test {
        /// Folder with Sigma rules, or one rule file
        #[arg(long, value_name = "DIR")]
        sigma: PathBuf,
    },
}

/// Level of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelWord {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}
