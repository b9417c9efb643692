//! Keys, what model calls cost, and prices: plain rows for screens, tables and exports. Text is redacted but not yet
//! sanitized.

use super::event::Grade;
use super::ids::EventId;
use super::time::Micros;

/// One row of a price table: US dollars for a million tokens, from a day on.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    pub provider: String,
    pub model: String,
    /// `YYYY-MM-DD`
    pub valid_from: String,
    pub input: f64,
    pub output: f64,
    pub cache_read: Option<f64>,
    pub cache_write: Option<f64>,
    /// Where the price was read, and when (`YYYY-MM-DD`).
    pub source: String,
    pub read_on: String,
}

/// What some model calls cost. Recorded and computed cost are told apart, and what has neither is counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spend {
    pub calls: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// US dollars that records state, and the number of calls that do.
    pub recorded: f64,
    pub recorded_calls: u64,
    /// US dollars from the price table, and the number of calls it covers.
    pub computed: f64,
    pub computed_calls: u64,
    /// Calls with tokens that no price covers, and calls of which the records have neither cost nor tokens.
    pub unpriced_calls: u64,
    pub blind_calls: u64,
    /// Latest day on which a price in use was read.
    pub priced_on: Option<String>,
}

impl Spend {
    /// Returns all US dollars that are known, or `None` when nothing is.
    pub fn known(&self) -> Option<f64> {
        (self.recorded_calls + self.computed_calls > 0).then_some(self.recorded + self.computed)
    }

    /// Returns how the cost is known: `recorded`, `computed from price table DATE`, both, or why it is not known.
    pub fn basis(&self) -> String {
        let date = self.priced_on.as_deref().unwrap_or("");
        let mut parts = Vec::new();
        if self.recorded_calls > 0 {
            parts.push("recorded".to_owned());
        }
        if self.computed_calls > 0 {
            parts.push(format!("computed from price table {date}"));
        }
        if self.unpriced_calls > 0 {
            parts.push(format!("{} with tokens and no price", calls(self.unpriced_calls)));
        }
        if self.blind_calls > 0 {
            parts.push(format!("{} with neither cost nor tokens", calls(self.blind_calls)));
        }
        parts.join(", ")
    }
}

fn calls(number: u64) -> String {
    if number == 1 { "1 call".to_owned() } else { format!("{number} calls") }
}

/// One key, or one job of many short keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeyRow {
    /// Value to filter by; for a job its lineage.
    pub key: String,
    /// `iam`, `sts`, `virtual`, `hashed`, `token`, `job`.
    pub kind: String,
    /// Person, else principal.
    pub owner: Option<String>,
    pub owner_grade: Grade,
    /// Number of different people that records name behind it.
    pub people: u64,
    pub actor: Option<String>,
    pub issued_by: Option<EventId>,
    pub issued_action: Option<String>,
    pub issued_at: Option<Micros>,
    /// Key with which it was issued, and who held that.
    pub issued_from: Option<String>,
    pub issuer: Option<String>,
    /// Number of keys that it issued.
    pub issues: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    pub calls: u64,
    pub denied: u64,
    pub services: u64,
    pub regions: u64,
    pub accounts: u64,
    pub addresses: u64,
    pub user_agents: u64,
    pub ended_by: Option<EventId>,
    /// `deleted`, `deactivated`, `revoked`.
    pub ended_how: Option<String>,
    pub ended_at: Option<Micros>,
    /// Uses after the end, and those that succeeded a minute or more after it.
    pub used_after: u64,
    pub ok_after: u64,
    /// Lineage, and for a job its number of keys and the most that were first used within an hour.
    pub job: Option<String>,
    pub job_keys: u64,
    pub job_peak: u64,
    pub spend: Spend,
    /// Times its own median that its dearest hour was, if that is a spike.
    pub spike: Option<u64>,
}

impl KeyRow {
    /// Returns the word of the FLAG column: the strongest thing to say about the key.
    pub fn flag(&self) -> String {
        if self.ok_after > 0 {
            return "AFTER".to_owned();
        }
        if let Some(spike) = self.spike {
            return format!("{spike}x");
        }
        if self.job_keys > 0 {
            return format!("{}/h", self.job_peak);
        }
        if self.is_new() {
            return "NEW".to_owned();
        }
        if let Some(how) = &self.ended_how {
            return how.chars().take(3).collect::<String>().to_uppercase();
        }
        if self.calls == 1 { "ONCE".to_owned() } else { String::new() }
    }

    /// Returns true for a lasting key whose issue is in the records.
    fn is_new(&self) -> bool {
        self.issued_by.is_some() && !matches!(self.kind.as_str(), "sts" | "job")
    }

    /// Returns how far up the key stands in the order of risk, higher first.
    pub fn risk(&self) -> u64 {
        let spread = self.services.min(50);
        let refused = self.denied.min(50);
        let new = if self.is_new() { 300 } else { 0 };
        let after = if self.ok_after > 0 { 1000 } else { 0 };
        let spike = if self.spike.is_some() { 400 } else { 0 };
        let unknown = if self.kind != "job" && self.owner_grade == Grade::None { 20 } else { 0 };
        after + spike + new + 4 * spread + 2 * refused + unknown
    }

    /// Returns the sentences that say why the key stands out, strongest first.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if let (true, Some(how)) = (self.ok_after > 0, &self.ended_how) {
            reasons
                .push(format!("{} succeeded after records say it was {how}", calls(self.ok_after)));
        }
        if let Some(spike) = self.spike {
            reasons.push(format!("its dearest hour is {spike} times its own median hour"));
        }
        if self.job_keys > 0 {
            reasons.push(format!(
                "{} short keys of one lineage, at most {} first used within an hour",
                self.job_keys, self.job_peak
            ));
        }
        if let (true, Some(action)) = (self.is_new(), &self.issued_action) {
            reasons.push(format!("issued within the records by {action}"));
        }
        if self.services >= 15 {
            reasons.push(format!("{} services called", self.services));
        }
        if self.denied > 0 {
            reasons.push(format!("{} denied", calls(self.denied)));
        }
        if self.people > 1 {
            reasons.push(format!(
                "{} different people behind it; none is taken for its owner",
                self.people
            ));
        }
        if self.calls == 1 {
            reasons.push("used once".to_owned());
        }
        if self.calls == 0 {
            reasons.push("issued, and no use of it recorded".to_owned());
        }
        reasons
    }
}

/// By what spend is gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpendBy {
    Person,
    Agent,
    Session,
    Model,
    Provider,
}

impl SpendBy {
    /// Every way, in the order the screen shows them.
    pub const ALL: &'static [Self] =
        &[Self::Person, Self::Agent, Self::Session, Self::Model, Self::Provider];

    /// Returns the word on screen and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "agent",
            Self::Session => "session",
            Self::Model => "model",
            Self::Provider => "provider",
        }
    }
}

/// What one person, agent, session, model or provider spent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpendRow {
    /// `None` for calls whose records do not name one.
    pub id: Option<String>,
    pub name: String,
    pub spend: Spend,
}

/// The answer of the keys screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeyList {
    pub rows: Vec<KeyRow>,
    /// Spend by each way, in the order of [`SpendBy::ALL`].
    pub spends: Vec<Vec<SpendRow>>,
    /// Products with model calls of which the records tell neither cost nor tokens.
    pub blind: Vec<String>,
}
