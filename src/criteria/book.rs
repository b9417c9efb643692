//! The rules that come with the program, and those a user names: one file each. Owns uniqueness across them.

use std::path::Path;

use super::pack::PackError;
use super::rule::Rule;

/// Rules that come with the program, in the order of their ids.
const EMBEDDED: &[(&str, &str)] = &[
    ("attr.toml", include_str!("rules/attr.toml")),
    ("authz.toml", include_str!("rules/authz.toml")),
    ("bypass.toml", include_str!("rules/bypass.toml")),
    ("chain.toml", include_str!("rules/chain.toml")),
    ("change.toml", include_str!("rules/change.toml")),
    ("clock.toml", include_str!("rules/clock.toml")),
    ("cred.toml", include_str!("rules/cred.toml")),
    ("cust.toml", include_str!("rules/cust.toml")),
    ("decision.toml", include_str!("rules/decision.toml")),
    ("denyskirt.toml", include_str!("rules/denyskirt.toml")),
    ("errors.toml", include_str!("rules/errors.toml")),
    ("freeze.toml", include_str!("rules/freeze.toml")),
    ("gap.toml", include_str!("rules/gap.toml")),
    ("high.toml", include_str!("rules/high.toml")),
    ("inputref.toml", include_str!("rules/inputref.toml")),
    ("irtime.toml", include_str!("rules/irtime.toml")),
    ("keep.toml", include_str!("rules/keep.toml")),
    ("logchg.toml", include_str!("rules/logchg.toml")),
    ("logread.toml", include_str!("rules/logread.toml")),
    ("mfa.toml", include_str!("rules/mfa.toml")),
    ("model.toml", include_str!("rules/model.toml")),
    ("notice.toml", include_str!("rules/notice.toml")),
    ("outflow.toml", include_str!("rules/outflow.toml")),
    ("over.toml", include_str!("rules/over.toml")),
    ("pii.toml", include_str!("rules/pii.toml")),
    ("priv.toml", include_str!("rules/priv.toml")),
    ("review.toml", include_str!("rules/review.toml")),
    ("runaway.toml", include_str!("rules/runaway.toml")),
    ("scope.toml", include_str!("rules/scope.toml")),
    ("secret.toml", include_str!("rules/secret.toml")),
    ("shadow.toml", include_str!("rules/shadow.toml")),
    ("shared.toml", include_str!("rules/shared.toml")),
    ("six.toml", include_str!("rules/six.toml")),
    ("static.toml", include_str!("rules/static.toml")),
    ("stop.toml", include_str!("rules/stop.toml")),
    ("tamper.toml", include_str!("rules/tamper.toml")),
    ("toolchg.toml", include_str!("rules/toolchg.toml")),
    ("untrust.toml", include_str!("rules/untrust.toml")),
    ("volume.toml", include_str!("rules/volume.toml")),
];

/// Loaded rules, by id.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    rules: Vec<Rule>,
}

impl RuleBook {
    /// Returns the rules that come with the program.
    pub fn embedded() -> Result<Self, PackError> {
        let mut book = Self::default();
        for (file, text) in EMBEDDED {
            book.add(Rule::parse(file, text)?)?;
        }
        Ok(book)
    }

    /// Adds the rules of a file, or of the `.toml` files of a folder. Returns what could not be taken: a rule with a
    /// fault keeps no other from running.
    pub fn load(&mut self, path: &Path) -> Vec<PackError> {
        let mut faults = Vec::new();
        let files = match files_of(path) {
            Ok(files) => files,
            Err(error) => return vec![unreadable(path, &error)],
        };
        for file in files {
            let taken = std::fs::read_to_string(&file)
                .map_err(|error| unreadable(&file, &error))
                .and_then(|text| self.add(Rule::parse(&file.display().to_string(), &text)?));
            faults.extend(taken.err());
        }
        faults
    }

    /// Adds a rule. A book that refuses one is unchanged.
    pub fn add(&mut self, rule: Rule) -> Result<(), PackError> {
        match self.rules.binary_search_by(|known| known.id.cmp(&rule.id)) {
            Ok(_) => Err(PackError {
                file: rule.file,
                line: 1,
                column: 1,
                reason: format!("a rule with the id `{}` is loaded already", rule.id),
            }),
            Err(place) => {
                self.rules.insert(place, rule);
                Ok(())
            }
        }
    }

    /// Returns the rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the rule with `id`.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        let place = self.rules.binary_search_by(|known| known.id.as_str().cmp(id)).ok()?;
        self.rules.get(place)
    }
}

fn files_of(path: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<_> = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &std::io::Error) -> PackError {
    PackError {
        file: path.display().to_string(),
        line: 1,
        column: 1,
        reason: format!("cannot be read: {error}"),
    }
}
