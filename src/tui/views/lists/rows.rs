//! What the lists ask and how answers become rows: cells, the value to narrow by, and two lines of preview.

use std::collections::BTreeMap;

use crate::model::proof::Standing;
use crate::model::rows::{ResourceRow, SessionRow, SourceRow, SubjectRow};
use crate::model::{Grade, Micros, SourceState};
use crate::query::filter::Filter;
use crate::tui::command::Command;
use crate::tui::effect::Screen;
use crate::tui::env::Env;
use crate::tui::question::{Answer, Question};
use crate::tui::theme::Role;
use crate::tui::widgets::table::Column;
use crate::tui::widgets::words::{count, counted};

/// Which list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheet {
    Who,
    Sessions,
    What,
    Sources,
}

/// One row of a list.
#[derive(Debug, Clone)]
pub(super) struct ListRow {
    pub(super) cells: Vec<(String, Role)>,
    /// Value to filter by.
    pub(super) value: String,
    /// Filter field of the value; `None` for rows that are not narrowed by.
    pub(super) field: Option<&'static str>,
    /// Words for the crumb.
    pub(super) label: String,
    pub(super) grade: Grade,
    pub(super) preview: [String; 2],
    pub(super) events: u64,
    pub(super) denied: u64,
    pub(super) last: Option<Micros>,
}

const WHO: &[Column] = &[
    Column::new("WHO", 22).flex(3).middle(),
    Column::new("KIND", 7).drop(3),
    Column::new("L", 1),
    Column::new("HOW IT WAS FOUND", 16).flex(1).drop(4),
    Column::new("EVENTS", 7).right(),
    Column::new("DENIED", 6).right(),
    Column::new("SESS", 5).right().drop(2),
    Column::new("FIRST", 5).drop(5),
    Column::new("LAST", 5).drop(1),
];

const SESSIONS: &[Column] = &[
    Column::new("SESSION", 14).flex(2).middle(),
    Column::new("KIND", 6),
    Column::new("L", 1),
    Column::new("HUMAN", 14).flex(2).middle(),
    Column::new("AGENT", 11).flex(1).drop(2),
    Column::new("BASIS", 9).drop(3),
    Column::new("EVENTS", 6).right(),
    Column::new("DENY", 4).right(),
    Column::new("FIRST", 5).drop(4),
    Column::new("LAST", 5).drop(1),
];

const WHAT: &[Column] = &[
    Column::new("WHAT", 26).flex(4).middle(),
    Column::new("TYPE", 14).flex(1).drop(3),
    Column::new("EVENTS", 7).right(),
    Column::new("WRITES", 6).right(),
    Column::new("DENY", 4).right(),
    Column::new("FAIL", 4).right().drop(2),
    Column::new("WHO", 4).right().drop(4),
    Column::new("LAST", 5).drop(1),
];

const SOURCES: &[Column] = &[
    Column::new("SOURCE", 26).flex(4).middle(),
    Column::new("STATE", 12),
    Column::new("PROOF", 8).flex(1).drop(1),
    Column::new("FORMAT", 14).flex(1).drop(1),
    Column::new("READ", 7).right(),
    Column::new("KEPT", 7).right().drop(2),
    Column::new("DUP", 5).right().drop(3),
    Column::new("REJ", 5).right(),
];

const MOVING: &[Command] = &[
    Command::Open,
    Command::NextList,
    Command::Keep,
    Command::Drop,
    Command::Sort,
    Command::Find,
    Command::FindNext,
    Command::FindPrevious,
    Command::Copy,
    Command::Down,
    Command::Up,
    Command::First,
    Command::Last,
    Command::PageDown,
    Command::PageUp,
    Command::HalfDown,
    Command::HalfUp,
];

const WITH_REPLAY: &[Command] = &[
    Command::Open,
    Command::Replay,
    Command::NextList,
    Command::Keep,
    Command::Drop,
    Command::Sort,
    Command::Find,
    Command::FindNext,
    Command::FindPrevious,
    Command::Copy,
    Command::Down,
    Command::Up,
    Command::First,
    Command::Last,
    Command::PageDown,
    Command::PageUp,
    Command::HalfDown,
    Command::HalfUp,
];

const WITHOUT_NARROWING: &[Command] = &[
    Command::Sort,
    Command::Find,
    Command::FindNext,
    Command::FindPrevious,
    Command::Copy,
    Command::Down,
    Command::Up,
    Command::First,
    Command::Last,
    Command::PageDown,
    Command::PageUp,
    Command::HalfDown,
    Command::HalfUp,
];

impl Sheet {
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Who => "Who",
            Self::Sessions => "Sessions",
            Self::What => "What",
            Self::Sources => "Sources",
        }
    }

    pub(super) const fn things(self) -> &'static str {
        match self {
            Self::Who => "subjects",
            Self::Sessions => "sessions",
            Self::What => "resources",
            Self::Sources => "sources",
        }
    }

    pub(super) const fn screen(self) -> Screen {
        match self {
            Self::Who => Screen::Who,
            Self::Sessions => Screen::Sessions,
            Self::What => Screen::What,
            Self::Sources => Screen::Overview,
        }
    }

    /// Returns the list that `Tab` narrows on to.
    pub(super) const fn next(self) -> Screen {
        match self {
            Self::Who => Screen::Sessions,
            Self::Sessions => Screen::What,
            Self::What | Self::Sources => Screen::Timeline,
        }
    }

    pub(super) const fn commands(self) -> &'static [Command] {
        match self {
            Self::Who | Self::What => MOVING,
            Self::Sessions => WITH_REPLAY,
            Self::Sources => WITHOUT_NARROWING,
        }
    }

    pub(super) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Who => WHO,
            Self::Sessions => SESSIONS,
            Self::What => WHAT,
            Self::Sources => SOURCES,
        }
    }

    /// Returns the lists that stand beside this one on a wide screen.
    pub(super) const fn beside(self) -> Option<[Self; 2]> {
        match self {
            Self::Who => Some([Self::Sessions, Self::What]),
            Self::Sessions => Some([Self::Who, Self::What]),
            Self::What => Some([Self::Who, Self::Sessions]),
            Self::Sources => None,
        }
    }

    /// Returns the question whose answer [`Sheet::rows`] reads, under `filter`.
    pub(super) fn question_of(self, filter: Filter) -> Question {
        match self {
            Self::Who => Question::Subjects(filter),
            Self::Sessions => Question::Sessions(filter),
            Self::What => Question::Resources(filter),
            Self::Sources => Question::Sources,
        }
    }

    /// Returns the rows of an answer to [`Sheet::question_of`].
    pub(super) fn rows(answer: Answer, env: &Env) -> Option<Vec<ListRow>> {
        match answer {
            Answer::Subjects(rows) => Some(subjects(&rows, env)),
            Answer::Sessions(rows) => Some(rows.iter().map(|row| session(row, env)).collect()),
            Answer::Resources(rows) => Some(rows.iter().map(|row| resource(row, env)).collect()),
            Answer::Sources(mut rows) => {
                rows.sort_by_key(trouble);
                Some(rows.iter().map(source).collect())
            }
            _ => None,
        }
    }
}

fn minute(time: Option<Micros>, env: &Env) -> String {
    if time.is_none() { "-".to_owned() } else { env.clock(time).chars().take(5).collect() }
}

/// Returns from when to when, to the second; the day is told once when it is the same.
fn range(first: Option<Micros>, last: Option<Micros>, env: &Env) -> String {
    let instant = |time| -> String {
        let clock: String = env.clock(time).chars().take(8).collect();
        format!("{clock}{}", env.time_style.letter())
    };
    let (from, to) = (env.date(first), env.date(last));
    let to = if from == to { String::new() } else { to + " " };
    format!("{from} {} .. {to}{}", instant(first), instant(last))
}

fn plain(text: impl Into<String>) -> (String, Role) {
    (text.into(), Role::Plain)
}

fn denied(number: u64) -> (String, Role) {
    if number == 0 { ("-".to_owned(), Role::Faint) } else { (count(number), Role::Refused) }
}

fn grade(grade: Grade) -> (String, Role) {
    let role = match grade {
        Grade::Exact => Role::LinkExact,
        Grade::Derived => Role::LinkDerived,
        Grade::Near => Role::LinkNear,
        Grade::None => Role::LinkNone,
    };
    (grade.to_string(), role)
}

/// Returns the rows of the Who list. An ARN is shown without its account, unless two would then look the same.
fn subjects(rows: &[SubjectRow], env: &Env) -> Vec<ListRow> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *known.entry(short_name(&row.name)).or_default() += 1;
    }
    let name = |row: &'_ SubjectRow| {
        let short = short_name(&row.name);
        if known.get(short) == Some(&1) { short.to_owned() } else { row.name.clone() }
    };
    rows.iter().map(|row| subject(row, name(row), env)).collect()
}

/// Returns what follows the account in an ARN of an account; other names stay as they are.
fn short_name(name: &str) -> &str {
    let short = if name.starts_with("arn:") { name.splitn(6, ':').nth(5) } else { None };
    short.filter(|short| !short.is_empty()).unwrap_or(name)
}

fn subject(row: &SubjectRow, name: String, env: &Env) -> ListRow {
    ListRow {
        cells: vec![
            plain(&name),
            plain(&row.kind),
            grade(row.grade),
            plain(&row.proof),
            plain(count(row.events)),
            denied(row.denied),
            plain(count(row.sessions)),
            plain(minute(row.first, env)),
            plain(minute(row.last, env)),
        ],
        value: row.id.clone(),
        field: Some(match row.kind.as_str() {
            "agent" => "agent",
            "key" => "key",
            _ => "who",
        }),
        label: name,
        grade: row.grade,
        preview: [
            format!("{} {}   {} {}", row.kind, row.id, row.grade, row.proof),
            format!(
                "{} in {}, {} denied   {}",
                counted(row.events, "event"),
                counted(row.sessions, "session"),
                count(row.denied),
                range(row.first, row.last, env)
            ),
        ],
        events: row.events,
        denied: row.denied,
        last: row.last,
    }
}

fn session(row: &SessionRow, env: &Env) -> ListRow {
    let human = match &row.human {
        Some(human) => plain(human),
        None => ("no human found".to_owned(), Role::Blind),
    };
    let actor = row.actor.as_deref().unwrap_or("no cloud identity");
    let minted = row
        .minted_by
        .map_or_else(String::new, |event| format!("   minted by event {}", event.short()));
    ListRow {
        cells: vec![
            plain(&row.short),
            plain(&row.kind),
            grade(row.human_grade),
            human,
            plain(row.agent.as_deref().unwrap_or("-")),
            plain(&row.basis),
            plain(count(row.events)),
            denied(row.denied),
            plain(minute(row.first, env)),
            plain(minute(row.last, env)),
        ],
        value: row.id.clone(),
        field: Some("session"),
        label: row.short.clone(),
        grade: Grade::Exact,
        preview: [
            format!("{}   basis: {}   {actor}{minted}", row.id, row.basis),
            format!(
                "{}, {} denied   {}",
                counted(row.events, "event"),
                count(row.denied),
                range(row.first, row.last, env)
            ),
        ],
        events: row.events,
        denied: row.denied,
        last: row.last,
    }
}

fn resource(row: &ResourceRow, env: &Env) -> ListRow {
    let failed = if row.failed == 0 {
        ("-".to_owned(), Role::Faint)
    } else {
        (count(row.failed), Role::Broken)
    };
    ListRow {
        cells: vec![
            plain(&row.short),
            plain(row.kind.as_deref().unwrap_or("-")),
            plain(count(row.events)),
            plain(count(row.writes)),
            denied(row.denied),
            failed,
            plain(count(row.subjects)),
            plain(minute(row.last, env)),
        ],
        value: row.id.clone(),
        field: Some("what"),
        label: row.short.clone(),
        grade: Grade::Exact,
        preview: [
            format!("{}   {}", row.id, row.kind.as_deref().unwrap_or("type not logged")),
            format!(
                "{} by {}, {}   {}",
                counted(row.events, "event"),
                counted(row.subjects, "subject"),
                counted(row.writes, "write"),
                range(row.first, row.last, env)
            ),
        ],
        events: row.events,
        denied: row.denied,
        last: row.last,
    }
}

/// Returns the place of a file among those that need attention: what is lost comes first.
fn trouble(row: &SourceRow) -> u8 {
    match row.state {
        SourceState::Unreadable => 0,
        SourceState::Damaged => 1,
        _ if is_false(row) => 2,
        SourceState::Read if row.account.rejected > 0 || !row.warnings.is_empty() => 2,
        SourceState::NotEvidence | SourceState::Proof => 3,
        SourceState::Loading | SourceState::Read => 4,
    }
}

fn size_and_redaction(row: &SourceRow) -> String {
    let redacted = match row.redacted.as_str() {
        "" => String::new(),
        classes => format!("redacted: {classes}   "),
    };
    format!("{} bytes   {redacted}sha256 {}", count(row.bytes), row.sha256)
}

/// Returns true when what the file itself proves was checked and is not so.
fn is_false(row: &SourceRow) -> bool {
    row.proof.as_ref().is_some_and(|proof| proof.standing == Standing::False)
}

fn source(row: &SourceRow) -> ListRow {
    let role = match row.state {
        SourceState::Loading | SourceState::Read => Role::Plain,
        SourceState::Damaged | SourceState::Unreadable => Role::Broken,
        SourceState::NotEvidence | SourceState::Proof => Role::Faint,
    };
    let name = row
        .member
        .as_ref()
        .map_or_else(|| row.name.clone(), |member| format!("{} > {member}", row.name));
    let reason =
        row.reason.as_deref().or(row.warnings.first().map(String::as_str)).unwrap_or(&row.because);
    let proof = match &row.proof {
        Some(proof) if is_false(row) => (proof.state.clone(), Role::Bad),
        Some(proof) => plain(&proof.state),
        None => plain("-"),
    };
    ListRow {
        cells: vec![
            plain(&name),
            (row.state.as_str().to_owned(), role),
            proof,
            plain(row.format.as_deref().unwrap_or("-")),
            plain(count(row.account.read)),
            plain(count(row.account.kept)),
            plain(count(row.account.duplicate)),
            plain(count(row.account.rejected)),
        ],
        value: name.clone(),
        field: None,
        label: name,
        grade: Grade::Exact,
        preview: [
            match &row.proof {
                Some(proof) => format!("proof: {}   {}: {reason}", proof.state, row.state.as_str()),
                None => format!("{}: {reason}", row.state.as_str()),
            },
            size_and_redaction(row),
        ],
        events: row.account.kept,
        denied: row.account.rejected,
        last: None,
    }
}
