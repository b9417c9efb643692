//! Mapping files: one TOML file per product says where a record's time, person, tool and outcome stand.
//!
//! Own design, schema version 1. Beside `[input] [detect] [role.*] [pivot] [integrity] [keep] [[test]]` the file has
//! `plane` and `kind` (words of the event model, `gateway` and `other` when left out; `[role.kind]` decides per record),
//! lists in `equals` and `prefix` (any of them), `"*"` in `when` (any value), `[[child]]` (further events of a record,
//! one per element of a list, with the parent's people, session and server), and `event`, `events` in `[[test]]`.
//! Roles with dots are quoted: `[role."approval.by"]`. Roles without a column stay in the payload; `sensitive` ones
//! are replaced by their size there. A mapping whose own tests fail is refused. No scripts, no files, no network.

mod check;
mod engine;
mod hoop_stream;
mod pointer;
mod roles;
mod schema;
mod times;
mod value;
mod words;

use std::sync::{Arc, LazyLock};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::source::Framing;

use super::contract::{Adapter, Confidence, Format};
use super::hex::hex;
use super::sample::Sample;

pub use engine::RoleCount;

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
];

/// Texts opened inside each other at most.
const MAX_UNWRAP: usize = 4;

/// Score of a source with a single record of the product; one of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 45;

/// Why a mapping file is refused, with the place in its text (from 1; columns are characters).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}:{column}: {message}")]
pub struct MappingError {
    pub name: String,
    pub line: usize,
    pub column: usize,
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
            MappingError { name: name.to_owned(), line, column, message }
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

    /// Returns true when the file says how a hash chain of the product is laid out.
    pub fn has_integrity(&self) -> bool {
        self.file.integrity.is_some()
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
        format!("mapping `{}` version {}", self.id(), self.version())
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
    drill: &'static [&'static str],
}

impl MappedFormat {
    /// Makes a format of a mapping. The few names of record lists are kept for the life of the program: framing takes
    /// constants, and mapping files are read once.
    pub fn new(mapping: Mapping) -> Self {
        let names = mapping.file.input.records.iter().filter_map(|at| at.0.clone());
        let mut drill: Vec<&'static str> =
            names.map(|name| &*Box::leak(name.into_boxed_str())).collect();
        drill.push("logEvents");
        Self { mapping, drill: Box::leak(drill.into_boxed_slice()) }
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
        Framing::Json { drill: self.drill }
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !self.mapping.might_know(sample.head) {
            return Confidence::no();
        }
        let records = sample.records(self.drill);
        let hits =
            records.iter().filter(|record| engine::knows_inside(&self.mapping, record)).count();
        if hits == 0 {
            return Confidence::no();
        }
        let score = u8::try_from(BASE + SPAN * hits / records.len()).unwrap_or(u8::MAX);
        let because =
            format!("{} knows {hits} of {} sampled records", self.mapping.marks(), records.len());
        Confidence::new(score, because)
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(engine::Engine::new(self.mapping.clone()))
    }
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
