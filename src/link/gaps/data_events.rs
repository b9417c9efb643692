//! Data events of CloudTrail: off unless a trail selects them. None at all, or not from the start: what was read from
//! buckets or which functions ran is then in no record.

use super::coverage::{Ground, Group, MANAGEMENT};
use super::{Kind, Spot, counted, span, when, window};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "data events", find };

/// A kind of data event: its part, the service of its management events, what it is called, what its absence forbids.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("s3 data", "s3", "S3", "the file was not read"),
    ("lambda data", "lambda", "Lambda", "the function did not run"),
    ("dynamodb data", "dynamodb", "DynamoDB", "the item was not read"),
];

/// A late start must be this long, and three times the longest pause of the data events themselves.
const SHORTEST_LEAD: i64 = 30 * 60 * 1_000_000;
const TIMES_LONGEST: i64 = 3;
/// Fewer events have no rhythm.
const FEWEST: u64 = 50;

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    for trail in ground.plane("cloudtrail").filter(|group| group.part == MANAGEMENT) {
        for (part, service, name, forbids) in KINDS {
            let data = ground.plane("cloudtrail").find(|group| {
                group.part == *part && group.place == trail.place && group.product == trail.product
            });
            let spot = match data {
                Some(data) => late(ground, trail, data, name),
                None => absent(trail, part, service, name, writer)?,
            };
            spots.extend(spot.map(|spot| Spot { forbids: (*forbids).to_owned(), ..spot }));
        }
    }
    Ok(spots)
}

fn absent(
    trail: &Group,
    part: &str,
    service: &str,
    name: &str,
    writer: &mut Writer,
) -> Result<Option<Spot>, Fault> {
    // Whether the service matters here: it is used, as its management events show.
    let used = writer.number(&format!(
        "SELECT count(*) FROM event e WHERE e.plane = 'cloudtrail' AND coalesce(e.account, '') = {}
           AND starts_with(e.action, '{service}:')",
        super::literal(&trail.place)
    ))?;
    if used == 0 {
        return Ok(None);
    }
    let grade = if service == "s3" { SpotGrade::Medium } else { SpotGrade::Low };
    let mut spot =
        Spot::new(format!("none|{part}|{}", trail.key), grade, Certainty::Certain).of(trail);
    spot.title = format!("no {name} data event is loaded");
    spot.detail = format!(
        "{}: management events only, {} of {name} among them",
        trail.name,
        counted(used, "event")
    );
    spot.events = used;
    spot.filter = format!("{} action:{service}:*", trail.filter());
    Ok(Some(spot))
}

fn late(ground: &Ground, trail: &Group, data: &Group, name: &str) -> Option<Spot> {
    if data.events < FEWEST {
        return None;
    }
    let enough = SHORTEST_LEAD
        .max(TIMES_LONGEST.saturating_mul(data.longest_but(super::silence::silences(data).len())));
    let before = data.first.0 - trail.first.0;
    let after = trail.last.0 - data.last.0;
    let (is_late, length) = if before >= enough { (true, before) } else { (false, after) };
    if length < enough {
        return None;
    }
    let word = if is_late { "start" } else { "end" };
    let at = if is_late { data.first } else { data.last };
    let mut spot = Spot::new(
        format!("{word}|{}|{}", data.part, data.key),
        SpotGrade::Medium,
        Certainty::Certain,
    )
    .of(data);
    spot.title = format!("{name} data events {word} {}", when(ground, at));
    spot.detail = format!(
        "{} of management events {} without any; their own longest pause is {}",
        span(length),
        if is_late { "before" } else { "after" },
        span(data.longest_but(0))
    );
    let (from, to) = if is_late { (trail.first, data.first) } else { (data.last, trail.last) };
    (spot.from, spot.to) = (Some(from), Some(to));
    spot.filter = format!("{} {}", trail.filter(), window(from, to));
    spot.events = 0;
    spot.fit = Some("PART");
    Some(spot)
}
