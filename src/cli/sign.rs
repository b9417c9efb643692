//! Arguments of `whytrail sign`: types only. Their doc comments are the help.

use clap::Args;

/// A statement under a report.
#[derive(Debug, Clone, Args)]
pub struct SignArgs {
    /// Which statement: custody, findings or review
    pub statement: String,
    /// Digest of the text, from the cover of the report that you read
    #[arg(long, value_name = "SHA256")]
    pub digest: String,
    /// Your name
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Your role
    #[arg(long, value_name = "ROLE")]
    pub role: String,
    /// Your organization
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// What you say: accept, accept-with-remarks, return or strike-out
    #[arg(long, value_name = "WORD", default_value = "accept")]
    pub stance: String,
    /// Remarks, printed beside the signature
    #[arg(long, value_name = "TEXT")]
    pub remarks: Option<String>,
}
