//! What the sources prove about themselves and does not hold: CloudTrail digests that are broken, missing or name log files
//! that are not here, sequence jumps and broken chains of records. Rests on the verdicts of table `proof_verdict`.

use super::coverage::Ground;
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "proof", find };

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    writer.each(
        "SELECT subject, state, count(*), min(name), max(name), first(details ORDER BY name, details), count(source)
         FROM proof_verdict WHERE standing = 'false' GROUP BY ALL ORDER BY ALL",
        |row| {
            let (subject, state, count) = (row.text(0), row.text(1), row.count(2));
            let mut spot =
                Spot::new(format!("{subject}|{state}"), SpotGrade::High, Certainty::Certain);
            spot.title = format!("{}: {state}", counted(count, &subject));
            let why = row.text(5).lines().next().unwrap_or_default().to_owned();
            spot.detail = format!("{}{}", row.text(3), if why.is_empty() { String::new() } else { format!(": {why}") });
            "these records are all there, and as they were written".clone_into(&mut spot.forbids);
            spot.plane = (!subject.contains("chain")).then(|| "cloudtrail".to_owned());
            spots.push(spot);
            Ok(())
        },
    )?;
    spots.extend(holes(writer)?);
    spots.extend(unproven(ground, writer)?);
    Ok(spots)
}

/// Stretches that the digests themselves say they do not cover.
fn holes(writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    writer.each(
        "SELECT subject, name, line FROM (SELECT subject, name, unnest(string_split(details, chr(10))) AS line FROM proof_verdict
           WHERE contains(details, 'gap: ')) WHERE starts_with(line, 'gap: ') ORDER BY ALL",
        |row| {
            let (subject, name, line) = (row.text(0), row.text(1), row.text(2));
            let mut spot = Spot::new(
                format!("hole|{subject}|{name}|{line}"),
                SpotGrade::Medium,
                Certainty::Certain,
            );
            spot.title = format!("{subject} {name}: a stretch no digest covers");
            line.trim_start_matches("gap: ").clone_into(&mut spot.detail);
            "no log file is missing in it".clone_into(&mut spot.forbids);
            spots.push(spot);
            Ok(())
        },
    )?;
    Ok(spots)
}

/// Log files without digests: integrity since delivery cannot be shown.
fn unproven(ground: &Ground, writer: &mut Writer) -> Result<Option<Spot>, Fault> {
    let mut count = (0, 0);
    writer.each(
        "SELECT count(*) FILTER (standing = 'not shown'), count(*) FROM proof_verdict WHERE subject = 'log'",
        |row| {
            count = (row.count(0), row.count(1));
            Ok(())
        },
    )?;
    if count.0 == 0 || !ground.has("cloudtrail") {
        return Ok(None);
    }
    let mut spot = Spot::new("unproven", SpotGrade::Info, Certainty::Certain);
    spot.title = format!("{} without a proof from CloudTrail", counted(count.0, "log file"));
    spot.detail = format!("{} of {} have no digest that was given and checked", count.0, count.1);
    "no log file is missing or was changed before it came here".clone_into(&mut spot.forbids);
    spot.plane = Some("cloudtrail".to_owned());
    Ok(Some(spot))
}
