//! The Overview: the account, the span, the sizes of the other screens, and where to look first.

use super::columns::{short_resource, short_subject};
use super::sources::account;
use crate::model::rows::{Lead, Overview, Unjoined};
use crate::model::{Micros, Plane};
use crate::store::{Fault, Reader};

/// Most leads shown.
const MAX_LEADS: usize = 12;

/// Returns what the Overview shows.
pub fn overview(reader: &Reader) -> Result<Overview, Fault> {
    let mut overview = Overview { account: account(reader)?, ..Overview::default() };
    files(reader, &mut overview)?;
    events(reader, &mut overview)?;
    for row in
        reader.rows("SELECT plane, count(*) FROM event GROUP BY plane ORDER BY 2 DESC, 1", &[])?
    {
        if let Some(plane) = Plane::from_word(&row.text(0)) {
            overview.planes.push((plane, row.count(1)));
        }
    }
    overview.leads = leads(reader)?;
    overview.proofs = super::proofs::summary(reader)?;
    if overview.unjoined.is_none() {
        overview.blind_spots = super::gaps::blind_spots(reader)?;
        overview.stretches = super::gaps::stretches(reader)?;
    }
    Ok(overview)
}

fn files(reader: &Reader, overview: &mut Overview) -> Result<(), Fault> {
    let counts = reader.rows(
        "SELECT state, count(*) FROM source WHERE format IS DISTINCT FROM 'zip archive' GROUP BY state",
        &[],
    )?;
    for row in counts {
        let count = row.count(1);
        match row.text(0).as_str() {
            "read" => overview.files_read = count,
            "damaged" => overview.files_damaged = count,
            "unreadable" => overview.files_unreadable = count,
            "not evidence" => overview.files_not_evidence = count,
            "proof" => overview.files_proof = count,
            _ => {}
        }
    }
    let troubles = reader.rows(
        "SELECT name || coalesce(' > ' || member, ''), state, reason, rejected, warnings FROM source \
         WHERE state IN ('damaged', 'unreadable') OR rejected > 0 OR warnings <> '' ORDER BY name, member LIMIT 200",
        &[],
    )?;
    for row in troubles {
        let name = row.text(0);
        if let Some(reason) = row.maybe_text(2) {
            overview.troubles.push(format!("{}  {name}   {reason}", row.text(1)));
        } else if row.count(3) > 0 {
            overview.troubles.push(format!("rejected  {name}   {} records", row.count(3)));
        }
        overview
            .troubles
            .extend(row.text(4).lines().map(|warning| format!("warning  {name}   {warning}")));
    }
    let conflicts = reader.number(
        "SELECT count(DISTINCT e.id) FROM duplicate d JOIN event e ON e.id = d.id
         WHERE d.shape_rank = e.shape_rank AND d.raw_sha256 <> e.raw_sha256
           AND (d.ts, d.action, d.actor, d.resource, d.outcome, d.error_code, d.request, d.address, d.credential)
               IS DISTINCT FROM
               (e.ts, e.action, e.actor, e.resource, e.outcome, e.error_code, e.request, e.address, e.credential)",
        &[],
    )?;
    if conflicts > 0 {
        overview.troubles.push(format!(
            "conflict  {conflicts} events were delivered under one id with different content: \
             whytrail sql \"SELECT event FROM provenance GROUP BY event HAVING count(DISTINCT raw_sha256) > 1\""
        ));
    }
    Ok(())
}

fn events(reader: &Reader, overview: &mut Overview) -> Result<(), Fault> {
    let rows = reader.rows(
        "SELECT min(ts), max(ts), count(*) FILTER (ts IS NULL), \
                count(*) FILTER (outcome = 'denied' OR decision = 'deny'), approx_count_distinct(resource) FROM event",
        &[],
    )?;
    if let Some(row) = rows.first() {
        overview.span = row.time(0).zip(row.time(1));
        overview.undated = row.count(2);
        overview.denied = row.count(3);
        overview.resources = row.count(4);
    }
    if overview.resources < 100_000 {
        overview.resources = reader.number("SELECT count(DISTINCT id) FROM resources", &[])?;
    }
    overview.unjoined = unjoined(reader)?;
    overview.subjects = reader.number("SELECT count(*) FROM subject", &[])?;
    overview.sessions = reader.number("SELECT count(*) FROM session", &[])?;
    overview.agent_sessions =
        reader.number("SELECT count(*) FROM session WHERE kind = 'AGENT'", &[])?;
    Ok(())
}

/// While a load goes on, and after one that was killed, people and sessions are not known yet. What the records name is.
fn unjoined(reader: &Reader) -> Result<Option<Unjoined>, Fault> {
    if reader.number("SELECT count(*) FROM meta WHERE key = 'joins due'", &[])? == 0 {
        return Ok(None);
    }
    let rows =
        reader.rows("SELECT count(DISTINCT actor), count(DISTINCT session) FROM event", &[])?;
    Ok(rows.first().map(|row| Unjoined { actors: row.count(0), session_ids: row.count(1) }))
}

/// Returns places to look at first. Each rests on records alone, and says which.
fn leads(reader: &Reader) -> Result<Vec<Lead>, Fault> {
    let mut leads = refused_in_agent_sessions(reader)?;
    leads.extend(issued_keys_in_use(reader)?);
    leads.extend(sessions_without_person(reader)?);
    leads.extend(refused_elsewhere(reader)?);
    leads.truncate(MAX_LEADS);
    Ok(leads)
}

/// Agent sessions in which a call was refused, those first in which the same target was changed afterwards.
fn refused_in_agent_sessions(reader: &Reader) -> Result<Vec<Lead>, Fault> {
    let rows = reader.rows(
        "WITH refused AS (
           SELECT coalesce(g.session, k.session) AS session, e.ts, e.id, e.resource
           FROM event e LEFT JOIN session_key k ON k.local = e.session LEFT JOIN session_guest g ON g.n = e.n
           WHERE e.outcome = 'denied' OR e.decision = 'deny'),
         done AS (
           SELECT r.session, r.resource, min(e.ts) AS at FROM refused r JOIN event e ON e.resource = r.resource
           WHERE e.ts > r.ts AND e.outcome = 'success' AND e.plane = 'cloudtrail' AND NOT coalesce(e.read_only, false)
           GROUP BY ALL)
         SELECT s.id, s.short, coalesce(s.human_name, s.human, ''), coalesce(s.agent, ''), count(*),
                first(r.id ORDER BY d.at IS NULL, r.ts, r.id), min(r.ts), min(d.at)
         FROM refused r JOIN session s ON s.id = r.session
         LEFT JOIN done d ON d.session = s.id AND d.resource = r.resource
         WHERE s.kind = 'AGENT' GROUP BY ALL ORDER BY min(d.at) IS NULL, count(*) DESC, s.id LIMIT 5",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| {
            let person = short_subject(&row.text(2));
            let why = match (row.time(6), row.time(7)) {
                (Some(_), Some(done)) => format!("denied, then done {}Z", clock(done)),
                _ => format!("{} refused", row.count(4)),
            };
            Lead {
                kind: "session".to_owned(),
                title: row.text(1),
                detail: [person, row.text(3)]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("  "),
                why,
                filter: format!("session={}", quote(&row.text(0))),
                event: row.id(5),
            }
        })
        .collect())
}

/// Keys that were handed out inside the case and then used.
fn issued_keys_in_use(reader: &Reader) -> Result<Vec<Lead>, Fault> {
    let rows = reader.rows(
        "SELECT l.value_b, issuer.action, issuer.resource, issuer.id,
                (SELECT count(*) FROM event u WHERE u.credential = l.value_b),
                (SELECT count(DISTINCT u.address) FROM event u WHERE u.credential = l.value_b)
         FROM link l JOIN event issuer ON issuer.n = l.a
         WHERE l.key = 'issued key' AND l.value_b LIKE 'AKIA%' ORDER BY issuer.ts, l.value_b LIMIT 5",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| Lead {
            kind: "key".to_owned(),
            title: row.text(0),
            detail: format!("by {} on {}", row.text(1), short_resource(&row.text(2))),
            why: format!("new key, {} calls", row.count(4)),
            filter: format!("key={}", quote(&row.text(0))),
            event: row.id(3),
        })
        .collect())
}

fn sessions_without_person(reader: &Reader) -> Result<Vec<Lead>, Fault> {
    let rows = reader.rows(
        "SELECT s.id, s.short, coalesce(s.agent, s.actor, ''), s.events FROM session s \
         WHERE s.kind = 'AGENT' AND s.human IS NULL ORDER BY s.events DESC, s.id LIMIT 3",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| Lead {
            kind: "session".to_owned(),
            title: row.text(1),
            detail: format!("{}  {} events", short_subject(&row.text(2)), row.count(3)),
            why: "no human behind it".to_owned(),
            filter: format!("session={}", quote(&row.text(0))),
            event: None,
        })
        .collect())
}

/// Actors with refused calls outside agent sessions.
fn refused_elsewhere(reader: &Reader) -> Result<Vec<Lead>, Fault> {
    let rows = reader.rows(
        "SELECT e.actor, count(*), first(e.id ORDER BY e.ts, e.id), count(DISTINCT e.action) FROM event e
         LEFT JOIN session_key k ON k.local = e.session LEFT JOIN session s ON s.id = k.session
         WHERE (e.outcome = 'denied' OR e.decision = 'deny') AND e.actor IS NOT NULL AND s.kind IS DISTINCT FROM 'AGENT'
         GROUP BY e.actor ORDER BY 2 DESC, 1 LIMIT 3",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| Lead {
            kind: "actor".to_owned(),
            title: short_subject(&row.text(0)),
            detail: format!("{} different actions", row.count(3)),
            why: format!("{} refused", row.count(1)),
            filter: format!("who={} is:denied", quote(&row.text(0))),
            event: row.id(2),
        })
        .collect())
}

fn clock(time: Micros) -> String {
    time.clock().chars().take(8).collect()
}

fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
