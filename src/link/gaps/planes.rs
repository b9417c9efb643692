//! Planes of which nothing is loaded. How much that bars depends on what the loaded ones show: agents at work whose
//! requests nobody recorded, or requests whose effect nobody recorded.

use super::coverage::Ground;
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "plane", find };

#[expect(clippy::unnecessary_wraps, reason = "the registry holds functions that can fail")]
fn find(ground: &Ground, _writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    let missing = |plane: &str, grade| {
        let mut spot = Spot::new(plane, grade, Certainty::Certain);
        spot.plane = Some(plane.to_owned());
        spot
    };
    let calls: u64 =
        ground.groups.iter().filter(|group| group.is_asked()).map(|group| group.calls).sum();
    if !ground.has("cloudtrail") {
        let grade = if calls > 0 { SpotGrade::High } else { SpotGrade::Medium };
        let mut spot = missing("cloudtrail", grade);
        "no CloudTrail record is loaded".clone_into(&mut spot.title);
        spot.detail = if calls > 0 {
            format!("{} are recorded, and no effect in AWS", counted(calls, "tool call"))
        } else {
            "no source here records what happened in AWS".to_owned()
        };
        "nothing was changed in AWS".clone_into(&mut spot.forbids);
        spots.push(spot);
    }
    let is_gated = ground.has("gateway") || ground.has("mcp") || ground.has("transcript");
    if !is_gated {
        let has_agents = ground.agent_sessions > 0;
        let mut spot =
            missing("gateway", if has_agents { SpotGrade::Medium } else { SpotGrade::Info });
        "no gateway, MCP or transcript record is loaded".clone_into(&mut spot.title);
        spot.detail = if has_agents {
            format!(
                "{} at work in AWS; what they were asked is not here",
                counted(ground.agent_sessions, "agent session")
            )
        } else {
            "no agent session is seen in AWS either".to_owned()
        };
        "no agent asked for it".clone_into(&mut spot.forbids);
        spots.push(spot);
    } else if !ground.has("gateway") {
        let mut spot = missing("gateway", SpotGrade::Info);
        "no gateway record is loaded".clone_into(&mut spot.title);
        "tool calls are recorded by the servers or the agents themselves"
            .clone_into(&mut spot.detail);
        "no gateway refused it".clone_into(&mut spot.forbids);
        spots.push(spot);
    }
    if is_gated && !ground.has("transcript") {
        let mut spot = missing("transcript", SpotGrade::Info);
        "no transcript of an agent is loaded".clone_into(&mut spot.title);
        "what was said to the agents is in no record here".clone_into(&mut spot.detail);
        "a person asked for this".clone_into(&mut spot.forbids);
        spots.push(spot);
    }
    Ok(spots)
}
