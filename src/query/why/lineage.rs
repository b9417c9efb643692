//! Which key came from which: the keys that issued a key, one above the other. Bounded, and cycles end.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{Fault, Reader, Value};

/// Longest line of issued keys that is followed.
const MOST_LEVELS: usize = 6;

/// Most keys that are asked about at a time.
const MOST_KEYS: usize = 1000;

/// The key that issued each key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    parents: BTreeMap<String, String>,
}

impl Lineage {
    /// Returns the lineage above keys, as far as records of their issue are in the case. A key that several keys
    /// seem to have issued has no parent: which one it was cannot be told.
    pub fn of(reader: &Reader, keys: &BTreeSet<String>) -> Result<Self, Fault> {
        let mut lineage = Self::default();
        let mut edge: Vec<String> = keys.iter().take(MOST_KEYS).cloned().collect();
        for _ in 0..MOST_LEVELS {
            if edge.is_empty() {
                break;
            }
            let marks = vec!["?"; edge.len()].join(", ");
            let sql = format!(
                "SELECT x.value, min(e.credential) FROM extra_identifier x JOIN event e ON e.n = x.n
                 WHERE x.kind = 'issued_key' AND x.value IN ({marks}) AND e.credential IS NOT NULL
                   AND e.credential <> x.value
                 GROUP BY x.value HAVING count(DISTINCT e.credential) = 1 ORDER BY 1"
            );
            let values: Vec<Value> = edge.iter().map(|key| Value::from(key.as_str())).collect();
            let mut next = Vec::new();
            for row in reader.rows(&sql, &values)? {
                let (child, parent) = (row.text(0), row.text(1));
                if !lineage.parents.contains_key(&parent) && !next.contains(&parent) {
                    next.push(parent.clone());
                }
                lineage.parents.insert(child, parent);
            }
            edge = next;
        }
        Ok(lineage)
    }

    /// Returns the keys above a key, the nearest first.
    pub fn above<'l>(&'l self, key: &str) -> Vec<&'l str> {
        let mut line: Vec<&str> = Vec::new();
        let mut at = self.parents.get(key);
        while let Some(parent) = at {
            if line.contains(&parent.as_str()) || parent == key || line.len() > MOST_LEVELS {
                break;
            }
            line.push(parent);
            at = self.parents.get(parent);
        }
        line
    }

    /// Returns how two different keys are related in words: one issued the other, or both come from a third.
    pub fn relation(&self, one: &str, other: &str) -> Option<String> {
        let (above_one, above_other) = (self.above(one), self.above(other));
        if above_other.contains(&one) {
            return Some("a key issued from that key".to_owned());
        }
        if above_one.contains(&other) {
            return Some("the key that issued that key".to_owned());
        }
        above_one
            .iter()
            .find(|key| above_other.contains(key))
            .map(|_| "a key issued by the same key".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(pairs: &[(&str, &str)]) -> Lineage {
        let parents =
            pairs.iter().map(|(child, parent)| ((*child).to_owned(), (*parent).to_owned()));
        Lineage { parents: parents.collect() }
    }

    #[test]
    fn related_keys_are_named_by_their_relation_and_strangers_are_not() {
        let lineage = lineage(&[("b", "a"), ("c", "b"), ("d", "a")]);
        assert_eq!(lineage.relation("a", "c").as_deref(), Some("a key issued from that key"));
        assert_eq!(lineage.relation("c", "a").as_deref(), Some("the key that issued that key"));
        assert_eq!(lineage.relation("c", "d").as_deref(), Some("a key issued by the same key"));
        assert_eq!(lineage.relation("c", "x"), None);
    }

    #[test]
    fn keys_that_issue_each_other_end_the_line() {
        let lineage = lineage(&[("a", "b"), ("b", "a")]);
        assert_eq!(lineage.above("a"), ["b"]);
    }
}
