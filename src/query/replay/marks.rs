//! What stands between the steps of a replay: pauses of the session, stretches that no source covered, and sources that
//! fell silent meanwhile. Screen and command print the same sentences. Must not say that nothing happened.

use crate::model::gaps::Stretch;
use crate::model::rows::{Between, ReplayStep};
use crate::text::sanitize_ascii;

/// Shortest pause of a session that is marked, in microseconds.
const PAUSE: i64 = 60_000_000;

/// Returns what stands between `steps`, in their order. `stretches` are those of the whole case.
pub fn between(steps: &[ReplayStep], stretches: &[Stretch]) -> Vec<Between> {
    let times: Vec<(i64, usize)> = steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| Some((step.row.time?.0, index)))
        .collect();
    let mut marks = Vec::new();
    for pair in times.windows(2) {
        if let [(from, _), (to, index)] = *pair
            && to - from > PAUSE
        {
            marks.push((index, 0, pause(from, to, stretches)));
        }
    }
    let (Some((first, _)), Some((last, _))) = (times.first(), times.last()) else {
        return Vec::new();
    };
    for stretch in
        stretches.iter().filter(|stretch| stretch.to.0 > *first && stretch.from.0 <= *last)
    {
        let Some(source) = &stretch.source else { continue };
        let source = sanitize_ascii(source);
        let number = stretch.number.map_or_else(String::new, |number| format!(" (B{number})"));
        let after = |time: i64| times.partition_point(|(known, _)| *known <= time);
        let length = span(stretch.to.0 - stretch.from.0);
        if let Some((_, index)) = times.get(after(stretch.from.0)) {
            let since = stretch.from.clock();
            marks.push((
                *index,
                1,
                format!("{source} records nothing from {since}Z, for {length}{number}"),
            ));
        }
        if let Some((_, index)) =
            times.get(times.partition_point(|(known, _)| *known < stretch.to.0))
        {
            marks.push((
                *index,
                2,
                format!("{source} records again at {}Z{number}", stretch.to.clock()),
            ));
        }
    }
    marks.sort();
    marks.into_iter().map(|(step, _, text)| Between { step, text }).collect()
}

/// Returns the sentence for a pause: whether the session only, or every source, has no record in it.
fn pause(from: i64, to: i64, stretches: &[Stretch]) -> String {
    let dark: i64 = stretches
        .iter()
        .filter(|stretch| stretch.source.is_none())
        .map(|stretch| (stretch.to.0.min(to) - stretch.from.0.max(from)).max(0))
        .sum();
    if dark * 2 > to - from {
        return format!("nothing recorded {}, by any source", span(dark));
    }
    format!("no event of this session for {}", span(to - from))
}

/// Returns a span such as `26m04s`.
pub fn span(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h{minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rows::EventRow;
    use crate::model::{EventId, Grade, Micros, Outcome, Plane};

    fn at(second: i64) -> ReplayStep {
        let row = EventRow {
            id: EventId(0),
            time: Some(Micros(second * 1_000_000)),
            plane: Plane::Gateway,
            link: Grade::None,
            who: String::new(),
            action: String::new(),
            target: String::new(),
            outcome: Outcome::Success,
            session: None,
            address: None,
            tag: None,
            n_tags: 0,
            has_note: false,
        };
        ReplayStep { row, is_asked: true, joined: None, lines: Vec::new() }
    }

    fn stretch(from: i64, to: i64, source: Option<&str>) -> Stretch {
        Stretch {
            from: Micros(from * 1_000_000),
            to: Micros(to * 1_000_000),
            source: source.map(str::to_owned),
            plane: None,
            number: source.map(|_| 1),
            others: 0,
        }
    }

    fn said(steps: &[i64], stretches: &[Stretch]) -> Vec<(usize, String)> {
        let steps: Vec<ReplayStep> = steps.iter().map(|second| at(*second)).collect();
        between(&steps, stretches).into_iter().map(|mark| (mark.step, mark.text)).collect()
    }

    #[test]
    fn pause_of_a_session_is_told_apart_from_a_stretch_without_records() {
        assert_eq!(said(&[0, 126], &[]), [(1, "no event of this session for 2m06s".to_owned())]);
        assert_eq!(
            said(&[0, 1564], &[stretch(1, 1563, None)]),
            [(1, "nothing recorded 26m02s, by any source".to_owned())]
        );
        assert_eq!(said(&[0, 60], &[]), []);
    }

    #[test]
    fn source_that_falls_silent_is_told_where_it_begins_and_ends() {
        let silent = [stretch(15, 35, Some("edge-1"))];
        let begins = "edge-1 records nothing from 00:00:15.000Z, for 20s (B1)".to_owned();
        let ends = "edge-1 records again at 00:00:35.000Z (B1)".to_owned();
        assert_eq!(said(&[0, 10, 20, 30, 40], &silent), [(2, begins.clone()), (4, ends)]);
        // It goes on after the last step, or began before the first.
        assert_eq!(said(&[0, 10, 20], &silent), [(2, begins.clone())]);
        assert_eq!(said(&[20, 30], &silent), [(0, begins)]);
        assert_eq!(said(&[50, 60], &silent), []);
        assert_eq!(said(&[], &silent), []);
    }

    #[test]
    fn spans_are_spelled_for_people() {
        assert_eq!(span(5_000_000), "5s");
        assert_eq!(span(1_564_000_000), "26m04s");
        assert_eq!(span(3_660_000_000), "1h01m");
    }
}
