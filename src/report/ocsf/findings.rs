//! Criteria as Compliance Finding (class 2003); findings of people and observed techniques as Detection Finding (2004). The
//! framework's `Warning` means that a check has no result because information is missing: that is our `cannot-tell`.

use serde_json::{Value as Json, json};

use super::{MOST_NAMED, Object, VERSION, head, millis, product};
use crate::criteria::Criterion;
use crate::criteria::verdict::{RuleRun, Verdict};
use crate::model::rows::{FindingRow, FindingState, Severity};
use crate::model::{EventId, FindingField};
use crate::report::facts::file_of;
use crate::report::told::{Judgment, Standing, Told};
use crate::text::sanitize::sanitize;

const COMPLIANCE: u32 = 2003;
const DETECTION: u32 = 2004;
const ACTIVITY: u32 = 6003;

/// Returns a finding for each criterion of the packs that speak about duties.
pub(super) fn compliance(told: &Told<'_>) -> Vec<Json> {
    let judgments = told.judgments();
    judgments
        .iter()
        .filter(|one| !one.is_behavior())
        .map(|one| criterion_finding(told, one))
        .collect()
}

/// Returns a finding for each finding of the case, whatever its state, and one for each technique that was observed.
pub(super) fn detections(told: &Told<'_>) -> Vec<Json> {
    let judgments = told.judgments();
    let observed = judgments.iter().filter(|one| one.is_observed());
    told.content
        .findings
        .iter()
        .map(|part| case_finding(told, &part.row))
        .chain(observed.map(|one| technique_finding(told, one)))
        .collect()
}

/// Returns the status of a standing: 1 pass, 2 warning, 3 fail, 99 other, with a word.
const fn status(standing: Standing) -> (u32, &'static str) {
    match standing {
        Standing::Supports => (1, "Pass"),
        Standing::CannotTell => (2, "Warning"),
        Standing::Gap => (3, "Fail"),
        Standing::NotApplicable => (99, "Not applicable"),
        Standing::NotYet(_) => (99, "Not yet applicable"),
        Standing::Context => (99, "Context only"),
    }
}

fn criterion_finding(told: &Told<'_>, judgment: &Judgment<'_>) -> Json {
    let (line, pack) = (judgment.line, judgment.pack);
    let criterion = &line.criterion;
    let standing = judgment.standing();
    let severity = match standing {
        Standing::Gap => severity_of_rules(told, &line.run.rules),
        _ => 1,
    };
    let mut object = head(COMPLIANCE, 1, millis(told.moment), severity);
    let uid = told.ids.of("criterion", &criterion.id);
    object.object("metadata", metadata(told, &uid, &criterion.id));
    object.object("finding_info", criterion_info(told, judgment, &uid));
    let (status_id, word) = status(standing);
    let mut compliance = Object::new();
    compliance.list("standards", safe_list(&pack.basis));
    compliance.text("control", Some(&criterion.label));
    compliance.text("desc", Some(&criterion.asks));
    compliance.list("requirements", safe_list(std::slice::from_ref(&criterion.label)));
    compliance.put("status_id", status_id);
    compliance.put("status", word);
    compliance.list("status_details", safe_list(&details(judgment)));
    compliance.list("checks", rules(told, judgment).map(|run| check(told, run)).collect());
    object.object("compliance", compliance);
    object.list("evidences", items(told, judgment));
    object.put("status_id", 1);
    object.object("unmapped", unmapped(judgment));
    object.into_json()
}

fn rules<'t>(told: &'t Told<'_>, judgment: &Judgment<'t>) -> impl Iterator<Item = &'t RuleRun> {
    let runs = told.runs();
    judgment.line.run.rules.iter().filter_map(move |id| runs.iter().find(|run| run.rule == *id))
}

/// Returns why, in sentences: the machine's verdict, a person's own, and what bars more.
fn details(judgment: &Judgment<'_>) -> Vec<String> {
    let run = &judgment.line.run;
    let mut details = vec![format!(
        "{}: {} exceptions in {} items; strength {}",
        judgment.word(),
        run.exceptions,
        run.population,
        judgment.line.criterion.strength.as_str()
    )];
    details.push(judgment.line.why.clone());
    if let Some((aside, _)) = judgment.mine {
        details.push(format!("{} says {}: {}", aside.by, aside.name, aside.reason));
    }
    if let Standing::NotYet(date) = judgment.standing() {
        details.push(format!("not yet applicable on the event date (applies from {date})"));
    }
    details
}

fn check(told: &Told<'_>, run: &RuleRun) -> Json {
    let mut check = Object::new();
    let rule = told.rule(&run.rule);
    check.text("uid", Some(&run.rule));
    check.text("name", rule.map(|rule| rule.title.as_str()));
    check.text("desc", rule.map(|rule| rule.asks.as_str()));
    check.text("version", Some(&run.version));
    let (id, word) = match run.verdict {
        Verdict::Supports => status(Standing::Supports),
        Verdict::Gap => status(Standing::Gap),
        Verdict::CannotTell => status(Standing::CannotTell),
        Verdict::NotApplicable => status(Standing::NotApplicable),
    };
    check.put("status_id", id);
    check.put("status", word);
    check.into_json()
}

fn severity_of_rules(told: &Told<'_>, rules: &[String]) -> u32 {
    let found = rules.iter().filter_map(|id| told.rule(id)).map(|rule| rule.severity).max();
    found.map_or(2, severity)
}

/// Returns the number of a severity: 1 informational to 5 critical.
const fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

fn criterion_info(told: &Told<'_>, judgment: &Judgment<'_>, uid: &str) -> Object {
    let criterion = &judgment.line.criterion;
    let mut info = info(told, uid, &format!("{} {}", criterion.full_label(), criterion.title));
    info.text("desc", Some(&criterion.asks));
    let analytics: Vec<Json> =
        rules(told, judgment).map(|run| analytic(&run.rule, &run.version)).collect();
    match analytics.split_first() {
        None => info.put("analytic", analytic(&criterion.id, &judgment.pack.version)),
        Some((first, others)) => {
            info.put("analytic", first.clone());
            info.list("related_analytics", others.to_vec());
        }
    }
    related(told, &mut info, shown_by(told, judgment).into_iter());
    info
}

/// Returns the records that show it: calls that are a sign of a technique, and what rules found.
fn shown_by(told: &Told<'_>, judgment: &Judgment<'_>) -> Vec<EventId> {
    let found = rules(told, judgment).flat_map(|run| &run.instances);
    let cues = told.cues_of(&judgment.line.criterion.id).iter().copied();
    cues.chain(found.filter_map(|instance| instance.event)).collect()
}

/// Returns what rules found that no single record shows: a source, a session, a tool.
fn items(told: &Told<'_>, judgment: &Judgment<'_>) -> Vec<Json> {
    let found = rules(told, judgment)
        .flat_map(|run| run.instances.iter().map(move |instance| (run, instance)))
        .filter(|(_, instance)| told.record(instance).is_none());
    found
        .take(MOST_NAMED)
        .map(|(run, instance)| {
            let mut data = Object::new();
            data.text("rule", Some(&run.rule));
            data.text("item", Some(&instance.item));
            data.text("why", Some(&instance.why));
            let mut evidence = Object::new();
            evidence.object("data", data);
            evidence.into_json()
        })
        .collect()
}

fn analytic(rule: &str, version: &str) -> Json {
    json!({"type_id": 1, "type": "Rule", "uid": rule, "name": rule, "version": version})
}

fn info(told: &Told<'_>, uid: &str, title: &str) -> Object {
    let mut info = Object::new();
    info.put("uid", uid);
    info.text("title", Some(title));
    info.put("created_time", millis(told.moment));
    info
}

/// Names records, each once, and says how many there are.
fn related(told: &Told<'_>, info: &mut Object, events: impl Iterator<Item = EventId>) {
    let mut named: Vec<EventId> = Vec::new();
    for event in events {
        if told.records.contains_key(&event) && !named.contains(&event) {
            named.push(event);
        }
    }
    if named.is_empty() {
        return;
    }
    info.put("related_events_count", named.len());
    let events = named.iter().take(MOST_NAMED).filter_map(|event| {
        let activity = told.records.get(event)?.activity;
        Some(json!({"uid": event.to_string(), "type_uid": ACTIVITY * 100 + activity}))
    });
    info.list("related_events", events.collect());
}

fn metadata(told: &Told<'_>, uid: &str, code: &str) -> Object {
    let mut metadata = Object::new();
    metadata.put("version", VERSION);
    metadata.put("product", product(told.input.tool));
    metadata.put("uid", uid);
    metadata.text("event_code", Some(code));
    metadata
}

fn unmapped(judgment: &Judgment<'_>) -> Object {
    let (line, pack) = (judgment.line, judgment.pack);
    let mut unmapped = Object::new();
    unmapped.text("whytrail.criterion", Some(&line.criterion.id));
    unmapped.text("whytrail.pack", Some(&pack.id));
    unmapped.text("whytrail.pack_version", Some(&pack.version));
    unmapped.text("whytrail.pack_sha256", Some(&pack.sha256));
    unmapped.text("whytrail.verdict", Some(judgment.word()));
    unmapped.text("whytrail.strength", Some(line.criterion.strength.as_str()));
    unmapped.put("whytrail.population", line.run.population);
    unmapped.put("whytrail.exceptions", line.run.exceptions);
    unmapped.text("whytrail.cannot_show", Some(&line.criterion.cannot_show));
    if let Some((aside, _)) = judgment.mine {
        unmapped.text("whytrail.own_verdict", Some(&aside.name));
        unmapped.text("whytrail.own_verdict_by", Some(&aside.by));
    }
    unmapped
}

/// Returns the activity and the status of a finding's state.
const fn state(state: FindingState) -> (u32, u32) {
    match state {
        FindingState::Open => (1, 1),
        FindingState::Confirmed => (1, 2),
        FindingState::Rejected => (3, 3),
        FindingState::Withdrawn => (3, 6),
    }
}

fn case_finding(told: &Told<'_>, row: &FindingRow) -> Json {
    let (activity, status_id) = state(row.state);
    let mut object = head(DETECTION, activity, millis(row.at), severity(row.severity));
    let uid = told.ids.of("finding", &row.number.to_string());
    object.object("metadata", metadata(told, &uid, &format!("finding-{}", row.number)));
    let mut info = info(told, &uid, &row.title);
    info.put("created_time", millis(row.at));
    info.text("desc", Some(&row.narrative));
    info.put(
        "analytic",
        json!({"type_id": 99, "type": "A person's finding", "uid": "person", "name": "person"}),
    );
    info.list("types", safe_list(&row.criteria));
    related(told, &mut info, row.events.iter().copied());
    object.object("finding_info", info);
    object.list("evidences", evidences(told, row.events.iter().copied()));
    object.put("status_id", status_id);
    object.put("is_alert", false);
    let said = |field| row.fields.get(&field).map(String::as_str);
    let confidence = said(FindingField::Confidence);
    if let Some(id) = confidence.and_then(confidence_id) {
        object.put("confidence_id", id);
        object.text("confidence", confidence);
    }
    let (mut remediation, mut assignee) = (Object::new(), Object::new());
    remediation.text("desc", said(FindingField::Remedy));
    assignee.text("name", said(FindingField::Owner));
    object.object("remediation", remediation);
    object.object("assignee", assignee);
    let mut unmapped = Object::new();
    unmapped.text("whytrail.effect", said(FindingField::Effect));
    unmapped.text("whytrail.due", said(FindingField::Due));
    unmapped.put("whytrail.finding", row.number);
    unmapped.text("whytrail.state", Some(row.state.as_str()));
    unmapped.text("whytrail.by", Some(&row.by));
    object.object("unmapped", unmapped);
    object.into_json()
}

/// Returns the number of how sure an analyst is.
fn confidence_id(word: &str) -> Option<u32> {
    let place = ["low", "medium", "high"].iter().position(|known| *known == word)?;
    u32::try_from(place + 1).ok()
}

fn technique_finding(told: &Told<'_>, judgment: &Judgment<'_>) -> Json {
    let criterion = &judgment.line.criterion;
    let severity = severity_of_rules(told, &judgment.line.run.rules);
    let mut object = head(DETECTION, 1, millis(told.moment), severity);
    let uid = told.ids.of("criterion", &criterion.id);
    object.object("metadata", metadata(told, &uid, &criterion.id));
    let mut info = criterion_info(told, judgment, &uid);
    info.list("attacks", vec![attack(criterion)]);
    object.object("finding_info", info);
    let mut evidences = evidences(told, shown_by(told, judgment).into_iter());
    evidences.extend(items(told, judgment));
    object.list("evidences", evidences);
    object.put("status_id", 1);
    object.put("is_alert", false);
    object.object("unmapped", unmapped(judgment));
    object.into_json()
}

/// Returns a technique, or a part of one: `T1685.002`, `AML.T0051.000`.
fn attack(criterion: &Criterion) -> Json {
    let mut attack = Object::new();
    attack.text("version", criterion.version.as_deref());
    let mut technique = Object::new();
    technique.text("uid", Some(&criterion.label));
    technique.text("name", Some(&criterion.title));
    let number = criterion.label.rsplit('T').next().unwrap_or_default();
    let member = if number.contains('.') { "sub_technique" } else { "technique" };
    attack.object(member, technique);
    attack.into_json()
}

/// Returns records with what was called and where they lie.
fn evidences(told: &Told<'_>, events: impl Iterator<Item = EventId>) -> Vec<Json> {
    let cited = events.filter_map(|event| told.records.get(&event)).take(MOST_NAMED);
    cited
        .map(|cited| {
            let facts = &cited.facts;
            let (mut api, mut user, mut actor) = (Object::new(), Object::new(), Object::new());
            api.text("operation", Some(&facts.action));
            user.text("name", Some(&facts.who));
            actor.object("user", user);
            let place = facts.place.as_ref();
            let mut data = Object::new();
            data.put("event_id", facts.id.to_string());
            data.put("time", facts.time.map(|time| time.to_string()));
            data.text("source_file", place.map(file_of).as_deref());
            data.put("source_line", place.map(|place| place.line));
            data.put("source_offset", place.map(|place| place.offset));
            data.text("raw_sha256", place.map(|place| place.record_sha256.as_str()));
            let mut evidence = Object::new();
            evidence.object("api", api);
            evidence.object("actor", actor);
            evidence.object("data", data);
            evidence.into_json()
        })
        .collect()
}

fn safe_list(texts: &[String]) -> Vec<Json> {
    texts.iter().map(|text| json!(sanitize(text))).collect()
}
