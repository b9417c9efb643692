//! One vended log record to one event: what all parts of `AgentCore` write alike, and the payloads of each.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::format::mcp::hints::{self, Part};
use crate::format::mcp::{fields as mcp, verbs};
use crate::format::otlp::claims;
use crate::format::otlp::content::{self, Sifted};
use crate::format::otlp::record::once;
use crate::format::otlp::values::{self, Attributes};
use crate::model::{ActionClass, ActorType, Event, IdKind, Kind, Outcome, SessionBasis, Trust};

use super::gateway;
use super::surface::{self, Surface};

pub(super) const PRODUCT: &str = "agentcore";

/// `severityNumber` from which a record says that something failed.
const ERROR: i64 = 17;

/// Members that columns hold.
const HELD: &[&str] = &["account_id", "request_id", "resource_arn", "span_id", "trace_id"];

/// A record with its attributes read.
struct Vended<'v> {
    object: &'v Map<String, Value>,
    attributes: Attributes,
    surface: Surface,
}

/// Turns a vended log record into an event, or says why it is none without quoting it.
pub(crate) fn read(value: &Value) -> Result<Event<'static>, String> {
    let Some(object) = value.as_object() else { return Err("record is not an object".to_owned()) };
    let attributes = Attributes::read(object.get("attributes"));
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let type_word = attributes.text(&["aws.resource.type"]);
    let surface = Surface::of(text("resource_arn"), type_word.as_deref(), text("service_name"));
    let from = Vended { object, attributes, surface };
    let mut event = surface.event();
    from.fill_place(&mut event);
    from.fill_ids(&mut event);
    from.fill_session(&mut event);
    let mut sifted = Sifted::default();
    let body = from.object.get("body").unwrap_or(&Value::Null);
    from.fill_action(&mut event);
    let body = from.read_body(&mut event, body, &mut sifted);
    if surface::is_usage(value) {
        event.kind = Kind::Notice;
        event.action = Some(Cow::Borrowed("runtime usage"));
    }
    from.settle(&mut event);
    event.payload = Cow::Owned(from.payload(body, &mut sifted));
    for id in sifted.tool_uses.iter().chain(&sifted.tool_results) {
        event.identify(IdKind::ToolUse, id.clone(), Trust::Asserted);
    }
    event.masked = sifted.words().map(Cow::Borrowed);
    once(&mut event);
    Ok(event)
}

impl Vended<'_> {
    fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| values::word(self.object.get(*key)?))
    }

    fn fill_place(&self, event: &mut Event<'static>) {
        let times = ["event_timestamp", "timestamp", "timeUnixNano", "observedTimeUnixNano"];
        if let Some((time, precision)) =
            times.iter().find_map(|key| values::time(self.object.get(*key)))
        {
            event.time = Some(time);
            event.precision = precision;
        }
        let arn = self.text(&["resource_arn"]).or_else(|| {
            self.object
                .get("resource")?
                .pointer("/attributes/cloud.resource_id")
                .and_then(values::word)
        });
        let part = |n: usize| {
            arn.as_deref()?.split(':').nth(n).filter(|part| !part.is_empty()).map(str::to_owned)
        };
        event.region = part(3).map(Cow::Owned);
        let account =
            self.text(&["account_id"]).or_else(|| self.attributes.text(&["aws.account.id"]));
        event.account = account
            .or_else(|| part(4).filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())))
            .map(Cow::Owned);
        let type_word = self.attributes.text(&["aws.resource.type"]).map(Cow::Owned);
        if let Some(arn) = arn {
            event.touch(arn, type_word.or_else(|| self.surface.resource_type().map(Cow::Borrowed)));
        }
    }

    /// The snake-case pair is the service's own; where the other spelling disagrees it stays findable.
    fn fill_ids(&self, event: &mut Event<'static>) {
        let id = |key: &str, bytes: usize| values::id(self.object.get(key), bytes);
        let (trace, other_trace) = (id("trace_id", 16), id("traceId", 16));
        let (span, other_span) = (id("span_id", 8), id("spanId", 8));
        if let (Some(trace), Some(other)) = (&trace, &other_trace)
            && trace != other
        {
            event.identify(IdKind::Trace, other.clone(), Trust::Asserted);
        }
        if let (Some(span), Some(other)) = (&span, &other_span)
            && span != other
        {
            event.identify(IdKind::Span, other.clone(), Trust::Asserted);
        }
        event.trace = trace.or(other_trace).map(Cow::Owned);
        event.span = span.or(other_span).map(Cow::Owned);
        let in_body = || self.object.get("body")?.get("requestId").and_then(values::word);
        let own = self.text(&["request_id", "requestId"]);
        let requests = [own, self.attributes.text(&["aws.request.id"]), in_body()];
        for request in requests.into_iter().flatten() {
            if event.request.is_none() {
                event.request = Some(Cow::Owned(request));
            } else if event.request.as_deref() != Some(&*request) {
                event.identify(IdKind::Request, request, Trust::Observed);
            }
        }
        let body = self.object.get("body").and_then(Value::as_object);
        for holder in [Some(self.object), body].into_iter().flatten() {
            note_downstream(event, holder);
        }
        note_ids(event, self.attributes.value(&["downstreamRequestIds"]));
        for claims_holder in ["jwt", "claims"] {
            let inner = |holder: &Map<String, Value>| {
                holder.get(claims_holder).filter(|value| value.is_object()).cloned()
            };
            if let Some(object) = inner(self.object).or_else(|| body.and_then(inner)) {
                claims::of_object(event, &object);
            }
        }
    }

    fn fill_session(&self, event: &mut Event<'static>) {
        let own = [
            self.text(&["session_id", "session.id"]),
            self.attributes.text(&["session.id"]),
            self.text(&["tool_session_id"]),
            self.attributes.text(&["toolsession.id"]),
        ];
        for session in own.into_iter().flatten() {
            if event.session.is_none() {
                event.session = Some(Cow::Owned(session));
                event.session_basis = Some(SessionBasis::NativeId);
            } else if event.session.as_deref() != Some(&*session)
                && !event
                    .identifiers
                    .iter()
                    .any(|id| id.kind == IdKind::Session && id.value == session)
            {
                event.identify(IdKind::Session, session, Trust::Observed);
            }
        }
        // Whom a memory is about is chosen by the application; it may be a person, a tenant or a word.
        if let Some(actor) =
            self.text(&["actor_id"]).or_else(|| self.attributes.text(&["actor.id"]))
        {
            event.identify(IdKind::Actor, actor, Trust::Asserted);
        }
        if let Some(agent) =
            self.text(&["agent.name"]).or_else(|| self.attributes.text(&["agent.name"]))
        {
            event.agent = Some(Cow::Owned(agent));
            event.agent_trust = Some(Trust::Observed);
            event.actor_type = Some(ActorType::Agent);
        }
    }

    fn fill_action(&self, event: &mut Event<'static>) {
        let operation =
            self.text(&["operation"]).or_else(|| self.attributes.text(&["aws.operation.name"]));
        if let Some(operation) = operation {
            event.action_class = match self.surface {
                Surface::Identity => Some(ActionClass::Auth),
                _ => verbs::class_of_tool(&operation),
            };
            event.action = Some(Cow::Owned(format!("bedrock-agentcore:{operation}")));
        } else if self.surface == Surface::Memory {
            event.kind = Kind::Notice;
            event.action = Some(Cow::Borrowed("memory log"));
        }
        if let Some(answer) = self.attributes.text(&["aws.agentcore.policy.authorization_decision"])
        {
            event.decision = crate::model::Decision::from_word(&answer.to_ascii_lowercase());
        }
    }

    /// Reads the body as the part writes it and returns what may be kept of it.
    fn read_body(&self, event: &mut Event<'static>, body: &Value, sifted: &mut Sifted) -> Value {
        match self.surface {
            Surface::Gateway => {
                gateway::read(event, body);
                if let (Some(request), Some(span)) = (&event.request, &event.span) {
                    let id = body.get("id").and_then(values::word).unwrap_or_default();
                    event.identify(IdKind::Step, format!("{request}:{span}:{id}"), Trust::Derived);
                }
                sifted.keep_short(body)
            }
            Surface::Tool => tool_body(event, body, sifted),
            Surface::Runtime => runtime_body(event, body, sifted),
            Surface::Identity => {
                identity(
                    event,
                    self.object.get("request_payload").or_else(|| body.get("request_payload")),
                );
                without_tokens(body)
            }
            Surface::Memory | Surface::Policy | Surface::Other => log_body(body, sifted),
        }
    }

    /// Says how the call ended where the body did not.
    fn settle(&self, event: &mut Event<'static>) {
        let body = self.object.get("body");
        let flag = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_bool);
        let code = |holder: Option<&Value>| {
            holder.and_then(|holder| values::word(holder.get("errorCode")?))
        };
        if event.error_code.is_none() {
            event.error_code =
                self.text(&["errorCode", "error_code"]).or_else(|| code(body)).map(Cow::Owned);
        }
        if event.outcome != Outcome::Unknown {
            return;
        }
        if let Some(code) = &event.error_code {
            event.outcome = crate::format::cloudtrail::outcome::of_code(code);
        } else if flag("isError") == Some(true)
            || self
                .object
                .get("severityNumber")
                .and_then(values::whole)
                .is_some_and(|number| number >= ERROR)
        {
            event.outcome = Outcome::Error;
        } else if flag("isError") == Some(false) && self.surface != Surface::Gateway {
            event.outcome = Outcome::Success;
        }
    }

    fn payload(&self, body: Value, sifted: &mut Sifted) -> String {
        let mut kept = Map::new();
        for (key, value) in self.object {
            let value = match key.as_str() {
                "body" => continue,
                key if HELD.contains(&key) && !value.is_null() => continue,
                "response_payload" if self.surface == Surface::Identity => names_only(value),
                "request_payload" if self.surface == Surface::Identity => value.clone(),
                "request_payload" | "response_payload" => sifted.drop_content(key, value),
                "attributes" | "resource" => value.clone(),
                key => sifted.keep(key, value, false),
            };
            kept.insert(key.clone(), value);
        }
        if !body.is_null() {
            kept.insert("body".to_owned(), body);
        }
        Value::Object(kept).to_string()
    }
}

fn note_downstream(event: &mut Event<'static>, holder: &Map<String, Value>) {
    note_ids(event, holder.get("downstreamRequestIds"));
    let requests = holder.get("downstreamRequests").and_then(Value::as_array);
    for id in
        requests.into_iter().flatten().filter_map(|request| values::word(request.get("requestId")?))
    {
        event.identify(IdKind::DownstreamRequest, id, Trust::Observed);
    }
}

fn note_ids(event: &mut Event<'static>, ids: Option<&Value>) {
    for id in ids.and_then(Value::as_array).into_iter().flatten().filter_map(values::word) {
        event.identify(IdKind::DownstreamRequest, id, Trust::Observed);
    }
}

/// A payload as its JSON: the object itself, or the text under `truncatedPayload` where it is whole.
fn payload_of(body: &Value, key: &str) -> Option<Value> {
    let payload = body.get(key)?;
    match payload.get("truncatedPayload") {
        Some(text) => content::embedded(text),
        None => Some(content::embedded(payload).unwrap_or_else(|| payload.clone())),
    }
}

/// Code interpreter and browser: a tool with arguments, answered with a result.
fn tool_body(event: &mut Event<'static>, body: &Value, sifted: &mut Sifted) -> Value {
    let request = payload_of(body, "request_payload");
    let response = payload_of(body, "response_payload");
    let named = request.as_ref().and_then(|request| values::word(request.get("name")?));
    event.tool = named.or_else(|| name_of_cut(body)).map(Cow::Owned);
    match event.tool.clone() {
        Some(tool) => {
            event.action_class = verbs::class_of_tool(&tool).or(Some(ActionClass::Exec));
            event.action = Some(Cow::Owned(format!("call {tool}")));
        }
        // Opening and closing of the sandbox.
        None if event.action.as_deref().is_some_and(|action| action.contains("Session")) => {
            event.kind = Kind::Session;
        }
        None => {}
    }
    if let Some(request) = &request {
        hints::add(event, request, Part::Arguments);
    }
    if let Some(response) = &response {
        hints::add(event, response, Part::Answer);
        event.outcome = match response.get("isError").and_then(Value::as_bool) {
            Some(true) => Outcome::Error,
            Some(false) => Outcome::Success,
            None => Outcome::Unknown,
        };
    }
    kept_members(body, |key, value| match (key, &request) {
        ("request_payload", Some(request)) => without_documents(request, sifted),
        ("request_payload", None) => sifted.drop_content(key, value),
        _ => sifted.keep_short(value),
    })
}

/// The name at the beginning of a payload that the service cut off.
fn name_of_cut(body: &Value) -> Option<String> {
    let text = body.pointer("/request_payload/truncatedPayload")?.as_str()?;
    let (name, _) = text.strip_prefix("{\"name\":\"")?.split_once('"')?;
    let is_word =
        (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then(|| name.to_owned())
}

/// Arguments stay; files handed over in them do not.
fn without_documents(value: &Value, sifted: &mut Sifted) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, inner)| {
                let is_document = matches!(key.as_str(), "blob" | "text") && inner.is_string();
                let kept = if is_document {
                    sifted.drop_content(key, inner)
                } else {
                    without_documents(inner, sifted)
                };
                (key.clone(), kept)
            })
            .collect::<Map<String, Value>>()
            .into(),
        Value::Array(elements) => {
            elements.iter().map(|element| without_documents(element, sifted)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            sifted.keep_short(value)
        }
    }
}

/// A runtime's payloads are prompt and answer, unless it serves MCP.
fn runtime_body(event: &mut Event<'static>, body: &Value, sifted: &mut Sifted) -> Value {
    let request =
        payload_of(body, "request_payload").filter(|request| request.get("jsonrpc").is_some());
    let method = request.as_ref().and_then(|request| values::word(request.get("method")?));
    if let (Some(request), Some(method)) = (&request, method) {
        event.kind = mcp::kind_of(&method);
        let tool = request
            .pointer("/params/name")
            .and_then(values::word)
            .filter(|_| method == "tools/call");
        event.action_class = mcp::class_of(&method, tool.as_deref());
        event.action = Some(Cow::Owned(
            tool.as_ref().map_or_else(|| method.clone(), |tool| format!("call {tool}")),
        ));
        event.tool = tool.map(Cow::Owned);
        event.method = Some(Cow::Owned(method));
        hints::add(event, request, Part::Arguments);
    }
    let response = payload_of(body, "response_payload");
    if let Some(response) = response.filter(|response| !response.is_null()) {
        hints::add(event, &response, Part::Answer);
        event.outcome = Outcome::Success;
    }
    let is_call = event.tool.is_some();
    kept_members(body, |key, value| match key {
        "request_payload" | "response_payload" if is_call => sifted.keep_short(value),
        _ => sifted.drop_content(key, value),
    })
}

/// Sentences of the service stay; whatever holds more is a conversation.
fn log_body(body: &Value, sifted: &mut Sifted) -> Value {
    kept_members(body, |key, value| match value {
        Value::Object(_) | Value::Array(_) => sifted.drop_content(key, value),
        _ => sifted.keep(key, value, false),
    })
}

fn kept_members(body: &Value, mut keep: impl FnMut(&str, &Value) -> Value) -> Value {
    match body {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), keep(key, value)))
            .collect::<Map<String, Value>>()
            .into(),
        Value::Null => Value::Null,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            keep("body", body)
        }
    }
}

/// Whose token was asked for, by which workload.
fn identity(event: &mut Event<'static>, request: Option<&Value>) {
    let Some(request) = request else { return };
    let parsed = content::embedded(request);
    let request = parsed.as_ref().unwrap_or(request);
    let text = |keys: &[&str]| keys.iter().find_map(|key| values::word(request.get(*key)?));
    if let Some(workload) =
        text(&["workloadName", "workloadIdentityName", "workload_identity_name"])
    {
        event.actor = Some(Cow::Owned(workload));
        event.actor_type = Some(ActorType::Workload);
    }
    if let Some(user) = text(&["userId", "user_id"]) {
        event.identify(IdKind::Who, user, Trust::Asserted);
    }
    event.server =
        text(&["resourceCredentialProviderName", "credentialProviderName"]).map(Cow::Owned);
}

/// Of an answer with tokens only the names of its members and its size stay; not even a digest.
fn names_only(value: &Value) -> Value {
    let Some(members) = value.as_object() else {
        return if value.is_null() {
            Value::Null
        } else {
            json!({"bytes": value.to_string().len()})
        };
    };
    let names: Vec<&String> = members.keys().take(64).collect();
    json!({"bytes": value.to_string().len(), "members": names})
}

fn without_tokens(body: &Value) -> Value {
    kept_members(
        body,
        |key, value| if key == "response_payload" { names_only(value) } else { value.clone() },
    )
}
