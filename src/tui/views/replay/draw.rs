//! How replay looks: title, bar of time, state, two lanes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::lanes::{Half, LaneLine, line_of};
use super::{Lanes, ReplayView, SPEEDS};
use crate::model::rows::ReplayStep;
use crate::model::{Grade, Outcome};
use crate::tui::env::Env;
use crate::tui::theme::{Role, tag_word};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::{count, exact_span};

pub(super) fn draw(view: &mut ReplayView, area: Rect, buf: &mut Buffer, env: &Env) {
    let mut canvas = Canvas::new(area, buf, env);
    let who = view.step().map(|step| step.row.who.clone()).unwrap_or_default();
    let n_steps = view.list().len();
    let at = if n_steps == 0 { 0 } else { view.at + 1 };
    let step = format!("  step {} of {} ", count(at as u64), count(n_steps as u64));
    let title = canvas.style(Role::Title);
    let room = canvas.width().saturating_sub(step.len() + 1);
    canvas.put(1, 0, room, &format!("REPLAY {}   {who}", view.session), title);
    canvas.say_right(0, &step, Role::Title);
    if n_steps == 0 {
        canvas.rule(0, 1);
        let words = match (view.replay.failure(), view.replay.is_asking()) {
            (Some(failure), _) => format!("reading the session failed: {failure}"),
            (None, true) => "reading the session ..".to_owned(),
            (None, false) => "0 steps. This session has no event in the case.".to_owned(),
        };
        canvas.say(2, 3, &words, Role::Plain);
        return;
    }
    draw_bar(view, &mut canvas, env);
    draw_state(view, &mut canvas, env);
    canvas.rule(0, 3);
    let (width, height) = (canvas.width(), canvas.height().saturating_sub(4));
    draw_lanes(view, &mut canvas.part(0, 4, width, height), env);
}

fn draw_bar(view: &ReplayView, canvas: &mut Canvas<'_>, env: &Env) {
    let steps = view.list();
    let times: Vec<i64> =
        steps.iter().filter_map(|step| step.row.time).map(|time| time.0).collect();
    let (Some(first), Some(last)) = (times.iter().min().copied(), times.iter().max().copied())
    else {
        canvas.say(1, 1, "no step of this session has a time", Role::Blind);
        return;
    };
    let cells = canvas.width().saturating_sub(16).max(1);
    let cell_of = |time: i64| -> usize {
        let place =
            i128::from(time - first) * (cells as i128 - 1) / i128::from((last - first).max(1));
        usize::try_from(place).unwrap_or(0).min(cells - 1)
    };
    let mut bar = vec![' '; cells];
    for (idx, step) in steps.iter().enumerate() {
        let Some(time) = step.row.time else { continue };
        let Some(cell) = bar.get_mut(cell_of(time.0)) else { continue };
        let glyph = match (step.row.outcome, &step.row.tag) {
            (Outcome::Denied, _) => '!',
            (_, Some(_)) => 'b',
            (_, None) if step.row.has_note => 'b',
            _ if idx <= view.at => '#',
            _ => '.',
        };
        if !matches!((*cell, glyph), ('!', _) | ('b', '#' | '.')) {
            *cell = glyph;
        }
    }
    let here = view.step().and_then(|step| step.row.time).map(|time| cell_of(time.0));
    if let Some(cell) = here.and_then(|here| bar.get_mut(here)) {
        *cell = '>';
    }
    let minute =
        |time: i64| env.clock(Some(crate::model::Micros(time))).chars().take(5).collect::<String>();
    let text = format!("{} [{}] {}", minute(first), bar.iter().collect::<String>(), minute(last));
    canvas.say(1, 1, &text, Role::Plain);
    if let Some(here) = here {
        let style = canvas.style(Role::Cursor);
        canvas.restyle(8 + here, 1, 1, style);
    }
}

fn draw_state(view: &ReplayView, canvas: &mut Canvas<'_>, env: &Env) {
    let state = if view.is_playing { "PLAYING" } else { "PAUSED" };
    let speed = SPEEDS.get(view.speed).copied().unwrap_or(1);
    let first = view.list().iter().find_map(|step| step.row.time);
    let time = view.step().and_then(|step| step.row.time);
    let since = match (first, time) {
        (Some(first), Some(time)) => exact_span(time.0 - first.0),
        _ => "undated".to_owned(),
    };
    let idle = match (view.is_cut, env.is_narrow()) {
        (true, false) => format!("idle over 5s cut: {} skipped", exact_span(view.score.cut)),
        (true, true) => format!("cut {}", exact_span(view.score.cut)),
        (false, _) => "idle played in full".to_owned(),
    };
    let clock = format!("{}{}", env.clock(time), env.time_style.letter());
    let text =
        format!("{state} x{speed}  {clock}  +{since} of {}  {idle}", exact_span(view.score.span));
    canvas.say(1, 2, &text, Role::Plain);
}

fn draw_lanes(view: &mut ReplayView, canvas: &mut Canvas<'_>, env: &Env) {
    let width = canvas.width();
    let middle = match view.lanes {
        Lanes::Both => width / 2,
        Lanes::Asked => width,
        Lanes::Happened => 0,
    };
    if middle > 0 {
        canvas.say(1, 0, "ASKED  (agent, gateway, mcp)", Role::Title);
    }
    if middle < width {
        let x = if middle == 0 { 1 } else { middle + 1 };
        canvas.say(x, 0, "HAPPENED  (aws)", Role::Title);
    }
    let height = canvas.height().saturating_sub(1);
    let here = line_of(&view.lines, view.at);
    // The present step stays in the middle third, so that the eye does not have to search.
    if here < view.top + height / 3 || here >= view.top + height * 2 / 3 {
        view.top = here.saturating_sub(height / 2);
    }
    view.top = view.top.min(view.lines.len().saturating_sub(height));
    if view.lanes == Lanes::Both {
        canvas.bar(middle - 1, 0);
    }
    for (y, line) in view.lines.iter().skip(view.top).take(height).enumerate() {
        match line {
            LaneLine::Between(text) => {
                let words = format!("~~ {text} ");
                let fill = "~".repeat(width.saturating_sub(words.chars().count() + 2));
                canvas.say(1, y + 1, &format!("{words}{fill}"), Role::Blind);
            }
            LaneLine::Steps { asked, happened } => {
                if let Some(half) = asked.as_ref().filter(|_| middle > 0) {
                    draw_half(view, canvas, (0, y + 1, middle.saturating_sub(1)), half, env);
                }
                if let Some(half) = happened.as_ref().filter(|_| middle < width) {
                    draw_half(view, canvas, (middle, y + 1, width - middle), half, env);
                }
            }
        }
    }
}

fn draw_half(
    view: &ReplayView,
    canvas: &mut Canvas<'_>,
    (x, y, width): (usize, usize, usize),
    half: &Half,
    env: &Env,
) {
    let Some(step) = view.list().get(half.step) else { return };
    let words = step.lines.get(half.part).map_or(step.row.action.as_str(), String::as_str);
    let plain = canvas.style(Role::Plain);
    if half.part > 0 {
        canvas.put(x + 15, y, width.saturating_sub(15), words, plain);
    } else {
        let end = end_of(step);
        let room = width.saturating_sub(17 + end.len() + 1);
        let grade = step.joined.map_or(Grade::None, |(_, grade)| grade);
        let mark = if step.is_asked { " ".to_owned() } else { grade.to_string() };
        canvas.put(x + 1, y, 12, &env.clock(step.row.time), plain);
        canvas.put(x + 14, y, 1, &mark, env.theme.grade(grade));
        let text = if step.is_asked { x + 15 } else { x + 16 };
        canvas.put(text, y, room, words, plain);
        let style = match &step.row.tag {
            Some(tag) if step.row.outcome != Outcome::Denied => env.theme.tag(tag),
            _ => env.theme.outcome(step.row.outcome),
        };
        canvas.put((x + width).saturating_sub(end.len() + 1), y, end.len(), &end, style);
    }
    if half.step == view.at {
        if half.part == 0 {
            canvas.say(x, y, ">", Role::Title);
        }
        let style = canvas.style(Role::Cursor);
        canvas.restyle(x, y, width, style);
    }
}

/// Returns outcome and tag, for the end of the line.
fn end_of(step: &ReplayStep) -> String {
    let outcome = match step.row.outcome {
        Outcome::Success if step.is_asked => "",
        outcome => outcome.screen(),
    };
    let tag = step
        .row
        .tag
        .as_deref()
        .map(|tag| tag_word(tag).chars().take(4).collect::<String>())
        .unwrap_or_default();
    let tag = crate::text::sanitize_ascii(&tag).into_owned();
    if outcome.is_empty() || tag.is_empty() {
        format!("{outcome}{tag}")
    } else {
        format!("{outcome} {tag}")
    }
}
