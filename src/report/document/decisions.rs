//! The record of consequential decisions, and what is known about data: classes, volumes, ways out, secrets in logs.

use super::facts::Frame;
use super::people::outcome;
use super::sources::rule_lines;
use super::{Section, Table, Text, joined};
use crate::criteria::ask::{Cited, Question};

/// Decisions told one by one, and classes of data listed.
const MOST_DECISIONS: usize = 25;
const MOST_CLASSES: usize = 40;

/// One row for each consequential decision that question 3 names.
pub(super) fn section(frame: Frame<'_>) -> Section {
    let mut section = Section::new("12", "Decision record");
    section.say(
        "A call log says what was called; a decision log would also say what was known, which options there were, and why one \
         was chosen. Records give the first and the last of these; options and reasons stand here only where a person adds \
         them.",
    );
    let answers = frame.assessed().map_or(&[][..], |assessed| assessed.answers);
    let answer = answers.iter().find(|answer| answer.question == Question::Oversight);
    let Some(answer) = answer.filter(|answer| !answer.cited.is_empty()) else {
        section.say(
            "No consequential call is named by question 3: none is in the records, or people have not declared which calls \
             are consequential.",
        );
        rule_lines(frame, &mut section, &["DECISION", "INPUTREF", "MODEL"]);
        return section;
    };
    let mut table = Table::new(
        "Consequential calls that question 3 names",
        &[
            "Call",
            "Before it",
            "Model and policy",
            "Person, and level",
            "Outcome",
            "Reason given, options",
        ],
    );
    for cited in answer.cited.iter().take(MOST_DECISIONS) {
        table.row(row(frame, cited));
    }
    let total = usize::try_from(answer.n_cited).unwrap_or(usize::MAX);
    table.left_out(total, "calls", "listed by `whytrail ask`");
    section.table(table);
    rule_lines(frame, &mut section, &["DECISION", "INPUTREF", "MODEL"]);
    section
}

fn row(frame: Frame<'_>, cited: &Cited) -> Vec<Text> {
    let records = frame.records();
    let facts = records.get(cited.event);
    let call = Text::time(cited.time)
        .and(" ")
        .quote(&cited.action)
        .and(" on ")
        .quote(&cited.target)
        .and(" by ")
        .then(frame.person(&cited.who))
        .with(records.cite(cited.event));
    let before = cited.before.as_ref().map_or_else(
        || Text::plain("no access before it in the records"),
        |before| Text::quoted(&before.what).with(records.cite(before.event)),
    );
    let mut about = Vec::new();
    if let Some(facts) = facts {
        about.extend(facts.model.as_ref().map(|model| Text::plain("model ").quote(model)));
        about.extend(
            facts.decision.as_ref().map(|decision| Text::plain("decision ").quote(decision)),
        );
        about.extend(facts.policy.as_ref().map(|policy| Text::plain("policy ").quote(policy)));
        about.extend(facts.reason.as_ref().map(|reason| Text::plain("reason ").quote(reason)));
    }
    let about = if about.is_empty() { Text::plain("none in the record") } else { joined(about) };
    let person = cited.human.as_ref().map_or_else(
        || Text::plain("no record of a person"),
        |human| Text::quoted(&human.what).with(records.cite(human.event)),
    );
    vec![
        call,
        before,
        about,
        Text::word(cited.label).and(" ").then(person),
        facts.map_or_else(|| Text::plain(cited.outcome.to_string()), outcome),
        Text::blank(),
    ]
}

/// Data and disclosure.
pub(super) fn data(frame: Frame<'_>) -> Section {
    let mut section = Section::new("13", "Data and disclosure");
    match frame.assessed() {
        Some(assessed) if !assessed.facts.data.classes.is_empty() => {
            let classes = &assessed.facts.data.classes;
            let mut table =
                Table::new("Declared classes of data", &["Resource", "Class", "Kept for", "Regions"]);
            for class in classes.iter().take(MOST_CLASSES) {
                let days = class.retention_days;
                table.row(vec![
                    Text::quoted(class.resource.as_str()),
                    Text::word(class.class.as_str()),
                    days.map_or_else(Text::none, |days| Text::plain(format!("{days} days"))),
                    joined(class.regions.iter().map(|region| Text::quoted(region.as_str()))),
                ]);
            }
            table.left_out(classes.len(), "classes", "in case.toml");
            section.table(table);
        }
        _ => section.say(
            "No class of data is declared, and no log has any: how sensitive what was read is cannot be told.",
        ),
    }
    rule_lines(frame, &mut section, &["PII", "OUTFLOW", "VOLUME", "SECRET"]);
    let redactions = &frame.content.redactions;
    let values: u64 = redactions.iter().map(|(_, count)| *count).sum();
    section.say(format!(
        "Secrets found in the logs themselves and replaced when they were read: {values} values of {} classes; section 15 has \
         them by class.",
        redactions.len()
    ));
    let mut people = Table::new("For a person to add", &["Question", "Answer"]);
    for question in
        ["Data map", "Lawful basis", "Entry in the register of processing", "Recipients"]
    {
        people.row(vec![Text::plain(question), Text::blank()]);
    }
    section.table(people);
    section
}
