//! Which declared facts rules wait for, and how many criteria with them. What a rule needs stands in its own file.

use std::collections::BTreeMap;

use super::book::RuleBook;
use super::facts::Facts;
use super::library::Library;

/// What waits for a fact that is not declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// `scope.agents`, or `a|b` where one of both will do.
    pub key: String,
    /// Rules that need it, by id.
    pub rules: Vec<String>,
    /// Criteria of the packs that name one of these rules.
    pub n_criteria: usize,
}

impl Waiting {
    /// Returns the key for people.
    pub fn spoken(&self) -> String {
        spoken(&self.key)
    }
}

/// Returns a key for people: `scope.allow (or scope.deny, scope.policy)` of `scope.allow|scope.deny|scope.policy`.
pub(super) fn spoken(key: &str) -> String {
    match key.split_once('|') {
        Some((first, others)) => format!("{first} (or {})", others.replace('|', ", ")),
        None => key.to_owned(),
    }
}

/// Returns what is not declared and waited for, with who waits: most criteria first, then by key.
pub fn waiting(facts: &Facts, book: &RuleBook, library: &Library) -> Vec<Waiting> {
    let mut by_key: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in book.rules() {
        for key in rule.facts_needed().filter(|key| !facts.has(key)) {
            by_key.entry(key).or_default().push(&rule.id);
        }
    }
    let mut waiting: Vec<Waiting> = by_key
        .into_iter()
        .map(|(key, rules)| {
            let waits =
                |named: &Vec<String>| named.iter().any(|name| rules.contains(&name.as_str()));
            let n_criteria = library.criteria().filter(|one| waits(&one.rules)).count();
            let rules = rules.into_iter().map(str::to_owned).collect();
            Waiting { key: key.to_owned(), rules, n_criteria }
        })
        .collect();
    waiting.sort_by(|one, other| {
        other.n_criteria.cmp(&one.n_criteria).then_with(|| one.key.cmp(&other.key))
    });
    waiting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criteria::facts::KEYS;

    const BOUNDARY: &str = "scope.allow|scope.deny|scope.policy";

    #[test]
    fn every_fact_that_a_rule_needs_or_uses_can_be_declared() {
        for rule in RuleBook::embedded().unwrap().rules() {
            let uses = rule.uses.iter().map(String::as_str);
            for key in rule.facts_needed().chain(uses).flat_map(|key| key.split('|')) {
                assert!(KEYS.contains(&key), "{} {key}", rule.id);
            }
        }
    }

    #[test]
    fn declared_fact_is_waited_for_no_longer() {
        let (book, library) = (RuleBook::embedded().unwrap(), Library::embedded().unwrap());
        let count = |facts: &Facts, key: &str| {
            let all = waiting(facts, &book, &library);
            all.iter().find(|one| one.key == key).map(|one| one.n_criteria)
        };
        let none = Facts::default();
        assert!(count(&none, BOUNDARY).is_some_and(|count| count > 3));
        let all = waiting(&none, &book, &library);
        assert!(all.is_sorted_by(|one, other| one.n_criteria >= other.n_criteria));
        let (some, faults) = Facts::parse("x", "[[scope.deny]]\naction = \"iam:*\"\n");
        assert!(faults.is_empty());
        assert_eq!(count(&some, BOUNDARY), None);
        assert!(count(&some, "scope.consequential").is_some());
    }

    #[test]
    fn alternatives_are_spoken_as_such() {
        let one = Waiting { key: BOUNDARY.to_owned(), rules: Vec::new(), n_criteria: 0 };
        assert_eq!(one.spoken(), "scope.allow (or scope.deny, scope.policy)");
    }
}
