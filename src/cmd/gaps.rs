//! `whytrail gaps`: coverage and blind spots, and accepting one with a reason.

use super::output::Rows;
use super::{Context, case, output};
use crate::custody::{AsideKind, State};
use crate::failure::{Ended, Failure, Kind};
use crate::model::gaps::{BlindSpot, CoverageRow, SpotGrade};
use crate::query::gaps;
use crate::report::tables::Cell;

/// Cells of a row of the calendar where no terminal says how many.
const CELLS: usize = 48;

/// What was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) coverage: bool,
    pub(super) fail_on: Option<String>,
    pub(super) accept: Option<String>,
    pub(super) withdraw: Option<String>,
    pub(super) reason: Option<String>,
}

fn whole(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn maybe(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

pub(super) fn run(context: &Context, asked: &Asked) -> Ended {
    let limit = asked.fail_on.as_deref().map(grade).transpose()?;
    let mut case = case::open_existing(context)?;
    let reader = case.reader()?;
    if let Some(name) = asked.accept.as_ref().or(asked.withdraw.as_ref()) {
        let spots = gaps::blind_spots(&reader)?;
        let spot = named(&spots, name)?;
        return set_aside(
            context,
            &mut case,
            spot,
            asked.reason.as_deref().filter(|_| asked.accept.is_some()),
        );
    }
    let found = gaps::gaps(&reader, CELLS)?;
    if !found.is_made && !context.shared.output.quiet {
        output::say(
            "note: what could not be seen is computed after a load; load the evidence again to have it",
        );
    }
    if asked.coverage {
        return print_coverage(context, &found.rows);
    }
    print_spots(context, &found.spots, &case.state)?;
    let standing = |spot: &&BlindSpot| {
        limit.is_some_and(|limit| spot.grade <= limit)
            && case.state.asides().get(AsideKind::Gap, &spot.key).is_none()
    };
    match found.spots.iter().filter(standing).count() {
        0 => Ok(()),
        count => Err(Failure::new(
            Kind::Found,
            format!("{count} blind spots of the grade asked for, or graver, are not accepted"),
        )),
    }
}

fn grade(word: &str) -> Result<SpotGrade, Failure> {
    SpotGrade::from_word(word).ok_or_else(|| {
        Failure::usage(format!("`--fail-on {word}` is no grade"))
            .hint("grades are high, med, low, info")
    })
}

/// Returns the blind spot called `B3`, `b3` or `3`.
fn named<'s>(spots: &'s [BlindSpot], name: &str) -> Result<&'s BlindSpot, Failure> {
    let number = name.trim_start_matches(['B', 'b']).parse::<u32>().ok();
    spots.iter().find(|spot| Some(spot.number) == number).ok_or_else(|| {
        Failure::usage(format!("`{name}` is no blind spot of this case"))
            .hint("whytrail gaps lists them")
    })
}

fn set_aside(
    context: &Context,
    case: &mut case::Case,
    spot: &BlindSpot,
    reason: Option<&str>,
) -> Ended {
    case.must_be_writable()?;
    let name = spot.name();
    let asides = case.state.asides();
    let (act, done, nothing) = match reason {
        Some(reason) => (
            asides.add(AsideKind::Gap, &spot.key, &name, reason),
            "accepted; it stays listed",
            "was accepted for this reason already",
        ),
        None => {
            (asides.withdraw(AsideKind::Gap, &spot.key), "no longer accepted", "was not accepted")
        }
    };
    let word = match act {
        None => nothing,
        Some(_) if context.shared.control.dry_run => "would change",
        Some(act) => {
            case.perform(&act)?;
            done
        }
    };
    output::print(context, &format!("{name} {word}\n"))
}

fn print_spots(context: &Context, spots: &[BlindSpot], state: &State) -> Ended {
    let columns = [
        ("number", false),
        ("grade", false),
        ("certainty", false),
        ("title", false),
        ("cannot_say", false),
        ("detail", false),
        ("kind", false),
        ("source", false),
        ("account", false),
        ("from", false),
        ("to", false),
        ("events", true),
        ("accepted", false),
        ("filter", false),
        ("key", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.gaps", &columns)?;
    for spot in spots.iter().take(context.shared.filters.limit.unwrap_or(usize::MAX)) {
        let accepted = state.asides().get(AsideKind::Gap, &spot.key);
        rows.row(&[
            text(&spot.name()),
            text(spot.grade.as_str()),
            text(spot.certainty.as_str()),
            text(&spot.title),
            text(&spot.forbids),
            text(&spot.detail),
            text(&spot.kind),
            maybe(spot.source.as_deref().or(spot.plane.as_deref())),
            maybe(spot.account.as_deref()),
            output::time(context, spot.from),
            output::time(context, spot.to),
            whole(spot.events),
            maybe(accepted.map(|aside| aside.reason.as_str())),
            maybe(Some(spot.filter.as_str()).filter(|filter| !filter.is_empty())),
            text(&spot.key),
        ])?;
    }
    rows.finish()
}

fn print_coverage(context: &Context, groups: &[CoverageRow]) -> Ended {
    let columns = [
        ("source", false),
        ("fit", false),
        ("rows", true),
        ("first", false),
        ("last", false),
        ("coverage", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.coverage", &columns)?;
    for group in groups {
        let cells: String = group.cells.iter().map(|cell| cell.glyph()).collect();
        rows.row(&[
            text(&group.name),
            text(&group.fit),
            whole(group.events),
            output::time(context, group.first),
            output::time(context, group.last),
            Cell::Text(cells),
        ])?;
    }
    rows.finish()
}
