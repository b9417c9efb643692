//! Fills an event's columns from one JSON-RPC message: what each method of MCP means, how a call ended, who says to
//! have sent it. Every name a client or server gives itself is asserted. Must not pair messages.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::{
    ActionClass, Event, IdKind, Kind, Outcome, Plane, Precision, SessionBasis, Trust,
};

use super::envelope::{Context, Side};
use super::hints::{self, Part};
use super::pairing::{Asked, Ending};
use super::verbs;

const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// Shortest text progress token that is worth a pivot; most are small counters.
const MIN_TOKEN: usize = 8;

/// Returns who sends requests and notifications of this method.
pub(super) fn sender_of_method(method: &str) -> Side {
    match method {
        "sampling/createMessage" | "elicitation/create" | "roots/list" => Side::Server,
        "notifications/initialized"
        | "notifications/cancelled"
        | "notifications/roots/list_changed" => Side::Client,
        _ if method.starts_with("notifications/") => Side::Server,
        _ => Side::Client,
    }
}

/// Returns who sent this answer, told by its shape: people's answers, model answers and roots come from the client.
pub(super) fn sender_of_answer(message: &Map<String, Value>) -> Side {
    let Some(result) = message.get("result") else { return Side::Server };
    let is_from_client = approval_word(result).is_some()
        || super::payload::is_sampling_answer(result)
        || result.get("roots").is_some_and(Value::is_array);
    if is_from_client { Side::Client } else { Side::Server }
}

/// Returns the event of a request or notification.
pub(super) fn asking(message: &Map<String, Value>, context: &Context) -> Event<'static> {
    let method = text(message, "method").unwrap_or_default();
    let params = message.get("params").unwrap_or(&Value::Null);
    let mut event = base(kind_of(method), context);
    event.method = owned(Some(method));
    event.tool = owned(tool_of(method, params));
    event.action = Some(match (method, event.tool.as_deref()) {
        ("tools/call", Some(tool)) => Cow::Owned(format!("call {tool}")),
        _ => Cow::Owned(method.to_owned()),
    });
    event.action_class = class_of(method, event.tool.as_deref());
    if let Some(uri) =
        params.get("uri").and_then(Value::as_str).filter(|_| method.starts_with("resources/"))
    {
        event.touch(uri.to_owned(), Some(Cow::Borrowed("mcp resource")));
    }
    fill_client(&mut event, params);
    fill_trace(&mut event, params.pointer("/_meta/traceparent").and_then(Value::as_str), context);
    event.approval_state =
        params.get("inputResponses").and_then(states_of_responses).map(Cow::Borrowed);
    event.reason = header_mismatch(message, params, context);
    if let Some(token) = params.pointer("/_meta/progressToken").and_then(Value::as_str)
        && token.len() >= MIN_TOKEN
    {
        event.identify(IdKind::Correlation, token.to_owned(), Trust::Asserted);
    }
    hints::add(&mut event, params, Part::Arguments);
    event
}

/// Returns the event of an answer; `asked` is its request, when that was found.
pub(super) fn answering(
    message: &Map<String, Value>,
    context: &Context,
    asked: Option<&Asked>,
    ending: &Ending,
) -> Event<'static> {
    let mut event = base(Kind::Notice, context);
    if let Some(asked) = asked {
        event.method = owned(Some(asked.method.as_str()));
        event.tool = asked.tool.clone().map(Cow::Owned);
        event.action =
            Some(Cow::Owned(format!("result {}", asked.tool.as_deref().unwrap_or(&asked.method))));
        event.trace = asked.trace.clone().map(Cow::Owned);
        if event.session.is_none() && asked.session.is_some() {
            event.session = asked.session.clone().map(Cow::Owned);
            event.session_basis = Some(SessionBasis::NativeId);
        }
        event.server = event.server.or_else(|| asked.server.clone().map(Cow::Owned));
    } else {
        event.action = Some(Cow::Borrowed("result"));
    }
    let result = message.get("result").unwrap_or(&Value::Null);
    if let Some(server) = server_info(result) {
        event.server = Some(Cow::Owned(server));
    }
    event.outcome = ending.outcome;
    event.error_code = ending.error_code.clone().map(Cow::Owned);
    event.approval_state = ending.approval_state.clone().map(Cow::Owned);
    hints::add(&mut event, message.get("error").unwrap_or(result), Part::Answer);
    event
}

/// Returns how the call ended, as its answer says.
pub(super) fn ending(message: &Map<String, Value>, context: &Context) -> Ending {
    let time = context.time.map(|(time, _)| time).filter(|_| !context.is_time_shared);
    if let Some(error) = message.get("error") {
        let code = error.get("code").map(scalar).filter(|code| !code.is_empty());
        let is_denied =
            is_denied_code(code.as_deref()) || matches!(context.http_status, Some(401 | 403));
        let outcome = if is_denied { Outcome::Denied } else { Outcome::Error };
        return Ending { outcome, error_code: code, approval_state: None, time };
    }
    let result = message.get("result").unwrap_or(&Value::Null);
    let approval_state = approval_word(result).map(str::to_owned);
    if result.get("isError").and_then(Value::as_bool) == Some(true) {
        return Ending {
            outcome: Outcome::Error,
            error_code: Some("isError".to_owned()),
            approval_state,
            time,
        };
    }
    let is_held = result.get("resultType").and_then(Value::as_str) == Some("input_required");
    let outcome = if is_held { Outcome::Held } else { Outcome::Success };
    Ending { outcome, error_code: None, approval_state, time }
}

/// Codes that gateways use for a refusal: -32001 (unauthorized), -32011 (approval rejected), and HTTP's own.
fn is_denied_code(code: Option<&str>) -> bool {
    matches!(code, Some("-32001" | "-32011" | "401" | "403"))
}

/// Returns the keys by which a call that needed input and its repetition know each other: the opaque state, else the
/// names of the questions.
pub(super) fn stitch_key(state_holder: &Value, questions: &str) -> Option<String> {
    if let Some(state) = state_holder.get("requestState") {
        return Some(format!("state {}", scalar(state)));
    }
    let names: Vec<&str> =
        state_holder.get(questions)?.as_object()?.keys().map(String::as_str).collect();
    let mut names = names;
    names.sort_unstable();
    (!names.is_empty()).then(|| format!("questions {}", names.join("\n")))
}

fn base(kind: Kind, context: &Context) -> Event<'static> {
    let mut event = Event::new(Plane::Mcp, "mcp", kind);
    if let Some((time, precision)) = context.time {
        event.time = Some(time);
        event.precision = precision;
    } else {
        event.precision = Precision::None;
        event.repeats = crate::model::event::Repeats::OwnEvents;
    }
    if let Some(request_id) = &context.request_id {
        event.request = Some(Cow::Owned(request_id.clone()));
    }
    if let Some(session) = &context.session {
        event.session = Some(Cow::Owned(session.clone()));
        event.session_basis = Some(SessionBasis::NativeId);
    }
    event.server = context.server.clone().map(Cow::Owned);
    event.user_agent = context.user_agent.clone().map(Cow::Owned);
    event.address = context.address.clone().map(Cow::Owned);
    event
}

pub(crate) fn kind_of(method: &str) -> Kind {
    match method {
        "tools/call" => Kind::ToolCall,
        "sampling/createMessage" => Kind::ModelCall,
        "elicitation/create" => Kind::Approval,
        "initialize" | "server/discover" | "notifications/initialized" => Kind::Session,
        "logging/setLevel" => Kind::Config,
        "ping" => Kind::Other,
        _ if method.starts_with("notifications/") => Kind::Notice,
        _ => Kind::Api,
    }
}

fn tool_of<'v>(method: &str, params: &'v Value) -> Option<&'v str> {
    match method {
        "tools/call" | "prompts/get" => {
            params.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())
        }
        _ => None,
    }
}

pub(crate) fn class_of(method: &str, tool: Option<&str>) -> Option<ActionClass> {
    match method {
        "tools/call" => tool.and_then(verbs::class_of_tool),
        "resources/read" | "prompts/get" | "completion/complete" => Some(ActionClass::Read),
        _ if method.ends_with("/list") => Some(ActionClass::Read),
        _ => None,
    }
}

/// `clientInfo` of `initialize` (up to 2025-11-25) or of `_meta` (2026-07-28). It is what the client calls itself.
fn fill_client(event: &mut Event<'static>, params: &Value) {
    let meta = params.get("_meta").and_then(|meta| meta.get(CLIENT_INFO));
    let Some(info) = meta.or_else(|| params.get("clientInfo")) else { return };
    let Some(name) = info.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())
    else {
        return;
    };
    event.client = Some(Cow::Owned(match info.get("version").and_then(Value::as_str) {
        Some(version) if !version.is_empty() => format!("{name}/{version}"),
        _ => name.to_owned(),
    }));
    event.agent = Some(Cow::Owned(name.to_owned()));
    event.agent_trust = Some(Trust::Asserted);
}

fn server_info(result: &Value) -> Option<String> {
    let meta = result.get("_meta").and_then(|meta| meta.get(SERVER_INFO));
    let info = meta.or_else(|| result.get("serverInfo"))?;
    info.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The span in `traceparent` is the caller's, so it is the parent of the receiver's span.
fn fill_trace(event: &mut Event<'static>, in_body: Option<&str>, context: &Context) {
    let Some(header) = in_body.or(context.traceparent.as_deref()) else { return };
    if let Some((trace, parent)) = trace_parent(header) {
        event.trace = Some(Cow::Owned(trace.to_ascii_lowercase()));
        event.parent_span = Some(Cow::Owned(parent.to_ascii_lowercase()));
    }
}

fn trace_parent(header: &str) -> Option<(&str, &str)> {
    let mut parts = header.trim().split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            && text.bytes().any(|byte| byte != b'0')
    };
    (version.len() == 2 && is_hex(trace, 32) && is_hex(parent, 16)).then_some((trace, parent))
}

/// Names a difference between the headers of 2026-07-28 and the body; both stay in the payload.
fn header_mismatch(
    message: &Map<String, Value>,
    params: &Value,
    context: &Context,
) -> Option<Cow<'static, str>> {
    let method = text(message, "method");
    let name = params.get("name").or_else(|| params.get("uri")).and_then(Value::as_str);
    let differs = |header: Option<&str>, body: Option<&str>| {
        header.is_some() && body.is_some() && header != body
    };
    let reason = if differs(context.header_name.as_deref(), name) {
        "header `Mcp-Name` contradicts the body"
    } else if differs(context.header_method.as_deref(), method) {
        "header `Mcp-Method` contradicts the body"
    } else {
        return None;
    };
    Some(Cow::Borrowed(reason))
}

/// The client's report of a person's answer. It names nobody, and a client can answer by itself.
fn approval_word(result: &Value) -> Option<&'static str> {
    match result.get("action").and_then(Value::as_str)? {
        "accept" => Some("accepted"),
        "decline" => Some("declined"),
        "cancel" => Some("cancelled"),
        _ => None,
    }
}

/// One word for all answers of a repeated call: the least willing one.
fn states_of_responses(responses: &Value) -> Option<&'static str> {
    let states: Vec<&'static str> =
        responses.as_object()?.values().filter_map(approval_word).collect();
    ["declined", "cancelled", "accepted"].into_iter().find(|word| states.contains(word))
}

fn text<'m>(message: &'m Map<String, Value>, key: &str) -> Option<&'m str> {
    message.get(key).and_then(Value::as_str)
}

fn owned(text: Option<&str>) -> Option<Cow<'static, str>> {
    text.map(|text| Cow::Owned(text.to_owned()))
}

/// Returns a scalar as text without quotes.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
