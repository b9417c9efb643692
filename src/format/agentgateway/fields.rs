//! One request of the gateway to one event. Text and JSON have the same keys; numbers are texts in one of them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::format::mcp::hints::{self, Part};
use crate::format::mcp::verbs;
use crate::format::veil;
use crate::model::{
    ActionClass, ActorType, Decision, Event, IdKind, Kind, Micros, Outcome, Plane, SessionBasis,
    Trust,
};

/// Keys under which operators log prompts, answers and bodies.
const CONTENT: &[&str] = &[
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "llm.prompt",
    "llm.completion",
    "request.body",
    "response.body",
    "http.request.body",
    "http.response.body",
];

/// Reasons that mean that the gateway refused.
const REFUSALS: &[&str] = &[
    "JwtAuth",
    "Oidc",
    "BasicAuth",
    "APIKeyAuth",
    "ExtAuth",
    "Authorization",
    "Guardrail",
    "RateLimit",
];

/// Those of them that are about who the caller is.
const SIGN_INS: &[&str] = &["JwtAuth", "Oidc", "BasicAuth", "APIKeyAuth"];

/// Issuers that put their name before the id of a person they signed in.
const SIGN_IN_PREFIXES: &[&str] =
    &["auth0|", "google-oauth2|", "okta|", "windowslive|", "github|", "waad|", "samlp|", "oidc|"];

/// Usual names for ids that operators add.
const REQUEST_IDS: &[&str] = &[
    "request.id",
    "http.request.id",
    "request_id",
    "x-request-id",
    "http.request.header.x-request-id",
];

/// Returns true when the keys of a request line are there.
pub(super) fn is_request(object: &Map<String, Value>) -> bool {
    object.contains_key("gateway") && object.contains_key("src.addr")
}

/// A record's members as text.
struct Keys<'o>(&'o Map<String, Value>);

impl Keys<'_> {
    /// Returns the text or number under a key; the first of several.
    fn text(&self, key: &str) -> Option<Cow<'static, str>> {
        let value = match self.0.get(key)? {
            Value::Array(values) => values.first()?,
            value => value,
        };
        match value {
            Value::String(text) if !text.is_empty() && text != "-" => {
                Some(Cow::Owned(text.clone()))
            }
            Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
            Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn first(&self, keys: &[&str]) -> Option<Cow<'static, str>> {
        keys.iter().find_map(|key| self.text(key))
    }

    fn count(&self, keys: &[&str]) -> Option<i64> {
        self.first(keys)?.parse().ok().filter(|count: &i64| *count >= 0)
    }
}

/// Returns the event of a request.
pub(super) fn request(object: Map<String, Value>) -> Event<'static> {
    let keys = Keys(&object);
    let mut event = Event::new(Plane::Gateway, "agentgateway", Kind::Api);
    read_head(&mut event, &keys);
    read_call(&mut event, &keys);
    read_people(&mut event, &keys);
    read_outcome(&mut event, &keys);
    event.tokens_in = keys.count(&["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]);
    event.tokens_out =
        keys.count(&["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]);
    event.cost = keys
        .text("agw.ai.usage.cost.total")
        .and_then(|cost| cost.parse().ok())
        .filter(|cost: &f64| cost.is_finite());
    for key in ["gen_ai.tool.call.arguments", "mcp.tool.arguments"] {
        if let Some(arguments) = object.get(key) {
            hints::add(&mut event, arguments, Part::Arguments);
        }
    }
    for key in ["gen_ai.tool.call.result", "mcp.tool.result"] {
        if let Some(result) = object.get(key) {
            hints::add(&mut event, result, Part::Answer);
        }
    }
    event.payload = Cow::Owned(stored(object).to_string());
    event
}

/// Returns the event of a line about the gateway itself, when it is a warning or an error.
pub(super) fn trouble(object: Map<String, Value>) -> Option<Event<'static>> {
    let keys = Keys(&object);
    let level = keys.text("level").filter(|level| {
        level.eq_ignore_ascii_case("warn") || level.eq_ignore_ascii_case("error")
    })?;
    let scope = keys.text("scope").unwrap_or_default();
    let mut event = Event::new(Plane::Gateway, "agentgateway", Kind::Notice);
    fill_time(&mut event, &keys);
    event.action = Some(Cow::Owned(format!("gateway {level}: {scope}")));
    event.outcome =
        if level.eq_ignore_ascii_case("error") { Outcome::Error } else { Outcome::Unknown };
    event.reason = keys.first(&["error", "message"]);
    event.payload = Cow::Owned(stored(object).to_string());
    Some(event)
}

fn stored(mut object: Map<String, Value>) -> Value {
    veil::members(&mut object, CONTENT);
    Value::Object(object)
}

fn fill_time(event: &mut Event<'static>, keys: &Keys<'_>) {
    if let Some((time, precision)) = keys.text("time").and_then(|text| Micros::parse(&text)) {
        event.time = Some(time);
        event.precision = precision;
    }
}

fn read_head(event: &mut Event<'static>, keys: &Keys<'_>) {
    fill_time(event, keys);
    event.trace = keys.first(&["trace.id", "trace_id"]);
    event.span = keys.first(&["span.id", "span_id"]);
    event.request = keys.first(REQUEST_IDS);
    event.session = keys.text("mcp.session.id");
    event.session_basis = event.session.as_ref().map(|_| SessionBasis::NativeId);
    event.address = keys.text("src.addr").map(|address| Cow::Owned(host_of(&address).to_owned()));
    event.user_agent = keys.first(&[
        "http.user_agent",
        "user_agent",
        "user-agent",
        "http.request.header.user-agent",
    ]);
    if let Some(id) = keys.first(&["gen_ai.tool.call.id", "tool_use_id"])
        && veil::is_unique(&id)
    {
        event.identify(IdKind::ToolUse, id, Trust::Asserted);
    }
    if let Some(id) = keys.first(&["gen_ai.conversation.id", "session.id"])
        && event.session.as_deref() != Some(id.as_ref())
    {
        event.identify(IdKind::Correlation, id, Trust::Asserted);
    }
    if let Some(id) = keys.text("jwt.jti") {
        event.identify(IdKind::Correlation, id, Trust::Observed);
    }
}

/// `[::1]:59257` and `198.51.100.7:443` without the port.
fn host_of(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match address.rsplit_once(':') {
        Some((host, port))
            if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            host
        }
        _ => address,
    }
}

fn read_call(event: &mut Event<'static>, keys: &Keys<'_>) {
    let mcp = keys.text("mcp.method.name").or_else(|| keys.text("mcp.method"));
    event.server = keys.text("mcp.target");
    event.tool = keys.first(&["gen_ai.tool.name", "mcp.tool.name"]);
    event.model = keys.first(&["gen_ai.response.model", "gen_ai.request.model"]);
    if let Some(uri) = keys.text("mcp.resource.uri") {
        event.touch(uri, keys.text("mcp.resource.type"));
    }
    if let Some(method) = mcp {
        event.kind = match method.as_ref() {
            "tools/call" => Kind::ToolCall,
            "initialize" => Kind::Session,
            _ if method.starts_with("notifications/") => Kind::Notice,
            _ => Kind::Api,
        };
        event.action = Some(match (event.kind, &event.tool) {
            (Kind::ToolCall, Some(tool)) => Cow::Owned(format!("call {tool}")),
            _ => method.clone(),
        });
        event.action_class = class_of(&method, event.tool.as_deref());
        event.method = Some(method);
    } else if let Some(method) = keys.text("a2a.method") {
        event.action = Some(Cow::Owned(format!("a2a {method}")));
        event.action_class = Some(ActionClass::Send);
        event.method = Some(method);
    } else if event.model.is_some() || keys.text("gen_ai.operation.name").is_some() {
        event.kind = Kind::ModelCall;
        event.method = keys.text("gen_ai.operation.name");
        let provider = keys.first(&["gen_ai.provider.name", "gen_ai.system"]);
        let operation = event.method.clone().unwrap_or(Cow::Borrowed("model call"));
        event.action = Some(match provider {
            Some(provider) => Cow::Owned(format!("{provider}:{operation}")),
            None => operation,
        });
        event.action_class = Some(ActionClass::Read);
    } else {
        event.method = keys.text("http.method");
        let path = keys.text("http.path").unwrap_or_default();
        // What stands behind `?` may hold secrets; it stays in the payload, which is redacted.
        let path = path.split('?').next().unwrap_or_default();
        event.action = event.method.as_ref().map(|method| Cow::Owned(format!("{method} {path}")));
    }
}

fn class_of(method: &str, tool: Option<&str>) -> Option<ActionClass> {
    match method {
        "tools/call" => tool.and_then(verbs::class_of_tool),
        "resources/read" | "prompts/get" => Some(ActionClass::Read),
        _ if method.ends_with("/list") => Some(ActionClass::Read),
        _ => None,
    }
}

/// The subject of a verified token, else the identity of the connection's certificate.
fn read_people(event: &mut Event<'static>, keys: &Keys<'_>) {
    let subject = keys.text("jwt.sub");
    let source = keys.text("src.identity");
    let email = keys.first(&["jwt.email", "jwt.preferred_username", "jwt.upn"]);
    let acting = keys.first(&["jwt.act.sub", "jwt.client_id", "jwt.azp"]);
    let named = email.as_deref().or(subject.as_deref()).filter(|name| is_person(name));
    if let Some(person) = named {
        event.human = Some(Cow::Owned(person.to_owned()));
        event.human_proof = Some(Cow::Borrowed("token subject"));
        event.actor_type = Some(ActorType::Human);
        if let Some(subject) = subject.as_deref().filter(|subject| *subject != person) {
            event.identify(IdKind::Who, subject.to_owned(), Trust::Observed);
        }
    }
    let program = acting
        .or_else(|| subject.clone().filter(|subject| is_program(subject)))
        .or_else(|| source.clone());
    if let Some(program) = program {
        event.agent = Some(program);
        event.agent_trust = Some(Trust::Observed);
        if event.human.is_none() {
            event.actor_type = Some(ActorType::Workload);
        }
    }
    if let Some(source) = source.as_deref().filter(|source| event.agent.as_deref() != Some(source))
    {
        event.identify(IdKind::Agent, source.to_owned(), Trust::Observed);
    }
    event.actor = subject.or(source);
    if event.actor.is_some() && event.actor_type.is_none() {
        event.actor_type = Some(ActorType::Unknown);
    }
    event.client = keys.first(&["mcp.client.name", "gen_ai.agent.name"]);
}

/// A mail address, or an id that a known issuer gives to people. Any other subject may be a program.
fn is_person(subject: &str) -> bool {
    if is_program(subject) {
        return false;
    }
    let is_email = subject.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !subject.contains(char::is_whitespace)
    });
    is_email || SIGN_IN_PREFIXES.iter().any(|prefix| subject.starts_with(prefix))
}

fn is_program(subject: &str) -> bool {
    subject.starts_with("spiffe://")
        || subject.starts_with("system:serviceaccount:")
        || subject.starts_with("arn:")
        || subject.ends_with("@clients")
        || subject.ends_with(".gserviceaccount.com")
}

fn read_outcome(event: &mut Event<'static>, keys: &Keys<'_>) {
    let reason = keys.text("reason");
    let error = keys.first(&["error", "mcp.error.message"]);
    let code = keys.first(&["mcp.error.code", "rpc.jsonrpc.error_code"]);
    let status: Option<u16> = keys.text("http.status").and_then(|status| status.parse().ok());
    let refusal = reason.as_deref().filter(|reason| REFUSALS.contains(reason));
    event.outcome = if refusal.is_some() || matches!(status, Some(401 | 403)) {
        Outcome::Denied
    } else if code.is_some() || error.is_some() || status.is_some_and(|status| status >= 400) {
        Outcome::Error
    } else if status.is_some() || event.method.is_some() {
        Outcome::Success
    } else {
        Outcome::Unknown
    };
    if refusal.is_some() {
        event.decision = Some(Decision::Deny);
        event.policy = refusal.map(|reason| Cow::Owned(reason.to_owned()));
    }
    if refusal.is_some_and(|reason| SIGN_INS.contains(&reason)) && event.kind == Kind::Api {
        event.kind = Kind::Auth;
        event.action_class = Some(ActionClass::Auth);
    }
    let is_unknown_tool = code.as_deref() == Some("-32602")
        && error.as_deref().is_some_and(|text| text.starts_with("Unknown tool"));
    event.reason = if is_unknown_tool {
        Some(Cow::Borrowed("unknown tool; a refusal by policy is written the same way"))
    } else {
        match (reason, error) {
            (Some(reason), Some(error)) => Some(Cow::Owned(format!("{reason}: {error}"))),
            (reason, error) => reason.or(error),
        }
    };
    if event.outcome != Outcome::Success {
        event.error_code = code.or_else(|| status.map(|status| Cow::Owned(status.to_string())));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(more: &Value) -> Event<'static> {
        let mut object =
            json!({"gateway": "g", "src.addr": "[2001:db8::1]:80", "time": "2026-03-01T10:00:00Z"});
        for (key, value) in more.as_object().unwrap() {
            object[key.as_str()] = value.clone();
        }
        request(object.as_object().unwrap().clone())
    }

    #[test]
    fn only_subjects_of_people_are_people() {
        let human = |subject: &str| event(&json!({ "jwt.sub": subject })).human.is_some();
        assert!(human("kim@acme.example") && human("auth0|64f0"));
        for program in [
            "spiffe://acme/ns/a",
            "abc@clients",
            "x@acme.iam.gserviceaccount.com",
            "00u1abcd",
            "agent-9",
        ] {
            let event = event(&json!({ "jwt.sub": program }));
            assert_eq!((event.human, event.actor.as_deref()), (None, Some(program)));
        }
    }

    #[test]
    fn refusals_and_what_looks_like_one_are_told_apart() {
        let ended = |more: Value| {
            let event = event(&more);
            (event.outcome, event.decision)
        };
        let deny = Some(Decision::Deny);
        assert_eq!(
            ended(json!({"http.status": "403", "reason": "Authorization"})),
            (Outcome::Denied, deny)
        );
        assert_eq!(
            ended(json!({"http.status": 429, "reason": "RateLimit"})),
            (Outcome::Denied, deny)
        );
        assert_eq!(
            ended(json!({"http.status": 502, "reason": "Upstream"})),
            (Outcome::Error, None)
        );
        let unknown = event(
            &json!({"http.status": 200, "mcp.method.name": "tools/call", "gen_ai.tool.name": "x",
            "mcp.error.code": -32602, "mcp.error.message": "Unknown tool: x"}),
        );
        assert_eq!((unknown.outcome, unknown.decision), (Outcome::Error, None));
        assert!(unknown.reason.unwrap().contains("refusal"));
        assert_eq!(ended(json!({"http.status": "200"})), (Outcome::Success, None));
    }

    #[test]
    fn address_has_no_port_and_prompts_are_not_kept() {
        let event = event(
            &json!({"gen_ai.prompt": "MARK", "gen_ai.completion": ["MARK"], "gen_ai.request.model": "m"}),
        );
        assert_eq!(event.address.as_deref(), Some("2001:db8::1"));
        assert!(!event.payload.contains("MARK"));
        assert_eq!(event.kind, Kind::ModelCall);
        assert_eq!(host_of("198.51.100.7:443"), "198.51.100.7");
        assert_eq!(host_of("2001:db8::1"), "2001:db8::1");
    }
}
