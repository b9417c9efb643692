//! Puts the screen together: header, main view, overlays, status line and footer. Reads the model; changes nothing but
//! what views remember about their own size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, SLOW, VERY_SLOW};
use super::command::{Command, entry};
use super::effect::Screen;
use super::env::Env;
use super::theme::Role;
use super::view::{Extent, View};
use super::widgets::canvas::{Canvas, Cut};
use super::widgets::words::count;
use crate::text::width;

/// Smallest terminal that shows more than a sentence.
const LEAST: (u16, u16) = (60, 16);
/// Lines at the foot: rule, position or sentence, keys.
const FOOT: u16 = 3;
/// Lines at the head of a main screen.
const HEAD: u16 = 2;

/// Draws everything.
pub(super) fn draw(app: &mut App, buf: &mut Buffer) {
    let area = buf.area;
    app.env.size = (area.width, area.height);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        draw_too_small(area, buf, &app.env);
        return;
    }
    let body = Rect { height: area.height - FOOT, ..area };
    draw_views(app, body, buf);
    draw_foot(app, Rect { y: body.height, height: FOOT, ..area }, buf);
}

fn draw_too_small(area: Rect, buf: &mut Buffer, env: &Env) {
    let mut canvas = Canvas::new(area, buf, env);
    let words = format!(
        "whytrail needs {}x{}; this is {}x{}. q quits.",
        LEAST.0, LEAST.1, area.width, area.height
    );
    for (y, line) in width::wrap(&words, canvas.width().max(1)).iter().enumerate() {
        canvas.say(0, y, line, Role::Plain);
    }
}

fn draw_views(app: &mut App, body: Rect, buf: &mut Buffer) {
    let (overlays, env) = app.overlays();
    // What lies below the last overlay that covers everything is not seen.
    let full = overlays.iter().rposition(|view| view.extent(env) == Extent::Full);
    let lower = overlays.get(full.map_or(0, |full| full + 1)..).unwrap_or_default();
    let height = lower.last().map_or(0, |view| match view.extent(env) {
        Extent::Full => 0,
        Extent::Lower(lines) => lines.min(body.height - HEAD - 2),
    });
    let upper = Rect { height: body.height - height, ..body };
    let below = Rect { y: body.y + upper.height, height, ..body };
    if let Some(view) = full.and_then(|full| overlays.get_mut(full)) {
        view.draw(upper, buf, env);
    }
    if height > 0
        && let Some(view) = overlays.last_mut()
    {
        view.draw(below, buf, env);
    }
    if full.is_none() {
        draw_head(app, Rect { height: HEAD, ..body }, buf);
        let main = Rect { y: body.y + HEAD, height: upper.height - HEAD, ..body };
        if let Some((view, env)) = app.base() {
            view.draw(main, buf, env);
        }
    }
}

fn draw_head(app: &App, area: Rect, buf: &mut Buffer) {
    let env = &app.env;
    let mut canvas = Canvas::new(area, buf, env);
    let mut words = vec!["whytrail".to_owned(), env.case_name.clone()];
    if env.is_read_only {
        words.push("read-only".to_owned());
    }
    words.push(format!("{} ev", count(env.n_events())));
    words.push(format!("{} src", count(n_sources(env))));
    if let Some(load) = &env.load {
        if !load.finished {
            words.push(
                load.percent
                    .map_or_else(|| "LOADING".to_owned(), |percent| format!("LOADING {percent}%")),
            );
        }
        if load.trouble.is_some() {
            words.push("LOAD CUT SHORT".to_owned());
        }
        if load.warnings > 0 {
            words.push(format!("{} warn", count(load.warnings)));
        }
    }
    let style = canvas.style(Role::Title);
    let room = canvas.width().saturating_sub(11);
    canvas.put(1, 0, room, &words.join("  "), style);
    canvas.say_right(0, &format!("{} ", env.time_style.word()), Role::Title);
    if env.place.is_whole_case() {
        draw_bar(&mut canvas, app.screen());
    } else {
        draw_crumbs(&mut canvas, env, app.screen());
    }
}

/// Returns the number of files looked at, whatever came of them. A load that found nothing new has touched none.
fn n_sources(env: &Env) -> u64 {
    let loaded = env.load.as_ref().map_or(0, |load| load.sources);
    let known = env.overview.as_ref().map_or(0, |overview| {
        overview.files_read
            + overview.files_damaged
            + overview.files_unreadable
            + overview.files_not_evidence
            + overview.files_proof
    });
    known.max(loaded)
}

fn draw_bar(canvas: &mut Canvas<'_>, here: Screen) {
    let mut x = 0;
    for screen in Screen::ALL {
        // Brackets tell the present screen apart where reverse is not seen.
        let (left, right, role) =
            if *screen == here { ("[", "]", Role::Cursor) } else { (" ", " ", Role::Plain) };
        x += canvas.say(x, 1, &format!("{left}{} {}{right}", screen.digit(), screen.title()), role);
    }
}

fn draw_crumbs(canvas: &mut Canvas<'_>, env: &Env, here: Screen) {
    let bar = env.place.bar_text();
    let bar = if bar.is_empty() { "none".to_owned() } else { bar };
    let off = if env.place.is_filtering { "" } else { " OFF" };
    let right = format!("{} {}  f: {bar}{off}", here.digit(), here.title());
    let right = width::cut_end(&right, canvas.width() / 2).into_owned();
    let room = canvas.width().saturating_sub(width::cells(&right) + 4);
    let role = if env.place.is_filtering { Role::Plain } else { Role::Faint };
    let style = canvas.style(role);
    canvas.put_cut(1, 1, room, &env.place.trail(), style, Cut::Middle);
    canvas.say_right(1, &format!("{right} "), role);
}

fn draw_foot(app: &mut App, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(2);
    let always = match (app.has_overlay(), app.env.place.crumbs.is_empty()) {
        (true, _) => "? help  Esc back",
        (false, true) => "? help  q quit",
        (false, false) => "? help  q up",
    };
    let keys = keys_of(app.top(), &app.env, room, always);
    let position = app.top().position(&app.env);
    let waiting = app.waiting();
    let sentence = app.sentence().cloned();
    let mut canvas = Canvas::new(area, buf, &app.env);
    canvas.rule(0, 0);
    match (sentence, waiting.filter(|waiting| *waiting >= SLOW)) {
        (Some(sentence), _) => {
            let role = if sentence.is_refusal { Role::Broken } else { Role::Plain };
            let mark = if sentence.is_refusal { "! " } else { "" };
            // The place in the list stays readable beside what is said.
            let short = position.split("  ").next().unwrap_or_default();
            let room = canvas.width().saturating_sub(width::cells(short) + 4);
            let style = canvas.style(role);
            canvas.put(1, 1, room, &format!("{mark}{}", sentence.text), style);
            canvas.say_right(1, &format!("{short} "), Role::Faint);
        }
        (None, Some(waiting)) => {
            let stop = if waiting >= VERY_SLOW { "   Ctrl-C stops" } else { "" };
            let words = format!("working .. {}s{stop}   {position}", waiting.as_secs());
            canvas.say(1, 1, &words, Role::Waits);
        }
        (None, None) => {
            canvas.say(1, 1, &position, Role::Plain);
        }
    }
    canvas.say(1, 2, &keys, Role::Plain);
}

/// Returns the footer: at most eight commands of `view`, then those that always work, as far as they fit.
fn keys_of(view: &dyn View, env: &Env, room: usize, always: &str) -> String {
    if let Some(own) = view.footer(env) {
        return fit(&own, room);
    }
    let mut words: Vec<(String, &'static str)> = Vec::new();
    for command in view.commands() {
        let (Some(entry), key) = (entry(*command), env.keymap.key_text(*command)) else { continue };
        if key.is_empty() || is_silent(*command) {
            continue;
        }
        match words.iter_mut().find(|(_, label)| *label == entry.label) {
            Some((keys, _)) => *keys = format!("{keys} {key}"),
            None => words.push((key, entry.label)),
        }
    }
    let mut footer = String::new();
    for (keys, label) in words.iter().take(8) {
        let word = format!("{keys} {label}  ");
        if footer.len() + word.len() + always.len() > room {
            break;
        }
        footer.push_str(&word);
    }
    footer + always
}

/// Shortens a footer to `room` cells: first the gaps, then the hints before the last one, which tells how to leave.
fn fit(footer: &str, room: usize) -> String {
    if width::cells(footer) <= room {
        return footer.to_owned();
    }
    let mut hints: Vec<&str> =
        footer.split("  ").map(str::trim).filter(|hint| !hint.is_empty()).collect();
    while hints.len() > 2 && width::cells(&hints.join("  ")) > room {
        hints.remove(hints.len() - 2);
    }
    hints.join("  ")
}

/// Movement is known without being told; the footer is for the rest.
const fn is_silent(command: Command) -> bool {
    matches!(
        command,
        Command::Down
            | Command::Up
            | Command::First
            | Command::Last
            | Command::PageDown
            | Command::PageUp
            | Command::HalfDown
            | Command::HalfUp
            | Command::Left
            | Command::Right
            | Command::Close
    )
}
