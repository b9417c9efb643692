//! After the files: rows of sources that were not finished go away, and of records delivered several times the same
//! delivery is kept whatever the order of the files was.

use crate::store::{Fault, Writer};

/// Removes rows of sources that have no row in `source`: a load was stopped or killed while reading them.
/// Events that lose their kept row to this are taken from another delivery by [`choose_deliveries`].
pub(super) fn sweep(writer: &mut Writer) -> Result<(), Fault> {
    let reader = writer.reader()?;
    let mut left_over = 0;
    for table in ["event", "duplicate"] {
        left_over += reader.number(
            &format!(
                "SELECT count(*) FROM {table} WHERE source NOT IN (SELECT source FROM source)"
            ),
            &[],
        )?;
    }
    if left_over > 0 {
        for table in
            ["event", "duplicate", "extra_identifier", "extra_resource", "reject", "redaction"]
        {
            writer.execute(
                &format!("DELETE FROM {table} WHERE source NOT IN (SELECT source FROM source)"),
                &[],
            )?;
        }
        promote(writer)?;
    }
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
    writer.execute_batch(
        "CREATE OR REPLACE TEMP TABLE contest AS
           SELECT n, is_kept FROM (
             SELECT n, is_kept,
                    row_number() OVER (PARTITION BY delivery.id
                      ORDER BY shape_rank, source.content_sha256, source.name, coalesce(source.member, ''),
                               record_index, part) AS place
             FROM (SELECT n, id, source, record_index, part, shape_rank, true AS is_kept
                   FROM event WHERE id IN (SELECT id FROM duplicate)
                   UNION ALL
                   SELECT n, id, source, record_index, part, shape_rank, false FROM duplicate) delivery
             JOIN source ON source.source = delivery.source)
           WHERE (place = 1) <> is_kept;
         INSERT INTO duplicate SELECT * FROM event WHERE n IN (SELECT n FROM contest WHERE is_kept);
         DELETE FROM event WHERE n IN (SELECT n FROM contest WHERE is_kept);
         INSERT INTO event SELECT * FROM duplicate WHERE n IN (SELECT n FROM contest WHERE NOT is_kept);
         DELETE FROM duplicate WHERE n IN (SELECT n FROM contest WHERE NOT is_kept);
         DROP TABLE contest;
         CREATE OR REPLACE TEMP TABLE booked AS
           SELECT source.source,
                  coalesce(k.count, 0) AS kept, coalesce(d.count, 0) AS duplicate
           FROM source
           LEFT JOIN (SELECT source, count(*) AS count FROM event GROUP BY source) k USING (source)
           LEFT JOIN (SELECT source, count(*) AS count FROM duplicate GROUP BY source) d USING (source);
         UPDATE source SET kept = booked.kept, duplicate = booked.duplicate FROM booked
           WHERE booked.source = source.source
             AND (source.kept <> booked.kept OR source.duplicate <> booked.duplicate);
         DROP TABLE booked;",
    )
}
