//! The tables of question 1: distinct calls from events, their answers from the boundary. Calls are made once after a load;
//! a change of facts judges the distinct calls again and looks at single events only where their time, size or approval
//! matters. The one file here that holds SQL.

use std::collections::BTreeMap;

use super::per_event::differing;
use super::{Approval, Boundary, Conditions, Judged, Moment, Request, Sort, Verdict};
use crate::criteria::facts::digest;
use crate::model::{EventId, Micros};
use crate::query::sql::Condition;
use crate::store::{Fault, Reader, Row, Value, Writer};

/// How many events have which answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub outside: u64,
    pub cannot_tell: u64,
    pub undeclared: u64,
    pub inside: u64,
}

impl Counts {
    /// Returns the number of events with this answer.
    pub const fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Outside => self.outside,
            Verdict::CannotTell => self.cannot_tell,
            Verdict::Undeclared => self.undeclared,
            Verdict::Inside => self.inside,
        }
    }

    const fn slot(&mut self, verdict: Verdict) -> &mut u64 {
        match verdict {
            Verdict::Outside => &mut self.outside,
            Verdict::CannotTell => &mut self.cannot_tell,
            Verdict::Undeclared => &mut self.undeclared,
            Verdict::Inside => &mut self.inside,
        }
    }

    const fn add(&mut self, verdict: Verdict, count: u64) {
        *self.slot(verdict) += count;
    }

    /// Moves one event from an answer to another.
    const fn shift(&mut self, from: Verdict, to: Verdict) {
        let slot = self.slot(from);
        *slot = slot.saturating_sub(1);
        self.add(to, 1);
    }
}

/// Note in `meta` with the digest of the declared principals that the distinct calls are of. Beside it stands `boundary
/// actors` while the principals are those of the present events; `link` takes that away when it makes joins anew.
const CALLS_OF: &str = "boundary calls";
/// Note in `meta` with the digest of the facts that the answers are under.
const FACTS: &str = "boundary facts";

/// Distinct calls of agents and the events of each.
///
/// A call is an event in which somebody did something: a tool call or a decision about one, a call of the cloud, a call of
/// a model. Notices, sessions, approvals and the talk of protocols are none. The agent of a call is the event's own, else
/// that of its session. A call is an agent's when its session is, when a record names an agent, or when its principal is
/// declared (`declared_actor`).
const CALLS: &str = "
    DELETE FROM boundary_call;
    DELETE FROM boundary_event;
    CREATE OR REPLACE TEMP TABLE acting AS
    SELECT e.n,
           CASE WHEN e.tool IS NOT NULL OR e.kind = 'tool_call' THEN 'tool'
                WHEN e.kind = 'model_call' AND e.plane NOT IN ('cloudtrail', 'model') THEN 'model' ELSE 'api' END AS sort,
           coalesce(e.agent, s.agent) AS agent, e.actor, e.server, e.tool, e.action, e.resource, e.account, e.region
    FROM event e
    LEFT JOIN session_key sk ON sk.local = e.session
    LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) sg ON sg.n = e.n
    LEFT JOIN session s ON s.id = coalesce(sg.session, sk.session)
    WHERE (e.kind IN ('tool_call', 'model_call')
       OR (e.kind IN ('api', 'auth', 'config') AND e.plane NOT IN ('gateway', 'mcp', 'transcript', 'authz'))
       OR (e.kind IN ('api', 'decision', 'other') AND e.tool IS NOT NULL))
      AND (s.kind = 'AGENT' OR e.agent IS NOT NULL OR e.actor_type = 'agent'
       OR e.actor IN (SELECT actor FROM declared_actor));
    CREATE OR REPLACE TEMP TABLE distinct_call AS
    SELECT min(n) AS n, sort, agent, actor, server, tool, action, resource, account, region, count(*) AS events,
           hash(sort, agent, actor, server, tool, action, resource, account, region) AS h
    FROM acting GROUP BY ALL;
    INSERT INTO boundary_call
    SELECT row_number() OVER (ORDER BY n), sort, agent, actor, server, tool, action, resource, account, region, events
    FROM distinct_call;
    INSERT INTO boundary_event
    SELECT a.n, d.call_id FROM acting a
    JOIN (SELECT h, row_number() OVER (ORDER BY n) AS call_id FROM distinct_call) d
      ON d.h = hash(a.sort, a.agent, a.actor, a.server, a.tool, a.action, a.resource, a.account, a.region);
    DROP TABLE acting;
    DROP TABLE distinct_call;";

/// Events of calls with conditions, with what the conditions ask for. Approved is what a record of the call, one joined to
/// it, or an approval of its session up to then says was decided.
const MOMENTS: &str = "
    WITH approval AS (
      SELECT a.n, a.ts, coalesce(sg.session, sk.session) AS session FROM event a
      LEFT JOIN session_key sk ON sk.local = a.session
      LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) sg ON sg.n = a.n
      WHERE (a.kind = 'approval' AND a.decision = 'allow')
         OR a.approval_state IN ('approved', 'accepted', 'granted', 'allowed')),
    joined AS (
      SELECT n FROM approval
      UNION SELECT l.a FROM link l JOIN approval ON approval.n = l.b WHERE l.grade IN ('=', '+')
      UNION SELECT l.b FROM link l JOIN approval ON approval.n = l.a WHERE l.grade IN ('=', '+')),
    of_session AS (SELECT session, min(ts) AS ts FROM approval WHERE session IS NOT NULL GROUP BY session)
    SELECT b.n, b.call_id, e.ts, e.bytes, e.cost,
           joined.n IS NOT NULL OR coalesce(of_session.ts <= e.ts, false) AS is_approved
    FROM boundary_event b JOIN asked ON asked.call_id = b.call_id JOIN event e ON e.n = b.n
    LEFT JOIN joined ON joined.n = b.n
    LEFT JOIN session_key sk ON sk.local = e.session
    LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) sg ON sg.n = b.n
    LEFT JOIN of_session ON of_session.session = coalesce(sg.session, sk.session)";

/// Returns true when the answers are those of facts with this digest and of the present events.
pub fn is_current(reader: &Reader, facts_sha256: &str) -> Result<bool, Fault> {
    let rows = reader.rows(
        "SELECT key, value FROM meta WHERE key IN ('boundary actors', 'boundary facts') ORDER BY key",
        &[],
    )?;
    Ok(rows.len() == 2 && rows.last().is_some_and(|row| row.text(1) == facts_sha256))
}

/// Returns true when there are answers of any facts.
pub fn has_answers(reader: &Reader) -> Result<bool, Fault> {
    Ok(reader.number("SELECT count(*) FROM boundary_answer", &[])? > 0)
}

/// Takes all answers away: no boundary is declared.
pub fn forget(writer: &mut Writer) -> Result<(), Fault> {
    in_one(writer, |writer| {
        clear_answers(writer)?;
        Ok(())
    })
}

/// Makes the answers anew, and the distinct calls where events or joins changed, in one transaction. Returns how many
/// events have which answer.
pub fn rebuild(writer: &mut Writer, boundary: &Boundary<'_>) -> Result<Counts, Fault> {
    in_one(writer, |writer| build(writer, boundary))
}

fn in_one<T>(
    writer: &mut Writer,
    work: impl FnOnce(&mut Writer) -> Result<T, Fault>,
) -> Result<T, Fault> {
    writer.commit()?;
    writer.begin()?;
    match work(writer) {
        Ok(done) => writer.commit().map(|()| done),
        Err(fault) => {
            writer.roll_back()?;
            Err(fault)
        }
    }
}

fn clear_answers(writer: &mut Writer) -> Result<(), Fault> {
    for table in ["boundary_answer", "boundary_judged", "boundary_exception"] {
        writer.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    writer.execute("DELETE FROM meta WHERE key = ?", &[FACTS.into()])?;
    Ok(())
}

fn build(writer: &mut Writer, boundary: &Boundary<'_>) -> Result<Counts, Fault> {
    clear_answers(writer)?;
    make_calls(writer, boundary)?;
    let mut answers = Answers::default();
    let mut judged = Vec::new();
    let mut counts = Counts::default();
    let mut conditional: BTreeMap<i64, (Verdict, Conditions)> = BTreeMap::new();
    writer.each(
        "SELECT call_id, events, sort, agent, actor, server, tool, action, resource, account, region
         FROM boundary_call",
        |row| {
            let found = boundary.judge(&request_of(&row));
            counts.add(found.verdict, row.count(1));
            let call = row.int(0);
            if !found.conditions.is_none() {
                conditional.insert(call, (found.verdict, found.conditions.clone()));
            }
            judged.push(vec![Value::Int(call), Value::Int(answers.number(found))]);
            Ok(())
        },
    )?;
    writer.append_rows("boundary_judged", &judged)?;
    hold_events(writer, boundary, &conditional, &mut answers, &mut counts)?;
    writer.append_rows("boundary_answer", &answers.rows())?;
    let digest = boundary.facts().sha256.as_str();
    writer.execute("INSERT INTO meta VALUES (?, ?)", &[FACTS.into(), digest.into()])?;
    Ok(counts)
}

/// Makes the distinct calls unless they are those of the present events and of the principals that are declared now.
fn make_calls(writer: &mut Writer, boundary: &Boundary<'_>) -> Result<(), Fault> {
    let has_actors = writer.number("SELECT count(*) FROM meta WHERE key = 'boundary actors'")? > 0;
    if !has_actors {
        writer.execute_batch(
            "DELETE FROM boundary_actor;
             INSERT INTO boundary_actor SELECT DISTINCT actor FROM event WHERE actor IS NOT NULL;
             INSERT INTO meta VALUES ('boundary actors', 'made');",
        )?;
    }
    let mut declared = Vec::new();
    writer.each("SELECT actor FROM boundary_actor ORDER BY actor", |row| {
        declared.extend(row.maybe_text(0).filter(|actor| boundary.is_declared_agent(actor)));
        Ok(())
    })?;
    let wanted = digest(&declared.join("\n"));
    let mut known = None;
    writer.each("SELECT value FROM meta WHERE key = 'boundary calls'", |row| {
        known = row.maybe_text(0);
        Ok(())
    })?;
    if has_actors && known.as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    writer.execute_batch("CREATE OR REPLACE TEMP TABLE declared_actor (actor VARCHAR)")?;
    let rows: Vec<Vec<Value>> = declared.into_iter().map(|actor| vec![actor.into()]).collect();
    writer.append_rows("declared_actor", &rows)?;
    writer.execute_batch(CALLS)?;
    writer.execute_batch("DROP TABLE declared_actor")?;
    writer.execute("DELETE FROM meta WHERE key = ?", &[CALLS_OF.into()])?;
    writer.execute("INSERT INTO meta VALUES (?, ?)", &[CALLS_OF.into(), wanted.into()])?;
    Ok(())
}

/// Looks at the single events of calls whose answer depends on them.
fn hold_events(
    writer: &mut Writer,
    boundary: &Boundary<'_>,
    conditional: &BTreeMap<i64, (Verdict, Conditions)>,
    answers: &mut Answers,
    counts: &mut Counts,
) -> Result<(), Fault> {
    if conditional.is_empty() {
        return Ok(());
    }
    writer.execute_batch("CREATE OR REPLACE TEMP TABLE asked (call_id BIGINT)")?;
    let asked: Vec<Vec<Value>> = conditional.keys().map(|call| vec![Value::Int(*call)]).collect();
    writer.append_rows("asked", &asked)?;
    let records_approvals = writer.number(
        "SELECT count(*) FROM event WHERE kind = 'approval' OR approval_state IS NOT NULL",
    )? > 0;
    let mut exceptions = Vec::new();
    writer.each(MOMENTS, |row| {
        let Some((usual, conditions)) = conditional.get(&row.int(1)) else { return Ok(()) };
        let moment = moment_of(&row, records_approvals);
        if let Some(found) = differing(&boundary.facts().scope, conditions, &moment) {
            // What cannot be told for the call is no better told for the event.
            let is_graver = found.verdict < *usual;
            if is_graver {
                counts.shift(*usual, found.verdict);
                exceptions.push(vec![Value::Int(row.int(0)), Value::Int(answers.number(found))]);
            }
        }
        Ok(())
    })?;
    writer.append_rows("boundary_exception", &exceptions)?;
    writer.execute_batch("DROP TABLE asked")
}

/// Returns the text in a column without copying it.
fn text(row: &Row, column: usize) -> Option<&str> {
    match row.0.get(column) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn request_of(row: &Row) -> Request<'_> {
    Request {
        is_agent: true,
        sort: Sort::from_word(text(row, 2).unwrap_or_default()),
        agent: text(row, 3),
        actor: text(row, 4),
        server: text(row, 5),
        tool: text(row, 6),
        action: text(row, 7),
        resource: text(row, 8),
        account: text(row, 9),
        region: text(row, 10),
    }
}

fn moment_of(row: &Row, records_approvals: bool) -> Moment {
    let number = |column: usize| match row.0.get(column) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let cost = match row.0.get(4) {
        Some(Value::Float(cost)) => Some(*cost),
        _ => None,
    };
    let approval = if row.flag(5) {
        Approval::Given
    } else if records_approvals {
        Approval::None
    } else {
        Approval::NotRecorded
    };
    Moment { time: row.time(2), bytes: number(3), cost, approval }
}

/// Answers, each once, in the order of first use.
#[derive(Debug, Default)]
struct Answers {
    numbers: BTreeMap<(Verdict, Option<String>, String), i64>,
}

impl Answers {
    fn number(&mut self, judged: Judged) -> i64 {
        let next = i64::try_from(self.numbers.len()).unwrap_or(i64::MAX);
        *self.numbers.entry((judged.verdict, judged.entry, judged.why)).or_insert(next)
    }

    fn rows(&self) -> Vec<Vec<Value>> {
        self.numbers
            .iter()
            .map(|((verdict, entry, why), number)| {
                vec![
                    Value::Int(*number),
                    verdict.as_str().into(),
                    entry.as_deref().map_or(Value::Null, Value::from),
                    why.as_str().into(),
                ]
            })
            .collect()
    }
}

/// One answer with the number of events that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    pub verdict: Verdict,
    pub entry: Option<String>,
    pub why: String,
    pub events: u64,
}

/// Rows of events `e` with their answer `a`.
const ANSWERED: &str = "FROM boundary_event b
    JOIN boundary_judged j ON j.call_id = b.call_id
    LEFT JOIN boundary_exception x ON x.n = b.n
    JOIN boundary_answer a ON a.answer = coalesce(x.answer, j.answer)
    JOIN event e ON e.n = b.n";

/// Order of answers: the gravest first.
const GRAVITY: &str = "CASE a.result WHEN 'outside' THEN 0 WHEN 'cannot-tell' THEN 1 WHEN 'undeclared' THEN 2 ELSE 3 END";

/// Returns the answers of the events that `condition` keeps, gravest first, then by number of events.
pub fn answers(reader: &Reader, condition: &Condition) -> Result<Vec<AnswerRow>, Fault> {
    let sql = format!(
        "SELECT a.result, a.entry, a.why, count(*) {ANSWERED} WHERE {}
         GROUP BY a.result, a.entry, a.why ORDER BY {GRAVITY}, count(*) DESC, a.entry, a.why",
        condition.sql
    );
    let rows = reader.rows(&sql, &condition.values)?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(AnswerRow {
                verdict: Verdict::from_word(&row.text(0))?,
                entry: row.maybe_text(1),
                why: row.text(2),
                events: row.count(3),
            })
        })
        .collect())
}

/// Returns how many events have which answer.
pub fn counts_of(answers: &[AnswerRow]) -> Counts {
    let mut counts = Counts::default();
    for answer in answers {
        counts.add(answer.verdict, answer.events);
    }
    counts
}

/// One event with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryRow {
    pub event: EventId,
    pub time: Option<Micros>,
    pub verdict: Verdict,
    pub entry: Option<String>,
    pub why: String,
    pub agent: Option<String>,
    pub actor: Option<String>,
    pub server: Option<String>,
    pub tool: Option<String>,
    pub action: Option<String>,
    pub resource: Option<String>,
}

/// Hands out the events that `condition` keeps with their answers, gravest first, then in time order, until `take`
/// returns false.
pub fn each(
    reader: &Reader,
    condition: &Condition,
    mut take: impl FnMut(BoundaryRow) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let sql = format!(
        "SELECT e.id, e.ts, a.result, a.entry, a.why, c.agent, c.actor, c.server, c.tool, c.action, c.resource
         {ANSWERED} JOIN boundary_call c ON c.call_id = b.call_id WHERE {} ORDER BY {GRAVITY}, e.ts, e.id",
        condition.sql
    );
    reader.each(&sql, &condition.values, |row| {
        let (Some(event), Some(verdict)) = (row.id(0), Verdict::from_word(&row.text(2))) else {
            return Ok(true);
        };
        take(BoundaryRow {
            event,
            time: row.time(1),
            verdict,
            entry: row.maybe_text(3),
            why: row.text(4),
            agent: row.maybe_text(5),
            actor: row.maybe_text(6),
            server: row.maybe_text(7),
            tool: row.maybe_text(8),
            action: row.maybe_text(9),
            resource: row.maybe_text(10),
        })
    })?;
    Ok(())
}

/// One distinct thing that agents did, with how often: what a draft of the boundary is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub agent: Option<String>,
    pub actor: Option<String>,
    pub sort: Sort,
    pub server: Option<String>,
    pub tool: Option<String>,
    pub action: Option<String>,
    pub action_class: Option<String>,
    pub resource: Option<String>,
    pub events: u64,
    pub refused: u64,
}

/// Returns what agents did in events that `condition` (of the filter's SQL, over `event`) keeps, in a fixed order.
pub fn seen(reader: &Reader, condition: &Condition) -> Result<Vec<Seen>, Fault> {
    let sql = format!(
        "SELECT 0, 0, c.sort, c.agent, c.actor, c.server, c.tool, c.action, c.resource,
                e.action_class, count(*), count(*) FILTER (e.outcome = 'denied' OR e.decision = 'deny')
         FROM boundary_event b JOIN boundary_call c ON c.call_id = b.call_id JOIN event e ON e.n = b.n
         WHERE {} GROUP BY ALL ORDER BY ALL",
        condition.sql
    );
    let mut found = Vec::new();
    reader.each(&sql, &condition.values, |row| {
        found.push(Seen {
            agent: row.maybe_text(3),
            actor: row.maybe_text(4),
            sort: Sort::from_word(&row.text(2)),
            server: row.maybe_text(5),
            tool: row.maybe_text(6),
            action: row.maybe_text(7),
            action_class: row.maybe_text(9),
            resource: row.maybe_text(8),
            events: row.count(10),
            refused: row.count(11),
        });
        Ok(true)
    })?;
    Ok(found)
}

/// Makes the distinct calls when they are not those of the present events and declared agents.
pub fn ensure_calls(writer: &mut Writer, boundary: &Boundary<'_>) -> Result<(), Fault> {
    in_one(writer, |writer| make_calls(writer, boundary))
}
