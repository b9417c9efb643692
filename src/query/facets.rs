//! Values of a field with their number of events, for the filter bar.

use super::filter::Filter;
use super::page::shown;
use super::sql::like;
use crate::model::rows::Facet;
use crate::store::{Fault, Reader};

/// Returns the most frequent values of `field` that contain `part`, under the filter. Unknown fields have none.
pub fn facets(
    reader: &Reader,
    filter: &Filter,
    field: &str,
    part: &str,
    limit: usize,
) -> Result<Vec<Facet>, Fault> {
    let column = match field {
        "who" => "coalesce(e.human, e.actor)",
        "session" => {
            "coalesce((SELECT k.session FROM session_key k WHERE k.local = e.session), e.session)"
        }
        "agent" => "e.agent",
        "key" => "e.credential",
        "action" => "e.action",
        "what" => "e.resource",
        "outcome" => "e.outcome",
        "source" => "e.plane",
        "address" => "e.address",
        "tool" => "e.tool",
        "server" => "e.server",
        "trace" => "e.trace",
        "region" => "e.region",
        "account" => "e.account",
        "error" => "e.error_code",
        "decision" => "e.decision",
        "policy" => "e.policy",
        "kind" => "e.kind",
        "class" => "e.action_class",
        "model" => "e.model",
        "product" => "e.product",
        "type" => "e.resource_type",
        _ => return Ok(Vec::new()),
    };
    let shown = shown(reader, filter);
    let sql = format!(
        "SELECT value, count(*) FROM (SELECT {column} AS value FROM event e WHERE {}) \
         WHERE value ILIKE ? ESCAPE '\\' GROUP BY value ORDER BY 2 DESC, 1 LIMIT {limit}",
        shown.sql
    );
    let mut values = shown.values;
    values.push(like(part).into());
    Ok(reader
        .rows(&sql, &values)?
        .iter()
        .map(|row| Facet { value: row.text(0), events: row.count(1) })
        .collect())
}
