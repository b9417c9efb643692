//! A new key in use: a lasting key that was issued within the records and then used. Short keys of roles are left out:
//! issuing them is how roles work. A life line proves that the key is new, so no baseline is needed.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "first-seen key", sql: KEYS, make };

const KEYS: &str = "
    SELECT key, coalesce(owner_name, actor, ''), issued_action, calls, denied, services, issued_by, coalesce(issuer, '')
    FROM key_life WHERE issued_by IS NOT NULL AND kind <> 'sts' AND calls > 0 ORDER BY denied DESC, services DESC, calls DESC, key LIMIT 10";

fn make(row: &Row) -> Found {
    let (key, calls, denied) = (row.text(0), row.count(3), row.count(4));
    let extra = if denied > 0 { 6 } else { 0 };
    Found {
        score: 60 + extra,
        weight: format!(
            "new key in use 60{}",
            if extra > 0 { ", some calls denied +6" } else { "" }
        ),
        kind: "key",
        detail: spaced(&[&short(&row.text(1)), &format!("by {}", row.text(2))]),
        why: format!("new key, {}", counted(calls, "call")),
        reason: format!(
            "Issued by {} of {}, then used for {} to {}, {denied} denied.",
            row.text(2),
            short(&row.text(7)),
            counted(calls, "call"),
            counted(row.count(5), "service"),
        ),
        filter: term("key", &key),
        event: row.maybe_text(6),
        evidence: row.text(6),
        title: key,
    }
}
