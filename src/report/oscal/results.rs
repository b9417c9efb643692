//! The assessment results: observations, findings on criteria, risks, and what they rest on. One result for the whole case.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::evidence::{self, origins};
use super::{Object, Props, catalog_file, document, line, markup, prose, time};
use crate::model::rows::{FindingRow, FindingState};
use crate::model::{FindingField, Micros};
use crate::query::export::SourceFacts;
use crate::report::folder::{FileLine, MANIFEST};
use crate::report::told::{Judgment, Standing, Told};

/// What stands in the place of an assessment plan.
const NO_PLAN: &str =
    "The records were gathered after the fact; the declared facts of the case stand in for a plan.";

/// Returns the document. `files` are those of the bundle that are in place.
pub(super) fn of(told: &Told<'_>, files: &[FileLine]) -> Json {
    let mut props = Props::default();
    props.add("case-id", told.input.case_id);
    props.add("case-name", told.input.case_name);
    let mut body = Object::default();
    body.put("metadata", people(told));
    let plan = told.ids.of("resource", "no plan");
    body.put(
        "import-ap",
        json!({"href": format!("#{plan}"), "remarks": "There is no assessment plan."}),
    );
    body.put("results", vec![result(told)]);
    body.put("back-matter", json!({"resources": resources(told, files)}));
    let title = format!("Case {}: what its records show", told.input.case_name);
    document(told, "assessment-results", &title, props, body)
}

/// Returns the members of the metadata that name people. Nobody has approved anything yet.
fn people(told: &Told<'_>) -> Json {
    let analyst = told.ids.of("party", "analyst");
    json!({
        "document-ids": [{"scheme": super::NAMESPACE, "identifier": line(told.input.case_id)}],
        "roles": [
            {"id": "assessor", "title": "Investigating analyst"},
            {"id": "approver", "title": "Compliance officer"},
        ],
        "parties": [{"uuid": analyst, "type": "person", "name": line(told.input.analyst)}],
        "responsible-parties": [{"role-id": "assessor", "party-uuids": [analyst]}],
    })
}

fn result(told: &Told<'_>) -> Json {
    let judgments = told.judgments();
    let rows: Vec<&FindingRow> = told.content.findings.iter().map(|part| &part.row).collect();
    let told_rows = || rows.iter().copied().filter(|row| row.state != FindingState::Withdrawn);
    let (start, end) = told.content.span.unwrap_or((Micros(0), Micros(0)));
    let mut observations: Vec<Json> =
        told.runs().iter().map(|run| evidence::of_rule(told, run)).collect();
    observations.extend(judgments.iter().map(|one| evidence::of_criterion(told, one)));
    observations.extend(told_rows().map(|row| evidence::of_finding(told, row)));
    let gaps = judgments.iter().filter(|one| !one.is_behavior() && one.standing() == Standing::Gap);
    let mut risks: Vec<Json> = gaps.map(|one| risk_of_gap(told, one)).collect();
    risks.extend(told_rows().map(|row| risk_of_finding(told, row)));
    let mut result = Object::default();
    result.put("uuid", told.ids.of("result", "case"));
    result.put("title", "All criteria of the packs of the case");
    result.put(
        "description",
        "Records that were supplied, examined against the criteria of the packs. They show, do not show, or cannot tell; \
         this is no opinion on whether a duty is met.",
    );
    result.put("start", time(start));
    result.put("end", time(end));
    result.list("props", accounts(told).0);
    result.put("local-definitions", json!({"components": [component(told)]}));
    result.put("reviewed-controls", json!({"control-selections": selections(told)}));
    let entries: Vec<Json> = told_rows().map(|row| log_entry(told, row)).collect();
    if !entries.is_empty() {
        result.put("assessment-log", json!({"entries": entries}));
    }
    result.list("observations", observations);
    result.list("risks", risks);
    result.list("findings", judgments.iter().filter_map(|one| finding(told, one)).collect());
    result.into_json()
}

/// Returns how many records the result rests on, and what could not be seen.
fn accounts(told: &Told<'_>) -> Props {
    let account = told.content.account;
    let mut props = Props::default();
    props.count("records-read", account.read);
    props.count("records-kept", account.kept);
    props.count("records-duplicate", account.duplicate);
    props.count("records-rejected", account.rejected);
    props.add("record-account", account.verdict());
    for spot in &told.content.spots {
        let text = format!("{} {}; cannot be said: {}", spot.name(), spot.title, spot.forbids);
        props.add("blind-spot", &text);
    }
    props
}

fn component(told: &Told<'_>) -> Json {
    json!({
        "uuid": told.ids.of("component", "tool"),
        "type": "software",
        "title": line(told.input.tool),
        "description": "The program that read the records and ran the rules.",
        "status": {"state": "operational"},
    })
}

/// Returns the criteria that were examined, by pack.
fn selections(told: &Told<'_>) -> Vec<Json> {
    let packs = told.input.packs.iter().filter(|pack| !pack.criteria.is_empty());
    packs
        .map(|pack| {
            let controls: Vec<Json> =
                pack.criteria.iter().map(|one| json!({"control-id": one.id})).collect();
            json!({
                "description": line(&pack.title),
                "links": [{"href": format!("#{}", catalog_id(told, &pack.id)), "rel": "catalog"}],
                "include-controls": controls,
            })
        })
        .collect()
}

fn catalog_id(told: &Told<'_>, pack: &str) -> String {
    told.ids.of("resource", &catalog_file(pack))
}

fn log_entry(told: &Told<'_>, row: &FindingRow) -> Json {
    json!({
        "uuid": told.ids.of("log", &format!("finding {}", row.number)),
        "title": markup(&format!("Finding {}: {}", row.number, row.title)),
        "start": time(row.at),
        "logged-by": [{"party-uuid": told.ids.of("party", "analyst")}],
    })
}

/// Returns the finding on a criterion. What cannot be told, is not applicable, or decides nothing has none, and a technique
/// is observed or not, never satisfied.
fn finding(told: &Told<'_>, judgment: &Judgment<'_>) -> Option<Json> {
    if judgment.is_behavior() {
        return None;
    }
    let (state, reason) = match judgment.standing() {
        Standing::Supports => ("satisfied", "pass"),
        Standing::Gap => ("not-satisfied", "fail"),
        Standing::CannotTell
        | Standing::NotApplicable
        | Standing::NotYet(_)
        | Standing::Context => return None,
    };
    let criterion = &judgment.line.criterion;
    let mut props = Props::default();
    props.add("verdict", judgment.word());
    props.add("evidence-strength", criterion.strength.as_str());
    if let Some((aside, _)) = judgment.mine {
        props.add("own-verdict", &aside.name);
        props.add("own-verdict-by", &aside.by);
    }
    let rules = judgment.line.run.rules.iter().map(|rule| evidence::rule_id(told, rule));
    let mut observations = vec![evidence::criterion_id(told, &criterion.id)];
    observations.extend(rules);
    let mut risks = Vec::new();
    if state == "not-satisfied" {
        risks.push(risk_id(told, "criterion", &criterion.id));
    }
    for part in told.content.findings.iter().filter(|part| part.stands()) {
        if part.row.criteria.contains(&criterion.id) {
            observations.push(evidence::finding_id(told, part.row.number));
            risks.push(risk_id(told, "finding", &part.row.number.to_string()));
        }
    }
    let mut finding = Object::default();
    finding.put("uuid", told.ids.of("finding on criterion", &criterion.id));
    finding.put("title", line(&format!("{}: {}", criterion.full_label(), criterion.title)));
    finding.put("description", markup(&format!("{}: {}", judgment.word(), judgment.line.why)));
    finding.list("props", props.0);
    finding.put("origins", origins(told, judgment.mine.is_some()));
    finding.put(
        "target",
        json!({
            "type": "objective-id",
            "target-id": criterion.id,
            "status": {
                "state": state,
                "reason": reason,
                "remarks": markup(&format!(
                    "Speaks to what the records of this period show, with strength {}. {}",
                    criterion.strength.as_str(),
                    evidence::remark(judgment)
                )),
            },
        }),
    );
    let references = |name: &str, ids: Vec<String>| -> Vec<Json> {
        ids.into_iter().map(|id| json!({name: id})).collect()
    };
    finding.list("related-observations", references("observation-uuid", observations));
    finding.list("related-risks", references("risk-uuid", risks));
    Some(finding.into_json())
}

fn risk_id(told: &Told<'_>, kind: &str, name: &str) -> String {
    told.ids.of("risk", &format!("{kind} {name}"))
}

fn risk_of_gap(told: &Told<'_>, judgment: &Judgment<'_>) -> Json {
    let criterion = &judgment.line.criterion;
    let what = format!(
        "{} exceptions in a population of {}.",
        judgment.line.run.exceptions, judgment.line.run.population
    );
    json!({
        "uuid": risk_id(told, "criterion", &criterion.id),
        "title": line(&format!("Gap in {}: {}", criterion.full_label(), criterion.title)),
        "description": what,
        "statement": markup(&format!("Asked for: {}", criterion.asks)),
        "origins": origins(told, judgment.mine.is_some()),
        "status": "open",
    })
}

fn risk_of_finding(told: &Told<'_>, row: &FindingRow) -> Json {
    let status = match row.state {
        FindingState::Open => "open",
        FindingState::Confirmed => "investigating",
        FindingState::Rejected | FindingState::Withdrawn => "closed",
    };
    let mut props = Props::default();
    props.add("severity", row.severity.as_str());
    props.add("state", row.state.as_str());
    let said = |field| row.fields.get(&field).map(String::as_str);
    for field in [FindingField::Effect, FindingField::Confidence, FindingField::Owner] {
        props.maybe(field.as_str(), said(field));
    }
    let what = format!("Finding {}, which cites {} records.", row.number, row.events.len());
    let number = row.number.to_string();
    let mut risk = Object::default();
    risk.put("uuid", risk_id(told, "finding", &number));
    risk.put("title", markup(&row.title));
    risk.put("description", what);
    risk.put("statement", prose(&row.narrative));
    risk.list("props", props.0);
    risk.put("origins", origins(told, true));
    risk.put("status", status);
    if let Some(due) = said(FindingField::Due) {
        risk.put("deadline", format!("{due}T00:00:00Z"));
    }
    if let Some(remedy) = said(FindingField::Remedy) {
        let remediation = json!({
            "uuid": told.ids.of("remediation", &number),
            "lifecycle": "recommendation",
            "title": "What should be done",
            "description": prose(remedy),
        });
        risk.put("remediations", json!([remediation]));
    }
    risk.put(
        "related-observations",
        json!([{"observation-uuid": evidence::finding_id(told, row.number)}]),
    );
    risk.into_json()
}

/// Returns what the document refers to: the reason for having no plan, the sources, and files of the bundle.
fn resources(told: &Told<'_>, files: &[FileLine]) -> Vec<Json> {
    let mut resources = vec![
        json!({
            "uuid": told.ids.of("resource", "no plan"),
            "title": "Why there is no assessment plan",
            "description": NO_PLAN,
        }),
        json!({
            "uuid": told.ids.of("resource", MANIFEST),
            "title": "Manifest of the bundle",
            "description": "Names every file of the bundle, this one too, with its digest, and the time of the export.",
            "rlinks": [{"href": format!("../{MANIFEST}"), "media-type": "application/json"}],
        }),
    ];
    let cited = ["events.jsonl", crate::report::exceptions::FILE];
    let is_cited = |file: &&FileLine| cited.contains(&file.name.as_str()) || is_catalog(&file.name);
    resources.extend(files.iter().filter(is_cited).map(|file| file_resource(told, file)));
    // The same file, found in two places, is one resource.
    let mut known = BTreeSet::new();
    for source in &told.content.sources {
        if known.insert((file_name(source), source.content_sha256.as_str())) {
            resources.push(source_resource(told, source));
        }
    }
    resources
}

fn is_catalog(name: &str) -> bool {
    name.starts_with("oscal/catalog-")
}

fn file_resource(told: &Told<'_>, file: &FileLine) -> Json {
    json!({
        "uuid": told.ids.of("resource", &file.name),
        "title": line(&file.name),
        "rlinks": [{
            "href": format!("../{}", address(&file.name)),
            "hashes": [{"algorithm": "SHA-256", "value": file.sha256}],
        }],
    })
}

/// Returns the name of a source, as that of a place of a record.
fn file_name(source: &SourceFacts) -> String {
    match &source.member {
        Some(member) => format!("{} > {member}", source.name),
        None => source.name.clone(),
    }
}

fn source_resource(told: &Told<'_>, source: &SourceFacts) -> Json {
    let name = file_name(source);
    let mut props = Props::default();
    props.maybe("format", source.format.as_deref());
    props.add("state", source.state.as_str());
    props.add("content-sha256", &source.content_sha256);
    props.count("records-read", source.account.read);
    props.count("records-rejected", source.account.rejected);
    let mut resource = Object::default();
    resource.put("uuid", evidence::source_id(told, &name, &source.content_sha256));
    resource.put("title", markup(&name));
    resource.list("props", props.0);
    let mut link = Object::default();
    link.put("href", format!("evidence/{}", address(&source.name)));
    if !source.sha256.is_empty() {
        link.put("hashes", json!([{"algorithm": "SHA-256", "value": source.sha256}]));
    }
    resource.put("rlinks", vec![link.into_json()]);
    resource.into_json()
}

/// Returns a path as the reference to it: everything but plain letters is written by its number.
fn address(path: &str) -> String {
    use std::fmt::Write;
    let mut address = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.') {
            address.push(byte.into());
        } else {
            let written = write!(address, "%{byte:02X}");
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_becomes_a_reference() {
        assert_eq!(address("a b/ü#1.json"), "a%20b/%C3%BC%231.json");
    }
}
