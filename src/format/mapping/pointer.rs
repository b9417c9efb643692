//! RFC 6901 JSON Pointers with two additions: `*` as a whole segment (pivots only) and `./` for the element of an
//! exploded list. Real keys hold dots, hyphens and slashes, which is why paths are not dotted.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Values that one pointer with `*` gives at most.
const MAX_MATCHES: usize = 256;

/// A pointer into a record, or into one element of its exploded list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pointer {
    segments: Vec<String>,
    is_relative: bool,
}

impl TryFrom<String> for Pointer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (is_relative, path) = match text.strip_prefix('.') {
            Some(path) => (true, path),
            None => (false, text.as_str()),
        };
        if path.is_empty() {
            return Ok(Self { segments: Vec::new(), is_relative });
        }
        let Some(path) = path.strip_prefix('/') else {
            return Err(format!("pointer `{text}` does not begin with `/` or `./`"));
        };
        let segments = path.split('/').map(unescape).collect::<Option<Vec<_>>>();
        let segments = segments
            .ok_or_else(|| format!("pointer `{text}` holds `~` without `0` or `1` after it"))?;
        Ok(Self { segments, is_relative })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_relative {
            f.write_str(".")?;
        }
        self.segments.iter().try_for_each(|segment| write!(f, "/{}", escape(segment)))
    }
}

/// Writes a key as a segment of a pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn unescape(segment: &str) -> Option<String> {
    let mut plain = String::with_capacity(segment.len());
    let mut letters = segment.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '~' => plain.push(match letters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            }),
            _ => plain.push(letter),
        }
    }
    Some(plain)
}

/// What pointers are resolved against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'v> {
    pub(super) record: &'v Value,
    pub(super) element: Option<&'v Value>,
    pub(super) ignore_case: bool,
}

impl Pointer {
    /// Returns true for the empty pointer, which names the whole document.
    pub(super) const fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// Returns true when a segment is `*`.
    pub(super) fn has_star(&self) -> bool {
        self.segments.iter().any(|segment| segment == "*")
    }

    /// Returns the segments that stand in a text as they are: no array index, nothing that JSON would escape.
    pub(super) fn plain_segments(&self) -> impl Iterator<Item = &str> {
        let is_plain = |segment: &&str| {
            index(segment).is_none() && !segment.contains(['"', '\\', '/']) && segment.is_ascii()
        };
        self.segments.iter().map(String::as_str).filter(is_plain)
    }

    /// Returns true when the value at a path lies at the pointer or inside what it points at. In the path, elements of
    /// lists are `*`. `base` is what relative pointers begin at.
    pub(super) fn covers(&self, path: &[&str], base: &[&str], ignore_case: bool) -> bool {
        let path = match (self.is_relative, path.strip_prefix(base)) {
            (false, _) => path,
            (true, Some(rest)) => rest,
            (true, None) => return false,
        };
        let is_same = |(segment, key): (&String, &&str)| {
            segment == key
                || (*key == "*" && index(segment).is_some())
                || segment == "*"
                || (ignore_case && segment.eq_ignore_ascii_case(key))
        };
        self.segments.len() <= path.len() && self.segments.iter().zip(path).all(is_same)
    }

    /// Returns the segments, with `*` for places in lists.
    pub(super) fn path(&self) -> Vec<&str> {
        let star = |segment: &'_ String| index(segment).is_some();
        self.segments.iter().map(|segment| if star(segment) { "*" } else { segment }).collect()
    }

    /// Returns the key of a pointer with exactly one segment.
    pub(super) fn single_key(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [key] => Some(key),
            _ => None,
        }
    }

    /// Returns the value, if the record has one there.
    pub(super) fn find<'v>(&self, scope: &Scope<'v>) -> Option<&'v Value> {
        let start = if self.is_relative { scope.element? } else { scope.record };
        self.segments
            .iter()
            .try_fold(start, |value, segment| step(value, segment, scope.ignore_case))
    }

    /// Returns the values, with `*` standing for every element or member.
    pub(super) fn find_all<'v>(&self, scope: &Scope<'v>) -> Vec<&'v Value> {
        let start = if self.is_relative { scope.element } else { Some(scope.record) };
        let mut values: Vec<&Value> = start.into_iter().collect();
        for segment in &self.segments {
            values = values
                .into_iter()
                .flat_map(|value| steps(value, segment, scope.ignore_case))
                .take(MAX_MATCHES)
                .collect();
        }
        values
    }

    /// Returns the value for changing it; relative pointers are resolved against `value` itself.
    pub(super) fn find_mut<'v>(
        &self,
        value: &'v mut Value,
        ignore_case: bool,
    ) -> Option<&'v mut Value> {
        self.segments.iter().try_fold(value, |value, segment| match value {
            Value::Object(object) => {
                let key = if !ignore_case || object.contains_key(segment) {
                    segment.clone()
                } else {
                    object.keys().find(|key| key.eq_ignore_ascii_case(segment))?.clone()
                };
                object.get_mut(&key)
            }
            Value::Array(elements) => elements.get_mut(index(segment)?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }
}

fn step<'v>(value: &'v Value, segment: &str, ignore_case: bool) -> Option<&'v Value> {
    match value {
        Value::Object(object) => object.get(segment).or_else(|| {
            let mut members = object.iter().filter(|_| ignore_case);
            members.find(|(key, _)| key.eq_ignore_ascii_case(segment)).map(|(_, inner)| inner)
        }),
        Value::Array(elements) => elements.get(index(segment)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn steps<'v>(value: &'v Value, segment: &str, ignore_case: bool) -> Vec<&'v Value> {
    if segment != "*" {
        return step(value, segment, ignore_case).into_iter().collect();
    }
    match value {
        Value::Array(elements) => elements.iter().take(MAX_MATCHES).collect(),
        Value::Object(object) => object.values().take(MAX_MATCHES).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// Array indices are decimal without leading zeros.
fn index(segment: &str) -> Option<usize> {
    if segment.len() > 1 && segment.starts_with('0') { None } else { segment.parse().ok() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn keys_with_dots_and_slashes_are_reached() {
        let record = json!({"gen_ai.tool.name": "t", "a/b": {"~c": [1, 2]}});
        let scope = Scope { record: &record, element: None, ignore_case: false };
        assert_eq!(pointer("/gen_ai.tool.name").find(&scope), Some(&json!("t")));
        assert_eq!(pointer("/a~1b/~0c/1").find(&scope), Some(&json!(2)));
        assert_eq!(pointer("/a~1b/~0c/01").find(&scope), None);
        assert_eq!(pointer("").find(&scope), Some(&record));
    }

    #[test]
    fn element_star_and_case_work_where_asked_for() {
        let record = json!({"List": [{"id": "a"}, {"id": "b"}]});
        let element = json!({"ID": "e"});
        let scope = Scope { record: &record, element: Some(&element), ignore_case: true };
        assert_eq!(pointer("./id").find(&scope), Some(&json!("e")));
        assert_eq!(pointer("/list/*/id").find_all(&scope), [&json!("a"), &json!("b")]);
        assert_eq!(pointer("/list/*/id").find(&scope), None);
        let strict = Scope { ignore_case: false, ..scope };
        assert_eq!(pointer("./id").find(&strict), None);
    }

    #[test]
    fn malformed_pointers_are_refused() {
        for text in ["a/b", "$.a", "/a~2", "/~"] {
            assert!(Pointer::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
