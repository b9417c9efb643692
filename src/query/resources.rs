//! The What screen: resources touched by the rows under the filter.

use super::columns::short_resource;
use super::filter::Filter;
use super::page::shown;
use super::sessions::LIST_CAP;
use crate::model::rows::ResourceRow;
use crate::store::{Fault, Reader};

/// Returns resources by number of events.
pub fn resources(reader: &Reader, filter: &Filter) -> Result<Vec<ResourceRow>, Fault> {
    let shown = shown(reader, filter);
    let sql = format!(
        "WITH hit AS (SELECT e.* FROM event e WHERE {}),
         touched AS (
           SELECT resource AS id, resource_type AS type, ts, outcome, decision, action_class, read_only,
                  coalesce(human, actor) AS who FROM hit WHERE resource IS NOT NULL
           UNION ALL
           SELECT x.id, x.type, h.ts, h.outcome, h.decision, h.action_class, h.read_only, coalesce(h.human, h.actor)
           FROM hit h JOIN extra_resource x ON x.n = h.n)
         SELECT id, min(type), count(*),
                count(*) FILTER (action_class IN ('write', 'delete', 'admin', 'exec', 'send') AND NOT coalesce(read_only, false)
                                 AND outcome = 'success'),
                count(*) FILTER (outcome = 'denied' OR decision = 'deny'), count(*) FILTER (outcome = 'error'),
                count(DISTINCT who), min(ts), max(ts)
         FROM touched GROUP BY id ORDER BY 3 DESC, id LIMIT {LIST_CAP}",
        shown.sql
    );
    Ok(reader
        .rows(&sql, &shown.values)?
        .iter()
        .map(|row| ResourceRow {
            short: short_resource(&row.text(0)),
            id: row.text(0),
            kind: row.maybe_text(1),
            events: row.count(2),
            writes: row.count(3),
            denied: row.count(4),
            failed: row.count(5),
            subjects: row.count(6),
            first: row.time(7),
            last: row.time(8),
        })
        .collect())
}
