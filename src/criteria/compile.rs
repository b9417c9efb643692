//! Rules as questions of the store: the views and tables that a rule may name (`stage` makes them), and its texts with
//! thresholds filled in. Must not decide what an answer means.
//!
//! A rule may name:
//!
//! - `ev`: every event with the columns of `whytrail schema events`, and `n`, its number in the store;
//! - `agent_event(n, session, agent, on_behalf_of)`: events of agents, with the person their session acted for;
//! - `six(n, letters)`: the six elements of each event (`IRcT-O`);
//! - `boundary_of(n, result, entry, why)`: inside, outside, undeclared, cannot-tell, for events of agents;
//! - `link(a, b, grade, key)`, `session`, `session_person`, `session_parent`, `source`, `source_group`, `blind_spot`,
//!   `proof_verdict`, `clock_offset`, `key_life`, `spend`, `redaction`, `reject`;
//! - `tag`, `note`, or rather `marked(id, is_tagged, is_noted, is_bad, n, ts, plane, kind, outcome, action, actor, human,
//!   agent, credential, session, agent_session)` in its `marks`, whose answer the other questions name `marks`;
//! - `tagged_session_event`, as `agent_event`, in the sessions of tagged events; in all while nothing is tagged;
//! - what a person declared: the tables of [`FactTable`], empty when nothing was.

use super::rule::Rule;
use super::stage::TAGGED_SESSION_EVENT;
use super::words;
use crate::query::sql::Condition;
use crate::store::{Fault, Reader, Value};

/// A table of declared facts as rules see it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FactTable {
    /// `fact_agent`
    pub(super) name: &'static str,
    /// Names and types of its columns.
    pub(super) columns: &'static str,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A rule's question with its thresholds filled in.
fn with_thresholds(question: &str, rule: &Rule, declared: &dyn Fn(&str) -> Option<f64>) -> String {
    let mut filled = question.to_owned();
    let mut names: Vec<&str> = super::rule::names_of_thresholds(question);
    // `$rate_limit` before `$rate`.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        if let Some(threshold) = rule.thresholds.get(name) {
            let value = declared(name).unwrap_or(threshold.default);
            filled = filled.replace(&format!("${name}"), &format!("{value}"));
        }
    }
    filled
}

/// The questions of a rule with thresholds filled in.
#[derive(Debug, Clone)]
pub(super) struct Questions {
    /// `marks AS (...),` or nothing.
    marks: String,
    population: String,
    shared: String,
    exception: String,
    unknown: Option<String>,
    excluded: Option<String>,
    /// Narrows items, not what the questions look at.
    only: &'static str,
}

/// Returns true when a text of a rule with `marks` names what follows from tags and notes.
fn reads_marks(text: &str) -> bool {
    words::any(text, &["marks", TAGGED_SESSION_EVENT])
}

/// Keeps the items whose event is under the filter of [`set_filter`].
const UNDER_FILTER: &str = "WHERE n IN (SELECT n FROM kept_by_filter)";

/// Makes the table of the events that a condition over `event e` keeps.
pub(super) fn set_filter(reader: &Reader, condition: &Condition) -> Result<(), Fault> {
    // A condition of the user's own must not write: what cannot be asked in a transaction that only reads is refused.
    reader.rows("BEGIN TRANSACTION READ ONLY", &[])?;
    let sql = format!("SELECT e.n FROM event e WHERE {} LIMIT 1", condition.sql);
    let tried = reader.rows(&sql, &condition.values);
    reader.rows("ROLLBACK", &[])?;
    tried?;
    let sql = format!(
        "CREATE OR REPLACE TEMP TABLE kept_by_filter AS SELECT e.n FROM event e WHERE {}",
        condition.sql
    );
    reader.rows(&sql, &condition.values)?;
    Ok(())
}

impl Questions {
    /// Returns the questions of a rule; `declared` gives the thresholds that a person declared.
    pub(super) fn of(rule: &Rule, declared: &dyn Fn(&str) -> Option<f64>) -> Self {
        let filled = |question: &String| with_thresholds(question, rule, declared);
        let marks = |one: &String| format!("marks AS MATERIALIZED (\n{}\n),", filled(one));
        Self {
            marks: rule.marks.as_ref().map_or_else(String::new, marks),
            population: filled(&rule.population),
            shared: rule
                .shared
                .as_ref()
                .map_or_else(String::new, |one| format!("{},", filled(one))),
            exception: filled(&rule.exception),
            unknown: rule.unknown.as_ref().map(filled),
            excluded: rule.excluded.as_ref().map(filled),
            only: "",
        }
    }

    /// Returns the same questions about items whose event is under the filter. Rules look at everything all the same: what
    /// a filter hides is not absent.
    pub(super) fn under_filter(self) -> Self {
        Self { only: UNDER_FILTER, ..self }
    }

    /// Returns true when the size of the population may change with tags and notes.
    pub(super) fn count_reads_marks(&self) -> bool {
        reads_marks(&self.population)
    }

    /// Returns true when what is left out may change with tags and notes.
    pub(super) fn excluded_reads_marks(&self) -> bool {
        self.excluded.as_ref().is_some_and(|excluded| self.instances_read_marks(excluded))
    }

    /// Returns true when what the rule looks at, or what it leaves out, may change with tags and notes.
    pub(super) fn scope_reads_marks(&self) -> bool {
        self.count_reads_marks() || self.excluded_reads_marks()
    }

    /// Returns true when exceptions may change with tags and notes.
    pub(super) fn exceptions_read_marks(&self) -> bool {
        self.instances_read_marks(&self.exception)
    }

    /// Returns true when the items about which nothing can be told may change with tags and notes.
    pub(super) fn unknowns_read_marks(&self) -> bool {
        self.unknown.as_ref().is_some_and(|unknown| self.instances_read_marks(unknown))
    }

    fn instances_read_marks(&self, question: &str) -> bool {
        [question, &self.shared, &self.population].into_iter().any(reads_marks)
    }

    /// Returns the question for what the rule reads of tags and notes, if it says so.
    pub(super) fn marks(&self) -> Option<String> {
        let is_there = !self.marks.is_empty();
        is_there.then(|| {
            let marks = self.marks.trim_end_matches(',');
            format!("WITH {marks} SELECT * FROM marks ORDER BY ALL")
        })
    }

    /// Returns the question for the size of the population. One row: the count.
    pub(super) fn count(&self) -> String {
        let Self { marks, population, only, .. } = self;
        format!(
            "WITH {marks} population AS (\n{population}\n) SELECT count(*) FROM population {only}"
        )
    }

    /// Returns the question for exceptions, by time: count of all, item, event, time, why.
    pub(super) fn exceptions(&self, limit: usize) -> String {
        self.instances(&self.exception, limit)
    }

    /// Returns the question for items about which nothing can be told, in the form of [`Self::exceptions`].
    pub(super) fn unknowns(&self, limit: usize) -> Option<String> {
        self.unknown.as_ref().map(|unknown| self.instances(unknown, limit))
    }

    fn instances(&self, instances: &str, limit: usize) -> String {
        let Self { marks, population, shared, only, .. } = self;
        format!(
            "WITH {marks} population AS (\n{population}\n), {shared} found AS MATERIALIZED (
               SELECT CAST(item AS VARCHAR) AS item, n, CAST(why AS VARCHAR) AS why FROM (\n{instances}\n) {only})
             SELECT (SELECT count(*) FROM found), found.item, e.id, e.ts, found.why
             FROM found LEFT JOIN event e ON e.n = found.n
             ORDER BY e.ts NULLS LAST, found.item, found.why, e.id LIMIT {limit}"
        )
    }

    /// Returns the question for what is left out: why and count.
    pub(super) fn excluded(&self) -> Option<String> {
        let Self { marks, population, shared, .. } = self;
        self.excluded.as_ref().map(|excluded| {
            format!(
                "WITH {marks} population AS (\n{population}\n), {shared} found AS (\n{excluded}\n)
                 SELECT why, count FROM found WHERE count > 0 ORDER BY why"
            )
        })
    }

    /// Returns another question over the same items. `select` may name `population`, the rule's shared tables, and what
    /// the rule says of items: `gap(item, n, why)` and `untold(item, n, why)`.
    pub(super) fn over(&self, select: &str) -> String {
        let Self { marks, population, shared, exception, unknown, .. } = self;
        let none = "SELECT CAST(NULL AS VARCHAR) AS item, CAST(NULL AS BIGINT) AS n, CAST(NULL AS VARCHAR) AS why WHERE false".to_owned();
        let unknown = unknown.as_ref().unwrap_or(&none);
        format!(
            "WITH {marks} population AS MATERIALIZED (\n{population}\n), {shared} gap AS MATERIALIZED (\n{exception}\n),
             untold AS MATERIALIZED (\n{unknown}\n)\n{select}"
        )
    }
}
