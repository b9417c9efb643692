//! What the source itself hid: placeholders that must never be taken for values.
//! Looks at text only; redaction of what the source did not hide is not done here.

/// Texts that stand for hidden ones.
const PLACEHOLDERS: &[&str] = &[
    "***",
    "HIDDEN_DUE_TO_SECURITY_REASONS",
    "[HIDDEN_DUE_TO_SECURITY_REASONS]",
    "REDACTED",
    "[REDACTED]",
];

/// Marks of a placeholder inside JSON text.
const MARKS: &[&[u8]] =
    &[b"HIDDEN_DUE_TO_SECURITY_REASONS", b"\"REDACTED\"", b"[REDACTED]", b"\"***\"", b"****"];

/// Returns true when `text` is a placeholder or a masked key id such as `AKIA****************`.
pub(crate) fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.contains(&text) || text.contains("****")
}

/// Returns true when JSON text holds a placeholder somewhere.
pub(crate) fn holds_placeholder(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    // Every mark has a star or two capitals side by side that ordinary parameters seldom have; one pass rules most out.
    let may_hold = memchr::memmem::find(bytes, b"RED").is_some()
        || memchr::memmem::find(bytes, b"***").is_some()
        || memchr::memmem::find(bytes, b"HIDDEN_").is_some();
    may_hold && MARKS.iter().any(|mark| memchr::memmem::find(bytes, mark).is_some())
}

/// Returns the names of the parts that hold placeholders, joined: `arguments, result`.
pub(crate) fn hidden_parts(parts: &[(&'static str, Option<&str>)]) -> Option<String> {
    let hidden: Vec<&str> = parts
        .iter()
        .filter(|(_, raw)| raw.is_some_and(holds_placeholder))
        .map(|(name, _)| *name)
        .collect();
    (!hidden.is_empty()).then(|| hidden.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_seen_and_values_are_not() {
        for raw in [
            "{\"a\":\"***\"}",
            "[\"[HIDDEN_DUE_TO_SECURITY_REASONS]\"]",
            "{\"k\":\"AKIA****************\"}",
            "\"REDACTED\"",
        ] {
            assert!(holds_placeholder(raw), "{raw}");
        }
        for raw in ["{\"resource\":\"arn:aws:s3:::*\"}", "{\"note\":\"REDUCED\"}", "\"**\""] {
            assert!(!holds_placeholder(raw), "{raw}");
        }
        assert_eq!(
            hidden_parts(&[("arguments", Some("\"***\"")), ("result", None)]).as_deref(),
            Some("arguments")
        );
        assert_eq!(hidden_parts(&[("arguments", Some("{}")), ("result", Some("1"))]), None);
    }
}
