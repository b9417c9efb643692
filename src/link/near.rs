//! Near links `~`: a tool call and a cloud event that name the same thing, do the same, lie close in time, and that nothing
//! sets apart. A pair needs a margin over the next best on both sides: for the call among all events it could have caused,
//! for the event among all calls that could have caused it. Alike calls close together therefore give nothing. Groups of
//! too many candidates are skipped and counted. A near link makes no session and no person; it makes guests with `~`.
//!
//! What a call asks for and which events of the cloud lie around it stands in their records: both are kept (`near_asked`,
//! `near_effect`), so that an added file does not make the others be read again. Who is behind them, and which pair stands
//! out, is found anew each time.
//!
//! ```text
//! payloads of calls -> near_asked
//! exact links -> steps (the records of one call) -> slots (one operation each) --+
//! distinct actions of the cloud -> which of them a slot can mean ----------------+-> groups (action, name) -> pairs -> links
//! cloud events with those actions around those times -> near_effect -> effects --+
//! ```

mod asking;
mod effects;
mod operation;
mod pairs;
mod proof;
mod resource;
mod steps;

use std::collections::BTreeMap;

use super::aliases::Aliases;
use super::offsets::Offsets;
use super::people::People;
use super::reach::{self, Reach};
use super::sessions::Sessions;
use crate::store::{Fault, Value, Writer};

/// The key kind of near links.
pub const KEY: &str = "resource, operation and time";
/// Longest wait between a call and its effect.
const WINDOW: i64 = 30_000_000;
/// Within this distance the strength is 3, beyond it 4.
const CLOSE: i64 = 5_000_000;
/// Events of one action and name around one call at most.
const MOST_CANDIDATES: usize = 64;

/// Statements that fill the kept tables.
pub(super) const KEPT: &[&str] = &[steps::PAYLOADS, effects::AROUND];

/// What the simulator of the tests measured over all its runs.
const MEASURED: &str = include_str!("near/measured.toml");

/// How many near links of known truth were right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Measured {
    /// Companies that were made up, each with clocks of its own.
    pub seeds: u32,
    pub right: u32,
    pub total: u32,
}

/// Returns how many near links are right where the truth is known.
pub fn measured() -> Measured {
    toml::from_str(MEASURED).unwrap_or(Measured { seeds: 0, right: 0, total: 0 })
}

/// Who is behind sessions, for what a link must not contradict.
struct Known<'a> {
    sessions: &'a Sessions,
    people: &'a People,
    aliases: &'a Aliases,
    offsets: &'a Offsets,
}

/// What was skipped for being too many.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Skipped {
    groups: i64,
    calls: i64,
    alike: i64,
}

/// Makes near links, their proofs and their guests.
pub(super) fn link(
    writer: &mut Writer,
    reach: Reach,
    sessions: &Sessions,
    people: &People,
    aliases: &Aliases,
    offsets: &Offsets,
) -> Result<(), Fault> {
    let known = Known { sessions, people, aliases, offsets };
    let mut lap = super::Steps::default();
    steps::keep_asked(writer, reach)?;
    lap.ended("near: what is asked for");
    let actions = operation::actions(writer)?;
    let steps = steps::gather(writer, &known, &actions)?;
    lap.ended("near: calls");
    effects::keep(writer, reach, &steps, &actions)?;
    lap.ended("near: events around calls");
    let effects = effects::gather(writer, &steps, &actions, &known)?;
    lap.ended("near: effects");
    let mut skipped = Skipped::default();
    let pairs = pairs::chosen(&steps, &effects, &known, &mut skipped);
    lap.ended("near: pairs");
    write(writer, &steps, &effects, &actions, &pairs)?;
    let mut rows = Vec::new();
    for (reason, groups, events) in [
        ("too many candidates of one action and name", skipped.groups, skipped.calls),
        ("no margin over the next best", skipped.alike, skipped.alike),
    ] {
        if events > 0 {
            rows.push(vec![KEY.into(), reason.into(), Value::Int(groups), Value::Int(events)]);
        }
    }
    writer.append_rows("link_skip", &rows)
}

fn write(
    writer: &mut Writer,
    steps: &[steps::Step],
    effects: &effects::Effects,
    actions: &operation::Actions,
    pairs: &[pairs::Pair],
) -> Result<(), Fault> {
    let (mut links, mut proofs) = (Vec::new(), Vec::new());
    let mut guests: BTreeMap<i64, &str> = BTreeMap::new();
    for pair in pairs {
        let (Some(step), Some(effect)) = (steps.get(pair.step), effects.rows.get(pair.effect))
        else {
            continue;
        };
        let strength = if pair.distance <= CLOSE { 3 } else { 4 };
        let (value_a, value_b) = proof::values(step, effect, actions);
        links.push(vec![
            step.n.into(),
            effect.n.into(),
            "~".into(),
            KEY.into(),
            value_a.into(),
            value_b.into(),
            "asserted".into(),
            "observed".into(),
            Value::Int(strength),
        ]);
        proofs.push(vec![
            step.n.into(),
            effect.n.into(),
            Value::Int(i64::from(pair.score)),
            pair.distance.into(),
            Value::Int(pair.candidates),
            proof::text(pair, step, effect, actions).into(),
        ]);
        if let Some(session) =
            step.session.as_deref().filter(|session| effect.session.as_deref() != Some(session))
        {
            guests.entry(effect.n).or_insert(session);
        }
    }
    writer.append_rows("link", &links)?;
    writer.append_rows("near_proof", &proofs)?;
    let guests: Vec<Vec<Value>> =
        guests.into_iter().map(|(n, session)| vec![n.into(), session.into(), "~".into()]).collect();
    writer.append_rows("session_guest", &guests)
}

#[cfg(test)]
mod tests {
    #[test]
    fn measured_share_is_read() {
        let measured = super::measured();
        assert!(measured.total > 0 && measured.right <= measured.total, "{measured:?}");
    }
}
