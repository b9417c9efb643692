//! The incident annex: what people declared about detection and notice, the clocks that follow from it, and every change
//! in the window in which a provider must not change the system. Whether a duty to notify exists is decided by people.

use super::facts::Frame;
use super::sources::rule_lines;
use super::{Section, Table, Text, joined};
use crate::criteria::facts::{Incident, IncidentClass};
use crate::model::Micros;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

pub(super) fn section(frame: Frame<'_>) -> Section {
    let mut section = Section::new("14", "Incident annex");
    let Some(assessed) = frame.assessed() else {
        section.say("Declared facts were not read for this bundle.");
        return section;
    };
    let incident = &assessed.facts.incident;
    section.table(declared(frame, incident));
    section.table(clocks(incident));
    section.say(
        "The clocks run from awareness, which no log holds. Whether a duty exists, and from when it applies, is for people: \
         Articles 72, 73 and 86 of the AI Act attach to high-risk systems, and an incomplete first report is allowed.",
    );
    rule_lines(frame, &mut section, &["IRTIME", "FREEZE"]);
    let mut people = Table::new("For a person to add", &["Question", "Answer"]);
    for question in [
        "Decision to notify or not, and why",
        "Authority, and contact",
        "Link between the system and the harm: established, likely, under investigation",
        "HIPAA, PCI DSS, DORA, CRA: does any apply",
    ] {
        people.row(vec![Text::plain(question), Text::blank()]);
    }
    section.table(people);
    section
}

fn at(time: Option<Micros>) -> Text {
    time.map_or_else(Text::blank, |time| Text::time(Some(time)))
}

/// What people declared.
fn declared(frame: Frame<'_>, incident: &Incident) -> Table {
    let mut table = Table::new("Declared by people", &["Question", "Answer"]);
    let class = incident.class.map(IncidentClass::as_str);
    table.row(vec![Text::plain("Detected at"), at(incident.detected_at)]);
    table.row(vec![
        Text::plain("Detected by"),
        incident.detected_by.as_deref().map_or_else(Text::blank, |name| frame.person(name)),
    ]);
    table.row(vec![Text::plain("Aware at"), at(incident.aware_at)]);
    table.row(vec![Text::plain("Contained at"), at(incident.contained_at)]);
    table.row(vec![Text::plain("Notified at"), at(incident.notified_at)]);
    let to = joined(incident.notified_to.iter().map(|one| Text::quoted(one)));
    let to = if incident.notified_to.is_empty() { Text::blank() } else { to };
    table.row(vec![Text::plain("Notified to"), to]);
    table
        .row(vec![Text::plain("Class for Article 73"), class.map_or_else(Text::blank, Text::word)]);
    let personal = incident.personal_data.map(|is_so| if is_so { "yes" } else { "no" });
    table.row(vec![
        Text::plain("Personal data concerned"),
        personal.map_or_else(Text::blank, Text::plain),
    ]);
    table
}

/// Until when a notice would be due, by duty.
pub(super) fn clocks(incident: &Incident) -> Table {
    let mut table = Table::new("Clocks", &["Duty", "Time allowed", "Due", "State"]);
    let chosen = |class: IncidentClass| match incident.class {
        None => " (one of three, by the class of the incident)",
        Some(known) if known == class => " (the declared class)",
        Some(_) => " (not the declared class)",
    };
    let article = |class, days: i64, allowed: &str| {
        (format!("AI Act, Article 73{}", chosen(class)), allowed.to_owned(), days * DAY)
    };
    let duties = [
        article(IncidentClass::General, 15, "15 days, in general"),
        article(
            IncidentClass::Widespread,
            2,
            "2 days, widespread infringement or serious and irreversible disruption of critical infrastructure",
        ),
        article(IncidentClass::Death, 10, "10 days, death of a person"),
        (
            "GDPR, Article 33".to_owned(),
            "72 hours, where personal data are concerned".to_owned(),
            72 * HOUR,
        ),
    ];
    for (duty, allowed, span) in duties {
        let due = incident.aware_at.map(|aware| Micros(aware.0.saturating_add(span)));
        table.row(vec![
            Text::plain(duty),
            Text::plain(allowed),
            due.map_or_else(
                || Text::plain("cannot be told: aware_at is not declared"),
                |due| Text::time(Some(due)),
            ),
            Text::plain(state(due, incident.notified_at)),
        ]);
    }
    table
}

/// Says how a notice lies to when it was due. The present is not asked: a report says the same whenever it is made.
fn state(due: Option<Micros>, notified: Option<Micros>) -> &'static str {
    match (due, notified) {
        (None, _) => "cannot be told",
        (Some(_), None) => "no notice is declared",
        (Some(due), Some(notified)) if notified <= due => {
            "a notice is declared, inside the time allowed"
        }
        (Some(_), Some(_)) => "a notice is declared, after the time allowed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWARE: i64 = 1_783_848_662_000_000;

    fn due_of(incident: &Incident) -> Vec<String> {
        clocks(incident).rows.iter().map(|row| row.cells[2].spoken()).collect()
    }

    #[test]
    fn clocks_run_from_awareness_in_the_right_order_of_days() {
        let incident = Incident { aware_at: Some(Micros(AWARE)), ..Incident::default() };
        let due = due_of(&incident);
        let days = [15, 2, 10, 3].map(|days| Text::time(Some(Micros(AWARE + days * DAY))).spoken());
        assert_eq!(due, days, "general 15, widespread 2, death 10, personal data 72 hours");
    }

    #[test]
    fn without_awareness_nothing_is_due_and_a_late_notice_is_told() {
        assert!(due_of(&Incident::default()).iter().all(|due| due.starts_with("cannot be told")));
        let due = Some(Micros(AWARE));
        assert_eq!(state(due, None), "no notice is declared");
        assert_eq!(
            state(due, Some(Micros(AWARE))),
            "a notice is declared, inside the time allowed"
        );
        assert_eq!(
            state(due, Some(Micros(AWARE + 1))),
            "a notice is declared, after the time allowed"
        );
    }
}
