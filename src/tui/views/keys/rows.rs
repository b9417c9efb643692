//! Rows of the keys screen: columns, orders and cells.

use super::life::grade;
use crate::model::Micros;
use crate::model::spend::{KeyList, KeyRow, Spend, SpendBy, SpendRow};
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::widgets::table::Column;
use crate::tui::widgets::words::count;

pub(super) const KEY_COLUMNS: &[Column] = &[
    Column::new("KEY", 12).flex(1).middle(),
    Column::new("KIND", 7),
    Column::new("OWNER", 12).flex(3).middle(),
    Column::new("FIRST", 5).drop(3),
    Column::new("LAST", 5).drop(1),
    Column::new("CALLS", 6).right(),
    Column::new("SVC", 3).right().drop(2),
    Column::new("SPEND", 8).right(),
    Column::new("FLAG", 8),
];

pub(super) const SPEND_COLUMNS: &[Column] = &[
    Column::new("WHO OR WHAT", 18).flex(3).middle(),
    Column::new("CALLS", 7).right(),
    Column::new("TOKENS IN", 11).right().drop(2),
    Column::new("TOKENS OUT", 10).right().drop(3),
    Column::new("SPEND", 9).right(),
    Column::new("KNOWN BY", 12).flex(2).drop(1),
];

/// A row as listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Key(usize),
    /// A key of the open job.
    Member(usize),
    Spend(usize),
}

/// How keys are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    #[default]
    Risk,
    Spend,
    Calls,
    Last,
}

impl Order {
    const ALL: [Self; 4] = [Self::Risk, Self::Spend, Self::Calls, Self::Last];

    pub(super) const fn next(self) -> Self {
        match self {
            Self::Risk => Self::Spend,
            Self::Spend => Self::Calls,
            Self::Calls => Self::Last,
            Self::Last => Self::Risk,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Spend => "spend",
            Self::Calls => "calls",
            Self::Last => "last",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.word() == word)
    }
}

/// Returns keys in their order, those of the open job below it.
pub(super) fn keys(
    list: &KeyList,
    members: Option<&Vec<KeyRow>>,
    open: Option<&str>,
    order: Order,
) -> Vec<Shown> {
    let mut shown = Vec::new();
    for at in ordered(&list.rows, order) {
        shown.push(Shown::Key(at));
        let is_open = list.rows.get(at).is_some_and(|row| Some(row.key.as_str()) == open);
        if let (true, Some(members)) = (is_open, members) {
            shown.extend(ordered(members, order).into_iter().map(Shown::Member));
        }
    }
    shown
}

fn ordered(rows: &[KeyRow], order: Order) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by(|one, other| {
        let (Some(one), Some(other)) = (rows.get(*one), rows.get(*other)) else {
            return std::cmp::Ordering::Equal;
        };
        let size = |row: &KeyRow| row.spend.known().unwrap_or(-1.0);
        match order {
            Order::Risk => other.risk().cmp(&one.risk()),
            Order::Spend => size(other)
                .total_cmp(&size(one))
                .then(other.spend.tokens_in.cmp(&one.spend.tokens_in)),
            Order::Calls => other.calls.cmp(&one.calls),
            Order::Last => other.last.cmp(&one.last),
        }
        .then(other.calls.cmp(&one.calls))
        .then(one.key.cmp(&other.key))
    });
    places
}

/// Returns both ends of a key.
pub(super) fn short_key(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() <= 12 || key.contains(['@', '/', ' ']) {
        return key.to_owned();
    }
    let (head, tail) = (letters.iter().take(4), letters.iter().skip(letters.len() - 4));
    format!("{}..{}", head.collect::<String>(), tail.collect::<String>())
}

/// Returns what follows the account in an ARN.
pub(super) fn short_name(name: &str) -> &str {
    let short = if name.starts_with("arn:") { name.splitn(6, ':').nth(5) } else { None };
    short.filter(|short| !short.is_empty()).unwrap_or(name)
}

/// Returns dollars, marked where they are computed or do not cover every call; `-` when nothing is known.
pub(super) fn money(spend: &Spend) -> String {
    let Some(known) = spend.known() else {
        return if spend.tokens_in + spend.tokens_out > 0 {
            "tokens".to_owned()
        } else {
            "-".to_owned()
        };
    };
    let computed = if spend.computed_calls > 0 { "~" } else { "" };
    let part = if spend.unpriced_calls + spend.blind_calls > 0 { "+" } else { "" };
    format!("{computed}${known:.2}{part}")
}

fn minute(time: Option<Micros>, env: &Env) -> String {
    if time.is_none() { "-".to_owned() } else { env.clock(time).chars().take(5).collect() }
}

/// Returns the cells of a key or job.
pub(super) fn key_cells(
    key: &KeyRow,
    is_member: bool,
    open: Option<&str>,
    env: &Env,
) -> Vec<(String, Role)> {
    let plain = |text: String| (text, Role::Plain);
    let name = match (key.kind.as_str(), is_member) {
        ("job", _) if open == Some(key.key.as_str()) => format!("v {} keys", count(key.job_keys)),
        ("job", _) => format!("> {} keys", count(key.job_keys)),
        (_, true) => format!("  {}", short_key(&key.key)),
        _ => short_key(&key.key),
    };
    let owner = match &key.owner {
        _ if key.people > 1 => (format!("{} people", key.people), Role::Blind),
        Some(owner) => plain(format!("{}{}", short_name(owner), grade(key))),
        None => ("? unknown".to_owned(), Role::Blind),
    };
    let flag = key.flag();
    let role = if key.ok_after > 0 || key.spike.is_some() || flag == "NEW" {
        Role::Bad
    } else {
        Role::Plain
    };
    let services = if key.services > 0 { count(key.services) } else { "-".to_owned() };
    vec![
        plain(name),
        plain(key.kind.clone()),
        owner,
        plain(minute(key.first, env)),
        plain(minute(key.last, env)),
        plain(count(key.calls)),
        plain(services),
        plain(money(&key.spend)),
        (flag, role),
    ]
}

/// Returns the cells of a row of spend.
pub(super) fn spend_cells(row: &SpendRow) -> Vec<(String, Role)> {
    let plain = |text: String| (text, Role::Plain);
    let name = match row.id {
        Some(_) => plain(short_name(&row.name).to_owned()),
        None => (row.name.clone(), Role::Blind),
    };
    vec![
        name,
        plain(count(row.spend.calls)),
        plain(count(row.spend.tokens_in)),
        plain(count(row.spend.tokens_out)),
        plain(money(&row.spend)),
        plain(row.spend.basis()),
    ]
}

/// Returns the filter field of a way to gather spend; providers are no field of records.
pub(super) const fn field_of(by: SpendBy) -> Option<&'static str> {
    match by {
        SpendBy::Person => Some("who"),
        SpendBy::Agent => Some("agent"),
        SpendBy::Session => Some("session"),
        SpendBy::Model => Some("model"),
        SpendBy::Provider => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_marked_by_how_it_is_known() {
        let spend = Spend { calls: 2, recorded: 1.5, recorded_calls: 2, ..Spend::default() };
        assert_eq!(money(&spend), "$1.50");
        let spend = Spend { computed: 0.25, computed_calls: 1, ..spend };
        assert_eq!(money(&spend), "~$1.75");
        let spend = Spend { unpriced_calls: 1, ..spend };
        assert_eq!(money(&spend), "~$1.75+");
        assert_eq!(money(&Spend { tokens_in: 7, ..Spend::default() }), "tokens");
        assert_eq!(money(&Spend::default()), "-");
    }

    #[test]
    fn keys_keep_both_ends() {
        assert_eq!(short_key("AKIAEXAMPLEBACKUQ7RX"), "AKIA..Q7RX");
        assert_eq!(short_key("sk-test"), "sk-test");
    }
}
