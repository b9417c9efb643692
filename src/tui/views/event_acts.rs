//! What can be done with one event wherever it is shown: look, pivot, replay, tag, note, copy.

use crate::model::EventId;
use crate::model::rows::{Detail, EventRow};
use crate::query::filter::Filter;
use crate::text::sanitize;
use crate::text::sanitize::escape_in_json;
use crate::tui::command::Command;
use crate::tui::desk::Act;
use crate::tui::detail_text::{act_on, field};
use crate::tui::effect::{Copyable, Effect, Screen, Spec};
use crate::tui::env::Env;

/// An event, what is known about it beyond its row, and the events an act is for.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) row: &'a EventRow,
    pub(super) detail: Option<&'a Detail>,
    /// The selection, or the event alone.
    pub(super) events: Vec<EventId>,
}

/// Does `command` to `target`; `None` for a command that is not about an event.
pub(super) fn obey(command: Command, target: &Target<'_>, env: &Env) -> Option<Vec<Effect>> {
    let event = target.row.id;
    let effect = match command {
        Command::Open => Effect::Open(Spec::Detail(event)),
        Command::Why => Effect::Open(Spec::Why(event)),
        Command::Raw => Effect::Open(Spec::Raw(event)),
        Command::Pivot => Effect::Open(Spec::Pivot(event)),
        Command::Replay => match &target.row.session {
            Some(session) => {
                Effect::Open(Spec::Replay { session: session.clone(), event: Some(event) })
            }
            None => Effect::Refuse(
                "this event belongs to no session, so there is nothing to replay".to_owned(),
            ),
        },
        Command::Copy => Effect::Open(Spec::Copy(copyables(target, env))),
        Command::Reveal if env.is_read_only => Effect::Refuse(
            "this case is open read-only here, and a reveal goes into the journal".to_owned(),
        ),
        Command::Reveal => Effect::Open(Spec::Reveal(event)),
        Command::Tag
        | Command::TagBad
        | Command::TagSuspicious
        | Command::TagGood
        | Command::Note
        | Command::Strike
        | Command::AddToFinding => decide(command, target, env),
        _ => return None,
    };
    Some(vec![effect])
}

fn decide(command: Command, target: &Target<'_>, env: &Env) -> Effect {
    if env.is_read_only {
        return Effect::Refuse(
            "this case is open read-only here; tags and notes need the other window".to_owned(),
        );
    }
    let tag = |text: &str| {
        Effect::Act(Act::Tag {
            events: target.events.clone(),
            text: text.to_owned(),
            criterion: None,
        })
    };
    match command {
        Command::TagBad => tag("bad"),
        Command::TagSuspicious => tag("suspicious"),
        Command::TagGood => tag("good"),
        Command::Note => Effect::Open(Spec::Note(target.row.id)),
        Command::Strike => match &target.row.tag {
            Some(tag) => {
                Effect::Open(Spec::Strike { events: target.events.clone(), tag: tag.clone() })
            }
            None => Effect::Refuse("this event has no tag to strike out  (t tags it)".to_owned()),
        },
        Command::AddToFinding => {
            let title = act_on(target.row);
            Effect::Open(Spec::Finding { events: target.events.clone(), title })
        }
        _ => Effect::Open(Spec::Tag(target.events.clone())),
    }
}

/// Copied cells are made harmless too: they may end up in a shell or another terminal.
pub(super) fn copyables(target: &Target<'_>, env: &Env) -> Vec<Copyable> {
    let row = target.row;
    let time = row.time.map_or_else(|| "undated".to_owned(), |time| time.to_string());
    let cells =
        [&time, row.plane.as_str(), &row.who, &row.action, &row.target, row.outcome.screen()];
    let mut choices = vec![
        Copyable { letter: 'y', what: "row", text: sanitize(&cells.join(" | ")).into_owned() },
        Copyable { letter: 'i', what: "id", text: row.id.to_string() },
    ];
    let resource =
        target.detail.and_then(|detail| field(detail, "resource")).unwrap_or(&row.target);
    if !resource.is_empty() {
        choices.push(Copyable { letter: 'a', what: "arn", text: sanitize(resource).into_owned() });
    }
    choices.push(Copyable { letter: 'q', what: "SQL", text: sql(env) });
    let line = command_line(Screen::Timeline, env);
    choices.push(Copyable { letter: 'c', what: "command line", text: line });
    if let Some(detail) = target.detail {
        choices.push(Copyable {
            letter: 'j',
            what: "JSON",
            text: escape_in_json(detail.payload.clone()),
        });
    }
    choices
}

/// Returns the command that prints the rows of a screen under the present filter.
pub(super) fn command_line(screen: Screen, env: &Env) -> String {
    let changed = env.columns != env.usual_columns;
    let columns = if changed { env.columns.words() } else { Vec::new() };
    command_line_of(screen, &env.filter(), &columns, env)
}

/// Returns the command with `words` on the present case.
pub(super) fn command_about(words: &str, env: &Env) -> String {
    if env.case_argument.is_empty() {
        return format!("whytrail {words}");
    }
    format!("whytrail {words} --case {}", quoted(&env.case_argument))
}

/// Returns the command that prints the rows of a screen under `filter`. A screen without rows of its own is about
/// events. `columns` are those of the time line; none stand for the usual ones.
pub(super) fn command_line_of(
    screen: Screen,
    filter: &Filter,
    columns: &[String],
    env: &Env,
) -> String {
    let command = match screen {
        Screen::Who => "who",
        Screen::Sessions => "sessions",
        Screen::What => "what",
        Screen::Finds => "finds list",
        Screen::Comply => "comply",
        Screen::Gaps => "gaps",
        Screen::Keys => "keys",
        Screen::Overview | Screen::Timeline => "timeline",
    };
    let mut words = vec![format!("whytrail {command}")];
    if !env.case_argument.is_empty() {
        words.push(format!("--case {}", quoted(&env.case_argument)));
    }
    if screen == Screen::Timeline && !columns.is_empty() {
        words.push(format!("--columns {}", columns.join(",")));
    }
    // Blind spots and criteria are about the whole case.
    if !matches!(screen, Screen::Gaps | Screen::Comply)
        && filter.enabled
        && !filter.terms.is_empty()
    {
        words.push(format!("--filter {}", quoted(&filter.text())));
    }
    words.join(" ")
}

/// Returns the statement that gives the rows on screen.
pub(super) fn sql(env: &Env) -> String {
    sanitize(&crate::query::sql::statement(&env.filter())).into_owned()
}

/// Quotes a word for a POSIX shell; what could act in a terminal is escaped first.
fn quoted(word: &str) -> String {
    format!("'{}'", sanitize(word).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_cannot_leave_their_quotes() {
        assert_eq!(quoted("a'; rm b"), r"'a'\''; rm b'");
        assert_eq!(quoted("a\nb"), r"'a\nb'");
    }
}
