//! `whytrail case`: what a case holds, which cases there are, and what is written down about custody.

use super::ingest::grouped;
use super::output::Rows;
use super::{Context, case, checkpoint, output, proofs};
use crate::cli::CaseCommand;
use crate::custody::ActKind;
use crate::failure::{Ended, Failure};
use crate::query;
use crate::report::json_line;
use crate::report::tables::Cell;
use crate::text::sanitize::sanitize;

pub(super) fn run(context: &Context, act: &CaseCommand) -> Ended {
    match act {
        CaseCommand::Info => info(context),
        CaseCommand::List => list(context),
        CaseCommand::Checkpoint => checkpoint::run(context),
        CaseCommand::Anchor { act } => checkpoint::anchor(context, act),
        CaseCommand::Handover { to, reason } => handover(context, to, reason),
        CaseCommand::Clock { clock, offset, note } => clock_note(context, clock, offset, note),
        CaseCommand::Prove { entry, from } => checkpoint::prove(context, *entry, *from),
        CaseCommand::AcceptBreak { reason } => accept_break(context, reason),
    }
}

/// Journals that somebody else takes the case, and signs the journal as it goes.
fn handover(context: &Context, to: &str, reason: &str) -> Ended {
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let head = case.journal.head();
    let detail = serde_json::json!({ "to": to, "reason": reason, "size": head.size, "head": head.leaf.to_string() });
    let entry = case.record(ActKind::Handover, "case", detail)?;
    checkpoint::write_at_end(context, &mut case, "handover");
    let said = format!("entry {}: handed over to {to}\n", entry.seq);
    output::print_safe(context, &said)
}

/// Journals by how much a clock was wrong. Times of events are not changed by it.
fn clock_note(context: &Context, clock: &str, offset: &str, note: &str) -> Ended {
    let millis = milliseconds(offset).ok_or_else(|| {
        Failure::usage(format!("`--offset {offset}` is no time"))
            .hint("how far the clock was ahead: 1.5s, -300ms, 2m, 1h")
    })?;
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let detail = serde_json::json!({ "clock": clock, "offset_ms": millis, "note": note });
    let entry = case.record(ActKind::ClockNote, &format!("clock:{clock}"), detail)?;
    let said = format!(
        "entry {}: {clock} was {millis} ms ahead; times of events stay as recorded\n",
        entry.seq
    );
    output::print_safe(context, &said)
}

/// Reads `1.5s`, `-300ms`, `+2m`, `1h` as milliseconds.
fn milliseconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = digits.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = digits.split_at(end);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |text: &str| {
        !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(whole) || !is_number(part) {
        return None;
    }
    let scale = 10_i64.pow(u32::try_from(part.len()).ok()?);
    let part = part.parse::<i64>().ok()? * factor / scale;
    let millis = whole.parse::<i64>().ok()?.checked_mul(factor)?.checked_add(part)?;
    Some(if text.starts_with('-') { -millis } else { millis })
}

/// Goes on behind a journal whose chain breaks.
fn accept_break(context: &Context, reason: &str) -> Ended {
    let mut case = case::open_existing(context)?;
    let entry = case.accept_breaks(reason)?;
    checkpoint::write_at_end(context, &mut case, "accepted break");
    output::print(
        context,
        &format!(
            "entry {} names the break; `whytrail verify` will say FALSE for ever\n",
            entry.seq
        ),
    )
}

fn info(context: &Context) -> Ended {
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    let overview = query::overview(&reader)?;
    let clocks = query::joins::clocks(&reader)?;
    let head = case.journal.head();
    if context.shared.output.json {
        let json = serde_json::json!({
            "schema": "whytrail.case", "version": 1, "name": case.folder.name(), "read_only": case.read_only_reason(),
            "account": { "read": overview.account.read, "kept": overview.account.kept, "duplicate": overview.account.duplicate,
                         "rejected": overview.account.rejected, "verdict": overview.account.verdict() },
            "span": overview.span.map(|(first, last)| [first.to_string(), last.to_string()]),
            "proofs": overview.proofs.counts.iter().map(|count| serde_json::json!({
                "subject": count.subject.as_str(), "standing": count.standing.as_str(), "state": count.state,
                "count": count.count })).collect::<Vec<_>>(),
            "clocks": clocks.iter().map(|clock| serde_json::json!({ "product": clock.product, "source": clock.source,
                "offset_us": clock.offset, "spread_us": clock.spread, "samples": clock.samples, "through": clock.through }))
                .collect::<Vec<_>>(),
            "undated": overview.undated, "subjects": overview.subjects, "sessions": overview.sessions,
            "agent_sessions": overview.agent_sessions, "resources": overview.resources, "denied": overview.denied,
            "journal": { "entries": head.size, "head": crate::source::hex(&head.leaf.0) },
            "planes": overview.planes.iter().map(|(plane, count)| (plane.as_str().to_owned(), (*count).into()))
                .collect::<serde_json::Map<String, serde_json::Value>>(),
        });
        return output::print(context, &format!("{}\n", json_line(&json)));
    }
    let account = overview.account;
    let span = overview
        .span
        .map_or_else(|| "no dated events".to_owned(), |(first, last)| format!("{first} .. {last}"));
    let planes: Vec<String> = overview
        .planes
        .iter()
        .map(|(plane, count)| format!("{plane} {}", grouped(*count)))
        .collect();
    let clocks: Vec<String> =
        clocks.iter().map(|clock| format!("clock     {}\n", sanitize(&clock.words()))).collect();
    let clocks = clocks.concat();
    let proof = proofs::line(&overview.proofs)
        .map_or_else(String::new, |line| format!("proof     {line}\n"));
    let text = format!(
        "case      {}\nplace     {}\naccess    {}\nspan      {span}\nrows      read {} = kept {} + duplicate {} + rejected {}   {}\n\
         planes    {}\nwho       {} subjects, {} sessions ({} agent), {} resources, {} refused\nundated   {}\n\
         {clocks}{proof}journal   {} entries, head {}\n",
        case.folder.name(),
        case.folder.root().display(),
        case.read_only_reason().unwrap_or_else(|| "writable".to_owned()),
        grouped(account.read),
        grouped(account.kept),
        grouped(account.duplicate),
        grouped(account.rejected),
        account.verdict(),
        planes.join(", "),
        overview.subjects,
        overview.sessions,
        overview.agent_sessions,
        overview.resources,
        overview.denied,
        overview.undated,
        head.size,
        crate::source::hex(&head.leaf.0),
    );
    output::print(context, &text)
}

fn list(context: &Context) -> Ended {
    let folder = context.config.places.cases();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .map(|entries| {
            entries
                .flatten()
                .filter(|entry| entry.path().join("case.toml").exists())
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    let mut rows = Rows::begin(context, "whytrail.cases", &[("name", false), ("place", false)])?;
    for name in names {
        let place = folder.join(&name).display().to_string();
        rows.row(&[Cell::Text(name), Cell::Text(place)])?;
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn offsets_are_read_with_sign_fraction_and_unit() {
        assert_eq!(milliseconds("1.5s"), Some(1500));
        assert_eq!(milliseconds("-300ms"), Some(-300));
        assert_eq!(milliseconds("+2m"), Some(120_000));
        assert_eq!(milliseconds("0.25h"), Some(900_000));
        for bad in ["", "1", "s", "1.s", "1d", "1 s", "--1s", "9999999999s"] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
    }
}
