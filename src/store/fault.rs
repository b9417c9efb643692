//! What can go wrong in the database, told apart. Error kinds of the engine are message prefixes; only this file reads them.

use thiserror::Error;

/// A failure of the store.
#[derive(Debug, Error)]
pub enum Fault {
    /// The question was stopped.
    #[error("the question was stopped")]
    Interrupted,
    /// Another process has the case open for writing.
    #[error("the case database is in use by another process")]
    InUse,
    /// The case was made by a newer version of the program.
    #[error("the case has schema {found}, this version knows {known}")]
    Newer {
        /// Schema number in the case.
        found: i64,
        /// Highest schema number this version knows.
        known: i64,
    },
    /// There is no room left on the disk, or it cannot be written.
    #[error("the disk is full or cannot be written: {0}")]
    Disk(String),
    /// The question itself is wrong (SQL typed by the user).
    #[error("{0}")]
    Question(String),
    /// Anything else.
    #[error("database: {0}")]
    Engine(String),
}

impl From<duckdb::Error> for Fault {
    fn from(error: duckdb::Error) -> Self {
        Self::from_message(&error.to_string())
    }
}

impl Fault {
    fn from_message(message: &str) -> Self {
        let has = |part: &str| message.contains(part);
        if has("INTERRUPT") || has("Interrupted") {
            Self::Interrupted
        } else if has("Could not set lock") || has("Conflicting lock") {
            Self::InUse
        } else if has("No space left") || has("Read-only file system") || has("Disk quota") {
            Self::Disk(first_line(message))
        } else if [
            "Parser Error",
            "Binder Error",
            "Catalog Error",
            "Conversion Error",
            "Permission Error",
            "Invalid Input Error",
        ]
        .iter()
        .any(|kind| has(kind))
        {
            Self::Question(first_line(message))
        } else {
            Self::Engine(first_line(message))
        }
    }
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or(message).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_from_the_engines_words() {
        assert!(matches!(Fault::from_message("INTERRUPT Error: Interrupted!"), Fault::Interrupted));
        assert!(matches!(
            Fault::from_message("IO Error: Could not set lock on file"),
            Fault::InUse
        ));
        assert!(matches!(
            Fault::from_message("IO Error: write: No space left on device"),
            Fault::Disk(_)
        ));
        assert!(matches!(Fault::from_message("Binder Error: no column x"), Fault::Question(_)));
    }
}
