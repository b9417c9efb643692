//! `whytrail map check` and `map draft`: mapping files, before evidence is read with them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::ingest::grouped;
use super::output::Rows;
use super::{Context, formats, output};
use crate::cli::MapCommand;
use crate::failure::{Ended, Failure, Kind};
use crate::format::mapping::{self, Inspection, Inspector, Mapping};
use crate::report::tables::{Cell, Format};
use crate::source::{FrameKind, Framer, Opened, open_file};

/// Bytes of a sample that are looked at.
const SAMPLE: usize = 32 << 20;
/// Members without a rule that are named.
const NAMED: usize = 40;

pub(super) fn run(context: &Context, act: &MapCommand) -> Ended {
    match act {
        MapCommand::Check { file, samples } => check(context, file, samples),
        MapCommand::Draft { sample } => draft(context, sample),
    }
}

fn draft(context: &Context, sample: &Path) -> Ended {
    let (text, _) = content(context, sample)?;
    let draft = mapping::draft(&name_of(sample), &text).map_err(|why| {
        Failure::usage(format!("`{}`: {why}", sample.display()))
            .hint("a sample is a file of JSON records, one after the other or in a list")
    })?;
    // A draft that its own reader refuses must not get out.
    Mapping::parse("draft", &draft)
        .map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    output::print(context, &draft)
}

fn check(context: &Context, file: &Path, samples: &[PathBuf]) -> Ended {
    let mapping =
        formats::read(file).map_err(|failure| Failure { kind: Kind::Failed, ..failure })?;
    let zones = formats::zones(context)?;
    let mut inspected = Vec::new();
    for sample in samples {
        let (text, is_whole) = content(context, sample)?;
        let mut inspector = Inspector::new(&mapping, &name_of(sample), &zones);
        Framer::new(inspector.framing()).feed(text.as_bytes(), is_whole, &mut |frame| {
            if frame.kind != FrameKind::Envelope {
                inspector.record(&String::from_utf8_lossy(frame.bytes));
            }
        });
        inspected.push((sample.display().to_string(), inspector.finish(), is_whole));
    }
    if output::format(context) == Format::Table {
        let mut text = about(file, &mapping);
        for (name, inspection, is_whole) in &inspected {
            text.push_str(&told(name, inspection, *is_whole));
        }
        output::print(context, &text)?;
    } else {
        rows(context, &inspected)?;
    }
    let unknown = inspected.iter().find(|(_, inspection, _)| inspection.matching == 0);
    unknown.map_or(Ok(()), |(name, inspection, _)| {
        let n = grouped(inspection.records);
        Err(Failure::new(Kind::Failed, format!("the mapping knows none of the {n} records of `{name}`"))
            .hint("`[detect]` says which records are known: all of `require`, `equals`, `prefix`, none of `forbid`"))
    })
}

/// Says what the mapping is.
fn about(file: &Path, mapping: &Mapping) -> String {
    let mut text = format!(
        "{}: mapping `{}` version {} holds\n  {} of its own tests pass\n  sha256 {}\n",
        file.display(),
        mapping.id(),
        mapping.version(),
        mapping.n_tests(),
        mapping.sha256()
    );
    if mapping.n_tests() == 0 {
        text.push_str("  without a [[test]] nothing says that it reads what it should\n");
    }
    if let Some(chain) = mapping.integrity() {
        writeln!(text, "  hash chain: {chain}; nothing verifies it yet").unwrap_or_default();
    }
    if mapping.asks_for_zone() {
        let id = mapping.id();
        writeln!(text, "  times without a zone need `--zone {id}=ZONE` at the load")
            .unwrap_or_default();
    }
    text
}

/// Says what the mapping makes of a sample.
fn told(name: &str, inspection: &Inspection, is_whole: bool) -> String {
    let n = inspection.records;
    let mut text = format!(
        "\n{name}: {} of {} records match, {} events\n",
        grouped(inspection.matching),
        grouped(n),
        grouped(inspection.events)
    );
    if !is_whole {
        writeln!(text, "  only the first {} MiB were looked at", SAMPLE >> 20).unwrap_or_default();
    }
    if inspection.unreadable > 0 {
        writeln!(text, "  {} records are no JSON", grouped(inspection.unreadable))
            .unwrap_or_default();
    }
    for warning in &inspection.warnings {
        writeln!(text, "  warning  {warning}").unwrap_or_default();
    }
    if inspection.matching == 0 {
        return text;
    }
    writeln!(text, "  {:<16} {:>9} {:>9} {:>9}  from", "role", "filled", "empty", "failed")
        .unwrap_or_default();
    for role in &inspection.roles {
        let count = role.count;
        let failed = count.failed + count.no_zone + count.unclear;
        writeln!(
            text,
            "  {:<16} {:>9} {:>9} {:>9}  {}{}",
            role.name,
            grouped(count.filled),
            grouped(count.empty),
            grouped(failed),
            role.from,
            if count.filled + failed == 0 { "   ALWAYS EMPTY" } else { "" }
        )
        .unwrap_or_default();
    }
    if inspection.unmapped.is_empty() {
        text.push_str("  every member is mapped\n");
    } else {
        text.push_str("  not mapped, kept in the payload:\n");
    }
    for (pointer, count) in inspection.unmapped.iter().take(NAMED) {
        writeln!(
            text,
            "    {pointer}   in {} of {}",
            grouped(*count),
            grouped(inspection.matching)
        )
        .unwrap_or_default();
    }
    if inspection.unmapped.len() > NAMED {
        let more = inspection.unmapped.len() - NAMED;
        writeln!(text, "    and {more} more: --format csv lists all").unwrap_or_default();
    }
    text.lines().map(|line| crate::text::sanitize::sanitize(line).into_owned() + "\n").collect()
}

/// Writes the counts as rows: a line for the records, each role, and each member that no rule looks at.
fn rows(context: &Context, inspected: &[(String, Inspection, bool)]) -> Ended {
    let columns = [
        ("sample", false),
        ("what", false),
        ("name", false),
        ("filled", true),
        ("empty", true),
        ("failed", true),
        ("from", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.map_check", &columns)?;
    for (sample, found, _) in inspected {
        let mut put = |what: &str, name: &str, counts: [u64; 3], from: &str| {
            let [filled, empty, failed] = counts.map(Cell::from);
            let text = |text: &str| Cell::Text(text.to_owned());
            rows.row(&[text(sample), text(what), text(name), filled, empty, failed, text(from)])
        };
        let strange = found.records - found.matching - found.unreadable;
        put("records", "matching", [found.matching, strange, found.unreadable], "")?;
        for role in &found.roles {
            let count = role.count;
            let failed = count.failed + count.no_zone + count.unclear;
            put("role", &role.name, [count.filled, count.empty, failed], &role.from)?;
        }
        for (pointer, count) in &found.unmapped {
            put("unmapped", pointer, [*count, found.matching - count, 0], pointer)?;
        }
    }
    rows.finish()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns the beginning of a sample as text, and whether that is all of it.
fn content(context: &Context, path: &Path) -> Result<(String, bool), Failure> {
    let unread = |why: String| Failure::usage(format!("`{}`: {why}", path.display()));
    let opened = open_file(path, context.config.caps).map_err(|error| unread(error.to_string()))?;
    let Opened::Content(mut bare) = opened else {
        return Err(unread("an archive; give one of its members".to_owned()));
    };
    let mut bytes = Vec::new();
    let is_whole = bare.fill(&mut bytes, SAMPLE).map_err(|damage| unread(damage.reason))?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), is_whole))
}
