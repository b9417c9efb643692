//! The life line of a key in sentences: what the records say of its beginning, its uses, its end and its cost.

use super::rows::{money, short_key, short_name};
use crate::model::spend::{KeyList, KeyRow, SpendRow};
use crate::model::{Grade, Micros};
use crate::tui::env::Env;
use crate::tui::widgets::words::{count, counted};

fn instant(time: Option<Micros>, env: &Env) -> String {
    let clock: String = env.clock(time).chars().take(8).collect();
    format!("{} {clock}{}", env.date(time), env.time_style.letter())
}

/// Returns the later end of a stretch; its day only when it is another one.
fn until(from: Option<Micros>, to: Option<Micros>, env: &Env) -> String {
    if env.date(from) != env.date(to) {
        return instant(to, env);
    }
    let clock: String = env.clock(to).chars().take(8).collect();
    format!("{clock}{}", env.time_style.letter())
}

/// Returns the life line of a key or job.
pub(super) fn lines(key: &KeyRow, env: &Env) -> Vec<String> {
    let reasons = key.reasons();
    let flagged = if reasons.is_empty() {
        "nothing in its life line stands out".to_owned()
    } else {
        format!("flagged: {}", reasons.join("; "))
    };
    vec![head(key), begin(key, env), uses(key, env), end(key, env), spend(key), flagged]
}

fn head(key: &KeyRow) -> String {
    let owner = match (&key.owner, key.people) {
        (_, 2..) => format!("{} people behind it", key.people),
        (Some(owner), 0) => format!("{owner}, nobody known behind it"),
        (Some(owner), _) => format!("{owner} ({})", key.owner_grade),
        (None, _) => "? unknown".to_owned(),
    };
    format!("{}   {}   {owner}", key.key, key.kind)
}

fn begin(key: &KeyRow, env: &Env) -> String {
    let Some(action) = &key.issued_action else {
        return "issued: not recorded".to_owned();
    };
    let first = if key.kind == "job" { "first issued" } else { "issued" };
    let issuer = key
        .issuer
        .as_deref()
        .map_or_else(String::new, |issuer| format!(" of {}", short_name(issuer)));
    let with = key.issued_from.as_deref();
    let with = with.map_or_else(String::new, |key| format!(", with key {}", short_key(key)));
    let handed_out = if key.issues > 0 {
        format!("; issued {}", counted(key.issues, "key"))
    } else {
        String::new()
    };
    format!("{first} {} by {action}{issuer}{with}{handed_out}", instant(key.issued_at, env))
}

fn uses(key: &KeyRow, env: &Env) -> String {
    if key.calls == 0 {
        return "used: no use recorded".to_owned();
    }
    format!(
        "used {} .. {}: {}, {} denied; {}, {}, {}, {}, {}",
        instant(key.first, env),
        until(key.first, key.last, env),
        counted(key.calls, "call"),
        count(key.denied),
        counted(key.services, "service"),
        counted(key.regions, "region"),
        counted(key.accounts, "account"),
        // "address" has no plain plural.
        if key.addresses == 1 {
            "1 address".to_owned()
        } else {
            format!("{} addresses", count(key.addresses))
        },
        counted(key.user_agents, "user agent"),
    )
}

fn end(key: &KeyRow, env: &Env) -> String {
    match &key.ended_how {
        None => "ended: nothing recorded that deletes or revokes it".to_owned(),
        Some(how) => format!(
            "{how} {}; uses recorded after that: {}, of which {} succeeded after a minute",
            instant(key.ended_at, env),
            count(key.used_after),
            count(key.ok_after)
        ),
    }
}

fn spend(key: &KeyRow) -> String {
    if key.spend.calls == 0 {
        return "spend: no model call recorded".to_owned();
    }
    format!(
        "spend: {}, {}, {} tokens in, {} out ({})",
        counted(key.spend.calls, "model call"),
        money(&key.spend),
        count(key.spend.tokens_in),
        count(key.spend.tokens_out),
        key.spend.basis()
    )
}

/// Returns what is known of the cost of a row of spend, and which sources cannot tell.
pub(super) fn spend_lines(row: &SpendRow, list: Option<&KeyList>) -> Vec<String> {
    let mut lines = vec![
        row.name.clone(),
        format!(
            "{}: {}, {} tokens in, {} out",
            counted(row.spend.calls, "model call"),
            money(&row.spend),
            count(row.spend.tokens_in),
            count(row.spend.tokens_out)
        ),
        row.spend.basis(),
    ];
    if let Some(list) = list.filter(|list| !list.blind.is_empty()) {
        lines.push(format!("neither cost nor tokens in: {}", list.blind.join(", ")));
    }
    lines
}

/// Returns the grade as the owner column shows it.
pub(super) fn grade(key: &KeyRow) -> String {
    if key.owner_grade == Grade::None { String::new() } else { format!(" ({})", key.owner_grade) }
}
