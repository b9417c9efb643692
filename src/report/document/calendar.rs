//! The coverage calendar as a picture: when each group of sources recorded something, and which stretches it did not. Owns
//! where everything stands; what counts as covered is `query::gaps`'.

use serde::Serialize;

use super::Text;
use super::facts::Frame;
use super::pictures::{LEFT, Tick, WIDTH, place, ticks};
use crate::model::Micros;
use crate::model::gaps::{Cover, CoverageRow};
use crate::text::sanitize::sanitize;

const ROW: i64 = 26;
const TALL: i64 = 16;
const TOP: i64 = 14;
/// Rows drawn; more are counted.
const MOST_ROWS: usize = 40;

/// A picture of what was covered when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Calendar {
    pub(in crate::report) title: String,
    /// The picture in words.
    pub(in crate::report) told: String,
    width: i64,
    height: i64,
    left: i64,
    right: i64,
    base: i64,
    pub(in crate::report) rows: Vec<Line>,
    ticks: Vec<Tick>,
    /// Rows left out, in words.
    pub(in crate::report) more: Option<String>,
}

/// One group of sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Line {
    pub(in crate::report) name: Text,
    /// The name as the picture shows it.
    label: String,
    y: i64,
    middle: i64,
    cells: Vec<Cell>,
    spots: Vec<Spot>,
    /// Nothing of this plane is loaded.
    is_absent: bool,
    /// The row as letters: `#` records, `.` fewer than usual, `-` without arguments, blank nothing.
    pub(in crate::report) letters: String,
    pub(in crate::report) events: u64,
    pub(super) fit: String,
}

/// Stretches of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Cell {
    x: i64,
    width: i64,
    y: i64,
    height: i64,
    /// `records`, `fewer`, `bare`.
    cover: &'static str,
}

/// A blind spot that names a stretch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Spot {
    x: i64,
    width: i64,
    label: String,
}

impl Line {
    /// Returns what the row covers, in words.
    pub(in crate::report) fn told(&self) -> String {
        let spots: Vec<&str> = self.spots.iter().map(|spot| spot.label.as_str()).collect();
        if spots.is_empty() {
            self.fit.clone()
        } else {
            format!("{}; silent: {}", self.fit, spots.join(", "))
        }
    }
}

impl Calendar {
    /// Hands out every sentence of the program, but not the names of rows.
    pub(super) fn each_sentence(&mut self, mut take: impl FnMut(&mut String)) {
        take(&mut self.title);
        take(&mut self.told);
        self.more.iter_mut().for_each(&mut take);
        for row in &mut self.rows {
            take(&mut row.fit);
            row.spots.iter_mut().for_each(|spot| take(&mut spot.label));
        }
    }
}

/// Returns the calendar, unless coverage was not computed.
pub(super) fn calendar(frame: Frame<'_>) -> Option<Calendar> {
    let gaps = &frame.view.gaps;
    let (first, last) = gaps.span.filter(|_| gaps.is_made)?;
    let n_cells = gaps.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let end = i64::try_from(n_cells).unwrap_or(0).saturating_mul(gaps.cell);
    let begin = first.0.div_euclid(gaps.cell.max(1)) * gaps.cell.max(1);
    let span = (Micros(begin), Micros(begin.saturating_add(end.max(1))));
    let mut rows = Vec::new();
    for (at, row) in (0_i64..).zip(gaps.rows.iter().take(MOST_ROWS)) {
        rows.push(line(frame, row, TOP + at * ROW, span));
    }
    let base = TOP + i64::try_from(rows.len()).unwrap_or(0) * ROW;
    let silent = frame.content.spots.iter().filter(|spot| spot.kind == "silence").count();
    let silent = if silent == 1 { "1 stretch".to_owned() } else { format!("{silent} stretches") };
    let absent: Vec<&str> = gaps
        .rows
        .iter()
        .filter(|row| row.events == 0)
        .filter_map(|row| row.plane.map(crate::model::Plane::as_str))
        .collect();
    let absent = if absent.is_empty() {
        "Every plane has records.".to_owned()
    } else {
        format!("No record was supplied of: {}.", absent.join(", "))
    };
    let hidden = gaps.rows.len().saturating_sub(MOST_ROWS);
    Some(Calendar {
        title: "Coverage of the sources".to_owned(),
        told: format!(
            "{} groups of sources between {first} and {last}; {silent} in which one fell silent while others \
             went on. {absent} The table under the picture says the same in words.",
            gaps.rows.iter().filter(|row| row.events > 0).count()
        ),
        width: WIDTH,
        height: base + 26,
        left: LEFT,
        right: place(span.1, span),
        base,
        rows,
        ticks: ticks(span),
        more: (hidden > 0).then(|| {
            format!("{hidden} more of {} groups: whytrail gaps --coverage", gaps.rows.len())
        }),
    })
}

fn line(frame: Frame<'_>, row: &CoverageRow, y: i64, span: (Micros, Micros)) -> Line {
    let is_own = |name: &Option<String>| name.as_deref() == Some(row.name.as_str());
    let spots = frame.content.spots.iter().filter(|spot| {
        spot.kind == "silence" && is_own(&spot.source) && spot.from.is_some() && spot.to.is_some()
    });
    let spots = spots.filter_map(|spot| {
        let (from, to) = (place(spot.from?, span), place(spot.to?, span));
        Some(Spot { x: from, width: (to - from).max(3), label: spot.name() })
    });
    let name = if row.events > 0 { Text::quoted(&row.name) } else { Text::plain(row.name.clone()) };
    let label: String = sanitize(&frame.words(&row.name)).chars().take(22).collect();
    Line {
        name,
        label,
        y,
        middle: y + TALL / 2,
        cells: runs(&row.cells, y, span),
        spots: spots.collect(),
        is_absent: row.events == 0,
        letters: row.cells.iter().map(|cover| cover.glyph()).collect(),
        events: row.events,
        fit: row.fit.clone(),
    }
}

/// Returns neighbors of one kind as one stretch.
fn runs(cells: &[Cover], y: i64, span: (Micros, Micros)) -> Vec<Cell> {
    let count = i64::try_from(cells.len()).unwrap_or(0).max(1);
    let plot = place(span.1, span) - LEFT;
    let edge = |at: i64| LEFT + at * plot / count;
    let mut found: Vec<(Cover, i64, i64)> = Vec::new();
    for (at, cover) in (0_i64..).zip(cells) {
        match found.last_mut() {
            Some((known, _, end)) if known == cover => *end = at + 1,
            _ => found.push((*cover, at, at + 1)),
        }
    }
    found
        .into_iter()
        .filter_map(|(cover, from, to)| {
            let (x, width) = (edge(from), (edge(to) - edge(from)).max(1));
            let (y, height, cover) = match cover {
                Cover::Nothing => return None,
                Cover::Records => (y, TALL, "records"),
                Cover::Fewer => (y + TALL / 2, TALL / 2, "fewer"),
                Cover::Bare => (y, TALL, "bare"),
            };
            Some(Cell { x, width, y, height, cover })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_of_one_kind_are_one_stretch_and_nothing_is_not_drawn() {
        use Cover::{Bare, Fewer, Nothing, Records};
        let span = (Micros(0), Micros(100));
        let drawn = runs(&[Records, Records, Nothing, Fewer, Bare], 10, span);
        let kinds: Vec<&str> = drawn.iter().map(|cell| cell.cover).collect();
        assert_eq!(kinds, ["records", "fewer", "bare"]);
        assert_eq!(drawn[0].x, LEFT);
        assert!(drawn[0].width > drawn[1].width * 3 / 2, "{drawn:?}");
        assert!(drawn[1].height < drawn[2].height, "fewer records are told by height too");
        assert_eq!(runs(&[], 0, span), []);
    }
}
