//! The packs of a case: those that come with the program and those a user names. Owns uniqueness across packs and the
//! search over their criteria.

use std::path::Path;

use super::pack::{Criterion, Pack, PackError};
use crate::text::fuzzy;

/// Packs that come with the program.
const EMBEDDED: [(&str, &str); 3] = [
    ("eu-ai-act.toml", include_str!("packs/eu-ai-act.toml")),
    ("soc2.toml", include_str!("packs/soc2.toml")),
    ("nist-800-53.toml", include_str!("packs/nist-800-53.toml")),
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
        Ok(self.packs.push_mut(pack))
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

    /// Returns criteria whose id, label and title match `query`, best first, with their scores. An empty query finds
    /// all, in order. The whole id or label as query comes first.
    pub fn search(&self, query: &str) -> Vec<(i64, &Criterion)> {
        let items = self.criteria().map(|criterion| (criterion, criterion.haystack.as_str()));
        let mut ranked = fuzzy::rank(query, items);
        let query = query.trim();
        let is_whole = |criterion: &Criterion| {
            criterion.id.eq_ignore_ascii_case(query) || criterion.label.eq_ignore_ascii_case(query)
        };
        ranked.sort_by_key(|(_, criterion)| !is_whole(criterion));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn packs_of_the_program_load_and_hold_every_criterion() {
        let library = Library::embedded().unwrap();
        let sizes: Vec<_> =
            library.packs().iter().map(|pack| (pack.id.as_str(), pack.criteria.len())).collect();
        assert_eq!(sizes, [("eu-ai-act", 32), ("soc2", 24), ("nist-800-53", 43)]);
        assert_eq!(library.criterion("euaia-art-12.1").unwrap().label, "Article 12(1)");
        assert_eq!(
            library.criterion("nist-AC-2.12").unwrap().title,
            "Account Monitoring for Atypical Usage"
        );
        assert!(library.criterion("soc2-P6.7").is_some());
        for criterion in library.criteria() {
            assert!(
                !criterion.asks.is_empty() && !criterion.cannot_show.is_empty(),
                "{}",
                criterion.id
            );
            assert!(!criterion.asks.to_lowercase().contains("compliant"), "{}", criterion.id);
            let is_dated = criterion.pack == "eu-ai-act";
            assert_eq!(criterion.applies.is_empty(), !is_dated, "{}", criterion.id);
        }
    }

    #[test]
    fn embedded_packs_name_only_rules_of_the_rule_library() {
        let known = [
            "ATTR",
            "CHAIN",
            "SIX",
            "SCOPE",
            "OVER",
            "HIGH",
            "CUST",
            "AUTHZ",
            "DENYSKIRT",
            "BYPASS",
            "PRIV",
            "CRED",
            "STATIC",
            "MFA",
            "SHARED",
            "LOGCHG",
            "LOGREAD",
            "GAP",
            "TAMPER",
            "CLOCK",
            "KEEP",
            "SECRET",
            "PII",
            "VOLUME",
            "OUTFLOW",
            "TOOLCHG",
            "SHADOW",
            "UNTRUST",
            "RUNAWAY",
            "ERRORS",
            "CHANGE",
            "STOP",
            "MODEL",
            "INPUTREF",
            "NOTICE",
            "DECISION",
            "FREEZE",
            "IRTIME",
            "REVIEW",
        ];
        for criterion in Library::embedded().unwrap().criteria() {
            for rule in &criterion.rules {
                assert!(known.contains(&rule.as_str()), "{} {rule}", criterion.id);
            }
        }
    }

    #[test]
    fn search_finds_by_id_label_and_title() {
        let library = Library::embedded().unwrap();
        let first =
            |query: &str| library.search(query).first().map(|(_, criterion)| criterion.id.clone());
        assert_eq!(first("CC6.1").as_deref(), Some("soc2-CC6.1"));
        assert_eq!(first("AU-3").as_deref(), Some("nist-AU-3"));
        assert_eq!(first("article 12(1)").as_deref(), Some("euaia-art-12.1"));
        assert_eq!(first("non-repudiation").as_deref(), Some("nist-AU-10"));
        assert!(first("ovrsight").is_some_and(|id| id.starts_with("euaia-art-14")));
        assert_eq!(library.search("").len(), 99);
        assert!(library.search("zzqqzz").is_empty());
    }

    #[test]
    fn user_pack_joins_and_one_with_a_taken_id_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.toml");
        let text = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/packs/house-rules.toml"
        ));
        fs::write(&path, text).unwrap();
        let mut library = Library::embedded().unwrap();
        assert_eq!(library.load(&path).unwrap().id, "house-rules");
        assert_eq!(library.load(&path), Err(LibraryError::SamePack("house-rules".to_owned())));
        fs::write(&path, text.replace("house-1", "soc2-CC6.1").replace("house-rules", "other"))
            .unwrap();
        let error = library.load(&path).unwrap_err().to_string();
        assert_eq!(
            error,
            "criterion `soc2-CC6.1` of pack `other` has the id of one in pack `soc2`"
        );
        assert_eq!(library.packs().len(), 4);
        let missing = library.load(&folder.path().join("none.toml")).unwrap_err().to_string();
        assert!(missing.contains("cannot be read"), "{missing}");
    }
}
