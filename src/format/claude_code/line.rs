//! One line of a transcript: its own fields, and the event that all kinds of lines begin with. Must not look into the
//! message.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::format::veil;
use crate::model::event::Repeats;
use crate::model::time::{Micros, Precision};
use crate::model::{ActorType, Event, IdKind, Kind, Plane, SessionBasis, Trust};

/// What every event says about its product.
const PRODUCT: &str = "claude-code";

/// Members that say where a line stands and what sort it is; they hold no content and stay as written.
const STRUCTURE: &[&str] = &[
    "type",
    "subtype",
    "uuid",
    "parentUuid",
    "logicalParentUuid",
    "leafUuid",
    "sessionId",
    "agentId",
    "teamName",
    "agentName",
    "userType",
    "cwd",
    "gitBranch",
    "version",
    "timestamp",
    "requestId",
    "permissionMode",
    "promptId",
    "entrypoint",
    "level",
    "operation",
    "toolUseID",
    "parentToolUseID",
    "sourceToolAssistantUUID",
    "sourceToolUseID",
];

/// Types of lines without `uuid` that belong to transcripts.
const BARE_TYPES: &[&str] = &[
    "file-history-snapshot",
    "queue-operation",
    "permission-mode",
    "custom-title",
    "ai-title",
    "last-prompt",
    "agent-name",
    "agent-color",
    "tag",
    "pr-link",
    "mode",
];

/// A line with the fields that most events need.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) object: Map<String, Value>,
    pub(super) uuid: Option<String>,
    pub(super) session: Option<String>,
    pub(super) time: Option<(Micros, Precision)>,
    /// The permission mode of an earlier line, when this one tells none.
    pub(super) earlier_mode: Option<String>,
}

/// Returns true when a value is a line of a transcript.
pub(super) fn is_line(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let has = |key: &str| object.get(key).is_some_and(Value::is_string);
    if !has("type") {
        return false;
    }
    let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
    (has("uuid") && has("sessionId") && has("timestamp"))
        || (has("summary") && has("leafUuid"))
        || (BARE_TYPES.contains(&kind) && (has("sessionId") || has("messageId")))
}

/// Returns true for values that are lines of a transcript where their neighbors are: types that later versions add
/// may lack fields, and what they hold may be content.
pub(super) fn may_be_line(value: &Value) -> bool {
    is_line(value) || value.get("type").is_some_and(Value::is_string)
}

impl Line {
    /// Takes the common fields out of an object.
    pub(super) fn new(object: Map<String, Value>) -> Self {
        let text =
            |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let uuid = text("uuid").map(str::to_owned);
        let session = text("sessionId").map(str::to_owned);
        let time = text("timestamp").and_then(Micros::parse);
        Self { uuid, session, time, earlier_mode: None, object }
    }

    /// Returns a text member that is not empty.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Returns true when the member is `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.object.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Returns true for the doings of a sub-agent.
    pub(super) fn is_side_chain(&self) -> bool {
        self.flag("isSidechain") || self.object.contains_key("agentId")
    }

    /// Returns what tells one conversation from another: session and sub-agent.
    pub(super) fn chain(&self) -> String {
        let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
        format!(
            "{}\n{}\n{}",
            part(self.session.as_deref()),
            part(self.text("agentId")),
            self.flag("isSidechain")
        )
    }

    /// Returns an id that means the same in every file: short ids count within their session only.
    pub(super) fn scoped(&self, id: &str) -> String {
        match &self.session {
            Some(session) if !veil::is_unique(id) => format!("{session}/{id}"),
            _ => id.to_owned(),
        }
    }

    /// Returns the permission mode that holds for this line.
    pub(super) fn mode(&self) -> Option<&str> {
        self.text("permissionMode").or(self.earlier_mode.as_deref())
    }

    /// Returns an event with what the line says about when, where and by which program.
    pub(super) fn event(&self, kind: Kind, part: Option<usize>) -> Event<'static> {
        let mut event = Event::new(Plane::Transcript, PRODUCT, kind);
        if let Some((time, precision)) = self.time {
            event.time = Some(time);
            event.precision = precision;
        } else {
            event.repeats = Repeats::OwnEvents;
        }
        event.native_id = self.uuid.as_deref().map(|uuid| {
            let id = self.scoped(uuid);
            Cow::Owned(part.map_or_else(|| id.clone(), |part| format!("{id}#{part}")))
        });
        event.session = self.session.clone().map(Cow::Owned);
        event.session_basis = self.session.as_ref().map(|_| SessionBasis::NativeId);
        event.agent = Some(Cow::Borrowed(PRODUCT));
        event.agent_trust = Some(Trust::Asserted);
        event.actor_type = Some(ActorType::Agent);
        event.client =
            self.text("version").map(|version| Cow::Owned(format!("{PRODUCT}/{version}")));
        if let Some(agent) = self.text("agentId") {
            event.identify(IdKind::Agent, agent.to_owned(), Trust::Asserted);
        }
        event
    }

    /// Returns the line without its content: structure, numbers and flags as written, everything else as size and
    /// digest. `message` and `toolUseResult` are left to the caller.
    pub(super) fn kept(&self) -> Map<String, Value> {
        let mut kept = Map::new();
        for (key, member) in &self.object {
            match key.as_str() {
                "message" | "toolUseResult" => {}
                name if STRUCTURE.contains(&name) && !member.is_object() => {
                    kept.insert(key.clone(), member.clone());
                }
                _ => {
                    kept.insert(key.clone(), veil::value(member));
                }
            }
        }
        kept
    }
}
