//! Arguments of `whytrail case`: types only. Their doc comments are the help.

use std::path::PathBuf;

use clap::Subcommand;

/// Questions about cases.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Account, sources and journal of a case
    Info,
    /// Cases in the data folder
    List,
    /// Sign the journal as it is now
    Checkpoint,
    /// Keep what shows a checkpoint outside of this machine
    Anchor {
        #[command(subcommand)]
        act: AnchorCommand,
    },
    /// Write down that the case goes to somebody else
    Handover {
        /// Who takes it
        #[arg(long)]
        to: String,
        /// Why, and by whose authority
        #[arg(long)]
        reason: String,
    },
    /// Write down by how much a clock was wrong
    Clock {
        /// Which clock: a product, a host, an account
        clock: String,
        /// How far it was ahead: 1.5s, -300ms, 2m, 1h
        #[arg(long, allow_hyphen_values = true, value_name = "TIME")]
        offset: String,
        /// How that is known
        #[arg(long)]
        note: String,
    },
    /// Print a proof that others can check without seeing the journal
    #[command(
        after_help = "Examples:\n  whytrail case prove 12              entry 12 is in the journal\n  whytrail case prove --from 3        the journal begins with checkpoint 3"
    )]
    Prove {
        /// Number of the entry
        #[arg(required_unless_present = "from")]
        entry: Option<u64>,
        /// Number of the checkpoint
        #[arg(long, value_name = "K", conflicts_with = "entry")]
        from: Option<u32>,
    },
    /// Go on behind a broken journal; the break stays visible for ever
    AcceptBreak {
        /// What is known about it
        #[arg(long)]
        reason: String,
    },
}

/// Acts on anchors.
#[derive(Debug, Subcommand)]
pub enum AnchorCommand {
    /// Add a time stamp answer (.tsr), an SSH signature (.sshsig), or where
    /// the checkpoint was written down
    Add {
        /// The file; it is copied beside its checkpoint
        #[arg(required_unless_present = "text")]
        file: Option<PathBuf>,
        /// Where the checkpoint stands: a ticket, a mail
        #[arg(long, conflicts_with = "file")]
        text: Option<String>,
        /// Number of the checkpoint; the newest if not given. A time stamp
        /// finds its own
        #[arg(long, value_name = "K")]
        checkpoint: Option<u32>,
    },
}
