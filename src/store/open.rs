//! Opening the database of a case once per process, with everything that reaches outside switched off and locked.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use duckdb::{AccessMode, Config, Connection};

use super::append::Writer;
use super::fault::Fault;
use super::reader::Reader;
use super::schema;

/// Resources the engine may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Memory of the engine in MiB.
    pub memory_mib: u64,
    /// Worker threads of the engine.
    pub threads: u32,
}

/// An open database. Each thread takes its own [`Reader`] or [`Writer`] from it.
pub struct Store {
    root: Mutex<Connection>,
    deriving: Mutex<()>,
    path: PathBuf,
    is_read_only: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or makes the database at `path` and brings it to the newest schema.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, Fault> {
        let connection = Connection::open_with_flags(path, config(limits)?)?;
        close_doors(&connection, folder_of(path))?;
        connection.execute_batch(LOCK)?;
        schema::migrate(&connection)?;
        Ok(Self::of(connection, path, false))
    }

    /// Opens or makes the database for a load: with one thread of its own, because loading threads do the engine's
    /// work themselves and would only wait for its helpers. [`Store::end_loading`] gives it its threads back.
    pub fn open_for_loading(path: &Path, limits: Limits) -> Result<Self, Fault> {
        let connection =
            Connection::open_with_flags(path, config(Limits { threads: 1, ..limits })?)?;
        close_doors(&connection, folder_of(path))?;
        schema::migrate(&connection)?;
        Ok(Self::of(connection, path, false))
    }

    /// Ends a load: the engine gets all its threads, and the settings are locked.
    pub fn end_loading(&self, limits: Limits) -> Result<(), Fault> {
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        root.execute_batch(&format!("SET threads = {}", limits.threads))?;
        Ok(root.execute_batch(LOCK)?)
    }

    /// Opens an existing database without writing to it. Fails if the schema is newer or older than known.
    pub fn open_read_only(path: &Path, limits: Limits) -> Result<Self, Fault> {
        let connection =
            Connection::open_with_flags(path, config(limits)?.access_mode(AccessMode::ReadOnly)?)?;
        close_doors(&connection, folder_of(path))?;
        connection.execute_batch(LOCK)?;
        let found: i64 =
            connection
                .query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0))?;
        if found != schema::newest() {
            return Err(Fault::Newer { found, known: schema::newest() });
        }
        Ok(Self::of(connection, path, true))
    }

    fn of(connection: Connection, path: &Path, is_read_only: bool) -> Self {
        Self {
            root: Mutex::new(connection),
            deriving: Mutex::new(()),
            path: path.to_owned(),
            is_read_only,
        }
    }

    /// Waits until nobody else makes derived tables, and keeps others from it until the answer is dropped: the engine
    /// refuses whoever changes a row second, so a fact that is declared during a load would cut one of the two short.
    pub fn derive(&self) -> MutexGuard<'_, ()> {
        self.deriving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a connection for questions.
    pub fn reader(&self) -> Result<Reader, Fault> {
        Ok(Reader::new(self.clone_connection()?))
    }

    /// Returns a connection for writing.
    pub fn writer(&self) -> Result<Writer, Fault> {
        Ok(Writer::new(self.clone_connection()?))
    }

    /// Returns true when the database was opened without leave to write.
    pub const fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn clone_connection(&self) -> Result<Connection, Fault> {
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(root.try_clone()?)
    }
}

fn config(limits: Limits) -> Result<Config, Fault> {
    Ok(Config::default()
        .enable_autoload_extension(false)?
        .max_memory(&format!("{}MiB", limits.memory_mib))?
        .threads(i64::from(limits.threads))?)
}

/// Forbids every further change of a setting.
const LOCK: &str = "SET lock_configuration = true";

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Switches off what reaches outside the case folder. The order matters: directories can only be named while external
/// access is on, and external access cannot be switched on again. `preserve_insertion_order` keeps its default, true:
/// without it this engine (2.0.0) also gives up the order of `ORDER BY` beyond its first 122,880 rows, and which rows
/// a large `LIMIT` takes.
fn close_doors(connection: &Connection, folder: &Path) -> Result<(), Fault> {
    let folder = folder.to_string_lossy().replace('\'', "''");
    connection.execute_batch(&format!(
        "SET autoinstall_known_extensions = false;
         SET autoload_known_extensions = false;
         SET allow_community_extensions = false;
         SET temp_directory = '{folder}/spill';
         SET wal_autocheckpoint = '1GB';
         SET allowed_directories = ['{folder}'];
         SET enable_external_access = false;"
    ))?;
    Ok(())
}
