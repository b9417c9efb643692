//! Sources whose calls name no session and no trace, and that were joined to none through another record either.

use super::coverage::{Ground, Group};
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "session", find };

const FEWEST: u64 = 10;

#[expect(clippy::unnecessary_wraps, reason = "the registry holds functions that can fail")]
fn find(ground: &Ground, _writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let unbound =
        |group: &&Group| group.is_asked() && group.acts >= FEWEST && group.unbound == group.acts;
    Ok(ground
        .groups
        .iter()
        .filter(unbound)
        .map(|group| {
            let mut spot =
                Spot::new(group.key.clone(), SpotGrade::Medium, Certainty::Certain).of(group);
            spot.title = format!("{} names no session", group.name);
            spot.detail = format!(
                "none of {} has a session or trace id, and none is joined to one",
                counted(group.acts, "call")
            );
            "which calls belong together".clone_into(&mut spot.forbids);
            spot.events = group.acts;
            spot.filter = group.filter();
            spot
        })
        .collect())
}
