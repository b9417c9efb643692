//! Cloud calls of agents that no gateway, MCP or transcript record saw: another route, or a server that runs locally. A
//! session counts only when not one of its calls is joined to a request, and only where other sessions of the case are, so
//! that sources that cannot be joined at all accuse nobody.

use super::coverage::Ground;
use super::{Kind, Spot, counted, ids, literal, quoted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Row, Writer};

pub(super) const KIND: Kind = Kind { word: "bypass", find };

/// A principal whose sessions are nearly all joined is one of agents: so many of them, and this share.
const FEWEST_JOINED: u64 = 3;
const SHARE: f64 = 0.8;
/// More principals than this are said in one.
const MOST_ACTORS: usize = 8;
/// Calls without a change in a session that is worth telling.
const FEWEST_READS: u64 = 5;

/// Cloud calls joined to a request, direct ones only.
const JOINED: &str = "CREATE OR REPLACE TEMP TABLE gap_joined AS
    SELECT DISTINCT x.n FROM (SELECT a AS n, b AS o FROM link UNION ALL SELECT b, a FROM link) x
    JOIN event e ON e.n = x.n JOIN event o ON o.n = x.o
    WHERE e.plane = 'cloudtrail' AND (o.plane IN ('gateway', 'mcp', 'transcript', 'authz')
                                      OR (o.plane = 'cloudtrail' AND o.kind = 'tool_call' AND e.kind <> 'tool_call'))";

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let asked =
        || ground.groups.iter().filter(|group| matches!(group.plane.as_str(), "gateway" | "mcp"));
    let (Some(first), Some(last)) =
        (asked().map(|group| group.first).min(), asked().map(|group| group.last).max())
    else {
        return Ok(Vec::new());
    };
    writer.execute_batch(JOINED)?;
    if writer.number("SELECT count(*) FROM gap_joined")? == 0 {
        return Ok(Vec::new());
    }
    // Sorts of events say which sessions are of agents, and which of these no request is joined to; the events of these
    // alone are read. What happened while a gateway was silent is said of that silence, where that one is told.
    writer.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE gap_alone AS
         WITH sort AS (
                SELECT DISTINCT a.actor, s.id AS session, s.kind AS session_kind, a.kind = 'tool_call' AS is_tool,
                       a.first_ts, a.last_ts
                FROM alike a JOIN session_key k ON k.local = a.session JOIN session s ON s.id = k.session
                WHERE a.plane = 'cloudtrail' AND a.actor IS NOT NULL AND a.kind <> 'auth'),
              joined AS (
                SELECT DISTINCT e.actor, k.session FROM event e JOIN session_key k ON k.local = e.session
                WHERE e.n IN (FROM gap_joined) AND e.actor IS NOT NULL AND e.kind <> 'auth'),
              reached AS (SELECT DISTINCT session FROM session_guest
                          UNION SELECT session FROM session_parent WHERE relation = 'vended to'),
              held AS (SELECT s.actor, s.session,
                              bool_or(s.is_tool OR j.session IS NOT NULL OR s.session IN (FROM reached)) AS is_joined
                       FROM sort s LEFT JOIN joined j ON j.actor = s.actor AND j.session = s.session
                       GROUP BY s.actor, s.session),
              agent AS (SELECT actor FROM held GROUP BY actor
                        HAVING count(*) FILTER (is_joined) >= {FEWEST_JOINED} AND avg(is_joined::INTEGER) >= {SHARE}),
              own AS (SELECT * FROM sort WHERE session_kind = 'AGENT' OR actor IN (FROM agent)),
              within AS MATERIALIZED (
                SELECT session FROM own GROUP BY session
                HAVING session NOT IN (SELECT session FROM held WHERE is_joined) AND min(first_ts) >= {} AND max(last_ts) <= {}),
              mine AS (
                SELECT e.n, e.id, e.ts, e.actor, s.id AS session, s.kind AS session_kind,
                       coalesce(NOT e.read_only, false) AS is_change
                FROM within w JOIN session s ON s.id = w.session JOIN session_key k ON k.session = w.session
                JOIN event e ON e.session = k.local
                WHERE e.plane = 'cloudtrail' AND e.actor IS NOT NULL AND e.kind <> 'auth'
                  AND (s.kind = 'AGENT' OR e.actor IN (FROM agent))),
              alone AS (SELECT session FROM mine GROUP BY session HAVING bool_or(is_change) OR count(*) >= {FEWEST_READS})
         SELECT * FROM mine WHERE session IN (FROM alone)
            AND NOT EXISTS (FROM gap_silence s WHERE s.is_asked AND mine.ts > s.from_ts AND mine.ts < s.to_ts)",
        super::instant(first),
        super::instant(last)
    ))?;
    let one = writer.number("SELECT count(DISTINCT actor) FROM gap_alone")? > MOST_ACTORS as u64;
    let actor = if one { "''" } else { "actor" };
    let mut rows = Vec::new();
    writer.each(
        &format!(
            "SELECT {actor}, count(*), count(*) FILTER (is_change), count(DISTINCT session), min(ts), max(ts),
                    bool_or(session_kind = 'AGENT'), count(DISTINCT actor) FROM gap_alone GROUP BY 1 ORDER BY 1"
        ),
        |row| {
            rows.push(row);
            Ok(())
        },
    )?;
    let mut spots = Vec::new();
    for row in &rows {
        spots.push(spot(row, writer)?);
    }
    writer.execute_batch("DROP TABLE gap_joined; DROP TABLE gap_alone")?;
    Ok(spots)
}

/// Returns the spot of one principal, or of all when the row names none.
fn spot(row: &Row, writer: &mut Writer) -> Result<Spot, Fault> {
    let (actor, events, changes) = (row.text(0), row.count(1), row.count(2));
    let certainty = if row.flag(6) { Certainty::Likely } else { Certainty::Possible };
    let grade = match (changes > 0, certainty) {
        (true, Certainty::Likely) => SpotGrade::High,
        (true, _) | (_, Certainty::Likely) => SpotGrade::Medium,
        _ => SpotGrade::Low,
    };
    let key = if actor.is_empty() { "all" } else { &actor };
    let mut spot = Spot::new(key, grade, certainty);
    let name = match actor.rsplit(['/', ':']).next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => counted(row.count(7), "role"),
    };
    spot.title = format!("{} of {name} that no gateway saw", counted(events, "AWS call"));
    spot.detail = format!(
        "{} with {}, none joined to a request; another route, or a local server",
        counted(row.count(3), "session"),
        counted(changes, "change")
    );
    "all that the agent did passed the gateway".clone_into(&mut spot.forbids);
    spot.plane = Some("gateway".to_owned());
    (spot.from, spot.to) = (row.time(4), row.time(5));
    spot.events = events;
    let whose =
        if actor.is_empty() { "true".to_owned() } else { format!("actor = {}", literal(&actor)) };
    spot.filter = if actor.is_empty() {
        "source=cloudtrail is:agent".to_owned()
    } else {
        format!("source=cloudtrail who={}", quoted(&actor))
    };
    spot.examples = ids(
        writer,
        &format!(
            "SELECT id FROM gap_alone WHERE {whose} ORDER BY NOT is_change, ts, id LIMIT {}",
            super::MOST_EXAMPLES
        ),
    )?;
    Ok(spot)
}
