//! `whytrail doctor`: where things are, what is set, which formats, mappings and packs this program has; with `--links` how
//! far links can be trusted and what those of the case rest on.

use std::fmt::Write;

use super::ingest::grouped;
use super::{Context, case, formats, output};
use crate::criteria::Library;
use crate::failure::{Ended, Failure, Kind};
use crate::format::mapping::{self, Zones};
use crate::format::registry;
use crate::link::{keys, near};
use crate::query::joins::{self, Joins};
use crate::text::sanitize::sanitize;

pub(super) fn run(context: &Context, links: bool) -> Ended {
    if links {
        return print_links(context);
    }
    let config = &context.config;
    let mut text = format!("whytrail {}\n\nplaces\n", env!("CARGO_PKG_VERSION"));
    for (name, path) in [
        ("settings", config.places.settings()),
        ("cases", config.places.cases()),
        ("mappings", config.places.mappings()),
        ("state", config.places.state.clone()),
        ("cache", config.places.cache.clone()),
    ] {
        writeln!(text, "  {name:<10} {}", path.display()).unwrap_or_default();
    }
    writeln!(
        text,
        "\nlimits\n  database   {} MiB, {} threads\n  inflated   {} bytes a file, {}:1\n  analyst    {}",
        config.limits.memory_mib, config.limits.threads, config.caps.inflated, config.caps.ratio, config.analyst
    )
    .unwrap_or_default();
    text.push_str("\nformats\n");
    let own = formats::mappings(context)?;
    for format in registry::with(&own, &Zones::default()) {
        writeln!(text, "  {:<26} {}", format.id(), format.about()).unwrap_or_default();
    }
    text.push_str("\nmappings\n");
    for mapping in &own {
        let (id, version, sha256) = (mapping.id(), mapping.version(), mapping.sha256());
        writeln!(text, "  {id:<26} version {version}  sha256 {sha256}  yours").unwrap_or_default();
    }
    for parsed in mapping::embedded() {
        match parsed {
            Ok(mapping) => {
                writeln!(
                    text,
                    "  {:<26} version {}  sha256 {}",
                    mapping.id(),
                    mapping.version(),
                    mapping.sha256()
                )
                .unwrap_or_default();
            }
            Err(error) => writeln!(text, "  disabled: {error}").unwrap_or_default(),
        }
    }
    let library =
        Library::embedded().map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    text.push_str("\ncriteria packs\n");
    for pack in library.packs() {
        writeln!(
            text,
            "  {:<26} version {}  {} criteria  sha256 {}",
            pack.id,
            pack.version,
            pack.criteria.len(),
            pack.sha256
        )
        .unwrap_or_default();
    }
    output::print(context, &text)
}

fn print_links(context: &Context) -> Ended {
    let measured = near::measured();
    let mut text = format!(
        "links\n  =  the same identifier on both sides\n  +  the same credential, or an identifier derived by a rule\n  \
         ~  close in time and shape: {} of {} were right in {} made-up companies whose truth is known\n\nkey kinds\n",
        grouped(u64::from(measured.right)),
        grouped(u64::from(measured.total)),
        measured.seeds
    );
    for name in keys::REGISTRY.iter().map(|key| key.name).chain([near::KEY]) {
        writeln!(text, "  {name}").unwrap_or_default();
    }
    if case::existing_root(context).is_ok() {
        let case = case::open_existing(context)?;
        of_case(&mut text, case.folder.name(), &joins::joins(&case.reader()?)?);
    } else {
        text.push_str("\nno case yet: whytrail ingest PATH --case FOLDER\n");
    }
    output::print(context, &text)
}

fn of_case(text: &mut String, name: &str, joins: &Joins) {
    let mut line = |line: String| writeln!(text, "{}", sanitize(&line)).unwrap_or_default();
    line(format!("\ncase {name}").trim_start().to_owned());
    if joins.links.is_empty() {
        line(
            "  no links: no two records of this case name the same thing in a way that joins them"
                .to_owned(),
        );
    }
    for (grade, key, count) in &joins.links {
        line(format!("  {grade}  {key:<28} {:>9}", grouped(*count)));
    }
    for skip in &joins.skipped {
        line(format!(
            "  left out  {}: {} ({} events)",
            skip.key,
            skip.reason,
            grouped(skip.events)
        ));
    }
    line("clocks, against CloudTrail".to_owned());
    if joins.clocks.is_empty() {
        line("  no exact link compares a clock with CloudTrail's".to_owned());
    }
    for clock in &joins.clocks {
        line(format!("  {}", clock.words()));
    }
}
