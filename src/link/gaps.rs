//! What could not be seen: coverage of each group of sources over the span of the case, and numbered blind spots with the
//! statements they forbid. Computed after a load from events, sources, links and proofs. Every threshold is relative to the
//! source's own rhythm or has a minimum of evidence, because a false alarm costs an analyst more than a missing hint.
//!
//! Numbers: a blind spot has a key that follows from the evidence alone. The first time a key is seen in a case it gets the
//! next free number, in the order (grade, kind, key); numbers given before never change. So one load of the same evidence
//! gives the same numbers in any order of files, and adding files renumbers nothing. The compromise: two cases that were
//! given the same evidence in different portions can number a spot differently; keys are equal in both.

mod arguments;
mod bypass;
mod coverage;
mod data_events;
mod edges;
mod effects;
mod masked;
mod planes;
mod proofs;
mod queues;
mod sessions;
mod silence;
mod targets;
mod unread;

use std::collections::BTreeMap;

pub(super) use self::coverage::read_payloads;

use self::coverage::{Ground, Group};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::model::{EventId, Micros};
use crate::store::{Fault, Value, Writer};

/// A kind of blind spot: its word, and what finds its spots.
struct Kind {
    word: &'static str,
    find: fn(&Ground, &mut Writer) -> Result<Vec<Spot>, Fault>,
}

/// Every kind, in the order in which equal grades are numbered.
const REGISTRY: &[Kind] = &[
    silence::KIND,
    proofs::KIND,
    planes::KIND,
    bypass::KIND,
    arguments::KIND,
    masked::KIND,
    data_events::KIND,
    effects::KIND,
    targets::KIND,
    sessions::KIND,
    unread::KIND,
    queues::KIND,
    edges::KIND,
];

/// Statements that fill the kept tables, and what stands in them.
pub(super) const KEPT: &[&str] = &[coverage::BARE, coverage::ARGUMENTS, coverage::PLACES];

/// Most blind spots of one kind; what is beyond is counted in the last of them.
const MOST_OF_A_KIND: usize = 40;
/// Most events kept as examples of one blind spot.
const MOST_EXAMPLES: usize = 100;

/// A blind spot before it has a number.
#[derive(Debug, Clone)]
struct Spot {
    /// What tells it from others of its kind; follows from the evidence alone.
    key: String,
    grade: SpotGrade,
    certainty: Certainty,
    plane: Option<String>,
    product: Option<String>,
    account: Option<String>,
    group: Option<i64>,
    from: Option<Micros>,
    to: Option<Micros>,
    title: String,
    detail: String,
    forbids: String,
    events: u64,
    filter: String,
    examples: Vec<EventId>,
    /// What the calendar says of the group.
    fit: Option<&'static str>,
}

impl Spot {
    fn new(key: impl Into<String>, grade: SpotGrade, certainty: Certainty) -> Self {
        Self {
            key: key.into(),
            grade,
            certainty,
            plane: None,
            product: None,
            account: None,
            group: None,
            from: None,
            to: None,
            title: String::new(),
            detail: String::new(),
            forbids: String::new(),
            events: 0,
            filter: String::new(),
            examples: Vec::new(),
            fit: None,
        }
    }

    /// Returns the spot with plane, product and account of a group.
    fn of(mut self, group: &Group) -> Self {
        self.plane = Some(group.plane.clone());
        self.product = Some(group.product.clone());
        self.account = group.account();
        self.group = Some(group.number);
        self
    }
}

/// Returns true when coverage and blind spots were made at least once.
pub fn is_made(writer: &mut Writer) -> Result<bool, Fault> {
    let count = writer.number("SELECT count(*) FROM meta WHERE key = 'gaps made'")?;
    writer.commit().map(|()| count > 0)
}

/// Makes coverage and blind spots anew, in one transaction. Returns how many blind spots there are.
pub fn rebuild(writer: &mut Writer) -> Result<u64, Fault> {
    writer.commit()?;
    writer.begin()?;
    match build(writer) {
        Ok(count) => writer.commit().map(|()| count),
        Err(fault) => {
            writer.roll_back()?;
            Err(fault)
        }
    }
}

fn build(writer: &mut Writer) -> Result<u64, Fault> {
    for table in ["source_group", "coverage", "uncovered", "blind_spot", "blind_spot_event"] {
        writer.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    let mut steps = super::Steps::default();
    let mut ground = coverage::survey(writer)?;
    steps.ended("survey of coverage");
    let mut spots: Vec<(&'static str, Spot)> = Vec::new();
    if ground.events > 0 {
        for kind in REGISTRY {
            let mut found = (kind.find)(&ground, writer)?;
            steps.ended(kind.word);
            found.sort_by(|one, other| (one.grade, &one.key).cmp(&(other.grade, &other.key)));
            let n_more = found.len().saturating_sub(MOST_OF_A_KIND);
            found.truncate(MOST_OF_A_KIND);
            if let (Some(last), true) = (found.last_mut(), n_more > 0) {
                last.detail = format!("{}; {n_more} more of this kind", last.detail);
            }
            spots.extend(found.into_iter().map(|spot| (kind.word, spot)));
        }
    } else {
        spots.extend(
            unread::find(&ground, writer)?.into_iter().map(|spot| (unread::KIND.word, spot)),
        );
    }
    for (_, spot) in &spots {
        ground.mark(spot.group, spot.fit);
    }
    coverage::keep(writer, &ground)?;
    let numbers = number(writer, &mut spots)?;
    keep(writer, &spots, &numbers)?;
    writer.execute("DELETE FROM meta WHERE key = 'gaps made'", &[])?;
    writer.execute("INSERT INTO meta VALUES ('gaps made', 'yes')", &[])?;
    coverage::clean_up(writer)?;
    Ok(spots.len() as u64)
}

/// Gives numbers: known keys keep theirs, new ones follow in the order of grade, kind and key.
fn number(
    writer: &mut Writer,
    spots: &mut [(&'static str, Spot)],
) -> Result<BTreeMap<String, i64>, Fault> {
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    writer.each("SELECT key, number FROM blind_spot_number", |row| {
        known.insert(row.text(0), row.int(1));
        Ok(())
    })?;
    for (word, spot) in spots.iter_mut() {
        spot.key = format!("{word}|{}", spot.key);
    }
    // Kinds are in the order of the registry, and the sort is stable.
    spots.sort_by_key(|(_, spot)| spot.grade);
    let mut next = known.values().max().copied().unwrap_or(0);
    let mut rows = Vec::new();
    for (_, spot) in spots.iter() {
        if !known.contains_key(&spot.key) {
            next += 1;
            known.insert(spot.key.clone(), next);
            rows.push(vec![Value::from(spot.key.as_str()), Value::Int(next)]);
        }
    }
    writer.append_rows("blind_spot_number", &rows)?;
    Ok(known)
}

fn keep(
    writer: &mut Writer,
    spots: &[(&'static str, Spot)],
    numbers: &BTreeMap<String, i64>,
) -> Result<(), Fault> {
    let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
    let time = |time: Option<Micros>| time.map_or(Value::Null, Value::Time);
    let mut rows = Vec::with_capacity(spots.len());
    let mut examples = Vec::new();
    for (word, spot) in spots {
        rows.push(vec![
            Value::from(spot.key.as_str()),
            Value::Int(numbers.get(&spot.key).copied().unwrap_or(0)),
            Value::from(*word),
            Value::from(spot.grade.as_str()),
            Value::from(spot.certainty.as_str()),
            text(&spot.plane),
            text(&spot.product),
            text(&spot.account),
            spot.group.map_or(Value::Null, Value::Int),
            time(spot.from),
            time(spot.to),
            Value::from(spot.title.as_str()),
            Value::from(spot.detail.as_str()),
            Value::from(spot.forbids.as_str()),
            Value::Int(i64::try_from(spot.events).unwrap_or(i64::MAX)),
            Value::from(spot.filter.as_str()),
        ]);
        let some = spot.examples.iter().take(MOST_EXAMPLES);
        examples.extend(
            some.map(|id| vec![Value::from(spot.key.as_str()), Value::Text(id.to_string())]),
        );
    }
    writer.append_rows("blind_spot", &rows)?;
    writer.append_rows("blind_spot_event", &examples)
}

/// Returns the ids that a question gives in its first column.
fn ids(writer: &mut Writer, sql: &str) -> Result<Vec<EventId>, Fault> {
    let mut found = Vec::new();
    writer.each(sql, |row| {
        found.extend(row.id(0));
        Ok(())
    })?;
    Ok(found)
}

/// Writes a text as an SQL literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Writes an instant as an SQL literal.
fn instant(time: Micros) -> String {
    format!("make_timestamp({})", time.0)
}

/// Writes a value for the filter bar.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes a stretch for the filter bar; the end is part of it (times are written in milliseconds).
fn window(from: Micros, to: Micros) -> String {
    format!("time:{from}..{}", Micros(to.0.saturating_add(1_000)))
}

/// Writes hour and minute.
fn minute(time: Micros) -> String {
    time.clock().chars().take(5).collect()
}

/// Writes an instant, with its date where the case is longer than a day.
fn when(ground: &Ground, time: Micros) -> String {
    let (first, last) = ground.span;
    if last.0 - first.0 <= 86_400_000_000 {
        format!("{}Z", minute(time))
    } else {
        format!("{} {}Z", time.date(), minute(time))
    }
}

/// Writes a stretch, its end with a date only where that differs.
fn between(ground: &Ground, from: Micros, to: Micros) -> String {
    let begin = when(ground, from);
    let end = if from.date() == to.date() { format!("{}Z", minute(to)) } else { when(ground, to) };
    format!("{}-{end}", begin.trim_end_matches('Z'))
}

/// Writes a count with commas and its noun.
fn counted(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let plural = if number == 1 { "" } else { "s" };
    format!("{text} {noun}{plural}")
}

/// Writes a span of time coarsely.
fn span(micros: i64) -> String {
    let seconds = micros.unsigned_abs() / 1_000_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
