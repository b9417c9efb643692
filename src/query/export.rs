//! Events as exports need them: many at a time, with everything that hangs on them, in an order that does not depend
//! on how the evidence was loaded. Also the facts about sources, redactions and links that exports state.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{ROW_WIDTH, RowQuestion, event_row};
use super::detail::FIELDS;
use super::filter::Filter;
use super::page::shown;
use super::proofs::{WORST, source_proof};
use crate::model::rows::{EventRow, LinkRow, PlaceRow, SourceProof};
use crate::model::{EventId, Grade, Micros, Outcome, Plane, SourceState};
use crate::store::{Fault, Reader, Row, Value};

/// Columns of [`ExportEvent::values`], in the order of the event model.
pub const COLUMNS: &[&str] = FIELDS;

/// Events that one question brings.
const CHUNK: usize = 2_000;

/// Links listed for one event; further ones are counted only.
const MAX_LINKS: usize = 200;

/// What is read of the session of an event, behind the columns of the event.
const OF_SESSION: &[&str] = &[
    "s.id",
    "s.short",
    "s.kind",
    "s.basis",
    "s.human",
    "s.human_name",
    "s.human_grade",
    "s.agent",
    "guest.grade",
];

/// Place of an event in an export: dated ones first, by time, then by the content hash of the file, the line and the
/// offset. None of these depends on the order of loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    is_undated: bool,
    pub time: Option<Micros>,
    source_rank: u64,
    line: u64,
    offset: u64,
    pub id: EventId,
    /// Row number inside the case, which joins the event to what hangs on it.
    pub n: i64,
}

/// The session that an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPart {
    pub id: String,
    pub short: String,
    pub kind: String,
    pub basis: String,
    pub human: Option<String>,
    pub human_name: Option<String>,
    pub human_grade: Grade,
    pub agent: Option<String>,
    /// How the event came into the session when its own record does not name it.
    pub joined_by: Option<Grade>,
}

/// One event with everything that hangs on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportEvent {
    pub row: EventRow,
    /// Values of [`COLUMNS`].
    pub values: Vec<Value>,
    pub session: Option<SessionPart>,
    /// Redacted JSON text.
    pub payload: String,
    /// Identifiers beyond the columns: kind, value, trust.
    pub identifiers: Vec<(String, String, String)>,
    /// Resources beyond the first: id, type.
    pub resources: Vec<(String, Option<String>)>,
    /// The first 200 links, best first.
    pub links: Vec<LinkRow>,
    pub n_links: u64,
    /// Deliveries of the record, the kept one first.
    pub places: Vec<PlaceRow>,
}

impl ExportEvent {
    /// Returns the value of a column; unknown columns are empty.
    pub fn value(&self, column: &str) -> &Value {
        let found = COLUMNS.iter().position(|name| *name == column);
        found.and_then(|index| self.values.get(index)).unwrap_or(&Value::Null)
    }

    /// Returns the text of a column, unless it is empty.
    pub fn text(&self, column: &str) -> Option<String> {
        match self.value(column) {
            Value::Null => None,
            Value::Text(text) if text.is_empty() => None,
            other => Some(other.to_string()),
        }
    }

    /// Returns where the columns were taken from.
    pub fn place(&self) -> Option<&PlaceRow> {
        self.places.first()
    }
}

/// One source as exports state it. Names are relative to the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFacts {
    pub name: String,
    pub member: Option<String>,
    pub state: SourceState,
    pub reason: Option<String>,
    pub format: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    pub content_sha256: String,
    pub account: crate::model::Account,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    pub warnings: Vec<String>,
    /// What it proves about itself, if it can.
    pub proof: Option<SourceProof>,
}

/// A link between two events of one set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerLink {
    pub a: EventId,
    pub b: EventId,
    pub grade: Grade,
    pub key: String,
    pub proof: String,
}

/// Returns the keys of the rows under the filter, in no order.
pub fn keys_under(reader: &Reader, filter: &Filter) -> Result<Vec<Key>, Fault> {
    let shown = shown(reader, filter);
    keys(reader, &shown.sql, &shown.values)
}

/// Returns the keys of these events, in no order. Ids that the case does not hold are left out.
pub fn keys_of(reader: &Reader, ids: &BTreeSet<EventId>) -> Result<Vec<Key>, Fault> {
    let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'::UUID")).collect();
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        found.extend(keys(reader, &format!("e.id IN ({})", chunk.join(",")), &[])?);
    }
    Ok(found)
}

fn keys(reader: &Reader, condition: &str, values: &[Value]) -> Result<Vec<Key>, Fault> {
    let sql = format!(
        "SELECT e.n, e.id, e.ts, s.rank, e.line, e.\"offset\" FROM event e LEFT JOIN (
           SELECT source, dense_rank() OVER (ORDER BY content_sha256, name, coalesce(member, '')) AS rank FROM source) s
         ON s.source = e.source WHERE {condition}"
    );
    let mut found = Vec::new();
    reader.each(&sql, values, |row| {
        if let Some(id) = row.id(1) {
            let time = row.time(2);
            found.push(Key {
                is_undated: time.is_none(),
                time,
                source_rank: row.count(3),
                line: row.count(4),
                offset: row.count(5),
                id,
                n: row.int(0),
            });
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Hands out the events of `keys`, in their order.
pub fn each_event<E: From<Fault>>(
    reader: &Reader,
    keys: &[Key],
    mut take: impl FnMut(ExportEvent) -> Result<(), E>,
) -> Result<(), E> {
    for chunk in keys.chunks(CHUNK) {
        let mut found = events(reader, chunk)?;
        for key in chunk {
            if let Some(event) = found.remove(&key.n) {
                take(event)?;
            }
        }
    }
    Ok(())
}

fn events(reader: &Reader, keys: &[Key]) -> Result<BTreeMap<i64, ExportEvent>, Fault> {
    let numbers: Vec<i64> = keys.iter().map(|key| key.n).collect();
    let list = list(&numbers);
    let mut found = columns(reader, &list)?;
    for (n, part) in identifiers(reader, &list)? {
        if let Some(event) = found.get_mut(&n) {
            event.identifiers.push(part);
        }
    }
    for (n, part) in resources(reader, &list)? {
        if let Some(event) = found.get_mut(&n) {
            event.resources.push(part);
        }
    }
    for (n, link, total) in links(reader, &list)? {
        if let Some(event) = found.get_mut(&n) {
            event.links.push(link);
            event.n_links = total;
        }
    }
    for (n, place) in places(reader, &list)? {
        if let Some(event) = found.get_mut(&n) {
            event.places.push(place);
        }
    }
    Ok(found)
}

fn list(numbers: &[i64]) -> String {
    // An empty list is no SQL; no row has a negative number.
    if numbers.is_empty() {
        return "-1".to_owned();
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(",")
}

fn columns(reader: &Reader, list: &str) -> Result<BTreeMap<i64, ExportEvent>, Fault> {
    let which = format!("WHERE e.n IN ({list})");
    let columns: Vec<&str> = ["n", "payload"].iter().chain(COLUMNS).copied().collect();
    let question = RowQuestion {
        which: &which,
        columns: &columns,
        also: OF_SESSION,
        ..RowQuestion::default()
    };
    let mut found = BTreeMap::new();
    reader.each(&question.sql(), &[], |row| {
        found.insert(row.int(ROW_WIDTH), export_event(&row));
        Ok(true)
    })?;
    Ok(found)
}

fn export_event(row: &Row) -> ExportEvent {
    let values = ROW_WIDTH + 2;
    let part = values + COLUMNS.len();
    let session = row.maybe_text(part).map(|id| SessionPart {
        id,
        short: row.text(part + 1),
        kind: row.text(part + 2),
        basis: row.text(part + 3),
        human: row.maybe_text(part + 4),
        human_name: row.maybe_text(part + 5),
        human_grade: Grade::from_word(&row.text(part + 6)).unwrap_or(Grade::None),
        agent: row.maybe_text(part + 7),
        joined_by: Grade::from_word(&row.text(part + 8)),
    });
    ExportEvent {
        row: event_row(row),
        values: row.0.iter().skip(values).take(COLUMNS.len()).cloned().collect(),
        session,
        payload: row.text(ROW_WIDTH + 1),
        identifiers: Vec::new(),
        resources: Vec::new(),
        links: Vec::new(),
        n_links: 0,
        places: Vec::new(),
    }
}

type Identifier = (String, String, String);
type Resource = (String, Option<String>);

fn identifiers(reader: &Reader, list: &str) -> Result<Vec<(i64, Identifier)>, Fault> {
    let rows = reader.rows(
        &format!(
            "SELECT DISTINCT n, kind, value, trust FROM extra_identifier WHERE n IN ({list}) ORDER BY n, kind, value, trust"
        ),
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.int(0), (row.text(1), row.text(2), row.text(3)))).collect())
}

fn resources(reader: &Reader, list: &str) -> Result<Vec<(i64, Resource)>, Fault> {
    let rows = reader.rows(
        &format!("SELECT DISTINCT n, id, type FROM extra_resource WHERE n IN ({list}) ORDER BY n, id, type"),
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.int(0), (row.text(1), row.maybe_text(2)))).collect())
}

fn links(reader: &Reader, list: &str) -> Result<Vec<(i64, LinkRow, u64)>, Fault> {
    const ORDER: &str = "l.strength, o.ts, o.id, l.key, l.value_a, l.value_b";
    let rows = reader.rows(
        &format!(
            "SELECT l.n, l.grade, l.key, l.value_a, l.value_b, l.trust_a, l.trust_b, o.id, o.plane, o.ts, o.action, o.outcome,
                    count(*) OVER (PARTITION BY l.n)
             FROM (SELECT a AS n, b AS other, * FROM link WHERE a IN ({list})
                   UNION ALL SELECT b, a, * FROM link WHERE b IN ({list})) l
             JOIN event o ON o.n = l.other
             QUALIFY row_number() OVER (PARTITION BY l.n ORDER BY {ORDER}) <= {MAX_LINKS}
             ORDER BY l.n, {ORDER}"
        ),
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.int(0), link_row(row), row.count(12))).collect())
}

fn link_row(row: &Row) -> LinkRow {
    LinkRow {
        grade: Grade::from_word(&row.text(1)).unwrap_or(Grade::None),
        key: row.text(2),
        proof: proof(&row.text(3), &row.text(4), &row.text(5), &row.text(6)),
        other: row.id(7).unwrap_or(EventId(0)),
        other_plane: Plane::from_word(&row.text(8)).unwrap_or(Plane::Other),
        other_time: row.time(9),
        other_action: row.text(10),
        other_outcome: Outcome::from_word(&row.text(11)).unwrap_or(Outcome::Unknown),
    }
}

fn proof(value_a: &str, value_b: &str, trust_a: &str, trust_b: &str) -> String {
    if value_a == value_b {
        format!("{value_a} ({trust_a} / {trust_b})")
    } else {
        format!("{value_a} / {value_b} ({trust_a} / {trust_b})")
    }
}

fn places(reader: &Reader, list: &str) -> Result<Vec<(i64, PlaceRow)>, Fault> {
    let rows = reader.rows(
        &format!(
            "WITH wanted AS (SELECT n, id FROM event WHERE n IN ({list}))
             SELECT d.n, s.name, s.member, s.content_sha256, d.raw, d.line, d.off, d.length, d.kept, v.proof FROM (
               SELECT e.n, e.source, lower(hex(e.raw_sha256)) AS raw, e.line, e.\"offset\" AS off, e.length, true AS kept
               FROM event e WHERE e.n IN ({list})
               UNION ALL
               SELECT w.n, u.source, lower(hex(u.raw_sha256)), u.line, u.\"offset\", u.length, false
               FROM wanted w JOIN duplicate u ON u.id = w.id) d
             JOIN source s ON s.source = d.source {WORST}
             ORDER BY d.n, d.kept DESC, s.content_sha256, s.name, s.member, d.off"
        ),
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.int(0), place_row(row))).collect())
}

fn place_row(row: &Row) -> PlaceRow {
    PlaceRow {
        source: row.text(1),
        member: row.maybe_text(2),
        source_sha256: row.text(3),
        record_sha256: row.text(4),
        line: u32::try_from(row.count(5)).unwrap_or(0),
        offset: row.count(6),
        length: u32::try_from(row.count(7)).unwrap_or(0),
        is_kept: row.flag(8),
        proof: source_proof(row.maybe_text(9)),
    }
}

/// Returns every source by name, member and content.
pub fn source_facts(reader: &Reader) -> Result<Vec<SourceFacts>, Fault> {
    let rows = reader.rows(
        &format!(
            "SELECT s.name, s.member, s.state, s.reason, s.format, s.bytes, s.sha256, s.content_sha256, s.read, s.kept,
                    s.duplicate, s.rejected, s.first_ts, s.last_ts, s.warnings, v.proof
             FROM source s {WORST} ORDER BY s.name, coalesce(s.member, ''), s.content_sha256, s.sha256"
        ),
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| SourceFacts {
            name: row.text(0),
            member: row.maybe_text(1),
            state: SourceState::from_word(&row.text(2)).unwrap_or(SourceState::Loading),
            reason: row.maybe_text(3),
            format: row.maybe_text(4),
            bytes: row.count(5),
            sha256: row.text(6),
            content_sha256: row.text(7),
            account: crate::model::Account {
                read: row.count(8),
                kept: row.count(9),
                duplicate: row.count(10),
                rejected: row.count(11),
            },
            first: row.time(12),
            last: row.time(13),
            warnings: row.text(14).lines().map(str::to_owned).collect(),
            proof: source_proof(row.maybe_text(15)),
        })
        .collect())
}

/// Returns how many values were redacted when the evidence was read, by class.
pub fn redactions(reader: &Reader) -> Result<Vec<(String, u64)>, Fault> {
    let rows = reader
        .rows("SELECT class, sum(count) FROM redaction GROUP BY class HAVING sum(count) > 0 ORDER BY class", &[])?;
    Ok(rows.iter().map(|row| (row.text(0), row.count(1))).collect())
}

/// How many events a case holds, from when to when, and on which planes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseFacts {
    pub dated: u64,
    pub undated: u64,
    pub span: Option<(Micros, Micros)>,
    /// Events by plane, largest first.
    pub planes: Vec<(Plane, u64)>,
}

/// Returns what the case holds as a whole.
pub fn case_facts(reader: &Reader) -> Result<CaseFacts, Fault> {
    let mut facts = CaseFacts::default();
    let rows =
        reader.rows("SELECT count(ts), count(*) - count(ts), min(ts), max(ts) FROM event", &[])?;
    if let Some(row) = rows.first() {
        facts.dated = row.count(0);
        facts.undated = row.count(1);
        facts.span = row.time(2).zip(row.time(3));
    }
    let rows =
        reader.rows("SELECT plane, count(*) FROM event GROUP BY plane ORDER BY 2 DESC, 1", &[])?;
    for row in rows {
        facts.planes.extend(Plane::from_word(&row.text(0)).map(|plane| (plane, row.count(1))));
    }
    Ok(facts)
}

/// Returns the number of links that touch these rows, by grade, best first. A row that is in its session only by a
/// near guess counts as one `~`.
pub fn link_grades(reader: &Reader, numbers: &[i64]) -> Result<Vec<(Grade, u64)>, Fault> {
    let list = list(numbers);
    let rows = reader.rows(
        &format!(
            "SELECT grade, count(*) FROM (
               SELECT grade FROM link WHERE a IN ({list}) OR b IN ({list})
               UNION ALL SELECT '~' FROM session_guest WHERE grade = '~' AND n IN ({list}))
             GROUP BY grade"
        ),
        &[],
    )?;
    let mut grades: Vec<(Grade, u64)> = rows
        .iter()
        .filter_map(|row| Some((Grade::from_word(&row.text(0))?, row.count(1))))
        .collect();
    grades.sort_unstable();
    Ok(grades)
}

/// Returns the links that have both ends among these rows.
pub fn links_among(reader: &Reader, numbers: &[i64]) -> Result<Vec<InnerLink>, Fault> {
    let list = list(numbers);
    let rows = reader.rows(
        &format!(
            "SELECT x.id, y.id, l.grade, l.key, l.value_a, l.value_b, l.trust_a, l.trust_b
             FROM link l JOIN event x ON x.n = l.a JOIN event y ON y.n = l.b
             WHERE l.a IN ({list}) AND l.b IN ({list})
             ORDER BY l.strength, x.ts, x.id, y.ts, y.id, l.key, l.value_a, l.value_b"
        ),
        &[],
    )?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(InnerLink {
                a: row.id(0)?,
                b: row.id(1)?,
                grade: Grade::from_word(&row.text(2))?,
                key: row.text(3),
                proof: proof(&row.text(4), &row.text(5), &row.text(6), &row.text(7)),
            })
        })
        .collect())
}
