//! `whytrail replay`: a session as two lanes. In a terminal it plays; without one it prints both lanes at once.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::output::{self, Rows, closed_pipe};
use super::{Context, case, selection};
use crate::failure::{Ended, Failure};
use crate::model::rows::{Replay, ReplayStep, SessionRow};
use crate::query;
use crate::query::replay::marks::span;
use crate::query::sessions::find_session;
use crate::report::tables::{Cell, Format};
use crate::text::sanitize::sanitize;
use crate::text::width;

/// How a session is played.
pub(super) struct Pace {
    pub(super) speed: u32,
    /// Text such as `5s`.
    pub(super) idle: String,
    pub(super) is_stepping: bool,
}

/// Width of one lane in cells when output is no terminal.
const LANE: usize = 58;

pub(super) fn run(context: &Context, session: &str, pace: &Pace) -> Ended {
    let idle = selection::duration(&pace.idle).ok_or_else(|| {
        Failure::usage(format!("`--idle {}` is no time", pace.idle)).hint("for example 5s or 1m")
    })?;
    if pace.speed == 0 {
        return Err(Failure::usage("`--speed` must be at least 1"));
    }
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    let row = find_session(&reader, session)?.ok_or_else(|| {
        Failure::usage(format!("there is no session `{}`", sanitize(session)))
            .hint("`whytrail sessions` lists them")
    })?;
    let Replay { steps, between } = query::replay(&reader, &row.id)?;
    if output::format(context) != Format::Table {
        return rows(context, &steps);
    }
    let plays = io::stdout().is_terminal()
        && io::stdin().is_terminal()
        && context.shared.output.output.is_none()
        && !context.shared.control.no_input;
    let lane = lane_width();
    let mut out = output::open(context)?;
    let mut player = Player { out: &mut out, lane, idle, cut: 0, last: None };
    player.heading(&row, &steps).map_err(closed_pipe)?;
    let mut between = between.iter().peekable();
    for (index, step) in steps.iter().enumerate() {
        let wait = player.pause(step);
        while let Some(mark) = between.next_if(|mark| mark.step <= index) {
            player.between(&mark.text).map_err(closed_pipe)?;
        }
        if plays {
            player.out.flush().map_err(closed_pipe)?;
            if pace.is_stepping {
                let mut answer = String::new();
                io::stdin().read_line(&mut answer)?;
            } else {
                std::thread::sleep(Duration::from_micros(
                    u64::try_from(wait).unwrap_or(0) / u64::from(pace.speed),
                ));
            }
        }
        player.step(step, &steps).map_err(closed_pipe)?;
    }
    player.end(steps.len()).map_err(closed_pipe)
}

fn lane_width() -> usize {
    let columns =
        rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    if columns >= 60 { (columns - 3) / 2 } else { LANE }
}

fn rows(context: &Context, steps: &[ReplayStep]) -> Ended {
    let columns = [
        ("step", true),
        ("time", false),
        ("lane", false),
        ("joined", true),
        ("grade", false),
        ("source", false),
        ("who", false),
        ("action", false),
        ("target", false),
        ("outcome", false),
        ("tag", false),
        ("id", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.replay", &columns)?;
    for (index, step) in (1_i64..).zip(steps) {
        let text = |text: &str| Cell::Text(text.to_owned());
        rows.row(&[
            Cell::Int(index),
            step.row.time.map_or(Cell::Null, |time| Cell::Text(time.to_string())),
            text(if step.is_asked { "asked" } else { "happened" }),
            step.joined.map_or(Cell::Null, |(other, _)| {
                Cell::Int(i64::try_from(other + 1).unwrap_or(i64::MAX))
            }),
            step.joined.map_or(Cell::Null, |(_, grade)| text(grade.as_str())),
            text(&step.row.plane.letter().to_string()),
            text(&step.row.who),
            text(&step.row.action),
            text(&step.row.target),
            text(step.row.outcome.as_str()),
            step.row.tag.as_deref().map_or(Cell::Null, text),
            text(&step.row.id.to_string()),
        ])?;
    }
    rows.finish()
}

struct Player<'o> {
    out: &'o mut dyn Write,
    lane: usize,
    /// Longest silence kept, in microseconds.
    idle: i64,
    /// Silence cut so far.
    cut: i64,
    last: Option<i64>,
}

impl Player<'_> {
    fn heading(&mut self, session: &SessionRow, steps: &[ReplayStep]) -> io::Result<()> {
        let who = session.human.as_deref().unwrap_or("nobody known");
        let agent = session.agent.as_deref().unwrap_or("-");
        let title = format!(
            "REPLAY {}  {who}  {agent}  {} steps  basis {}",
            session.short,
            steps.len(),
            session.basis
        );
        writeln!(self.out, "{}", sanitize(&title))?;
        self.line("ASKED  (agent, gateway, mcp)", "HAPPENED  (aws)")?;
        writeln!(self.out, "{}-+-{}", "-".repeat(self.lane), "-".repeat(self.lane))
    }

    fn line(&mut self, left: &str, right: &str) -> io::Result<()> {
        let left = width::pad(&width::cut_end(left, self.lane), self.lane);
        let line = format!("{left} | {}", width::cut_end(right, self.lane));
        writeln!(self.out, "{}", line.trim_end())
    }

    /// Returns the time to wait before a step, in microseconds; longer silence is cut and counted.
    fn pause(&mut self, step: &ReplayStep) -> i64 {
        let Some(now) = step.row.time.map(|time| time.0) else { return 0 };
        let gap = self.last.map_or(0, |last| now - last);
        self.last = Some(now);
        self.cut += (gap - self.idle).max(0);
        gap.min(self.idle)
    }

    fn between(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "~~ {text} ~~")
    }

    fn step(&mut self, step: &ReplayStep, steps: &[ReplayStep]) -> io::Result<()> {
        let time = step.row.time.map_or_else(String::new, crate::model::Micros::clock);
        let grade = match step.joined {
            Some((_, grade)) => grade.as_str(),
            None if step.is_asked => " ",
            None => ".",
        };
        let tag = step.row.tag.as_deref().unwrap_or_default();
        let outcome = step.row.outcome.screen();
        let partner =
            step.joined.and_then(|(other, _)| steps.get(other)).and_then(|other| other.row.time);
        let first = step.lines.first().map(String::as_str).unwrap_or_default();
        let head = format!("{time} {grade} {first}  {outcome} {tag}");
        let head = sanitize(head.trim_end()).into_owned();
        if step.is_asked {
            self.line(&head, "")?;
        } else {
            self.line("", &head)?;
        }
        if let Some(second) = step.lines.get(1) {
            let text = sanitize(&format!("               {second}")).into_owned();
            if step.is_asked { self.line(&text, "")? } else { self.line("", &text)? }
        }
        if let (false, Some(asked)) = (step.is_asked, partner) {
            self.line("", &format!("               asked at {}Z", asked.clock()))?;
        }
        Ok(())
    }

    fn end(&mut self, n_steps: usize) -> io::Result<()> {
        let cut = if self.cut > 0 {
            format!("idle over {} cut: {} skipped", span(self.idle), span(self.cut))
        } else {
            "nothing cut".to_owned()
        };
        writeln!(
            self.out,
            "{n_steps} steps   {cut}   = same id  + same credential  ~ close in time  . no link"
        )?;
        self.out.flush()
    }
}
