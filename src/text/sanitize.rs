//! Makes text from a record safe for a terminal, a report or a table cell.
//! What could move the cursor, reorder text or hide in it becomes a visible escape; all else stays as it is.
//! Must not cut or pad: that is `text::width`.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` with control, bidirectional and invisible characters written as visible escapes.
///
/// `ESC` becomes `\x1b`, a newline `\n`, U+202E `\u{202e}`. The result holds no C0, C1, DEL, line separator,
/// bidirectional control, zero-width character or variation selector. Sanitizing twice changes nothing.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    replace(text, is_active)
}

/// Returns what [`sanitize`] does, with everything beyond ASCII escaped too.
pub fn sanitize_ascii(text: &str) -> Cow<'_, str> {
    replace(text, |letter| !letter.is_ascii() || is_active(letter))
}

fn replace(text: &str, is_replaced: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(&is_replaced) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_replaced(letter) {
            escape(letter, &mut safe);
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

fn escape(letter: char, out: &mut String) {
    let written = match letter {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        '\0'..='\x7f' => write!(out, "\\x{:02x}", u32::from(letter)),
        _ => write!(out, "\\u{{{:x}}}", u32::from(letter)),
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

/// Returns true for characters that act on a terminal or cannot be seen.
fn is_active(letter: char) -> bool {
    letter.is_control()
        || matches!(u32::from(letter),
            0xad // soft hyphen
            | 0x34f // combining grapheme joiner
            | 0x61c // Arabic letter mark
            | 0x115f..=0x1160 | 0x3164 | 0xffa0 // Hangul fillers
            | 0x17b4..=0x17b5 // Khmer inherent vowels
            | 0x180b..=0x180f // Mongolian selectors
            | 0x200b..=0x200f // zero width, directional marks
            | 0x2028..=0x202e // line separators, bidirectional embedding
            | 0x2060..=0x206f // joiners, isolates, deprecated format characters
            | 0xfe00..=0xfe0f // variation selectors
            | 0xfeff // byte-order mark
            | 0xfff9..=0xfffb // interlinear annotation
            | 0x1_bca0..=0x1_bca3 // shorthand format controls
            | 0x1_d173..=0x1_d17a // musical format controls
            | 0xe_0000..=0xe_0fff // tags, supplementary variation selectors
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_sequences_become_text() {
        assert_eq!(sanitize("a\x1b[31mb\x1b]0;t\x07"), "a\\x1b[31mb\\x1b]0;t\\x07");
        assert_eq!(sanitize("\u{9b}2J\u{9d}x\u{9c}"), "\\u{9b}2J\\u{9d}x\\u{9c}");
        assert_eq!(sanitize("one\ntwo\r\tthree\x7f"), "one\\ntwo\\r\\tthree\\x7f");
    }

    #[test]
    fn invisible_and_bidirectional_characters_are_shown() {
        assert_eq!(sanitize("user\u{202e}gpj"), "user\\u{202e}gpj");
        assert_eq!(sanitize("a\u{200b}b\u{feff}\u{ad}"), "a\\u{200b}b\\u{feff}\\u{ad}");
        assert_eq!(sanitize("tag\u{e0041}"), "tag\\u{e0041}");
    }

    #[test]
    fn plain_text_is_borrowed_and_letters_of_any_script_stay() {
        assert!(matches!(sanitize("s3:GetObject"), Cow::Borrowed(_)));
        assert_eq!(sanitize("Grüße 東京"), "Grüße 東京");
        assert_eq!(sanitize_ascii("Grüße"), "Gr\\u{fc}\\u{df}e");
    }

    proptest! {
        #[test]
        fn nothing_active_comes_out(text in any::<String>()) {
            let safe = sanitize(&text);
            prop_assert!(!safe.chars().any(is_active));
            prop_assert_eq!(&*sanitize(&safe), &*safe);
            prop_assert!(sanitize_ascii(&text).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
    }
}
