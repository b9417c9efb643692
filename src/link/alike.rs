//! Events that name the same people, keys, sessions and places, counted once: some ten thousand rows stand for millions of
//! events in whatever asks who did how much from when to when. Must not hold what tells two events of a sort apart, such as
//! request ids, resources or payloads.

use super::reach::Reach;
use crate::store::{Fault, Writer};

/// One row per sort of event, of the events that a condition leaves.
const ALIKE: &str = "
    SELECT human, human_proof, agent, client, actor, actor_type, credential, parent_credential, credential_created,
           session, session_basis, role_session, account, plane, product, kind, invoked_by, region, address, user_agent,
           coalesce(server, split_part(action, ':', 1)) AS service,
           count(*) AS events, count(*) FILTER (outcome = 'denied' OR decision = 'deny') AS refused,
           min(ts) AS first_ts, max(ts) AS last_ts, first(n ORDER BY ts, id) AS first_n, first(id ORDER BY ts, id) AS first_id
    FROM event";

/// Sorts that have several rows are put together.
const TOGETHER: &str = "
    CREATE OR REPLACE TEMP TABLE together AS
    SELECT human, human_proof, agent, client, actor, actor_type, credential, parent_credential, credential_created,
           session, session_basis, role_session, account, plane, product, kind, invoked_by, region, address, user_agent,
           service, sum(events)::BIGINT AS events, sum(refused)::BIGINT AS refused, min(first_ts) AS first_ts,
           max(last_ts) AS last_ts, first(first_n ORDER BY first_ts, first_id) AS first_n,
           first(first_id ORDER BY first_ts, first_id) AS first_id
    FROM alike GROUP BY ALL;
    DELETE FROM alike; INSERT INTO alike FROM together; DROP TABLE together";

/// Rows up to which nothing is put together, beside as many again as there were.
const FEW: u64 = 50_000;

/// What this module puts into the kept tables.
pub(super) const STATEMENTS: &[&str] = &[ALIKE, TOGETHER];

/// Fills table `alike`, or adds to it.
pub(super) fn gather(writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
    gather_up_to(writer, reach, FEW)
}

fn gather_up_to(writer: &mut Writer, reach: Reach, few: u64) -> Result<(), Fault> {
    if reach == Reach::All {
        writer.execute("DELETE FROM alike", &[])?;
    }
    let before = writer.number("SELECT count(*) FROM alike")?;
    writer.execute(
        &format!("INSERT INTO alike {ALIKE} WHERE {} GROUP BY ALL", reach.condition()),
        &[],
    )?;
    if before == 0 {
        return note(writer);
    }
    let together = "SELECT coalesce(max(value::BIGINT), 0) FROM meta WHERE key = 'alike together'";
    let most = writer.number(together)?.saturating_mul(2).saturating_add(few);
    if writer.number("SELECT count(*) FROM alike")? > most {
        writer.execute_batch(TOGETHER)?;
        return note(writer);
    }
    Ok(())
}

/// Notes how many rows there are when each sort has one.
fn note(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute("DELETE FROM meta WHERE key = 'alike together'", &[])?;
    writer.execute("INSERT INTO meta SELECT 'alike together', count(*) FROM alike", &[])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Limits, Store};

    fn rows(writer: &mut Writer) -> Vec<String> {
        let mut rows = Vec::new();
        let take = |row| {
            rows.push(format!("{row:?}"));
            Ok(())
        };
        writer.each("FROM alike ORDER BY ALL", take).unwrap();
        rows
    }

    #[test]
    fn sorts_that_are_put_together_are_those_of_all_events() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        let (mut most, mut least) = (0, usize::MAX);
        for load in 0..8_i64 {
            // Later loads have earlier events too, equal times, and some without one.
            let sql = format!(
                "INSERT INTO event (n, id, ts, actor, plane, kind, action, outcome)
                 SELECT {load} * 40 + i, md5(({load} * 40 + i)::VARCHAR)::UUID,
                        CASE WHEN i % 13 > 0 THEN make_timestamp(1770000000000000 + (i * 7 + {load} * 5) % 11 * 1000000) END,
                        'actor' || i % 4, 'cloudtrail', 'api', 's3:' || i % 3, CASE i % 5 WHEN 0 THEN 'denied' ELSE 'success' END
                 FROM range(40) AS of(i)"
            );
            writer.execute_batch(&sql).unwrap();
            let reach = if load == 0 { Reach::All } else { Reach::Added { after: load * 40 - 1 } };
            gather_up_to(&mut writer, reach, 5).unwrap();
            let count = rows(&mut writer).len();
            (most, least) = (most.max(count), if load > 1 { least.min(count) } else { least });
        }
        assert!(most > 4 && least == 4, "put together now and then: {least} to {most} rows");
        writer.execute_batch(TOGETHER).unwrap();
        let told = rows(&mut writer);
        gather(&mut writer, Reach::All).unwrap();
        assert_eq!(told, rows(&mut writer));
    }
}
