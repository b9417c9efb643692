//! The two lanes as lines: what was asked on the left, what happened on the right. A step that an asked one caused
//! stands beside it where there is room. What stands between steps is a line of its own, so that silence is never calm.

use crate::model::rows::{Between, ReplayStep};

/// One half of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Half {
    pub(super) step: usize,
    /// 0 for the line that carries the time.
    pub(super) part: usize,
}

/// One line of the lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LaneLine {
    Steps {
        asked: Option<Half>,
        happened: Option<Half>,
    },
    /// A pause, or a source that fell silent.
    Between(String),
}

/// Lays the steps out, in time order, with what stands between them.
pub(super) fn lay_out(steps: &[ReplayStep], between: &[Between]) -> Vec<LaneLine> {
    let mut lines: Vec<LaneLine> = Vec::with_capacity(steps.len() * 2);
    let mut between = between.iter().peekable();
    for (idx, step) in steps.iter().enumerate() {
        while let Some(mark) = between.next_if(|mark| mark.step <= idx) {
            lines.push(LaneLine::Between(mark.text.clone()));
        }
        let n_parts = step.lines.len().clamp(1, 2);
        for part in 0..n_parts {
            place(&mut lines, Half { step: idx, part }, step.is_asked, steps);
        }
    }
    lines
}

fn place(lines: &mut Vec<LaneLine>, half: Half, is_asked: bool, steps: &[ReplayStep]) {
    if is_asked {
        lines.push(LaneLine::Steps { asked: Some(half), happened: None });
        return;
    }
    let cause = steps.get(half.step).and_then(|step| step.joined).map(|(cause, _)| cause);
    if let Some(LaneLine::Steps { asked: Some(asked), happened: happened @ None }) =
        lines.last_mut()
        && cause == Some(asked.step)
        && half.part == 0
    {
        *happened = Some(half);
        return;
    }
    lines.push(LaneLine::Steps { asked: None, happened: Some(half) });
}

/// Returns the first line of a step.
pub(super) fn line_of(lines: &[LaneLine], step: usize) -> usize {
    let is_of =
        |half: &Option<Half>| half.as_ref().is_some_and(|half| half.step == step && half.part == 0);
    let has_step = |line: &LaneLine| match line {
        LaneLine::Steps { asked, happened } => is_of(asked) || is_of(happened),
        LaneLine::Between(_) => false,
    };
    lines.iter().position(has_step).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rows::EventRow;
    use crate::model::{EventId, Grade, Micros, Outcome, Plane};

    fn step(second: i64, is_asked: bool, joined: Option<usize>) -> ReplayStep {
        let row = EventRow {
            id: EventId(0),
            time: Some(Micros(second * 1_000_000)),
            plane: if is_asked { Plane::Gateway } else { Plane::CloudTrail },
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
        let lines = vec!["one".to_owned(); if is_asked { 2 } else { 1 }];
        ReplayStep { row, is_asked, joined: joined.map(|step| (step, Grade::Exact)), lines }
    }

    #[test]
    fn what_happened_stands_beside_what_caused_it() {
        let lines =
            lay_out(&[step(0, true, Some(1)), step(1, false, Some(0)), step(2, false, None)], &[]);
        assert_eq!(lines.len(), 3);
        assert!(
            matches!(&lines[1], LaneLine::Steps { asked: Some(_), happened: Some(half) } if half.step == 1)
        );
        assert!(
            matches!(&lines[2], LaneLine::Steps { asked: None, happened: Some(half) } if half.step == 2)
        );
        assert_eq!(line_of(&lines, 1), 1);
    }

    #[test]
    fn what_stands_between_steps_is_a_line_in_front_of_the_later_one() {
        let mark = Between { step: 1, text: "nothing recorded 26m00s".to_owned() };
        let lines = lay_out(&[step(0, true, None), step(1_560, true, None)], &[mark]);
        let at = lines.iter().position(|line| matches!(line, LaneLine::Between(_)));
        assert_eq!(at, Some(line_of(&lines, 1) - 1));
    }
}
