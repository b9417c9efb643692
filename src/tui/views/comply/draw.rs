//! How the matrix looks: criteria above, below them why the one under the cursor came to its verdict.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ComplyView;
use crate::criteria::assess::{Assessment, CriterionLine};
use crate::criteria::verdict::Verdict;
use crate::custody::AsideKind;
use crate::text::width;
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::verdict_text::{role_of, rule_line};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::count;

/// Cells of the columns after the criterion: verdict, population, exceptions, tagged.
const AFTER: usize = 42;
/// Lines below the list: what decided.
const BELOW: usize = 8;

pub(super) fn draw(view: &mut ComplyView, area: Rect, buf: &mut Buffer, env: &Env) {
    let mut canvas = Canvas::new(area, buf, env);
    canvas.rule(0, 0);
    let Some(made) = view.made.value().cloned() else {
        draw_waiting(view, &mut canvas, env);
        return;
    };
    draw_title(view, &mut canvas, &made);
    let below = if canvas.height() >= 18 { BELOW } else { 4 };
    let height = canvas.height().saturating_sub(4 + below);
    draw_lines(view, &mut canvas, height, env);
    canvas.rule(1, 3 + height);
    let (width, rest) = (canvas.width(), canvas.height().saturating_sub(4 + height));
    if let Some(line) = view.line() {
        let narrowed = view.narrowed(&line.criterion.id);
        draw_why(&mut canvas.part(0, 4 + height, width, rest), (line, narrowed), &made, env);
    }
}

fn draw_waiting(view: &ComplyView, canvas: &mut Canvas<'_>, env: &Env) {
    let failure = view.made.failure();
    let words = if env.is_loading() {
        "Rules run when everything is read. 2 shows the events loaded so far.".to_owned()
    } else {
        empty::sentence(Emptiness { is_answered: false, failure, things: "criteria" }, env)
    };
    for (line, text) in width::wrap(&words, canvas.width().saturating_sub(4)).iter().enumerate() {
        canvas.say(2, 2 + line, text, Role::Plain);
    }
}

fn draw_title(view: &ComplyView, canvas: &mut Canvas<'_>, made: &Assessment) {
    let lines = view.lines();
    let verdict_of = |line: &CriterionLine| {
        view.narrowed(&line.criterion.id).map_or(line.run.verdict, |under| under.run.verdict)
    };
    let of = |verdict: Verdict| lines.iter().filter(|line| verdict_of(line) == verdict).count();
    let pack = view.pack.as_deref().unwrap_or("every pack");
    let pack = if view.is_narrowed && view.under.value().is_some() {
        format!("{pack} (f)")
    } else {
        pack.to_owned()
    };
    let title = format!(
        "COMPLIANCE   {pack}   gap {}   cannot-tell {}   supports {}",
        of(Verdict::Gap),
        of(Verdict::CannotTell),
        of(Verdict::Supports)
    );
    canvas.say(1, 1, &title, Role::Title);
    if let Some(one) = made.waiting.first() {
        let first = one.key.split('|').next().unwrap_or_default();
        let waits = format!("{} wait for {first} ", one.n_criteria);
        // The numbers stay whole; the form (d) names the keys too.
        let has_room = width::cells(&title) + width::cells(&waits) + 3 <= canvas.width();
        let waits = if has_room { waits } else { format!("{} wait: d ", one.n_criteria) };
        canvas.say_right(1, &waits, Role::Blind);
    }
}

fn draw_lines(view: &mut ComplyView, canvas: &mut Canvas<'_>, height: usize, env: &Env) {
    let name = canvas.width().saturating_sub(AFTER);
    canvas.say(1, 2, "CRITERION", Role::Title);
    canvas.say(name, 2, "VERDICT        POPULATION EXCEPTIONS  MINE", Role::Title);
    let n_lines = view.lines().len();
    let shown = view.cursor.fit(n_lines, height);
    let at = view.cursor.at;
    let lines = view.lines();
    for (y, place) in shown.enumerate() {
        let Some(line) = lines.get(place) else { continue };
        let under = view.narrowed(&line.criterion.id);
        draw_line(canvas, (3 + y, name), (line, under.unwrap_or(line)), env);
        if place == at {
            let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
            canvas.say(0, 3 + y, ">", Role::Title);
            canvas.restyle(0, 3 + y, width, style);
        }
    }
}

/// Returns what a criterion comes to, in numbers.
fn told(line: &CriterionLine) -> String {
    let (verdict, run) = (line.word(line.run.verdict), &line.run);
    format!("{verdict}, {} of {}", count(run.exceptions), count(run.population))
}

/// Draws a criterion with what it comes to; `shown` is the same criterion under the filter, or itself.
fn draw_line(
    canvas: &mut Canvas<'_>,
    (y, name): (usize, usize),
    (line, shown): (&CriterionLine, &CriterionLine),
    env: &Env,
) {
    let plain = canvas.style(if line.not_before.is_some() { Role::Faint } else { Role::Plain });
    let label = format!("{}  {}", line.criterion.label, line.criterion.title);
    canvas.put(1, y, name.saturating_sub(2), &label, plain);
    let mine = env.aside_name(AsideKind::Criterion, &line.criterion.id);
    let verdict = match mine {
        Some(mine) => format!("{mine} (you)"),
        None => shown.word(shown.run.verdict).to_owned(),
    };
    let style = canvas.style(role_of(shown.run.verdict));
    canvas.put(name, y, 20, &verdict, style);
    let numbers = format!(
        "{:>25} {:>10} {:>5}",
        count(shown.run.population),
        count(shown.run.exceptions),
        count(line.tagged)
    );
    canvas.put(name + 20, y, 22, numbers.get(20..).unwrap_or(&numbers), plain);
}

/// Says what decided about a criterion, each rule on a line, then what the criterion cannot be shown by.
fn draw_why(
    canvas: &mut Canvas<'_>,
    (line, narrowed): (&CriterionLine, Option<&CriterionLine>),
    made: &Assessment,
    env: &Env,
) {
    let room = canvas.width().saturating_sub(2);
    let mut texts: Vec<(String, Role)> = Vec::new();
    if let Some(narrowed) = narrowed {
        texts.push((format!("everything: {}", told(line)), Role::Title));
        texts.push((format!("under the filter: {}", told(narrowed)), Role::Title));
    }
    if let Some(reason) = env.aside(AsideKind::Criterion, &line.criterion.id) {
        texts.push((
            format!("yours: {reason}; the machine's: {}", line.word(line.run.verdict)),
            Role::Title,
        ));
    }
    if let Some(date) = line.not_before {
        let words =
            format!("not yet applicable on the event date (from {date}); shown for readiness");
        texts.push((words, Role::Blind));
    }
    texts.extend(made.rules_of(line).map(|run| (rule_line(run), role_of(run.verdict))));
    if line.run.rules.is_empty() {
        texts.push((line.why.clone(), Role::Plain));
    }
    texts.push((format!("asks: {}", line.criterion.asks), Role::Plain));
    texts.push((format!("cannot be shown: {}", line.criterion.cannot_show), Role::Faint));
    let wrapped = texts.iter().flat_map(|(text, role)| {
        width::wrap(text, room).into_iter().map(move |text| (text, *role))
    });
    for (y, (text, role)) in wrapped.take(canvas.height()).enumerate() {
        canvas.say(1, y, &text, role);
    }
}
