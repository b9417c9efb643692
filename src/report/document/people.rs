//! Who acted, for whom, and what the sessions were that cited records belong to.

use super::facts::{Frame, SESSIONS};
use super::sources::rule_lines;
use super::{Block, Section, Table, Text};
use crate::model::EventId;
use crate::model::rows::SessionRow;

/// Actors listed; the program has all.
const MOST_ACTORS: usize = 25;
/// Steps told of one session.
const STEPS: usize = 15;

/// Actors and delegation.
pub(super) fn actors(frame: Frame<'_>) -> Section {
    let mut section = Section::new("7", "Actors and delegation");
    let subjects = &frame.view.subjects;
    if subjects.is_empty() {
        section.say("The records name no actor.");
    } else {
        let mut table = Table::new(
            "Actors, as records name them",
            &[
                "Actor",
                "Kind",
                "How the name is known",
                "#Events",
                "#Refused",
                "#Sessions",
                "First",
                "Last",
            ],
        );
        for subject in subjects.iter().take(MOST_ACTORS) {
            table.row(vec![
                match subject.kind.as_str() {
                    "person" => frame.known_person(&subject.id, &subject.name),
                    _ => frame.person(&subject.name),
                },
                Text::plain(subject.kind.clone()),
                Text::told(&subject.proof).and(" ").code(subject.grade.to_string()),
                Text::count(subject.events),
                Text::count(subject.denied),
                Text::count(subject.sessions),
                Text::time(subject.first),
                Text::time(subject.last),
            ]);
        }
        table.left_out(subjects.len(), "actors", "listed by `whytrail who`");
        section.table(table);
    }
    section.say(match (frame.input.people, frame.input.pseudonyms) {
        (Some(_), _) => {
            "People are named by pseudonyms, which are equal for equal people everywhere in this case. Whose they are is for \
             annex E, which may be withheld. Roles, services, accounts and keys have the names of the records."
        }
        (None, Some(_)) => "Identifiers are replaced by marks: the bundle is one for others. The key stays with the case.",
        (None, None) => "Names are those of the records: the report was written with `--names`.",
    });
    rule_lines(frame, &mut section, &["ATTR", "CHAIN", "SHARED", "STATIC", "MFA"]);
    section
}

/// The sessions that cited records belong to.
pub(super) fn sessions(frame: Frame<'_>) -> Section {
    let mut section = Section::new("8", "Sessions");
    if frame.view.sessions.is_empty() {
        section.say("No cited record belongs to a session.");
        return section;
    }
    section.say(format!(
        "The sessions that most of the cited records belong to, at most {SESSIONS}. A session is never made up: each says what \
         it rests on. Goal and business context are for a person to add."
    ));
    for session in &frame.view.sessions {
        one(frame, session, &mut section);
    }
    section
}

fn one(frame: Frame<'_>, session: &SessionRow, section: &mut Section) {
    let records = frame.records();
    let of_session: Vec<EventId> = records
        .in_time()
        .into_iter()
        .filter(|facts| facts.part.as_ref().is_some_and(|part| part.id == session.id))
        .map(|facts| facts.id)
        .collect();
    section.blocks.push(Block::Heading(Text::plain("Session ").quote(&session.short)));
    let mut about = Text::plain(format!("{}, resting on ", session.kind)).quote(&session.basis);
    about = about
        .and("; person: ")
        .then(session.human.as_deref().map_or_else(Text::none, |id| frame.known_person(id, id)));
    about = about.and(" (grade ").code(session.human_grade.to_string()).and("); agent: ");
    about = about.then(Text::maybe(session.agent.as_deref())).and("; principal: ");
    about = about.then(Text::maybe(session.actor.as_deref()));
    about = about.and(format!(
        ". {} events, {} of them refused, from {} to {}.",
        session.events,
        session.denied,
        spoken(session.first),
        spoken(session.last)
    ));
    if let Some(minted) = session.minted_by.filter(|id| records.get(*id).is_some()) {
        about = about.and(" Begun by").with(records.cite(minted)).and(".");
    }
    section.text(about);
    section.text(Text::plain("Goal, as people know it: ").with(super::Span::Blank));
    let mut table = Table::new(
        "Its cited records, in order of time",
        &["Time", "Plane", "What", "On", "Allowed by", "Approved by", "Outcome", "Record"],
    );
    for id in of_session.iter().take(STEPS) {
        let Some(facts) = records.get(*id) else { continue };
        let allowed = match (&facts.decision, &facts.policy) {
            (None, None) => Text::none(),
            (decision, policy) => {
                Text::maybe(decision.as_deref()).and(" ").then(Text::maybe(policy.as_deref()))
            }
        };
        table.row(vec![
            Text::time(facts.time),
            Text::plain(facts.plane.to_string()),
            Text::quoted(&facts.action),
            Text::maybe(facts.resource.as_deref()),
            allowed,
            Text::maybe(facts.approval_by.as_deref()),
            outcome(facts),
            Text::new().with(records.cite(*id)),
        ]);
    }
    table.left_out(of_session.len(), "cited records of this session", "in annex B");
    section.table(table);
}

fn spoken(time: Option<crate::model::Micros>) -> String {
    time.map_or_else(|| "no time".to_owned(), |time| time.to_string())
}

/// Returns how a call ended, with its error.
pub(super) fn outcome(facts: &super::super::facts::Facts) -> Text {
    let word = Text::plain(facts.outcome.to_string());
    match &facts.error_code {
        Some(error) => word.and(" (").quote(error).and(")"),
        None => word,
    }
}
