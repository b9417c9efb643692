//! Widths in terminal cells: measuring, cutting and padding. Cut text ends in `..`; identifiers are cut in the
//! middle so that both ends stay. Expects text that `text::sanitize` has passed; must not escape anything itself.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// What stands for the part that was cut away.
const MARK: &str = "..";

/// Returns the number of cells that `text` covers.
pub fn cells(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char_cells).sum() }
}

/// Returns `text` cut to `width` cells, ending in `..` when something was cut.
pub fn cut_end(text: &str, width: usize) -> Cow<'_, str> {
    if cells(text) <= width {
        return Cow::Borrowed(text);
    }
    if width <= MARK.len() {
        return Cow::Owned(head(text, width));
    }
    Cow::Owned(head(text, width - MARK.len()) + MARK)
}

/// Returns `text` cut to `width` cells with `..` in the middle, so that both ends stay.
pub fn cut_middle(text: &str, width: usize) -> Cow<'_, str> {
    if cells(text) <= width {
        return Cow::Borrowed(text);
    }
    if width <= MARK.len() + 2 {
        return cut_end(text, width);
    }
    let kept = width - MARK.len();
    let left = kept / 2;
    Cow::Owned(head(text, left) + MARK + &tail(text, kept - left))
}

/// Returns `text` cut to `width` cells and filled with spaces on the right.
pub fn pad(text: &str, width: usize) -> String {
    let mut padded = cut_end(text, width).into_owned();
    let missing = width.saturating_sub(cells(&padded));
    padded.extend(std::iter::repeat_n(' ', missing));
    padded
}

/// Returns `text` cut to `width` cells and filled with spaces on the left.
pub fn pad_left(text: &str, width: usize) -> String {
    let cut = cut_end(text, width);
    let missing = width.saturating_sub(cells(&cut));
    " ".repeat(missing) + &cut
}

/// Splits `text` into lines of at most `width` cells, at spaces where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut rest = word;
        if !line.is_empty() && cells(&line) + 1 + cells(rest) > width {
            lines.push(std::mem::take(&mut line));
        }
        while cells(rest) > width && width > 0 {
            let part = head(rest, width);
            let Some(left) = rest.strip_prefix(part.as_str()).filter(|_| !part.is_empty()) else {
                break;
            };
            lines.push(part);
            rest = left;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(rest);
    }
    lines.push(line);
    lines
}

fn char_cells(letter: char) -> usize {
    letter.width().unwrap_or(0)
}

fn head(text: &str, width: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|letter| {
            used += char_cells(*letter);
            used <= width
        })
        .collect()
}

fn tail(text: &str, width: usize) -> String {
    let mut used = 0;
    let reversed: Vec<char> = text
        .chars()
        .rev()
        .take_while(|letter| {
            used += char_cells(*letter);
            used <= width
        })
        .collect();
    reversed.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cut_text_ends_in_two_dots() {
        assert_eq!(cut_end("finance-exports", 10), "finance-..");
        assert_eq!(cut_end("short", 10), "short");
        assert_eq!(cut_end("abc", 2), "ab");
        assert_eq!(cut_end("abc", 0), "");
    }

    #[test]
    fn identifiers_keep_both_ends() {
        assert_eq!(cut_middle("AKIAEXAMPLEKEYQ7RX", 10), "AKIA..Q7RX");
        assert_eq!(cut_middle("AKIAEXAMPLE", 11), "AKIAEXAMPLE");
    }

    #[test]
    fn wide_and_combining_characters_are_counted_in_cells() {
        assert_eq!(cells("東京"), 4);
        assert_eq!(cells("e\u{301}"), 1);
        assert_eq!(cut_end("東京都庁", 5), "東..");
        assert_eq!(pad("東", 4), "東  ");
        assert_eq!(pad_left("7", 3), "  7");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    proptest! {
        #[test]
        fn cut_text_always_fits(text in "\\PC*", width in 0_usize..40) {
            prop_assert!(cells(&cut_end(&text, width)) <= width);
            prop_assert!(cells(&cut_middle(&text, width)) <= width);
            prop_assert_eq!(cells(&pad(&text, width)), width);
        }
    }
}
