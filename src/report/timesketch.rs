//! `timesketch.jsonl`: events in the form that Timesketch imports. Every line has `message`, `datetime`, `timestamp` and
//! `timestamp_desc`; a field has one type in all lines; no field is an object. An event with several times has several
//! lines. Undated events have no place in it and are counted by the caller.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::facts::{Facts, file_of};
use super::safe;
use crate::custody::State;
use crate::model::rows::FindingState;
use crate::model::{Grade, Micros};
use crate::query::export::ExportEvent;
use crate::store::Value;
use crate::text::sanitize::sanitize;

pub(super) const FILE: &str = "timesketch.jsonl";

/// Bytes of a field that are kept. `OpenSearch` indexes longer ones as text only (limit 32,766).
const MAX_BYTES: usize = 30_000;

/// Field names and the columns they come from. All of them are texts.
const FIELDS: &[(&str, &str)] = &[
    ("plane", "plane"),
    ("actor_id", "actor"),
    ("actor_type", "actor_type"),
    ("on_behalf_of", "human"),
    ("agent_id", "agent"),
    ("session_id", "session"),
    ("session_basis", "session_basis"),
    ("trace_id", "trace"),
    ("tool", "tool"),
    ("server_name", "server"),
    ("action", "action"),
    ("action_class", "action_class"),
    ("resource_id", "resource"),
    ("decision", "decision"),
    ("policy_id", "policy"),
    ("outcome", "outcome"),
    ("error_code", "error_code"),
    ("src_ip", "address"),
    ("region", "region"),
    ("account_id", "account"),
];

/// Writes the lines of an event and returns their number, 0 for an undated one.
pub(super) fn write_event(
    out: &mut impl Write,
    event: &ExportEvent,
    state: &State,
) -> io::Result<u64> {
    let Some(time) = event.row.time else { return Ok(0) };
    let mut moments = vec![(time, "Event Time")];
    for (column, words) in [("ts_end", "Event End"), ("approval_at", "Approval Decided")] {
        if let Value::Time(moment) = event.value(column) {
            moments.push((*moment, words));
        }
    }
    let mut line = Line::default();
    line.text("message", &Facts::of(event).message());
    line.text("event_id", &event.row.id.to_string());
    for (field, column) in FIELDS {
        if let Some(text) = text_of(event, column) {
            line.text(field, &text);
        }
    }
    if let Some(place) = event.place() {
        line.text("source_file", &file_of(place));
        line.put("source_line", json!(place.line));
        line.text("raw_sha256", &place.record_sha256);
    }
    line.tags(event, state);
    line.put("sanitised", json!(line.is_changed));
    for (moment, words) in &moments {
        let mut members = Map::new();
        members.insert("datetime".to_owned(), json!(datetime(*moment)));
        members.insert("timestamp".to_owned(), json!(moment.0));
        members.insert("timestamp_desc".to_owned(), json!(words));
        members.extend(line.members.clone());
        writeln!(out, "{}", safe::json_line(&Json::Object(members)))?;
    }
    Ok(moments.len() as u64)
}

/// Returns the tags of the event, each once, sorted, and whether one had to be made harmless.
pub(super) fn tags(event: &ExportEvent, state: &State) -> (Vec<String>, bool) {
    let mut words: Vec<String> = Vec::new();
    for tag in state.tags_of(event.row.id) {
        if tag.criterion.as_deref() != Some(tag.text.as_str()) {
            words.push(format!("analyst:{}", tag.text));
        }
        if let Some(criterion) = tag.criterion {
            words.extend(technique(&criterion));
            words.push(format!("criterion:{criterion}"));
        }
    }
    // The events of a finding are sorted.
    let citing = state.findings().filter(|row| row.events.binary_search(&event.row.id).is_ok());
    let standing =
        citing.filter(|row| matches!(row.state, FindingState::Open | FindingState::Confirmed));
    words.extend(standing.map(|row| format!("finding:{}", row.number)));
    let mut is_changed = false;
    for word in &mut words {
        if let Cow::Owned(safe) = sanitize(word) {
            is_changed = true;
            *word = safe;
        }
    }
    words.sort_unstable();
    words.dedup();
    (words, is_changed)
}

/// Returns the tag that other programs know a technique by: `attack:T1685.002`.
fn technique(criterion: &str) -> Option<String> {
    let (list, label) = criterion.split_once('-')?;
    ["attack", "atlas"].contains(&list).then(|| format!("{list}:{label}"))
}

/// Returns the text of a column. The case's own session stands in where the record names none.
fn text_of(event: &ExportEvent, column: &str) -> Option<String> {
    let session = event.session.as_ref();
    match column {
        "session" => session.map(|session| session.id.clone()).or_else(|| event.text(column)),
        "session_basis" => {
            session.map(|session| session.basis.clone()).or_else(|| event.text(column))
        }
        // A person who was only guessed does not become a plain fact here.
        "human" => event.text(column).or_else(|| {
            let known = session.filter(|session| session.human_grade <= Grade::Derived);
            known.and_then(|session| session.human.clone())
        }),
        "agent" => event.text(column).or_else(|| session.and_then(|session| session.agent.clone())),
        _ => event.text(column),
    }
}

/// Returns ISO 8601 with microseconds and an explicit offset; importers read a bare `Z` in different ways.
fn datetime(moment: Micros) -> String {
    moment.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

#[derive(Default)]
struct Line {
    members: Map<String, Json>,
    is_changed: bool,
}

impl Line {
    fn put(&mut self, name: &str, value: Json) {
        self.members.insert(name.to_owned(), value);
    }

    fn tags(&mut self, event: &ExportEvent, state: &State) {
        let (words, is_changed) = tags(event, state);
        self.is_changed |= is_changed;
        self.put("tag", json!(words));
    }

    /// Adds a text, cut where it is too long; the digest of the whole then stands beside it.
    fn text(&mut self, name: &str, text: &str) {
        let safe = sanitize(text);
        self.is_changed |= matches!(safe, Cow::Owned(_));
        if safe.len() <= MAX_BYTES {
            self.put(name, json!(safe));
            return;
        }
        let hex = safe::hex(&Sha256::digest(text.as_bytes()));
        let end = safe.floor_char_boundary(MAX_BYTES);
        self.put(name, json!(safe.get(..end).unwrap_or_default()));
        self.put(&format!("{name}_sha256"), json!(hex));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character_and_keep_their_digest() {
        let mut line = Line::default();
        let long = "é".repeat(20_000);
        line.text("message", &long);
        let kept = line.members.get("message").and_then(Json::as_str).unwrap();
        assert_eq!(kept.len(), MAX_BYTES);
        assert!(long.starts_with(kept));
        assert_eq!(line.members.get("message_sha256").and_then(Json::as_str).unwrap().len(), 64);
    }

    #[test]
    fn techniques_have_the_tag_of_their_list() {
        assert_eq!(technique("attack-T1685.002").as_deref(), Some("attack:T1685.002"));
        assert_eq!(technique("atlas-AML.T0051").as_deref(), Some("atlas:AML.T0051"));
        assert_eq!(technique("soc2-CC6.1"), None);
    }

    #[test]
    fn datetime_names_its_offset_and_keeps_microseconds() {
        assert_eq!(datetime(Micros(1_783_848_662_431_007)), "2026-07-12T09:31:02.431007+00:00");
        assert_eq!(datetime(Micros(1_783_848_662_000_000)), "2026-07-12T09:31:02.000000+00:00");
    }
}
