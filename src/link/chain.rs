//! What stands above a session: the call that made its key (`assumed by`, `granted by`), the agent's session that was
//! handed the key (`vended to`), the agent's session that its name or source identity names (`acting for`). Each step has
//! the record that proves it. Events of a session that exactly one agent's session stands above are its guests.

use std::collections::{BTreeMap, BTreeSet};

use super::aliases::Aliases;
use super::sessions::Sessions;
use crate::model::{EventId, Grade, Plane};
use crate::store::{Fault, Row, Value, Writer};

/// One step up from a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) relation: &'static str,
    /// The record that proves the step.
    pub(super) event: EventId,
    /// The session that record belongs to.
    pub(super) parent: Option<String>,
    /// The person that record names.
    pub(super) human: Option<String>,
    key: String,
    grade: Grade,
    proof: String,
}

/// Steps by session, strongest first.
#[derive(Debug, Default)]
pub(super) struct Chain {
    steps: BTreeMap<String, Vec<Step>>,
}

/// Links that put a session under a record. A tag stands on the call that took on the role; the session is the one which
/// that call made.
const MADE: &str = "
    WITH made AS (
      SELECT a, b, key, grade, value_a, trust_a FROM link
      WHERE key IN ('issued key', 'minted session', 'role, name and creation time', 'role session name', 'source identity')
      UNION ALL
      SELECT tagged.a, made.b, 'session tag', '+', tagged.value_a, tagged.trust_b
      FROM link tagged JOIN link made ON made.a = tagged.b
      WHERE tagged.key = 'session tag' AND made.key IN ('issued key', 'role, name and creation time'))
    SELECT DISTINCT used.session, issuer.id, issuer.session, issuer.human, issuer.plane, made.key, made.grade,
           made.value_a, made.trust_a, issuer.ts,
           CASE made.key WHEN 'minted session' THEN 0 WHEN 'issued key' THEN 1 WHEN 'role, name and creation time' THEN 2
                ELSE 3 END AS rank, issuer.plane <> 'cloudtrail' AS is_asked
    FROM made JOIN event issuer ON issuer.n = made.a JOIN event used ON used.n = made.b
    WHERE used.session IS NOT NULL
    ORDER BY rank, is_asked, issuer.ts, issuer.id, used.session, made.key, made.value_a, made.grade, made.trust_a";

/// Reads the steps above all sessions.
pub(super) fn find(
    writer: &mut Writer,
    sessions: &mut Sessions,
    aliases: &Aliases,
) -> Result<Chain, Fault> {
    let mut chain = Chain::default();
    writer.each(MADE, |row| {
        let id = sessions.of_key(&row.text(0)).to_owned();
        if let Some(step) = step(&row, &id, sessions, aliases) {
            let steps = chain.steps.entry(id).or_default();
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        Ok(())
    })?;
    chain.drop_doubtful();
    for (id, steps) in &chain.steps {
        let is_of_agent = steps.iter().any(|step| {
            let parent = step.parent.as_ref().and_then(|parent| sessions.by_id.get(parent));
            is_of_agent(step.relation) && parent.is_some_and(|parent| parent.is_agent)
        });
        if is_of_agent && let Some(session) = sessions.by_id.get_mut(id) {
            session.is_agent = true;
        }
    }
    let rows = chain.rows();
    writer.append_rows("session_parent", &rows)?;
    Ok(chain)
}

fn step(row: &Row, id: &str, sessions: &Sessions, aliases: &Aliases) -> Option<Step> {
    let key = row.text(5);
    let parent = row.maybe_text(2).map(|local| sessions.of_key(&local).to_owned());
    if parent.as_deref() == Some(id) {
        return None;
    }
    let is_asked = row.text(4) != Plane::CloudTrail.as_str();
    let relation = match key.as_str() {
        "minted session" => "granted by",
        "issued key" if is_asked => "vended to",
        "issued key" | "role, name and creation time" => "assumed by",
        _ => "acting for",
    };
    let human = row.maybe_text(3).map(|human| aliases.person(&human).to_owned());
    let grade = Grade::from_word(&row.text(6)).unwrap_or(Grade::Derived);
    let proof = format!("{key} {} ({})", row.text(7), row.text(8));
    Some(Step { relation, event: row.id(1)?, parent, human, key, grade, proof })
}

/// Relations by which the events below belong to what the agent's session did.
fn is_of_agent(relation: &str) -> bool {
    matches!(relation, "acting for" | "vended to")
}

impl Chain {
    /// Several agents' sessions above one session say nothing about whose it is.
    fn drop_doubtful(&mut self) {
        for steps in self.steps.values_mut() {
            for relation in ["acting for", "vended to"] {
                let parents: BTreeSet<Option<String>> = steps
                    .iter()
                    .filter(|step| step.relation == relation)
                    .map(|step| step.parent.clone())
                    .collect();
                if parents.len() > 1 {
                    steps.retain(|step| step.relation != relation);
                }
            }
        }
    }

    /// Returns the steps above a session.
    pub(super) fn above(&self, id: &str) -> &[Step] {
        self.steps.get(id).map_or(&[], Vec::as_slice)
    }

    /// Returns the record that made a session, or handed it over.
    pub(super) fn maker(&self, id: &str) -> Option<&Step> {
        self.above(id).first()
    }

    fn rows(&self) -> Vec<Vec<Value>> {
        let row = |(id, step): (&String, &Step)| {
            vec![
                id.as_str().into(),
                step.parent.clone().map_or(Value::Null, Value::Text),
                step.relation.into(),
                step.event.into(),
                step.key.as_str().into(),
                step.grade.as_str().into(),
                step.proof.as_str().into(),
            ]
        };
        self.steps
            .iter()
            .flat_map(|(id, steps)| steps.iter().map(move |step| row((id, step))))
            .collect()
    }
}

/// Adds events that belong to a session by a link: what a call of the session caused in the cloud, what another plane
/// wrote about the same request, events that name the session as their correlation id, and what was done in sessions
/// that exactly this agent's session stands above.
pub(super) fn add_guests(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute(EXACT_GUESTS, &[])?;
    writer.execute(GUESTS_BELOW, &[])?;
    Ok(())
}

const EXACT_GUESTS: &str = "
    INSERT INTO session_guest
    SELECT DISTINCT guest, session, '=' FROM (
      SELECT link.b AS guest, asking_key.session AS session, effect_key.session AS own
      FROM link JOIN event asking ON asking.n = link.a JOIN session_key asking_key ON asking_key.local = asking.session
      JOIN event effect ON effect.n = link.b LEFT JOIN session_key effect_key ON effect_key.local = effect.session
      WHERE link.key IN ('request id', 'x-amz-id-2')
      UNION ALL
      SELECT other.n, key.session, own_key.session
      FROM (SELECT a, b, key FROM link UNION ALL SELECT b, a, key FROM link) pair
      JOIN event member ON member.n = pair.a JOIN session_key key ON key.local = member.session
      JOIN event other ON other.n = pair.b LEFT JOIN session_key own_key ON own_key.local = other.session
      WHERE pair.key IN ('same request id', 'json-rpc answer', 'trace id', 'tool-use id', 'decision id')
        AND other.session IS NULL
      UNION ALL
      SELECT event.n, key.session, own_key.session
      FROM extra_identifier further JOIN event ON event.n = further.n
      JOIN session_key key ON key.local = further.value
      LEFT JOIN session_key own_key ON own_key.local = event.session
      WHERE further.kind IN ('correlation', 'session'))
    WHERE own IS DISTINCT FROM session";

const GUESTS_BELOW: &str = "
    INSERT INTO session_guest
    SELECT DISTINCT e.n, above.parent, '+'
    FROM (SELECT session, min(parent) AS parent FROM session_parent
          WHERE relation IN ('acting for', 'vended to') AND parent IS NOT NULL
          GROUP BY session HAVING count(DISTINCT parent) = 1) above
    JOIN session_key key ON key.session = above.session JOIN event e ON e.session = key.local
    WHERE e.n NOT IN (SELECT n FROM session_guest)";

#[cfg(test)]
mod tests {
    use super::*;

    fn step(relation: &'static str, parent: &str) -> Step {
        Step {
            relation,
            event: EventId(1),
            parent: Some(parent.to_owned()),
            human: None,
            key: String::new(),
            grade: Grade::Derived,
            proof: String::new(),
        }
    }

    #[test]
    fn session_named_by_two_agents_is_neither_ones() {
        let mut chain = Chain::default();
        chain.steps.insert(
            "doubtful".to_owned(),
            vec![step("acting for", "a"), step("acting for", "b"), step("assumed by", "c")],
        );
        chain.steps.insert("clear".to_owned(), vec![step("acting for", "a")]);
        chain.drop_doubtful();
        assert_eq!(chain.above("doubtful"), [step("assumed by", "c")]);
        assert_eq!(chain.above("clear"), [step("acting for", "a")]);
    }
}
