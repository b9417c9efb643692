//! Sessions from the keys that events carry. Every session says what it rests on; none is made up from time alone.

use std::collections::{BTreeMap, BTreeSet};

use super::people::People;
use super::short::short_names;
use crate::model::Micros;
use crate::store::{Fault, Row, Value, Writer};

/// One session under construction.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an observation of its own; their combination gives the kind"
)]
#[derive(Debug, Default, Clone)]
pub(super) struct Session {
    basis: String,
    /// People named by its own events, with the proof of each.
    pub(super) humans: BTreeMap<String, String>,
    actors: BTreeSet<String>,
    agents: BTreeSet<String>,
    clients: BTreeSet<String>,
    role_sessions: BTreeSet<String>,
    accounts: BTreeSet<String>,
    is_agent: bool,
    is_service: bool,
    is_login: bool,
    is_cli: bool,
}

/// All sessions, and which local key leads to which.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    pub(super) by_id: BTreeMap<String, Session>,
    /// Local key to session id, for every local key.
    alias: BTreeMap<String, String>,
}

/// One row per combination of what decides about sessions.
const GROUPS: &str = "SELECT session, min(session_basis), human, min(human_proof), actor, agent, min(client),
        role_session, account, bool_or(actor_type = 'agent' OR agent IS NOT NULL OR plane IN ('mcp', 'gateway', 'transcript')
                                       OR (plane = 'cloudtrail' AND kind = 'tool_call')
                                       OR regexp_matches(coalesce(invoked_by, ''), '^[a-z0-9-]+-mcp\\.amazonaws\\.com$')),
        bool_and(coalesce(actor_type, '') IN ('service', 'workload')), bool_and(kind = 'auth'),
        bool_or(user_agent LIKE '%aws-cli%')
    FROM event WHERE session IS NOT NULL GROUP BY session, human, actor, agent, role_session, account";

/// Reads the sessions of all events.
pub(super) fn gather(writer: &mut Writer) -> Result<Sessions, Fault> {
    let mut sessions = Sessions { alias: sign_in_of_keys(writer)?, ..Sessions::default() };
    writer.each(GROUPS, |row| {
        sessions.add(&row);
        Ok(())
    })?;
    Ok(sessions)
}

/// A sign-in session is stamped per service, not on every event: a key that carries it once carries it always.
fn sign_in_of_keys(writer: &mut Writer) -> Result<BTreeMap<String, String>, Fault> {
    let mut alias = BTreeMap::new();
    writer.each(
        "SELECT 'key:' || credential, min(session) FROM event
         WHERE credential IS NOT NULL AND session LIKE 'arn:%:signin:%' GROUP BY credential
         HAVING count(DISTINCT session) = 1",
        |row| {
            alias.insert(row.text(0), row.text(1));
            Ok(())
        },
    )?;
    Ok(alias)
}

impl Sessions {
    fn add(&mut self, row: &Row) {
        let local = row.text(0);
        let id = self.alias.entry(local.clone()).or_insert(local).clone();
        let session = self.by_id.entry(id).or_insert_with(|| Session {
            is_service: true,
            is_login: true,
            ..Session::default()
        });
        if session.basis.is_empty() {
            session.basis = row.text(1);
        }
        if let Some(human) = row.maybe_text(2) {
            session.humans.entry(human).or_insert_with(|| row.text(3));
        }
        session.actors.extend(row.maybe_text(4));
        session.agents.extend(row.maybe_text(5));
        session.clients.extend(row.maybe_text(6));
        session.role_sessions.extend(row.maybe_text(7));
        session.accounts.extend(row.maybe_text(8));
        session.is_agent |= row.flag(9);
        session.is_service &= row.flag(10);
        session.is_login &= row.flag(11);
        session.is_cli |= row.flag(12);
    }

    /// Returns every local key with its session.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.alias
            .iter()
            .filter(|(_, session)| self.by_id.contains_key(*session))
            .map(|(local, session)| (local.as_str(), session.as_str()))
    }

    /// Returns the session a local key leads to.
    pub(super) fn of_key<'a>(&'a self, local: &'a str) -> &'a str {
        self.alias.get(local).map_or(local, String::as_str)
    }

    /// A managed MCP server calls with forwarded keys that change per call. A key all of whose events were caused by
    /// calls of one session (by request id) is no session of its own.
    pub(super) fn absorb_forwarded(&mut self, writer: &mut Writer) -> Result<(), Fault> {
        let mut absorbed: Vec<(String, String)> = Vec::new();
        writer.each(
            "SELECT effect.session, min(asking.session), count(DISTINCT asking.session), count(DISTINCT effect.n),
                    min(total.events)
             FROM link JOIN event asking ON asking.n = link.a JOIN event effect ON effect.n = link.b
             JOIN (SELECT session, count(*) AS events, bool_and(coalesce(invoked_by, '') LIKE '%-mcp.amazonaws.com') AS forwarded
                   FROM event WHERE session LIKE 'key:%' GROUP BY session) total ON total.session = effect.session
             WHERE link.key = 'request id' AND asking.session IS NOT NULL AND total.forwarded
             GROUP BY effect.session",
            |row| {
                if row.count(2) == 1 && row.count(3) == row.count(4) {
                    absorbed.push((row.text(0), row.text(1)));
                }
                Ok(())
            },
        )?;
        for (local, asking) in absorbed {
            let target = self.of_key(&asking).to_owned();
            let from = self.of_key(&local).to_owned();
            if from == target || from != local {
                continue;
            }
            if let Some(forwarded) = self.by_id.remove(&from)
                && let Some(session) = self.by_id.get_mut(&target)
            {
                session.humans.extend(forwarded.humans);
                session.is_agent = true;
            }
            self.alias.insert(local, target);
        }
        Ok(())
    }

    /// The model log names a session by the ARN of its role session, CloudTrail by its key: where exactly one session
    /// of CloudTrail has that role session, both are one.
    pub(super) fn absorb_role_sessions(&mut self) {
        let mut labels: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, session) in &self.by_id {
            if let Some(label) = session.label().filter(|label| label != id) {
                labels.entry(label).or_default().push(id.clone());
            }
        }
        for (label, owners) in labels {
            let [owner] = owners.as_slice() else { continue };
            let Some(named) = self.by_id.remove(&label) else { continue };
            if let Some(session) = self.by_id.get_mut(owner) {
                session.is_agent |= named.is_agent;
                session.agents.extend(named.agents);
            }
            self.alias.insert(label, owner.clone());
        }
    }

    /// Returns the rows of table `session`.
    pub(super) fn rows(
        &self,
        writer: &mut Writer,
        people: &People,
    ) -> Result<Vec<Vec<Value>>, Fault> {
        let sizes = sizes(writer)?;
        let minted = minted(writer, self)?;
        let ids: Vec<String> = self.by_id.keys().cloned().collect();
        let shorts = short_names(&ids);
        let mut rows = Vec::with_capacity(ids.len());
        for ((id, session), short) in self.by_id.iter().zip(shorts) {
            let size = sizes.get(id).copied().unwrap_or_default();
            let person = people.of_session(id);
            let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
            rows.push(vec![
                Value::from(id.as_str()),
                Value::from(short),
                session.kind(id).into(),
                Value::from(session.basis.as_str()),
                text(person.as_ref().map(|person| person.id.clone())),
                text(person.as_ref().map(|person| person.name.clone())),
                text(
                    person
                        .as_ref()
                        .map(|person| person.proof.clone())
                        .or_else(|| session.no_person()),
                ),
                Value::from(person.as_ref().map_or(".", |person| person.grade.as_str())),
                text(session.agent()),
                text(session.actors.first().cloned()),
                text(session.label()),
                text(minted.get(id).and_then(|(_, parent)| parent.clone())),
                minted.get(id).map_or(Value::Null, |(event, _)| event.clone()),
                Value::Int(size.events),
                Value::Int(size.denied),
                size.first.map_or(Value::Null, Value::Time),
                size.last.map_or(Value::Null, Value::Time),
            ]);
        }
        Ok(rows)
    }
}

impl Session {
    const fn kind_of_other(&self, is_console: bool) -> &'static str {
        if is_console {
            "web"
        } else if self.is_login {
            "login"
        } else if self.is_service {
            "svc"
        } else {
            "cli"
        }
    }

    fn kind(&self, id: &str) -> &'static str {
        if self.is_agent {
            "AGENT"
        } else {
            self.kind_of_other(id.starts_with("console:") && !self.is_cli)
        }
    }

    /// Returns the agent's name. The service that forwards its calls is named only when nothing better is known.
    fn agent(&self) -> Option<String> {
        let is_forwarder = |name: &&String| {
            name.ends_with("-mcp") || matches!(name.as_str(), "bedrock" | "bedrock-agentcore")
        };
        let named = self.agents.iter().find(|name| !is_forwarder(name));
        named.or(self.clients.first()).or(self.agents.first()).cloned()
    }

    /// Two people behind one credential are never merged into one.
    fn no_person(&self) -> Option<String> {
        (self.humans.len() > 1).then(|| format!("{} people", self.humans.len()))
    }

    /// Returns the ARN of the role session, when the events name exactly one.
    fn label(&self) -> Option<String> {
        let (role, name) = (self.actors.first()?, self.role_sessions.first()?);
        let is_one = self.actors.len() == 1 && self.role_sessions.len() == 1;
        let account = role.split(':').nth(4).filter(|account| !account.is_empty())?;
        let partition = role.split(':').nth(1).unwrap_or("aws");
        let role_name = role.rsplit('/').next()?;
        is_one.then(|| format!("arn:{partition}:sts::{account}:assumed-role/{role_name}/{name}"))
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    events: i64,
    denied: i64,
    first: Option<Micros>,
    last: Option<Micros>,
}

fn sizes(writer: &mut Writer) -> Result<BTreeMap<String, Size>, Fault> {
    let mut sizes = BTreeMap::new();
    writer.each(
        "WITH member AS (
           SELECT key.session, e.n, e.ts, e.outcome, e.decision FROM event e JOIN session_key key ON key.local = e.session
           UNION
           SELECT guest.session, e.n, e.ts, e.outcome, e.decision FROM event e JOIN session_guest guest ON guest.n = e.n)
         SELECT session, count(*), count(*) FILTER (outcome = 'denied' OR decision = 'deny'), min(ts), max(ts)
         FROM member GROUP BY session",
        |row| {
            sizes.insert(row.text(0), Size { events: row.int(1), denied: row.int(2), first: row.time(3), last: row.time(4) });
            Ok(())
        },
    )?;
    Ok(sizes)
}

/// Returns for each session the event that created it, and the session that event belongs to.
fn minted(
    writer: &mut Writer,
    sessions: &Sessions,
) -> Result<BTreeMap<String, (Value, Option<String>)>, Fault> {
    let mut minted = BTreeMap::new();
    writer.each(
        "SELECT used.session, issuer.id, issuer.session FROM link
         JOIN event issuer ON issuer.n = link.a JOIN event used ON used.n = link.b
         WHERE link.key IN ('issued key', 'minted session') AND used.session IS NOT NULL
         ORDER BY link.key DESC, issuer.ts, issuer.id",
        |row| {
            let id = sessions.of_key(&row.text(0)).to_owned();
            let parent = row
                .maybe_text(2)
                .map(|local| sessions.of_key(&local).to_owned())
                .filter(|parent| *parent != id);
            if let Some(event) = row.id(1) {
                minted.entry(id).or_insert((Value::Id(event), parent));
            }
            Ok(())
        },
    )?;
    Ok(minted)
}

/// Adds events that belong to a session by a link: what a call of the session caused in the cloud, what another plane
/// wrote about the same request, and events that name the session as their correlation id.
pub(super) fn add_guests(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute(
        "INSERT INTO session_guest
         SELECT DISTINCT guest, session, '=' FROM (
           SELECT link.b AS guest, asking_key.session AS session, effect_key.session AS own
           FROM link JOIN event asking ON asking.n = link.a JOIN session_key asking_key ON asking_key.local = asking.session
           JOIN event effect ON effect.n = link.b LEFT JOIN session_key effect_key ON effect_key.local = effect.session
           WHERE link.key = 'request id'
           UNION ALL
           SELECT other.n, key.session, own_key.session
           FROM (SELECT a, b, key FROM link UNION ALL SELECT b, a, key FROM link) pair
           JOIN event member ON member.n = pair.a JOIN session_key key ON key.local = member.session
           JOIN event other ON other.n = pair.b LEFT JOIN session_key own_key ON own_key.local = other.session
           WHERE pair.key IN ('same request id', 'json-rpc answer', 'trace id', 'tool-use id') AND other.session IS NULL
           UNION ALL
           SELECT event.n, key.session, own_key.session
           FROM extra_identifier further JOIN event ON event.n = further.n
           JOIN session_key key ON key.local = further.value
           LEFT JOIN session_key own_key ON own_key.local = event.session
           WHERE further.kind IN ('correlation', 'session'))
         WHERE own IS DISTINCT FROM session",
        &[],
    )?;
    Ok(())
}
