//! The shared filters as one [`Filter`]. A value that makes no sense is a usage error before anything is read.

use super::Context;
use crate::clock;
use crate::failure::Failure;
use crate::model::Micros;
use crate::query::Filter;
use crate::query::filter::{Compare, FIELDS, Moment, Term};

/// Returns the filter that the shared flags describe.
pub(super) fn filter(context: &Context) -> Result<Filter, Failure> {
    let flags = &context.shared.filters;
    let mut terms = match &flags.filter {
        None => Vec::new(),
        Some(text) => Filter::parse(text)?.terms,
    };
    let from = flags.since.as_deref().map(|text| moment("--since", text)).transpose()?;
    let to = flags.until.as_deref().map(|text| moment("--until", text)).transpose()?;
    if from.is_some() || to.is_some() {
        terms.push(Term::Time { from: from.map(Moment::At), to: to.map(Moment::At) });
    }
    for (name, value) in [
        ("who", &flags.who),
        ("session", &flags.session),
        ("agent", &flags.agent),
        ("what", &flags.what),
        ("action", &flags.action),
        ("outcome", &flags.outcome),
        ("source", &flags.source),
        ("address", &flags.address),
        ("tag", &flags.tag),
    ] {
        if let Some(value) = value {
            terms.push(term(name, value)?);
        }
    }
    if let Some(grade) = &flags.link {
        terms.extend(Filter::parse(&format!("link:{grade}"))?.terms);
    }
    if let Some(sql) = &flags.sql {
        terms.push(Term::Sql(sql.clone()));
    }
    Ok(Filter::new(terms))
}

fn term(name: &str, value: &str) -> Result<Term, Failure> {
    use crate::model::{Outcome, Plane};
    let is_known = match name {
        "outcome" => Outcome::ALL
            .iter()
            .any(|one| one.as_str() == value || one.screen().eq_ignore_ascii_case(value)),
        "source" => {
            Plane::ALL.iter().any(|one| one.as_str() == value || one.letter().to_string() == value)
        }
        _ => !value.is_empty(),
    };
    if !is_known {
        let words: Vec<&str> = match name {
            "outcome" => Outcome::ALL.iter().map(|one| one.as_str()).collect(),
            "source" => Plane::ALL.iter().map(|one| one.as_str()).collect(),
            _ => vec!["a value that is not empty"],
        };
        return Err(Failure::usage(format!("`--{name} {value}` is not known"))
            .hint(format!("takes {}", words.join(", "))));
    }
    let compare = match name {
        "session" | "outcome" | "source" => Compare::Equals,
        _ => Compare::Contains,
    };
    let field =
        FIELDS.iter().map(|(field, _)| *field).find(|field| *field == name).unwrap_or("who");
    Ok(Term::Field { field, compare, value: value.to_owned() })
}

/// Reads RFC 3339, a date, or `2h ago`.
pub(super) fn moment(flag: &str, text: &str) -> Result<Micros, Failure> {
    if let Some(span) = text.strip_suffix(" ago") {
        let micros = duration(span).ok_or_else(|| bad_time(flag, text))?;
        return Ok(Micros(clock::now().0 - micros));
    }
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    Micros::parse(&full).map(|(time, _)| time).ok_or_else(|| bad_time(flag, text))
}

fn bad_time(flag: &str, text: &str) -> Failure {
    Failure::usage(format!("`{flag} {text}` is no time"))
        .hint("RFC 3339 (2026-07-12T09:30:00Z), a date, or `2h ago`")
}

/// Reads `90s`, `5m`, `2h`, `3d` into microseconds.
pub(super) fn duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(seconds)?.checked_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_mistakes_refused() {
        assert_eq!(
            moment("--since", "2026-07-12").unwrap().to_string(),
            "2026-07-12T00:00:00.000Z"
        );
        assert!(moment("--since", "2h ago").unwrap() < clock::now());
        assert!(moment("--since", "soon").is_err());
        assert_eq!(duration("90s"), Some(90_000_000));
        assert_eq!(duration("5"), None);
    }

    #[test]
    fn unknown_outcome_is_a_usage_error() {
        assert!(term("outcome", "DENY").is_ok());
        assert!(term("outcome", "nope").is_err());
    }
}
