//! Writing rows into a Parquet file, through an engine of its own that lives in memory. The engine of a case may write
//! inside the case only; this one may write inside one scratch folder only, and knows no case.

use std::path::{Path, PathBuf};

use duckdb::{Config, Connection};

use super::fault::Fault;
use super::reader::{Value, to_engine};

/// Rows that are handed to the engine at a time.
const CHUNK: usize = 2_000;

/// Memory of the engine in MiB; what does not fit lies in the scratch folder until the end.
const MEMORY_MIB: u64 = 384;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParquetKind {
    Text,
    /// A list of texts, handed over as a JSON array.
    Texts,
    Int,
    Float,
    Flag,
    /// An instant, in UTC.
    Time,
    Id,
}

impl ParquetKind {
    /// Returns the type of the column while rows are gathered.
    const fn gathered(self) -> &'static str {
        match self {
            Self::Text | Self::Texts => "VARCHAR",
            Self::Int => "BIGINT",
            Self::Float => "DOUBLE",
            Self::Flag => "BOOLEAN",
            Self::Time => "TIMESTAMP",
            Self::Id => "UUID",
        }
    }

    /// Returns the column as it is written.
    fn written(self, name: &str) -> String {
        match self {
            Self::Text | Self::Int | Self::Float | Self::Flag | Self::Id => format!("\"{name}\""),
            Self::Texts => format!("from_json(\"{name}\", '[\"VARCHAR\"]') AS \"{name}\""),
            Self::Time => format!("CAST(\"{name}\" AS TIMESTAMPTZ) AS \"{name}\""),
        }
    }
}

/// A Parquet file while its rows are gathered.
#[derive(Debug)]
pub struct ParquetFile {
    connection: Connection,
    path: PathBuf,
    columns: Vec<(&'static str, ParquetKind)>,
    waiting: Vec<Vec<Value>>,
}

impl ParquetFile {
    /// Begins the file `name` in the folder `scratch`, which must be there and be nobody else's.
    pub fn begin(
        scratch: &Path,
        name: &str,
        columns: Vec<(&'static str, ParquetKind)>,
    ) -> Result<Self, Fault> {
        let config = Config::default()
            .enable_autoload_extension(false)?
            .max_memory(&format!("{MEMORY_MIB}MiB"))?
            // With one thread, and the order of rows kept, the same rows make the same bytes.
            .threads(1)?;
        let connection = Connection::open_in_memory_with_flags(config)?;
        let folder = quoted(&scratch.to_string_lossy());
        connection.execute_batch(&format!(
            "SET autoinstall_known_extensions = false;
             SET autoload_known_extensions = false;
             SET allow_community_extensions = false;
             SET preserve_insertion_order = true;
             SET temp_directory = '{folder}/spill';
             SET allowed_directories = ['{folder}'];
             SET enable_external_access = false;
             SET lock_configuration = true;"
        ))?;
        let gathered: Vec<String> =
            columns.iter().map(|(name, kind)| format!("\"{name}\" {}", kind.gathered())).collect();
        connection.execute_batch(&format!("CREATE TABLE gathered ({})", gathered.join(", ")))?;
        Ok(Self { connection, path: scratch.join(name), columns, waiting: Vec::new() })
    }

    /// Adds a row: a value for each column.
    pub fn row(&mut self, row: Vec<Value>) -> Result<(), Fault> {
        self.waiting.push(row);
        if self.waiting.len() >= CHUNK { self.append() } else { Ok(()) }
    }

    fn append(&mut self) -> Result<(), Fault> {
        let mut appender = self.connection.appender("gathered")?;
        for row in self.waiting.drain(..) {
            appender.append_row(duckdb::appender_params_from_iter(row.iter().map(to_engine)))?;
        }
        Ok(appender.flush()?)
    }

    /// Writes the file and returns where it is.
    pub fn finish(mut self) -> Result<PathBuf, Fault> {
        self.append()?;
        let written: Vec<String> =
            self.columns.iter().map(|(name, kind)| kind.written(name)).collect();
        self.connection.execute_batch(&format!(
            "COPY (SELECT {} FROM gathered) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
            written.join(", "),
            quoted(&self.path.to_string_lossy())
        ))?;
        Ok(self.path)
    }
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventId, Micros};

    fn columns() -> Vec<(&'static str, ParquetKind)> {
        use ParquetKind::{Flag, Float, Id, Int, Text, Texts, Time};
        vec![
            ("id", Id),
            ("moment", Time),
            ("who", Text),
            ("tags", Texts),
            ("bytes", Int),
            ("cost", Float),
            ("is_read", Flag),
        ]
    }

    fn rows() -> Vec<Vec<Value>> {
        (0..2 * i64::try_from(CHUNK).unwrap() + 7)
            .map(|number| {
                vec![
                    Value::Id(EventId(u128::try_from(number).unwrap())),
                    Value::Time(Micros(1_783_848_662_114_007 + number)),
                    Value::Text(format!("who-{number}")),
                    Value::Text("[\"a\",\"b\"]".to_owned()),
                    if number % 2 == 0 { Value::Int(number) } else { Value::Null },
                    Value::Float(0.5),
                    Value::Bool(true),
                ]
            })
            .collect()
    }

    fn write(scratch: &Path, name: &str) -> PathBuf {
        let mut file = ParquetFile::begin(scratch, name, columns()).unwrap();
        for row in rows() {
            file.row(row).unwrap();
        }
        file.finish().unwrap()
    }

    #[test]
    fn same_rows_make_the_same_bytes_with_their_types_and_order() {
        let scratch = tempfile::tempdir().unwrap();
        let [one, two] = ["o'ne.parquet", "two.parquet"].map(|name| write(scratch.path(), name));
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(two).unwrap());
        let reader = Connection::open_in_memory().unwrap();
        let ask = |what: &str| -> String {
            let from = quoted(&one.to_string_lossy());
            let sql = format!("SELECT {what} FROM read_parquet('{from}')");
            reader.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(ask("CAST(count(*) AS VARCHAR)"), rows().len().to_string());
        assert_eq!(
            ask(
                "any_value(typeof(id) || ' ' || typeof(moment) || ' ' || typeof(tags) || ' ' || typeof(bytes))"
            ),
            "UUID TIMESTAMP WITH TIME ZONE VARCHAR[] BIGINT"
        );
        assert_eq!(ask("CAST(epoch_us(min(moment)) AS VARCHAR)"), "1783848662114007");
        let order = "CAST(list(who) = list(who ORDER BY moment) AS VARCHAR)";
        assert_eq!(ask(order), "true");
    }

    #[test]
    fn engine_writes_into_its_scratch_folder_only() {
        let (scratch, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = ParquetFile::begin(scratch.path(), "a.parquet", columns()).unwrap();
        let path = other.path().join("b.parquet");
        let copy = format!("COPY gathered TO '{}' (FORMAT parquet)", path.display());
        assert!(file.connection.execute_batch(&copy).is_err());
        assert!(!path.exists());
    }
}
