//! The members of a JSON object as they stand in its text: names and byte ranges, without parsing the values.
//! Tolerates an object that is cut off. Must not judge what a member means.

use std::ops::Range;

/// One member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member<'t> {
    /// The name as written, escapes and all.
    pub(super) name: &'t str,
    /// From the first quote of the name to the end of the value.
    pub(super) range: Range<usize>,
}

/// Returns the members of the object that `text` begins with. A member that the text cuts off is left out, its name is
/// the last of [`names`].
pub(super) fn members(text: &str) -> Vec<Member<'_>> {
    let mut found = Vec::new();
    walk(text, |name, range| {
        if let Some(range) = range {
            found.push(Member { name, range });
        }
    });
    found
}

/// Returns the names of the members in the first part of an object, the one that is cut off included.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    walk(text, |name, _| found.push(name));
    found
}

/// Hands out each name with the range of its member; the range is missing where the text ends inside the value.
fn walk<'t>(text: &'t str, mut take: impl FnMut(&'t str, Option<Range<usize>>)) {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return;
    }
    at += 1;
    loop {
        at = skip_space(bytes, at);
        if bytes.get(at) == Some(&b',') {
            at = skip_space(bytes, at + 1);
        }
        if bytes.get(at) != Some(&b'"') {
            return;
        }
        let Some(name_end) = string_end(bytes, at) else { return };
        let Some(name) = text.get(at + 1..name_end - 1) else { return };
        let colon = skip_space(bytes, name_end);
        if bytes.get(colon) != Some(&b':') {
            return;
        }
        let end = value_end(bytes, skip_space(bytes, colon + 1));
        take(name, end.map(|end| at..end));
        let Some(end) = end else { return };
        at = end;
    }
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Returns the place behind the closing quote of the string that begins at `from`.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the place behind the value that begins at `from`.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    match bytes.get(from)? {
        b'"' => string_end(bytes, from),
        b'{' | b'[' => {
            let mut depth = 0_usize;
            let mut at = from;
            loop {
                match bytes.get(at)? {
                    b'"' => at = string_end(bytes, at)?,
                    b'{' | b'[' => {
                        depth += 1;
                        at += 1;
                    }
                    b'}' | b']' => {
                        depth -= 1;
                        at += 1;
                        if depth == 0 {
                            return Some(at);
                        }
                    }
                    _ => at += 1,
                }
            }
        }
        _ => {
            let rest = bytes.get(from..)?;
            let length = rest.iter().position(|byte| {
                matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
            })?;
            Some(from + length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_where_they_stand() {
        let text = r#" {"a": 1 , "b\"c":{"x":["}",2]},"d":"e\\" }"#;
        let found: Vec<(&str, &str)> = members(text)
            .into_iter()
            .map(|member| (member.name, text.get(member.range).unwrap()))
            .collect();
        assert_eq!(
            found,
            [("a", r#""a": 1"#), (r#"b\"c"#, r#""b\"c":{"x":["}",2]}"#), ("d", r#""d":"e\\""#)]
        );
    }

    #[test]
    fn cut_member_is_named_and_has_no_range() {
        let text = r#"{"a":1,"logs":[{"x":1},{"#;
        assert_eq!(names(text), ["a", "logs"]);
        assert_eq!(members(text).len(), 1);
        for broken in ["", "[1]", "{", r#"{"a"#, r#"{"a""#, r#"{"a":"#, "{]"] {
            assert!(members(broken).is_empty(), "{broken}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_object_is_read_as_serde_reads_it(text in r#"[{}\[\]",:\\a-c0-9 ]{0,40}"#) {
            if let Ok(serde_json::Value::Object(object)) = serde_json::from_str(&text) {
                let keys: Vec<String> = members(&text)
                    .iter()
                    .map(|member| serde_json::from_str(&format!("\"{}\"", member.name)).unwrap())
                    .collect();
                // Of names written twice the parser keeps one.
                proptest::prop_assert!(object.keys().all(|key| keys.contains(key)));
            }
        }
    }
}
