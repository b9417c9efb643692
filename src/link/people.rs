//! Who is behind a session, by exact keys: what its own events say, what the event that issued its key says, what
//! another plane says about the same request. Two people are never merged into one, and nobody is guessed.

use std::collections::{BTreeMap, BTreeSet};

use super::sessions::Sessions;
use crate::model::Grade;
use crate::store::{Fault, Writer};

/// The person behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// Value to filter by.
    pub(super) id: String,
    /// Best name for a screen.
    pub(super) name: String,
    pub(super) proof: String,
    pub(super) grade: Grade,
}

/// People by session.
#[derive(Debug, Default)]
pub(super) struct People {
    by_session: BTreeMap<String, Person>,
}

/// Delegation is followed this far; a longer chain or a circle ends unknown.
const MAX_CHAIN: usize = 16;

/// Something that names a person, told by a link.
#[derive(Debug, Clone)]
struct Hint {
    human: String,
    proof: String,
}

impl People {
    pub(super) fn of_session(&self, id: &str) -> Option<Person> {
        self.by_session.get(id).cloned()
    }
}

/// Finds the person behind each session.
pub(super) fn find(writer: &mut Writer, sessions: &Sessions) -> Result<People, Fault> {
    let names = names(writer)?;
    let name_of = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let mut people = People::default();
    for (id, session) in &sessions.by_id {
        if let (1, Some((human, proof))) = (session.humans.len(), session.humans.first_key_value())
        {
            let person = Person {
                id: human.clone(),
                name: name_of(human),
                proof: proof.clone(),
                grade: Grade::Exact,
            };
            people.by_session.insert(id.clone(), person);
        }
    }
    let told = told_by_other_planes(writer)?;
    let issuers = issuers(writer, sessions)?;
    for (id, session) in &sessions.by_id {
        if !session.humans.is_empty() {
            continue;
        }
        let hint = told.get(id).cloned().or_else(|| from_issuer(id, sessions, &issuers));
        if let Some(hint) = hint {
            let name = name_of(&hint.human);
            let person = Person { id: hint.human, name, proof: hint.proof, grade: Grade::Derived };
            people.by_session.insert(id.clone(), person);
        }
    }
    Ok(people)
}

/// An Identity Center user is a directory and a UUID; the one e-mail-like session name used with it is its name.
fn names(writer: &mut Writer) -> Result<BTreeMap<String, String>, Fault> {
    let mut names = BTreeMap::new();
    writer.each(
        "SELECT human, min(role_session) FROM event
         WHERE human LIKE '%identitystore/%' AND role_session LIKE '%@%' GROUP BY human
         HAVING count(DISTINCT role_session) = 1",
        |row| {
            names.insert(row.text(0), row.text(1));
            Ok(())
        },
    )?;
    Ok(names)
}

/// People that events of other planes name for the same request, when they all name the same one.
fn told_by_other_planes(writer: &mut Writer) -> Result<BTreeMap<String, Hint>, Fault> {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    writer.each(
        "SELECT DISTINCT guest.session, e.human, e.product FROM session_guest guest JOIN event e ON e.n = guest.n
         WHERE e.human IS NOT NULL AND e.plane <> 'cloudtrail' ORDER BY 1, 2, 3",
        |row| {
            told.entry(row.text(0)).or_default().insert(row.text(1));
            keys.entry(row.text(0)).or_insert_with(|| row.text(2));
            Ok(())
        },
    )?;
    Ok(told
        .into_iter()
        .filter(|(_, humans)| humans.len() == 1)
        .filter_map(|(session, humans)| {
            let product = keys.get(&session).cloned().unwrap_or_default();
            let human = humans.into_iter().next()?;
            Some((
                session,
                Hint { human, proof: format!("{product} names the subject of the same request") },
            ))
        })
        .collect())
}

/// What the event that issued a session's credential says: a person, and the session it was made in.
type Issuers = BTreeMap<String, (Option<String>, Option<String>)>;

fn issuers(writer: &mut Writer, sessions: &Sessions) -> Result<Issuers, Fault> {
    let mut issuers = Issuers::new();
    writer.each(
        "SELECT used.session, issuer.human, issuer.session FROM link
         JOIN event issuer ON issuer.n = link.a JOIN event used ON used.n = link.b
         WHERE link.key IN ('issued key', 'minted session') AND used.session IS NOT NULL
         ORDER BY link.key DESC, issuer.ts, issuer.id",
        |row| {
            let id = sessions.of_key(&row.text(0)).to_owned();
            let parent = row.maybe_text(2).map(|local| sessions.of_key(&local).to_owned());
            issuers.entry(id).or_insert_with(|| (row.maybe_text(1), parent));
            Ok(())
        },
    )?;
    Ok(issuers)
}

/// Follows the chain of issued keys up to the first event that names a person.
fn from_issuer(id: &str, sessions: &Sessions, issuers: &Issuers) -> Option<Hint> {
    let mut at = id;
    for step in 1..=MAX_CHAIN {
        let (human, parent) = issuers.get(at)?;
        if let Some(human) = human {
            let proof = if step == 1 {
                "issued the key".to_owned()
            } else {
                format!("issued the key, {step} steps up")
            };
            return Some(Hint { human: human.clone(), proof });
        }
        at = parent.as_deref()?;
        let known = sessions.by_id.get(at)?;
        if known.humans.len() > 1 {
            return None;
        }
        if let Some(human) = known.humans.keys().next() {
            return Some(Hint {
                human: human.clone(),
                proof: format!("issued the key, {step} steps up"),
            });
        }
    }
    None
}
