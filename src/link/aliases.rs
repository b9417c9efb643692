//! Which identifiers are one person: only where a record says so, by holding both. A name that records give to two people
//! of one directory joins nobody, and what is left of a group that still holds two of one directory is taken apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{Fault, Value, Writer};

/// Records that hold two identifiers of one person. The session name of a sign-in role is set by the directory; at the
/// sign-in itself and at gateways, both stand in what the logging system checked.
const PAIRS: &str = "
    SELECT human, role_session, 'session name of a sign-in role' FROM alike
    WHERE plane = 'cloudtrail' AND human LIKE '%identitystore/%#%' AND actor LIKE '%/AWSReservedSSO\\_%' ESCAPE '\\'
      AND role_session IS NOT NULL
    UNION
    SELECT event.human, further.value, 'name at sign-in'
    FROM extra_identifier further JOIN event ON event.n = further.n
    WHERE further.kind = 'who' AND event.plane = 'cloudtrail' AND event.human LIKE '%identitystore/%#%'
      AND (event.action LIKE 'signin:%' OR event.action LIKE 'sso%')
    UNION
    SELECT human, value, 'token of ' || product || ' holds both' FROM (
      SELECT event.human, event.product, min(further.value) AS value
      FROM extra_identifier further JOIN event ON event.n = further.n
      WHERE further.kind = 'who' AND event.plane NOT IN ('cloudtrail', 'other') AND event.human IS NOT NULL
        AND (further.trust = 'observed' OR event.product = 'toolhive')
      GROUP BY event.n, event.human, event.product HAVING count(DISTINCT further.value) = 1)
    ORDER BY 1, 2, 3";

/// Identifiers of people, by what records say of them.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// Identifier to person, for people with several.
    person: BTreeMap<String, String>,
    /// Person or identifier to the best name for a screen.
    name: BTreeMap<String, String>,
    /// Identifier to how it was found.
    proof: BTreeMap<String, String>,
}

/// Reads the pairs that records hold.
pub(super) fn find(writer: &mut Writer) -> Result<Aliases, Fault> {
    let mut pairs = Vec::new();
    writer.each(PAIRS, |row| {
        let (human, other) = (row.text(0), row.text(1));
        if human != other {
            pairs.push((human, other, row.text(2)));
        }
        Ok(())
    })?;
    Ok(Aliases::of(pairs))
}

impl Aliases {
    fn of(mut pairs: Vec<(String, String, String)>) -> Self {
        let mut aliases = Self::default();
        // A plain name is unique inside its product only: good for a screen, no identifier.
        aliases.name_plainly(&pairs);
        pairs.retain(|(human, other, _)| is_unique(human) && is_unique(other));
        drop_shared_names(&mut pairs);
        for group in groups(&pairs) {
            let directories: Vec<&str> = group.iter().filter_map(|id| directory(id)).collect();
            let distinct: BTreeSet<&str> = directories.iter().copied().collect();
            if distinct.len() < directories.len() {
                continue;
            }
            let Some(person) = group.iter().min_by_key(|id| (rank(id), *id)).cloned() else {
                continue;
            };
            let name = group.iter().find(|id| is_mail(id)).unwrap_or(&person).clone();
            for id in &group {
                aliases.person.insert(id.clone(), person.clone());
                aliases.name.insert(id.clone(), name.clone());
            }
        }
        for (human, other, proof) in pairs {
            for id in [human, other] {
                aliases.proof.entry(id).or_insert_with(|| proof.clone());
            }
        }
        aliases
    }

    fn name_plainly(&mut self, pairs: &[(String, String, String)]) {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (human, other, _) in pairs {
            names.entry(human).or_default().insert(other);
        }
        for (human, names) in names {
            if let (1, Some(name)) = (names.len(), names.first()) {
                self.name.insert(human.to_owned(), (*name).to_owned());
            }
        }
    }

    /// Returns the person an identifier stands for: itself unless records say more.
    pub(super) fn person<'a>(&'a self, id: &'a str) -> &'a str {
        self.person.get(id).map_or(id, String::as_str)
    }

    /// Returns the best name of an identifier.
    pub(super) fn name(&self, id: &str) -> String {
        self.name.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// Returns true when two identifiers name different people for sure: both of one directory, or both addresses.
    pub(super) fn contradict(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.person(one), self.person(other));
        one != other
            && match (directory(one), directory(other)) {
                (Some(one), Some(other)) => one == other && !one.is_empty(),
                _ => is_mail(one) && is_mail(other),
            }
    }

    /// Returns the rows of table `person_alias`.
    pub(super) fn rows(&self) -> Vec<Vec<Value>> {
        let row = |(id, person): (&String, &String)| {
            let proof = self.proof.get(id).map_or("", String::as_str);
            vec![id.as_str().into(), person.as_str().into(), self.name(person).into(), proof.into()]
        };
        self.person.iter().map(row).collect()
    }
}

/// A name that stands beside two identifiers of one directory is shared.
fn drop_shared_names(pairs: &mut Vec<(String, String, String)>) {
    let mut seen: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (human, other, _) in pairs.iter() {
        for (id, partner) in [(human, other), (other, human)] {
            if let Some(directory) = directory(partner) {
                let partners =
                    seen.entry(id.clone()).or_default().entry(directory.to_owned()).or_default();
                partners.insert(partner.clone());
            }
        }
    }
    let is_shared =
        |id: &String| seen.get(id).is_some_and(|by| by.values().any(|partners| partners.len() > 1));
    pairs.retain(|(human, other, _)| !is_shared(human) && !is_shared(other));
}

/// Returns the groups of identifiers that pairs tie together, each in order.
fn groups(pairs: &[(String, String, String)]) -> Vec<BTreeSet<String>> {
    let mut neighbors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (human, other, _) in pairs {
        neighbors.entry(human).or_default().insert(other);
        neighbors.entry(other).or_default().insert(human);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut groups = Vec::new();
    for start in neighbors.keys().copied() {
        let mut group = BTreeSet::new();
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                group.insert(id.to_owned());
                open.extend(neighbors.get(id).into_iter().flatten());
            }
        }
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups
}

/// Returns what hands out an identifier of which a person has one: a directory, an issuer of tokens, an account.
fn directory(id: &str) -> Option<&str> {
    match id.split_once('#') {
        Some((directory, _)) => Some(directory),
        None if id.starts_with("arn:") => id.rsplit_once('/').map(|(directory, _)| directory),
        None if is_mail(id) => None,
        None => Some(""),
    }
}

/// The directory's own id is the person; an address may change hands.
fn rank(id: &str) -> u8 {
    if id.contains("identitystore/") {
        0
    } else if id.contains('#') {
        1
    } else if id.starts_with("arn:") {
        2
    } else if is_mail(id) {
        4
    } else {
        3
    }
}

/// Returns true for an identifier that means the same wherever it stands.
fn is_unique(id: &str) -> bool {
    let is_key =
        || id.len() >= 10 && id.bytes().any(|byte| byte.is_ascii_digit()) && !id.contains(' ');
    is_mail(id) || id.contains('#') || id.starts_with("arn:") || is_key()
}

pub(super) fn is_mail(id: &str) -> bool {
    id.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
        && !id.starts_with("arn:")
        && !id.contains('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: &str = "arn:aws:identitystore::1:identitystore/d-1";

    fn of(pairs: &[(&str, &str)]) -> Aliases {
        let pair = |(human, other): &(&str, &str)| {
            ((*human).to_owned(), (*other).to_owned(), "both".to_owned())
        };
        Aliases::of(pairs.iter().map(pair).collect())
    }

    #[test]
    fn gateway_subject_and_directory_user_are_one_through_an_address() {
        let user = format!("{STORE}#u-1");
        let aliases =
            of(&[(&user, "alice@corp.example"), ("00u00000000001", "alice@corp.example")]);
        assert_eq!(aliases.person("00u00000000001"), user);
        assert_eq!(aliases.person("alice@corp.example"), user);
        assert_eq!(aliases.name(&user), "alice@corp.example");
        assert_eq!(aliases.rows().len(), 3);
    }

    #[test]
    fn name_of_two_people_of_one_directory_joins_nobody() {
        let (one, other) = (format!("{STORE}#u-1"), format!("{STORE}#u-2"));
        let aliases = of(&[(&one, "admin@corp.example"), (&other, "admin@corp.example")]);
        assert!(aliases.rows().is_empty());
        assert_eq!(aliases.person("admin@corp.example"), "admin@corp.example");
        assert!(aliases.contradict(&one, &other));
    }

    #[test]
    fn two_people_are_not_joined_over_a_third_identifier() {
        let (one, other) = (format!("{STORE}#u-1"), format!("{STORE}#u-2"));
        let aliases = of(&[
            (&one, "a@corp.example"),
            ("iss#1", "a@corp.example"),
            ("iss#1", "b@corp.example"),
            (&other, "b@corp.example"),
        ]);
        assert!(aliases.rows().is_empty(), "{:?}", aliases.rows());
    }

    #[test]
    fn plain_names_are_shown_and_join_nothing() {
        let aliases = of(&[("00u00000000001", "alice"), ("00u00000000002", "alice")]);
        assert!(aliases.rows().is_empty());
        assert_eq!(aliases.name("00u00000000001"), "alice");
        assert!(!aliases.contradict("alice@corp.example", &format!("{STORE}#u-1")));
        assert!(aliases.contradict("alice@corp.example", "bob@corp.example"));
    }
}
