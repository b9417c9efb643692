//! Asking questions: owned rows only, because an open streaming result would block its connection.

use duckdb::arrow::array::BinaryArray;
use duckdb::types::{TimeUnit, ValueRef};
use duckdb::{Connection, params_from_iter};

use super::cancel::Interrupter;
use super::fault::Fault;
use crate::model::{EventId, Micros};

/// A value put into a question, or found in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Time(Micros),
    Id(EventId),
    Blob(Vec<u8>),
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

/// A connection for questions. One per thread.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

impl Reader {
    pub(super) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Returns a handle that stops whatever runs on this connection.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.connection.interrupt_handle())
    }

    /// Runs a question and returns all its rows. Questions bound themselves with `LIMIT`.
    pub fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(row);
            Ok(true)
        })?;
        Ok(found)
    }

    /// Runs a question and hands out row after row until `take` returns false. Returns the names of the columns.
    pub fn each(
        &self,
        sql: &str,
        values: &[Value],
        take: impl FnMut(Row) -> Result<bool, Fault>,
    ) -> Result<Vec<String>, Fault> {
        each_row(&self.connection, sql, values, take)
    }

    /// Hands out the ids of all kept events. Reads the engine's vectors as they are: row after row took twenty times as long.
    pub fn each_event_id(&self, mut take: impl FnMut(EventId)) -> Result<(), Fault> {
        let mut statement = self.connection.prepare("SELECT id::BLOB FROM event")?;
        for batch in statement.query_arrow([])? {
            let column = batch.column(0).as_any().downcast_ref::<BinaryArray>();
            let column = column.ok_or_else(|| Fault::Engine("ids are not bytes".to_owned()))?;
            for bytes in column.iter().flatten() {
                if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
                    take(EventId(u128::from_be_bytes(bytes)));
                }
            }
        }
        Ok(())
    }

    /// Runs a question whose answer is one number; no row and NULL are 0.
    pub fn number(&self, sql: &str, values: &[Value]) -> Result<u64, Fault> {
        let rows = self.rows(sql, values)?;
        Ok(rows.first().map_or(0, |row| row.count(0)))
    }
}

/// Runs a question on a connection and hands out row after row until `take` returns false.
pub(super) fn each_row(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    mut take: impl FnMut(Row) -> Result<bool, Fault>,
) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values.iter().map(to_engine)))?;
    let names = rows.as_ref().map(duckdb::Statement::column_names).unwrap_or_default();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(names.len());
        for index in 0..names.len() {
            values.push(from_engine(row.get_ref(index)?));
        }
        if !take(Row(values))? {
            break;
        }
    }
    Ok(names)
}

impl Row {
    fn get(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Null)
    }

    /// Returns the text in a column, or an empty one.
    pub fn text(&self, index: usize) -> String {
        self.maybe_text(index).unwrap_or_default()
    }

    /// Returns the text in a column of text as it stands in the row, unless it is NULL.
    pub fn borrowed(&self, index: usize) -> Option<&str> {
        match self.get(index) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the text in a column, unless it is NULL.
    pub fn maybe_text(&self, index: usize) -> Option<String> {
        match self.get(index) {
            Value::Text(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// Returns the whole number in a column, or 0.
    pub fn int(&self, index: usize) -> i64 {
        match self.get(index) {
            Value::Int(number) => *number,
            Value::Bool(flag) => i64::from(*flag),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "sums of counts come as whole floats"
            )]
            Value::Float(number) => *number as i64,
            Value::Null | Value::Text(_) | Value::Time(_) | Value::Id(_) | Value::Blob(_) => 0,
        }
    }

    /// Returns the number in a column, or 0.
    pub fn float(&self, index: usize) -> f64 {
        match self.get(index) {
            Value::Float(number) => *number,
            #[expect(clippy::cast_precision_loss, reason = "sums of money are far below 2^52")]
            Value::Int(number) => *number as f64,
            _ => 0.0,
        }
    }

    /// Returns the count in a column; NULL and negative numbers are 0.
    pub fn count(&self, index: usize) -> u64 {
        u64::try_from(self.int(index)).unwrap_or(0)
    }

    /// Returns the instant in a column.
    pub fn time(&self, index: usize) -> Option<Micros> {
        match self.get(index) {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// Returns the event id in a column.
    pub fn id(&self, index: usize) -> Option<EventId> {
        match self.get(index) {
            Value::Id(id) => Some(*id),
            Value::Text(text) => EventId::parse(text),
            _ => None,
        }
    }

    /// Returns true for a true value.
    pub fn flag(&self, index: usize) -> bool {
        matches!(self.get(index), Value::Bool(true))
    }

    /// Returns the bytes in a column.
    pub fn blob(&self, index: usize) -> &[u8] {
        match self.get(index) {
            Value::Blob(bytes) => bytes,
            _ => &[],
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Time(time) => write!(f, "{time}"),
            Self::Id(id) => write!(f, "{id}"),
            Self::Blob(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Micros> for Value {
    fn from(time: Micros) -> Self {
        Self::Time(time)
    }
}

impl From<EventId> for Value {
    fn from(id: EventId) -> Self {
        Self::Id(id)
    }
}

pub(super) fn to_engine(value: &Value) -> duckdb::types::Value {
    use duckdb::types::Value as Engine;
    match value {
        Value::Null => Engine::Null,
        Value::Bool(flag) => Engine::Boolean(*flag),
        Value::Int(number) => Engine::BigInt(*number),
        Value::Float(number) => Engine::Double(*number),
        Value::Text(text) => Engine::Text(text.clone()),
        Value::Time(time) => Engine::Timestamp(TimeUnit::Microsecond, time.0),
        Value::Id(id) => Engine::Text(id.to_string()),
        Value::Blob(bytes) => Engine::Blob(bytes.clone()),
    }
}

fn from_engine(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Boolean(flag) => Value::Bool(flag),
        ValueRef::TinyInt(number) => Value::Int(number.into()),
        ValueRef::SmallInt(number) => Value::Int(number.into()),
        ValueRef::Int(number) => Value::Int(number.into()),
        ValueRef::BigInt(number) => Value::Int(number),
        ValueRef::UTinyInt(number) => Value::Int(number.into()),
        ValueRef::USmallInt(number) => Value::Int(number.into()),
        ValueRef::UInt(number) => Value::Int(number.into()),
        ValueRef::UBigInt(number) => {
            i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
        }
        ValueRef::HugeInt(number) => {
            i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
        }
        ValueRef::Float(number) => Value::Float(number.into()),
        ValueRef::Double(number) => Value::Float(number),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Timestamp(unit, ticks) => Value::Time(Micros(unit.to_micros(ticks))),
        other => Value::Text(format!("{:?}", other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Store};
    use crate::model::EventId;

    #[test]
    fn large_answers_come_in_the_order_asked_for_and_cut_where_asked() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 2 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let reader = store.reader().unwrap();
        let numbers = |sql: &str| -> Vec<i64> {
            reader.rows(sql, &[]).unwrap().iter().map(|row| row.int(0)).collect()
        };
        // The engine hands out 122,880 rows to one thread at a time; which comes first is chance.
        for _ in 0..8 {
            let all = numbers("SELECT i FROM range(400000) t(i) ORDER BY hash(i), i");
            assert_eq!(all.len(), 400_000);
            let cut = numbers("SELECT i FROM range(400000) t(i) ORDER BY hash(i), i LIMIT 300000");
            assert!(cut == all[..300_000], "another cut");
            let by_number =
                numbers("SELECT i FROM range(400000) t(i) ORDER BY (i * 7919) % 400000");
            let is_sorted = by_number.is_sorted_by_key(|i| (i * 7919) % 400_000);
            assert!(is_sorted, "out of order");
        }
    }

    #[test]
    fn ids_of_events_are_those_that_rows_have() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        let ids = [0_u128, 1, 1 << 127, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef]
            .map(EventId);
        for id in ids {
            writer.execute("INSERT INTO event (id) VALUES (?::UUID)", &[id.into()]).unwrap();
        }
        writer.commit().unwrap();
        let reader = store.reader().unwrap();
        let mut found = Vec::new();
        reader.each_event_id(|id| found.push(id)).unwrap();
        assert_eq!(found, ids);
        let rows = reader.rows("SELECT id FROM event", &[]).unwrap();
        assert_eq!(rows.iter().filter_map(|row| row.id(0)).collect::<Vec<_>>(), ids);
    }
}
