//! `whytrail doctor`: where things are, what is set, which formats, mappings and packs this program has.

use std::fmt::Write;

use super::{Context, output};
use crate::criteria::Library;
use crate::failure::{Ended, Failure, Kind};
use crate::format::{mapping, registry};

pub(super) fn run(context: &Context) -> Ended {
    let config = &context.config;
    let mut text = format!("whytrail {}\n\nplaces\n", env!("CARGO_PKG_VERSION"));
    for (name, path) in [
        ("settings", config.places.settings()),
        ("cases", config.places.cases()),
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
    for format in registry::built_in() {
        writeln!(text, "  {:<26} {}", format.id(), format.about()).unwrap_or_default();
    }
    text.push_str("\nmappings\n");
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
