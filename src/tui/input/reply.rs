//! The terminal's answer to the question for its background color. It arrives among the keys, letter by letter, and
//! perhaps late, as over a slow line: it must neither be waited for nor be taken for keys. What does not read like an
//! answer is given back to the analyst at its first letter.

use super::Background;
use crate::tui::key::{Code, Key};
use crate::tui::theme::Ground;

/// Letters of the longest answer: `11;rgba:ffff/ffff/ffff/ffff`.
const LONGEST: usize = 32;

/// What a key was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// A key of the analyst.
    NotOurs,
    /// A piece of the answer.
    Part,
    /// The end of the answer, with what it says if that can be understood.
    Whole(Option<Ground>),
}

/// Picks the answer out of the keys.
#[derive(Debug)]
pub(super) struct Reply {
    /// The answer is still to come.
    is_expected: bool,
    /// Letters so far, once it has begun.
    text: Option<String>,
}

impl Reply {
    pub(super) const fn expected(background: Background) -> Self {
        Self { is_expected: matches!(background, Background::Asked), text: None }
    }

    /// Looks at one key.
    pub(super) fn take(&mut self, key: Key) -> Taken {
        let Some(text) = &mut self.text else {
            let is_begin = key.code == Code::Char(']') && key.alt && self.is_expected;
            self.text = is_begin.then(String::new);
            return if is_begin { Taken::Part } else { Taken::NotOurs };
        };
        if let Some(letter) = key.typed() {
            text.push(letter);
            if reads_on(text) {
                return Taken::Part;
            }
        }
        let text = self.text.take().unwrap_or_default();
        let is_bell = key.is_ctrl('g');
        let is_end = key.code == Code::Char('\\') && key.alt;
        if !is_bell && !is_end {
            return Taken::NotOurs;
        }
        self.is_expected = false;
        Taken::Whole(ground_of(&text))
    }
}

/// Returns true while `text` can be the beginning of an answer.
fn reads_on(text: &str) -> bool {
    let is_color =
        |colors: &str| colors.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '/');
    text.len() <= LONGEST
        && ["11;rgb:", "11;rgba:"]
            .iter()
            .any(|head| head.starts_with(text) || text.strip_prefix(head).is_some_and(is_color))
}

/// Reads `11;rgb:1e1e/1e1e/1e1e`; the parts have one to four digits.
fn ground_of(text: &str) -> Option<Ground> {
    let (_, colors) = text.strip_prefix("11;rgb")?.split_once(':')?;
    let mut shares = colors.split('/').map(|digits| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        (most > 0).then(|| f64::from(value) / f64::from(most))
    });
    let (red, green, blue) = (shares.next()??, shares.next()??, shares.next()??);
    let light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    Some(if light > 0.5 { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(body: &str, end: &str) -> Vec<Key> {
        let letters = body.chars().map(|letter| Key::plain(Code::Char(letter)));
        let begin = Key::parse("Alt-]").unwrap();
        std::iter::once(begin).chain(letters).chain(Key::parse(end)).collect()
    }

    fn taken(keys: &[Key], background: Background) -> Vec<Taken> {
        let mut reply = Reply::expected(background);
        keys.iter().map(|key| reply.take(*key)).collect()
    }

    #[test]
    fn answer_is_read_and_none_of_it_reaches_the_screens() {
        for (body, end, ground) in [
            ("11;rgb:ffff/fafa/f5f5", "Alt-\\", Ground::Light),
            ("11;rgb:1e/1e/1e", "Ctrl-G", Ground::Dark),
        ] {
            let taken = taken(&keys(body, end), Background::Asked);
            assert!(!taken.contains(&Taken::NotOurs), "{taken:?}");
            assert_eq!(taken.last(), Some(&Taken::Whole(Some(ground))));
        }
    }

    #[test]
    fn keys_are_keys_when_nothing_was_asked_or_they_do_not_read_like_an_answer() {
        let keys_of_analyst = keys("1r", "Enter");
        assert_eq!(taken(&keys_of_analyst, Background::NotAsked), [Taken::NotOurs; 4]);
        // One letter that fits is lost, as `Alt-]` is; nothing else.
        let [begin, fits, other, end] = taken(&keys_of_analyst, Background::Asked)[..] else {
            panic!("four keys")
        };
        assert_eq!([begin, fits], [Taken::Part; 2]);
        assert_eq!([other, end], [Taken::NotOurs; 2]);
        let endless = taken(&keys(&format!("11;rgb:{}", "f".repeat(60)), "q"), Background::Asked);
        assert_eq!(endless.iter().filter(|taken| **taken == Taken::Part).count(), 1 + LONGEST);
        assert_eq!(endless.last(), Some(&Taken::NotOurs));
    }

    #[test]
    fn answer_counts_once_and_after_keys_of_the_analyst_too() {
        let mut reply = Reply::expected(Background::Asked);
        let answer = keys("11;rgb:ff/ff/ff", "Ctrl-G");
        for _ in 0..100 {
            assert_eq!(reply.take(Key::plain(Code::Char('j'))), Taken::NotOurs);
        }
        let first: Vec<Taken> = answer.iter().map(|key| reply.take(*key)).collect();
        assert_eq!(first.last(), Some(&Taken::Whole(Some(Ground::Light))));
        let second: Vec<Taken> = answer.iter().map(|key| reply.take(*key)).collect();
        assert!(second.iter().all(|taken| *taken == Taken::NotOurs));
    }

    #[test]
    fn nonsense_says_nothing_about_the_background() {
        for text in ["", "11;rgb:", "11;rgb:zz/00/00", "11;rgb:00/00", "10;rgb:00/00/00"] {
            assert_eq!(ground_of(text), None, "{text}");
        }
    }
}
