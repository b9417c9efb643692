//! A source falls silent while others go on. Only a silence that stands out from the source's own rhythm counts: at least
//! ten minutes, five times its usual gap, and three times the longest gap that is left when such silences are set aside.

use super::coverage::{Gap, Ground, Group};
use super::{Kind, Spot, counted, ids, instant, span, window};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "silence", find };

/// A source with fewer gaps than this has no rhythm to speak of.
const FEWEST_GAPS: u64 = 60;
const SHORTEST: i64 = 10 * 60 * 1_000_000;
const TIMES_USUAL: i64 = 5;
const TIMES_NEXT: i64 = 3;
/// Most silences that a source can have and still have a rhythm.
const MOST: usize = 3;
/// A source that is otherwise never silent for longer than this is steady; a silence that nothing else speaks for counts
/// up to half a day.
const STEADY: i64 = 10 * 60 * 1_000_000;
const LONGEST_ALONE: i64 = 12 * 3_600 * 1_000_000;
/// Events of other sources inside a silence, for it to be one.
const FEWEST_OTHERS: u64 = 20;
/// Calls of the agents behind the silent source inside it, for it to be grave.
const FEWEST_SAME: u64 = 3;

/// Silences that are blind spots, for the kinds that come after this one.
const TOLD: &str = "CREATE OR REPLACE TEMP TABLE gap_silence (is_asked BOOLEAN, from_ts TIMESTAMP, to_ts TIMESTAMP)";

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    writer.execute_batch(TOLD)?;
    let silent = |group: &&Group| !silences(group).is_empty();
    let numbers: Vec<i64> = ground.groups.iter().filter(silent).map(|group| group.number).collect();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    reach(writer, &numbers)?;
    let mut spots = Vec::new();
    for group in ground.groups.iter().filter(silent) {
        for gap in silences(group) {
            let Some(spot) = spot(ground, group, gap, writer)? else { continue };
            writer.execute_batch(&format!(
                "INSERT INTO gap_silence VALUES ({}, {}, {})",
                group.is_asked(),
                instant(gap.from),
                instant(gap.to)
            ))?;
            spots.push(spot);
        }
    }
    writer.execute_batch("DROP TABLE gap_reach")?;
    Ok(spots)
}

/// Returns the gaps that break a group's rhythm.
pub(super) fn silences(group: &Group) -> Vec<Gap> {
    if group.n_gaps < FEWEST_GAPS {
        return Vec::new();
    }
    let stands_out = |count: usize| {
        let next = group.longest_but(count).max(1);
        group.gaps.get(..count).is_some_and(|gaps| {
            gaps.iter().all(|gap| {
                gap.length >= SHORTEST
                    && gap.length >= TIMES_NEXT * next
                    && gap.length >= TIMES_USUAL * usual(group, count)
            })
        })
    };
    let count = (1..=MOST).rev().find(|count| stands_out(*count)).unwrap_or(0);
    group.gaps.iter().take(count).copied().collect()
}

/// The usual gap must not be one of the silences themselves, as it is with few gaps.
fn usual(group: &Group, n_silences: usize) -> i64 {
    group.usual_gap.min(group.longest_but(n_silences))
}

fn spot(
    ground: &Ground,
    group: &Group,
    gap: Gap,
    writer: &mut Writer,
) -> Result<Option<Spot>, Fault> {
    let within = inside("ts", gap);
    let others = writer.number(&format!(
        "SELECT count(*) FROM gap_event WHERE {within} AND grp <> {}",
        group.number
    ))?;
    if others < FEWEST_OTHERS {
        return Ok(None);
    }
    let same = same_agents(group, gap);
    let n_same = if group.is_asked() {
        writer.number(&format!("SELECT count(*) FROM ({same})"))?
    } else {
        0
    };
    // Without calls behind it, only a source that is never silent otherwise has a silence that says something: an
    // agent that was not used for a while leaves one too.
    let left = group.longest_but(silences(group).len());
    let is_steady = left <= STEADY && gap.length <= LONGEST_ALONE;
    let grade = match n_same >= FEWEST_SAME {
        true => SpotGrade::High,
        false if is_steady && group.plane == "cloudtrail" => SpotGrade::High,
        false if is_steady => SpotGrade::Medium,
        false => return Ok(None),
    };
    let length = span(gap.length);
    let next = span(left);
    let mut spot =
        Spot::new(format!("{}|{}", group.key, gap.from), grade, Certainty::Certain).of(group);
    spot.title = format!("{} silent {}", group.name, super::between(ground, gap.from, gap.to));
    let agents = if n_same > 0 {
        format!("; {} of them by the agents behind it", counted(n_same, "call"))
    } else {
        String::new()
    };
    spot.detail = format!(
        "no record for {length}, else never more than {next}; other sources have {} in it{agents}",
        counted(others, "event")
    );
    spot.forbids = format!("it stopped after {}", super::minute(gap.from));
    spot.events = others;
    spot.filter = window(gap.from, gap.to);
    spot.examples = if n_same > 0 {
        ids(
            writer,
            &format!("SELECT id FROM ({same}) ORDER BY ts, id LIMIT {}", super::MOST_EXAMPLES),
        )?
    } else {
        ids(
            writer,
            &format!(
                "SELECT id FROM event WHERE {within} ORDER BY ts, id LIMIT {}",
                super::MOST_EXAMPLES
            ),
        )?
    };
    (spot.from, spot.to) = (Some(gap.from), Some(gap.to));
    spot.fit = Some("GAP");
    Ok(Some(spot))
}

/// Returns the condition that a time lies between the two records around a gap.
fn inside(column: &str, gap: Gap) -> String {
    format!("{column} > {} AND {column} < {}", instant(gap.from), instant(gap.to))
}

/// Makes `gap_reach`: the sessions of cloud calls that are joined to a group's records, directly or through one record
/// between, and the sessions that come from those.
fn reach(writer: &mut Writer, groups: &[i64]) -> Result<(), Fault> {
    let list: Vec<String> = groups.iter().map(ToString::to_string).collect();
    writer.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE gap_reach AS
         WITH RECURSIVE pair AS (SELECT a AS n, b AS o FROM link UNION ALL SELECT b, a FROM link),
              one AS (SELECT DISTINCT g.grp, p.o AS n FROM gap_event g JOIN pair p ON p.n = g.n WHERE g.grp IN ({})),
              two AS (FROM one UNION SELECT o.grp, p.o FROM one o JOIN event e ON e.n = o.n JOIN pair p ON p.n = o.n
                                     WHERE e.plane <> 'cloudtrail'),
              own AS (SELECT DISTINCT t.grp, k.session FROM two t JOIN event e ON e.n = t.n
                      JOIN session_key k ON k.local = e.session WHERE e.plane = 'cloudtrail'
                      UNION SELECT o.grp, c.session FROM own o JOIN session_parent c ON c.parent = o.session)
         SELECT DISTINCT grp, session FROM own",
        list.join(", ")
    ))
}

/// Returns the question for calls inside a stretch by sessions that reach back to the group's records.
fn same_agents(group: &Group, gap: Gap) -> String {
    format!(
        "SELECT e.id, e.ts FROM event e JOIN session_key k ON k.local = e.session
         JOIN gap_reach r ON r.session = k.session AND r.grp = {} WHERE e.plane = 'cloudtrail' AND {}",
        group.number,
        inside("e.ts", gap)
    )
}
