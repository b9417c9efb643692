//! The one place that names the libraries that parse and match Sigma rules. Turns a document into a rule that can be asked
//! about a record, or into the spot where it is wrong. Must not read files, and hands out no type of the libraries.

mod filter;
mod joined;
mod need;
mod parse;

use std::borrow::Cow;
use std::collections::BTreeSet;

use rsigma_eval::{CompiledRule, Event, EventValue, compile_rule, evaluate_rule};
use rsigma_parser::SigmaRule;
use serde_json::Value;

use super::correlate::Correlation;
use super::record::{Piece, Record};
use super::rules::Head;

pub(super) use filter::Filter;
pub(super) use need::Need;
pub(super) use parse::{Read, read};

/// What one document says.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) head: Head,
    pub(super) asks: Asks,
}

/// What a rule asks.
#[derive(Debug)]
pub(super) enum Asks {
    Records(Box<Detector>),
    Matches(Box<Correlation>),
    Narrower(Box<Filter>),
    /// Asks another log than CloudTrail.
    Elsewhere,
}

/// Members that a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Looks {
    /// Paths of members.
    pub(super) paths: BTreeSet<String>,
    /// Paths of members that others are compared with.
    referred: BTreeSet<String>,
    /// Looks at every text of a record.
    pub(super) at_all: bool,
}

/// A rule that can be asked about a record.
#[derive(Debug)]
pub(super) struct Detector {
    source: SigmaRule,
    compiled: CompiledRule,
    /// Literals of which a record must have one; `None` when nothing can be said.
    pub(super) need: Option<Need>,
    pub(super) looks: Looks,
}

impl Detector {
    /// Compiles a rule, or says why that fails.
    fn new(source: SigmaRule) -> Result<Self, String> {
        let compiled = compile_rule(&source).map_err(|error| error.to_string())?;
        let need = need::of_rule(&source.detection);
        let looks = parse::looks(&source.detection);
        Ok(Self { source, compiled, need, looks })
    }

    /// Returns true when the record is what the rule describes.
    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        let asked = Asked { record, referred: &self.looks.referred };
        evaluate_rule(&self.compiled, &asked).is_some()
    }
}

/// A record as the library asks about it.
struct Asked<'a, 'r> {
    record: &'a Record<'r>,
    referred: &'a BTreeSet<String>,
}

impl Event for Asked<'_, '_> {
    /// An absent member is given as null, because in a list of values the library asks null alone about absent members. Where
    /// two members are compared, it stays absent: two that are not there are not equal.
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        let Some(mut pieces) = self.record.pieces(path) else {
            return (!self.referred.contains(path)).then_some(EventValue::Null);
        };
        if pieces.len() == 1 {
            return pieces.pop().map(value);
        }
        Some(EventValue::Array(pieces.into_iter().map(value).collect()))
    }

    fn any_string_value(&self, holds: &dyn Fn(&str) -> bool) -> bool {
        self.record.any_text(&mut |text: &str| holds(text))
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let mut all = Vec::new();
        self.record.any_text(&mut |text: &str| {
            all.push(Cow::Owned(text.to_owned()));
            false
        });
        all
    }

    /// Only asked for where a rule wants the event in its answer, which nobody reads here.
    fn to_json(&self) -> Value {
        Value::Null
    }
}

fn value(piece: Piece<'_>) -> EventValue<'_> {
    match piece {
        Piece::Text(text) => EventValue::Str(text),
        Piece::Whole(number) => EventValue::Int(number),
        Piece::Float(number) => EventValue::Float(number),
        Piece::Flag(flag) => EventValue::Bool(flag),
        Piece::Null => EventValue::Null,
    }
}

#[cfg(test)]
mod tests;
