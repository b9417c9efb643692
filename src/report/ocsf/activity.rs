//! One event as API Activity (class 6003). A column that the record does not fill stays out; a person who was only guessed
//! does not become a plain fact. What the framework has no place for stands in `unmapped`.

use std::net::IpAddr;

use serde_json::{Value as Json, json};

use super::{Object, VERSION, head, millis, product};
use crate::model::{Grade, Micros};
use crate::query::export::ExportEvent;
use crate::report::bundle::BundleInput;
use crate::report::facts::Facts;
use crate::report::{timesketch, told};
use crate::store::Value;

const CLASS: u32 = 6003;

/// Stands where the framework demands a name and the record has none.
const NOT_RECORDED: &str = "not recorded";

/// Columns that the framework has no place for.
const UNMAPPED: &[&str] = &[
    "plane",
    "kind",
    "product",
    "human_proof",
    "agent_trust",
    "session_basis",
    "role_session",
    "parent_credential",
    "approval_state",
    "approval_by",
    "approval_at",
    "action_class",
    "model",
    "cost",
    "bytes",
    "masked",
    "user_agent",
];

/// Returns an event that happened at `time`.
pub(super) fn of(event: &ExportEvent, time: Micros, input: &BundleInput<'_>) -> Json {
    let activity = told::activity(event);
    let mut object = head(CLASS, activity, millis(time), 1);
    if let Value::Time(end) = event.value("ts_end") {
        object.put("end_time", millis(*end));
    }
    object.text("message", Some(&Facts::of(event).message()));
    object.object("actor", actor(event));
    object.object("api", api(event));
    object.object("src_endpoint", endpoint(event));
    object.list("resources", resources(event));
    let mut profiles = Vec::new();
    for (profile, member, part) in [
        ("cloud", "cloud", cloud(event)),
        ("ai_operation", "message_context", message_context(event)),
        ("trace", "trace", trace(event)),
    ] {
        if let Some(part) = part {
            profiles.push(profile);
            object.object(member, part);
        }
    }
    status(&mut object, event);
    object.object("metadata", metadata(event, input, &profiles));
    if let Some(place) = event.place() {
        object.put(
            "raw_data_hash",
            json!({"algorithm_id": 3, "algorithm": "SHA-256", "value": place.record_sha256}),
        );
        object.put("raw_data_size", place.length);
    }
    let is_changed = object.is_changed;
    object.object("unmapped", unmapped(event, is_changed));
    object.into_json()
}

/// Returns the session that the case puts the event into, unless that is a guess.
fn known_human(event: &ExportEvent) -> Option<String> {
    event.text("human").or_else(|| {
        let session = event.session.as_ref()?;
        (session.human_grade <= Grade::Derived).then(|| session.human.clone()).flatten()
    })
}

fn agent(event: &ExportEvent) -> Option<String> {
    event.text("agent").or_else(|| event.session.as_ref()?.agent.clone())
}

fn session(event: &ExportEvent) -> Option<String> {
    event.session.as_ref().map(|session| session.id.clone()).or_else(|| event.text("session"))
}

fn actor(event: &ExportEvent) -> Object {
    let (human, principal) = (known_human(event), event.text("actor"));
    let mut user = Object::new();
    user.text("uid", principal.as_deref().or(human.as_deref()));
    user.text("name", human.as_deref().or(principal.as_deref()));
    if user.members.is_empty() {
        user.put("name", NOT_RECORDED);
    }
    let kind = match event.text("actor_type").as_deref() {
        Some("human" | "agent" | "workload") => 1,
        Some("root") => 2,
        Some("service") => 4,
        _ => 0,
    };
    user.put("type_id", kind);
    user.text("credential_uid", event.text("credential").as_deref());
    user.object("account", account(event));
    let mut held = Object::new();
    held.text("uid", session(event).as_deref());
    if let Value::Time(created) = event.value("credential_created") {
        held.put("created_time", millis(*created));
    }
    let mut actor = Object::new();
    actor.object("user", user);
    actor.object("session", held);
    actor.text("app_name", agent(event).or_else(|| event.text("client")).as_deref());
    actor.text("invoked_by", event.text("invoked_by").as_deref());
    let mut authorization = Object::new();
    authorization.text("decision", event.text("decision").as_deref());
    let mut policy = Object::new();
    policy.text("name", event.text("policy").as_deref());
    authorization.object("policy", policy);
    if !authorization.members.is_empty() {
        actor.is_changed |= authorization.is_changed;
        actor.list("authorizations", vec![authorization.into_json()]);
    }
    actor
}

/// Returns the account, whose type is known for records of AWS alone.
fn account(event: &ExportEvent) -> Object {
    let mut account = Object::new();
    account.text("uid", event.text("account").as_deref());
    if account.has("uid") && is_cloud(event) {
        account.put("type_id", 10);
    }
    account
}

fn is_cloud(event: &ExportEvent) -> bool {
    event.text("plane").as_deref() == Some("cloudtrail")
}

fn api(event: &ExportEvent) -> Object {
    let action = event.text("action");
    let parts = action.as_deref().and_then(|action| action.split_once(':'));
    let mut api = Object::new();
    let mut service = Object::new();
    if let Some((of, operation)) = parts.filter(|_| is_cloud(event)) {
        api.text("operation", Some(operation));
        service.text("name", Some(of));
    } else {
        let tool = event.text("tool").or(action).or_else(|| event.text("method"));
        api.text("operation", tool.or_else(|| event.text("kind")).as_deref());
        service.text("name", event.text("server").as_deref());
    }
    if !api.has("operation") {
        api.put("operation", NOT_RECORDED);
    }
    api.object("service", service);
    // There is no class for the Model Context Protocol; a call over it is told by its group.
    if event.text("method").is_some_and(|method| method.starts_with("tools/")) {
        api.put("group", json!({"name": "mcp"}));
    }
    let mut request = Object::new();
    request.text("uid", event.text("request").as_deref());
    api.object("request", request);
    let mut response = Object::new();
    response.text("error", event.text("error_code").as_deref());
    api.object("response", response);
    api
}

/// Returns where the call came from: an address, or the service that stands in its place.
fn endpoint(event: &ExportEvent) -> Object {
    let mut endpoint = Object::new();
    match event.text("address") {
        Some(address) if address.parse::<IpAddr>().is_ok() => {
            endpoint.text("ip", Some(&address));
        }
        Some(service) if is_cloud(event) => endpoint.text("svc_name", Some(&service)),
        Some(name) => endpoint.text("name", Some(&name)),
        None => {
            let service = event.text("invoked_by");
            endpoint.text("svc_name", service.as_deref());
            if !endpoint.has("svc_name") {
                endpoint.put("name", NOT_RECORDED);
            }
        }
    }
    endpoint
}

fn resources(event: &ExportEvent) -> Vec<Json> {
    let first = event.text("resource").map(|id| (id, event.text("resource_type")));
    let all = first.into_iter().chain(event.resources.iter().cloned());
    all.filter(|(id, _)| !id.is_empty())
        .map(|(id, kind)| {
            let mut resource = Object::new();
            resource.text("uid", Some(&id));
            resource.text("type", kind.as_deref());
            resource.into_json()
        })
        .collect()
}

fn cloud(event: &ExportEvent) -> Option<Object> {
    if !is_cloud(event) {
        return None;
    }
    let mut cloud = Object::new();
    cloud.put("provider", "AWS");
    cloud.text("region", event.text("region").as_deref());
    cloud.object("account", account(event));
    Some(cloud)
}

/// Returns in which exchange with a model or a tool the event stands. The framework wants a named application or service.
fn message_context(event: &ExportEvent) -> Option<Object> {
    if is_cloud(event) {
        return None;
    }
    let mut context = Object::new();
    let mut application = Object::new();
    application.text("name", event.text("client").or_else(|| agent(event)).as_deref());
    let mut service = Object::new();
    service.text("name", event.text("server").as_deref());
    if application.members.is_empty() && service.members.is_empty() {
        return None;
    }
    context.text("uid", session(event).as_deref());
    let role = match event.text("kind").as_deref() {
        Some("tool_call") => 3,
        Some("model_call") => 2,
        _ => 0,
    };
    context.put("ai_role_id", role);
    context.object("application", application);
    context.object("service", service);
    let tokens = ["tokens_in", "tokens_out"].map(|column| match event.value(column) {
        Value::Int(count) => Some(*count),
        _ => None,
    });
    for (name, count) in [("prompt_tokens", tokens[0]), ("completion_tokens", tokens[1])] {
        if let Some(count) = count {
            context.put(name, count);
        }
    }
    Some(context)
}

fn trace(event: &ExportEvent) -> Option<Object> {
    let uid = event.text("trace")?;
    let mut trace = Object::new();
    trace.text("uid", Some(&uid));
    // A span has a beginning and an end there; where the record has no end, the span's id stands in `unmapped`.
    if let (Some(time), Value::Time(end), Some(span)) =
        (event.row.time, event.value("ts_end"), event.text("span"))
    {
        let mut part = Object::new();
        part.text("uid", Some(&span));
        part.text("parent_uid", event.text("parent_span").as_deref());
        part.put("start_time", millis(time));
        part.put("end_time", millis(*end));
        trace.object("span", part);
    }
    Some(trace)
}

fn status(object: &mut Object, event: &ExportEvent) {
    let outcome = event.text("outcome").unwrap_or_else(|| "unknown".to_owned());
    let id = match outcome.as_str() {
        "success" => 1,
        "denied" | "error" => 2,
        "held" => 99,
        _ => 0,
    };
    object.put("status_id", id);
    object.text("status", Some(&outcome));
    object.text("status_code", event.text("error_code").as_deref());
    object.text("status_detail", event.text("reason").as_deref());
}

fn metadata(event: &ExportEvent, input: &BundleInput<'_>, profiles: &[&str]) -> Object {
    let mut metadata = Object::new();
    metadata.put("version", VERSION);
    metadata.put("product", product(input.tool));
    metadata.put("profiles", json!(profiles));
    metadata.put("uid", event.row.id.to_string());
    metadata.text("original_event_uid", event.text("native_id").as_deref());
    metadata.put("original_time", event.row.time.map(|time| time.to_string()));
    metadata.text("log_name", event.text("product").as_deref());
    metadata.text("correlation_uid", event.text("trace").as_deref());
    metadata.list(
        "labels",
        timesketch::tags(event, input.state).0.into_iter().map(Json::from).collect(),
    );
    metadata
}

/// Returns what has no place elsewhere, and where the record lies.
fn unmapped(event: &ExportEvent, is_changed: bool) -> Object {
    let mut unmapped = Object::new();
    unmapped.put("whytrail.event_id", event.row.id.to_string());
    if let Some(place) = event.place() {
        unmapped.text("whytrail.source_file", Some(&place.source));
        unmapped.text("whytrail.source_member", place.member.as_deref());
        unmapped.text("whytrail.source_sha256", Some(&place.source_sha256));
        unmapped.put("whytrail.source_line", place.line);
        unmapped.put("whytrail.source_offset", place.offset);
    }
    for column in UNMAPPED {
        unmapped.text(&format!("whytrail.{column}"), event.text(column).as_deref());
    }
    if !matches!(event.value("ts_end"), Value::Time(_)) {
        unmapped.text("whytrail.span", event.text("span").as_deref());
        unmapped.text("whytrail.parent_span", event.text("parent_span").as_deref());
    }
    unmapped.text("whytrail.link", Some(event.row.link.as_str()));
    let is_changed = is_changed || unmapped.is_changed;
    unmapped.put("whytrail.sanitised", is_changed);
    unmapped
}
