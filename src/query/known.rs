//! Values that a case knows to be identifiers of people, accounts, keys and hosts: what an export under pseudonyms replaces
//! wherever it stands; and the names of its people, for documents that name nobody.

use std::collections::BTreeSet;

use crate::model::rows::PersonName;
use crate::store::{Fault, Reader, Row};

const STATEMENT: &str = "
    SELECT DISTINCT class, value FROM (
        SELECT 'person' AS class, human AS value FROM event
        UNION ALL SELECT 'person', approval_by FROM event
        UNION ALL SELECT 'person', role_session FROM event WHERE role_session = human OR contains(role_session, '@')
        UNION ALL SELECT 'person', human FROM session
        UNION ALL SELECT 'person', human_name FROM session
        UNION ALL SELECT 'principal', actor FROM event WHERE actor_type IN ('human', 'root')
        UNION ALL SELECT 'access-key-id', credential FROM event
        UNION ALL SELECT 'access-key-id', parent_credential FROM event
        UNION ALL SELECT 'account-id', account FROM event
        UNION ALL SELECT 'ip-address', address FROM event WHERE NOT ends_with(address, '.amazonaws.com')
    ) WHERE value IS NOT NULL AND length(value) >= 3
    ORDER BY class, value";

/// Returns class word and value of each known identifier, in order. Names inside the ARNs of users are values of their own.
pub fn known_identifiers(reader: &Reader) -> Result<Vec<(String, String)>, Fault> {
    let rows = reader.rows(STATEMENT, &[])?;
    let mut known = Vec::with_capacity(rows.len());
    for row in &rows {
        let (class, value) = (row.text(0), row.text(1));
        match value.rsplit_once('/') {
            // An ARN is replaced part by part, so that its shape still says what it is.
            Some((_, name)) if class == "principal" => known.push((class, name.to_owned())),
            _ if class == "principal" && value.starts_with("arn:") => {}
            _ => known.push((class, value)),
        }
    }
    known.sort();
    known.dedup();
    Ok(known)
}

/// Names of people: what names whoever acted or approved, and what records say is the same person. The root of an account
/// is no person. A directory's id is told by the address that records hold beside it, so that the person keeps the mark
/// that the address had before the directory was read.
const NAMES: &str = "
    WITH said AS (
        SELECT human AS name, human AS id, human_proof AS found FROM event
        UNION ALL SELECT approval_by, approval_by, 'approved a call' FROM event
        UNION ALL SELECT role_session, role_session, 'session name' FROM event WHERE contains(role_session, '@')
        UNION ALL SELECT value, value, 'further name in a record' FROM extra_identifier WHERE kind = 'who'
        UNION ALL SELECT human, human, proof FROM session_person
        UNION ALL SELECT human, human, human_proof FROM session
        UNION ALL SELECT human_name, human, 'name of the person behind a session' FROM session
        UNION ALL SELECT id, id, proof FROM person_alias
        UNION ALL SELECT name, id, proof FROM subject WHERE kind = 'person')
    SELECT DISTINCT said.name,
           CASE WHEN contains(alias.name, '@') THEN alias.name ELSE coalesce(alias.person, said.id) END AS person,
           coalesce(said.found, '') AS found
    FROM said LEFT JOIN person_alias alias ON alias.id = said.id
    WHERE said.name <> '' AND said.id <> '' AND NOT starts_with(said.name, 'root/')
    ORDER BY ALL";

/// Returns every name of every person that the records tell of, in order.
pub fn person_names(reader: &Reader) -> Result<Vec<PersonName>, Fault> {
    let rows = reader.rows(NAMES, &[])?;
    let name =
        |row: &Row| PersonName { name: row.text(0), person: row.text(1), found: row.text(2) };
    Ok(rows.iter().map(name).collect())
}

/// Names of what is no person. A record may give a person any name, also that of a tool or of an error.
const THINGS: &str = "
    WITH called AS (SELECT DISTINCT action FROM event)
    SELECT agent FROM event UNION SELECT client FROM event UNION SELECT server FROM event UNION SELECT tool FROM event
    UNION SELECT model FROM event UNION SELECT product FROM event UNION SELECT region FROM event
    UNION SELECT error_code FROM event UNION SELECT action FROM called
    UNION SELECT split_part(action, ':', 1) FROM called UNION SELECT split_part(action, ':', 2) FROM called";

/// Returns the names of agents, clients, servers, tools, models, products, regions, errors and operations in the records,
/// ASCII letters in small.
pub fn thing_names(reader: &Reader) -> Result<BTreeSet<String>, Fault> {
    let rows = reader.rows(THINGS, &[])?;
    let names = rows.iter().filter_map(|row| row.maybe_text(0));
    Ok(names.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect())
}
