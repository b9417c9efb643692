//! The time line of a case as a picture: how many records there are when, how many of them were refused, and where the
//! cited ones lie. Owns where everything stands, in whole numbers, so that the same case gives the same picture.

use serde::Serialize;

use super::facts::Frame;
use crate::model::{EventId, Micros, Outcome, Plane};

/// Size of a picture, and where its plot begins and ends.
pub(super) const WIDTH: i64 = 960;
pub(super) const LEFT: i64 = 150;
const RIGHT: i64 = 948;
const PLOT: i64 = RIGHT - LEFT;
/// Bars: top, and height of the tallest.
const BARS: i64 = 26;
const TALL: i64 = 84;
/// Height of a lane of marks, and cells that one mark needs.
const LANE: i64 = 30;
const MARK: i64 = 22;
/// Marks drawn; more are in the annex.
const MOST_MARKS: usize = 120;

/// A picture of records over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Activity {
    /// Unlike that of any other picture of the report.
    pub(super) id: &'static str,
    pub(in crate::report) title: String,
    /// The picture in words.
    pub(in crate::report) told: String,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) left: i64,
    pub(super) right: i64,
    /// Where the axis is.
    pub(super) base: i64,
    pub(super) bars: Vec<Bar>,
    pub(super) most: u64,
    pub(super) ticks: Vec<Tick>,
    pub(super) lanes: Vec<Lane>,
    pub(super) marks: Vec<Mark>,
}

/// Records of one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Bar {
    x: i64,
    width: i64,
    y: i64,
    height: i64,
    /// Top and height of the refused ones.
    refused_y: i64,
    refused: i64,
}

/// A time on the axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Tick {
    pub(super) x: i64,
    pub(super) label: String,
    /// `start`, `middle`, `end`.
    pub(super) anchor: &'static str,
}

/// Marks of one plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Lane {
    y: i64,
    label: &'static str,
}

/// A cited record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Mark {
    #[serde(skip)]
    pub(super) event: EventId,
    /// Its number in the annex.
    pub(super) number: usize,
    x: i64,
    y: i64,
    /// `done`, `refused`, `failed`, `other`: each has a shape of its own.
    shape: &'static str,
}

/// Returns where a time stands.
pub(super) fn place(time: Micros, (from, to): (Micros, Micros)) -> i64 {
    let span = to.0.saturating_sub(from.0).max(1);
    let along = time.0.saturating_sub(from.0).clamp(0, span);
    LEFT + i64::try_from(i128::from(along) * i128::from(PLOT) / i128::from(span)).unwrap_or(0)
}

/// Returns four or five times on the axis.
pub(super) fn ticks((from, to): (Micros, Micros)) -> Vec<Tick> {
    let span = to.0.saturating_sub(from.0);
    let is_one_day = from.0.div_euclid(DAY) == to.0.div_euclid(DAY);
    (0..=4)
        .map(|step| {
            let time = Micros(from.0.saturating_add(span / 4 * step));
            let anchor = match step {
                0 => "start",
                4 => "end",
                _ => "middle",
            };
            Tick { x: place(time, (from, to)), label: short(time, span, is_one_day), anchor }
        })
        .collect()
}

const DAY: i64 = 86_400_000_000;
const MINUTE: i64 = 60_000_000;

/// Returns a time as short as the span allows: `09:31:05`, `09:31`, `07-12 09:31`, `2026-07-12`.
fn short(time: Micros, span: i64, is_one_day: bool) -> String {
    let text = time.to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    if span > 20 * DAY {
        part(0, 10)
    } else if !is_one_day {
        format!("{} {}", part(5, 10), part(11, 16))
    } else if span < 20 * MINUTE {
        part(11, 19)
    } else {
        part(11, 16)
    }
}

/// Returns the picture of all records.
pub(super) fn activity(frame: Frame<'_>) -> Option<Activity> {
    let strip = &frame.view.strip;
    let most = strip.bins.iter().map(|bin| bin.events).max().filter(|most| *most > 0)?;
    let count = i64::try_from(strip.bins.len()).unwrap_or(1).max(1);
    let tall = |events: u64| -> i64 {
        let scaled = u128::from(events) * u128::from(TALL.unsigned_abs()) / u128::from(most.max(1));
        let height = i64::try_from(scaled).unwrap_or(TALL);
        if events > 0 { height.max(2) } else { 0 }
    };
    let base = BARS + TALL;
    let bars = (0_i64..).zip(&strip.bins).filter(|(_, bin)| bin.events > 0).map(|(at, bin)| {
        let (x, end) = (LEFT + at * PLOT / count, LEFT + (at + 1) * PLOT / count);
        let (height, refused) = (tall(bin.events), tall(bin.denied));
        Bar {
            x,
            width: (end - x - 1).max(1),
            y: base - height,
            height,
            refused_y: base - refused,
            refused,
        }
    });
    let span = (strip.from, strip.to);
    let events: u64 = strip.bins.iter().map(|bin| bin.events).sum();
    let denied: u64 = strip.bins.iter().map(|bin| bin.denied).sum();
    let empty = strip.bins.iter().filter(|bin| bin.events == 0).count();
    Some(Activity {
        id: "activity",
        title: "Records over time".to_owned(),
        told: format!(
            "{events} records with a time, from {} to {}, in {count} stretches of equal length. The fullest stretch has \
             {most}; {empty} of {count} have none. {denied} of {events} records say that something was refused.",
            strip.from, strip.to
        ),
        width: WIDTH,
        height: base + 26,
        left: LEFT,
        right: RIGHT,
        base,
        bars: bars.collect(),
        most,
        ticks: ticks(span),
        lanes: Vec::new(),
        marks: Vec::new(),
    })
}

/// Returns the picture of the records that findings and answers rest on, one lane for each plane.
pub(super) fn cited(frame: Frame<'_>) -> Option<Activity> {
    let told = told_events(frame);
    let facts = frame.records().of(&told);
    let dated: Vec<_> = facts.iter().filter_map(|facts| Some((facts.time?, *facts))).collect();
    let (first, last) = (dated.first()?.0, dated.last()?.0);
    let margin = (last.0 - first.0) / 40 + 1_000_000;
    let span = (Micros(first.0 - margin), Micros(last.0 + margin));
    let planes: Vec<Plane> = Plane::ALL
        .iter()
        .copied()
        .filter(|plane| dated.iter().any(|(_, facts)| facts.plane == *plane))
        .collect();
    let (mut lanes, mut marks) = (Vec::new(), Vec::new());
    let mut top = 34;
    for plane in planes {
        let mut ends: Vec<i64> = Vec::new();
        let of_plane = dated.iter().filter(|(_, facts)| facts.plane == plane);
        for (time, facts) in of_plane.take(MOST_MARKS) {
            let x = place(*time, span);
            let free = ends.iter().position(|end| x - end >= MARK);
            let level = free.unwrap_or(ends.len()).min(3);
            match ends.get_mut(level) {
                Some(end) => *end = x,
                None => ends.push(x),
            }
            let y = top + i64::try_from(level).unwrap_or(0) * MARK;
            let shape = shape(facts.outcome, facts.decision.as_deref());
            marks.push(Mark { event: facts.id, number: 0, x, y, shape });
        }
        lanes.push(Lane { y: top, label: plane.as_str() });
        let levels = i64::try_from(ends.len()).unwrap_or(1).max(1);
        top += LANE + (levels - 1) * MARK;
    }
    let shown = marks.len();
    Some(Activity {
        id: "cited",
        title: "Records that findings and answers rest on".to_owned(),
        told: format!(
            "{shown} of {} records that findings and answers name, from {first} to {last}, on {} planes. Numbers are those of \
             annex B, which tells each in words.",
            told.len(),
            lanes.len()
        ),
        width: WIDTH,
        height: top + 22,
        left: LEFT,
        right: RIGHT,
        base: top,
        bars: Vec::new(),
        most: 0,
        ticks: ticks(span),
        lanes,
        marks,
    })
}

/// Returns the events of standing findings; without any, those behind the answers.
fn told_events(frame: Frame<'_>) -> Vec<EventId> {
    let standing = frame.content.findings.iter().filter(|part| part.stands());
    let of_findings: Vec<EventId> =
        standing.flat_map(|part| part.row.events.iter().copied()).collect();
    if !of_findings.is_empty() {
        return of_findings;
    }
    let answers = frame.assessed().map_or(&[][..], |assessed| assessed.answers);
    answers.iter().flat_map(|answer| &answer.cited).map(|cited| cited.event).collect()
}

/// Returns the shape of a record's mark, which does not rest on color.
fn shape(outcome: Outcome, decision: Option<&str>) -> &'static str {
    if decision == Some("deny") {
        return "refused";
    }
    match outcome {
        Outcome::Denied => "refused",
        Outcome::Success => "done",
        Outcome::Error => "failed",
        Outcome::Held | Outcome::Unknown => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stand_in_order_inside_the_plot() {
        let span = (Micros(0), Micros(DAY));
        assert_eq!(place(Micros(0), span), LEFT);
        assert_eq!(place(Micros(DAY), span), RIGHT);
        assert_eq!(place(Micros(DAY / 2), span), LEFT + PLOT / 2);
        assert_eq!(place(Micros(-5), span), LEFT, "what lies before the span stands at its start");
        assert_eq!(place(Micros(7), (Micros(7), Micros(7))), LEFT, "a span of nothing");
        assert_eq!(place(Micros(i64::MAX), (Micros(i64::MIN), Micros(i64::MAX))), RIGHT);
    }

    #[test]
    fn axis_is_as_short_as_its_span_allows() {
        let start = Micros(1_783_848_662_114_000);
        let labels = |span: i64| -> Vec<String> {
            ticks((start, Micros(start.0 + span))).into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(labels(5 * MINUTE)[0], "09:31:02");
        assert_eq!(labels(60 * MINUTE)[0], "09:31");
        assert_eq!(labels(3 * DAY)[0], "07-12 09:31");
        assert_eq!(labels(90 * DAY)[0], "2026-07-12");
        assert_eq!(labels(0).len(), 5);
    }
}
