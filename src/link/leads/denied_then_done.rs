//! Denied, then done: something was refused, and within a day the same was done to the same thing by a principal that is
//! tied to the refused one. Which pairs are such is decided where `why` decides it, so that both screens say the same; here
//! they become leads. A refused read counts for agents only: people's consoles are refused reads all day. The same call
//! with the same key that worked later counts only where it is grave, because permissions are corrected all day too.

use super::{Found, Rule, seconds, short, spaced, term};
use crate::model::rows::RefusedThenDone;
use crate::store::{Fault, Row, Value, Writer};

/// More pairs than this are no place to look first.
const MOST: usize = 300;

pub(super) const RULE: Rule = Rule { name: "denied then done", sql: PAIRS, make };

/// Keeps the pairs for the statement of the rule.
pub(super) fn keep(writer: &mut Writer, pairs: &[RefusedThenDone]) -> Result<(), Fault> {
    writer.execute_batch(
        "CREATE OR REPLACE TEMP TABLE refused_then_done (
           place BIGINT, refused UUID, done UUID, target VARCHAR, tie VARCHAR, grade VARCHAR, is_retry BOOLEAN,
           is_reading BOOLEAN, seconds BIGINT)",
    )?;
    for (place, pair) in (0_i64..).zip(pairs.iter().take(MOST)) {
        writer.execute(
            "INSERT INTO refused_then_done VALUES (?, ?::UUID, ?::UUID, ?, ?, ?, ?, ?, ?)",
            &[
                Value::Int(place),
                pair.refused.into(),
                pair.done.into(),
                pair.target.as_str().into(),
                pair.tie.as_str().into(),
                pair.grade.as_str().into(),
                Value::Bool(pair.is_retry),
                Value::Bool(pair.is_reading),
                Value::Int(pair.seconds),
            ],
        )?;
    }
    Ok(())
}

const PAIRS: &str = "
    WITH guest AS (
      SELECT n, min(session) AS session FROM session_guest
      WHERE n IN (SELECT n FROM event WHERE id IN (SELECT refused FROM refused_then_done)) GROUP BY n),
    told AS (
      SELECT p.*, a.ts, coalesce(a.tool, a.action) AS asked, coalesce(a.actor, a.human, a.agent, '') AS actor,
             d.action AS done_action, d.action_class IN ('admin', 'delete', 'exec', 'auth') AS is_grave,
             s.id AS session, s.short, s.kind, coalesce(s.human_name, s.human, a.human) AS name, coalesce(s.agent, a.agent) AS agent
      FROM refused_then_done p JOIN event a ON a.id = p.refused JOIN event d ON d.id = p.done
      LEFT JOIN guest g ON g.n = a.n LEFT JOIN session_key k ON k.local = a.session
      LEFT JOIN session s ON s.id = coalesce(g.session, k.session)),
    counted AS (
      SELECT * FROM told
      WHERE (kind = 'AGENT' OR NOT is_reading) AND (is_grave OR NOT is_retry) AND (session IS NOT NULL OR actor <> '')),
    best AS (
      SELECT *, coalesce(session, actor) AS asker FROM counted
      QUALIFY row_number() OVER (PARTITION BY coalesce(session, actor)
        ORDER BY is_retry, is_reading, is_grave DESC, grade = '~', place) = 1),
    ids AS (
      SELECT coalesce(session, actor) AS asker, array_to_string(list_slice(list(refused::VARCHAR || ' ' || done::VARCHAR ORDER BY place), 1, 5), ' ') AS ids,
             count(*) AS pairs
      FROM counted GROUP BY ALL)
    SELECT b.session, b.short, b.kind, b.name, b.agent, b.actor, b.asked, b.target, b.refused, b.done_action, b.tie, b.grade,
           b.seconds, b.is_retry, b.is_reading, b.is_grave, i.ids, i.pairs
    FROM best b JOIN ids i ON i.asker = b.asker
    ORDER BY b.kind IS DISTINCT FROM 'AGENT', b.is_retry, b.is_reading, b.is_grave DESC, b.place LIMIT 10";

/// Parts of the score: number, and words for it.
fn parts(row: &Row) -> Vec<(i64, &'static str)> {
    let mut parts = vec![(70, "denied then done 70")];
    let checks = [
        (row.text(2) == "AGENT", 12, "asked by an agent +12"),
        (row.flag(15), 10, "administration, deletion or execution +10"),
        (row.flag(13), -20, "the same call with the same key -20"),
        (row.flag(14), -10, "a read -10"),
        (row.text(11) == "~", -8, "tied by a near match only -8"),
    ];
    parts.extend(
        checks.iter().filter(|(holds, ..)| *holds).map(|(_, score, words)| (*score, *words)),
    );
    parts
}

fn make(row: &Row) -> Found {
    let (session, actor, target) = (row.text(0), row.text(5), short(&row.text(7)));
    let parts = parts(row);
    let words: Vec<&str> = parts.iter().map(|(_, words)| *words).collect();
    let further = match row.count(17) {
        0 | 1 => String::new(),
        pairs => format!(" {} such pairs more.", pairs - 1),
    };
    let is_session = !session.is_empty();
    Found {
        score: parts.iter().map(|(score, _)| score).sum(),
        weight: words.join(", "),
        kind: if is_session { "session" } else { "actor" },
        title: if is_session { row.text(1) } else { short(&actor) },
        detail: spaced(&[&short(&row.text(3)), &row.text(4), &target]),
        why: "denied, then done".to_owned(),
        reason: format!(
            "{} on {target} was refused; {} later {} on it succeeded by {} ({}).{further}",
            row.text(6),
            seconds(row.count(12)),
            row.text(9),
            row.text(10),
            row.text(11),
        ),
        filter: if is_session { term("session", &session) } else { term("who", &actor) },
        event: row.maybe_text(8),
        evidence: row.text(16),
    }
}
