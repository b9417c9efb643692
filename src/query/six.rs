//! The six elements of a record about an agent's access: who asked, what for, of what kind and size, when and where,
//! who allowed it, how it ended. Each is there in full, in part, not at all, or taken away by the source on purpose.
//! One expression decides, so that screens, tables and the completeness of a source cannot disagree.

use crate::model::EventId;
use crate::store::{Fault, Reader};

/// How much of an element a record holds, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Full,
    Part,
    /// The source took it out.
    Masked,
    None,
}

impl Level {
    /// Every level, best first.
    pub const ALL: &'static [Self] = &[Self::Full, Self::Part, Self::Masked, Self::None];

    /// Returns the word of the level.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Part => "part",
            Self::Masked => "masked",
            Self::None => "none",
        }
    }
}

/// The elements in their order: letter and name.
pub const ELEMENTS: [(char, &str); 6] = [
    ('I', "identity of the requester"),
    ('R', "resource"),
    ('C', "size and class"),
    ('T', "time and place"),
    ('A', "authorization"),
    ('O', "outcome"),
];

/// The level of each element, in the order of [`ELEMENTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Six(pub [Level; 6]);

impl Six {
    /// Nothing known.
    pub const NONE: Self = Self([Level::None; 6]);

    /// Reads the form `IRcT-O`; other letters count as nothing known.
    pub fn parse(text: &str) -> Self {
        let mut six = Self::NONE;
        for ((level, letter), (full, _)) in six.0.iter_mut().zip(text.chars()).zip(ELEMENTS) {
            *level = match letter {
                '*' => Level::Masked,
                letter if letter == full => Level::Full,
                letter if letter == full.to_ascii_lowercase() => Level::Part,
                _ => Level::None,
            };
        }
        six
    }

    /// Returns what two records of one call hold together: the better level of each element.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let mut both = self;
        for (level, further) in both.0.iter_mut().zip(other.0) {
            *level = (*level).min(further);
        }
        both
    }
}

impl std::fmt::Display for Six {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (level, (letter, _)) in self.0.iter().zip(ELEMENTS) {
            let shown = match level {
                Level::Full => letter,
                Level::Part => letter.to_ascii_lowercase(),
                Level::Masked => '*',
                Level::None => '-',
            };
            write!(f, "{shown}")?;
        }
        Ok(())
    }
}

/// The six letters of an event, over the table `event` under the name `e`.
///
/// `I` is full for a person or service that the recording system verified (a session of STS, a token) and, where an
/// agent or workload acted, only with the person it acted for; a long-lived key, or a name that a client gave, is part.
/// `R` and `C` need the class of the data, which no log has: part at most until a person declares it.
pub const LETTERS: &str = "concat(
    CASE WHEN coalesce(e.human, e.actor) IS NOT NULL
              AND (e.actor_type IS NULL OR e.actor_type NOT IN ('agent', 'workload', 'service') OR e.human IS NOT NULL)
              AND ((e.plane = 'cloudtrail' AND e.credential LIKE 'ASIA%')
                   OR e.human_proof IN ('sso subject', 'token subject', 'identity center user'))
              AND coalesce(e.human_proof, '') NOT IN ('session name', 'named by the client') THEN 'I'
         WHEN coalesce(e.human, e.actor, e.credential, e.agent, e.client, e.user_agent) IS NOT NULL THEN 'i'
         WHEN regexp_matches(e.masked, '(?i)identity|user|subject|actor') THEN '*' ELSE '-' END,
    CASE WHEN coalesce(e.resource, e.server, e.tool, e.action) IS NOT NULL THEN 'r'
         WHEN regexp_matches(e.masked, '(?i)argument|input|request|resource') THEN '*' ELSE '-' END,
    CASE WHEN coalesce(e.bytes, e.tokens_in, e.tokens_out) IS NOT NULL THEN 'c'
         WHEN regexp_matches(e.masked, '(?i)argument|input|result|output|request|response|content') THEN '*'
         ELSE '-' END,
    CASE WHEN e.ts IS NULL THEN '-'
         WHEN e.ts_precision IS NOT NULL AND e.ts_precision <> 'none' AND e.region IS NOT NULL AND e.address IS NOT NULL THEN 'T'
         ELSE 't' END,
    CASE WHEN e.decision IS NOT NULL AND e.policy IS NOT NULL AND e.reason IS NOT NULL THEN 'A'
         WHEN coalesce(e.decision, e.approval_state, e.approval_by) IS NOT NULL OR e.outcome = 'denied' THEN 'a' ELSE '-' END,
    CASE WHEN e.outcome IN ('denied', 'error') AND e.error_code IS NOT NULL THEN 'O'
         WHEN e.outcome IN ('success', 'denied', 'error') AND coalesce(e.bytes, e.tokens_out) IS NOT NULL THEN 'O'
         WHEN e.outcome IN ('success', 'denied', 'error', 'held') THEN 'o'
         WHEN regexp_matches(e.masked, '(?i)result|output|response') THEN '*' ELSE '-' END)";

/// Returns the elements of events by their row numbers, in the order asked for.
pub fn six_of(reader: &Reader, numbers: &[i64]) -> Result<Vec<Six>, Fault> {
    let list: Vec<String> = numbers.iter().map(i64::to_string).collect();
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT e.n, {LETTERS} FROM event e WHERE e.n IN ({})", list.join(", "));
    let rows = reader.rows(&sql, &[])?;
    let found: std::collections::BTreeMap<i64, Six> =
        rows.iter().map(|row| (row.int(0), Six::parse(&row.text(1)))).collect();
    Ok(numbers.iter().map(|n| found.get(n).copied().unwrap_or(Six::NONE)).collect())
}

/// Returns the elements of events by their ids, in the order asked for.
pub fn six_of_events(reader: &Reader, events: &[EventId]) -> Result<Vec<Six>, Fault> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = events.iter().map(|id| format!("'{id}'::UUID")).collect();
    let sql = format!("SELECT e.id, {LETTERS} FROM event e WHERE e.id IN ({})", list.join(", "));
    let rows = reader.rows(&sql, &[])?;
    let found: std::collections::BTreeMap<EventId, Six> =
        rows.iter().filter_map(|row| Some((row.id(0)?, Six::parse(&row.text(1))))).collect();
    Ok(events.iter().map(|id| found.get(id).copied().unwrap_or(Six::NONE)).collect())
}

/// How many events of one product hold how much of each element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completeness {
    pub plane: String,
    pub product: String,
    pub events: u64,
    /// For each element of [`ELEMENTS`] the events at each level of [`Level::ALL`].
    pub counts: [[u64; 4]; 6],
}

impl Completeness {
    /// Returns the events of a product at a level of an element.
    pub fn at(&self, element: usize, level: Level) -> u64 {
        let index = Level::ALL.iter().position(|known| *known == level).unwrap_or(0);
        self.counts.get(element).and_then(|counts| counts.get(index)).copied().unwrap_or(0)
    }
}

/// Returns the completeness of each product's records, by plane and product.
pub fn completeness(reader: &Reader) -> Result<Vec<Completeness>, Fault> {
    let sql = format!(
        "SELECT plane, product, letters, count(*) FROM
           (SELECT coalesce(e.plane, 'other') AS plane, coalesce(e.product, '?') AS product, {LETTERS} AS letters FROM event e)
         GROUP BY ALL ORDER BY ALL"
    );
    let mut table: Vec<Completeness> = Vec::new();
    for row in reader.rows(&sql, &[])? {
        let (plane, product, events) = (row.text(0), row.text(1), row.count(3));
        if table.last().is_none_or(|last| last.plane != plane || last.product != product) {
            table.push(Completeness { plane, product, events: 0, counts: [[0; 4]; 6] });
        }
        let Some(last) = table.last_mut() else { continue };
        last.events += events;
        for (counts, level) in last.counts.iter_mut().zip(Six::parse(&row.text(2)).0) {
            let index = Level::ALL.iter().position(|known| *known == level).unwrap_or(3);
            if let Some(count) = counts.get_mut(index) {
                *count += events;
            }
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_and_written_in_the_same_form() {
        for text in ["IRCTAO", "ircT-O", "------", "i-*t-o"] {
            assert_eq!(Six::parse(text).to_string(), text);
        }
        assert_eq!(Six::parse("nonsense").to_string(), "------");
    }

    #[test]
    fn joined_records_hold_the_better_level_of_each_element() {
        let (gateway, cloud) = (Six::parse("i-c-A*"), Six::parse("Ir*T-o"));
        assert_eq!(gateway.with(cloud).to_string(), "IrcTAo");
        assert_eq!(gateway.with(cloud), cloud.with(gateway));
    }
}
