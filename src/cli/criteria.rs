//! Arguments of the commands about criteria.

use std::path::PathBuf;

use clap::Args;

/// What criteria come to, and a person's own verdict.
#[derive(Debug, Clone, Default, Args)]
pub struct ComplyArgs {
    /// A criterion by id or label: its rules, populations and exceptions
    pub criterion: Option<String>,
    /// Only the criteria of this pack; may be given again
    #[arg(long, value_name = "PACK")]
    pub set: Vec<String>,
    /// One rule: its population and exceptions
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// The questions that rules ask of the store, in place of running them
    #[arg(long)]
    pub questions: bool,
    /// Rules of your own: a file or a folder; may be given again
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Your own verdict on the criterion: supports, gap, cannot-tell or
    /// not-applicable; needs --reason
    #[arg(long, value_name = "VERDICT")]
    pub judge: Option<String>,
    /// Takes your own verdict back
    #[arg(long, conflicts_with = "judge")]
    pub withdraw: bool,
    /// Strikes out what --rule proposes on this event; needs --reason
    #[arg(long, value_name = "EVENT", requires_all = ["rule", "reason"], conflicts_with = "judge")]
    pub strike: Option<String>,
    /// Why you judge so
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Exit with 5 when a criterion comes to this verdict or a worse one
    #[arg(long, value_name = "VERDICT")]
    pub fail_on: Option<String>,
}

/// A run for pipelines.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// Only the criteria of this pack; may be given again
    #[arg(long, value_name = "PACK")]
    pub set: Vec<String>,
    /// Rules of your own: a file or a folder; may be given again
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Exit with 5 at this verdict or a worse one
    #[arg(long, value_name = "VERDICT", default_value = "gap")]
    pub fail_on: String,
    /// Writes the summary as `JUnit` XML into this file too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// The four questions.
#[derive(Debug, Clone, Default, Args)]
pub struct AskArgs {
    /// One question with everything behind its answer: boundary, high-risk,
    /// oversight, custody, or its number
    pub question: Option<String>,
    /// Exit with 5 when an answer comes to this verdict or a worse one
    #[arg(long, value_name = "VERDICT")]
    pub fail_on: Option<String>,
}

/// What of a finding is set.
#[derive(Debug, Clone, Default, Args)]
pub struct FindingArgs {
    /// Number, or `new`
    pub number: String,
    #[arg(long)]
    pub title: Option<String>,
    /// open, confirmed, rejected
    #[arg(long)]
    pub state: Option<String>,
    /// info, low, medium, high, critical
    #[arg(long)]
    pub severity: Option<String>,
    /// The analyst's text
    #[arg(long)]
    pub narrative: Option<String>,
    /// What it led to, and for whom; an empty text clears it
    #[arg(long)]
    pub effect: Option<String>,
    /// How sure you are: low, medium, high
    #[arg(long)]
    pub confidence: Option<String>,
    /// What should be done
    #[arg(long)]
    pub remedy: Option<String>,
    /// Who does it
    #[arg(long)]
    pub owner: Option<String>,
    /// Until when: 2026-08-01
    #[arg(long, value_name = "DATE")]
    pub due: Option<String>,
    /// Criteria: ids, official identifiers, or ones they replaced
    #[arg(long, value_delimiter = ',')]
    pub criteria: Option<Vec<String>>,
    /// Event ids to cite; filters add what they match
    #[arg(long, value_delimiter = ',')]
    pub events: Vec<String>,
}
