//! Reads filter text: words, `field:value`, `field=value`, `field!=value`, `time:a..b`, `is:denied`, `has:note`,
//! `link:~`, and after `= ` a SQL condition to the end. Values may stand in double quotes.

use super::filter::{Compare, FIELDS, FilterError, Is, Moment, Term, known_field};
use crate::model::{Grade, Micros};

/// Reads filter text into terms.
pub fn parse(text: &str) -> Result<Vec<Term>, FilterError> {
    let mut terms = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let at = text.len() - trimmed.len();
        if trimmed.is_empty() {
            return Ok(terms);
        }
        if let Some(sql) = trimmed.strip_prefix('=') {
            let sql = sql.trim();
            if sql.is_empty() {
                return Err(error(
                    at,
                    "`=` is followed by a SQL condition, for example `= bytes > 1000`",
                ));
            }
            terms.push(Term::Sql(sql.to_owned()));
            return Ok(terms);
        }
        let (term, after) = one(trimmed, at)?;
        terms.push(term);
        rest = after;
    }
}

fn error(at: usize, message: impl Into<String>) -> FilterError {
    FilterError { at, message: message.into() }
}

/// Reads the term at the beginning of `text` and returns what follows it.
fn one(text: &str, at: usize) -> Result<(Term, &str), FilterError> {
    let name_end = text
        .find(|letter: char| !letter.is_ascii_alphabetic() && letter != '_')
        .unwrap_or(text.len());
    let (name, after) = text.split_at(name_end);
    let sign = ["!=", ":", "="].into_iter().find(|sign| after.starts_with(sign));
    let (Some(sign), false) = (sign, name.is_empty()) else {
        let (word, rest) = value(text, at)?;
        return Ok((Term::Word(word), rest));
    };
    let name = name.to_ascii_lowercase();
    let value_at = at + name_end + sign.len();
    let (value, rest) = value(after.get(sign.len()..).unwrap_or_default(), value_at)?;
    if value.is_empty() {
        return Err(error(value_at, format!("`{name}{sign}` needs a value")));
    }
    Ok((term(&name, sign, value, at, value_at)?, rest))
}

fn term(
    name: &str,
    sign: &str,
    value: String,
    at: usize,
    value_at: usize,
) -> Result<Term, FilterError> {
    match name {
        "time" => time(&value, value_at),
        "is" => Is::WORDS
            .iter()
            .find(|(word, _)| *word == value)
            .map(|(_, is)| Term::Is(*is))
            .ok_or_else(|| {
                let known: Vec<&str> = Is::WORDS.iter().map(|(word, _)| *word).collect();
                error(value_at, format!("`is:` takes one of {}", known.join(" ")))
            }),
        "has" => match value.as_str() {
            "tag" => Ok(Term::HasTag),
            "note" => Ok(Term::HasNote),
            _ => Err(error(value_at, "`has:` takes tag or note")),
        },
        "link" => Grade::from_word(&value)
            .map(Term::Link)
            .ok_or_else(|| error(value_at, "`link:` takes one of = + ~ .")),
        _ => {
            let Some(field) = known_field(name) else {
                let known: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
                return Err(error(
                    at,
                    format!(
                        "`{name}` is no field; fields are {} time is has link",
                        known.join(" ")
                    ),
                ));
            };
            let compare = match sign {
                ":" => Compare::Contains,
                "=" => Compare::Equals,
                _ => Compare::Differs,
            };
            Ok(Term::Field { field, compare, value })
        }
    }
}

/// Reads a bare or quoted value and returns what follows it.
fn value(text: &str, at: usize) -> Result<(String, &str), FilterError> {
    let Some(inside) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Ok((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = inside.char_indices();
    while let Some((index, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, inside.get(index + 1..).unwrap_or_default())),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            _ => value.push(letter),
        }
    }
    Err(error(at, "a quoted value lacks its closing quote"))
}

fn time(value: &str, at: usize) -> Result<Term, FilterError> {
    let (from, to) = value.split_once("..").unwrap_or((value, value));
    let from_moment = moment(from, at, Edge::Start)?;
    let to_moment = moment(to, at, Edge::End)?;
    if from_moment.is_none() && to_moment.is_none() {
        return Err(error(at, "`time:` takes `from..to`, for example time:09:30..09:45"));
    }
    Ok(Term::Time { from: from_moment, to: to_moment })
}

/// Which end of a range a text gives: a date alone means its beginning or its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

fn moment(text: &str, at: usize, edge: Edge) -> Result<Option<Moment>, FilterError> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || error(at, "a time is RFC 3339, a date, or HH:MM[:SS]");
    let is_clock =
        text.chars().all(|letter| letter.is_ascii_digit() || letter == ':' || letter == '.');
    if is_clock && text.contains(':') {
        return time_of_day(text).map(|micros| Some(Moment::TimeOfDay(micros))).ok_or_else(bad);
    }
    if text.len() == 10 {
        let (midnight, _) = Micros::parse(&format!("{text}T00:00:00Z")).ok_or_else(bad)?;
        let shift = if edge == Edge::End { 86_400_000_000 } else { 0 };
        return Ok(Some(Moment::At(Micros(midnight.0 + shift))));
    }
    let (time, _) = Micros::parse(text).ok_or_else(bad)?;
    Ok(Some(Moment::At(time)))
}

/// Returns microseconds since midnight for `HH:MM[:SS[.ffffff]]`.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let (second, fraction) =
        parts.next().map_or(("0", "0"), |text| text.split_once('.').unwrap_or((text, "0")));
    let second: i64 = second.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let is_valid = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    is_valid.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::filter::Filter;

    #[test]
    fn every_form_is_read() {
        let text = "deploy who:alice session=key:ASIA1 outcome!=success time:09:30..09:45 is:denied has:note link:~ \
                    what:\"a b\" = bytes > 10 and region = 'x'";
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.terms.len(), 10);
        assert_eq!(filter.terms[0], Term::Word("deploy".into()));
        assert_eq!(filter.terms[9], Term::Sql("bytes > 10 and region = 'x'".into()));
        assert_eq!(Filter::parse(&filter.text()).unwrap(), filter);
    }

    #[test]
    fn mistakes_name_their_place() {
        let at = |text: &str| Filter::parse(text).unwrap_err().at;
        assert_eq!(at("ok whoo:alice"), 3);
        assert_eq!(at("time:25:00..26:00"), 5);
        assert_eq!(at("is:bad"), 3);
        assert_eq!(at("who:"), 4);
        assert_eq!(at("what:\"open"), 5);
    }

    #[test]
    fn date_covers_its_day() {
        let Term::Time { from: Some(Moment::At(from)), to: Some(Moment::At(to)) } =
            Filter::parse("time:2026-07-12").unwrap().terms.remove(0)
        else {
            panic!("not a range");
        };
        assert_eq!(to.0 - from.0, 86_400_000_000);
    }

    proptest! {
        #[test]
        fn text_reads_back(value in "[a-z\"\\\\ =:*#@/.-]{1,12}", field in 0..FIELDS.len()) {
            let filter = Filter::new(vec![
                Term::Word(value.clone()),
                Term::Field { field: FIELDS[field].0, compare: Compare::Equals, value },
            ]);
            prop_assert_eq!(Filter::parse(&filter.text()).unwrap(), filter);
        }
    }
}
