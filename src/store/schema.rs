//! Numbered migrations. One that has been released is never edited; its hash is pinned by a test.

use duckdb::Connection;

use super::fault::Fault;

/// Migrations in order; the number is the schema version after it.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("migrations/0001_events.sql")),
    (2, include_str!("migrations/0002_derived.sql")),
    (3, include_str!("migrations/0003_views.sql")),
];

/// Returns the newest schema version this program knows.
pub fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, _)| *number)
}

/// Brings the database to the newest schema. Returns a fault if it is newer than that.
pub(super) fn migrate(connection: &Connection) -> Result<(), Fault> {
    connection.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT)")?;
    let found: i64 = connection.query_row(
        "SELECT coalesce(max(version), 0) FROM schema_version",
        [],
        |row| row.get(0),
    )?;
    if found > newest() {
        return Err(Fault::Newer { found, known: newest() });
    }
    for (number, sql) in MIGRATIONS.iter().filter(|(number, _)| *number > found) {
        connection.execute_batch("BEGIN")?;
        connection.execute_batch(sql)?;
        connection.execute("INSERT INTO schema_version VALUES (?)", [number])?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps() {
        for (at, (number, _)) in (1_i64..).zip(MIGRATIONS) {
            assert_eq!(at, *number);
        }
    }

    #[test]
    fn released_migrations_are_not_edited() {
        let hashes: Vec<String> = MIGRATIONS
            .iter()
            .map(|(number, sql)| {
                let digest = Sha256::digest(sql.as_bytes());
                format!(
                    "{number} {:02x}{:02x}{:02x}{:02x}",
                    digest[0], digest[1], digest[2], digest[3]
                )
            })
            .collect();
        insta::assert_snapshot!(hashes.join("\n"));
    }
}
