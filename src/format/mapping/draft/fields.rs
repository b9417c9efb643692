//! Every member of the sampled records with what is known about its values. Keeps few values, and none that is long.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::format::mapping::inspect::pointer_of;
use crate::format::mapping::shapes::{Shape, shape_of};

/// Members looked at, and different values counted of each.
const MAX_FIELDS: usize = 2000;
const MAX_DISTINCT: usize = 100;
const MAX_DEPTH: usize = 12;
const MAX_ELEMENTS: usize = 8;
/// Longest value that counts as a word, in bytes, and how many different ones a list of words has.
const MAX_WORD: usize = 24;
const MAX_WORDS: usize = 12;

/// Members by pointer.
pub(super) struct Fields {
    pub(super) n_records: u64,
    fields: BTreeMap<String, Field>,
}

/// One member.
pub(super) struct Field {
    pub(super) pointer: String,
    /// Its name, and its name behind that of what it lies in; small letters and digits only.
    pub(super) names: Vec<String>,
    /// Records that hold a value there.
    pub(super) n_records: u64,
    is_in_list: bool,
    n_values: u64,
    shapes: BTreeMap<Shape, u64>,
    distinct: BTreeSet<String>,
}

impl Fields {
    /// Looks at records.
    pub(super) fn of(records: &[Value]) -> Self {
        let mut all = Self { n_records: records.len() as u64, fields: BTreeMap::new() };
        for record in records {
            let mut met = BTreeSet::new();
            all.look(record, &mut Vec::new(), &mut met);
            for pointer in met {
                if let Some(field) = all.fields.get_mut(&pointer) {
                    field.n_records += 1;
                }
            }
        }
        all
    }

    /// Returns every member.
    pub(super) fn all(&self) -> impl Iterator<Item = &Field> {
        self.fields.values()
    }

    /// Returns the members that a role can name: those outside of lists.
    pub(super) fn plain(&self) -> impl Iterator<Item = &Field> {
        self.all().filter(|field| !field.is_in_list && field.shape().is_some())
    }

    fn look(&mut self, value: &Value, path: &mut Vec<String>, met: &mut BTreeSet<String>) {
        if !path.is_empty() {
            self.note(value, path, met);
        }
        if path.len() >= MAX_DEPTH {
            return;
        }
        let mut step = |key: &str, inner: &Value| {
            path.push(key.to_owned());
            self.look(inner, path, met);
            path.pop();
        };
        match value {
            Value::Object(members) => members.iter().for_each(|(key, inner)| step(key, inner)),
            Value::Array(list) => list.iter().take(MAX_ELEMENTS).for_each(|inner| step("*", inner)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn note(&mut self, value: &Value, path: &[String], met: &mut BTreeSet<String>) {
        let Some(shape) = shape_of(value) else { return };
        let pointer = pointer_of(path);
        if self.fields.len() >= MAX_FIELDS && !self.fields.contains_key(&pointer) {
            return;
        }
        let field = self.fields.entry(pointer.clone()).or_insert_with(|| Field {
            names: names_of(path),
            // A member may be called `*` too; a pointer to it would mean every element.
            is_in_list: path.iter().any(|key| key == "*"),
            n_records: 0,
            n_values: 0,
            shapes: BTreeMap::new(),
            distinct: BTreeSet::new(),
            pointer: pointer.clone(),
        });
        field.n_values += 1;
        *field.shapes.entry(shape).or_default() += 1;
        if shape.is_scalar() && field.distinct.len() < MAX_DISTINCT {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            field.distinct.insert(text.chars().take(200).collect());
        }
        met.insert(pointer);
    }
}

impl Field {
    /// Returns what most of the values look like, if nine of ten do; else what they have in common.
    pub(super) fn shape(&self) -> Option<Shape> {
        let (shape, count) = self.shapes.iter().max_by_key(|(_, count)| **count)?;
        if count * 10 >= self.n_values * 9 {
            return Some(*shape);
        }
        let all = |is: fn(Shape) -> bool| self.shapes.keys().all(|shape| is(*shape));
        if all(Shape::is_scalar) {
            Some(Shape::Text)
        } else {
            Some(*shape).filter(|shape| !shape.is_scalar())
        }
    }

    /// Returns true when no two values were equal, as far as they were counted.
    pub(super) fn is_all_different(&self) -> bool {
        let counted = u64::try_from(self.distinct.len()).unwrap_or(u64::MAX);
        counted == self.n_values.min(MAX_DISTINCT as u64)
    }

    /// Returns true for one short word that never changes.
    pub(super) fn is_constant_word(&self) -> bool {
        self.words().count() == 1 && self.shape().is_some_and(Shape::is_text)
    }

    /// Returns the values when they are few and short: a list of words.
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        let is_word = |text: &String| {
            text.len() <= MAX_WORD
                && text
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || " _-.".contains(letter))
        };
        let is_list = self.distinct.len() <= MAX_WORDS && self.distinct.iter().all(is_word);
        self.distinct.iter().filter(move |_| is_list)
    }

    /// Returns the first word.
    pub(super) fn any_word(&self) -> String {
        self.words().next().cloned().unwrap_or_default()
    }

    /// Returns the number of different values in words.
    pub(super) fn told_distinct(&self) -> String {
        let count = self.distinct.len();
        if count >= MAX_DISTINCT { format!("{MAX_DISTINCT} or more") } else { count.to_string() }
    }
}

/// `/user/e-mail` is called `email` and `useremail`; a key with dots is cut at them.
fn names_of(path: &[String]) -> Vec<String> {
    let parts: Vec<String> = path
        .iter()
        .flat_map(|key| key.split(['.', '/', ':']))
        .map(|part| {
            part.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase()
        })
        .filter(|part| !part.is_empty())
        .collect();
    let mut names = Vec::new();
    if let [.., before, last] = parts.as_slice() {
        names.push(format!("{before}{last}"));
    }
    names.extend(parts.last().cloned());
    names
}
