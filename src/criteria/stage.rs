//! What rules may name beside the stored tables, made on the reader's own connection when a question first names it, and
//! again only when what it follows from has changed. Owns the SQL of these tables; must not decide what an answer means.

use std::cell::RefCell;
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::compile::FactTable;
use super::facts::Facts;
use super::{declared, words};
use crate::query::{derived_digest, six};
use crate::source::hex;
use crate::store::{Fault, Reader, Row};

/// Events with a tag or note, with what rules read of them. `agent_session` is the session of an agent's event.
pub(super) const MARKED: &str = "marked";
/// Events of agents in the sessions of tagged events; of every session while nothing is tagged.
pub(super) const TAGGED_SESSION_EVENT: &str = "tagged_session_event";
const AGENT_EVENT: &str = "agent_event";
/// The tables of declared facts together, and the views.
const FACTS: &str = "facts";

/// Names whose rows follow from the declared agents.
pub(super) const OF_AGENTS: [&str; 3] = [AGENT_EVENT, MARKED, TAGGED_SESSION_EVENT];

/// Names that lead to tags and notes.
pub(super) const JOURNAL: [&str; 6] =
    ["tag", "note", "tags", "notes", MARKED, TAGGED_SESSION_EVENT];

/// The tables that a case is asked through.
pub(super) struct Stage<'a> {
    reader: &'a Reader,
    facts: &'a Facts,
    made: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Stage<'a> {
    /// Returns the stage of the case under these facts.
    pub(super) fn of(reader: &'a Reader, facts: &'a Facts) -> Self {
        Self { reader, facts, made: RefCell::default() }
    }

    /// Makes what these texts name.
    pub(super) fn set<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Result<(), Fault> {
        let named: BTreeSet<String> = texts.into_iter().flat_map(words::of).collect();
        let mut wanted: BTreeSet<&'static str> =
            OF_AGENTS.into_iter().filter(|name| named.contains(*name)).collect();
        wanted.insert(FACTS);
        if wanted.is_subset(&self.made.borrow()) {
            return Ok(());
        }
        // What a table follows from is told and read in one view of the store, so that no tag comes between.
        self.run("BEGIN TRANSACTION")?;
        match self.make(&wanted) {
            Ok(()) => self.run("COMMIT"),
            Err(fault) => {
                self.made.borrow_mut().clear();
                self.run("ROLLBACK")?;
                Err(fault)
            }
        }
    }

    fn make(&self, wanted: &BTreeSet<&'static str>) -> Result<(), Fault> {
        self.run("CREATE TEMP TABLE IF NOT EXISTS staged (name VARCHAR, stamp VARCHAR)")?;
        self.once(FACTS, &self.facts.sha256, Self::declare)?;
        if wanted.contains(AGENT_EVENT) {
            self.agents()?;
        }
        if wanted.contains(MARKED) || wanted.contains(TAGGED_SESSION_EVENT) {
            self.marks()?;
        }
        if wanted.contains(TAGGED_SESSION_EVENT) {
            self.tagged_sessions()?;
        }
        Ok(())
    }

    /// Makes a table unless this stage did, or an earlier one on the same connection from what is the same now.
    fn once(
        &self,
        name: &'static str,
        rests_on: &str,
        make: impl FnOnce(&Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.made.borrow().contains(name) {
            return Ok(());
        }
        // Without the digest of events and joins, which are being made then, nothing on the connection can be trusted.
        let stamp = derived_digest(self.reader)?.map(|derived| {
            let text = [derived.as_str(), rests_on, &views()].join("\0");
            hex(&Sha256::digest(text))
        });
        let known = self.reader.rows("SELECT stamp FROM staged WHERE name = ?", &[name.into()])?;
        let is_there = known.first().map(|row| row.text(0)) == stamp && stamp.is_some();
        if !is_there {
            self.reader.rows("DELETE FROM staged WHERE name = ?", &[name.into()])?;
            make(self)?;
            if let Some(stamp) = stamp {
                let row = [name.into(), stamp.into()];
                self.reader.rows("INSERT INTO staged VALUES (?, ?)", &row)?;
            }
        }
        self.made.borrow_mut().insert(name);
        Ok(())
    }

    /// Makes the tables of declared facts and what costs nothing.
    fn declare(&self) -> Result<(), Fault> {
        for FactTable { name, columns, rows } in declared::tables(self.facts) {
            self.run(&format!("CREATE OR REPLACE TEMP TABLE {name} ({columns})"))?;
            for row in &rows {
                let marks = vec!["?"; row.len()].join(", ");
                self.reader.rows(&format!("INSERT INTO {name} VALUES ({marks})"), row)?;
            }
        }
        self.run("CREATE OR REPLACE TEMP VIEW ev AS SELECT * FROM event")?;
        let letters = six::LETTERS;
        self.run(&format!(
            "CREATE OR REPLACE TEMP VIEW six AS SELECT e.n, {letters} AS letters FROM event e"
        ))?;
        self.run(BOUNDARY_OF)
    }

    fn agents(&self) -> Result<(), Fault> {
        let scope = declared::stamp(self.facts, "scope.agents");
        self.once(AGENT_EVENT, &scope, |stage| {
            let agents = agent_events("event");
            stage.run(&format!("CREATE OR REPLACE TEMP TABLE agent_event AS {agents}"))
        })
    }

    fn marks(&self) -> Result<(), Fault> {
        let rests_on = self.of_marks()?;
        self.once(MARKED, &rests_on, |stage| {
            stage.run(MARKS)?;
            let agents = agent_events(
                "(SELECT n, session, agent, human, actor_type, actor FROM event WHERE n IN (SELECT n FROM mark))",
            );
            stage.run(&format!(
                "CREATE OR REPLACE TEMP TABLE marked AS SELECT mark.*, own.session AS agent_session
                 FROM mark LEFT JOIN ({agents}) own ON own.n = mark.n"
            ))
        })
    }

    fn tagged_sessions(&self) -> Result<(), Fault> {
        let is_tagged = self.reader.number("SELECT count(*) FROM marked WHERE is_tagged", &[])? > 0;
        if !is_tagged {
            self.agents()?;
        }
        let rests_on = self.of_marks()?;
        self.once(TAGGED_SESSION_EVENT, &rests_on, |stage| {
            let events = if is_tagged {
                format!(
                    "{} AND placed.session IN (SELECT agent_session FROM marked WHERE is_tagged)",
                    agent_events(&format!("({OF_TAGGED_SESSIONS})"))
                )
            } else {
                "SELECT * FROM agent_event WHERE session IS NOT NULL".to_owned()
            };
            stage.run(&format!("CREATE OR REPLACE TEMP TABLE tagged_session_event AS {events}"))
        })
    }

    /// Returns what the tables of marked events rest on.
    fn of_marks(&self) -> Result<String, Fault> {
        let journal = journal_stamp(self.reader)?;
        Ok([journal, declared::stamp(self.facts, "scope.agents")].join("\0"))
    }

    fn run(&self, sql: &str) -> Result<(), Fault> {
        self.reader.rows(sql, &[]).map(|_| ())
    }
}

/// Returns the texts of the views, which a rule's run rests on like its own.
pub(super) fn views() -> String {
    [six::LETTERS, BOUNDARY_OF, AGENT_EVENTS, MARKS, OF_TAGGED_SESSIONS].join("\n")
}

/// Returns what changes with every tag and note.
pub(super) fn journal_stamp(reader: &Reader) -> Result<String, Fault> {
    // Counts and highest numbers alone would be the same after another one of several tags was struck out.
    let rows = reader.rows(
        "SELECT count(*), sha256(coalesce(string_agg(line, chr(10) ORDER BY line), '')) FROM (
           SELECT CAST(('tag', event, text, criterion, by_whom, made_at, seq) AS VARCHAR) AS line FROM tag
           UNION ALL SELECT CAST(('note', event, text, by_whom, made_at, seq) AS VARCHAR) FROM note)",
        &[],
    )?;
    Ok(rows.first().map(|row| [row.text(0), row.text(1)].join(":")).unwrap_or_default())
}

/// Returns a digest of rows; equal digests have equal rows.
pub(super) fn digest_of(rows: &[Row]) -> String {
    let mut digest = Sha256::new();
    for row in rows {
        digest.update(format!("{:?}\n", row.0));
    }
    hex(&digest.finalize())
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
const AGENT_EVENTS: &str = "
    WITH guest AS (
      SELECT n, substr(min(CASE grade WHEN '=' THEN '0' ELSE '1' END || session), 2) AS session
      FROM session_guest WHERE grade IN ('=', '+') GROUP BY n),
    declared AS (
      SELECT DISTINCT e.actor FROM (SELECT DISTINCT actor FROM $events WHERE actor IS NOT NULL) e
      JOIN fact_agent ON e.actor GLOB fact_agent.pattern),
    placed AS (
      SELECT e.n, coalesce(guest.session, own.session) AS session, e.agent, e.human, e.actor_type, e.actor
      FROM $events e LEFT JOIN session_key own ON own.local = e.session LEFT JOIN guest ON guest.n = e.n)
    SELECT placed.n, placed.session, coalesce(placed.agent, session.agent, placed.actor) AS agent,
           coalesce(placed.human, session.human) AS on_behalf_of
    FROM placed LEFT JOIN session ON session.id = placed.session
    WHERE (placed.agent IS NOT NULL OR placed.actor_type = 'agent' OR session.kind = 'AGENT'
           OR placed.actor IN (SELECT actor FROM declared))";

/// Returns the question for those of some events that are agents'. `events` is a table or a question in parentheses.
fn agent_events(events: &str) -> String {
    AGENT_EVENTS.replace("$events", events)
}

/// Tags and notes by event. An event that the case does not hold has no number. The few marks are looked up in one pass
/// over the ids; rules that looked each up for themselves took a pass each.
const MARKS: &str = "CREATE OR REPLACE TEMP TABLE mark AS
    WITH marked_event AS (
      SELECT event, bool_or(is_tag) AS is_tagged, bool_or(NOT is_tag) AS is_noted, bool_or(is_bad) AS is_bad FROM (
        SELECT event, true AS is_tag, coalesce(text = 'bad', false) AS is_bad FROM tag
        UNION ALL SELECT event, false, false FROM note) GROUP BY event),
    held AS MATERIALIZED (
      SELECT id, n, ts, plane, kind, outcome, action, actor, human, agent, credential, session FROM event
      WHERE id IN (SELECT event FROM marked_event))
    SELECT marked_event.event AS id, is_tagged, is_noted, is_bad, held.* EXCLUDE (id)
    FROM marked_event LEFT JOIN held ON held.id = marked_event.event";

/// Events that may belong to a session of a tagged event: by their own key, or as a guest.
const OF_TAGGED_SESSIONS: &str = "
    SELECT n, session, agent, human, actor_type, actor FROM event WHERE session IN (
      SELECT local FROM session_key WHERE session IN (SELECT agent_session FROM marked WHERE is_tagged))
    UNION
    SELECT n, session, agent, human, actor_type, actor FROM event WHERE n IN (
      SELECT n FROM session_guest WHERE session IN (SELECT agent_session FROM marked WHERE is_tagged))";

#[cfg(test)]
mod tests;
