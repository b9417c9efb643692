//! CloudTrail records as rules look at them: the payload and the columns that stand in for members of the record. Read in
//! stretches of row numbers, so that a big case never lies in memory at once and several threads can share the work.

use std::ops::Range;

use super::columns::{ROW_WIDTH, RowQuestion, event_row};
use super::filter::Filter;
use super::sql::{Condition, resolved};
use crate::model::rows::EventRow;
use crate::model::{EventId, Micros};
use crate::store::{Fault, Reader, Value};

/// Columns that stand before action, payload and the chosen ones.
const TEXTS: usize = 3;

/// Rows that one question for time line rows names.
const CHUNK: usize = 2_000;

/// One record, without what its columns were not chosen for.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRow {
    /// Row number inside the case.
    pub n: i64,
    pub id: EventId,
    /// `None` on the undated shelf.
    pub time: Option<Micros>,
    pub action: Option<String>,
    /// Values of the chosen columns, in their order.
    pub columns: Vec<Option<String>>,
    /// Redacted JSON text of what no column holds.
    pub payload: String,
}

/// Which records are asked for.
#[derive(Debug, Clone)]
pub struct Records {
    condition: Condition,
    columns: Vec<&'static str>,
}

impl Records {
    /// Returns the CloudTrail records under `filter`, undated ones too, with these columns of the event table.
    pub fn under(reader: &Reader, filter: &Filter, columns: Vec<&'static str>) -> Self {
        let mut condition = resolved(reader, filter);
        condition.sql = format!("e.plane = 'cloudtrail' AND {}", condition.sql);
        Self { condition, columns }
    }

    /// Returns the actions of these records with their numbers, in the order of their names.
    pub fn actions(&self, reader: &Reader) -> Result<Vec<(Option<String>, u64)>, Fault> {
        let sql = format!(
            "SELECT e.action, count(*) FROM event e WHERE {} GROUP BY 1 ORDER BY 1",
            self.condition.sql
        );
        let rows = reader.rows(&sql, &self.condition.values)?;
        Ok(rows.iter().map(|row| (row.maybe_text(0), row.count(1))).collect())
    }

    /// Narrows the records to those whose action is one of `actions`; records without an action go.
    #[must_use]
    pub fn with_actions(mut self, actions: &[String]) -> Self {
        let marks = vec!["?"; actions.len()].join(",");
        let list = if actions.is_empty() { "NULL".to_owned() } else { marks };
        self.condition.sql = format!("{} AND e.action IN ({list})", self.condition.sql);
        self.condition.values.extend(actions.iter().map(|action| Value::from(action.as_str())));
        self
    }

    /// Returns the row numbers that the table of events spans.
    pub fn span(reader: &Reader) -> Result<Range<i64>, Fault> {
        let rows = reader.rows("SELECT min(n), max(n) + 1 FROM event", &[])?;
        Ok(rows.first().map_or(0..0, |row| row.int(0)..row.int(1)))
    }

    /// Hands out the records whose row numbers lie in `range`, in no order.
    pub fn each(
        &self,
        reader: &Reader,
        range: Range<i64>,
        mut take: impl FnMut(RecordRow) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let fixed = ["n", "id", "ts", "action", "payload"];
        let columns: Vec<String> =
            fixed.iter().chain(&self.columns).map(|column| format!("e.{column}")).collect();
        let sql = format!(
            "SELECT {} FROM event e WHERE e.n >= {} AND e.n < {} AND {}",
            columns.join(", "),
            range.start,
            range.end,
            self.condition.sql
        );
        reader.each(&sql, &self.condition.values, |row| {
            let Some(id) = row.id(1) else { return Ok(true) };
            let (n, time) = (row.int(0), row.time(2));
            // Texts are taken out of the row, not copied: there are hundreds of megabytes of them.
            let mut texts = row.0.into_iter().skip(TEXTS).map(into_text);
            let action = texts.next().flatten();
            let payload = texts.next().flatten().unwrap_or_default();
            take(RecordRow { n, id, time, action, columns: texts.collect(), payload })
        })?;
        Ok(())
    }
}

fn into_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Id(_)
        | Value::Blob(_) => Some(value.to_string()),
    }
}

/// Returns the time line rows with these row numbers, each with its number, in the order of the numbers.
pub fn numbered_rows(reader: &Reader, numbers: &[i64]) -> Result<Vec<(i64, EventRow)>, Fault> {
    let mut found = Vec::with_capacity(numbers.len());
    for chunk in numbers.chunks(CHUNK) {
        let list: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let which = format!("WHERE e.n IN ({})", list.join(","));
        let question = RowQuestion { which: &which, columns: &["n"], ..RowQuestion::default() };
        let rows = reader.rows(&question.sql(), &[])?;
        found.extend(rows.iter().map(|row| (row.int(ROW_WIDTH), event_row(row))));
    }
    found.sort_by_key(|(n, _)| *n);
    Ok(found)
}
