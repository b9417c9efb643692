//! What could not be seen, as a table of the whole case and as a sentence under each finding that it touches.

use std::fmt::{self, Write};

use super::super::content::FindingPart;
use super::{Report, header, quoted, row};
use crate::custody::AsideKind;
use crate::model::gaps::BlindSpot;

/// Writes every blind spot with the statement that it forbids.
pub(super) fn table(report: Report<'_>, out: &mut String) -> fmt::Result {
    let spots = &report.content.spots;
    writeln!(out, "### What could not be seen\n")?;
    if spots.is_empty() {
        return writeln!(
            out,
            "No blind spot was found. That does not show that the sources saw everything.\n"
        );
    }
    header(out, &["Blind spot", "Grade", "Certainty", "What", "So it cannot be said", "Accepted"])?;
    for spot in spots {
        let accepted = report.input.state.asides().get(AsideKind::Gap, &spot.key);
        row(
            out,
            &[
                spot.name(),
                spot.grade.as_str().to_owned(),
                spot.certainty.as_str().to_owned(),
                quoted(&format!("{}: {}", spot.title, spot.detail)),
                quoted(&format!("\"{}\"", spot.forbids)),
                accepted.map_or_else(
                    || "no".to_owned(),
                    |aside| {
                        format!("{} ({}, {})", quoted(&aside.reason), quoted(&aside.by), aside.at)
                    },
                ),
            ],
        )?;
    }
    writeln!(out)
}

/// Writes which blind spots touch the events of a finding.
pub(super) fn touching(report: Report<'_>, part: &FindingPart, out: &mut String) -> fmt::Result {
    let of = |number: &u32| report.content.spots.iter().find(|spot| spot.number == *number);
    let touching: Vec<&BlindSpot> = part.spots.iter().filter_map(of).collect();
    if touching.is_empty() {
        return Ok(());
    }
    writeln!(out, "Blind spots that touch these events:\n")?;
    for spot in touching {
        writeln!(
            out,
            "- {} ({}) {}. So it cannot be said: {}",
            spot.name(),
            spot.grade.as_str(),
            quoted(&spot.title),
            quoted(&format!("\"{}\"", spot.forbids))
        )?;
    }
    writeln!(out)
}
