//! Tool calls whose records hold no arguments. A setting or a trait of the source, so it is said of a source as a whole and
//! only if not one of its calls has any. Milder where another record of the same calls holds them.

use super::coverage::{Ground, Group};
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "arguments", find };

/// Fewer calls may all be of tools that take none.
const FEWEST: u64 = 5;

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    let bare = |group: &&Group| group.calls >= FEWEST && group.bare == group.calls;
    for group in ground.groups.iter().filter(bare) {
        // The same call in another record that does hold its arguments.
        let held = writer.number(&format!(
            "WITH own AS (SELECT n FROM gap_event WHERE grp = {} AND kind = 'tool_call'),
                  other AS (SELECT l.a AS own, l.b AS n FROM link l WHERE l.a IN (FROM own)
                            UNION ALL SELECT l.b, l.a FROM link l WHERE l.b IN (FROM own))
             SELECT count(DISTINCT o.own) FROM other o JOIN event e ON e.n = o.n
             WHERE e.kind IN ('tool_call', 'decision') AND e.plane <> 'cloudtrail' AND e.masked IS NULL
               AND o.n NOT IN (SELECT n FROM gap_bare) AND contains(e.payload, 'arguments')",
            group.number
        ))?;
        let grade = match held {
            held if held >= group.calls => SpotGrade::Info,
            held if held * 2 >= group.calls => SpotGrade::Low,
            _ => SpotGrade::High,
        };
        let mut spot = Spot::new(group.key.clone(), grade, Certainty::Certain).of(group);
        spot.title = format!("{} logs no arguments", group.name);
        spot.detail = if held > 0 {
            format!("all {}; another record holds them for {held}", counted(group.calls, "call"))
        } else {
            format!("all {}, so it is a setting of the source", counted(group.calls, "call"))
        };
        "what was sent".clone_into(&mut spot.forbids);
        spot.events = group.calls;
        spot.filter = format!("{} kind=tool_call", group.filter());
        spot.fit = (grade <= SpotGrade::Low).then_some("THIN");
        spots.push(spot);
    }
    Ok(spots)
}
