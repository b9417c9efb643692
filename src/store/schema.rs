//! Numbered migrations. One that has been released is never edited; its hash is pinned by a test.

use duckdb::Connection;

use super::fault::Fault;

/// Migrations in order; the number is the schema version after it.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("migrations/0001_events.sql")),
    (2, include_str!("migrations/0002_derived.sql")),
    (3, include_str!("migrations/0003_views.sql")),
    (4, include_str!("migrations/0004_proofs.sql")),
    (5, include_str!("migrations/0005_links.sql")),
    (6, include_str!("migrations/0006_gaps.sql")),
    (7, include_str!("migrations/0007_keys.sql")),
    (8, include_str!("migrations/0008_boundary.sql")),
    (9, include_str!("migrations/0009_rules.sql")),
    (10, include_str!("migrations/0010_digests.sql")),
    (11, include_str!("migrations/0011_kept.sql")),
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
    fn batches_have_the_columns_of_the_table() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection).unwrap();
        let mut statement =
            connection.prepare("SELECT column_name FROM information_schema.columns WHERE table_name = 'event' ORDER BY ordinal_position").unwrap();
        let names: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(names, crate::store::batch::column_names());
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
        // A released migration is never edited; a new one adds its line here.
        let pinned = [
            "1 504119e1",
            "2 566b11f9",
            "3 f5c550f6",
            "4 f5a8d85c",
            "5 a7cfbcd7",
            "6 2726ced8",
            "7 9e4be197",
            "8 43ecb7d7",
            "9 54e235f6",
            "10 6668db99",
            "11 3626c7d6",
        ];
        assert_eq!(hashes, pinned);
    }
}
