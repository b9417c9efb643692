//! The pivot menu of one event: what it can be followed by, with the number of rows on the other side.

use super::filter::{Filter, Term, field_equals};
use super::jump::session_of;
use super::page::{count, shown};
use super::sql::resolved;
use crate::model::rows::PivotChoice;
use crate::model::{EventId, Grade};
use crate::store::{Fault, Reader};

/// Returns the choices of an event, in menu order. Fields the event does not have are left out.
pub fn pivots(reader: &Reader, filter: &Filter, id: EventId) -> Result<Vec<PivotChoice>, Fault> {
    let rows = reader.rows(
        "SELECT e.human, e.human_proof, e.actor, e.credential, e.agent, e.resource, e.address, e.trace \
         FROM event e WHERE e.id = ?::UUID",
        &[id.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let session = session_of(reader, id)?;
    let session_facts = match &session {
        None => None,
        Some(session) => reader
            .rows(
                "SELECT human, human_proof, human_grade, agent, basis FROM session WHERE id = ?",
                &[session.as_str().into()],
            )?
            .into_iter()
            .next(),
    };
    let of_session = |index| session_facts.as_ref().and_then(|facts| facts.maybe_text(index));
    let mut wanted: Vec<(char, &str, Option<String>, Grade, String)> = Vec::new();
    match row.maybe_text(0) {
        Some(human) => wanted.push(('w', "who", Some(human), Grade::Exact, row.text(1))),
        None => match of_session(0) {
            Some(human) => {
                let grade = of_session(2)
                    .and_then(|word| Grade::from_word(&word))
                    .unwrap_or(Grade::Derived);
                wanted.push(('w', "who", Some(human), grade, of_session(1).unwrap_or_default()));
            }
            None => wanted.push((
                'w',
                "who",
                row.maybe_text(2),
                Grade::None,
                "nobody known; principal".to_owned(),
            )),
        },
    }
    wanted.push(('s', "session", session, Grade::Exact, of_session(4).unwrap_or_default()));
    wanted.push(('k', "key", row.maybe_text(3), Grade::Exact, "access key id".to_owned()));
    wanted.push((
        'a',
        "agent",
        row.maybe_text(4).or_else(|| of_session(3)),
        Grade::Exact,
        "client info".to_owned(),
    ));
    wanted.push(('x', "what", row.maybe_text(5), Grade::Exact, "same resource".to_owned()));
    wanted.push(('i', "address", row.maybe_text(6), Grade::Exact, "source address".to_owned()));
    wanted.push(('e', "trace", row.maybe_text(7), Grade::Exact, "trace id".to_owned()));
    let mut choices = Vec::new();
    for (letter, kind, value, grade, proof) in wanted {
        let Some(value) = value else { continue };
        let term = field_equals(kind, &value);
        let (here, in_case) = sizes(reader, filter, &term)?;
        let label = if kind == "who" { name_of(reader, &value)? } else { None };
        choices.push(PivotChoice {
            letter,
            kind: kind.to_owned(),
            label: label.unwrap_or_else(|| value.clone()),
            value,
            here,
            in_case,
            grade,
            proof,
        });
    }
    Ok(choices)
}

/// Returns the name that the list of subjects shows for a person or principal.
fn name_of(reader: &Reader, subject: &str) -> Result<Option<String>, Fault> {
    let sql = "SELECT name FROM subject WHERE id = ? AND name <> ''";
    let rows = reader.rows(sql, &[subject.into()])?;
    Ok(rows.first().and_then(|row| row.maybe_text(0)))
}

/// Returns how many rows a term has under the filter and in the whole case, in one pass.
fn sizes(reader: &Reader, filter: &Filter, term: &Term) -> Result<(u64, u64), Fault> {
    if filter.is_empty() {
        let all = count(reader, &Filter::new(vec![term.clone()]))?;
        return Ok((all, all));
    }
    let wanted = resolved(reader, &Filter::new(vec![term.clone()]));
    let here = shown(reader, filter);
    let sql = format!(
        "SELECT count(*) FILTER ({}), count(*) FROM event e WHERE {}",
        here.sql, wanted.sql
    );
    let mut values = here.values;
    values.extend(wanted.values);
    let rows = reader.rows(&sql, &values)?;
    Ok(rows.first().map_or((0, 0), |row| (row.count(0), row.count(1))))
}
