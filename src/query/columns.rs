//! The statement that brings [`EventRow`]s, shared by every question that shows rows.

use crate::model::rows::EventRow;
use crate::model::{EventId, Grade, Outcome, Plane};
use crate::store::Row;

/// Columns of an event row, over `e` (event), `s` (its session) and what [`RowQuestion`] looks up for it.
const ROW: &str = "e.id, e.ts, e.plane, e.outcome, e.decision, \
     coalesce(CASE WHEN s.human IS NULL AND s.human_proof LIKE '2 people: %' THEN e.actor ELSE e.human END, s.human_name, s.human, e.role_session, e.actor, e.invoked_by, e.agent), \
     s.short, e.action, e.method, e.resource, s.id, e.address, coalesce(tied.grade, '.'), \
     tagged.text, coalesce(tagged.n, 0), noted.event IS NOT NULL, e.role_session, e.actor, e.tool";

/// Number of columns that [`ROW`] has.
pub(super) const ROW_WIDTH: usize = 19;

/// Columns of `event` that [`ROW`] and its joins read.
const OF_EVENT: [&str; 17] = [
    "n",
    "id",
    "ts",
    "plane",
    "outcome",
    "decision",
    "human",
    "role_session",
    "actor",
    "invoked_by",
    "agent",
    "action",
    "method",
    "resource",
    "address",
    "session",
    "tool",
];

/// Joins what hangs on an event: the session that it belongs to as a guest, else by its own key, its best link, its
/// marks. All of it is made for the events that are shown alone: for a page of sixty the engine would go through every
/// link of the case, and take longer to plan the statement than to answer it.
const HANGING: &str = "LEFT JOIN session_key sk ON sk.local = e.session \
     LEFT JOIN guest ON guest.n = e.n \
     LEFT JOIN session s ON s.id = coalesce(guest.session, sk.session) \
     LEFT JOIN tied ON tied.n = e.n \
     LEFT JOIN tagged ON tagged.event = e.id \
     LEFT JOIN noted ON noted.event = e.id";

/// A question for event rows, as one statement.
#[derive(Default)]
pub(super) struct RowQuestion<'a> {
    /// Tables that `which` names, each with a comma behind it: `chosen AS (SELECT ...),`.
    pub(super) before: &'a str,
    /// Which events: what stands behind `FROM event e`.
    pub(super) which: &'a str,
    /// Columns of `event` that stand behind those of a row, from [`ROW_WIDTH`] on.
    pub(super) columns: &'a [&'a str],
    /// Expressions that stand behind these, over `e` and its session `s`.
    pub(super) also: &'a [&'a str],
    /// The order, over columns of `e` that are read.
    pub(super) order: &'a str,
}

impl RowQuestion<'_> {
    /// Returns the statement. [`event_row`] reads its rows.
    pub(super) fn sql(&self) -> String {
        let Self { before, which, columns, also, order } = self;
        let further = columns.iter().filter(|column| !OF_EVENT.contains(column));
        let read: Vec<String> =
            OF_EVENT.iter().chain(further).map(|column| format!("e.{column}")).collect();
        let mut shown = vec![ROW.to_owned()];
        shown.extend(columns.iter().map(|column| format!("e.{column}")));
        shown.extend(also.iter().map(|&expression| expression.to_owned()));
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") };
        format!(
            "WITH {before} shown AS MATERIALIZED (SELECT {} FROM event e {which}),
             tied AS (
               SELECT n, arg_min(grade, strpos('=+~.', grade)) AS grade FROM (
                 SELECT a AS n, grade FROM link WHERE a IN (SELECT n FROM shown)
                 UNION ALL SELECT b, grade FROM link WHERE b IN (SELECT n FROM shown)) GROUP BY n),
             guest AS (
               SELECT n, min(session) AS session, min(grade) AS grade FROM session_guest
               WHERE n IN (SELECT n FROM shown) GROUP BY n),
             tagged AS (
               SELECT event, arg_max(text, seq) AS text, count(*) AS n FROM tag
               WHERE event IN (SELECT id FROM shown) GROUP BY event),
             noted AS (SELECT DISTINCT event FROM note WHERE event IN (SELECT id FROM shown))
             SELECT {} FROM shown e {HANGING}{order}",
            read.join(", "),
            shown.join(", ")
        )
    }
}

/// Reads an event row from the columns of a [`RowQuestion`].
pub(super) fn event_row(row: &Row) -> EventRow {
    let word = |index| row.borrowed(index).unwrap_or_default();
    EventRow {
        id: row.id(0).unwrap_or(EventId(0)),
        time: row.time(1),
        plane: Plane::from_word(word(2)).unwrap_or(Plane::Other),
        link: Grade::from_word(word(12)).unwrap_or(Grade::None),
        who: who(word(5), row.borrowed(6), row.borrowed(16)),
        action: row.maybe_text(7).or_else(|| row.maybe_text(8)).unwrap_or_else(|| "?".to_owned()),
        target: short_resource(word(9)),
        outcome: shown_outcome(word(3), row.borrowed(4)),
        session: row.maybe_text(10),
        address: row.maybe_text(11),
        tag: row.maybe_text(13),
        n_tags: u32::try_from(row.count(14)).unwrap_or(u32::MAX),
        has_note: row.flag(15),
    }
}

/// Returns the outcome as screens show it: a decision to deny is a refusal, though asking for it went well.
pub(super) fn shown_outcome(outcome: &str, decision: Option<&str>) -> Outcome {
    let outcome = Outcome::from_word(outcome).unwrap_or(Outcome::Unknown);
    if decision == Some("deny") && outcome != Outcome::Error { Outcome::Denied } else { outcome }
}

/// Returns the best short name of who did it: `alice/8f2c`, `ci-deploy`, `?`.
fn who(name: &str, session: Option<&str>, role_session: Option<&str>) -> String {
    let mut short = short_subject(name);
    if short.is_empty() {
        "?".clone_into(&mut short);
    } else if name.contains("identitystore/") {
        // An Identity Center user is a directory id and a UUID: the session name says who it is.
        short = role_session.map_or(short, short_subject);
    }
    match session {
        Some(session) => format!("{short}/{session}"),
        None => short,
    }
}

/// Returns the short form of a principal: the name in an ARN, the part of an e-mail before the `@`.
pub(super) fn short_subject(name: &str) -> String {
    if name.contains('@') && !name.starts_with("arn:") {
        return name.split('@').next().unwrap_or(name).to_owned();
    }
    if name.starts_with("arn:") {
        return name.rsplit(['/', ':', '#']).next().unwrap_or(name).to_owned();
    }
    name.strip_suffix(".amazonaws.com").unwrap_or(name).to_owned()
}

/// Returns the short form of a resource: what follows the account in an ARN, or the name itself.
pub fn short_resource(id: &str) -> String {
    if !id.starts_with("arn:") {
        return id.to_owned();
    }
    id.splitn(6, ':').nth(5).unwrap_or(id).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_to_what_people_call_them() {
        assert_eq!(who("alice@corp.example", Some("8f2c"), None), "alice/8f2c");
        assert_eq!(who("arn:aws:iam::111122223333:role/path/ci-deploy", None, None), "ci-deploy");
        assert_eq!(who("lambda.amazonaws.com", None, None), "lambda");
        assert_eq!(who("", None, None), "?");
        let directory = "arn:aws:identitystore::111122223333:identitystore/d-1#a4b8";
        assert_eq!(who(directory, None, Some("dana@example.com")), "dana");
        assert_eq!(short_resource("arn:aws:iam::111122223333:role/ci-deploy"), "role/ci-deploy");
        assert_eq!(short_resource("arn:aws:s3:::finance-exports/q2.csv"), "finance-exports/q2.csv");
    }
}
