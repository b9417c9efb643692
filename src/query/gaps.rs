//! What could not be seen: coverage of each group of sources, numbered blind spots, stretches without records. All of it
//! was computed after the load (`link::gaps`), so that asking takes no scan of the events.

pub mod bars;

use std::collections::BTreeMap;

use crate::model::gaps::{
    BlindSpot, Certainty, Cover, CoverageRow, Gaps, NotRead, SpotGrade, Stretch,
};
use crate::model::{Micros, Plane};
use crate::store::{Fault, Reader, Row};

/// Most stretches handed out.
const MOST_STRETCHES: usize = 500;
/// A cell with less than this part of what is usual has fewer records than usual.
const FEWER: u64 = 4;
/// Below this many records a cell in the middle, nothing is usual.
const LEAST_USUAL: u64 = 8;

/// Returns what the Gaps screen shows, in rows of at most `n_cells` cells.
pub fn gaps(reader: &Reader, n_cells: usize) -> Result<Gaps, Fault> {
    let mut gaps = Gaps {
        is_made: is_made(reader)?,
        spots: blind_spots(reader)?,
        not_read: not_read(reader)?,
        ..Gaps::default()
    };
    if gaps.is_made {
        coverage(reader, n_cells.max(1), &mut gaps)?;
        missing_planes(&mut gaps);
    }
    Ok(gaps)
}

/// Returns true once coverage was computed, and no load is under way since.
fn is_made(reader: &Reader) -> Result<bool, Fault> {
    Ok(reader.number(
        "SELECT count(*) FILTER (key = 'gaps made') * (1 - count(*) FILTER (key = 'joins due')) FROM meta",
        &[],
    )? > 0)
}

/// Returns every blind spot, by number.
pub fn blind_spots(reader: &Reader) -> Result<Vec<BlindSpot>, Fault> {
    let mut examples: BTreeMap<String, Vec<crate::model::EventId>> = BTreeMap::new();
    for row in reader.rows("SELECT key, event FROM blind_spot_event", &[])? {
        examples.entry(row.text(0)).or_default().extend(row.id(1));
    }
    let rows = reader.rows(
        "SELECT b.number, b.key, b.kind, b.grade, b.certainty, b.plane, b.product, b.account, g.name, b.from_ts, b.to_ts,
                b.title, b.detail, b.forbids, b.events, b.filter
         FROM blind_spot b LEFT JOIN source_group g ON g.grp = b.grp ORDER BY b.number",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| BlindSpot {
            number: u32::try_from(row.int(0)).unwrap_or(0),
            examples: examples.remove(&row.text(1)).unwrap_or_default(),
            key: row.text(1),
            kind: row.text(2),
            grade: SpotGrade::from_word(&row.text(3)).unwrap_or(SpotGrade::Info),
            certainty: Certainty::from_word(&row.text(4)).unwrap_or(Certainty::Possible),
            plane: row.maybe_text(5),
            product: row.maybe_text(6),
            account: row.maybe_text(7),
            source: row.maybe_text(8),
            from: row.time(9),
            to: row.time(10),
            title: row.text(11),
            detail: row.text(12),
            forbids: row.text(13),
            events: row.count(14),
            filter: row.text(15),
        })
        .collect())
}

/// Returns stretches in which a source fell silent, and those in which no source recorded anything, in order of time.
pub fn stretches(reader: &Reader) -> Result<Vec<Stretch>, Fault> {
    let rows = reader.rows(
        &format!(
            "SELECT from_ts, to_ts, name, plane, number, others FROM (
               SELECT b.from_ts, b.to_ts, g.name, b.plane, b.number, b.events AS others
               FROM blind_spot b LEFT JOIN source_group g ON g.grp = b.grp WHERE b.kind = 'silence'
               UNION ALL (SELECT from_ts, to_ts, NULL, NULL, NULL, 0 FROM uncovered
                          ORDER BY epoch_us(to_ts) - epoch_us(from_ts) DESC, from_ts LIMIT {MOST_STRETCHES}))
             ORDER BY from_ts, to_ts, number"
        ),
        &[],
    )?;
    Ok(rows.iter().filter_map(stretch).collect())
}

fn stretch(row: &Row) -> Option<Stretch> {
    Some(Stretch {
        from: row.time(0)?,
        to: row.time(1)?,
        source: row.maybe_text(2),
        plane: row.maybe_text(3).and_then(|word| Plane::from_word(&word)),
        number: row.maybe_text(4).and_then(|number| number.parse().ok()),
        others: row.count(5),
    })
}

fn not_read(reader: &Reader) -> Result<NotRead, Fault> {
    let rows = reader.rows(
        "SELECT coalesce(sum(rejected), 0)::BIGINT, count(*) FILTER (rejected > 0), count(*) FILTER (state = 'unreadable'),
                count(*) FILTER (state = 'damaged') FROM source",
        &[],
    )?;
    let undated = reader.number(
        "SELECT coalesce(sum(events), 0)::BIGINT FROM blind_spot WHERE filter = 'is:undated'",
        &[],
    )?;
    Ok(rows.first().map_or_else(NotRead::default, |row| NotRead {
        rejected: row.count(0),
        rejecting_files: row.count(1),
        unreadable: row.count(2),
        damaged: row.count(3),
        undated,
    }))
}

/// Records, tool calls and calls without arguments in one column.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    events: u64,
    calls: u64,
    bare: u64,
}

fn coverage(reader: &Reader, n_cells: usize, gaps: &mut Gaps) -> Result<(), Fault> {
    let spans = reader.rows("SELECT min(first_ts), max(last_ts) FROM source_group", &[])?;
    let Some((first, last)) = spans.first().and_then(|row| row.time(0).zip(row.time(1))) else {
        return Ok(());
    };
    gaps.span = Some((first, last));
    let seconds = reader.rows("SELECT value FROM meta WHERE key = 'coverage cell'", &[])?;
    let width =
        seconds.first().and_then(|row| row.text(0).parse::<i64>().ok()).unwrap_or(60) * 1_000_000;
    let (begin, end) = (first.0.div_euclid(width), last.0.div_euclid(width));
    let room = i64::try_from(n_cells).unwrap_or(i64::MAX);
    let merged = ((end - begin + room) / room).max(1);
    gaps.cell = merged * width;
    let n_columns = usize::try_from((end - begin) / merged + 1).unwrap_or(1);
    let mut cells: BTreeMap<i64, Vec<Cell>> = BTreeMap::new();
    let rows = reader.rows(
        &format!(
            "SELECT grp, (cell - {begin}) // {merged}, sum(events)::BIGINT, sum(calls)::BIGINT, sum(bare)::BIGINT
             FROM coverage GROUP BY ALL"
        ),
        &[],
    )?;
    for row in &rows {
        let line = cells.entry(row.int(0)).or_insert_with(|| vec![Cell::default(); n_columns]);
        if let Some(cell) = usize::try_from(row.int(1)).ok().and_then(|at| line.get_mut(at)) {
            *cell = Cell { events: row.count(2), calls: row.count(3), bare: row.count(4) };
        }
    }
    let groups = reader.rows(
        "SELECT grp, name, plane, events, first_ts, last_ts, fit, calls, bare FROM source_group ORDER BY
           list_position(['cloudtrail', 'gateway', 'mcp', 'transcript', 'authz', 'model'], plane) NULLS LAST, name",
        &[],
    )?;
    gaps.rows = groups
        .iter()
        .map(|row| {
            let is_bare = row.count(7) > 0 && row.count(7) == row.count(8);
            CoverageRow {
                name: row.text(1),
                plane: Plane::from_word(&row.text(2)),
                events: row.count(3),
                first: row.time(4),
                last: row.time(5),
                fit: row.text(6),
                cells: drawn(&cells.remove(&row.int(0)).unwrap_or_default(), is_bare),
            }
        })
        .collect();
    Ok(())
}

/// Says of each cell what it covers. `is_bare` says that no call of the source holds arguments.
fn drawn(cells: &[Cell], is_bare: bool) -> Vec<Cover> {
    let mut busy: Vec<u64> =
        cells.iter().map(|cell| cell.events).filter(|events| *events > 0).collect();
    busy.sort_unstable();
    let usual = busy.get(busy.len() / 2).copied().unwrap_or(0);
    cells
        .iter()
        .map(|cell| match cell.events {
            0 => Cover::Nothing,
            _ if is_bare || (cell.calls * 2 >= cell.events && cell.bare == cell.calls) => {
                Cover::Bare
            }
            events if usual >= LEAST_USUAL && events * FEWER < usual => Cover::Fewer,
            _ => Cover::Records,
        })
        .collect()
}

/// Adds a row for each plane of which nothing is loaded.
fn missing_planes(gaps: &mut Gaps) {
    for plane in [Plane::CloudTrail, Plane::Gateway, Plane::Mcp, Plane::Transcript] {
        if gaps.rows.iter().all(|row| row.plane != Some(plane)) {
            gaps.rows.push(CoverageRow {
                name: plane.as_str().to_owned(),
                plane: Some(plane),
                events: 0,
                first: None,
                last: None,
                fit: "NONE".to_owned(),
                cells: Vec::new(),
            });
        }
    }
}

/// Where an event was recorded: plane, account, time.
pub type Recorded = (Plane, Option<String>, Option<Micros>);

/// Returns where events were recorded, by their row numbers.
pub fn recorded(reader: &Reader, numbers: &[i64]) -> Result<Vec<Recorded>, Fault> {
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let sql = format!("SELECT plane, account, ts FROM event WHERE n IN ({})", list.join(","));
    let rows = if list.is_empty() { Vec::new() } else { reader.rows(&sql, &[])? };
    Ok(rows
        .iter()
        .filter_map(|row| Some((Plane::from_word(&row.text(0))?, row.maybe_text(1), row.time(2))))
        .collect())
}

/// Returns the blind spots that touch a set of events: by plane, account and time.
pub fn touching<'s>(spots: &'s [BlindSpot], events: &[Recorded]) -> Vec<&'s BlindSpot> {
    let times = || events.iter().filter_map(|(_, _, time)| *time);
    let Some((first, last)) = times().min().zip(times().max()) else { return Vec::new() };
    let planes: Vec<&str> = events.iter().map(|(plane, _, _)| plane.as_str()).collect();
    spots
        .iter()
        .filter(|spot| {
            let in_time =
                spot.from.is_none_or(|from| from <= last) && spot.to.is_none_or(|to| to >= first);
            let account = spot.account.as_ref();
            let in_account = account.is_none_or(|account| {
                events.iter().any(|(_, known, _)| known.as_ref() == Some(account))
            });
            // A source's silence or absence bars what would be said of any plane; how a source writes bars its own.
            let is_general = matches!(spot.kind.as_str(), "silence" | "plane" | "bypass" | "proof");
            let in_plane =
                is_general || spot.plane.as_deref().is_none_or(|plane| planes.contains(&plane));
            spot.is_grave() && in_time && in_account && in_plane
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(events: &[u64]) -> String {
        let cells: Vec<Cell> =
            events.iter().map(|events| Cell { events: *events, ..Cell::default() }).collect();
        drawn(&cells, false).into_iter().map(Cover::glyph).collect()
    }

    #[test]
    fn cells_tell_nothing_fewer_and_records_apart() {
        assert_eq!(line(&[20, 0, 4, 20, 25]), "# .##");
        assert_eq!(line(&[3, 1, 0, 3]), "## #", "too few to be usual");
    }

    #[test]
    fn calls_without_arguments_are_dashes_only_when_all_of_a_cell_are() {
        let cell = |calls, bare| Cell { events: 10, calls, bare };
        let drawn = drawn(&[cell(8, 8), cell(8, 7), cell(2, 2)], false);
        assert_eq!(drawn, [Cover::Bare, Cover::Records, Cover::Records]);
    }
}
