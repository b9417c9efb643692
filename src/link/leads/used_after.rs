//! Use after revocation: calls that succeeded a minute or more after the records say that the key was deleted,
//! deactivated or revoked. The minute is for the delay with which such changes reach all services.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "use after revocation", sql: KEYS, make };

const KEYS: &str = "
    SELECT key, coalesce(owner_name, actor, ''), ended_how, ok_after, after_event, ended_by FROM key_life
    WHERE ok_after > 0 ORDER BY ok_after DESC, key LIMIT 10";

fn make(row: &Row) -> Found {
    let (key, how, uses) = (row.text(0), row.text(2), row.count(3));
    Found {
        score: 88,
        weight: "use after revocation 88".to_owned(),
        kind: "key",
        detail: spaced(&[&short(&row.text(1)), &counted(uses, "call")]),
        why: format!("used after {how}"),
        reason: format!(
            "Records say the key was {how}; {} succeeded a minute or more after that.",
            counted(uses, "call")
        ),
        filter: term("key", &key),
        event: row.maybe_text(4),
        evidence: spaced(&[&row.text(5), &row.text(4)]).replace("  ", " "),
        title: key,
    }
}
