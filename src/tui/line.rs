//! One line of typed text with the usual line keys (`Ctrl-A E W U K`, arrows) and a history reached by the vertical
//! arrows. Must not know what the text is for.

use super::key::{Code, Key};

/// A line being typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    letters: Vec<char>,
    cursor: usize,
    history: Vec<String>,
    /// Place in the history, counted from its end; 0 is the line being typed.
    recalled: usize,
}

impl Line {
    /// Returns a line holding `text`, with the cursor at its end.
    pub(crate) fn of(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        Self { cursor: letters.len(), letters, ..Self::default() }
    }

    /// Returns the line with lines typed before, oldest first.
    pub(crate) fn with_history(mut self, history: Vec<String>) -> Self {
        self.history = history;
        self
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> String {
        self.letters.iter().collect()
    }

    /// Returns true when nothing is typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// Replaces the text and puts the cursor at its end.
    pub(crate) fn set(&mut self, text: &str) {
        self.letters = text.chars().collect();
        self.cursor = self.letters.len();
    }

    /// Adds pasted text; line ends become spaces.
    pub(crate) fn paste(&mut self, text: &str) {
        for letter in text.chars() {
            self.insert(if letter == '\n' || letter == '\r' { ' ' } else { letter });
        }
    }

    /// Returns the text before and after the cursor.
    pub(crate) fn parts(&self) -> (String, String) {
        let (before, after) = self.letters.split_at(self.cursor.min(self.letters.len()));
        (before.iter().collect(), after.iter().collect())
    }

    /// Takes a key; returns false when it means nothing to a line.
    pub(crate) fn press(&mut self, key: Key) -> bool {
        if let Some(letter) = key.typed() {
            self.insert(letter);
            return true;
        }
        if key.ctrl {
            return self.press_ctrl(key);
        }
        match key.code {
            Code::Left => self.cursor = self.cursor.saturating_sub(1),
            Code::Right => self.cursor = (self.cursor + 1).min(self.letters.len()),
            Code::Home => self.cursor = 0,
            Code::End => self.cursor = self.letters.len(),
            Code::Backspace => self.delete_before(),
            Code::Delete => {
                if self.cursor < self.letters.len() {
                    self.letters.remove(self.cursor);
                }
            }
            Code::Up => self.recall(self.recalled + 1),
            Code::Down => self.recall(self.recalled.saturating_sub(1)),
            _ => return false,
        }
        true
    }

    fn press_ctrl(&mut self, key: Key) -> bool {
        match key.code {
            Code::Char('a') => self.cursor = 0,
            Code::Char('e') => self.cursor = self.letters.len(),
            Code::Char('k') => self.letters.truncate(self.cursor),
            Code::Char('u') => {
                self.letters.drain(..self.cursor);
                self.cursor = 0;
            }
            Code::Char('w') => self.delete_word(),
            _ => return false,
        }
        true
    }

    fn insert(&mut self, letter: char) {
        self.letters.insert(self.cursor, letter);
        self.cursor += 1;
    }

    fn delete_before(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.letters.remove(self.cursor);
        }
    }

    fn delete_word(&mut self) {
        let is_space =
            |line: &Self| line.cursor > 0 && line.letters.get(line.cursor - 1) == Some(&' ');
        while is_space(self) {
            self.delete_before();
        }
        while self.cursor > 0 && !is_space(self) {
            self.delete_before();
        }
    }

    fn recall(&mut self, place: usize) {
        if place > self.history.len() {
            return;
        }
        self.recalled = place;
        let text = match place {
            0 => String::new(),
            _ => self.history.get(self.history.len() - place).cloned().unwrap_or_default(),
        };
        self.set(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(line: &mut Line, keys: &[&str]) {
        for key in keys {
            line.press(Key::parse(key).unwrap());
        }
    }

    #[test]
    fn line_keys_edit_as_in_a_shell() {
        let mut line = Line::of("one two");
        press(&mut line, &["Ctrl-W", "x", "Ctrl-A", "y", "Ctrl-E", "Backspace"]);
        assert_eq!(line.text(), "yone ");
        press(&mut line, &["Ctrl-U"]);
        assert!(line.is_empty());
    }

    #[test]
    fn history_is_reached_by_arrows() {
        let mut line = Line::default().with_history(vec!["first".into(), "second".into()]);
        press(&mut line, &["Up", "Up"]);
        assert_eq!(line.text(), "first");
        press(&mut line, &["Up", "Down"]);
        assert_eq!(line.text(), "second");
    }

    #[test]
    fn pasted_line_ends_become_spaces() {
        let mut line = Line::of("a");
        line.paste("b\nc");
        assert_eq!(line.text(), "ab c");
    }
}
