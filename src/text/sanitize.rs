//! Makes text from a record safe for a terminal, a report or a table cell.
//! What could move the cursor, reorder text or hide in it becomes a visible escape; all else stays as it is.
//! Must not cut or pad: that is `text::width`.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// Combining marks kept on one letter, which is what scripts need. More would run over the lines above and below.
const MAX_MARKS: u8 = 4;

/// Returns `text` with control, bidirectional and invisible characters written as visible escapes.
///
/// `ESC` becomes `\x1b`, a newline `\n`, U+202E `\u{202e}`. The result holds no C0, C1, DEL, line separator, format
/// character, zero-width character or variation selector, no mark that has no letter to stand on, and no letter with
/// more than four marks. Sanitizing twice changes nothing.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    replace(text, || {
        let mut judge = Judge::default();
        move |letter| judge.is_active(letter)
    })
}

/// Returns what [`sanitize`] does, with everything beyond ASCII escaped too.
pub fn sanitize_ascii(text: &str) -> Cow<'_, str> {
    replace(text, || |letter: char| !letter.is_ascii() || letter.is_control())
}

/// Returns JSON text in which what [`sanitize`] would replace is written as JSON escapes, so that the values stay exact.
/// In JSON such characters stand inside strings only; line ends between values stay.
pub fn escape_in_json(json: String) -> String {
    if json.bytes().all(|byte| byte < 0x7f) {
        return json;
    }
    let mut safe = String::with_capacity(json.len());
    let mut judge = Judge::default();
    for letter in json.chars() {
        if !judge.is_active(letter) || letter < '\x7f' {
            safe.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let written = write!(safe, "\\u{unit:04x}");
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
        }
    }
    safe
}

/// Tells of the letters of a text, one after the other, which of them [`sanitize`] replaces.
#[derive(Debug, Clone, Copy, Default)]
pub struct Judge {
    n_marks: u8,
    has_letter: bool,
}

impl Judge {
    /// Returns true when the next letter of the text must not be shown as it is.
    pub fn is_active(&mut self, letter: char) -> bool {
        if letter.is_ascii() {
            (self.n_marks, self.has_letter) = (0, true);
            return letter.is_ascii_control();
        }
        if is_active(letter) {
            return true;
        }
        if letter.width() == Some(0) {
            self.n_marks = self.n_marks.saturating_add(1);
            return !self.has_letter || self.n_marks > MAX_MARKS;
        }
        (self.n_marks, self.has_letter) = (0, true);
        false
    }
}

fn replace<J: FnMut(char) -> bool>(text: &str, judge: impl Fn() -> J) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(judge()) {
        return Cow::Borrowed(text);
    }
    let mut is_replaced = judge();
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
            | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 // Arabic and Syriac format characters
            | 0x115f..=0x1160 | 0x3164 | 0xffa0 // Hangul fillers
            | 0x17b4..=0x17b5 // Khmer inherent vowels
            | 0x180b..=0x180f // Mongolian selectors
            | 0x200b..=0x200f // zero width, directional marks
            | 0x2028..=0x202e // line separators, bidirectional embedding
            | 0x2060..=0x206f // joiners, isolates, deprecated format characters
            | 0xfe00..=0xfe0f // variation selectors
            | 0xfeff // byte-order mark
            | 0xfff0..=0xfffb // interlinear annotation
            | 0x1_10bd | 0x1_10cd // Kaithi number signs
            | 0x1_3430..=0x1_343f // hieroglyph format controls
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

    /// The list of this file against the tables of Unicode, which another library brings.
    #[test]
    fn every_control_format_and_ignorable_character_is_replaced() {
        let classes = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]";
        let classes = regex::Regex::new(classes).unwrap();
        for letter in '\0'..=char::MAX {
            if classes.is_match(letter.encode_utf8(&mut [0; 4])) {
                assert!(is_active(letter), "{:x}", u32::from(letter));
            }
        }
    }

    #[test]
    fn marks_have_a_letter_and_are_few() {
        assert_eq!(sanitize("e\u{301}a\u{308}\u{301}"), "e\u{301}a\u{308}\u{301}");
        assert_eq!(sanitize("ที่"), "ที่");
        let flood = format!("z{}a\u{301}", "\u{316}".repeat(6));
        assert_eq!(sanitize(&flood), "z\u{316}\u{316}\u{316}\u{316}\\u{316}\\u{316}a\u{301}");
        assert_eq!(sanitize("\u{301}a"), "\\u{301}a");
    }

    proptest! {
        #[test]
        fn no_text_of_marks_comes_out_as_a_flood(text in "[a\u{301}\u{316}\u{20dd}\u{200d}\u{e31}東]{0,40}") {
            let safe = sanitize(&text);
            let mut judge = Judge::default();
            prop_assert!(!safe.chars().any(|letter| judge.is_active(letter)));
            prop_assert_eq!(&*sanitize(&safe), &*safe);
        }

        #[test]
        fn nothing_active_comes_out(text in any::<String>()) {
            let safe = sanitize(&text);
            prop_assert!(!safe.chars().any(is_active));
            prop_assert_eq!(&*sanitize(&safe), &*safe);
            prop_assert!(sanitize_ascii(&text).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
    }
}
