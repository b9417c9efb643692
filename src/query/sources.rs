//! The list of evidence files: what became of each, and its account.

use super::proofs::{WORST, source_proof};
use crate::model::rows::SourceRow;
use crate::model::{Account, SourceState};
use crate::store::{Fault, Reader};

/// Returns every source, in name order.
pub fn sources(reader: &Reader) -> Result<Vec<SourceRow>, Fault> {
    let rows = reader.rows(
        &format!(
            "SELECT s.name, s.member, s.state, s.format, s.because, s.reason, s.bytes, s.sha256, s.read, s.kept, \
                    s.duplicate, s.rejected, s.warnings, v.proof, \
                    (SELECT string_agg(class || ' ' || \"count\", ', ' ORDER BY class) FROM redaction r WHERE r.source = s.source) \
             FROM source s {WORST} ORDER BY s.name, coalesce(s.member, ''), s.content_sha256"
        ),
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| SourceRow {
            name: row.text(0),
            member: row.maybe_text(1),
            state: SourceState::from_word(&row.text(2)).unwrap_or(SourceState::Loading),
            format: row.maybe_text(3),
            because: row.text(4),
            reason: row.maybe_text(5),
            bytes: row.count(6),
            sha256: row.text(7),
            account: Account {
                read: row.count(8),
                kept: row.count(9),
                duplicate: row.count(10),
                rejected: row.count(11),
            },
            warnings: row.text(12).lines().map(str::to_owned).collect(),
            proof: source_proof(row.maybe_text(13)),
            redacted: row.text(14),
        })
        .collect())
}

/// Returns the account of the files read to their end. `kept` and `duplicate` are counted in the tables, not summed
/// from what the loader said, so that a lost row shows.
pub fn account(reader: &Reader) -> Result<Account, Fault> {
    let rows = reader.rows(
        "SELECT coalesce(sum(read), 0), \
                (SELECT count(*) FROM event WHERE source IN (SELECT source FROM source)), \
                (SELECT count(*) FROM duplicate WHERE source IN (SELECT source FROM source)), \
                coalesce(sum(rejected), 0) FROM source",
        &[],
    )?;
    Ok(rows.first().map_or_else(Account::default, |row| Account {
        read: row.count(0),
        kept: row.count(1),
        duplicate: row.count(2),
        rejected: row.count(3),
    }))
}

/// Returns number, path and whether the content ended early of every source. What came from standard input has no path.
pub fn places(reader: &Reader) -> Result<Vec<(i64, Option<String>, bool)>, Fault> {
    let rows =
        reader.rows("SELECT source, path, state = 'damaged' FROM source ORDER BY source", &[])?;
    Ok(rows.iter().map(|row| (row.int(0), row.maybe_text(1), row.flag(2))).collect())
}
