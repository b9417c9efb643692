//! What the records say about one call: the event, the records of other products about the same call, the session, and
//! where its key came from. Facts only; `explain` makes sentences of them. Must not decide what a fact means.

pub mod done;
pub mod effect;
pub mod lineage;

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{short_resource, short_subject, shown_outcome};
use super::detail::FIELDS;
use crate::model::{EventId, Grade, Kind, Micros, Outcome, Plane};
use crate::store::{Fault, Reader, Row, Value};

/// Keys whose links join records of one and the same call. Other keys join a call to the key, session or person it
/// rests on, which is no further record of the call.
const CALL_KEYS: &[&str] = &[
    "request id",
    "same request id",
    "json-rpc answer",
    "tool-use id",
    "decision id",
    "shared event id",
    "trace id",
    "x-amz-id-2",
];

/// Most records of one call that are looked at.
pub const MOST_RECORDS: usize = 64;

/// Longest way between two records of one call, in links: both hang on the record that asked.
const MOST_LINKS: usize = 3;

/// How far a decision may lie from the call it is about when nothing but session and tool says so, in microseconds.
const BESIDE: i64 = 2_000_000;

/// The columns of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub n: i64,
    pub id: EventId,
    pub time: Option<Micros>,
    pub plane: Plane,
    pub kind: Kind,
    pub outcome: Outcome,
    columns: BTreeMap<&'static str, String>,
}

impl Facts {
    /// Returns an event of these columns; empty ones count as not filled.
    pub fn new(
        n: i64,
        id: EventId,
        time: Option<Micros>,
        columns: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let columns: BTreeMap<&'static str, String> =
            columns.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let get = |name: &str| columns.get(name).map(String::as_str);
        Self {
            n,
            id,
            time,
            plane: get("plane").and_then(Plane::from_word).unwrap_or(Plane::Other),
            kind: get("kind").and_then(Kind::from_word).unwrap_or(Kind::Other),
            outcome: shown_outcome(get("outcome").unwrap_or_default(), get("decision")),
            columns,
        }
    }

    /// Returns the value of a filled column.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.columns.get(column).map(String::as_str)
    }

    /// Returns the name of the product that wrote the record.
    pub fn product(&self) -> &str {
        self.get("product").unwrap_or_else(|| self.plane.as_str())
    }

    /// Returns what was acted on, in its short form.
    pub fn target(&self) -> Option<String> {
        self.get("resource").map(short_resource)
    }

    /// Returns the short name in a column that holds a principal.
    pub fn target_name(&self, column: &str) -> String {
        self.get(column).map(short_subject).unwrap_or_default()
    }

    /// Returns the person as people call it: a directory's id gives way to the name of the role session.
    pub fn person(&self) -> Option<String> {
        let human = self.get("human")?;
        let name = if human.contains("identitystore/") {
            self.get("role_session").map_or_else(|| short_subject(human), str::to_owned)
        } else {
            human.to_owned()
        };
        Some(name)
    }

    /// Returns true when the record says that something refused the call.
    pub fn is_refused(&self) -> bool {
        self.outcome == Outcome::Denied
    }
}

/// A record about the call, and how it is joined to the event asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub facts: Facts,
    /// Weakest link on the way; `=` for the event itself.
    pub grade: Grade,
    /// Keys of the links on the way, the nearest first; empty for the event itself.
    pub through: Vec<String>,
}

/// The session the event belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    pub id: String,
    pub short: String,
    pub kind: String,
    pub basis: String,
    pub human: Option<String>,
    pub human_proof: Option<String>,
    pub human_grade: Grade,
    pub agent: Option<String>,
}

/// Everything about one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The event asked about first, then the others by (time, id).
    pub members: Vec<Member>,
    /// True when the call has more records than are looked at.
    pub is_cut: bool,
    pub session: Option<SessionFacts>,
}

impl Call {
    /// Returns the event that was asked about.
    pub fn origin(&self) -> Option<&Facts> {
        self.members.first().map(|member| &member.facts)
    }
}

/// Returns the short form of a principal: the name in an ARN, the part of an e-mail before the `@`.
pub fn short_name(principal: &str) -> String {
    short_subject(principal)
}

/// What sorts of record the case has at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds {
    /// Products with a record of an approval, of a decision, of a guardrail.
    pub approvals: Vec<String>,
    pub decisions: Vec<String>,
    pub guardrails: Vec<String>,
    pub planes: Vec<String>,
}

/// Returns what is known about the call of an event, or `None` if the case has no such event.
pub fn call(reader: &Reader, id: EventId) -> Result<Option<Call>, Fault> {
    let found = reader.rows("SELECT n FROM event WHERE id = ?::UUID", &[id.into()])?;
    let Some(origin) = found.first().map(|row| row.int(0)) else { return Ok(None) };
    let (mut joined, mut is_cut) = (records_of_call(reader, origin)?, false);
    if joined.len() > MOST_RECORDS {
        is_cut = true;
        joined = nearest(joined, origin);
    }
    let numbers: Vec<i64> = joined.keys().copied().collect();
    let mut members: Vec<Member> = facts(reader, &numbers)?
        .into_iter()
        .filter_map(|facts| {
            let (grade, through) = joined.remove(&facts.n)?;
            Some(Member { facts, grade, through })
        })
        .collect();
    members.sort_by_key(|member| (member.facts.n != origin, member.facts.time, member.facts.id));
    if let Some(beside) = beside(reader, &members)? {
        members.push(beside);
    }
    let session = session(reader, id)?;
    Ok(Some(Call { members, is_cut, session }))
}

type Joined = BTreeMap<i64, (Grade, Vec<String>)>;

/// Returns the records of a call with the weakest grade on the best way to each.
fn records_of_call(reader: &Reader, origin: i64) -> Result<Joined, Fault> {
    let mut joined: Joined = BTreeMap::from([(origin, (Grade::Exact, Vec::new()))]);
    let mut edge = vec![origin];
    let keys: Vec<String> = CALL_KEYS.iter().map(|key| format!("'{key}'")).collect();
    for _ in 0..MOST_LINKS {
        if edge.is_empty() || joined.len() > MOST_RECORDS {
            break;
        }
        let list = list(&edge);
        // A trace joined by its id alone (strength 2) is a conversation, not one call.
        let sql = format!(
            "SELECT a, b, grade, key FROM link WHERE (a IN ({list}) OR b IN ({list}))
               AND (grade = '~' OR (strength = 1 AND key IN ({})))
             ORDER BY strength, grade, key, a, b LIMIT {}",
            keys.join(", "),
            MOST_RECORDS * 4
        );
        let mut next = Vec::new();
        let rows = reader.rows(&sql, &[])?;
        let aside = models_aside(reader, &rows)?;
        for row in rows {
            let (a, b) = (row.int(0), row.int(1));
            if aside.contains(&(a, b)) {
                continue;
            }
            let grade = Grade::from_word(&row.text(2)).unwrap_or(Grade::None);
            for (known, further) in [(a, b), (b, a)] {
                let Some((so_far, through)) = joined.get(&known).cloned() else { continue };
                let weakest = grade.max(so_far);
                let is_better = joined.get(&further).is_none_or(|(best, _)| weakest < *best);
                if edge.contains(&known) && is_better {
                    let through = through.into_iter().chain([row.text(3)]).collect();
                    joined.insert(further, (weakest, through));
                    next.push(further);
                }
            }
        }
        edge = next;
    }
    Ok(joined)
}

/// Returns the links between a model's turn and the tool call that it asked for: two calls, not two records of one.
/// The cloud's record of the turn itself belongs to the turn.
fn models_aside(reader: &Reader, links: &[Row]) -> Result<BTreeSet<(i64, i64)>, Fault> {
    let ends: BTreeSet<i64> = links.iter().flat_map(|row| [row.int(0), row.int(1)]).collect();
    if ends.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ends: Vec<i64> = ends.into_iter().collect();
    let sql = format!("SELECT n, kind, plane FROM event WHERE n IN ({})", list(&ends));
    let found: BTreeMap<i64, (bool, bool)> = reader
        .rows(&sql, &[])?
        .iter()
        .map(|row| (row.int(0), (row.text(1) == "model_call", row.text(2) == "cloudtrail")))
        .collect();
    let of = |n: i64| found.get(&n).copied().unwrap_or_default();
    let is_aside = |a: i64, b: i64| match (of(a), of(b)) {
        ((true, _), (is_model, is_cloud)) | ((is_model, is_cloud), (true, _)) => {
            !is_model && !is_cloud
        }
        _ => false,
    };
    let pairs = links.iter().map(|row| (row.int(0), row.int(1)));
    Ok(pairs.filter(|(a, b)| is_aside(*a, *b)).collect())
}

/// Returns the records with the fewest and best links, the event itself among them.
fn nearest(joined: Joined, origin: i64) -> Joined {
    let mut all: Vec<(i64, (Grade, Vec<String>))> = joined.into_iter().collect();
    all.sort_by_key(|(n, (grade, through))| (*n != origin, through.len(), *grade, *n));
    all.truncate(MOST_RECORDS);
    all.into_iter().collect()
}

/// A decision and its call that share no id: same session, same tool, at most two seconds apart, and no other
/// candidate. Close in time and shape, so never better than `~`.
fn beside(reader: &Reader, members: &[Member]) -> Result<Option<Member>, Fault> {
    let Some(origin) = members.first().map(|member| &member.facts) else { return Ok(None) };
    let wanted = match origin.kind {
        Kind::ToolCall => Kind::Decision,
        Kind::Decision => Kind::ToolCall,
        _ => return Ok(None),
    };
    let has_both = members.iter().any(|member| {
        member.facts.kind == wanted
            || (wanted == Kind::Decision && member.facts.get("decision").is_some())
    });
    let (Some(session), Some(tool), Some(time), false) =
        (origin.get("session"), origin.get("tool"), origin.time, has_both)
    else {
        return Ok(None);
    };
    let rows = reader.rows(
        "SELECT n FROM event WHERE ts BETWEEN ? AND ? AND session = ? AND tool = ? AND (kind = ? OR kind = ?)
         ORDER BY ts, id LIMIT 3",
        &[
            Micros(time.0 - BESIDE).into(),
            Micros(time.0 + BESIDE).into(),
            session.into(),
            tool.into(),
            wanted.as_str().into(),
            origin.kind.as_str().into(),
        ],
    )?;
    let others: Vec<i64> = rows.iter().map(|row| row.int(0)).filter(|n| *n != origin.n).collect();
    // Two of a kind in the window: which decision is about which call cannot be told.
    let [other] = others.as_slice() else { return Ok(None) };
    let found = facts(reader, &[*other])?.into_iter().find(|facts| facts.kind == wanted);
    let through = vec!["same session and tool, within 2 s".to_owned()];
    Ok(found.map(|facts| Member { facts, grade: Grade::Near, through }))
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns the columns of events by their row numbers, in the order of these.
pub fn facts(reader: &Reader, numbers: &[i64]) -> Result<Vec<Facts>, Fault> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let columns: Vec<String> = FIELDS.iter().map(|field| format!("e.{field}")).collect();
    let sql = format!(
        "SELECT e.n, e.id, e.ts, {} FROM event e WHERE e.n IN ({}) ORDER BY e.n",
        columns.join(", "),
        list(numbers)
    );
    Ok(reader.rows(&sql, &[])?.iter().filter_map(facts_of).collect())
}

fn facts_of(row: &Row) -> Option<Facts> {
    let columns =
        FIELDS.iter().enumerate().filter_map(|(at, field)| Some((*field, row.maybe_text(at + 3)?)));
    Some(Facts::new(row.int(0), row.id(1)?, row.time(2), columns))
}

/// Returns the redacted payload of an event.
pub fn payload(reader: &Reader, n: i64) -> Result<String, Fault> {
    let rows = reader.rows("SELECT payload FROM event WHERE n = ?", &[n.into()])?;
    Ok(rows.first().map(|row| row.text(0)).unwrap_or_default())
}

fn session(reader: &Reader, event: EventId) -> Result<Option<SessionFacts>, Fault> {
    let Some(id) = super::jump::session_of(reader, event)? else { return Ok(None) };
    let rows = reader.rows(
        "SELECT id, short, kind, basis, human, human_proof, human_grade, agent, human_name FROM session WHERE id = ?",
        &[id.into()],
    )?;
    Ok(rows.first().map(|row| SessionFacts {
        id: row.text(0),
        short: row.text(1),
        kind: row.text(2),
        basis: row.text(3),
        human: row.maybe_text(4).map(|human| row.maybe_text(8).unwrap_or(human)),
        human_proof: row.maybe_text(5),
        human_grade: row
            .maybe_text(6)
            .and_then(|word| Grade::from_word(&word))
            .unwrap_or(Grade::None),
        agent: row.maybe_text(7),
    }))
}

/// Returns the tool lists that servers gave in a session up to a time, the newest first, at most four.
pub fn tool_lists(
    reader: &Reader,
    session: &str,
    until: Micros,
) -> Result<Vec<(Facts, String)>, Fault> {
    let rows = reader.rows(
        "SELECT n, payload FROM event
         WHERE session = ? AND ts <= ? AND method = 'tools/list' AND plane IN ('mcp', 'gateway')
           AND payload LIKE '%\"tools\"%' ORDER BY ts DESC, id LIMIT 4",
        &[session.into(), until.into()],
    )?;
    let mut lists = Vec::with_capacity(rows.len());
    for row in rows {
        let found = facts(reader, &[row.int(0)])?;
        lists.extend(found.into_iter().map(|facts| (facts, row.text(1))));
    }
    Ok(lists)
}

/// Returns what sorts of record the case has at all, so that an absence can be told from a blind spot.
pub fn holds(reader: &Reader) -> Result<Holds, Fault> {
    let rows = reader.rows(
        "SELECT plane, product,
                bool_or(kind = 'approval' OR approval_state IS NOT NULL OR approval_by IS NOT NULL),
                bool_or(decision IS NOT NULL AND kind <> 'approval'),
                bool_or(action ILIKE '%guardrail%' OR policy ILIKE '%guardrail%' OR reason ILIKE '%guardrail%')
         FROM event WHERE plane <> 'cloudtrail' GROUP BY plane, product
         UNION ALL SELECT 'cloudtrail', 'cloudtrail', false, false, false
         WHERE EXISTS (SELECT 1 FROM event WHERE plane = 'cloudtrail') ORDER BY 1, 2",
        &[],
    )?;
    let mut holds = Holds::default();
    for row in rows {
        let add = |to: &mut Vec<String>, word: String| {
            if !to.contains(&word) {
                to.push(word);
            }
        };
        add(&mut holds.planes, row.text(0));
        for (index, to) in
            [(2, &mut holds.approvals), (3, &mut holds.decisions), (4, &mut holds.guardrails)]
        {
            if row.flag(index) {
                add(to, row.text(1));
            }
        }
    }
    Ok(holds)
}

/// Returns the event that handed out a key, if one is in the case: the earliest when several say so.
pub fn issuer_of(reader: &Reader, credential: &str) -> Result<Option<Facts>, Fault> {
    let rows = reader.rows(
        "SELECT e.n FROM extra_identifier x JOIN event e ON e.n = x.n
         WHERE x.kind = 'issued_key' AND x.value = ? ORDER BY e.ts, e.id LIMIT 1",
        &[Value::from(credential)],
    )?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
    Ok(facts(reader, &numbers)?.into_iter().next())
}
