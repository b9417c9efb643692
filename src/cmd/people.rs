//! The people of a case for its reports: those that the records name, those that were declared, and those who work on the
//! case. The redaction key makes their pseudonyms.

use std::collections::BTreeSet;

use super::case::Case;
use crate::criteria::facts::Facts;
use crate::custody::read_chain;
use crate::failure::{Failure, Kind};
use crate::model::FindingField;
use crate::model::rows::PersonName;
use crate::query;
use crate::redact::People;
use crate::store::Reader;

/// Gathers the people of a case. Fails when the key of the case was deleted.
pub(super) fn of_case(
    case: &Case,
    reader: &Reader,
    facts: &Facts,
    journal: &[u8],
) -> Result<People, Failure> {
    let redactor = case.redactor.as_ref().ok_or_else(|| {
        Failure::new(
            Kind::Failed,
            "the redaction key of this case was deleted, so people cannot be given pseudonyms",
        )
        .hint("`--names` writes the report with the names of the records")
    })?;
    let mut names = query::person_names(reader)?;
    let by_records: Vec<(String, String)> =
        names.iter().map(|one| (one.name.to_ascii_lowercase(), one.person.clone())).collect();
    let mut add = |name: &str, found: &str| {
        let name = name.trim();
        let folded = name.to_ascii_lowercase();
        let known = by_records.iter().find(|(known, _)| *known == folded);
        let person = known.map_or_else(|| name.to_owned(), |(_, person)| person.clone());
        names.push(PersonName { name: name.to_owned(), person, found: found.to_owned() });
    };
    for (key, name) in declared(facts) {
        add(name, &format!("declared as {key}"));
    }
    for finding in case.state.findings() {
        if let Some(owner) = finding.fields.get(&FindingField::Owner) {
            add(owner, &format!("owner of finding {}", finding.number));
        }
    }
    let mut workers: BTreeSet<String> =
        read_chain(journal).entries.into_iter().map(|entry| entry.actor).collect();
    workers.insert(case.journal.actor().to_owned());
    let things = query::thing_names(reader)?;
    Ok(People::new(redactor, &names, &workers, &things))
}

/// Returns the people that declared facts name, with the key that names each. A pattern with a star names nobody.
fn declared(facts: &Facts) -> Vec<(&'static str, &str)> {
    let mut all: Vec<(&'static str, Option<&str>)> = vec![
        ("system.owner", facts.system.owner.as_deref()),
        ("system.risk_decided_by", facts.system.risk_decided_by.as_deref()),
        ("people.compliance_officer", facts.people.compliance_officer.as_deref()),
        ("incident.detected_by", facts.incident.detected_by.as_deref()),
    ];
    all.extend(
        facts.scope.agents.iter().map(|one| ("owner of scope.agents", one.owner.as_deref())),
    );
    all.extend(
        facts.high_risk.iter().map(|one| ("decided_by of highrisk", one.decided_by.as_deref())),
    );
    let people = &facts.people;
    all.extend(people.approvers.iter().map(|one| ("people.approvers", Some(one.person.as_str()))));
    for (key, list) in [
        ("people.admins", &people.admins),
        ("people.on_call", &people.on_call),
        ("people.log_readers", &people.log_readers),
    ] {
        all.extend(list.iter().map(|one| (key, Some(one.as_str()))));
    }
    all.into_iter()
        .filter_map(|(key, name)| Some((key, name.filter(|name| !name.contains('*'))?)))
        .collect()
}
