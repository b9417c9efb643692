//! `events.jsonl`: one event on each line with all its columns and everything that hangs on it, then a trailer that shows
//! a cut file. Lossless: characters that act on a terminal are written as JSON escapes.

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};

use super::safe;
use crate::custody::State;
use crate::model::rows::{LinkRow, PlaceRow};
use crate::query::export::{COLUMNS, ExportEvent, SessionPart};
use crate::store::Value;

pub(super) const FILE: &str = "events.jsonl";
pub(super) const SCHEMA: &str = "whytrail.events";
pub(super) const VERSION: u32 = 1;

/// Writes one event.
pub(super) fn write_event(
    out: &mut impl Write,
    event: &ExportEvent,
    state: &State,
) -> io::Result<()> {
    let mut line = safe::json_line(&Json::Object(members(event, state)));
    // The payload is spliced in as text, so that its numbers keep every digit that the source wrote.
    line.pop();
    line.push_str(",\"payload\":");
    match safe::compact_json(&event.payload) {
        Some(payload) => line.push_str(&payload),
        None => line.push_str(&safe::json_line(&event.payload)),
    }
    line.push_str("}\n");
    out.write_all(line.as_bytes())
}

/// Writes the last line.
pub(super) fn write_trailer(out: &mut impl Write, n_events: u64) -> io::Result<()> {
    let trailer = json!({"trailer": {"schema": SCHEMA, "version": VERSION, "events": n_events}});
    writeln!(out, "{}", safe::json_line(&trailer))
}

fn members(event: &ExportEvent, state: &State) -> Map<String, Json> {
    let id = event.row.id;
    let mut members = Map::new();
    let mut put = |name: &str, value: Json| members.insert(name.to_owned(), value);
    put("schema", json!(SCHEMA));
    put("version", json!(VERSION));
    put("id", json!(id.to_string()));
    for (name, value) in COLUMNS.iter().zip(&event.values) {
        put(name, plain(value));
    }
    put("who", json!(event.row.who));
    put("in_session", event.session.as_ref().map_or(Json::Null, session));
    put("tags", tags(event, state));
    put("notes", notes(event, state));
    let identifiers = event.identifiers.iter();
    let identifiers: Vec<Json> = identifiers
        .map(|(kind, value, trust)| json!({"kind": kind, "value": value, "trust": trust}))
        .collect();
    put("identifiers", identifiers.into());
    let resources = event.resources.iter();
    put("resources", resources.map(|(id, kind)| json!({"id": id, "type": kind})).collect());
    put("links_total", json!(event.n_links));
    put("links", event.links.iter().map(link).collect());
    put("places", event.places.iter().map(place).collect());
    members
}

/// Returns a value of the store as JSON: times as RFC 3339, bytes as hex.
fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Time(_) | Value::Id(_) | Value::Blob(_) => json!(value.to_string()),
    }
}

fn session(session: &SessionPart) -> Json {
    json!({
        "id": session.id,
        "short": session.short,
        "kind": session.kind,
        "basis": session.basis,
        "human": session.human,
        "human_name": session.human_name,
        "human_grade": session.human_grade.as_str(),
        "agent": session.agent,
        "joined_by": session.joined_by.map(crate::model::Grade::as_str),
    })
}

fn tags(event: &ExportEvent, state: &State) -> Json {
    let tags = state.tags_of(event.row.id);
    tags.iter()
        .map(|tag| {
            json!({"text": tag.text, "criterion": tag.criterion, "by": tag.by, "at": tag.at.to_string()})
        })
        .collect()
}

fn notes(event: &ExportEvent, state: &State) -> Json {
    let notes = state.notes_of(event.row.id);
    notes
        .iter()
        .map(|note| json!({"text": note.text, "by": note.by, "at": note.at.to_string()}))
        .collect()
}

fn link(link: &LinkRow) -> Json {
    json!({
        "grade": link.grade.as_str(),
        "key": link.key,
        "proof": link.proof,
        "other": link.other.to_string(),
        "other_plane": link.other_plane.as_str(),
        "other_time": link.other_time.map(|time| time.to_string()),
        "other_action": link.other_action,
        "other_outcome": link.other_outcome.as_str(),
    })
}

/// Returns one delivery of a record. Offsets and lengths are bytes of the inflated content.
pub(super) fn place(place: &PlaceRow) -> Json {
    json!({
        "file": place.source,
        "member": place.member,
        "source_sha256": place.source_sha256,
        "line": place.line,
        "offset": place.offset,
        "length": place.length,
        "record_sha256": place.record_sha256,
        "kept": place.is_kept,
    })
}
