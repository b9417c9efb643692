//! One record to one event. Must not decide what is stored of it.

use std::borrow::Cow;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::format::hex::hex;
use crate::format::mcp::hints::{self, Part};
use crate::format::mcp::verbs;
use crate::format::veil;
use crate::model::time::{Micros, Precision};
use crate::model::{
    ActionClass, Decision, Event, IdKind, Kind, Outcome, Plane, SessionBasis, Trust,
};

use super::metadata::{self, first, said};
use super::{Shape, stored};

/// Tool calls of one answer that are followed at most.
const MAX_TOOL_USES: usize = 64;

/// People whom the proxy's key belongs to, and whom it invents where there is none.
const OWNERS: &[&str] =
    &["metadata/user_api_key_user_email", "metadata/user_api_key_user_id", "user"];
const NOBODY: &[&str] = &["default_user_id", "litellm-proxy-master-key", "anonymous"];

/// Error classes that mean that the proxy refused.
const REFUSALS: &[&str] = &[
    "AuthenticationError",
    "PermissionDeniedError",
    "BudgetExceededError",
    "GuardrailRaisedException",
    "BlockedPiiEntityError",
    "ContentPolicyViolationError",
];

/// Turns a record into its event.
pub(super) fn event(shape: Shape, object: Map<String, Value>) -> Event<'static> {
    let mut event = Event::new(Plane::Model, "litellm", Kind::ModelCall);
    event.shape_rank = u8::from(shape == Shape::Row);
    let id = first(&object, &["id", "request_id"]);
    event.native_id = own(id);
    event.request = own(id);
    read_times(&mut event, &object);
    read_people(&mut event, &object);
    read_session(&mut event, &object);
    let has_raw_key = read_key(&mut event, &object);
    read_call(&mut event, &object);
    read_usage(&mut event, &object);
    read_outcome(&mut event, &object);
    read_content_ids(&mut event, &object);
    event.address = own(first(&object, &["requester_ip_address", "metadata/requester_ip_address"]));
    event.user_agent = metadata::user_agent(&object).map(Cow::Owned);
    event.payload = Cow::Owned(stored::kept(object, has_raw_key).to_string());
    event
}

fn own(text: Option<&str>) -> Option<Cow<'static, str>> {
    text.map(|text| Cow::Owned(text.to_owned()))
}

fn read_times(event: &mut Event<'static>, object: &Map<String, Value>) {
    if let Some((time, precision)) = time_of(object.get("startTime")) {
        event.time = Some(time);
        event.precision = precision;
    }
    event.time_end = time_of(object.get("endTime")).map(|(time, _)| time);
}

fn time_of(value: Option<&Value>) -> Option<(Micros, Precision)> {
    match value? {
        Value::Number(number) => Micros::from_epoch(number.as_f64()?),
        Value::String(text) => {
            Micros::parse(text).or_else(|| Micros::from_epoch(text.trim().parse().ok()?))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The owner of the key is known to the proxy; the end user is what a caller says.
fn read_people(event: &mut Event<'static>, object: &Map<String, Value>) {
    let is_person =
        |name: &&str| !NOBODY.contains(name) && metadata::claude_session(name).is_none();
    let owners: Vec<&str> =
        OWNERS.iter().filter_map(|pointer| said(object, pointer)).filter(is_person).collect();
    let end_user = first(object, &["end_user", "metadata/user_api_key_end_user_id"]);
    let asserted = end_user.filter(is_person);
    if let Some(owner) = owners.first() {
        event.human = own(Some(owner));
        event.human_proof = Some(Cow::Borrowed("owner of the proxy's key"));
        for further in owners.iter().skip(1).filter(|further| *further != owner) {
            event.identify(IdKind::Who, (*further).to_owned(), Trust::Observed);
        }
        if let Some(end_user) = asserted.filter(|name| name != owner) {
            event.identify(IdKind::Who, end_user.to_owned(), Trust::Asserted);
        }
    } else if let Some(end_user) = asserted {
        event.human = own(Some(end_user));
        event.human_proof = Some(Cow::Borrowed("end user, as the caller says"));
    }
    event.agent = own(first(object, &["agent_id", "metadata/agent_id"]));
    event.agent_trust = event.agent.as_ref().map(|_| Trust::Asserted);
    event.actor = own(said(object, "metadata/user_api_key_alias"));
    let claims = [
        said(object, "metadata/requester_metadata/user_id"),
        said(object, "metadata/user_id"),
        said(object, "proxy_server_request/metadata/user_id"),
        said(object, "proxy_server_request/body/metadata/user_id"),
    ];
    let sessions: Vec<&str> = end_user
        .into_iter()
        .chain(claims.into_iter().flatten())
        .filter_map(metadata::claude_session)
        .collect();
    if let Some(session) = sessions.first() {
        event.identify(IdKind::Correlation, (*session).to_owned(), Trust::Asserted);
    }
}

fn read_session(event: &mut Event<'static>, object: &Map<String, Value>) {
    let trace = first(object, &["trace_id", "metadata/trace_id"]);
    event.session = own(first(object, &["session_id", "metadata/session_id"]).or(trace));
    event.session_basis = event.session.as_ref().map(|_| SessionBasis::NativeId);
    let is_w3c = |id: &&str| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    event.trace = own(trace.filter(is_w3c));
    if let Some(id) = first(object, &["litellm_call_id", "metadata/litellm_call_id"])
        && event.request.as_deref() != Some(id)
    {
        event.identify(IdKind::Correlation, id.to_owned(), Trust::Observed);
    }
    for id in metadata::correlations(object) {
        if event.session.as_deref() != Some(id.as_str()) {
            event.identify(IdKind::Correlation, id, Trust::Asserted);
        }
    }
}

/// Puts the hash of the key into its column. Returns true when the record held the key itself.
fn read_key(event: &mut Event<'static>, object: &Map<String, Value>) -> bool {
    let Some(key) =
        first(object, &["metadata/user_api_key_hash", "api_key", "metadata/user_api_key"])
    else {
        return false;
    };
    let is_hash = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_name = NOBODY.contains(&key);
    event.credential = Some(Cow::Owned(if is_hash {
        key.to_ascii_lowercase()
    } else if is_name {
        key.to_owned()
    } else {
        hex(&Sha256::digest(key.as_bytes()))
    }));
    let raw = said(object, "api_key").unwrap_or_default();
    let is_raw_hash = raw.len() == 64 && raw.bytes().all(|byte| byte.is_ascii_hexdigit());
    !raw.is_empty() && !is_raw_hash && !NOBODY.contains(&raw)
}

fn read_call(event: &mut Event<'static>, object: &Map<String, Value>) {
    let call_type = said(object, "call_type").unwrap_or_default();
    let provider = said(object, "custom_llm_provider");
    event.method = own(Some(call_type));
    event.model = own(said(object, "model"));
    event.action = Some(Cow::Owned(match provider {
        Some(provider) => format!("{provider}:{call_type}"),
        None => call_type.to_owned(),
    }));
    event.action_class = Some(ActionClass::Read);
    let call = object
        .get("metadata")
        .and_then(|metadata| metadata.get("mcp_tool_call_metadata"))
        .filter(|call| call.is_object());
    if call_type != "call_mcp_tool" && call.is_none() {
        if let Some(model) = event.model.clone() {
            event.touch(Cow::Owned(format!("model/{model}")), Some(Cow::Borrowed("model")));
        }
        return;
    }
    event.kind = Kind::ToolCall;
    let word = |key: &str| call.and_then(|call| call.get(key)).and_then(Value::as_str);
    let spaced = said(object, "mcp_namespaced_tool_name").or_else(|| word("namespaced_tool_name"));
    let server_of_name = spaced.and_then(|name| name.split_once('/'));
    event.server = own(word("mcp_server_name").or(server_of_name.map(|(server, _)| server)));
    event.tool = own(word("name").or(server_of_name.map(|(_, tool)| tool)).or(spaced));
    event.method = Some(Cow::Borrowed("tools/call"));
    if let Some(tool) = event.tool.clone() {
        event.action = Some(Cow::Owned(format!("call {tool}")));
        event.action_class = verbs::class_of_tool(&tool);
    }
    if let Some(arguments) = call.and_then(|call| call.get("arguments")) {
        hints::add(event, arguments, Part::Arguments);
    }
    // The answer of a tool, not of a model.
    if let Some(response) = object.get("response") {
        hints::add(event, response, Part::Answer);
    }
}

fn read_usage(event: &mut Event<'static>, object: &Map<String, Value>) {
    let count = |key: &str| {
        let value = object.get(key)?;
        #[expect(clippy::cast_possible_truncation, reason = "token counts are far inside i64")]
        let whole = value.as_i64().or_else(|| value.as_f64().map(|number| number.round() as i64));
        whole.filter(|count| *count >= 0)
    };
    event.tokens_in = count("prompt_tokens");
    event.tokens_out = count("completion_tokens");
    event.cost = ["response_cost", "spend"]
        .iter()
        .find_map(|key| {
            let value = object.get(*key)?;
            value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
        })
        .filter(|cost| cost.is_finite());
}

fn read_outcome(event: &mut Event<'static>, object: &Map<String, Value>) {
    let class =
        first(object, &["error_information/error_class", "metadata/error_information/error_class"]);
    let code =
        first(object, &["error_information/error_code", "metadata/error_information/error_code"]);
    let is_failed = first(object, &["status", "metadata/status"]) == Some("failure");
    event.outcome = if is_failed || class.is_some() {
        let is_refused = class.is_some_and(|class| REFUSALS.contains(&class))
            || matches!(code, Some("401" | "403"));
        if is_refused { Outcome::Denied } else { Outcome::Error }
    } else if first(object, &["status", "metadata/status"]).is_some() || event.time_end.is_some() {
        Outcome::Success
    } else {
        Outcome::Unknown
    };
    event.error_code = own(code.or(class));
    event.reason = own(class);
    let guardrails: Vec<&str> = object
        .get("metadata")
        .and_then(|metadata| metadata.get("applied_guardrails"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    event.policy = (!guardrails.is_empty()).then(|| Cow::Owned(guardrails.join(", ")));
    let has_intervened = class == Some("GuardrailRaisedException") || is_blocked(object);
    if has_intervened || class == Some("BudgetExceededError") {
        event.decision = Some(Decision::Deny);
    }
    if has_intervened && class.is_none() {
        event.reason = Some(Cow::Borrowed("guardrail intervened"));
    }
}

fn is_blocked(object: &Map<String, Value>) -> bool {
    let own = object.get("guardrail_information");
    let inner = object.get("metadata").and_then(|metadata| metadata.get("guardrail_information"));
    let statuses = [own, inner].into_iter().flatten().flat_map(|information| match information {
        Value::Array(elements) => elements.iter().collect(),
        other => vec![other],
    });
    statuses
        .filter_map(|information| information.get("guardrail_status")?.as_str())
        .any(|status| matches!(status, "guardrail_intervened" | "blocked"))
}

/// Ids inside content that tie the call to other records: tool calls that the model asked for, and the id that the
/// provider gave the request.
fn read_content_ids(event: &mut Event<'static>, object: &Map<String, Value>) {
    let choices = object.get("response").and_then(|response| response.get("choices"));
    let calls = choices
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|choice| choice.pointer("/message/tool_calls")?.as_array())
        .flatten()
        .filter_map(|call| call.get("id")?.as_str());
    for id in calls.filter(|id| veil::is_unique(id)).take(MAX_TOOL_USES) {
        event.identify(IdKind::ToolUse, id.to_owned(), Trust::Observed);
    }
    let newest =
        object.get("messages").and_then(Value::as_array).and_then(|messages| messages.last());
    if let Some(id) = newest.and_then(|message| message.get("tool_call_id")?.as_str())
        && veil::is_unique(id)
    {
        event.identify(IdKind::ToolUse, id.to_owned(), Trust::Asserted);
    }
    let headers = object
        .get("hidden_params")
        .and_then(|hidden| hidden.get("additional_headers"))
        .and_then(Value::as_object);
    for (name, id) in headers.into_iter().flatten() {
        let Some(id) = id.as_str().filter(|id| !id.is_empty() && id.len() <= 128) else { continue };
        let name = name.to_ascii_lowercase().replace('_', "-");
        if name.ends_with("x-amzn-requestid") || name.ends_with("x-amzn-request-id") {
            event.identify(IdKind::DownstreamRequest, id.to_owned(), Trust::Observed);
        } else if name.ends_with("request-id") {
            event.identify(IdKind::Correlation, id.to_owned(), Trust::Observed);
        }
    }
}
