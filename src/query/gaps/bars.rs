//! When an empty answer cannot tell: a filter that asks for what a blind spot kept out of the records. Pure.

use crate::model::gaps::BlindSpot;
use crate::query::filter::{Compare, Filter, Is, Moment, Term};

/// Returns the gravest blind spot that a filter's rows may have fallen into; the first by number among equals.
pub fn barring<'s>(spots: &'s [BlindSpot], filter: &Filter) -> Option<&'s BlindSpot> {
    if !filter.enabled || filter.terms.is_empty() {
        return None;
    }
    spots
        .iter()
        .filter(|spot| spot.is_grave() && is_in_time(spot, filter) && is_about(spot, filter))
        .min_by_key(|spot| (spot.grade, spot.number))
}

/// Returns false when the filter's time lies wholly outside the stretch.
fn is_in_time(spot: &BlindSpot, filter: &Filter) -> bool {
    filter.terms.iter().all(|term| match term {
        Term::Time { from, to } => {
            let begins = match from {
                Some(Moment::At(time)) => spot.to.is_none_or(|end| *time <= end),
                _ => true,
            };
            let ends = match to {
                Some(Moment::At(time)) => spot.from.is_none_or(|start| *time > start),
                _ => true,
            };
            begins && ends
        }
        _ => true,
    })
}

/// Returns true when the filter asks for what the spot concerns.
fn is_about(spot: &BlindSpot, filter: &Filter) -> bool {
    let mut terms = filter.terms.iter();
    match spot.kind.as_str() {
        "data events" => terms.any(|term| is_data(spot, term)),
        "silence" | "plane" => {
            let has_time = filter.terms.iter().any(|term| matches!(term, Term::Time { .. }));
            let is_plane = |term: &Term| is_of_plane(spot, term);
            filter.terms.iter().any(is_plane)
                || (has_time && spot.kind == "silence" && names_no_plane(filter))
        }
        "account" => terms.any(|term| {
            matches!(term, Term::Field { field: "account" | "what", value, .. }
                     if spot.account.as_ref().is_some_and(|account| value.contains(account)))
        }),
        _ => false,
    }
}

fn names_no_plane(filter: &Filter) -> bool {
    !filter.terms.iter().any(|term| matches!(term, Term::Field { field: "source", .. }))
}

/// The service of data events, in the words of an action or a resource.
fn is_data(spot: &BlindSpot, term: &Term) -> bool {
    let service = ["s3", "lambda", "dynamodb"]
        .into_iter()
        .find(|service| spot.key.contains(&format!("{service} data")));
    let Some(service) = service else { return false };
    match term {
        Term::Field { compare: Compare::Differs, .. } => false,
        Term::Field { field: "action", value, .. } => {
            let value = value.to_ascii_lowercase();
            let operations: &[&str] = match service {
                "s3" => &["object", "upload", "s3:"],
                "lambda" => &["invoke", "lambda:"],
                _ => &["item", "query", "scan", "dynamodb:"],
            };
            operations.iter().any(|operation| value.contains(operation))
        }
        Term::Field { field: "what", value, .. } => {
            let value = value.to_ascii_lowercase();
            value.contains(&format!(":{service}:"))
                || (service == "s3" && value.contains('/') && !value.contains("role/"))
        }
        _ => false,
    }
}

fn is_of_plane(spot: &BlindSpot, term: &Term) -> bool {
    let Some(plane) = spot.plane.as_deref() else { return false };
    let letter = crate::model::Plane::from_word(plane).map(|plane| plane.letter().to_string());
    match term {
        Term::Field { field: "source", compare, value } if *compare != Compare::Differs => {
            value.eq_ignore_ascii_case(plane) || letter.as_deref() == Some(value.as_str())
        }
        Term::Field { field: "product", compare, value } if *compare != Compare::Differs => {
            spot.product.as_deref() == Some(value.as_str())
        }
        Term::Field { field: "tool" | "server" | "decision" | "policy", .. } => {
            matches!(plane, "gateway" | "mcp")
        }
        Term::Is(Is::Asked) => matches!(plane, "gateway" | "mcp" | "transcript"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Micros;
    use crate::model::gaps::{Certainty, SpotGrade};

    fn spot(number: u32, kind: &str, key: &str, plane: &str, hours: (i64, i64)) -> BlindSpot {
        let hour = |hour: i64| Some(Micros(1_783_814_400_000_000 + hour * 3_600_000_000));
        BlindSpot {
            number,
            key: key.to_owned(),
            kind: kind.to_owned(),
            grade: SpotGrade::Medium,
            certainty: Certainty::Certain,
            plane: Some(plane.to_owned()),
            product: None,
            account: None,
            source: None,
            from: hour(hours.0),
            to: hour(hours.1),
            title: String::new(),
            detail: String::new(),
            forbids: String::new(),
            events: 0,
            filter: String::new(),
            examples: Vec::new(),
        }
    }

    fn hit(text: &str) -> Option<u32> {
        let spots = [
            spot(1, "silence", "gateway", "gateway", (9, 10)),
            spot(2, "data events", "start|s3 data", "cloudtrail", (0, 1)),
        ];
        barring(&spots, &Filter::parse(text).unwrap()).map(|spot| spot.number)
    }

    #[test]
    fn only_filters_that_ask_for_what_is_hidden_are_barred() {
        assert_eq!(hit("source=gateway"), Some(1));
        assert_eq!(hit("source=G time:2026-07-12T09:20:00Z..2026-07-12T09:30:00Z"), Some(1));
        assert_eq!(hit("source=G time:2026-07-12T12:20:00Z..2026-07-12T12:30:00Z"), None);
        assert_eq!(
            hit("action:GetObject time:2026-07-12T00:10:00Z..2026-07-12T00:30:00Z"),
            Some(2)
        );
        assert_eq!(hit("action:GetObject time:2026-07-12T03:10:00Z..2026-07-12T03:30:00Z"), None);
        assert_eq!(hit("who:alice"), None);
        assert_eq!(hit("source!=gateway"), None);
    }
}
