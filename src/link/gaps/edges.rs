//! The edges of what is covered: sources that start late or end early against their own rhythm, and the last minutes of the
//! span, which AWS may still be delivering. Delivery times stand in the names of CloudTrail's log files, rounded to five
//! minutes (CloudTrail user guide, "CloudTrail log file name format").

use super::coverage::{Ground, Group};
use super::{Kind, Spot, minute, span, when, window};
use crate::model::Micros;
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "edge", find };

const SHORTEST: i64 = 30 * 60 * 1_000_000;
const TIMES_LONGEST: i64 = 3;
const FEWEST_GAPS: u64 = 60;
/// The last stretch of a span that late deliveries may still fill.
const SETTLING: i64 = 15 * 60 * 1_000_000;

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots: Vec<Spot> = Vec::new();
    // Data events have a kind of their own.
    for group in ground.groups.iter().filter(|group| !group.part.ends_with(" data")) {
        spots.extend(edge(ground, group, true));
        spots.extend(edge(ground, group, false));
    }
    spots.extend(ends(ground, writer)?);
    Ok(spots)
}

fn edge(ground: &Ground, group: &Group, is_start: bool) -> Option<Spot> {
    let (first, last) = ground.span;
    let (from, to) = if is_start { (first, group.first) } else { (group.last, last) };
    let known = super::silence::silences(group).len();
    let enough = SHORTEST.max(TIMES_LONGEST.saturating_mul(group.longest_but(known)));
    if group.n_gaps < FEWEST_GAPS || to.0 - from.0 < enough {
        return None;
    }
    let word = if is_start { "starts" } else { "ends" };
    let at = if is_start { group.first } else { group.last };
    let mut spot =
        Spot::new(format!("{word}|{}", group.key), SpotGrade::Low, Certainty::Certain).of(group);
    spot.title = format!("{} {word} {}", group.name, when(ground, at));
    spot.detail = format!(
        "{} {} the case; else never silent for more than {}",
        span(to.0 - from.0),
        if is_start { "after the start of" } else { "before the end of" },
        span(group.longest_but(known))
    );
    spot.forbids = if is_start {
        format!("nothing happened there before {}", minute(at))
    } else {
        format!("nothing happened there after {}", minute(at))
    };
    (spot.from, spot.to) = (Some(from), Some(to));
    spot.filter = window(from, to);
    spot.fit = Some("PART");
    Some(spot)
}

/// The ends of the case as a whole; always said.
fn ends(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let (first, last) = ground.span;
    let mut spot = Spot::new("start", SpotGrade::Info, Certainty::Certain);
    spot.title = format!("the records begin {}", when(ground, first));
    "what came before is in no record here".clone_into(&mut spot.detail);
    spot.forbids = format!("it began at {}", minute(first));
    spot.to = Some(first);
    let mut spots = vec![spot];
    if !ground.has("cloudtrail") {
        return Ok(spots);
    }
    let mut spot = Spot::new("end", SpotGrade::Info, Certainty::Possible);
    let lag = lag(writer)?;
    let from = Micros(last.0 - SETTLING.max(lag.unwrap_or(0)));
    spot.title = match lag {
        Some(lag) => format!("AWS delivery lag p95 {}", span(lag)),
        None => "AWS delivers late".to_owned(),
    };
    spot.detail =
        format!("last {} of the span may still be filling", span(SETTLING.max(lag.unwrap_or(0))));
    spot.forbids = format!("nothing new since {}", minute(from));
    spot.plane = Some("cloudtrail".to_owned());
    (spot.from, spot.to) = (Some(from), Some(last));
    spot.filter = window(from, last);
    spots.push(spot);
    Ok(spots)
}

/// Returns how long after an event its file was delivered, for 95 of 100 events; `None` when no file name says it.
fn lag(writer: &mut Writer) -> Result<Option<i64>, Fault> {
    let mut found = None;
    writer.each(
        "WITH file AS (SELECT source, try_strptime(regexp_extract(coalesce(member, name),
                              '_CloudTrail[A-Za-z-]*_[a-z0-9-]+_([0-9]{8}T[0-9]{4})Z_', 1), '%Y%m%dT%H%M') AS delivered FROM source)
         SELECT quantile_disc(greatest(epoch_us(f.delivered) - epoch_us(e.ts), 0), 0.95)
         FROM event e JOIN file f ON f.source = e.source WHERE f.delivered IS NOT NULL AND e.ts IS NOT NULL",
        |row| {
            found = row.maybe_text(0).map(|_| row.int(0));
            Ok(())
        },
    )?;
    Ok(found)
}
