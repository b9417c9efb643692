//! How the first page of the Gaps screen looks: calendar above, blind spots below, what was not read at the foot.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::GapsView;
use crate::custody::AsideKind;
use crate::model::Micros;
use crate::model::gaps::{BlindSpot, Certainty, CoverageRow, Gaps, SpotGrade};
use crate::text::width;
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::{count, counted, span};

/// Cells of the name of a source, and of rows and fit behind the calendar.
const NAME: usize = 17;
const AFTER: usize = 16;
/// Lines of a blind spot that is not under the cursor, and cells in front of its detail.
const LINES: usize = 2;
const HEAD: usize = 10;
/// Lines beside the calendar's rows and the blind spots: two rules, heads, title, foot.
const FIXED: usize = 8;

pub(super) fn draw(view: &mut GapsView, area: Rect, buf: &mut Buffer, env: &Env) {
    let mut canvas = Canvas::new(area, buf, env);
    canvas.rule(0, 0);
    let Some(gaps) = view.gaps.value().cloned() else {
        let failure = view.gaps.failure();
        let empty = Emptiness { is_answered: false, failure, things: "blind spots" };
        canvas.say(2, 2, &empty::sentence(empty, env), Role::Plain);
        return;
    };
    if !gaps.is_made {
        draw_unmade(&mut canvas, env);
        return;
    }
    let room = canvas.height().saturating_sub(FIXED);
    // Half for the calendar at most: the blind spots are what has to be read.
    let n_rows = gaps.rows.len().min((room / 2).max(1));
    draw_title(&mut canvas, &gaps, env);
    draw_calendar(&mut canvas, &gaps, n_rows, env);
    let top = 3 + n_rows;
    let height = canvas.height().saturating_sub(top + 4);
    let width = canvas.width();
    canvas.rule(1, top);
    draw_spots(view, &gaps, &mut canvas.part(0, top + 1, width, height + 1), env);
    let foot = canvas.height().saturating_sub(3);
    canvas.rule(1, foot);
    draw_not_read(&mut canvas, &gaps, foot + 1);
    let legend = "# records   - records without arguments   . fewer than usual   blank nothing";
    canvas.say(1, foot + 2, legend, Role::Faint);
}

fn draw_unmade(canvas: &mut Canvas<'_>, env: &Env) {
    let words = if env.is_loading() {
        "What could not be seen is computed when everything is read. 2 shows the events loaded so far."
    } else {
        "What could not be seen was not computed for this case. whytrail PATH on the same evidence does it."
    };
    for (line, text) in width::wrap(words, canvas.width().saturating_sub(4)).iter().enumerate() {
        canvas.say(2, 2 + line, text, Role::Plain);
    }
}

fn draw_title(canvas: &mut Canvas<'_>, gaps: &Gaps, env: &Env) {
    canvas.say(1, 1, "COVERAGE   what this case was able to see", Role::Title);
    if let Some((first, last)) = gaps.span {
        let minute = |time| env.clock(Some(time)).chars().take(5).collect::<String>();
        let letter = env.time_style.letter();
        let text = format!(
            "{}{letter} .. {}{letter}   1 col {} ",
            minute(first),
            minute(last),
            span(gaps.cell)
        );
        canvas.say_right(1, &text, Role::Title);
    }
}

/// Returns the rows that are shown, those with something to say before those that cover all.
fn shown(gaps: &Gaps, n_rows: usize) -> Vec<&CoverageRow> {
    if gaps.rows.len() <= n_rows {
        return gaps.rows.iter().collect();
    }
    let mut order: Vec<usize> = (0..gaps.rows.len()).collect();
    let is_fine = |index: &usize| gaps.rows.get(*index).is_some_and(|row| row.fit == "ok");
    order.sort_by_key(is_fine);
    order.truncate(n_rows);
    order.sort_unstable();
    order.iter().filter_map(|index| gaps.rows.get(*index)).collect()
}

fn draw_calendar(canvas: &mut Canvas<'_>, gaps: &Gaps, n_rows: usize, env: &Env) {
    let cells = canvas.width().saturating_sub(NAME + AFTER + 1);
    canvas.say(1, 2, "SOURCE", Role::Title);
    if let Some((first, _)) = gaps.span {
        let begin = Micros(first.0.div_euclid(gaps.cell.max(1)).saturating_mul(gaps.cell.max(1)));
        let used = gaps.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0).min(cells);
        // A label every six cells; days where a cell is an hour or more.
        for cell in (0..used).step_by(6) {
            let at =
                Micros(begin.0.saturating_add(
                    gaps.cell.saturating_mul(i64::try_from(cell).unwrap_or(i64::MAX)),
                ));
            let label: String = if gaps.cell >= 3_600_000_000 {
                env.date(Some(at)).chars().skip(5).collect()
            } else {
                env.clock(Some(at))
                    .chars()
                    .take(if gaps.cell < 600_000_000 { 5 } else { 2 })
                    .collect()
            };
            let style = canvas.style(Role::Title);
            canvas.put(NAME + 1 + cell, 2, (cells - cell).min(5), &label, style);
        }
    }
    canvas.say_right(2, "ROWS FIT  ", Role::Title);
    for (line, row) in shown(gaps, n_rows).into_iter().enumerate() {
        let y = 3 + line;
        let plain = canvas.style(Role::Plain);
        canvas.put(1, y, NAME - 1, &row.name, plain);
        if row.cells.is_empty() {
            canvas.put(NAME + 1, y, cells, "(none loaded)", canvas.style(Role::Blind));
        } else {
            let drawn: String = row.cells.iter().map(|cell| cell.glyph()).collect();
            canvas.put(NAME + 1, y, cells, &drawn, plain);
        }
        let rows = if row.events == 0 { "-".to_owned() } else { count(row.events) };
        let role = if row.fit == "ok" { Role::Plain } else { Role::Blind };
        canvas.say_right(y, &format!("{rows} {:<5}", row.fit), role);
    }
}

fn draw_spots(view: &mut GapsView, gaps: &Gaps, canvas: &mut Canvas<'_>, env: &Env) {
    let is_beside = canvas.width() >= 72;
    let left = if is_beside { canvas.width() * 2 / 3 } else { canvas.width() };
    let more = gaps.rows.len().saturating_sub(shown(gaps, (canvas.height()).max(1)).len());
    let head = if more > 0 && gaps.spots.is_empty() { "BLIND SPOT  (none)" } else { "BLIND SPOT" };
    canvas.say(1, 0, head, Role::Title);
    if is_beside {
        canvas.say(left + 1, 0, "SO YOU CANNOT SAY", Role::Title);
    }
    if gaps.spots.is_empty() {
        let words = "None found. That is no proof that the sources saw everything.";
        canvas.say(2, 1, words, Role::Plain);
        return;
    }
    let height = canvas.height().saturating_sub(1);
    let tallest = gaps.spots.get(view.cursor.at).map_or(LINES, |spot| {
        let texts = Texts::of(spot, (left, canvas.width(), is_beside), env);
        texts.detail.len().saturating_add(1).max(texts.forbids.len()).max(LINES)
    });
    let others = height.saturating_sub(tallest) / LINES;
    let list = view.cursor.fit(gaps.spots.len(), others + 1);
    let mut y = 1;
    for index in list {
        let Some(spot) = gaps.spots.get(index) else { continue };
        let is_here = index == view.cursor.at;
        // The one under the cursor is shown to its last word.
        let n_lines = if is_here { tallest } else { LINES };
        draw_spot(canvas, (y, left, is_beside), n_lines, spot, env);
        if is_here {
            canvas.say(0, y, ">", Role::Title);
            let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
            canvas.restyle(0, y, width, style);
        }
        y += n_lines;
    }
}

/// What is said of a blind spot, in lines of its columns.
struct Texts {
    detail: Vec<String>,
    forbids: Vec<String>,
}

impl Texts {
    fn of(spot: &BlindSpot, (left, width, is_beside): (usize, usize, bool), env: &Env) -> Self {
        let sure = match spot.certainty {
            Certainty::Certain => "[certain]",
            Certainty::Likely => "[likely]",
            Certainty::Possible => "[possible]",
        };
        let forbids = format!("\"{}\"", spot.forbids);
        let detail = match env.aside(AsideKind::Gap, &spot.key) {
            Some(reason) => format!("accepted: {reason}"),
            None if is_beside => format!("{} {sure}", spot.detail),
            None => format!("not {forbids}  {sure} {}", spot.detail),
        };
        let forbids = if is_beside {
            width::wrap(&forbids, width.saturating_sub(left + 2))
        } else {
            Vec::new()
        };
        Self { detail: width::wrap(&detail, left.saturating_sub(HEAD)), forbids }
    }
}

fn draw_spot(
    canvas: &mut Canvas<'_>,
    (y, left, is_beside): (usize, usize, bool),
    n_lines: usize,
    spot: &BlindSpot,
    env: &Env,
) {
    let is_accepted = env.aside(AsideKind::Gap, &spot.key).is_some();
    let role = match (is_accepted, spot.grade) {
        (true, _) => Role::Faint,
        (false, SpotGrade::High | SpotGrade::Medium) => Role::Blind,
        (false, SpotGrade::Low | SpotGrade::Info) => Role::Plain,
    };
    let style = canvas.style(role);
    let head = format!("{:<3} {:<4} {}", spot.name(), spot.grade.as_str(), spot.title);
    canvas.put(1, y, left.saturating_sub(1), &head, style);
    let plain = canvas.style(if is_accepted { Role::Faint } else { Role::Plain });
    let texts = Texts::of(spot, (left, canvas.width(), is_beside), env);
    column(canvas, (HEAD, y + 1, left.saturating_sub(HEAD)), n_lines - 1, &texts.detail, plain);
    let room = canvas.width().saturating_sub(left + 2);
    column(canvas, (left + 1, y, room), n_lines, &texts.forbids, plain);
}

/// Writes lines below each other; the last of `n_lines` shows that there are more.
fn column(
    canvas: &mut Canvas<'_>,
    (x, y, room): (usize, usize, usize),
    n_lines: usize,
    lines: &[String],
    style: Style,
) {
    for (index, text) in lines.iter().take(n_lines).enumerate() {
        let is_cut = index + 1 == n_lines && lines.len() > n_lines;
        let text = if is_cut {
            format!("{}..", width::cut_end(text, room.saturating_sub(2)))
        } else {
            text.clone()
        };
        canvas.put(x, y + index, room, &text, style);
    }
}

fn draw_not_read(canvas: &mut Canvas<'_>, gaps: &Gaps, y: usize) {
    let not_read = gaps.not_read;
    let text = format!(
        "NOT READ  {} rejected   {} unreadable   {} cut short   {} undated  (x)",
        counted(not_read.rejected, "row"),
        counted(not_read.unreadable, "file"),
        count(not_read.damaged),
        count(not_read.undated)
    );
    let is_whole =
        not_read.rejected + not_read.unreadable + not_read.damaged + not_read.undated == 0;
    canvas.say(1, y, &text, if is_whole { Role::Plain } else { Role::Broken });
}
