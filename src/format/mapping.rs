//! Mapping files: one TOML file per product says where a record's time, person, tool and outcome stand.
//!
//! Own design, schema version 1. Beside `[input] [detect] [role.*] [pivot] [integrity] [keep] [[test]]` the file has
//! `plane` and `kind` (words of the event model, `gateway` and `other` when left out; `[role.kind]` decides per record),
//! lists in `equals` and `prefix` (any of them), `"*"` in `when` (any value), `[[child]]` (further events of a record,
//! one per element of a list, with the parent's people, session and server), and `event`, `events` in `[[test]]`.
//! Roles with dots are quoted: `[role."approval.by"]`. Roles without a column stay in the payload; `sensitive` ones
//! are replaced by their size there. A mapping whose own tests fail is refused. No scripts, no files, no network.
//! `zone = "ask"`: times without a zone take the one declared for the source (`--zone SOURCE=ZONE`), else give none;
//! a `[[test]]` declares one with `zone`. `[integrity]` is described in `mapping/integrity.rs`.

mod check;
mod draft;
mod engine;
mod hoop_stream;
mod inspect;
mod integrity;
mod linkage;
mod pointer;
mod roles;
mod schema;
mod shapes;
mod times;
mod value;
mod words;
mod zones;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::source::{Drill, Framing};

use super::contract::{Adapter, Confidence, Format};
use super::hex::hex;
use super::sample::Sample;

pub use draft::draft;
pub use engine::RoleCount;
pub use inspect::{Inspection, Inspector, RoleLine};
pub use integrity::{Algorithm, ChainLink, HashedInput, Integrity};
pub use zones::Zones;

use pointer::{Pointer, Scope};
use schema::{MappingFile, Scalar};

/// The mapping files that come with the program: name and text.
const EMBEDDED: &[(&str, &str)] = &[
    ("toolhive.toml", include_str!("mapping/toolhive.toml")),
    ("hoop-session.toml", include_str!("mapping/hoop-session.toml")),
    ("hoop-events.toml", include_str!("mapping/hoop-events.toml")),
    ("hoop-webhook.toml", include_str!("mapping/hoop-webhook.toml")),
    ("hoop-inspect.toml", include_str!("mapping/hoop-inspect.toml")),
    ("hoop-mcp.toml", include_str!("mapping/hoop-mcp.toml")),
    ("hoop-download.toml", include_str!("mapping/hoop-download.toml")),
    ("opa.toml", include_str!("mapping/opa.toml")),
    ("golf-gateway.toml", include_str!("mapping/golf-gateway.toml")),
    ("occasio.toml", include_str!("mapping/occasio.toml")),
];

/// Texts opened inside each other at most.
const MAX_UNWRAP: usize = 4;

/// Score of a source with a single record of the product; one of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 45;

/// Why a mapping file is refused, with the place in its text (from 1; columns are characters).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}:{column}: {field}: {message}")]
pub struct MappingError {
    pub name: String,
    pub line: usize,
    pub column: usize,
    /// Table and key, for example `role.human.from`.
    pub field: String,
    pub message: String,
}

/// A mapping file that was read and whose tests hold.
#[derive(Debug, Clone)]
pub struct Mapping {
    file: Arc<MappingFile>,
    sha256: String,
}

impl Mapping {
    /// Reads a mapping file and runs its tests. `name` is only used in errors.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        let refusal = |start: usize, message: String| {
            let (line, column) = place_of(text, start);
            let field = field_of(text, line);
            MappingError { name: name.to_owned(), line, column, field, message }
        };
        let file: MappingFile = toml::from_str(text).map_err(|error| {
            refusal(error.span().map_or(0, |span| span.start), error.message().to_owned())
        })?;
        if file.id.get_ref().is_empty() {
            return Err(refusal(file.id.span().start, "`id` is empty".to_owned()));
        }
        if file.input.unwrap.len() > MAX_UNWRAP {
            return Err(refusal(0, format!("more than {MAX_UNWRAP} texts to unwrap")));
        }
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = hex(&digest);
        let mapping = Self { file: Arc::new(file), sha256 };
        for test in &mapping.file.test {
            check::run(&mapping, test.get_ref())
                .map_err(|message| refusal(test.span().start, message))?;
        }
        Ok(mapping)
    }

    /// Returns the id, for example `toolhive`.
    pub fn id(&self) -> &str {
        self.file.id.get_ref()
    }

    /// Returns the title for lists.
    pub fn title(&self) -> &str {
        &self.file.title
    }

    /// Returns the version of the mapping, free text.
    pub fn version(&self) -> &str {
        &self.file.version
    }

    /// Returns the SHA-256 of the file's text in hex: what a report names beside id and version.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Returns how the product chains its records by hashes, if the file says so. Chains are judged after the load.
    pub fn integrity(&self) -> Option<&Integrity> {
        self.file.integrity.as_ref().map(toml::Spanned::get_ref)
    }

    /// Returns what a record says about its place in the product's hash chain.
    pub fn chain_link(&self, record: &Value) -> Option<ChainLink> {
        self.integrity().map(|integrity| integrity.link(record, self.file.ignore_case))
    }

    /// Returns how many tests the file holds.
    pub fn n_tests(&self) -> usize {
        self.file.test.len()
    }

    /// Returns true when times may come without a zone and somebody has to declare it.
    pub fn asks_for_zone(&self) -> bool {
        let children = self.file.child.iter().flat_map(|child| child.role.values());
        self.file.role.values().chain(children).any(|spec| spec.zone == times::Zone::Ask)
    }

    /// Returns true when the record is of this product.
    fn knows(&self, record: &Value) -> bool {
        let detect = &self.file.detect;
        let scope = Scope { record, element: None, ignore_case: self.file.ignore_case };
        let text = |value: &Value| value::scalar_text(value).map(std::borrow::Cow::into_owned);
        record.is_object()
            && detect.require.iter().all(|pointer| pointer.find(&scope).is_some())
            && detect.equals.iter().all(|(pointer, wanted)| {
                let found = pointer.find(&scope).and_then(text);
                found.is_some_and(|found| {
                    wanted.as_slice().iter().map(Scalar::to_text).any(|one| one == found)
                })
            })
            && detect.prefix.iter().all(|(pointer, wanted)| {
                let found = pointer.find(&scope).and_then(text);
                found.is_some_and(|found| {
                    wanted.as_slice().iter().any(|prefix| found.starts_with(prefix.as_str()))
                })
            })
            && !detect.forbid.iter().any(|pointer| pointer.find(&scope).is_some())
    }

    /// Looks for the names that `[detect]` needs without parsing anything: most sources are told apart by that.
    fn might_know(&self, head: &str) -> bool {
        let detect = &self.file.detect;
        let mentions =
            |word: &str| memchr::memmem::find(head.as_bytes(), word.as_bytes()).is_some();
        let pointers =
            detect.require.iter().chain(detect.equals.keys()).chain(detect.prefix.keys());
        let has_names =
            self.file.ignore_case || pointers.flat_map(Pointer::plain_segments).all(mentions);
        has_names
            && detect
                .prefix
                .values()
                .all(|prefixes| prefixes.as_slice().iter().any(|prefix| mentions(prefix)))
    }

    fn marks(&self) -> String {
        let short = self.sha256.get(..12).unwrap_or_default();
        format!("mapping `{}` version {} (sha256 {short})", self.id(), self.version())
    }
}

/// Read once: every format registry asks for them.
static READ: LazyLock<Vec<Result<Mapping, MappingError>>> =
    LazyLock::new(|| EMBEDDED.iter().map(|(name, text)| Mapping::parse(name, text)).collect());

/// Returns the embedded mapping files, read. Each holds, or a test of this module fails.
pub fn embedded() -> Vec<Result<Mapping, MappingError>> {
    READ.clone()
}

/// Returns the texts of the embedded mapping files by name, for showing and copying.
pub const fn embedded_texts() -> &'static [(&'static str, &'static str)] {
    EMBEDDED
}

/// A mapping as a log format.
#[derive(Debug)]
pub struct MappedFormat {
    mapping: Mapping,
    drill: Drill,
    zones: Zones,
}

impl MappedFormat {
    /// Makes a format of a mapping.
    pub fn new(mapping: Mapping) -> Self {
        let names = mapping.file.input.records.iter().filter_map(|at| at.0.clone());
        let drill = names.chain(["logEvents".to_owned()]).collect();
        Self { mapping, drill: Drill::Given(drill), zones: Zones::default() }
    }

    /// Returns the format with zones that were declared for its sources.
    #[must_use]
    pub fn with_zones(self, zones: Zones) -> Self {
        Self { zones, ..self }
    }

    /// Returns the mapping.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}

impl Format for MappedFormat {
    fn id(&self) -> &str {
        self.mapping.id()
    }

    fn about(&self) -> &str {
        self.mapping.title()
    }

    fn framing(&self) -> Framing {
        Framing::Json { drill: self.drill.clone() }
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !self.mapping.might_know(sample.head) {
            return Confidence::no();
        }
        let records = sample.records(self.framing());
        let hits =
            records.iter().filter(|record| engine::knows_inside(&self.mapping, record)).count();
        if hits == 0 {
            return Confidence::no();
        }
        let score = u8::try_from(BASE + SPAN * hits / records.len()).unwrap_or(u8::MAX);
        let chain = self.mapping.integrity().map(|chain| format!("; hash chain {chain}"));
        let because = format!(
            "{} knows {hits} of {} sampled records{}",
            self.mapping.marks(),
            records.len(),
            chain.unwrap_or_default()
        );
        Confidence::new(score, because)
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        self.adapter_for("")
    }

    fn adapter_for(&self, source: &str) -> Box<dyn Adapter + Send> {
        let declared = self.zones.find(self.mapping.id(), source).map(|(zone, _)| zone.clone());
        Box::new(engine::Engine::new(self.mapping.clone(), declared))
    }

    fn declared(&self, source: &str) -> Option<String> {
        let (_, spelled) = self.zones.find(self.mapping.id(), source)?;
        let is_asked = self.mapping.asks_for_zone();
        is_asked.then(|| format!("times without a zone are {spelled}, as declared by --zone"))
    }
}

/// Table and key that stand at a line: `role.human.from`, or `test[2]` for the second of several.
fn field_of(text: &str, line: usize) -> String {
    let (mut table, mut key, mut met) = (String::new(), String::new(), BTreeMap::new());
    for text in text.lines().take(line).map(str::trim) {
        if let Some(name) = text.strip_prefix("[[").and_then(|rest| rest.split("]]").next()) {
            let count: &mut usize = met.entry(name.to_owned()).or_default();
            *count += 1;
            table = format!("{name}[{count}]");
            key.clear();
        } else if text.starts_with('[') && text.contains(']') && !text.contains('"') {
            text.trim_start_matches('[')
                .split(']')
                .next()
                .unwrap_or_default()
                .clone_into(&mut table);
            key.clear();
        } else if let Some((name, _)) = text.split_once('=')
            && !text.starts_with(['#', '{', '"', '\''])
        {
            name.trim().clone_into(&mut key);
        }
    }
    let parts: Vec<&str> =
        [table.as_str(), key.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "file".to_owned() } else { parts.join(".") }
}

/// Line and column, from 1, of a byte offset.
fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let (mut line, mut column) = (1, 1);
    for (_, letter) in text.char_indices().take_while(|(at, _)| *at < offset) {
        if letter == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}

#[cfg(test)]
mod tests;
