//! What was given and is not on the time line: rejected records, files that could not be opened or end early, rows without
//! a time.

use super::coverage::Ground;
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "not read", find };

pub(super) fn find(_ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    writer.each(
        "SELECT coalesce(sum(rejected), 0)::BIGINT, count(*) FILTER (rejected > 0), coalesce(sum(read), 0)::BIGINT FROM source",
        |row| {
            let (rejected, files, read) = (row.count(0), row.count(1), row.count(2));
            if rejected > 0 {
                let is_many = rejected.saturating_mul(100) >= read;
                let grade = if is_many { SpotGrade::Medium } else { SpotGrade::Low };
                let mut spot = Spot::new("rejected", grade, Certainty::Certain);
                spot.title = format!("{} rejected", counted(rejected, "record"));
                spot.detail = format!("of {} read, in {}", counted(read, "record"), counted(files, "file"));
                "what these records say".clone_into(&mut spot.forbids);
                spots.push(spot);
            }
            Ok(())
        },
    )?;
    writer.each(
        "SELECT state, count(*), min(name || coalesce(' > ' || member, '')) FROM source
         WHERE state IN ('damaged', 'unreadable') GROUP BY state ORDER BY state",
        |row| {
            let is_damaged = row.text(0) == "damaged";
            let mut spot = Spot::new(row.text(0), SpotGrade::Medium, Certainty::Certain);
            let word = if is_damaged { "end early" } else { "could not be read" };
            let word = if is_damaged && row.count(1) == 1 { "ends early" } else { word };
            spot.title = format!("{} {word}", counted(row.count(1), "file"));
            spot.detail = row.text(2);
            "what the rest of it says".clone_into(&mut spot.forbids);
            if !is_damaged {
                "what they say".clone_into(&mut spot.forbids);
            }
            spots.push(spot);
            Ok(())
        },
    )?;
    let undated = writer.number("SELECT count(*) FROM event WHERE ts IS NULL")?;
    if undated > 0 {
        let mut spot = Spot::new("undated", SpotGrade::Low, Certainty::Certain);
        spot.title = format!("{} without a usable time", counted(undated, "row"));
        "kept on the undated shelf, not on the time line".clone_into(&mut spot.detail);
        "when these happened".clone_into(&mut spot.forbids);
        spot.events = undated;
        "is:undated".clone_into(&mut spot.filter);
        spots.push(spot);
    }
    Ok(spots)
}
