//! Turns a record into events by the rules of one mapping: unwrap, explode, roles, pivots, children, payload.
//! Must not know any product; a record that is not of the mapping's product is kept as unmapped JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::format::contract::{Adapted, Adapter, Record};
use crate::format::mcp::{hints, verbs};
use crate::format::unmapped;
use crate::model::{Event, IdKind, Kind, Trust};

use super::Mapping;
use super::hoop_stream;
use super::linkage;
use super::pointer::{Pointer, Scope};
use super::roles::{self, Role};
use super::schema::{ChildSpec, Coding, Decode, MappingFile, RoleSpec};
use super::times::Zone;
use super::value::{self, Filled};

/// Members under which log shippers wrap a record as text.
const WRAPPERS: &[&str] = &["message", "log", "@message", "textPayload", "jsonPayload"];

/// Events of one record at most.
const MAX_EVENTS: usize = 60_000;

/// Members beside a list of records that say that there is more.
const MORE_PAGES: &[&str] =
    &["has_next_page", "hasNextPage", "next_page_token", "NextToken", "nextToken"];

const FOREIGN: &str = "records the mapping does not know are kept as unmapped JSON";

/// How often a role was filled, empty, or held a value that could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoleCount {
    pub filled: u64,
    pub empty: u64,
    pub failed: u64,
    /// Times without a zone, where the mapping asks for one and none was declared.
    pub no_zone: u64,
    /// Times that the declared zone has twice or not at all.
    pub unclear: u64,
}

/// The state of one source.
#[derive(Debug)]
pub(super) struct Engine {
    mapping: Mapping,
    /// The zone declared for the source, where the mapping asks for one.
    declared: Option<Zone>,
    counts: BTreeMap<Role, RoleCount>,
    n_records: u64,
}

impl Engine {
    pub(super) fn new(mapping: Mapping, declared: Option<Zone>) -> Self {
        Self { mapping, declared, counts: BTreeMap::new(), n_records: 0 }
    }

    /// Returns how often each role was filled so far.
    pub(super) const fn counts(&self) -> &BTreeMap<Role, RoleCount> {
        &self.counts
    }

    /// Says which times could not be placed, and what places them.
    fn warn_of_zones(&self, out: &mut Adapted<'_>) {
        let (id, n) = (self.mapping.id(), self.n_records);
        for (role, count) in &self.counts {
            let name = role.name();
            if count.no_zone > 0 {
                let what = if *role == Role::Time { "are undated" } else { "leave it empty" };
                out.warn(format!(
                    "mapping `{id}`: role `{name}` has no zone in {} of {n} records, which {what}; \
                     `--zone {id}=ZONE` says what their clock showed, for example `--zone {id}=+02:00`",
                    count.no_zone
                ));
            }
            if count.unclear > 0 {
                out.warn(format!(
                    "mapping `{id}`: role `{name}` names an hour that the declared zone has twice or not at all in {} \
                     of {n} records, which stay without it; an offset such as `--zone {id}=+02:00` is clear",
                    count.unclear
                ));
            }
        }
    }
}

impl Adapter for Engine {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        match serde_json::from_str::<Value>(record.text) {
            Ok(value) => self.read(record, value, out),
            Err(error) => out.reject(record, unmapped::why_unreadable(&error)),
        }
    }

    fn envelope(&mut self, text: &[u8], out: &mut Adapted<'_>) {
        let Ok(page) = serde_json::from_slice::<Value>(text) else { return };
        let is_cut = MORE_PAGES.iter().filter_map(|key| page.get(*key)).any(|more| match more {
            Value::Bool(more) => *more,
            Value::String(token) => !token.is_empty(),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
        });
        if is_cut {
            out.warn("the source is one page of several: what comes on later pages is missing");
        }
    }

    fn finish(&mut self, out: &mut Adapted<'_>) {
        let id = self.mapping.id();
        self.warn_of_zones(out);
        for (role, count) in &self.counts {
            if count.failed > 0 {
                out.warn(format!(
                    "mapping `{id}`: role `{}` could not be read in {} of {} records",
                    role.name(),
                    count.failed,
                    self.n_records
                ));
            } else if *role == Role::Time && count.filled + count.no_zone == 0 && count.empty > 0 {
                out.warn(format!("mapping `{id}`: no record gave a time"));
            }
        }
    }
}

impl Engine {
    fn read<'r>(&mut self, record: &Record<'r>, value: Value, out: &mut Adapted<'r>) {
        let Some((mut value, is_peeled)) = peel(&self.mapping, value) else {
            if unmapped::push(record, out) {
                out.warn(FOREIGN);
            }
            return;
        };
        self.n_records += 1;
        let text = (!is_peeled).then_some(record.text);
        if let Some(fact) = linkage::fact(&self.mapping, &value, text) {
            out.chain(record, fact);
        }
        let is_unwrapped = unwrap(&self.mapping, &mut value);
        let events = self.events(&value);
        let payload = self.payload(&value, (!is_peeled && !is_unwrapped).then_some(record.text));
        for built in events {
            let mut event: Event<'r> = built.event;
            event.payload = match built.own {
                Some(element) => Cow::Owned(element),
                None => payload.clone(),
            };
            out.push(record, event);
        }
    }

    /// Returns the record's events in order: itself or its elements, then the children.
    fn events(&mut self, value: &Value) -> Vec<Built> {
        let mapping = self.mapping.clone();
        let ignore_case = mapping.file.ignore_case;
        let root = Scope { record: value, element: None, ignore_case };
        if let Some(list) = &mapping.file.input.explode
            && let Some(elements) = list.find(&root).and_then(Value::as_array)
            && !elements.is_empty()
        {
            let elements = elements.iter().take(MAX_EVENTS).enumerate();
            return elements
                .map(|(index, element)| self.element(&mapping, &root, element, index))
                .collect();
        }
        let mut event = self.event(&mapping, &root);
        let lists: Vec<Option<&Vec<Value>>> = mapping
            .file
            .child
            .iter()
            .map(|child| child.explode.0.find(&root).and_then(Value::as_array))
            .collect();
        // A delivery without the lists (a page of sessions) is less complete than one with them.
        event.shape_rank = u8::from(lists.iter().any(Option::is_none));
        let mut built = vec![Built { event, own: None }];
        for (child, elements) in mapping.file.child.iter().zip(lists) {
            if let Some(elements) = elements {
                self.children(child, elements, &root, &mut built);
            }
        }
        built
    }

    fn element(
        &mut self,
        mapping: &Mapping,
        root: &Scope<'_>,
        element: &Value,
        index: usize,
    ) -> Built {
        let mut event = self.event(mapping, &Scope { element: Some(element), ..*root });
        event.native_id = event.native_id.map(|id| Cow::Owned(format!("{id}#{index}")));
        Built { event, own: Some(json!({ "element": element }).to_string()) }
    }

    fn children(
        &mut self,
        child: &ChildSpec,
        elements: &[Value],
        root: &Scope<'_>,
        built: &mut Vec<Built>,
    ) {
        let Some(parent) = built.first().map(|built| inherited(&built.event, child.kind.0)) else {
            return;
        };
        let start = built.first().and_then(|built| built.event.time);
        let native_id = built.first().and_then(|built| built.event.native_id.clone());
        let decoded = match child.decode {
            Some(Decode::HoopEventStream) => Cow::Owned(hoop_stream::decode(elements, start)),
            None => Cow::Borrowed(elements),
        };
        for (index, element) in decoded.iter().enumerate() {
            let scope = Scope { element: Some(element), ..*root };
            if built.len() >= MAX_EVENTS {
                return;
            }
            if !value::holds(&child.when, &scope) {
                continue;
            }
            let mut event = parent.clone();
            self.fill(&mut event, &child.role, &scope);
            event.native_id =
                native_id.as_ref().map(|id| Cow::Owned(format!("{id}#{}-{index}", child.name)));
            built.push(Built { event, own: Some(element.to_string()) });
        }
    }

    fn event(&mut self, mapping: &Mapping, scope: &Scope<'_>) -> Event<'static> {
        let file = &mapping.file;
        let mut event = Event::new(file.plane.0, Cow::Owned(file.product.clone()), file.kind.0);
        self.fill(&mut event, &file.role, scope);
        for (pivot, pointers) in &file.pivot {
            let is_own = matches!(pivot.0, IdKind::DecisionId | IdKind::Request);
            let trust = if is_own { Trust::Observed } else { Trust::Asserted };
            for found in pointers.iter().flat_map(|pointer| pointer.find_all(scope)) {
                if let Some(text) = value::scalar_text(found)
                    && !(pivot.0 == IdKind::Who && means_nobody(file, &text))
                {
                    event.identify(pivot.0, text.into_owned(), trust);
                }
            }
        }
        event
    }

    fn fill(
        &mut self,
        event: &mut Event<'static>,
        roles: &BTreeMap<Role, RoleSpec>,
        scope: &Scope<'_>,
    ) {
        let mut extras = Vec::new();
        for (role, spec) in roles {
            let filled =
                value::fill(event, (*role, spec), scope, self.declared.as_ref(), &mut extras);
            let count = self.counts.entry(*role).or_default();
            match filled {
                Filled::Yes => count.filled += 1,
                // Content that is no text has no column, but it is there.
                Filled::Empty if holds_content(*role, spec, scope) => count.filled += 1,
                Filled::Empty => count.empty += 1,
                Filled::Failed => count.failed += 1,
                Filled::NoZone => count.no_zone += 1,
                Filled::Unclear => count.unclear += 1,
            }
            look_inside(event, *role, spec, scope);
        }
        for (role, text) in extras {
            if roles::read(event, role).is_none() && !role.is_time() && !role.is_number() {
                roles::fill_text(event, role, text, None);
            }
        }
        name_action(event);
        if event.human.is_none() {
            event.human_proof = None;
        }
    }

    /// Returns what is stored of a record: its own text where nothing was opened or hidden.
    fn payload<'r>(&self, value: &Value, text: Option<&'r str>) -> Cow<'r, str> {
        let file = &self.mapping.file;
        if !file.keep.unmapped {
            return Cow::Borrowed("{}");
        }
        let mut kept = Cow::Borrowed(value);
        for pointer in file.role.values().filter(|spec| spec.sensitive).flat_map(|spec| &spec.from)
        {
            replace(
                &mut kept,
                &pointer.0,
                file.ignore_case,
                |hidden| json!({ "hidden": true, "bytes": size_of(hidden) }),
            );
        }
        for child in file.child.iter().filter(|child| child.decode.is_some()) {
            replace(&mut kept, &child.explode.0, file.ignore_case, |list| {
                let is_raw = list.as_array().is_some_and(|elements| hoop_stream::is_raw(elements));
                json!({ "elements": list.as_array().map(Vec::len), "bytes": size_of(list), "is_raw": is_raw })
            });
        }
        match (kept, text) {
            (Cow::Borrowed(value), Some(text)) if value.is_object() => Cow::Borrowed(text.trim()),
            (kept, _) if kept.is_object() => Cow::Owned(kept.to_string()),
            (kept, _) => Cow::Owned(json!({ "value": kept.as_ref() }).to_string()),
        }
    }
}

/// An event and, for elements of lists, its own payload.
#[derive(Debug)]
struct Built {
    event: Event<'static>,
    own: Option<String>,
}

/// Returns true when the mapping knows the record or the one inside a shipper's wrapper.
pub(super) fn knows_inside(mapping: &Mapping, value: &Value) -> bool {
    mapping.knows(value) || unwrapped(value).is_some_and(|inner| mapping.knows(&inner))
}

/// Returns the record that the mapping knows, out of a shipper's wrapper if need be, and whether it was wrapped.
pub(super) fn peel(mapping: &Mapping, value: Value) -> Option<(Value, bool)> {
    if mapping.knows(&value) {
        return Some((value, false));
    }
    unwrapped(&value).filter(|inner| mapping.knows(inner)).map(|inner| (inner, true))
}

pub(super) fn unwrapped(value: &Value) -> Option<Value> {
    let object = value.as_object()?;
    WRAPPERS.iter().filter_map(|key| object.get(*key)).find_map(|inner| match inner {
        Value::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).ok()
        }
        Value::Object(_) => Some(inner.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    })
}

/// Opens JSON inside texts, in the order of the file. Text that is no JSON stays as it is.
pub(super) fn unwrap(mapping: &Mapping, value: &mut Value) -> bool {
    let mut is_changed = false;
    for wrapped in &mapping.file.input.unwrap {
        let Some(slot) = wrapped.at.find_mut(value, mapping.file.ignore_case) else { continue };
        let Some(text) = slot.as_str() else { continue };
        let opened: Option<Value> = match wrapped.coding {
            Coding::Json => serde_json::from_str(text).ok(),
            Coding::Base64Json => STANDARD
                .decode(text.trim())
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        };
        if let Some(opened) = opened {
            *slot = opened;
            is_changed = true;
        }
    }
    is_changed
}

fn replace(
    kept: &mut Cow<'_, Value>,
    pointer: &Pointer,
    ignore_case: bool,
    with: impl Fn(&Value) -> Value,
) {
    let scope = Scope { record: kept.as_ref(), element: None, ignore_case };
    if pointer.find(&scope).is_none_or(Value::is_null) {
        return;
    }
    if let Some(slot) = pointer.find_mut(kept.to_mut(), ignore_case) {
        *slot = with(slot);
    }
}

fn size_of(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.to_string().len(), str::len)
}

fn holds_content(role: Role, spec: &RoleSpec, scope: &Scope<'_>) -> bool {
    let is_content = role == Role::Args || role == Role::Result;
    let holds = |value: &Value| !value::is_empty(value);
    is_content && spec.from.iter().any(|pointer| pointer.0.find(scope).is_some_and(holds))
}

/// Arguments name resources; results name the requests and keys that came of them.
fn look_inside(event: &mut Event<'static>, role: Role, spec: &RoleSpec, scope: &Scope<'_>) {
    let part = if role == Role::Args {
        hints::Part::Arguments
    } else if role == Role::Result {
        hints::Part::Answer
    } else {
        return;
    };
    for pointer in &spec.from {
        if let Some(found) = pointer.0.find(scope) {
            hints::add(event, found, part);
        }
    }
}

fn name_action(event: &mut Event<'static>) {
    if event.action.is_none() {
        event.action = match (event.kind, &event.tool, &event.method) {
            (Kind::ToolCall, Some(tool), _) => Some(Cow::Owned(format!("call {tool}"))),
            (_, _, Some(method)) => Some(method.clone()),
            (_, Some(tool), None) => Some(tool.clone()),
            (_, None, None) => None,
        };
    }
    if event.kind == Kind::ToolCall && event.action_class.is_none() {
        event.action_class = event.tool.as_deref().and_then(verbs::class_of_tool);
    }
}

/// The words that mean "no person" for the role mean it for the pivot too.
fn means_nobody(file: &MappingFile, text: &str) -> bool {
    file.role.get(&Role::Human).is_some_and(|spec| spec.null.iter().any(|word| word == text))
}

/// Returns the beginning of a child: who and where of its parent, but nothing of what happened.
fn inherited(parent: &Event<'static>, kind: Kind) -> Event<'static> {
    let mut child = Event::new(parent.plane, parent.product.clone(), kind);
    child.human.clone_from(&parent.human);
    child.human_proof.clone_from(&parent.human_proof);
    child.agent.clone_from(&parent.agent);
    child.agent_trust = parent.agent_trust;
    child.client.clone_from(&parent.client);
    child.actor.clone_from(&parent.actor);
    child.credential.clone_from(&parent.credential);
    child.session.clone_from(&parent.session);
    child.session_basis = parent.session_basis;
    child.trace.clone_from(&parent.trace);
    child.server.clone_from(&parent.server);
    child.resource.clone_from(&parent.resource);
    child.resource_type.clone_from(&parent.resource_type);
    child.address.clone_from(&parent.address);
    child.user_agent.clone_from(&parent.user_agent);
    child
}
