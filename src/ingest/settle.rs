//! After the files: rows of sources that were not finished go away, and of records delivered several times the same
//! delivery is kept whatever the order of the files was.

use crate::store::{Fault, Writer};

/// Members of an archive that was not read to its end.
const UNFINISHED: &str = "member IS NOT NULL AND path NOT IN (SELECT path FROM source WHERE member IS NULL AND path IS NOT NULL)";

/// Removes rows of sources that have no row in `source`: a load was stopped or killed while reading them.
/// Events that lose their kept row to this are taken from another delivery by [`choose_deliveries`].
pub(super) fn sweep(writer: &mut Writer) -> Result<(), Fault> {
    let reader = writer.reader()?;
    // An archive's own row comes last: without it, the archive is read again, with all its members.
    let mut left_over =
        reader.number(&format!("SELECT count(*) FROM source WHERE {UNFINISHED}"), &[])?;
    if left_over > 0 {
        writer.execute(&format!("DELETE FROM source WHERE {UNFINISHED}"), &[])?;
    }
    for table in ["event", "duplicate", "chain_record", "proof"] {
        left_over += reader.number(
            &format!(
                "SELECT count(*) FROM {table} WHERE source NOT IN (SELECT source FROM source)"
            ),
            &[],
        )?;
    }
    if left_over > 0 {
        for table in [
            "event",
            "duplicate",
            "extra_identifier",
            "extra_resource",
            "reject",
            "redaction",
            "proof",
            "chain_record",
        ] {
            writer.execute(
                &format!("DELETE FROM {table} WHERE source NOT IN (SELECT source FROM source)"),
                &[],
            )?;
        }
        promote(writer)?;
        writer.execute_batch(BOOK)?;
    }
    writer.commit()
}

/// Removes sources that have a newer row now. Their records, if they have any, go with [`sweep`].
pub(super) fn forget(writer: &mut Writer, sources: &[i64]) -> Result<(), Fault> {
    for source in sources {
        writer.execute("DELETE FROM source WHERE source = ?", &[(*source).into()])?;
    }
    // What counts the rows left over reads on a connection of its own.
    writer.commit()
}

/// Gives events that have deliveries but no kept row their best delivery.
fn promote(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute_batch(
        "CREATE OR REPLACE TEMP TABLE orphan AS
           SELECT n FROM (SELECT duplicate.n, duplicate.id,
                                 row_number() OVER (PARTITION BY duplicate.id ORDER BY duplicate.n) AS place
                          FROM duplicate WHERE id NOT IN (SELECT id FROM event))
           WHERE place = 1;
         INSERT INTO event SELECT * FROM duplicate WHERE n IN (SELECT n FROM orphan);
         DELETE FROM duplicate WHERE n IN (SELECT n FROM orphan);
         DROP TABLE orphan;",
    )
}

/// Of each record delivered more than once, keeps the delivery that is most complete; ties go by content hash,
/// name and place, never by the order of loading. Then writes kept and duplicate counts of the sources anew.
pub(super) fn choose_deliveries(writer: &mut Writer) -> Result<(), Fault> {
    let reader = writer.reader()?;
    if reader.number("SELECT count(*) FROM duplicate", &[])? == 0 {
        return Ok(());
    }
    writer.execute_batch(CONTEST)?;
    writer.execute_batch(EXCHANGE_PLACES)?;
    writer.execute_batch(EXCHANGE_ROWS)?;
    writer.execute_batch(BOOK)
}

/// For each event whose kept delivery is not its best: the row kept, the row to keep, and whether both are the same
/// bytes in the same shape.
const CONTEST: &str = "CREATE OR REPLACE TEMP TABLE contest AS
    WITH delivery AS (
      SELECT n, id, source, record_index, part, line, \"offset\", length, raw_sha256, shape_rank, true AS is_kept
      FROM event WHERE id IN (SELECT id FROM duplicate)
      UNION ALL
      SELECT n, id, source, record_index, part, line, \"offset\", length, raw_sha256, shape_rank, false FROM duplicate),
    placed AS (
      SELECT delivery.*, row_number() OVER (PARTITION BY delivery.id
               ORDER BY shape_rank, source.content_sha256, source.name, coalesce(source.member, ''), record_index, part) AS place
      FROM delivery JOIN source ON source.source = delivery.source)
    SELECT kept.n AS kept_n, best.n AS best_n,
           kept.raw_sha256 = best.raw_sha256 AND kept.shape_rank = best.shape_rank AS is_same,
           kept.source AS kept_source, kept.record_index AS kept_index, kept.part AS kept_part, kept.line AS kept_line,
           kept.\"offset\" AS kept_offset, kept.length AS kept_length,
           best.source AS best_source, best.record_index AS best_index, best.part AS best_part, best.line AS best_line,
           best.\"offset\" AS best_offset, best.length AS best_length
    FROM placed kept JOIN placed best ON best.id = kept.id
    WHERE kept.is_kept AND best.place = 1 AND NOT best.is_kept";

/// Equal records differ in their places only, so only those are exchanged: rewriting whole rows would make the engine
/// compress their neighbors again.
const EXCHANGE_PLACES: &str = "
    UPDATE event SET source = best_source, record_index = best_index, part = best_part, line = best_line,
                     \"offset\" = best_offset, length = best_length
      FROM contest WHERE is_same AND event.n = contest.kept_n;
    UPDATE duplicate SET source = kept_source, record_index = kept_index, part = kept_part, line = kept_line,
                     \"offset\" = kept_offset, length = kept_length
      FROM contest WHERE is_same AND duplicate.n = contest.best_n";

const EXCHANGE_ROWS: &str = "
    INSERT INTO duplicate SELECT * FROM event WHERE n IN (SELECT kept_n FROM contest WHERE NOT is_same);
    DELETE FROM event WHERE n IN (SELECT kept_n FROM contest WHERE NOT is_same);
    INSERT INTO event SELECT * FROM duplicate WHERE n IN (SELECT best_n FROM contest WHERE NOT is_same);
    DELETE FROM duplicate WHERE n IN (SELECT best_n FROM contest WHERE NOT is_same);
    DROP TABLE contest";

const BOOK: &str = "
    CREATE OR REPLACE TEMP TABLE booked AS
      SELECT source.source, coalesce(k.count, 0) AS kept, coalesce(d.count, 0) AS duplicate
      FROM source
      LEFT JOIN (SELECT source, count(*) AS count FROM event GROUP BY source) k USING (source)
      LEFT JOIN (SELECT source, count(*) AS count FROM duplicate GROUP BY source) d USING (source);
    UPDATE source SET kept = booked.kept, duplicate = booked.duplicate FROM booked
      WHERE booked.source = source.source
        AND (source.kept <> booked.kept OR source.duplicate <> booked.duplicate);
    DROP TABLE booked";
