//! Rules as questions of the store: the views and tables that a rule may name, and its texts with thresholds filled in.
//! Owns the SQL of criteria; must not decide what an answer means.
//!
//! A rule may name:
//!
//! - `ev`: every event with the columns of `whytrail schema events`, and `n`, its number in the store;
//! - `agent_event(n, session, agent, on_behalf_of)`: events of agents, with the person their session acted for;
//! - `six(n, letters)`: the six elements of each event (`IRcT-O`);
//! - `boundary_of(n, result, entry, why)`: inside, outside, undeclared, cannot-tell, for events of agents;
//! - `link(a, b, grade, key)`, `session`, `session_person`, `session_parent`, `source`, `source_group`, `blind_spot`,
//!   `proof_verdict`, `clock_offset`, `key_life`, `spend`, `redaction`, `reject`, `tag`, `note`;
//! - what a person declared: the tables of [`FactTable`], empty when nothing was.

use super::rule::Rule;
use crate::query::six;
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

/// Everything about the case that rules see and that is not stored, made anew on the reader's own connection.
pub(super) fn set_up(reader: &Reader, facts: &[FactTable]) -> Result<(), Fault> {
    for table in facts {
        reader.rows(
            &format!("CREATE OR REPLACE TEMP TABLE {} ({})", table.name, table.columns),
            &[],
        )?;
        for row in &table.rows {
            let marks = vec!["?"; row.len()].join(", ");
            reader.rows(&format!("INSERT INTO {} VALUES ({marks})", table.name), row)?;
        }
    }
    reader.rows("CREATE OR REPLACE TEMP VIEW ev AS SELECT * FROM event", &[])?;
    reader.rows(
        &format!(
            "CREATE OR REPLACE TEMP VIEW six AS SELECT e.n, {} AS letters FROM event e",
            six::LETTERS
        ),
        &[],
    )?;
    reader.rows(BOUNDARY_OF, &[])?;
    reader.rows(AGENT_EVENT, &[])?;
    Ok(())
}

/// Returns the texts of the views, which a rule's run rests on like its own.
pub(super) fn views() -> String {
    [six::LETTERS, BOUNDARY_OF, AGENT_EVENT].join("\n")
}

/// The answer to question 1 for each event of an agent: its call's, unless its time, size or approval gives it another.
const BOUNDARY_OF: &str = "CREATE OR REPLACE TEMP VIEW boundary_of AS
    SELECT b.n, a.result, a.entry, a.why
    FROM boundary_event b JOIN boundary_judged j ON j.call_id = b.call_id
    LEFT JOIN boundary_exception x ON x.n = b.n
    JOIN boundary_answer a ON a.answer = coalesce(x.answer, j.answer)";

/// Events of agents: those that name one, those of an agent's session, those of a declared agent's role. An event that an
/// exact link makes a guest of a session belongs there, as on screen: what a key did stands with what it was asked for. A
/// session that an event joins by a near link makes it no agent's event.
const AGENT_EVENT: &str = "CREATE OR REPLACE TEMP TABLE agent_event AS
    WITH guest AS (
      SELECT n, substr(min(CASE grade WHEN '=' THEN '0' ELSE '1' END || session), 2) AS session
      FROM session_guest WHERE grade IN ('=', '+') GROUP BY n),
    declared AS (
      SELECT DISTINCT e.actor FROM (SELECT DISTINCT actor FROM event WHERE actor IS NOT NULL) e
      JOIN fact_agent ON e.actor GLOB fact_agent.pattern),
    placed AS (
      SELECT e.n, coalesce(guest.session, own.session) AS session, e.agent, e.human, e.actor_type, e.actor
      FROM event e LEFT JOIN session_key own ON own.local = e.session LEFT JOIN guest ON guest.n = e.n)
    SELECT placed.n, placed.session, coalesce(placed.agent, session.agent, placed.actor) AS agent,
           coalesce(placed.human, session.human) AS on_behalf_of
    FROM placed LEFT JOIN session ON session.id = placed.session
    WHERE placed.agent IS NOT NULL OR placed.actor_type = 'agent' OR session.kind = 'AGENT'
       OR placed.actor IN (SELECT actor FROM declared)";

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
    population: String,
    shared: String,
    exception: String,
    unknown: Option<String>,
    excluded: Option<String>,
    /// Narrows items, not what the questions look at.
    only: &'static str,
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
        Self {
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

    /// Returns the question for the size of the population. One row: the count.
    pub(super) fn count(&self) -> String {
        let Self { population, only, .. } = self;
        format!("WITH population AS (\n{population}\n) SELECT count(*) FROM population {only}")
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
        let Self { population, shared, only, .. } = self;
        format!(
            "WITH population AS (\n{population}\n), {shared} found AS MATERIALIZED (
               SELECT CAST(item AS VARCHAR) AS item, n, CAST(why AS VARCHAR) AS why FROM (\n{instances}\n) {only})
             SELECT (SELECT count(*) FROM found), found.item, e.id, e.ts, found.why
             FROM found LEFT JOIN event e ON e.n = found.n
             ORDER BY e.ts NULLS LAST, found.item, found.why, e.id LIMIT {limit}"
        )
    }

    /// Returns the question for what is left out: why and count.
    pub(super) fn excluded(&self) -> Option<String> {
        let Self { population, shared, .. } = self;
        self.excluded.as_ref().map(|excluded| {
            format!(
                "WITH population AS (\n{population}\n), {shared} found AS (\n{excluded}\n)
                 SELECT why, count FROM found WHERE count > 0 ORDER BY why"
            )
        })
    }

    /// Returns another question over the same items. `select` may name `population`, the rule's shared tables, and what
    /// the rule says of items: `gap(item, n, why)` and `untold(item, n, why)`.
    pub(super) fn over(&self, select: &str) -> String {
        let Self { population, shared, exception, unknown, .. } = self;
        let none = "SELECT CAST(NULL AS VARCHAR) AS item, CAST(NULL AS BIGINT) AS n, CAST(NULL AS VARCHAR) AS why WHERE false".to_owned();
        let unknown = unknown.as_ref().unwrap_or(&none);
        format!(
            "WITH population AS MATERIALIZED (\n{population}\n), {shared} gap AS MATERIALIZED (\n{exception}\n),
             untold AS MATERIALIZED (\n{unknown}\n)\n{select}"
        )
    }
}
