//! How the time line looks: strip, list, preview or side panel. Changes nothing but remembered sizes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::columns::cell;
use super::window::ScreenLine;
use super::{TimelineView, count};
use crate::model::Grade;
use crate::model::rows::EventRow;
use crate::tui::columns::ColumnName;
use crate::tui::detail_text::{self, field};
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::{Env, TimeStyle};
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::{self, Column, Placed};
use crate::tui::widgets::{strip, words};

pub(super) fn draw(view: &mut TimelineView, area: Rect, buf: &mut Buffer, env: &Env) {
    let mut canvas = Canvas::new(area, buf, env);
    if canvas.height() < 4 {
        return;
    }
    draw_strip(view, &mut canvas, env);
    canvas.rule(0, 1);
    let (width, height) = (canvas.width(), canvas.height() - 2);
    if env.is_wide() {
        let list = env.columns.list_width(width);
        draw_list(view, &mut canvas.part(0, 2, list, height), env);
        canvas.bar(list, 2);
        draw_panel(view, &mut canvas.part(list + 2, 2, width - list - 2, height), env);
        view.list_area = list_area(area, list, height);
        return;
    }
    let preview = if env.is_narrow() || height < 9 { 2 } else { 4 };
    let list = height.saturating_sub(preview);
    draw_list(view, &mut canvas.part(0, 2, width, list), env);
    view.list_area = list_area(area, width, list);
    canvas.rule(1, 2 + list);
    draw_preview(view, &mut canvas.part(0, 3 + list, width, preview.saturating_sub(1)), env);
}

/// Returns where rows stand: below strip, rule and heads.
fn list_area(area: Rect, width: usize, height: usize) -> Rect {
    let narrow = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
    Rect {
        x: area.x,
        y: area.y.saturating_add(3),
        width: narrow(width),
        height: narrow(height.saturating_sub(1)),
    }
}

fn draw_strip(view: &TimelineView, canvas: &mut Canvas<'_>, env: &Env) {
    let Some(bins) = view.strip.value() else {
        let words = if view.strip.is_asking() { "strip .." } else { "no dated event" };
        canvas.say(1, 0, words, Role::Faint);
        return;
    };
    if bins.bins.iter().all(|bin| bin.events == 0) && bins.from == bins.to {
        canvas.say(1, 0, "no dated event under this filter", Role::Faint);
        return;
    }
    let label = |time| -> String {
        if bins.to.0 - bins.from.0 > 48 * 3_600 * 1_000_000 {
            env.date(Some(time)).chars().skip(5).collect()
        } else {
            env.clock(Some(time)).chars().take(5).collect()
        }
    };
    canvas.say(1, 0, &label(bins.from), Role::Faint);
    let glyphs = strip::glyphs(bins);
    let plain = canvas.style(Role::Plain);
    let room = canvas.width().saturating_sub(18);
    canvas.put(7, 0, room, &glyphs, plain);
    let refused = canvas.style(Role::Refused);
    for (idx, _) in bins
        .bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| bin.denied > 0)
        .take_while(|(idx, _)| *idx < room)
    {
        canvas.restyle(7 + idx, 0, 1, refused);
    }
    let here =
        view.window.row().and_then(|row| row.time).and_then(|time| strip::cell_of(bins, time));
    if let Some(idx) = here.filter(|idx| *idx < room) {
        let cursor = canvas.style(Role::Cursor);
        canvas.restyle(7 + idx, 0, 1, cursor);
    }
    let right = format!("{} {}", label(bins.to), strip::cell_width(bins));
    canvas.say(7 + bins.bins.len().min(room) + 1, 0, &right, Role::Faint);
}

fn draw_list(view: &mut TimelineView, canvas: &mut Canvas<'_>, env: &Env) {
    let named = env.columns.on_screen(env.is_narrow());
    let columns: Vec<Column> = named.iter().map(|(_, column)| *column).collect();
    let name = |spot: &Placed| named.get(spot.idx).map(|(name, _)| *name);
    let placed = table::place(&columns, canvas.width());
    let lines = view.window.lay_out(canvas.height().saturating_sub(1), |row| env.date(row.time));
    table::draw_heads(canvas, 0, &columns, &placed);
    if let Some(spot) = placed.iter().find(|spot| name(spot) == Some(ColumnName::Time)) {
        draw_time_head(view, canvas, *spot, env);
    }
    let style = canvas.style(Role::Column);
    for spot in placed.iter().filter(|spot| name(spot) == Some(view.column)) {
        let title = columns.get(spot.idx).map_or(0, |column| column.title.len());
        canvas.restyle(spot.x, 0, title.min(spot.width), style);
    }
    if view.window.rows.is_empty() {
        let empty = Emptiness {
            is_answered: view.page.value().is_some(),
            failure: view.page.failure(),
            things: "rows",
        };
        draw_sentence(canvas, &empty::sentence(empty, env));
        return;
    }
    for (y, line) in lines.iter().enumerate() {
        match line {
            ScreenLine::Date(date) => {
                canvas.rule(1, y + 1);
                canvas.say(3, y + 1, &format!(" {date} "), Role::Title);
            }
            ScreenLine::Row(idx) => {
                for spot in &placed {
                    let (Some(name), Some(column)) = (name(spot), columns.get(spot.idx)) else {
                        continue;
                    };
                    let (text, style) = cell_text(view, *idx, name, env);
                    table::draw_cell(canvas, y + 1, column, *spot, (&text, style));
                }
                draw_marks(view, canvas, y + 1, *idx);
            }
        }
    }
}

/// Puts the date of the first row on screen and the zone into the head of the TIME column.
fn draw_time_head(view: &TimelineView, canvas: &mut Canvas<'_>, spot: Placed, env: &Env) {
    let letter = env.time_style.letter();
    let head = match view.window.rows.get(view.window.top) {
        _ if view.shows_delta => "SINCE PREV".to_owned(),
        Some(row) if env.time_style != TimeStyle::Relative => {
            format!("{} {letter}", env.date(row.time))
        }
        _ => format!("TIME ({letter})"),
    };
    let style = canvas.style(Role::Title);
    canvas.put(spot.x, 0, spot.width, &crate::text::width::pad(&head, spot.width), style);
}

fn cell_text(view: &TimelineView, row_idx: usize, name: ColumnName, env: &Env) -> (String, Style) {
    let Some(row) = view.window.rows.get(row_idx) else { return Default::default() };
    let wants_delta = view.shows_delta && name == ColumnName::Time;
    cell(name, row, wants_delta.then(|| delta(view, row_idx, row)), env)
}

fn delta(view: &TimelineView, row_idx: usize, row: &EventRow) -> String {
    let previous =
        row_idx.checked_sub(1).and_then(|idx| view.window.rows.get(idx)).and_then(|row| row.time);
    match (previous, row.time) {
        (Some(previous), Some(time)) => format!("+{}", words::span(time.0 - previous.0)),
        _ => "-".to_owned(),
    }
}

/// Marks the row under the cursor and the selected ones; `+` beside a row says selected without color.
fn draw_marks(view: &TimelineView, canvas: &mut Canvas<'_>, y: usize, idx: usize) {
    let is_here = idx == view.window.at;
    let is_selected = view.window.rows.get(idx).is_some_and(|row| view.selected.contains(&row.id));
    let mark = match (is_here, is_selected) {
        (true, false) => ">",
        (true, true) => "#",
        (false, true) => "+",
        (false, false) => " ",
    };
    canvas.say(0, y, mark, Role::Title);
    if is_here {
        let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
        canvas.restyle(0, y, width, style);
    }
}

/// Draws a sentence over as many lines as it needs.
fn draw_sentence(canvas: &mut Canvas<'_>, sentence: &str) {
    let harmless = crate::text::sanitize(sentence);
    for (idx, line) in
        crate::text::width::wrap(&harmless, canvas.width().saturating_sub(4)).iter().enumerate()
    {
        canvas.say(2, 2 + idx, line, Role::Plain);
    }
}

fn draw_preview(view: &TimelineView, canvas: &mut Canvas<'_>, env: &Env) {
    let Some(row) = view.window.row() else { return };
    let detail =
        view.detail.value().and_then(Option::as_deref).filter(|detail| detail.id == row.id);
    let mut first = format!("{} {}", row.outcome.screen(), detail_text::act_on(row));
    if let Some(detail) = detail {
        for name in ["policy", "reason", "error_code", "agent", "human"] {
            if let Some(value) = field(detail, name) {
                first.extend(["  ", name, " ", value]);
            }
        }
    }
    canvas.say(1, 0, &first, Role::Plain);
    let best = detail.and_then(|detail| detail.links.iter().min_by_key(|link| link.grade));
    let second = match best {
        Some(link) if link.grade != Grade::None => {
            let more = detail.map_or(0, |detail| detail.links.len() - 1);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(
                "link {} by {}{more} (w): {} {}",
                link.grade, link.key, link.other_plane, link.other_action
            )
        }
        _ => "L: = same id   + same credential   ~ close in time   . no link".to_owned(),
    };
    canvas.say(1, 1, &second, Role::Faint);
    if let Some(note) = detail.and_then(|detail| detail.notes.last()) {
        let at = env.clock(Some(note.at)).chars().take(5).collect::<String>();
        canvas.say(
            1,
            2,
            &format!("note: \"{}\"  {} {at}{}", note.text, note.by, env.time_style.letter()),
            Role::Plain,
        );
    } else if let Some(session) = &row.session {
        let address = row.address.as_deref().unwrap_or("no address");
        canvas.say(1, 2, &format!("session {session}   from {address}"), Role::Faint);
    }
}

fn draw_panel(view: &TimelineView, canvas: &mut Canvas<'_>, env: &Env) {
    let Some(row) = view.window.row() else { return };
    let detail =
        view.detail.value().and_then(Option::as_deref).filter(|detail| detail.id == row.id);
    let Some(detail) = detail else {
        canvas.say(0, 0, "reading the event ..", Role::Faint);
        return;
    };
    let lines = detail_text::lines(detail, env, canvas.width());
    let hidden = lines.len().saturating_sub(canvas.height());
    for (y, line) in lines.iter().take(canvas.height()).enumerate() {
        canvas.say(0, y, &line.text, line.role);
    }
    if hidden > 0 {
        let last = canvas.height().saturating_sub(1);
        let words = crate::text::width::pad(
            &format!(".. {} more lines (Enter)", count(hidden as u64 + 1)),
            canvas.width(),
        );
        canvas.say(0, last, &words, Role::Faint);
    }
}

/// Returns the source letters of the case with their names, as many as fit into `room` cells. A narrow screen has no
/// column of sources to explain.
pub(super) fn legend(env: &Env, room: usize) -> String {
    let planes = env.overview.as_ref().map_or(&[][..], |overview| overview.planes.as_slice());
    let mut text = String::new();
    for (plane, _) in planes.iter().take(if env.is_narrow() { 0 } else { planes.len() }) {
        let word = format!("{} {plane}", plane.letter());
        if text.len() + word.len() + 1 > room {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word);
    }
    text
}
