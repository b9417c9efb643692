//! When each step is due in playback. Idle time over five seconds is cut to five; how much was cut is always known.

use crate::model::rows::ReplayStep;

/// Longest pause that is played in full, in microseconds.
const IDLE: i64 = 5_000_000;

/// Times of the steps in playback.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// Microseconds of playback at which each step is due, never falling.
    due: Vec<i64>,
    /// Microseconds cut in all.
    pub(super) cut: i64,
    /// Microseconds of event time from the first to the last step.
    pub(super) span: i64,
}

impl Score {
    /// Returns the score of `steps`. A step without a time is due with the one before it.
    pub(super) fn of(steps: &[ReplayStep], is_cut: bool) -> Self {
        let mut score = Self::default();
        let mut known = None;
        let mut due = 0_i64;
        for step in steps {
            if let Some(time) = step.row.time {
                let pause = known.map_or(0, |known: i64| (time.0 - known).max(0));
                let played = if is_cut { pause.min(IDLE) } else { pause };
                score.span += pause;
                score.cut += pause - played;
                due += played;
                known = Some(time.0);
            }
            score.due.push(due);
        }
        score
    }

    /// Returns when a step is due.
    pub(super) fn due(&self, step: usize) -> i64 {
        self.due.get(step).or(self.due.last()).copied().unwrap_or(0)
    }

    /// Returns the last step that is due at a moment of playback.
    pub(super) fn at(&self, played: i64) -> usize {
        self.due.partition_point(|due| *due <= played).saturating_sub(1)
    }

    /// Returns the step at so many tenths of playback.
    pub(super) fn tenth(&self, tenth: u8) -> usize {
        let whole = self.due.last().copied().unwrap_or(0);
        self.due.partition_point(|due| *due < whole / 10 * i64::from(tenth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rows::EventRow;
    use crate::model::{EventId, Grade, Micros, Outcome, Plane};

    fn steps(seconds: &[i64]) -> Vec<ReplayStep> {
        let row = |second: &i64| EventRow {
            id: EventId(0),
            time: Some(Micros(second * 1_000_000)),
            plane: Plane::Mcp,
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
        let step = |second: &i64| ReplayStep {
            row: row(second),
            is_asked: true,
            joined: None,
            lines: Vec::new(),
        };
        seconds.iter().map(step).collect()
    }

    #[test]
    fn idle_time_is_cut_and_counted() {
        let score = Score::of(&steps(&[0, 2, 102, 103]), true);
        assert_eq!((score.due(1), score.due(2), score.due(3)), (2_000_000, 7_000_000, 8_000_000));
        assert_eq!((score.cut, score.span), (95_000_000, 103_000_000));
        let whole = Score::of(&steps(&[0, 2, 102, 103]), false);
        assert_eq!((whole.due(2), whole.cut), (102_000_000, 0));
    }

    #[test]
    fn playback_finds_the_step_that_is_due() {
        let score = Score::of(&steps(&[0, 2, 4]), true);
        assert_eq!(
            [score.at(0), score.at(1_999_999), score.at(2_000_000), score.at(99_000_000)],
            [0, 0, 1, 2]
        );
        assert_eq!([score.tenth(0), score.tenth(5)], [0, 1]);
        assert_eq!(Score::default().at(5), 0);
    }
}
