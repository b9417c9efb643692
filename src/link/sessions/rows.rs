//! The rows of tables `session`, `session_key` and `session_note`.

use std::collections::BTreeMap;

use super::Sessions;
use crate::link::chain::Chain;
use crate::link::people::People;
use crate::link::short::short_names;
use crate::model::{Grade, Micros};
use crate::store::{Fault, Value, Writer};

/// Temporary keys of AWS live this long at most.
const LONGEST_KEY: i64 = 36 * 3_600_000_000;

impl Sessions {
    /// Returns the rows of table `session`.
    pub(in crate::link) fn rows(
        &self,
        writer: &mut Writer,
        people: &People,
        chain: &Chain,
    ) -> Result<Vec<Vec<Value>>, Fault> {
        let sizes = sizes(writer)?;
        let ids: Vec<String> = self.by_id.keys().cloned().collect();
        let shorts = short_names(&ids);
        let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        let mut rows = Vec::with_capacity(ids.len());
        for ((id, session), short) in self.by_id.iter().zip(shorts) {
            let size = sizes.get(id).copied().unwrap_or_default();
            let answer = people.of_session(id);
            let step = chain.maker(id);
            rows.push(vec![
                Value::from(id.as_str()),
                Value::from(short),
                session.kind(id).into(),
                session.basis.as_ref().map_or("", |(_, basis)| basis).into(),
                text(answer.person.clone()),
                text(answer.name.clone()),
                text(answer.proof.clone()),
                Value::from(answer.grade.unwrap_or(Grade::None).as_str()),
                text(session.agent()),
                text(session.actors.first().cloned()),
                text(session.label()),
                text(step.and_then(|step| step.parent.clone())),
                step.map_or(Value::Null, |step| Value::Id(step.event)),
                Value::Int(size.events),
                Value::Int(size.denied),
                size.first.map_or(Value::Null, Value::Time),
                size.last.map_or(Value::Null, Value::Time),
            ]);
        }
        Ok(rows)
    }
}

/// Returns what is odd about sessions whose rows are written: nothing of it is corrected.
pub(in crate::link) fn notes(writer: &mut Writer) -> Result<Vec<Vec<Value>>, Fault> {
    let mut notes = Vec::new();
    writer.each(EARLY, |row| {
        notes
            .push((row.text(0), format!("{} events before the record that made it", row.count(1))));
        Ok(())
    })?;
    writer.each(
        &format!(
            "SELECT id, events, epoch_us(last_ts) - epoch_us(first_ts) AS length FROM session
             WHERE (events > 1 AND first_ts = last_ts)
                OR (starts_with(id, 'key:ASIA') AND epoch_us(last_ts) - epoch_us(first_ts) > {LONGEST_KEY}) ORDER BY id"
        ),
        |row| {
            let note = if row.int(2) == 0 {
                format!("no length: {} events at one instant", row.count(1))
            } else {
                "longer than a temporary key can live".to_owned()
            };
            notes.push((row.text(0), note));
            Ok(())
        },
    )?;
    Ok(notes.into_iter().map(|(session, note)| vec![session.into(), note.into()]).collect())
}

/// Events before the record that made their session. Sorts of events say which sessions can have any.
const EARLY: &str = "
    WITH made AS MATERIALIZED (
      SELECT parent.session, issuer.ts - INTERVAL 1 SECOND AS ts FROM session_parent parent
      JOIN event issuer ON issuer.id = parent.event WHERE parent.relation IN ('assumed by', 'granted by')),
    early AS MATERIALIZED (
      SELECT made.session, made.ts, key.local FROM made JOIN session_key key ON key.session = made.session
      JOIN alike ON alike.session = key.local GROUP BY ALL HAVING min(alike.first_ts) < made.ts)
    SELECT early.session, count(*) FROM early JOIN event e ON e.session = early.local
    WHERE e.ts < early.ts GROUP BY early.session ORDER BY early.session";

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    events: i64,
    denied: i64,
    first: Option<Micros>,
    last: Option<Micros>,
}

/// Events of a session are those with one of its keys, and guests from elsewhere. Keys are counted before they are put
/// together: a list of millions of members without repeats took four times as long.
const SIZES: &str = "
    WITH local AS (
      SELECT session AS key, sum(events)::BIGINT AS events, sum(refused)::BIGINT AS denied, min(first_ts) AS first_ts,
             max(last_ts) AS last_ts
      FROM alike WHERE session IS NOT NULL GROUP BY session),
    part AS (
      SELECT own.session, local.* EXCLUDE (key) FROM local JOIN session_key own ON own.local = local.key
      UNION ALL
      SELECT guest.session, count(*), count(*) FILTER (e.outcome = 'denied' OR e.decision = 'deny'), min(e.ts), max(e.ts)
      FROM (SELECT DISTINCT n, session FROM session_guest) guest JOIN event e ON e.n = guest.n
      LEFT JOIN session_key own ON own.local = e.session
      WHERE own.session IS DISTINCT FROM guest.session GROUP BY guest.session)
    SELECT session, sum(events)::BIGINT, sum(denied)::BIGINT, min(first_ts), max(last_ts) FROM part GROUP BY session";

fn sizes(writer: &mut Writer) -> Result<BTreeMap<String, Size>, Fault> {
    let mut sizes = BTreeMap::new();
    writer.each(SIZES, |row| {
        sizes.insert(
            row.text(0),
            Size { events: row.int(1), denied: row.int(2), first: row.time(3), last: row.time(4) },
        );
        Ok(())
    })?;
    Ok(sizes)
}
