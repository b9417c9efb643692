//! Sessions from the keys that events carry. Every session says what it rests on; none is made up from time alone.

mod rows;

pub(super) use rows::notes;

use std::collections::{BTreeMap, BTreeSet};

use super::aliases::Aliases;
use crate::model::Trust;
use crate::store::{Fault, Row, Writer};

/// How a record names a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said {
    /// Best first: what the logging system established, then what a caller set.
    pub(super) trust: Trust,
    pub(super) proof: String,
}

/// One session under construction.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an observation of its own; their combination gives the kind"
)]
#[derive(Debug, Default, Clone)]
pub(super) struct Session {
    /// What it rests on; that of its own key goes before that of a key put to it.
    basis: Option<(bool, String)>,
    /// People named by its own events, with the best proof of each.
    pub(super) humans: BTreeMap<String, Said>,
    actors: BTreeSet<String>,
    agents: BTreeSet<String>,
    clients: BTreeSet<String>,
    role_sessions: BTreeSet<String>,
    accounts: BTreeSet<String>,
    pub(super) is_agent: bool,
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
    FROM alike WHERE session IS NOT NULL GROUP BY session, human, actor, agent, role_session, account";

/// Forwarded keys, and the sessions of the same role session that made tool calls around their events.
const FORWARDED_BY_NAME: &str = "
    WITH forwarded AS (
      SELECT session, min(actor) AS actor, min(role_session) AS role_session, min(account) AS account,
             min(first_ts) AS first_ts, max(last_ts) AS last_ts
      FROM alike WHERE session LIKE 'key:%' AND plane = 'cloudtrail' GROUP BY session
      HAVING bool_and(coalesce(invoked_by, '') LIKE '%-mcp.amazonaws.com') AND min(role_session) = max(role_session)
         AND min(actor) = max(actor)),
    asking AS (
      SELECT session, actor, role_session, account, min(first_ts) AS first_ts, max(last_ts) AS last_ts
      FROM alike WHERE plane = 'cloudtrail' AND kind IN ('tool_call', 'session') AND session IS NOT NULL
        AND role_session IN (SELECT role_session FROM forwarded)
      GROUP BY session, actor, role_session, account)
    SELECT forwarded.session, min(asking.session), count(DISTINCT asking.session)
    FROM forwarded JOIN asking ON asking.actor = forwarded.actor AND asking.role_session = forwarded.role_session
      AND asking.account IS NOT DISTINCT FROM forwarded.account
    WHERE forwarded.first_ts >= asking.first_ts - INTERVAL 10 SECOND
      AND forwarded.last_ts <= asking.last_ts + INTERVAL 10 SECOND
    GROUP BY forwarded.session ORDER BY forwarded.session";

/// Reads the sessions of all events.
pub(super) fn gather(writer: &mut Writer, aliases: &Aliases) -> Result<Sessions, Fault> {
    let mut sessions = Sessions { alias: sign_in_of_keys(writer)?, ..Sessions::default() };
    writer.each(GROUPS, |row| {
        sessions.add(&row, aliases);
        Ok(())
    })?;
    Ok(sessions)
}

/// A sign-in session is stamped per service, not on every event: a key that carries it once carries it always.
fn sign_in_of_keys(writer: &mut Writer) -> Result<BTreeMap<String, String>, Fault> {
    let mut alias = BTreeMap::new();
    writer.each(
        "SELECT 'key:' || credential, min(session) FROM alike
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
    fn add(&mut self, row: &Row, aliases: &Aliases) {
        let local = row.text(0);
        let id = self.alias.entry(local.clone()).or_insert_with(|| local.clone()).clone();
        let basis = row.maybe_text(1).map(|basis| (local != id, basis));
        let session = self.by_id.entry(id).or_insert_with(|| Session {
            is_service: true,
            is_login: true,
            ..Session::default()
        });
        session.basis = session.basis.take().into_iter().chain(basis).min();
        if let Some(human) = row.maybe_text(2) {
            let said = said(&row.text(3), &row.text(4));
            let known = session
                .humans
                .entry(aliases.person(&human).to_owned())
                .or_insert_with(|| said.clone());
            *known = said.min(known.clone());
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
             JOIN (SELECT session, sum(events)::BIGINT AS events,
                          bool_and(coalesce(invoked_by, '') LIKE '%-mcp.amazonaws.com') AS forwarded
                   FROM alike WHERE session LIKE 'key:%' GROUP BY session) total ON total.session = effect.session
             WHERE link.key = 'request id' AND asking.session IS NOT NULL AND total.forwarded
             GROUP BY effect.session ORDER BY effect.session",
            |row| {
                if row.count(2) == 1 && row.count(3) == row.count(4) {
                    absorbed.push((row.text(0), row.text(1)));
                }
                Ok(())
            },
        )?;
        for (local, asking) in absorbed {
            self.absorb(&local, &asking);
        }
        Ok(())
    }

    /// The same for records without request ids: such a key carries the caller's own role session. It joins the one
    /// session of that role session that was making tool calls at the time; several alive leave it alone.
    pub(super) fn absorb_forwarded_by_name(&mut self, writer: &mut Writer) -> Result<(), Fault> {
        let mut absorbed: Vec<(String, String)> = Vec::new();
        writer.each(FORWARDED_BY_NAME, |row| {
            if row.count(2) == 1 {
                absorbed.push((row.text(0), row.text(1)));
            }
            Ok(())
        })?;
        for (local, asking) in absorbed {
            self.absorb(&local, &asking);
        }
        Ok(())
    }

    /// Makes the session of a key part of another one, unless it is already.
    fn absorb(&mut self, local: &str, asking: &str) {
        let target = self.of_key(asking).to_owned();
        let from = self.of_key(local).to_owned();
        if from == target || from != local || !self.by_id.contains_key(&target) {
            return;
        }
        if let Some(forwarded) = self.by_id.remove(&from)
            && let Some(session) = self.by_id.get_mut(&target)
        {
            session.humans.extend(forwarded.humans);
            session.is_agent = true;
        }
        self.alias.insert(local.to_owned(), target);
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
}

/// Says how far a name can be trusted: the session name of a sign-in role is set by the directory, another one by
/// whoever took on the role.
fn said(proof: &str, actor: &str) -> Said {
    let is_set_by_caller = match proof {
        "session name" => !actor.contains("/AWSReservedSSO_"),
        "source identity" => true,
        other => {
            other.contains("caller") || other.contains("client") || other.contains("policy input")
        }
    };
    let trust = if is_set_by_caller { Trust::Asserted } else { Trust::Observed };
    Said { trust, proof: proof.to_owned() }
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

    pub(super) fn kind(&self, id: &str) -> &'static str {
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
