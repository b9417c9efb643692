//! A decision trace as lines: what and who, the steps with who says so, the six elements, links, what is not logged.
//! Must not draw.

use crate::explain::{Mark, Says, Step, Trace};
use crate::model::rows::Detail;
use crate::model::{EventId, Grade, Outcome};
use crate::query::six::{ELEMENTS, Level};
use crate::text::{sanitize, width};
use crate::tui::detail_text;
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::widgets::words::counted;

/// One line with its look, and the record behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WhyLine {
    pub(super) text: String,
    pub(super) role: Role,
    pub(super) event: Option<EventId>,
}

fn line(text: impl Into<String>, role: Role) -> WhyLine {
    WhyLine { text: text.into(), role, event: None }
}

/// Cells before the sentence of a step, and cells of who says so.
const LEAD: usize = 18;
const SAYS: usize = 15;

/// Returns the lines for a panel of `width` cells.
pub(super) fn lines(
    trace: &Trace,
    detail: Option<&Detail>,
    env: &Env,
    width: usize,
) -> Vec<WhyLine> {
    let mut lines = Vec::new();
    head(trace, detail, width, &mut lines);
    steps(trace, width, &mut lines);
    six(trace, width, &mut lines);
    match detail {
        Some(detail) => {
            let joins = detail_text::link_part(detail, env, width);
            lines.extend(joins.into_iter().map(|link| line(link.text, link.role)));
        }
        None => lines.push(line("LINKS  reading ..", Role::Faint)),
    }
    lines
}

fn head(trace: &Trace, detail: Option<&Detail>, width: usize, lines: &mut Vec<WhyLine>) {
    let what = sanitize(&trace.what).into_owned();
    let outcome = format!("outcome {}", trace.outcome.screen());
    let role = match trace.outcome {
        Outcome::Denied => Role::Refused,
        Outcome::Error => Role::Broken,
        Outcome::Held => Role::Waits,
        Outcome::Success | Outcome::Unknown => Role::Plain,
    };
    let room = width.saturating_sub(outcome.len() + 8);
    let what = width::pad(&format!("WHAT  {}", width::cut_middle(&what, room)), room + 6);
    lines.push(line(format!("{what}  {outcome}"), role));
    let who = format!("WHO   {}", sanitize(&trace.who));
    lines.push(line(width::cut_end(&who, width), Role::Plain));
    let key = detail.and_then(|detail| detail_text::field(detail, "credential"));
    if let Some(key) = key {
        lines.push(line(
            width::cut_end(&format!("      key {}", sanitize(key)), width),
            Role::Plain,
        ));
    }
}

fn steps(trace: &Trace, width: usize, lines: &mut Vec<WhyLine>) {
    let title = "WHY   decision trace";
    let gap = width.saturating_sub(title.len() + 12);
    lines.push(line(format!("{title}{}WHO SAYS SO", " ".repeat(gap)), Role::Title));
    for (number, step) in (1_usize..).zip(&trace.steps) {
        step_lines(number, step, width, lines);
    }
    if trace.is_cut {
        lines.push(line("      more records belong to this call than were looked at", Role::Blind));
    }
}

fn step_lines(number: usize, step: &Step, width: usize, lines: &mut Vec<WhyLine>) {
    let room = width.saturating_sub(LEAD + SAYS + 1).max(16);
    let harmless = sanitize(&step.sentence);
    let says = match (&step.says, step.grade) {
        (Says::Record { product, .. }, grade) => format!("{grade} {}", sanitize(product)),
        (Says::Inferred, Grade::None) => "  inferred".to_owned(),
        (Says::Inferred, grade) => format!("{grade} inferred"),
        (Says::Nobody, _) => "  nobody recorded".to_owned(),
    };
    let says = says.replacen("  nobody", "nobody", 1);
    let role = role_of(step);
    for (index, part) in width::wrap(&harmless, room).into_iter().enumerate() {
        let text = if index == 0 {
            let lead = format!("{number:>2} {}  {:<10} ", step.mark.as_str(), step.kind.as_str());
            format!("{lead}{} {}", width::pad(&part, room), width::cut_end(&says, SAYS))
        } else {
            format!("{}{part}", " ".repeat(LEAD))
        };
        let event = step.says.event();
        lines.push(WhyLine { text: text.trim_end().to_owned(), role, event });
    }
}

const fn role_of(step: &Step) -> Role {
    match step.mark {
        Mark::Ok => Role::Plain,
        Mark::No => Role::Refused,
        Mark::Absent => Role::Waits,
        Mark::Unknown => Role::Faint,
        Mark::Alarm => Role::Bad,
    }
}

fn six(trace: &Trace, width: usize, lines: &mut Vec<WhyLine>) {
    lines.push(line("", Role::Plain));
    let joined = if trace.n_records > 1 {
        let others = counted((trace.n_records - 1) as u64, "record");
        format!("   with {others} joined to it {}", trace.six_joined)
    } else {
        "   no other record is joined".to_owned()
    };
    let text = format!("SIX   {}{joined}", trace.six);
    lines.push(line(width::cut_end(&text, width), Role::Title));
    let at = |level: Level| -> Vec<&str> {
        let elements = trace.six_joined.0.iter().zip(ELEMENTS);
        elements.filter(|(known, _)| **known == level).map(|(_, (_, name))| name).collect()
    };
    for (level, words, role) in [
        (Level::None, "not logged by any of them", Role::Blind),
        (Level::Masked, "masked at the source", Role::Blind),
    ] {
        let names = at(level);
        if !names.is_empty() {
            let text = format!("      {words}: {}", names.join(", "));
            lines.push(line(width::cut_end(&text, width), role));
        }
    }
    lines.push(line("", Role::Plain));
}
