//! Writing: whole batches through the engine's appender, small statements for sources, rejects and derived tables.
//! `flush` is always checked: errors appear there, and dropping an appender would swallow them.

use duckdb::{Connection, params_from_iter};

use super::batch::Columns;
use super::fault::Fault;
use super::reader::{Reader, Row, Value, to_engine};

/// A connection for writing.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    is_in_transaction: bool,
}

/// Which table a batch of events goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Event,
    Duplicate,
}

impl Writer {
    pub(super) const fn new(connection: Connection) -> Self {
        Self { connection, is_in_transaction: false }
    }

    /// Begins a transaction unless one is open.
    pub fn begin(&mut self) -> Result<(), Fault> {
        if !self.is_in_transaction {
            self.connection.execute_batch("BEGIN")?;
            self.is_in_transaction = true;
        }
        Ok(())
    }

    /// Makes what was written since `begin` visible and durable.
    pub fn commit(&mut self) -> Result<(), Fault> {
        if std::mem::take(&mut self.is_in_transaction) {
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    /// Forgets what was written since `begin`.
    pub fn roll_back(&mut self) -> Result<(), Fault> {
        if std::mem::take(&mut self.is_in_transaction) {
            self.connection.execute_batch("ROLLBACK")?;
        }
        Ok(())
    }

    /// Appends a batch of events, and for kept events their further identifiers and resources.
    pub fn append(&mut self, table: Table, columns: Columns) -> Result<(), Fault> {
        self.begin()?;
        match table {
            Table::Event => {
                self.append_batch("event", columns.events)?;
            }
            Table::Duplicate => self.append_batch("duplicate", columns.events)?,
        }
        if let Some(identifiers) = columns.identifiers {
            self.append_batch("extra_identifier", identifiers)?;
        }
        if let Some(resources) = columns.resources {
            self.append_batch("extra_resource", resources)?;
        }
        Ok(())
    }

    fn append_batch(
        &self,
        table: &str,
        batch: duckdb::arrow::record_batch::RecordBatch,
    ) -> Result<(), Fault> {
        let mut appender = self.connection.appender(table)?;
        appender.append_record_batch(batch)?;
        appender.flush()?;
        Ok(())
    }

    /// Appends rows to a small table.
    pub fn append_rows(&mut self, table: &str, rows: &[Vec<Value>]) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        self.begin()?;
        let mut appender = self.connection.appender(table)?;
        for row in rows {
            appender.append_row(duckdb::appender_params_from_iter(row.iter().map(to_engine)))?;
        }
        appender.flush()?;
        Ok(())
    }

    /// Runs one statement with values.
    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, Fault> {
        self.begin()?;
        Ok(self.connection.execute(sql, params_from_iter(values.iter().map(to_engine)))?)
    }

    /// Runs several statements without values.
    pub fn execute_batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.begin()?;
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Runs a question inside the open transaction, so that it sees what was just written, row after row.
    pub fn each(
        &mut self,
        sql: &str,
        mut take: impl FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.begin()?;
        super::reader::each_row(&self.connection, sql, &[], |row| take(row).map(|()| true))?;
        Ok(())
    }

    /// Runs a question inside the open transaction whose answer is one number.
    pub fn number(&mut self, sql: &str) -> Result<u64, Fault> {
        let mut number = 0;
        self.each(sql, |row| {
            number = row.count(0);
            Ok(())
        })?;
        Ok(number)
    }

    /// Commits, then folds the write-ahead log into the database file. Returns false when that has to wait because a
    /// question still reads what was there before (DuckDB 2.0 refuses then): everything is kept and durable in the log,
    /// which the engine folds by itself when the case is closed.
    pub fn fold_log(&mut self) -> Result<bool, Fault> {
        self.commit()?;
        match self.connection.execute_batch("CHECKPOINT") {
            Ok(()) => Ok(true),
            Err(error) if error.to_string().contains("Cannot CHECKPOINT") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns a connection for questions beside this one.
    pub fn reader(&self) -> Result<Reader, Fault> {
        Ok(Reader::new(self.connection.try_clone()?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Store};

    /// A question that is still being answered while a load ends must not cut the load short.
    #[test]
    fn log_is_folded_later_while_a_question_reads_what_was_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        writer.execute("INSERT INTO meta VALUES ('colour', 'red')", &[]).unwrap();
        assert!(writer.fold_log().unwrap());

        let reader = store.reader().unwrap();
        reader.rows("BEGIN TRANSACTION READ ONLY", &[]).unwrap();
        let colour = "SELECT value FROM meta WHERE key = 'colour'";
        assert_eq!(reader.rows(colour, &[]).unwrap()[0].text(0), "red");
        writer.execute("UPDATE meta SET value = 'blue' WHERE key = 'colour'", &[]).unwrap();
        assert!(!writer.fold_log().unwrap(), "the engine no longer refuses: fold at once");
        assert_eq!(reader.rows(colour, &[]).unwrap()[0].text(0), "red");
        assert_eq!(store.reader().unwrap().rows(colour, &[]).unwrap()[0].text(0), "blue");

        reader.rows("COMMIT", &[]).unwrap();
        writer.execute("INSERT INTO meta VALUES ('shape', 'round')", &[]).unwrap();
        assert!(writer.fold_log().unwrap());
    }
}
