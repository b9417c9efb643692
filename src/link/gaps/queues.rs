//! Products that drop records when a queue is full and leave no trace of it. Known sizes: hoop's MCP audit 1024, Docker's
//! policy audit 100, `MetaMCP` 1000 in memory; OPA's decision log has a buffer and rate limits (vendors' sources, 2026).

use super::coverage::Ground;
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "queue", find };

/// Format or product, and how many records its queue holds; `None` where that is a setting.
const QUEUES: &[(&str, Option<u64>)] = &[
    ("hoop-mcp", Some(1_024)),
    ("docker-mcp", Some(100)),
    ("metamcp", Some(1_000)),
    ("opa", None),
];

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    for (name, size) in QUEUES {
        let name_literal = super::literal(name);
        let mut peak = (0, 0);
        writer.each(
            &format!(
                "SELECT coalesce(max(events), 0)::BIGINT, coalesce(sum(events), 0)::BIGINT FROM (
                   SELECT epoch_us(e.ts) // 1000000, count(*) AS events FROM event e JOIN source s ON s.source = e.source
                   WHERE e.ts IS NOT NULL AND e.plane <> 'cloudtrail' AND (s.format = {name_literal} OR e.product = {name_literal})
                   GROUP BY 1)"
            ),
            |row| {
                peak = (row.count(0), row.count(1));
                Ok(())
            },
        )?;
        let (busiest, all) = peak;
        if all == 0 {
            continue;
        }
        // Half a queue within one second is as near as its records can show.
        let is_near = size.is_some_and(|size| busiest * 2 >= size);
        let grade = if is_near { SpotGrade::Medium } else { SpotGrade::Info };
        let certainty = if is_near { Certainty::Likely } else { Certainty::Possible };
        let mut spot = Spot::new(*name, grade, certainty);
        spot.title = format!("{name} drops records when its queue is full");
        let queue = size.map_or_else(
            || "a buffer and rate limits".to_owned(),
            |size| format!("a queue of {size}"),
        );
        spot.detail = format!("{queue}; busiest second here {}", counted(busiest, "record"));
        "no call is missing".clone_into(&mut spot.forbids);
        let group = ground
            .groups
            .iter()
            .find(|group| group.product == *name || name.starts_with(&group.product));
        spot.plane = group.map(|group| group.plane.clone());
        spot.product = group.map(|group| group.product.clone());
        spots.push(spot);
    }
    Ok(spots)
}
