//! Text from records and analysts, made harmless for the place it is written to: JSON, a spreadsheet, Markdown.
//! Built on `text::sanitize`; must not decide what is written.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::text::sanitize::{escape_in_json, sanitize};

/// Returns the JSON text of a value on one line. Characters that act on a terminal are written as JSON escapes, so the
/// value that a reader gets is exact.
pub fn json_line<T: Serialize>(value: &T) -> String {
    // Values made here have text keys only, so they always have a JSON form.
    escape_in_json(serde_json::to_string(value).unwrap_or_default())
}

/// Returns the indented JSON text of a value, ending in a newline, with the escapes of [`json_line`].
pub(super) fn json_pages<T: Serialize>(value: &T) -> String {
    let mut text = escape_in_json(serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

/// Returns JSON text without the blanks between its parts, or `None` when it is no JSON. Numbers keep their digits.
pub(super) fn compact_json(text: &str) -> Option<String> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    let mut compact = String::with_capacity(raw.get().len());
    let (mut is_inside, mut is_escaped) = (false, false);
    for letter in raw.get().chars() {
        if !is_inside && letter.is_ascii_whitespace() {
            continue;
        }
        if letter == '"' && !is_escaped {
            is_inside = !is_inside;
        }
        is_escaped = is_inside && letter == '\\' && !is_escaped;
        compact.push(letter);
    }
    Some(escape_in_json(compact))
}

/// Returns the text of a spreadsheet cell: nothing active, and nothing that a spreadsheet takes for a formula. What had
/// to be changed comes back owned.
pub(super) fn sheet_cell(text: &str) -> Cow<'_, str> {
    let safe = sanitize(text);
    // Full-width forms start a formula too in some language settings, and some programs skip blanks of any kind.
    let starts = |letter: char| "=+-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(letter);
    let is_formula = text.starts_with(starts) || text.trim_start().starts_with(starts);
    if is_formula { Cow::Owned(format!("'{safe}")) } else { safe }
}

/// Returns text for Markdown that reads as it is written: no markup, no HTML, no table cell border and no link, also not
/// one that a renderer would make of a bare address.
pub(super) fn markdown(text: &str) -> String {
    let safe = sanitize(text.trim());
    if safe.is_empty() {
        return "-".to_owned();
    }
    let mut out = String::with_capacity(safe.len() + 16);
    for (index, letter) in safe.chars().enumerate() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // As code, neither can become part of an address that renderers turn into a link.
            '@' => out.push_str("`@`"),
            ':' if is_scheme_end(&safe, index) => out.push_str("`:`"),
            '.' if is_www(&out) => out.push_str("\\."),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            '-' | '+' | '=' if index == 0 => {
                out.push('\\');
                out.push(letter);
            }
            // Without the escape it would still be text, but readers of the source need not know that.
            '(' if out.ends_with(']') => out.push_str("\\("),
            '.' | ')' if begins_list(&safe, index) => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

fn is_scheme_end(text: &str, index: usize) -> bool {
    let mut rest = text.chars().skip(index + 1);
    (rest.next() == Some('/') && rest.next() == Some('/')) || {
        let before: String = text.chars().take(index).collect();
        let before = before.to_ascii_lowercase();
        ["mailto", "xmpp", "javascript", "vbscript", "data"]
            .iter()
            .any(|scheme| before.ends_with(scheme))
    }
}

fn is_www(out: &str) -> bool {
    let tail: String = out.chars().rev().take(3).collect();
    tail.eq_ignore_ascii_case("www")
}

/// A number, a dot and a blank at the start of a line would begin a list.
fn begins_list(text: &str, index: usize) -> bool {
    let is_number = index > 0 && text.chars().take(index).all(|letter| letter.is_ascii_digit());
    is_number && matches!(text.chars().nth(index + 1), None | Some(' '))
}

/// Returns bytes as hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let written = write!(digits, "{byte:02x}");
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    digits
}

/// Returns at most `max` characters of text, with `..` for what was cut.
pub(super) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(text.get(..end).unwrap_or_default().to_owned() + ".."),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_keeps_the_value_and_holds_nothing_active() {
        let hostile = "a\u{1b}[31m\u{202e}b\u{9b}c\u{7f}\u{e0041}\u{2028}é";
        let line = json_line(&hostile);
        assert_eq!(sanitize(&line), line);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), hostile);
    }

    #[test]
    fn payload_is_compacted_without_touching_texts_and_numbers() {
        let text =
            "{ \"a b\" : [ 1.50 ,\n 123456789012345678901234567890 ], \"q\\\" \\\\\" : \" x \" }";
        let compact = compact_json(text).unwrap();
        assert_eq!(compact, r#"{"a b":[1.50,123456789012345678901234567890],"q\" \\":" x "}"#);
        assert_eq!(compact_json("{"), None);
    }

    #[test]
    fn formulas_get_an_apostrophe() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u{a0}=1", "\u{ff1d}1"]
        {
            assert!(sheet_cell(cell).starts_with('\''), "{cell:?}");
        }
        assert_eq!(sheet_cell("a=b"), "a=b");
        assert!(matches!(sheet_cell("s3:GetObject"), Cow::Borrowed(_)));
        assert_eq!(sheet_cell("\u{1b}[2J"), "\\x1b[2J");
    }

    #[test]
    fn markdown_is_inert() {
        assert_eq!(markdown("<script>x</script>"), "&lt;script&gt;x&lt;/script&gt;");
        assert_eq!(markdown("[a](http://evil.example)"), "\\[a\\]\\(http`:`//evil.example)");
        assert_eq!(markdown("a|b`c"), "a\\|b\\`c");
        assert_eq!(
            markdown("who@corp.example www.evil.example"),
            "who`@`corp.example www\\.evil.example"
        );
        assert_eq!(markdown("1. one\n# two"), "1\\. one\\\\n\\# two");
        assert_eq!(markdown("2026.11"), "2026.11");
        assert_eq!(markdown("1) one"), "1\\) one");
        assert_eq!(markdown("- x"), "\\- x");
        assert_eq!(markdown("JavaScript:alert"), "JavaScript`:`alert");
        assert_eq!(markdown("2026-07-12T09:31:02.114Z"), "2026-07-12T09:31:02.114Z");
        assert_eq!(markdown("  "), "-");
    }

    proptest! {
        #[test]
        fn nothing_active_leaves(text in any::<String>()) {
            let line = json_line(&text);
            let value: String = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&value, &text);
            let cells = [line, sheet_cell(&text).into_owned(), markdown(&text)];
            for cell in &cells {
                let safe = sanitize(cell);
                prop_assert_eq!(safe.as_ref(), cell.as_str());
            }
            prop_assert!(!cells[2].contains('<') && !cells[2].contains("://"));
        }
    }
}
