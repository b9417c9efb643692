//! Joins: events across planes, sessions, the people and keys behind them. Rebuilt from events alone, in one transaction, so
//! the same evidence gives the same joins in any order, split and number of threads; ties break by (time, id).
//!
//! **When files are added** (`reach`), what single events say is read of the added ones alone and kept: claims of bodies,
//! sorts of events (`alike`), what calls ask for and which events lie around them (`near`), links of values that no added
//! event has (`keys`). What follows from many is made anew of these: of events that were there before single columns are
//! read, and no payload but those of S3 where an asking side shows an `x-amz-id-2`. Events that went, or whose kept delivery
//! changed, make everything anew.
//!
//! ```text
//! events -- sorts of events (alike) ----> keys, aliases, sessions, subjects, key_life
//! bodies of calls that hand out credentials -- claims --+
//! identifiers of events ------------------ keys (= +) --+-> link
//! records that hold two names of one person -> aliases -> person_alias
//! keys that events carry -> sessions -> session_key     link -> chain (assumed by, vended to, acting for) -> session_parent
//! link, chain -> session_guest (= +)                    sessions, aliases, chain, link -> people -> session_person
//! link -> offsets -> clock_offset                       all of this, tool calls, cloud events -> near (~) -> link, session_guest
//! everything -> session, session_note, subject
//! key_life, spend -> leads -> lead                      after the joins, in a transaction of their own
//! ```
//!
//! Grades: `=` the same identifier on both sides, `+` the same credential or an identifier derived by a rule, `~` close in
//! time and shape. False joins are worse than missing ones: an identifier that is reused, shared by more than 64 events, or
//! seen in several accounts joins nothing unless the records say which. People follow from `=` and `+` alone; several
//! people behind one credential stay several, and a service stays a service. Near links come last and make neither
//! sessions nor people. Every step is bounded: groups of too many candidates are skipped and counted in `link_skip`.

mod aliases;
mod alike;
mod chain;
mod claims;
pub mod gaps;
mod key_life;
pub mod keys;
pub mod leads;
pub mod near;
mod offsets;
mod people;
pub mod prices;
mod reach;
mod sessions;
mod short;
mod spend;
mod subjects;

use reach::Reach;

use crate::clock;
use crate::store::{Fault, Reader, Value, Writer};

/// What a rebuild made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub links: u64,
    pub sessions: u64,
    pub subjects: u64,
    /// False when what is kept of the events that were there before was not made anew.
    pub is_whole: bool,
}

/// Says that events may be added from here on, so that the joins do not cover all of them until they are made anew.
pub fn mark_due(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute("DELETE FROM meta WHERE key = 'joins due'", &[])?;
    writer.execute("INSERT INTO meta VALUES ('joins due', 'yes')", &[])?;
    writer.commit()
}

/// Says that no event was added, so that the joins hold.
pub fn mark_done(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute("DELETE FROM meta WHERE key = 'joins due'", &[])?;
    writer.commit()
}

/// Returns true while events may be there that the joins do not cover: a load goes on, or was killed.
pub fn is_due(reader: &Reader) -> Result<bool, Fault> {
    Ok(reader.number("SELECT count(*) FROM meta WHERE key = 'joins due'", &[])? > 0)
}

/// Makes everything of the next joins anew, also what is kept of single events.
pub fn forget_kept(writer: &mut Writer) -> Result<(), Fault> {
    reach::forget(writer)?;
    writer.commit()
}

/// Makes links, sessions and subjects anew from the events, in one transaction. What single events say is read of those
/// alone that were added since the last time.
pub fn rebuild(writer: &mut Writer) -> Result<Summary, Fault> {
    writer.commit()?;
    writer.begin()?;
    let result = build(writer);
    match result {
        Ok(summary) => writer.commit().map(|()| summary),
        Err(fault) => {
            writer.roll_back()?;
            Err(fault)
        }
    }
}

/// Statements that fill tables which are kept from one load to the next: when one of them is changed, all is made anew.
const KEPT_STATEMENTS: &[&[&str]] =
    &[&[claims::CALLS, spend::CACHES], alike::STATEMENTS, near::KEPT, gaps::KEPT];

/// Tables that are made anew.
const DERIVED: &[&str] = &[
    "session",
    "session_key",
    "session_guest",
    "subject",
    "clock_offset",
    "person_alias",
    "session_person",
    "session_parent",
    "session_note",
    "near_proof",
    "link_skip",
];

/// Writes into the log how long each step took.
#[derive(Default)]
struct Steps(clock::Lap);

impl Steps {
    fn ended(&mut self, step: &str) {
        tracing::debug!(step, millis = self.0.millis(), "joins");
    }
}

fn build(writer: &mut Writer) -> Result<Summary, Fault> {
    let mut steps = Steps::default();
    let reach = Reach::find(writer)?;
    steps.ended(if reach == Reach::All { "reach: all" } else { "reach: added" });
    for table in DERIVED {
        writer.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    leads::forget(writer)?;
    // Which calls are an agent's follows from sessions, so the distinct calls of the boundary are made anew.
    writer.execute("DELETE FROM meta WHERE key = 'boundary actors'", &[])?;
    keys::forget(writer, reach)?;
    steps.ended("forgetting");
    claims::gather(writer, reach)?;
    steps.ended("claims");
    alike::gather(writer, reach)?;
    steps.ended("alike");
    spend::keep(writer, reach)?;
    gaps::read_payloads(writer, reach)?;
    steps.ended("payloads of calls");
    for key in keys::REGISTRY {
        key.link(writer, reach)?;
        steps.ended(key.name);
    }
    let aliases = aliases::find(writer)?;
    writer.append_rows("person_alias", &aliases.rows())?;
    steps.ended("aliases");
    let mut sessions = sessions::gather(writer, &aliases)?;
    steps.ended("sessions");
    sessions.absorb_forwarded(writer)?;
    sessions.absorb_forwarded_by_name(writer)?;
    sessions.absorb_role_sessions();
    let keys: Vec<Vec<Value>> = sessions
        .keys()
        .map(|(local, session)| vec![Value::from(local), Value::from(session)])
        .collect();
    writer.append_rows("session_key", &keys)?;
    steps.ended("forwarded keys");
    let chain = chain::find(writer, &mut sessions, &aliases)?;
    chain::add_guests(writer)?;
    steps.ended("chain");
    let people = people::find(writer, &sessions, &aliases, &chain)?;
    writer.append_rows("session_person", &people.rows())?;
    steps.ended("people");
    let offsets = offsets::measure(writer)?;
    steps.ended("offsets");
    near::link(writer, reach, &sessions, &people, &aliases, &offsets)?;
    steps.ended("near");
    let rows = sessions.rows(writer, &people, &chain)?;
    writer.append_rows("session", &rows)?;
    let notes = sessions::notes(writer)?;
    writer.append_rows("session_note", &notes)?;
    reach::keep(writer)?;
    writer.execute("DELETE FROM meta WHERE key = 'joins due'", &[])?;
    steps.ended("rows of sessions");
    let subjects = subjects::gather(writer)?;
    writer.append_rows("subject", &subjects)?;
    steps.ended("subjects");
    Ok(Summary {
        links: writer.number("SELECT count(*) FROM link")?,
        sessions: rows.len() as u64,
        subjects: subjects.len() as u64,
        is_whole: reach == Reach::All,
    })
}
