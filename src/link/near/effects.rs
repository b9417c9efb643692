//! The cloud's side: events with an action that some call can mean, around the time of such a call, and not explained by
//! an exact link. Held with shared text and found by (action, name).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::operation::Actions;
use super::resource::{self, Named};
use super::steps::Step;
use super::{Known, Reach, WINDOW};
use crate::model::Micros;
use crate::store::{Fault, Row, Value, Writer};

/// Events held at most; what lies behind them in time is not compared, and counted.
const MAX_EFFECTS: usize = 1_000_000;

/// One event of the cloud.
#[derive(Debug)]
pub(super) struct Effect {
    pub(super) n: i64,
    pub(super) id: u128,
    /// First and last instant that the recorded time can mean.
    pub(super) time: i64,
    pub(super) until: i64,
    pub(super) action: usize,
    pub(super) resources: Vec<Arc<str>>,
    pub(super) person: Option<Arc<str>>,
    pub(super) session: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) region: Option<Arc<str>>,
    pub(super) address: Option<Arc<str>>,
    pub(super) outcome: Arc<str>,
    pub(super) actor: Option<Arc<str>>,
    pub(super) role_session: Option<Arc<str>>,
    /// True when the user agent names an MCP server or a coding agent.
    pub(super) is_marked: bool,
    /// True for calls that a managed MCP server forwarded.
    pub(super) is_forwarded: bool,
}

/// Effects under one action and name, in order of (time, id), each with how much the name says.
type Group = Vec<(usize, Named)>;

/// Effects in order of (time, id), and where to find them.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) rows: Vec<Effect>,
    groups: HashMap<(usize, Arc<str>), Group>,
    /// Sessions that an exact link puts under an agent's session, both ways.
    pub(super) lineage: HashMap<String, BTreeSet<String>>,
}

/// Names for effects without a resource: what else ties them to a caller.
pub(super) fn session_group(session: &str) -> String {
    format!("\u{1}session {session}")
}

pub(super) fn person_group(person: &str) -> String {
    format!("\u{1}person {person}")
}

/// Keeps events of the cloud that calls can have caused, with the half minute they lie in.
pub(super) const AROUND: &str = "INSERT INTO near_effect
    SELECT e.n, e.id, e.ts, e.ts_precision, e.action, wanted.bin, e.resource, e.human, e.session, e.account, e.region,
           e.address, CASE WHEN e.decision = 'deny' THEN 'denied' ELSE e.outcome END, e.actor, e.role_session,
           regexp_matches(coalesce(e.user_agent, ''), 'awslabs|mcp|AmazonQ-For-CLI|claude|cursor'),
           coalesce(e.invoked_by, '')
    FROM event e JOIN ({wanted}) wanted ON wanted.action = e.action AND wanted.bin = epoch_us(e.ts) // 30000000
    WHERE {which} AND e.plane = 'cloudtrail' AND e.kind NOT IN ('tool_call', 'session', 'notice')
      AND coalesce(e.actor_type, '') <> 'service'
      AND (e.invoked_by IS NULL OR e.invoked_by LIKE '%-mcp.amazonaws.com'
           OR e.invoked_by IN ('bedrock-agentcore.amazonaws.com', 'bedrock.amazonaws.com', 'q.amazonaws.com'))";

/// Where no call was before.
const NEW: &str = "FROM near_now EXCEPT FROM near_wanted";

const EFFECTS: &str = "SELECT e.n, e.id, e.ts, e.ts_precision, e.action, e.resource, e.human,
           coalesce(guest.session, key.session), e.account, e.region, e.address, e.outcome, e.actor, e.role_session,
           e.is_marked, e.invoked_by
    FROM near_effect e JOIN near_now now ON now.action = e.action AND now.bin = e.bin
    LEFT JOIN session_key key ON key.local = e.session
    LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) guest ON guest.n = e.n
    WHERE e.n NOT IN (SELECT n FROM session_guest WHERE grade = '=')
      AND e.n NOT IN (SELECT b FROM link WHERE grade = '=' AND strength = 1)
    ORDER BY e.ts, e.id";

const FURTHER: &str =
    "SELECT further.n, further.id FROM extra_resource further JOIN near_effect e ON e.n = further.n
    JOIN near_now now ON now.action = e.action AND now.bin = e.bin
    ORDER BY further.n, further.id";

const LINEAGE: &str = "SELECT DISTINCT asking_key.session, effect_key.session FROM link
    JOIN event asking ON asking.n = link.a JOIN session_key asking_key ON asking_key.local = asking.session
    JOIN event effect ON effect.n = link.b JOIN session_key effect_key ON effect_key.local = effect.session
    WHERE link.key IN ('request id', 'x-amz-id-2') AND asking_key.session <> effect_key.session
    ORDER BY 1, 2";

/// Fills tables `near_effect` and `near_wanted`, or adds to them. Leaves `near_now`: what is wanted around the calls of now.
pub(super) fn keep(
    writer: &mut Writer,
    reach: Reach,
    steps: &[Step],
    actions: &Actions,
) -> Result<(), Fault> {
    if reach == Reach::All {
        writer.execute_batch("DELETE FROM near_effect; DELETE FROM near_wanted")?;
    }
    writer.execute_batch("CREATE OR REPLACE TABLE near_now (action VARCHAR, bin BIGINT)")?;
    let wanted: Vec<Vec<Value>> = bins(steps)
        .into_iter()
        .map(|(action, bin)| vec![actions.name(action).into(), Value::Int(bin)])
        .collect();
    writer.append_rows("near_now", &wanted)?;
    // Added events are looked for around all calls, those that were there before around calls that were not.
    let any = "FROM near_now UNION FROM near_wanted";
    let around = AROUND.replace("{wanted}", any).replace("{which}", &reach.condition());
    writer.execute(&around, &[])?;
    if let Reach::Added { after } = reach {
        let around = AROUND.replace("{wanted}", NEW).replace("{which}", &format!("n <= {after}"));
        writer.execute(&around, &[])?;
    }
    writer.execute_batch(&format!("INSERT INTO near_wanted {NEW}"))
}

/// Reads the effects that calls can have had, and drops what [`keep`] left.
pub(super) fn gather(
    writer: &mut Writer,
    steps: &[Step],
    actions: &Actions,
    known: &Known<'_>,
) -> Result<Effects, Fault> {
    let mut reading = Reading { texts: HashMap::new(), actions: HashMap::new(), left_out: 0 };
    for step in steps {
        for (number, _) in step.slots.iter().flatten() {
            reading.actions.insert(actions.name(*number).to_owned(), *number);
        }
    }
    let mut effects = Effects::default();
    let mut at: HashMap<i64, usize> = HashMap::new();
    writer.each(EFFECTS, |row| {
        if effects.rows.len() >= MAX_EFFECTS {
            reading.left_out += 1;
        } else if let Some(effect) = reading.effect(&row, known) {
            at.insert(effect.n, effects.rows.len());
            effects.rows.push(effect);
        }
        Ok(())
    })?;
    writer.each(FURTHER, |row| {
        let id = reading.shared(&row.text(1));
        if let Some(effect) = at.get(&row.int(0)).and_then(|at| effects.rows.get_mut(*at))
            && !effect.resources.contains(&id)
        {
            effect.resources.push(id);
        }
        Ok(())
    })?;
    writer.each(LINEAGE, |row| {
        effects.lineage.entry(row.text(0)).or_default().insert(row.text(1));
        effects.lineage.entry(row.text(1)).or_default().insert(row.text(0));
        Ok(())
    })?;
    writer.execute_batch("DROP TABLE near_now")?;
    if reading.left_out > 0 {
        let row = vec![
            super::KEY.into(),
            "more cloud events than are compared".into(),
            1.into(),
            reading.left_out.into(),
        ];
        writer.append_rows("link_skip", &[row])?;
    }
    effects.index(steps);
    Ok(effects)
}

/// Half minutes in which an action is looked for.
fn bins(steps: &[Step]) -> BTreeSet<(usize, i64)> {
    let mut bins = BTreeSet::new();
    for step in steps {
        let (from, to) = step.window();
        for bin in from.div_euclid(WINDOW)..=to.div_euclid(WINDOW) {
            bins.extend(step.slots.iter().flatten().map(|(action, _)| (*action, bin)));
        }
    }
    bins
}

struct Reading {
    texts: HashMap<String, Arc<str>>,
    actions: HashMap<String, usize>,
    left_out: i64,
}

impl Reading {
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = Arc::from(text);
        self.texts.insert(text.to_owned(), Arc::clone(&shared));
        shared
    }

    fn effect(&mut self, row: &Row, known: &Known<'_>) -> Option<Effect> {
        let Micros(time) = row.time(2)?;
        let action = *self.actions.get(row.borrowed(4)?)?;
        let mut text = |index| row.borrowed(index).map(|text| self.shared(text));
        let resources = text(5).into_iter().collect();
        let session = text(7);
        let (account, region, address) = (text(8), text(9), text(10));
        let outcome = text(11).unwrap_or_else(|| Arc::from("unknown"));
        let (actor, role_session) = (text(12), text(13));
        let person = match row.borrowed(6) {
            Some(human) => Some(known.aliases.person(human)),
            None => session.as_deref().and_then(|session| known.people.person_of(session)),
        };
        Some(Effect {
            n: row.int(0),
            id: row.id(1)?.0,
            time,
            until: time + if row.borrowed(3) == Some("s") { 999_999 } else { 0 },
            action,
            resources,
            person: person.map(|person| self.shared(person)),
            session,
            account,
            region,
            address,
            outcome,
            actor,
            role_session,
            is_marked: row.flag(14),
            is_forwarded: row.borrowed(15).is_some_and(|by| by.ends_with("-mcp.amazonaws.com")),
        })
    }
}

impl Effects {
    /// Puts effects under the names that calls use for them.
    fn index(&mut self, steps: &[Step]) {
        let mut spoken: HashSet<&str> = HashSet::new();
        let mut further: HashSet<String> = HashSet::new();
        for step in steps {
            spoken.extend(step.asked.names.iter().map(String::as_str));
            further.extend(step.session.as_deref().map(session_group));
            further.extend(
                step.session
                    .iter()
                    .filter_map(|own| self.lineage.get(own))
                    .flatten()
                    .map(|own| session_group(own)),
            );
            further.extend(step.person.as_deref().map(person_group));
        }
        let mut texts: HashMap<String, Arc<str>> = HashMap::new();
        for (at, effect) in self.rows.iter().enumerate() {
            let mut names: Vec<(String, Named)> = Vec::new();
            for name in effect.resources.iter().flat_map(|id| resource::names(id)) {
                if spoken.contains(name.0.as_str()) && !names.iter().any(|known| known.0 == name.0)
                {
                    names.push(name);
                }
            }
            let groups = [
                effect.session.as_deref().map(session_group),
                effect.person.as_deref().map(person_group),
            ];
            let groups = groups.into_iter().flatten().filter(|name| further.contains(name));
            names.extend(groups.map(|name| (name, Named::Nothing)));
            for (name, named) in names {
                let shared = texts.entry(name).or_insert_with_key(|name| Arc::from(name.as_str()));
                self.groups
                    .entry((effect.action, Arc::clone(shared)))
                    .or_default()
                    .push((at, named));
            }
        }
    }

    /// Returns the effects of an action under a name whose time lies in a window.
    pub(super) fn between(
        &self,
        action: usize,
        name: &str,
        window: (i64, i64),
    ) -> &[(usize, Named)] {
        let Some(group) = self.groups.get(&(action, Arc::from(name))) else { return &[] };
        let time = |at: &(usize, Named)| self.rows.get(at.0).map_or(i64::MAX, |effect| effect.time);
        let from = group.partition_point(|at| time(at) < window.0);
        let to = group.partition_point(|at| time(at) <= window.1);
        group.get(from..to).unwrap_or_default()
    }
}
