//! Who is behind a session, by exact keys: what its own events say, what another plane says about the same requests, who
//! stands above it. Two people are never merged into one, nobody is guessed, and what cannot be told says why.

use std::collections::{BTreeMap, BTreeSet};

use super::aliases::Aliases;
use super::chain::Chain;
use super::sessions::{Said, Sessions};
use crate::model::{Grade, Trust};
use crate::store::{Fault, Value, Writer};

/// Delegation is followed this far; a longer chain ends unknown.
const MAX_CHAIN: usize = 16;
/// Sessions looked at for one answer.
const MAX_NODES: usize = 256;

/// The person behind a session, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    /// Value to filter by.
    pub(super) person: Option<String>,
    /// Best name for a screen.
    pub(super) name: Option<String>,
    /// How the person was found, or why nobody was.
    pub(super) proof: Option<String>,
    pub(super) grade: Option<Grade>,
}

/// One name for a session, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    human: String,
    proof: String,
    trust: Trust,
    grade: Grade,
}

/// People by session.
#[derive(Debug, Default)]
pub(super) struct People {
    by_session: BTreeMap<String, Answer>,
    named: BTreeMap<String, Vec<Named>>,
}

/// Everything that names people.
struct Records<'a> {
    sessions: &'a Sessions,
    aliases: &'a Aliases,
    chain: &'a Chain,
    /// People that other planes name for all that a session did.
    told: BTreeMap<String, Named>,
}

/// What the chain above a session comes to.
#[derive(Debug, Default)]
struct Above {
    people: BTreeMap<String, Named>,
    /// Sessions on the way that several people used.
    crowd: usize,
    circle: usize,
    is_cut: bool,
}

/// Finds the person behind each session.
pub(super) fn find(
    writer: &mut Writer,
    sessions: &Sessions,
    aliases: &Aliases,
    chain: &Chain,
) -> Result<People, Fault> {
    let mut told = told_by_other_planes(writer, sessions, aliases)?;
    for (session, named) in told_by_requests(writer, sessions, aliases, &told)? {
        told.entry(session).or_insert(named);
    }
    let records = Records { sessions, aliases, chain, told };
    let mut people = People::default();
    for id in sessions.by_id.keys() {
        let (named, answer) = records.of_session(id);
        people.named.insert(id.clone(), named);
        people.by_session.insert(id.clone(), answer);
    }
    Ok(people)
}

impl People {
    pub(super) fn of_session(&self, id: &str) -> Answer {
        self.by_session.get(id).cloned().unwrap_or_default()
    }

    /// Returns the person behind a session, where one is known.
    pub(super) fn person_of(&self, id: &str) -> Option<&str> {
        self.by_session.get(id).and_then(|answer| answer.person.as_deref())
    }

    /// Returns the rows of table `session_person`: every name, also where there are several.
    pub(super) fn rows(&self) -> Vec<Vec<Value>> {
        let row = |id: &String, named: &Named| {
            vec![
                id.as_str().into(),
                named.human.as_str().into(),
                named.proof.as_str().into(),
                named.trust.as_str().into(),
                named.grade.as_str().into(),
            ]
        };
        self.named
            .iter()
            .flat_map(|(id, named)| named.iter().map(move |named| row(id, named)))
            .collect()
    }
}

impl Records<'_> {
    fn of_session(&self, id: &str) -> (Vec<Named>, Answer) {
        let own = self.own(id);
        match own.as_slice() {
            [] => {}
            [one] if one.trust == Trust::Observed => return (own.clone(), self.answer(one)),
            [one] => {
                // What a caller wrote is not set against what the system saw.
                let above = self.above(id);
                let other =
                    above.people.values().find(|other| !self.may_be_one(&other.human, &one.human));
                let Some(other) = other else { return (own.clone(), self.answer(one)) };
                let named = vec![one.clone(), other.clone()];
                return (named, unknown("2 people: the session's name and who took it on"));
            }
            several => return (own.clone(), unknown(format!("{} people", several.len()))),
        }
        if let Some(named) = self.told.get(id) {
            return (vec![named.clone()], self.answer(named));
        }
        let above = self.above(id);
        let named: Vec<Named> = above.people.values().cloned().collect();
        let answer = match named.as_slice() {
            _ if above.crowd > 1 => {
                unknown(format!("{} people use what issued the key", above.crowd))
            }
            [one] => self.answer(one),
            [] if above.circle > 0 => unknown(format!(
                "cannot tell: delegation goes in a circle of {} sessions",
                above.circle
            )),
            [] if above.is_cut => {
                unknown(format!("cannot tell: delegation is longer than {MAX_CHAIN} steps"))
            }
            [] => Answer::default(),
            several => unknown(format!("{} people stand above it", several.len())),
        };
        (named, answer)
    }

    fn answer(&self, named: &Named) -> Answer {
        Answer {
            person: Some(named.human.clone()),
            name: Some(self.aliases.name(&named.human)),
            proof: Some(named.proof.clone()),
            grade: Some(named.grade),
        }
    }

    /// Names in the session's own events.
    fn own(&self, id: &str) -> Vec<Named> {
        let Some(session) = self.sessions.by_id.get(id) else { return Vec::new() };
        let named = |(human, said): (&String, &Said)| {
            let is_observed = said.trust == Trust::Observed;
            Named {
                human: human.clone(),
                proof: said.proof.clone(),
                trust: said.trust,
                grade: if is_observed { Grade::Exact } else { Grade::Derived },
            }
        };
        session.humans.iter().map(named).collect()
    }

    /// A source identity or session name is usually the plain name of the user who set it.
    fn may_be_one(&self, one: &str, other: &str) -> bool {
        let plain = |id: &str| {
            let name = self.aliases.name(id);
            let last = name.rsplit(['/', '#']).next().unwrap_or(&name);
            last.split('@').next().unwrap_or(last).to_ascii_lowercase()
        };
        self.aliases.person(one) == self.aliases.person(other) || plain(one) == plain(other)
    }

    /// Follows all chains above a session up to the first names.
    fn above(&self, id: &str) -> Above {
        let mut above = Above::default();
        let mut path = vec![id.to_owned()];
        let mut budget = MAX_NODES;
        self.climb(&mut path, &mut above, &mut budget);
        above
    }

    fn climb(&self, path: &mut Vec<String>, above: &mut Above, budget: &mut usize) {
        let Some(at) = path.last().cloned() else { return };
        for step in self.chain.above(&at) {
            if *budget == 0 {
                above.is_cut = true;
                return;
            }
            *budget -= 1;
            let proof = said_of_step(step.relation, path.len());
            let derived = |human: &str| Named {
                human: human.to_owned(),
                proof: proof.clone(),
                trust: Trust::Derived,
                grade: Grade::Derived,
            };
            if let Some(human) = &step.human {
                above.people.entry(human.clone()).or_insert_with(|| derived(human));
                continue;
            }
            let Some(parent) = &step.parent else { continue };
            if let Some(begin) = path.iter().position(|known| known == parent) {
                above.circle = above.circle.max(path.len() - begin);
                continue;
            }
            let own = self.own(parent);
            if own.len() > 1 {
                above.crowd = above.crowd.max(own.len());
            } else if let Some(named) = own.first().or_else(|| self.told.get(parent)) {
                above.people.entry(named.human.clone()).or_insert_with(|| derived(&named.human));
            } else if path.len() >= MAX_CHAIN {
                above.is_cut = true;
            } else {
                path.push(parent.clone());
                self.climb(path, above, budget);
                path.pop();
            }
        }
    }
}

fn unknown(why: impl Into<String>) -> Answer {
    Answer { proof: Some(why.into()), ..Answer::default() }
}

fn said_of_step(relation: &str, steps: usize) -> String {
    let words = match relation {
        "granted by" => "granted the session",
        "vended to" => "was handed the key",
        "acting for" => "named by the session's name",
        _ => "issued the key",
    };
    if steps == 1 { words.to_owned() } else { format!("{words}, {steps} steps up") }
}

/// Returns true for sessions that are the life of a credential. Who made one call with it says nothing about the others.
fn is_credential(session: &str) -> bool {
    ["key:", "console:", "arn:"].iter().any(|prefix| session.starts_with(prefix))
}

/// People that events of other planes name for requests of an agent's own session, when they all name the same one.
fn told_by_other_planes(
    writer: &mut Writer,
    sessions: &Sessions,
    aliases: &Aliases,
) -> Result<BTreeMap<String, Named>, Fault> {
    let mut told: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    writer.each(
        "SELECT DISTINCT guest.session, e.human, e.product FROM session_guest guest JOIN event e ON e.n = guest.n
         WHERE e.human IS NOT NULL AND e.plane <> 'cloudtrail' AND guest.grade = '=' ORDER BY 1, 2, 3",
        |row| {
            if !is_credential(&row.text(0)) && sessions.by_id.contains_key(&row.text(0)) {
                let humans = told.entry(row.text(0)).or_default();
                humans.entry(aliases.person(&row.text(1)).to_owned()).or_insert_with(|| row.text(2));
            }
            Ok(())
        },
    )?;
    let one = |(session, humans): (String, BTreeMap<String, String>)| {
        let (human, product) = humans.first_key_value().filter(|_| humans.len() == 1)?;
        let proof = format!("{product} names the subject of the same request");
        Some((
            session,
            Named { human: human.clone(), proof, trust: Trust::Derived, grade: Grade::Derived },
        ))
    };
    Ok(told.into_iter().filter_map(one).collect())
}

/// Events caused by calls, by what names the caller, and how many of each a session has.
const CAUSED: &str = "
    WITH caused AS (
      SELECT effect.n, effect.session, min(asking.human) AS one, max(asking.human) AS other,
             min(asking.session) AS one_session, max(asking.session) AS other_session
      FROM link JOIN event asking ON asking.n = link.a JOIN event effect ON effect.n = link.b
      WHERE link.key IN ('request id', 'x-amz-id-2') AND effect.session IS NOT NULL
      GROUP BY effect.n, effect.session),
    total AS (
      SELECT session, sum(events)::BIGINT AS events FROM alike
      WHERE session IN (SELECT session FROM caused) GROUP BY session)
    SELECT session, one, other, one_session, other_session, count(*), min(total.events)
    FROM caused JOIN total USING (session) GROUP BY ALL ORDER BY ALL";

/// A credential every use of which was asked for by one person acted for that person.
fn told_by_requests(
    writer: &mut Writer,
    sessions: &Sessions,
    aliases: &Aliases,
    told: &BTreeMap<String, Named>,
) -> Result<BTreeMap<String, Named>, Fault> {
    let of_session = |local: &str| {
        let id = sessions.of_key(local);
        let own = sessions
            .by_id
            .get(id)
            .map(|session| session.humans.keys().cloned().collect::<Vec<_>>());
        match own.as_deref() {
            Some([one]) => Some(one.clone()),
            Some([]) => told.get(id).map(|named| named.human.clone()),
            _ => None,
        }
    };
    let mut found: BTreeMap<String, (u64, u64, BTreeSet<Option<String>>)> = BTreeMap::new();
    writer.each(CAUSED, |row| {
        let entry = found.entry(row.text(0)).or_default();
        entry.0 += row.count(5);
        entry.1 = row.count(6);
        for (human, session) in [(1, 3), (2, 4)] {
            let human = row.maybe_text(human).map(|human| aliases.person(&human).to_owned());
            entry.2.insert(human.or_else(|| of_session(&row.maybe_text(session)?)));
        }
        Ok(())
    })?;
    let mut covered = BTreeMap::new();
    for (local, (caused, total, humans)) in found {
        let id = sessions.of_key(&local);
        if let (true, [Some(human)]) =
            (caused == total && id == local, Vec::from_iter(humans).as_slice())
        {
            let named = Named {
                human: human.clone(),
                proof: "asked for every call of it".to_owned(),
                trust: Trust::Derived,
                grade: Grade::Derived,
            };
            covered.insert(local, named);
        }
    }
    Ok(covered)
}
