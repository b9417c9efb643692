//! Values that a case knows to be identifiers of people, accounts, keys and hosts: what an export under pseudonyms replaces
//! wherever it stands.

use crate::store::{Fault, Reader};

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
