//! Denied, then done: the same change to the same thing that succeeded after it was refused, and by which route.
//! A route is as good as its weakest part; a principal without a known tie to the refused one is said to be that.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{self, Match};
use super::lineage::Lineage;
use crate::model::rows::RefusedThenDone;
use crate::model::{EventId, Grade, Micros, Plane};
use crate::store::{Fault, Reader, Row};

/// How long after a refusal a success still counts, in microseconds: a day.
const WINDOW: i64 = 86_400_000_000;

/// Most sorts of success on one thing that are compared with one refusal.
const MOST_SUCCESSES: usize = 256;

/// Most sorts of refusal on one thing that the whole case is searched for.
const MOST_REFUSALS_OF_ONE: usize = 32;

/// Most sorts of refusal of the whole case.
const MOST_REFUSALS: usize = 20_000;

/// Most pairs whose operations are compared.
const MOST_CANDIDATES: usize = 100_000;

/// Most answers of a search of the whole case.
pub const MOST_PAIRS: usize = 1_000;

/// How the success is tied to the refusal, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The same call with the same key, which worked later.
    SameCall,
    SameKey,
    SameSession,
    /// A key that came from the refused one, or the other way round.
    KeyLineage,
    SamePerson,
    /// The same user or role without anything that says it was the same hand.
    SamePrincipal,
    Unrelated,
}

impl Route {
    /// Returns the words of the route.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SameCall => "the same call with the same key",
            Self::SameKey => "the same key",
            Self::SameSession => "the same session",
            Self::KeyLineage => "a key of the same lineage",
            Self::SamePerson => "the same person",
            Self::SamePrincipal => "the same principal",
            Self::Unrelated => "a principal with no known tie to it",
        }
    }
}

/// One side of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub event: EventId,
    pub time: Micros,
    pub plane: Plane,
    pub product: String,
    pub action: String,
    pub credential: Option<String>,
    pub session: Option<String>,
    pub human: Option<String>,
    /// What the person is called.
    pub name: Option<String>,
    pub human_grade: Grade,
    pub actor: Option<String>,
    /// Equal events of this side.
    pub count: u64,
}

/// A refusal and a later success of the same on the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub denied: Side,
    pub done: Side,
    pub resource: String,
    pub route: Route,
    /// What ties the two, in words.
    pub tie: String,
    pub grade: Grade,
    /// True when the operation has another name and the same effect.
    pub is_other_operation: bool,
    pub seconds: i64,
}

impl Pair {
    /// Order of pairs: the best tie first, then the earliest.
    fn rank(&self) -> (bool, Grade, bool, Route, Micros, EventId) {
        let is_retry = self.route == Route::SameCall;
        (is_retry, self.grade, self.is_other_operation, self.route, self.done.time, self.done.event)
    }
}

impl From<Pair> for RefusedThenDone {
    fn from(pair: Pair) -> Self {
        Self {
            refused: pair.denied.event,
            done: pair.done.event,
            is_retry: pair.route == Route::SameCall,
            is_reading: effect::is_reading(&pair.denied.action),
            target: pair.resource,
            tie: pair.tie,
            grade: pair.grade,
            seconds: pair.seconds,
        }
    }
}

/// Columns of a side over `e` and what it is grouped by; takes its session from `sk`, `sg` and `s`.
const SIDE: &str = "e.action, e.plane, e.product, e.credential, coalesce(sg.session, sk.session) AS in_session,
     coalesce(s.human, e.human) AS person,
     CASE WHEN s.human IS NOT NULL THEN s.human_grade WHEN e.human IS NOT NULL THEN '=' ELSE '.' END AS person_grade,
     e.actor, e.resource, coalesce(s.human_name, e.human) AS name";

/// Columns of a side: those of [`SIDE`], then time, id and count.
const SIDE_COLUMNS: usize = 13;

const SESSION: &str = "LEFT JOIN session_key sk ON sk.local = e.session
     LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) sg ON sg.n = e.n
     LEFT JOIN session s ON s.id = coalesce(sg.session, sk.session)";

const REFUSED: &str = "(e.outcome = 'denied' OR (e.decision = 'deny' AND e.outcome <> 'error'))";

/// Successes that changed something in the cloud, or that a tool reports; a decision to allow is no deed.
const DONE: &str = "e.outcome = 'success' AND e.decision IS DISTINCT FROM 'deny'
     AND e.kind IN ('api', 'tool_call', 'auth', 'config')";

/// Returns the side whose columns begin at `at`: those of [`SIDE`], then time, id and count.
fn side(row: &Row, at: usize) -> Option<(Side, String)> {
    let side = Side {
        event: row.id(at + 11)?,
        time: row.time(at + 10)?,
        plane: Plane::from_word(&row.text(at + 1)).unwrap_or(Plane::Other),
        product: row.text(at + 2),
        action: row.text(at),
        credential: row.maybe_text(at + 3),
        session: row.maybe_text(at + 4),
        human: row.maybe_text(at + 5),
        name: row.maybe_text(at + 9),
        human_grade: Grade::from_word(&row.text(at + 6)).unwrap_or(Grade::None),
        actor: row.maybe_text(at + 7),
        count: row.count(at + 12),
    };
    Some((side, row.text(at + 8)))
}

/// Returns what was done after the refusal of one event, the best tie first, at most eight.
pub fn done_after(reader: &Reader, refused: EventId) -> Result<Vec<Pair>, Fault> {
    let Some((denied, resource)) = one_side(reader, refused)? else { return Ok(Vec::new()) };
    let until = Micros(denied.time.0 + WINDOW);
    let others = sides_of(reader, &resource, (denied.time, until), DONE, "e.ts, e.id")?;
    let pairs = others.into_iter().map(|done| (denied.clone(), done, resource.clone()));
    ranked(reader, pairs.collect(), 8)
}

/// Returns the refusals of the same before a success, the best tie first, at most eight.
pub fn denied_before(reader: &Reader, done: EventId) -> Result<Vec<Pair>, Fault> {
    let Some((done, resource)) = one_side(reader, done)? else { return Ok(Vec::new()) };
    let since = Micros(done.time.0 - WINDOW);
    let others = sides_of(reader, &resource, (since, done.time), REFUSED, "e.ts DESC, e.id DESC")?;
    let pairs = others.into_iter().map(|denied| (denied, done.clone(), resource.clone()));
    ranked(reader, pairs.collect(), 8)
}

fn one_side(reader: &Reader, event: EventId) -> Result<Option<(Side, String)>, Fault> {
    let sql = format!(
        "SELECT {SIDE}, e.ts, e.id, 1 FROM (SELECT * FROM event WHERE id = ?::UUID) e {SESSION}
         WHERE e.ts IS NOT NULL AND e.resource IS NOT NULL AND e.action IS NOT NULL"
    );
    Ok(reader.rows(&sql, &[event.into()])?.first().and_then(|row| side(row, 0)))
}

/// Returns the sorts of event on one thing in a time, one of each: the first in `order`.
fn sides_of(
    reader: &Reader,
    resource: &str,
    (from, to): (Micros, Micros),
    condition: &str,
    order: &str,
) -> Result<Vec<Side>, Fault> {
    let further = reader.rows(
        "SELECT DISTINCT n FROM extra_resource WHERE id = ? ORDER BY n LIMIT 1000",
        &[resource.into()],
    )?;
    let further: Vec<i64> = further.iter().map(|row| row.int(0)).collect();
    let also = if further.is_empty() {
        String::new()
    } else {
        format!(" OR n IN ({})", super::list(&further))
    };
    let first = if order.contains("DESC") { "last" } else { "first" };
    let sql = format!(
        "SELECT * FROM (SELECT {SIDE}, {first}(e.ts ORDER BY e.ts, e.id) AS happened, {first}(e.id ORDER BY e.ts, e.id) AS event,
                        count(*) AS n_equal
         FROM (SELECT * FROM event WHERE ts > ? AND ts <= ? AND (resource = ?{also})) e {SESSION}
         WHERE {condition} AND e.action IS NOT NULL GROUP BY ALL)
         ORDER BY happened{}, event LIMIT {MOST_SUCCESSES}",
        if order.contains("DESC") { " DESC" } else { "" }
    );
    let rows = reader.rows(&sql, &[from.into(), to.into(), resource.into()])?;
    Ok(rows.iter().filter_map(|row| side(row, 0)).map(|(side, _)| side).collect())
}

type Candidate = (Side, Side, String);

/// Keeps the pairs whose operations agree, with the tie of each.
fn ranked(reader: &Reader, found: Vec<Candidate>, most: usize) -> Result<Vec<Pair>, Fault> {
    let agreeing: Vec<(Candidate, Match)> = found
        .into_iter()
        .filter_map(|pair| {
            let matched = effect::compare(&pair.0.action, &pair.1.action)?;
            is_after(&pair.0, &pair.1).then_some((pair, matched))
        })
        .collect();
    let keys: BTreeSet<String> = agreeing
        .iter()
        .flat_map(|((denied, done, _), _)| [denied, done])
        .filter_map(|side| side.credential.clone())
        .collect();
    let lineage = Lineage::of(reader, &keys)?;
    let mut pairs: Vec<Pair> =
        agreeing.into_iter().map(|(pair, matched)| tie(pair, matched, &lineage)).collect();
    pairs.sort_by_key(Pair::rank);
    pairs.truncate(most);
    Ok(pairs)
}

/// CloudTrail tells whole seconds only: inside one of them nobody knows what came first.
fn is_after(denied: &Side, done: &Side) -> bool {
    let is_coarse = denied.plane == Plane::CloudTrail || done.plane == Plane::CloudTrail;
    let second = |side: &Side| side.time.0.div_euclid(1_000_000);
    if is_coarse { second(done) > second(denied) } else { done.time > denied.time }
}

fn equal<'s>(one: Option<&'s String>, other: Option<&String>) -> Option<&'s String> {
    one.filter(|one| Some(*one) == other)
}

/// Says how a success is tied to a refusal. The best tie counts; each is as good as its weaker side.
fn tie((denied, done, resource): Candidate, matched: Match, lineage: &Lineage) -> Pair {
    let person = equal(denied.human.as_ref(), done.human.as_ref());
    let person_grade = denied.human_grade.max(done.human_grade);
    let is_same_key = equal(denied.credential.as_ref(), done.credential.as_ref()).is_some();
    let is_same_session = equal(denied.session.as_ref(), done.session.as_ref()).is_some();
    let relation = match (&denied.credential, &done.credential) {
        (Some(one), Some(other)) => lineage.relation(one, other),
        _ => None,
    };
    let (route, grade, tie) = if is_same_key && denied.action == done.action {
        (Route::SameCall, Grade::Exact, Route::SameCall.words().to_owned())
    } else if is_same_key {
        (Route::SameKey, Grade::Exact, Route::SameKey.words().to_owned())
    } else if is_same_session {
        (Route::SameSession, Grade::Exact, Route::SameSession.words().to_owned())
    } else if let Some(relation) = relation {
        (Route::KeyLineage, Grade::Derived, relation)
    } else if let Some(person) = person {
        (Route::SamePerson, person_grade, format!("the same person, {person}"))
    } else if let Some(actor) = equal(denied.actor.as_ref(), done.actor.as_ref()) {
        // A user is one; a role can be taken on by many.
        let grade = if actor.contains(":user/") { Grade::Derived } else { Grade::Near };
        (
            Route::SamePrincipal,
            grade,
            format!("the same principal, {}", super::super::columns::short_subject(actor)),
        )
    } else {
        (Route::Unrelated, Grade::None, Route::Unrelated.words().to_owned())
    };
    let is_other_operation = matched == Match::SameEffect;
    let grade = if is_other_operation && grade < Grade::Near { Grade::Near } else { grade };
    let seconds = (done.time.0 - denied.time.0).max(0) / 1_000_000;
    Pair { denied, done, resource, route, tie, grade, is_other_operation, seconds }
}

/// Returns the refusals of the whole case after which the same was done by a tied principal, the best tie first and
/// then the earliest: one pair for each (thing, operation, session or key or person refused). At most
/// [`MOST_PAIRS`]; the second value is true when there are more, or when not every refusal was looked at.
pub fn denied_then_done(reader: &Reader) -> Result<(Vec<Pair>, bool), Fault> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut refusals: BTreeSet<EventId> = BTreeSet::new();
    for row in reader.rows(&whole_case(), &[])? {
        let (Some((denied, resource)), Some((done, _))) = (side(&row, 0), side(&row, SIDE_COLUMNS))
        else {
            continue;
        };
        refusals.insert(denied.event);
        found.push((denied, done, resource));
    }
    let (n_found, is_full) = (found.len(), found.len() >= MOST_CANDIDATES);
    let pairs = ranked(reader, found, n_found)?;
    let mut best: BTreeMap<(String, String, String), Pair> = BTreeMap::new();
    for pair in pairs {
        let denied = &pair.denied;
        let who = denied.session.as_ref().or(denied.credential.as_ref()).or(denied.human.as_ref());
        // Records of one refused call name it differently; the effect does not.
        let key =
            (pair.resource.clone(), who.cloned().unwrap_or_default(), pair.done.action.clone());
        let is_better =
            best.get(&key).is_none_or(|known| pair.order_in_case() < known.order_in_case());
        if is_better {
            best.insert(key, pair);
        }
    }
    let mut pairs: Vec<Pair> = best.into_values().collect();
    pairs.sort_by_key(Pair::order_in_case);
    let is_cut = is_full || pairs.len() > MOST_PAIRS || refusals.len() >= MOST_REFUSALS;
    pairs.truncate(MOST_PAIRS);
    Ok((pairs, is_cut))
}

impl Pair {
    fn order_in_case(&self) -> (bool, bool, Grade, Route, Micros, EventId, EventId) {
        let is_retry = self.route == Route::SameCall;
        let is_reading = effect::is_reading(&self.denied.action);
        let (denied, done) = (&self.denied, &self.done);
        (is_retry, is_reading, self.grade, self.route, denied.time, denied.event, done.event)
    }
}

/// Columns that a refusal and a success are tied by when both fill them with the same value.
const TIES: [&str; 5] = ["in_session", "credential", "person", "root", "by_user"];

/// The actor where it is one user. A role that many take on ties nothing in a search of the whole case.
const USER: &str = "CASE WHEN e.actor LIKE '%:user/%' THEN e.actor END AS by_user";

/// The topmost key that records of issue lead to, by at most six steps, for every key of such a line.
const TOP: &str = "edge AS (
       SELECT x.value AS child, min(e.credential) AS parent FROM extra_identifier x JOIN event e ON e.n = x.n
       WHERE x.kind = 'issued_key' AND e.credential IS NOT NULL AND e.credential <> x.value
       GROUP BY x.value HAVING count(DISTINCT e.credential) = 1),
     up AS (
       SELECT child, parent, 1 AS depth FROM edge
       UNION ALL SELECT up.child, edge.parent, up.depth + 1 FROM up JOIN edge ON edge.child = up.parent
       WHERE up.depth < 6),
     top AS (SELECT child, arg_max(parent, depth) AS root FROM up GROUP BY child
             UNION ALL SELECT DISTINCT parent, parent FROM edge WHERE parent NOT IN (SELECT child FROM edge))";

/// Returns the question for all refusals and, for each tie, the first success after each of every sort.
fn whole_case() -> String {
    let usable = "ts IS NOT NULL AND resource IS NOT NULL AND action IS NOT NULL";
    let root = "LEFT JOIN top ON top.child = e.credential";
    let mut sql = format!(
        "WITH RECURSIVE {TOP},
         refusal AS (
           SELECT {SIDE}, top.root, {USER}, min(e.ts) AS happened, first(e.id ORDER BY e.ts, e.id) AS event, count(*) AS n_equal
           FROM (SELECT * FROM event e WHERE {REFUSED} AND {usable}) e {SESSION} {root} GROUP BY ALL),
         refused AS MATERIALIZED (
           SELECT * FROM refusal
           QUALIFY row_number() OVER (PARTITION BY resource ORDER BY happened, event) <= {MOST_REFUSALS_OF_ONE}
           ORDER BY happened, event LIMIT {MOST_REFUSALS}),
         deed AS MATERIALIZED (
           SELECT {SIDE}, top.root, {USER}, e.ts AS happened, e.id AS event
           FROM (SELECT * FROM event e WHERE {DONE} AND {usable} AND resource IN (SELECT resource FROM refused)) e
           {SESSION} {root})"
    );
    let mut parts = Vec::new();
    for tie in TIES {
        sql = format!(
            "{sql}, sorts_{tie} AS (
               SELECT resource, {tie}, action, min(happened) AS first, max(happened) AS last FROM deed
               SEMI JOIN refused USING (resource, {tie}) GROUP BY ALL),
             sort_{tie} AS (
               SELECT * FROM sorts_{tie}
               QUALIFY row_number() OVER (PARTITION BY resource, {tie} ORDER BY first, action) <= {MOST_REFUSALS_OF_ONE}),
             asked_{tie} AS (
               SELECT refused.*, sort.action AS deed FROM refused
               JOIN sort_{tie} sort ON sort.resource = refused.resource AND sort.{tie} = refused.{tie}
               WHERE sort.last > refused.happened)"
        );
        // The search sorts ids and the four columns that it compares; the rest is read for the pairs alone.
        sql = format!(
            "{sql}, next_{tie} AS (
               SELECT asked.event AS asker, deed.event AS next
               FROM (SELECT event, happened, resource, {tie}, deed FROM asked_{tie}) asked
               ASOF JOIN (
                 SELECT d.event, d.happened, d.resource, d.{tie}, d.action FROM deed d
                 SEMI JOIN asked_{tie} a ON a.resource = d.resource AND a.{tie} = d.{tie} AND a.deed = d.action) deed
                 ON deed.resource = asked.resource AND deed.{tie} = asked.{tie} AND deed.action = asked.deed
                AND asked.happened < deed.happened
               WHERE deed.happened <= asked.happened + INTERVAL 24 HOUR AND deed.event <> asked.event)"
        );
        parts.push(format!("SELECT * FROM next_{tie}"));
    }
    format!(
        "{sql}, pair AS (SELECT DISTINCT asker, next FROM ({}))
         SELECT refused.* EXCLUDE (root, by_user), deed.* EXCLUDE (root, by_user), 1
         FROM pair JOIN refused ON refused.event = pair.asker JOIN deed ON deed.event = pair.next
         ORDER BY ALL LIMIT {MOST_CANDIDATES}",
        parts.join(" UNION ALL ")
    )
}
