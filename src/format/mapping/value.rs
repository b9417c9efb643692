//! Evaluates one role of a mapping over one record: rules, coalescing, null words, capture, map, scale, conversion.
//! A value that cannot be converted leaves the column empty and is counted; it never drops the event.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::Event;

use super::pointer::{Pointer, Scope};
use super::roles::{self, Role};
use super::schema::{PlainPointer, RoleSpec, Scalar};
use super::times::{self, Reading, Zone};

/// Longest text that goes into a column, in bytes. The payload keeps the whole.
const MAX_CELL: usize = 8192;

/// How filling a role went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    Yes,
    Empty,
    Failed,
    /// A time whose zone nobody named.
    NoZone,
    /// A time that its zone has twice or not at all.
    Unclear,
}

/// Fills one role of the event. Values of named regex groups for other roles are added to `extras`. `declared` is the
/// zone of times where the file says `ask`.
pub(super) fn fill(
    event: &mut Event<'_>,
    (role, spec): (Role, &RoleSpec),
    scope: &Scope<'_>,
    declared: Option<&Zone>,
    extras: &mut Vec<(Role, String)>,
) -> Filled {
    let mut put = |text: &str| put(event, (role, spec), declared, text);
    let Some(raw) = raw_text(spec, scope) else {
        return spec.otherwise.as_deref().map_or(Filled::Empty, put);
    };
    let text = captured(raw, spec, extras);
    if spec.map.is_empty() {
        return put(&text);
    }
    match spec.map.get(text.as_ref()).or(spec.otherwise.as_ref()) {
        Some(mapped) => put(mapped),
        None => put(&text),
    }
}

/// Returns true when the record holds what `when` says; `"*"` means any value that is not empty.
pub(super) fn holds(when: &BTreeMap<Pointer, Scalar>, scope: &Scope<'_>) -> bool {
    when.iter().all(|(pointer, wanted)| {
        let Some(value) = pointer.find(scope).filter(|value| !is_empty(value)) else {
            return false;
        };
        let wanted = wanted.to_text();
        wanted == "*" || scalar_text(value).is_some_and(|text| text == wanted)
    })
}

fn raw_text<'v>(spec: &'v RoleSpec, scope: &Scope<'v>) -> Option<Cow<'v, str>> {
    if let Some(rule) = spec.rules.iter().find(|rule| holds(&rule.when, scope)) {
        return Some(Cow::Borrowed(rule.value.as_str()));
    }
    if !spec.join.is_empty() {
        let parts: Vec<Cow<'_, str>> =
            spec.join.iter().filter_map(|pointer| present(pointer, spec, scope)).collect();
        return (!parts.is_empty()).then(|| Cow::Owned(parts.join(&spec.with)));
    }
    spec.from.iter().find_map(|pointer| present(pointer, spec, scope))
}

/// The value at a pointer as text, unless it is absent, empty, an object, or a word that means "none".
fn present<'v>(pointer: &PlainPointer, spec: &RoleSpec, scope: &Scope<'v>) -> Option<Cow<'v, str>> {
    let text = scalar_text(pointer.0.find(scope)?)?;
    let is_none = text.trim().is_empty() || spec.null.iter().any(|word| *word == text);
    (!is_none).then_some(text)
}

/// Returns a scalar as text, and a list of scalars as their texts with commas.
pub(super) fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
        Value::Array(elements) => {
            let texts: Option<Vec<Cow<'_, str>>> = elements
                .iter()
                .map(|element| if element.is_array() { None } else { scalar_text(element) })
                .collect();
            Some(Cow::Owned(texts?.join(", ")))
        }
        Value::Null | Value::Object(_) => None,
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Takes the named groups out of a text; a text that does not match stays whole.
fn captured<'v>(
    text: Cow<'v, str>,
    spec: &RoleSpec,
    extras: &mut Vec<(Role, String)>,
) -> Cow<'v, str> {
    let Some(pattern) = &spec.capture else { return text };
    let Some(captures) = pattern.0.captures(&text) else { return text };
    let mut own = None;
    for name in pattern.0.capture_names().flatten() {
        let Some(group) = captures.name(name).filter(|group| !group.as_str().is_empty()) else {
            continue;
        };
        if name == "value" {
            own = Some(group.as_str().to_owned());
        } else if let Some(role) = Role::from_name(name) {
            extras.push((role, group.as_str().to_owned()));
        }
    }
    own.map_or(text, Cow::Owned)
}

fn put(
    event: &mut Event<'_>,
    (role, spec): (Role, &RoleSpec),
    declared: Option<&Zone>,
    text: &str,
) -> Filled {
    if text.is_empty() {
        return Filled::Empty;
    }
    let is_filled = if role.is_time() {
        match times::read(text, &spec.format, spec.zone.or(declared)) {
            Reading::At(time, precision) => {
                roles::fill_time(event, role, time, precision);
                true
            }
            Reading::NoZone => return Filled::NoZone,
            Reading::Unclear => return Filled::Unclear,
            Reading::Unreadable => false,
        }
    } else if role.is_number() {
        let number = text.trim().parse::<f64>().ok();
        number.is_some_and(|number| {
            roles::fill_number(event, role, number * spec.scale.unwrap_or(1.0))
        })
    } else {
        roles::fill_text(event, role, shortened(text), spec.trust.map(|trust| trust.0))
    };
    if is_filled { Filled::Yes } else { Filled::Failed }
}

fn shortened(text: &str) -> String {
    if text.len() <= MAX_CELL {
        return text.to_owned();
    }
    let end = (0..=MAX_CELL).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let (kept, _) = text.split_at(end);
    format!("{kept} [cut at {MAX_CELL} bytes]")
}
