//! Collects what the steps of a trace are made of, with a bounded number of questions.

use crate::model::rows::BoundaryNote;
use crate::model::{EventId, Grade, Kind, Micros, Plane};
use crate::query::boundary_of;
use crate::query::six::{Six, six_of};
use crate::query::why::done::{Pair, denied_before, done_after};
use crate::query::why::{self, Call, Facts, Holds, Member};
use crate::store::{Fault, Reader};

/// What is known about a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    origin: Facts,
    pub(super) call: Call,
    pub(super) holds: Holds,
    /// The tool lists given in the session up to the call, with their payload.
    pub(super) tool_lists: Vec<(Facts, String)>,
    /// The event that issued the key of the call.
    pub(super) issuer: Option<Facts>,
    /// Revision of the policy, where the decision's record carries one.
    pub(super) revision: Option<String>,
    /// Whether the declared boundary allowed the call: the answer of the event, else the gravest of the call.
    pub(super) boundary: Option<BoundaryNote>,
    pub(super) after: Vec<Pair>,
    pub(super) before: Vec<Pair>,
    pub(super) six: Six,
    pub(super) six_joined: Six,
}

impl Evidence {
    /// Collects what is known about the call of an event, or `None` if the case has no such event.
    pub fn collect(reader: &Reader, event: EventId) -> Result<Option<Self>, Fault> {
        let Some(call) = why::call(reader, event)? else { return Ok(None) };
        let Some(mut found) = Self::of(call) else { return Ok(None) };
        found.holds = why::holds(reader)?;
        if found.tool().is_some()
            && let Some(session) = found.any("session").map(str::to_owned)
        {
            let until = found.origin.time.unwrap_or(Micros(i64::MAX / 2));
            found.tool_lists = why::tool_lists(reader, &session, until)?;
        }
        if let Some((key, _)) = found.key() {
            found.issuer = why::issuer_of(reader, key)?;
        }
        if let Some(decision) = found.decision().map(|member| member.facts.n) {
            found.revision = revision(&why::payload(reader, decision)?);
        }
        let refused = found.first(|facts| facts.is_refused() && facts.get("resource").is_some());
        if let Some(refused) = refused.map(|member| member.facts.id) {
            found.after = done_after(reader, refused)?;
        } else if let Some(done) = found.first(|facts| facts.get("resource").is_some()) {
            found.before = denied_before(reader, done.facts.id)?;
        }
        let numbers: Vec<i64> = found.call.members.iter().map(|member| member.facts.n).collect();
        let answers = boundary_of(reader, &numbers)?;
        let own = answers.iter().find(|(number, _)| *number == found.origin.n);
        found.boundary = own.or_else(|| answers.first()).map(|(_, note)| note.clone());
        let six = six_of(reader, &numbers)?;
        found.six = six.first().copied().unwrap_or(Six::NONE);
        found.six_joined = six.into_iter().fold(Six::NONE, Six::with);
        Ok(Some(found))
    }

    /// Returns the evidence of a call and nothing else.
    pub(super) fn of(call: Call) -> Option<Self> {
        let origin = call.origin()?.clone();
        Some(Self {
            origin,
            call,
            holds: Holds::default(),
            tool_lists: Vec::new(),
            issuer: None,
            revision: None,
            boundary: None,
            after: Vec::new(),
            before: Vec::new(),
            six: Six::NONE,
            six_joined: Six::NONE,
        })
    }

    /// Returns the event that was asked about.
    pub(super) const fn origin(&self) -> &Facts {
        &self.origin
    }

    /// Returns the best-joined record that fits, the event itself first.
    pub(super) fn first(&self, fits: impl Fn(&Facts) -> bool) -> Option<&Member> {
        let fitting = self.call.members.iter().filter(|member| fits(&member.facts));
        fitting.min_by_key(|member| (!member.through.is_empty(), member.grade))
    }

    /// Returns the record that fills a column, the best joined.
    pub(super) fn with(&self, column: &str) -> Option<&Member> {
        self.first(|facts| facts.get(column).is_some())
    }

    /// Returns a column of the best-joined record that fills it.
    pub(super) fn any(&self, column: &str) -> Option<&str> {
        self.with(column).and_then(|member| member.facts.get(column))
    }

    /// Returns what was acted on, in its short form.
    pub(super) fn target(&self) -> Option<String> {
        self.origin
            .target()
            .or_else(|| self.with("resource").and_then(|member| member.facts.target()))
    }

    /// Returns the tool that was called.
    pub(super) fn tool(&self) -> Option<&str> {
        self.any("tool")
    }

    /// Returns the record that holds the decision: one with policy and reason before one without.
    pub(super) fn decision(&self) -> Option<&Member> {
        let deciding = self.call.members.iter().filter(|member| {
            member.facts.get("decision").is_some() && member.facts.kind != Kind::Approval
        });
        deciding.min_by_key(|member| {
            let facts = &member.facts;
            (facts.get("policy").is_none(), facts.get("reason").is_none(), member.grade)
        })
    }

    /// Returns the records of what the cloud did.
    pub(super) fn effects(&self) -> Vec<&Member> {
        let is_effect =
            |facts: &Facts| facts.plane == Plane::CloudTrail && facts.kind != Kind::ToolCall;
        self.call.members.iter().filter(|member| is_effect(&member.facts)).collect()
    }

    /// Returns the key of the call and the record that names it: that of the event, else that of the cloud.
    pub(super) fn key(&self) -> Option<(&str, &Member)> {
        let member = self.with("credential")?;
        member.facts.get("credential").map(|key| (key, member))
    }

    /// Returns true when a plane is in the case.
    pub(super) fn has_plane(&self, planes: &[Plane]) -> bool {
        planes.iter().any(|plane| self.holds.planes.iter().any(|known| known == plane.as_str()))
    }

    /// Returns the grade of the event's session with its person, for names that come from there.
    pub(super) fn session_grade(&self) -> Grade {
        self.call.session.as_ref().map_or(Grade::None, |session| session.human_grade)
    }
}

/// Returns the revision of the policy that a decision log names: of its bundles (OPA), else its own.
fn revision(payload: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(payload).ok()?;
    let of_bundle = value
        .get("bundles")
        .and_then(|bundles| bundles.as_object())
        .and_then(|all| all.values().find_map(|bundle| bundle.get("revision")).cloned());
    let found = of_bundle.or_else(|| value.get("policy_version").cloned())?;
    let text = match found {
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::revision;

    #[test]
    fn revision_is_that_of_the_bundle() {
        assert_eq!(revision(r#"{"bundles":{"gw":{"revision":"41"}}}"#).as_deref(), Some("41"));
        assert_eq!(revision(r#"{"bundles":{"gw":{}}}"#), None);
        assert_eq!(revision("not json"), None);
    }
}
