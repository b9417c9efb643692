//! `whytrail search`: events whose text matches.

use super::{Context, case, selection, timeline};
use crate::failure::{Ended, Failure};
use crate::query::filter::{Compare, FIELDS, Term};

pub(super) fn run(context: &Context, text: &str, is_regex: bool, field: Option<&str>) -> Ended {
    let mut filter = selection::filter(context)?;
    let known = match field {
        None => None,
        Some(name) => {
            Some(FIELDS.iter().map(|(field, _)| *field).find(|field| *field == name).ok_or_else(
                || {
                    let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
                    Failure::usage(format!("`--field {name}` is no field"))
                        .hint(format!("fields are {}", names.join(" ")))
                },
            )?)
        }
    };
    if text.is_empty() {
        return Err(Failure::usage("the text to look for is empty"));
    }
    let term = match (is_regex, known) {
        (false, None) => Term::Word(text.to_owned()),
        (false, Some(field)) => {
            Term::Field { field, compare: Compare::Contains, value: text.to_owned() }
        }
        (true, known) => {
            regex::Regex::new(text).map_err(|error| {
                Failure::usage(format!("`{text}` is no regular expression: {error}"))
            })?;
            regex_term(text, known)?
        }
    };
    filter.terms.insert(0, term);
    let case = case::open_existing(context)?;
    timeline::print(context, &case.reader()?, &filter)
}

/// A regular expression becomes a condition over the documented view.
fn regex_term(text: &str, field: Option<&str>) -> Result<Term, Failure> {
    let columns: &[&str] = match field {
        None => &["action", "human", "actor", "resource", "error_code", "address", "payload"],
        Some("who") => &["human", "actor", "role_session"],
        Some("what") => &["resource"],
        Some("key") => &["credential"],
        Some("error") => &["error_code"],
        Some("action") => &["action"],
        Some("address") => &["address"],
        Some("session") => &["session"],
        Some("agent") => &["agent", "client"],
        Some("tool") => &["tool"],
        Some("server") => &["server"],
        Some(other) => {
            return Err(Failure::usage(format!("`--regex` does not look in `{other}`"))
                .hint("it looks in who what key error action address session agent tool server"));
        }
    };
    let quoted = text.replace('\'', "''");
    let parts: Vec<String> = columns
        .iter()
        .map(|column| format!("regexp_matches(coalesce({column}, ''), '{quoted}')"))
        .collect();
    Ok(Term::Sql(parts.join(" OR ")))
}
