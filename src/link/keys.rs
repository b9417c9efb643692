//! Key kinds by which two events are joined: one file each, one registry line each. A file holds one statement that
//! adds its rows to `link`; `a` is the asking side. Strength: 1 exact and unique, 2 exact but shared by a session,
//! 3 exact but set by the client.
//!
//! A kind whose links of one value follow from the events with that value alone, whatever other kinds found, can say which
//! values an added event touches: the links of all other values are kept. The other kinds are made anew each time. They read
//! few events, or `alike`.

mod credential_hash;
mod decision_id;
mod extended_request_id;
mod issued_key;
mod issued_session;
mod key_seen;
mod minted_session;
mod request_id;
mod role_session_name;
mod rpc_answer;
mod same_request;
mod shared_event;
mod token_claim;
mod tool_use;
mod trace;
mod workload;

use super::reach::Reach;
use crate::store::{Fault, Writer};

/// A way to join two events.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// What the screens call it.
    pub name: &'static str,
    /// The statement that adds its links. `{only}` stands where a kind with `touched` is held to the values of that.
    pub insert: &'static str,
    /// The values whose links an added event can change; `{added}` is the condition on `n` of such an event.
    pub touched: Option<&'static str>,
}

impl Key {
    /// Adds the links of this kind that are to be made.
    pub(super) fn link(&self, writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
        let (Some(touched), Reach::Added { .. }) = (self.touched, reach) else {
            writer.execute(&self.insert.replace("{only}", ""), &[])?;
            return Ok(());
        };
        let touched = touched.replace("{added}", &reach.condition());
        writer.execute_batch(&format!("CREATE OR REPLACE TEMP TABLE touched AS {touched}"))?;
        writer.execute(
            "DELETE FROM link WHERE key = ? AND value_a IN (SELECT value FROM touched)",
            &[self.name.into()],
        )?;
        if writer.number("SELECT count(*) FROM touched")? > 0 {
            let only = "AND value IN (SELECT value FROM touched)";
            writer.execute(&self.insert.replace("{only}", only), &[])?;
        }
        writer.execute_batch("DROP TABLE touched")
    }
}

/// Forgets the links that [`Key::link`] makes anew.
pub(super) fn forget(writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
    let kept = REGISTRY.iter().filter(|key| key.touched.is_some() && reach != Reach::All);
    let kept: Vec<String> = kept.map(|key| format!("'{}'", key.name)).collect();
    if kept.is_empty() {
        writer.execute("DELETE FROM link", &[])?;
    } else {
        writer.execute(&format!("DELETE FROM link WHERE key NOT IN ({})", kept.join(", ")), &[])?;
    }
    Ok(())
}

/// Every key kind, strongest first. A later one may leave out pairs that an earlier one joined.
pub const REGISTRY: &[Key] = &[
    request_id::KEY,
    extended_request_id::KEY,
    same_request::KEY,
    rpc_answer::KEY,
    issued_key::KEY,
    minted_session::KEY,
    issued_session::KEY,
    tool_use::KEY,
    trace::KEY,
    decision_id::KEY,
    shared_event::KEY,
    role_session_name::KEY,
    token_claim::KEY,
    workload::KEY,
    key_seen::KEY,
    credential_hash::KEY,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::alike;
    use crate::store::{Limits, Store};

    /// Pseudo-random numbers, the same everywhere.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
            of[usize::try_from(self.below(of.len() as u64)).unwrap()]
        }

        /// A value, few enough for events to share them.
        fn value(&mut self) -> String {
            match self.below(12) {
                0..3 => "NULL".to_owned(),
                number => format!("'value-{number:04}'"),
            }
        }
    }

    fn add(writer: &mut Writer, chance: &mut Chance, n: i64) {
        let plane = chance.one(&["cloudtrail", "gateway", "mcp", "cloudtrail"]);
        let product =
            if plane == "cloudtrail" { plane } else { chance.one(&["toolhive", "mcp", "litellm"]) };
        let (request, session, account) =
            (chance.value(), chance.value(), chance.one(&["'1'", "'2'", "NULL", "NULL", "NULL"]));
        let sql = format!(
            "INSERT INTO event (n, id, ts, plane, product, kind, request, session, account)
             VALUES ({n}, uuid(), make_timestamp(1770000000000000 + {} * 1000000), '{plane}', '{product}', 'api', {request},
                     {session}, {account})",
            chance.below(90)
        );
        writer.execute_batch(&sql).unwrap();
        for _ in 0..chance.below(3) {
            let kind = chance.one(&["downstream_request", "request", "correlation", "session"]);
            let value = format!("value-{:04}", chance.below(12));
            let sql = format!(
                "INSERT INTO extra_identifier VALUES ({n}, 1, '{kind}', '{value}', 'observed')"
            );
            writer.execute_batch(&sql).unwrap();
        }
    }

    fn linked(writer: &mut Writer, reach: Reach) -> Vec<String> {
        forget(writer, reach).unwrap();
        alike::gather(writer, reach).unwrap();
        let mut links = Vec::new();
        for key in REGISTRY.iter().filter(|key| key.touched.is_some()) {
            key.link(writer, reach).unwrap();
        }
        writer
            .each("FROM link ORDER BY ALL", |row| {
                links.push(format!("{row:?}"));
                Ok(())
            })
            .unwrap();
        links
    }

    #[test]
    fn links_of_touched_values_and_of_others_are_those_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        let (mut chance, mut made, mut gone) = (Chance(7), 0, 0);
        for _ in 0..60 {
            writer
                .execute_batch("DELETE FROM event; DELETE FROM extra_identifier; DELETE FROM link")
                .unwrap();
            let (before, added) =
                (4 + i64::try_from(chance.below(12)).unwrap(), 1 + chance.below(3));
            for n in 0..before {
                add(&mut writer, &mut chance, n);
            }
            let first = linked(&mut writer, Reach::All);
            for n in 0..i64::try_from(added).unwrap() {
                add(&mut writer, &mut chance, before + n);
            }
            let some = linked(&mut writer, Reach::Added { after: before - 1 });
            let all = linked(&mut writer, Reach::All);
            assert_eq!(some, all);
            made += all.iter().filter(|link| !first.contains(link)).count();
            gone += first.iter().filter(|link| !all.contains(link)).count();
        }
        assert!(made > 20 && gone > 5, "added events make links and end some: {made}, {gone}");
    }
}
