//! What a person can declare, as plain data. Times are microseconds UTC, sizes bytes, money US dollars.

use super::pattern::Pattern;
use crate::model::Micros;

/// Declares an enum whose variants have one word each in `case.toml`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every word, in declaration order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Returns the word used in `case.toml`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Returns the variant whose word is `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Who the declaring party is before the law.
    Role {
        Provider = "provider",
        Deployer = "deployer",
        Controller = "controller",
        Processor = "processor",
        CoveredEntity = "covered entity",
        BusinessAssociate = "business associate",
    }
}

words! {
    /// How sensitive the data of a resource are.
    Class {
        Public = "public",
        Internal = "internal",
        Confidential = "confidential",
        Personal = "personal",
        Phi = "phi",
        Chd = "chd",
        Secret = "secret",
    }
}

words! {
    /// What a policy document is.
    PolicyKind {
        /// An identity policy of IAM: grants.
        Iam = "iam",
        /// A permission boundary of IAM: caps what identity policies grant.
        IamBoundary = "iam-boundary",
        /// A session policy of IAM: caps one session.
        IamSession = "iam-session",
        /// A policy set in Cedar.
        Cedar = "cedar",
        /// A gateway's list of tools, JSON or TOML.
        Tools = "tools",
    }
}

words! {
    /// What sort of call a policy document decides about.
    Covers {
        /// Tool calls: through a gateway, by MCP, in a transcript.
        Tool = "tool",
        /// API calls of the cloud.
        Api = "api",
    }
}

words! {
    /// How much a person knew before a consequential action (question 3).
    Oversight {
        /// None.
        V0 = "V0",
        /// Notified.
        V1 = "V1",
        /// Seen.
        V2 = "V2",
        /// Decided.
        V3 = "V3",
        /// Decided on these very parameters by somebody else than the requester.
        V4 = "V4",
    }
}

words! {
    /// What sort of serious incident it is: decides how many days Article 73 of the AI Act gives.
    IncidentClass {
        General = "general",
        Widespread = "widespread",
        Death = "death",
    }
}

/// The system under review.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    pub name: Option<String>,
    pub version: Option<String>,
    pub provider: Option<String>,
    pub deployer: Option<String>,
    pub owner: Option<String>,
    pub purpose: Option<String>,
    pub model_card: Option<String>,
    pub risk_class: Option<String>,
    /// Who decided the risk class.
    pub risk_decided_by: Option<String>,
}

/// When something holds. Both ends may be open; the end is the first instant that is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    pub from: Option<Micros>,
    pub to: Option<Micros>,
}

impl Window {
    /// Returns true when `time` lies inside.
    pub fn holds(&self, time: Micros) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }

    /// Returns true when nothing is said about time.
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

/// An agent with its mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentFact {
    /// Name of an agent, or ARN of its role.
    pub agent: Pattern,
    /// The person who answers for it.
    pub owner: Option<String>,
    /// True when it may act without a person behind each call.
    pub autonomous: bool,
    pub valid: Window,
    /// Line in `case.toml`, from 1.
    pub line: usize,
}

/// Hours of the day in UTC, in minutes since midnight. `from` after `to` goes over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub from: u32,
    pub to: u32,
}

impl Hours {
    /// Returns true when `time` lies inside.
    pub fn holds(self, time: Micros) -> bool {
        let minute = time.0.div_euclid(60_000_000).rem_euclid(1440);
        let minute = u32::try_from(minute).unwrap_or(0);
        if self.from <= self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// What an allow entry limits, and under which conditions a deny entry holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntryLimits {
    /// Empty for any.
    pub accounts: Vec<Pattern>,
    pub regions: Vec<Pattern>,
    pub valid: Window,
    pub hours: Option<Hours>,
    /// Bytes that one call may move.
    pub max_bytes: Option<u64>,
    /// Records that one call may touch.
    pub max_records: Option<u64>,
    /// US dollars that one call may cost.
    pub max_cost: Option<f64>,
    pub needs_approval: Option<Oversight>,
}

impl EntryLimits {
    /// Returns true when nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// One entry of `scope.allow` or `scope.deny`. A pattern that is absent matches everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScopeEntry {
    pub agent: Option<Pattern>,
    pub server: Option<Pattern>,
    pub tool: Option<Pattern>,
    /// `service:Operation`, letters in any case.
    pub action: Option<Pattern>,
    pub resource: Option<Pattern>,
    pub limits: EntryLimits,
    pub reason: Option<String>,
    /// Document that the entry is taken from.
    pub source: Option<String>,
    /// Line in `case.toml`, from 1.
    pub line: usize,
    /// Why the entry is not understood whole. What it would decide cannot be told.
    pub fault: Option<String>,
}

/// A policy document that says what agents may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFact {
    pub kind: PolicyKind,
    /// File as the person named it.
    pub file: String,
    /// Digest of the copy in the case; absent until it is taken over.
    pub sha256: Option<String>,
    /// Agents it holds for; absent for all.
    pub agent: Option<Pattern>,
    /// What it decides about.
    pub covers: Vec<Covers>,
    /// Types of Cedar entities that requests are made with.
    pub principal_type: Option<String>,
    pub action_type: Option<String>,
    pub resource_type: Option<String>,
    pub line: usize,
    pub fault: Option<String>,
    /// Place of the value of `file` in the text, in bytes.
    pub(super) file_span: (usize, usize),
}

/// A declared MCP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFact {
    pub server: Pattern,
    /// Tools it may offer; empty for any.
    pub tools: Vec<ToolFact>,
    pub line: usize,
}

/// A declared tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFact {
    pub tool: Pattern,
    /// Digest of its definition.
    pub digest: Option<String>,
}

/// A declared model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFact {
    pub model: Pattern,
    pub version: Option<String>,
    pub line: usize,
}

/// Actions that change something in the world or decide about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsequentialFact {
    pub action: Pattern,
    pub resource: Option<Pattern>,
    /// True when it decides about a person.
    pub about_person: bool,
    pub why: Option<String>,
    pub line: usize,
}

/// A stop control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopFact {
    pub action: Pattern,
    /// Agents it stops; absent for all.
    pub agent: Option<Pattern>,
    pub line: usize,
}

/// Where data may go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destinations {
    pub accounts: Vec<Pattern>,
    pub domains: Vec<Pattern>,
    pub regions: Vec<Pattern>,
}

/// The declared boundary and what belongs to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    pub agents: Vec<AgentFact>,
    pub allow: Vec<ScopeEntry>,
    pub deny: Vec<ScopeEntry>,
    pub policies: Vec<PolicyFact>,
    pub servers: Vec<ServerFact>,
    pub models: Vec<ModelFact>,
    pub consequential: Vec<ConsequentialFact>,
    pub stop: Vec<StopFact>,
    /// Channels that face natural persons: servers, tools or clients.
    pub channels: Vec<Pattern>,
    pub destinations: Destinations,
}

/// An agent or system mapped to points of Annex III.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighRiskFact {
    pub agent: Pattern,
    /// `1` to `8`, with letters where the point has them: `5(b)`.
    pub points: Vec<String>,
    pub why: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<Micros>,
    pub line: usize,
}

/// Who may approve what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproverFact {
    pub person: Pattern,
    /// Actions; empty for all.
    pub approves: Vec<Pattern>,
    pub line: usize,
}

/// A time in which changes were announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeWindow {
    pub window: Window,
    pub reason: Option<String>,
    pub line: usize,
}

/// People and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People {
    pub approvers: Vec<ApproverFact>,
    pub admins: Vec<Pattern>,
    pub on_call: Vec<Pattern>,
    pub log_readers: Vec<Pattern>,
    pub compliance_officer: Option<String>,
    pub change_windows: Vec<ChangeWindow>,
}

/// The class of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataClass {
    pub resource: Pattern,
    pub class: Class,
    /// How long it has to be kept.
    pub retention_days: Option<u64>,
    pub regions: Vec<Pattern>,
    pub line: usize,
}

/// What is declared about data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Data {
    pub classes: Vec<DataClass>,
    /// Servers, tools or resources whose content is trusted.
    pub trusted: Vec<Pattern>,
}

/// A log that should have been there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedSource {
    /// Word of a plane.
    pub plane: String,
    pub product: Option<String>,
    /// Empty for any.
    pub accounts: Vec<Pattern>,
    pub window: Window,
    pub line: usize,
}

/// The incident as people know it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Incident {
    pub class: Option<IncidentClass>,
    /// True when personal data are concerned.
    pub personal_data: Option<bool>,
    pub detected_at: Option<Micros>,
    pub detected_by: Option<String>,
    pub aware_at: Option<Micros>,
    pub contained_at: Option<Micros>,
    pub notified_at: Option<Micros>,
    pub notified_to: Vec<String>,
}

/// A limit that rules compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold<T> {
    pub value: T,
    /// True when a person declared it, false for the documented default.
    pub is_declared: bool,
}

impl<T> Threshold<T> {
    pub(super) const fn default_of(value: T) -> Self {
        Self { value, is_declared: false }
    }
}

/// Limits that rules compare with. Spans are microseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Clocks further apart than this cannot order two records: 2 s.
    pub clock_skew: Threshold<i64>,
    /// A source silent for longer is a gap: 15 min.
    pub gap_length: Threshold<i64>,
    /// An approval holds for so long when it names no end: 1 h.
    pub approval_validity: Threshold<i64>,
    /// Approvals given faster than this were not read: 2 s.
    pub fast_approval: Threshold<i64>,
    /// How far behind an access a consequential action still follows from it: 1 h.
    pub oversight_window: Threshold<i64>,
    /// How long after a refusal a success is the same attempt: 24 h.
    pub retry_window: Threshold<i64>,
    /// Calls of a session in one minute: 60.
    pub rate: Threshold<u64>,
    /// Identical calls in a row: 10.
    pub repeats: Threshold<u64>,
    /// Calls nested in calls: 25.
    pub depth: Threshold<u64>,
    /// US dollars of one session: 100.
    pub cost: Threshold<f64>,
    /// Denied or failed events of an actor in ten minutes: 10.
    pub errors: Threshold<u64>,
    /// Bytes that an agent reads or sends in an hour; without one, only ten times its median speaks.
    pub volume: Threshold<Option<u64>>,
    /// Records that an agent reads or sends in an hour.
    pub records: Threshold<Option<u64>>,
    /// Age of a long-lived key: 90 days.
    pub key_age: Threshold<i64>,
}

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            clock_skew: Threshold::default_of(2 * SECOND),
            gap_length: Threshold::default_of(15 * 60 * SECOND),
            approval_validity: Threshold::default_of(HOUR),
            fast_approval: Threshold::default_of(2 * SECOND),
            oversight_window: Threshold::default_of(HOUR),
            retry_window: Threshold::default_of(24 * HOUR),
            rate: Threshold::default_of(60),
            repeats: Threshold::default_of(10),
            depth: Threshold::default_of(25),
            cost: Threshold::default_of(100.0),
            errors: Threshold::default_of(10),
            volume: Threshold::default_of(None),
            records: Threshold::default_of(None),
            key_age: Threshold::default_of(90 * 24 * HOUR),
        }
    }
}

impl Thresholds {
    /// Returns every threshold as people write it, with whether it is declared: name, value, declared.
    pub fn told(&self) -> Vec<(&'static str, String, bool)> {
        let span = |name, one: Threshold<i64>| (name, span_text(one.value), one.is_declared);
        let whole = |name, one: Threshold<u64>| (name, one.value.to_string(), one.is_declared);
        let some = |name, one: Threshold<Option<u64>>| {
            let value = one.value.map_or_else(|| "none".to_owned(), |value| value.to_string());
            (name, value, one.is_declared)
        };
        vec![
            span("clock_skew", self.clock_skew),
            span("gap_length", self.gap_length),
            span("approval_validity", self.approval_validity),
            span("fast_approval", self.fast_approval),
            span("oversight_window", self.oversight_window),
            span("retry_window", self.retry_window),
            whole("rate", self.rate),
            whole("repeats", self.repeats),
            whole("depth", self.depth),
            ("cost", self.cost.value.to_string(), self.cost.is_declared),
            whole("errors", self.errors),
            some("volume", self.volume),
            some("records", self.records),
            span("key_age", self.key_age),
        ]
    }
}

/// Returns microseconds as `500ms`, `2s`, `15m`, `1h`, `90d`: in the largest unit that divides them.
fn span_text(micros: i64) -> String {
    for (unit, word) in [(24 * HOUR, "d"), (HOUR, "h"), (60 * SECOND, "m"), (SECOND, "s")] {
        if micros != 0 && micros % unit == 0 {
            return format!("{}{word}", micros / unit);
        }
    }
    format!("{}ms", micros / 1000)
}
