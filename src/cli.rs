//! The command line: types only. Their doc comments are the help.

mod case;
pub mod criteria;
mod declared;
mod rules;
mod sign;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::{tables, targets};

pub use case::{AnchorCommand, CaseCommand};
pub use criteria::FindingArgs;
pub use declared::{FactsCommand, ScopeCommand};
pub use rules::{LevelWord, RulesCommand};
pub use sign::SignArgs;

/// Investigate what AI agents did in AWS: one time line from CloudTrail, gateway and MCP records.
#[derive(Debug, Parser)]
#[command(
    name = "whytrail",
    version,
    subcommand_negates_reqs = true,
    max_term_width = 80,
    after_help = "Examples:\n  whytrail evidence/                        open the screens on a folder\n  whytrail ingest evidence/ --case acme     read evidence, print the account of rows\n  whytrail timeline --case acme --outcome denied --format jsonl\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 some input rejected or unreadable,\n4 nothing matched (--fail-on-empty), 5 --fail-on found something, 6 integrity, 7 case in use, 8 newer case,\n130 stopped."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Evidence: files, folders, or `-` for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Begin at the whole case, not where the last sitting ended
    #[arg(long)]
    pub fresh: bool,
    #[command(flatten)]
    pub shared: Shared,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the screens
    #[command(
        after_help = "Examples:\n  whytrail open evidence/\n  whytrail open --case acme\n  whytrail open cases/acme/                 a case folder alone is opened\n  whytrail open a.json.gz b.zip --case acme"
    )]
    Open {
        /// Evidence: files, folders, or `-` for standard input
        paths: Vec<PathBuf>,
        /// Begin at the whole case, not where the last sitting ended
        #[arg(long)]
        fresh: bool,
    },
    /// Read evidence into a case and print the account of rows
    #[command(
        after_help = "Examples:\n  whytrail ingest evidence/\n  whytrail ingest evidence/ --case acme --strict\n  zcat log.gz | whytrail ingest - --case acme"
    )]
    Ingest {
        /// Evidence: files, folders, or `-` for standard input
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Print events in time order
    #[command(
        after_help = "Examples:\n  whytrail timeline --outcome denied\n  whytrail timeline --who alice --since 2026-07-12T09:00:00Z --json\n  whytrail timeline --where \"bytes > 1000000\" --format csv -o big.csv"
    )]
    Timeline,
    /// Print events whose text matches
    #[command(
        after_help = "Examples:\n  whytrail search AttachRolePolicy\n  whytrail search 'role/ci-.*' --regex\n  whytrail search 203.0.113.9 --field address"
    )]
    Search {
        /// Text to look for
        text: String,
        /// Take the text as a regular expression
        #[arg(long)]
        regex: bool,
        /// Look in this field only
        #[arg(long, value_name = "FIELD")]
        field: Option<String>,
    },
    /// Print what lies on the other side of a value
    #[command(
        after_help = "Examples:\n  whytrail pivot who alice@corp.example --to session\n  whytrail pivot key AKIAEXAMPLE --to what\n  whytrail pivot session 8f2c"
    )]
    Pivot {
        /// Kind of the value
        kind: PivotKind,
        /// The value
        value: String,
        /// What to list; events if not given
        #[arg(long)]
        to: Option<PivotKind>,
    },
    /// List people, roles, services and keys
    #[command(
        after_help = "Examples:\n  whytrail who\n  whytrail who --outcome denied\n  whytrail who --session 8f2c --json"
    )]
    Who,
    /// List sessions, human and agent
    #[command(
        after_help = "Examples:\n  whytrail sessions\n  whytrail sessions --who alice\n  whytrail sessions --format csv"
    )]
    Sessions,
    /// List resources that were touched
    #[command(
        after_help = "Examples:\n  whytrail what\n  whytrail what --session 8f2c\n  whytrail what --where \"action_class = 'admin'\" --json"
    )]
    What,
    /// List what the sources could not see, and what therefore cannot be said
    #[command(
        after_help = "Examples:\n  whytrail gaps\n  whytrail gaps --coverage\n  whytrail gaps --fail-on high\n  whytrail gaps --accept B3 --reason \"data events are off by policy\""
    )]
    Gaps {
        /// List the groups of sources with their coverage instead
        #[arg(long)]
        coverage: bool,
        /// End with code 5 when a blind spot of this grade or graver stands: high, med, low
        #[arg(long, value_name = "GRADE")]
        fail_on: Option<String>,
        /// Accept a blind spot by its number, with --reason; it stays listed
        #[arg(long, value_name = "B1", requires = "reason", conflicts_with = "withdraw")]
        accept: Option<String>,
        /// Take an acceptance back
        #[arg(long, value_name = "B1")]
        withdraw: Option<String>,
        /// Why it can be accepted
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Criteria: what the records support, break or cannot tell
    #[command(
        after_help = "Examples:\n  whytrail comply --set soc2\n  whytrail comply soc2-CC6.1\n  whytrail comply --rule OVER --questions\n  whytrail comply soc2-CC8.1 --judge not-applicable --reason \"no changes in scope\""
    )]
    Comply(criteria::ComplyArgs),
    /// The four questions: boundary, high-risk use, human oversight, custody
    #[command(
        after_help = "Examples:\n  whytrail ask\n  whytrail ask oversight\n  whytrail ask custody --json\n  whytrail ask --format csv -o cited.csv"
    )]
    Ask(criteria::AskArgs),
    /// Criteria as a pipeline reads them: lines, an exit code, `JUnit`
    #[command(
        after_help = "Examples:\n  whytrail check --set nist-800-53\n  whytrail check --set soc2 --fail-on gap --junit soc2.xml\n  whytrail check --json"
    )]
    Check(criteria::CheckArgs),
    /// List keys with their life lines, and what was spent
    #[command(
        after_help = "Examples:\n  whytrail keys\n  whytrail keys --spend person\n  whytrail keys --prices prices.toml --format csv"
    )]
    Keys {
        /// Price table to use: US dollars for a million tokens (TOML)
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Spend by this instead of keys
        #[arg(long, value_name = "BY")]
        spend: Option<SpendWord>,
        /// The keys of one job, as column `job` names it
        #[arg(long, value_name = "JOB", conflicts_with = "spend")]
        job: Option<String>,
    },
    /// Show one event with its links, tags and places
    #[command(
        after_help = "Examples:\n  whytrail show 1a2b3c4d\n  whytrail show 1a2b3c4d --json\n  whytrail show 1a2b3c4d --raw"
    )]
    Show {
        /// Event id, or its beginning
        id: String,
        /// Show the bytes of the record in the evidence
        #[arg(long)]
        raw: bool,
    },
    /// Explain one event: who asked, who decided, what came of it
    #[command(
        after_help = "Examples:\n  whytrail why 1a2b3c4d\n  whytrail why 1a2b3c4d --json\n  whytrail why 1a2b3c4d --format csv --columns name,mark,sentence,says"
    )]
    Why {
        /// Event id, or its beginning
        id: String,
    },
    /// Show the original of a redacted record, for a reason that is journaled
    #[command(
        after_help = "Examples:\n  whytrail reveal 1a2b3c4d --reason \"which account was it, OPS-12\"\n  whytrail reveal 1a2b3c4d --field password --reason \"compare with vault\""
    )]
    Reveal {
        /// Event id, or its beginning
        id: String,
        /// Only the members of this name, or at this JSON pointer
        #[arg(long, value_name = "NAME")]
        field: Option<String>,
        /// Why it has to be seen
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take secrets out of a copy of an export or of other files
    #[command(
        after_help = "Examples:\n  whytrail redact bundle/ -o for-others/ --case acme --pseudonyms\n  whytrail redact gateway.jsonl -o gateway.redacted.jsonl"
    )]
    Redact {
        /// File or folder: JSON, JSON Lines, CSV, text
        path: PathBuf,
        /// Replace identifiers of people and things too
        #[arg(long)]
        pseudonyms: bool,
    },
    /// Play a session: what was asked beside what happened
    #[command(
        after_help = "Examples:\n  whytrail replay 8f2c\n  whytrail replay 8f2c | less\n  whytrail replay 8f2c --json"
    )]
    Replay {
        /// Session id or its short name
        session: String,
        /// Times real time
        #[arg(long, default_value_t = 4)]
        speed: u32,
        /// Longer silence is cut to this
        #[arg(long, value_name = "TIME", default_value = "5s")]
        idle: String,
        /// Begin paused, one step at a time
        #[arg(long)]
        step: bool,
    },
    /// Tags and notes from a script
    #[command(
        after_help = "Examples:\n  whytrail tag add bad 1a2b3c4d\n  whytrail tag add euaia-art-14.1 --outcome denied --dry-run\n  whytrail tag list --json"
    )]
    Tag {
        #[command(subcommand)]
        act: TagCommand,
    },
    /// Findings: what is handed over
    #[command(
        after_help = "Examples:\n  whytrail finds list\n  whytrail finds set new --title \"denied, then done\" --tag bad\n  whytrail finds set 1 --state confirmed"
    )]
    Finds {
        #[command(subcommand)]
        act: FindsCommand,
    },
    /// Write one bundle with findings, events, report, journal and hashes
    #[command(
        after_help = "Examples:\n  whytrail export -o bundle/\n  whytrail export -o bundle/ --outcome denied\n  whytrail export -o bundle/ --format oscal,xlsx\n  whytrail export -o bundle/ --names\n  whytrail export -o bundle/ --format all --exported-at 2026-11-21T00:00:00Z"
    )]
    Export {
        /// Time written into the manifest, RFC 3339; now if not given
        #[arg(long, value_name = "T")]
        exported_at: Option<String>,
        /// Print the check only, write nothing
        #[arg(long)]
        check: bool,
        /// For others: marks instead of people, addresses, accounts and keys
        #[arg(long, alias = "external")]
        pseudonyms: bool,
        /// Names of people in the report as records have them, and no identity key
        #[arg(long, conflicts_with = "pseudonyms")]
        names: bool,
    },
    /// From evidence to a draft report with the four answers, in one go
    #[command(
        after_help = "Examples:\n  whytrail report evidence/ -o out/\n  whytrail report --case acme\n  whytrail report evidence/ --case acme -o out/ --where \"plane = 'gateway'\""
    )]
    Report {
        /// Evidence: files, folders, or `-`; the case as it is if not given
        paths: Vec<PathBuf>,
        /// Names of people as records have them, and no identity key
        #[arg(long)]
        names: bool,
    },
    /// Sign a statement under a report that you read
    #[command(
        after_help = "Examples:\n  whytrail sign custody --digest 3f0c... --name \"A. Nalyst\" --role analyst\n  whytrail sign review --digest 3f0c... --name \"B. Officer\" --role \"compliance officer\"\n  whytrail sign review --digest 3f0c... --name B --role dpo --stance return --remarks \"section 6\""
    )]
    Sign(SignArgs),
    /// Declared facts: what no log contains and a person has to say
    #[command(
        after_help = "Examples:\n  whytrail facts check\n  whytrail facts set role deployer --reason \"contract C-7\"\n  whytrail facts set scope.deny 'action = \"iam:*\", reason = \"no\"'\n  whytrail facts import acme-facts.toml --reason OPS-12"
    )]
    Facts {
        #[command(subcommand)]
        act: FactsCommand,
    },
    /// The declared boundary: draft one, and hold agents against it
    #[command(
        after_help = "Examples:\n  whytrail scope learn --since 2026-07-01 --until 2026-07-08 -o draft.toml\n  whytrail scope check\n  whytrail scope check --fail-on outside --format jsonl"
    )]
    Scope {
        #[command(subcommand)]
        act: ScopeCommand,
    },
    /// Check a case or a bundle: each statement with its own verdict
    #[command(
        after_help = "Examples:\n  whytrail verify acme --rebuild\n  whytrail verify bundle/ --evidence evidence/\n  whytrail verify bundle/ --known-key \"$(cat analyst.vkey)\" --json"
    )]
    Verify {
        /// Case or bundle; the case used last if not given
        path: Option<PathBuf>,
        /// Read the evidence again and compare what is derived from it
        #[arg(long)]
        rebuild: bool,
        /// Where the evidence is now; its files are found by their content
        #[arg(long, value_name = "DIR")]
        evidence: Option<PathBuf>,
    },
    /// Sigma rules of a folder, asked about the CloudTrail records of a case
    #[command(
        after_help = "Examples:\n  whytrail rules run --sigma rules/\n  whytrail rules run --sigma rules/ --level high --fail-on critical\n  whytrail rules run --sigma rules/ --tag-matches --dry-run\n  whytrail rules test --sigma rules/"
    )]
    Rules {
        #[command(subcommand)]
        act: RulesCommand,
    },
    /// Cases: what they hold, checkpoints, hand-overs, proofs
    #[command(
        after_help = "Examples:\n  whytrail case info\n  whytrail case checkpoint\n  whytrail case anchor add 0003.tsr\n  whytrail case handover --to \"B. Officer\" --reason review\n  whytrail case prove 12 -o proof.json"
    )]
    Case {
        #[command(subcommand)]
        act: CaseCommand,
    },
    /// Ask one read-only SQL question over the documented views
    #[command(
        after_help = "Examples:\n  whytrail sql \"SELECT action, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC\"\n  whytrail sql \"FROM sessions\" --format csv\n  whytrail schema events"
    )]
    Sql {
        /// One SELECT
        query: String,
    },
    /// Print the columns of a view
    #[command(
        after_help = "Examples:\n  whytrail schema\n  whytrail schema events\n  whytrail schema links --json"
    )]
    Schema {
        /// View; all if not given
        name: Option<String>,
    },
    /// Mapping files: how the JSON of a product is read, without a new version
    #[command(
        after_help = "Examples:\n  whytrail map draft gateway.jsonl -o acme.toml\n  whytrail map check acme.toml gateway.jsonl\n  whytrail ingest evidence/ --mapping acme.toml"
    )]
    Map {
        #[command(subcommand)]
        act: MapCommand,
    },
    /// Print every key and what it does
    Keymap,
    /// Print places, settings, formats and limits
    Doctor {
        /// Say how far links can be trusted, and what the links of the case rest on
        #[arg(long)]
        links: bool,
    },
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

/// By what spend is gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SpendWord {
    Person,
    Agent,
    Session,
    Model,
    Provider,
}

/// What a pivot goes from or to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PivotKind {
    Who,
    Session,
    Key,
    Agent,
    What,
    Address,
    Trace,
}

impl PivotKind {
    /// Returns the filter field of the same name.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::Session => "session",
            Self::Key => "key",
            Self::Agent => "agent",
            Self::What => "what",
            Self::Address => "address",
            Self::Trace => "trace",
        }
    }
}

/// Acts on tags.
#[derive(Debug, Subcommand)]
pub enum TagCommand {
    /// Tag events: by id, or all that the filters match
    Add {
        /// `bad`, `suspicious`, `good`, a criterion (id, official identifier such as `164.312(b)`, or one it replaced), or any text
        text: String,
        /// Event ids or their beginnings; with none, the filters choose
        ids: Vec<String>,
        /// A note on the same events
        #[arg(long)]
        note: Option<String>,
    },
    /// Strike out a tag; it stays in the journal
    Rm {
        text: String,
        ids: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List tags
    List,
    /// Tag events named in a JSON Lines file: `{"id":...,"text":...,"note":...}`
    Import { file: PathBuf },
}

/// Acts on findings.
#[derive(Debug, Subcommand)]
pub enum FindsCommand {
    /// List findings
    List,
    /// Show one finding with its events
    Show { number: u32 },
    /// Make a finding (`new`) or change one by its number
    Set(Box<FindingArgs>),
}

/// Acts on mapping files.
#[derive(Debug, Subcommand)]
pub enum MapCommand {
    /// Validate a mapping, run its tests, and count what it makes of samples
    Check {
        /// Mapping file (TOML)
        file: PathBuf,
        /// Files of JSON records
        #[arg(value_name = "SAMPLE")]
        samples: Vec<PathBuf>,
    },
    /// Propose a mapping for the JSON records of a file, with reasons
    Draft {
        /// File of JSON records
        sample: PathBuf,
    },
}

/// Flags that every subcommand takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Shared {
    #[command(flatten)]
    pub filters: Filters,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub control: Control,
}

/// Which case and which events.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Case and filters")]
pub struct Filters {
    /// Case: a folder, or a name in the data folder
    #[arg(long, global = true, value_name = "DIR")]
    pub case: Option<PathBuf>,
    /// Not before: RFC 3339, a date, or `2h ago`
    #[arg(long, global = true, value_name = "T")]
    pub since: Option<String>,
    /// Before: RFC 3339, a date, or `2h ago`
    #[arg(long, global = true, value_name = "T")]
    pub until: Option<String>,
    #[arg(long, global = true, value_name = "NAME")]
    pub who: Option<String>,
    #[arg(long, global = true, value_name = "ID")]
    pub session: Option<String>,
    #[arg(long, global = true, value_name = "NAME")]
    pub agent: Option<String>,
    #[arg(long, global = true, value_name = "RESOURCE")]
    pub what: Option<String>,
    #[arg(long, global = true, value_name = "ACTION")]
    pub action: Option<String>,
    /// success, denied, error, held, unknown
    #[arg(long, global = true, value_name = "WORD")]
    pub outcome: Option<String>,
    /// Plane: C G M A Z L, or its word
    #[arg(long, global = true, value_name = "PLANE")]
    pub source: Option<String>,
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub address: Option<String>,
    #[arg(long = "tag", id = "with_tag", global = true, value_name = "TAG")]
    pub tag: Option<String>,
    /// Grade of a link: = + ~ .
    #[arg(long, global = true, value_name = "GRADE")]
    pub link: Option<String>,
    /// SQL condition over the `events` view
    #[arg(long = "where", global = true, value_name = "SQL")]
    pub sql: Option<String>,
    /// Filter text as in the filter bar
    #[arg(long, global = true, value_name = "TEXT")]
    pub filter: Option<String>,
    /// At most this many rows
    #[arg(long, global = true, value_name = "N")]
    pub limit: Option<usize>,
    /// Order of time
    #[arg(long, global = true, value_enum)]
    pub order: Option<Order>,
    /// Exit with 4 when nothing matched
    #[arg(long, global = true)]
    pub fail_on_empty: bool,
}

/// Order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    Asc,
    Desc,
}

/// How data is printed.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// How rows are written; for `export` a list of files beside those of every bundle
    #[arg(long, global = true, value_name = "FORMAT", value_delimiter = ',', value_parser = formats())]
    pub format: Option<Vec<String>>,
    /// Short for `--format json`
    #[arg(long, global = true)]
    pub json: bool,
    /// Columns, in order
    #[arg(long, global = true, value_name = "LIST", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,
    /// Zone of times in tables: UTC, local, or an IANA name
    #[arg(long, global = true, value_name = "Z")]
    pub tz: Option<String>,
    /// When to color
    #[arg(long, global = true, value_enum)]
    pub color: Option<When>,
    /// ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Accepted for scripts; output is never paged
    #[arg(long, global = true)]
    pub no_pager: bool,
    /// Write here; must not exist. For `export` a folder
    #[arg(short = 'o', long, global = true, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Overwrite what exists
    #[arg(long, global = true)]
    pub force: bool,
    /// Say less
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to show progress
    #[arg(long, global = true, value_enum)]
    pub progress: Option<When>,
}

/// When something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

/// Returns every word that `--format` knows: of rows, and of what an export can write.
fn formats() -> PossibleValuesParser {
    let rows = tables::Format::ALL.iter().map(|format| format.as_str());
    let only_exported = targets::words().filter(|word| tables::Format::from_word(word).is_none());
    PossibleValuesParser::new(rows.chain(only_exported))
}

/// How the program works.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Control")]
pub struct Control {
    /// Threads that read evidence
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory of the database, for example 800MiB
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Any rejected row is a failure
    #[arg(long, global = true)]
    pub strict: bool,
    /// Never ask; fail instead
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Say what would be done, do nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Criteria pack (TOML) beside the built-in ones; may be given again
    #[arg(long, global = true, value_name = "FILE")]
    pub pack: Vec<PathBuf>,
    /// Mapping file (TOML) for the JSON of a product; may be given again
    #[arg(long, global = true, value_name = "FILE")]
    pub mapping: Vec<PathBuf>,
    /// Zone of times without one: SOURCE is a file name or a mapping's id
    #[arg(long, global = true, value_name = "SOURCE=ZONE")]
    pub zone: Vec<String>,
    /// Redaction key of another case, for a new one: equal secrets get equal marks
    #[arg(long, global = true, value_name = "FILE")]
    pub redact_key: Option<PathBuf>,
    /// Secret key that signs checkpoints, 32 bytes; one of your own if not given
    #[arg(long, global = true, value_name = "FILE")]
    pub signing_key: Option<PathBuf>,
    /// Public key whose checkpoints are trusted; may be given again
    #[arg(long, global = true, value_name = "VKEY")]
    pub known_key: Vec<String>,
    /// Name of the analyst in the journal
    #[arg(long, global = true, value_name = "NAME")]
    pub analyst: Option<String>,
    /// Color theme: auto, dark, light, high-contrast, mono
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Cap on inflated bytes per file, for example 3GiB
    #[arg(long, global = true, value_name = "SIZE")]
    pub max_inflated: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn paths_alone_mean_open_and_flags_are_taken_after_any_subcommand() {
        let cli = Cli::parse_from(["whytrail", "evidence", "--case", "acme"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.paths, [PathBuf::from("evidence")]);
        let cli = Cli::parse_from(["whytrail", "timeline", "--outcome", "denied", "--json"]);
        assert_eq!(cli.shared.filters.outcome.as_deref(), Some("denied"));
        assert!(cli.shared.output.json);
        let cli = Cli::parse_from(["whytrail", "tag", "add", "bad", "1a2b", "--dry-run"]);
        assert!(cli.shared.control.dry_run);
    }

    #[test]
    fn flags_are_taken_before_a_subcommand_too() {
        let cli = Cli::parse_from(["whytrail", "--case", "acme", "-q", "timeline", "--json"]);
        assert!(matches!(cli.command, Some(Command::Timeline)), "{cli:?}");
        assert!(cli.paths.is_empty() && cli.shared.output.quiet && cli.shared.output.json);
        assert_eq!(cli.shared.filters.case.as_deref(), Some(std::path::Path::new("acme")));
    }

    #[test]
    fn help_fits_80_columns() {
        let mut command = Cli::command();
        for line in command.render_long_help().to_string().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
