//! The packs of a case: those that come with the program and those a user names. Owns uniqueness across packs and the
//! search over their criteria.

use std::path::Path;

use super::pack::{Criterion, Pack, PackError};
use crate::text::fuzzy;

/// Packs that come with the program.
const EMBEDDED: [(&str, &str); 11] = [
    ("eu-ai-act.toml", include_str!("packs/eu-ai-act.toml")),
    ("soc2.toml", include_str!("packs/soc2.toml")),
    ("hipaa.toml", include_str!("packs/hipaa.toml")),
    ("gdpr.toml", include_str!("packs/gdpr.toml")),
    ("iso-27001.toml", include_str!("packs/iso-27001.toml")),
    ("iso-42001.toml", include_str!("packs/iso-42001.toml")),
    ("nist-800-53.toml", include_str!("packs/nist-800-53.toml")),
    ("nist-ai-rmf.toml", include_str!("packs/nist-ai-rmf.toml")),
    ("pci-dss.toml", include_str!("packs/pci-dss.toml")),
    ("owasp.toml", include_str!("packs/owasp.toml")),
    ("mitre.toml", include_str!("packs/mitre.toml")),
];

/// Why a pack could not join the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("a pack with the id `{0}` is loaded already")]
    SamePack(String),
    #[error("criterion `{id}` of pack `{pack}` has the id of one in pack `{other}`")]
    SameCriterion { id: String, pack: String, other: String },
    #[error(
        "alias `{alias}` of criterion `{id}` in pack `{pack}` is the id or an alias of `{other}`"
    )]
    SameAlias { alias: String, id: String, pack: String, other: String },
}

/// Loaded packs, in the order of loading.
#[derive(Debug, Clone, Default)]
pub struct Library {
    packs: Vec<Pack>,
}

impl Library {
    /// Returns the packs that come with the program.
    pub fn embedded() -> Result<Self, LibraryError> {
        let mut library = Self::default();
        for (file, text) in EMBEDDED {
            library.add(Pack::parse(file, text)?)?;
        }
        Ok(library)
    }

    /// Adds the pack file at `path`.
    pub fn load(&mut self, path: &Path) -> Result<&Pack, LibraryError> {
        self.add(Pack::load(path)?)
    }

    /// Adds a pack. A library that refuses one is unchanged.
    pub fn add(&mut self, pack: Pack) -> Result<&Pack, LibraryError> {
        if self.packs.iter().any(|known| known.id == pack.id) {
            return Err(LibraryError::SamePack(pack.id));
        }
        for new in &pack.criteria {
            if let Some(known) = self.criterion(&new.id) {
                let (id, pack, other) = (new.id.clone(), pack.id.clone(), known.pack.clone());
                return Err(LibraryError::SameCriterion { id, pack, other });
            }
        }
        self.check_aliases(&pack)?;
        Ok(self.packs.push_mut(pack))
    }

    /// An alias that means two criteria would mean neither.
    fn check_aliases(&self, pack: &Pack) -> Result<(), LibraryError> {
        for new in &pack.criteria {
            for alias in &new.aliases {
                let others =
                    self.criteria().chain(&pack.criteria).filter(|other| other.id != new.id);
                let mut taken =
                    others.filter(|other| other.id == *alias || other.aliases.contains(alias));
                if let Some(other) = taken.next() {
                    return Err(LibraryError::SameAlias {
                        alias: alias.clone(),
                        id: new.id.clone(),
                        pack: pack.id.clone(),
                        other: other.id.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Returns the packs.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// Returns every criterion of every pack.
    pub fn criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.packs.iter().flat_map(|pack| &pack.criteria)
    }

    /// Returns the criterion with `id`.
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria().find(|criterion| criterion.id == id)
    }

    /// Returns the criteria that `text` names: the one with that id, else all that have it as official identifier or
    /// stand for it. Two standards may use one identifier (`A.8.2`), so there may be several.
    pub fn named(&self, text: &str) -> Vec<&Criterion> {
        match self.criterion(text) {
            Some(criterion) => vec![criterion],
            None => self.criteria().filter(|criterion| criterion.is_called(text)).collect(),
        }
    }

    /// Returns criteria whose id, label, title and aliases match `query`, best first, with their scores. An empty query
    /// finds all, in order. The whole id, label or alias as query comes first.
    pub fn search(&self, query: &str) -> Vec<(i64, &Criterion)> {
        let items = self.criteria().map(|criterion| (criterion, criterion.haystack.as_str()));
        let mut ranked = fuzzy::rank(query, items);
        let query = query.trim();
        ranked.sort_by_key(|(_, criterion)| !criterion.is_called(query));
        ranked
    }
}

#[cfg(test)]
mod tests;
