//! Telemetry events of Claude Code: prompts, tool decisions, tool results, calls of the model's API.
//!
//! Source: Claude Code documentation, "Monitoring" (2026). Names come short (`tool_result`) and prefixed
//! (`claude_code.tool_result`). Everything is the client's own word. Only `user` sources of a decision are a person.

use std::borrow::Cow;

use crate::format::mcp::verbs;
use crate::model::{
    ActionClass, ActorType, Decision, Event, IdKind, Kind, Outcome, Plane, SessionBasis, Trust,
};

use super::content;
use super::names;
use super::record::{Telemetry, is_nobody, split_tool};
use super::values;
use super::verdict;

/// Prefix of event names.
pub(super) const PREFIX: &str = "claude_code.";

/// Returns the short name of an event of Claude Code; `None` for records of anything else.
pub(super) fn name_of<'n>(name: Option<&'n str>, from: &Telemetry<'_>) -> Option<&'n str> {
    let name = name?;
    if let Some(short) = name.strip_prefix(PREFIX) {
        return Some(short);
    }
    let is_claude = from.around.scope_name.contains("claude_code")
        || from.service().as_deref() == Some("claude-code");
    is_claude.then_some(name)
}

/// Returns the event of a record with this short name.
pub(super) fn read(name: &str, from: &Telemetry<'_>) -> Event<'static> {
    let attributes = &from.attributes;
    let mut event = match name {
        "user_prompt" => prompt(),
        "tool_decision" => decision(from),
        "tool_result" => tool(from),
        "api_request" | "api_error" => request(name, from),
        _ => Event::new(Plane::Transcript, super::PRODUCT, Kind::Notice),
    };
    if event.action.is_none() {
        event.action = Some(Cow::Owned(name.chars().take(100).collect()));
    }
    event.agent = Some(Cow::Borrowed("claude-code"));
    event.agent_trust = Some(Trust::Asserted);
    let version = from.text(&["service.version", "app.version"]);
    event.client =
        Some(version.map_or(Cow::Borrowed("claude-code"), |version| {
            format!("claude-code/{version}").into()
        }));
    fill_person(&mut event, from);
    if let Some(session) = from.text(&["session.id"]) {
        event.session = Some(Cow::Owned(session));
        event.session_basis = Some(SessionBasis::NativeId);
    }
    if let Some(prompt) = attributes.text(&["prompt.id"]) {
        event.identify(IdKind::Correlation, prompt, Trust::Asserted);
    }
    for id in attributes.texts(names::TOOL_CALL) {
        event.identify(IdKind::ToolUse, id, Trust::Asserted);
    }
    if let Some((time, precision)) = values::time(attributes.value(&["event.timestamp"])) {
        // Records that have a time of their own keep it.
        event.time = Some(time);
        event.precision = precision;
        event.approval_at = event.approval_state.as_ref().map(|_| time);
    }
    event
}

/// The account's address names the person; `user.id` is a digest of the installation.
fn fill_person(event: &mut Event<'static>, from: &Telemetry<'_>) {
    let mut people = ["user.email", "user.account_uuid"]
        .iter()
        .filter_map(|name| from.text(&[*name]))
        .filter(|id| !is_nobody(id));
    if let Some(person) = people.next() {
        if event.approval_state.is_some() {
            event.approval_by = Some(Cow::Owned(person.clone()));
        }
        event.human = Some(Cow::Owned(person));
        event.human_proof = Some(Cow::Borrowed("named by the client"));
    }
    for further in people {
        event.identify(IdKind::Who, further, Trust::Asserted);
    }
}

fn prompt() -> Event<'static> {
    let mut event = Event::new(Plane::Transcript, super::PRODUCT, Kind::Notice);
    event.actor_type = Some(ActorType::Human);
    event.action = Some(Cow::Borrowed("user prompt"));
    event
}

/// Accepting and refusing, by a person or by what was configured.
fn decision(from: &Telemetry<'_>) -> Event<'static> {
    let attributes = &from.attributes;
    let source = attributes.text(&["source"]).unwrap_or_default();
    let is_person = source == "user" || source.starts_with("user_");
    let kind = if is_person { Kind::Approval } else { Kind::Decision };
    let mut event = Event::new(Plane::Transcript, super::PRODUCT, kind);
    fill_tool(&mut event, from);
    let verb = match attributes.text(&["decision"]).as_deref() {
        Some("accept") => {
            event.decision = Some(Decision::Allow);
            event.outcome = Outcome::Success;
            event.approval_state = is_person.then_some(Cow::Borrowed("accepted"));
            "allow"
        }
        Some("reject") => {
            event.decision = Some(Decision::Deny);
            event.outcome = Outcome::Denied;
            event.approval_state = is_person.then_some(Cow::Borrowed("declined"));
            "refuse"
        }
        _ => "decide",
    };
    event.action = Some(Cow::Owned(format!("{verb} {}", event.tool.as_deref().unwrap_or("tool"))));
    event.action_class = None;
    event.policy = (!is_person && !source.is_empty()).then(|| Cow::Owned(source.clone()));
    event.reason = is_person.then_some(Cow::Owned(source));
    event
}

fn tool(from: &Telemetry<'_>) -> Event<'static> {
    let attributes = &from.attributes;
    let mut event = Event::new(Plane::Transcript, super::PRODUCT, Kind::ToolCall);
    fill_tool(&mut event, from);
    event.bytes = attributes.number(&["tool_result_size_bytes"]);
    let is_rejected = attributes.text(&["decision_type", "decision"]).as_deref() == Some("reject");
    event.outcome = match attributes.text(&["success"]).as_deref() {
        _ if is_rejected => Outcome::Denied,
        Some("true") => Outcome::Success,
        Some("false") => Outcome::Error,
        _ => Outcome::Unknown,
    };
    if is_rejected {
        event.decision = Some(Decision::Deny);
    }
    if event.outcome != Outcome::Success {
        event.error_code = attributes.text(names::ERROR_TYPE).map(Cow::Owned);
        event.reason = verdict::reason(attributes.value(&["error"]));
    }
    event
}

/// Tool and server. Tools of MCP servers may come under one name for all, with the real ones in the parameters.
fn fill_tool(event: &mut Event<'static>, from: &Telemetry<'_>) {
    let attributes = &from.attributes;
    let parameters = attributes.value(&["tool_parameters"]);
    let inner = parameters.and_then(content::embedded);
    let named = |key: &str| {
        attributes
            .text(&[key])
            .or_else(|| inner.as_ref().or(parameters)?.get(key).and_then(values::word))
    };
    let plain = attributes.text(&["tool_name", "name"]);
    let split = plain.as_deref().and_then(split_tool);
    let split = split.map(|(server, tool)| (server.to_owned(), tool.to_owned()));
    let (server, tool) = split.unzip();
    event.server = named("mcp_server_name").or(server).map(Cow::Owned);
    event.tool = named("mcp_tool_name").or(tool).or(plain).map(Cow::Owned);
    if let Some(tool) = event.tool.clone() {
        event.action = Some(Cow::Owned(format!("call {tool}")));
        event.action_class = verbs::class_of_tool(&tool);
    }
}

fn request(name: &str, from: &Telemetry<'_>) -> Event<'static> {
    let attributes = &from.attributes;
    let mut event = Event::new(Plane::Model, super::PRODUCT, Kind::ModelCall);
    event.model = attributes.text(&["model"]).map(Cow::Owned);
    event.action = Some(match &event.model {
        Some(model) => Cow::Owned(format!("chat {model}")),
        None => Cow::Borrowed("chat"),
    });
    event.action_class = Some(ActionClass::Read);
    event.tokens_in = attributes.number(&["input_tokens"]);
    event.tokens_out = attributes.number(&["output_tokens"]);
    event.cost = attributes.amount(&["cost_usd"]);
    event.request = attributes.text(&["request_id"]).map(Cow::Owned);
    event.outcome = if name == "api_error" { Outcome::Error } else { Outcome::Success };
    if name == "api_error" {
        let status = attributes.text(&["status_code"]).filter(|code| code != "undefined");
        if matches!(status.as_deref(), Some("401" | "403")) {
            event.outcome = Outcome::Denied;
        }
        event.error_code = status.map(Cow::Owned);
        event.reason = verdict::reason(attributes.value(&["error"]));
    }
    event
}
