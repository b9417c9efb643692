//! Observations: one for each run of a rule, for each criterion, and for each finding of the case, with the records that
//! show it.

use serde_json::{Value as Json, json};

use super::{Object, Props, line, markup, prose, time};
use crate::criteria::verdict::{Instance, RuleRun, Verdict};
use crate::model::EventId;
use crate::model::rows::FindingRow;
use crate::report::facts::file_of;
use crate::report::told::{Judgment, Standing, Told};

/// Records of one observation; `exceptions.csv` and `findings.json` hold the others.
const MOST_NAMED: usize = 50;

/// Ids of the observations, by what they are about.
pub(super) fn rule_id(told: &Told<'_>, rule: &str) -> String {
    told.ids.of("observation of rule", rule)
}

pub(super) fn criterion_id(told: &Told<'_>, criterion: &str) -> String {
    told.ids.of("observation of criterion", criterion)
}

pub(super) fn finding_id(told: &Told<'_>, number: u32) -> String {
    told.ids.of("observation of finding", &number.to_string())
}

/// Returns the id of the resource that stands for a source.
pub(super) fn source_id(told: &Told<'_>, name: &str, content: &str) -> String {
    told.ids.of("source", &format!("{name}\0{content}"))
}

/// Returns who observed: the program, or the analyst.
pub(super) fn origins(told: &Told<'_>, is_person: bool) -> Json {
    let actor = if is_person {
        json!({"type": "party", "actor-uuid": told.ids.of("party", "analyst")})
    } else {
        json!({"type": "tool", "actor-uuid": told.ids.of("component", "tool")})
    };
    json!([{"actors": [actor]}])
}

/// Returns the observation of a rule's run.
pub(super) fn of_rule(told: &Told<'_>, run: &RuleRun) -> Json {
    let rule = told.rule(&run.rule);
    let mut props = Props::default();
    props.add("rule-id", &run.rule);
    props.add("rule-version", &run.version);
    props.maybe("rule-sha256", rule.map(|rule| rule.sha256.as_str()));
    props.add("verdict", run.verdict.as_str());
    props.add("evidence-strength", run.strength.as_str());
    props.count("population", run.population);
    props.count("exceptions", run.exceptions);
    props.count("cannot-tell", run.unknown);
    for (why, count) in &run.excluded {
        props.add("left-out", &format!("{count} {why}"));
    }
    props.each("waits-for", run.waits_for.iter().map(String::as_str));
    run.spots.iter().for_each(|number| props.add("blind-spot", &format!("B{number}")));
    let asks = rule.map_or_else(String::new, |rule| format!("{} ", rule.asks));
    let description = format!(
        "{asks}Exceptions: {} in a population of {}. {}",
        run.exceptions,
        run.population,
        run.reasons.join(". ")
    );
    let n_more = run.instances.len().saturating_sub(MOST_NAMED);
    if n_more > 0 {
        props.count("more-in-exceptions-csv", n_more as u64);
    }
    let named = run.instances.iter().take(MOST_NAMED);
    let title = rule.map_or(run.rule.as_str(), |rule| rule.title.as_str());
    let remarks = rule.map(|rule| format!("No record can show: {}", rule.cannot_show));
    let mut observation = Object::default();
    observation.put("uuid", rule_id(told, &run.rule));
    observation.put("title", line(&format!("{}: {title}", run.rule)));
    observation.put("description", markup(&description));
    observation.list("props", props.0);
    observation.put("methods", json!(["EXAMINE"]));
    observation.put("types", json!([kind(run.verdict == Verdict::Gap)]));
    observation.put("origins", origins(told, false));
    observation.list("relevant-evidence", named.map(|instance| found(told, instance)).collect());
    observation.put("collected", time(told.moment));
    if let Some(remarks) = remarks {
        observation.put("remarks", markup(&remarks));
    }
    observation.into_json()
}

const fn kind(is_gap: bool) -> &'static str {
    if is_gap { "finding" } else { "control-objective" }
}

/// Returns the observation of a criterion: what it comes to, and why.
pub(super) fn of_criterion(told: &Told<'_>, judgment: &Judgment<'_>) -> Json {
    let (line_of, pack) = (judgment.line, judgment.pack);
    let criterion = &line_of.criterion;
    let standing = judgment.standing();
    let mut props = Props::default();
    props.add("criterion-id", &criterion.id);
    props.add("pack-id", &pack.id);
    props.add("pack-version", &pack.version);
    props.add("pack-sha256", &pack.sha256);
    props.add("verdict", judgment.word());
    props.add("evidence-strength", criterion.strength.as_str());
    props.count("population", line_of.run.population);
    props.count("exceptions", line_of.run.exceptions);
    props.each("rule-id", line_of.run.rules.iter().map(String::as_str));
    props.each("unknown-rule", line_of.run.unknown_rules.iter().map(String::as_str));
    if judgment.is_behavior() {
        props.classed("technique", Some("attack"), &criterion.label);
    }
    if let Standing::NotYet(date) = standing {
        props.add("applies-from", &date.to_string());
    }
    if let Some((aside, _)) = judgment.mine {
        props.add("own-verdict", &aside.name);
        props.add("own-verdict-by", &aside.by);
        props.add("own-verdict-at", &time(aside.at));
        props.add("own-verdict-reason", &aside.reason);
    }
    let description = format!("{} Comes to {}: {}.", criterion.asks, judgment.word(), line_of.why);
    let cues = told.cues_of(&criterion.id).iter();
    let mut observation = Object::default();
    observation.put("uuid", criterion_id(told, &criterion.id));
    observation.put("title", line(&format!("{}: {}", criterion.full_label(), criterion.title)));
    observation.put("description", markup(&description));
    observation.list("props", props.0);
    observation.put("methods", json!(["EXAMINE"]));
    observation.put("types", json!([kind(standing == Standing::Gap)]));
    observation.put("origins", origins(told, judgment.mine.is_some()));
    observation
        .list("relevant-evidence", cues.filter_map(|event| relevant(told, *event, None)).collect());
    observation.put("collected", time(told.moment));
    observation.put("remarks", markup(&remark(judgment)));
    observation.into_json()
}

/// Returns what a reader must know beside the verdict.
pub(super) fn remark(judgment: &Judgment<'_>) -> String {
    let limits = format!("No record can show: {}", judgment.line.criterion.cannot_show);
    match judgment.standing() {
        Standing::CannotTell => {
            format!("It cannot be told from the records supplied, so there is no finding. {limits}")
        }
        Standing::NotYet(date) => format!(
            "Not yet applicable on the event date (applies from {date}), so there is no finding. {limits}"
        ),
        Standing::NotApplicable => {
            let reason = judgment.mine.map_or("", |(aside, _)| aside.reason.as_str());
            format!("A person declared it not applicable: {reason}. {limits}")
        }
        Standing::Context => {
            format!(
                "Its records help a reader and decide nothing, so there is no finding. {limits}"
            )
        }
        Standing::Supports | Standing::Gap => limits,
    }
}

/// Returns the observation of a finding of the case: facts from the records, and the analyst's own text as such.
pub(super) fn of_finding(told: &Told<'_>, row: &FindingRow) -> Json {
    let mut props = Props::default();
    props.count("finding", row.number.into());
    props.add("state", row.state.as_str());
    props.add("severity", row.severity.as_str());
    props.each("criterion-id", row.criteria.iter().map(String::as_str));
    let named: Vec<EventId> =
        row.events.iter().copied().filter(|event| told.records.contains_key(event)).collect();
    if named.len() > MOST_NAMED {
        props.count("more-in-findings-json", (named.len() - MOST_NAMED) as u64);
    }
    let mut observation = Object::default();
    observation.put("uuid", finding_id(told, row.number));
    observation.put("title", markup(&row.title));
    observation.put(
        "description",
        format!("The analyst's own text, apart from the records:\n\n{}", prose(&row.narrative)),
    );
    observation.list("props", props.0);
    observation.put("methods", json!(["EXAMINE"]));
    observation.put("types", json!(["finding"]));
    observation.put("origins", origins(told, true));
    let evidence = named.iter().take(MOST_NAMED);
    observation.list(
        "relevant-evidence",
        evidence.filter_map(|event| relevant(told, *event, None)).collect(),
    );
    observation.put("collected", time(row.at));
    observation.into_json()
}

/// Returns what a rule found as evidence: a record, or an item that no single record shows, a source for instance.
fn found(told: &Told<'_>, instance: &Instance) -> Json {
    let record = instance.event.and_then(|event| relevant(told, event, Some(&instance.why)));
    record.unwrap_or_else(|| {
        let mut props = Props::default();
        props.add("item", &instance.item);
        let mut evidence = Object::default();
        evidence.put("description", markup(&format!("{}: {}", instance.why, instance.item)));
        evidence.list("props", props.0);
        evidence.into_json()
    })
}

/// Returns a record as evidence: what it says, and where it lies.
fn relevant(told: &Told<'_>, event: EventId, why: Option<&str>) -> Option<Json> {
    let facts = &told.records.get(&event)?.facts;
    let mut props = Props::default();
    props.add("event-id", &facts.id.to_string());
    props.maybe("event-time", facts.time.map(time).as_deref());
    let mut evidence = Object::default();
    let place = facts.place.as_ref();
    if let Some(place) = place {
        props.add("source-file", &file_of(place));
        props.add("source-line", &place.line.to_string());
        props.add("source-offset", &place.offset.to_string());
        props.add("event-sha256", &place.record_sha256);
        let id = source_id(told, &file_of(place), &place.source_sha256);
        evidence.put("href", format!("#{id}"));
    }
    let said = facts.message();
    evidence.put("description", markup(&why.map_or(said.clone(), |why| format!("{why}: {said}"))));
    evidence.list("props", props.0);
    Some(evidence.into_json())
}
