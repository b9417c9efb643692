//! Everything known about one event.

use super::boundary::boundary_of;
use super::columns::shown_outcome;
use super::page::rows_of;
use super::proofs::{WORST, source_proof};
use crate::model::rows::{Detail, LinkRow, NoteRow, PlaceRow, TagRow};
use crate::model::{EventId, Grade, Micros, Plane};
use crate::store::{Fault, Reader, Row};

/// Columns shown as fields, in the order of the event model.
pub(super) const FIELDS: &[&str] = &[
    "ts",
    "ts_precision",
    "ts_end",
    "plane",
    "product",
    "kind",
    "native_id",
    "human",
    "human_proof",
    "agent",
    "agent_trust",
    "client",
    "actor",
    "actor_type",
    "credential",
    "parent_credential",
    "session",
    "session_basis",
    "role_session",
    "credential_created",
    "trace",
    "span",
    "parent_span",
    "request",
    "server",
    "tool",
    "method",
    "action",
    "action_class",
    "read_only",
    "resource",
    "resource_type",
    "region",
    "account",
    "address",
    "user_agent",
    "invoked_by",
    "decision",
    "policy",
    "reason",
    "approval_state",
    "approval_by",
    "approval_at",
    "outcome",
    "error_code",
    "tokens_in",
    "tokens_out",
    "cost",
    "model",
    "bytes",
    "masked",
];

/// Returns everything known about an event, or `None` if the case has no such event.
pub fn detail(reader: &Reader, id: EventId) -> Result<Option<Detail>, Fault> {
    let columns: Vec<String> = FIELDS.iter().map(|field| format!("e.{field}")).collect();
    let sql =
        format!("SELECT e.n, e.payload, {} FROM event e WHERE e.id = ?::UUID", columns.join(", "));
    let rows = reader.rows(&sql, &[id.into()])?;
    let Some(found) = rows.first() else { return Ok(None) };
    let number = found.int(0);
    let Some(row) = rows_of(reader, &[number])?.pop() else { return Ok(None) };
    let fields = FIELDS
        .iter()
        .enumerate()
        .filter_map(|(index, field)| Some(((*field).to_owned(), found.maybe_text(index + 2)?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    Ok(Some(Detail {
        id,
        fields,
        row,
        identifiers: identifiers(reader, number)?,
        resources: resources(reader, number)?,
        payload: found.text(1),
        links: links(reader, number)?,
        tags: tags(reader, id)?,
        notes: notes(reader, id)?,
        places: places(reader, id)?,
        boundary: boundary_of(reader, &[number])?.into_iter().next().map(|(_, note)| note),
    }))
}

/// Returns the event whose id is `text` or begins with it. `Err` of the inner result says how many begin with it.
pub fn find_event(reader: &Reader, text: &str) -> Result<Result<EventId, u64>, Fault> {
    let Some((low, high)) =
        EventId::parse(text).map(|id| (id, id)).or_else(|| EventId::prefix_range(text))
    else {
        return Ok(Err(0));
    };
    let rows = reader.rows(
        "SELECT id FROM event WHERE id >= ?::UUID AND id <= ?::UUID LIMIT 2",
        &[low.into(), high.into()],
    )?;
    match rows.as_slice() {
        [one] => Ok(one.id(0).ok_or(0)),
        many => Ok(Err(many.len() as u64)),
    }
}

fn identifiers(reader: &Reader, number: i64) -> Result<Vec<(String, String, String)>, Fault> {
    let rows = reader.rows(
        "SELECT DISTINCT kind, value, trust FROM extra_identifier WHERE n = ? ORDER BY kind, value",
        &[number.into()],
    )?;
    Ok(rows.iter().map(|row| (row.text(0), row.text(1), row.text(2))).collect())
}

fn resources(reader: &Reader, number: i64) -> Result<Vec<(String, Option<String>)>, Fault> {
    let rows = reader.rows(
        "SELECT DISTINCT id, type FROM extra_resource WHERE n = ? ORDER BY id",
        &[number.into()],
    )?;
    Ok(rows.iter().map(|row| (row.text(0), row.maybe_text(1))).collect())
}

fn links(reader: &Reader, number: i64) -> Result<Vec<LinkRow>, Fault> {
    let rows = reader.rows(
        "SELECT l.grade, l.key, l.value_a, l.value_b, l.trust_a, l.trust_b, o.id, o.plane, o.ts, o.action, o.outcome, o.decision, proof.text
         FROM (SELECT *, b AS other FROM link WHERE a = ? UNION ALL SELECT *, a FROM link WHERE b = ?) l
         JOIN event o ON o.n = l.other LEFT JOIN near_proof proof ON proof.a = l.a AND proof.b = l.b AND l.grade = '~'  ORDER BY l.strength, o.ts, o.id LIMIT 200",
        &[number.into(), number.into()],
    )?;
    Ok(rows.iter().map(link_row).collect())
}

fn link_row(row: &Row) -> LinkRow {
    let (value_a, value_b) = (row.text(2), row.text(3));
    let values = if value_a == value_b { value_a } else { format!("{value_a} / {value_b}") };
    LinkRow {
        grade: Grade::from_word(&row.text(0)).unwrap_or(Grade::None),
        key: row.text(1),
        proof: match row.maybe_text(12) {
            Some(text) => format!("{values}  ({text})"),
            None => format!("{values}  ({} / {})", row.text(4), row.text(5)),
        },
        other: row.id(6).unwrap_or(EventId(0)),
        other_plane: Plane::from_word(&row.text(7)).unwrap_or(Plane::Other),
        other_time: row.time(8),
        other_action: row.text(9),
        other_outcome: shown_outcome(&row.text(10), row.maybe_text(11).as_deref()),
    }
}

fn tags(reader: &Reader, id: EventId) -> Result<Vec<TagRow>, Fault> {
    let rows = reader.rows(
        "SELECT text, criterion, by_whom, made_at FROM tag WHERE event = ?::UUID ORDER BY seq, text",
        &[id.into()],
    )?;
    Ok(rows
        .iter()
        .map(|row| TagRow {
            event: id,
            text: row.text(0),
            criterion: row.maybe_text(1),
            by: row.text(2),
            at: row.time(3).unwrap_or(Micros(0)),
        })
        .collect())
}

fn notes(reader: &Reader, id: EventId) -> Result<Vec<NoteRow>, Fault> {
    let rows = reader.rows(
        "SELECT text, by_whom, made_at FROM note WHERE event = ?::UUID ORDER BY seq",
        &[id.into()],
    )?;
    Ok(rows
        .iter()
        .map(|row| NoteRow {
            event: id,
            text: row.text(0),
            by: row.text(1),
            at: row.time(2).unwrap_or(Micros(0)),
        })
        .collect())
}

/// Returns every delivery of the event's record, the kept one first.
pub fn places(reader: &Reader, id: EventId) -> Result<Vec<PlaceRow>, Fault> {
    let sql = format!(
        "SELECT s.name, s.member, s.content_sha256, d.raw, d.line, d.off, d.length, d.kept, v.proof FROM (
           SELECT source, lower(hex(raw_sha256)) AS raw, line, \"offset\" AS off, length, true AS kept FROM event WHERE id = ?::UUID
           UNION ALL
           SELECT source, lower(hex(raw_sha256)), line, \"offset\", length, false FROM duplicate WHERE id = ?::UUID) d
         JOIN source s ON s.source = d.source {WORST}
         ORDER BY d.kept DESC, s.content_sha256, s.name, s.member, d.off"
    );
    let rows = reader.rows(&sql, &[id.into(), id.into()])?;
    Ok(rows
        .iter()
        .map(|row| PlaceRow {
            source: row.text(0),
            member: row.maybe_text(1),
            source_sha256: row.text(2),
            record_sha256: row.text(3),
            line: u32::try_from(row.count(4)).unwrap_or(0),
            offset: row.count(5),
            length: u32::try_from(row.count(6)).unwrap_or(0),
            is_kept: row.flag(7),
            proof: source_proof(row.maybe_text(8)),
        })
        .collect())
}
