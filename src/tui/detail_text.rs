//! Everything known about one event as lines of text: for the detail overlay and for the side panel of a wide screen.
//! Must not draw.

use super::env::Env;
use super::theme::{Role, tag_word};
use crate::model::Grade;
use crate::model::rows::{Detail, EventRow, LinkRow};
use crate::text::width;

/// One line with its look; `is_links` marks where the links begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DetailLine {
    pub(crate) text: String,
    pub(crate) role: Role,
}

fn line(text: impl Into<String>, role: Role) -> DetailLine {
    DetailLine { text: text.into(), role }
}

/// Heading over the links.
const LINKS: &str = "LINKS";

/// Returns the value of a filled column.
pub(crate) fn field<'d>(detail: &'d Detail, name: &str) -> Option<&'d str> {
    detail.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Returns what was done, and to what where the record says so.
pub(crate) fn act_on(row: &EventRow) -> String {
    if row.target.is_empty() {
        row.action.clone()
    } else {
        format!("{} on {}", row.action, row.target)
    }
}

/// Returns the lines for a panel of `width` cells.
pub(crate) fn lines(detail: &Detail, env: &Env, width: usize) -> Vec<DetailLine> {
    let mut lines = Vec::new();
    head(detail, width, &mut lines);
    links(detail, env, width, &mut lines);
    marks(detail, env, width, &mut lines);
    columns(detail, width, &mut lines);
    payload(detail, width, &mut lines);
    places(detail, width, &mut lines);
    lines
}

/// Returns the links with their proofs, for a panel of `width` cells.
pub(crate) fn link_part(detail: &Detail, env: &Env, width: usize) -> Vec<DetailLine> {
    let mut lines = Vec::new();
    links(detail, env, width, &mut lines);
    lines.split_off(1)
}

fn head(detail: &Detail, width: usize, lines: &mut Vec<DetailLine>) {
    let row = &detail.row;
    let what = format!("WHAT  {}", act_on(row));
    let outcome = format!("outcome {}", row.outcome.screen());
    let gap = width.saturating_sub(width::cells(&what) + width::cells(&outcome) + 1);
    let role = outcome_role(row.outcome);
    if gap > 1 {
        lines.push(line(format!("{what}{}{outcome}", " ".repeat(gap)), role));
    } else {
        lines.push(line(what, Role::Title));
        lines.push(line(format!("      {outcome}"), role));
    }
    let mut who = format!("WHO   {}", row.who);
    for name in ["human", "agent", "session"] {
        if let Some(value) = field(detail, name) {
            who.extend(["   ", name, " ", value]);
        }
    }
    push_wrapped(&who, width, Role::Plain, lines);
    if let Some(key) = field(detail, "credential") {
        let parent = field(detail, "parent_credential")
            .map_or_else(String::new, |parent| format!("  <- {parent}"));
        lines.push(line(format!("      key {key}{parent}"), Role::Plain));
    }
    for (name, label) in [("policy", "policy"), ("reason", "reason"), ("error_code", "error")] {
        if let Some(value) = field(detail, name) {
            push_wrapped(&format!("WHY   {label} {value}"), width, Role::Plain, lines);
        }
    }
    if let Some(note) = &detail.boundary {
        let role = if note.result == "outside" { Role::Refused } else { Role::Plain };
        push_wrapped(&format!("SCOPE {}", note.sentence()), width, role, lines);
    }
}

fn outcome_role(outcome: crate::model::Outcome) -> Role {
    use crate::model::Outcome;
    match outcome {
        Outcome::Success => Role::Plain,
        Outcome::Denied => Role::Refused,
        Outcome::Error => Role::Broken,
        Outcome::Held => Role::Waits,
        Outcome::Unknown => Role::Faint,
    }
}

fn links(detail: &Detail, env: &Env, width: usize, lines: &mut Vec<DetailLine>) {
    let number = |grade: Grade| detail.links.iter().filter(|link| link.grade == grade).count();
    let summary = format!(
        "{LINKS} = {} exact   + {} by credential   ~ {} by time",
        number(Grade::Exact),
        number(Grade::Derived),
        number(Grade::Near)
    );
    lines.push(line("", Role::Plain));
    lines.push(line(summary, Role::Title));
    if detail.links.is_empty() {
        lines.push(line(
            "   .  no record elsewhere shares an identifier with this one",
            Role::Faint,
        ));
    }
    for link in &detail.links {
        link_lines(link, env, width, lines);
    }
}

fn link_lines(link: &LinkRow, env: &Env, width: usize, lines: &mut Vec<DetailLine>) {
    let role = match link.grade {
        Grade::Exact => Role::LinkExact,
        Grade::Derived => Role::LinkDerived,
        Grade::Near => Role::LinkNear,
        Grade::None => Role::LinkNone,
    };
    let other = format!(
        "   {}  {:<10} {} {}{}  {}",
        link.grade,
        link.other_plane.as_str(),
        link.other_action,
        env.clock(link.other_time),
        env.time_style.letter(),
        link.other_outcome.screen()
    );
    lines.push(line(width::cut_end(&other, width).into_owned(), role));
    push_wrapped(&format!("      by {}: {}", link.key, link.proof), width, Role::Plain, lines);
}

fn marks(detail: &Detail, env: &Env, width: usize, lines: &mut Vec<DetailLine>) {
    if detail.tags.is_empty() && detail.notes.is_empty() {
        return;
    }
    lines.push(line("", Role::Plain));
    for tag in &detail.tags {
        let criterion = tag.criterion.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
        let text =
            format!("TAG   {}{criterion}   {} {}Z", tag_word(&tag.text), tag.by, tag.at.clock());
        push_wrapped(&text, width, Role::Plain, lines);
    }
    for note in &detail.notes {
        let text = format!(
            "NOTE  \"{}\"   {} {}{}",
            note.text,
            note.by,
            env.clock(Some(note.at)),
            env.time_style.letter()
        );
        push_wrapped(&text, width, Role::Plain, lines);
    }
}

fn columns(detail: &Detail, width: usize, lines: &mut Vec<DetailLine>) {
    lines.push(line("", Role::Plain));
    lines.push(line("FIELDS", Role::Title));
    for (name, value) in &detail.fields {
        push_field(name, value, width, lines);
    }
    for (kind, value, trust) in &detail.identifiers {
        push_field(kind, &format!("{value}  ({trust})"), width, lines);
    }
    for (id, kind) in &detail.resources {
        let kind = kind.as_ref().map_or_else(String::new, |kind| format!("  ({kind})"));
        push_field("resource", &format!("{id}{kind}"), width, lines);
    }
}

fn payload(detail: &Detail, width: usize, lines: &mut Vec<DetailLine>) {
    /// Payload shown at most, in characters: the rest is in the raw view.
    const SHOWN: usize = 64 * 1024;
    if detail.payload.is_empty() || detail.payload == "{}" {
        return;
    }
    let n_bytes = detail.payload.len();
    lines.push(line("", Role::Plain));
    lines.push(line(
        format!("PAYLOAD (redacted)  {} bytes", super::widgets::words::count(n_bytes as u64)),
        Role::Title,
    ));
    let redacted = redacted_in(detail);
    if !redacted.is_empty() {
        push_wrapped(
            &format!("   redacted: {redacted}  (:reveal shows the original)"),
            width,
            Role::Faint,
            lines,
        );
    }
    let harmless = crate::text::sanitize(&detail.payload);
    let letters: Vec<char> = harmless.chars().take(SHOWN).collect();
    for part in letters.chunks(width.saturating_sub(3).max(1)) {
        lines.push(line(format!("   {}", part.iter().collect::<String>()), Role::Plain));
    }
    if harmless.chars().nth(SHOWN).is_some() {
        lines.push(line("   first 64 KiB  (x shows the record)", Role::Faint));
    }
}

/// Returns classes and counts of what was redacted in the payload: `password 1, session-token 2`.
fn redacted_in(detail: &Detail) -> String {
    let counts = crate::redact::marks_by_class(&detail.payload);
    let words: Vec<String> =
        counts.iter().map(|(class, count)| format!("{class} {count}")).collect();
    words.join(", ")
}

fn places(detail: &Detail, width: usize, lines: &mut Vec<DetailLine>) {
    lines.push(line("", Role::Plain));
    lines.push(line("RECORD", Role::Title));
    push_field("event", &detail.id.to_string(), width, lines);
    for place in &detail.places {
        let member =
            place.member.as_ref().map_or_else(String::new, |member| format!(" > {member}"));
        let kind = if place.is_kept { "kept" } else { "also in" };
        let text = format!("{}{member} line {}  offset {}", place.source, place.line, place.offset);
        push_field(kind, &text, width, lines);
        push_field("", &format!("source sha256 {}", place.source_sha256), width, lines);
        push_field("", &format!("record sha256 {}", place.record_sha256), width, lines);
        if let Some(proof) = &place.proof {
            push_field("", &format!("proof {}", proof.state), width, lines);
        }
    }
}

fn push_field(name: &str, value: &str, width: usize, lines: &mut Vec<DetailLine>) {
    let harmless = crate::text::sanitize(value);
    let room = width.saturating_sub(20).max(10);
    for (idx, part) in width::wrap(&harmless, room).into_iter().enumerate() {
        let name = if idx == 0 { name } else { "" };
        lines.push(line(format!("   {} {part}", width::pad(name, 16)), Role::Plain));
    }
}

/// Adds `text` on as many lines as it needs; leading spaces stay, further lines stand under the text.
fn push_wrapped(text: &str, width: usize, role: Role, lines: &mut Vec<DetailLine>) {
    let harmless = crate::text::sanitize(text);
    let body = harmless.trim_start();
    let lead = " ".repeat(harmless.len() - body.len());
    for (idx, part) in width::wrap(body, width.saturating_sub(6).max(10)).into_iter().enumerate() {
        let indent = if idx == 0 { lead.as_str() } else { "      " };
        lines.push(line(format!("{indent}{part}"), role));
    }
}
