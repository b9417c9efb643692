//! Records that the source itself masked or cut: `HIDDEN_DUE_TO_SECURITY_REASONS`, `***`, erased members, truncation.

use super::coverage::Ground;
use super::{Kind, Spot, counted, ids, literal};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "masked", find };

/// A group's masked or cut records under one word.
struct Masked {
    group: i64,
    is_cut: bool,
    count: u64,
    calls: u64,
    words: String,
}

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut found = Vec::new();
    writer.each(
        "SELECT g.grp, regexp_matches(lower(e.masked), 'trunc|cut|omitted') AS is_cut, count(*),
                count(*) FILTER (e.kind = 'tool_call'),
                array_to_string(list_slice(list_sort(list(DISTINCT e.masked)), 1, 3), '; ')
         FROM event e JOIN gap_event g ON g.n = e.n WHERE e.masked IS NOT NULL GROUP BY ALL ORDER BY ALL",
        |row| {
            found.push(Masked {
                group: row.int(0),
                is_cut: row.flag(1),
                count: row.count(2),
                calls: row.count(3),
                words: row.text(4),
            });
            Ok(())
        },
    )?;
    let mut spots = Vec::new();
    for one in found {
        let Some(group) = ground.groups.iter().find(|group| group.number == one.group) else {
            continue;
        };
        let word = if one.is_cut { "cut" } else { "hidden" };
        // Where a source hides what it was called with as a rule, the calls themselves cannot be judged.
        let is_rule = one.calls >= 5 && one.calls * 2 >= group.calls.max(1);
        let grade = if is_rule { SpotGrade::Medium } else { SpotGrade::Low };
        let mut spot =
            Spot::new(format!("{word}|{}", group.key), grade, Certainty::Certain).of(group);
        let verb = if one.is_cut { "cut off" } else { "masked" };
        spot.title =
            format!("{} of {} {verb} by the source", counted(one.count, "row"), group.name);
        spot.detail =
            format!("{}, in {} of {}", one.words, one.count, counted(group.events, "row"));
        spot.forbids = if one.calls > 0 {
            format!("what was sent in {}", counted(one.count, "row"))
        } else {
            format!("what stood in {}", counted(one.count, "row"))
        };
        spot.events = one.count;
        let sign = if one.is_cut { "" } else { "NOT " };
        spot.filter = format!(
            "= masked IS NOT NULL AND {sign}regexp_matches(lower(masked), 'trunc|cut|omitted') AND plane = {} AND product = {}",
            literal(&group.plane),
            literal(&group.product)
        );
        spot.examples = ids(
            writer,
            &format!(
                "SELECT e.id FROM event e JOIN gap_event g ON g.n = e.n WHERE g.grp = {} AND e.masked IS NOT NULL
                   AND {sign}regexp_matches(lower(e.masked), 'trunc|cut|omitted') ORDER BY e.ts, e.id LIMIT {}",
                group.number,
                super::MOST_EXAMPLES
            ),
        )?;
        spot.fit = is_rule.then_some("THIN");
        spots.push(spot);
    }
    Ok(spots)
}
