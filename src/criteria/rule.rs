//! One rule: a TOML file with a question for its population, a question for its exceptions, what both need, and its own
//! tests. Owns the form of the file and the place of every fault in it; what a rule comes to is `evaluate`'s.
//!
//! ```toml
//! [rule]
//! id = "ATTR"
//! version = "1.0.0"                 # changes with every change of a question
//! title = "Every event names who acted"
//! asks = "..."                      # one sentence
//! strength = "strong"               # strong | partial | context
//! severity = "medium"               # low | medium | high | critical: of a finding made of an exception
//! needs = ["scope.agents", "plane:gateway|mcp"]   # without one of these: cannot-tell
//! uses = ["scope.consequential"]    # read when declared; a change of it runs the rule again
//! bars = ["mcp", "gateway"]         # grave blind spots on these planes (`*`: on any) bar `supports`
//! rests_on = ["MODEL"]              # rules that must not be worse than `supports`, else this one is a gap
//! reads_journal = true              # tags and notes are part of the question: it runs again after each
//! marks = "SELECT DISTINCT plane FROM marked"     # or this part of them alone, which the questions below name `marks`
//! cannot_show = "..."               # one sentence
//! shared = "seen AS (SELECT ...)"   # optional: tables that exception, unknown and excluded share
//! population = "SELECT CAST(id AS VARCHAR) AS item, n FROM ev WHERE kind <> 'session'"
//! exception = "SELECT item, n, 'no actor is named' AS why FROM population JOIN ev USING (n) WHERE actor IS NULL"
//! unknown = "..."                   # optional, same columns: nothing can be told of these
//! excluded = "..."                  # optional: columns why, count
//!
//! [thresholds]
//! burst = { default = 10, unit = "events", why = "..." }    # `$burst` in a question; facts may declare another
//!
//! [[test]]                          # at least one for each of supports, gap, cannot-tell
//! name = "..."
//! verdict = "gap"
//! exceptions = 1
//! facts = '''...'''                 # a case.toml
//! rows = [{ plane = "cloudtrail", actor = "a" }]            # columns of `event`; what is not said is plain
//! sql = "INSERT INTO ..."           # optional: rows of other tables
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::pack::{PackError, Strength};
use super::{stage, words};
use crate::model::rows::Severity;
use crate::source::hex;

/// A rule as loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub id: String,
    pub version: String,
    pub title: String,
    /// What it looks for, in one sentence.
    pub asks: String,
    pub strength: Strength,
    pub severity: Severity,
    /// Facts (`scope.allow`) and planes (`plane:gateway|mcp`) without which nothing can be told.
    pub needs: Vec<String>,
    /// Facts that are read when they are declared.
    pub uses: Vec<String>,
    /// Planes on which grave blind spots bar `supports`; `*` is any.
    pub bars: Vec<String>,
    /// Rules that it rests on.
    pub rests_on: Vec<String>,
    /// Tags and notes are part of the question.
    pub reads_journal: bool,
    /// All that it reads of tags and notes, over `marked`; its other questions name the answer `marks`.
    pub marks: Option<String>,
    pub cannot_show: String,
    /// Tables that the questions share, as `name AS (SELECT ...)`, after `population`.
    pub shared: Option<String>,
    pub population: String,
    pub exception: String,
    pub unknown: Option<String>,
    pub excluded: Option<String>,
    pub thresholds: BTreeMap<String, Threshold>,
    /// Tests of the file, in its order.
    pub tests: Vec<RuleTest>,
    /// Digest of the file's bytes in hex.
    pub sha256: String,
    /// Name of the file, for faults.
    pub file: String,
}

/// A number that a rule rests on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub default: f64,
    pub unit: String,
    pub why: String,
}

/// A test of a rule: rows and facts, and what the rule must come to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTest {
    pub name: String,
    pub verdict: String,
    #[serde(default)]
    pub exceptions: u64,
    #[serde(default)]
    pub facts: String,
    #[serde(default)]
    pub rows: Vec<toml::Table>,
    #[serde(default)]
    pub sql: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Head,
    #[serde(default)]
    thresholds: BTreeMap<String, Threshold>,
    #[serde(default)]
    test: Vec<RuleTest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: Spanned<String>,
    version: String,
    title: String,
    asks: String,
    strength: Strength,
    severity: Spanned<String>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    #[serde(default)]
    uses: Vec<String>,
    #[serde(default)]
    bars: Vec<String>,
    #[serde(default)]
    rests_on: Vec<String>,
    #[serde(default)]
    reads_journal: bool,
    marks: Option<Spanned<String>>,
    cannot_show: String,
    shared: Option<Spanned<String>>,
    population: Spanned<String>,
    exception: Spanned<String>,
    unknown: Option<Spanned<String>>,
    excluded: Option<Spanned<String>>,
}

/// Words of the `needs` that are planes.
pub(super) const PLANE: &str = "plane:";

impl Rule {
    /// Reads a rule. `file` is the name that faults are told with.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let fault = |span: Option<Range<usize>>, reason: String| {
            let (line, column) = super::pack::place(text, span.map_or(0, |span| span.start));
            PackError { file: file.to_owned(), line, column, reason }
        };
        let read: File = toml::from_str(text).map_err(|error| {
            fault(error.span(), error.message().lines().next().unwrap_or_default().to_owned())
        })?;
        let head = read.rule;
        let id_span = head.id.span();
        let id = head.id.into_inner();
        if id.is_empty()
            || !id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        {
            return Err(fault(
                Some(id_span),
                format!("`{id}` is no id of a rule: letters, digits and `-`"),
            ));
        }
        let severity_span = head.severity.span();
        let severity = Severity::from_word(head.severity.as_ref()).ok_or_else(|| {
            fault(Some(severity_span), format!("`{}` is no severity", head.severity.as_ref()))
        })?;
        for need in &head.needs {
            check_need(need.as_ref()).map_err(|reason| fault(Some(need.span()), reason))?;
        }
        let journal =
            Journal { is_read: head.reads_journal, is_through_marks: head.marks.is_some() };
        let checked = |asked: Spanned<String>, part: Part| {
            let span = asked.span();
            let asked = asked.into_inner();
            match part.check(&asked, &read.thresholds, journal) {
                Ok(()) => Ok(asked),
                Err(reason) => Err(fault(Some(span), reason)),
            }
        };
        let question = |asked| checked(asked, Part::Question);
        let marks = head.marks.map(|asked| checked(asked, Part::Marks)).transpose()?;
        Ok(Self {
            id,
            version: head.version,
            title: head.title,
            asks: head.asks,
            strength: head.strength,
            severity,
            needs: head.needs.into_iter().map(Spanned::into_inner).collect(),
            uses: head.uses,
            bars: head.bars,
            rests_on: head.rests_on,
            reads_journal: head.reads_journal || marks.is_some(),
            marks,
            cannot_show: head.cannot_show,
            shared: head.shared.map(|asked| checked(asked, Part::Shared)).transpose()?,
            population: question(head.population)?,
            exception: question(head.exception)?,
            unknown: head.unknown.map(question).transpose()?,
            excluded: head.excluded.map(question).transpose()?,
            thresholds: read.thresholds.clone(),
            tests: read.test,
            sha256: hex(&Sha256::digest(text)),
            file: file.to_owned(),
        })
    }

    /// Returns the planes of which one must be there, for each need that names planes.
    pub fn planes_needed(&self) -> impl Iterator<Item = Vec<&str>> {
        self.needs
            .iter()
            .filter_map(|need| need.strip_prefix(PLANE))
            .map(|any| any.split('|').collect())
    }

    /// Returns the rule for people who want to ask its questions themselves.
    pub fn as_text(&self) -> String {
        let mut text = format!("{} {}  {}\n{}\n", self.id, self.version, self.title, self.asks);
        let thresholds = self
            .thresholds
            .iter()
            .map(|(name, one)| format!("${name} = {} {}: {}\n", one.default, one.unit, one.why));
        text.extend(thresholds);
        let questions = [
            ("marks", self.marks.as_ref()),
            ("population", Some(&self.population)),
            ("shared", self.shared.as_ref()),
            ("exception", Some(&self.exception)),
            ("cannot be told", self.unknown.as_ref()),
            ("left out", self.excluded.as_ref()),
        ];
        for (name, question) in questions {
            if let Some(question) = question {
                text.extend(["-- ", name, "\n", question.trim(), "\n"]);
            }
        }
        text
    }

    /// Returns its questions and what they share.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let always = [self.population.as_str(), self.exception.as_str()];
        let more = [&self.marks, &self.shared, &self.unknown, &self.excluded];
        always.into_iter().chain(more.into_iter().filter_map(Option::as_deref))
    }

    /// Returns the texts behind what it looks at and what it leaves out.
    pub(super) fn texts_of_scope(&self) -> impl Iterator<Item = &str> {
        let shared = self.excluded.as_ref().and(self.shared.as_deref());
        [self.marks.as_deref(), Some(self.population.as_str()), shared, self.excluded.as_deref()]
            .into_iter()
            .flatten()
    }

    /// Returns the facts without which nothing can be told.
    pub fn facts_needed(&self) -> impl Iterator<Item = &str> {
        self.needs.iter().filter(|need| !need.starts_with(PLANE)).map(String::as_str)
    }
}

fn check_need(need: &str) -> Result<(), String> {
    if let Some(planes) = need.strip_prefix(PLANE) {
        return match planes.split('|').find(|word| crate::model::Plane::from_word(word).is_none()) {
            None => Ok(()),
            Some(word) => Err(format!("`{word}` is no plane")),
        };
    }
    let is_key = !need.is_empty()
        && need
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '|'));
    if is_key { Ok(()) } else { Err(format!("`{need}` is neither a fact nor `plane:NAME`")) }
}

/// Texts of a rule, each with a form of its own.
#[derive(Clone, Copy)]
enum Part {
    Marks,
    Shared,
    Question,
}

impl Part {
    fn check(
        self,
        text: &str,
        thresholds: &BTreeMap<String, Threshold>,
        journal: Journal,
    ) -> Result<(), String> {
        match self {
            Self::Marks => check_question(text, thresholds),
            Self::Shared => check_text(text, thresholds).and_then(|()| journal.check(text)),
            Self::Question => check_question(text, thresholds).and_then(|()| journal.check(text)),
        }
    }
}

/// How a rule reads tags and notes.
#[derive(Clone, Copy)]
struct Journal {
    is_read: bool,
    is_through_marks: bool,
}

impl Journal {
    /// A rule that read tags or notes without saying so would be kept when they change.
    fn check(self, question: &str) -> Result<(), String> {
        let names_marks = words::any(question, &stage::JOURNAL);
        if self.is_through_marks {
            let named =
                stage::JOURNAL.into_iter().filter(|name| *name != stage::TAGGED_SESSION_EVENT);
            let named: Vec<&str> = named.collect();
            if words::any(question, &named) {
                return Err(
                    "a rule with `marks` reads tags and notes there, and its answer as `marks`"
                        .to_owned(),
                );
            }
        } else if names_marks && !self.is_read {
            return Err(
                "it reads tags or notes: say so with `marks` or `reads_journal = true`".to_owned()
            );
        }
        Ok(())
    }
}

/// A question is one `SELECT`: it stands inside another one, so what writes cannot be said, but a second statement must
/// not follow it.
fn check_question(question: &str, thresholds: &BTreeMap<String, Threshold>) -> Result<(), String> {
    let first = question.trim_start().split(|letter: char| !letter.is_ascii_alphabetic()).next();
    if !first.is_some_and(|word| {
        ["select", "with", "from"].iter().any(|known| word.eq_ignore_ascii_case(known))
    }) {
        return Err("a question begins with SELECT, WITH or FROM: rules only read".to_owned());
    }
    check_text(question, thresholds)
}

fn check_text(question: &str, thresholds: &BTreeMap<String, Threshold>) -> Result<(), String> {
    if question.contains(';') {
        return Err("a question is one statement: leave out `;`".to_owned());
    }
    for name in names_of_thresholds(question) {
        if !thresholds.contains_key(name) {
            return Err(format!(
                "`${name}` is no threshold of this rule\nhint: declare it under [thresholds]"
            ));
        }
    }
    Ok(())
}

/// Returns the names after `$` in a question.
pub(super) fn names_of_thresholds(question: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in question.split('$').skip(1) {
        let end = part
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .unwrap_or(part.len());
        let name = part.get(..end).unwrap_or_default();
        if name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"
[rule]
id = "HOUSE-1"
version = "1.0.0"
title = "t"
asks = "a"
strength = "strong"
severity = "high"
needs = ["scope.allow", "plane:gateway|mcp"]
cannot_show = "c"
population = "SELECT n FROM ev"
exception = "SELECT n FROM ev WHERE bytes > $most"
[thresholds]
most = { default = 10, unit = "bytes", why = "w" }
"#;

    fn fault(from: &str, to: &str) -> String {
        Rule::parse("house.toml", &RULE.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn rule_is_read_with_what_it_needs() {
        let rule = Rule::parse("house.toml", RULE).unwrap();
        assert_eq!(rule.facts_needed().collect::<Vec<_>>(), ["scope.allow"]);
        assert_eq!(rule.planes_needed().collect::<Vec<_>>(), [["gateway", "mcp"]]);
        assert_eq!(rule.sha256.len(), 64);
    }

    #[test]
    fn faults_name_file_line_and_what_is_wrong() {
        assert_eq!(
            fault("SELECT n FROM ev\"", "DELETE FROM event\""),
            "`house.toml` line 11 column 14: a question begins with SELECT, WITH or FROM: rules only read"
        );
        assert!(fault("SELECT n FROM ev\"", "SELECT 1 ; DROP TABLE event\"").contains("line 11"));
        assert!(fault("$most", "$least").contains("`$least` is no threshold"));
        assert!(fault("gateway|mcp", "gateway|moon").contains("`moon` is no plane"));
        assert!(fault("severity = \"high\"", "severity = \"huge\"").contains("line 8"));
        assert!(fault("asks", "asky").contains("unknown field"));
        assert!(fault("HOUSE-1", "a b").contains("no id of a rule"));
    }
}
