//! `whytrail show`: one event with its links, tags and places, or the bytes of its record.

use std::fmt::Write;

use serde_json::json;

use super::ingest::no_key;
use super::{Context, case, output};
use crate::failure::{Ended, Failure};
use crate::model::EventId;
use crate::model::rows::Detail;
use crate::query;
use crate::report::json_line;
use crate::store::Reader;
use crate::text::sanitize::sanitize;

pub(super) fn run(context: &Context, id: &str, is_raw: bool) -> Ended {
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    let id = find(&reader, id)?;
    if is_raw {
        let redactor = case.redactor.as_ref().ok_or_else(no_key)?;
        let view = query::raw(&reader, redactor, id)?.ok_or_else(|| gone(id))?;
        let mut text = format!(
            "{}{}  line {}  offset {}  {} bytes\nsha256 {}  {}\n",
            view.file,
            view.member.as_ref().map_or_else(String::new, |member| format!(" > {member}")),
            view.line,
            view.offset,
            view.length,
            view.sha256,
            match view.is_unchanged {
                Some(true) => "same as at load",
                Some(false) => "CHANGED since load",
                None => "not read again",
            }
        );
        for line in &view.lines {
            text.push_str(line);
            text.push('\n');
        }
        text.extend(view.cut.iter().map(|cut| format!("{cut}\n")));
        return output::print(context, &clean(&text));
    }
    let detail = query::detail(&reader, id)?.ok_or_else(|| gone(id))?;
    let text = if context.shared.output.json {
        format!("{}\n", json_line(&as_json(&detail)))
    } else {
        clean(&as_text(&detail))
    };
    output::print(context, &text)
}

/// Returns the one event whose id is or begins with `text`.
pub(super) fn find(reader: &Reader, text: &str) -> Result<EventId, Failure> {
    match query::find_event(reader, text)? {
        Ok(id) => Ok(id),
        Err(0) => {
            Err(Failure::usage(format!("no event has an id that begins with `{}`", sanitize(text)))
                .hint("`whytrail timeline --columns id,time,action` lists ids"))
        }
        Err(_) => Err(Failure::usage(format!("several events have ids that begin with `{text}`"))
            .hint("give more digits")),
    }
}

fn gone(id: EventId) -> Failure {
    Failure::usage(format!("the case has no event `{id}`"))
}

/// Makes every line safe for a terminal.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for line in text.lines() {
        clean.push_str(&sanitize(line));
        clean.push('\n');
    }
    clean
}

fn as_text(detail: &Detail) -> String {
    let mut text = format!("event {}\n", detail.id);
    for (name, value) in &detail.fields {
        writeln!(text, "  {name:<18} {value}").unwrap_or_default();
    }
    for (id, kind) in &detail.resources {
        writeln!(text, "  {:<18} {id}  {}", "resource", kind.as_deref().unwrap_or_default())
            .unwrap_or_default();
    }
    for (kind, value, trust) in &detail.identifiers {
        writeln!(text, "  {kind:<18} {value}  ({trust})").unwrap_or_default();
    }
    if let Some(note) = &detail.boundary {
        writeln!(text, "  {:<18} {}", "boundary", note.sentence()).unwrap_or_default();
    }
    if !detail.links.is_empty() {
        text.push_str("links\n");
    }
    for link in &detail.links {
        let time = link.other_time.map_or_else(String::new, |time| time.to_string());
        writeln!(
            text,
            "  {} {:<16} {} {time} {} {}  {}",
            link.grade,
            link.key,
            link.other_plane,
            link.other_action,
            link.other_outcome.screen(),
            link.proof
        )
        .unwrap_or_default();
    }
    for tag in &detail.tags {
        let criterion = tag.criterion.as_deref().unwrap_or_default();
        writeln!(text, "tag   {} {criterion}  by {} at {}", tag.text, tag.by, tag.at)
            .unwrap_or_default();
    }
    for note in &detail.notes {
        writeln!(text, "note  {}  by {} at {}", note.text, note.by, note.at).unwrap_or_default();
    }
    text.push_str("places\n");
    for place in &detail.places {
        writeln!(
            text,
            "  {} {}{} line {} offset {} length {}  sha256 {}{}",
            if place.is_kept { "kept     " } else { "duplicate" },
            place.source,
            place.member.as_ref().map_or_else(String::new, |member| format!(" > {member}")),
            place.line,
            place.offset,
            place.length,
            place.record_sha256,
            place
                .proof
                .as_ref()
                .map_or_else(String::new, |proof| format!("  proof: {}", proof.state))
        )
        .unwrap_or_default();
    }
    let redacted = crate::redact::marks_by_class(&detail.payload);
    if !redacted.is_empty() {
        let words: Vec<String> =
            redacted.iter().map(|(class, count)| format!("{class} {count}")).collect();
        writeln!(text, "redacted {}", words.join(", ")).unwrap_or_default();
    }
    let payload = serde_json::from_str::<serde_json::Value>(&detail.payload)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| detail.payload.clone());
    writeln!(text, "payload\n{payload}").unwrap_or_default();
    text
}

fn as_json(detail: &Detail) -> serde_json::Value {
    let fields: serde_json::Map<String, serde_json::Value> =
        detail.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let links: Vec<_> = detail
        .links
        .iter()
        .map(|link| {
            json!({ "grade": link.grade.as_str(), "key": link.key, "proof": link.proof, "other": link.other.to_string(),
                    "plane": link.other_plane.as_str(), "time": link.other_time.map(|time| time.to_string()),
                    "action": link.other_action, "outcome": link.other_outcome.as_str() })
        })
        .collect();
    let places: Vec<_> = detail
        .places
        .iter()
        .map(|place| {
            json!({ "source": place.source, "member": place.member, "source_sha256": place.source_sha256,
                    "record_sha256": place.record_sha256, "line": place.line, "offset": place.offset,
                    "length": place.length, "kept": place.is_kept,
                    "proof": place.proof.as_ref().map(|proof| json!({ "standing": proof.standing.as_str(), "state": proof.state })) })
        })
        .collect();
    json!({
        "schema": "whytrail.event",
        "version": 1,
        "id": detail.id.to_string(),
        "fields": fields,
        "identifiers": detail.identifiers.iter().map(|(kind, value, trust)| json!({ "kind": kind, "value": value, "trust": trust })).collect::<Vec<_>>(),
        "resources": detail.resources.iter().map(|(id, kind)| json!({ "id": id, "type": kind })).collect::<Vec<_>>(),
        "boundary": detail.boundary.as_ref().map(|note| json!({ "result": note.result, "entry": note.entry, "why": note.why })),
        "links": links,
        "tags": detail.tags.iter().map(|tag| json!({ "text": tag.text, "criterion": tag.criterion, "by": tag.by, "at": tag.at.to_string() })).collect::<Vec<_>>(),
        "notes": detail.notes.iter().map(|note| json!({ "text": note.text, "by": note.by, "at": note.at.to_string() })).collect::<Vec<_>>(),
        "places": places,
        "redacted": crate::redact::marks_by_class(&detail.payload),
        "payload": serde_json::from_str::<serde_json::Value>(&detail.payload).unwrap_or_else(|_| json!(detail.payload)),
    })
}
