//! One audit event to the events of its call: a check, each pair of a bulk check, a lookup, a change. Must not judge a
//! schema.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::format::veil;
use crate::model::{ActionClass, Event, IdKind, Kind, Micros, Plane, SessionBasis, Trust};

use super::{answer, subject};

/// Pairs of a bulk check, and relationships of a change, that are read at most.
const MAX_PARTS: usize = 10_000;
/// Subjects of one change that are followed at most.
const MAX_SUBJECTS: usize = 64;

/// Keys of caveat context, without separators and in small letters, and what their values are.
const CONTEXT: &[(&str, IdKind)] = &[
    ("traceid", IdKind::Trace),
    ("tooluseid", IdKind::ToolUse),
    ("toolcallid", IdKind::ToolUse),
    ("requestid", IdKind::Correlation),
    ("correlationid", IdKind::Correlation),
    ("conversationid", IdKind::Correlation),
];
/// The same for keys that name the session.
const SESSIONS: &[&str] = &["sessionid", "agentsessionid", "session", "agentsession"];

/// Where the address of the caller may stand. The documentation names it without its field.
const ADDRESSES: &[&str] = &["request-ip", "request_ip", "client-ip", "client_ip", "ip"];

/// Returns the events of one audit event.
pub(super) fn events(record: &Value) -> Vec<Event<'static>> {
    let request = record.pointer("/data/request").unwrap_or(&Value::Null);
    let response = record.pointer("/data/response").unwrap_or(&Value::Null);
    let method = method_of(record);
    let base = base(record, method);
    let pairs = response.get("pairs").and_then(Value::as_array).filter(|pairs| !pairs.is_empty());
    let items = request.get("items").and_then(Value::as_array).filter(|items| !items.is_empty());
    if let Some(pairs) = pairs {
        let pairs = pairs.iter().take(MAX_PARTS).enumerate();
        return pairs.map(|(index, pair)| bulk_check(&base, index, pair, record)).collect();
    }
    if let Some(items) = items {
        let items = items.iter().take(MAX_PARTS).enumerate();
        return items
            .map(|(index, item)| bulk_check(&base, index, &json!({ "request": item }), record))
            .collect();
    }
    let mut event = base;
    answer::fill_outcome(&mut event, record.pointer("/data/error"), !response.is_null());
    event.decision = answer::decision(response);
    read_request(&mut event, method, request);
    read_context(&mut event, request.get("context"));
    if let Some(permission) = permission_of(request) {
        event.action = Some(Cow::Owned(permission.to_owned()));
    }
    event.payload = Cow::Owned(record.to_string());
    vec![event]
}

/// The last part of `/authzed.api.v1.PermissionsService/CheckPermission`.
fn method_of(record: &Value) -> &str {
    let kind = record.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.rsplit('/').next().unwrap_or(kind)
}

fn base(record: &Value, method: &str) -> Event<'static> {
    let mut event = Event::new(Plane::Authz, "authzed", kind_of(method));
    let text = |pointer: &str| {
        record.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    };
    let own = |text: Option<&str>| text.map(|text| Cow::Owned(text.to_owned()));
    if let Some((time, precision)) = text("/time").and_then(Micros::parse) {
        event.time = Some(time);
        event.precision = precision;
    }
    event.native_id = own(text("/id"));
    event.method = own(Some(method));
    event.action = Some(Cow::Owned(format!("authzed:{method}")));
    event.action_class = Some(class_of(method));
    event.credential = own(text("/data/metadata/token_hash"));
    event.user_agent = own(text("/data/metadata/user-agent"));
    event.request = own(text("/data/metadata/x-request-id"));
    let addresses = ADDRESSES.iter().map(|name| format!("/data/metadata/{name}"));
    event.address = addresses.into_iter().find_map(|pointer| own(text(&pointer)));
    if let Some(parent) = text("/data/metadata/traceparent")
        && let [_, trace, span, ..] = parent.split('-').collect::<Vec<_>>().as_slice()
        && trace.len() == 32
    {
        event.trace = own(Some(trace));
        event.parent_span = own(Some(span));
    }
    if let Some(id) = text("/id") {
        event.identify(IdKind::DecisionId, id.to_owned(), Trust::Observed);
    }
    event
}

fn kind_of(method: &str) -> Kind {
    let begins = |words: &[&str]| words.iter().any(|word| method.starts_with(word));
    if begins(&["Check", "Lookup", "Expand", "BulkCheck"]) {
        Kind::Decision
    } else if begins(&["Write", "Delete", "Import", "BulkImport"]) {
        Kind::Config
    } else {
        Kind::Api
    }
}

fn class_of(method: &str) -> ActionClass {
    if method.starts_with("Delete") {
        ActionClass::Delete
    } else if ["Write", "Import", "BulkImport"].iter().any(|word| method.starts_with(word)) {
        // Who may do what is changed.
        ActionClass::Admin
    } else {
        ActionClass::Read
    }
}

/// The published example has the permission inside the resource.
fn permission_of(request: &Value) -> Option<&str> {
    [request.get("permission"), request.pointer("/resource/permission")]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn bulk_check(base: &Event<'static>, index: usize, pair: &Value, record: &Value) -> Event<'static> {
    let mut event = base.clone();
    let request = pair.get("request").unwrap_or(&Value::Null);
    let item = pair.get("item").unwrap_or(&Value::Null);
    event.native_id = base.native_id.as_ref().map(|id| Cow::Owned(format!("{id}#{index}")));
    let error = pair.get("error").or_else(|| record.pointer("/data/error"));
    answer::fill_outcome(&mut event, error, !item.is_null());
    event.decision = answer::decision(item);
    read_check(&mut event, request);
    read_context(&mut event, request.get("context"));
    if let Some(permission) = permission_of(request) {
        event.action = Some(Cow::Owned(permission.to_owned()));
    }
    let mut payload = Map::new();
    payload.insert("pair".to_owned(), pair.clone());
    for key in ["id", "source", "type"] {
        payload.insert(key.to_owned(), record.get(key).cloned().unwrap_or_default());
    }
    let metadata = record.pointer("/data/metadata").cloned().unwrap_or_default();
    payload.insert("metadata".to_owned(), metadata);
    event.payload = Cow::Owned(Value::Object(payload).to_string());
    event
}

fn read_request(event: &mut Event<'static>, method: &str, request: &Value) {
    match method {
        "WriteRelationships" => read_updates(event, request),
        "DeleteRelationships" => read_filter(event, request.get("relationshipFilter")),
        "ReadRelationships" | "BulkExportRelationships" | "ExportBulkRelationships" => {
            read_filter(event, request.get("relationshipFilter"));
        }
        "LookupResources" => {
            let kind = request.get("resourceObjectType").and_then(Value::as_str);
            if let Some(kind) = kind.filter(|kind| !kind.is_empty()) {
                event.touch(format!("{kind}:*"), Some(Cow::Owned(kind.to_owned())));
            }
            subject::fill(event, request.get("subject").unwrap_or(&Value::Null));
        }
        _ => read_check(event, request),
    }
}

fn read_check(event: &mut Event<'static>, request: &Value) {
    if let Some(resource) = request.get("resource") {
        touch(event, resource);
    }
    subject::fill(event, request.get("subject").unwrap_or(&Value::Null));
}

fn touch(event: &mut Event<'static>, resource: &Value) {
    let kind = resource.get("objectType").and_then(Value::as_str);
    if let Some(name) = subject::object(resource) {
        event.touch(name, kind.map(|kind| Cow::Owned(kind.to_owned())));
    }
}

/// Relationships that are granted or taken away: what they are about, and whom they name.
fn read_updates(event: &mut Event<'static>, request: &Value) {
    let updates =
        request.get("updates").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut subjects: Vec<String> = Vec::new();
    for update in updates.iter().take(MAX_PARTS) {
        let relationship = update.get("relationship").unwrap_or(&Value::Null);
        if let Some(resource) = relationship.get("resource") {
            touch(event, resource);
        }
        if let Some(name) = relationship.get("subject").and_then(subject::subject)
            && subjects.len() < MAX_SUBJECTS
            && !subjects.contains(&name)
        {
            subjects.push(name);
        }
    }
    for name in subjects {
        event.identify(IdKind::Actor, name, Trust::Asserted);
    }
    let deletes = |update: &Value| {
        update
            .get("operation")
            .and_then(Value::as_str)
            .is_some_and(|operation| operation.ends_with("DELETE"))
    };
    if !updates.is_empty() && updates.iter().all(deletes) {
        event.action_class = Some(ActionClass::Delete);
    }
}

fn read_filter(event: &mut Event<'static>, filter: Option<&Value>) {
    let Some(filter) = filter else { return };
    let text = |key: &str| filter.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(kind) = text("resourceType") {
        let id = text("optionalResourceId").unwrap_or("*");
        event.touch(format!("{kind}:{id}"), Some(Cow::Owned(kind.to_owned())));
    }
    let subject = filter.get("optionalSubjectFilter").unwrap_or(&Value::Null);
    if let Some(kind) = subject.get("subjectType").and_then(Value::as_str) {
        let id = subject.get("optionalSubjectId").and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty()).unwrap_or("*");
        event.identify(IdKind::Actor, format!("{kind}:{id}"), Trust::Asserted);
    }
}

/// Caveat context is what the caller hands in: the natural place for the session of an agent.
fn read_context(event: &mut Event<'static>, context: Option<&Value>) {
    for (key, value) in context.and_then(Value::as_object).into_iter().flatten() {
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { continue };
        let plain: String = key
            .chars()
            .filter(|letter| !matches!(letter, '_' | '-' | '.'))
            .flat_map(char::to_lowercase)
            .collect();
        if SESSIONS.contains(&plain.as_str()) {
            event.session = Some(Cow::Owned(text.to_owned()));
            event.session_basis = Some(SessionBasis::NativeId);
        } else if let Some((_, kind)) = CONTEXT.iter().find(|(name, _)| *name == plain)
            && veil::is_unique(text)
        {
            event.identify(*kind, text.to_owned(), Trust::Asserted);
        }
    }
}
