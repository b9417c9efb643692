//! The embedded DuckDB database of a case: opening, locked-down settings, migrations, appending, reading, cancelling.
//! The only module that names the engine. Knows columns, but not what a log format or a screen is.

pub mod append;
pub mod batch;
pub mod cancel;
pub mod fault;
pub mod open;
pub mod parquet;
mod proofs;
pub mod reader;
pub mod schema;

pub use append::Writer;
pub use batch::{EventBatch, Position};
pub use cancel::{Cancel, Interrupter};
pub use fault::Fault;
pub use open::{Limits, Store};
pub use reader::{Reader, Row, Value};
