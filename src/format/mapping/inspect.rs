//! Runs a mapping over sample records and counts: which records it knows, which roles were filled, which members of the
//! records no rule looks at. Keeps no value of the sample. Must not decide whether the counts are good.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::format::contract::{Adapted, Adapter as _, Format as _, Place, Record};
use crate::source::Framing;

use super::engine::{self, Engine};
use super::pointer::{Pointer, escape};
use super::schema::{ChildSpec, RoleSpec};
use super::{MappedFormat, Mapping, RoleCount, Zones};

/// Distinct unmapped members told at most.
const MAX_UNMAPPED: usize = 400;
/// How deep records are looked into, and how many elements of a list.
const MAX_DEPTH: usize = 24;
const MAX_ELEMENTS: usize = 32;

/// A mapping at work on a sample.
#[derive(Debug)]
pub struct Inspector {
    mapping: Mapping,
    engine: Engine,
    looks: Vec<Look>,
    found: Inspection,
    unmapped: BTreeMap<String, u64>,
}

/// A pointer of the mapping with what it is relative to.
#[derive(Debug)]
struct Look {
    pointer: Pointer,
    base: Vec<String>,
}

/// What a mapping makes of a sample.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Records of the sample, those that the mapping knows, and those that are no JSON.
    pub records: u64,
    pub matching: u64,
    pub unreadable: u64,
    pub events: u64,
    /// Every role of the mapping, in its order.
    pub roles: Vec<RoleLine>,
    /// Members that no rule looks at: pointer and number of records.
    pub unmapped: Vec<(String, u64)>,
    /// What a load would say.
    pub warnings: Vec<String>,
}

/// How often a role was filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleLine {
    pub name: String,
    /// Where its values come from.
    pub from: String,
    pub count: RoleCount,
}

impl Inspector {
    /// Returns an inspector that reads the sample as a source of this name.
    pub fn new(mapping: &Mapping, source: &str, zones: &Zones) -> Self {
        let declared = zones.find(mapping.id(), source).map(|(zone, _)| zone.clone());
        Self {
            engine: Engine::new(mapping.clone(), declared),
            looks: looks(mapping),
            mapping: mapping.clone(),
            found: Inspection::default(),
            unmapped: BTreeMap::new(),
        }
    }

    /// Returns how the sample is cut into records.
    pub fn framing(&self) -> Framing {
        MappedFormat::new(self.mapping.clone()).framing()
    }

    /// Takes one record of the sample.
    pub fn record(&mut self, text: &str) {
        self.found.records += 1;
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            self.found.unreadable += 1;
            return;
        };
        let Some((mut value, _)) = engine::peel(&self.mapping, value) else { return };
        self.found.matching += 1;
        engine::unwrap(&self.mapping, &mut value);
        self.note_unmapped(&value);
        let place = Place { index: 0, part: 0, offset: 0, length: 0, line: 1 };
        let mut out = Adapted::default();
        self.engine.adapt(&Record { text, place }, &mut out);
        self.found.events += out.events.len() as u64;
    }

    /// Returns the counts.
    pub fn finish(mut self) -> Inspection {
        let mut out = Adapted::default();
        self.engine.finish(&mut out);
        self.found.warnings = out.warnings;
        let file = &self.mapping.file;
        let children = file.child.iter().flat_map(|child| &child.role);
        let mut specs: BTreeMap<_, Vec<&RoleSpec>> = BTreeMap::new();
        for (role, spec) in file.role.iter().chain(children) {
            specs.entry(*role).or_default().push(spec);
        }
        let roles = specs.into_iter().map(|(role, specs)| RoleLine {
            name: role.name().to_owned(),
            from: specs.iter().map(|spec| origin(spec)).collect::<Vec<_>>().join(", "),
            count: self.engine.counts().get(&role).copied().unwrap_or_default(),
        });
        self.found.roles = roles.collect();
        let mut unmapped: Vec<(String, u64)> = self.unmapped.into_iter().collect();
        unmapped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.found.unmapped = unmapped;
        self.found
    }

    fn note_unmapped(&mut self, value: &Value) {
        let mut paths = Vec::new();
        leaves(value, &mut Vec::new(), &mut |path, _| paths.push(path.to_vec()));
        paths.sort();
        paths.dedup();
        let ignore_case = self.mapping.file.ignore_case;
        for path in paths {
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            let is_mapped = self.looks.iter().any(|look| {
                let base: Vec<&str> = look.base.iter().map(String::as_str).collect();
                look.pointer.covers(&keys, &base, ignore_case)
            });
            let name = pointer_of(&path);
            if !is_mapped
                && (self.unmapped.len() < MAX_UNMAPPED || self.unmapped.contains_key(&name))
            {
                *self.unmapped.entry(name).or_default() += 1;
            }
        }
    }
}

/// Returns where a role's values come from, for people.
fn origin(spec: &RoleSpec) -> String {
    let rules = (!spec.rules.is_empty()).then(|| "rules".to_owned());
    let pointers = spec.from.iter().chain(&spec.join).map(|pointer| pointer.0.to_string());
    rules.into_iter().chain(pointers).collect::<Vec<_>>().join(" ")
}

/// Every pointer of a mapping.
fn looks(mapping: &Mapping) -> Vec<Look> {
    let file = &mapping.file;
    let base_of = |list: Option<&Pointer>| -> Vec<String> {
        let path = list.map(Pointer::path).unwrap_or_default();
        path.into_iter().chain(["*"]).map(str::to_owned).collect()
    };
    let own = base_of(file.input.explode.as_ref());
    let detect = &file.detect;
    let plain = detect
        .require
        .iter()
        .chain(detect.equals.keys())
        .chain(detect.prefix.keys())
        .chain(file.pivot.values().flatten())
        .chain(file.role.values().flat_map(of_role))
        .chain(
            mapping.integrity().into_iter().flat_map(|chain| chain.pointers().map(|(_, at)| &at.0)),
        );
    let mut looks: Vec<Look> =
        plain.map(|pointer| Look { pointer: pointer.clone(), base: own.clone() }).collect();
    for child in &file.child {
        let base = base_of(Some(&child.explode.0));
        // A decoder reads the elements itself.
        let decoded = child.decode.map(|_| &child.explode.0);
        let pointers = of_child(child).chain(decoded).cloned();
        looks.extend(pointers.map(|pointer| Look { pointer, base: base.clone() }));
    }
    looks.retain(|look| !look.pointer.is_root());
    looks
}

fn of_role(spec: &RoleSpec) -> impl Iterator<Item = &Pointer> {
    let rules = spec.rules.iter().flat_map(|rule| rule.when.keys());
    spec.from.iter().chain(&spec.join).map(|pointer| &pointer.0).chain(rules)
}

fn of_child(child: &ChildSpec) -> impl Iterator<Item = &Pointer> {
    child.role.values().flat_map(of_role).chain(child.when.keys())
}

/// Calls `found` with the path of every value that holds no other, and the value. Elements of lists are `*`.
pub(super) fn leaves(
    value: &Value,
    path: &mut Vec<String>,
    found: &mut dyn FnMut(&[String], &Value),
) {
    let mut step = |key: &str, inner: &Value, path: &mut Vec<String>| {
        path.push(key.to_owned());
        leaves(inner, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) if !members.is_empty() && path.len() < MAX_DEPTH => {
            members.iter().for_each(|(key, inner)| step(key, inner, path));
        }
        Value::Array(elements) if !elements.is_empty() && path.len() < MAX_DEPTH => {
            elements.iter().take(MAX_ELEMENTS).for_each(|inner| step("*", inner, path));
        }
        leaf => found(path, leaf),
    }
}

/// Writes a path as a pointer.
pub(super) fn pointer_of(path: &[String]) -> String {
    path.iter().fold(String::new(), |text, key| text + "/" + &escape(key))
}
