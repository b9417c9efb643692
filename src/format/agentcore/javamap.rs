//! Text of Java maps that gateways write where JSON is expected: `{id=1, jsonrpc=2.0, method=tools/call, params={name=T}}`.
//! It quotes nothing, so a value may look like structure. Only what stands before the first inner brace is believed, and
//! only where a key occurs once.

/// Returns the value of `key` at the top of the map, when it is a plain word.
pub(super) fn top<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    only(head(text)?, key)
}

/// Returns the value of `inner` at the beginning of the map under `outer`, when both stand before any other map.
pub(super) fn nested<'t>(text: &'t str, outer: &str, inner: &str) -> Option<&'t str> {
    let head = head(text)?;
    let opening = head.strip_suffix('=')?;
    let (_, last) = opening.rsplit_once(", ").unwrap_or(("", opening));
    if last != outer {
        return None;
    }
    let rest = text.trim_start().get(1 + head.len()..)?;
    only(self::head(rest)?, inner)
}

/// Returns what stands between the first brace and the next one.
fn head(text: &str) -> Option<&str> {
    let rest = text.trim_start().strip_prefix('{')?;
    rest.split(['{', '}']).next()
}

/// Returns the value of a key that occurs once among `key=value, key=value`.
fn only<'t>(members: &'t str, key: &str) -> Option<&'t str> {
    let mut found = members.split(", ").filter_map(|member| {
        let (name, value) = member.split_once('=')?;
        (name.trim() == key).then_some(value.trim())
    });
    let value = found.next().filter(|value| is_word(value))?;
    found.next().is_none().then_some(value)
}

/// What methods, tools, codes and switches can be.
fn is_word(value: &str) -> bool {
    (1..=128).contains(&value.len())
        && value.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b'.' | b':')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "{id=1, jsonrpc=2.0, method=tools/call, params={name=Orders___list, arguments={name=evil, q={a=1}}}}";

    #[test]
    fn method_and_tool_are_taken_from_their_places() {
        assert_eq!(top(CALL, "method"), Some("tools/call"));
        assert_eq!(nested(CALL, "params", "name"), Some("Orders___list"));
        assert_eq!(nested(CALL, "arguments", "name"), None);
        let answer = "{jsonrpc=2.0, id=1, error={code=-32001, message=Invalid Bearer token}}";
        assert_eq!(nested(answer, "error", "code"), Some("-32001"));
        let result = "{jsonrpc=2.0, id=1, result={isError=true, content=[{type=text}]}}";
        assert_eq!(nested(result, "result", "isError"), Some("true"));
    }

    #[test]
    fn what_could_be_a_value_is_not_believed() {
        let forged =
            "{id=x, method=tools/list, jsonrpc=2.0, method=tools/call, params={name=a, name=b}}";
        assert_eq!(top(forged, "method"), None);
        assert_eq!(nested(forged, "params", "name"), None);
        let behind = "{params={arguments={x=1}, name=T}, method=tools/call}";
        assert_eq!((top(behind, "method"), nested(behind, "params", "name")), (None, None));
        for none in ["", "{", "method=tools/call", "{method=}", "{method=two words}"] {
            assert_eq!(top(none, "method"), None, "{none}");
        }
    }
}
