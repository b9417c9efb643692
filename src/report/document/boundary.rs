//! The system as people declare it beside the system as records show it, and the boundary that was drawn for its agents.

use super::facts::Frame;
use super::sources::rule_lines;
use super::{Section, Table, Text, joined};
use crate::criteria::facts::{Facts, Pattern, ScopeEntry};

/// Answers about the boundary that are listed.
const MOST_ANSWERS: usize = 40;
/// Declared entries that are listed.
const MOST_ENTRIES: usize = 60;

/// System and role.
pub(super) fn system(frame: Frame<'_>) -> Section {
    let mut section = Section::new("3", "System and role");
    match frame.assessed() {
        None => section.say("Declared facts were not read for this bundle."),
        Some(assessed) => declared(frame, assessed.facts, &mut section),
    }
    if let Some(assessed) = frame.assessed().filter(|assessed| !assessed.faults.is_empty()) {
        section.notice(Text::plain(format!(
            "The file of declared facts has {} faults; what they touch cannot be told.",
            assessed.faults.len()
        )));
        let faults = assessed.faults.iter().map(|fault| Text::quoted(&fault.to_string()));
        section.list(faults.collect());
    }
    observed(frame, &mut section);
    section
}

fn declared(frame: Frame<'_>, facts: &Facts, section: &mut Section) {
    let system = &facts.system;
    let mut table = Table::new("Declared by people", &["Question", "Answer"]);
    let roles: Vec<&str> = facts.roles.iter().map(|role| role.as_str()).collect();
    let roles = (!roles.is_empty()).then(|| roles.join(", "));
    for (name, value) in [
        ("Name", system.name.as_deref()),
        ("Version", system.version.as_deref()),
        ("Provider", system.provider.as_deref()),
        ("Deployer", system.deployer.as_deref()),
        ("Role of who reports", roles.as_deref()),
        ("Intended purpose", system.purpose.as_deref()),
        ("Model card", system.model_card.as_deref()),
        ("Risk class", system.risk_class.as_deref()),
    ] {
        table.row(vec![Text::plain(name), value.map_or_else(Text::blank, Text::quoted)]);
    }
    for (name, person) in
        [("Owner", &system.owner), ("Risk class decided by", &system.risk_decided_by)]
    {
        let person = person.as_deref().map_or_else(Text::blank, |person| frame.person(person));
        table.row(vec![Text::plain(name), person]);
    }
    for mapped in &facts.high_risk {
        let points = joined(mapped.points.iter().map(|point| Text::quoted(point)));
        table.row(vec![
            Text::plain("Annex III, agent ").quote(mapped.agent.as_str()),
            Text::plain("point ")
                .then(points)
                .and("; why: ")
                .then(Text::maybe(mapped.why.as_deref()))
                .and("; decided by ")
                .then(
                    mapped.decided_by.as_deref().map_or_else(Text::none, |name| frame.person(name)),
                ),
        ]);
    }
    section.table(table);
    if facts.sha256.is_empty() {
        section.say("No fact is declared: whytrail facts edit begins the file.");
    } else {
        section.text(
            Text::plain("These and the following declarations are from case.toml, SHA-256 ")
                .code(&facts.sha256)
                .and(". The journal has every change of it with its digest."),
        );
    }
}

fn observed(frame: Frame<'_>, section: &mut Section) {
    let observed = &frame.view.observed;
    if observed.is_empty() {
        section.say("The records name no model, agent, server or tool.");
        return;
    }
    let mut table = Table::new(
        "Seen in the records",
        &["What", "Name", "#Events", "First", "Last", "First record"],
    );
    for one in observed {
        table.row(vec![
            Text::plain(one.kind.clone()),
            Text::quoted(&one.value),
            Text::count(one.events),
            Text::time(one.first),
            Text::time(one.last),
            one.example.map_or_else(Text::none, |id| Text::new().with(frame.records().cite(id))),
        ]);
    }
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for one in observed {
        if kinds.last().is_none_or(|(kind, _)| *kind != one.kind) {
            kinds.push((&one.kind, one.of));
        }
    }
    let total: u64 = kinds.iter().map(|(_, of)| *of).sum();
    table.left_out(
        usize::try_from(total).unwrap_or(usize::MAX),
        "names",
        "listed by `whytrail what` and `whytrail who`",
    );
    section.table(table);
}

/// Scope and boundary.
pub(super) fn boundary(frame: Frame<'_>) -> Section {
    let mut section = Section::new("4", "Scope and boundary");
    let Some(assessed) = frame.assessed() else {
        section.say("Declared facts were not read for this bundle.");
        return section;
    };
    let facts = assessed.facts;
    let (first, last) = frame.content.span.unzip();
    section.text(
        Text::plain("Period of the records: ")
            .then(Text::time(first))
            .and(" to ")
            .then(Text::time(last))
            .and("."),
    );
    if !facts.has_scope() {
        section.notice(Text::plain(
            "No boundary is declared, so no call can be told to lie inside or outside of one. What no entry names is \
             undeclared, which is not the same as outside.",
        ));
    }
    entries(facts, &mut section);
    agents(frame, facts, &mut section);
    answers(frame, &mut section);
    rule_lines(frame, &mut section, &["SCOPE", "SHADOW", "TOOLCHG", "MODEL"]);
    let mut people = Table::new("For a person to add", &["Question", "Answer"]);
    people.row(vec![Text::plain("Document that the boundary is from"), Text::blank()]);
    people.row(vec![Text::plain("Who approved it, and when"), Text::blank()]);
    section.table(people);
    section
}

fn entries(facts: &Facts, section: &mut Section) {
    let scope = &facts.scope;
    let mut table = Table::new(
        "Declared boundary; refusals come first",
        &["Entry", "What", "Limits", "Why", "From"],
    );
    let all = [("deny", &scope.deny), ("allow", &scope.allow)];
    for (word, entries) in all {
        for (at, entry) in (1_usize..).zip(entries) {
            if table.rows.len() < MOST_ENTRIES {
                table.row(entry_row(word, at, entry));
            }
        }
    }
    for policy in &scope.policies {
        let document = Text::quoted(&policy.file).and(" (").and(policy.kind.as_str()).and(")");
        let digest = policy.sha256.as_deref().map_or_else(
            || Text::plain("not taken over"),
            |digest| Text::plain("SHA-256 ").code(digest),
        );
        table.row(vec![
            Text::plain("policy"),
            document,
            Text::maybe(policy.fault.as_deref()),
            Text::none(),
            digest,
        ]);
    }
    let total = scope.deny.len() + scope.allow.len() + scope.policies.len();
    table.left_out(total, "entries", "in case.toml");
    if !table.rows.is_empty() {
        section.table(table);
    }
}

fn entry_row(word: &str, at: usize, entry: &ScopeEntry) -> Vec<Text> {
    let part = |name: &str, pattern: &Option<Pattern>| {
        let pattern = pattern.as_ref()?;
        Some(Text::plain(format!("{name} ")).quote(pattern.as_str()))
    };
    let parts = [
        part("agent", &entry.agent),
        part("server", &entry.server),
        part("tool", &entry.tool),
        part("action", &entry.action),
        part("resource", &entry.resource),
    ];
    let what: Vec<Text> = parts.into_iter().flatten().collect();
    let what = if what.is_empty() { Text::plain("every call") } else { joined(what) };
    vec![
        Text::plain(format!("{word} {at}, line {}", entry.line)),
        what,
        limits(entry),
        Text::maybe(entry.reason.as_deref()),
        Text::maybe(entry.source.as_deref()),
    ]
}

fn limits(entry: &ScopeEntry) -> Text {
    let limits = &entry.limits;
    let list = |name: &str, patterns: &[Pattern]| {
        (!patterns.is_empty()).then(|| {
            let patterns = patterns.iter().map(|one| Text::quoted(one.as_str()));
            Text::plain(format!("{name} ")).then(joined(patterns))
        })
    };
    let mut parts: Vec<Text> = Vec::new();
    parts.extend(list("accounts", &limits.accounts));
    parts.extend(list("regions", &limits.regions));
    if let Some(from) = limits.valid.from {
        parts.push(Text::plain(format!("from {from}")));
    }
    if let Some(to) = limits.valid.to {
        parts.push(Text::plain(format!("until {to}")));
    }
    if let Some(hours) = limits.hours {
        let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        parts.push(Text::plain(format!("{} to {} UTC", clock(hours.from), clock(hours.to))));
    }
    parts.extend(limits.max_bytes.map(|most| Text::plain(format!("at most {most} bytes a call"))));
    parts.extend(
        limits.max_records.map(|most| Text::plain(format!("at most {most} records a call"))),
    );
    parts.extend(
        limits.max_cost.map(|most| Text::plain(format!("at most {most} US dollars a call"))),
    );
    parts.extend(
        limits
            .needs_approval
            .map(|level| Text::plain(format!("needs oversight {}", level.as_str()))),
    );
    parts.extend(entry.fault.as_ref().map(|fault| Text::plain("fault: ").quote(fault)));
    joined(parts)
}

fn agents(frame: Frame<'_>, facts: &Facts, section: &mut Section) {
    if facts.scope.agents.is_empty() {
        return;
    }
    let mut table =
        Table::new("Declared agents", &["Agent", "Who answers for it", "May act alone", "Valid"]);
    for agent in facts.scope.agents.iter().take(MOST_ENTRIES) {
        let valid = match (agent.valid.from, agent.valid.to) {
            (None, None) => "always".to_owned(),
            (from, to) => {
                let end = |time: Option<crate::model::Micros>| {
                    time.map_or_else(|| "open".to_owned(), |time| time.to_string())
                };
                format!("{} to {}", end(from), end(to))
            }
        };
        table.row(vec![
            Text::quoted(agent.agent.as_str()),
            agent.owner.as_deref().map_or_else(Text::none, |name| frame.person(name)),
            Text::plain(if agent.autonomous { "yes" } else { "no" }),
            Text::plain(valid),
        ]);
    }
    table.left_out(facts.scope.agents.len(), "agents", "in case.toml");
    section.table(table);
}

fn answers(frame: Frame<'_>, section: &mut Section) {
    let answers = &frame.view.boundary;
    if answers.is_empty() {
        return;
    }
    let total: u64 = answers.iter().map(|answer| answer.events).sum();
    let mut table = Table::new(
        format!(
            "Events of agents against the boundary: {total}, decisions about calls among them; question 1 counts calls"
        ),
        &["Answer", "Entry", "Why", "#Events"],
    );
    for answer in answers.iter().take(MOST_ANSWERS) {
        table.row(vec![
            Text::word(answer.verdict.as_str()),
            Text::maybe(answer.entry.as_deref()),
            Text::told(&answer.why),
            Text::count(answer.events),
        ]);
    }
    table.left_out(answers.len(), "kinds of answers", "listed by `whytrail scope check`");
    section.table(table);
}
