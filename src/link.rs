//! Joins: events across planes by exact keys, sessions, the people and keys behind them. Rebuilt from events alone, so
//! the same evidence gives the same joins in any order. Grades `=` and `+` only: nothing here guesses.

pub mod keys;
mod people;
mod sessions;
mod short;
mod subjects;

use crate::store::{Fault, Value, Writer};

/// What a rebuild made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub links: u64,
    pub sessions: u64,
    pub subjects: u64,
}

/// Makes links, sessions and subjects anew from the events, in one transaction.
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

fn build(writer: &mut Writer) -> Result<Summary, Fault> {
    for table in ["link", "session", "session_key", "session_guest", "subject"] {
        writer.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    for key in keys::REGISTRY {
        writer.execute(key.insert, &[])?;
    }
    let mut sessions = sessions::gather(writer)?;
    sessions.absorb_forwarded(writer)?;
    sessions.absorb_role_sessions();
    let keys: Vec<Vec<Value>> = sessions
        .keys()
        .map(|(local, session)| vec![Value::from(local), Value::from(session)])
        .collect();
    writer.append_rows("session_key", &keys)?;
    sessions::add_guests(writer)?;
    let people = people::find(writer, &sessions)?;
    let rows = sessions.rows(writer, &people)?;
    writer.append_rows("session", &rows)?;
    let subjects = subjects::gather(writer)?;
    writer.append_rows("subject", &subjects)?;
    Ok(Summary {
        links: writer.number("SELECT count(*) FROM link")?,
        sessions: rows.len() as u64,
        subjects: subjects.len() as u64,
    })
}
