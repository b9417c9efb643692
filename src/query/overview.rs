//! The Overview: the account, the span, the sizes of the other screens, and where to look first.

use super::leads::leads;
use super::sources::account;
use crate::model::Plane;
use crate::model::rows::{Overview, Unjoined};
use crate::store::{Fault, Reader};

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
