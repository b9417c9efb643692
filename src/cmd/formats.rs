//! Which formats a load reads with: the built-in ones, mapping files of the user's, and zones declared for sources.

use std::path::{Path, PathBuf};

use super::{Context, output};
use crate::failure::{Failure, Kind};
use crate::format::mapping::{Mapping, Zones};
use crate::format::{Format, registry};
use crate::ingest::declared;
use crate::model::rows::SourceRow;
use crate::store::Store;

/// Larger mapping files are refused.
const MAX_MAPPING: u64 = 1 << 20;

/// Returns the formats for a load into a case, and keeps in the case which zones were declared for its sources.
pub(super) fn for_load(context: &Context, store: &Store) -> Result<Vec<Box<dyn Format>>, Failure> {
    let given = zones(context)?;
    let mut all: Vec<String> = declared::zones(&store.reader()?)?
        .into_iter()
        .map(|(source, zone)| format!("{source}={zone}"))
        .collect();
    if given.iter().next().is_some() {
        declared::keep_zones(&mut store.writer()?, given.iter())?;
        all.extend(context.shared.control.zone.iter().cloned());
    }
    let zones = Zones::parse(&all).map_err(Failure::usage)?;
    Ok(registry::with(&mappings(context)?, &zones))
}

/// Returns the formats that a case was read with, as far as they are known here: its declared zones, the user's mappings.
pub(super) fn as_declared(
    context: &Context,
    reader: &crate::store::Reader,
) -> Result<Vec<Box<dyn Format>>, Failure> {
    let declared = declared::zones(reader)?.into_iter();
    let all: Vec<String> = declared.map(|(source, zone)| format!("{source}={zone}")).collect();
    let zones = Zones::parse(&all).map_err(Failure::usage)?;
    Ok(registry::with(&mappings(context)?, &zones))
}

/// Returns the zones that the arguments declare.
pub(super) fn zones(context: &Context) -> Result<Zones, Failure> {
    Zones::parse(&context.shared.control.zone).map_err(|message| {
        let (message, hint) = message.split_once("\nhint: ").unwrap_or((&message, ""));
        let failure = Failure::usage(format!("`--zone`: {message}"));
        if hint.is_empty() { failure } else { failure.hint(hint) }
    })
}

/// Names the declared zones that no source was read with: a misspelled name, or a mapping that asks for none.
pub(super) fn unused_zones(
    context: &Context,
    sources: &[SourceRow],
) -> Result<Vec<String>, Failure> {
    let is_of = |row: &SourceRow, source: &str| {
        let name = row.member.as_deref().unwrap_or(&row.name);
        let file = name.rsplit('/').next().unwrap_or(name);
        [Some(name), Some(file), row.format.as_deref()].contains(&Some(source))
    };
    let is_used = |source: &str, zone: &str| {
        let said = format!(" {zone}, as declared by --zone");
        sources.iter().any(|row| row.because.ends_with(&said) && is_of(row, source))
    };
    let zones = zones(context)?;
    let unused = zones.iter().filter(|(source, zone)| !is_used(source, zone));
    Ok(unused.map(|(source, zone)| format!("{source}={zone}")).collect())
}

/// Returns the user's mappings: those of `--mapping`, which must hold, before those of the data folder, of which one that
/// does not hold is named and left out. Of two with one id the first counts.
pub(super) fn mappings(context: &Context) -> Result<Vec<Mapping>, Failure> {
    let mut found: Vec<Mapping> = Vec::new();
    for path in &context.shared.control.mapping {
        let mapping = read(path)?;
        if found.iter().any(|other| other.id() == mapping.id()) {
            let id = mapping.id();
            return Err(Failure::usage(format!("two files of `--mapping` have the id `{id}`")));
        }
        found.push(mapping);
    }
    for path in in_folder(&context.config.places.mappings()) {
        match read(&path) {
            Ok(mapping) if found.iter().any(|other| other.id() == mapping.id()) => {}
            Ok(mapping) => found.push(mapping),
            Err(failure) => output::say(&format!("warning: mapping left out: {}", failure.message)),
        }
    }
    Ok(found)
}

/// Reads a mapping file; a failure names file, line and field.
pub(super) fn read(path: &Path) -> Result<Mapping, Failure> {
    let name = path.display().to_string();
    let unread = |why: String| Failure::usage(format!("mapping `{name}`: {why}"));
    let words = |error: std::io::Error| unread(crate::source::discover::words(&error));
    let meta = std::fs::metadata(path).map_err(words)?;
    if !meta.is_file() {
        return Err(unread("not a regular file".to_owned()));
    }
    if meta.len() > MAX_MAPPING {
        return Err(unread(format!("larger than {MAX_MAPPING} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(words)?;
    Mapping::parse(&name, &text).map_err(|error| {
        let text = error.to_string();
        let (message, hint) = text.split_once("\nhint: ").unwrap_or((&text, ""));
        let failure = Failure::new(Kind::Usage, message.replace('\n', " "));
        if hint.is_empty() { failure } else { failure.hint(hint) }
    })
}

/// Returns the mapping files of a folder in the order of their names.
fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    paths
}
