//! `findings.json`, the contract of a bundle: each finding with its facts (cited events, where their records lie, which
//! links join them) apart from the analyst's own text.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::bundle::BundleInput;
use super::content::{Content, FindingPart};
use super::facts::Facts;
use super::{manifest, safe};
use crate::custody::AsideKind;
use crate::model::gaps::BlindSpot;
use crate::model::{EventId, FindingField, Grade};
use crate::query::export::InnerLink;

pub(super) const FILE: &str = "findings.json";
pub(super) const SCHEMA: &str = "whytrail.findings";
pub(super) const VERSION: u32 = 1;

/// Returns the text of the file.
pub(super) fn text(
    input: &BundleInput<'_>,
    content: &Content,
    facts: &BTreeMap<EventId, Facts>,
) -> String {
    let findings: Vec<Json> = content.findings.iter().map(|part| finding(part, facts)).collect();
    let spots: Vec<Json> = content.spots.iter().map(|spot| blind_spot(input, spot)).collect();
    safe::json_pages(&json!({
        "schema": SCHEMA,
        "version": VERSION,
        "case": {"name": input.case_name, "id": input.case_id},
        "tool": input.tool,
        "redactions": manifest::redactions(&content.redactions),
        "blind_spots": spots,
        "findings": findings,
    }))
}

fn finding(part: &FindingPart, facts: &BTreeMap<EventId, Facts>) -> Json {
    let row = &part.row;
    let mut events: Vec<&Facts> = row.events.iter().filter_map(|id| facts.get(id)).collect();
    sort_in_time(&mut events);
    let said = |field: FindingField| row.fields.get(&field);
    let missing: Vec<String> = part.missing.iter().map(ToString::to_string).collect();
    json!({
        "number": row.number,
        "state": row.state.as_str(),
        "severity": row.severity.as_str(),
        "title": row.title,
        "narrative": row.narrative,
        "effect": said(FindingField::Effect),
        "confidence": said(FindingField::Confidence),
        "remedy": said(FindingField::Remedy),
        "owner": said(FindingField::Owner),
        "due": said(FindingField::Due),
        "criteria": row.criteria,
        "by": row.by,
        "at": row.at.to_string(),
        "events": events.into_iter().map(event).collect::<Vec<_>>(),
        "events_missing": missing,
        "blind_spots": part.spots,
        "links": {
            "grades": grades(part),
            "leans_on_near": part.n_near() > 0,
            "between_events": part.inner.iter().map(link).collect::<Vec<_>>(),
        },
    })
}

/// Returns what could not be seen; `accepted` is the analyst's reason for taking it as it is.
fn blind_spot(input: &BundleInput<'_>, spot: &BlindSpot) -> Json {
    let accepted = input.state.asides().get(AsideKind::Gap, &spot.key);
    json!({
        "number": spot.number,
        "key": spot.key,
        "kind": spot.kind,
        "grade": spot.grade.as_str(),
        "certainty": spot.certainty.as_str(),
        "source": spot.source,
        "from": spot.from.map(|time| time.to_string()),
        "to": spot.to.map(|time| time.to_string()),
        "title": spot.title,
        "detail": spot.detail,
        "cannot_say": spot.forbids,
        "accepted": accepted.map(|aside| json!({"reason": aside.reason, "by": aside.by, "at": aside.at.to_string()})),
    })
}

/// Sorts facts by time, undated ones last, then by id.
pub(super) fn sort_in_time(events: &mut [&Facts]) {
    events.sort_by_key(|facts| (facts.time.is_none(), facts.time, facts.id));
}

fn grades(part: &FindingPart) -> Json {
    let count = |wanted: Grade| -> u64 {
        part.grades.iter().filter(|(grade, _)| *grade == wanted).map(|(_, count)| count).sum()
    };
    json!({"=": count(Grade::Exact), "+": count(Grade::Derived), "~": count(Grade::Near)})
}

fn event(facts: &Facts) -> Json {
    let place = facts.place.as_ref();
    json!({
        "id": facts.id.to_string(),
        "time": facts.time.map(|time| time.to_string()),
        "facts": {
            "plane": facts.plane.as_str(),
            "who": facts.who,
            "action": facts.action,
            "resource": facts.resource,
            "decision": facts.decision,
            "outcome": facts.outcome.as_str(),
            "error_code": facts.error_code,
            "session": facts.session,
        },
        "file": place.map(|place| place.source.as_str()),
        "member": place.and_then(|place| place.member.as_deref()),
        "source_sha256": place.map(|place| place.source_sha256.as_str()),
        "line": place.map(|place| place.line),
        "record_sha256": place.map(|place| place.record_sha256.as_str()),
    })
}

fn link(link: &InnerLink) -> Json {
    json!({
        "a": link.a.to_string(),
        "b": link.b.to_string(),
        "grade": link.grade.as_str(),
        "key": link.key,
        "proof": link.proof,
    })
}
