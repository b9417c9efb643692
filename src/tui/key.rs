//! Keys as the program names them, read from and written as `Ctrl-R`, `Alt-Left`, `F2`, `Space`, `j`.
//! Must not know any terminal library.

use std::fmt;

/// What was pressed, apart from modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A printable character, as typed (upper case means Shift).
    Char(char),
    Enter,
    Esc,
    Backspace,
    Delete,
    Tab,
    BackTab,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// Function key by number.
    F(u8),
}

/// Names of the keys that are not characters.
const NAMED: &[(&str, Code)] = &[
    ("Space", Code::Char(' ')),
    ("Enter", Code::Enter),
    ("Esc", Code::Esc),
    ("Backspace", Code::Backspace),
    ("Delete", Code::Delete),
    ("Tab", Code::Tab),
    ("Shift-Tab", Code::BackTab),
    ("Up", Code::Up),
    ("Down", Code::Down),
    ("Left", Code::Left),
    ("Right", Code::Right),
    ("Home", Code::Home),
    ("End", Code::End),
    ("PgUp", Code::PageUp),
    ("PgDn", Code::PageDown),
];

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub code: Code,
    pub ctrl: bool,
    pub alt: bool,
}

impl Key {
    /// Returns the key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// Returns the character this key types, if it types one.
    pub const fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(letter) if !self.ctrl && !self.alt => Some(letter),
            _ => None,
        }
    }

    /// Returns true for Ctrl and the given letter.
    pub fn is_ctrl(self, letter: char) -> bool {
        self.ctrl && self.code == Code::Char(letter)
    }

    /// Returns the key that `text` names (case of names does not matter), or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self::plain(Code::Enter);
        let mut rest = text;
        loop {
            if let Some(after) = strip_word(rest, "ctrl-") {
                key.ctrl = true;
                rest = after;
            } else if let Some(after) = strip_word(rest, "alt-") {
                key.alt = true;
                rest = after;
            } else {
                break;
            }
        }
        key.code = parse_code(rest)?;
        if let (true, Code::Char(letter)) = (key.ctrl, key.code) {
            key.code = Code::Char(letter.to_ascii_lowercase());
        }
        Some(key)
    }
}

fn parse_code(text: &str) -> Option<Code> {
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(Code::Char(letter));
    }
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some(*code);
    }
    let number = strip_word(text, "f")?.parse().ok()?;
    (1..=24).contains(&number).then_some(Code::F(number))
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    (head.eq_ignore_ascii_case(word) && !rest.is_empty()).then_some(rest)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            Code::Char(letter) if self.ctrl => write!(f, "{}", letter.to_ascii_uppercase()),
            Code::Char(letter) => write!(f, "{letter}"),
            Code::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_written() {
        for text in
            ["j", "G", "Ctrl-R", "Alt-Left", "F2", "Space", "Enter", "Shift-Tab", "Alt-1", "+", "-"]
        {
            assert_eq!(Key::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Key::parse("ctrl-d"), Key::parse("Ctrl-D"));
        assert_eq!(Key::parse("F99"), None);
        assert_eq!(Key::parse("Hyper-x"), None);
    }
}
