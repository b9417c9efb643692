//! Where to look first: one file per kind of lead with one statement, one registry line each. A lead rests on records
//! alone, has a score with its parts, a reason and the events behind it. Found after the joins and kept in table `lead`.
//! No lead from thin evidence: each kind states its thresholds and why. Must not know how leads are shown or dismissed.

mod credential_change;
mod denied_then_done;
mod log_touched;
mod new_key;
mod new_source;
mod new_tool;
mod refused;
mod runaway_job;
mod spend_spike;
mod spread;
mod unattributed;
mod used_after;
mod volume;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{key_life, spend};
use crate::model::rows::RefusedThenDone;
use crate::source::hex;
use crate::store::{Fault, Row, Value, Writer};

/// A kind of lead.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// Name in data: `denied then done`.
    name: &'static str,
    /// Statement whose rows `make` reads, strongest first, bounded.
    sql: &'static str,
    make: fn(&Row) -> Found,
}

/// Every kind of lead.
const REGISTRY: &[Rule] = &[
    denied_then_done::RULE,
    used_after::RULE,
    log_touched::RULE,
    credential_change::RULE,
    spread::RULE,
    new_key::RULE,
    runaway_job::RULE,
    spend_spike::RULE,
    unattributed::RULE,
    new_source::RULE,
    volume::RULE,
    new_tool::RULE,
    refused::RULE,
];

/// One lead as found.
#[derive(Debug, Clone, Default)]
struct Found {
    score: i64,
    /// The parts of the score, in words.
    weight: String,
    kind: &'static str,
    title: String,
    detail: String,
    /// A few words for the column.
    why: String,
    /// One sentence: what the records say.
    reason: String,
    /// Filter that shows its events.
    filter: String,
    event: Option<String>,
    /// Ids of events behind it, a space between two.
    evidence: String,
}

/// Says that life lines, spend and leads do not cover the joins until they are made anew. Part of a transaction.
pub(super) fn forget(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute("DELETE FROM meta WHERE key = 'leads made'", &[])?;
    Ok(())
}

/// Returns true when the leads are those of the present joins.
pub fn is_made(writer: &mut Writer) -> Result<bool, Fault> {
    let count = writer.number("SELECT count(*) FROM meta WHERE key = 'leads made'")?;
    writer.commit().map(|()| count > 0)
}

/// Makes life lines of keys, spend and leads anew from events and joins, in one transaction. `refused` are refusals after
/// which the same was done, the best tie first. Returns how many leads there are.
pub fn rebuild(writer: &mut Writer, refused: &[RefusedThenDone]) -> Result<u64, Fault> {
    writer.commit()?;
    writer.begin()?;
    match build(writer, refused) {
        Ok(count) => writer.commit().map(|()| count),
        Err(fault) => {
            writer.roll_back()?;
            Err(fault)
        }
    }
}

fn build(writer: &mut Writer, refused: &[RefusedThenDone]) -> Result<u64, Fault> {
    for table in ["key_life", "spend", "lead"] {
        writer.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    let mut steps = super::Steps::default();
    key_life::gather(writer)?;
    steps.ended("life of keys");
    spend::gather(writer)?;
    steps.ended("spend");
    denied_then_done::keep(writer, refused)?;
    find(writer)?;
    writer
        .execute_batch("DROP TABLE IF EXISTS model_call; DROP TABLE IF EXISTS refused_then_done")?;
    forget(writer)?;
    writer.execute("INSERT INTO meta VALUES ('leads made', 'yes')", &[])?;
    writer.number("SELECT count(*) FROM lead")
}

/// More leads of a kind than this are less each: a whole fleet that does the same does what it is for.
const FIRST_OF_A_KIND: usize = 3;
/// A lead of this score stands for itself, however many there are.
const GRAVE: i64 = 80;

fn tempered(mut found: Vec<Found>) -> Vec<Found> {
    for lead in found.iter_mut().skip(FIRST_OF_A_KIND).filter(|lead| lead.score < GRAVE) {
        lead.score = (lead.score - 20).max(1);
        lead.weight.push_str(", three of its kind stand before it -20");
    }
    found
}

/// Fills `lead`. Several leads to one place become one: the strongest tells, the others are named in its reason.
fn find(writer: &mut Writer) -> Result<(), Fault> {
    let mut places: BTreeMap<String, Vec<(&'static str, Found)>> = BTreeMap::new();
    let mut steps = super::Steps::default();
    for rule in REGISTRY {
        let mut found = Vec::new();
        writer.each(rule.sql, |row| {
            found.push((rule.make)(&row));
            Ok(())
        })?;
        steps.ended(rule.name);
        for lead in tempered(found) {
            places.entry(lead.filter.clone()).or_default().push((rule.name, lead));
        }
    }
    let mut rows: Vec<(i64, String, Vec<Value>)> = Vec::new();
    for (filter, mut leads) in places {
        leads.sort_by(|(name, lead), (other_name, other)| {
            other.score.cmp(&lead.score).then(name.cmp(other_name))
        });
        let Some((rule, mut lead)) = leads.first().cloned() else { continue };
        let mut told = vec![lead.why.clone()];
        for (_, other) in leads.iter().skip(1).filter(|(name, _)| *name != rule) {
            if !told.contains(&other.why) {
                lead.reason = format!("{} Also: {}.", lead.reason, other.why);
                lead.weight = format!("{}, also {} +2", lead.weight, other.why);
                lead.score += 2;
                told.push(other.why.clone());
            }
        }
        let id = format!("{rule}:{}", digest(&filter));
        let values = row_of(&id, rule, &lead);
        rows.push((lead.score, id, values));
    }
    rows.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let rows: Vec<Vec<Value>> = rows.into_iter().map(|(_, _, values)| values).collect();
    writer.append_rows("lead", &rows)
}

fn row_of(id: &str, rule: &str, lead: &Found) -> Vec<Value> {
    vec![
        id.into(),
        rule.into(),
        lead.score.into(),
        lead.weight.as_str().into(),
        lead.kind.into(),
        lead.title.as_str().into(),
        lead.detail.as_str().into(),
        lead.why.as_str().into(),
        lead.reason.as_str().into(),
        lead.filter.as_str().into(),
        lead.event.as_deref().map_or(Value::Null, Value::from),
        lead.evidence.as_str().into(),
    ]
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes())).chars().take(8).collect()
}

/// Returns a term `field="value"` of a filter.
fn term(field: &str, value: &str) -> String {
    format!("{field}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Returns the end of an ARN after its account, or the name as it is.
fn short(name: &str) -> String {
    let end = if name.starts_with("arn:") { name.splitn(6, ':').nth(5) } else { None };
    let end = end.filter(|end| !end.is_empty()).unwrap_or(name);
    // Roles of the sign-in service have a path that says nothing.
    match end.strip_prefix("role/aws-reserved/").and_then(|path| path.rsplit('/').next()) {
        Some(role) => format!("role/{role}"),
        None => end.trim_start_matches(':').to_owned(),
    }
}

/// Joins what is not empty with two spaces.
fn spaced(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("  ")
}

/// Returns seconds as a few words: `31 s`, `26 min`, `3 h`.
fn seconds(number: u64) -> String {
    match number {
        0..120 => format!("{number} s"),
        120..7200 => format!("{} min", number / 60),
        _ => format!("{} h", number / 3600),
    }
}

/// Returns `1 call`, `2 calls`.
fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::REGISTRY;

    /// What stands before a lead lowers its score, so that the order of rows must not be the engine's choice.
    #[test]
    fn rows_of_every_rule_have_an_order() {
        for rule in REGISTRY {
            let mut depth = 0_usize;
            let mut outside = String::new();
            for letter in rule.sql.chars() {
                depth = match letter {
                    '(' => depth + 1,
                    ')' => depth.saturating_sub(1),
                    _ => depth,
                };
                if depth == 0 {
                    outside.push(letter);
                }
            }
            assert!(outside.contains("ORDER BY"), "{}: {outside}", rule.name);
        }
    }
}
