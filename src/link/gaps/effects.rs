//! Calls that should have an effect in AWS and have none: tools whose calls otherwise are joined to cloud calls. Said only
//! of tools with enough joined calls, inside the stretch that CloudTrail covers.

use super::coverage::Ground;
use super::{Kind, Spot, counted, ids};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "no effect", find };

/// Joined calls of a tool, and their share, for a call without an effect to stand out.
const FEWEST_JOINED: u64 = 10;
const SHARE: f64 = 0.8;
const FEWEST: u64 = 3;

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let trail = || ground.plane("cloudtrail");
    let (Some(first), Some(last)) =
        (trail().map(|group| group.first).min(), trail().map(|group| group.last).max())
    else {
        return Ok(Vec::new());
    };
    writer.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE gap_call AS
         WITH pair AS (SELECT a AS n, b AS o FROM link UNION ALL SELECT b, a FROM link),
              direct AS (SELECT DISTINCT p.n FROM pair p JOIN event o ON o.n = p.o
                         WHERE o.plane = 'cloudtrail' AND o.kind <> 'tool_call'),
              reached AS (FROM direct UNION SELECT p.n FROM pair p JOIN direct d ON d.n = p.o),
              call AS (SELECT g.grp, e.id, e.ts, e.tool, r.n IS NOT NULL AS is_joined
                       FROM gap_event g JOIN event e ON e.n = g.n LEFT JOIN reached r ON r.n = e.n
                       WHERE e.kind = 'tool_call' AND e.plane IN ('gateway', 'mcp', 'transcript') AND e.tool IS NOT NULL
                         AND e.outcome NOT IN ('denied', 'error', 'held') AND e.decision IS DISTINCT FROM 'deny'
                         AND e.ts BETWEEN {} AND {}),
              -- Before the first and after the last joined call of a tool its effects may not be recorded at all.
              usual AS (SELECT grp, tool, min(ts) FILTER (is_joined) AS first, max(ts) FILTER (is_joined) AS last
                        FROM call GROUP BY ALL
                        HAVING count(*) FILTER (is_joined) >= {FEWEST_JOINED} AND avg(is_joined::INTEGER) >= {SHARE})
         SELECT c.* FROM call c JOIN usual u USING (grp, tool)
         WHERE NOT c.is_joined AND c.ts BETWEEN u.first AND u.last",
        super::instant(first),
        super::instant(last)
    ))?;
    let mut rows = Vec::new();
    writer.each(
        &format!(
            "SELECT grp, count(*), array_to_string(list_slice(list_sort(list(DISTINCT tool)), 1, 3), ', '), min(ts), max(ts)
             FROM gap_call GROUP BY grp HAVING count(*) >= {FEWEST} ORDER BY grp"
        ),
        |row| {
            rows.push(row);
            Ok(())
        },
    )?;
    let mut spots = Vec::new();
    for row in rows {
        let Some(group) = ground.groups.iter().find(|group| group.number == row.int(0)) else {
            continue;
        };
        let mut spot = Spot::new(group.key.clone(), SpotGrade::Low, Certainty::Possible).of(group);
        spot.title =
            format!("{} of {} without an effect in AWS", counted(row.count(1), "call"), group.name);
        spot.detail = format!("other calls of {} are joined to AWS calls", row.text(2));
        "what these calls did".clone_into(&mut spot.forbids);
        (spot.from, spot.to) = (row.time(3), row.time(4));
        spot.events = row.count(1);
        spot.filter = format!("{} kind=tool_call link:.", group.filter());
        spot.examples = ids(
            writer,
            &format!(
                "SELECT id FROM gap_call WHERE grp = {} ORDER BY ts, id LIMIT {}",
                group.number,
                super::MOST_EXAMPLES
            ),
        )?;
        spots.push(spot);
    }
    writer.execute_batch("DROP TABLE gap_call")?;
    Ok(spots)
}
